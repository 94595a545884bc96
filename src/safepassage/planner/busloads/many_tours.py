"""Whole vehicles on thousands of tours: fractions of them strike most out, branch and bound decides on the rest.

What is struck out is concluded in whole numbers from the duals, whatever their accuracy; the solver is taken at its
word on the rest.

References
----------
Baldacci, Christofides and Mingozzi (2008): all columns of a reduced cost below the gap, then a whole-number programme.
Balinski and Quandt (1964), on an integer program for a delivery problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from safepassage.planner.busloads.pricing import Needs, Numbers, most_loads
from safepassage.planner.busloads.problem import Tour

SCALE = 2**30
"""How finely duals are counted; sums of worths stay well within 64 bits."""
MOST_DUAL = 2.0**10
"""Larger duals are cut down to this."""
OPTIMAL, INFEASIBLE = 0, 2
"""What SciPy's solvers answer."""


class Rows(NamedTuple):
    """Rows of sources, shelters and yards over tours: `least <= visits @ driven <= most`; each tour's `yard`."""

    visits: csc_array
    least: Numbers
    most: Numbers
    yard: Numbers


def plan_of_many(
    tours: Sequence[Tour], needs: Needs, *, exact: bool, work: int, seconds: float
) -> tuple[bool | None, tuple[Tour, ...]]:
    """Return whether some of these tours make a plan (None: not decided within the limits), and which.

    Parameters
    ----------
    work, seconds
        Limits of branch and bound: nodes times tours, and the wall clock.
    """
    if not tours:
        return not needs.loads.any(), ()
    rows = _rows(tours, needs, exact=exact)
    kept = _kept(rows, needs)
    if kept is None:
        return False, ()
    visits = rows.visits[:, kept]
    found = milp(
        np.zeros(len(kept)),
        constraints=LinearConstraint(visits.astype(float), rows.least, rows.most),
        integrality=np.ones(len(kept), np.int64),
        bounds=Bounds(0, needs.vehicles[rows.yard[kept]]),
        options={"node_limit": 1 + work // max(1, len(kept)), "time_limit": max(0.01, seconds)},
    )
    if found.x is None:
        return (False if found.status == INFEASIBLE else None), ()
    driven = np.rint(found.x).astype(np.int64)
    counted = visits @ driven
    if (counted < rows.least).any() or (counted > rows.most).any():
        return None, ()
    chosen = np.repeat(kept, driven)
    return True, tuple(tours[number] for number in chosen.tolist())


def _rows(tours: Sequence[Tour], needs: Needs, *, exact: bool) -> Rows:
    sources, shelters = len(needs.loads), len(needs.room)
    entries = [
        (row, number)
        for number, tour in enumerate(tours)
        for source, shelter in tour.runs
        for row in (source, sources + shelter)
    ]
    yard = np.array([tour.yard for tour in tours], np.int64)
    entries += zip((sources + shelters + yard).tolist(), range(len(tours)), strict=True)
    at = np.array(entries, np.int64).reshape(-1, 2).T
    shape = (sources + shelters + len(needs.vehicles), len(tours))
    return Rows(
        csc_array((np.ones(at.shape[1], np.int64), (at[0], at[1])), shape=shape),
        np.concatenate((needs.loads, np.zeros(shape[0] - sources, np.int64))),
        np.concatenate((most_loads(needs, exact=exact), needs.room, needs.vehicles)),
        yard,
    )


def _kept(rows: Rows, needs: Needs) -> Numbers | None:
    """Return the tours that a plan can use; None when there is no plan.

    All vehicles together must be worth what is demanded, so none may fall short of the best of its yard by more than
    what these are worth beyond it.
    """
    sources, shelters = len(needs.loads), len(needs.room)
    places = sources + shelters
    found = linprog(
        np.ones(len(rows.yard)),
        A_ub=np.concatenate((-rows.visits[:sources].toarray(), rows.visits.toarray())),
        b_ub=np.concatenate((-needs.loads, rows.most)),
        method="highs",
    )
    if found.status == INFEASIBLE:
        return None
    if found.status != OPTIMAL:
        return np.arange(len(rows.yard))
    # Each left-hand side is at most its right-hand side, so any multipliers of no less than 0 prove something.
    duals = np.rint(np.clip(-found.ineqlin.marginals, 0.0, MOST_DUAL) * SCALE).astype(np.int64)
    lower, upper = duals[:sources], duals[sources : sources + places]
    worth = rows.visits[:places].T @ (np.concatenate((lower, np.zeros(shelters, np.int64))) - upper)
    demanded = needs.loads @ lower - rows.most[:places] @ upper
    best = np.zeros_like(needs.vehicles)
    np.maximum.at(best, rows.yard, worth)
    beyond = needs.vehicles @ best - demanded
    if beyond < 0:
        return None
    return np.flatnonzero(worth >= best[rows.yard] - beyond)
