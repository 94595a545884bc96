"""When a clause or a vehicle's next move falls due: the one place that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from safepassage.account.laying import Planned, laid, planned_stays, trips_of
from safepassage.account.milestones import Drive
from safepassage.account.record import Record
from safepassage.ledger.clocks import Interval
from safepassage.model.clauses import BothOrNeither, Clause, Deadline, Precedence, TimeWindow
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan


def due_s(record: Record, clause: Clause) -> int | None:
    """Return when a clause falls due, in seconds since the start; None where nothing says when.

    A deadline at its time; a window at the end of the one that is open or comes next, extensions included; of two in
    order the first, so long before the second as agreed, by the plan; of both or neither the rest, so long after the
    first that came as agreed.
    """
    match clause:
        case Deadline():
            found: int | None = clause.due_s
        case TimeWindow():
            ends = window_ends(record, clause)
            found = next((end for end in ends if end >= record.at_s), max(ends, default=None))
        case Precedence():
            planned = record.planned_s(clause.then)
            found = None if planned is None else planned - clause.gap_s
        case BothOrNeither():
            reached = [record.reached(one) for one in clause.milestones]
            times = [one.at_s for one in reached if one is not None and one.at_s is not None]
            found = min(times) + clause.within_s if times and clause.within_s else None
        case _:
            found = None
    return found


def window_ends(record: Record, clause: TimeWindow) -> list[int]:
    """Return when the windows of a clause end; what parties extended is the last of them."""
    said = record.state.windows.get(clause.id)
    start = int(record.operation.start.timestamp())
    extended_s = said.until_ms // 1000 - start if said and said.until_ms else 0
    return [max(one.until_s, extended_s) if one is clause.windows[-1] else one.until_s for one in clause.windows]


class Move(NamedTuple):
    """What a vehicle is to do next, and when."""

    type: Literal["arrived", "departed"]
    site: str
    at_s: int


def stays_of(operation: Operation, plan: Plan | None) -> dict[str, tuple[Planned, ...]]:
    """Return the stays that the plan has for each vehicle; empty without one."""
    origins: dict[str, str] = {vehicle.id: vehicle.site for vehicle in operation.vehicles}
    trips = trips_of(plan) if plan else {}
    return {vehicle: planned_stays(trips[vehicle], origins.get(vehicle, "")) for vehicle in sorted(trips)}


def next_due(planned: Sequence[Planned], told: Iterable[Drive]) -> Move | None:
    """Return the first planned move after the last that was told; what was left out in between is taken as done.

    Parameters
    ----------
    planned
        A vehicle's stays.
    told
        What is recorded of it, in order.
    """
    happened = laid(planned, ((one, one.time or _surely(one.at_s)) for one in told))
    moves: list[tuple[Move | None, bool]] = []
    for stay, what in zip(planned, happened, strict=True):
        arrive = None if stay.arrive_s is None else Move("arrived", stay.site, stay.arrive_s)
        depart = None if stay.depart_s is None else Move("departed", stay.site, stay.depart_s)
        moves += [(arrive, what.arrived is not None), (depart, what.departed is not None)]
    last = max((place for place, (_, known) in enumerate(moves) if known), default=-1)
    return next((move for move, _ in moves[last + 1 :] if move is not None), None)


def _surely(at_s: int) -> Interval:
    return Interval(at_s * 1000, at_s * 1000, at_s * 1000)


def late_s(moves: Iterable[tuple[int | None, int | None]], now_s: int) -> int | None:
    """Return how late a vehicle is, by what it did last or by what it should have done since; None before that.

    Parameters
    ----------
    moves
        What it was to do and what it did, in order: times of plan and ledger, in seconds since the start.
    now_s
        Seconds since the start.
    """
    found, due = None, None
    for planned, actual in moves:
        if actual is not None:
            found, due = (found if planned is None else actual - planned), None
        elif planned is not None and due is None:
            due = planned
    overdue = now_s - due if due is not None else 0
    if found is None:
        return overdue if overdue > 0 else None
    return max(found, overdue)
