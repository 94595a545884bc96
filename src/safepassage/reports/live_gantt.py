"""The chart of the day: for each vehicle what was planned, below it what happened and what is forecast.

Time runs left to right in every language, as in the plan's own chart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.reports.gantt import text_width
from safepassage.reports.timescale import Scale, Tick, ticks
from safepassage.reports.words import Phrase, Setting, called, clock, duration, say
from safepassage.reports.words.setting import NOBODY

ROW: Final = 34
TOP: Final = 36
ON_TIME_S: Final = 300
"""Less than this, early or late, counts as on time."""

_BLURRED_S: Final = 60
"""An event known to within less than this is drawn as an instant."""

Span: TypeAlias = tuple[int, int, int]
"""The earliest, likely and latest second of what happened."""

Doing: TypeAlias = Literal["planned", "driven", "driving", "forecast"]


class Stay(Struct, frozen=True, kw_only=True):
    """A vehicle at a site: arrival and departure as planned, as happened and as forecast (seconds since the start)."""

    site: str
    planned: tuple[int | None, int | None]
    actual: tuple[Span | None, Span | None]
    forecast: tuple[int | None, int | None]


class VehicleLine(Struct, frozen=True, kw_only=True):
    """The stays of a vehicle, and how late it is (below 0: early; None: nothing is due yet)."""

    vehicle: str
    stays: tuple[Stay, ...]
    late_s: int | None


class Bar(Struct, frozen=True, kw_only=True):
    """A drive: where it is drawn in its lane, and the site that it leads to where there is room."""

    doing: Doing
    x: float
    y: float
    width: float
    label: Phrase | None


class Blur(Struct, frozen=True, kw_only=True):
    """An instant that is known only to within some time."""

    x: float
    y: float
    width: float


class LiveLane(Struct, frozen=True, kw_only=True):
    """A vehicle's line in the chart."""

    y: float
    label: Phrase
    bars: tuple[Bar, ...]
    blurs: tuple[Blur, ...]


class LiveChart(Struct, frozen=True, kw_only=True):
    """The picture: its height, axis, the line of now, and the lanes."""

    height: float
    ticks: tuple[Tick, ...]
    now_x: float
    lanes: tuple[LiveLane, ...]


class LineRow(Struct, frozen=True, kw_only=True):
    """A vehicle in the table: how late, what comes next, and where and when it ends."""

    vehicle: str
    name: Phrase
    late: Phrase
    grave: bool
    next: Phrase
    next_planned: Phrase
    next_forecast: Phrase
    end: Phrase
    end_planned: Phrase
    end_forecast: Phrase


class StayRow(Struct, frozen=True, kw_only=True):
    """A stay of one vehicle in its table: planned, happened, forecast, each arrival and departure."""

    site: Phrase
    planned: tuple[Phrase, Phrase]
    actual: tuple[Phrase, Phrase]
    forecast: tuple[Phrase, Phrase]


def chart(lines: Sequence[VehicleLine], now_s: int, setting: Setting) -> LiveChart:
    """Lay out vehicles over time.

    Parameters
    ----------
    lines
        Those that are shown.
    now_s
        Seconds since the start; where that is far from all of them, the line of now stands at the edge.
    setting
        Names and clock.
    """
    times = [at_s for line in lines for stay in line.stays for at_s in _instants(stay)]
    first, last = min(times, default=0), max(times, default=3600)
    margin = max((last - first) // 50, 600)
    scale = Scale(first - margin, last + margin)
    return LiveChart(
        height=TOP + len(lines) * ROW + 4,
        ticks=ticks(setting, scale),
        now_x=scale.x(now_s),
        lanes=tuple(_lane(line, TOP + index * ROW, scale, setting) for index, line in enumerate(lines)),
    )


def _instants(stay: Stay) -> Iterable[int]:
    yield from (at_s for at_s in (*stay.planned, *stay.forecast) if at_s is not None)
    yield from (span[1] for span in stay.actual if span is not None)


def _lane(line: VehicleLine, y: float, scale: Scale, setting: Setting) -> LiveLane:
    bars: list[Bar] = []
    for before, after in pairwise(line.stays):
        site = called(setting, after.site, "site")
        bars += _bar("planned", (before.planned[1], after.planned[0]), site, y + 4, scale)
        left, came = before.actual[1], after.actual[0]
        begins = left[1] if left else before.forecast[1]
        ends = came[1] if came else after.forecast[0]
        doing: Doing = "driven" if came else "driving" if left else "forecast"
        bars += _bar(doing, (begins, ends), site, y + 18, scale)
    blurs = [
        Blur(x=scale.x(span[0]), y=y + 18, width=round(scale.x(span[2]) - scale.x(span[0]), 1))
        for stay in line.stays
        for span in stay.actual
        if span is not None and span[2] - span[0] > _BLURRED_S
    ]
    return LiveLane(y=y, label=called(setting, line.vehicle, "vehicle"), bars=tuple(bars), blurs=tuple(blurs))


def _bar(doing: Doing, at_s: tuple[int | None, int | None], site: Phrase, y: float, scale: Scale) -> list[Bar]:
    begins, ends = at_s
    if begins is None or ends is None:
        return []
    x, end = scale.x(begins), scale.x(max(begins, ends))
    fits = doing != "planned" and text_width(site) + 8 <= end - x
    return [Bar(doing=doing, x=x, y=y, width=round(max(end - x, 1.0), 1), label=site if fits else None)]


def told_lateness(late_s: int | None) -> Phrase:
    """Say how late a vehicle is."""
    if late_s is None:
        return say("timeline.not-due")
    if abs(late_s) < ON_TIME_S:
        return say("timeline.on-time")
    minutes_s = abs(late_s) // 60 * 60
    return say("timeline.late" if late_s > 0 else "timeline.early", time=duration(minutes_s))


def line_rows(lines: Iterable[VehicleLine], setting: Setting) -> tuple[LineRow, ...]:
    """Say of each vehicle what comes next and how it ends."""
    return tuple(_line_row(line, setting) for line in lines)


def _line_row(line: VehicleLine, setting: Setting) -> LineRow:
    last = line.stays[-1]
    done = last.actual[0]
    what, next_planned, next_forecast = _next(line.stays, setting)
    return LineRow(
        vehicle=line.vehicle,
        name=called(setting, line.vehicle, "vehicle"),
        late=told_lateness(line.late_s),
        grave=line.late_s is not None and line.late_s >= ON_TIME_S,
        next=what,
        next_planned=_at(next_planned, setting),
        next_forecast=_at(next_forecast, setting),
        end=called(setting, last.site, "site"),
        end_planned=_at(last.planned[0], setting),
        end_forecast=say("timeline.came", time=_at(done[1], setting)) if done else _at(last.forecast[0], setting),
    )


def _next(stays: Sequence[Stay], setting: Setting) -> tuple[Phrase, int | None, int | None]:
    """Say what a vehicle does next, when that was planned, and when it is forecast."""
    last = max((place for place, stay in enumerate(stays) if any(stay.actual)), default=-1)
    if last == -1 or (stays[last].actual[1] is None and last + 1 < len(stays)):
        stay = stays[max(last, 0)]
        what = say("timeline.leaves", site=called(setting, stay.site, "site"))
        return what, stay.planned[1], stay.forecast[1]
    if last + 1 < len(stays):
        stay = stays[last + 1]
        return say("timeline.arrives", site=called(setting, stay.site, "site")), stay.planned[0], stay.forecast[0]
    return say("timeline.done"), None, None


def stay_rows(line: VehicleLine, setting: Setting) -> tuple[StayRow, ...]:
    """Say when a vehicle is where."""
    return tuple(
        StayRow(
            site=called(setting, stay.site, "site"),
            planned=(_at(stay.planned[0], setting), _at(stay.planned[1], setting)),
            actual=(_told(stay.actual[0], setting), _told(stay.actual[1], setting)),
            forecast=(_at(stay.forecast[0], setting), _at(stay.forecast[1], setting)),
        )
        for stay in line.stays
    )


def _at(at_s: int | None, setting: Setting) -> Phrase:
    return NOBODY if at_s is None else clock(setting, at_s)


def _told(span: Span | None, setting: Setting) -> Phrase:
    """Say an instant, and to within what it is known where that is not to the minute."""
    if span is None:
        return NOBODY
    if span[2] - span[0] <= _BLURRED_S:
        return clock(setting, span[1])
    return say(
        "timeline.between", time=clock(setting, span[1]), first=clock(setting, span[0]), last=clock(setting, span[2])
    )
