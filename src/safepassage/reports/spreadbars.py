"""Small bars inside tables: where the quantiles of an instant lie, or the interval of a figure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

WIDTH = 220


class SpreadBar(Struct, frozen=True, kw_only=True):
    """A thin line from `low` to `high`, a thick one in its middle, a stroke at `middle`, a diamond at `mark`.

    Units across, at most `WIDTH`; None where there is nothing to draw. `zero` is where nothing changes.
    """

    low: float
    high: float
    middle: float
    thick: tuple[float, float] | None = None
    mark: float | None = None
    zero: float | None = None


def over_time(quantiles_s: Sequence[int | None], planned_s: int | None, frame: tuple[int, int]) -> SpreadBar | None:
    """Lay out the quantiles of an instant; nothing when even its median does not come about.

    Parameters
    ----------
    quantiles_s
        At `outcome.LEVELS`, seconds; None for never, which is drawn to the edge.
    planned_s
        When it comes as planned.
    frame
        From when to when the bar's room goes, seconds.
    """
    if quantiles_s[3] is None:
        return None
    at = [frame[1] if value is None else value for value in quantiles_s]
    low, first, middle, last, high = (_across(at[index], frame) for index in (0, 2, 3, 4, 6))
    mark = None if planned_s is None else _across(planned_s, frame)
    return SpreadBar(low=low, high=high, middle=middle, thick=(first, last), mark=mark)


def of_interval(value: float, low: float, high: float, frame: tuple[float, float]) -> SpreadBar:
    """Lay out a figure with its interval, and zero where it lies inside the frame."""
    zero = _across(0.0, frame) if frame[0] < 0 < frame[1] else None
    return SpreadBar(low=_across(low, frame), high=_across(high, frame), middle=_across(value, frame), zero=zero)


def frame_of(ends: Sequence[float]) -> tuple[float, float]:
    """Return a frame around zero and all `ends`, a little wider, never of no width."""
    low, high = min(0.0, *ends), max(0.0, *ends)
    margin = (high - low) / 20 or 1.0
    return low - margin, high + margin


def _across(value: float, frame: tuple[float, float]) -> float:
    inside = min(max(value, frame[0]), frame[1])
    return round((inside - frame[0]) * WIDTH / (frame[1] - frame[0]), 1)
