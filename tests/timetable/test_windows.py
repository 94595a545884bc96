"""Windows moved in time, and what two sets of them share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safepassage.model.time import Window
from safepassage.timetable.windows import common, of_start, shifted

SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), max_size=3).map(
    lambda pairs: tuple(sorted(Window(from_s=a, until_s=a + lasts_s) for a, lasts_s in pairs))
)


def instants(windows: tuple[Window, ...] | None) -> set[int]:
    """Which of the seconds from -10 to 50 lie in one of the windows."""
    return {at_s for at_s in range(-10, 51) if windows is None or any(w.holds(at_s, at_s) for w in windows)}


@given(SPANS | st.none(), SPANS | st.none())
def test_what_is_common_is_what_lies_in_both(one: tuple[Window, ...] | None, other: tuple[Window, ...] | None) -> None:
    found = common(one, other)
    assert instants(found) == instants(one) & instants(other)
    assert found is None or list(found) == sorted(found)
    assert (found is None) == (one is None and other is None)


@given(SPANS, st.integers(-9, 9))
def test_a_shift_moves_every_instant(windows: tuple[Window, ...], by_s: int) -> None:
    assert instants(shifted(windows, by_s)) == {at_s + by_s for at_s in instants(windows)}


@given(SPANS, st.integers(0, 9))
def test_what_starts_in_time_fits(windows: tuple[Window, ...], duration_s: int) -> None:
    fitting = {at_s for at_s in range(-10, 51) if any(w.holds(at_s, at_s + duration_s) for w in windows)}
    assert instants(of_start(windows, duration_s)) == fitting
