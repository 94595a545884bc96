"""Shortest ways over a set of links at one speed, worked out for many origins at once and remembered."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from safepassage.model.ids import SiteId
from safepassage.model.places import Link
from safepassage.model.travel import UNREACHABLE, drive_s

SMALL = 200
"""Up to so many sites the ways are found here: that takes less time than to load what is quicker for more."""
AT_ONCE = 64
"""Origins in one call of Dijkstra: bounds the memory for distances."""
_NOWHERE = -9999
"""Before the first site of a way lies this one, as in scipy.sparse.csgraph."""

Whole = npt.NDArray[np.int32]


class Graph:
    """The quickest link between each two neighbours, and shortest ways from the origins asked for so far.

    References
    ----------
    Dijkstra (1959), of more than `SMALL` sites through scipy.sparse.csgraph.
    """

    def __init__(self, links: Iterable[Link], index: Mapping[SiteId, int], speed_percent: int) -> None:
        self.index = index
        self.best: dict[tuple[int, int], tuple[int, Link]] = {}
        for link in links:
            seconds = drive_s(link.travel_s, speed_percent)
            a, b = index[link.start], index[link.end]
            for pair in [(a, b), (b, a)] if link.both_ways else [(a, b)]:
                if pair not in self.best or seconds < self.best[pair][0]:
                    self.best[pair] = (seconds, link)
        self.neighbours: list[list[tuple[int, int]]] = [[] for _ in index]
        for (a, b), (seconds, _) in self.best.items():
            self.neighbours[a].append((b, seconds))
        self._seconds: dict[int, Whole] = {}
        self._before: dict[int, Whole] = {}

    def settle(self, origins: Iterable[SiteId]) -> None:
        """Find the shortest ways from these sites to everywhere, where they are not known yet."""
        new = sorted({self.index[site] for site in origins} - self._before.keys())
        for first in range(0, len(new), AT_ONCE):
            chunk = new[first : first + AT_ONCE]
            found = map(self._ways, chunk) if len(self.index) <= SMALL else self._many_ways(chunk)
            for origin, (seconds, before) in zip(chunk, found, strict=True):
                self._seconds[origin], self._before[origin] = seconds, before

    def _ways(self, origin: int) -> tuple[Whole, Whole]:
        """Return the seconds from an origin to each site (-1: no way), and the site before each."""
        seconds, before = np.full(len(self.index), -1, np.int32), np.full(len(self.index), _NOWHERE, np.int32)
        waiting, best = [(0, origin, _NOWHERE)], {origin: 0}
        while waiting:
            at_s, here, last = heapq.heappop(waiting)
            if seconds[here] >= 0:
                continue
            seconds[here], before[here] = at_s, last
            for there, lasts_s in self.neighbours[here]:
                if at_s + lasts_s < best.get(there, UNREACHABLE):
                    best[there] = at_s + lasts_s
                    heapq.heappush(waiting, (at_s + lasts_s, there, here))
        return seconds, before

    def _many_ways(self, origins: list[int]) -> list[tuple[Whole, Whole]]:
        from scipy.sparse import csr_array  # noqa: PLC0415 - most operations have few sites
        from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - as above

        ends = list(self.best)
        weights = [float(seconds) for seconds, _ in self.best.values()]
        rows, columns = [a for a, _ in ends], [b for _, b in ends]
        matrix = csr_array((weights, (rows, columns)), shape=(len(self.index), len(self.index)))
        seconds, before = dijkstra(matrix, indices=origins, return_predecessors=True)
        whole = np.where(np.isfinite(seconds), seconds, -1).astype(np.int32)
        return [(whole[row].copy(), before[row].astype(np.int32)) for row in range(len(origins))]

    def seconds(self, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> npt.NDArray[np.int64]:
        """Return shortest times, shape (origins, ends), UNREACHABLE where there is no way."""
        self.settle(origins)
        columns = [self.index[site] for site in ends]
        rows = [self._seconds[self.index[site]][columns] for site in origins]
        found = np.array(rows, dtype=np.int64).reshape(len(origins), len(ends))
        return np.where(found < 0, UNREACHABLE, found)

    def path(self, origin: SiteId, end: SiteId) -> list[Link]:
        """Return the links of the shortest way; none where no way leads there."""
        self.settle([origin])
        before, at = self._before[self.index[origin]], self.index[end]
        path: list[Link] = []
        while before[at] >= 0:
            previous = int(before[at])
            path.append(self.best[previous, at][1])
            at = previous
        return path[::-1]
