"""What the reader knows of a language: one table for each, one machine for all."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias, cast

from msgspec import Struct

from safepassage.account.claims.tokens import Token, sentences
from safepassage.model.claims import Counted

ReadLanguage: TypeAlias = Literal["en", "fr"]
"""A language that reports are read in; of others, claims are entered by hand."""

READ: Final[tuple[ReadLanguage, ...]] = ("en", "fr")

SECTIONS: Final = (
    "ranges", "units", "stops", "aux", "verbs", "breaks", "cues", "intended", "pronouns", "says", "places", "dozen",
    "events", "doubts",
)  # fmt: skip
"""Of a table, those that hold lists of words alone."""

SHORTEST: Final = 5
"""Letters of a word that is known by its ending, at least."""


class Phrases:
    """Words and phrases, matched word by word against tokens; the longest first.

    Parameters
    ----------
    phrases
        Each with what it stands for.
    """

    def __init__(self, phrases: Mapping[str, Any]) -> None:
        self._heads: dict[str, list[tuple[tuple[str, ...], Any]]] = {}
        for phrase, meaning in phrases.items():
            words = spelled(phrase)
            self._heads.setdefault(words[0], []).append((words, meaning))
        for found in self._heads.values():
            found.sort(key=lambda one: -len(one[0]))

    def at(self, tokens: Sequence[Token], index: int) -> tuple[int, Any]:
        """Return how many tokens a phrase that begins here has, and its meaning; 0 where none does."""
        if 0 <= index < len(tokens):
            for words, meaning in self._heads.get(tokens[index].lower, ()):
                if tuple(token.lower for token in tokens[index : index + len(words)]) == words:
                    return len(words), meaning
        return 0, None

    def before(self, tokens: Sequence[Token], index: int, most: int = 6) -> tuple[int, Any]:
        """Return the longest phrase that ends just before a token: how many tokens, and its meaning."""
        for length in range(min(most, index), 0, -1):
            found, meaning = self.at(tokens, index - length)
            if found == length:
                return found, meaning
        return 0, None

    def within(self, tokens: Sequence[Token]) -> list[tuple[int, int, Any]]:
        """Return all phrases in tokens that do not overlap: first index, length, meaning."""
        found, index = [], 0
        while index < len(tokens):
            length, meaning = self.at(tokens, index)
            if length:
                found.append((index, length, meaning))
            index += max(length, 1)
        return found


@cache
def spelled(phrase: str) -> tuple[str, ...]:
    """Return the tokens of a phrase, in small letters."""
    elided = phrase.endswith("'")  # "plus d'" is a token only where a word follows
    found = tuple(token.lower for one in sentences(f"{phrase}x" if elided else phrase) for token in one.tokens)
    return (found[:-1] if elided else found) or (phrase.lower(),)


class Noun(Struct, frozen=True):
    """A word for who is counted: what they are, and whether it means one, several, or either."""

    of: Counted
    one: bool
    many: bool


class Nouns(Phrases):
    """The nouns of a table; a plural that it does not list is told by its ending, unless it is listed as a thing.

    Parameters
    ----------
    nouns
        Each with what it is.
    endings
        Whom a plural with such an ending counts; an ending with a capital letter needs a word with one.
    things
        Plurals with such an ending that are nobody.
    """

    def __init__(self, nouns: Mapping[str, Noun], endings: Mapping[str, Iterable[str]], things: frozenset[str]) -> None:
        super().__init__(nouns)
        named = [(ending, Noun(cast("Counted", of), one=False, many=True)) for of in endings for ending in endings[of]]
        self._endings = tuple((ending, noun) for ending, noun in named if ending.islower())
        self._of_names = tuple((ending.lower(), noun) for ending, noun in named if not ending.islower())
        self._things = things

    def at(self, tokens: Sequence[Token], index: int) -> tuple[int, Any]:
        """Return as `Phrases.at`; "aid-workers" are workers, "sailmakers" people by their ending."""
        length, noun = super().at(tokens, index)
        if length or not 0 <= index < len(tokens) or tokens[index].kind != "word":
            return length, noun
        word, name = tokens[index].lower.rpartition("-")[2], tokens[index].text[:1].isupper()
        if word in self._things or len(word) < SHORTEST:
            return 0, None
        if "-" in tokens[index].lower:
            listed = next((one for words, one in self._heads.get(word, ()) if words == (word,)), None)
            if listed is not None and not listed.one:
                return 1, listed
        endings = (*self._endings, *self._of_names) if name else self._endings
        told = next((one for ending, one in endings if word.endswith(ending)), None)
        return (1, told) if told is not None else (0, None)

    def singular(self, word: str) -> Counted | None:
        """Return what a word for one of them counts; None where it is no such word."""
        return next((one.of for words, one in self._heads.get(word, ()) if words == (word,) and one.one), None)


class Table(Struct, frozen=True, kw_only=True):
    """All that is known of a language, made ready to be matched."""

    language: ReadLanguage
    lists: dict[str, frozenset[str]]
    phrases: dict[str, Phrases]
    nouns: Nouns
    hedges: Phrases
    vague: Phrases
    zero: Phrases
    deeds: Phrases
    groups: Phrases
    participles: tuple[str, ...]
    tenses: tuple[str, ...]
    governs: tuple[str, ...]
    futures: tuple[str, ...]
    infinitives: tuple[str, ...]
    conditionals: tuple[str, ...]
    plural_heads: bool
    reports: tuple[tuple[str, re.Pattern[str]], ...]
    dates: dict[str, list[str]]
    scale: dict[str, int]
    dozen: tuple[int, int]
    suffixes: dict[str, str]


def _pattern(text: str, raw: Mapping[str, Any]) -> re.Pattern[str]:
    """Compile a pattern with its fragments put in."""
    return re.compile(re.sub(r"%(\w+)%", lambda found: raw["fragments"][found[1]], text))


def _named(groups: Mapping[str, Iterable[str]]) -> Phrases:
    return Phrases({phrase: name for name, phrases in groups.items() for phrase in phrases})


def _nouns(raw: Mapping[str, Any]) -> Nouns:
    found: dict[str, Noun] = {}
    for of, spellings in raw["counted"].items():
        for spelling in spellings:
            one, _, many = spelling.partition("/")
            for word, is_one, is_many in ((one, True, not many), (many, False, True)):
                if word:
                    known = found.get(word)
                    merged = (is_one or known.one, is_many or known.many) if known else (is_one, is_many)
                    found[word] = Noun(cast("Counted", of), *merged)
    return Nouns(found, raw["endings"], frozenset(f"{thing}s" for thing in raw["things"]))


@cache
def table(language: ReadLanguage) -> Table:
    """Read the table of a language.

    Parameters
    ----------
    language
        Which.
    """
    text = files("safepassage.account.claims").joinpath(f"tables/{language}.toml").read_text("utf-8")
    raw = tomllib.loads(text)
    flat = {name: value for name, value in raw.items() if isinstance(value, list)}
    for section in SECTIONS:
        flat |= {f"{section}.{name}": value for name, value in raw[section].items()}
    words = {name: value for name, value in flat.items() if name != "dozen.of"}
    return Table(
        language=language,
        lists={name: frozenset(map(str.lower, value)) for name, value in words.items()},
        phrases={name: Phrases(dict.fromkeys(value, name)) for name, value in words.items()},
        nouns=_nouns(raw),
        hedges=_named(raw["hedges"]),
        vague=Phrases({phrase: tuple(span) for phrase, span in raw["vague"].items()}),
        zero=_named(raw["zero"]),
        deeds=_named(raw["deeds"]),
        groups=_named(raw["groups"]),
        participles=tuple(raw["participles"]),
        tenses=tuple(raw["tenses"]),
        governs=tuple(raw["governs"]),
        futures=tuple(raw["futures"]),
        infinitives=tuple(raw["infinitives"]),
        conditionals=tuple(raw["conditionals"]),
        plural_heads=language == "en",
        reports=tuple((kind, _pattern(one, raw)) for kind, patterns in raw["reports"].items() for one in patterns),
        dates=raw["dates"],
        scale=raw["scale"],
        dozen=tuple(raw["dozen"]["of"]),
        suffixes=raw["suffixes"],
    )
