"""Read a timed plan: when milestones come, how it stands to each clause, what it costs, which chain binds it."""

from __future__ import annotations

import msgspec

from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    START,
    BothOrNeither,
    Clause,
    Deadline,
    Exclusion,
    Precedence,
    TimeWindow,
    arrived,
    cleared,
    departed,
    joined,
    left,
)
from safepassage.model.ids import MilestoneId
from safepassage.model.operation import Operation
from safepassage.model.plan import ChainLink, ClauseReading, MilestoneReading, Objective, Plan, Stop, Trip
from safepassage.model.travel import Travel
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import chain, evaluate
from safepassage.timetable.network import Network
from safepassage.timetable.passings import timetabled


def read(operation: Operation, travel: Travel, plan: Plan) -> Plan:
    """Add objective, milestones, clause readings and the binding chain to a plan whose trips are timed.

    Raises
    ------
    InternalError
        When the plan's sequences contradict each other.
    """
    network = build(operation, travel, plan)
    times = evaluate(network)
    own = {m.id: times.end_s[network.milestones[m.id]] for m in operation.milestones}
    reached = {**own, **movement_times(operation, plan)}
    links, causes = _chain(plan, _unheld(operation, travel, plan, network))
    return msgspec.structs.replace(
        timetabled(operation, travel, plan),
        objective=objective(operation, travel, plan),
        milestones=tuple(MilestoneReading(milestone=m, at_s=reached[m]) for m in sorted(reached)),
        clauses=clause_readings(operation, reached, causes),
        chain=links,
    )


def leaves_s(trip: Trip, stop: int) -> int:
    """When the vehicle really leaves the site of a stop: a stop without a route after it is still the same halt."""
    while stop + 1 < len(trip.stops) and not trip.stops[stop + 1].route:
        stop += 1
    return trip.stops[stop].depart_s


def movement_times(operation: Operation, plan: Plan) -> dict[MilestoneId, int]:
    """Compute the milestones that follow from the movement; what nothing reaches is absent."""
    people = {person.id: person for person in operation.people}
    trips = {trip.id: trip for trip in plan.trips}
    assemblies = {convoy.assembly for convoy in operation.convoys}
    times = {
        START: 0,
        REFERRALS_CLOSED: max((r.returned_s for r in plan.referrals), default=0),
        ALL_ARRIVED: max(deliveries(plan).values(), default=0),
    }
    first: dict[str, int] = {}
    for manifest in plan.manifests:
        trip = trips[manifest.trip]
        if trip.kind == "referral":
            continue
        for ride in manifest.rides:
            person = people[ride.person]
            away_s = leaves_s(trip, ride.board)
            first[person.id] = min(away_s, first.get(person.id, away_s))
            if trip.stops[ride.alight].site in assemblies:
                name, end_s = joined(person.site), trip.stops[ride.alight].end_s
                times[name] = max(end_s, times.get(name, end_s))
    for person_id, away_s in first.items():
        site = people[person_id].site  # type: ignore[index]
        times[left(site)] = min(away_s, times.get(left(site), away_s))
        times[cleared(site)] = max(away_s, times.get(cleared(site), away_s))
    for order in plan.convoys:
        members = [trip for trip in plan.trips if trip.convoy == order.convoy]
        times[departed(order.convoy)] = order.departs_s
        times[arrived(order.convoy)] = max(trip.stops[-1].end_s for trip in members)
    return times


def deliveries(plan: Plan) -> dict[str, int]:
    """When each served person has alighted for the last time."""
    trips = {trip.id: trip for trip in plan.trips}
    last: dict[str, int] = {}
    for manifest in plan.manifests:
        trip = trips[manifest.trip]
        if trip.kind != "referral":
            for ride in manifest.rides:
                end_s = trip.stops[ride.alight].end_s
                last[ride.person] = max(end_s, last.get(ride.person, end_s))
    return last


def objective(operation: Operation, travel: Travel, plan: Plan) -> Objective:
    """Compute what is minimised."""
    ends = deliveries(plan)
    stops = [stop for trip in plan.trips for stop in trip.stops]
    return Objective(
        unserved=sum(person.choice == "consented" for person in operation.people) - len(ends),
        makespan_s=max(ends.values(), default=0),
        exposure_person_s=sum(ends.values()),
        distance_m=sum(travel.links[link].length_m for stop in stops for link in stop.route),
    )


def _unheld(operation: Operation, travel: Travel, plan: Plan, network: Network) -> Network:
    """Return the network without the holds that only let people board late, where nothing ends earlier without them."""
    if not any(trip.convoy for trip in plan.trips):
        return network
    trips = tuple(
        msgspec.structs.replace(trip, stops=tuple(_not_held(stop) for stop in trip.stops)) if trip.convoy else trip
        for trip in plan.trips
    )
    free = build(operation, travel, msgspec.structs.replace(plan, trips=trips))
    return free if _last_s(plan, network) == _last_s(plan, free) else network


def _last_s(plan: Plan, network: Network) -> int:
    """Return when the last trip ends."""
    end_s = evaluate(network).end_s
    return max((end_s[network.services[trip.id, len(trip.stops) - 1]] for trip in plan.trips), default=0)


def _not_held(stop: Stop) -> Stop:
    """Return a stop without its hold, unless it is there for the hold alone."""
    stands = not stop.end_s - stop.start_s
    return stop if stands else msgspec.structs.replace(stop, not_before_s=0)


def _chain(plan: Plan, network: Network) -> tuple[tuple[ChainLink, ...], frozenset[str]]:
    """Find the chain that ends with the last delivery, and what ties it: clauses and gates."""
    ends = deliveries(plan)
    if not ends:
        return (), frozenset()
    times = evaluate(network)
    makespan_s = max(ends.values())
    last = next(
        network.services[m.trip, ride.alight]
        for m in plan.manifests
        for ride in m.rides
        if ends.get(ride.person) == makespan_s and _ends(plan, m.trip, ride.alight, makespan_s)
    )
    positions = chain(times, last)
    ties: set[str] = set()
    links = []
    for before, position in zip((-1, *positions), positions, strict=False):
        activity = network.activities[position]
        waits_s = times.start_s[position] - times.ready_s[position]
        gate = activity.gate if waits_s else ""
        for arc in activity.arcs:
            from_s = times.start_s if arc.from_start else times.end_s
            if arc.before == before and from_s[before] + arc.lag_s == times.ready_s[position]:
                ties.add(arc.why)
                gate = gate or (arc.why if arc.why not in _PLAIN else "")
        ties |= set(gate.split())
        links.append(
            ChainLink(
                activity=activity.kind,
                subject=activity.subject,
                site=activity.site,
                start_s=times.start_s[position],
                end_s=times.end_s[position],
                waits_s=waits_s,
                gate=gate,
            )
        )
    return tuple(links), frozenset(ties)


_PLAIN = frozenset(
    ("vehicle", "spacing", "convoy", "bay", "referral", "joins", "treatment", "patient", "treatment-place")
)


def _ends(plan: Plan, trip_id: str, stop: int, at_s: int) -> bool:
    found: Stop = next(trip for trip in plan.trips if trip.id == trip_id).stops[stop]
    return found.end_s == at_s


def clause_readings(
    operation: Operation, reached: dict[MilestoneId, int], ties: frozenset[str]
) -> tuple[ClauseReading, ...]:
    """Tell how a plan stands to each clause.

    Parameters
    ----------
    operation
        With its clauses.
    reached
        When each milestone comes about.
    ties
        What binds the makespan: clauses among it.
    """
    return tuple(_reading(clause, reached, ties) for clause in operation.clauses)


def _reading(clause: Clause, times: dict[MilestoneId, int], ties: frozenset[str]) -> ClauseReading:
    kind = str(clause.__struct_config__.tag)
    due_s, at_s = _due(clause, times)
    if isinstance(clause, Exclusion):
        return ClauseReading(clause=clause.id, kind=kind, status="monitored")
    slack_s = None
    if due_s is not None and at_s is not None:
        slack_s = at_s - due_s if isinstance(clause, Precedence) else due_s - at_s
    kept = slack_s is None or slack_s >= 0
    if isinstance(clause, TimeWindow) and at_s is not None:
        kept = any(window.holds(at_s, at_s) for window in clause.windows)
    if isinstance(clause, BothOrNeither) and at_s is not None:
        kept = kept and all(m in times for m in clause.milestones)
    return ClauseReading(
        clause=clause.id,
        kind=kind,
        status="kept" if kept else "broken",
        due_s=due_s,
        at_s=at_s,
        slack_s=slack_s,
        binds=clause.id in ties,
    )


def _due(clause: Clause, times: dict[MilestoneId, int]) -> tuple[int | None, int | None]:
    """Tell what is due and what comes, by the kind of clause."""
    match clause:
        case Precedence():
            first_s = times.get(clause.first)
            return None if first_s is None else first_s + clause.gap_s, times.get(clause.then)
        case Deadline():
            return clause.due_s, times.get(clause.milestone)
        case TimeWindow():
            at_s = times.get(clause.milestone)
            if at_s is None:
                return None, None
            holding = [w.until_s for w in clause.windows if w.holds(at_s, at_s)]
            return max(holding or [w.until_s for w in clause.windows], default=None), at_s
        case BothOrNeither():
            come = [times[m] for m in clause.milestones if m in times]
            return (min(come) + clause.within_s, max(come)) if come else (None, None)
        case _:
            return None, None
