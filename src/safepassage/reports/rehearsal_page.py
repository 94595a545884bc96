"""The rehearsal as one page: everything inside one file, in every language, for screen and paper, naming nobody."""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import Struct

from safepassage.model.clauses import ALL_ARRIVED
from safepassage.model.operation import Operation, is_assumption
from safepassage.model.plan import Plan
from safepassage.rehearsal.outcome import LEVELS, Chance, Change, Outcome, Spread
from safepassage.reports import crowds, fan, gantt, spreadbars, tornado, words
from safepassage.reports.criticality import LEVELS as SHADES
from safepassage.reports.criticality import critical_rows, shaded
from safepassage.reports.document import in_pictures, offset, rendered
from safepassage.reports.rehearsal_brief import (
    HELD_TO,
    ordered_assumptions,
    ordered_changes,
    rehearsal_brief,
    rehearsal_setting,
)
from safepassage.reports.spreadbars import SpreadBar
from safepassage.reports.words import Language, Phrase, Setting, called
from safepassage.reports.words import rehearsal as told
from safepassage.reports.words.figures import figure_told

_CRITICAL_AT_MOST = 20
_INSTANTS_AT_MOST = 12
"""So many of the latest are shown; what comes before is folded away."""


class InstantRow(Struct, frozen=True, kw_only=True):
    """An instant or a length of time: its name, quantiles, what was planned, and its bar."""

    name: Phrase
    spread: Spread
    planned_s: int | None
    bar: SpreadBar | None


class ChangeRow(Struct, frozen=True, kw_only=True):
    """A change with the bar of its chance; `clear` when an interval of what it brings leaves out zero."""

    change: Change
    bar: SpreadBar
    clear: bool


def rehearsal_page(operation: Operation, plan: Plan, outcome: Outcome, *, language: Language = "en") -> bytes:
    """Make the page of a rehearsal.

    Parameters
    ----------
    operation
        What the plan is for.
    plan
        What was rehearsed.
    outcome
        What the rehearsal found.
    language
        The language shown first; the page carries both.

    Returns
    -------
    bytes
        One HTML document, UTF-8, that loads nothing and names nobody.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    setting = rehearsal_setting(operation, plan, outcome)
    content = {
        **_things(operation, plan, outcome, setting),
        **_pictures(operation, plan, outcome, setting),
        **_telling(setting),
        "brief": rehearsal_brief(operation, plan, outcome),
        "language": language,
        "kind": "page.kind-rehearsal",
        "sha256": outcome.sha256 or plan.sha256,
    }
    content["contents"] = _contents(content)
    return rendered("rehearsal.html", content, styles=("page.css", "rehearsal.css"))


def _things(operation: Operation, plan: Plan, outcome: Outcome, setting: Setting) -> dict[str, Any]:
    """Gather what the tables show."""
    readings = {reading.clause: reading.status for reading in plan.clauses}
    titles = {clause.id for clause in operation.clauses}
    milestones, points = _instants(plan, outcome, setting)
    return {
        "operation": operation,
        "outcome": outcome,
        "title": words.titled(operation),
        "start": words.full_instant(setting, 0),
        "offset": offset(setting),
        "milestones": milestones,
        "points": points,
        "instants_at_most": _INSTANTS_AT_MOST,
        "rides": _rides(outcome, setting),
        "clauses": [
            (one, readings.get(one.clause), None if one.kept is None else _chance_bar(one.kept))
            for one in outcome.clauses
            if one.clause in titles
        ],
        "held_to": HELD_TO,
        "tallies": list(outcome.tallies.items()),
        "changes": _changes(outcome),
        "assumptions": ordered_assumptions(outcome),
    }


def _pictures(operation: Operation, plan: Plan, outcome: Outcome, setting: Setting) -> dict[str, Any]:
    """Lay out the charts."""
    rows = critical_rows(operation, plan, outcome, setting)
    return {
        "fan": fan.fan_of(plan, outcome, setting),
        "fan_frame": fan,
        "levels": [round(level * 100) for level in LEVELS],
        "tornado": tornado.tornado_of(outcome),
        "tornado_frame": tornado,
        "reserves": tornado.reserves_of(outcome),
        "crowds": crowds.crowds_of(outcome, setting),
        "crowds_frame": crowds,
        "charts": shaded(operation, plan, outcome, setting),
        "gantt_frame": gantt,
        "shades": [round(least * 100) for least in SHADES],
        "critical": rows[:_CRITICAL_AT_MOST],
        "critical_left_off": max(len(rows) - _CRITICAL_AT_MOST, 0),
        "bar_width": spreadbars.WIDTH,
        "strip": _chance_bar(outcome.in_time),
    }


def _instants(plan: Plan, outcome: Outcome, setting: Setting) -> tuple[list[InstantRow], list[InstantRow]]:
    """Split the instants into milestones and control points, each in the order of time."""
    planned = {str(reading.milestone): reading.at_s for reading in plan.milestones} | _passings(plan)
    told_s = [at_s for one in outcome.instants for at_s in one.quantiles_s if at_s is not None]
    frame = (min(told_s, default=0), max([*told_s, *planned.values()], default=0) + 1)
    rows = [
        InstantRow(
            name=told.instant_name(setting, one.name),
            spread=one,
            planned_s=planned.get(one.name),
            bar=spreadbars.over_time(one.quantiles_s, planned.get(one.name), frame),
        )
        for one in sorted(outcome.instants, key=_middle)
        if one.name != "start"
    ]
    points = [row for row in rows if told.is_control_point(row.spread.name)]
    return [row for row in rows if row not in points], points


def _middle(one: Spread) -> tuple[bool, int, bool]:
    at_s = one.quantiles_s[LEVELS.index(0.5)]
    return at_s is None, at_s or 0, one.name == ALL_ARRIVED


def _passings(plan: Plan) -> dict[str, int]:
    """Tell when the head and the tail of each convoy come to each of its stops and pass each other point as planned."""
    trips = {(trip.convoy, trip.vehicle): trip for trip in plan.trips if trip.convoy}
    found = {}
    for order in plan.convoys:
        for which, vehicle in (("head", order.order[0]), ("tail", order.order[-1])):
            for stop in trips[order.convoy, vehicle].stops[1:]:
                found[f"{which} {stop.site} {order.convoy}"] = stop.arrive_s
        for one in order.timetable:
            found.setdefault(f"head {one.site} {order.convoy}", one.head_s)
            found.setdefault(f"tail {one.site} {order.convoy}", one.tail_s)
    return found


def _rides(outcome: Outcome, setting: Setting) -> list[InstantRow]:
    frame = (0, max([at_s or 0 for one in outcome.under_way for at_s in one.quantiles_s], default=0) + 1)
    return [
        InstantRow(
            name=told.ride_name(setting, one.name),
            spread=one,
            planned_s=None,
            bar=spreadbars.over_time(one.quantiles_s, None, frame),
        )
        for one in sorted(outcome.under_way, key=lambda one: (-(one.quantiles_s[LEVELS.index(0.9)] or 0), one.name))
    ]


def _chance_bar(chance: Chance) -> SpreadBar:
    return spreadbars.of_interval(chance.share, chance.low, chance.high, (0.0, 1.0))


def _changes(outcome: Outcome) -> list[ChangeRow]:
    changes = ordered_changes(outcome)
    frame = spreadbars.frame_of([end for one in changes for end in (one.out_low, one.out_high)]) if changes else (0, 1)
    return [
        ChangeRow(
            change=one,
            bar=spreadbars.of_interval(one.out_in_time, one.out_low, one.out_high, frame),
            clear=not (one.out_low <= 0 <= one.out_high and one.earlier_low_s <= 0 <= one.earlier_high_s),
        )
        for one in changes
    ]


def _telling(setting: Setting) -> dict[str, Any]:
    """Hand the templates the words, bound to this operation's names and clock."""

    def interval(low: Phrase, high: Phrase) -> Phrase:
        return words.say("span.to", low=low, high=high)

    return {
        "say": words.say,
        "say_code": words.say_code,
        "called": partial(called, setting),
        "clock": partial(words.clock, setting),
        "duration": words.duration,
        "interval": interval,
        "share": told.share,
        "points_of": told.points,
        "earlier": told.earlier,
        "earlier_between": told.earlier_between,
        "mean": told.mean,
        "number": told.number,
        "change_name": told.change_name,
        "assumption_name": partial(told.assumption_name, setting),
        "figure_told": partial(figure_told, setting),
        "whom": told.whom_name,
        "assumed": is_assumption,
        "reserve_name": _reserve_name,
        **in_pictures(),
    }


def _reserve_name(what: str, whom: str) -> Phrase:
    return words.say("reserves.label", what=words.say_code("reserve", what), whom=told.whom_name(whom))


def _contents(content: dict[str, Any]) -> list[str]:
    shown = {
        "answer": True,
        "fan": content["fan"],
        "instants": content["milestones"] or content["points"],
        "drivers": True,
        "critical": True,
        "clause-chances": content["clauses"],
        "crowds": content["crowds"],
        "reserves": content["reserves"],
        "tallies": content["tallies"],
        "changes": True,
        "assumptions": True,
    }
    return [name for name, there in shown.items() if there]
