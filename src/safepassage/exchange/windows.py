"""Read windows as TOML entries and as the text of a cell."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from safepassage.exchange import clock as clocks
from safepassage.exchange.bounds import MAX_TEXT, MAX_WINDOWS
from safepassage.exchange.clock import Clock
from safepassage.exchange.faults import Bad
from safepassage.exchange.folding import plain_digits
from safepassage.model.time import Window

_EXPECTED: Final = 'a list of {from = ..., until = ...}, or {daily = {from = "06:00", until = "18:00", days = 3}}'
_EXPECTED_CELL: Final = '"06:00-18:00" for every day, or "2017-08-28T06:00/2017-08-28T18:00; ..."'


def window(clock: Clock, start: object, end: object) -> Window | Bad | None:
    """Read one window; None when it is over before the operation starts. One that is running begins at 0."""
    from_s = clocks.instant_s(clock, start)
    if isinstance(from_s, Bad):
        return from_s
    until_s = clocks.instant_s(clock, end, from_s=from_s)
    if isinstance(until_s, Bad):
        return until_s
    if until_s < from_s:
        return Bad(
            code="window-ends-early", expected="an end that is after the start", remedy="swap them, or mend the date"
        )
    if until_s < 0:
        return None
    return Window(from_s=max(0, from_s), until_s=until_s)


def one_from_toml(clock: Clock, value: object) -> Window | Bad:
    """Read the one window that a key holds."""
    if not isinstance(value, dict) or set(value) != {"from", "until"}:
        return Bad(code="not-windows", expected="{from = ..., until = ...}")
    found = _all(clock, [(value["from"], value["until"])])
    return found if isinstance(found, Bad) else found[0]


def _all(clock: Clock, pairs: list[tuple[object, object]]) -> tuple[Window, ...] | Bad:
    found: list[Window] = []
    for start, end in pairs:
        one = window(clock, start, end)
        if isinstance(one, Bad):
            return one
        if one is None:
            return Bad(
                code="before-start",
                expected="a window that is not over when the operation starts",
                remedy="mend the date, or remove it",
            )
        found.append(one)
    return tuple(sorted(found))


def from_toml(clock: Clock, value: object) -> tuple[Window, ...] | Bad:
    """Read the `windows` of a clause: a list of windows, or a daily one."""
    wrong = Bad(code="not-windows", expected=_EXPECTED)
    if isinstance(value, dict) and set(value) == {"daily"}:
        return _daily(clock, value["daily"])
    if not isinstance(value, list):
        return wrong
    if not all(isinstance(item, dict) and set(item) == {"from", "until"} for item in value):
        return wrong
    return _all(clock, [(item["from"], item["until"]) for item in value])


def _daily(clock: Clock, value: object) -> tuple[Window, ...] | Bad:
    wrong = Bad(code="not-windows", expected=_EXPECTED)
    if not isinstance(value, dict) or not {"from", "until"} <= set(value) <= {"from", "until", "days"}:
        return wrong
    days = value.get("days", 0)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 366:
        return Bad(code="not-windows", expected="days as a whole number from 1 to 366, or none for every day")
    start, end = (of_day(value[key]) for key in ("from", "until"))
    if start is None or end is None:
        return wrong
    return clocks.daily(clock, start, end, days)


def of_day(value: object) -> timedelta | None:
    """Read a time of day; None where it is none."""
    return clocks.time_of_day(plain_digits(str(value)))


def from_cell(clock: Clock, value: object) -> tuple[Window, ...] | Bad:
    """Read the opening windows of a cell."""
    wrong = Bad(code="not-windows", expected=_EXPECTED_CELL)
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return wrong
    text = plain_digits(value).replace("–", "-").strip()
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not any("/" in part for part in parts):
        return _daily_list(clock, parts)
    pairs: list[tuple[object, object]] = []
    for part in parts:
        start, slash, end = part.partition("/")
        if not slash:
            return wrong
        pairs.append((start.strip(), end.strip()))
    return _all(clock, pairs)


def _daily_list(clock: Clock, parts: list[str]) -> tuple[Window, ...] | Bad:
    found: list[Window] = []
    for part in parts:
        start, _, end = part.partition("-")
        times = clocks.time_of_day(start), clocks.time_of_day(end)
        if times[0] is None or times[1] is None:
            return Bad(code="not-windows", expected=_EXPECTED_CELL)
        windows = clocks.daily(clock, times[0], times[1])
        if isinstance(windows, Bad):
            return windows
        found.extend(windows)
        if len(found) > MAX_WINDOWS:
            return Bad(code="not-windows", expected=f"at most {MAX_WINDOWS} windows")
    return tuple(sorted(found))
