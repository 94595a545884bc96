"""Sheets of paper in the ledger: what entering one would do, entering it once, and taking the whole of it back.

A sheet becomes the chain of a device of its own (`ledger.paper`), made and signed by this server, all of it or nothing.
The actor of its events is who wrote it; who entered it is the actor of the device's enrolment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import groupby
from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage.desk.calls import Kept, Together
from safepassage.desk.paper_rows import Line, Remark, Sheet
from safepassage.desk.personal import sealing
from safepassage.desk.recording import entered_by
from safepassage.desk.roles import NotPermittedError, Who, may, require
from safepassage.desk.running import Running
from safepassage.desk.told import Told, told
from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import decode, digest, reference
from safepassage.ledger.facts import Fact, read_fact
from safepassage.ledger.journeys import Where
from safepassage.ledger.keeper import HandedIn, Looked
from safepassage.ledger.merging import keys_of
from safepassage.ledger.paper import PREFIX, ROLE, is_paper, watch_read
from safepassage.ledger.people import person_state
from safepassage.ledger.recording import Parcel, Recorder
from safepassage.ledger.vocabulary import TYPES, Batch, Corrected, Enrolled, Payload
from safepassage.model.errors import SafepassageError, UsageError
from safepassage.reports.exceptions import between
from safepassage.reports.words import Phrase, called, listed, say, say_code

MOST_CORRECTED: Final = 100
"""Events in one correction."""

MARGIN_MS: Final = 86_400_000
"""A sheet's monotonic clock begins so long before the first time on it."""


class SheetEnteredError(SafepassageError):
    """The sheet stands in the ledger already: a sheet counts once."""

    code = "sheet-entered"
    exit_status = 3
    http_status = 409


class Entered(Struct, frozen=True, kw_only=True):
    """A sheet in the ledger: who wrote it, who entered it, its events, and how many of them still count."""

    device: str
    wrote: str
    by: str
    events: tuple[Told, ...]
    counting: int


class Foresight(Struct, frozen=True, kw_only=True):
    """What the ledger would say once a sheet is entered: by line, and in figures."""

    remarks: tuple[Remark, ...]
    events: int
    new: int
    known: int
    conflicts: int


class _Watch:
    """The clocks of a sheet: they show what was written."""

    def __init__(self) -> None:
        self.boot, self.at_ms, self.began_ms = "", 0, 0

    def wall_ms(self) -> int:
        return self.at_ms

    def monotonic_ms(self) -> int:
        return self.at_ms - self.began_ms


def enter(running: Running, who: Who, sheet: Sheet) -> Future[Kept]:
    """Enter a sheet that was read: all its lines, or none.

    Parameters
    ----------
    running
        The ledger.
    who
        Who enters it.
    sheet
        From `read_sheet`, which asked for each line whether it is theirs to record.

    Raises
    ------
    NotPermittedError
        When paper is not theirs to enter.
    BusyError, StoreStoppedError
        When nothing is taken. The answer may hold SheetEnteredError, or UsageError where a code for somebody new was
        given to somebody else meanwhile.
    """
    require(who, "enter-paper", who.serves)
    return running.gather(lambda: _gathered(running, who, sheet))


def _gathered(running: Running, who: Who, sheet: Sheet) -> Together:
    """Make the sheet's parcels and its enrolment; in the writer's thread."""
    keeper, merging = running.keeper, running.keeper.board.merging
    require_once(running, sheet.device)
    if taken := [one.subject for one in sheet.lines if one.new and running.keeper.board.person(one.subject).heads]:
        raise UsageError(f"somebody has this code now: {', '.join(taken)}; look at the sheet anew")
    watch, own = _Watch(), keeper.recorder
    recorder = Recorder(sheet.device, lambda batch: own.signed(batch).signature, watch)
    recorder.resume(data for _, data in _chain(running, sheet.device))
    now_ms = own.clock.wall_ms() - (merging.timing.wall_error_ms(own.device) or 0)
    looked = tuple(_looked(running, sheet, recorder, watch, now_ms))
    payload = Enrolled(public_key=own.public_key, role=ROLE)
    enrolment = own.record("device-enrolled", subject=sheet.device, actor=who.name, payload=payload)
    return Together(looked=looked, recorded=(enrolment,))


def _looked(running: Running, sheet: Sheet, recorder: Recorder, watch: _Watch, now_ms: int) -> Iterator[Looked]:
    """Yield the parcels of a sheet: lines whose times are as exact as each other, in the order of time."""
    keeper = running.keeper
    first_ms = min(now_ms, *(line.span.earliest_ms for line in sheet.lines))
    watch.began_ms = first_ms - max(line.span.within_ms for line in sheet.lines) - MARGIN_MS
    lines = sorted(sheet.lines, key=lambda line: (line.span.likely_ms, line.row))
    for within_ms, alike in groupby(lines, lambda line: line.span.within_ms):
        watch.boot = f"{PREFIX}{recorder.sequence + 1}"
        events = tuple(data for line in alike for data in _recorded(running, sheet, recorder, watch, line))
        batch = Batch(device=sheet.device, sequence=recorder.sequence, digest=reference(digest(events[-1])))
        reading = watch_read(watch.boot, watch.began_ms, within_ms, keeper.recorder.clock.monotonic_ms(), now_ms)
        handed = HandedIn(parcel=Parcel(recorder.signed(batch), events), reading=reading)
        yield keeper.look(handed, unsigned=True)  # signed by this server, enrolled in the same append


def _recorded(running: Running, sheet: Sheet, recorder: Recorder, watch: _Watch, line: Line) -> Iterator[bytes]:
    """Make the events of a line: of somebody new, first the one that makes them known."""
    watch.at_ms = line.span.likely_ms
    if line.new:
        known: Any = TYPES[line.new].payload()
        if line.name:
            known = sealing(running.person_keys, known, person=line.subject, name=line.name)
        yield recorder.record(line.new, subject=line.subject, site=line.site, actor=sheet.wrote, payload=known)
    yield recorder.record(line.type, subject=line.subject, vehicle=line.vehicle, site=line.site, actor=sheet.wrote,
                          payload=_payload(line))  # fmt: skip


def _payload(line: Line) -> Payload:
    return msgspec.convert(dict(line.payload), TYPES[line.type].payload)


def require_once(running: Running, device: str) -> None:
    """Refuse a sheet of which anything counts in the ledger.

    Raises
    ------
    SheetEnteredError
        When it was entered already.
    """
    with running.keeper.lock:
        standing = running.keeper.board.merging.standing
        # what is in several forms (two servers entered it) waits for somebody who settles that
        counting = sum(standing.counts(fact) or standing.is_variant(fact) for fact in _facts(running, device))
    if counting:
        by = entered_by(running, device)
        raise SheetEnteredError(f"{device}: {counting} of its lines count already, entered by {by}")


def _facts(running: Running, device: str) -> list[Fact]:
    return list(running.keeper.board.merging.standing.chain_backwards(device))


def _chain(running: Running, device: str) -> list[tuple[Fact, bytes]]:
    """Return the events of a sheet that was entered before and taken back, in order."""
    facts = _facts(running, device)[::-1]
    store = running.keeper.store
    places = store.positions([fact.name for fact in facts])
    return [(fact, next(iter(store.read(at, at + 1)))) for fact, at in zip(facts, places, strict=True)
            if at is not None]  # fmt: skip


def entered(running: Running, who: Who) -> tuple[Entered, ...]:
    """Return the sheets in the ledger, by id.

    Raises
    ------
    NotPermittedError
        When that is not theirs to see.
    """
    require(who, "enter-paper", who.serves)
    with running.keeper.lock:
        devices = [one for one in running.keeper.board.merging.standing.devices() if is_paper(one)]
        return tuple(_entered(running, device) for device in devices)


def _entered(running: Running, device: str) -> Entered:
    events = [told(running, fact) for fact in reversed(_facts(running, device))]
    return Entered(
        device=device,
        wrote=events[-1].actor if events else "",
        by=entered_by(running, device),
        events=tuple(events),
        counting=sum(one.counts for one in events),
    )


def take_back_sheet(running: Running, who: Who, device: str) -> Future[Kept]:
    """Take back all of a sheet that still counts: a correction for each whom it is about, all or none of them.

    Raises
    ------
    NotPermittedError
        When somebody else entered it, and it is not theirs to settle.
    UsageError
        When nothing of such a sheet counts; the answer may hold this too.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    require(who, "enter-paper", who.serves)
    if not is_paper(device):
        raise UsageError("there is no such sheet")
    if entered_by(running, device) != who.name and not may(who, "settle"):
        raise NotPermittedError(f"{who.role}: not permitted to take back what others entered")
    return running.gather(lambda: _corrections(running, who, device))


def _corrections(running: Running, who: Who, device: str) -> Together:
    standing = running.keeper.board.merging.standing
    about: dict[str, list[str]] = {}
    for fact in reversed(_facts(running, device)):
        if standing.counts(fact):
            about.setdefault(fact.subject, []).append(reference(fact.name))
    if not about:
        raise UsageError("nothing of this sheet counts any more")
    return Together(
        recorded=tuple(
            running.keeper.recorder.record(
                "corrected", subject=subject, actor=who.name,
                payload=Corrected(corrects=tuple(names[start : start + MOST_CORRECTED]), reason=ROLE),
            )
            for subject, names in about.items()
            for start in range(0, len(names), MOST_CORRECTED)
        )
    )  # fmt: skip


def foresee(running: Running, sheet: Sheet) -> Foresight:
    """Work out what the ledger would say once a sheet is entered, without entering it.

    Parameters
    ----------
    running
        The ledger.
    sheet
        From `read_sheet`.
    """
    with running.keeper.lock:
        also, rows = _supposed(running, sheet)
        remarks: list[Remark] = []
        known = conflicts = 0
        for line in sheet.lines:
            if alike := _alike(running, line):
                known += 1
                remarks.append(_remark(line, "who", "take.known", who=line.subject, by=alike.actor or alike.device,
                                       at=between(running.setting, alike.time)))  # fmt: skip
        for (kind, subject), facts in also.items():
            if kind == "person":
                found = _of_person(running, subject, facts, rows[subject])
                conflicts += sum(one.cell == "conflict" for one in found)
                remarks += found
    new = len({one.subject for one in sheet.lines if one.new})
    return Foresight(remarks=tuple(sorted(remarks, key=lambda one: one.row)), events=len(sheet.lines) + new, new=new,
                     known=known, conflicts=conflicts)  # fmt: skip


def _supposed(
    running: Running, sheet: Sheet
) -> tuple[dict[tuple[str, str], list[tuple[Interval, Fact]]], dict[str, Line]]:
    """Return the facts that a sheet would add, by whose history they stand in; and the last line about each subject."""
    watch = _Watch()
    recorder = Recorder(sheet.device, clock=watch, randomness=bytes)  # the same sheet is foreseen alike
    recorder.resume(data for _, data in _chain(running, sheet.device))
    also: dict[tuple[str, str], list[tuple[Interval, Fact]]] = {}
    rows: dict[str, Line] = {}
    for line in sorted(sheet.lines, key=lambda line: (line.span.likely_ms, line.row)):
        watch.at_ms = watch.began_ms = line.span.likely_ms
        data = recorder.record(line.type, subject=line.subject, vehicle=line.vehicle, site=line.site,
                               actor=sheet.wrote, payload=_payload(line))  # fmt: skip
        fact = read_fact(decode(data), digest(data))
        rows[line.subject] = line
        for key in keys_of(fact):
            also.setdefault(key, []).append((Interval(*line.span, line.span.likely_ms), fact))
    return also, rows


def _of_person(running: Running, person: str, facts: Sequence[tuple[Interval, Fact]], line: Line) -> list[Remark]:
    """Tell what changes about a person: what cannot be true together, or where they are then said to be."""
    board = running.keeper.board
    before = board.person(person)
    after = person_state(before.id, before.records, board.merging.supposing("person", person, facts))
    if len(after.contradictions) > len(before.contradictions):
        places = tuple(dict.fromkeys((after.place, *after.possible)))
        return [_remark(line, "conflict", "take.conflict", who=person, where=_places(running, places))]
    if after.place[:2] != before.place[:2]:
        return [_remark(line, "who", "take.moves", who=person, before=_places(running, (before.place,)),
                        after=_places(running, (after.place,)))]  # fmt: skip
    return []


def _places(running: Running, places: Sequence[Where]) -> Phrase:
    return listed([say_code("board.place", one.kind or "unknown", what=called(running.setting, one.id))
                   for one in places])  # fmt: skip


def _alike(running: Running, line: Line) -> Told | None:
    """Return what tells the same already: of that type, about the same, there, at a time that may be the same."""
    merging = running.keeper.board.merging
    history = merging.history(TYPES[line.type].subject, line.subject)
    for fact, time in zip(history.facts, history.times, strict=True):
        same = (fact.type, fact.vehicle, fact.site) == (line.type, line.vehicle, line.site)
        if same and time.earliest_ms <= line.span.latest_ms and line.span.earliest_ms <= time.latest_ms:
            return told(running, fact)
    return None


def _remark(line: Line, cell: str, key: str, **said: Any) -> Remark:
    return Remark(row=line.row, cell=cell, says=say(key, **said))


def columns_of(remarks: Sequence[Remark]) -> Mapping[int, tuple[Remark, ...]]:
    """Return remarks by their line.

    Parameters
    ----------
    remarks
        In any order.
    """
    found: dict[int, list[Remark]] = {}
    for one in remarks:
        found.setdefault(one.row, []).append(one)
    return {row: tuple(those) for row, those in found.items()}
