"""Who may be on the board twice: somebody who walked in, or whose identity is not known, beside those on the roll."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.desk.people import People, Row, as_seen, sees_name
from safepassage.desk.roles import Who, require

MOST_PAIRS: Final = 3
"""Of one person beside others."""

PAGE: Final = 10
LEAST_SCORE: Final = 0.75
MOST_LOOKED_AT: Final = 200

Why: TypeAlias = Literal["name", "age", "mobility", "household", "unseen"]


class Pair(Struct, frozen=True, kw_only=True):
    """Somebody who is on no list beside somebody who is, how alike their names are (0 to 1), and what speaks for it."""

    one: Row
    other: Row
    score: float
    why: tuple[Why, ...]


class Pairs(Struct, frozen=True, kw_only=True):
    """A page of pairs, and the cursor of the next one (empty: the last)."""

    pairs: tuple[Pair, ...]
    after: str = ""


def likely_same(people: People, who: Who, after: str = "") -> Pairs:
    """Return who may be one person under two codes, for those whose names somebody may see.

    Parameters
    ----------
    people
        Everybody.
    who
        Who asks: who may merge.
    after
        The cursor: the last of the people on no list that was looked at.

    Raises
    ------
    NotPermittedError
        When it is not theirs to see.
    """
    require(who, "see-board")
    people.refresh()
    with people.lock:
        unlisted = {*people.of(("show", "walked-in")), *people.of(("show", "unknown"))}
        waiting = sorted(one for one in unlisted if one > after and not _is_listed(people, one))
        pairs: list[Pair] = []
        for number, person in enumerate(waiting):
            if len(pairs) >= PAGE:
                return Pairs(pairs=tuple(pairs), after=waiting[number - 1])
            row = people.row(person)
            if sees_name(who, row):
                pairs += _pairs(people, who, row)
        return Pairs(pairs=tuple(pairs))


def beside(people: People, who: Who, code: str, other: str) -> Pair:
    """Return two people side by side.

    Parameters
    ----------
    people
        Everybody.
    who
        Who asks.
    code, other
        Their codes.

    Raises
    ------
    NoSuchPersonError
        When nobody has one of the codes.
    NotPermittedError
        When the board is not theirs to see.
    """
    require(who, "see-board")
    people.refresh()
    with people.lock:
        one, two = people.row(code), people.row(other)
        return Pair(one=as_seen(who, one), other=as_seen(who, two), score=0.0, why=tuple(_why(one, two)))


def _is_listed(people: People, person: str) -> bool:
    return any(record in people.known for record in people.row(person).state.records)


def _pairs(people: People, who: Who, row: Row) -> list[Pair]:
    if not row.name:
        return []
    found = []
    for score, position in people.names.find(row.name)[:MOST_LOOKED_AT]:
        other = people.row(people.named[position])
        if score < LEAST_SCORE or other.id == row.id or not sees_name(who, other) or _differ(row, other):
            continue
        found.append(Pair(one=row, other=other, score=score, why=("name", *_why(row, other))))
    found.sort(key=lambda pair: (-pair.score - 0.1 * len(pair.why), pair.other.id))
    return found[:MOST_PAIRS]


def _differ(one: Row, other: Row) -> bool:
    """Tell whether two are surely not one: each was met, at two places at once as far as anybody knows."""
    return one.state.died != other.state.died and bool(other.state.place.kind)


def _why(one: Row, other: Row) -> Iterator[Why]:
    if one.age_band and one.age_band == other.age_band:
        yield "age"
    if one.mobility and one.mobility == other.mobility:
        yield "mobility"
    if one.household and one.household == other.household:
        yield "household"
    if not other.state.place.kind:
        yield "unseen"
