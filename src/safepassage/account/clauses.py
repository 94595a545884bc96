"""How each clause and each milestone of a party stands: by the record, by whose word, and on which events.

What vehicles and people did stands above what anybody says. A party's word that it has kept a clause never makes it
kept: it stands beside the record, and where another party denies it, the clause is contested.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from safepassage.account.balances import Crowd, InStep, Sides, crowd, in_step, sides
from safepassage.account.due import due_s, window_ends
from safepassage.account.milestones import Reached
from safepassage.account.record import Record
from safepassage.account.words import Said
from safepassage.ledger.agreement import IncidentState
from safepassage.model.clauses import (
    Area,
    BothOrNeither,
    Cap,
    Clause,
    Consent,
    Deadline,
    Exclusion,
    Milestone,
    Precedence,
    Ratio,
    TimeWindow,
)

SOON_S: Final = 3600
"""A clause that falls due within an hour needs somebody. Assumption: what can still be done takes about so long."""

State: TypeAlias = Literal["open", "due", "late", "kept", "broken", "contested", "watched"]
STATES: Final[tuple[State, ...]] = get_args(State)
"""`open`: not yet due; `due`: within the hour; `late`: its time has passed, whether it came since or not; `broken`:
what was agreed not to happen has happened; `contested`: somebody denies what the record or another says; `watched`:
people watch, and nobody has said anything that decides."""

Ground: TypeAlias = Literal["movement", "word", "incident", ""]


class Standing(Struct, frozen=True, kw_only=True):
    """How a clause or milestone stands, why, and what the words of parties add.

    `record` is the standing by the record alone. `ground` says what decides it: what vehicles and people did,
    somebody's word (`parties` says whose) or an incident; `events` are the names of the events. `reached` is when it
    came about, `late_s` by how much too late (of what has not come: so far). `own_word`: only the word of a party that
    owes it.
    """

    id: str
    kind: str
    standing: State
    record: State
    owed_by: tuple[str, ...]
    due_s: int | None = None
    reached: Reached | None = None
    late_s: int = 0
    ground: Ground = ""
    parties: tuple[str, ...] = ()
    own_word: bool = False
    events: tuple[str, ...] = ()
    words: tuple[Said, ...] = ()
    incidents: tuple[str, ...] = ()
    balance: Sides | InStep | Crowd | None = None


def standings(record: Record) -> tuple[Standing, ...]:
    """Return how all clauses stand, then the milestones of parties, as the operation lists them."""
    found = [standing(record, clause) for clause in record.operation.clauses]
    return (*found, *(milestone_standing(record, one) for one in record.operation.milestones))


def standing(record: Record, clause: Clause) -> Standing:
    """Return how a clause stands.

    Parameters
    ----------
    record
        The ledger.
    clause
        Of its operation.
    """
    words = record.words.get(clause.id, ())
    kind = str(clause.__struct_config__.tag)
    plain = Standing(id=clause.id, kind=kind, standing="watched", record="watched", owed_by=tuple(clause.parties),
                     due_s=due_s(record, clause), words=words)  # fmt: skip
    match clause:
        case Deadline():
            found = _by(record, plain, record.reached(clause.milestone))
        case TimeWindow():
            found = _in_windows(record, plain, clause)
        case Precedence():
            found = _in_order(record, plain, clause)
        case BothOrNeither():
            found = _together(record, plain, clause)
        case Ratio():
            found = _in_step(record, plain, clause)
        case Cap():
            found = _under_cap(record, plain, clause)
        case Exclusion() | Consent() | Area():
            return _watched(record, plain, clause)
    return _with_words(found)


def milestone_standing(record: Record, milestone: Milestone) -> Standing:
    """Return how what a party is to bring about stands; it is due when the plan has it.

    Parameters
    ----------
    record
        The ledger.
    milestone
        Of its operation.
    """
    plain = Standing(
        id=milestone.id, kind="milestone", standing="open", record="open", due_s=record.planned_s(milestone.id),
        owed_by=(milestone.party,) if milestone.party else (), words=record.words.get(milestone.id, ()),
    )  # fmt: skip
    return _with_words(_by(record, plain, record.reached(milestone.id)))


def _by(record: Record, plain: Standing, reached: Reached | None) -> Standing:
    """Judge what has to come by a time."""
    if reached is None:
        return _waits(record, plain)
    late = 0 if plain.due_s is None or reached.at_s is None else max(0, reached.at_s - plain.due_s)
    return _shown(replace(plain, record="late" if late else "kept", late_s=late), reached)


def _waits(record: Record, plain: Standing) -> Standing:
    """Judge what has not come, by its time."""
    if plain.due_s is None or record.at_s < plain.due_s - SOON_S:
        return replace(plain, record="open")
    late = max(0, record.at_s - plain.due_s)
    return replace(plain, record="late" if late else "due", late_s=late)


def _shown(plain: Standing, *reached: Reached) -> Standing:
    """Add what shows that something came about; of several the last one says when."""
    parties = tuple(dict.fromkeys(party for one in reached for party in one.parties))
    said = [one for one in reached if one.by == "word"]
    return replace(
        plain, reached=max(reached, key=lambda one: -(2**60) if one.at_s is None else one.at_s),
        ground="word" if said else "movement", parties=parties,
        own_word=any(one.parties and set(one.parties) <= set(plain.owed_by) for one in said),
        events=tuple(dict.fromkeys(name for one in reached for name in one.events)),
    )  # fmt: skip


def _in_windows(record: Record, plain: Standing, clause: TimeWindow) -> Standing:
    reached = record.reached(clause.milestone)
    if reached is None or reached.at_s is None:
        return _by(record, plain, reached)
    ends = window_ends(record, clause)
    inside = any(one.from_s <= reached.at_s <= end for one, end in zip(clause.windows, ends, strict=True))
    late = max(0, reached.at_s - max(ends, default=reached.at_s))
    state: State = "kept" if inside else "late" if late else "broken"
    return _shown(replace(plain, record=state, late_s=late), reached)


def _in_order(record: Record, plain: Standing, clause: Precedence) -> Standing:
    first, then = record.reached(clause.first), record.reached(clause.then)
    if then is not None:
        early = first is None or (
            first.at_s is not None and then.at_s is not None and then.at_s < first.at_s + clause.gap_s
        )
        shown = (then,) if first is None else (first, then)
        told = _shown(replace(plain, record="broken" if early else "kept"), *shown)
        # what was owed is the first: when the other came says nothing of when this did
        return replace(told, reached=first)
    if first is not None:
        return _shown(replace(plain, record="open"), first)
    return _waits(record, plain)


def _together(record: Record, plain: Standing, clause: BothOrNeither) -> Standing:
    found = {str(one): record.reached(one) for one in clause.milestones}
    come = [one for one in found.values() if one is not None]
    told = replace(plain, balance=sides(clause, found))
    if not come:
        return replace(told, record="open")
    times = [one.at_s for one in come if one.at_s is not None]
    if len(come) == len(found):
        late = max(0, max(times) - plain.due_s) if times and plain.due_s is not None else 0
        return _shown(replace(told, record="late" if late else "kept", late_s=late), *come)
    waits = _waits(record, told)
    return _shown(replace(waits, record="broken" if waits.record == "late" else waits.record), *come)


def _in_step(record: Record, plain: Standing, clause: Ratio) -> Standing:
    groups = {str(one.id): one.group for one in record.operation.people if one.travels or one.id in record.left}
    found = in_step(clause, record.left, groups)
    done = (found.gone, found.against) == (found.every, found.others)
    events = [one.event for one in record.left.values() if found.worst and one.at_s == found.worst.at_s and one.event]
    state: State = "broken" if found.worst else "kept" if done else "open"
    return replace(plain, record=state, balance=found, ground="movement", events=tuple(dict.fromkeys(events)))


def _under_cap(record: Record, plain: Standing, clause: Cap) -> Standing:
    found = crowd(clause, record.halts_at(clause.site), record.at_s)
    arrived = record.reached("all-arrived") is not None
    state: State = "broken" if found.broken_s is not None else "kept" if arrived and not found.here else "open"
    if not clause.max_people and not clause.max_dwell_s:
        state = "watched"
    events = tuple(one.event for one in record.progress.drives if one.site == clause.site and one.event)
    return replace(plain, record=state, balance=found, ground="movement" if events else "", events=events)


def _watched(record: Record, plain: Standing, clause: Exclusion | Consent | Area) -> Standing:
    """Judge what people watch: by incidents, and by the words of who watches and of the others."""
    seen = [one for one in record.state.incidents.values() if _concerns(one, clause)]
    told = replace(plain, incidents=tuple(one.id for one in seen))
    affirm = {one.claimant: one for one in plain.words if one.says == "fulfilled"}
    deny = {one.claimant: one for one in plain.words if one.says in ("contested", "broken")}
    by_watcher = clause.watched_by if isinstance(clause, Exclusion) else ""
    events = tuple(name.hex() for one in seen for name in one.heads)
    if seen:
        told = replace(told, record="broken", ground="incident", events=events)
    elif by_watcher and by_watcher in affirm and by_watcher not in clause.parties:
        word = affirm[by_watcher]
        told = replace(told, record="kept", ground="word", parties=(by_watcher,), events=(word.event,))
    if affirm and (deny or seen):
        return replace(told, standing="contested")
    if deny and told.record != "broken":
        words = tuple(deny.values())
        state: State = "broken" if all(one.says == "broken" for one in words) else "contested"
        return replace(told, standing=state, ground="word", parties=tuple(deny),
                       events=tuple(one.event for one in words))  # fmt: skip
    return replace(told, standing=told.record)


def _with_words(found: Standing) -> Standing:
    """Let parties' words contest what the record has as kept or undecided, and never anything more than that."""
    deny = any(one.says in ("contested", "broken") for one in found.words)
    state: State = "contested" if deny and found.record in ("kept", "open", "due", "watched") else found.record
    return replace(found, standing=state)


def _concerns(incident: IncidentState, clause: Exclusion | Consent | Area) -> bool:
    """Tell whether an incident is of what a clause excludes: by the clause's id, or by a word of it, at its places."""
    if incident.kind == clause.id:
        return True
    if not isinstance(clause, Exclusion):
        return False
    words = set(re.findall(r"\w+", clause.what.casefold()))
    kinds = set(re.findall(r"\w+", incident.kind.casefold()))
    there = not clause.where or incident.site in clause.where or incident.vehicle in clause.where
    return there and bool(kinds) and kinds <= words
