"""What needs somebody now, the gravest first: what the board says, what the plan and the clock say, what waits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from safepassage.account.clauses import standing
from safepassage.account.due import next_due, stays_of
from safepassage.account.milestones import since_start
from safepassage.account.silence import last_heard
from safepassage.account.unknown import SILENT_MS
from safepassage.account.walks import moves_of
from safepassage.desk.approvals import unapproved
from safepassage.desk.milestones import now_s, record_now
from safepassage.desk.running import Running
from safepassage.ledger.people import Contradiction
from safepassage.reports.exceptions import Exceptional, between
from safepassage.reports.words import Phrase, called, clock, duration, listed, say, say_code
from safepassage.reports.words.setting import NOBODY

KINDS: Final = (
    "overdue", "unaccounted", "conflict", "referral", "count", "clause", "approval", "apart", "device",
)  # fmt: skip
"""The gravest first."""

GRAVE: Final = ("overdue", "unaccounted", "conflict")
"""Kinds that are never only a warning."""

GRACE_S: Final = 900
"""A vehicle is overdue a quarter of an hour after its planned time. Assumption: people in a hurry tell late."""


class Row(Struct, frozen=True, kw_only=True):
    """One thing that needs somebody: what is so, about whom, since when, and what to do next.

    `key` names it from one look to the next. `link` leads to where it is done; `found` is its contradiction; `grave`
    says that it is wrong already, though others of its kind are only about to be.
    """

    key: str
    kind: str
    says: Phrase
    subjects: tuple[str, ...]
    since: Phrase
    next: Phrase
    link: str = ""
    found: Contradiction | None = None
    grave: bool = False


class Group(Struct, frozen=True, kw_only=True):
    """The rows of a kind, from the first that was asked for on, how many there are, and whether any is grave."""

    kind: str
    rows: tuple[Row, ...]
    first: int
    total: int
    grave: bool


def groups(running: Running, most: int, *, kind: str = "", first: int = 0) -> tuple[Group, ...]:
    """Return what needs somebody, by kind: before all others those that hold something grave.

    Parameters
    ----------
    running
        The ledger.
    most
        Rows of a kind.
    kind, first
        Of this kind only, from this row on; empty: of all kinds, each from its first.
    """
    found = _by_kind(running)
    chosen = [kind] if kind in found else KINDS
    start = max(0, first) if kind in found else 0
    told = [
        Group(kind=one, first=start, total=len(found[one]),
              grave=one in GRAVE or any(isinstance(row, Row) and row.grave for row in found[one]),
              rows=tuple(_row_of(running, row) for row in found[one][start : start + most]))
        for one in chosen
        if found[one]
    ]  # fmt: skip
    return tuple(sorted(told, key=lambda one: not one.grave))


def rows(running: Running) -> Iterator[Row]:
    """Yield all that needs somebody, kind by kind, each in its order."""
    for found in _by_kind(running).values():
        for one in found:
            yield _row_of(running, one)


def _by_kind(running: Running) -> dict[str, list[Row | Exceptional]]:
    """Collect what needs somebody; the board's own part was worked out with the board, and of it few are looked at."""
    found: dict[str, list[Row | Exceptional]] = {one: [] for one in KINDS}
    for one in running.now().brief.found:
        found[one.kind].append(one)
    for row in (*_overdue(running), *_clauses(running), *_approvals(running), *_silent(running)):
        found[row.kind].append(row)
    return found


def summed_up(found: Sequence[Group]) -> Phrase:
    """Say in one line how much of each kind needs somebody.

    Parameters
    ----------
    found
        From `groups`, of all kinds.
    """
    parts = [say("console.kind-count", kind=say_code("console.exception", one.kind), n=one.total) for one in found]
    return say("console.needs", what=listed(parts, at_most=len(KINDS)))


def _row_of(running: Running, one: Row | Exceptional) -> Row:
    if isinstance(one, Row):
        return one
    subjects = "-".join(one.subjects) if len(one.subjects) < 4 else "many"
    link = {"count": f"/acts/{one.about}", "device": "/settings"}.get(one.kind, "")
    contradicts = one.found.kind if one.found else ""
    return Row(
        key=_key(one.kind, subjects, one.about, contradicts), kind=one.kind, says=one.says, subjects=one.subjects,
        since=between(running.setting, one.since) if one.since else NOBODY,
        next=say_code("console.next", _next(one.kind, contradicts)), link=link, found=one.found,
    )  # fmt: skip


def _next(kind: str, contradicts: str) -> str:
    """Name what to do about a kind: who may be in two places is asked, who carries one token with another gets one."""
    if kind != "conflict":
        return kind
    return {"": "unsure", "token": "token"}.get(contradicts, kind)


def _key(*parts: str) -> str:
    """Name a row by letters and digits alone, whatever the ids in it are."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _row(kind: str, key: str, says: Phrase, since: Phrase, link: str, *, grave: bool = False) -> Row:
    return Row(key=_key(kind, key), kind=kind, says=says, subjects=(), since=since,
               next=say_code("console.next", kind), link=link, grave=grave)  # fmt: skip


def _overdue(running: Running) -> Iterator[Row]:
    """Yield the vehicles whose next planned departure or arrival has not been told in time."""
    setting, at_s = running.setting, now_s(running)
    told = moves_of(record_now(running).progress.drives)
    for vehicle, stays in stays_of(running.operation, running.plan).items():
        due = next_due(stays, told.get(vehicle, ()))
        if due is None or at_s <= due.at_s + GRACE_S:
            continue
        late = duration(60 * ((at_s - due.at_s) // 60))
        what, where = called(setting, vehicle, "vehicle"), called(setting, due.site, "site")
        said = say_code("overdue", due.type, what=what, where=where, late=late)
        yield _row("overdue", f"{vehicle}-{due.type}", said, clock(setting, due.at_s), f"/acts/{vehicle}")


def _clauses(running: Running) -> Iterator[Row]:
    """Yield the clauses that are broken, contested or late and not yet made good, and those about to fall due."""
    setting, record = running.setting, record_now(running)
    for clause in running.operation.clauses:
        found = standing(record, clause)
        waits = found.standing in ("due", "late") and found.reached is None
        if waits or found.standing in ("broken", "contested"):
            said = say_code("clause.is", found.standing, what=called(setting, clause.id, "clause"))
            due = clock(setting, found.due_s) if found.due_s is not None else NOBODY
            yield _row("clause", clause.id, said, due, "/clauses", grave=found.standing != "due")


def _approvals(running: Running) -> Iterator[Row]:
    for one in unapproved(running):
        said = say("console.unapproved", what=say_code("event", one.type), who=one.subject)
        yield _row("approval", one.name[:16], said, between(running.setting, one.time), "/approvals")
    for request in running.requests.open():
        asked_s = since_start(running.operation, request.asked_ms)
        said = say("console.asked-for", what=say_code("event", request.type), who=request.subject, by=request.by)
        yield _row("approval", f"request-{request.number}", said, clock(running.setting, asked_s), "/approvals")


def _silent(running: Running) -> Iterator[Row]:
    """Yield the devices of which the last event that is here is long ago."""
    at_ms, own = running.clocks().wall_ms, running.keeper.recorder.device
    with running.keeper.lock:
        heard = last_heard(running.keeper.board)
    for device, since in heard.items():
        if device != own and at_ms - since.likely_ms > SILENT_MS:
            said = say("console.silent", device=device, since=between(running.setting, since))
            yield _row("device", f"silent-{device}", said, between(running.setting, since), "/settings")
