"""Where vehicles stand, and what they have driven, when the drafted trips are done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec
from msgspec import Struct

from safepassage.model.errors import InternalError
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.travel import Pace, Route, Travel
from safepassage.planner.draft import DraftStop, DraftTrip
from safepassage.planner.shuttle_clock import choose


class VehicleState(Struct, frozen=True, kw_only=True):
    """Where a vehicle is and from when it is free; what it drove since its last rest and refuelling, and in all.

    `way` is how it came here in the end, where that was not a drafted trip; `reached` is False where no road led.
    """

    site: SiteId
    free_s: int = 0
    drive_s: int = 0
    total_drive_s: int = 0
    fuel_m: int = 0
    way: Route | None = None
    reached: bool = True


def chains(trips: Iterable[DraftTrip]) -> dict[VehicleId, list[DraftTrip]]:
    """Put each vehicle's trips in the order of time; its convoy trip, where stops have set times, last."""
    by_vehicle: dict[VehicleId, list[DraftTrip]] = {}
    for trip in trips:
        by_vehicle.setdefault(trip.vehicle, []).append(trip)
    for chain in by_vehicle.values():
        chain.sort(key=lambda trip: (trip.kind == "convoy", trip.stops[0].start_s))
    return by_vehicle


def fill_routes(
    operation: Operation,
    travel: Travel,
    trips: Iterable[DraftTrip],
    before: Mapping[VehicleId, VehicleState] = MappingProxyType({}),
) -> dict[VehicleId, VehicleState]:
    """Give every stop its route (the fastest, unless it has one), and say how each vehicle stands in the end.

    Parameters
    ----------
    operation
        Where the vehicles begin.
    travel
        Routes of the roads room.
    trips
        Drafted trips; their stops are changed.
    before
        What vehicles have driven already, where they have.

    Returns
    -------
    dict
        For every vehicle of the operation.

    Raises
    ------
    InternalError
        When a trip drives where no road leads.
    """
    drafted = chains(trips)
    return {
        vehicle.id: _followed(travel, _standing(vehicle, before), drafted.get(vehicle.id, []))
        for vehicle in operation.vehicles
    }


def _standing(vehicle: Vehicle, before: Mapping[VehicleId, VehicleState]) -> VehicleState:
    """Tell where a vehicle begins: its site, and what it drove before if that is known."""
    fresh = VehicleState(site=vehicle.site, free_s=vehicle.available_from_s)
    known = before.get(vehicle.id)
    return fresh if known is None else msgspec.structs.replace(known, site=fresh.site, free_s=fresh.free_s)


def _followed(travel: Travel, start: VehicleState, chain: list[DraftTrip]) -> VehicleState:
    where, free_s = start.site, start.free_s
    drive_s, total_s, fuel_m = start.drive_s, start.total_drive_s, start.fuel_m
    for trip in chain:
        for stop in trip.stops:
            travel_s, length_m = _fill(travel, trip, stop, where)
            drive_s, total_s, fuel_m = drive_s + travel_s, total_s + travel_s, fuel_m + length_m
            drive_s = 0 if "rest" in stop.work else drive_s
            fuel_m = 0 if "refuel" in stop.work else fuel_m
            where, free_s = stop.site, stop.end_s
    return VehicleState(site=where, free_s=free_s, drive_s=drive_s, total_drive_s=total_s, fuel_m=fuel_m)


def _fill(travel: Travel, trip: DraftTrip, stop: DraftStop, where: SiteId) -> tuple[int, int]:
    if stop.site == where:
        stop.route, stop.slow = (), False
        return 0, 0
    routes = travel.routes.get((trip.pace, where, stop.site), ())
    alike = [route for route in routes if route.slow == stop.slow]
    chosen = [route for route in alike if route.links == stop.route] or alike[:1] or list(routes[:1])
    if not chosen:
        raise InternalError(f"a trip drives from {where} to {stop.site}, where no road leads")
    stop.route, stop.slow = chosen[0].links, chosen[0].slow
    return chosen[0].travel_s, chosen[0].length_m


def brought(travel: Travel, state: VehicleState, goal: SiteId, pace: Pace) -> VehicleState:
    """Bring a vehicle to a site by the road that gets it there first."""
    if state.site == goal:
        return state
    _, arrive_s, route = choose(travel.routes.get((pace, state.site, goal), ()), state.free_s)
    if route is None:
        return VehicleState(site=goal, free_s=state.free_s, reached=False)
    return VehicleState(
        site=goal,
        free_s=arrive_s,
        drive_s=state.drive_s + route.travel_s,
        total_drive_s=state.total_drive_s + route.travel_s,
        fuel_m=state.fuel_m + route.length_m,
        way=route,
    )
