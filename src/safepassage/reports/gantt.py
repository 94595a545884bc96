"""The chart of all vehicles over time: geometry only, drawn by its template.

Time runs left to right in every language: a coordinator and a liaison on the phone look at the same picture.
"""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.clauses import Consent, TimeWindow
from safepassage.model.ids import LinkId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure
from safepassage.model.plan import Plan
from safepassage.model.time import Window
from safepassage.reports import timescale
from safepassage.reports.occupation import Bar, lane_bars
from safepassage.reports.timescale import Scale, Tick, ticks
from safepassage.reports.words import (
    LANGUAGES,
    Phrase,
    Setting,
    called,
    clock,
    listed,
    literal,
    plain,
    say,
)
from safepassage.roads.openness import closed_links

WIDTH = timescale.WIDTH
LABEL_WIDTH = 130
ROW = 22
FEW_STREETS = 3
AXIS = 34
BAND = 22
MARK = 17
CHARACTER = 6.6
ROWS_PER_CHART = 32


class Box(Struct, frozen=True, kw_only=True):
    """A bar: what is done, where it is drawn, and a label when there is room."""

    doing: str
    x: float
    width: float
    label: Phrase | None = None


class Lane(Struct, frozen=True, kw_only=True):
    """One vehicle's or one treatment place's line."""

    y: float
    label: Phrase
    boxes: tuple[Box, ...]


class Band(Struct, frozen=True, kw_only=True):
    """The windows of one clause or site, or the closures of a road, with a label after the last or before the first."""

    y: float
    label: Phrase
    label_x: float
    anchor: str
    boxes: tuple[tuple[float, float], ...]
    closed: bool


class Mark(Struct, frozen=True, kw_only=True):
    """A milestone: a vertical line with its label on line `y`; `end` when the label stands left of the line."""

    x: float
    y: float
    label: Phrase
    end: bool


class Chart(Struct, frozen=True, kw_only=True):
    """One picture of at most `ROWS_PER_CHART` lanes."""

    height: float
    top: float
    ticks: tuple[Tick, ...]
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    lanes: tuple[Lane, ...]


def charts(operation: Operation, plan: Plan, setting: Setting) -> tuple[Chart, ...]:
    """Lay out all vehicles and treatment places, in as many charts as stay readable; lanes as `lane_bars` has them."""
    lanes = [
        (
            called(setting, who, "vehicle")
            if isinstance(who, str)
            else say("chart.place", site=called(setting, who[0], "site"), n=who[1]),
            bars,
        )
        for who, bars in lane_bars(operation, plan)
    ]
    if not lanes:
        return ()
    scale = _scale([bar for _, bars in lanes for bar in bars])
    count = -(-len(lanes) // ROWS_PER_CHART)
    size = -(-len(lanes) // count)
    return tuple(
        _chart(operation, plan, setting, scale, lanes[first : first + size]) for first in range(0, len(lanes), size)
    )


def _scale(bars: list[Bar]) -> Scale:
    from_s = min(0, *(bar.start_s for bar in bars))
    until_s = max(bar.end_s for bar in bars)
    return Scale(from_s, until_s + max((until_s - from_s) // 50, 1))


def _chart(
    operation: Operation, plan: Plan, setting: Setting, scale: Scale, lanes: list[tuple[Phrase, tuple[Bar, ...]]]
) -> Chart:
    bands = _bands(operation, setting, scale)
    marks, mark_rows = _marks(operation, plan, setting, scale, AXIS + len(bands) * BAND)
    top = AXIS + len(bands) * BAND + mark_rows * MARK + 6
    placed = tuple(
        Lane(y=top + index * ROW, label=label, boxes=tuple(_box(bar, setting, scale) for bar in bars))
        for index, (label, bars) in enumerate(lanes)
    )
    return Chart(
        height=top + len(placed) * ROW + 4,
        top=top,
        ticks=ticks(setting, scale),
        bands=bands,
        marks=marks,
        lanes=placed,
    )


def text_width(label: Phrase) -> float:
    """Estimate how wide a label is drawn, in the language where it is longest."""
    return CHARACTER * max(len(plain(label.of(language))) for language in LANGUAGES)


def _box(bar: Bar, setting: Setting, scale: Scale) -> Box:
    x, end = scale.x(bar.start_s), scale.x(bar.end_s)
    label = None
    if bar.doing == "drive":
        label = called(setting, bar.site, "site")
    elif bar.doing == "treat":
        label = literal(bar.person)
    if label is not None and text_width(label) + 8 > end - x:
        label = None
    return Box(doing=bar.doing, x=x, width=round(max(end - x, 0.8), 1), label=label)


def _bands(operation: Operation, setting: Setting, scale: Scale) -> tuple[Band, ...]:
    windowed: list[tuple[Phrase, tuple[Window, ...], bool]] = [
        (called(setting, clause.id, "clause"), clause.windows, False)
        for clause in operation.clauses
        if isinstance(clause, TimeWindow | Consent) and clause.windows
    ]
    windowed += [
        (say("chart.opens", site=called(setting, site.id, "site")), site.opens, False)
        for site in operation.sites
        if site.opens
    ]
    windowed += [(say("chart.closed", link=label), windows, True) for label, windows in _closed(operation, setting)]
    return tuple(
        _band(AXIS + index * BAND, label, windows, scale, closed=closed)
        for index, (label, windows, closed) in enumerate(windowed)
    )


def _closed(operation: Operation, setting: Setting) -> list[tuple[Phrase, tuple[Window, ...]]]:
    """Say what is closed when: each link of a table, and of a road map the streets of each closure."""
    if operation.road_map is None:
        return [(called(setting, link, "link"), windows) for link, windows in _closures(operation).items()]
    return [
        (_streets(closure, links, setting), (Window(from_s=closure.from_s, until_s=closure.until_s),))
        for closure, links in closed_links(operation)
        if links
    ]


def _streets(closure: Closure, links: tuple[LinkId, ...], setting: Setting) -> Phrase:
    names = tuple(dict.fromkeys(called(setting, link, "link") for link in links))
    if len(names) <= FEW_STREETS:
        return listed(names)
    return literal(closure.reason) if closure.reason else say("chart.streets", first=names[0], n=len(names) - 1)


def _closures(operation: Operation) -> dict[LinkId, tuple[Window, ...]]:
    found: dict[LinkId, tuple[Window, ...]] = {}
    for closure, links in closed_links(operation):
        window = Window(from_s=closure.from_s, until_s=closure.until_s)
        for link in links:
            found[link] = (*found.get(link, ()), window)
    return found


def _band(y: float, label: Phrase, windows: tuple[Window, ...], scale: Scale, *, closed: bool) -> Band:
    boxes = tuple(
        (scale.x(window.from_s), round(scale.x(window.until_s) - scale.x(window.from_s), 1))
        for window in windows
        if window.until_s > scale.from_s and window.from_s < scale.until_s
    )
    first, last = (boxes[0][0], sum(boxes[-1])) if boxes else (0.0, 0.0)
    width = text_width(label) + 10
    x, anchor = max(first, 0.0) + 6, "start"
    if last + width <= WIDTH:
        x = last + 6
    elif width <= first:
        x, anchor = first - 6, "end"
    return Band(y=y, label=label, label_x=x, anchor=anchor, boxes=boxes, closed=closed)


def _wanted_milestones(operation: Operation, plan: Plan) -> list[tuple[int, str]]:
    """Parties' milestones, the referrals', the convoys' and the last arrival; of sites only those a clause names."""
    named: set[str] = {milestone.id for milestone in operation.milestones}
    for clause in operation.clauses:
        for field in ("first", "then", "milestone"):
            named.add(getattr(clause, field, None) or "")
        named.update(getattr(clause, "milestones", ()))
    idle = {"start"} if plan.referrals else {"start", "referrals-closed"}
    always = ("departed:", "arrived:", "referrals-closed", "all-arrived")
    return sorted(
        (reading.at_s, reading.milestone)
        for reading in plan.milestones
        if reading.milestone not in idle and (reading.milestone in named or reading.milestone.startswith(always))
    )


def _marks(
    operation: Operation, plan: Plan, setting: Setting, scale: Scale, top: float
) -> tuple[tuple[Mark, ...], int]:
    at: dict[int, list[Phrase]] = {}
    for at_s, name in _wanted_milestones(operation, plan):
        at.setdefault(at_s, []).append(called(setting, name, "milestone"))
    used: list[list[tuple[float, float]]] = []
    marks: list[Mark] = []
    for at_s, names in at.items():
        label = say("chart.mark", time=clock(setting, at_s), what=listed(names, at_most=2))
        x, width = scale.x(at_s), text_width(label) + 10
        end = x + width > WIDTH
        interval = (x - width, x + 2) if end else (x - 2, x + width)
        row = _free_row(used, interval)
        marks.append(Mark(x=x, y=top + row * MARK, label=label, end=end))
    return tuple(marks), len(used)


def _free_row(used: list[list[tuple[float, float]]], interval: tuple[float, float]) -> int:
    for index, row in enumerate(used):
        if all(interval[1] <= start or end <= interval[0] for start, end in row):
            row.append(interval)
            return index
    used.append([interval])
    return len(used) - 1
