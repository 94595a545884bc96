"""The order in which a problem names its places does not matter."""

from __future__ import annotations

import numpy as np
from msgspec.structs import asdict, replace

from busload_instances import recipe, valparaiso_sized
from planner.busloads.brute import is_a_plan, tiny
from safepassage.planner.busloads import exact
from safepassage.planner.busloads.ordering import in_order
from safepassage.planner.busloads.problem import BusloadProblem, makespan_s


def shuffled(problem: BusloadProblem, seed: int) -> BusloadProblem:
    rng = np.random.default_rng(seed)
    yards, sources, shelters = (rng.permutation(len(n)) for n in (problem.vehicles, problem.loads, problem.room))
    return replace(
        problem,
        vehicles=problem.vehicles[yards],
        start_s=problem.start_s[np.ix_(yards, sources)],
        loaded_s=problem.loaded_s[np.ix_(sources, shelters)],
        empty_s=problem.empty_s[np.ix_(shelters, sources)],
        loads=problem.loads[sources],
        room=problem.room[shelters],
    )


def alike(one: BusloadProblem, other: BusloadProblem) -> bool:
    return all(np.array_equal(value, asdict(other)[name]) for name, value in asdict(one).items())


def test_the_same_problem_in_whatever_order() -> None:
    for problem in (valparaiso_sized(10, 0), valparaiso_sized(30, 1), recipe(8, 0)):
        ordered, _ = in_order(problem)
        for seed in range(5):
            assert not alike(problem, shuffled(problem, seed))
            assert alike(ordered, in_order(shuffled(problem, seed))[0])


def test_places_that_only_those_around_them_tell_apart() -> None:
    # two sources are alike but for which shelter is near; the shelters are alike but for the third source
    problem = BusloadProblem(
        vehicles=np.array([1]),
        start_s=np.array([[5, 5, 5]]),
        loaded_s=np.array([[1, 2], [2, 1], [3, 4]]),
        empty_s=np.array([[1, 2, 3], [2, 1, 4]]),
        loads=np.array([1, 1, 2]),
        room=np.array([4, 4]),
    )
    ordered, _ = in_order(problem)
    for seed in range(8):
        assert alike(ordered, in_order(shuffled(problem, seed))[0])


def test_tours_are_those_of_the_problem_as_given() -> None:
    for seed in range(60):
        problem = tiny(seed, exact=True)
        found = exact.solve(problem, seconds=60.0, seed=0)
        if found.tours is not None:
            assert is_a_plan(problem, found.tours)
            assert makespan_s(problem, found.tours) == found.makespan_s


def test_equal_answers_in_whatever_order() -> None:
    problem = recipe(6, 1)
    told = {
        (found.makespan_s, found.bound_s, found.stages)
        for found in (exact.solve(shuffled(problem, seed), seconds=60.0, seed=0) for seed in range(3))
    }
    assert len(told) == 1
