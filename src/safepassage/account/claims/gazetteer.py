"""Where: the operation's own sites, roads and parties, found by their spellings and by ear."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import product
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from rapidfuzz.distance import JaroWinkler

from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token
from safepassage.exchange.folding import fold
from safepassage.exchange.hearing import readings, words
from safepassage.model.operation import Operation

What: TypeAlias = Literal["site", "road", "party"]

LONGEST: Final = 4
"""Words of a name, at most."""

ALIKE: Final = 0.8
"""Jaro-Winkler similarity, from which two words with the same consonants are one name in two spellings."""

FEWEST_CONSONANTS: Final = 3
"""With fewer, a name is found as it is written only."""

REACH: Final = 7
"""Words between a preposition and the place that it belongs to."""

_ORDINARY: Final = frozenset(
    tomllib.loads(files("safepassage.account.claims").joinpath("tables/places.toml").read_text("utf-8"))["ordinary"]
)


class Place(Struct, frozen=True):
    """A place or party that a text names: its id (empty: the operation has none such), its words, and its tokens."""

    id: str
    name: str
    start: int
    end: int
    party: bool = False


class Gazetteer:
    """What an operation knows by name.

    Parameters
    ----------
    names
        (id, name, what it is of), a row for each spelling.
    """

    def __init__(self, names: Iterable[tuple[str, str, What]]) -> None:
        self._whole: dict[str, set[tuple[str, What]]] = {}
        self._heard: dict[str, list[tuple[str, str, What]]] = {}
        self._initials: dict[str, set[tuple[str, What]]] = {}
        for key, name, what in names:
            if not name:
                continue
            self._whole.setdefault(" ".join(words(name)), set()).add((key, what))
            for said in _of_party(name) if what == "party" else _distinct(name):
                self._whole.setdefault(" ".join(words(said)), set()).add((key, what))
                if what == "party" and " " in said:
                    initials = "".join(word[0].upper() for word in said.split())
                    self._initials.setdefault(initials, set()).add((key, what))
                for sound in _sounds(words(said)):
                    if len(sound) >= FEWEST_CONSONANTS:
                        self._heard.setdefault(sound, []).append((key, fold(said), what))

    def find(self, tokens: Sequence[Token]) -> tuple[Place, ...]:
        """Find what a sentence names, the longest first; they do not overlap.

        Parameters
        ----------
        tokens
            Of a sentence.
        """
        found, index = [], 0
        while index < len(tokens):
            one = next((place for end in range(min(index + LONGEST, len(tokens)), index, -1)
                        if (place := self._named(tokens, index, end)) is not None), None)  # fmt: skip
            if one is not None:
                found.append(one)
            index = one.end if one is not None else index + 1
        return tuple(found)

    def _named(self, tokens: Sequence[Token], first: int, end: int) -> Place | None:
        group = tokens[first:end]
        if any(one.kind != "word" for one in group) or not _is_name(group[0]):
            return None
        if len(group) == 1 and group[0].text in self._initials:
            return _place(group[0].text, self._initials[group[0].text], first, end)
        text = " ".join(one.text.removesuffix("'s").removesuffix("’s") for one in group)
        asked = words(text)
        exact = self._whole.get(" ".join(asked))
        if exact:
            return _place(text, exact, first, end)
        if not asked or all(word in _ORDINARY for word in asked) or not _is_name(group[-1]):
            return None
        near = {(key, what) for sound in _sounds(asked) for key, spelled, what in self._heard.get(sound, ())
                if JaroWinkler.similarity(_bare(fold(text)), _bare(spelled)) >= ALIKE or not text.isascii()
                or not spelled.isascii()}  # fmt: skip
        return _place(text, near, first, end) if near else None


def _place(text: str, known: set[tuple[str, What]], first: int, end: int) -> Place:
    """Return what a name means; of several sites at one place the name itself is all that is said."""
    what = next(one for one in ("site", "party", "road") if any(one == kind for _, kind in known))
    keys = {key for key, kind in known if kind == what}
    return Place(min(keys) if len(keys) == 1 else "", text, first, end, party=what == "party")


def _of_party(name: str) -> Iterator[str]:
    """Yield the name of a party without what is said of it: before a bracket, a comma or a place."""
    yield re.split(r"[,(]| in | at | of the ", name)[0].strip()


def _is_name(token: Token) -> bool:
    return token.text[:1].isupper() or not token.text.isascii()


def _bare(text: str) -> str:
    return text.replace(" ", "").removeprefix("al")


def _sounds(said: Sequence[str]) -> Iterator[str]:
    """Yield how a name may be heard, its words run together."""
    for heard in product(*(sorted(readings(word))[:3] for word in said[:LONGEST])):
        yield "".join(heard)


def _distinct(name: str) -> Iterator[str]:
    """Yield the parts of a name that are no ordinary words: "Qara" of "Hospital in Qara"."""
    run: list[str] = []
    for word in [*name.replace(",", " , ").replace("(", " , ").split(), ","]:
        if word == "," or all(part in _ORDINARY for part in fold(word).split()):
            if run:
                yield " ".join(run)
            run = []
        else:
            run.append(word)


def gazetteer_of(operation: Operation, more: Mapping[str, Sequence[str]] | None = None) -> Gazetteer:
    """Make the gazetteer of an operation.

    Parameters
    ----------
    operation
        Its sites, roads and parties.
    more
        Further spellings by id.
    """
    rows: list[tuple[str, str, What]] = []
    for site in operation.sites:
        rows += [(site.id, name, "site") for name in (site.id.replace("-", " "), site.name, site.name_ar)]
    for link in operation.links:
        rows.append((link.id, link.name, "road"))
    for party in operation.parties:
        rows += [(party.id, name, "party") for name in (party.id.replace("-", " "), party.name)]
    rows += [(key, name, "site") for key, names in (more or {}).items() for name in names]
    return Gazetteer(rows)


def by_role(places: Sequence[Place], tokens: Sequence[Token], table: Table) -> dict[str, str]:
    """Tell origin, destination and place from the prepositions before them.

    Parameters
    ----------
    places
        Of one clause; parties are left out.
    tokens
        Of the sentence.
    table
        The language's.

    Returns
    -------
    dict
        origin, towards, at: an id, or the name as it is written.
    """
    found: dict[str, str] = {}
    for place in places:
        role = _role(place, tokens, table)
        if not place.party and role and role not in found:
            found[role] = place.id or place.name
    return found


def _role(place: Place, tokens: Sequence[Token], table: Table) -> str:
    for index in range(place.start - 1, max(-1, place.start - 1 - REACH), -1):
        if tokens[index].kind == "mark":
            break
        word = tokens[index].lower
        for role, key in (("origin", "places.from"), ("towards", "places.towards"), ("at", "places.at")):
            if word in table.lists[key] and word not in table.lists["partitives"]:
                return role
    return ""


def other_places(tokens: Sequence[Token], known: Sequence[Place], table: Table) -> tuple[Place, ...]:
    """Find names after a preposition of place that the operation does not know.

    Parameters
    ----------
    tokens
        Of a sentence.
    known
        What was found already.
    table
        The language's.
    """
    taken = {index for place in known for index in range(place.start, place.end)}
    dates = {*table.dates["weekdays"], *table.dates["months"], *table.dates["short_months"]}
    roles = table.lists["places.from"] | table.lists["places.towards"] | table.lists["places.at"]
    found = []
    for index in range(1, len(tokens)):
        token = tokens[index]
        starts = token.kind == "word" and token.text[:1].isupper() and index not in taken and token.lower not in dates
        before = tokens[index - 1].lower
        if starts and before in roles and before not in table.lists["partitives"]:
            end = index
            while end < len(tokens) and tokens[end].text[:1].isupper() and end not in taken:
                end += 1
            name = " ".join(one.text for one in tokens[index:end])
            found.append(Place("", name.removesuffix("'s").removesuffix("’s"), index, end))
    return tuple(found)
