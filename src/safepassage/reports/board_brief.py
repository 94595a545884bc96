"""What the board of a ledger answers first: is everyone accounted for, and what does not fit; then the counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from safepassage.ledger.board import Apart, BoardState, tally
from safepassage.ledger.clocks import Interval
from safepassage.ledger.counts import Count
from safepassage.ledger.people import Contradiction
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.reports.words import (
    Phrase,
    Setting,
    called,
    clock,
    counted,
    listed,
    same,
    say,
    say_code,
    setting_of,
)
from safepassage.reports.words.phrases import literal
from safepassage.reports.words.setting import NOBODY

MOST_NAMED = 8


class CountRow(Struct, frozen=True, kw_only=True):
    """Who is aboard a vehicle or at a site, beside what was counted and expected."""

    place: Phrase
    where: Phrase
    sure: int
    possible: int
    counted: Phrase
    expected: Phrase
    missing: Phrase
    extra: Phrase
    differs: bool


class BoardBrief(Struct, frozen=True, kw_only=True):
    """The answers, in every language. `exceptions` are sentences, the gravest first; `words` what parties say."""

    answer: Phrase
    good: bool
    figures: tuple[tuple[str, int], ...]
    exceptions: tuple[Phrase, ...]
    vehicles: tuple[CountRow, ...]
    sites: tuple[CountRow, ...]
    words: tuple[tuple[Phrase, Phrase, Phrase, Phrase], ...]


def board_setting(operation: Operation | None, plan: Plan | None) -> Setting:
    """Return what ids are called and which clock is shown; without an operation, the ids themselves and UTC."""
    if operation is None or plan is None:
        zone = operation.time_zone if operation else "UTC"
        start = operation.start if operation else datetime.fromtimestamp(0, UTC)
        return Setting(labels={}, start=start, time_zone=zone, with_day=True)
    return setting_of(operation, plan)


def board_brief(state: BoardState, setting: Setting) -> BoardBrief:
    """Answer from a board.

    Parameters
    ----------
    state
        The board.
    setting
        From `board_setting`.
    """
    counts = tally(state)
    unsure = counts["unaccounted"] + counts["in contradiction"]
    key = "board.all" if not unsure else "board.some"
    return BoardBrief(
        answer=say(key, people=counted("person", len(state.people)), n=unsure),
        good=not unsure and not state.contradictions,
        figures=tuple((kind, counts[kind]) for kind in _FIGURES if counts[kind]),
        exceptions=tuple(_exceptions(state, setting)),
        vehicles=tuple(_vehicle_row(state, setting, vehicle) for vehicle in sorted(state.aboard)),
        sites=tuple(_row(called(setting, site, "site"), NOBODY, state.at_site[site]) for site in sorted(state.at_site)),
        words=tuple(_words(state, setting)),
    )


_FIGURES = ("vehicle", "site", "dead", "in contradiction", "unaccounted")
"""Kinds of place in the order in which they are told."""


def _time(setting: Setting, time: Interval | None) -> Phrase:
    if time is None or abs(time.likely_ms) >= 2**59:
        return NOBODY
    return clock(setting, time.likely_ms // 1000 - int(setting.start.timestamp()))


def _ids(names: tuple[str, ...]) -> Phrase:
    return listed([literal(name) for name in names], at_most=MOST_NAMED) if names else NOBODY


def _exceptions(state: BoardState, setting: Setting) -> Iterator[Phrase]:
    """Say what needs a person: who is not accounted for, what contradicts, what is open, what is not here."""
    yield from _unaccounted(state, setting)
    for found in state.contradictions:
        yield _contradiction(found, setting)
    for vehicle, row in state.aboard.items():
        if row.head_count is not None and row.head_count.count != len(row.sure):
            yield say("board.count-differs", what=called(setting, vehicle, "vehicle"), n=row.head_count.count,
                      sure=len(row.sure), at=_time(setting, row.head_count.time))  # fmt: skip
    if state.open_referrals:
        people = counted("person", len(state.open_referrals))
        yield say("board.referrals", people=people, who=_ids(state.open_referrals))
    for apart in state.apart:
        yield _apart(apart, setting)
    for device, one in state.devices.items():
        for gap in one.gaps:
            yield say("board.gap", device=device, first=gap.first, last=gap.last)
    for variant in state.quarantined:
        yield say("board.quarantined", device=variant.device, sequence=variant.sequence, n=len(variant.names))
    if state.not_understood:
        yield say("board.not-understood", n=len(state.not_understood))


def _unaccounted(state: BoardState, setting: Setting) -> Iterator[Phrase]:
    """Name each who was met and is lost; those whom nobody has met yet are a crowd at first, and told together."""
    for lost in state.unaccounted:
        if lost.reason != "never-seen":
            yield say_code("board.unaccounted", lost.reason, who=lost.person, since=_time(setting, lost.since))
    unseen = tuple(lost.person for lost in state.unaccounted if lost.reason == "never-seen")
    if unseen:
        yield say("board.unaccounted.never-seen", people=counted("person", len(unseen)), who=_ids(unseen))


def _contradiction(found: Contradiction, setting: Setting) -> Phrase:
    who = _ids(found.subjects)
    places = sorted({one.place for one in found.alternatives})
    if not places:
        return say_code("board.contradiction", found.kind, who=who)
    where = [say_code("board.place", place.kind or "unknown", what=called(setting, place.id)) for place in places]
    return say("board.contradiction.places", who=who, where=listed(where, at_most=MOST_NAMED))


def _apart(apart: Apart, setting: Setting) -> Phrase:
    parts = [
        say("board.who-where", who=_ids(members),
            where=say_code("board.place", kind or "unknown", what=called(setting, place)))
        for (kind, place), members in apart.places
    ]  # fmt: skip
    return say("board.apart", household=apart.household, where=listed(parts, at_most=MOST_NAMED))


def whereabouts(state: BoardState, setting: Setting, vehicle: str) -> Phrase:
    """Say where a vehicle was recorded to be, or that it has broken down."""
    one = state.vehicles.get(vehicle)
    if one is None or not (one.broken_down or one.place.kind):
        return NOBODY
    if one.broken_down:
        return say("board.broken-down")
    return say_code("board.place", one.place.kind, what=called(setting, one.place.site, "site"))


def _vehicle_row(state: BoardState, setting: Setting, vehicle: str) -> CountRow:
    where = whereabouts(state, setting, vehicle)
    return _row(called(setting, vehicle, "vehicle"), where, state.aboard[vehicle])


def _row(place: Phrase, where: Phrase, row: Count) -> CountRow:
    count = row.head_count
    return CountRow(
        place=place,
        where=where,
        sure=len(row.sure),
        possible=len(row.possible),
        counted=NOBODY if count is None else _number(count.count),
        expected=_number(len(row.expected)) if row.trip else NOBODY,
        missing=_ids(row.missing),
        extra=_ids(row.extra),
        differs=bool(row.possible or row.extra or (count is not None and count.count != len(row.sure))),
    )


def _number(value: int) -> Phrase:
    return same(str(value))


def _words(state: BoardState, setting: Setting) -> Iterator[tuple[Phrase, Phrase, Phrase, Phrase]]:
    """Yield what each party says of each clause and milestone: of what, who, what, since when."""
    for kind, found in (("clause", state.clauses), ("milestone", state.milestones)):
        for one in found.values():
            for word in one.words:
                who = called(setting, word.claimant, "party")
                yield called(setting, one.id, kind), who, say_code("board.says", word.says), _time(setting, word.time)
