"""From a draft to a plan: routes filled in, times read off the timetable network, loads, manifests and referrals written out."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from safepassage.model.errors import InternalError
from safepassage.model.ids import PersonId, SiteId, TripId
from safepassage.model.operation import Operation
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
from safepassage.model.travel import Travel
from safepassage.planner.convoys import VehicleState
from safepassage.planner.demand import sizes_of
from safepassage.planner.draft import DraftReferral, DraftStop, DraftTrip
from safepassage.timetable.build import build
from safepassage.timetable.retime import retime


class Draft(Struct, kw_only=True):
    """All trips, referrals and convoys of a plan under construction."""

    trips: list[DraftTrip]
    referrals: list[DraftReferral]
    orders: list[ConvoyOrder]
    unserved: list[Unserved]


def chains(trips: list[DraftTrip]) -> dict[str, list[DraftTrip]]:
    """Put each vehicle's trips in the order of time; its convoy trip, where stops have set times, last."""
    by_vehicle: dict[str, list[DraftTrip]] = {}
    for trip in trips:
        by_vehicle.setdefault(trip.vehicle, []).append(trip)
    for chain in by_vehicle.values():
        chain.sort(key=lambda trip: (trip.kind == "convoy", trip.stops[0].start_s))
    return by_vehicle


def fill_routes(operation: Operation, travel: Travel, trips: list[DraftTrip]) -> dict[str, VehicleState]:
    """Give every stop its route (the fastest, unless it has one), and sum up what each vehicle drove.

    Raises
    ------
    InternalError
        When a trip drives where no road leads.
    """
    home = {vehicle.id: vehicle for vehicle in operation.vehicles}
    states: dict[str, VehicleState] = {}
    for vehicle_id, chain in chains(trips).items():
        vehicle = home[chain[0].vehicle]
        where, free_s = vehicle.site, vehicle.available_from_s
        drive_s = total_s = fuel_m = 0
        for trip in chain:
            for stop in trip.stops:
                travel_s, length_m = _fill(travel, trip, stop, where)
                drive_s, total_s, fuel_m = drive_s + travel_s, total_s + travel_s, fuel_m + length_m
                drive_s = 0 if "rest" in stop.work else drive_s
                fuel_m = 0 if "refuel" in stop.work else fuel_m
                where, free_s = stop.site, stop.end_s
        states[vehicle_id] = VehicleState(
            free_s=free_s, drive_s=drive_s, total_drive_s=total_s, fuel_m=fuel_m
        )
    return states


def _fill(travel: Travel, trip: DraftTrip, stop: DraftStop, where: SiteId) -> tuple[int, int]:
    if stop.site == where:
        stop.route = ()
        return 0, 0
    routes = travel.routes.get((trip.speed_percent, where, stop.site), ())
    chosen = [route for route in routes if route.links == stop.route] or list(routes[:1])
    if not chosen:
        raise InternalError(f"a trip drives from {where} to {stop.site}, where no road leads")
    stop.route = chosen[0].links
    return chosen[0].travel_s, chosen[0].length_m


def assemble(operation: Operation, travel: Travel, draft: Draft, *, seed: int, solver: Solver) -> Plan:
    """Write the draft out as a plan with the earliest times for its sequences.

    Raises
    ------
    InternalError
        When the sequences contradict each other.
    """
    fill_routes(operation, travel, draft.trips)
    ordered = sorted(draft.trips, key=lambda trip: (trip.stops[0].start_s, trip.kind, trip.vehicle))
    ids = {id(trip): TripId(f"T{number:03d}") for number, trip in enumerate(ordered, 1)}
    people = {person.id: person for person in operation.people}
    trips, manifests = [], []
    for trip in ordered:
        boarded: dict[PersonId, int] = {}
        rides: list[Ride] = []
        stops: list[Stop] = []
        for number, stop in enumerate(trip.stops):
            rides += [Ride(person=p, board=boarded.pop(p), alight=number) for p in stop.alight]
            boarded |= dict.fromkeys(stop.board, number)
            walking, wheelchair, stretcher = sizes_of(people[p] for p in boarded)
            stops.append(
                Stop(
                    site=stop.site,
                    route=stop.route,
                    arrive_s=stop.start_s,
                    start_s=stop.start_s,
                    end_s=stop.end_s,
                    depart_s=stop.end_s,
                    load=Load(walking=walking, wheelchair=wheelchair, stretcher=stretcher),
                    work=stop.work,
                    bay=stop.bay,
                    not_before_s=stop.not_before_s,
                )
            )
        rides.sort(key=lambda ride: (ride.board, ride.alight, ride.person))
        trips.append(
            Trip(
                id=ids[id(trip)],
                vehicle=trip.vehicle,
                kind=trip.kind,
                speed_percent=trip.speed_percent,
                stops=tuple(stops),
                convoy=trip.convoy,
            )
        )
        manifests.append(Manifest(trip=ids[id(trip)], vehicle=trip.vehicle, rides=tuple(rides)))
    referrals = tuple(
        Referral(
            person=r.person,
            hospital=r.hospital,
            out_trip=ids[id(r.out)],
            back_trip=ids[id(r.back)],
            treated_from_s=r.from_s,
            treated_until_s=r.from_s,
            returned_s=r.from_s,
            place=r.place,
            accompanied_by=r.accompanied_by,
        )
        for r in sorted(draft.referrals, key=lambda r: r.person)
    )
    plan = Plan(
        operation=operation.id,
        sha256=operation.sha256,
        status="feasible",
        seed=seed,
        solver=solver,
        trips=tuple(trips),
        manifests=tuple(manifests),
        referrals=referrals,
        convoys=tuple(draft.orders),
        unserved=tuple(sorted(draft.unserved, key=lambda u: u.person)),
    )
    network = build(operation, travel, plan)
    return msgspec.structs.replace(retime(operation, plan, network))
