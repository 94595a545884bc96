"""From where a place can be reached, while more and more arcs are opened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Spread:
    """The nodes from which a target can be reached; each node and arc is looked at once, however often arcs open.

    Parameters
    ----------
    tail, head
        Ends of the arcs, shape (arcs,).
    nodes
        Number of nodes.
    passable
        Which arcs are open to begin with, shape (arcs,).
    """

    def __init__(
        self, tail: NDArray[np.int32], head: NDArray[np.int32], nodes: int, passable: NDArray[np.bool_]
    ) -> None:
        self._tail, self._head, self._passable = tail, head, passable.copy()
        self._into = np.argsort(head, kind="stable")
        self._begins = np.concatenate([[0], np.cumsum(np.bincount(head, minlength=nodes))])
        self.reached: NDArray[np.bool_] = np.zeros(nodes, dtype=bool)

    def start(self, target: int) -> None:
        """Reach the target, and all from where open arcs lead to it."""
        self._grow(np.array([target]))

    def open(self, arcs: NDArray[np.int64]) -> None:
        """Open more arcs, and go on from those that lead to what is reached."""
        self._passable[arcs] = True
        self._grow(self._tail[arcs[self.reached[self._head[arcs]]]])

    def _grow(self, nodes: NDArray[np.integer]) -> None:
        while len(nodes):
            nodes = np.unique(nodes[~self.reached[nodes]])
            self.reached[nodes] = True
            arcs = self._entering(nodes)
            nodes = self._tail[arcs[self._passable[arcs]]]

    def _entering(self, nodes: NDArray[np.integer]) -> NDArray[np.int64]:
        begins, counts = self._begins[nodes], self._begins[nodes + 1] - self._begins[nodes]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found: NDArray[np.int64] = self._into[np.repeat(begins, counts) + within]
        return found
