"""The joint search: whole plans that an independent check accepts, and that are the best where all can be tried."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from msgspec.structs import replace

from planner.households.small import BrokenRuleError, check, draw
from safepassage.planner.households import search
from safepassage.planner.households.classes import classify, name_households
from safepassage.planner.households.problem import UNREACHABLE, HouseholdProblem, Solution, Trip, Visit
from safepassage.planner.households.table import (
    NEAR,
    NEAR_SHELTER,
    NEAR_SHELTERS_HERE,
    NEARS,
    PICKUPS_END,
    VEHICLES_END,
    make_table,
)


def solve(
    problem: HouseholdProblem, seed: int = 0, iterations: int = 20_000, start: Solution | None = None
) -> Solution:
    return search.solve(problem, seconds=1000, iterations=iterations, seed=seed, start=start)


@pytest.mark.parametrize("seed", range(60))
def test_plans_are_valid(seed: int) -> None:
    problem = draw(seed, mixed=seed % 2 == 1)
    plan = solve(problem, iterations=4000)
    assert check(problem, plan) == plan.makespan_s


@pytest.mark.parametrize("seed", range(6))
def test_large_plans_are_valid(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ONCE_FROM", 1)
    monkeypatch.setattr(search, "HALVES_FROM", 1 if seed < 3 else 1000)
    problem = draw(seed, mixed=seed % 2 == 1, pickups=12, people=45, vehicles=9)
    plan = solve(problem, iterations=8000)
    assert not plan.left
    assert check(problem, plan) == plan.makespan_s


def test_same_seed_same_plan() -> None:
    problem = draw(3, mixed=True)
    assert solve(problem, seed=5).tours == solve(problem, seed=5).tours


def best_of_all(problem: HouseholdProblem) -> int:
    """Try every way to give households to one trip per vehicle, in every order, to every shelter."""
    households, vehicles = range(len(problem.pickup)), range(len(problem.kind))
    best = 2**60
    for riding in itertools.product(vehicles, repeat=len(problem.pickup)):
        options = [_trips([h for h in households if riding[h] == v], problem) for v in vehicles]
        for tours in itertools.product(*options):
            try:
                best = min(best, check(problem, Solution(tours=tours, makespan_s=0)))
            except BrokenRuleError:
                continue
    return best


def _trips(riders: list[int], problem: HouseholdProblem) -> list[tuple[Trip, ...]]:
    if not riders:
        return [()]
    pickups = sorted({int(problem.pickup[h]) for h in riders})
    visits = {p: Visit(p, tuple(h for h in riders if problem.pickup[h] == p)) for p in pickups}
    orders = itertools.permutations(pickups)
    return [
        (Trip(tuple(visits[p] for p in order), shelter),) for order in orders for shelter in range(problem.shelters)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_never_worse_than_all_single_trips(seed: int) -> None:
    problem = draw(seed, mixed=seed % 2 == 1, pickups=2, people=5, vehicles=2)
    plan = solve(problem)
    assert not plan.left
    assert plan.makespan_s <= best_of_all(problem)


def test_begins_with_the_given_plan() -> None:
    problem = draw(2, mixed=True)
    good = solve(problem, iterations=30_000)
    again = solve(problem, iterations=2, start=good)
    assert again.makespan_s <= good.makespan_s
    assert check(problem, again) == again.makespan_s


def test_who_cannot_be_fetched_is_left_and_nobody_else() -> None:
    problem = draw(4, mixed=False)
    sizes = problem.sizes.copy()
    sizes[0] = (90, 0, 0)
    plan = solve(replace(problem, sizes=sizes))
    assert plan.left == (0,)
    assert check(replace(problem, sizes=sizes), plan) == plan.makespan_s


def test_nobody_rides_where_no_way_leads() -> None:
    problem = draw(6, mixed=False)
    drive = problem.drive_s.copy()
    drive[:, :, problem.yards] = UNREACHABLE
    plan = solve(replace(problem, drive_s=drive))
    assert set(plan.left) == set(np.flatnonzero(problem.pickup == 0).tolist())


def test_shelters_without_room_leave_somebody() -> None:
    problem = draw(7, mixed=False)
    short = replace(problem, room=np.array([int(problem.sizes.sum()) - 5, 0, 0]))
    plan = solve(short)
    assert 5 <= problem.sizes[list(plan.left)].sum() <= 8
    assert check(short, plan) == plan.makespan_s


@pytest.mark.parametrize("seed", range(3))
def test_a_better_plan_than_the_first_is_told_before_the_rounds(seed: int) -> None:
    problem = draw(seed, mixed=False, pickups=12, people=45, vehicles=9)
    told: list[int] = []
    plan = search.solve(
        problem,
        seconds=1000,
        iterations=10**9,
        seed=seed,
        tell=lambda _, makespan_s: told.append(makespan_s),
        stop=lambda _: True,
    )
    assert plan.ended_by == "stop"
    assert check(problem, plan) == plan.makespan_s == told[-1] < told[0]


def test_the_nearest_come_in_the_order_of_drives_then_of_numbers() -> None:
    problem = draw(0, mixed=False, pickups=12, people=45, vehicles=9)
    problem = replace(problem, drive_s=problem.drive_s // 600)
    table = make_table(problem, classify(problem), 1)
    yards, pickups = problem.yards, problem.pickups
    fastest = problem.drive_s.min(axis=0)[yards:, yards:].astype(float)
    between, onward = fastest[:pickups, :pickups].copy(), fastest[:pickups, pickups:]
    np.fill_diagonal(between, np.inf)
    rows = table[table[0, VEHICLES_END] : table[0, PICKUPS_END]]
    for cost, column, base, most in (
        (between, NEAR, table[0, VEHICLES_END], int(table[0, NEARS])),
        (onward, NEAR_SHELTER, table[0, PICKUPS_END], int(table[0, NEAR_SHELTERS_HERE])),
    ):
        assert len(np.unique(cost)) < cost.size / 2
        nearest = np.argsort(cost, axis=1, kind="stable")[:, :most]
        assert (rows[:, column : column + most] == base + nearest).all()


def test_a_target_that_is_reached_ends_the_search() -> None:
    problem = draw(0, mixed=False)
    reached = search.solve(problem, seconds=1000, iterations=10**9, seed=0, target_s=10**6)
    assert reached.ended_by == "target"


def test_a_search_can_be_stopped() -> None:
    asked: list[int] = []

    def after_five(makespan_s: int) -> bool:
        asked.append(makespan_s)
        return len(asked) == 5

    problem = draw(0, mixed=False)
    plan = search.solve(problem, seconds=1000, iterations=10**9, seed=0, stop=after_five)
    assert plan.ended_by == "stop"
    assert asked[-1] == plan.makespan_s == check(problem, plan)


def test_the_plan_does_not_depend_on_when_a_search_is_stopped() -> None:
    problem = draw(0, mixed=False)
    full = solve(problem)
    stopped = search.solve(
        problem, seconds=1000, iterations=20_000, seed=0, stop=lambda makespan_s: makespan_s <= full.makespan_s
    )
    assert stopped.ended_by == "stop"
    assert stopped.tours == full.tours


def test_seconds_end_a_search_that_has_many_iterations_left() -> None:
    problem = draw(0, mixed=True)
    plan = search.solve(problem, seconds=0.3, iterations=10**10, seed=0)
    assert plan.ended_by == "seconds"
    assert check(problem, plan) == plan.makespan_s


def test_time_ends_the_search() -> None:
    told: list[int] = []
    plan = search.solve(
        draw(0, mixed=False), seconds=0.3, iterations=None, seed=0, tell=lambda _, makespan_s: told.append(makespan_s)
    )
    assert plan.ended_by == "seconds"
    assert told[-1] == plan.makespan_s


def test_households_are_named_once() -> None:
    classes = classify(draw(1, mixed=False))
    everybody = [(one, len(members)) for one, members in enumerate(classes.members)]
    named = name_households(classes, everybody)
    assert sorted(itertools.chain(*named)) == list(range(sum(n for _, n in everybody)))
    assert np.diff(classes.first).min() >= 0
