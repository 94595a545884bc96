"""Shortest times between sites for lower bounds: however long a vehicle waits for a way to open, it drives these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.model.ids import SiteId
from safepassage.model.travel import UNREACHABLE, RouteTable, Travel, Way
from safepassage.planner.shuttles import NEVER, ShuttleProblem
from safepassage.roads.graph import Graph

Ways: TypeAlias = Mapping[Way, int]
LeastTable: TypeAlias = Callable[[int, Sequence[SiteId], Sequence[SiteId]], NDArray[np.int64]]


def closed(problem: ShuttleProblem) -> Ways:
    """Shortest times put together from the routes, also over sites in between (waiting there for a way to open).

    References
    ----------
    Floyd (1962), algorithm 97: shortest path.
    """
    ways: dict[Way, int] = {
        key: min(route.travel_s for route in routes) for key, routes in problem.routes.items() if routes
    }
    sites = sorted({site for _, origin, end in ways for site in (origin, end)})
    for speed in sorted({shuttle.speed_percent for shuttle in problem.shuttles}):
        for via in sites:
            for origin in sites:
                first_s = ways.get((speed, origin, via))
                if first_s is None:
                    continue
                for end in sites:
                    second_s = ways.get((speed, via, end))
                    if second_s is not None and first_s + second_s < ways.get((speed, origin, end), NEVER):
                        ways[speed, origin, end] = first_s + second_s
    return ways


class LeastWays(Mapping[Way, int]):
    """Shortest times between all sites over all links that are ever open; worked out when asked for."""

    def __init__(self, speeds: Iterable[int], sites: Iterable[SiteId], least_s: LeastTable) -> None:
        self.speeds, self.sites, self._least_s = tuple(sorted(set(speeds))), dict.fromkeys(sites), least_s
        self._known: dict[Way, int] = {}

    def __getitem__(self, way: Way) -> int:
        seconds = self._known.get(way)
        if seconds is None:
            speed, origin, end = way
            known = speed in self.speeds and origin in self.sites and end in self.sites and origin != end
            seconds = int(self._least_s(speed, [origin], [end])[0, 0]) if known else UNREACHABLE
            self._known[way] = seconds
        if seconds >= UNREACHABLE:
            raise KeyError(way)
        return seconds

    def __iter__(self) -> Iterator[Way]:
        for speed in self.speeds:
            for way in ((speed, origin, end) for origin in self.sites for end in self.sites):
                if way in self:
                    yield way

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return bool(self.speeds)

    def table_s(self, speed: int, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
        """Return times as a table, shape (origins, ends), seconds; UNREACHABLE where there is no way."""
        return self._least_s(speed, origins, ends)


def least_ways(travel: Travel, speeds: Iterable[int], sites: Iterable[SiteId]) -> LeastWays:
    """Return the shortest times between sites over all links that are ever open, however long one waits for them.

    References
    ----------
    Dijkstra (1959).
    """
    sites = tuple(sites)
    if isinstance(travel.routes, RouteTable):
        return LeastWays(speeds, sites, travel.routes.least_s)
    links = [link for link in travel.links.values() if travel.open.get(link.id) != ()]
    names = dict.fromkeys([*sites, *(site for link in links for site in (link.start, link.end))])
    index = {site: number for number, site in enumerate(names)}
    graphs = {speed: Graph(links, index, speed) for speed in set(speeds)}
    return LeastWays(graphs, sites, lambda speed, origins, ends: graphs[speed].seconds(origins, ends))


def table_s(ways: Ways, speed: int, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
    """Return times as a table, shape (origins, ends), seconds; 0 from a site to itself, UNREACHABLE without a way."""
    if isinstance(ways, LeastWays):
        return ways.table_s(speed, origins, ends)
    rows = [[0 if a == b else ways.get((speed, a, b), UNREACHABLE) for b in ends] for a in origins]
    return np.array(rows, dtype=np.int64).reshape(len(origins), len(ends))
