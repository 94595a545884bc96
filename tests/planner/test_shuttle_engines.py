"""The engine that suits: busloads exact or large, households in many; all end in tours that the clock can drive."""

from __future__ import annotations

from math import inf

import pytest

from planner.shuttle_small import load, problem, shuttle
from planner.small import operation, person, vehicle
from planner.support import planned
from safepassage.planner import shuttle_engines as engines
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.progress import Progress, Watch
from safepassage.planner.shuttle_clock import time_tours
from safepassage.planner.shuttles import ShuttleProblem, Tours

ONE_SEAT = (1, 0, 0)


def budget(told: list[Progress] | None = None, *, stop: bool = False) -> engines.Budget:
    watch = Watch((told if told is not None else []).append)
    effort = Effort(iterations=10, work=0.05, seed=0)
    return engines.Budget(effort=effort, clock=Clock(inf, lambda: stop), watch=watch, prove=True)


def busloads(count: int = 6) -> ShuttleProblem:
    return problem([load(("near", "far")[n % 2]) for n in range(count)], [shuttle(places=ONE_SEAT)] * 2)


def town(count: int = 60) -> ShuttleProblem:
    loads = [load(("near", "far")[n % 2], sizes=(1 + n % 3, n % 7 == 0, 0)) for n in range(count)]
    return problem(loads, [shuttle()] * 30)


def aboard(answer: engines.Answer) -> list[int]:
    return sorted(number for tour in answer.tours for run in tour for number in run.loads)


@pytest.mark.parametrize("few", [0, 400])
def test_busloads_go_to_the_exact_engine_where_there_are_few(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(engines, "FEW_LOADS", few)
    told: list[Progress] = []
    given = busloads()
    answer = engines.solve(given, budget(told))
    assert answer is not None
    timed = time_tours(given, answer.tours)
    assert timed is not None
    assert aboard(answer) == list(range(6))
    assert 0 < answer.bound_s <= timed.makespan_s
    assert (told[-1].makespan_s, told[-1].bound_s) == (timed.makespan_s, answer.bound_s)
    if few:
        assert answer.bound_s == timed.makespan_s


def test_many_households_go_to_their_engine_and_are_bounded_beside() -> None:
    given = town()
    answer = engines.solve(given, budget())
    assert answer is not None
    timed = time_tours(given, answer.tours)
    assert timed is not None
    assert aboard(answer) == list(range(60))
    assert 0 < answer.bound_s <= timed.makespan_s
    assert "households" in answer.stage
    assert engines.bound_s(given, timed.makespan_s, budget()) == answer.bound_s


def test_a_search_begins_with_tours_of_before() -> None:
    given = town()
    first = engines.solve(given, budget())
    assert first is not None
    again = engines.solve(given, budget(stop=True), first.tours)
    assert again is not None
    one, other = time_tours(given, first.tours), time_tours(given, again.tours)
    assert one is not None
    assert other is not None
    assert other.makespan_s <= one.makespan_s


def test_what_is_small_or_has_another_shape_is_left_to_the_search_over_stops() -> None:
    assert engines.solve(town(10), budget()) is None
    assert engines.solve(problem(town().loads, [shuttle(range_m=900)] * 30), budget()) is None
    assert engines.bound_s(problem([load("near", "far", sizes=(2, 0, 0))], [shuttle()]), 99, budget()) == 0


def test_busloads_without_any_plan_have_no_answer() -> None:
    given = problem(busloads().loads, busloads().shuttles, room={load("near").ends[0]: 2})
    assert engines.solve(given, budget()) is None


def test_whom_an_engine_leaves_behind_the_search_over_stops_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave_all(given: ShuttleProblem, *_others: object) -> engines.Answer:
        tours: Tours = [[] for _ in given.shuttles]
        return engines.Answer(tours=tours, left=list(range(len(given.loads))), bound_s=0, stage="households")

    monkeypatch.setattr(engines, "solve", leave_all)
    monkeypatch.setattr(engines, "is_large", lambda _given: True)
    found = planned(operation((person("P1", site="farm"), person("P2", site="home")), (vehicle("B1"),)))
    assert found.objective is not None
    assert found.objective.unserved == 0
    assert any("households, then annealing" in stage for stage in found.solver.stages)
