"""What buses of a size would hold, told as it was found out."""

from __future__ import annotations

import pytest

from safepassage.planner.seat_needs import SeatNeed
from safepassage.reports.seat_remark import seat_remark
from safepassage.reports.words import say


@pytest.mark.parametrize(
    ("have", "enough", "key"),
    [
        (800, True, "remark.seats-enough"),
        (600, False, "remark.seats-short"),
        (800, None, "remark.seats-unsettled"),
        (800, False, "remark.seats-together"),
    ],
)
def test_a_remark_for_every_outcome(*, have: int, enough: bool | None, key: str) -> None:
    remark = seat_remark(SeatNeed(buses=16, seats=45, need=700, have=have, enough=enough))

    assert remark == say(key, buses=16, seats=45, need=700, have=have)
    assert "16" in remark.en
