"""Plans that are found keep the rules and are the best there are, as far as trying everything can tell."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from planner.movements.support import lattice, meet, optimum_s, tiny
from safepassage.planner.movements import search
from safepassage.planner.movements.bound import Bound
from safepassage.planner.movements.faults import faults
from safepassage.planner.movements.problem import MovementProblem, Route, Solution, cost_s
from safepassage.planner.movements.search import solve

SEEDS = range(40)


def agrees(given: MovementProblem, found: Solution) -> None:
    """See that the plan keeps the rules, and that neither cost nor bound is on the wrong side of the optimum."""
    assert faults(given, found.routes) == []
    best_s = optimum_s(given)
    if best_s is None:
        assert not found.complete
        assert found.ended_by == "impossible"
    else:
        assert found.bound_s <= best_s <= found.cost_s
        assert found.proved
        assert found.ended_by == "optimum"


@pytest.mark.no_cover
@pytest.mark.parametrize("standing", [False, True])
@pytest.mark.parametrize("makespan", [False, True])
def test_optimum_of_all_plans(*, makespan: bool, standing: bool) -> None:
    for seed in SEEDS:
        given = tiny(seed, standing=standing, makespan=makespan)
        agrees(given, solve(given, iterations=20_000, seed=seed))


@pytest.mark.usefixtures("kernels")
def test_as_written_and_compiled() -> None:
    for seed in range(4):
        given = tiny(seed, makespan=seed % 2 == 0)
        found = solve(given, iterations=40, seed=seed)
        best_s = optimum_s(given)
        assert faults(given, found.routes) == []
        assert best_s is None or not found.complete or found.bound_s <= best_s <= found.cost_s


def test_brute_force_sees_convoys_meet() -> None:
    given = lattice(3, 3, passing_s=2)
    assert meet(given, (0, Route((0,), (0,), 0)), (1, Route((0,), (5,), 0)))
    assert not meet(given, (0, Route((0,), (0,), 0)), (1, Route((0,), (6,), 0)))


def test_lattice_is_planned_to_the_optimum() -> None:
    given = lattice(6, 8, passing_s=8)
    found = solve(given, iterations=20_000)
    assert found.proved
    assert faults(given, found.routes) == []
    # of three at a corner with two links, one waits until the tail of another has left
    assert found.cost_s == cost_s(given, found.routes) == 6 * (12 * 4 + 8) + 2 * (4 + 8)
    assert all(departure_s is not None for departure_s in found.departures_s)
    costs = [cost for _, cost, _ in found.trace if cost is not None]
    assert costs == sorted(costs, reverse=True)
    assert [bound for _, _, bound in found.trace] == sorted(bound for _, _, bound in found.trace)


def test_same_seed_same_result() -> None:
    given = lattice(5, 6, passing_s=6)
    one, other = (solve(given, iterations=1_000, seed=7) for _ in range(2))
    assert (one.routes, one.bound_s, one.ended_by) == (other.routes, other.bound_s, other.ended_by)


def test_ends_when_the_time_is_up() -> None:
    found = solve(lattice(6, 8, passing_s=8), seconds=0.0)
    assert found.ended_by == "seconds"
    assert found.complete


def test_ends_after_the_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "STEP", 7)
    monkeypatch.setattr(Bound, "advance", lambda _bound, _ceiling_s: None)
    found = solve(lattice(6, 8, passing_s=8), iterations=20)
    assert found.ended_by == "iterations"
    assert not found.proved
    assert found.bound_s <= found.cost_s


def test_nobody_has_to_move() -> None:
    given = lattice(3, 3, passing_s=2)
    none = np.zeros(0, np.int64)
    empty = msgspec.structs.replace(
        given, origin=none, destination=none, pace=none, passing_s=none, ready_s=none, due_s=none
    )
    for objective in ("total", "makespan"):
        found = solve(msgspec.structs.replace(empty, objective=objective))
        assert found.proved
        assert found.cost_s == 0


def test_a_convoy_that_is_there() -> None:
    given = lattice(3, 3, passing_s=2)
    found = solve(msgspec.structs.replace(given, destination=given.origin))
    assert found.proved
    assert all(route is not None and route.links == () for route in found.routes)
    assert set(found.departures_s) == {None}


def test_a_place_that_no_way_leads_to() -> None:
    given = lattice(3, 3, passing_s=2)
    found = solve(msgspec.structs.replace(given, places=10, destination=np.full_like(given.destination, 9)))
    assert found.ended_by == "impossible"
    assert found.routes == (None,) * len(given.origin)


def test_two_on_one_link() -> None:
    """One goes first: the other waits until its tail has left, and no longer."""
    given = MovementProblem(
        ends=np.array([[0, 1]]),
        one_way=np.zeros(1, np.bool_),
        travel_s=np.array([[10]]),
        places=2,
        standing=np.zeros(2, np.bool_),
        origin=np.array([0, 1]),
        destination=np.array([1, 0]),
        pace=np.zeros(2, np.int64),
        passing_s=np.array([3, 5]),
        ready_s=np.array([0, 0]),
        due_s=np.array([100, 100]),
    )
    found = solve(given)
    assert found.proved
    assert found.cost_s == 13 + 13 + 15
    assert found.departures_s == (0, 13)
    late = msgspec.structs.replace(given, due_s=np.array([27, 27]))
    assert solve(late).ended_by == "impossible"
    assert solve(msgspec.structs.replace(given, objective="makespan")).cost_s == 28
