"""Travel times and routes, as the roads room hands them to planner, timetable and referee."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from safepassage.model.fleet import HEAVY, Vehicle
from safepassage.model.ids import ClauseId, ConvoyId, LinkId, SiteId, VehicleId
from safepassage.model.places import Link
from safepassage.model.plan import Stop, Trip
from safepassage.model.time import Night, Window

Pace: TypeAlias = int
"""Speed in percent, plus PACES times the number of the class of vehicles (0: whom no link treats otherwise)."""

PACES = 1_000_000
"""More than any speed in percent."""


def is_heavy(vehicle: Vehicle) -> bool:
    """Tell whether a vehicle takes a link's `heavy_s`."""
    return vehicle.profile in HEAVY


def fits(vehicle: Vehicle, link: Link) -> bool:
    """Tell whether a vehicle may drive a link, and whether the link bears it and lets it through."""
    if vehicle.profile is None:
        return True
    size = vehicle.size
    limits = (link.max_weight_kg, link.max_height_cm, link.max_width_cm)
    return vehicle.profile not in link.closed_to and all(
        not most or own <= most for own, most in zip(size, limits, strict=True)
    )


def base_s(link: Link, *, heavy: bool) -> int:
    """Seconds over a link at 100 %, of a heavy vehicle (which is never faster than a light one) or another."""
    return max(link.travel_s, link.heavy_s) if heavy else link.travel_s


def drive_s(travel_s: int, speed_percent: int) -> int:
    """Seconds to drive a link of `travel_s` (at 100 %) at `speed_percent`, rounded up.

    Examples
    --------
    >>> drive_s(600, 80)
    750
    """
    return -(-travel_s * 100 // speed_percent)


def slow_percent(speed_percent: int, night_percent: int) -> int:
    """Return the speed at night of who drives at `speed_percent` by day, at least 1.

    Examples
    --------
    >>> slow_percent(90, 70)
    63
    """
    return max(1, speed_percent * night_percent // 100)


class Route(Struct, frozen=True, kw_only=True):
    """One way from a site to another at one pace.

    `sites` are the sites on the way, both ends included; `offsets_s` the seconds after departure at which each is
    passed. `opens` are the windows in which a departure finds every link open from entry to exit (empty: at any time),
    `departures` those of them in which the drive ends before the next night. A `slow` route is driven at night's pace,
    by night and by day.
    """

    links: tuple[LinkId, ...]
    sites: tuple[SiteId, ...]
    offsets_s: tuple[int, ...]
    travel_s: int
    length_m: int
    departures: tuple[Window, ...] = ()
    opens: tuple[Window, ...] = ()
    slow: bool = False


Way: TypeAlias = tuple[Pace, SiteId, SiteId]
"""Pace, from, to."""

UNREACHABLE = 2**40
"""Seconds between sites that no way connects."""


class RouteTable(Mapping[Way, tuple[Route, ...]]):
    """Routes that can also tell the shortest times of many pairs at once, and of links whether they are a route."""

    @abstractmethod
    def least_s(self, pace: Pace, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
        """Return shortest times by day over all links that are ever open, however long one waits for them.

        Shape (origins, ends), seconds; 0 from a site to itself, UNREACHABLE where there is no way.
        """

    def along(self, way: Way, links: Sequence[LinkId], *, slow: bool) -> Route | None:
        """Return the route over some links, None where they do not lead there at that pace, or are never open so."""
        return _among(self.get(way, ()), links, slow=slow)


def _among(routes: tuple[Route, ...], links: Sequence[LinkId], *, slow: bool) -> Route | None:
    return next((route for route in routes if (route.links, route.slow) == (tuple(links), slow)), None)


class Passage(Struct, frozen=True, kw_only=True):
    """How the roads treat a class of vehicles: links that do not let it pass, and whether it takes their `heavy_s`."""

    unfit: frozenset[LinkId] = frozenset()
    heavy: bool = False


class Travel(Struct, frozen=True, kw_only=True):
    """Routes between sites for every pace of the fleet, and when links are open.

    `routes` maps (pace, from, to) to the alternatives, fastest first; a missing key means unreachable. They
    are the ways there are: no other is faster.
    `open` lists the windows of links that are not always open (an empty tuple: never), with the clauses that make it
    so in `closed_by`. `paces` and `convoy_paces` tell how each vehicle drives by itself and in its convoy, `passages`
    what their classes are. At `night` one drives slowly.
    """

    links: Mapping[LinkId, Link]
    routes: Mapping[Way, tuple[Route, ...]]
    open: dict[LinkId, tuple[Window, ...]]
    closed_by: dict[LinkId, tuple[ClauseId, ...]]
    paces: Mapping[VehicleId, Pace] = MappingProxyType({})
    convoy_paces: Mapping[ConvoyId, Pace] = MappingProxyType({})
    passages: tuple[Passage, ...] = (Passage(),)
    night: Night | None = None

    def fastest(self, pace: Pace, origin: SiteId, end: SiteId) -> Route | None:
        """Return the fastest route, or None where there is none."""
        found = self.routes.get((pace, origin, end))
        return found[0] if found else None

    def along(self, way: Way, links: Sequence[LinkId], *, slow: bool) -> Route | None:
        """Return the route over some links, None where there is none (see RouteTable)."""
        if isinstance(self.routes, RouteTable):
            return self.routes.along(way, links, slow=slow)
        return _among(self.routes.get(way, ()), links, slow=slow)

    def pace(self, vehicle: Vehicle) -> Pace:
        """Return the pace at which a vehicle drives by itself."""
        return self.paces.get(vehicle.id, vehicle.speed_percent)

    def trip_pace(self, trip: Trip) -> Pace:
        """Return the pace of a trip: what the roads make of the vehicle or its whole convoy, at the trip's speed."""
        own = self.convoy_paces.get(trip.convoy, 0) if trip.kind == "convoy" else self.paces.get(trip.vehicle, 0)
        return own // PACES * PACES + trip.speed_percent

    def slow(self, pace: Pace) -> Pace:
        """Return the pace at night of those who drive at this pace by day."""
        night_percent = self.night.speed_percent if self.night else 100
        return pace // PACES * PACES + slow_percent(pace % PACES, night_percent)

    def passage(self, pace: Pace) -> Passage:
        """Return how the roads treat those who drive at this pace."""
        return self.passages[pace // PACES]

    def link_s(self, link: Link, pace: Pace) -> int:
        """Seconds to drive a link at a pace."""
        return drive_s(base_s(link, heavy=self.passage(pace).heavy), pace % PACES)

    def over_s(self, trip: Trip, stop: Stop) -> tuple[int, ...]:
        """Seconds over each link on the way to a stop of a trip."""
        pace = self.trip_pace(trip)
        driven = self.slow(pace) if stop.slow else pace
        return tuple(self.link_s(self.links[link], driven) for link in stop.route)

    def drive_s(self, trip: Trip, stop: Stop) -> int:
        """Seconds of the drive to a stop of a trip."""
        return sum(self.over_s(trip, stop))
