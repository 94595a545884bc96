"""Does the plan make sense at all: known ids, each thing once, positions that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from safepassage.model.plan import Plan, Trip, Violation
from safepassage.rules.case import Case
from safepassage.rules.violations import at_stop, broken


def belongs(case: Case) -> Iterator[Violation]:
    """Demand that the plan is for this operation as it stands now."""
    plan, operation = case.plan, case.operation
    if (plan.operation, plan.sha256) != (operation.id, operation.sha256):
        detail = f"the plan was made for operation {plan.operation}, or for other content of it"
        yield broken("other-operation", detail, "operation")


def trips(case: Case) -> Iterator[Violation]:
    """Trips have a known vehicle and convoy, at least one stop, known sites and links, and a speed above 0."""
    for trip in case.plan.trips:
        subject = f"trips/{trip.id}"
        if trip.vehicle not in case.vehicles:
            yield broken("unknown-id", f"no vehicle {trip.vehicle} in the operation", subject)
        if trip.convoy and trip.convoy not in case.convoys:
            yield broken("unknown-id", f"no convoy {trip.convoy} in the operation", subject)
        if not trip.stops:
            yield broken("plan-shape", "a trip without a stop", subject)
        if trip.speed_percent <= 0:
            yield broken("plan-shape", f"a speed of {trip.speed_percent} %", subject)
        yield from _places(case, trip)


def _places(case: Case, trip: Trip) -> Iterator[Violation]:
    for index, stop in enumerate(trip.stops):
        if stop.site not in case.sites:
            yield broken("unknown-id", f"no site {stop.site} in the operation", at_stop(trip.id, index))
        for link in stop.route:
            if link not in case.links:
                yield broken("unknown-id", f"no link {link} in the operation", at_stop(trip.id, index))


def manifests(case: Case) -> Iterator[Violation]:
    """Manifests name a trip of the plan and its vehicle; rides name people and stops that exist, boarding first."""
    lengths = {trip.id: len(trip.stops) for trip in case.plan.trips}
    vehicles = {trip.id: trip.vehicle for trip in case.plan.trips}
    for manifest in case.plan.manifests:
        subject = f"manifests/{manifest.trip}"
        if manifest.trip not in lengths:
            yield broken("unknown-id", f"no trip {manifest.trip} in the plan", subject)
            continue
        if manifest.vehicle != vehicles[manifest.trip]:
            detail = f"the manifest says vehicle {manifest.vehicle}, the trip {vehicles[manifest.trip]}"
            yield broken("manifest", detail, subject)
        for ride in manifest.rides:
            if ride.person not in case.people:
                yield broken("unknown-id", f"no person {ride.person} in the operation", subject)
            if not 0 <= ride.board < ride.alight < lengths[manifest.trip]:
                detail = f"a ride from stop {ride.board} to stop {ride.alight} of {lengths[manifest.trip]}"
                yield broken("plan-shape", detail, subject, f"people/{ride.person}")


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
                yield broken("unknown-id", f"no {what} {unknown}", f"referrals/{referral.person}")


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
                yield broken("unknown-id", f"no {what} {unknown} in the operation", f"convoys/{order.convoy}")


def readings(case: Case) -> Iterator[Violation]:
    """Milestones, clauses and people left behind are those of the operation."""
    known_milestones = case.operation.known_milestones()
    known_clauses = {clause.id for clause in case.operation.clauses}
    for milestone in case.plan.milestones:
        if milestone.milestone not in known_milestones:
            detail = f"no milestone {milestone.milestone} in the operation"
            yield broken("unknown-id", detail, f"milestones/{milestone.milestone}")
    for clause in case.plan.clauses:
        if clause.clause not in known_clauses:
            yield broken("unknown-id", f"no clause {clause.clause} in the operation", f"clauses/{clause.clause}")
    for left in case.plan.unserved:
        if left.person not in case.people:
            yield broken("unknown-id", f"no person {left.person} in the operation", f"unserved/{left.person}")


def once(case: Case) -> Iterator[Violation]:
    """Nothing is told twice."""
    for table, ids in _tables(case.plan):
        for name, count in Counter(ids).items():
            if count > 1:
                yield broken("plan-shape", f"{name} stands {count} times in {table}", f"{table}/{name}")


def _tables(plan: Plan) -> Iterator[tuple[str, Iterable[str]]]:
    yield "trips", (trip.id for trip in plan.trips)
    yield "manifests", (manifest.trip for manifest in plan.manifests)
    yield "referrals", (referral.person for referral in plan.referrals)
    yield "convoys", (order.convoy for order in plan.convoys)
    yield "milestones", (milestone.milestone for milestone in plan.milestones)
    yield "clauses", (clause.clause for clause in plan.clauses)
    yield "unserved", (left.person for left in plan.unserved)
