"""The nodes of movement: each vehicle's drives and services, and the people for whom a service waits."""

from __future__ import annotations

from msgspec.structs import replace

from safepassage.model.errors import InternalError
from safepassage.model.ids import SiteId
from safepassage.model.plan import Stop, Trip
from safepassage.model.time import Window
from safepassage.model.travel import Route, Travel
from safepassage.timetable.network import Activity, ActivityKind
from safepassage.timetable.nodes import Nodes, drive_key, service_key
from safepassage.timetable.sequences import Passage, Sequences
from safepassage.timetable.windows import common

LATEST_S = 2**40
NIGHT = "night"
"""The gate of a drive that waits for the day."""


def add_movement(nodes: Nodes, own: Sequences, travel: Travel, *, by_day: bool = True) -> None:
    """Add a chain of drives and services for every vehicle, then let services wait for who boards.

    With `by_day`, a drive that is not slow waits until it ends before the next night.

    Raises
    ------
    InternalError
        When a route is not one that `travel` knows.
    """
    for vehicle_id, trips in own.chains.items():
        vehicle = own.vehicles[vehicle_id]
        origin, before = vehicle.site, ""
        for trip in trips:
            for position, stop in enumerate(trip.stops):
                key = service_key(trip.id, position)
                chain = [(key, service(own, trip, position))]
                if stop.route:
                    route = _route(travel, trip, origin, stop)
                    chain.insert(
                        0, (drive_key(trip.id, position), _drive(own, travel, route, (trip, position), by_day=by_day))
                    )
                # a vehicle's first activity waits until the vehicle is there
                first_s = 0 if before else vehicle.available_from_s
                chain[0] = chain[0][0], replace(chain[0][1], release_s=max(first_s, chain[0][1].release_s))
                for name, activity in chain:
                    nodes.add(name, activity)
                    if before:
                        nodes.wait(name, before, 0, "vehicle")
                    before = name
                origin = stop.site
    for rides in own.rides.values():
        for ride in rides:
            if ride.before is not None:
                why = "referral" if ride.before.trip.kind == "referral" else "joins"
                nodes.wait(service_key(ride.trip.id, ride.board), _alighting(ride.before), 0, why)


def _alighting(ride: Passage) -> str:
    return service_key(ride.trip.id, ride.alight)


def _route(travel: Travel, trip: Trip, origin: SiteId, stop: Stop) -> Route:
    found = travel.along((travel.trip_pace(trip), origin, stop.site), stop.route, slow=stop.slow)
    if found is None:
        raise InternalError(f"no known route at {trip.speed_percent} % from {origin} to {stop.site} over {stop.route}")
    return found


def _drive(own: Sequences, travel: Travel, route: Route, at: tuple[Trip, int], *, by_day: bool) -> Activity:
    trip, position = at
    windows = route.departures or None if by_day else _from_dawn(travel, route, trip.stops[position])
    return Activity(
        kind="drive",
        subject=trip.vehicle,
        site=trip.stops[position].site,
        duration_s=route.travel_s,
        windows=windows,
        gate="" if windows is None else " ".join(_gates(own, travel, route)),
        trip=trip.id,
        stop=position,
    )


def _from_dawn(travel: Travel, route: Route, stop: Stop) -> tuple[Window, ...] | None:
    """Return when a route may be left on, by day or not, but not before the dawn that the plan has waited for."""
    windows = route.opens or None
    planned_s = stop.arrive_s - route.travel_s
    nights = () if travel.night is None or route.slow else travel.night.windows
    dawn_s = max((night.until_s for night in nights if night.until_s <= planned_s), default=None)
    return windows if dawn_s is None else common(windows, (Window(from_s=dawn_s, until_s=LATEST_S),))


def _gates(own: Sequences, travel: Travel, route: Route) -> dict[str, None]:
    """Name the links of a route that are not always open, each after the clauses that say so.

    Where a link is closed for a time as well, which of them holds a vehicle up is not known: the link stands alone.
    """
    closures = {closure.link for closure in own.operation.closures}
    names: list[str] = []
    for link in route.links:
        if link in travel.open:
            names += [] if link in closures else travel.closed_by.get(link, ())
            names.append(link)
    if travel.night is not None and not route.slow:
        names.append(NIGHT)
    return dict.fromkeys(names)


def service(own: Sequences, trip: Trip, position: int) -> Activity:
    """Make the activity of a stop: as long as its people and its work need, in the site's opening windows."""
    stop = trip.stops[position]
    on = own.boarding.get((trip.id, position), ())
    off = own.alighting.get((trip.id, position), ())
    opens = tuple(sorted(own.sites[stop.site].opens)) if on or off or "refuel" in stop.work else ()
    kinds: list[ActivityKind] = ["board"] if on else []
    kinds += ["alight"] if off else []
    kinds += [*stop.work, "stand"]
    return Activity(
        kind=kinds[0],
        subject=trip.vehicle,
        site=stop.site,
        duration_s=_lasts_s(own, trip, position),
        release_s=stop.not_before_s,
        windows=opens or None,
        fits=True,
        gate=stop.site if opens else "",
        trip=trip.id,
        stop=position,
    )


def _lasts_s(own: Sequences, trip: Trip, position: int) -> int:
    limits, work = own.operation.limits, trip.stops[position].work
    on = own.boarding.get((trip.id, position), ())
    off = own.alighting.get((trip.id, position), ())
    seconds = limits.setup_s if on or off else 0
    seconds += sum(limits.board_s(ride.person.mobility) for ride in on)
    seconds += sum(limits.alight_s(ride.person.mobility) for ride in off)
    seconds += limits.refuel_s * ("refuel" in work) + limits.rest_s * ("rest" in work)
    return seconds + (_halts_s(own, trip, position) if "halt" in work else 0)


def _halts_s(own: Sequences, trip: Trip, position: int) -> int:
    """Return how long the halt at a stop lasts: the k-th halt of a trip is the k-th that its convoy has to make."""
    made = sum("halt" in stop.work for stop in trip.stops[:position])
    convoy = own.convoys.get(trip.convoy)
    asked = convoy.halts[made : made + 1] if convoy else ()
    return sum(halt.duration_s for halt in asked)
