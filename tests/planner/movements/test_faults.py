"""Each fault of a plan is found, alone; a plan without one has none."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from safepassage.planner.movements.faults import faults
from safepassage.planner.movements.problem import MovementProblem, Route

RIGHT = (Route((0, 1), (0, 10), 23), Route((1, 0), (23, 33), 46))


@pytest.fixture
def chain() -> MovementProblem:
    """Three places in a row, two convoys that meet each other, 10 s a link, 3 s from head to tail."""
    return MovementProblem(
        ends=np.array([[0, 1], [1, 2], [0, 2]]),
        one_way=np.array([False, False, True]),
        travel_s=np.array([[10, 10, 10]]),
        places=3,
        standing=np.zeros(3, np.bool_),
        origin=np.array([0, 2]),
        destination=np.array([2, 0]),
        pace=np.zeros(2, np.int64),
        passing_s=np.array([3, 3]),
        ready_s=np.array([0, 5]),
        due_s=np.array([50, 50]),
    )


def test_none(chain: MovementProblem) -> None:
    assert faults(chain, RIGHT) == []
    assert faults(chain, (RIGHT[0], None)) == []


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (Route((1, 0), (22, 33), 46), "link 1: convoy 1 enters at 22, convoy 0 leaves at 23"),
        (Route((1, 0), (4, 14), 27), "enters link 1 at 4, is there at 5"),
        (Route((1, 0), (23, 35), 48), "enters link 0 at 35, is there at 33"),
        (Route((1, 0), (23, 33), 45), "arrives at 46, not at 45"),
        (Route((1, 0), (28, 38), 51), "arrives at 51, due at 50"),
        (Route((1,), (23,), 36), "ends at place 1"),
        (Route((0,), (23,), 36), "link 0 does not lead on from place 2"),
        (Route((2,), (5,), 18), "link 2 does not lead on from place 2"),
        (Route((1, 1, 1, 0), (5, 15, 25, 35), 48), "passes place 2 twice"),
    ],
)
def test_each(chain: MovementProblem, route: Route, words: str) -> None:
    assert any(words in fault for fault in faults(chain, (RIGHT[0], route)))


def test_waiting_where_there_is_room(chain: MovementProblem) -> None:
    waits = (None, Route((1, 0), (23, 35), 48))
    assert faults(chain, waits)
    assert faults(msgspec.structs.replace(chain, standing=np.ones(3, np.bool_)), waits) == []
