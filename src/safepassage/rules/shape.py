"""Does the plan make sense at all: known ids, each thing once, positions that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from safepassage.model.plan import Plan, Trip, Violation
from safepassage.rules.case import Case
from safepassage.rules.details import Figures
from safepassage.rules.violations import at_stop, broken


def belongs(case: Case) -> Iterator[Violation]:
    """Demand that the plan is for this operation as it stands now."""
    plan, operation = case.plan, case.operation
    if (plan.operation, plan.sha256) != (operation.id, operation.sha256):
        yield broken("other-operation", "other-operation", "operation", operation=plan.operation)


def trips(case: Case) -> Iterator[Violation]:
    """Trips have a known vehicle and convoy, at least one stop, known sites and links, and a speed above 0."""
    for trip in case.plan.trips:
        subject = f"trips/{trip.id}"
        if trip.vehicle not in case.vehicles:
            yield broken("unknown-id", "unknown-vehicle", subject, id=trip.vehicle)
        if trip.convoy and trip.convoy not in case.convoys:
            yield broken("unknown-id", "unknown-convoy", subject, id=trip.convoy)
        if not trip.stops:
            yield broken("plan-shape", "trip-stops", subject)
        if trip.speed_percent <= 0:
            yield broken("plan-shape", "trip-speed", subject, speed=trip.speed_percent)
        yield from _places(case, trip)


def _places(case: Case, trip: Trip) -> Iterator[Violation]:
    for index, stop in enumerate(trip.stops):
        if stop.site not in case.sites:
            yield broken("unknown-id", "unknown-site", at_stop(trip.id, index), id=stop.site)
        for link in stop.route:
            if link not in case.links:
                yield broken("unknown-id", "unknown-link", at_stop(trip.id, index), id=link)


def manifests(case: Case) -> Iterator[Violation]:
    """Manifests name a trip of the plan and its vehicle; rides name people and stops that exist, boarding first."""
    lengths = {trip.id: len(trip.stops) for trip in case.plan.trips}
    vehicles = {trip.id: trip.vehicle for trip in case.plan.trips}
    for manifest in case.plan.manifests:
        subject = f"manifests/{manifest.trip}"
        if manifest.trip not in lengths:
            yield broken("unknown-id", "unknown-trip", subject, id=manifest.trip)
            continue
        if manifest.vehicle != vehicles[manifest.trip]:
            figures: Figures = {"told": manifest.vehicle, "real": vehicles[manifest.trip]}
            yield broken("manifest", "manifest-vehicle", subject, **figures)
        for ride in manifest.rides:
            if ride.person not in case.people:
                yield broken("unknown-id", "unknown-person", subject, id=ride.person)
            if not 0 <= ride.board < ride.alight < lengths[manifest.trip]:
                figures = {"board": ride.board, "alight": ride.alight, "stops": lengths[manifest.trip]}
                yield broken("plan-shape", "ride-stops", subject, f"people/{ride.person}", **figures)


def referrals(case: Case) -> Iterator[Violation]:
    """Referrals name people, a site and trips that exist."""
    trips_of_plan = {trip.id for trip in case.plan.trips}
    for referral in case.plan.referrals:
        named = (
            (case.people, "person", (referral.person, *referral.accompanied_by)),
            (case.sites, "site", (referral.hospital,)),
            (trips_of_plan, "trip", (referral.out_trip, referral.back_trip)),
        )
        for known, what, ids in named:
            for unknown in (one for one in ids if one not in known):
                yield broken("unknown-id", f"unknown-{what}", f"referrals/{referral.person}", id=unknown)


def convoys(case: Case) -> Iterator[Violation]:
    """Convoy orders name convoys, vehicles and sites that exist."""
    for order in case.plan.convoys:
        named = (
            (case.convoys, "convoy", (order.convoy,)),
            (case.vehicles, "vehicle", order.order),
            (case.sites, "site", tuple(passing.site for passing in order.timetable)),
        )
        for known, what, ids in named:
            for unknown in (one for one in ids if one not in known):
                yield broken("unknown-id", f"unknown-{what}", f"convoys/{order.convoy}", id=unknown)


def readings(case: Case) -> Iterator[Violation]:
    """Milestones, clauses and people left behind are those of the operation."""
    known_milestones = case.operation.known_milestones()
    known_clauses = {clause.id for clause in case.operation.clauses}
    for milestone in case.plan.milestones:
        if milestone.milestone not in known_milestones:
            subject = f"milestones/{milestone.milestone}"
            yield broken("unknown-id", "unknown-milestone", subject, id=milestone.milestone)
    for clause in case.plan.clauses:
        if clause.clause not in known_clauses:
            yield broken("unknown-id", "unknown-clause", f"clauses/{clause.clause}", id=clause.clause)
    for left in case.plan.unserved:
        if left.person not in case.people:
            yield broken("unknown-id", "unknown-person", f"unserved/{left.person}", id=left.person)


def once(case: Case) -> Iterator[Violation]:
    """Nothing is told twice."""
    for table, ids in _tables(case.plan):
        for name, count in Counter(ids).items():
            if count > 1:
                yield broken("plan-shape", "twice", f"{table}/{name}", id=name, times=count, table=table)


def _tables(plan: Plan) -> Iterator[tuple[str, Iterable[str]]]:
    yield "trips", (trip.id for trip in plan.trips)
    yield "manifests", (manifest.trip for manifest in plan.manifests)
    yield "referrals", (referral.person for referral in plan.referrals)
    yield "convoys", (order.convoy for order in plan.convoys)
    yield "milestones", (milestone.milestone for milestone in plan.milestones)
    yield "clauses", (clause.clause for clause in plan.clauses)
    yield "unserved", (left.person for left in plan.unserved)
