"""Sets of pickups into which vehicles must come: found where they lack, counted and rewarded alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from safepassage.planner.households import trip_cuts
from safepassage.planner.households.trip_cuts import Cuts

KERNELS = ("_grow", "_grow_one")


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def _kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        for name in KERNELS:
            monkeypatch.setattr(trip_cuts, name, getattr(trip_cuts, name).py_func)


def _triangle() -> tuple[Any, Any]:
    """Three pickups that one and a half vehicles visit in turn, two by two; a fourth apart."""
    drives = np.zeros((4, 4))
    drives[0, 1] = drives[1, 2] = drives[2, 0] = 0.5
    return np.ones(4), drives


def test_rounding_up_finds_what_a_triangle_lacks() -> None:
    # Thirty people in vehicles of twenty: one and a half vehicles come in, two are needed.
    cuts = Cuts(np.array([10, 10, 10, 20]), 20)
    found = cuts.find(*_triangle())
    assert found.tolist() == [[True, True, True, False]]
    assert cuts.add(found) == 1
    assert cuts.needs.tolist() == [2]
    assert cuts.add(found) == 0
    assert len(cuts.members) == 1


def test_nothing_is_found_where_enough_vehicles_come() -> None:
    assert len(Cuts(np.array([5, 5, 10, 20]), 20).find(*_triangle())) == 0
    assert len(Cuts(np.array([0, 0, 0, 20]), 20).find(*_triangle())) == 0


def test_a_drive_inside_a_set_is_no_arrival() -> None:
    cuts = Cuts(np.array([10, 10, 10, 20]), 20)
    cuts.add(np.array([[True, True, False, False], [False, True, True, True]]))
    assert cuts.arrivals(np.array([0, 1, 2, 0])).tolist() == [2, 1]
    assert cuts.arrivals(np.array([3]), 1).tolist() == [1]


@pytest.mark.parametrize("seed", range(5))
def test_stops_less_drives_are_worth_the_arrivals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cuts = Cuts(rng.integers(1, 30, 8), 20)
    cuts.add(rng.random((6, 8)) < 0.5)
    prices = rng.integers(0, 2**40, 4)
    stop, drive = cuts.rewards(prices)
    walk = rng.permutation(8)[:5]
    worth = stop[walk].sum() - drive[walk[:-1], walk[1:]].sum()
    assert worth == prices @ cuts.arrivals(walk)[:4]
    assert cuts.owed(prices) == prices @ cuts.needs[:4]
