"""Counts, durations, distances and shares in words, with the plural forms of each language."""

from __future__ import annotations

from safepassage.reports.words.phrases import LANGUAGES, LRI, PDI, Language, Phrase, catalogue, say

_MINUTES_EXACT_BELOW_S = 600
_HOURS_BELOW = 72


def plural_form(language: Language, n: int) -> str:
    """Name the plural form `n` takes.

    References
    ----------
    Unicode CLDR, Language Plural Rules (cardinal), English and Arabic.
    """
    if language == "en":
        return "one" if n == 1 else "other"
    if n in (0, 1, 2):
        return ("zero", "one", "two")[n]
    rest = n % 100
    if 3 <= rest <= 10:
        return "few"
    return "many" if rest >= 11 else "other"


def counted(unit: str, n: int) -> Phrase:
    """Say `n` of a unit ("1 bus", "3 buses"); an unknown unit stands beside its number as it is."""
    if f"count.{unit}" not in catalogue("en"):
        return say("count-unknown", n=n, unit=unit) if unit else Phrase(str(n), str(n))
    return Phrase(*(_counted(language, unit, n) for language in LANGUAGES))


def _counted(language: Language, unit: str, n: int) -> str:
    forms = catalogue(language)[f"count.{unit}"]
    if isinstance(forms, str):
        return forms.format(n=f"{n:,}")
    return forms.get(plural_form(language, n), forms["other"]).format(n=f"{n:,}")


def duration(seconds: int) -> Phrase:
    """Say how long: "2 h 35 min"; below ten minutes with seconds. Parts of a minute beyond that are dropped."""
    if seconds < 0:
        return say("duration.minus", duration=duration(-seconds))
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24) if hours >= _HOURS_BELOW else (0, hours)
    if seconds >= _MINUTES_EXACT_BELOW_S:
        rest = 0
    figures = {"days": days, "hours": hours, "minutes": minutes, "seconds": rest}
    shown = [say(f"duration.{unit}", n=n) for unit, n in figures.items() if n]
    if not shown:
        return say("duration.minutes", n=0)
    return Phrase(*(" ".join(part.of(language) for part in shown) for language in LANGUAGES))


def distance(length_m: int) -> Phrase:
    """Say how far: metres below one kilometre, else kilometres with one decimal below a hundred."""
    if length_m < 1000:
        return say("distance.m", n=length_m)
    kilometres = length_m / 1000
    text = f"{kilometres:.1f}".removesuffix(".0") if kilometres < 100 else f"{kilometres:,.0f}"
    return say("distance.km", n=Phrase(text, text))


def percent(share: float) -> Phrase:
    """Say a share of one as a percentage, kept left to right; rounded up so that a gap never looks closed."""
    hundredths = -(-share * 10000 // 1)
    text = f"{LRI}{hundredths / 100:.2f} %{PDI}"
    return Phrase(text, text)
