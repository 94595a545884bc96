"""Array instances as operations: times are the instance's own, and plans through the front door are refereed."""

from __future__ import annotations

import numpy as np
import pytest

from as_operation import of_busloads, of_households
from bench_bep import at_least, refereed, told
from busload_instances import city_shuttle, read_bep, recipe
from household_instances import Recipe, generate
from planner.busloads.brute import least_makespan_s
from safepassage.model.ids import LinkId, SiteId
from safepassage.planner import Limit, plan, shuttle_engines
from safepassage.planner.busloads.problem import Solution, Tour, makespan_s
from safepassage.rules import check

EXAMPLE = "2 1 / 1 2 / 2 8 3 5 / 2 9 8 1 / 1 4 7 / 1 6 4 / 2 6 7".replace("/", "\n")


def test_the_published_example_is_planned_and_proved() -> None:
    answer = told(read_bep(EXAMPLE), 20)
    assert (answer["makespan"], answer["bound"], answer["proved"], answer["convention"]) == (46, 46, True, "exact")


def test_times_are_those_of_the_instance_and_no_way_is_shorter() -> None:
    problem = recipe(4, 1)
    _, travel = of_busloads(problem)
    (route,) = travel.routes[100, SiteId("p1"), SiteId("s2")]
    assert route.travel_s == problem.loaded_s[1, 2]
    assert travel.links[route.links[0]].end == "s2"
    with pytest.raises(KeyError):
        travel.routes[100, SiteId("p1"), SiteId("p2")]
    with pytest.raises(KeyError):
        travel.links[LinkId("p1>p2")]


@pytest.mark.no_cover
@pytest.mark.parametrize("index", range(3))
def test_small_instances_are_proved_in_both_conventions(index: int) -> None:
    problem = recipe(2, index)
    exact_, loose = told(problem, 20), at_least(problem, 20)
    assert exact_["proved"]
    assert loose["proved"]
    assert loose["makespan"] <= exact_["makespan"]
    assert exact_["makespan"] == least_makespan_s(problem)


def test_an_at_least_plan_that_lies_is_refused() -> None:
    problem = read_bep(EXAMPLE)
    tours = (Tour(0, ((0, 0),) * 3), Tour(0, ((1, 0),) * 5))
    worst_s = makespan_s(problem, tours)
    assert refereed(problem, Solution(tours=tours, makespan_s=worst_s, bound_s=0))
    assert not refereed(problem, Solution(tours=tours, makespan_s=worst_s - 1, bound_s=0))
    assert not refereed(problem, Solution(tours=tours[:1], makespan_s=worst_s, bound_s=0))


def test_a_small_city_of_busloads_goes_through_the_front_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shuttle_engines, "FEW_LOADS", 0)
    operation, travel = of_busloads(city_shuttle(80, 8, 3))
    made = plan(operation, travel, Limit(seconds=60, iterations=40), 0)
    again = plan(operation, travel, Limit(seconds=60, iterations=40), 0)
    assert made == again
    assert made.objective is not None
    assert made.objective.unserved == 0
    assert 0 < (made.bound_s or 0) <= made.objective.makespan_s
    assert check(operation, travel, made) == ()


def test_a_town_of_households_goes_through_the_front_door() -> None:
    problem = generate(Recipe(pickups=16, shelters=3, vehicles=12, yards=2, people=40, seed=4))
    operation, travel = of_households(problem)
    made = plan(operation, travel, Limit(seconds=60, iterations=60), 0)
    assert made == plan(operation, travel, Limit(seconds=60, iterations=60), 0)
    assert made.objective is not None
    assert made.objective.unserved == 0
    assert 0 < (made.bound_s or 0) <= made.objective.makespan_s
    assert check(operation, travel, made) == ()
    assert len(operation.people) == int(np.sum(problem.sizes))
    assert any("households" in stage for stage in made.solver.stages)
