"""What compiles every kernel of the planner: small problems of every kind, solved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from safepassage.planner.busloads import exact, large
from safepassage.planner.busloads.crossing_bound import bounds_by_crossings
from safepassage.planner.busloads.elementary import Elementary
from safepassage.planner.busloads.listing import Wanted, list_tours
from safepassage.planner.busloads.many_tours import plan_of_many
from safepassage.planner.busloads.pairs import violated
from safepassage.planner.busloads.pricing import needs_of, ways_of, worth_for
from safepassage.planner.busloads.problem import BusloadProblem
from safepassage.planner.busloads.relaxation import Relaxation
from safepassage.planner.busloads.surviving import survivors
from safepassage.planner.households import bounds, search
from safepassage.planner.households.problem import HouseholdProblem
from safepassage.planner.movements import search as movements
from safepassage.planner.movements.conflicts import Entries, broken
from safepassage.planner.movements.problem import MovementProblem


def compile_busloads() -> None:
    """Solve small problems of whole busloads."""
    for whole in _busloads():
        exact.solve(whole, seconds=120, seed=0)
        large.solve(whole, seconds=120, iterations=200, seed=0)
        _compile_columns(whole)


def _compile_columns(problem: BusloadProblem) -> None:
    """Go through the column generation, which a small problem may be solved without."""
    ways, needs = ways_of(problem), needs_of(problem)
    horizon_s, exact_once = 60, problem.exact
    relaxed = Relaxation(ways, needs, worth_for(ways, horizon_s), exact=exact_once, span_s=(1, horizon_s))
    relaxed.take_up(relaxed)
    relaxed.run(to_the_end=True, over=bool)
    relaxed.fitting()
    found = (ways, needs, (relaxed.worthy, relaxed.worth))
    listed = list_tours(*found, Wanted(relaxed.horizon_s, 1_000, exact_once))
    if listed:
        plan_of_many(listed, needs, exact=exact_once, work=1_000, seconds=60)
    elementary = Elementary(ways, needs, relaxed.worth, top_s=horizon_s)
    elementary.take_up(relaxed.fitting())
    elementary.run(relaxed.horizon_s, to_the_end=True, over=bool)
    for _ in bounds_by_crossings(ways, needs, horizon_s, left_s=lambda: 60.0):
        pass
    violated(needs.loads, np.ones((1, len(needs.loads)), np.int64), np.ones(1))
    survivors(*found, horizon_s=relaxed.horizon_s, most=10_000)


def compile_search() -> None:
    """Search for plans of small problems of households."""
    for problem in _households():
        search.solve(problem, seconds=120, iterations=2_000, seed=0)


def compile_bounds() -> None:
    """Bound small problems of households."""
    for problem in _households():
        bounds.lower_bound(problem, seconds=120, upper_s=None, work=20)


def compile_movements() -> None:
    """Plan small movements of convoys, and look for an inequality, which those may be solved without."""
    for problem in _movements():
        movements.solve(problem, iterations=100, seed=0)
    two, ones = np.arange(2), np.ones(2, np.int64)
    broken(Entries(two, ones, np.ones(2)), ones, ones.copy(), ones.copy())


def _busloads() -> Iterator[BusloadProblem]:
    loaded_s = np.array([[3, 5], [4, 2], [6, 3]], np.int64)
    for exact_once in (True, False):
        yield BusloadProblem(
            vehicles=np.array([1, 1], np.int64),
            start_s=np.array([[1, 4, 2], [3, 3, 5]], np.int64),
            loaded_s=loaded_s,
            empty_s=np.ascontiguousarray(loaded_s.T),
            loads=np.array([2, 3, 2], np.int64),
            room=np.array([5, 4], np.int64),
            exact=exact_once,
        )


def _households() -> Iterator[HouseholdProblem]:
    """Give small problems: of one type of vehicle, and of two with windows, stretchers and people ready later."""
    drive_s = np.array([[abs(a - b) * 60 for b in range(5)] for a in range(5)], np.int64)
    for types, window, ready_s in ((1, (), 0), (2, ((0, 90_000),), 30)):
        yield HouseholdProblem(
            pickup=np.array([0, 0, 1, 1, 1], np.int64),
            sizes=np.array([[2, 0, 0], [3, 1, 0], [1, 0, 0], [4, 0, types - 1], [2, 0, 0]], np.int64),
            board_s=np.array([12, 24, 6, 24, 12], np.int64),
            alight_s=np.array([6, 12, 3, 12, 6], np.int64),
            ready_s=np.array([0, ready_s, 0, 0, 0], np.int64),
            allowed=np.ones((5, 2), np.bool_),
            places=np.array([[8, 1, 1], [6, 1, 1]][:types], np.int64),
            speed=np.zeros(types, np.int64),
            kind=np.array([0, types - 1], np.int64),
            yard=np.array([0, 0], np.int64),
            available_s=np.array([0, 0], np.int64),
            yards=1,
            pickups=2,
            shelters=2,
            drive_s=np.ascontiguousarray(drive_s[None]),
            room=np.array([20, 20], np.int64),
            windows=(window, (), (), ()),
            bays=np.zeros(4, np.int64),
            setup_s=60,
            most_pickups=2,
            drive_limit_s=np.full(types, 2**40, np.int64),
        )


def _movements() -> Iterator[MovementProblem]:
    """Give small movements of both objectives: convoys that want the same links, one of them the other way."""
    for standing in (False, True):
        total = MovementProblem(
            ends=np.array([[0, 1], [1, 2], [2, 3], [1, 3]], np.int64),
            one_way=np.zeros(4, np.bool_),
            travel_s=np.array([[2, 3, 2, 9]], np.int64),
            places=4,
            standing=np.full(4, standing, np.bool_),
            origin=np.array([0, 0, 0, 3], np.int64),
            destination=np.array([3, 3, 3, 0], np.int64),
            pace=np.zeros(4, np.int64),
            passing_s=np.array([2, 3, 1, 2], np.int64),
            ready_s=np.zeros(4, np.int64),
            due_s=np.full(4, 90, np.int64),
        )
        yield total
        yield replace(total, objective="makespan")
