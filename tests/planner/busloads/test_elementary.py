"""Fractions of tours without repeats: never above the least of every plan, and never weaker than those that forget."""

from __future__ import annotations

import numpy as np
import pytest

from busload_instances import recipe
from planner.busloads.brute import is_a_plan, least_makespan_s, tiny
from safepassage.planner.busloads import elementary, exact, pairs, remembering
from safepassage.planner.busloads.columns import CLOSED, MET, ROUNDS, SETTLED
from safepassage.planner.busloads.elementary import Elementary
from safepassage.planner.busloads.listing import Wanted, list_tours
from safepassage.planner.busloads.many_tours import plan_of_many
from safepassage.planner.busloads.pricing import needs_of, ways_of, worth_for
from safepassage.planner.busloads.problem import BusloadProblem, Tour, length_s, makespan_s
from safepassage.planner.busloads.relaxation import Relaxation


@pytest.fixture(params=["compiled", "plain"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the kernels as compiled, then as the Python they are written in."""
    if request.param == "plain":
        for module in (elementary, remembering, pairs):
            for name, kernel in vars(module).copy().items():
                if hasattr(kernel, "py_func"):
                    monkeypatch.setattr(module, name, kernel.py_func)
    return str(request.param)


def begun(problem: BusloadProblem, top_s: int) -> Elementary:
    ways = ways_of(problem)
    return Elementary(ways, needs_of(problem), worth_for(ways, top_s), top_s=top_s)


def first_open_s(problem: BusloadProblem, top_s: int) -> int:
    relaxed = begun(problem, top_s)
    for horizon_s in range(top_s + 1):
        if relaxed.run(horizon_s, to_the_end=False, over=bool) != CLOSED:
            return horizon_s
    return top_s + 1


def test_never_above_the_least_and_never_below_what_forgets(kernels: str) -> None:
    for seed in range(60 if kernels == "compiled" else 8):
        problem = tiny(seed, exact=True)
        least_s = least_makespan_s(problem)
        top_s = min(least_s + 5, 60)
        ways, needs = ways_of(problem), needs_of(problem)
        forgets = Relaxation(ways, needs, worth_for(ways, top_s), exact=True, span_s=(0, top_s))
        forgets.run(to_the_end=True, over=lambda: False)
        open_s = first_open_s(problem, top_s)
        assert forgets.horizon_s <= open_s <= least_s


def test_a_load_is_not_taken_by_halves_twice() -> None:
    problem = BusloadProblem(
        vehicles=np.array([1]),
        start_s=np.array([[1, 1]]),
        loaded_s=np.array([[1, 60], [60, 1]]),
        empty_s=np.array([[1, 50], [50, 1]]),
        loads=np.array([1, 1]),
        room=np.array([2, 2]),
    )
    forgets = Relaxation(
        ways_of(problem), needs_of(problem), worth_for(ways_of(problem), 60), exact=True, span_s=(0, 60)
    )
    forgets.run(to_the_end=True, over=lambda: False)
    assert forgets.horizon_s == 4
    assert first_open_s(problem, 60) == 53 == least_makespan_s(problem)


def test_tours_of_a_plan_are_never_struck_out() -> None:
    for seed in range(60):
        problem = tiny(seed, exact=True)
        least_s = least_makespan_s(problem)
        if least_s > 60:
            continue
        relaxed = begun(problem, least_s)
        assert relaxed.run(least_s, to_the_end=True, over=bool) == SETTLED
        assert relaxed.proved is not None
        assert relaxed.proved.slack(relaxed.needs) >= 0
        rewards, prices, best = relaxed.proved
        worthy = Relaxation(relaxed.ways, relaxed.needs, relaxed.worth, exact=True, span_s=(0, least_s)).worthy
        duals = worthy._replace(rewards=rewards, prices=prices), relaxed.worth
        listed = list_tours(relaxed.ways, relaxed.needs, duals, Wanted(least_s, 10_000, exact=True, best=best))
        assert listed is not None
        exists, tours = plan_of_many(listed, relaxed.needs, exact=True, work=10**6, seconds=10.0)
        assert exists
        assert is_a_plan(problem, tours)
        assert makespan_s(problem, tours) <= least_s


def test_tours_found_last_no_longer() -> None:
    problem = recipe(6, 1)
    relaxed = begun(problem, 25)
    assert relaxed.run(25, to_the_end=True, over=bool) in {SETTLED, CLOSED}
    shelters = len(problem.room)
    for (yard, runs), lasts_s in relaxed.known.items():
        tour = Tour(yard, tuple(divmod(run, shelters) for run in runs))
        assert length_s(problem, tour) == lasts_s <= 25


def test_ends_when_told_to_and_where_labels_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = recipe(6, 1)
    assert begun(problem, 25).run(25, to_the_end=True, over=lambda: True) == ROUNDS
    assert begun(problem, 25).run(25, to_the_end=False, over=bool) == MET
    monkeypatch.setattr(elementary, "MOST_LABELS", 1)
    assert begun(problem, 25).run(25, to_the_end=True, over=bool) == ROUNDS


def test_a_horizon_that_there_is_no_room_for_is_refused() -> None:
    relaxed = begun(tiny(1, exact=True), 20)
    with pytest.raises(ValueError, match="at most 20 s; found 21 s"):
        relaxed.run(21, to_the_end=False, over=bool)


def test_sources_beyond_the_marks_are_not_remembered() -> None:
    for seed in range(10):
        problem = tiny(seed, exact=True)
        relaxed = begun(problem, 60)
        relaxed.memory.used[:] = remembering.MOST_MARKS
        least_s = least_makespan_s(problem)
        for horizon_s in range(60):
            if relaxed.run(horizon_s, to_the_end=False, over=bool) != CLOSED:
                assert horizon_s <= least_s
                break


@pytest.mark.parametrize("seed", range(20))
def test_the_engine_proves_by_tours_without_repeats(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_TOURS", "FEW_TOURS", "MOST_ARCS", "FIRST_CANDIDATES"):
        monkeypatch.setattr(exact, name, 0)
    problem = tiny(seed, exact=True)
    found = exact.solve(problem, seconds=60.0, seed=0)
    assert found.makespan_s == found.bound_s == least_makespan_s(problem)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(20))
def test_the_bound_of_long_tours_is_never_above_the_least(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "LONG_TOUR", 0)
    monkeypatch.setattr(exact, "MANY_INSTANTS", 0)
    monkeypatch.setattr(exact, "FIRST_CANDIDATES", 0)
    problem = tiny(seed, exact=True)
    found = exact.solve(problem, seconds=60.0, seed=0, work=20.0)
    assert found.bound_s <= least_makespan_s(problem) <= found.makespan_s


def test_half_a_vehicle_on_each_pair_of_three_loads_is_cut_off(kernels: str) -> None:
    assert kernels
    loads = np.array([1, 1, 1, 2])
    taken = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 1, 0]])
    cuts = pairs.violated(loads, taken, np.full(3, 0.5))
    assert cuts.tolist() == [[0, 1, 2]]
    assert pairs.most_pairs(loads, cuts).tolist() == [1]
    assert pairs.pairs_of(taken, cuts).tolist() == [[1, 1, 1]]
    assert not len(pairs.violated(loads, taken, np.array([1.0, 0.0, 0.0])))
