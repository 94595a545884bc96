"""Boarding calls and the bays they take."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from planner.small import spans
from safepassage.planner.boarding import Bays, Call, calls, place


def call(ready_s: int, lasts_s: int, due_s: int, vehicle: int = 0) -> Call:
    return Call(vehicle=vehicle, bundles=[0], duration_s=lasts_s, ready_s=ready_s, due_s=due_s)


def test_early_takes_the_first_gap_and_late_the_last() -> None:
    busy = {1: [(100, 200)], 2: [(0, 150)]}
    assert Bays(2, dict(busy)).early(0, 100) == (0, 1)
    assert Bays(2, dict(busy)).early(0, 101) == (150, 2)
    assert Bays(2, dict(busy)).late(0, 300, 100) == (200, 1)
    assert Bays(1, {1: [(100, 200)]}).late(0, 250, 100) == (0, 1)
    assert Bays(1, {1: [(100, 200)]}).late(50, 250, 100) is None


def test_what_is_taken_is_told_to_the_next() -> None:
    taken: dict[int, list[tuple[int, int]]] = {}
    Bays(1, taken).early(0, 100)
    assert taken == {1: [(0, 100)]}
    assert Bays(1, taken).early(0, 50) == (100, 1)


def test_a_site_without_a_limit_has_bay_nought_and_keeps_its_windows() -> None:
    bays = Bays(0, {}, spans(100, 200, 200, 400))
    assert bays.early(0, 100) == (100, 0)
    assert bays.early(150, 100) == (200, 0)
    assert bays.late(0, 250, 60) == (140, 0)
    assert bays.late(150, 250, 60) is None
    assert Bays(0, {}).early(7, 100) == (7, 0)


def test_a_single_call_where_it_is_early_enough() -> None:
    waiting = [(0, 0, 50), (1, 100, 10)]
    assert len(calls(0, waiting, setup_s=60, due_s=1000, free_s=0)) == 1
    late = calls(0, waiting, setup_s=60, due_s=100, free_s=0)
    assert [(one.bundles, one.ready_s, one.duration_s) for one in late] == [([0], 0, 110), ([1], 100, 70)]
    assert calls(0, [], setup_s=60, due_s=1000, free_s=0) == []


def test_tight_calls_go_first_and_the_rest_as_late_as_delays_nothing() -> None:
    tight, loose, crowded = call(500, 100, 640), call(0, 100, 1000, 1), call(0, 600, 1000, 2)
    place([[tight], [loose], [crowded]], Bays(1, {}), margin_s=50)
    assert (tight.start_s, tight.bay) == (500, 1)
    assert loose.end_s <= 1000
    assert crowded.start_s >= 0


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 200), st.integers(0, 1500), st.booleans()), max_size=8),
    st.integers(0, 3),
    st.integers(0, 400),
)
def test_calls_never_overlap_and_second_calls_come_second(
    wanted: list[tuple[int, int, int, bool]], number: int, margin_s: int
) -> None:
    made = []
    for vehicle, (ready_s, lasts_s, due_s, two) in enumerate(wanted):
        pair = [call(ready_s, lasts_s, due_s, vehicle)]
        if two:
            pair.append(call(ready_s + 100, 30, due_s, vehicle))
        made.append(pair)
    place(made, Bays(number, {}), margin_s)
    every = [one for pair in made for one in pair]
    assert all(one.start_s >= one.ready_s for one in every)
    assert all(pair[0].end_s <= pair[1].start_s for pair in made if len(pair) == 2)
    for bay in range(1, number + 1):
        own = sorted((one.start_s, one.end_s) for one in every if one.bay == bay)
        assert all(before[1] <= after[0] for before, after in pairwise(own))
