"""What the board of a ledger answers first: is everyone accounted for, and what does not fit; then the counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from safepassage.ledger.board import BoardState, tally
from safepassage.ledger.counts import Count
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.reports.exceptions import Exceptional, exceptional, named, when
from safepassage.reports.words import Phrase, Setting, called, counted, same, say, say_code, setting_of
from safepassage.reports.words.setting import NOBODY


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
    """The answers, in every language. `found` is what needs a person, the gravest first; `words` what parties say."""

    answer: Phrase
    good: bool
    figures: tuple[tuple[str, int], ...]
    found: tuple[Exceptional, ...]
    vehicles: tuple[CountRow, ...]
    sites: tuple[CountRow, ...]
    words: tuple[tuple[Phrase, Phrase, Phrase, Phrase], ...]

    @property
    def exceptions(self) -> tuple[Phrase, ...]:
        """The exceptions as sentences alone."""
        return tuple(one.says for one in self.found)


def board_setting(operation: Operation | None, plan: Plan | None) -> Setting:
    """Return what ids are called and which clock is shown; without an operation, the ids themselves and UTC."""
    if operation is None:
        return Setting(labels={}, start=datetime.fromtimestamp(0, UTC), time_zone="UTC", with_day=True)
    return setting_of(operation, plan)


def board_brief(state: BoardState, setting: Setting, before: tuple[BoardState, BoardBrief] | None = None) -> BoardBrief:
    """Answer from a board.

    Parameters
    ----------
    state
        The board.
    setting
        From `board_setting`.
    before
        An earlier state of this board, and what was answered from it with the same setting: its sentences on vehicles
        of which nothing has changed are said again.
    """
    counts = tally(state)
    unsure = counts["unaccounted"] + counts["in contradiction"]
    key = "board.all" if not unsure else "board.some"
    return BoardBrief(
        answer=say(key, people=counted("person", len(state.people)), n=unsure),
        good=not unsure and not state.contradictions,
        figures=tuple((kind, counts[kind]) for kind in _FIGURES if counts[kind]),
        found=tuple(exceptional(state, setting)),
        vehicles=tuple(_vehicle_rows(state, setting, before)),
        sites=tuple(_row(called(setting, site, "site"), NOBODY, state.at_site[site]) for site in sorted(state.at_site)),
        words=tuple(_words(state, setting)),
    )


_FIGURES = ("vehicle", "site", "dead", "in contradiction", "unaccounted")
"""Kinds of place in the order in which they are told."""


def whereabouts(state: BoardState, setting: Setting, vehicle: str) -> Phrase:
    """Say where a vehicle was recorded to be, or that it has broken down."""
    one = state.vehicles.get(vehicle)
    if one is None or not (one.broken_down or one.place.kind):
        return NOBODY
    if one.broken_down:
        return say("board.broken-down")
    return say_code("board.place", one.place.kind, what=called(setting, one.place.site, "site"))


def _vehicle_rows(
    state: BoardState, setting: Setting, before: tuple[BoardState, BoardBrief] | None
) -> Iterator[CountRow]:
    then = before[0] if before else state
    known = dict(zip(sorted(then.aboard), before[1].vehicles, strict=True)) if before else {}
    for vehicle in sorted(state.aboard):
        same = then.aboard.get(vehicle) is state.aboard[vehicle] and then.vehicles[vehicle] is state.vehicles[vehicle]
        yield known[vehicle] if vehicle in known and same else _vehicle_row(state, setting, vehicle)


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
        missing=named(row.missing),
        extra=named(row.extra),
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
                yield called(setting, one.id, kind), who, say_code("board.says", word.says), when(setting, word.time)
