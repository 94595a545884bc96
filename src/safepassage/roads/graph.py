"""Shortest ways over a set of links at one speed, worked out for many origins at once and remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from safepassage.model.ids import SiteId
from safepassage.model.places import Link
from safepassage.model.travel import UNREACHABLE, base_s, drive_s

AT_ONCE = 64
"""Origins in one call of Dijkstra: bounds the memory for distances."""


class Graph:
    """The quickest link between each two neighbours, and shortest ways from the origins asked for so far.

    References
    ----------
    Dijkstra (1959), through scipy.sparse.csgraph.
    """

    def __init__(
        self, links: Iterable[Link], index: Mapping[SiteId, int], speed_percent: int, *, heavy: bool = False
    ) -> None:
        self.index = index
        self.best: dict[tuple[int, int], tuple[int, Link]] = {}
        for link in links:
            seconds = drive_s(base_s(link, heavy=heavy), speed_percent)
            a, b = index[link.start], index[link.end]
            for pair in [(a, b), (b, a)] if link.both_ways else [(a, b)]:
                if pair not in self.best or seconds < self.best[pair][0]:
                    self.best[pair] = (seconds, link)
        rows = [pair[0] for pair in self.best]
        columns = [pair[1] for pair in self.best]
        weights = [float(seconds) for seconds, _ in self.best.values()]
        self.matrix = csr_array((weights, (rows, columns)), shape=(len(index), len(index)))
        self._seconds: dict[int, npt.NDArray[np.int32]] = {}
        self._before: dict[int, npt.NDArray[np.int32]] = {}

    def settle(self, origins: Iterable[SiteId]) -> None:
        """Find the shortest ways from these sites to everywhere, where they are not known yet."""
        new = sorted({self.index[site] for site in origins} - self._before.keys())
        for first in range(0, len(new), AT_ONCE):
            chunk = new[first : first + AT_ONCE]
            seconds, before = dijkstra(self.matrix, indices=chunk, return_predecessors=True)
            whole = np.where(np.isfinite(seconds), seconds, -1).astype(np.int32)
            for row, origin in enumerate(chunk):
                self._seconds[origin], self._before[origin] = whole[row].copy(), before[row].astype(np.int32)

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
