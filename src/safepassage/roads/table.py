"""Routes over a table of links: fastest first, with alternatives where a link is not always open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from safepassage.model.ids import ConvoyId, LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Link
from safepassage.model.time import Window
from safepassage.model.travel import Route, RouteTable, Travel, Way, drive_s
from safepassage.roads.graph import Graph
from safepassage.roads.openness import FOREVER, departures, merged, openness

MAX_ALTERNATIVES = 4
MAX_EXPLORED = 12


def travel(operation: Operation) -> Travel:
    """Find the routes between all sites for every speed that a vehicle or a convoy drives.

    The fastest route of a pair may use links that are open only at times; routes that avoid some of these follow as
    alternatives, at most MAX_ALTERNATIVES in all, each open at some time when no faster one is. Junctions are passed,
    never visited. A pair's routes are worked out when they are first asked for.

    References
    ----------
    Dijkstra (1959), through scipy.sparse.csgraph.
    """
    windows, closed_by = openness(operation)
    links = {link.id: link for link in operation.links}
    return Travel(links=links, routes=Routes(operation, windows), open=windows, closed_by=closed_by)


class Routes(RouteTable):
    """Routes by (speed, from, to), worked out when asked for; a pair without a way is no key."""

    def __init__(self, operation: Operation, windows: dict[LinkId, tuple[Window, ...]]) -> None:
        self._finder = _Finder(operation, windows)
        self._speeds = speeds(operation)
        self._stops = {site.id: None for site in operation.sites if site.kind != "junction"}
        self._found: dict[Way, tuple[Route, ...]] = {}

    def __getitem__(self, way: Way) -> tuple[Route, ...]:
        found = self._found.get(way)
        if found is None:
            found = self._found[way] = self._alternatives(way)
        if not found:
            raise KeyError(way)
        return found

    def __iter__(self) -> Iterator[Way]:
        for speed in self._speeds:
            for way in ((speed, origin, end) for origin in self._stops for end in self._stops):
                if way in self:
                    yield way

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def least_s(self, speed_percent: int, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
        """Return shortest times over all links that are ever open (see RouteTable)."""
        return self._finder.graph(speed_percent, frozenset()).seconds(origins, ends)

    def _alternatives(self, way: Way) -> tuple[Route, ...]:
        speed, origin, end = way
        if origin == end or speed not in self._speeds or not {origin, end} <= self._stops.keys():
            return ()
        return self._finder.alternatives(speed, origin, end)


def speeds(operation: Operation) -> tuple[int, ...]:
    """List the speeds that are driven, in percent: each vehicle's, and each convoy's slowest."""
    found = {vehicle.speed_percent for vehicle in operation.vehicles}
    return tuple(sorted(found | {convoy_speed(operation, convoy.id) for convoy in operation.convoys}))


def convoy_speed(operation: Operation, convoy: ConvoyId) -> int:
    """Return the speed of the convoy's slowest vehicle; 100 when it has none."""
    return min((v.speed_percent for v in operation.vehicles if v.convoy == convoy), default=100)


class _Finder:
    """Shortest paths that avoid given links, one graph a (speed, avoided), remembered."""

    def __init__(self, operation: Operation, windows: dict[LinkId, tuple[Window, ...]]) -> None:
        self.sites = [site.id for site in operation.sites]
        self.index = {site: number for number, site in enumerate(self.sites)}
        self.windows = windows
        self.links = [link for link in operation.links if windows.get(link.id, (None,)) != ()]
        self._graphs: dict[tuple[int, frozenset[LinkId]], Graph] = {}

    def alternatives(self, speed: int, origin: SiteId, end: SiteId) -> tuple[Route, ...]:
        """Return the fastest route and those for when it is closed, fastest first."""
        kept: list[Route] = []
        for route in sorted(self._explored(speed, origin, end), key=lambda route: (route.travel_s, route.links)):
            if len(kept) < MAX_ALTERNATIVES and not _covered(route, kept):
                kept.append(route)
        return tuple(kept)

    def _explored(self, speed: int, origin: SiteId, end: SiteId) -> Iterator[Route]:
        """Give the fastest route that avoids nothing, then those that avoid links of routes given before."""
        waiting: list[frozenset[LinkId]] = [frozenset()]
        seen = set(waiting)
        for avoided in islice(waiting, MAX_EXPLORED):
            path = self.graph(speed, avoided).path(origin, end)
            route = self._route(speed, origin, path)
            if route is not None:
                yield route
            gated = [link.id for link in path if link.id in self.windows]
            for more in [avoided | frozenset(gated), *(avoided | {link} for link in gated)]:
                if more not in seen:
                    seen.add(more)
                    waiting.append(more)

    def graph(self, speed: int, avoided: frozenset[LinkId]) -> Graph:
        """Return the graph of the links that are ever open, without those to be avoided."""
        if (speed, avoided) not in self._graphs:
            kept = [link for link in self.links if link.id not in avoided]
            self._graphs[speed, avoided] = Graph(kept, self.index, speed)
        return self._graphs[speed, avoided]

    def _route(self, speed: int, origin: SiteId, path: list[Link]) -> Route | None:
        offsets, sites = [0], [origin]
        legs = []
        if not path:
            return None
        for link in path:
            enter_s = offsets[-1]
            offsets.append(enter_s + drive_s(link.travel_s, speed))
            sites.append(link.end if link.start == sites[-1] else link.start)
            legs.append((self.windows.get(link.id), enter_s, offsets[-1]))
        allowed = departures(legs)
        if allowed == ():
            return None
        return Route(
            links=tuple(link.id for link in path),
            sites=tuple(sites),
            offsets_s=tuple(offsets),
            travel_s=offsets[-1],
            length_m=sum(link.length_m for link in path),
            departures=allowed or (),
        )


def _covered(route: Route, faster: list[Route]) -> bool:
    """Tell whether one of the faster routes can be driven whenever this one can."""
    if any(not other.departures for other in faster):
        return True
    together = merged(window for other in faster for window in other.departures)
    # half of for ever: windows were shifted by what is driven before and after
    always = (Window(from_s=-FOREVER // 2, until_s=FOREVER // 2),)
    return all(
        any(wide.from_s <= window.from_s and window.until_s <= wide.until_s for wide in together)
        for window in route.departures or always
    )
