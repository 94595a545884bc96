"""Runs at instants that no plan within a horizon can do without being worth too little: what survives is few.

If all vehicles together are worth at most so much more than is demanded, no tour may fall short of its yard's best by
more than that.

References
----------
Irnich, Desaulniers, Desrosiers and Hadjar (2010), path-reduced costs for eliminating arcs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.busloads.columns import Worthy, least_worth
from safepassage.planner.busloads.pricing import (
    NEVER,
    Needs,
    Numbers,
    Ways,
    Worth,
    best_of_yard,
    fill,
)

START, LOADED, EMPTY = range(3)
"""Kinds of arcs: from a yard to a source, from a source to a shelter, from a shelter to a source."""


class Arcs(NamedTuple):
    """Drives at instants; each of shape (arcs,).

    `kind`: START, LOADED or EMPTY; `tail`, `head`: numbers of the places; `begin_s`, `end_s`: from when to when.
    """

    kind: Numbers
    tail: Numbers
    head: Numbers
    begin_s: Numbers
    end_s: Numbers


def survivors(ways: Ways, needs: Needs, duals: tuple[Worthy, Worth], *, horizon_s: int, most: int) -> Arcs | None:
    """Return all arcs that a plan within the horizon can use; None when they are more than `most`.

    Parameters
    ----------
    duals
        Such as prove much of the fleet necessary, and room for pricing, which is overwritten.
    """
    worthy, worth = duals
    fill(ways, worthy.rewards, worthy.prices, horizon_s, worth)
    found = np.empty((5, most), np.int64)
    count = int(_collect(ways, needs, worthy, worth, horizon_s, found))
    return Arcs(*np.ascontiguousarray(found[:, :count])) if count <= most else None


@kernel
def _put(found: Numbers, count: int, arc: tuple[int, int, int, int, int]) -> int:
    """Write an arc if there is room; return how many there are."""
    if count < found.shape[1]:
        for k in range(5):
            found[k, count] = arc[k]
    return count + 1


@kernel
def _starts(
    ways: Ways, worth: Worth, given: tuple[int, int, int], to_source: Numbers, found: Numbers, count: int
) -> int:
    """Write the surviving arcs from a yard and the worths with which they reach sources; return how many there are.

    `given` are the yard, the horizon, and by how much a tour may be worth less than the best.
    """
    yard, horizon_s, least = given
    below = -best_of_yard(ways, worth, yard, horizon_s)
    for i in range(len(to_source)):
        left = horizon_s - ways.start_s[yard, i]
        if left >= 0 and below + worth.at_source[i, left] >= least:
            count = _put(found, count, (START, yard, i, 0, horizon_s - left))
            to_source[i, left] = max(to_source[i, left], below)
    return count


@kernel
def _collect(ways: Ways, needs: Needs, worthy: Worthy, worth: Worth, horizon_s: int, found: Numbers) -> int:
    """Write the surviving arcs; returns their number, one more than there is room for if they do not fit."""
    sources, shelters = ways.loaded_s.shape
    rewards, prices = worthy.rewards, worthy.prices
    least = least_worth(ways, needs, worthy, worth, horizon_s)
    to_source = np.full((sources, horizon_s + 1), NEVER, np.int64)
    to_shelter = np.full((shelters, horizon_s + 1), NEVER, np.int64)
    count = 0
    for yard in range(len(needs.vehicles)):
        if needs.vehicles[yard]:
            count = _starts(ways, worth, (yard, horizon_s, least), to_source, found, count)
    for left in range(horizon_s, -1, -1):
        # Shelters before sources: an empty drive may take no time, a loaded run always does.
        for j in range(shelters):
            if to_shelter[j, left] > NEVER:
                for i in range(sources):
                    after = left - ways.empty_s[j, i]
                    if after >= 0 and to_shelter[j, left] + worth.at_source[i, after] >= least:
                        count = _put(found, count, (EMPTY, j, i, horizon_s - left, horizon_s - after))
                        to_source[i, after] = max(to_source[i, after], to_shelter[j, left])
        for i in range(sources):
            if to_source[i, left] > NEVER:
                for j in range(shelters):
                    after = left - ways.loaded_s[i, j]
                    value = to_source[i, left] + rewards[i] - prices[j]
                    if after >= 0 and value + worth.at_shelter[j, after] >= least:
                        count = _put(found, count, (LOADED, i, j, horizon_s - left, horizon_s - after))
                        to_shelter[j, after] = max(to_shelter[j, after], value)
        if count > found.shape[1]:
            return int(found.shape[1]) + 1
    return count
