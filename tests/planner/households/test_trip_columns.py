"""Trips: priced as by enumeration, feasible when said so, never a bound above an optimum."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from planner.households.bound_cases import tiny
from planner.households.brute import best_makespan_s
from safepassage.planner.households import trip_pricing
from safepassage.planner.households.problem import HouseholdProblem
from safepassage.planner.households.relaxation import relax, shortest
from safepassage.planner.households.trip_columns import Fleet, fleet, trip_bound

KERNELS = ("begin_costs", "price_trips", "_board", "_finish", "_drive_on", "trip_of", "lower_rewards")


@pytest.fixture(params=["compiled", "plain"])
def pricing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "plain":
        for name in KERNELS:
            monkeypatch.setattr(trip_pricing, name, getattr(trip_pricing, name).py_func)
    return trip_pricing


def _fleet(problem: HouseholdProblem) -> Fleet | None:
    relaxed = relax(problem, (0, 1, 2), shortest(problem))
    assert relaxed is not None
    return fleet(problem, relaxed)


def test_never_above_an_optimum() -> None:
    total = tried = 0.0
    for seed in range(120):
        problem = tiny(seed)
        best_s = best_makespan_s(problem)
        own = _fleet(problem)
        if best_s is not None and own is not None:
            bound_s = trip_bound(own, lambda: False, 20, lambda _: None)
            assert bound_s <= best_s, seed
            total, tried = total + bound_s / best_s, tried + 1
    assert total > 0.6 * tried


def _small(seed: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    drives = trip_pricing.Drives(
        rng.integers(1, 9, (3, 3)), rng.integers(1, 9, (3, 2)), rng.integers(1, 9, (2, 3)), rng.integers(1, 9, (1, 3))
    )
    drives.between[0, 1] = drives.out[1, 0] = drives.back[0, 2] = drives.start[0, 0] = trip_pricing.FAR
    worth = trip_pricing.Worth(
        rng.integers(2, 20, 3),
        rng.integers(-5, 9, 3),
        3,
        4,
        rng.integers(0, 4, 2),
        rng.integers(0, 9, 2),
        np.array([5]),
        3 * drives.between,
    )
    # Coming into the set of the last two pickups has a price: driving between them is dearer than its time.
    worth.drives[1, 2] += 5
    worth.drives[2, 1] += 5
    return drives, worth, rng.integers(1, 4, 3)


def _enumerated(drives: Any, worth: Any, people: Any, places: int) -> list[int]:
    """Best excess by last pickup, over every walk, load and number of people already aboard."""
    best = [trip_pricing.NONE] * 3
    came = {}
    for first, aboard in product(range(3), range(places)):
        ways = [
            worth.second * drives.back[t, first] + worth.leave[t] - aboard * worth.room[t]
            for t in range(2)
            if drives.back[t, first] < trip_pricing.FAR
        ]
        if not aboard and drives.start[0, first] < trip_pricing.FAR:
            ways.append(worth.second * drives.start[0, first] + worth.first[0])
        came[first, aboard] = min(ways)
    for stops in range(1, places + 1):
        for walk in product(range(3), repeat=stops):
            if any(one == other for one, other in pairwise(walk)):
                continue
            for loads in product(*(range(1, people[p] + 1) for p in walk)):
                for aboard in range(places - sum(loads) + 1) if sum(loads) <= places else ():
                    value = sum(k * worth.heads[p] + worth.visits[p] for p, k in zip(walk, loads, strict=True))
                    value -= sum(worth.drives[a, b] for a, b in pairwise(walk))
                    for t in range(2):
                        if drives.out[walk[-1], t] < trip_pricing.FAR:
                            cost = worth.second * drives.out[walk[-1], t] + worth.stop - worth.leave[t]
                            cost += worth.room[t] * (aboard + sum(loads)) + came[walk[0], aboard]
                            best[walk[-1]] = max(best[walk[-1]], int(value - cost))
    return best


@pytest.mark.parametrize("seed", range(3))
def test_trips_are_worth_what_enumeration_finds(pricing: Any, seed: int) -> None:
    drives, worth, people = _small(seed)
    found = pricing.price_trips(drives, worth, people, 4)
    assert found.excess.tolist() == _enumerated(drives, worth, people, 4)
    for last in range(3):
        pickups, heads, aboard = pricing.trip_of(found, last)
        assert pickups[-1] == last
        assert aboard + heads.sum() == found.heads[last]
        assert (heads >= 1).all()
        assert (heads <= people[pickups]).all()


@pytest.mark.parametrize("seed", range(3))
def test_rewards_fall_until_no_trip_is_worth_more(pricing: Any, seed: int) -> None:
    drives, worth, people = _small(seed)
    # Rewards are gross: a head and a visit cost time as well.
    paid = (np.full(3, 2), np.full(3, 12))
    rewards = (worth.heads + paid[0], worth.visits + paid[1])
    for _ in range(60):
        net = worth._replace(heads=rewards[0] - paid[0], visits=rewards[1] - paid[1])
        found = pricing.price_trips(drives, net, people, 4)
        order = np.flatnonzero(found.excess > 0)
        if not len(order):
            break
        before = rewards[0].sum() + rewards[1].sum()
        factor = pricing.lower_rewards(found, drives, net, rewards, order)
        assert 0 <= factor < 1
        assert rewards[0].sum() + rewards[1].sum() < before
    assert not len(order)
