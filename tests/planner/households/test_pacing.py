"""How a search parts its time and work: by iterations alone, by seconds alone, by whichever is further along."""

from __future__ import annotations

import math

import pytest

from safepassage.planner.households.pacing import Limits, Pace


def paced(seconds: float, iterations: int | None, *, done: int, elapsed: float, rate: float = 0.0) -> Pace:
    pace = Pace(limits=Limits(seconds, iterations), done=done, rate=rate)
    pace.look(elapsed)
    return pace


@pytest.mark.parametrize("elapsed", [0.0, 1.0, 30.0])
def test_the_clock_does_not_matter_while_iterations_lead(elapsed: float) -> None:
    pace = paced(1000.0, 500, done=100, elapsed=elapsed, rate=elapsed)
    assert pace.share == pytest.approx(0.2)
    assert paced(math.inf, 500, done=100, elapsed=elapsed).share == pytest.approx(0.2)


def test_a_slow_machine_cools_with_its_seconds() -> None:
    assert paced(100.0, 10**9, done=10, elapsed=55.0).share == pytest.approx(0.5)
    assert paced(100.0, 10**9, done=10, elapsed=100.0).share == 1.0
    assert paced(100.0, None, done=10, elapsed=25.0).share == 0.25


@pytest.mark.parametrize(
    ("seconds", "iterations", "done", "elapsed", "over"),
    [
        (10.0, None, 5, 9.9, ""),
        (10.0, None, 5, 10.0, "seconds"),
        (10.0, 5, 5, 11.0, "iterations"),
        (10.0, 6, 5, 11.0, "seconds"),
        (10.0, 6, 5, 1.0, ""),
    ],
)
def test_what_is_used_up(seconds: float, iterations: int | None, done: int, elapsed: float, over: str) -> None:
    assert paced(seconds, iterations, done=done, elapsed=elapsed).over == over


def test_rounds_are_short() -> None:
    assert paced(10.0, None, done=0, elapsed=0.0).work(20, 1000) == 1000
    assert paced(10.0, None, done=5, elapsed=1.0, rate=100.0).work(20, 1000) == 50
    assert paced(10.0, None, done=5, elapsed=9.75, rate=100.0).work(20, 1000) == 25
    assert paced(math.inf, 600, done=5, elapsed=9.9, rate=100.0).work(20, 1000) == 30
    assert paced(math.inf, 600, done=590, elapsed=9.9, rate=100.0).work(20, 1000) == 10
    assert paced(math.inf, None, done=590, elapsed=9.9, rate=100.0).work(20, 1000) == 1000


def test_a_round_leads_to_its_share() -> None:
    assert paced(10.0, 100, done=20, elapsed=1.0).share_after(30) == pytest.approx(0.5)
    assert paced(10.0, None, done=20, elapsed=1.0, rate=30.0).share_after(30) == pytest.approx(0.2)
