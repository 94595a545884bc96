"""The situation in words, in every language: what page, terminal and paper all say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from safepassage.account.evidence import Seal
from safepassage.account.sayings import FEW, Saying
from safepassage.account.situation import Coming, ConvoyLine, Figure, Happening, Situation
from safepassage.account.unknown import Unknown
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.redaction import sees
from safepassage.reports.claims_lines import claim_told, place_told
from safepassage.reports.exceptions import between, named
from safepassage.reports.standing_words import joined_words
from safepassage.reports.statement_brief import StandingRow, standing_row
from safepassage.reports.words import (
    Phrase,
    Setting,
    called,
    clock,
    counted,
    duration,
    full_instant,
    listed,
    same,
    say,
    say_code,
    setting_of,
)
from safepassage.reports.words.phrases import is_said, literal
from safepassage.reports.words.setting import NOBODY


class ComingRow(Struct, frozen=True, kw_only=True):
    """A milestone as a line: planned, and reached or expected, by how much later."""

    title: Phrase
    planned: Phrase
    actual: Phrase
    later: Phrase


class SituationBrief(Struct, frozen=True, kw_only=True):
    """The whole report. `unknown` comes before everything but the figures: what is not known is part of the answer."""

    recipient: Phrase
    as_of: Phrase
    answer: Phrase
    good: bool
    figures: tuple[tuple[str, Phrase], ...]
    unknown: tuple[Phrase, ...]
    convoys: tuple[Phrase, ...]
    places: tuple[tuple[Phrase, Phrase], ...]
    coming: tuple[ComingRow, ...]
    clauses: tuple[StandingRow, ...]
    incidents: tuple[Phrase, ...]
    claims: tuple[Phrase, ...]
    seal: Seal | None


def situation_brief(
    operation: Operation, plan: Plan | None, found: Situation, *, names: Mapping[str, str] | None = None
) -> SituationBrief:
    """Put a situation into words.

    Parameters
    ----------
    operation, plan
        Of which it is.
    found
        What the recipient is told.
    names
        Of people by code, where the recipient may see them; nobody else's page gets any.
    """
    setting = setting_of(operation, plan)
    known = names or {} if sees(found.recipient, "name") else {}
    missing = sum(one.n or 0 for one in found.figures if one.kind in ("unaccounted", "contradiction"))
    hidden = any(one.n is None for one in found.figures if one.kind in ("unaccounted", "contradiction"))
    good = not found.unknown and not missing and not hidden
    arrived = next((one for one in found.figures if one.kind == "arrived"), Figure(kind="arrived", n=0))
    return SituationBrief(
        recipient=say(f"situation.for.{found.recipient}"),
        as_of=full_instant(setting, found.at_s),
        answer=say("situation.answer" if good else "situation.answer-open", people=counted("person", found.people),
                   arrived=_number(arrived, found), n=len(found.unknown)),
        good=good,
        figures=tuple((one.kind, _number(one, found)) for one in found.figures if one.n != 0),
        unknown=tuple(_unknown(one, setting, known) for one in found.unknown),
        convoys=tuple(_convoy(one, setting) for one in found.convoys),
        places=tuple(
            (called(setting, one.id, one.kind), _people(one.people, one.possible)) for one in found.places
        ),
        coming=tuple(_coming(one, setting) for one in found.coming),
        clauses=tuple(standing_row(operation, setting, one) for one in found.clauses),
        incidents=tuple(_incident(one, setting, known) for one in found.incidents),
        claims=tuple(_saying(one, setting) for one in found.claims),
        seal=found.seal,
    )  # fmt: skip


def _number(one: Figure, found: Situation) -> Phrase:
    if one.n is None:
        return say("situation.few", n=FEW)
    return say("situation.about", n=one.n) if found.recipient == "public" and one.n else same(str(one.n))


def _people(sure: int, possible: int) -> Phrase:
    if possible:
        return say("situation.people-and-perhaps", people=counted("person", sure), n=possible)
    return counted("person", sure)


def who(persons: tuple[str, ...], known: Mapping[str, str]) -> Phrase:
    """List people by code, with the names that are known, a few of them."""
    if not known:
        return named(persons)
    return listed([literal(f"{one} {known[one]}" if one in known else one) for one in persons])


def _unknown(one: Unknown, setting: Setting, known: Mapping[str, str]) -> Phrase:
    """Say one thing that is not known; who it is about follows where the recipient may know."""
    about = called(setting, one.about) if one.about else say("situation.somewhere")
    parts: dict[str, str | int | Phrase] = {"about": about, "since": between(setting, one.since)}
    parts["people"] = say("situation.few-people", n=FEW) if one.n is None else counted("person", one.n)
    parts["n"] = one.n or 0
    first, last = (*one.numbers, 0, 0)[:2]
    undated = f"situation.unknown.{one.kind}-undated"
    key = undated if one.since is None and is_said(undated) else f"situation.unknown.{one.kind}"
    told = say(key, **parts, first=first, last=last)
    if one.kind == "count" and not one.numbers:
        told = say("situation.unknown.count-somewhere")
    return joined_words(told, say("situation.who", who=who(one.persons, known))) if one.persons else told


def _convoy(one: ConvoyLine, setting: Setting) -> Phrase:
    places = [
        say("situation.vehicles-at", vehicles=counted("vehicle", n),
            where=say_code("board.place", kind, what=called(setting, site, "site")))
        for kind, site, n in one.places
    ]  # fmt: skip
    told = say("situation.convoy", what=called(setting, one.id, "convoy"), where=listed(places) if places else NOBODY)
    if one.held_since is None:
        return told
    return joined_words(told, say("situation.held", since=between(setting, one.held_since), reason=one.reason or "–"))


def _coming(one: Coming, setting: Setting) -> ComingRow:
    at_s = one.reached_s if one.reached_s is not None else one.expected_s
    if at_s is None:
        actual = say("situation.not-known")
    else:
        at = clock(setting, at_s)
        actual = at if one.reached_s is not None else say("situation.expected", at=at)
    return ComingRow(
        title=called(setting, one.milestone, "milestone"), planned=clock(setting, one.planned_s), actual=actual,
        later=NOBODY if at_s is None else difference(at_s - one.planned_s),
    )  # fmt: skip


def difference(late_s: int) -> Phrase:
    """Say by how much later or earlier than planned; a dash for less than a minute."""
    minutes_s = abs(late_s) // 60 * 60
    if not minutes_s:
        return NOBODY
    return say("timeline.late" if late_s > 0 else "timeline.early", time=duration(minutes_s))


def _incident(one: Happening, setting: Setting, known: Mapping[str, str]) -> Phrase:
    where = called(setting, one.site, "site") if one.site else NOBODY
    told = say("situation.incident", what=one.kind, where=where, at=between(setting, one.time))
    people = say("situation.concerned", people=counted("person", one.n)) if one.n else None
    named_ = say("situation.who", who=who(one.persons, known)) if one.persons else None
    return joined_words(told, people, named_)


def _saying(one: Saying, setting: Setting) -> Phrase:
    """Say what sources say: who or what, how many, where; and how many families of them say it."""
    claim = one.claim
    where = any((claim.origin, claim.towards, claim.at, claim.from_day, claim.by, claim.parties))
    said = [claim_told(claim), *([place_told(claim, lambda name: called(setting, name))] if where else [])]
    return say("situation.claim", what=listed(said), n=one.families)


def sentences(found: SituationBrief) -> Iterator[tuple[str, tuple[Phrase, ...]]]:
    """Yield the parts that are sentences, each under its heading's key."""
    yield "section.situation-unknown", found.unknown
    yield "section.situation-convoys", found.convoys
    yield "section.situation-incidents", found.incidents
    yield "section.situation-claims", found.claims
