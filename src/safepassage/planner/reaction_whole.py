"""The plan in force after planning again: what has been driven, what is bound to be, and the plan of the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import count

from msgspec.structs import replace

from safepassage.model.ids import PersonId, SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Manifest, MilestoneReading, Plan, Trip
from safepassage.model.travel import Travel
from safepassage.planner.reaction_course import follow
from safepassage.planner.reaction_facts import Facts, Reaction
from safepassage.planner.readings import clause_readings, deliveries, movement_times, objective


def in_force(operation: Operation, travel: Travel, reaction: Reaction, rest: Plan) -> Plan:
    """Put what has been driven, the trips that have begun and the plan of the rest together.

    Trips keep their names: one of the rest is called as the trip of the same vehicle to the same sites was before, else
    by a new name. The bound is that of the rest, or when the last of those arrives who need no planning any more: trips
    that have begun go on to their end.

    Parameters
    ----------
    operation
        As it was at the start, with the people as they are recorded.
    travel
        The links driven.
    reaction
        Facts, and the plan that was in force.
    rest
        The plan of the operation that is left.

    Returns
    -------
    Plan
        Of the whole movement; to be handed in as `previous` when there are new facts.

    Raises
    ------
    InputError
        When the facts contradict the operation or each other, or somebody is aboard a vehicle that has no trip.
    """
    facts, previous = reaction.facts, reaction.previous
    bound = follow(operation, reaction).trips
    kept = {trip.id for trip in previous.trips if trip.id in bound or _is_over(trip, facts)}
    anew = {one.person for one in rest.referrals}
    referrals = tuple(one for one in previous.referrals if one.back_trip in kept and one.person not in anew)
    kept |= {one.out_trip for one in referrals}
    rest = _named(previous, kept, rest)
    past = replace(
        rest,
        trips=tuple(trip for trip in previous.trips if trip.id in kept),
        manifests=tuple(_ridden(previous, kept, rest)),
        referrals=referrals,
        convoys=tuple(one for one in previous.convoys if one.convoy in facts.departed),
    )
    whole = replace(
        rest,
        trips=past.trips + rest.trips,
        manifests=past.manifests + rest.manifests,
        referrals=past.referrals + rest.referrals,
        convoys=past.convoys + rest.convoys,
    )
    bound_s = max(rest.bound_s or 0, *deliveries(past).values(), 0)
    return _read(operation, travel, facts, previous, replace(whole, bound_s=bound_s))


def _is_over(trip: Trip, facts: Facts) -> bool:
    """Tell whether a trip that is not bound to be made has been: it has come to its end, or its convoy has left."""
    return trip.stops[-1].arrive_s < facts.now_s or (trip.convoy in facts.departed and trip.vehicle not in facts.lost)


def _named(previous: Plan, kept: set[TripId], rest: Plan) -> Plan:
    """Name the trips of the rest: as before where the same vehicle goes to the same sites, else as none ever was."""
    before: defaultdict[tuple[VehicleId, str, tuple[SiteId, ...]], list[TripId]] = defaultdict(list)
    for trip in previous.trips:
        if trip.id not in kept:
            before[_way(trip)].append(trip.id)
    taken = {trip.id for trip in previous.trips}
    numbered = (TripId(f"T{number:03d}") for number in count(1))
    fresh = (name for name in numbered if name not in taken)
    names: dict[TripId, TripId] = {}
    for trip in sorted(rest.trips, key=lambda trip: trip.stops[0].start_s):
        same = before[_way(trip)]
        names[trip.id] = same.pop(0) if same else next(fresh)
    return replace(
        rest,
        trips=tuple(replace(trip, id=names[trip.id]) for trip in rest.trips),
        manifests=tuple(replace(one, trip=names[one.trip]) for one in rest.manifests),
        referrals=tuple(
            replace(one, out_trip=names[one.out_trip], back_trip=names[one.back_trip]) for one in rest.referrals
        ),
    )


def _way(trip: Trip) -> tuple[VehicleId, str, tuple[SiteId, ...]]:
    return trip.vehicle, trip.kind, tuple(stop.site for stop in trip.stops)


def _ridden(previous: Plan, kept: set[TripId], rest: Plan) -> Iterator[Manifest]:
    """Yield the lists of the trips that are kept; who is planned to board there again did not ride."""
    again = set(_boardings(rest))
    sites = _sites(previous)
    for one in previous.manifests:
        if one.trip in kept:
            rides = tuple(ride for ride in one.rides if (ride.person, sites[one.trip][ride.board]) not in again)
            yield replace(one, rides=rides)


def _boardings(plan: Plan) -> Iterator[tuple[PersonId, SiteId]]:
    sites = _sites(plan)
    for one in plan.manifests:
        for ride in one.rides:
            yield ride.person, sites[one.trip][ride.board]


def _sites(plan: Plan) -> dict[TripId, list[SiteId]]:
    return {trip.id: [stop.site for stop in trip.stops] for trip in plan.trips}


def _read(operation: Operation, travel: Travel, facts: Facts, previous: Plan, whole: Plan) -> Plan:
    """Give the plan of the whole its own figures: what is minimised, when milestones come about, how clauses stand."""
    assert whole.objective is not None  # noqa: S101 - there is a plan of the rest
    told = {one.milestone: one.at_s for plan in (previous, whole) for one in plan.milestones}
    reached = told | movement_times(operation, whole) | facts.milestones
    ties = frozenset(str(one.clause) for one in whole.clauses if one.binds)
    # of the rest: who has arrived by other ways than a trip of the plan is served
    unserved = whole.objective.unserved
    return replace(
        whole,
        objective=replace(objective(operation, travel, whole), unserved=unserved),
        milestones=tuple(MilestoneReading(milestone=one, at_s=reached[one]) for one in sorted(reached)),
        clauses=clause_readings(operation, reached, ties),
    )
