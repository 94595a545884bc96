"""The languages that people read: what each calls itself, how it is written, counted, and sets its numbers.

A language is added here, as a property of `Phrase` and a field of the wire's `Words`, and as a catalogue beside the
others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

Language = Literal["en", "fr", "ar"]


class Tongue(Struct, frozen=True, kw_only=True):
    """What sets a language apart.

    Attributes
    ----------
    name
        Its own name for itself.
    direction
        As HTML has it.
    plural
        Name of the form that a count takes; `forms` are all of them.
    thousands, decimal
        What stands between the digits of numbers.
    """

    name: str
    direction: Literal["ltr", "rtl"]
    plural: Callable[[int], str]
    forms: tuple[str, ...]
    thousands: str = ","
    decimal: str = "."


def _english(n: int) -> str:
    return "one" if n == 1 else "other"


def _french(n: int) -> str:
    if n in (0, 1):
        return "one"
    return "many" if n % 1_000_000 == 0 else "other"


def _arabic(n: int) -> str:
    if n in (0, 1, 2):
        return ("zero", "one", "two")[n]
    rest = n % 100
    if 3 <= rest <= 10:
        return "few"
    return "many" if rest >= 11 else "other"


TONGUES: Final[dict[Language, Tongue]] = {
    "en": Tongue(name="English", direction="ltr", plural=_english, forms=("one", "other")),
    "fr": Tongue(
        name="Français", direction="ltr", plural=_french, forms=("one", "many", "other"),
        thousands="\N{NARROW NO-BREAK SPACE}", decimal=",",
    ),
    "ar": Tongue(
        name="العربية", direction="rtl", plural=_arabic, forms=("zero", "one", "two", "few", "many", "other")
    ),
}  # fmt: skip
"""Every language, the one that pages fall back to first."""

LANGUAGES: Final[tuple[Language, ...]] = tuple(TONGUES)


def language_named(name: str) -> Language:
    """Return the language of a code such as `fr` or `fr-CH`; the first one where we do not speak it."""
    code = name.partition("-")[0].strip().lower()
    return next((language for language in LANGUAGES if language == code), LANGUAGES[0])


def plural_form(language: Language, n: int) -> str:
    """Name the plural form that `n` takes.

    References
    ----------
    Unicode CLDR, Language Plural Rules (cardinal, whole numbers).
    """
    return TONGUES[language].plural(n)


def figure(language: Language, value: float, *, decimals: int = 0) -> str:
    """Write a number with its thousands apart, as the language has it."""
    tongue = TONGUES[language]
    return f"{value:,.{decimals}f}".translate({ord(","): tongue.thousands, ord("."): tongue.decimal})


def is_leftward(language: Language) -> bool:
    """Tell whether the language is written from right to left."""
    return TONGUES[language].direction == "rtl"
