"""Shortest times between sites for lower bounds: however long a vehicle waits for a way to open, it drives these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.model.ids import SiteId
from safepassage.model.travel import Travel
from safepassage.planner.shuttles import NEVER, ShuttleProblem
from safepassage.roads.graph import UNREACHABLE, Graph
from safepassage.roads.table import Routes

Way: TypeAlias = tuple[int, SiteId, SiteId]
"""Speed in percent, from, to."""
Ways: TypeAlias = Mapping[Way, int]


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
    """Shortest times between all sites over all links that are ever open; worked out origin by origin when asked for.

    `graphs` are by speed.
    """

    def __init__(self, graphs: Mapping[int, Graph]) -> None:
        self.graphs = graphs

    def __getitem__(self, way: Way) -> int:
        speed, origin, end = way
        seconds = self.graphs[speed].way_s(origin, end) if speed in self.graphs and origin != end else None
        if seconds is None:
            raise KeyError(way)
        return seconds

    def __iter__(self) -> Iterator[Way]:
        for speed, graph in self.graphs.items():
            for way in ((speed, origin, end) for origin in graph.index for end in graph.index):
                if way in self:
                    yield way

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return bool(self.graphs)


def least_ways(travel: Travel, speeds: Iterable[int]) -> LeastWays:
    """Return the shortest times between all sites over all links that are ever open, however long one waits for them.

    References
    ----------
    Dijkstra (1959).
    """
    if isinstance(travel.routes, Routes):
        return LeastWays({speed: travel.routes.graph(speed) for speed in sorted(set(speeds))})
    links = [link for link in travel.links.values() if travel.open.get(link.id) != ()]
    index = {site: n for n, site in enumerate(dict.fromkeys(site for link in links for site in (link.start, link.end)))}
    return LeastWays({speed: Graph(links, index, speed) for speed in sorted(set(speeds))})


def table_s(ways: Ways, speed: int, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
    """Return times as a table, shape (origins, ends), seconds; 0 from a site to itself, UNREACHABLE without a way."""
    if isinstance(ways, LeastWays) and speed in ways.graphs:
        return ways.graphs[speed].seconds(origins, ends)
    rows = [[0 if a == b else ways.get((speed, a, b), UNREACHABLE) for b in ends] for a in origins]
    return np.array(rows, dtype=np.int64).reshape(len(origins), len(ends))
