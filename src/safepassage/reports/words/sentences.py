"""What a plan found, as sentences: chain, levers, clashes, remedies, clauses, violations, who is left behind."""

from __future__ import annotations

from functools import singledispatch
from string import Formatter
from typing import get_args

from safepassage.model.clauses import (
    Area,
    BothOrNeither,
    Cap,
    Clause,
    Consent,
    Deadline,
    Exclusion,
    Precedence,
    Ratio,
    TimeWindow,
)
from safepassage.model.fleet import VehicleKind
from safepassage.model.plan import (
    ChainLink,
    Clash,
    ClauseReading,
    Lever,
    Remedy,
    Unserved,
    Violation,
)
from safepassage.model.time import Window
from safepassage.reports.words.details import forms
from safepassage.reports.words.languages import Language
from safepassage.reports.words.measures import counted, duration
from safepassage.reports.words.phrases import (
    NOTHING,
    Phrase,
    each,
    is_said,
    listed,
    literal,
    same,
    say,
    say_code,
    sentences,
)
from safepassage.reports.words.setting import Setting, cited, clock, subject, times
from safepassage.rules.details import DETAILS, NONE, Figure

_DURATION_UNITS = frozenset(("s", "seconds"))


def amount(value: int, unit: str) -> Phrase:
    """Say a figure with its unit: seconds as a duration, everything else counted."""
    if unit in _DURATION_UNITS:
        return duration(value)
    return counted(unit, value)


def chain_link(setting: Setting, link: ChainLink) -> Phrase:
    """Say what one activity of the binding chain does, where, and what window it waited for."""
    main = say_code("activity", link.activity, who=cited(setting, link.subject))
    if link.site:
        main = say(
            "chain-to" if link.activity == "drive" else "chain-at", what=main, site=cited(setting, link.site, "site")
        )
    if not link.gate:
        return sentences(main, say("chain-waited", wait=duration(link.waits_s))) if link.waits_s > 0 else main
    gates = listed([cited(setting, gate) for gate in link.gate.split()])
    if link.waits_s <= 0:
        return sentences(main, say("chain-because", gate=gates))
    return sentences(main, say("chain-waited-for", wait=duration(link.waits_s), gate=gates))


def lever(setting: Setting, found: Lever) -> Phrase:
    """Say what a change would bring, computed by planning again."""
    concerned = subject(setting, found.subject)
    change = say_code(
        "lever", found.change, subject=concerned, n=found.amount, time=duration(found.amount), **_more(found)
    )
    if found.departs_earlier_s <= 0 and found.makespan_earlier_s <= 0:
        return say("lever-nothing", change=change)
    if found.departs_earlier_s == 0:
        return say("lever-arrival", change=change, arrival=_earlier(found.makespan_earlier_s))
    return say(
        "lever-brings",
        change=change,
        departure=_earlier(found.departs_earlier_s),
        arrival=_earlier(found.makespan_earlier_s),
    )


def _more(found: Lever) -> dict[str, Phrase]:
    unit = {"add-ambulance": "ambulance", "add-bay": "bay", "add-bus": "bus", "add-crew": "crew"}
    return {"more": counted(unit.get(found.change, ""), found.amount)}


def _earlier(seconds: int) -> Phrase:
    if seconds == 0:
        return say("unchanged")
    return say("earlier" if seconds > 0 else "later", time=duration(abs(seconds)))


def clash(setting: Setting, found: Clash) -> Phrase:
    """Say which rule cannot hold, for whom, and the figures."""
    subjects = [subject(setting, name) for name in found.subjects]
    who = listed(subjects) if subjects else say("who.operation")
    main = say_code("clash", found.rule, who=who, rule=rule_name(found.rule))
    return sentences(main, _figures(setting, found), _detail(found))


def _figures(setting: Setting, found: Clash) -> Phrase:
    if found.need is None:
        return NOTHING
    if found.unit == "instant" and found.have is not None:
        key = "clash-instants-proved" if found.proved else "clash-instants"
        return say(key, need=clock(setting, found.need), have=clock(setting, found.have))
    need = amount(found.need, found.unit)
    if found.have is None:
        return say("clash-need", need=need)
    return say("clash-need-have", need=need, have=amount(found.have, found.unit))


def _detail(found: Clash) -> Phrase:
    if not found.proved:
        return say("clash-unproved")
    return literal(found.detail) if found.detail else NOTHING


def remedy(setting: Setting, found: Remedy) -> Phrase:
    """Say a change that resolves the clash, and whether planning with it was tried."""
    concerned = subject(setting, found.subject)
    what = amount(found.amount, found.unit or ("s" if found.change.startswith("extend-") else ""))
    if found.change == "add-vehicle" and found.subject in get_args(VehicleKind):
        main = say("remedy-add-kind", more=counted(found.subject, found.amount))
    elif found.change == "add-vehicle":
        main = say_code(
            "remedy", found.change, subject=concerned, amount=counted("vehicle", found.amount), n=found.amount
        )
    else:
        main = say_code("remedy", found.change, subject=concerned, amount=what, n=found.amount)
    return sentences(main, say("remedy-checked" if found.checked else "remedy-unchecked"))


def clause_reading(setting: Setting, reading: ClauseReading) -> Phrase:
    """Say how the plan stands to a clause."""
    what = cited(setting, reading.clause, "clause")
    if reading.status == "monitored":
        return say("reading.monitored", what=what)
    if reading.slack_s is None:
        main = say(f"reading.{reading.status}", what=what)
    else:
        main = say(f"reading.{reading.status}-by", what=what, time=duration(abs(reading.slack_s)))
    if reading.status == "kept" and reading.slack_s == 0:
        main = say("reading.kept-exactly", what=what)
    at = NOTHING
    if reading.at_s is not None and reading.due_s is not None:
        at = say("reading.at-due", at=clock(setting, reading.at_s), due=clock(setting, reading.due_s))
    return sentences(main, at)


def violation(setting: Setting, found: Violation) -> Phrase:
    """Say which rule is broken by whom, with its figures."""
    subjects = [subject(setting, name) for name in found.subjects]
    who = listed(subjects) if subjects else say("who.operation")
    return say("violation", rule=rule_name(found.rule), who=who, detail=violation_detail(found))


def violation_detail(found: Violation) -> Phrase:
    """Say the figures of a broken rule; as a plan's file says it, where that has no figures that fit a form of ours."""
    if not _fits(found):
        return literal(found.detail) if found.detail else NOTHING
    parts = {name: _figure(name, figure) for name, figure in found.figures.items()}
    return each(lambda language: forms(language)[found.said].format_map(_told(parts, language)))


def _fits(found: Violation) -> bool:
    named = {name for _, name, _, _ in Formatter().parse(DETAILS.get(found.said, "")) if name}
    return found.said in DETAILS and named <= found.figures.keys()


def _figure(name: str, figure: Figure) -> Phrase:
    if isinstance(figure, tuple):
        return listed([literal(one) for one in figure]) if figure else same(NONE)
    if name == "kind" and is_said(f"kind.{figure}"):
        return say(f"kind.{figure}")
    return literal(figure) if isinstance(figure, str) else same(NONE if figure is None else str(figure))


def _told(parts: dict[str, Phrase], language: Language) -> dict[str, str]:
    return {name: part.of(language) for name, part in parts.items()}


def unserved(setting: Setting, found: Unserved) -> Phrase:
    """Say why somebody is not moved."""
    return say("unserved", who=cited(setting, found.person, "person"), why=why_unserved(found))


def why_unserved(found: Unserved) -> Phrase:
    """Say the rule that prevents somebody's journey."""
    return say_code("unserved-why", found.rule, rule=rule_name(found.rule))


def rule_name(code: str) -> Phrase:
    """Name a rule; a code the catalogue does not know stands for itself."""
    return say_code("rule", code)


def windows_text(setting: Setting, windows: tuple[Window, ...]) -> Phrase:
    """Say windows of time one after the other."""
    return listed([times(setting, window.from_s, window.until_s) for window in windows])


def clause_terms(setting: Setting, clause: Clause) -> Phrase:
    """Say what a clause demands."""
    return _terms(clause, setting)


@singledispatch
def _terms(clause: Clause, _setting: Setting) -> Phrase:
    raise NotImplementedError(type(clause).__name__)


@_terms.register
def _precedence(clause: Precedence, setting: Setting) -> Phrase:
    first, then = (cited(setting, name) for name in (clause.first, clause.then))
    if clause.gap_s:
        return say("terms.precedence-gap", first=first, then=then, gap=duration(clause.gap_s))
    return say("terms.precedence", first=first, then=then)


@_terms.register
def _deadline(clause: Deadline, setting: Setting) -> Phrase:
    return say("terms.deadline", what=cited(setting, clause.milestone), due=clock(setting, clause.due_s))


@_terms.register
def _window(clause: TimeWindow, setting: Setting) -> Phrase:
    main = say(
        "terms.window",
        what=cited(setting, clause.milestone),
        windows=windows_text(setting, clause.windows),
    )
    extension = say("terms.extendable", time=duration(clause.extendable_s)) if clause.extendable_s else NOTHING
    return sentences(main, extension)


@_terms.register
def _both_or_neither(clause: BothOrNeither, setting: Setting) -> Phrase:
    what = listed([cited(setting, name) for name in clause.milestones])
    return say("terms.both-or-neither", what=what, time=duration(clause.within_s))


@_terms.register
def _ratio(clause: Ratio, _setting: Setting) -> Phrase:
    return say(
        "terms.ratio",
        group=clause.group,
        against=clause.against,
        numerator=clause.numerator,
        denominator=clause.denominator,
        tolerance=clause.tolerance,
    )


@_terms.register
def _cap(clause: Cap, setting: Setting) -> Phrase:
    site = cited(setting, clause.site, "site")
    parts = []
    if clause.max_people:
        parts.append(say("terms.cap-people", site=site, people=counted("person", clause.max_people)))
    if clause.max_dwell_s:
        parts.append(say("terms.cap-dwell", site=site, time=duration(clause.max_dwell_s)))
    return sentences(*parts)


@_terms.register
def _exclusion(clause: Exclusion, setting: Setting) -> Phrase:
    main = say("terms.exclusion", what=clause.what)
    where = (
        say("terms.where", where=listed([cited(setting, place) for place in clause.where])) if clause.where else NOTHING
    )
    by = say("terms.watched", party=cited(setting, clause.watched_by, "party")) if clause.watched_by else NOTHING
    return sentences(main, where, by)


@_terms.register
def _consent(clause: Consent, setting: Setting) -> Phrase:
    party = cited(setting, clause.party, "party")
    links = listed([cited(setting, link, "link") for link in clause.links]) if clause.links else say("terms.all-links")
    main = say("terms.consent" if clause.granted else "terms.consent-missing", party=party, links=links)
    when = say("terms.when", windows=windows_text(setting, clause.windows)) if clause.windows else NOTHING
    return sentences(main, when)


@_terms.register
def _area(clause: Area, setting: Setting) -> Phrase:
    return say("terms.area", party=cited(setting, clause.party, "party"))
