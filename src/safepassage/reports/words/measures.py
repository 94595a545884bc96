"""Counts, durations, distances and shares in words, with the plural forms of each language."""

from __future__ import annotations

from safepassage.reports.words.languages import Language, figure, plural_form
from safepassage.reports.words.phrases import LRI, PDI, Phrase, catalogue, each, is_said, same, say

_MINUTES_EXACT_BELOW_S = 600
_HOURS_BELOW = 72


def counted(unit: str, n: int) -> Phrase:
    """Say `n` of a unit ("1 bus", "3 buses"); an unknown unit stands beside its number as it is."""
    if not is_said(f"count.{unit}"):
        return say("count-unknown", n=n, unit=unit) if unit else same(str(n))
    return each(lambda language: _counted(language, unit, n))


def _counted(language: Language, unit: str, n: int) -> str:
    forms = catalogue(language)[f"count.{unit}"]
    if isinstance(forms, str):
        return forms.format(n=figure(language, n))
    return forms[plural_form(language, n)].format(n=figure(language, n))


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
    return each(lambda language: " ".join(part.of(language) for part in shown))


def distance(length_m: int) -> Phrase:
    """Say how far: metres below one kilometre, else kilometres with one decimal below a hundred."""
    if length_m < 1000:
        return say("distance.m", n=length_m)
    kilometres = length_m / 1000
    decimals = 1 if kilometres < 100 and f"{kilometres:.1f}"[-1] != "0" else 0
    return say("distance.km", n=each(lambda language: figure(language, kilometres, decimals=decimals)))


def percent(share: float) -> Phrase:
    """Say a share of one as a percentage, kept left to right; rounded up so that a gap never looks closed."""
    hundredths = -(-share * 10000 // 1)
    return each(lambda language: f"{LRI}{figure(language, hundredths / 100, decimals=2)}\N{NO-BREAK SPACE}%{PDI}")
