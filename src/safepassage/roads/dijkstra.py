"""Shortest ways over arrays of arcs by SciPy: the oracle, the engine without wheels, and whole trees of ways."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from safepassage.model.travel import UNREACHABLE
from safepassage.roads.weights import INF, Weights

CELLS_AT_ONCE = 8_000_000
"""Distances in one call of Dijkstra (64 MB)."""


class Cheapest(NamedTuple):
    """The cheapest drivable arc between each two neighbours, as a sparse matrix of ms.

    `arc` of each of its entries, and `pair`: tail times nodes plus head, ascending.
    """

    matrix: csr_array
    arc: NDArray[np.int32]
    pair: NDArray[np.int64]


class Tree(NamedTuple):
    """Shortest ways between a root and every node.

    `ms`, shape (nodes,), UNREACHABLE where there is no way; `arc`, shape (nodes,), the arc next to each node on its
    way, -1 at the root and where there is none.
    """

    ms: NDArray[np.int64]
    arc: NDArray[np.int32]


class Plain:
    """Shortest ways by Dijkstra from each source; the answers are those of the contracted engine."""

    def __init__(self, tail: NDArray[np.int32], head: NDArray[np.int32], nodes: int) -> None:
        self.tail, self.head, self.nodes = tail, head, nodes
        self._now: tuple[Weights, Cheapest] | None = None

    def matrix(self, weights: Weights, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return shortest times, shape (sources, targets), INF where there is no way."""
        forward = self._cheapest(weights).matrix
        if len(targets) < len(sources):
            return _times(csr_array(forward.T), targets, sources).T
        return _times(forward, sources, targets)

    def way(self, weights: Weights, source: int, target: int) -> tuple[int, list[int]]:
        """Return the time of the shortest way and its arcs; INF and none where there is no way."""
        found = tree(self._cheapest(weights), source)
        ms = int(found.ms[target])
        return (ms, way_in(found, self.tail, target)) if ms < INF else (INF, [])

    def _cheapest(self, weights: Weights) -> Cheapest:
        if self._now is None or self._now[0] is not weights:
            self._now = (weights, cheapest(self.tail, self.head, self.nodes, weights.ms))
        return self._now[1]


def cheapest(tail: NDArray[np.int32], head: NDArray[np.int32], nodes: int, ms: NDArray[np.int64]) -> Cheapest:
    """Leave out arcs that may not be driven, loops, and all but the cheapest of parallel arcs.

    Swap tail and head for ways towards a root.
    """
    keep = np.flatnonzero((ms < INF) & (tail != head))
    pair = tail[keep].astype(np.int64) * nodes + head[keep]
    ranked = np.lexsort((ms[keep], pair))
    first = np.ones(len(keep), dtype=bool)
    first[1:] = np.diff(pair[ranked]) > 0
    arc, pair = keep[ranked[first]].astype(np.int32), pair[ranked[first]]
    begins = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail[arc], minlength=nodes), out=begins[1:])
    # entries of 0 ms stay arcs: the matrix is sparse
    return Cheapest(csr_array((ms[arc].astype(np.float64), head[arc], begins), shape=(nodes, nodes)), arc, pair)


def tree(arcs: Cheapest, root: int, limit_ms: float = inf) -> Tree:
    """Find the shortest ways from the root to every node within the limit.

    References
    ----------
    Dijkstra (1959), through scipy.sparse.csgraph.
    """
    far, before = dijkstra(arcs.matrix, indices=np.array([root]), return_predecessors=True, limit=limit_ms)
    reached = np.isfinite(far[0])
    ms = np.full(len(reached), UNREACHABLE, dtype=np.int64)
    ms[reached] = far[0, reached].astype(np.int64)
    arc = np.full(len(reached), -1, dtype=np.int32)
    ends = np.flatnonzero(before[0] >= 0)
    arc[ends] = arcs.arc[np.searchsorted(arcs.pair, before[0, ends].astype(np.int64) * len(reached) + ends)]
    return Tree(ms, arc)


def way_in(found: Tree, back: NDArray[np.int32], node: int) -> list[int]:
    """Follow the arcs of a tree from a node to its root; `back` is the end of each arc that is nearer to it.

    Listed from the root on.
    """
    way = []
    while (arc := int(found.arc[node])) >= 0:
        way.append(arc)
        node = int(back[arc])
    return way[::-1]


def _times(graph: csr_array, roots: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    own, row = np.unique(roots, return_inverse=True)
    found = np.empty((len(own), len(ends)), dtype=np.int64)
    step = max(1, CELLS_AT_ONCE // graph.shape[0])
    for first in range(0, len(own), step):
        far = dijkstra(graph, indices=own[first : first + step])[:, ends]
        found[first : first + step] = np.minimum(far, INF)
    return found[row]
