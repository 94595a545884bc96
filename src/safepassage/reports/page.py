"""The plan as one page: everything inside one file, in every language, for screen and paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from safepassage.model.clauses import Area, Clause, cleared, joined, left
from safepassage.model.operation import Operation, is_assumption
from safepassage.model.plan import Load, Plan, Trip
from safepassage.reports import doubts, gantt, words
from safepassage.reports.brief import Odds, brief, level_of
from safepassage.reports.document import in_pictures, offset, rendered
from safepassage.reports.manifests import sheets
from safepassage.reports.movement import movements
from safepassage.reports.occupation import DOINGS
from safepassage.reports.sketch import credit, drawn_sites, sketches, streets
from safepassage.reports.words import Language, Phrase, Setting, called
from safepassage.reports.words.phrases import each
from safepassage.reports.words.sentences import rule_name, violation_detail, why_unserved, windows_text
from safepassage.reports.words.setting import NOBODY

MANY_MILESTONES = 40
"""From so many on, a list of all of them hides those that matter."""


def plan_page(
    operation: Operation,
    plan: Plan,
    *,
    sha256: str = "",
    language: Language = "en",
    remarks: Sequence[Phrase] = (),
    odds: Odds | None = None,
) -> bytes:
    """Make the page of a plan, or of why there is none.

    Parameters
    ----------
    operation
        What was asked for.
    plan
        What was found.
    sha256
        The hash of the operation folder's content; the plan's own when empty.
    language
        The language shown first; the page carries all.
    remarks
        What the caller has to add at the top, in every language.
    odds
        What a rehearsal of this plan found.

    Returns
    -------
    bytes
        One HTML document, UTF-8, that loads nothing.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    setting = words.setting_of(operation, plan)
    content = {
        **_things(operation, plan, setting),
        "brief": _everywhere(operation, plan, remarks, odds),
        **_telling(setting),
        **_looking_up(operation, plan),
        "language": language,
        "kind": "page.kind",
        "level": level_of(plan, odds),
        "sha256": sha256 or plan.sha256 or operation.sha256,
    }
    content["contents"] = _contents(content)
    return rendered("page.html", content)


def _things(operation: Operation, plan: Plan, setting: Setting) -> dict[str, Any]:
    """Gather what the sections show."""
    found = doubts.rows(operation)
    assumed = sum(is_assumption(row.source) for row in found)
    unsourced = doubts.unsourced(found)
    readings = {reading.clause: reading for reading in plan.clauses}
    drawn = sketches(operation, plan, setting)
    return {
        "operation": operation,
        "plan": plan,
        "title": words.titled(operation),
        "start": words.full_instant(setting, 0),
        "offset": offset(setting),
        "clauses": [(clause, readings.get(clause.id)) for clause in operation.clauses],
        "milestones": _milestones(operation, plan),
        "movements": movements(operation, plan),
        "sketches": drawn,
        "credit": credit(operation),
        "shown_sites": drawn_sites(operation),
        "streets": streets(operation, plan),
        "site_kinds": list(dict.fromkeys(site.kind for site in drawn_sites(operation))),
        "has_areas": any(isinstance(clause, Area) for clause in operation.clauses),
        "waiting": Counter(person.site for person in operation.people if person.choice == "consented"),
        "charts": gantt.charts(operation, plan, setting),
        "chart_width": gantt.WIDTH,
        "chart_label_width": gantt.LABEL_WIDTH,
        "row_height": gantt.ROW,
        "doings": DOINGS,
        "trips": sorted(plan.trips, key=_by_vehicle(operation)),
        "referrals": sorted(plan.referrals, key=lambda referral: (referral.treated_from_s, referral.person)),
        "sheets": sheets(operation, plan),
        "named": any(person.name for person in operation.people),
        "assumptions": [
            (sum(map(len, doubt.ids.values())), doubts.doubt_text(setting, doubt))
            for doubt in doubts.assumptions(found)
        ],
        "sources": doubts.source_counts(operation, found),
        "figures": operation.figures,
        "assumed_count": assumed,
        "unsourced": unsourced,
        "sourced_count": len(found) - assumed - unsourced,
    }


def _everywhere(operation: Operation, plan: Plan, remarks: Sequence[Phrase], odds: Odds | None) -> dict[str, Any]:
    """Join the briefs of all languages, field by field."""
    told = [
        brief(operation, plan, language=language, remarks=[remark.of(language) for remark in remarks], odds=odds)
        for language in words.LANGUAGES
    ]
    return {name: _joined([getattr(one, name) for one in told]) for name in told[0].__struct_fields__}


def _joined(told: Sequence[Any]) -> Any:
    """Join what is told in each language, in their order."""
    first = told[0]
    if isinstance(first, str):
        return each(dict(zip(words.LANGUAGES, told, strict=True)).__getitem__)
    if isinstance(first, tuple):
        return [_joined(parts) for parts in zip(*told, strict=True)]
    if isinstance(first, Struct):
        return {name: _joined([getattr(one, name) for one in told]) for name in first.__struct_fields__}
    return first


def _milestones(operation: Operation, plan: Plan) -> list[tuple[int, str, str]]:
    """List what comes when; where sites are many, of theirs only what somebody asked for."""
    party = {milestone.id: milestone.party for milestone in operation.milestones}
    fields = ("first", "then", "milestone")
    asked = {getattr(clause, field) for clause in operation.clauses for field in fields if hasattr(clause, field)}
    asked |= {name for clause in operation.clauses for name in getattr(clause, "milestones", ())} | set(party)
    own = {name(site.id) for site in operation.sites for name in (left, cleared, joined)} - asked
    kept = [one for one in plan.milestones if len(plan.milestones) <= MANY_MILESTONES or one.milestone not in own]
    return sorted((one.at_s, one.milestone, str(party.get(one.milestone, ""))) for one in kept)


def _by_vehicle(operation: Operation) -> Callable[[Trip], tuple[int, int]]:
    order = {vehicle.id: index for index, vehicle in enumerate(operation.vehicles)}
    return lambda trip: (order.get(trip.vehicle, len(order)), trip.stops[0].arrive_s if trip.stops else 0)


def _telling(setting: Setting) -> dict[str, Any]:
    """Hand the templates the words, bound to this operation's names and clock."""

    def who(names: Sequence[str]) -> Phrase:
        return words.listed([words.subject(setting, name) for name in names]) if names else NOBODY

    return {
        "say": words.say,
        "called": partial(called, setting),
        "clock": partial(words.clock, setting),
        "times": partial(words.times, setting),
        "windows": partial(windows_text, setting),
        "duration": words.duration,
        "distance": words.distance,
        "counted": words.counted,
        "special": _special,
        "percent_of": lambda value: words.same(f"{value}\N{NO-BREAK SPACE}%"),
        "who": who,
        "terms": partial(words.clause_terms, setting),
        "chain_link": partial(words.chain_link, setting),
        "rule_name": rule_name,
        "violation_detail": violation_detail,
        "why": why_unserved,
        "assumed": is_assumption,
        "kind_of": _kind_of,
        **in_pictures(),
    }


def _special(load: Load) -> Phrase:
    """Say how many of a load need a wheelchair bay or a stretcher place."""
    parts = [("wheelchair", load.wheelchair), ("stretcher", load.stretcher)]
    return words.listed([words.say(f"load.{kind}", n=n) for kind, n in parts if n])


def _kind_of(clause: Clause) -> str:
    return str(clause.__struct_config__.tag)


def _looking_up(operation: Operation, plan: Plan) -> dict[str, Any]:
    """Hand the templates what stands behind an id."""
    people = {person.id: person for person in operation.people}
    trips = {trip.id: trip for trip in plan.trips}
    sites = {site.id: site.kind for site in operation.sites}
    vehicles = {vehicle.id: vehicle.kind for vehicle in operation.vehicles}
    rides = {manifest.trip: manifest.rides for manifest in plan.manifests}

    def doing(trip: Trip, position: int) -> Phrase:
        done = [words.say(f"doing.{work}") for work in trip.stops[position].work]
        aboard = rides.get(trip.id, ())
        for key, count in (
            ("alight", sum(ride.alight == position for ride in aboard)),
            ("board", sum(ride.board == position for ride in aboard)),
        ):
            if count:
                done.append(words.say("doing-count", what=words.say(f"doing.{key}"), n=count))
        return words.listed(done) if done else NOBODY

    return {
        "person": people.__getitem__,
        "trip": trips.__getitem__,
        "site_kind": sites.__getitem__,
        "vehicle_kind": vehicles.__getitem__,
        "doing": doing,
    }


def _contents(content: dict[str, Any]) -> list[str]:
    feasible, plan = content["brief"]["feasible"], content["plan"]
    shown = {
        "answer": True,
        "clashes": not feasible,
        "violations": plan.violations,
        "clauses": True,
        "movement": content["movements"],
        "sketch": content["sketches"],
        "gantt": content["charts"],
        "chain": feasible,
        "basis": True,
        "referrals": plan.referrals,
        "unserved": plan.unserved,
        "manifests": content["sheets"],
    }
    return [name for name, there in shown.items() if there]
