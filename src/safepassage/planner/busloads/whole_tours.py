"""Whole vehicles on given tours: a plan made of them, or none exists.

References
----------
Balinski and Quandt (1964), on an integer program for a delivery problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from ortools.sat.python import cp_model

from safepassage.planner.busloads.pricing import Needs, Numbers, most_loads
from safepassage.planner.busloads.problem import Tour


class Limits(NamedTuple):
    """Seconds of the wall clock; deterministic ones, of which a machine makes about as many in a second; the seed."""

    seconds: float
    effort: float
    seed: int


def plan_of(
    tours: Sequence[Tour], needs: Needs, *, exact: bool, limits: Limits
) -> tuple[bool | None, tuple[Tour, ...]]:
    """Return whether some of these tours make a plan (None: not decided within the limits), and which."""
    sources, shelters = len(needs.loads), len(needs.room)
    visits: list[dict[int, int]] = [{} for _ in range(sources + shelters + len(needs.vehicles))]
    for number, tour in enumerate(tours):
        for source, shelter in tour.runs:
            for row in (source, sources + shelter):
                visits[row][number] = visits[row].get(number, 0) + 1
        visits[sources + shelters + tour.yard][number] = 1
    model = cp_model.CpModel()
    driven = [model.new_int_var(0, int(needs.vehicles[tour.yard]), "") for tour in tours]
    most = np.concatenate((most_loads(needs, exact=exact), needs.room, needs.vehicles))
    least = np.concatenate((needs.loads, np.zeros(len(visits) - sources, np.int64)))
    for row, counted in enumerate(visits):
        total = cp_model.LinearExpr.weighted_sum([driven[number] for number in counted], list(counted.values()))
        model.add_linear_constraint(total, int(least[row]), int(most[row]))
    exists, values = decide(model, driven, limits)
    if not exists:
        return exists, ()
    return True, tuple(tour for tour, times in zip(tours, values.tolist(), strict=True) for _ in range(times))


def decide(
    model: cp_model.CpModel, variables: Sequence[cp_model.IntVar], limits: Limits
) -> tuple[bool | None, Numbers]:
    """Return whether a model has a solution (None: not decided within the limits), and its values.

    One worker and no presolve: the same answer every time, soonest on these models.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False
    solver.parameters.cp_model_presolve = False
    solver.parameters.random_seed = limits.seed % 2**31
    solver.parameters.max_time_in_seconds = max(0.01, limits.seconds)
    solver.parameters.max_deterministic_time = limits.effort
    status = solver.solve(model)
    if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return True, np.array([solver.value(variable) for variable in variables], np.int64)
    return (False if status == cp_model.INFEASIBLE else None), np.empty(0, np.int64)
