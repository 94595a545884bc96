"""What an operation's ids are called and what its clock shows."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from safepassage.model.clauses import Clause, Milestone
from safepassage.model.fleet import Convoy
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.time import instant_at
from safepassage.reports.words.phrases import Phrase, literal, same, say

KINDS = (
    "vehicle", "site", "convoy", "milestone", "clause", "link", "party", "person", "household", "trip",
)  # fmt: skip
_TABLES = {
    "people": "person", "households": "household", "vehicles": "vehicle", "sites": "site", "links": "link",
    "roads": "link", "parties": "party", "convoys": "convoy", "milestones": "milestone", "clauses": "clause",
    "trips": "trip",
}  # fmt: skip
_TITLED = frozenset(("convoy", "milestone", "clause"))
_MOST_STREETS = 3
NOBODY = same("–")


class Setting(Struct, frozen=True, kw_only=True):
    """Names by (kind, id), and the clock; `with_day` when the plan passes midnight."""

    labels: dict[tuple[str, str], Phrase]
    start: datetime
    time_zone: str
    with_day: bool


def setting_of(operation: Operation, plan: Plan | None) -> Setting:
    """Collect what things are called, and whether times need their day; without a plan they do.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    last_s = plan.objective.makespan_s if plan and plan.objective else 0
    ends = {instant_at(operation.start, at_s, operation.time_zone).date() for at_s in (0, last_s)}
    return Setting(
        labels=_labels(operation),
        start=operation.start,
        time_zone=operation.time_zone,
        with_day=plan is None or len(ends) > 1,
    )


def _labels(operation: Operation) -> dict[tuple[str, str], Phrase]:
    labels: dict[tuple[str, str], Phrase] = {}
    corners = _corners(operation)
    for site in operation.sites:
        labels["site", site.id] = corners.get(site.id) or literal(site.name or site.id, site.name_ar)
    for convoy in operation.convoys:
        labels["convoy", convoy.id] = titled(convoy)
    for milestone in operation.milestones:
        labels["milestone", milestone.id] = titled(milestone)
    for clause in operation.clauses:
        labels["clause", clause.id] = titled(clause)
    for party in operation.parties:
        labels["party", party.id] = literal(party.name or party.id, party.name_ar, party.name_fr)
    for vehicle in operation.vehicles:
        labels["vehicle", vehicle.id] = literal(vehicle.id)
    for link in operation.links:
        ends = say("link.between", start=labels.get(("site", link.start), literal(link.start)),
                   end=labels.get(("site", link.end), literal(link.end)))  # fmt: skip
        labels["link", link.id] = literal(link.name) if link.name else ends
    return labels


def titled(one: Operation | Convoy | Milestone | Clause) -> Phrase:
    """Say what something is titled, in the languages that it has a title in.

    Parameters
    ----------
    one
        An operation, or what is agreed or moves in it.
    """
    return literal(one.title or one.id, one.title_ar, one.title_fr)


def _corners(operation: Operation) -> dict[str, Phrase]:
    """Call the junctions of a road map by the streets that meet there: their ids are numbers that nobody knows."""
    if operation.road_map is None:
        return {}
    streets: dict[str, dict[str, None]] = {site.id: {} for site in operation.sites if site.kind == "junction"}
    for link in operation.links:
        for end in (link.start, link.end):
            if link.name and end in streets:
                streets[end][link.name] = None
    return {
        site: literal(" / ".join(sorted(names)[:_MOST_STREETS])) if names else say("site.nameless")
        for site, names in streets.items()
    }


def called(setting: Setting, name: str, *kinds: str) -> Phrase:
    """Say what an id is called, looking among `kinds` (all kinds when none are given)."""
    if not name:
        return NOBODY
    for kind in kinds or KINDS:
        if (kind, name) in setting.labels:
            return setting.labels[kind, name]
    return _computed_milestone(setting, name) or literal(name)


def cited(setting: Setting, name: str, *kinds: str) -> Phrase:
    """Say what an id is called inside a sentence: titles, which are sentences themselves, in quotation marks."""
    for kind in kinds or KINDS:
        if (kind, name) in setting.labels:
            label = setting.labels[kind, name]
            return say("quoted", what=label) if kind in _TITLED and label != literal(name) else label
    return called(setting, name, *kinds)


def subject(setting: Setting, name: str) -> Phrase:
    """Say whom a rule concerns: an id, alone or after the name of its table ("people/P001")."""
    table, slash, rest = name.partition("/")
    if slash and table in _TABLES:
        return cited(setting, rest, _TABLES[table])
    return cited(setting, name)


def _computed_milestone(setting: Setting, name: str) -> Phrase | None:
    head, _, rest = name.partition(":")
    if head in {"departed", "arrived"} and rest:
        return say(f"milestone.{head}", what=cited(setting, rest, "convoy"))
    if head in {"left", "cleared", "joined"} and rest:
        return say(f"milestone.{head}", what=called(setting, rest, "site"))
    if name in {"start", "referrals-closed", "all-arrived"}:
        return say(f"milestone.{name}")
    return say("gate.night") if name == "night" else None


def clock(setting: Setting, at_s: int, *, seconds: bool = False) -> Phrase:
    """Say what the clock shows at `at_s`, with the day where it is not plain which one is meant.

    A time beyond every calendar, as a clock that is wrong may give it, is a dash.
    """
    try:
        local = instant_at(setting.start, at_s, setting.time_zone)
    except (OverflowError, ValueError):
        return NOBODY
    text = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    time = same(text)
    first = instant_at(setting.start, 0, setting.time_zone).date()
    if not setting.with_day and local.date() == first:
        return time
    if abs((local.date() - first).days) > 6:
        return say("clock.date", day=local.day, month=say(f"month.{local.month}"), time=time)
    return say("clock.day", day=say(f"weekday.{local.weekday()}"), time=time)


def full_instant(setting: Setting, at_s: int) -> Phrase:
    """Say an instant with weekday, date and year."""
    local = instant_at(setting.start, at_s, setting.time_zone)
    time = f"{local:%H:%M}"
    return say("clock.full", weekday=say(f"weekday.{local.weekday()}"), day=local.day,
               month=say(f"month.{local.month}"), year=local.year,
               time=same(time))  # fmt: skip


def times(setting: Setting, from_s: int, until_s: int) -> Phrase:
    """Say an interval of time; the day once when both ends fall on it."""
    start, end = (instant_at(setting.start, at_s, setting.time_zone) for at_s in (from_s, until_s))
    later = same(f"{end:%H:%M}") if start.date() == end.date() else clock(setting, until_s)
    return say("clock.span", start=clock(setting, from_s), end=later)
