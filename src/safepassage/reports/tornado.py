"""The tornado of drivers and the bars of reserves: geometry only."""

from __future__ import annotations

from msgspec import Struct

from safepassage.rehearsal.outcome import LEVELS, Driver, Endurance, Outcome

WIDTH = 1000
ROW = 34
TOP = 26
LABEL_WIDTH = 380
_PLOT = WIDTH - LABEL_WIDTH - 90
_STEPS_H = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336)
_LINES_AT_MOST = 8
_BEYOND = 3


class DriverBar(Struct, frozen=True, kw_only=True):
    """A cause: its bar from the left, and its interval."""

    driver: Driver
    y: float
    width: float
    low: float
    high: float


class Tornado(Struct, frozen=True, kw_only=True):
    """All causes, the largest first, with lines at round shares (percent)."""

    height: float
    lines: tuple[tuple[float, int], ...]
    bars: tuple[DriverBar, ...]


class ReserveBar(Struct, frozen=True, kw_only=True):
    """A reserve: how far it lasts (None: to the end, and `beyond`), and where its point of no return lies."""

    reserve: Endurance
    y: float
    width: float
    beyond: bool
    no_return: float | None


class ReserveChart(Struct, frozen=True, kw_only=True):
    """All reserves, the one that ends first first, with lines at round times; `under_way` where most are through."""

    height: float
    lines: tuple[tuple[float, int], ...]
    bars: tuple[ReserveBar, ...]
    under_way: float | None
    under_way_s: int | None


def tornado_of(outcome: Outcome) -> Tornado | None:
    """Lay out what drives the risk; nothing where it was not traced."""
    drivers = sorted(outcome.drivers, key=lambda one: -one.share)
    if not drivers:
        return None
    most = max(0.1, *(max(one.share, one.high) for one in drivers))
    step = next(step for step in (2, 5, 10, 20, 50, 100, 1000) if most * 100 / step <= _LINES_AT_MOST)

    def across(share: float) -> float:
        return round(max(share, 0.0) * _PLOT / most, 1)

    return Tornado(
        height=TOP + len(drivers) * ROW + 4,
        lines=tuple((across(percent / 100), percent) for percent in range(0, int(most * 100) + 1, step)),
        bars=tuple(
            DriverBar(
                driver=one,
                y=TOP + number * ROW,
                width=across(one.share),
                low=across(one.low),
                high=across(one.high),
            )
            for number, one in enumerate(drivers)
        ),
    )


def reserves_of(outcome: Outcome) -> ReserveChart | None:
    """Lay out how long reserves last, beside the longest time under way; nothing where none is carried."""
    reserves = sorted(outcome.endurance, key=lambda one: (one.lasts_s is None, one.lasts_s or 0))
    if not reserves:
        return None
    under_way_s = longest_under_way_s(outcome)
    ends = [one.lasts_s for one in reserves if one.lasts_s is not None]
    # One reserve for weeks must not shrink all others to nothing.
    until_s = max(
        min(max(ends, default=0), _BEYOND * max(under_way_s or 0, min(ends, default=0))), under_way_s or 0, 3600
    )

    def across(seconds: int) -> float:
        return round(min(seconds, until_s) * _PLOT / until_s, 1)

    step_s = 3600 * next((step for step in _STEPS_H if until_s / 3600 / step <= _LINES_AT_MOST), -(-until_s // 28800))
    return ReserveChart(
        height=TOP + len(reserves) * ROW + 4,
        lines=tuple((across(at_s), at_s) for at_s in range(0, until_s + 1, step_s)),
        bars=tuple(
            ReserveBar(
                reserve=one,
                y=TOP + number * ROW,
                width=across(until_s if one.lasts_s is None else one.lasts_s),
                beyond=one.lasts_s is None or one.lasts_s > until_s,
                no_return=None if one.no_return_s is None or one.no_return_s > until_s else across(one.no_return_s),
            )
            for number, one in enumerate(reserves)
        ),
        under_way=None if under_way_s is None else across(under_way_s),
        under_way_s=under_way_s,
    )


def longest_under_way_s(outcome: Outcome) -> int | None:
    """Return the longest of the vehicles' times under way that 9 in 10 runs stay below, None where none is told."""
    ninety = LEVELS.index(0.9)
    return max((one.quantiles_s[ninety] or 0 for one in outcome.under_way), default=0) or None
