"""The shuttle problem in arrays: which problems have the shape, and that array times are those of the clock."""

from __future__ import annotations

import numpy as np
import pytest

from planner.shuttle_small import PLACES, load, problem, random_problem, routes_on, shuttle
from safepassage.model.ids import SiteId
from safepassage.model.time import Window
from safepassage.planner.busloads.problem import Tour, length_s
from safepassage.planner.households.problem import Trip, Visit
from safepassage.planner.shuttle_arrays import (
    busload_arrays,
    busload_tours,
    household_arrays,
    household_tours,
    is_easier,
)
from safepassage.planner.shuttle_clock import time_tours
from safepassage.planner.shuttles import Load, ShuttleProblem

ONE_SEAT = (1, 0, 0)
DUE = {"due_s": {SiteId("near"): 500}}
OPENING = {"opens": {SiteId("end"): (Window(from_s=5, until_s=9_999),)}}
MIXED = [shuttle(places=ONE_SEAT), shuttle(places=(2, 0, 0))]


def singles(count: int = 3) -> list[Load]:
    return [load(site) for site in ["near", "far", "near", "near"][:count]]


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        (problem(singles(), [shuttle(places=ONE_SEAT)]), True),
        (problem([load("near", sizes=(6, 0, 0)), load("far", sizes=(6, 0, 0))], [shuttle()]), True),
        (problem(singles(), [shuttle(places=(2, 0, 0))]), False),
        (problem([load("near", sizes=(6, 0, 0)), load("far", sizes=(7, 0, 0))], [shuttle()]), False),
        (problem(singles(), MIXED), False),
        (problem([load("near", ready_s=5), *singles()], [shuttle(places=ONE_SEAT)]), False),
        (problem([load("near", sizes=(2, 0, 0))], [shuttle(places=ONE_SEAT)]), False),
        (problem(singles(), [shuttle(places=ONE_SEAT)], gates=True), False),
        (problem(singles(), [shuttle(places=ONE_SEAT)], **OPENING), False),
        (problem(singles(), [shuttle(places=ONE_SEAT)], **DUE), False),
        (problem([load("near", "far", sizes=(2, 0, 0))], [shuttle()]), False),
        (problem([], [shuttle()]), False),
        (problem(singles(), []), False),
    ],
)
def test_only_whole_busloads_are_busloads(given: ShuttleProblem, *, whole: bool) -> None:
    assert (busload_arrays(given) is not None) == whole


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        (problem(singles(), MIXED), True),
        (problem(singles(), [shuttle()], **OPENING), True),
        (problem(singles(), [shuttle()], **DUE), True),
        (problem(singles(), [shuttle()], gates=True), True),
        (problem(singles(), [shuttle(range_m=900)]), False),
        (problem([load("near", "far", sizes=(2, 0, 0))], [shuttle()]), False),
        (problem([load("near", apart=[1]), load("far", apart=[0])], [shuttle()]), False),
        (problem([load("end")], [shuttle()]), False),
        (problem([], [shuttle()]), False),
    ],
)
def test_households_wait_at_one_site(given: ShuttleProblem, *, fits: bool) -> None:
    assert (household_arrays(given) is not None) == fits


def test_gates_and_dues_are_left_out_and_said() -> None:
    assert not is_easier(problem(singles(), MIXED))
    assert is_easier(problem(singles(), [shuttle()], **DUE))
    assert is_easier(problem(singles(), [shuttle()], gates=True))


def test_loads_of_unlike_services_at_a_site_are_no_busloads() -> None:
    slow = load("near", sizes=(1, 0, 0))
    slow = Load(parts=slow.parts, sizes=slow.sizes, alight_s=9, ends=slow.ends)
    assert busload_arrays(problem([slow, *singles()], [shuttle(places=ONE_SEAT)])) is None


def test_times_of_busloads_are_those_of_the_clock() -> None:
    vehicles = [shuttle(places=ONE_SEAT), shuttle("near", places=ONE_SEAT, available_s=30)]
    given = problem([load("near", ends=("end", "other")), load("far", ends=("end", "other"))] * 2, vehicles)
    arrays = busload_arrays(given)
    assert arrays is not None
    assert arrays.problem.loads.tolist() == [2, 2]
    tours = (Tour(0, ((0, 0), (1, 1))), Tour(1, ((1, 0), (0, 1))))
    timed = time_tours(given, busload_tours(given, arrays, tours))
    assert timed is not None
    assert timed.ended_s == [length_s(arrays.problem, tour) for tour in tours]


def test_every_busload_is_given_away_once() -> None:
    given = problem(singles(4), [shuttle(places=ONE_SEAT)] * 2)
    arrays = busload_arrays(given)
    assert arrays is not None
    tours = busload_tours(given, arrays, (Tour(0, ((0, 0), (0, 0))), Tour(0, ((1, 0), (0, 0)))))
    assert sorted(n for tour in tours for run in tour for n in run.loads) == [0, 1, 2, 3]


def test_room_is_counted_in_whole_loads() -> None:
    given = problem([load("near", sizes=(6, 0, 0))] * 3, [shuttle()], room={SiteId("end"): 13})
    arrays = busload_arrays(given)
    assert arrays is not None
    assert arrays.problem.room.tolist() == [2]


def test_households_keep_what_matters() -> None:
    given = problem(
        [load("near", sizes=(2, 1, 0), ready_s=40), load("far", ends=("end", "other"))],
        [
            shuttle("near", pace=80, available_s=7),
            shuttle("far", (3, 0, 0), unrested_s=500, drive_limit_s=900),
        ],
        room={SiteId("end"): 3},
        bays={SiteId("end"): 2},
        routes=routes_on(PLACES, (80, 100)),
        opens=OPENING["opens"],
    )
    arrays = household_arrays(given)
    assert arrays is not None
    found = arrays.problem
    assert found.sizes.tolist() == [[2, 1, 0], [1, 0, 0]]
    assert found.ready_s.tolist() == [40, 0]
    assert found.allowed.tolist() == [[True, False], [True, True]]
    assert found.room.tolist() == [3, 4]
    assert found.windows == ((), (), ((5, 9_999),), ())
    assert found.bays.tolist() == [0, 0, 2, 0]
    assert found.drive_limit_s[found.kind].tolist() == [10**6, 500]
    assert found.available_s.tolist() == [7, 0]
    to_far = found.drive_s[found.speed[found.kind[0]], found.yard[0], found.yards + 1]
    assert to_far == 250
    assert np.all(found.drive_s[:, 0, 0] == 0)


def test_trips_become_runs_in_the_order_of_their_visits() -> None:
    given = problem([load("near"), load("far"), load("near")], [shuttle()])
    arrays = household_arrays(given)
    assert arrays is not None
    trip = Trip((Visit(1, (1,)), Visit(0, (0, 2))), 0)
    ((run,),) = household_tours(given, arrays, ((trip,),))
    assert run.sites == ("far", "near")
    assert sorted(run.loads) == [0, 1, 2]
    assert run.end == "end"


def test_random_problems_with_every_shape_are_told_apart() -> None:
    fits = [household_arrays(random_problem(seed, bays=False)) is not None for seed in range(60)]
    assert 10 < sum(fits) < 60
