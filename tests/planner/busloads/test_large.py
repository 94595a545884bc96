"""Plans of many busloads: valid, no shorter than the bound, the same again, and honest about why they ended."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from msgspec.structs import replace

from planner.busloads.tiny_busloads import check, city, draw, optimum_s
from safepassage.planner.busloads import large
from safepassage.planner.busloads.anneal import Network, Pace
from safepassage.planner.busloads.decompose import tours as decomposed
from safepassage.planner.busloads.flow import cheapest
from safepassage.planner.busloads.problem import UNREACHABLE, makespan_s


@pytest.mark.parametrize("exact", [True, False])
def test_plan_and_bound_enclose_the_optimum(*, exact: bool) -> None:
    for seed in range(20):
        problem = draw(seed, exact=exact)
        found = large.solve(problem, seconds=60, iterations=4_000, seed=seed)
        assert found.tours is not None
        check(problem, found.tours)
        assert found.makespan_s == makespan_s(problem, found.tours)
        assert found.bound_s <= optimum_s(problem) <= found.makespan_s


def test_a_small_city_comes_near_its_bound() -> None:
    problem = city()
    found = large.solve(problem, seconds=60, iterations=400_000)
    assert found.tours is not None
    check(problem, found.tours)
    assert found.makespan_s <= 1.04 * found.bound_s


def test_the_same_limit_and_seed_give_the_same_plan() -> None:
    problem = city()
    one, again, other = (large.solve(problem, seconds=60, iterations=20_000, seed=seed) for seed in (1, 1, 2))
    assert one.tours == again.tours
    assert one.tours != other.tours
    assert one.ended_by == "iterations"


def test_the_clock_ends_it() -> None:
    heard = []
    found = large.solve(city(), seconds=0.3, tell=lambda *news: heard.append(news))
    assert found.ended_by == "seconds"
    assert found.tours is not None
    assert tuple(heard) == found.trace
    assert found.trace[0][1] is None
    assert found.trace[-1][1:] == (found.makespan_s, found.bound_s)


@pytest.mark.parametrize("iterations", [0, 1, 20_003])
def test_no_more_candidates_than_allowed(iterations: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    advance = large._advance

    def noted(network: Network, chain: large._Chain, pace: Pace) -> int:
        tried.append(pace.iterations)
        return advance(network, chain, pace)

    monkeypatch.setattr(large, "_advance", noted)
    found = large.solve(city(), seconds=60, iterations=iterations)
    assert found.ended_by == "iterations"
    assert sum(tried) == large.CHAINS * iterations


def test_a_better_plan_than_the_flows_is_told_before_a_chain_is_driven() -> None:
    problem = city()
    flow = cheapest(problem)
    assert flow is not None
    found = large.solve(problem, seconds=60, iterations=0)
    assert found.tours is not None
    check(problem, found.tours)
    assert found.makespan_s < makespan_s(problem, decomposed(problem, flow))


def test_whoever_asked_may_stop_it() -> None:
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(len(asked) == 3)
        return asked[-1]

    found = large.solve(city(), seconds=60, iterations=400_000, stop=stop)
    assert found.ended_by == "seconds"
    assert found.tours is not None
    assert asked == [False, False, False, True]


def test_a_slow_machine_still_cools_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every look at the clock finds a second gone: there is time for a tenth of the iterations, if that.
    ticks = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))
    drawn: list[float] = []

    advance = large._advance

    def noted(network: Network, chain: large._Chain, pace: Pace) -> int:
        drawn.append(pace.temperature)
        return advance(network, chain, pace)

    monkeypatch.setattr(large, "_advance", noted)
    found = large.solve(city(), seconds=100, iterations=100_000)
    assert found.ended_by == "seconds"
    assert drawn[0] == large.HOT.hot
    assert drawn[-1] < 2 * large.EVEN.cold


def test_work_ahead_of_the_clock_is_not_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    # A slow first fifth means little, as long as the count catches up; the plan must then not hang on the clock.
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limits = large._Limits(0.0, 100.0, 1000, 0, None)
    work = large._Work(limits)
    now[0], work.done = 15.0, 10
    assert work.share() == 0.01
    now[0], work.done = 50.0, 500
    assert (work.share(), work.hurried) == (0.5, False)
    now[0], work.done = 60.0, 550
    assert (work.share(), work.hurried) == (0.55, True)
    now[0], work.done = 80.0, 600
    assert work.share() == pytest.approx(0.775)
    now[0] = 100.0
    assert work.share() == 1.0
    # The seconds may run out between two looks at the clock.
    assert large._Work(limits).share() == 0.0


def test_it_ends_where_the_bound_is_met() -> None:
    # One vehicle, one source, one shelter: no choice.
    problem = replace(
        city(),
        vehicles=np.array([1]),
        start_s=np.array([[10]]),
        loaded_s=np.array([[20]]),
        empty_s=np.array([[20]]),
        loads=np.array([3]),
        room=np.array([3]),
    )
    found = large.solve(problem, seconds=60)
    assert (found.makespan_s, found.bound_s, found.ended_by) == (110, 110, "optimum")


def test_a_plan_to_begin_with_is_never_made_worse() -> None:
    problem = city()
    before = large.solve(problem, seconds=60, iterations=100_000)
    assert before.tours is not None
    after = large.solve(problem, seconds=60, iterations=2_000, seed=5, start=before.tours)
    assert after.makespan_s <= before.makespan_s


def test_a_bound_that_is_known_is_aimed_at_and_ends_the_search() -> None:
    problem = draw(3, exact=True)
    least_s = optimum_s(problem)
    flow = cheapest(problem)
    assert flow is not None
    assert flow.bound_s < least_s
    found = large.solve(problem, seconds=60, iterations=400_000, bound_s=least_s)
    assert (found.makespan_s, found.bound_s, found.ended_by) == (least_s, least_s, "optimum")
    assert large.solve(problem, seconds=60, iterations=400, bound_s=1).bound_s == flow.bound_s


def test_nothing_waits() -> None:
    found = large.solve(replace(city(), loads=np.zeros(30, np.int64)), seconds=1)
    assert (found.makespan_s, found.bound_s, found.ended_by) == (0, 0, "optimum")


def test_there_is_no_plan() -> None:
    found = large.solve(replace(city(), room=np.zeros(4, np.int64)), seconds=1)
    assert found.tours is None
    assert found.bound_s == UNREACHABLE
