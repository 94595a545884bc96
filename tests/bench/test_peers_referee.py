"""The referee of peers' plans finds every broken rule, and a plan survives the way through a peer's task."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from msgspec.structs import replace

from safepassage.planner.busloads.problem import BusloadProblem, Tour
from safepassage.planner.households.problem import HouseholdProblem, Trip, Visit

BENCH = Path(__file__).parents[2] / "bench"


class Peers(NamedTuple):
    """The modules beside the benchmark."""

    referee: ModuleType
    bundling: ModuleType
    task: ModuleType


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> Peers:
    monkeypatch.syspath_prepend(str(BENCH))
    from peers import bundling, referee, task  # noqa: PLC0415 - found only now

    return Peers(referee, bundling, task)


BUSLOADS = BusloadProblem(
    vehicles=np.array([1, 1]),
    start_s=np.array([[3, 5], [4, 2]]),
    loaded_s=np.array([[2, 6], [7, 1]]),
    empty_s=np.array([[3, 9], [8, 2]]),
    loads=np.array([2, 1]),
    room=np.array([2, 1]),
)
FIRST = Tour(0, ((0, 0), (0, 0)))
SECOND = Tour(1, ((1, 1),))


def test_valid_busloads(peers: Peers) -> None:
    assert peers.referee.check_busloads(BUSLOADS, (FIRST, SECOND)) == (3 + 2 + 3 + 2, [])


@pytest.mark.parametrize(
    ("tours", "fault"),
    [
        ((FIRST,), "source 1: 0 loads taken of 1"),
        ((Tour(0, ((0, 0), (0, 0), (0, 0))), SECOND), "source 0: 3 loads taken of 2"),
        ((Tour(0, ((0, 0), (0, 1))), SECOND), "shelter 1: 2 loads in room for 1"),
        ((Tour(0, ((0, 0),)), Tour(0, ((0, 0),)), SECOND), "yard 0: 2 vehicles of 1"),
    ],
)
def test_busloads_against_a_rule(peers: Peers, tours: tuple[Tour, ...], fault: str) -> None:
    assert fault in peers.referee.check_busloads(BUSLOADS, tours)[1]


def test_a_load_may_be_taken_twice_only_where_at_least_once_is_asked(peers: Peers) -> None:
    roomy = replace(BUSLOADS, exact=False, room=np.array([3, 1]))
    tours = (Tour(0, ((0, 0), (0, 0), (0, 0))), SECOND)
    assert peers.referee.check_busloads(roomy, tours)[1] == []
    assert peers.referee.check_busloads(replace(roomy, exact=True), tours)[1] != []


def test_a_way_that_is_not_there(peers: Peers) -> None:
    cut = replace(BUSLOADS, empty_s=np.array([[2**40, 9], [8, 2]]))
    assert "tour 0, run 1: no way" in peers.referee.check_busloads(cut, (FIRST, SECOND))[1]


HOUSEHOLDS = HouseholdProblem(
    pickup=np.array([0, 0, 1]),
    sizes=np.array([[3, 0, 0], [2, 1, 0], [4, 0, 0]]),
    board_s=np.array([18, 18, 24]),
    alight_s=np.array([9, 9, 12]),
    ready_s=np.zeros(3, np.int64),
    allowed=np.ones((3, 2), np.bool_),
    places=np.array([[9, 1, 0]]),
    speed=np.zeros(1, np.int64),
    kind=np.zeros(2, np.int64),
    yard=np.array([0, 0]),
    available_s=np.zeros(2, np.int64),
    yards=1,
    pickups=2,
    shelters=2,
    drive_s=np.array([[abs(one - other) * 100 for other in range(5)] for one in range(5)])[None],
    room=np.array([6, 10]),
    windows=((), (), (), ()),
    bays=np.zeros(4, np.int64),
    setup_s=60,
    most_pickups=2,
    drive_limit_s=np.full(1, 2**40),
)
"""Places 0 to 4 along a road: yard, two pickups, two shelters, 100 s apart."""

ALL_AT_ONCE = ((Trip((Visit(0, (0, 1)), Visit(1, (2,))), 1),), ())


def test_valid_households(peers: Peers) -> None:
    # Two stops with 60 s and 36 and 24 s of boarding, then 60 s and 30 s of alighting; 400 s of driving.
    assert peers.referee.check_households(HOUSEHOLDS, ALL_AT_ONCE) == (400 + 60 + 36 + 60 + 24 + 60 + 30, [])


def one(*visits: Visit, shelter: int = 1) -> tuple[tuple[Trip, ...], ...]:
    return ((Trip(visits, shelter),), ())


@pytest.mark.parametrize(
    ("changes", "tours", "fault"),
    [
        ({}, one(Visit(0, (0, 1))), "1 households are left behind"),
        ({}, (*one(Visit(0, (0, 1))), (Trip((Visit(0, (1,)),), 0),)), "household 1 rides 2 times"),
        ({}, ALL_AT_ONCE[:1], "1 tours for 2 vehicles"),
        ({}, one(Visit(0, (0, 1)), Visit(1, (2,)), shelter=0), "shelter 0: 10 people in room for 6"),
        ({"places": np.array([[8, 1, 0]])}, ALL_AT_ONCE, "vehicle 0, trip 0: [9, 1, 0] people on [8, 1, 0] places"),
        ({"places": np.array([[9, 0, 0]])}, ALL_AT_ONCE, "vehicle 0, trip 0: [9, 1, 0] people on [9, 0, 0] places"),
        ({"most_pickups": 1}, ALL_AT_ONCE, "vehicle 0, trip 0: 2 pickups of 1"),
        (
            {},
            one(Visit(0, (0, 1, 2))),
            "vehicle 0, trip 0: a household boards at pickup 0 and waits elsewhere",
        ),
        ({}, one(Visit(0, (0, 1)), Visit(1, ())), "vehicle 0, trip 0: a stop where nobody boards"),
        (
            {"allowed": np.array([[True, True], [True, False], [True, True]])},
            ALL_AT_ONCE,
            "vehicle 0, trip 0: a household may not end at shelter 1",
        ),
        ({"drive_limit_s": np.array([399])}, ALL_AT_ONCE, "vehicle 0: drives 400 s of 399 s"),
        (
            {"windows": ((), ((0, 300),), (), ())},
            ALL_AT_ONCE,
            "vehicle 0, trip 0: no window of place 1 is left at 296 s",
        ),
    ],
)
def test_households_against_a_rule(peers: Peers, changes: dict[str, Any], tours: Any, fault: str) -> None:
    assert fault in peers.referee.check_households(replace(HOUSEHOLDS, **changes), tours)[1]


def test_waiting_for_windows_and_for_people(peers: Peers) -> None:
    late = replace(HOUSEHOLDS, ready_s=np.array([0, 150, 0]), windows=((), ((0, 300), (500, 600)), (), ()))
    # Boarding at the first pickup from 150 to 246, at the second, after the gap, from 500 to 584.
    assert peers.referee.check_households(late, ALL_AT_ONCE) == (584 + 200 + 90, [])


def test_a_plan_of_whole_loads_through_a_task(peers: Peers) -> None:
    task, _ = peers.bundling.of_busloads(BUSLOADS)
    plan = peers.task.plan_of("[[0, [[[0], 0], [[1], 0]]], [1, [[[2], 1]]]]")
    assert peers.bundling.busload_tours(task, plan) == (FIRST, SECOND)
    assert peers.task.makespan_s(task, plan) == peers.referee.check_busloads(BUSLOADS, (FIRST, SECOND))[0]
    assert peers.task.overfull(task, plan).tolist() == [0, 0]


@pytest.mark.parametrize("grain", [1, 9])
def test_a_plan_of_households_through_a_task(peers: Peers, grain: int) -> None:
    task, members = peers.bundling.of_households(HOUSEHOLDS, grain)
    assert sorted(h for bundle in members for h in bundle) == [0, 1, 2]
    plan = [(0, [(list(range(len(members))), 1)])]
    tours = peers.bundling.household_tours(HOUSEHOLDS, task, members, plan)
    assert peers.referee.check_households(HOUSEHOLDS, tours) == (peers.task.makespan_s(task, plan), [])


def test_a_task_survives_its_file(peers: Peers, tmp_path: Path) -> None:
    task, _ = peers.bundling.of_households(HOUSEHOLDS, 9)
    peers.task.write(tmp_path / "task.npz", task)
    for written, read in zip(task, peers.task.read(tmp_path / "task.npz"), strict=True):
        np.testing.assert_array_equal(written, read)


def test_what_peers_cannot_express_is_refused(peers: Peers) -> None:
    with pytest.raises(ValueError, match="without types"):
        peers.bundling.of_households(replace(HOUSEHOLDS, ready_s=np.array([0, 0, 5])), 9)


def test_more_vehicles_than_a_yard_has(peers: Peers) -> None:
    task, members = peers.bundling.of_households(HOUSEHOLDS, 9)
    with pytest.raises(ValueError, match="more vehicles"):
        peers.bundling.household_tours(HOUSEHOLDS, task, members, [(0, []), (0, []), (0, [])])
