"""A dense primal simplex for linear programs of some dozens of rows that grow column by column.

Bounds use it to propose prices, hundreds of times a second and from the last basis; they never trust it: what prices
prove is recomputed in whole numbers. General solvers take longer to be told of the change than this takes to solve.
Products are plain loops: a library that starts threads for them was a hundred times slower on a busy machine.

References
----------
Dantzig, Orden and Wolfe (1955), the generalized simplex method for minimizing a linear form under linear inequality
restraints: revised simplex with an explicit inverse.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel
from safepassage.planner.households.problem import Flags, Integers

Reals: TypeAlias = NDArray[np.float64]

TINY = 1e-9
FRESH = 60
"""Pivots after which the inverse is computed anew."""


class Program(NamedTuple):
    """Minimise `cost` (columns,) of amounts of columns of `matrix` (rows, columns) that sum up to `target` (rows,).

    The first columns are the unit columns of the rows, the next ones their opposites. Only `open` columns enter a
    basis; one that is in it from before and no longer open stays until something better comes.
    """

    matrix: Reals
    cost: Reals
    open: Flags
    target: Reals


@kernel
def invert(matrix: Reals, basis: Integers) -> Reals:
    """Invert the basis by Gauss and Jordan with pivots from the whole column; zeros when it is singular."""
    rows = len(basis)
    both = np.zeros((rows, 2 * rows))
    for column in range(rows):
        both[:, column] = matrix[:, basis[column]]
        both[column, rows + column] = 1.0
    for column in range(rows):
        best = column
        for row in range(column + 1, rows):
            if abs(both[row, column]) > abs(both[best, column]):
                best = row
        if abs(both[best, column]) < TINY:
            return np.zeros((rows, rows))
        for k in range(2 * rows):
            both[column, k], both[best, k] = both[best, k], both[column, k]
        both[column] /= both[column, column]
        for row in range(rows):
            if row != column and both[row, column] != 0.0:
                both[row] -= both[row, column] * both[column]
    return both[:, rows:].copy()


@kernel
def times(inverse: Reals, right: Reals) -> Reals:
    """Multiply a matrix by a column."""
    product = np.zeros(len(inverse))
    for row in range(len(inverse)):
        total = 0.0
        for k in range(len(right)):
            total += inverse[row, k] * right[k]
        product[row] = total
    return product


@kernel
def minimise(program: Program, basis: Integers, most: int) -> tuple[bool, Reals, Reals]:
    """Solve a program from a basis, which is made feasible first where changing signs does it, else by starting anew.

    Parameters
    ----------
    program
        Its targets are at least 0.
    basis
        Shape (rows,): a column per row; changed in place.
    most
        Pivots at most.

    Returns
    -------
    Whether it ended within the pivots; amounts of the basis and dual values, shapes (rows,).
    """
    matrix, cost, target = program.matrix, program.cost, program.target
    rows = len(basis)
    inverse = invert(matrix, basis)
    amount = times(inverse, target)
    for row in range(rows):
        if amount[row] < 0.0 and basis[row] < 2 * rows:
            basis[row] = (basis[row] + rows) % (2 * rows)
            amount[row] *= -1.0
            inverse[row] *= -1.0
    if not inverse.any() or amount.min() < -TINY:
        basis[:] = np.arange(rows)
        inverse = invert(matrix, basis)
        amount = times(inverse, target)
    dual = np.zeros(rows)
    for pivot in range(most):
        dual[:] = 0.0
        for row in range(rows):
            if cost[basis[row]] != 0.0:
                dual += cost[basis[row]] * inverse[row]
        entering = _entering(program, dual)
        if entering < 0:
            return True, amount, dual
        step = times(inverse, matrix[:, entering].copy())
        leaving, ratio = _leaving(amount, step)
        if leaving < 0:
            return False, amount, dual
        basis[leaving] = entering
        if pivot % FRESH == FRESH - 1:
            inverse = invert(matrix, basis)
            amount = times(inverse, target)
            continue
        amount -= ratio * step
        amount[leaving] = ratio
        inverse[leaving] /= step[leaving]
        for row in range(rows):
            if row != leaving and step[row] != 0.0:
                inverse[row] -= step[row] * inverse[leaving]
    return False, amount, dual


@kernel
def _entering(program: Program, dual: Reals) -> int:
    """Return the open column of the least reduced cost, -1 when none is negative."""
    reduced = program.cost.copy()
    for row in range(len(dual)):
        if dual[row] != 0.0:
            reduced -= dual[row] * program.matrix[row]
    entering, least = -1, -1e-7
    for column in range(len(reduced)):
        if program.open[column] and reduced[column] < least:
            entering, least = column, reduced[column]
    return entering


@kernel
def _leaving(amount: Reals, step: Reals) -> tuple[int, float]:
    """Return the row that runs out first, of several the one with the largest pivot; -1 when none does."""
    leaving, ratio = -1, np.inf
    for row in range(len(step)):
        if step[row] > TINY:
            own = max(amount[row], 0.0) / step[row]
            if own < ratio - TINY or (own < ratio + TINY and step[row] > step[leaving]):
                leaving, ratio = row, own
    return leaving, ratio
