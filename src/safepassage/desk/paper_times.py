"""Times as people write them on paper: `14:05`, `14h05`, `1405`, `00:20+1`, or between two of them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from safepassage.exchange.clock import placed
from safepassage.exchange.faults import Bad
from safepassage.exchange.folding import plain_digits

_ONE: Final = r"(?:(\d{4}-\d\d-\d\d)[ T])?(\d{1,2})\s?[:.hH]?\s?(\d{2})(?::\d{2})?\s?(\+1)?"
_TIME: Final = re.compile(rf"{_ONE}(?:\s*(?:-|–|—|\.\.|/|\bto\b|\bà\b|إلى|الى)\s*{_ONE})?")
_MINUTE_MS: Final = 60_000


class Span(NamedTuple):
    """When something written happened: surely between the two, most likely in the middle; milliseconds since 1970."""

    earliest_ms: int
    latest_ms: int

    @property
    def likely_ms(self) -> int:
        """The middle."""
        return (self.earliest_ms + self.latest_ms) // 2

    @property
    def within_ms(self) -> int:
        """How far from the middle it may have been."""
        return self.latest_ms - self.likely_ms


class Day(NamedTuple):
    """What times on a sheet are read against: its date, the zone, and how exact the watch was, either way."""

    day: date
    zone: ZoneInfo
    within_min: int


def read_span(text: str, of: Day) -> Span | None:
    """Read a written time; None when it is none, or the clocks skip or repeat it on that day.

    Parameters
    ----------
    text
        A time, or two with a dash between where it cannot be read: then it was between them. `+1` is the day after the
        sheet's; a date may stand in front.
    of
        The sheet.
    """
    found = _TIME.fullmatch(plain_digits(text).strip())
    if found is None:
        return None
    first = _instant_ms(found.groups()[:4], of)
    if first is None:
        return None
    if found[6] is None:
        within_ms = of.within_min * _MINUTE_MS
        return Span(first - within_ms, first + within_ms)
    then = _instant_ms((found[5] or found[1], found[6], found[7], found[8] or found[4]), of)
    if then is not None and then < first and not (found[5] or found[8]):
        then = _instant_ms((found[1], found[6], found[7], "+1"), of)
    if then is None or then < first:
        return None
    return Span(first, then + _MINUTE_MS - 1)


def _instant_ms(parts: tuple[str | None, ...], of: Day) -> int | None:
    dated, hours, minutes, later = parts
    try:
        day = date.fromisoformat(dated) if dated else of.day
        local = datetime.combine(day, time(int(hours or 0), int(minutes or 0)))
        local += timedelta(days=1 if later else 0)
    except (ValueError, OverflowError):
        return None
    instant = placed(local, of.zone)
    return None if isinstance(instant, Bad) else round(instant.timestamp()) * 1000


def as_written(at_ms: int, of: Day) -> str:
    """Return a time as it would be written on a sheet of that day.

    Parameters
    ----------
    at_ms
        Milliseconds since 1970.
    of
        The sheet.
    """
    local = datetime.fromtimestamp(at_ms / 1000, of.zone)
    if local.date() == of.day:
        return f"{local:%H:%M}"
    return f"{local:%H:%M}+1" if local.date() == of.day + timedelta(days=1) else f"{local:%Y-%m-%d %H:%M}"
