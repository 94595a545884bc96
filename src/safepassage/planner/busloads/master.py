"""The restricted master programme: fewest vehicles for the tours known so far, by a primal simplex.

It keeps a dense inverse: there is one row per place, few hundred columns, and it is solved thousands of times; a
general solver spends more on being called. It only guides: every bound is concluded from whole-number worths, never
from these numbers.

References
----------
Dantzig and Wolfe (1960), the decomposition principle for linear programmes.
Charnes (1952): right-hand sides set slightly apart, so that ties do not stall the simplex.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.planner.busloads.pricing import Needs, Numbers
from safepassage.planner.kernels import kernel

Reals: TypeAlias = NDArray[np.float64]

TINY = 1e-9
APART = 1e-6
"""How far right-hand sides are set apart at most."""
RENEWED_AFTER = 60
"""Pivots after which the inverse is computed anew."""


class Master(NamedTuple):
    """Rows: sources, shelters, yards. Columns: missing loads, loads too many, spare room, idle vehicles, then tours.

    Attributes
    ----------
    columns
        Shape (columns, rows): coefficients.
    costs
        Shape (columns,): one per tour; the penalty of a missing load; what a load too many costs.
    tours
        Shape (columns, 3): a tour's yard, where its runs begin in `runs`, and how many they are.
    runs
        Flat: source * shelters + shelter.
    length_s
        Shape (columns,): how long a tour lasts.
    counts
        Shape (2,): columns and entries of `runs` in use.
    inverse, basic, amounts, given
        The basis: shape (rows, rows), (rows,), (rows,), and the right-hand sides (rows,).
    """

    columns: Reals
    costs: Reals
    tours: Numbers
    runs: Numbers
    length_s: Numbers
    counts: Numbers
    inverse: Reals
    basic: Numbers
    amounts: Reals
    given: Reals


def master_for(needs: Needs, *, missing: float, surplus: float, size: int) -> Master:
    """Return a master without tours, room for `size` columns, and every load missing.

    Parameters
    ----------
    needs
        The right-hand sides.
    missing, surplus
        What a missing load and a load too many cost, in vehicles.
    size
        Columns to make room for.
    """
    sources, shelters, yards = len(needs.loads), len(needs.room), len(needs.vehicles)
    rows = sources + shelters + yards
    first = rows + sources
    columns = np.zeros((size, rows))
    columns[:sources, :sources] = np.eye(sources)
    columns[sources : 2 * sources, :sources] = -np.eye(sources)
    columns[2 * sources : first, sources:] = np.eye(shelters + yards)
    costs = np.ones(size)
    costs[:first] = np.repeat((missing, surplus, 0.0), (sources, sources, shelters + yards))
    given = np.concatenate((needs.loads, needs.room, needs.vehicles)).astype(float)
    given += APART * (0.5 + np.arange(rows) * 0.618 % 0.5)
    return Master(
        columns=columns,
        costs=costs,
        tours=np.zeros((size, 3), np.int64),
        runs=np.zeros(8 * size, np.int64),
        length_s=np.zeros(size, np.int64),
        counts=np.array((first, 0)),
        inverse=np.eye(rows),
        basic=np.r_[np.arange(sources), np.arange(2 * sources, first)],
        amounts=given.copy(),
        given=given,
    )


def larger_master(master: Master) -> Master:
    """Return a copy with room for twice as many columns and runs."""
    size = len(master.costs)
    return master._replace(
        columns=np.concatenate((master.columns, np.zeros_like(master.columns))),
        costs=np.concatenate((master.costs, np.ones(size))),
        tours=np.concatenate((master.tours, np.zeros_like(master.tours))),
        runs=np.concatenate((master.runs, np.zeros_like(master.runs))),
        length_s=np.concatenate((master.length_s, np.zeros_like(master.length_s))),
    )


@kernel
def renew(master: Master) -> None:
    """Compute inverse and amounts from the basis, which takes away the errors of many pivots."""
    rows = len(master.basic)
    basis = np.empty((rows, rows))
    for r in range(rows):
        basis[:, r] = master.columns[master.basic[r]]
    master.inverse[:] = np.linalg.inv(basis)
    master.amounts[:] = master.inverse @ master.given


@kernel
def find_duals(master: Master, duals: Reals) -> None:
    """Write what one more of each right-hand side would cost."""
    duals[:] = 0.0
    for r in range(len(duals)):
        cost = master.costs[master.basic[r]]
        if cost != 0.0:
            for k in range(len(duals)):
                duals[k] += cost * master.inverse[r, k]


@kernel
def entering(master: Master, duals: Reals) -> int:
    """Return the column whose use saves most per unit; -1 when none saves."""
    best, chosen = -TINY * 100, -1
    for c in range(master.counts[0]):
        reduced = master.costs[c]
        for k in range(len(duals)):
            reduced -= duals[k] * master.columns[c, k]
        if reduced < best:
            best, chosen = reduced, c
    return chosen


@kernel
def leaving(master: Master, change: Reals) -> int:
    """Return the row whose amount runs out first; of equal ones that of the largest change; -1 when none does."""
    chosen, least = -1, np.inf
    for r in range(len(change)):
        if change[r] > TINY:
            ratio = max(master.amounts[r], 0.0) / change[r]
            if ratio < least - TINY or (ratio < least + TINY and chosen >= 0 and change[r] > change[chosen]):
                chosen, least = r, min(ratio, least)
    return chosen


@kernel
def exchange(master: Master, row: int, column: int, change: Reals) -> None:
    """Bring a column into the basis in place of the one of a row."""
    by = master.amounts[row] / change[row]
    master.inverse[row] /= change[row]
    for r in range(len(change)):
        if r != row and change[r] != 0.0:
            master.amounts[r] -= by * change[r]
            for k in range(len(change)):
                master.inverse[r, k] -= change[r] * master.inverse[row, k]
    master.amounts[row] = by
    master.basic[row] = column


@kernel
def optimise(master: Master, duals: Reals) -> float:
    """Pivot until no known tour saves a vehicle; writes the duals and returns the cost."""
    limit = 50 * len(duals) + 1000
    for step in range(limit):
        find_duals(master, duals)
        column = entering(master, duals)
        if column < 0:
            break
        change = master.inverse @ master.columns[column]
        row = leaving(master, change)
        if row < 0:
            break
        exchange(master, row, column, change)
        if step % RENEWED_AFTER == RENEWED_AFTER - 1:
            renew(master)
    renew(master)
    find_duals(master, duals)
    cost = 0.0
    for r in range(len(duals)):
        cost += master.costs[master.basic[r]] * master.amounts[r]
    return cost
