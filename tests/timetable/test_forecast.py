"""The network with facts in it: they stand, and what has not happened is not before now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safepassage.timetable.evaluate import NEVER, evaluate
from safepassage.timetable.forecast import Known, Seen, forecast
from safepassage.timetable.network import Network
from timetable.test_evaluate import activities, activity, network

LINE = network(activity(10), activity(20, (0, 5)), activity(30, (1, 0)))


@st.composite
def networks(draw: st.DrawFn) -> Network:
    found = [draw(activities(position, gated=True)) for position in range(draw(st.integers(1, 7)))]
    return network(*found)


@given(networks())
def test_with_nothing_known_before_the_start_it_is_the_evaluator(one: Network) -> None:
    assert forecast(one, {}, -100) == evaluate(one)


@given(networks(), st.data())
def test_the_true_times_of_what_has_happened_change_nothing(one: Network, data: st.DataObject) -> None:
    true = evaluate(one)
    now_s = data.draw(st.integers(0, 60))
    known = {
        position: Known(start_s=start_s, end_s=end_s if end_s <= now_s else None)
        for position, (start_s, end_s) in enumerate(zip(true.start_s, true.end_s, strict=True))
        if start_s <= now_s
    }
    assert forecast(one, known, now_s) == true


def test_what_has_begun_began_whatever_it_should_have_waited_for() -> None:
    times = forecast(LINE, {1: Known(start_s=3)}, 4)
    assert times.start_s == (4, 3, 23)
    assert times.end_s == (14, 23, 53)


def test_what_has_begun_and_not_ended_ends_now_at_the_earliest() -> None:
    assert forecast(LINE, {0: Known(start_s=0)}, 100).end_s == (100, 125, 155)


def test_a_drive_ends_as_far_from_where_the_vehicle_was_seen_as_there_is_to_go() -> None:
    gone_on = Known(start_s=3, seen=Seen(at_s=20, left_s=15, stands=False))
    stands = Known(start_s=3, seen=Seen(at_s=20, left_s=15, stands=True))
    assert [forecast(LINE, {1: gone_on}, now_s).end_s[1] for now_s in (22, 40)] == [35, 40]
    assert [forecast(LINE, {1: stands}, now_s).end_s[1] for now_s in (10, 22, 40)] == [35, 37, 55]


def test_what_has_ended_ended_and_what_has_not_begun_is_not_before_now() -> None:
    times = forecast(LINE, {0: Known(end_s=7)}, 100)
    assert (times.start_s[0], times.end_s[0]) == (0, 7)
    assert times.start_s[1:] == (100, 120)
    assert forecast(LINE, {0: Known(end_s=-5)}, 0).start_s[0] == -5


def test_a_window_that_is_over_is_over() -> None:
    gated = network(activity(10, windows=((0, 50),)), activity(5, (0, 0)))
    assert forecast(gated, {}, 40).start_s == (40, 50)
    assert forecast(gated, {}, 60).start_s == (NEVER, NEVER)
    assert forecast(gated, {0: Known(start_s=55)}, 60).end_s == (65, 70)
