"""What buses of a size would hold, in a sentence."""

from __future__ import annotations

from safepassage.planner.seat_needs import SeatNeed
from safepassage.reports.words import Phrase, say


def seat_remark(need: SeatNeed) -> Phrase:
    """Say whether buses of this size would be enough.

    Parameters
    ----------
    need
        What was tried.
    """
    if need.enough:
        key = "remark.seats-enough"
    elif need.have < need.need:
        key = "remark.seats-short"
    else:
        key = "remark.seats-unsettled" if need.enough is None else "remark.seats-together"
    return say(key, buses=need.buses, seats=need.seats, need=need.need, have=need.have)
