"""The exact engine: equal to every plan tried, never a bound above it, in both conventions; hard cases by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from busload_instances import LARGER, in_seconds, larger, read_bep, recipe, valparaiso_sized, write_bep
from planner.busloads.brute import is_a_plan, least_makespan_s, tiny
from safepassage.planner.busloads import columns, exact, large, listing, master, pricing, relaxation, surviving
from safepassage.planner.busloads.problem import UNREACHABLE, BusloadProblem, Solution, makespan_s

EXAMPLE = "2 1\n1 2\n2 8 3 5\n2 9 8 1\n1 4 7\n1 6 4\n2 6 7\n"


@pytest.fixture(params=["compiled", "plain"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the kernels as compiled, then as the Python they are written in."""
    if request.param == "plain":
        for module in (columns, listing, master, pricing, relaxation, surviving):
            for name, kernel in vars(module).copy().items():
                if hasattr(kernel, "py_func"):
                    monkeypatch.setattr(module, name, kernel.py_func)
    return str(request.param)


def solved(problem: BusloadProblem, seed: int = 0) -> Solution:
    found = exact.solve(problem, seconds=60.0, seed=seed)
    if found.tours is not None:
        assert is_a_plan(problem, found.tours)
        assert makespan_s(problem, found.tours) == found.makespan_s
    return found


@pytest.mark.no_cover
@pytest.mark.parametrize("convention", ["exact", "at least"])
@pytest.mark.parametrize("first", range(0, 1000, 100))
def test_least_of_every_plan(first: int, convention: str) -> None:
    for seed in range(first, first + 100):
        problem = tiny(seed, exact=convention == "exact")
        found = solved(problem)
        assert (found.makespan_s, found.bound_s) == (least_makespan_s(problem),) * 2
        assert found.ended_by == "optimum"


@pytest.mark.parametrize("convention", ["exact", "at least"])
def test_bound_of_fractions_is_never_above_the_least(kernels: str, convention: str) -> None:
    for seed in range(40 if kernels == "compiled" else 12):
        problem = tiny(seed, exact=convention == "exact")
        least_s = least_makespan_s(problem)
        top_s = min(least_s + 5, 100)
        ways, needs = pricing.ways_of(problem), pricing.needs_of(problem)
        relaxed = relaxation.Relaxation(
            ways, needs, pricing.worth_for(ways, top_s), exact=problem.exact, span_s=(0, top_s)
        )
        assert relaxed.run(to_the_end=True, over=lambda: False) in {columns.SETTLED, columns.CLOSED}
        assert relaxed.horizon_s <= least_s


@pytest.mark.parametrize("convention", ["exact", "at least"])
def test_whole_tours_and_arcs_decide_the_same(kernels: str, convention: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "FIRST_CANDIDATES", 0)
    for seed in range(40 if kernels == "compiled" else 10):
        problem = tiny(seed, exact=convention == "exact")
        monkeypatch.setattr(exact, "MOST_TOURS", 5_000)
        by_tours = solved(problem)
        monkeypatch.setattr(exact, "MOST_TOURS", 0)
        by_arcs = solved(problem)
        assert by_tours.bound_s == by_arcs.bound_s == least_makespan_s(problem)
        assert "arc flow" not in by_tours.stages
        assert "all tours" not in by_arcs.stages


def test_the_example_of_the_text_format() -> None:
    problem = read_bep(EXAMPLE)
    assert write_bep(problem) == EXAMPLE
    assert solved(problem).makespan_s == 46
    turned = replace(problem, loaded_s=problem.loaded_s.T.copy(), empty_s=problem.empty_s.T.copy())
    assert solved(turned).makespan_s == 38


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2", "first"),
        (EXAMPLE + "9", "expected 21 numbers"),
        ("3" + EXAMPLE[1:], "vehicles in the yards"),
    ],
)
def test_text_that_does_not_fit_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_bep(text)


@pytest.mark.parametrize("convention", ["exact", "at least"])
@pytest.mark.parametrize(("set_number", "index", "makespan"), [(5, 6, 25), (7, 5, 27), (8, 0, 23), (9, 3, 16)])
def test_instances_whose_fractions_mislead(set_number: int, index: int, makespan: int, convention: str) -> None:
    found = solved(recipe(set_number, index, exact=convention == "exact"))
    assert found.proved
    assert found.makespan_s == makespan - (convention == "at least" and set_number == 8)


def test_beyond_the_published_sizes() -> None:
    assert [solved(larger(name, 0, exact=False)).makespan_s for name in LARGER] == [15, 14, 17]


def test_no_plan_where_room_or_ways_are_missing() -> None:
    problem = tiny(0, exact=True)
    found = exact.solve(replace(problem, room=0 * problem.room), seconds=5.0, seed=0)
    assert (found.tours, found.bound_s, found.ended_by) == (None, UNREACHABLE, "optimum")


def test_runs_that_take_no_time_are_refused() -> None:
    problem = tiny(0, exact=True)
    problem.loaded_s[0, 0] = 0
    with pytest.raises(ValueError, match="at least 1 s"):
        exact.solve(problem, seconds=5.0, seed=0)


def test_few_loads_need_no_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int | None] = []
    search = large.solve

    def noted(problem: BusloadProblem, *, iterations: int | None, **others: Any) -> Solution:
        tried.append(iterations)
        return search(problem, iterations=iterations, **others)

    monkeypatch.setattr(large, "solve", noted)
    few, more = recipe(4, 0), recipe(10, 0)
    assert few.loads.sum() <= exact.FEW_LOADS < more.loads.sum()
    assert solved(few).makespan_s == 19
    assert tried == [0]
    assert solved(more).makespan_s == 18
    assert tried[1] == exact.FIRST_CANDIDATES * more.loads.sum()


def test_plans_are_searched_again_where_the_bound_has_left_their_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = in_seconds(recipe(9, 3), 3)
    aims: list[int] = []
    made: list[Solution] = []
    search = large.solve

    def noted(problem: BusloadProblem, *, bound_s: int, **others: Any) -> Solution:
        aims.append(bound_s)
        made.append(search(problem, bound_s=bound_s, **others))
        return made[-1]

    monkeypatch.setattr(large, "solve", noted)
    found = exact.solve(problem, seconds=60, seed=0, stop=lambda: len(made) == 2)
    assert found.tours is not None
    assert is_a_plan(problem, found.tours)
    assert aims[0] == 0
    assert aims[1] > 1.1 * made[0].bound_s
    assert made[1].makespan_s < made[0].makespan_s


def test_a_plan_found_on_the_way_decides_its_horizon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "MOST_TOURS", 0)
    monkeypatch.setattr(exact, "MOST_ARCS", 0)
    monkeypatch.setattr(exact, "FEW_LOADS", 1_000)
    for index in range(10):
        problem = in_seconds(recipe(5, index), index)
        found = solved(problem)
        assert found.ended_by == "optimum"


def test_same_seed_same_tours() -> None:
    problem = recipe(6, 1)
    assert solved(problem, seed=3).tours == solved(problem, seed=3).tours


def test_time_that_is_up_leaves_plan_and_bound() -> None:
    problem = valparaiso_sized(10, 0)
    told: list[tuple[float, int | None, int]] = []
    found = exact.solve(problem, seconds=0.0, seed=0, tell=lambda *news: told.append(news))
    assert found.ended_by == "seconds"
    assert found.bound_s < found.makespan_s
    assert told == list(found.trace)
    assert np.all(np.diff([bound_s for _, _, bound_s in told]) >= 0)
