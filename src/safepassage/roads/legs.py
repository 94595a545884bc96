"""The legs of an operation: how long each takes, and who no longer gets anywhere when something is closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from safepassage.model.errors import InternalError
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.time import Window
from safepassage.model.travel import UNREACHABLE, Pace, RouteTable, Travel
from safepassage.roads.network import Bools
from safepassage.roads.outlook import Drive, Driver, Leg


def driver_of(vehicle: Vehicle) -> Driver:
    """Return a vehicle by itself."""
    return Driver(
        vehicle=vehicle.id, kind=vehicle.kind, size=vehicle.size, speed_percent=vehicle.speed_percent
    )  # fmt: skip


def heaviest(operation: Operation) -> Driver:
    """Return the heaviest vehicle: what it may drive, most of the others may; of equals the slowest, then the first.

    Raises
    ------
    ValueError
        When there is no vehicle.
    """
    return driver_of(max(operation.vehicles, key=lambda vehicle: (vehicle.size, -vehicle.speed_percent)))


def pace_of(travel: Travel, driver: Driver) -> Pace:
    """Return the pace at which somebody drives."""
    return travel.convoy_paces[driver.convoy] if driver.convoy else travel.paces[driver.vehicle]


def stops_of(operation: Operation) -> tuple[SiteId, ...]:
    """List the sites that are no junctions, in the order of the operation."""
    return tuple(site.id for site in operation.sites if site.kind != "junction")


def every_pair(operation: Operation, driver: Driver) -> tuple[Leg, ...]:
    """List the legs between all sites, both directions, without their ways."""
    stops = sorted(stops_of(operation))
    return tuple(
        Leg(start=start, end=end, driver=driver, times=0, ways=()) for start in stops for end in stops if start != end
    )


def driven(operation: Operation, plan: Plan, driver: Driver | None) -> tuple[Leg, ...]:
    """List the legs that a plan drives, without their ways: for one driver, or for who drives them.

    Parameters
    ----------
    operation
        Whose vehicles.
    plan
        Of this operation.
    driver
        For whom all legs are told; None: each for those who drive it.
    """
    vehicles = {vehicle.id: vehicle for vehicle in operation.vehicles}
    found: dict[tuple[SiteId, SiteId, Driver], set[tuple[str, int]]] = {}
    for trip in plan.trips:
        own = driver or driver_of(vehicles[trip.vehicle])
        if driver is None and trip.kind == "convoy":
            own = Driver(convoy=trip.convoy, kind="convoy", speed_percent=trip.speed_percent)
        for number, (before, stop) in enumerate(zip(trip.stops, trip.stops[1:], strict=False)):
            if stop.route and before.site != stop.site:
                found.setdefault((before.site, stop.site, own), set()).add((trip.id, number))
    return tuple(
        Leg(start=start, end=end, driver=own, times=len(times), ways=())
        for (start, end, own), times in sorted(found.items(), key=lambda entry: _order(entry[0]))
    )


def _order(key: tuple[SiteId, SiteId, Driver]) -> tuple[str, str, str, str]:
    return key[0], key[1], key[2].convoy, key[2].vehicle


def ways_of(travel: Travel, leg: Leg) -> tuple[Drive, ...]:
    """Return the ways to drive a leg, the fastest first; none where no way is open after the operation has started.

    At night's pace only where it cannot be driven by day.
    """
    found = travel.routes.get((pace_of(travel, leg.driver), leg.start, leg.end), ())
    by_day = [route for route in found if not route.slow and (not route.departures or _from_start(route.departures))]
    kept = by_day or [route for route in found if route.slow]
    ways = [(route, _from_start(route.opens)) for route in kept]
    return tuple(
        Drive(
            travel_s=route.travel_s, length_m=route.length_m, open=opens or None, links=route.links, slow=route.slow
        )
        for route, opens in ways
        if opens or not route.opens
    )  # fmt: skip


def _from_start(opens: Iterable[Window]) -> tuple[Window, ...]:
    """Cut windows of departure at the start of the operation."""
    return tuple(Window(from_s=max(one.from_s, 0), until_s=one.until_s) for one in opens if one.until_s >= 0)


def cut_off(before: Travel, after: Travel, stops: Sequence[SiteId], drivers: Iterable[Driver]) -> tuple[SiteId, ...]:
    """Name the sites that somebody gets to or away from, and no longer does.

    Of sites that can all be reached from each other, the largest part that still can stays; the rest is cut off. So is
    a site that nobody reaches any more, or that nobody gets away from.

    Parameters
    ----------
    before, after
        Routes as they are, and while something is closed.
    stops
        The sites.
    drivers
        For any of whom it counts.
    """
    lost = np.zeros(len(stops), dtype=bool)
    for driver in drivers:
        lost |= _lost(_reached(before, driver, stops), _reached(after, driver, stops))
    return tuple(stop for stop, gone in zip(stops, lost.tolist(), strict=True) if gone)


def _reached(travel: Travel, driver: Driver, stops: Sequence[SiteId]) -> Bools:
    """Tell which sites are reached from which, shape (stops, stops); none from itself."""
    if not isinstance(travel.routes, RouteTable):
        raise InternalError("routes that cannot tell shortest times")
    seconds = travel.routes.least_s(pace_of(travel, driver), stops, stops)
    return np.asarray((seconds < UNREACHABLE) & ~np.eye(len(stops), dtype=np.bool_))


def _lost(before: Bools, after: Bools) -> Bools:
    ways = [(before.any(axis=axis), after.any(axis=axis)) for axis in (0, 1)]
    lost: Bools = np.asarray((ways[0][0] & ~ways[0][1]) | (ways[1][0] & ~ways[1][1]), dtype=np.bool_)
    parts, rest = (_parts(reached) for reached in (before, after))
    for part in range(parts.max(initial=-1) + 1):
        members = np.flatnonzero(parts == part)
        names, sizes = np.unique(rest[members], return_counts=True)
        lost[members[rest[members] != names[np.argmax(sizes)]]] = True
    return lost


def _parts(reached: Bools) -> npt.NDArray[np.int32]:
    """Give numbers to the groups of sites that are all reached from each other."""
    _, parts = connected_components(csr_array(reached.astype(np.int8)), directed=True, connection="strong")
    return np.asarray(parts)
