"""From a draft to a plan.

Routes filled in, times read off the timetable network, loads, manifests and referrals written out.
"""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.ids import PersonId, TripId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import (
    ConvoyOrder,
    Load,
    Manifest,
    Plan,
    Referral,
    Ride,
    Solver,
    Stop,
    Trip,
    Unserved,
)
from safepassage.model.travel import PACES, Travel
from safepassage.planner.demand import sizes_of
from safepassage.planner.draft import DraftReferral, DraftStop, DraftTrip
from safepassage.planner.standing import fill_routes
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER, evaluate
from safepassage.timetable.network import Activity
from safepassage.timetable.retime import retime


class Draft(Struct, kw_only=True):
    """All trips, referrals and convoys of a plan under construction."""

    trips: list[DraftTrip]
    referrals: list[DraftReferral]
    orders: list[ConvoyOrder]
    unserved: list[Unserved]


def assemble(operation: Operation, travel: Travel, draft: Draft, *, seed: int, solver: Solver) -> Plan | Activity:
    """Write the draft out as a plan with the earliest times for its sequences.

    Parameters
    ----------
    operation, travel
        What is asked for, and the routes.
    draft
        Sequences and people.
    seed, solver
        Written into the plan.

    Returns
    -------
    Plan or Activity
        The first activity that finds no window any more, where there is one: then the sequences have no times.

    Raises
    ------
    InternalError
        When the sequences contradict each other.
    """
    fill_routes(operation, travel, draft.trips)
    plan = written(operation, draft, seed=seed, solver=solver)
    network = build(operation, travel, plan)
    times = evaluate(network)
    for activity, ready_s, start_s in zip(network.activities, times.ready_s, times.start_s, strict=True):
        if start_s == NEVER and ready_s < NEVER:
            return activity
    return retime(operation, plan, network)


def written(operation: Operation, draft: Draft, *, seed: int, solver: Solver) -> Plan:
    """Write the draft out with the draft's own times: they tell what comes before what."""
    ordered = sorted(draft.trips, key=lambda trip: (trip.stops[0].start_s, trip.kind, trip.vehicle))
    ids = {id(trip): TripId(f"T{number:03d}") for number, trip in enumerate(ordered, 1)}
    people = {person.id: person for person in operation.people}
    both = [_written(trip, ids[id(trip)], people) for trip in ordered]
    return Plan(
        operation=operation.id,
        sha256=operation.sha256,
        status="feasible",
        seed=seed,
        solver=solver,
        trips=tuple(trip for trip, _ in both),
        manifests=tuple(manifest for _, manifest in both),
        referrals=tuple(_referral(referral, ids) for referral in sorted(draft.referrals, key=lambda one: one.person)),
        convoys=tuple(draft.orders),
        unserved=tuple(sorted(draft.unserved, key=lambda one: one.person)),
    )


def _written(trip: DraftTrip, trip_id: TripId, people: dict[PersonId, Person]) -> tuple[Trip, Manifest]:
    boarded: dict[PersonId, int] = {}
    rides: list[Ride] = []
    stops: list[Stop] = []
    for number, stop in enumerate(trip.stops):
        rides += [Ride(person=person, board=boarded.pop(person), alight=number) for person in stop.alight]
        boarded |= dict.fromkeys(stop.board, number)
        walking, wheelchair, stretcher = sizes_of(people[person] for person in boarded)
        stops.append(_stop(stop, Load(walking=walking, wheelchair=wheelchair, stretcher=stretcher)))
    rides.sort(key=lambda ride: (ride.board, ride.alight, ride.person))
    written_trip = Trip(
        id=trip_id,
        vehicle=trip.vehicle,
        kind=trip.kind,
        speed_percent=trip.pace % PACES,
        stops=tuple(stops),
        convoy=trip.convoy,
    )
    return written_trip, Manifest(trip=trip_id, vehicle=trip.vehicle, rides=tuple(rides))


def _stop(stop: DraftStop, load: Load) -> Stop:
    return Stop(
        site=stop.site,
        route=stop.route,
        arrive_s=stop.start_s,
        start_s=stop.start_s,
        end_s=stop.end_s,
        depart_s=stop.end_s,
        load=load,
        work=stop.work,
        bay=stop.bay,
        not_before_s=stop.not_before_s,
        slow=stop.slow,
    )


def _referral(referral: DraftReferral, ids: dict[int, TripId]) -> Referral:
    return Referral(
        person=referral.person,
        hospital=referral.hospital,
        out_trip=ids[id(referral.out)],
        back_trip=ids[id(referral.back)],
        treated_from_s=referral.from_s,
        treated_until_s=referral.from_s,
        returned_s=referral.from_s,
        place=referral.place,
        accompanied_by=referral.accompanied_by,
    )
