"""What the simulator found: each fault in the smallest case that shows it."""

from __future__ import annotations

from safepassage.ledger.clocks import Anchor, Handed, Interval, Timeline
from safepassage.ledger.envelope import Digest
from safepassage.ledger.journeys import Finding, Sighting, Where, examine

AT_A = Where("site", "A", "A")
AT_B = Where("site", "B", "B")
ABOARD = Where("vehicle", "V", "A")
DEAD = Where("dead", "A", "A")
ON_FOOT = Where("foot", "A", "A")
ANY_TIME = (0, 1000)


def found(*seen: tuple[Where, Where, tuple[int, int]]) -> Finding:
    """Look into sightings by devices that knew nothing of each other: before, after, and when."""
    sightings = [
        Sighting(Digest(bytes([number]) * 32), Interval(*when, sum(when) // 2), 0, before, after)
        for number, (before, after, when) in enumerate(seen)
    ]
    return examine(sightings, lambda origin, end: 0 if origin == end else 10)


def test_bug_one_boarding_recorded_by_two() -> None:
    finding = found((ON_FOOT, ABOARD, (5, 6)), (ON_FOOT, ABOARD, (7, 8)), (ABOARD._replace(site="B"), AT_B, (50, 51)))
    assert (finding.contradicted, finding.unrecorded, finding.possible) == (False, 0, ())


def test_bug_boarding_recorded_late_after_a_check_aboard() -> None:
    finding = found((ON_FOOT, ABOARD, (5, 6)), (ABOARD, ABOARD, (7, 8)), (ON_FOOT, ABOARD, (9, 10)))
    assert (finding.contradicted, finding.unrecorded) == (False, 1)


def test_bug_one_transfer_recorded_by_two() -> None:
    other = Where("vehicle", "W", "")
    finding = found((ON_FOOT, ABOARD, (5, 6)), (ABOARD, other, (20, 21)), (ABOARD, other, (23, 24)))
    assert (finding.contradicted, finding.unrecorded) == (False, 0)


def test_bug_one_death_recorded_by_two() -> None:
    finding = found((AT_A, DEAD, (5, 6)), (AT_A, DEAD, (7, 8)))
    assert (finding.contradicted, finding.unrecorded) == (False, 0)


def test_other_vehicle_and_life_after_death_stay_contradictions() -> None:
    other = Where("vehicle", "W", "A")
    assert found((ON_FOOT, ABOARD, (5, 6)), (ON_FOOT, other, (7, 8))).contradicted
    assert found((AT_A, DEAD, (5, 6)), (AT_A, AT_A, (7, 8))).contradicted


def test_bug_a_return_that_nobody_recorded_was_as_good_as_the_way_that_was() -> None:
    """A registration at A without a known time is not likely to be a return from B that nobody saw."""
    finding = found((AT_A, AT_A, ANY_TIME), (ON_FOOT, ABOARD, (50, 51)), (ABOARD, AT_B, (90, 91)))
    assert finding.journey == (0, 1, 2)
    assert finding.possible == ()


def test_bug_time_by_a_server_hardly_read_was_the_middle_of_all_times() -> None:
    line = Timeline()
    server = Interval(0, 1_000_000, 900_000)
    line.take(Handed(1, 0, 1_000_000, 0), "boot", Anchor(answered_ms=60, asked_ms=40, time=server, wall_ms=0))
    assert line.at("boot", 1050, 0, 1).likely_ms == 901_000
