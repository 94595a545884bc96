"""What lay on the chain that ended with the last arrival, and how often: on the chart, as rows, before departure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TypeAlias

from msgspec import Struct

from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.rehearsal.outcome import Critical, Outcome
from safepassage.reports import gantt
from safepassage.reports.occupation import Bar, drive_time, lane_bars
from safepassage.reports.words import Phrase, Setting, say
from safepassage.reports.words.rehearsal import activity_name, doing_name, number, share
from safepassage.reports.words.setting import cited

LEVELS = (0.01, 0.1, 0.25, 0.5, 0.75)
"""From which share on a bar is drawn one step darker."""

_GATES_AT_MOST = 4
_LEAST = 0.01


_ShareOf: TypeAlias = Callable[[str | tuple[SiteId, int], Bar], float]


class Shade(Struct, frozen=True, kw_only=True):
    """A bar of the chart: where it is drawn, how dark (0 to 5), and its share when there is room."""

    x: float
    width: float
    level: int
    label: Phrase | None


class ShadedChart(Struct, frozen=True, kw_only=True):
    """A chart of the plan with its bars by share; `shades` has a row for each lane."""

    chart: gantt.Chart
    shades: tuple[tuple[Shade, ...], ...]


class CriticalRow(Struct, frozen=True, kw_only=True):
    """An activity of the table; `at_s` is when it ends as planned, where that is known."""

    found: Critical
    name: Phrase
    at_s: int | None


class _Planned(Struct, frozen=True):
    """From when to when something is done as planned."""

    start_s: int
    end_s: int


def shaded(operation: Operation, plan: Plan, outcome: Outcome, setting: Setting) -> tuple[ShadedChart, ...]:
    """Draw the plan's chart anew: every bar as dark as it was often on the chain."""
    share_of = _shares(operation, plan, outcome)
    lanes = iter(lane_bars(operation, plan))
    found = []
    for chart in gantt.charts(operation, plan, setting):
        rows = tuple(
            tuple(_shade(box, share_of(who, bar)) for box, bar in zip(lane.boxes, bars, strict=True))
            for lane, (who, bars) in zip(chart.lanes, islice(lanes, len(chart.lanes)), strict=True)
        )
        found.append(ShadedChart(chart=chart, shades=rows))
    return tuple(found)


def _shade(box: gantt.Box, value: float) -> Shade:
    level = sum(value >= least for least in LEVELS)
    label = share(value) if level > 1 else None
    if label is not None and gantt.text_width(label) + 6 > box.width:
        label = None
    return Shade(x=box.x, width=box.width, level=level, label=label)


def _shares(operation: Operation, plan: Plan, outcome: Outcome) -> _ShareOf:
    """Find the share of a bar: drives by vehicle and end, services by vehicle and span, treatments by patient."""
    planned = planned_times(operation, plan)
    vehicle = {str(trip.id): trip.vehicle for trip in plan.trips}
    drives: dict[tuple[str, int], float] = {}
    services: dict[str, list[tuple[_Planned, float]]] = {}
    treatments: dict[str, float] = {}
    for one in outcome.critical:
        at = planned.get(_key(one))
        if one.activity == "treat":
            treatments[one.subject] = one.share
        elif at is not None and one.trip in vehicle:
            if one.activity == "drive":
                drives[vehicle[one.trip], at.end_s] = one.share
            else:
                services.setdefault(vehicle[one.trip], []).append((at, one.share))

    def share_of(who: str | tuple[SiteId, int], bar: Bar) -> float:
        if bar.doing == "treat":
            return treatments.get(bar.person, 0.0)
        if not isinstance(who, str) or bar.doing == "wait":
            return 0.0
        if bar.doing == "drive":
            return drives.get((who, bar.end_s), 0.0)
        during = [value for at, value in services.get(who, ()) if at.start_s <= bar.start_s and bar.end_s <= at.end_s]
        return max(during, default=0.0)

    return share_of


def _key(one: Critical) -> tuple[str, str, int]:
    """Name an activity: drives and services by trip and stop, everything else by what it is of."""
    if one.trip:
        return ("drive" if one.activity == "drive" else "service", one.trip, one.stop)
    return (one.activity, f"{one.subject} {one.site}" if one.activity == "convoy-departure" else one.subject, -1)


def planned_times(operation: Operation, plan: Plan) -> dict[tuple[str, str, int], _Planned]:
    """Tell from when to when each activity is done as planned."""
    travel_s = {link.id: link.travel_s for link in operation.links}
    found: dict[tuple[str, str, int], _Planned] = {}
    for trip in plan.trips:
        for position, stop in enumerate(trip.stops):
            start_s = stop.arrive_s - drive_time(trip, position, travel_s)
            found["drive", trip.id, position] = _Planned(start_s, stop.arrive_s)
            found["service", trip.id, position] = _Planned(stop.start_s, stop.end_s)
    for referral in plan.referrals:
        found["treat", referral.person, -1] = _Planned(referral.treated_from_s, referral.treated_until_s)
    for order in plan.convoys:
        head = next(
            (trip for trip in plan.trips if (trip.convoy, trip.vehicle) == (order.convoy, order.order[0])), None
        )
        for stop in head.stops if head else ():
            found["convoy-departure", f"{order.convoy} {stop.site}", -1] = _Planned(stop.depart_s, stop.depart_s)
    for reading in plan.milestones:
        found["milestone", reading.milestone, -1] = _Planned(reading.at_s, reading.at_s)
    return found


def critical_rows(operation: Operation, plan: Plan, outcome: Outcome, setting: Setting) -> tuple[CriticalRow, ...]:
    """List what lay on a chain, the most frequent first; patients are not named."""
    planned = planned_times(operation, plan)
    people = {person.id for person in operation.people}
    rows = []
    for one in sorted(outcome.critical, key=lambda one: -one.share):
        if one.share > 0:
            at = planned.get(_key(one))
            name = activity_name(setting, one, private=one.subject in people)
            rows.append(CriticalRow(found=one, name=name, at_s=None if at is None else at.end_s))
    return tuple(rows)


def gates(operation: Operation, plan: Plan, outcome: Outcome, setting: Setting) -> tuple[Phrase, ...]:
    """Say what most often lay on the chain before the last convoy departed, by kind of activity and site.

    Shares of one kind at one site add up to how many of them are on the chain in an average run, because a chain may
    hold several of them.
    """
    departs_s = max((order.departs_s for order in plan.convoys), default=None)
    if departs_s is None:
        return ()
    groups: dict[tuple[str, SiteId], list[CriticalRow]] = {}
    for row in critical_rows(operation, plan, outcome, setting):
        before = row.at_s is not None and row.at_s <= departs_s
        if before and row.found.activity not in {"start", "convoy-departure"}:
            groups.setdefault((row.found.activity, row.found.site), []).append(row)
    people = {str(person.id) for person in operation.people}
    sums = {key: sum(row.found.share for row in rows) for key, rows in groups.items()}
    ordered = sorted((key for key in groups if sums[key] >= _LEAST), key=lambda key: -sums[key])
    return tuple(_gate(setting, groups[key], people) for key in ordered[:_GATES_AT_MOST])


def _gate(setting: Setting, rows: list[CriticalRow], people: set[str]) -> Phrase:
    first = rows[0].found
    if len(rows) == 1:
        return say("rehearsal.gate-one", what=rows[0].name, share=share(first.share))
    what = doing_name(setting, first)
    mean = number(sum(row.found.share for row in rows), decimals=1)
    if first.subject in people:
        return say("rehearsal.gate-people", what=what, n=mean)
    return say("rehearsal.gate-many", what=what, n=mean, who=cited(setting, first.subject), share=share(first.share))
