"""Branch and bound on many tours decides as every plan tried does, and strikes out no tour that a plan needs."""

from __future__ import annotations

import pytest

from busload_instances import recipe
from planner.busloads.brute import is_a_plan, least_makespan_s, tiny
from safepassage.planner.busloads import exact
from safepassage.planner.busloads.listing import Wanted, list_tours
from safepassage.planner.busloads.many_tours import plan_of_many
from safepassage.planner.busloads.pricing import needs_of, ways_of, worth_for
from safepassage.planner.busloads.problem import BusloadProblem, Tour, length_s, makespan_s
from safepassage.planner.busloads.relaxation import Relaxation


def tours_within(problem: BusloadProblem, horizon_s: int) -> list[Tour]:
    found: list[Tour] = []

    def go_on(tour: Tour) -> None:
        if length_s(problem, tour) > horizon_s or len(tour.runs) > problem.room.sum():
            return
        if tour.runs:
            found.append(tour)
        for source in range(len(problem.loads)):
            for shelter in range(len(problem.room)):
                go_on(Tour(tour.yard, (*tour.runs, (source, shelter))))

    for yard in range(len(problem.vehicles)):
        go_on(Tour(yard, ()))
    return found


@pytest.mark.parametrize("convention", ["exact", "at least"])
def test_decides_as_every_plan_tried(convention: str) -> None:
    for seed in range(40):
        problem = tiny(seed, exact=convention == "exact")
        least_s = min(least_makespan_s(problem), 60)
        for horizon_s in {max(0, least_s - 1), least_s}:
            given = tours_within(problem, horizon_s)
            exists, tours = plan_of_many(given, needs_of(problem), exact=problem.exact, work=10**6, seconds=10.0)
            assert exists is (least_makespan_s(problem) <= horizon_s)
            if exists:
                assert is_a_plan(problem, tours)
                assert makespan_s(problem, tours) <= horizon_s


@pytest.mark.parametrize(("set_number", "index", "makespan"), [(5, 6, 25), (9, 3, 16)])
def test_the_engine_proves_by_many_tours(
    set_number: int, index: int, makespan: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "MOST_TOURS", 0)
    monkeypatch.setattr(exact, "MOST_ARCS", 0)
    found = exact.solve(recipe(set_number, index), seconds=60.0, seed=0)
    assert (found.makespan_s, found.bound_s) == (makespan, makespan)
    # fractions of tours without repeats may settle it before
    assert {"many tours", "tours without repeats"} & set(found.stages)


@pytest.mark.parametrize(("set_number", "index", "makespan"), [(5, 6, 25), (6, 1, None)])
def test_no_tour_that_a_plan_needs_is_struck_out(set_number: int, index: int, makespan: int | None) -> None:
    problem = recipe(set_number, index)
    horizon_s = makespan or exact.solve(problem, seconds=60.0, seed=0).makespan_s
    ways, needs = ways_of(problem), needs_of(problem)
    worth = worth_for(ways, horizon_s)
    relaxed = Relaxation(ways, needs, worth, exact=True, span_s=(horizon_s, horizon_s))
    relaxed.run(to_the_end=True, over=lambda: False)
    tours = list_tours(ways, needs, (relaxed.worthy, worth), Wanted(horizon_s, 20_000, exact=True))
    assert tours is not None
    exists, plan = plan_of_many(tours, needs, exact=True, work=10**8, seconds=30.0)
    assert exists
    assert is_a_plan(problem, plan)
