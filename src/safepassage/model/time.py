"""Instants outside, whole seconds since the operation's start inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct


class Window(Struct, frozen=True, kw_only=True, order=True):
    """A closed interval of time, in seconds since the operation's start."""

    from_s: int
    until_s: int

    def holds(self, start_s: int, end_s: int) -> bool:
        """Tell whether the activity from `start_s` to `end_s` lies inside."""
        return self.from_s <= start_s and end_s <= self.until_s


class Night(Struct, frozen=True, kw_only=True):
    """When it is dark (`windows`), and how fast one then drives: `speed_percent` of one's own speed by day."""

    windows: tuple[Window, ...]
    speed_percent: int
    source: str = ""


def seconds_since(start: datetime, instant: datetime) -> int:
    """Whole seconds from `start` to `instant`; both must be aware.

    Raises
    ------
    ValueError
        When either has no time zone: a naive instant has no place on the clock.
    """
    if start.tzinfo is None or instant.tzinfo is None:
        raise ValueError("an instant without a time zone or offset")
    # through UTC: between two instants of one zone Python subtracts what the wall clocks show
    return round((instant.astimezone(UTC) - start.astimezone(UTC)).total_seconds())


def calendar_instant(time_ms: int, zone: ZoneInfo) -> datetime | None:
    """Return the instant of so many milliseconds since 1970, to the second; None where no calendar holds it.

    Clocks of devices may say anything.
    """
    try:
        return datetime.fromtimestamp(time_ms // 1000, zone)
    except (OverflowError, ValueError, OSError):
        return None


def instant_at(start: datetime, at_s: int, time_zone: str) -> datetime:
    """Return the aware instant `at_s` seconds after `start`, in the operation's zone.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the zone is unknown.
    """
    return (start.astimezone(UTC) + timedelta(seconds=at_s)).astimezone(ZoneInfo(time_zone))


def intersection(one: tuple[Window, ...], other: tuple[Window, ...]) -> tuple[Window, ...]:
    """Return the instants that lie in a window of both; windows that share one instant keep it."""
    common = [
        Window(from_s=max(a.from_s, b.from_s), until_s=min(a.until_s, b.until_s))
        for a in one
        for b in other
        if max(a.from_s, b.from_s) <= min(a.until_s, b.until_s)
    ]
    return tuple(sorted(common))
