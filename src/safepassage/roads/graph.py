"""Shortest ways over a set of links at one speed, worked out for many origins at once and remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from heapq import heappop, heappush
from typing import Any

import numpy as np
import numpy.typing as npt

from safepassage.model.ids import SiteId
from safepassage.model.places import Link
from safepassage.model.travel import UNREACHABLE, base_s, drive_s

AT_ONCE = 64
"""Origins in one call of Dijkstra: bounds the memory for distances."""


class Graph:
    """The quickest link between each two neighbours, and shortest ways from the origins asked for so far.

    A site with accesses is left at a node of its own and entered at another: no way leads over its accesses and on.

    References
    ----------
    Dijkstra (1959), through scipy.sparse.csgraph.
    """

    def __init__(
        self, links: Iterable[Link], index: Mapping[SiteId, int], speed_percent: int, *, heavy: bool = False
    ) -> None:
        links = tuple(links)
        doors = dict.fromkeys(link.start for link in links if link.access)
        self._leaves = {**index, **{site: len(index) + 2 * at for at, site in enumerate(doors)}}
        self._enters = {**index, **{site: len(index) + 2 * at + 1 for at, site in enumerate(doors)}}
        nodes = len(index) + 2 * len(doors)
        self.best: dict[tuple[int, int], tuple[int, Link | None]] = {}
        for site in doors:
            self.best[self._leaves[site], index[site]] = self.best[index[site], self._enters[site]] = 0, None
        for link in links:
            seconds = drive_s(base_s(link, heavy=heavy), speed_percent)
            for pair in self._pairs(link, index):
                if pair not in self.best or seconds < self.best[pair][0]:
                    self.best[pair] = (seconds, link)
        self._nodes = nodes
        self._seconds: dict[int, npt.NDArray[np.int32]] = {}
        self._before: dict[int, npt.NDArray[np.int32]] = {}

    @cached_property
    def matrix(self) -> Any:
        """The seconds between neighbours, sparse, shape (nodes, nodes)."""
        # a plan in hand is rehearsed, and refereed, along its own links: SciPy need not be loaded for it
        from scipy.sparse import csr_array  # noqa: PLC0415

        rows = [pair[0] for pair in self.best]
        columns = [pair[1] for pair in self.best]
        weights = [float(seconds) for seconds, _ in self.best.values()]
        return csr_array((weights, (rows, columns)), shape=(self._nodes, self._nodes))

    def _pairs(self, link: Link, index: Mapping[SiteId, int]) -> list[tuple[int, int]]:
        if link.access:
            return [(self._leaves[link.start], index[link.end]), (index[link.end], self._enters[link.start])]
        a, b = index[link.start], index[link.end]
        return [(a, b), (b, a)] if link.both_ways else [(a, b)]

    def settle(self, origins: Iterable[SiteId]) -> None:
        """Find the shortest ways from these sites to everywhere, where they are not known yet."""
        new = sorted({self._leaves[site] for site in origins} - self._before.keys())
        if not new:
            return
        from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

        for first in range(0, len(new), AT_ONCE):
            chunk = new[first : first + AT_ONCE]
            seconds, before = dijkstra(self.matrix, indices=chunk, return_predecessors=True)
            whole = np.where(np.isfinite(seconds), seconds, -1).astype(np.int32)
            for row, origin in enumerate(chunk):
                self._seconds[origin], self._before[origin] = whole[row].copy(), before[row].astype(np.int32)

    def seconds(self, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> npt.NDArray[np.int64]:
        """Return shortest times, shape (origins, ends), UNREACHABLE where there is no way."""
        self.settle(origins)
        columns = [self._enters[site] for site in ends]
        rows = [self._seconds[self._leaves[site]][columns] for site in origins]
        found = np.array(rows, dtype=np.int64).reshape(len(origins), len(ends))
        return np.where(found < 0, UNREACHABLE, found)

    def nearest(self, sites: Iterable[SiteId], *, back: bool = False) -> dict[SiteId, int]:
        """Return the seconds to every site from the nearest of some; with `back`, from every site to the nearest.

        Where no way leads, there is no key. For few questions: SciPy need not be loaded for it.
        """
        leave, enter = (self._enters, self._leaves) if back else (self._leaves, self._enters)
        onward: dict[int, list[tuple[int, int]]] = {}
        for pair, (seconds, _) in self.best.items():
            here, there = pair[::-1] if back else pair
            onward.setdefault(here, []).append((there, seconds))
        found: dict[int, int] = {}
        waiting = [(0, leave[site]) for site in sites]
        while waiting:
            at_s, node = heappop(waiting)
            if node not in found:
                found[node] = at_s
                for following, seconds in onward.get(node, ()):
                    heappush(waiting, (at_s + seconds, following))
        return {site: found[node] for site, node in enter.items() if node in found}

    def path(self, origin: SiteId, end: SiteId) -> list[Link]:
        """Return the links of the shortest way; none where no way leads there."""
        self.settle([origin])
        before, at = self._before[self._leaves[origin]], self._enters[end]
        path: list[Link] = []
        while before[at] >= 0:
            previous = int(before[at])
            link = self.best[previous, at][1]
            path += [link] if link is not None else []
            at = previous
        return path[::-1]
