"""Shortest times between sites for lower bounds: however long a vehicle waits for a way to open, it drives these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.model.ids import SiteId
from safepassage.model.places import Link
from safepassage.model.travel import PACES, UNREACHABLE, Pace, RouteTable, Travel, Way
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
    for pace in sorted({shuttle.pace for shuttle in problem.shuttles}):
        for via in sites:
            for origin in sites:
                first_s = ways.get((pace, origin, via))
                if first_s is None:
                    continue
                for end in sites:
                    second_s = ways.get((pace, via, end))
                    if second_s is not None and first_s + second_s < ways.get((pace, origin, end), NEVER):
                        ways[pace, origin, end] = first_s + second_s
    return ways


class LeastWays(Mapping[Way, int]):
    """Shortest times between all sites over all links that are ever open; worked out when asked for."""

    def __init__(self, paces: Iterable[int], sites: Iterable[SiteId], least_s: LeastTable) -> None:
        self.paces, self.sites, self._least_s = tuple(sorted(set(paces))), dict.fromkeys(sites), least_s
        self._known: dict[Way, int] = {}

    def __getitem__(self, way: Way) -> int:
        seconds = self._known.get(way)
        if seconds is None:
            pace, origin, end = way
            known = pace in self.paces and origin in self.sites and end in self.sites and origin != end
            seconds = int(self._least_s(pace, [origin], [end])[0, 0]) if known else UNREACHABLE
            self._known[way] = seconds
        if seconds >= UNREACHABLE:
            raise KeyError(way)
        return seconds

    def __iter__(self) -> Iterator[Way]:
        for pace in self.paces:
            for way in ((pace, origin, end) for origin in self.sites for end in self.sites):
                if way in self:
                    yield way

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return bool(self.paces)

    def table_s(self, pace: int, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
        """Return times as a table, shape (origins, ends), seconds; UNREACHABLE where there is no way."""
        return self._least_s(pace, origins, ends)


def least_ways(travel: Travel, paces: Iterable[int], sites: Iterable[SiteId]) -> LeastWays:
    """Return the shortest times between sites over all links that are ever open, however long one waits for them.

    References
    ----------
    Dijkstra (1959).
    """
    sites = tuple(sites)
    if isinstance(travel.routes, RouteTable):
        return LeastWays(paces, sites, travel.routes.least_s)
    links = [link for link in travel.links.values() if travel.open.get(link.id) != ()]
    names = dict.fromkeys([*sites, *(site for link in links for site in (link.start, link.end))])
    index = {site: number for number, site in enumerate(names)}
    graphs = {pace: _graph(travel, links, index, pace) for pace in set(paces)}
    return LeastWays(graphs, sites, lambda pace, origins, ends: graphs[pace].seconds(origins, ends))


def _graph(travel: Travel, links: list[Link], index: Mapping[SiteId, int], pace: Pace) -> Graph:
    passage = travel.passage(pace)
    fit = [link for link in links if link.id not in passage.unfit]
    return Graph(fit, index, pace % PACES, heavy=passage.heavy)


def table_s(ways: Ways, pace: int, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
    """Return times as a table, shape (origins, ends), seconds; 0 from a site to itself, UNREACHABLE without a way."""
    if isinstance(ways, LeastWays):
        return ways.table_s(pace, origins, ends)
    rows = [[0 if a == b else ways.get((pace, a, b), UNREACHABLE) for b in ends] for a in origins]
    return np.array(rows, dtype=np.int64).reshape(len(origins), len(ends))
