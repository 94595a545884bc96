"""One sentence in every language of the catalogue, with foreign parts isolated.

Inside a phrase every inserted id or name stands between directional isolates (Unicode standard annex 9), so
that a Latin id never reorders an Arabic sentence. Isolates that come from the input are made visible first: the ones
left are ours, which is why turning them into `<bdi>` elements is safe.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec

from safepassage.model.errors import InternalError
from safepassage.reports.words.languages import LANGUAGES, Language

_T = TypeVar("_T")
Entry: TypeAlias = str | dict[str, str]

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"
_JOINERS = "\u200c\u200d"  # needed inside Persian and Indic words, and harmless: they do not reorder
_LISTED_AT_MOST = 8


class Phrase:
    """The same words in every language of `LANGUAGES`, made in each when they are first asked for.

    Parameters
    ----------
    tell
        Says it in a language: always the same.
    """

    __slots__ = ("_tell", "_told")

    def __init__(self, tell: Callable[[Language], str]) -> None:
        self._tell = tell
        self._told: dict[Language, str] = {}

    def of(self, language: Language) -> str:
        """Return the words in one language."""
        told = self._told.get(language)
        if told is None:
            told = self._told[language] = self._tell(language)
        return told

    @property
    def en(self) -> str:
        """The English words."""
        return self.of("en")

    @property
    def fr(self) -> str:
        """The French words."""
        return self.of("fr")

    @property
    def ar(self) -> str:
        """The Arabic words."""
        return self.of("ar")

    def __html__(self) -> str:
        told = shared(self.of)
        if len(told) == 1:
            return marked_up(told[0][1])
        return "".join(f'<span class="{shown}">{marked_up(text)}</span>' for shown, text in told)

    def __bool__(self) -> bool:
        return any(self._told.values()) or any(map(self.of, LANGUAGES))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phrase) and all(self.of(one) == other.of(one) for one in LANGUAGES)

    def __hash__(self) -> int:
        return hash(tuple(map(self.of, LANGUAGES)))

    def __repr__(self) -> str:
        return f"Phrase({', '.join(f'{one}={self.of(one)!r}' for one in LANGUAGES)})"


def in_all(phrase: object) -> dict[str, str]:
    """Take a phrase apart by languages, where `msgspec` is to encode one: its `enc_hook`.

    Raises
    ------
    NotImplementedError
        When it is something else.
    """
    if not isinstance(phrase, Phrase):
        raise NotImplementedError(f"expected a phrase, found {type(phrase).__name__}")
    return {language: phrase.of(language) for language in LANGUAGES}


def each(tell: Callable[[Language], str]) -> Phrase:
    """Make a phrase of what is said in each language; `tell` may be called later, or not at all."""
    return Phrase(tell)


def same(text: str) -> Phrase:
    """Make a phrase that is the same in every language."""
    return each(lambda _: text)


def shared(tell: Callable[[Language], _T]) -> list[tuple[str, _T]]:
    """Pair what is told with the languages that tell it so, as the classes of an element ("en fr")."""
    found: list[tuple[str, _T]] = []
    for language in LANGUAGES:
        told = tell(language)
        at = next((at for at, (_, known) in enumerate(found) if known == told), None)
        if at is None:
            found.append((language, told))
        else:
            found[at] = (f"{found[at][0]} {language}", told)
    return found


NOTHING = same("")


def marked_up(text: str) -> str:
    """Return a phrase's text as markup, its isolates as elements."""
    safe = escape(text)
    return safe.replace(FSI, "<bdi>").replace(LRI, '<bdi dir="ltr">').replace(PDI, "</bdi>")


def visible(text: str) -> str:
    """Show characters that would reorder or hide text as their code points; keep everything else."""
    if text.isprintable():
        return text
    return "".join(character if _harmless(character) else f"⟨U+{ord(character):04X}⟩" for character in text)


def _harmless(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(text: str) -> str:
    """Return a phrase's text without isolates, for places that cannot show them."""
    return text.translate(dict.fromkeys(map(ord, (LRI, RLI, FSI, PDI))))


def literal(text: str, arabic: str = "", french: str = "") -> Phrase:
    """Make a phrase of a name or an id, isolated; `arabic`, `french` where the thing has a name of its own there."""
    own = {"ar": arabic, "fr": french}
    return named(set_apart(text), **{language: set_apart(name) for language, name in own.items() if name})


def set_apart(text: str) -> str:
    """Return a name or an id between isolates, so that it neither reorders what is around it nor hides anything."""
    return f"{FSI}{visible(text)}{PDI}"


def named(text: str, **own: str) -> Phrase:
    """Make a phrase of a name as it stands; `own` has it in the languages that have one of their own."""
    return each(lambda language: own.get(language) or text)


@cache
def catalogue(language: Language) -> dict[str, Entry]:
    """Read the catalogue of one language: key to text, or to a text per plural form."""
    source = Path(__file__).with_name(f"{language}.json")
    return msgspec.json.decode(source.read_bytes(), type=dict[str, Entry])


def is_said(key: str) -> bool:
    """Tell whether there are words for a key."""
    return key in catalogue(LANGUAGES[0])


def say(key: str, **parts: str | int | Phrase) -> Phrase:
    """Fill the sentence `key` in every language.

    Raises
    ------
    InternalError
        When the catalogue lacks the key.
    """
    _sentence(LANGUAGES[0], key)
    return each(lambda language: _filled(language, key, parts))


def say_code(group: str, code: str, **parts: str | int | Phrase) -> Phrase:
    """Fill the sentence for `code` of `group`, or the group's general one for a code the catalogue does not know.

    Raises
    ------
    InternalError
        When the catalogue lacks the group's general sentence.
    """
    key = f"{group}.{code}"
    if not is_said(key):
        return say(f"{group}.unknown", code=code, **parts)
    return say(key, **parts)


def _sentence(language: Language, key: str) -> str:
    entry = catalogue(language).get(key)
    if not isinstance(entry, str):
        raise InternalError(f"the {language} catalogue has no sentence {key!r}")
    return entry


def _filled(language: Language, key: str, parts: dict[str, str | int | Phrase]) -> str:
    return _sentence(language, key).format_map({name: _part(value, language) for name, value in parts.items()})


def _part(value: str | int | Phrase, language: Language) -> str:
    if isinstance(value, Phrase):
        return value.of(language)
    return str(value) if isinstance(value, int) else literal(value).of(language)


def listed(items: Sequence[Phrase], *, at_most: int = _LISTED_AT_MOST, of: int = 0) -> Phrase:
    """Join phrases by each language's comma; say how many are left off.

    `of` is how many there are, where `items` are only the first of them.
    """
    shown, count = items[:at_most], max(of, len(items))
    joined = each(lambda language: str(catalogue(language)["list.comma"]).join(item.of(language) for item in shown))
    if count > len(shown):
        return say("list.more", items=joined, n=count - len(shown))
    return joined


def sentences(*parts: Phrase) -> Phrase:
    """Put sentences one after the other, leaving out empty ones."""
    return each(lambda language: " ".join(part.of(language) for part in parts if part))
