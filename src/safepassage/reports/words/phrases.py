"""One sentence in every language of the catalogue, with foreign parts isolated.

Inside a phrase every inserted id or name stands between directional isolates (Unicode standard annex 9), so
that a Latin id never reorders an Arabic sentence. Isolates that come from the input are made visible first: the ones
left are ours, which is why turning them into `<bdi>` elements is safe.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Literal, TypeAlias

from msgspec import Struct

from safepassage.model.errors import InternalError

Language = Literal["en", "ar"]
LANGUAGES: tuple[Language, ...] = ("en", "ar")
Entry: TypeAlias = "str | dict[str, str]"

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"
_JOINERS = "\u200c\u200d"  # needed inside Persian and Indic words, and harmless: they do not reorder
_LISTED_AT_MOST = 8


class Phrase(Struct, frozen=True):
    """The same words in English and in Arabic."""

    en: str
    ar: str

    def of(self, language: Language) -> str:
        """Return the words in one language."""
        return self.ar if language == "ar" else self.en

    def __html__(self) -> str:
        if self.en == self.ar:
            return _marked_up(self.en)
        return (
            f'<span class="en" lang="en">{_marked_up(self.en)}</span>'
            f'<span class="ar" lang="ar">{_marked_up(self.ar)}</span>'
        )

    def __bool__(self) -> bool:
        return bool(self.en or self.ar)


NOTHING = Phrase("", "")


def _marked_up(text: str) -> str:
    safe = escape(text)
    return safe.replace(FSI, "<bdi>").replace(LRI, '<bdi dir="ltr">').replace(PDI, "</bdi>")


def visible(text: str) -> str:
    """Show characters that would reorder or hide text as their code points; keep everything else."""
    return "".join(character if _harmless(character) else f"⟨U+{ord(character):04X}⟩" for character in text)


def _harmless(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(text: str) -> str:
    """Return a phrase's text without isolates, for places that cannot show them."""
    return text.translate(dict.fromkeys(map(ord, (LRI, RLI, FSI, PDI))))


def literal(text: str, arabic: str = "") -> Phrase:
    """Make a phrase of a name or an id, isolated; `arabic` where the thing has a name of its own there."""
    english = f"{FSI}{visible(text)}{PDI}"
    return Phrase(english, f"{FSI}{visible(arabic)}{PDI}" if arabic else english)


@cache
def catalogue(language: Language) -> dict[str, Entry]:
    """Read the catalogue of one language: key to text, or to a text per plural form."""
    source = files(__package__).joinpath(f"{language}.json")
    entries: dict[str, Entry] = json.loads(source.read_text(encoding="utf-8"))
    return entries


def say(key: str, **parts: str | int | Phrase) -> Phrase:
    """Fill the sentence `key` in every language.

    Raises
    ------
    InternalError
        When the catalogue lacks the key.
    """
    return Phrase(*(_filled(language, key, parts) for language in LANGUAGES))


def say_code(group: str, code: str, **parts: str | int | Phrase) -> Phrase:
    """Fill the sentence for `code` of `group`, or the group's general one for a code the catalogue does not know.

    Raises
    ------
    InternalError
        When the catalogue lacks the group's general sentence.
    """
    key = f"{group}.{code}"
    if key not in catalogue("en"):
        return say(f"{group}.unknown", code=code, **parts)
    return say(key, **parts)


def _filled(language: Language, key: str, parts: dict[str, str | int | Phrase]) -> str:
    entry = catalogue(language).get(key)
    if not isinstance(entry, str):
        raise InternalError(f"the {language} catalogue has no sentence {key!r}")
    return entry.format_map({name: _part(value, language) for name, value in parts.items()})


def _part(value: str | int | Phrase, language: Language) -> str:
    if isinstance(value, Phrase):
        return value.of(language)
    return str(value) if isinstance(value, int) else literal(value).of(language)


def listed(items: Sequence[Phrase], *, at_most: int = _LISTED_AT_MOST) -> Phrase:
    """Join phrases by each language's comma; say how many are left off."""
    shown = items[:at_most]
    texts = [catalogue(language)["list.comma"] for language in LANGUAGES]
    joined = Phrase(
        *(
            str(comma).join(item.of(language) for item in shown)
            for comma, language in zip(texts, LANGUAGES, strict=True)
        )
    )
    if len(items) > at_most:
        return say("list.more", items=joined, n=len(items) - at_most)
    return joined


def sentences(*parts: Phrase) -> Phrase:
    """Put sentences one after the other, leaving out empty ones."""
    return Phrase(*(" ".join(part.of(language) for part in parts if part) for language in LANGUAGES))
