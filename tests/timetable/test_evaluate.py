"""Earliest and latest times, gates and chains, against closed forms and against evaluators too simple to be wrong."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from safepassage.model.ids import SiteId
from safepassage.model.time import Window
from safepassage.timetable.evaluate import NEVER, Times, chain, evaluate, latest, pass_gate
from safepassage.timetable.network import Activity, Arc, Network

FAR_S = 200


def activity(
    duration_s: int = 0,
    *arcs: tuple[int, int] | tuple[int, int, bool],
    windows: tuple[tuple[int, int], ...] = (),
    **more: Any,
) -> Activity:
    return Activity(
        kind="stand",
        subject="",
        site=SiteId(""),
        duration_s=duration_s,
        arcs=tuple(Arc(before, lag_s, "vehicle", *from_start) for before, lag_s, *from_start in arcs),
        windows=tuple(Window(from_s=a, until_s=b) for a, b in windows) or None,
        **more,
    )


def network(*activities: Activity) -> Network:
    return Network(activities=activities, drives={}, services={}, treatments={}, milestones={}, departures={})


@st.composite
def activities(draw: st.DrawFn, position: int, *, gated: bool) -> Activity:
    arcs = draw(
        st.lists(
            st.tuples(st.integers(0, position - 1), st.integers(-4, 6), st.booleans()),
            max_size=3,
            unique_by=lambda arc: arc[0],
        )
        if position
        else st.just([])
    )
    spans = draw(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=3)) if gated else []
    return activity(
        draw(st.integers(0, 6)),
        *arcs,
        windows=tuple(sorted((from_s, from_s + lasts_s) for from_s, lasts_s in spans)),
        release_s=draw(st.integers(0, 8)),
        fits=draw(st.booleans()),
    )


@st.composite
def networks(draw: st.DrawFn, *, gated: bool = True) -> Network:
    count = draw(st.integers(1, 7))
    return network(*(draw(activities(position, gated=gated)) for position in range(count)))


def by_trying(drawn: Network, durations_s: list[int]) -> list[int]:
    """Find the starts by raising each, second by second, until nothing stands against it any more."""
    start = [one.release_s for one in drawn.activities]
    changed = True
    while changed:
        changed = False
        for position, one in enumerate(drawn.activities):
            while start[position] < FAR_S and not _may_start(drawn, start, durations_s, position):
                start[position] += 1
                changed = True
            if start[position] < FAR_S and any(start[arc.before] >= FAR_S for arc in one.arcs):
                start[position] = FAR_S
                changed = True
    return [NEVER if at_s >= FAR_S else at_s for at_s in start]


def _may_start(drawn: Network, start: list[int], durations_s: list[int], position: int) -> bool:
    one, at_s = drawn.activities[position], start[position]
    until_s = at_s + (durations_s[position] if one.fits else 0)
    inside = one.windows is None or any(window.holds(at_s, until_s) for window in one.windows)
    waited = all(
        at_s >= start[arc.before] + (0 if arc.from_start else durations_s[arc.before]) + arc.lag_s for arc in one.arcs
    )
    return inside and waited


def counted_from(times: Times, arc: Arc) -> int:
    return times.start_s[arc.before] if arc.from_start else times.end_s[arc.before]


def nominal(drawn: Network) -> list[int]:
    return [one.duration_s for one in drawn.activities]


def delayed(drawn: Network, position: int, release_s: int) -> Times:
    """Evaluate with one activity released no earlier than `release_s`."""
    changed = list(drawn.activities)
    changed[position] = replace(changed[position], release_s=max(release_s, changed[position].release_s))
    return evaluate(replace(drawn, activities=tuple(changed)))


def test_a_chain_adds_up() -> None:
    times = evaluate(network(activity(5, release_s=3), activity(7, (0, 0)), activity(2, (1, 4))))
    assert times.start_s == (3, 8, 19)
    assert times.end_s == (8, 15, 21)
    assert times.cause == (-1, 0, 1)


def test_the_latest_of_several_counts_and_the_first_of_equals_is_the_cause() -> None:
    times = evaluate(network(activity(5), activity(9), activity(6), activity(1, (0, 4), (1, 0), (2, 3))))
    assert (times.ready_s[3], times.cause[3]) == (9, 0)


def test_a_release_is_the_cause_only_where_nothing_else_is_as_late() -> None:
    times = evaluate(network(activity(5), activity(0, (0, 0), release_s=6), activity(0, (0, 0), release_s=5)))
    assert times.cause == (-1, -1, 0)


def test_a_gate_lets_pass_in_its_windows_only() -> None:
    gate = activity(4, windows=((10, 12), (20, 24)))
    assert [pass_gate(gate, at_s, 4) for at_s in (0, 11, 12, 13, 24, 25)] == [10, 11, 12, 20, 24, NEVER]


def test_what_has_to_fit_looks_for_room_to_its_end() -> None:
    gate = activity(4, windows=((10, 13), (20, 24)), fits=True)
    assert [pass_gate(gate, at_s, 4) for at_s in (0, 20, 21)] == [20, 20, NEVER]


def test_what_waits_for_something_that_never_starts_never_starts() -> None:
    times = evaluate(network(activity(5), activity(1, (0, 0), windows=((0, 4),)), activity(1, (1, -60))))
    assert times.start_s == (0, NEVER, NEVER)
    assert times.ready_s == (0, 5, NEVER)
    assert chain(times, 2) == (1, 2)


def test_other_durations_are_taken_where_they_are_given() -> None:
    drawn = network(activity(5), activity(7, (0, 0)))
    assert evaluate(drawn, [6, 1]).end_s == (6, 7)
    with pytest.raises(ValueError, match="expected 2 durations, found 1"):
        evaluate(drawn, [6])


def test_slack_is_what_is_left_to_the_longer_way() -> None:
    # 0 leads by 1 (10 s) and by 2 (4 s) to 3
    drawn = network(activity(2), activity(10, (0, 0)), activity(4, (0, 0)), activity(1, (1, 0), (2, 0)))
    times = evaluate(drawn)
    assert latest(drawn, times, 13) == (0, 2, 8, 12)
    assert latest(drawn, times, 20) == (7, 9, 15, 19)
    assert latest(drawn, times, 10) == (-3, -1, 5, 9)


def test_slack_ends_with_the_window() -> None:
    drawn = network(activity(1), activity(4, (0, 0), windows=((5, 10), (30, 32)), fits=True))
    assert latest(drawn, evaluate(drawn), 25) == (5, 6)


def test_an_activity_without_a_window_in_time_has_no_latest_start() -> None:
    drawn = network(activity(1), activity(4, (0, 0), windows=((30, 32),)), activity(2))
    assert latest(drawn, evaluate(drawn), 25) == (-NEVER, -NEVER, 23)


def test_a_missed_window_shows_by_how_much_it_is_missed() -> None:
    drawn = network(activity(9), activity(4, (0, 0), windows=((2, 6),)))
    times = evaluate(drawn)
    assert times.start_s == (0, NEVER)
    assert latest(drawn, times, NEVER) == (-3, 6)


def test_latest_times_follow_the_durations_that_were_evaluated() -> None:
    drawn = network(activity(5), activity(7, (0, 0)))
    times = evaluate(drawn, [1, 2])
    assert latest(drawn, times, 3) == (0, 1)


def test_the_chain_begins_at_the_window_that_is_waited_for() -> None:
    drawn = network(
        activity(5), activity(1, (0, 0), windows=((9, 9),)), activity(3, (1, 0)), activity(1, (2, 0), (0, 1))
    )
    times = evaluate(drawn)
    assert chain(times, 3) == (1, 2, 3)
    assert chain(times, 0) == (0,)


@pytest.mark.no_cover
@given(networks(), st.data())
def test_evaluation_equals_trying_second_by_second(drawn: Network, data: st.DataObject) -> None:
    durations_s = [data.draw(st.integers(0, 6)) for _ in drawn.activities]
    assert list(evaluate(drawn, durations_s).start_s) == by_trying(drawn, durations_s)


@given(networks())
def test_nothing_starts_before_it_is_ready_or_outside_its_windows(drawn: Network) -> None:
    times = evaluate(drawn)
    for position, one in enumerate(drawn.activities):
        start_s, end_s = times.start_s[position], times.end_s[position]
        assert start_s >= times.ready_s[position] >= one.release_s
        if start_s < NEVER:
            assert end_s == start_s + one.duration_s
            assert one.windows is None or any(w.holds(start_s, end_s if one.fits else start_s) for w in one.windows)
            assert all(start_s >= counted_from(times, arc) + arc.lag_s for arc in one.arcs)


@pytest.mark.no_cover
@given(networks(), st.data())
def test_longer_durations_make_nothing_earlier(drawn: Network, data: st.DataObject) -> None:
    longer = [duration_s + data.draw(st.integers(0, 3)) for duration_s in nominal(drawn)]
    times, later = evaluate(drawn), evaluate(drawn, longer)
    assert all(one <= other for one, other in zip(times.start_s, later.start_s, strict=True))
    assert all(one <= other for one, other in zip(times.end_s, later.end_s, strict=True))


@pytest.mark.no_cover
@given(networks(), st.integers(0, 9), st.data())
def test_an_activity_may_be_delayed_to_its_latest_start_and_no_further(
    drawn: Network, spare_s: int, data: st.DataObject
) -> None:
    times = evaluate(drawn)
    assume(max(times.end_s) < NEVER)
    due_s = max(times.end_s) + spare_s
    found = latest(drawn, times, due_s)
    assert all(late >= early for late, early in zip(found, times.start_s, strict=True))
    position = data.draw(st.integers(0, len(found) - 1))
    held = delayed(drawn, position, found[position])
    assert held.start_s[position] == found[position]
    assert max(held.end_s) <= due_s
    assert max(delayed(drawn, position, found[position] + 1).end_s) > due_s


@pytest.mark.no_cover
@given(networks(), st.integers(0, 9))
def test_everything_may_be_as_late_as_it_can_at_once(drawn: Network, spare_s: int) -> None:
    times = evaluate(drawn)
    assume(max(times.end_s) < NEVER)
    found = latest(drawn, times, max(times.end_s) + spare_s)
    held = tuple(
        replace(one, release_s=max(one.release_s, at_s)) for one, at_s in zip(drawn.activities, found, strict=True)
    )
    assert evaluate(replace(drawn, activities=held)).start_s == found


@pytest.mark.no_cover
@given(networks())
def test_a_chain_is_tight_from_a_release_or_a_window_to_its_end(drawn: Network) -> None:
    times = evaluate(drawn)
    assume(max(times.end_s) < NEVER)
    last = max(range(len(times.end_s)), key=times.end_s.__getitem__)
    links = chain(times, last)
    assert links[-1] == last
    for before, after in pairwise(links):
        ties = [arc for arc in drawn.activities[after].arcs if arc.before == before]
        assert any(times.start_s[after] == counted_from(times, arc) + arc.lag_s for arc in ties)
    first = links[0]
    released = times.start_s[first] == drawn.activities[first].release_s
    assert released or times.start_s[first] > times.ready_s[first]


@given(networks(gated=False))
def test_without_windows_the_activities_of_a_chain_have_no_slack(drawn: Network) -> None:
    times = evaluate(drawn)
    last = max(range(len(times.end_s)), key=times.end_s.__getitem__)
    found = latest(drawn, times, times.end_s[last])
    assert all(found[position] == times.start_s[position] for position in chain(times, last))
