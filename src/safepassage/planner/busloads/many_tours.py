"""Whole vehicles on thousands of tours: fractions of them strike most out, branch and bound decides on the rest.

What is struck out is concluded in whole numbers from the duals, whatever their accuracy; the solver is taken at its
word on the rest.

References
----------
Baldacci, Christofides and Mingozzi (2008): all columns of a reduced cost below the gap, then a whole-number programme.
Balinski and Quandt (1964), on an integer program for a delivery problem.
Bolusani et al. (2024), the SCIP Optimization Suite 9.0: the branch and bound, reached through OR-Tools.
Jepsen, Petersen, Spoorendonk and Pisinger (2008): cuts on three loads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from ortools.math_opt.python import mathopt
from scipy.optimize import linprog
from scipy.sparse import csc_array, vstack

from safepassage.planner.busloads.master import Reals
from safepassage.planner.busloads.pairs import Triples, most_pairs, no_triples, pairs_of, violated
from safepassage.planner.busloads.pricing import Needs, Numbers, most_loads
from safepassage.planner.busloads.problem import Tour

SCALE = 2**30
"""How finely duals are counted; sums of worths stay well within 64 bits."""
MOST_DUAL = 2.0**10
"""Larger duals are cut down to this."""
OPTIMAL, INFEASIBLE = 0, 2
"""What SciPy's solver of fractions answers."""
ROOT_ROUNDS = 5
"""Rounds of cuts before branch and bound: more take longer than they save."""
CUT_ROUNDS = 8
"""How often cuts are looked for."""
TINY = 1e-7


class Rows(NamedTuple):
    """What tours take, and what is wanted of them together.

    Attributes
    ----------
    visits
        Shape (rows, tours): visits of sources, shelters and yards.
    least, most
        Shape (rows,): `least <= visits @ driven <= most`.
    yard, first
        Shape (tours,): the yard, and a number for the pair of yard and first source.
    cuts
        Sources by threes, of which a plan takes few loads in pairs.
    """

    visits: csc_array
    least: Numbers
    most: Numbers
    yard: Numbers
    first: Numbers
    cuts: Triples

    def only(self, kept: Numbers) -> Rows:
        """Return the rows over some of the tours."""
        return self._replace(visits=self.visits[:, kept], yard=self.yard[kept], first=self.first[kept])

    def taken(self, sources: int) -> Numbers:
        """Return the loads that tours take, shape (tours, sources)."""
        taken: Numbers = self.visits[:sources].toarray().T
        return taken


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
    rows, kept = _struck_out(_rows(tours, needs, exact=exact), needs, exact=exact)
    if rows is None:
        return False, ()
    nodes = 1 + work // max(1, len(kept))
    exists, driven = _decided(rows, needs, nodes, seconds)
    chosen = np.repeat(kept, driven)
    return exists, tuple(tours[number] for number in chosen.tolist())


def _decided(rows: Rows, needs: Needs, nodes: int, seconds: float) -> tuple[bool | None, Numbers]:
    """Return whether whole vehicles on these tours meet the needs, and how many drive each.

    How many vehicles go from a yard to a first source is counted too: to branch on that decides more than on one tour.
    """
    model = mathopt.Model()
    driven = [model.add_integer_variable(lb=0.0, ub=most) for most in needs.vehicles[rows.yard].tolist()]
    pairs, few = pairs_of(rows.taken(len(needs.loads)), rows.cuts), most_pairs(needs.loads, rows.cuts)
    limited = vstack((rows.visits, csc_array(pairs)), format="csr")
    least, most = np.concatenate((rows.least, np.zeros_like(few))), np.concatenate((rows.most, few))
    for row, (low, high) in enumerate(zip(least.tolist(), most.tolist(), strict=True)):
        entries = slice(*limited.indptr[row : row + 2])
        terms = zip(limited.data[entries].tolist(), limited.indices[entries].tolist(), strict=True)
        model.add_linear_constraint(lb=low, ub=high, expr=mathopt.LinearSum(n * driven[tour] for n, tour in terms))
    for first in range(int(rows.first.max(initial=-1)) + 1):
        begun = mathopt.LinearSum(driven[tour] for tour in np.flatnonzero(rows.first == first).tolist())
        model.add_linear_constraint(begun == model.add_integer_variable(lb=0.0, ub=float(needs.vehicles.max())))
    model.minimize(mathopt.LinearSum(driven))
    params = mathopt.SolveParameters(
        threads=1,
        node_limit=nodes,
        solution_limit=1,
        time_limit=dt.timedelta(seconds=max(0.01, seconds)),
        heuristics=mathopt.Emphasis.OFF,
    )
    params.gscip.int_params["separating/maxroundsroot"] = ROOT_ROUNDS
    found = mathopt.solve(model, mathopt.SolverType.GSCIP, params=params)
    none = np.zeros(len(driven), np.int64)
    if not found.has_primal_feasible_solution():
        return (False if found.termination.reason == mathopt.TerminationReason.INFEASIBLE else None), none
    chosen = np.rint(found.variable_values(driven)).astype(np.int64)
    counted = rows.visits @ chosen
    if (counted < rows.least).any() or (counted > rows.most).any():
        return None, none
    return True, chosen


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
    begins = np.array([tour.runs[0][0] for tour in tours], np.int64)
    return Rows(
        csc_array((np.ones(at.shape[1], np.int64), (at[0], at[1])), shape=shape),
        np.concatenate((needs.loads, np.zeros(shape[0] - sources, np.int64))),
        np.concatenate((most_loads(needs, exact=exact), needs.room, needs.vehicles)),
        yard,
        np.unique(yard * sources + begins, return_inverse=True)[1],
        no_triples(),
    )


def _struck_out(rows: Rows, needs: Needs, *, exact: bool) -> tuple[Rows | None, Numbers]:
    """Return the rows over the tours that a plan can use, with cuts, and which tours these are; None where none is one.

    Cuts raise the vehicles that fractions need, so that fewer tours may fall short; only where no load is taken twice.
    """
    kept, sources = np.arange(len(rows.yard)), len(needs.loads)
    for _ in range(CUT_ROUNDS):
        few = most_pairs(needs.loads, rows.cuts)
        pairs = pairs_of(rows.taken(sources), rows.cuts)
        found = _fractions(rows, needs, (pairs, few))
        if found is None:
            return None, kept
        amounts, duals = found
        usable = _usable(rows, needs, (pairs, few), duals)
        if usable is None:
            return None, kept
        binding = pairs @ amounts >= few - TINY
        rows, kept = rows.only(usable)._replace(cuts=rows.cuts[binding]), kept[usable]
        driven = np.flatnonzero(amounts[usable] > TINY)
        if not exact:
            break
        new = violated(needs.loads, rows.taken(sources)[driven], amounts[usable][driven])
        if not len(new):
            break
        rows = rows._replace(cuts=np.concatenate((rows.cuts, new)))
    return rows, kept


def _fractions(rows: Rows, needs: Needs, cut: tuple[Numbers, Numbers]) -> tuple[Reals, Numbers] | None:
    """Return the fewest vehicles in fractions, as amounts of tours and whole-number duals; None where there are none.

    The duals are of the sources' least, of the rows' most, and of the cuts.
    """
    sources = len(needs.loads)
    found = linprog(
        np.ones(len(rows.yard)),
        A_ub=vstack((-rows.visits[:sources], rows.visits, csc_array(cut[0])), format="csc"),
        b_ub=np.concatenate((-needs.loads, rows.most, cut[1])),
        method="highs",
    )
    if found.status == INFEASIBLE:
        return None
    if found.status != OPTIMAL:
        return np.zeros(len(rows.yard)), np.zeros(sources + len(rows.most) + len(cut[1]), np.int64)
    # Each left-hand side is at most its right-hand side, so any multipliers of no less than 0 prove something.
    duals = np.rint(np.clip(-found.ineqlin.marginals, 0.0, MOST_DUAL) * SCALE).astype(np.int64)
    amounts: Reals = np.asarray(found.x)
    return amounts, duals


def _usable(rows: Rows, needs: Needs, cut: tuple[Numbers, Numbers], duals: Numbers) -> Numbers | None:
    """Return the tours that a plan can use; None when there is no plan.

    All vehicles together must be worth what is demanded, so none may fall short of the best of its yard by more than
    what these are worth beyond it.
    """
    sources, shelters = len(needs.loads), len(needs.room)
    places, (pairs, few) = sources + shelters, cut
    lower, upper = duals[:sources], duals[sources : sources + places]
    fines = duals[sources + len(rows.most) :]
    rewards = np.concatenate((lower, np.zeros(shelters, np.int64))) - upper
    worth = rows.visits[:places].T @ rewards - fines @ pairs
    demanded = needs.loads @ lower - rows.most[:places] @ upper - few @ fines
    best = np.zeros_like(needs.vehicles)
    np.maximum.at(best, rows.yard, worth)
    beyond = needs.vehicles @ best - demanded
    if beyond < 0:
        return None
    return np.flatnonzero(worth >= best[rows.yard] - beyond)
