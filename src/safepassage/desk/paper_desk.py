"""A sheet from the first line to the record: begun, looked at, compared with what another typed, entered once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.calls import Kept
from safepassage.desk.paper_drafts import Draft, Drafts
from safepassage.desk.paper_entry import Foresight, SheetEnteredError, enter, foresee, require_once
from safepassage.desk.paper_rows import MOST_CANDIDATES, Cells, Head, Line, Reading, Remark, Sheet, read_sheet
from safepassage.desk.people import People, sees_name
from safepassage.desk.roles import NotPermittedError, Who, may, require
from safepassage.desk.searching import ranked
from safepassage.model.errors import UsageError
from safepassage.reports.words import say
from safepassage.reports.words.phrases import in_all


class Twice(Struct, frozen=True, kw_only=True):
    """The same sheet, typed by another person: which lines are not the same."""

    by: str
    rows: tuple[int, ...]


class Look(Struct, frozen=True, kw_only=True):
    """A sheet as it was read, and what entering it would do; `foresight` is there when nothing is wrong.

    `seen` names all of this: who enters the sheet says it, so that nothing is entered that was not looked at.
    """

    reading: Reading
    foresight: Foresight | None
    twice: tuple[Twice, ...]
    seen: str

    @property
    def doubtful(self) -> bool:
        """Whether there is anything to think about before the sheet is entered."""
        found = self.foresight
        differs = any(one.rows for one in self.twice)
        return bool(self.reading.doubts or differs or (found and (found.known or found.conflicts)))


def draft_of(drafts: Drafts, who: Who, name: str) -> Draft:
    """Return a sheet that somebody types: their own; anybody's, for who may settle.

    Raises
    ------
    NotPermittedError
        When it is another person's: a sheet that two type is compared, so neither looks at the other's.
    UsageError
        When there is none of that name.
    """
    require(who, "enter-paper", who.serves)
    found = drafts.find(name)
    if found.by != who.name and not may(who, "settle"):
        raise NotPermittedError("this sheet is being typed by somebody else")
    return found


def drafts_of(drafts: Drafts, who: Who) -> tuple[Draft, ...]:
    """Return the sheets that somebody may go on with; as `draft_of`.

    Raises
    ------
    NotPermittedError
        When paper is not theirs to enter.
    """
    require(who, "enter-paper", who.serves)
    return tuple(one for one in drafts.all() if one.by == who.name or may(who, "settle"))


def look(people: People, who: Who, head: Head, rows: Sequence[Cells], others: Sequence[Draft] = ()) -> Look:
    """Look at a sheet before it is entered.

    Parameters
    ----------
    people
        Everybody, and the operation.
    who
        Who types.
    head, rows
        What was typed.
    others
        Sheets that others are typing: the same one is compared.

    Raises
    ------
    NotPermittedError
        When paper is not theirs to enter.
    """
    require(who, "enter-paper", who.serves)
    running = people.running
    now_ms = running.clocks().wall_ms
    reading = read_sheet(people, who, head, rows, now_ms)
    foresight, twice = None, tuple[Twice, ...]()
    if reading.sheet is not None:
        twice = tuple(_compared(people, who, reading.sheet, others, now_ms))
        try:
            require_once(running, reading.sheet.device)
            foresight = foresee(running, reading.sheet)
        except SheetEnteredError:
            wrong = Remark(row=0, cell="number", says=say("take.fault.entered"))
            reading = replace(reading, sheet=None, faults=(*reading.faults, wrong))
    found = msgspec.json.encode([head, list(rows), reading.faults, reading.doubts, foresight, twice], enc_hook=in_all)
    return Look(reading=reading, foresight=foresight, twice=twice, seen=hashlib.sha256(found).hexdigest())


def finish(people: People, drafts: Drafts, who: Who, name: str, seen: str) -> tuple[Look, Future[Kept] | None]:
    """Enter a sheet as it was looked at; return what it is now, and the answer, or None when it is to be looked at.

    Parameters
    ----------
    people, drafts
        Everybody; what is being typed.
    who
        Who enters it.
    name
        Of the draft.
    seen
        What was looked at: of a sheet, or a record, that is another by now nothing is entered.

    Raises
    ------
    NotPermittedError, UsageError
        As `draft_of`.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    draft = draft_of(drafts, who, name)
    found = look(people, who, draft.head, draft.rows, others(drafts, draft))
    if found.reading.sheet is None or found.seen != seen:
        return found, None
    return found, enter(people.running, who, found.reading.sheet)


def others(drafts: Drafts, draft: Draft) -> tuple[Draft, ...]:
    """Return the sheets that others type."""
    return tuple(one for one in drafts.all() if one.by != draft.by)


def _compared(people: People, who: Who, sheet: Sheet, drafts: Sequence[Draft], now_ms: int) -> list[Twice]:
    found = []
    for draft in drafts:
        other = read_sheet(people, who, draft.head, draft.rows, now_ms).sheet
        if other is not None and other.device == sheet.device:
            found.append(Twice(by=draft.by, rows=differing(sheet, other)))
    return found


def differing(sheet: Sheet, other: Sheet) -> tuple[int, ...]:
    """Return the lines that two people did not read alike, by their place among those filled in.

    Parameters
    ----------
    sheet, other
        The same sheet.
    """
    pairs = [[_said(line) for line in one.lines] for one in (sheet, other)]
    most = max(len(lines) for lines in pairs)
    ours, theirs = (lines + [None] * (most - len(lines)) for lines in pairs)
    return tuple(at + 1 for at in range(most) if ours[at] != theirs[at])


def _said(line: Line) -> Line | None:
    return replace(line, row=0)


def suggested(people: People, who: Who, text: str) -> tuple[tuple[str, str], ...]:
    """Return who may be meant by what was typed, with the names that this person sees; a code alone finds its bearer.

    Parameters
    ----------
    people
        Everybody.
    who
        Who types.
    text
        A code, a token or a name.

    Raises
    ------
    NotPermittedError
        When paper is not theirs to enter.
    """
    require(who, "enter-paper", who.serves)
    people.refresh()
    with people.lock:
        wanted = " ".join(text.split())
        exact = next((code for code in (wanted, wanted.upper()) if people.has(code)), "")
        codes = [people.row(exact).id] if exact else ranked(people, who, wanted)[:MOST_CANDIDATES] if wanted else []
        rows = [people.row(code) for code in codes]
        return tuple((row.id, row.name if sees_name(who, row) else "") for row in rows)


def begin(drafts: Drafts, who: Who, head: Head, rows: Sequence[Cells] = ()) -> Draft:
    """Begin a sheet.

    Raises
    ------
    NotPermittedError
        When paper is not theirs to enter.
    UsageError
        When too many are begun.
    """
    require(who, "enter-paper", who.serves)
    return drafts.begin(who.name, head, rows)


def drop(drafts: Drafts, who: Who, name: str) -> None:
    """Forget a sheet that was begun; one that is gone already is no fault.

    Raises
    ------
    NotPermittedError
        When it is another person's.
    """
    try:
        draft_of(drafts, who, name)
    except UsageError:
        return
    drafts.drop(name)
