"""The small simplex finds what a general solver finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from safepassage.planner.households import simplex


@pytest.fixture(params=["compiled", "plain"])
def minimise(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "plain":
        for name in ("invert", "times", "_entering", "_leaving", "minimise"):
            monkeypatch.setattr(simplex, name, getattr(simplex, name).py_func)
    return simplex.minimise


def _program(seed: int) -> simplex.Program:
    """Cover some amounts at least cost: what is missing costs most."""
    rng = np.random.default_rng(seed)
    rows, columns = 6, 15
    body = rng.integers(0, 5, (rows, columns)).astype(float)
    matrix = np.ascontiguousarray(np.c_[np.eye(rows), -np.eye(rows), body])
    cost = np.r_[np.full(rows, 50.0), np.zeros(rows), rng.integers(1, 9, columns)]
    return simplex.Program(matrix, cost, np.ones(matrix.shape[1], np.bool_), rng.integers(1, 20, rows).astype(float))


@pytest.mark.parametrize("seed", range(6))
def test_minimum_is_that_of_a_general_solver(minimise: Any, seed: int) -> None:
    program = _program(seed)
    basis = np.arange(6)
    ended, amount, dual = minimise(program, basis, 500)
    best = linprog(program.cost, A_eq=program.matrix, b_eq=program.target).fun
    assert ended
    assert program.cost[basis] @ amount == pytest.approx(best)
    assert dual @ program.target == pytest.approx(best)
    assert (program.cost - dual @ program.matrix > -1e-6).all()


def test_a_basis_of_the_wrong_sign_is_turned(minimise: Any) -> None:
    program = _program(3)
    basis = np.arange(6, 12)
    ended, amount, _ = minimise(program, basis, 500)
    assert ended
    assert amount.min() >= -1e-9


def test_a_singular_basis_is_started_anew(minimise: Any) -> None:
    program = _program(4)
    basis = np.full(6, 13)
    assert minimise(program, basis, 500)[0]


def test_pivots_are_limited(minimise: Any) -> None:
    assert not minimise(_program(1), np.arange(6), 1)[0]


def test_a_closed_column_does_not_enter(minimise: Any) -> None:
    program = _program(2)
    program.open[12:] = False
    basis = np.arange(6)
    minimise(program, basis, 500)
    assert basis.max() < 12
