"""The agreement as the record has it: a line per clause and milestone, with what each party says, and the balance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from safepassage.desk.milestones import Progress, Reached, is_reached, now_s, progress
from safepassage.desk.recording import Said, record
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.desk.told import Told, told
from safepassage.desk.writing import Kept
from safepassage.ledger.agreement import Word
from safepassage.model.clauses import BothOrNeither, Cap, Clause, Deadline, Precedence, Ratio, TimeWindow
from safepassage.model.errors import UsageError
from safepassage.reports.words import Phrase, called, clock, counted, listed, say
from safepassage.reports.words.setting import NOBODY

SOON_S: Final = 3600
"""A clause that falls due within an hour needs somebody. Assumption: what can still be done takes about so long."""

MOST_TOLD: Final = 12

State = Literal["open", "soon", "overdue", "kept", "broken", "watched"]
"""What the record itself says of a clause; what parties say stands beside it."""


class Due(Struct, frozen=True, kw_only=True):
    """How the record stands to a clause: what it says, when it falls due (seconds since the start), the balance."""

    state: State
    due_s: int | None = None
    balance: Phrase | None = None


class Line(Struct, frozen=True, kw_only=True):
    """A clause or milestone: who owes it, how it stands by the record, what each party says, and all that was said."""

    id: str
    kind: str
    title: Phrase
    parties: tuple[Phrase, ...]
    standing: Due
    words: tuple[Word, ...]
    history: tuple[Told, ...]


def lines(running: Running) -> tuple[Line, ...]:
    """Return all clauses, then the milestones that parties bring about, as the operation lists them."""
    operation, setting, state = running.operation, running.setting, running.now().state
    found = []
    for clause in operation.clauses:
        said = state.clauses.get(clause.id)
        found.append(
            Line(
                id=clause.id,
                kind=str(clause.__struct_config__.tag),
                title=called(setting, clause.id, "clause"),
                parties=tuple(called(setting, one, "party") for one in clause.parties),
                standing=standing(running, clause),
                words=said.words if said else (),
                history=_history(running, "clause", clause.id),
            )
        )
    for milestone in operation.milestones:
        said = state.milestones.get(milestone.id)
        reached = is_reached(running, milestone.id)
        found.append(
            Line(
                id=milestone.id,
                kind="milestone",
                title=called(setting, milestone.id, "milestone"),
                parties=(called(setting, milestone.party, "party"),) if milestone.party else (),
                standing=Due(state="kept" if reached else "open", due_s=_planned(running, milestone.id)),
                words=said.words if said else (),
                history=_history(running, "milestone", milestone.id),
            )
        )
    return tuple(found)


def _history(running: Running, kind: str, subject: str) -> tuple[Told, ...]:
    with running.keeper.lock:
        merging = running.keeper.board.merging
        facts = merging.history(kind, subject).facts[-MOST_TOLD:] if merging.facts(kind, subject) else ()
        return tuple(told(running, fact) for fact in reversed(facts))


def windows(running: Running) -> tuple[tuple[str, bool, str, Phrase, tuple[Told, ...]], ...]:
    """Return the windows that parties spoke of: id, open or not, by whom, until when, and all that was said."""
    setting = running.setting
    found = []
    for one in running.now().state.windows.values():
        start = int(running.operation.start.timestamp())
        until = clock(setting, one.until_ms // 1000 - start) if one.until_ms else NOBODY
        found.append((one.id, one.open, one.party, until, _history(running, "window", one.id)))
    return tuple(found)


def standing(running: Running, clause: Clause) -> Due:
    """Return how the record stands to a clause now."""
    at_s = now_s(running)
    match clause:
        case Deadline():
            found = _by(is_reached(running, clause.milestone), clause.due_s, at_s)
        case TimeWindow():
            found = _in_windows(running, clause, at_s)
        case Precedence():
            found = _in_order(running, clause, at_s)
        case BothOrNeither():
            found = _together(running, clause, at_s)
        case Ratio():
            found = _in_step(progress(running), clause)
        case Cap():
            found = _under_cap(running, clause)
        case _:
            found = Due(state="watched")
    return found


def _by(reached: Reached | None, due_s: int, at_s: int) -> Due:
    if reached is not None:
        late = reached.at_s is not None and reached.at_s > due_s
        return Due(state="broken" if late else "kept", due_s=due_s)
    return Due(state="overdue" if at_s > due_s else "soon" if at_s >= due_s - SOON_S else "open", due_s=due_s)


def _in_windows(running: Running, clause: TimeWindow, at_s: int) -> Due:
    said = running.now().state.windows.get(clause.id)
    extended_s = said.until_ms // 1000 - int(running.operation.start.timestamp()) if said and said.until_ms else 0
    ends = [max(one.until_s, extended_s) if one is clause.windows[-1] else one.until_s for one in clause.windows]
    reached = is_reached(running, clause.milestone)
    if reached is not None and reached.at_s is not None:
        inside = any(one.from_s <= reached.at_s <= end for one, end in zip(clause.windows, ends, strict=True))
        return Due(state="kept" if inside else "broken", due_s=max(ends, default=None))
    due_s = next((end for end in ends if end >= at_s), max(ends, default=at_s))
    return _by(reached, due_s, at_s)


def _in_order(running: Running, clause: Precedence, at_s: int) -> Due:
    first, then = is_reached(running, clause.first), is_reached(running, clause.then)
    due_s = _planned(running, clause.then)
    if then is not None:
        early = first is None or (
            first.at_s is not None and then.at_s is not None and then.at_s < first.at_s + clause.gap_s
        )
        return Due(state="broken" if early else "kept", due_s=due_s)
    if first is not None:
        return Due(state="open", due_s=due_s)
    soon = due_s is not None and at_s >= due_s - SOON_S
    return Due(state="overdue" if soon and due_s is not None and at_s > due_s else "soon" if soon else "open",
               due_s=due_s)  # fmt: skip


def _planned(running: Running, milestone: str) -> int | None:
    readings = running.plan.milestones if running.plan else ()
    return next((one.at_s for one in readings if one.milestone == milestone), None)


def _together(running: Running, clause: BothOrNeither, at_s: int) -> Due:
    setting = running.setting
    found = {one: is_reached(running, one) for one in clause.milestones}
    there = [name for name, one in found.items() if one is not None]
    balance = say("clause.balance.both", n=len(there), every=len(found), which=listed(
        [called(setting, name, "milestone") for name in there]) if there else NOBODY)  # fmt: skip
    times = [one.at_s for one in found.values() if one is not None and one.at_s is not None]
    due_s = min(times) + clause.within_s if times and clause.within_s else None
    if len(there) == len(found):
        late = due_s is not None and max(times) > due_s
        return Due(state="broken" if late else "kept", due_s=due_s, balance=balance)
    if not there or due_s is None:
        return Due(state="open", due_s=due_s, balance=balance)
    return Due(state=_by(None, due_s, at_s).state, due_s=due_s, balance=balance)


def _in_step(now: Progress, clause: Ratio) -> Due:
    (gone, every), (against, others) = (now.groups.get(one, (0, 0)) for one in (clause.group, clause.against))
    allowed = clause.numerator * against // clause.denominator + clause.tolerance
    balance = say("clause.balance.ratio", group=clause.group, n=gone, every=every, against=clause.against,
                  other=against, others=others, allowed=allowed)  # fmt: skip
    state: State = "broken" if gone > allowed else "kept" if (gone, against) == (every, others) else "open"
    return Due(state=state, balance=balance)


def _under_cap(running: Running, clause: Cap) -> Due:
    state = running.now().state
    row = state.at_site.get(clause.site)
    here = len(row.sure) + len(row.possible) if row else 0
    here += sum(len(count.sure) for vehicle, count in state.aboard.items()
                if state.vehicles[vehicle].place[:2] == ("site", clause.site))  # fmt: skip
    people = counted("person", here)
    if not clause.max_people:
        return Due(state="watched", balance=say("clause.balance.here", people=people))
    balance = say("clause.balance.cap", people=people, most=clause.max_people)
    return Due(state="broken" if here > clause.max_people else "open", balance=balance)


FORMS: Final = ("clause-fulfilled", "clause-contested", "clause-broken", "milestone-reached")
WINDOW_FORMS: Final = ("window-opened", "window-closed", "window-extended")


def claim(running: Running, who: Who, type_: str, subject: str, given: Mapping[str, str]) -> Future[Kept]:
    """Record what a party says of a clause or milestone, or does to a window.

    Parameters
    ----------
    running
        The ledger.
    who
        Who heard it.
    type_, subject
        What it is: of a clause, a milestone or a window, and which.
    given
        Whose word it is (`party`); the `reason`; of a window `until`, a local time of the operation.

    Raises
    ------
    UsageError
        When there is no such clause, milestone or party, or the time is none.
    NotPermittedError
        When that is not theirs to record.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    operation, party = running.operation, given.get("party", "")
    if party not in {one.id for one in operation.parties}:
        raise UsageError("say whose word it is: a party of this operation")
    payload: dict[str, Any] = {"claimant": party, "reason": given.get("reason", "")[:64]}
    if type_ in WINDOW_FORMS:
        payload = {"party": party, "until_ms": _until_ms(running, given.get("until", ""))}
        known = {*running.now().state.windows, *_window_ids(running)}
    elif type_ == "milestone-reached":
        known = set(map(str, operation.known_milestones()))
    else:
        known = {clause.id for clause in operation.clauses}
    if subject not in known:
        raise UsageError("there is no such clause, milestone or window")
    return record(running, who, Said(type=type_, subject=subject, payload=payload))


def _window_ids(running: Running) -> Iterator[str]:
    """Yield what a window may be of: a clause about windows, a site, a road."""
    operation = running.operation
    yield from (clause.id for clause in operation.clauses if isinstance(clause, TimeWindow))
    yield from (site.id for site in operation.sites if site.kind != "junction")
    yield from (link.id for link in operation.links if link.controlled_by)


def window_choices(running: Running) -> tuple[tuple[str, Phrase], ...]:
    """Return what a window may be of, with what it is called."""
    names = dict.fromkeys((*_window_ids(running), *running.now().state.windows))
    return tuple((name, called(running.setting, name)) for name in names)


def _until_ms(running: Running, text: str) -> int:
    if not text:
        return 0
    try:
        local = datetime.fromisoformat(text)
        aware = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(running.operation.time_zone))
        return round(aware.timestamp() * 1000)
    except (OverflowError, ValueError) as error:
        raise UsageError("until when: a date and a time, as 2026-03-01T18:00") from error
