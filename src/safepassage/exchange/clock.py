"""Read instants, times of day and windows as seconds since the operation's start."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from safepassage.exchange.bounds import MAX_SECONDS
from safepassage.exchange.faults import Bad
from safepassage.exchange.folding import plain_digits
from safepassage.model.time import Window

_TIME: Final = re.compile(r"(\d{1,2})\s*[:hH]\s*(\d{2})(?::(\d{2}))?")
_DAYS_A_WINDOW_LIST: Final = 366
EXPECTED: Final = 'a date and time such as "2017-08-28 19:30", or a time of day such as "19:30"'
_ORDER: Final = "write year-month-day hour:minute"
DAY_S: Final = 86400


class Clock(Struct, frozen=True, kw_only=True):
    """What an instant is read against: the start (UTC), the zone, and the end of the time considered.

    While the start itself cannot be read (`known` false) every instant counts as 1, which is never too early: the
    fault of the start says enough.
    """

    start: datetime
    zone: ZoneInfo
    horizon_s: int = 3 * DAY_S
    known: bool = True


def _not_an_instant(remedy: str = "") -> Bad:
    return Bad(code="not-an-instant", expected=EXPECTED, remedy=remedy)


def placed(local: datetime, zone: ZoneInfo) -> datetime | Bad:
    """Give a time on the wall its offset, in UTC; times that a change of the clocks skips or repeats are refused."""
    try:
        first = local.replace(tzinfo=zone, fold=0)
        second = local.replace(tzinfo=zone, fold=1)
        in_utc = first.astimezone(UTC)
        if first.utcoffset() == second.utcoffset():
            return in_utc
        skipped = in_utc.astimezone(zone).replace(tzinfo=None) != local
    except OverflowError:
        return _not_an_instant("the year is out of range")
    remedy = "the clocks are moved then: write the offset, as in 2017-08-28T19:30+03:00"
    return Bad(
        code="no-such-time" if skipped else "ambiguous-time",
        expected="a time that exists once on that day",
        remedy=remedy,
    )


def time_of_day(text: str) -> timedelta | None:
    """Read "19:30", "19h30" or "24:00" as the time since midnight; None when it is not one."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    of_day = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return of_day if minutes < 60 and seconds < 60 and of_day <= timedelta(days=1) else None


def next_time(clock: Clock, of_day: timedelta, *, from_s: int = 0) -> int | Bad:
    """Find the first such time of day at or after `from_s`."""
    since = (clock.start + timedelta(seconds=from_s)).astimezone(clock.zone)
    local = datetime.combine(since.date(), time()) - timedelta(days=1) + of_day
    while local < since.replace(tzinfo=None):
        local += timedelta(days=1)
    instant = placed(local, clock.zone)
    return instant if isinstance(instant, Bad) else round((instant - clock.start).total_seconds())


def instant_s(clock: Clock, value: object, *, from_s: int = 0) -> int | Bad:
    """Read an instant from a TOML file or a cell.

    Parameters
    ----------
    clock
        The operation's start and zone.
    value
        A datetime, a date and time as text, or a time of day.
    from_s
        A time of day means the first one at or after this second.

    Returns
    -------
    int | Bad
        Seconds since the start.
    """
    if not clock.known:
        return 1
    if isinstance(value, datetime):
        return _dated(clock, value)
    if isinstance(value, time) and value != time():
        value = value.isoformat()
    if isinstance(value, str):
        return _written(clock, plain_digits(value).strip(), from_s)
    return _no_instant(value)


def _no_instant(value: object) -> Bad:
    """Say why something that is no text and no datetime is no instant."""
    if isinstance(value, time):
        remedy = "0 shown as a date or time (1900-01-00, 00:00): write the date as well, or clear the cell"
        return Bad(code="empty-date", expected=EXPECTED, remedy=remedy)
    if isinstance(value, date):
        return _not_an_instant("add the time of day")
    if isinstance(value, timedelta):
        return _not_an_instant("this is a duration: write the date as well")
    return _not_an_instant("format the cell as a date, or write it as text")


def _written(clock: Clock, text: str, from_s: int) -> int | Bad:
    of_day = time_of_day(text)
    if of_day is not None:
        return next_time(clock, of_day, from_s=from_s)
    try:
        return _dated(clock, datetime.fromisoformat(text)) if ":" in text else _not_an_instant(_ORDER)
    except ValueError:
        return _not_an_instant(_ORDER)


def _dated(clock: Clock, value: datetime) -> int | Bad:
    if value.tzinfo is None:
        instant = placed(value, clock.zone)
        if isinstance(instant, Bad):
            return instant
    else:
        try:
            instant = value.astimezone(UTC)
        except OverflowError:
            return _not_an_instant("the year is out of range")
    at_s = round((instant - clock.start).total_seconds())
    if abs(at_s) > MAX_SECONDS:
        return Bad(
            code="impossible-date",
            expected=f"a date within a year of the start ({clock.start.astimezone(clock.zone):%Y-%m-%d})",
            remedy="check the year; spreadsheets show empty dates as 1899, 1900 or 1904",
        )
    return at_s


def daily(clock: Clock, start: timedelta, end: timedelta, days: int = 0) -> tuple[Window, ...] | Bad:
    """Repeat a time of day every day from the day before the start: `days` days, or to the end of the time considered.

    Windows that are over at the start are left out, one that is running begins at 0. An end at or before the
    start of the window is on the next day.
    """
    if end <= start:
        end += timedelta(days=1)
    last = clock.start + timedelta(seconds=clock.horizon_s)
    first_day = clock.start.astimezone(clock.zone).date()
    count = min(days, _DAYS_A_WINDOW_LIST) if days else (last.astimezone(clock.zone).date() - first_day).days + 1
    windows = []
    for day in range(0 if days else -1, count):
        midnight = datetime.combine(first_day + timedelta(days=day), time())
        ends = [placed(midnight + of_day, clock.zone) for of_day in (start, end)]
        seconds: list[int] = []
        for instant in ends:
            if isinstance(instant, Bad):
                return instant
            seconds.append(round((instant - clock.start).total_seconds()))
        if seconds[1] > 0 and (days or seconds[0] < clock.horizon_s):
            windows.append(Window(from_s=max(0, seconds[0]), until_s=seconds[1]))
    return tuple(windows)
