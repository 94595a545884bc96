"""Instants placed by readings, by the chain, and by the reference."""

from __future__ import annotations

import pytest

from safepassage.ledger.clocks import NEVER_MS, Anchor, Boot, Handed, Interval, Reference, Timeline


def exactly(ms: int) -> Interval:
    return Interval(ms, ms, ms)


def line(*readings: tuple[str, int, int]) -> Timeline:
    """Make a timeline with readings: boot, monotonic clock, time; each with the next ten events handed in."""
    made = Timeline()
    for number, (boot, monotonic_ms, time_ms) in enumerate(readings, 1):
        handed = Handed(10 * number, time_ms, time_ms + 5, 3600)
        made.take(handed, boot, Anchor(monotonic_ms + 20, monotonic_ms, exactly(time_ms), time_ms + 3600))
    return made


def test_an_instant_near_a_reading_is_as_exact_as_the_round_trip() -> None:
    found = line(("b", 1000, 500_000)).at("b", 1000, 0, 1)
    assert found == Interval(499_979, 500_001, 499_990)


@pytest.mark.parametrize("away_ms", [-3_600_000, 3_600_000])
def test_away_from_the_only_reading_the_drift_is_allowed_for(away_ms: int) -> None:
    found = line(("b", 5_000_000, 9_000_000)).at("b", 5_000_000 + away_ms, 0, 1)
    drift_ms = (3_600_000 + 20 * (away_ms < 0)) * 200 // 1_000_000 + 1
    assert found.latest_ms - found.earliest_ms == 20 + 2 * drift_ms
    assert found.earliest_ms <= 9_000_000 + away_ms <= found.latest_ms


def test_between_two_readings_both_hold() -> None:
    both = line(("b", 0, 1_000_000), ("b", 10_000_000, 11_000_000))
    first, then = line(("b", 0, 1_000_000)), line(("b", 10_000_000, 11_000_000))
    found = both.at("b", 9_000_000, 0, 1)
    spans = [one.at("b", 9_000_000, 0, 1) for one in (first, then)]
    assert found.earliest_ms == max(span.earliest_ms for span in spans)
    assert found.latest_ms == min(span.latest_ms for span in spans)


def test_a_clock_that_ran_as_no_honest_one_does_is_placed_within_all_that_was_read() -> None:
    found = line(("b", 0, 1_000_000), ("b", 10_000_000, 12_000_000)).at("b", 5_000_000, 0, 1)
    assert found.earliest_ms < 6_000_000
    assert found.latest_ms > 7_000_000


def test_a_boot_without_a_reading_lies_between_the_readings_beside_it() -> None:
    made = line(("b", 0, 1_000_000), ("c", 0, 9_000_000))
    found = made.at("lost", 77, 4_003_600, 15)
    assert found == Interval(1_000_000, 9_000_005, 4_000_000)


@pytest.mark.parametrize(("wall_ms", "likely_ms"), [(0, 1_000_000), (99_000_000, 9_000_005)])
def test_a_clock_that_was_set_is_believed_only_within_what_is_sure(wall_ms: int, likely_ms: int) -> None:
    assert line(("b", 0, 1_000_000), ("c", 0, 9_000_000)).at("lost", 77, wall_ms, 15).likely_ms == likely_ms


@pytest.mark.parametrize(
    ("opened_ms", "wall_ms", "likely_ms"),
    [
        # as the clock was read later; it was set since, and then it was right, or nothing is known of it
        (1_000_000, 5_003_600, 5_000_000),
        (1_000_000, 1_001_000, 1_001_000),
        (1_000_000, 77, (1_000_000 + 9_000_005) // 2),
        (NEVER_MS, 77, 77 - 3600),
    ],
)
def test_nothing_is_likely_before_the_ledger_was_opened(opened_ms: int, wall_ms: int, likely_ms: int) -> None:
    made = Timeline(opened_ms=opened_ms)
    made.take(Handed(10, 9_000_000, 9_000_005, 3600), "c", Anchor(20, 0, exactly(9_000_000), 9_003_600))
    found = made.at("lost", 77, wall_ms, 5)
    assert found == Interval(-NEVER_MS, 9_000_005, likely_ms)


def test_before_all_and_after_all_that_was_handed_in_one_side_is_open() -> None:
    made = line(("b", 0, 1_000_000))
    assert made.at("lost", 0, 503_600, 4) == Interval(-NEVER_MS, 1_000_005, 500_000)
    assert made.at("lost", 0, 2_003_600, 14) == Interval(1_000_000, NEVER_MS, 2_000_000)


def test_a_device_that_was_never_read_has_only_its_clock() -> None:
    assert Timeline().at("b", 0, 1234, 1) == Interval(-NEVER_MS, NEVER_MS, 1234)
    assert Timeline().wall_error_ms() is None
    assert Timeline().read_before(9) == 0
    assert Timeline().answered_before("b", 9) == -1


def test_events_handed_in_without_a_reading_are_not_later_than_that() -> None:
    made = Timeline()
    made.take(Handed(5, -NEVER_MS, 70_000, 0))
    assert made.at("b", 0, 90_000, 4) == Interval(-NEVER_MS, 70_000, 70_000)
    assert made.at("b", 0, 90_000, 6) == Interval(-NEVER_MS, NEVER_MS, 90_000)


def test_a_chain_that_contradicts_the_readings_spans_both() -> None:
    made = Timeline()
    made.take(Handed(10, 5000, 5000, 0), "b", Anchor(0, 0, exactly(5000), 0))
    made.take(Handed(20, 1000, 1000, 0), "b", Anchor(9, 9, exactly(1000), 0))
    assert made.at("lost", 0, 3000, 15) == Interval(1000, 5000, 3000)


def test_what_was_read_before_is_found_by_number_and_by_instant() -> None:
    made = line(("b", 0, 1_000_000), ("b", 500, 1_000_500))
    assert (made.read_before(10), made.read_before(11), made.read_before(99)) == (0, 10, 20)
    assert (made.answered_before("b", 20), made.answered_before("b", 21), made.answered_before("c", 9)) == (-1, 20, -1)
    assert made.wall_error_ms() == 3600


def test_readings_by_a_server_that_nobody_can_place_leave_the_time_open() -> None:
    made = Timeline()
    made.take(Handed(1, -NEVER_MS, NEVER_MS, 0), "b", Anchor(20, 0, Interval(-NEVER_MS, NEVER_MS, 5000), 0))
    found = made.at("b", 1020, 0, 1)
    assert found.likely_ms == 6010
    assert found.latest_ms - found.earliest_ms > NEVER_MS


def test_the_reference_counts_on_in_each_boot() -> None:
    reference = Reference([("b", 100, 1_000_100, 5000), ("c", 0, 2_000_000, 0)])
    assert reference.at("b", 300, 77, 1) == exactly(1_000_300)
    assert reference.at("c", 10, 77, 1) == exactly(2_000_010)
    assert reference.at("unknown", 10, 77, 1) == exactly(77)
    assert reference.wall_error_ms() == 0


def test_a_reference_whose_clock_was_set_back_while_it_was_down_does_not_turn_back() -> None:
    reference = Reference([("b", 0, 1_000_000, 5000), ("c", 50, 400_000, 60)])
    assert reference.at("c", 50, 400_000, 9) == exactly(1_005_000)


def beside(**spans: tuple[tuple[int, int], tuple[int, int]]) -> Timeline:
    """Make a timeline with boots by number and monotonic clock of the first and last event, two of them read."""
    made = Timeline({name: Boot((*first, 0), last) for name, (first, last) in spans.items()})
    for boot, monotonic_ms, time_ms in (("b", 0, 1_000_000), ("c", 1_000, 9_000_000)):
        made.take(Handed(40, -NEVER_MS, NEVER_MS, 0), boot, Anchor(monotonic_ms, monotonic_ms, exactly(time_ms), 0))
    return made


def test_a_boot_without_a_reading_lies_between_the_events_of_the_boots_beside_it() -> None:
    made = beside(b=((1, 0), (3, 500_000)), lost=((4, 70_000), (9, 90_000)), c=((10, 1_000), (12, 5_000)))
    allowed = 101  # a ten thousandth of what was counted since the reading, and a millisecond
    assert made.at("lost", 70_000, 0, 4)[:2] == (1_000_000 + 500_000 - allowed, 9_000_001 - 19_995)
    assert made.at("lost", 90_000, 0, 9)[:2] == (1_000_000 + 500_000 - allowed + 19_995, 9_000_001)


def test_a_boot_whose_numbers_overlap_with_another_is_not_placed_by_it() -> None:
    made = beside(b=((1, 0), (5, 0)), lost=((4, 70_000), (11, 90_000)), c=((10, 1_000), (12, 5_000)))
    assert made.at("lost", 80_000, 0, 6)[:2] == (-NEVER_MS, NEVER_MS)


def test_boots_that_cannot_lie_as_their_numbers_say_place_nothing() -> None:
    made = beside(c=((1, 1_000), (3, 1_000)), lost=((4, 70_000), (9, 90_000)), b=((10, 0), (12, 0)))
    assert made.at("lost", 80_000, 0, 6)[:2] == (-NEVER_MS, NEVER_MS)
