"""What every arc costs: a whole table of times, or one with a few arcs changed (a closure)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

INF = 2**31 - 1
"""Milliseconds of an arc that may not be driven; ways that take this long (24.8 days) count as none."""


class Weights:
    """Times of all arcs as a root table, shared, and the arcs that differ from it.

    Closing twenty arcs of a million copies twenty numbers; whoever keeps something worked out for the root can mend it
    where the two differ.
    """

    __slots__ = ("_whole", "arcs", "root", "values")

    def __init__(self, root: NDArray[np.int64], arcs: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        self.root, self.arcs, self.values = root, arcs, values
        self._whole: NDArray[np.int64] | None = None

    @property
    def ms(self) -> NDArray[np.int64]:
        """Times of all arcs, shape (arcs,), milliseconds, INF where closed; not to be written to."""
        if not len(self.arcs):
            return self.root
        if self._whole is None:
            self._whole = self.root.copy()
            self._whole[self.arcs] = self.values
            self._whole.flags.writeable = False
        return self._whole

    def of(self, arcs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the times of some arcs without writing out the whole table."""
        found = self.root[arcs]
        if len(self.arcs):
            at = np.minimum(np.searchsorted(self.arcs, arcs), len(self.arcs) - 1)
            found = np.where(self.arcs[at] == arcs, self.values[at], found)
        return found

    def changed(self, arcs: NDArray[np.int64], ms: NDArray[np.int64]) -> Weights:
        """Return these times with some arcs changed; of an arc that is named twice the last time holds."""
        every = np.concatenate([self.arcs, arcs])
        values = np.concatenate([self.values, ms])
        # the first of equals in the turned order is the last that was said
        last, at = np.unique(every[::-1], return_index=True)
        return Weights(self.root, last, values[::-1][at])

    def differing(self, other: Weights) -> NDArray[np.int64] | None:
        """Return the arcs that cost something else in another table; None where the two have no root in common."""
        if other.root is not self.root:
            return None
        arcs: NDArray[np.int64] = np.union1d(self.arcs, other.arcs)
        differs: NDArray[np.int64] = arcs[self.of(arcs) != other.of(arcs)]
        return differs


def whole_weights(ms: Any, arcs: int) -> Weights:
    """Take a table of times as a root.

    Raises
    ------
    ValueError
        When a time is missing, negative or no whole number.
    """
    root = whole_numbers(ms, "times").copy()
    if root.shape != (arcs,):
        raise ValueError(f"times: expected one for each of {arcs} arcs; found shape {root.shape}")
    checked_times(root)
    np.minimum(root, INF, out=root)
    root.flags.writeable = False
    none = np.empty(0, dtype=np.int64)
    return Weights(root, none, none)


def checked_times(ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Refuse negative times, and bound long ones by INF.

    Raises
    ------
    ValueError
        When a time is negative.
    """
    if len(ms) and ms.min() < 0:
        raise ValueError(f"times: expected 0 ms or more; found {ms.min()}")
    return np.minimum(ms, INF)


def whole_numbers(values: Any, what: str, below: int | None = None) -> NDArray[np.int64]:
    """Take a list of whole numbers, each from 0 to `below` where that is given.

    The compiled library checks nothing: a node that is not there would be read from elsewhere in memory.

    Raises
    ------
    ValueError
        When they are no whole numbers, or one is out of range.
    """
    found = np.atleast_1d(np.asarray(values))
    if found.size == 0:
        return np.empty(0, dtype=np.int64)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise ValueError(f"{what}: expected a list of whole numbers; found {found.dtype}, shape {found.shape}")
    found = np.ascontiguousarray(found, dtype=np.int64)
    if below is not None and (found.min() < 0 or found.max() >= below):
        raise ValueError(f"{what}: expected 0 to {below - 1}; found {found.min()} to {found.max()}")
    return found
