"""The flow of seats, the longest single trip: by hand, by duality, below every optimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from planner.households.bound_cases import tiny
from planner.households.brute import best_makespan_s
from safepassage.planner.households import radial, relaxation
from safepassage.planner.households.problem import UNREACHABLE, HouseholdProblem


def _line(**changes: Any) -> HouseholdProblem:
    """Yard, pickup and shelter in a row, 100 s and 200 s apart; ten people in two households; a vehicle of four."""
    plain = HouseholdProblem(
        pickup=np.zeros(3, np.int64),
        sizes=np.array([[4, 0, 0], [4, 0, 0], [2, 0, 0]]),
        board_s=np.array([8, 8, 4]),
        alight_s=np.array([4, 4, 2]),
        ready_s=np.zeros(3, np.int64),
        allowed=np.ones((3, 1), np.bool_),
        places=np.array([[4, 0, 0]]),
        speed=np.array([0]),
        kind=np.array([0]),
        yard=np.array([0]),
        available_s=np.array([50]),
        yards=1,
        pickups=1,
        shelters=1,
        drive_s=np.array([[[0, 100, 300], [100, 0, 200], [300, 200, 0]]]),
        room=np.array([20]),
        windows=((), ()),
        bays=np.zeros(2, np.int64),
        setup_s=10,
        most_pickups=4,
        drive_limit_s=np.array([UNREACHABLE]),
    )
    return replace(plain, **changes)


def _work_s(problem: HouseholdProblem) -> int:
    relaxed = relaxation.relax(problem, (0,), relaxation.shortest(problem))
    assert relaxed is not None
    work = radial.seat_work(relaxed)
    assert work is not None
    return radial.horizon_of_work_s(work, relaxed)


def test_longest_single_by_hand() -> None:
    problem = _line()
    ways = relaxation.shortest(problem)
    assert radial.longest_single_s(problem, ways) == 50 + 100 + 18 + 200 + 14
    late = replace(problem, ready_s=np.array([0, 400, 0]))
    assert radial.longest_single_s(late, ways) == 400 + 18 + 200 + 14
    shut = replace(problem, windows=(((0, 160), (500, 600)), ()))
    assert radial.longest_single_s(shut, ways) == 500 + 18 + 200 + 14
    assert radial.longest_single_s(replace(problem, places=np.array([[3, 0, 0]])), ways) == radial.NEVER


def test_work_by_hand() -> None:
    """Ten seats come loaded, four from the yard and six back: with services, 4 places times the seconds."""
    driven = 10 * 200 + 4 * 100 + 6 * 200
    service = 30 + 10 * (3 + 3)
    assert _work_s(_line()) == 50 + -(-(driven + 4 * service) // 4)


def test_work_waits_for_vehicles() -> None:
    """A second vehicle comes too late to work, though the flow may take its four seats from the yard."""
    problem = _line(kind=np.zeros(2, np.int64), yard=np.zeros(2, np.int64), available_s=np.array([0, 10**5]))
    driven = 10 * 200 + 8 * 100 + 2 * 200
    assert _work_s(problem) == driven // 4 + 30 + 10 * (3 + 3)


def test_no_room_is_no_flow() -> None:
    problem = _line(room=np.array([9]))
    relaxed = relaxation.relax(problem, (0,), relaxation.shortest(problem))
    assert relaxed is not None
    assert radial.seat_work(relaxed) is None


def test_nobody_lies() -> None:
    problem = _line()
    assert relaxation.relax(problem, (2,), relaxation.shortest(problem)) is None


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_prices_prove_the_flow(seed: int) -> None:
    problem = tiny(seed)
    relaxed = relaxation.relax(problem, (0, 1, 2), relaxation.shortest(problem))
    assert relaxed is not None
    flow = radial.cheapest_flow(relaxed)
    if flow is None:
        return
    supply = relaxed.groups.vehicles * relaxed.groups.places
    assert flow.head @ relaxed.heads - flow.room @ relaxed.room - flow.vehicle @ supply == flow.cost
    assert min(flow.room.min(), flow.leave.min(), flow.vehicle.min()) >= 0


@pytest.fixture(params=["compiled", "plain"])
def form(request: pytest.FixtureRequest) -> Any:
    return (lambda kernel: kernel) if request.param == "compiled" else (lambda kernel: kernel.py_func)


def test_kernels_alike(form: Any) -> None:
    drive_s = np.array([[0, 5, 20], [9, 0, 3], [1, UNREACHABLE, 0]])
    assert form(relaxation.nearest)(drive_s, np.arange(3)).tolist() == [[0, 5, 8], [4, 0, 3], [1, 6, 0]]
    sums = form(relaxation.reachable)(np.array([0, 0, 1]), np.array([2, 3, 4]), 2, 5)
    assert [np.flatnonzero(row).tolist() for row in sums] == [[0, 2, 3, 5], [0, 4]]
    begin = form(radial.next_start)
    first, windows = np.array([0, 0, 2]), np.array([[10, 20], [40, 90]])
    assert [begin(first, windows, 0, 7, 99), begin(first, windows, 1, 0, 10), begin(first, windows, 1, 11, 10)] == [
        7,
        10,
        40,
    ]
    arcs = radial._Arcs(np.array([0, 1]), np.array([1, 2]), np.array([5, 1]), np.array([3, -4]))
    assert form(radial._distances)(arcs, np.array([0, 1]), 2).tolist() == [0, 0, 0]
    problem = _line()
    ways = relaxation.shortest(problem)
    alone = radial._Alone(problem.pickup, problem.sizes, np.array([[18, 14]] * 3), problem.ready_s, problem.allowed)
    fleet = radial._Fleet(np.array([[0, 0, 50]]), problem.places, problem.speed, ways)
    none = np.zeros((0, 2), np.int64)
    assert form(radial._longest)(alone, fleet, np.zeros(3, np.int64), none) == 382


def test_never_above_an_optimum() -> None:
    for seed in range(150):
        problem = tiny(seed)
        best_s = best_makespan_s(problem)
        ways = relaxation.shortest(problem)
        if best_s is None:
            continue
        assert radial.longest_single_s(problem, ways) <= best_s, seed
        for mobilities in ((0,), (1,), (0, 1, 2)):
            relaxed = relaxation.relax(problem, mobilities, ways)
            work = None if relaxed is None else radial.seat_work(relaxed)
            assert relaxed is None or work is not None, seed
            if relaxed is not None and work is not None:
                assert radial.horizon_of_work_s(work, relaxed) <= best_s, seed
