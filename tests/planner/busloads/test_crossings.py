"""Drives with cuts: never a bound above the least of every plan; the cuts hold for tours; circles are cut off."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from planner.busloads.brute import is_a_plan, least_makespan_s, tiny
from planner.busloads.tiny_busloads import city, draw, optimum_s
from safepassage.planner.busloads import crossing_bound, crossings, exact, large
from safepassage.planner.busloads.crossing_bound import Crossings, bounds_by_crossings
from safepassage.planner.busloads.crossings import Drives, drives_of, entries, from_within, too_long, violated
from safepassage.planner.busloads.entering import least_entries
from safepassage.planner.busloads.flow import cheapest
from safepassage.planner.busloads.pricing import Numbers, needs_of, ways_of
from safepassage.planner.busloads.problem import BusloadProblem, Tour


@pytest.fixture(params=["compiled", "plain"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the kernels as compiled, then as the Python they are written in."""
    if request.param == "plain":
        for name, kernel in vars(crossings).copy().items():
            if hasattr(kernel, "py_func"):
                monkeypatch.setattr(crossings, name, kernel.py_func)
    return str(request.param)


def plenty() -> float:
    return 60.0


def bounded(problem: BusloadProblem, horizon_s: int) -> list[int]:
    return list(bounds_by_crossings(ways_of(problem), needs_of(problem), horizon_s, left_s=plenty))


def driven(drives: Drives, tours: tuple[Tour, ...], sources: int) -> Numbers:
    """Return how often tours use each drive; all must be among them."""
    at = {(tail, head): k for k, (tail, head) in enumerate(zip(*(d.tolist() for d in drives[:2]), strict=True))}
    amounts = np.zeros(len(drives.tail), np.int64)
    for tour in tours:
        here = -1 - tour.yard
        for source, shelter in tour.runs:
            for tail, head in ((here, source), (source, sources + shelter)):
                amounts[at[tail, head]] += 1
            here = sources + shelter
    return amounts


def short_of_a_plan(problem: BusloadProblem) -> int:
    return large.solve(problem, seconds=60.0, iterations=20_000, seed=0).makespan_s - 1


def flow_bound_s(problem: BusloadProblem) -> int:
    flow = cheapest(problem)
    assert flow is not None
    return flow.bound_s


def two_towns() -> BusloadProblem:
    """Return two towns far from each other: the drives that take least time leave one of them to a circle."""
    apart = np.array([[10, 900], [12, 900], [900, 10], [900, 12]])
    return BusloadProblem(
        vehicles=np.array([2]),
        start_s=np.array([[5, 5, 800, 800]]),
        loaded_s=apart,
        empty_s=np.ascontiguousarray(apart.T),
        loads=np.array([2, 2, 2, 2]),
        room=np.array([4, 4]),
        exact=True,
    )


@pytest.mark.no_cover
def test_never_above_the_least_of_every_plan(kernels: str) -> None:
    for seed in range(150 if kernels == "compiled" else 12):
        problem = tiny(seed, exact=True)
        least_s = least_makespan_s(problem)
        for horizon_s in (least_s - 1, least_s + 7):
            found = bounded(problem, horizon_s)
            assert found
            assert max(found) <= min(least_s, max(0, horizon_s + 1))


@pytest.mark.no_cover
def test_never_above_the_least_with_more_loads_for_each_vehicle() -> None:
    met = 0
    for seed in range(150):
        problem = draw(seed)
        least_s = optimum_s(problem)
        bound_s = max(bounded(problem, least_s + 3))
        assert bound_s <= least_s
        met += bound_s == least_s
    assert met > 15


def test_a_circle_that_no_vehicle_enters_is_cut_off(kernels: str) -> None:
    assert kernels
    problem = two_towns()
    ways, needs = ways_of(problem), needs_of(problem)
    drives = drives_of(ways, needs, 900)
    # both vehicles stay in the first town
    amounts = np.zeros(len(drives.tail))
    for tail, head, often in ((-1, 0, 1), (-1, 1, 1), (0, 4, 2), (1, 4, 2), (4, 0, 1), (4, 1, 1)):
        amounts[(drives.tail == tail) & (drives.head == head)] = often
    for tail, head, often in ((2, 5, 2), (3, 5, 2), (5, 2, 2), (5, 3, 2)):
        amounts[(drives.tail == tail) & (drives.head == head)] = often
    found = violated(drives, amounts, 900, 6)
    assert [False, False, True, True, False, True] in found.tolist()
    assert too_long(drives, found[0], 900) @ amounts > 0
    assert max(bounded(problem, 900)) > 200


def test_the_cuts_hold_for_tours() -> None:
    problem = city()
    ways, needs = ways_of(problem), needs_of(problem)
    plan = large.solve(problem, seconds=60.0, iterations=20_000, seed=0)
    drives = drives_of(ways, needs, plan.makespan_s)
    assert plan.tours is not None
    amounts = driven(drives, plan.tours, len(problem.loads))
    assert not len(violated(drives, amounts.astype(float), plan.makespan_s, 34))
    rng = np.random.default_rng(0)
    told = 0
    for _ in range(100):
        places = rng.random(34) < rng.random()
        assert too_long(drives, places, plan.makespan_s) @ amounts <= 0
        least = least_entries(drives, places, needs, plan.makespan_s, seconds=60.0)
        assert least <= amounts[entries(drives, places)].sum()
        assert not (entries(drives, places) & from_within(drives, places)).any()
        told += least > 1
    assert told > 20


def test_as_many_vehicles_come_in_as_the_time_asks_for() -> None:
    problem = two_towns()
    ways, needs = ways_of(problem), needs_of(problem)
    town = np.array([False, False, True, True, False, True])
    # 800 to come, then a load takes 10 or 12 and as long again to the next
    for horizon_s, least in ((812, 4), (860, 2), (900, 1)):
        drives = drives_of(ways, needs, horizon_s)
        more = needs._replace(vehicles=np.array([9]))
        assert least_entries(drives._replace(most=drives.most + 9), town, more, horizon_s, seconds=60.0) == least


def test_sets_of_which_nothing_is_known() -> None:
    problem = two_towns()
    ways, needs = ways_of(problem), needs_of(problem)
    drives = drives_of(ways, needs, 812)
    assert least_entries(drives, np.arange(6) > 3, needs, 812, seconds=60.0) == 0
    # no two vehicles can do it: no number is told
    assert least_entries(drives, np.arange(6) > 1, needs, 812, seconds=60.0) == 0


def test_of_a_city_more_than_the_flow_and_each_time_the_same() -> None:
    problem = city()
    horizon_s = short_of_a_plan(problem)
    found = bounded(problem, horizon_s)
    assert flow_bound_s(problem) < max(found) <= horizon_s + 1
    assert found == bounded(problem, horizon_s)


def test_whole_numbers_follow_when_fractions_have_had_their_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = city()
    horizon_s = short_of_a_plan(problem)
    all_rounds = bounded(problem, horizon_s)
    for name, value in (("MOST_ROUNDS", 2), ("MOST_COUNTS", 0), ("MOST_WHOLE", 1)):
        monkeypatch.setattr(crossing_bound, name, value)
    found = bounded(problem, horizon_s)
    assert len(found) == 3 < len(all_rounds)
    assert max(found) <= max(all_rounds)


def test_no_more_rounds_than_there_is_time_for() -> None:
    problem = city()
    ways, needs, horizon_s = ways_of(problem), needs_of(problem), short_of_a_plan(problem)
    for asked, rounds in ((2, 1), (4, 2), (6, 3)):
        # asked before the first round, and before and after each
        left_s = partial(next, iter([60.0] * asked), 0.0)
        told = bounds_by_crossings(ways, needs, horizon_s, left_s=left_s)
        assert len(list(told)) == rounds


def test_numbers_of_vehicles_are_left_when_time_is_up() -> None:
    problem = city()
    bound = Crossings(ways_of(problem), needs_of(problem), short_of_a_plan(problem))
    amounts = np.zeros(len(bound.drives.tail))
    assert bound._count(amounts, lambda: 0.0) == 0
    assert bound._count(amounts, plenty) > 0


def test_what_was_not_solved_proves_nothing() -> None:
    problem = two_towns()
    bound = Crossings(ways_of(problem), needs_of(problem), 900)
    assert bound._proved(SimpleNamespace(status=1, mip_dual_bound=None, fun=None, x=None)) == 0
    assert bound._proved(SimpleNamespace(status=1, mip_dual_bound=-np.inf, fun=None, x=None)) == 0
    assert bound._proved(SimpleNamespace(status=1, mip_dual_bound=200.5, fun=None, x=None)) == 101
    assert bound._proved(SimpleNamespace(status=2, mip_dual_bound=None, fun=None, x=None)) == 901


@pytest.fixture
def long_tours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take all problems for those of long tours."""
    for name in ("LONG_TOUR", "MANY_INSTANTS", "FIRST_CANDIDATES"):
        monkeypatch.setattr(exact, name, 0)


@pytest.mark.usefixtures("long_tours")
def test_the_engine_takes_the_bound_and_ends_alike_for_equal_work() -> None:
    problem = city(15)
    found, again = (exact.solve(problem, seconds=600.0, seed=0, work=3.0) for _ in range(2))
    assert found.tours is not None
    assert is_a_plan(problem, found.tours)
    assert found.stages[1:] == ("annealing anew", "drives with cuts and tours without repeats beside annealing")
    assert (found.tours, found.bound_s, found.ended_by) == (again.tours, again.bound_s, again.ended_by)
    assert flow_bound_s(problem) < found.bound_s <= found.makespan_s


@pytest.mark.usefixtures("long_tours")
@pytest.mark.parametrize("most", [0, 200])
def test_the_engine_goes_on_with_tours_without_repeats(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossing_bound, "MOST_PLACES", most)
    closed = 0
    for seed in range(12):
        problem = draw(seed)
        found = exact.solve(problem, seconds=600.0, seed=0, work=2.0)
        least_s = optimum_s(problem)
        assert found.bound_s <= least_s <= found.makespan_s
        closed += found.ended_by == "optimum"
    assert closed >= 3
