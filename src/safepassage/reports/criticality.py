"""What lay on the chain that ended with the last arrival, how often, on the chart and as rows; what gates departure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TypeAlias

from msgspec import Struct

from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.rehearsal.outcome import Critical, Gate, Outcome
from safepassage.reports import gantt
from safepassage.reports.occupation import Bar, lane_bars
from safepassage.reports.words import Phrase, Setting, say
from safepassage.reports.words.phrases import listed
from safepassage.reports.words.rehearsal import activity_name, doing_name, share
from safepassage.reports.words.setting import cited
from safepassage.roads.paces import paced

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
    travel = paced(operation)
    found: dict[tuple[str, str, int], _Planned] = {}
    for trip in plan.trips:
        for position, stop in enumerate(trip.stops):
            start_s = stop.arrive_s - travel.drive_s(trip, stop)
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


def gates(operation: Operation, outcome: Outcome, setting: Setting) -> tuple[Phrase, ...]:
    """Say what departures most often waited for last, by kind of activity and site; patients are not named."""
    groups: dict[tuple[str, str], list[Gate]] = {}
    for gate in outcome.gates:
        # a milestone and a window are nowhere
        where = gate.subject if gate.activity in {"milestone", "window"} else gate.site
        groups.setdefault((gate.activity, where), []).append(gate)
    people = {str(person.id) for person in operation.people}
    sums = {key: sum(gate.share for gate in own) for key, own in groups.items()}
    ordered = sorted((key for key in groups if sums[key] >= _LEAST), key=lambda key: -sums[key])
    return tuple(_gate(setting, groups[key], people) for key in ordered[:_GATES_AT_MOST])


def _gate(setting: Setting, own: list[Gate], people: set[str]) -> Phrase:
    first, shares = own[0], share(sum(gate.share for gate in own))
    if first.activity == "window":
        what = say("rehearsal.gate-window", what=listed([cited(setting, name) for name in first.subject.split()]))
        return say("rehearsal.gate-one", what=what, share=shares)
    private = first.subject in people
    if len(own) == 1:
        return say("rehearsal.gate-one", what=activity_name(setting, first, private=private), share=shares)
    what = doing_name(setting, first)
    if private:
        return say("rehearsal.gate-one", what=what, share=shares)
    who = cited(setting, first.subject)
    return say("rehearsal.gate-many", what=what, all=shares, who=who, share=share(first.share))
