"""A plan with people moved from one trip to another: who rides, who is aboard, when it all happens then, what breaks.

The sequences stay: who drives where after whom. Boarding and alighting take other times with other people, so the plan
is timed anew, and the referee sees it as if somebody had written it by hand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.errors import InternalError, UsageError
from safepassage.model.operation import Operation
from safepassage.model.people import Mobility
from safepassage.model.plan import Load, Manifest, Plan, Ride, Stop, Trip, Violation
from safepassage.model.travel import Travel
from safepassage.planner.readings import leaves_s, objective, read
from safepassage.rules import check
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER, evaluate
from safepassage.timetable.retime import retime

__all__ = ["Broken", "Move", "Refit", "Shift", "broken_by", "leaves_s", "moved", "refit", "timed"]


class Move(Struct, frozen=True, kw_only=True):
    """Somebody changes from one trip to another."""

    person: str
    from_trip: str
    to_trip: str


class Shift(Struct, frozen=True, kw_only=True):
    """A trip that leaves at another time: from which stop on, then and now (seconds since the operation's start)."""

    trip: Trip
    stop: int
    before_s: int
    after_s: int


class Refit(Struct, frozen=True, kw_only=True):
    """A changed plan. `broken` are rules that it breaks and the plan before did not; `shifts` other times."""

    plan: Plan
    broken: tuple[Violation, ...]
    shifts: tuple[Shift, ...]

    @property
    def holds(self) -> bool:
        """Whether it breaks nothing that held before."""
        return not self.broken


Broken: TypeAlias = frozenset[tuple[str, tuple[str, ...]]]
"""Rules that are broken, each with whom it concerns."""


def broken_by(operation: Operation, travel: Travel, plan: Plan) -> Broken:
    """Return what a plan breaks: what a change of it is compared with.

    Parameters
    ----------
    operation, travel
        What the plan is for.
    plan
        The plan.
    """
    return frozenset((found.rule, found.subjects) for found in check(operation, travel, plan))


def refit(operation: Operation, travel: Travel, plan: Plan, moves: Sequence[Move], known: Broken) -> Refit:
    """Move people, time the plan anew, and have it refereed.

    Parameters
    ----------
    operation, travel
        What the plan is for.
    plan
        As it is in force.
    moves
        Who changes from where to where.
    known
        What the plan breaks as it is.

    Raises
    ------
    UsageError
        When somebody is not on the trip, or the other trip does not lead from where they board to where they alight.
    """
    changed = timed(operation, travel, moved(operation, plan, moves))
    broken = tuple(found for found in check(operation, travel, changed) if (found.rule, found.subjects) not in known)
    return Refit(plan=changed, broken=broken, shifts=tuple(_shifts(plan, changed)))


def moved(operation: Operation, plan: Plan, moves: Iterable[Move]) -> Plan:
    """Return a plan with people on other trips, with its loads, and with its times as they were.

    Raises
    ------
    UsageError
        As `refit`.
    """
    trips = {str(trip.id): trip for trip in plan.trips}
    rides = {str(manifest.trip): list(manifest.rides) for manifest in plan.manifests}
    for move in moves:
        own = [ride for ride in rides.get(move.from_trip, ()) if ride.person == move.person]
        if len(own) != 1 or move.to_trip not in trips or move.to_trip == move.from_trip:
            raise UsageError(f"{move.person} is not on {move.from_trip}, or {move.to_trip} is no other trip")
        ride = _ride(own[0], trips[move.from_trip], trips[move.to_trip], rides.get(move.to_trip, ()))
        rides[move.from_trip].remove(own[0])
        rides.setdefault(move.to_trip, []).append(ride)
    touched = {trip for move in moves for trip in (move.from_trip, move.to_trip)}
    mobility: dict[str, Mobility] = {str(person.id): person.mobility for person in operation.people}
    manifests = [
        Manifest(trip=trip.id, vehicle=trip.vehicle, rides=_sorted(rides.get(str(trip.id), ()))) for trip in plan.trips
        if str(trip.id) in rides
    ]  # fmt: skip
    loaded = tuple(
        _loaded(trip, rides.get(str(trip.id), ()), mobility) if str(trip.id) in touched else trip for trip in plan.trips
    )
    return replace(plan, trips=loaded, manifests=tuple(manifests))


def _ride(ride: Ride, origin: Trip, end: Trip, others: Iterable[Ride]) -> Ride:
    """Return the ride on the other trip: where others board and alight already, else the first way that fits."""
    sites = origin.stops[ride.board].site, origin.stops[ride.alight].site
    spans = [(other.board, other.alight) for other in others]
    spans += [(board, alight) for board in range(len(end.stops)) for alight in range(board + 1, len(end.stops))]
    for board, alight in spans:
        if (end.stops[board].site, end.stops[alight].site) == sites:
            return Ride(person=ride.person, board=board, alight=alight)
    raise UsageError(f"{end.id} of {end.vehicle} does not lead from {sites[0]} to {sites[1]}")


def _sorted(rides: Iterable[Ride]) -> tuple[Ride, ...]:
    return tuple(sorted(rides, key=lambda ride: (ride.board, ride.alight, ride.person)))


def _loaded(trip: Trip, rides: Iterable[Ride], mobility: dict[str, Mobility]) -> Trip:
    """Return a trip with who is aboard when it leaves each stop."""
    changes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for ride in rides:
        changes[ride.board][mobility[ride.person]] += 1
        changes[ride.alight][mobility[ride.person]] -= 1
    aboard: Counter[str] = Counter()
    stops: list[Stop] = []
    for index, stop in enumerate(trip.stops):
        aboard.update(changes[index])
        load = Load(walking=aboard["walking"], wheelchair=aboard["wheelchair"], stretcher=aboard["stretcher"])
        stops.append(replace(stop, load=load))
    return replace(trip, stops=tuple(stops))


def as_listed(operation: Operation, travel: Travel, plan: Plan) -> Plan:
    """Return a plan without the rides of people who are listed no more; one that was made for this list, as it is.

    Parameters
    ----------
    operation, travel
        With the list in force.
    plan
        As it was made, or kept.
    """
    mobility: dict[str, Mobility] = {str(person.id): person.mobility for person in operation.people}
    if plan.sha256 == operation.sha256 or all(one.person in mobility for each in plan.manifests for one in each.rides):
        return plan
    manifests = tuple(
        replace(one, rides=tuple(ride for ride in one.rides if ride.person in mobility)) for one in plan.manifests
    )
    rides = {manifest.trip: manifest.rides for manifest in manifests}
    trips = tuple(_loaded(trip, rides.get(trip.id, ()), mobility) for trip in plan.trips)
    referrals = tuple(one for one in plan.referrals if one.person in mobility)
    return timed(operation, travel, replace(plan, manifests=manifests, trips=trips, referrals=referrals))


def timed(operation: Operation, travel: Travel, plan: Plan) -> Plan:
    """Return a plan with the earliest times of its sequences; with those it had, where there are none any more.

    Parameters
    ----------
    operation, travel
        What the plan is for.
    plan
        The plan; what was found by planning again (levers, remedies) no longer holds and is left out.
    """
    plan = replace(plan, levers=(), remedies=(), violations=())
    # where they fit together no more, or some window is over by then, the referee says so
    untimed = replace(plan, objective=objective(operation, travel, plan))
    try:
        network = build(operation, travel, plan)
        lost = NEVER in evaluate(network).start_s
        plan = untimed if lost else read(operation, travel, retime(operation, plan, network))
    except InternalError:
        plan = untimed
    best = plan.objective is not None and plan.bound_s == plan.objective.makespan_s
    return replace(plan, status="optimal" if best and not plan.unserved else "feasible")


def _shifts(before: Plan, after: Plan) -> Iterable[Shift]:
    """Yield the trips that leave a stop at another time, the first such stop of each that anybody rides from."""
    old = {trip.id: trip for trip in before.trips}
    for trip in after.trips:
        for index, (one, other) in enumerate(zip(old[trip.id].stops, trip.stops, strict=True)):
            if other.load.people and one.depart_s != other.depart_s:
                yield Shift(trip=trip, stop=index, before_s=one.depart_s, after_s=other.depart_s)
                break
