"""The best of all bounds."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from planner.households.bound_cases import tiny
from planner.households.brute import best_makespan_s
from safepassage.planner.households import bounds
from safepassage.planner.households.bounds import lower_bound
from safepassage.planner.households.problem import HouseholdProblem
from safepassage.planner.households.radial import NEVER


def _bound(problem: HouseholdProblem, upper_s: int | None = None, rounds: float = 30) -> bounds.Bound:
    return lower_bound(problem, seconds=1e9, upper_s=upper_s, work=rounds)


@pytest.mark.no_cover
@pytest.mark.parametrize("first", range(0, 1000, 100))
def test_never_above_an_optimum(first: int) -> None:
    for seed in range(first, first + 100):
        problem = tiny(seed)
        best_s = best_makespan_s(problem)
        bound = _bound(problem, best_s)
        assert best_s is None or bound.bound_s <= best_s, seed


def test_progress_is_told_and_traced() -> None:
    told: list[tuple[int, str]] = []
    bound = lower_bound(tiny(4), seconds=1e9, work=30, tell=lambda bound_s, method: told.append((bound_s, method)))
    assert told == [(bound_s, method) for _, bound_s, method in bound.trace]
    assert told == sorted(told, key=lambda entry: entry[0])
    assert (bound.bound_s, bound.method) == told[-1]
    assert bound.ended_by == "method"


def test_the_same_work_gives_the_same_bound() -> None:
    for seed in (2, 4, 7):
        one, other = _bound(tiny(seed), rounds=5), _bound(tiny(seed), rounds=5)
        assert (one.bound_s, one.method) == (other.bound_s, other.method)


def test_nothing_beyond_the_plan_is_proved_by_tours() -> None:
    problem = tiny(4)
    best_s = best_makespan_s(problem)
    assert best_s is not None
    assert _bound(problem, best_s).bound_s <= best_s


def test_no_time_leaves_the_quick_bounds() -> None:
    bound = lower_bound(tiny(4), seconds=0, work=30)
    assert bound.ended_by == "seconds"
    assert bound.method in {"longest single", "radial"}


def test_no_room_is_no_plan() -> None:
    problem = replace(tiny(4), room=np.zeros_like(tiny(4).room))
    assert _bound(problem).bound_s == NEVER


def test_nobody_waits() -> None:
    problem = tiny(4)
    empty = {
        name: getattr(problem, name)[:0] for name in ("pickup", "sizes", "board_s", "alight_s", "ready_s", "allowed")
    }
    assert _bound(replace(problem, **empty)).bound_s == 0


def test_trips_bound_where_tours_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_LABELS", 0)
    for seed in range(40):
        problem = tiny(seed)
        best_s = best_makespan_s(problem)
        bound = _bound(problem)
        assert best_s is None or bound.bound_s <= best_s, seed
        assert bound.method != "tours"
