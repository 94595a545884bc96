"""A flow becomes tours: every run once, balanced, from the yards that the vehicles stand in."""

from __future__ import annotations

import numpy as np
import pytest

from planner.busloads.tiny_busloads import check, city, draw
from safepassage.planner.busloads import decompose, flow
from safepassage.planner.busloads.problem import BusloadProblem, length_s


@pytest.mark.parametrize("exact", [True, False])
def test_tours_serve_everything_with_the_vehicles_there_are(*, exact: bool) -> None:
    for seed in range(200):
        problem = draw(seed, exact=exact)
        found = flow.cheapest(problem)
        assert found is not None
        tours = decompose.tours(problem, found)
        check(problem, tours)
        assert [tour.yard for tour in tours] == np.repeat([0, 1], problem.vehicles).tolist()


def test_tours_drive_little_more_than_the_flow_and_are_balanced() -> None:
    problem = city()
    found = flow.cheapest(problem)
    assert found is not None
    tours = decompose.tours(problem, found)
    check(problem, tours)
    lengths = [length_s(problem, tour) for tour in tours]
    assert found.driving_s <= sum(lengths) < 1.15 * found.driving_s
    assert max(lengths) < 1.3 * found.bound_s


def test_a_round_trip_that_nobody_passes_is_driven_by_whoever_is_done_first() -> None:
    # Two islands: every vehicle starts beside source 0, and going over costs 300.
    problem = BusloadProblem(
        vehicles=np.array([2]),
        start_s=np.array([[10, 300]]),
        loaded_s=np.array([[10, 300], [300, 10]]),
        empty_s=np.array([[10, 300], [300, 10]]),
        loads=np.array([2, 2]),
        room=np.array([2, 2]),
    )
    found = flow.cheapest(problem)
    assert found is not None
    tours = decompose.tours(problem, found)
    check(problem, tours)
    assert max(length_s(problem, tour) for tour in tours) == 330
