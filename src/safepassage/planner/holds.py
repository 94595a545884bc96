"""Hold things back on purpose, where a clause bounds them from above: both or neither, stays at a hold point, ratios.

The timetable makes everything as early as it can be. What must not be too early is given an instant before which it
does not start (`not_before_s` of a stop, the told instant of a party's milestone); nothing that binds the last
arrival is moved.
"""

from __future__ import annotations

import msgspec

from safepassage.model.clauses import BothOrNeither, Cap, Ratio
from safepassage.model.operation import Operation
from safepassage.model.plan import MilestoneReading, Plan, Trip
from safepassage.model.travel import Travel
from safepassage.planner.readings import leaves_s, movement_times
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER, evaluate, latest
from safepassage.timetable.retime import retime

MAX_HELD = 400


def hold(operation: Operation, travel: Travel, plan: Plan) -> Plan:
    """Hold back what clauses do not want too early; a plan that needs no holding comes back as it is.

    Raises
    ------
    InternalError
        When the plan's sequences contradict each other.
    """
    plan = _milestones(operation, travel, plan)
    if any(isinstance(clause, Cap) for clause in operation.clauses):
        plan = _late_joiners(operation, travel, plan)
    for clause in operation.clauses:
        if isinstance(clause, Ratio):
            plan = _ratio(operation, travel, plan, clause)
    return plan


def _retimed(operation: Operation, travel: Travel, plan: Plan, held: Plan) -> Plan:
    """Time a plan with its holds; the plan as it was, where with them some window would be over."""
    network = build(operation, travel, held)
    if NEVER in evaluate(network).start_s:
        return plan
    return retime(operation, held, network)


def _milestones(operation: Operation, travel: Travel, plan: Plan) -> Plan:
    """Let a party's milestone that must come with others wait for them."""
    if not any(isinstance(clause, BothOrNeither) for clause in operation.clauses):
        return plan
    network = build(operation, travel, plan)
    times = evaluate(network)
    own = {m.id: times.end_s[network.milestones[m.id]] for m in operation.milestones}
    reached = {**own, **movement_times(operation, plan)}
    held = dict(own)
    for clause in operation.clauses:
        if isinstance(clause, BothOrNeither):
            last_s = max((reached[m] for m in clause.milestones if m in reached), default=0)
            for milestone in clause.milestones:
                if milestone in held:
                    held[milestone] = max(held[milestone], last_s - clause.within_s)
    if held == own:
        return plan
    readings = tuple(MilestoneReading(milestone=m, at_s=at_s) for m, at_s in sorted(held.items()))
    return _retimed(operation, travel, plan, msgspec.structs.replace(plan, milestones=readings))


def _late_joiners(operation: Operation, travel: Travel, plan: Plan) -> Plan:
    """Bring people to a capped assembly site as late as delays nothing."""
    capped = {clause.site for clause in operation.clauses if isinstance(clause, Cap)}
    assemblies = {convoy.assembly for convoy in operation.convoys} & capped
    joining = [t for t in plan.trips if t.kind == "shuttle" and t.stops[-1].site in assemblies]
    if not joining:
        return plan
    network = build(operation, travel, plan)
    times = evaluate(network)
    start_s = latest(network, times, max(movement_times(operation, plan).values()))
    held = {trip.id: start_s[network.services[trip.id, 0]] for trip in joining}
    trips = tuple(_held(trip, 0, held[trip.id]) if trip.id in held else trip for trip in plan.trips)
    return _retimed(operation, travel, plan, msgspec.structs.replace(plan, trips=trips))


def _held(trip: Trip, stop: int, not_before_s: int) -> Trip:
    stops = list(trip.stops)
    stops[stop] = msgspec.structs.replace(stops[stop], not_before_s=max(not_before_s, stops[stop].not_before_s))
    return msgspec.structs.replace(trip, stops=tuple(stops))


def _ratio(operation: Operation, travel: Travel, plan: Plan, clause: Ratio) -> Plan:
    """Hold a departure of the one group back to the next departure of the other until the ratio is kept."""
    for _ in range(MAX_HELD):
        leaving = _departures(operation, plan)
        fault = _first_fault(leaving, clause)
        if fault is None:
            return plan
        at_s, trip_id, stop = fault
        later = [when for when, group, _, _ in leaving if group == clause.against and when > at_s]
        if not later:
            return plan
        trips = []
        for trip in plan.trips:
            if trip.id == trip_id:
                shift_s = min(later) - at_s
                trips.append(_held(trip, stop, trip.stops[stop].start_s + shift_s))
            else:
                trips.append(trip)
        before = plan
        plan = _retimed(operation, travel, before, msgspec.structs.replace(before, trips=tuple(trips)))
        if plan is before:
            break
    return plan


_Departure = tuple[int, str, str, int]


def _departures(operation: Operation, plan: Plan) -> list[_Departure]:
    """Each person's first departure that is no referral: (when, group, trip, stop), in the order of time."""
    people = {person.id: person for person in operation.people}
    first: dict[str, _Departure] = {}
    trips = {trip.id: trip for trip in plan.trips}
    for manifest in plan.manifests:
        trip = trips[manifest.trip]
        for ride in manifest.rides:
            if trip.kind != "referral":
                found = (leaves_s(trip, ride.board), people[ride.person].group, trip.id, ride.board)
                first[ride.person] = min(found, first.get(ride.person, found))
    return sorted(first.values())


def _first_fault(leaving: list[_Departure], clause: Ratio) -> tuple[int, str, int] | None:
    gone = other = 0
    for at_s in sorted({when for when, _, _, _ in leaving}):
        now = [found for found in leaving if found[0] == at_s]
        gone += sum(group == clause.group for _, group, _, _ in now)
        other += sum(group == clause.against for _, group, _, _ in now)
        if clause.denominator * (gone - clause.tolerance) > clause.numerator * other:
            return next(((at_s, trip, stop) for _, group, trip, stop in now if group == clause.group), None)
    return None
