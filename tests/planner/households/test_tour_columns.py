"""Tours: priced as by enumeration, never a bound above an optimum, and often the optimum."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from planner.households.bound_cases import tiny
from planner.households.brute import best_makespan_s
from safepassage.planner.households import tour_columns, tour_pricing
from safepassage.planner.households.problem import HouseholdProblem
from safepassage.planner.households.relaxation import relax, shortest
from safepassage.planner.households.tour_columns import Case, Prices, columns, no_limits, prepare, price
from safepassage.planner.households.tour_tree import Effort, tour_bound

KERNELS = (
    "set_values",
    "split",
    "onward_values",
    "_points",
    "_follow_up",
    "onward_from",
    "tour_values",
    "_extend",
    "best_loads",
)


@pytest.fixture(params=["compiled", "plain"])
def pricing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "plain":
        for name in KERNELS:
            monkeypatch.setattr(tour_pricing, name, getattr(tour_pricing, name).py_func)
    return tour_pricing


def _case(problem: HouseholdProblem, horizon_s: int) -> Case | None:
    relaxed = relax(problem, (0, 1, 2), shortest(problem))
    assert relaxed is not None
    return prepare(problem, relaxed, horizon_s, 10**5)


def _bound_s(problem: HouseholdProblem, horizon_s: int, rounds: int) -> int:
    case = _case(problem, horizon_s)
    effort = Effort(rounds=rounds, late=lambda: False)
    return 0 if case is None else tour_bound(case, 0, effort, lambda _: None)


@pytest.mark.no_cover
def test_never_above_an_optimum_and_often_equal() -> None:
    reached = tried = 0
    for seed in range(200):
        problem = tiny(seed)
        best_s = best_makespan_s(problem)
        if best_s is not None:
            bound_s = _bound_s(problem, best_s + 20, 60)
            assert bound_s <= best_s, seed
            tried += 1
            reached += bound_s == best_s
    assert reached > tried / 3


def test_rounds_limit_the_work_and_give_the_same_each_time() -> None:
    seeds = (0, 4, 8, 10)
    few = [_bound_s(tiny(seed), 400, 2) for seed in seeds]
    many = [_bound_s(tiny(seed), 400, 60) for seed in seeds]
    assert few == [_bound_s(tiny(seed), 400, 2) for seed in seeds]
    assert all(one <= other for one, other in zip(few, many, strict=True))


def test_too_many_ways_are_refused() -> None:
    problem = tiny(1)
    relaxed = relax(problem, (0, 1, 2), shortest(problem))
    assert relaxed is not None
    assert prepare(problem, relaxed, 10**4, 1) is None


def test_set_values_and_split(pricing: Any) -> None:
    none = tour_pricing.NONE
    value = np.array([[none, 3, none, 8, none], [none, 2, 5, none, none], [none, none, 1, none, none]])
    parent, added = np.array([-1, -1, 0, 2]), np.array([0, 1, 1, 2])
    best = pricing.set_values(parent, added, value)
    assert best[0].tolist() == value[0].tolist()
    assert best[2].tolist() == [none, none, 5, 8, 10]
    assert best[3].tolist() == [none, none, none, none, 6]
    assert pricing.split((parent, added, best), value, 2, 4).tolist() == [3, 1, 0]
    assert pricing.split((parent, added, best), value, 2, 3).tolist() == [1, 2, 0]


def _prices(case: Case, seed: int) -> Prices:
    rng = np.random.default_rng(seed)
    pickups, shelters, groups = len(case.relaxed.heads), len(case.relaxed.room), len(case.by_group)
    return Prices(
        head=rng.integers(0, 20, pickups),
        fewest=rng.integers(0, 9, pickups),
        most=np.zeros(pickups, np.int64),
        room=rng.integers(0, 9, shelters),
        vehicle=np.zeros(groups, np.int64),
        counts=np.zeros(0, np.int64),
    )


def _enumerated(case: Case, offer: Any, prices: Prices, group: int, horizon_s: int) -> int:
    """Try all tours of up to three steps: trips with all loads, drives between shelters, people who stay aboard."""
    speed = int(case.relaxed.groups.speed[group])
    across_s = case.relaxed.ways.across[speed] + case.relaxed.setup_s
    best = 0

    def steps(trips: Any, here: int) -> list[tuple[int, int, int, int]]:
        found = []
        for trip in range(len(trips.chosen)):
            own = trips.chosen[trip]
            for heads in range(1, offer.most[own] + 1):
                if trips.origin[trip] == here and offer.best[own, heads] > tour_pricing.NONE:
                    lasts_s = trips.seconds[trip] + case.service_s[heads]
                    found.append((int(lasts_s), int(offer.best[own, heads]), heads, int(trips.shelter[trip])))
        return found

    def extend(at_s: int, value: int, boarded: list[tuple[int, int]], depth: int) -> None:
        nonlocal best
        shelters = [shelter for _, shelter in boarded]
        paid = sum(heads * min(prices.room[t] for t in shelters[k:]) for k, (heads, _) in enumerate(boarded))
        best = max(best, value - int(paid))
        here = shelters[-1]
        if depth == 3:
            return
        onward = steps(case.onward[speed], here)
        onward += [(int(across_s[here, there]), 0, 0, there) for there in range(len(across_s)) if there != here]
        for lasts_s, worth, heads, there in onward:
            if at_s + lasts_s <= horizon_s:
                extend(at_s + lasts_s, value + worth, [*boarded, (heads, there)], depth + 1)

    for end_s, worth, heads, there in steps(case.by_group[group], 0):
        if end_s <= horizon_s:
            extend(end_s, worth, [(heads, there)], 1)
    return best


@pytest.mark.parametrize("seed", [2, 4, 5])
def test_tours_are_worth_what_enumeration_finds(pricing: Any, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    for name in ("set_values", "split", "onward_values", "onward_from", "tour_values", "best_loads"):
        monkeypatch.setattr(tour_columns, name, getattr(pricing, name))
    case = _case(tiny(seed), 110)
    assert case is not None
    prices, limits = _prices(case, seed), no_limits(case)
    priced = price(case, limits, prices)
    owed = prices.head @ case.relaxed.heads + prices.fewest @ limits.fewest - prices.room @ case.relaxed.room
    for horizon_s in (60, 85, 110):
        best = [
            _enumerated(case, priced.offers[group], prices, group, horizon_s) for group in range(len(case.by_group))
        ]
        assert priced.proof[horizon_s] == owed - np.dot(best, case.relaxed.groups.vehicles)
        for tour in columns(case, prices, priced, horizon_s):
            earned = tour.loads @ prices.head + tour.visits @ prices.fewest - tour.room @ prices.room
            assert tour.end_s <= horizon_s
            assert tour.loads.sum() == tour.room.sum()
            assert 0 < earned <= best[tour.group]
        found = columns(case, prices, priced, horizon_s)
        for group, most in enumerate(best):
            own = [
                t.loads @ prices.head + t.visits @ prices.fewest - t.room @ prices.room
                for t in found
                if t.group == group
            ]
            assert max(own, default=0) == most


def test_product_of_levels_is_what_a_tour_may_pay(pricing: Any) -> None:
    """People at a shelter may wait for a cheaper one only if the tour comes to it."""
    onward = np.full((1, 3, 1), tour_pricing.NONE)
    onward[0, 0, 0], onward[0, 2, 0] = 7, 9
    values = [pricing.onward_from(onward, 0, level, paid, 0) for level, paid in product(range(2), range(2))]
    assert values == [9, tour_pricing.NONE, 7, 9]
