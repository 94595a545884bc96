"""Lists of people, page by page: all, those of a group, or those that a code or name finds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from typing import Final

from msgspec import Struct

from safepassage.desk.names import Names
from safepassage.desk.people import SHOWS, Group, People, Row, as_seen, sees_name
from safepassage.desk.roles import Who, may, require

MOST_ROWS: Final = 50
MOST_FOUND: Final = 400
"""Of a search: who is not among so many is found by asking more closely."""

LEAST_TEXT: Final = 2
"""Signs of a code's part or a name: one alone is in nearly all of them."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a list is asked for: a code or name, groups that all hold, and from where on (a cursor)."""

    text: str = ""
    groups: tuple[Group, ...] = ()
    after: str = ""
    most: int = MOST_ROWS


class Listed(Struct, frozen=True, kw_only=True):
    """A page of a list: its rows, how many there are in all, and the cursor of the next page (empty: the last)."""

    rows: tuple[Row, ...]
    total: int
    after: str = ""


def list_people(people: People, who: Who, asked: Asked) -> Listed:
    """Return a page of a list, as somebody may see it.

    Parameters
    ----------
    people
        Everybody.
    who
        Who asks. Names that they may not see find nobody.
    asked
        Of whom, and from where on.

    Raises
    ------
    NotPermittedError
        When the board is not theirs to see.
    """
    require(who, "see-board")
    people.refresh()
    with people.lock:
        if asked.text.strip():
            return _found(people, who, asked)
        ids = people.ids()
        chosen = _chosen(people, asked.groups)
        start = bisect_right(ids, asked.after) if asked.after else 0
        page: list[str] = []
        for person in ids[start:]:
            if chosen is None or person in chosen:
                page.append(person)
                if len(page) > asked.most:
                    break
        total = len(ids) if chosen is None else len(chosen)
        return _page(people, who, page[: asked.most], total, page[asked.most - 1] if len(page) > asked.most else "")


def counts(people: People) -> dict[str, int]:
    """Return how many people each list that can be shown has."""
    people.refresh()
    with people.lock:
        return {show: len(people.of(("show", show))) for show in SHOWS}


def _page(people: People, who: Who, page: Iterable[str], total: int, after: str) -> Listed:
    return Listed(rows=tuple(as_seen(who, people.row(person)) for person in page), total=total, after=after)


def _chosen(people: People, groups: tuple[Group, ...]) -> Collection[str] | None:
    """Return who is in all of some groups; None for everybody."""
    if not groups:
        return None
    found = set(people.of(groups[0]))
    for group in groups[1:]:
        found &= set(people.of(group))
    return found


def _found(people: People, who: Who, asked: Asked) -> Listed:
    chosen = _chosen(people, asked.groups)
    found = [one for one in ranked(people, who, asked.text.strip()) if chosen is None or one in chosen][:MOST_FOUND]
    start = int(asked.after) if asked.after.isascii() and asked.after.isdigit() else 0
    stop = start + asked.most
    return _page(people, who, found[start:stop], len(found), str(stop) if stop < len(found) else "")


def ranked(people: People, who: Who, text: str) -> list[str]:
    """Return whom a code, a token or a name finds, the best first: a whole code, its beginning, names, its parts.

    Parameters
    ----------
    people
        Everybody, refreshed and held.
    who
        Who asks.
    text
        What they typed.
    """
    scores: dict[str, float] = {}
    for score, person in (*_by_code(people, text), *_by_name(people, who, text)):
        if score > scores.get(person, 0.0):
            scores[person] = score
    return sorted(scores, key=lambda person: (-scores[person], person))


def _by_code(people: People, text: str) -> Iterable[tuple[float, str]]:
    if people.has(text):
        yield 4.0, people.row(text).id
    yield from ((3.0, person) for person in people.of(("token", text)))
    sought = text.casefold()
    if len(sought) >= LEAST_TEXT and " " not in sought:
        for person in people.ids():
            if sought in (code := person.casefold()):
                yield (3.5 if code == sought else 2.0 if code.startswith(sought) else 0.6), person


def _by_name(people: People, who: Who, text: str) -> Iterable[tuple[float, str]]:
    if len(text) < LEAST_TEXT or not may(who, "see-names", who.serves):
        return
    later = tuple(people.told)
    for named, names in ((people.named, people.names), (later, Names([people.told[one] for one in later]))):
        taken = 0
        for score, position in names.find(text):
            row = people.row(named[position])
            if sees_name(who, row):
                yield 1.0 + score / 2, row.id
                taken += 1
            if taken == MOST_FOUND:
                break
