"""Times told as surely as they are known."""

from __future__ import annotations

import pytest

from reports.material import OPERATION, PLAN
from safepassage.ledger.clocks import UNKNOWN, Interval
from safepassage.reports.exceptions import between, when
from safepassage.reports.words import plain, setting_of

SETTING = setting_of(OPERATION, PLAN)
START_MS = int(OPERATION.start.timestamp()) * 1000
HOUR_MS = 3_600_000


def of(earliest_h: float, latest_h: float, likely_h: float) -> Interval:
    return Interval(*(START_MS + round(HOUR_MS * one) for one in (earliest_h, latest_h, likely_h)))


@pytest.mark.parametrize(
    ("time", "told"),
    [
        (None, "–"),
        (of(1, 1.01, 1), "Mon 13:00"),
        (of(1, 2.5, 2), "Mon 13:00–Mon 14:30"),
        (Interval(-(2**60), START_MS + HOUR_MS, START_MS + HOUR_MS), "about Mon 13:00"),
        (UNKNOWN._replace(likely_ms=2**60), "–"),
    ],
)
def test_an_instant_is_told_as_surely_as_it_is_known(time: Interval | None, told: str) -> None:
    assert plain(between(SETTING, time).en) == told


def test_the_likely_instant_alone() -> None:
    assert plain(when(SETTING, of(1, 3, 2)).en) == "Mon 14:00"
    assert plain(when(SETTING, None).en) == "–"
