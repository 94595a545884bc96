"""The flow bound: never above an optimum, right without the solver, the same with most ways left out at first."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from planner.busloads.tiny_busloads import city, draw, optimum_s
from safepassage.planner.busloads import flow
from safepassage.planner.busloads.problem import UNREACHABLE, BusloadProblem


@pytest.mark.parametrize("exact", [True, False])
def test_the_bound_is_no_more_than_the_optimum(*, exact: bool) -> None:
    gaps = []
    for seed in range(150):
        problem = draw(seed, exact=exact)
        found = flow.cheapest(problem)
        assert found is not None
        gaps.append(optimum_s(problem) - found.bound_s)
    assert min(gaps) >= 0
    assert gaps.count(0) > 50


def test_prices_of_any_kind_prove_no_more_than_the_cheapest_flow_costs() -> None:
    rng = np.random.default_rng(0)
    problem = city()
    found = flow.cheapest(problem)
    assert found is not None
    for scale in (1, 100, 10_000):
        waiting, boarded, arrived, emptied, yard = (rng.integers(-scale, scale, size) for size in (30, 30, 4, 4, 2))
        prices = flow.Prices(waiting, boarded, arrived, emptied, yard, int(rng.integers(scale)))
        assert flow.proved_s(problem, prices) <= found.driving_s
        assert flow.proved_s(problem, prices._replace(boarded=prices.boarded + 10_000)) <= found.driving_s


def test_the_flow_costs_what_its_prices_prove() -> None:
    problem = city()
    found = flow.cheapest(problem)
    assert found is not None
    driven = (problem.start_s * found.starts).sum() + (problem.loaded_s * found.loaded).sum()
    assert driven + (problem.empty_s.T * found.back).sum() == found.driving_s
    assert found.bound_s >= found.driving_s / problem.vehicles.sum()
    assert found.waste_loaded_s.min() >= 0
    assert found.waste_loaded_s[found.loaded > 0].max() == 0


def test_ways_left_out_at_first_enter_where_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    # Any times, and room to spare: the nearest ways alone carry everything, though not in the cheapest way.
    problem = replace(
        city(60),
        loaded_s=rng.integers(1, 1_000, (60, 10)),
        empty_s=rng.integers(1, 1_000, (10, 60)),
        room=np.full(10, 120),
    )
    whole = flow.cheapest(problem)
    monkeypatch.setattr(flow, "ALL_WAYS", 0)
    monkeypatch.setattr(flow, "NEAREST", 2)
    pruned = flow.cheapest(problem)
    assert whole is not None
    assert pruned is not None
    assert (pruned.driving_s, pruned.bound_s) == (whole.driving_s, whole.bound_s)


def _one_source(**changes: object) -> BusloadProblem:
    problem = BusloadProblem(
        vehicles=np.array([1, 9]),
        start_s=np.array([[10], [5000]]),
        loaded_s=np.array([[100]]),
        empty_s=np.array([[90]]),
        loads=np.array([3]),
        room=np.array([5]),
    )
    return replace(problem, **changes)


def test_vehicles_better_left_in_the_yard_do_not_share_the_driving() -> None:
    found = flow.cheapest(_one_source())
    assert found is not None
    # One vehicle makes all three runs: 110 + 190 + 190; a tenth of that is nothing that ten could reach.
    assert found.bound_s == 490


@pytest.mark.parametrize(
    "changes",
    [
        {"room": np.array([2])},
        {"vehicles": np.array([0, 0])},
        {"loaded_s": np.array([[UNREACHABLE]])},
        {"start_s": np.full((2, 1), UNREACHABLE)},
    ],
)
def test_there_is_no_flow(changes: dict[str, object]) -> None:
    assert flow.cheapest(_one_source(**changes)) is None


def test_nothing_waits() -> None:
    found = flow.cheapest(_one_source(loads=np.array([0])))
    assert found is not None
    assert found.bound_s == 0


def test_the_solver_says_that_times_are_too_large() -> None:
    with pytest.raises(ArithmeticError, match="expected an optimum"):
        flow.cheapest(_one_source(loaded_s=np.array([[2**39]]), loads=np.array([2**22]), room=np.array([2**23])))


def test_distances_compiled_and_plain_agree() -> None:
    arcs = flow.Arcs(
        tail=np.array([0, 1, 0, 2]),
        head=np.array([1, 2, 2, 0]),
        capacity=np.array([2, 2, 1, 1]),
        cost=np.array([3, -5, 4, 9]),
    )
    for relax in (flow.relax, flow.relax.py_func):  # type: ignore[attr-defined]
        distance = np.zeros(3, dtype=np.int64)
        relax(arcs, np.array([1, 1, 0, 0]), distance)
        assert distance.tolist() == [-3, 0, -5]
