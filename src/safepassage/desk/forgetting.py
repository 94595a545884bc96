"""Forgetting somebody: their keys are destroyed, the list's name is not read any more, and what is left is searched.

In the book of claims and in sheets that are begun, which are the server's own, the name is made unreadable.

The ledger keeps codes, places and times. Whoever forgets is told of every file of the operation's folder in which the
name still stands, because a list is the coordinators' own: nothing but themselves may write into it.
"""

from __future__ import annotations

import html
import json
import mmap
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from msgspec import Struct

from safepassage.account.closing import Closing, closing
from safepassage.desk.calls import Kept
from safepassage.desk.claim_book import FILE as CLAIMS
from safepassage.desk.claim_book import blot_out
from safepassage.desk.drawn_text import FIRST, SHORTEST, drawn, holds, is_pdf, sought
from safepassage.desk.paper_drafts import Drafts
from safepassage.desk.personal import Opener, nameless
from safepassage.desk.roles import Who, require
from safepassage.desk.running import Running
from safepassage.exchange.folder import read as read_folder
from safepassage.ledger.erasing import TYPE
from safepassage.ledger.vocabulary import KeyDestroyed
from safepassage.model.errors import UsageError

KEPT_DAYS: Final = {"arrived": 90, "handed-over": 90, "stayed": 30, "removed": 30, "retained": 365, "died": 365}
"""Days after closing for which a name is kept, by how the journey ended. Assumptions: what each is needed for stands in
the table of `docs/background/erasure.md`; an operation's own protection rules come first. An open case has no end."""

LARGEST: Final = 256 * 1024 * 1024
"""Bytes that are unpacked of one file in an archive."""

_ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be", "cp1256", "cp1252")


class Due(Struct, frozen=True, kw_only=True):
    """Somebody whose name may go, why it was kept, and since when it need not be."""

    person: str
    ending: str
    since: datetime


class Trace(Struct, frozen=True, kw_only=True):
    """A file in which something of a forgotten person still stands; within an archive, the file inside.

    `person` is empty where it could not be searched.
    """

    file: str
    person: str = ""


def due(closed: Closing, closed_at: datetime, now: datetime, gone: Collection[str] = ()) -> tuple[Due, ...]:
    """Return whose names are not needed any more, the longest overdue first.

    Parameters
    ----------
    closed
        How everybody ended.
    closed_at
        When the operation was closed.
    now
        The instant.
    gone
        Who is forgotten already.
    """
    found = [
        Due(person=one.person, ending=one.ending, since=closed_at + timedelta(days=KEPT_DAYS[one.ending]))
        for one in closed.finals if one.person not in gone
    ]  # fmt: skip
    return tuple(sorted((one for one in found if one.since <= now), key=lambda one: (one.since, one.person)))


def due_now(running: Running, now: datetime) -> tuple[Due, ...]:
    """Return whose names are not needed any more since the operation was last closed; nobody's before.

    Parameters
    ----------
    running
        The ledger.
    now
        The instant.
    """
    with running.keeper.lock:
        merging = running.keeper.board.merging
        facts = [fact for fact in merging.facts("ledger", running.operation.id) if fact.type == "closed"]
        times = [merging.timing.interval(fact).likely_ms for fact in facts]
    if not times:
        return ()
    closed_at = datetime.fromtimestamp(max(times) / 1000, UTC)
    found = closing(running.now().state, running.keeper.board.roll)
    return due(found, closed_at, now, running.person_keys.destroyed())


def names_on_list(folder: Path) -> dict[str, str]:
    """Return the names that a folder's list holds, by code, of those who were forgotten too.

    Parameters
    ----------
    folder
        The operation's.
    """
    operation = read_folder(folder).operation
    return {str(one.id): one.name for one in operation.people if one.name} if operation else {}


def forget(
    running: Running, who: Who, persons: Sequence[str], reason: str, listed: Mapping[str, str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Destroy what opens the sealed fields of people, and read their names no more; return what they were called.

    First the event that says so is on the disk, then the keys go: a power cut between is made good at the next start.

    Parameters
    ----------
    running
        The ledger.
    who
        Who orders it: whoever answers for people's data.
    persons
        Their codes; all records of each are forgotten.
    reason
        Why: a request, the end of the time for which names are kept.
    listed
        Names of the list as it lies in the folder: of who was forgotten before, no other way knows them.

    Raises
    ------
    NotPermittedError
        When that is not theirs to order.
    UsageError
        When nobody has one of the codes, or no reason is given.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    require(who, "destroy-keys")
    if not reason.strip():
        raise UsageError("say why: a request, or the end of the time for which names are kept")
    with running.keeper.lock:
        board = running.keeper.board
        known = {str(one.id) for one in running.operation.people}
        records = {one: board.merging.records(one) for one in persons}
        strangers = [one for one in persons if one not in known and not board.merging.facts("person", one)]
    if strangers:
        raise UsageError(f"nobody has the code {', '.join(strangers[:8])}")
    every = tuple(dict.fromkeys(record for one in persons for record in records[one]))
    names = {one: _called(running, records[one], listed or {}) for one in persons}
    answers: list[Future[Kept]] = [
        running.record(TYPE, subject=one, actor=who.name, payload=KeyDestroyed(reason=reason.strip()[:64]))
        for one in every
    ]
    for answer in answers:
        answer.result()
    for one in every:
        running.person_keys.destroy(one)
    running.operation = nameless(running.operation, every)
    if running.place is not None:
        called = [name for one in names.values() for name in one if len(name) >= SHORTEST]
        blot_out(running.place / CLAIMS, str(running.operation.id), called)
        Drafts(running).forget(records, names)
    return names


def _called(running: Running, records: Iterable[str], in_folder: Mapping[str, str]) -> tuple[str, ...]:
    """Return every name that a person's records have: on the list, and sealed in events."""
    listed = {str(one.id): one.name for one in running.operation.people}
    opened = Opener(running)
    found = []
    for record in records:
        found += [listed.get(record, ""), in_folder.get(record, "")]
        with running.keeper.lock:
            found.append(opened(record))
    return tuple(dict.fromkeys(name for name in found if name))


def traces(folder: Path, names: dict[str, tuple[str, ...]]) -> tuple[Trace, ...]:
    """Return the files of a folder in which names still stand: as text in any usual encoding, also within workbooks.

    Also in the letters of PDFs. Names in pictures, and so on scanned pages, are not found: a PDF with a page that has
    no letter is told as one that could not be searched.

    Parameters
    ----------
    folder
        Searched with all its folders.
    names
        What each person was called.
    """
    wanted = {person: _patterns(called) for person, called in names.items()}
    in_pdfs = {person: [one for name in called if (one := sought(name))] for person, called in names.items()}
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()):
        shown = str(path.relative_to(folder))
        try:
            for inside, content in _contents(path):
                text, whole = ("", False) if content is None else _drawn(content)
                if not whole:
                    found.append(Trace(file=f"{shown}{inside}"))
                found += [
                    Trace(file=f"{shown}{inside}", person=person)
                    for person in wanted
                    if any(content is not None and content.find(one) >= 0 for one in wanted[person])
                    or any(holds(text, one) for one in in_pdfs[person])
                ]
        except OSError:
            # the names are gone already: that one file cannot be read must not keep the others from being searched
            found.append(Trace(file=shown))
    return tuple(found)


def _drawn(content: bytes | mmap.mmap) -> tuple[str, bool]:
    """Return the letters of a PDF, and whether it could be searched; of any other file none, and that it could."""
    if not is_pdf(content[:FIRST]):
        return "", True
    return drawn(content[:]) if len(content) <= LARGEST else ("", False)


def _patterns(called: Sequence[str]) -> tuple[bytes, ...]:
    """Return how names may be written in a file."""
    found: dict[bytes, None] = {}
    for name in called:
        if len(name) < SHORTEST:
            continue
        for text in dict.fromkeys((name, escape(name), html.escape(name), json.dumps(name)[1:-1])):
            for encoding in _ENCODINGS:
                try:
                    found[text.encode(encoding)] = None
                except UnicodeEncodeError:
                    continue
    return tuple(found)


def _contents(path: Path) -> Iterator[tuple[str, bytes | mmap.mmap | None]]:
    """Yield what a file holds, and what a workbook or another zip file holds inside; None for what cannot be read."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        yield "", whole
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as packed:
                for one in packed.infolist():
                    yield f": {one.filename}", _member(packed, one)
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            yield "", None


def _member(packed: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes | None:
    """Return what a file in an archive holds; None where it is locked, damaged, or too large to be unpacked."""
    if one.file_size > LARGEST:
        return None
    try:
        return packed.read(one)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError):
        return None
