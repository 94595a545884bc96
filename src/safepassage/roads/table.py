"""Routes over a table of links: fastest first, with alternatives where a link is not always open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from safepassage.model.ids import ConvoyId, LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Link
from safepassage.model.time import Window
from safepassage.model.travel import Route, Travel, drive_s
from safepassage.roads.openness import FOREVER, departures, merged, openness

MAX_ALTERNATIVES = 4
MAX_EXPLORED = 12


def travel(operation: Operation) -> Travel:
    """Find the routes between all sites for every speed that a vehicle or a convoy drives.

    The fastest route of a pair may use links that are open only at times; routes that avoid some of these follow as
    alternatives, at most MAX_ALTERNATIVES in all, each open at some time when no faster one is. Junctions are passed,
    never visited.

    References
    ----------
    Dijkstra (1959), through scipy.sparse.csgraph.
    """
    windows, closed_by = openness(operation)
    links = {link.id: link for link in operation.links}
    finder = _Finder(operation, windows)
    stops = [site.id for site in operation.sites if site.kind != "junction"]
    routes: dict[tuple[int, SiteId, SiteId], tuple[Route, ...]] = {}
    for speed in speeds(operation):
        for origin in stops:
            for end in stops:
                if origin == end:
                    continue
                found = finder.alternatives(speed, origin, end)
                if found:
                    routes[speed, origin, end] = found
    return Travel(links=links, routes=routes, open=windows, closed_by=closed_by)


def speeds(operation: Operation) -> tuple[int, ...]:
    """List the speeds that are driven, in percent: each vehicle's, and each convoy's slowest."""
    found = {vehicle.speed_percent for vehicle in operation.vehicles}
    return tuple(sorted(found | {convoy_speed(operation, convoy.id) for convoy in operation.convoys}))


def convoy_speed(operation: Operation, convoy: ConvoyId) -> int:
    """Return the speed of the convoy's slowest vehicle; 100 when it has none."""
    return min((v.speed_percent for v in operation.vehicles if v.convoy == convoy), default=100)


class _Finder:
    """Shortest paths that avoid given links, one Dijkstra a (speed, avoided, origin), remembered."""

    def __init__(self, operation: Operation, windows: dict[LinkId, tuple[Window, ...]]) -> None:
        self.sites = [site.id for site in operation.sites]
        self.index = {site: number for number, site in enumerate(self.sites)}
        self.windows = windows
        self.links = [link for link in operation.links if windows.get(link.id, (None,)) != ()]
        self._trees: dict[tuple[int, frozenset[LinkId], SiteId], _Tree] = {}
        self._graphs: dict[tuple[int, frozenset[LinkId]], _Graph] = {}

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
            path = self._path(speed, avoided, origin, end)
            route = self._route(speed, origin, path)
            if route is not None:
                yield route
            gated = [link.id for link in path if link.id in self.windows]
            for more in [avoided | frozenset(gated), *(avoided | {link} for link in gated)]:
                if more not in seen:
                    seen.add(more)
                    waiting.append(more)

    def _path(self, speed: int, avoided: frozenset[LinkId], origin: SiteId, end: SiteId) -> list[Link]:
        if (speed, avoided) not in self._graphs:
            kept = [link for link in self.links if link.id not in avoided]
            self._graphs[speed, avoided] = _Graph(kept, self.index, speed)
        graph = self._graphs[speed, avoided]
        key = (speed, avoided, origin)
        if key not in self._trees:
            self._trees[key] = graph.tree(self.index[origin])
        return graph.path(self._trees[key], self.index[end])

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


_Tree: TypeAlias = npt.NDArray[np.int32]


class _Graph:
    """The quickest link between each two neighbours, as a sparse matrix of seconds."""

    def __init__(self, links: list[Link], index: dict[SiteId, int], speed: int) -> None:
        self.best: dict[tuple[int, int], tuple[int, Link]] = {}
        for link in links:
            seconds = drive_s(link.travel_s, speed)
            a, b = index[link.start], index[link.end]
            for pair in [(a, b), (b, a)] if link.both_ways else [(a, b)]:
                if pair not in self.best or seconds < self.best[pair][0]:
                    self.best[pair] = (seconds, link)
        rows = [pair[0] for pair in self.best]
        columns = [pair[1] for pair in self.best]
        weights = [float(seconds) for seconds, _ in self.best.values()]
        self.matrix = csr_array((weights, (rows, columns)), shape=(len(index), len(index)))

    def tree(self, origin: int) -> _Tree:
        """Return the predecessor of every node on the quickest way from `origin`; below 0 where there is none."""
        _, before = dijkstra(self.matrix, indices=[origin], return_predecessors=True)
        return np.asarray(before[0], dtype=np.int32)

    def path(self, tree: _Tree, end: int) -> list[Link]:
        """Return the links to `end`; none where no way leads there."""
        path: list[Link] = []
        while tree[end] >= 0:
            before = int(tree[end])
            path.append(self.best[before, end][1])
            end = before
        return path[::-1]
