"""Quantities as OpenStreetMap writes them: speeds, weights, lengths and durations in many units."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

SILENT: Final = frozenset(
    ("none", "no", "unsigned", "no_sign", "no_indications", "noindications", "default", "below_default", "unknown",
     "signals", "variable", "implicit", "national", "unlimited")
)  # fmt: skip
"""Values that are understood and say no number."""

ZONES_KMH: Final = {
    "urban": 50.0, "rural": 80.0, "trunk": 90.0, "motorway": 110.0, "living_street": 10.0, "bicycle_road": 30.0,
    "school": 30.0, "walk": 7.0, "nsl_restricted": 48.0, "nsl_single": 96.0, "nsl_dual": 112.0,
}  # fmt: skip
"""Limits that a kind of zone stands for ("DE:urban"). Countries differ: an assumption of ours."""

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_SPEED = re.compile(_NUMBER + r"\s*(km/?h|kph|mph|knots)?")
_SPEED_UNITS = {"": 1.0, "kmh": 1.0, "km/h": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_ZONE = re.compile(r"(?:[a-z]{2}(?:-[a-z]{1,3})?:)?(?:zone:?)?([a-z_]+|\d+)")
_WEIGHT = re.compile(_NUMBER + r"\s*(t|tons?|tonnes?|kg|lbs?|st|lt|mt)?")
_WEIGHT_UNITS = {"": 1000.0, "t": 1000.0, "to": 1000.0, "mt": 1000.0, "kg": 1.0, "lb": 0.45359237,
                 "st": 907.18474, "lt": 1016.0469088}  # fmt: skip
_LENGTH = re.compile(_NUMBER + r"\s*(m|cm|metres?|meters?|ft|feet|')?")
_LENGTH_UNITS = {"": 100.0, "m": 100.0, "me": 100.0, "cm": 1.0, "ft": 30.48, "fe": 30.48, "'": 30.48}
_FEET = re.compile(r"(\d+)\s*(?:'|ft|feet)\s*-?\s*(\d+(?:\.\d+)?)\s*(?:\"|''|in|inch|inches)?")
_CLOCK = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")
_ISO = re.compile(r"p(?:(\d+)d)?t?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_MINUTES = re.compile(_NUMBER + r"\s*(min|mins|minutes|h|hours?)?")


def speed_kmh(text: str) -> float | None:
    """Read a speed limit; of a list the lowest. 0: it says that there is no number. None: not understood.

    Examples
    --------
    >>> speed_kmh("30 mph"), speed_kmh("DE:urban"), speed_kmh("80;60"), speed_kmh("none"), speed_kmh("fast")
    (48.28032, 50.0, 60.0, 0.0, None)
    """
    return _lowest(text, _one_speed)


def weight_kg(text: str) -> int | None:
    """Read a weight limit, bare numbers in tonnes; rounded down. 0: no number. None: not understood.

    Examples
    --------
    >>> weight_kg("7.5"), weight_kg("7500 kg"), weight_kg("3 st"), weight_kg("heavy")
    (7500, 7500, 2721, None)
    """
    found = _lowest(text, _one_weight)
    return None if found is None else math.floor(found + 1e-6)


def length_cm(text: str) -> int | None:
    r"""Read a limit of height or width, bare numbers in metres; rounded down. 0: no number. None: not understood.

    Examples
    --------
    >>> length_cm("3.8"), length_cm("13'8\""), length_cm("380 cm"), length_cm("low")
    (380, 416, 380, None)
    """
    found = _lowest(text, _one_length)
    return None if found is None else math.floor(found + 1e-6)


def duration_s(text: str) -> int | None:
    """Read how long a ferry takes: hours and minutes, minutes alone, or ISO 8601. None: not understood.

    Examples
    --------
    >>> duration_s("1:30"), duration_s("25"), duration_s("PT1H5M"), duration_s("soon")
    (5400, 1500, 3900, None)
    """
    text = text.strip().lower()
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return (hours * 60 + minutes) * 60 + seconds or None
    if found := _MINUTES.fullmatch(text):
        unit = 3600 if (found[2] or "").startswith("h") else 60
        return round(float(found[1].replace(",", ".")) * unit) or None
    if found := _ISO.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds or None
    return None


def _lowest(text: str, one: Callable[[str], float | None]) -> float | None:
    """Read each part of a list and return the lowest number; 0 when every part says that there is none."""
    found = [one(part.strip().lower()) for part in re.split(r"[;|]", text[:100])]
    if any(value is None for value in found):
        return None
    return min((value for value in found if value), default=0.0)


def _one_speed(text: str) -> float | None:
    if text in SILENT:
        return 0.0
    if match := _SPEED.fullmatch(text):
        return _within(_number(match[1]) * _SPEED_UNITS[match[2] or ""], 1, 200)
    if match := _ZONE.fullmatch(text):
        zone = match[1]
        return _within(float(zone), 1, 200) if zone.isdecimal() else ZONES_KMH.get(zone)
    return None


def _one_weight(text: str) -> float | None:
    if text in SILENT:
        return 0.0
    match = _WEIGHT.fullmatch(text)
    return _within(_number(match[1]) * _WEIGHT_UNITS[(match[2] or "")[:2]], 100, 500_000) if match else None


def _one_length(text: str) -> float | None:
    if text in SILENT:
        return 0.0
    if match := _FEET.fullmatch(text):
        return _within((int(match[1]) * 12 + float(match[2])) * 2.54, 50, 3000)
    match = _LENGTH.fullmatch(text)
    return _within(_number(match[1]) * _LENGTH_UNITS[(match[2] or "")[:2]], 50, 3000) if match else None


def _number(digits: str) -> float:
    return float(digits.replace(",", "."))


def _within(value: float, least: float, most: float) -> float | None:
    """Drop what nobody can have meant."""
    return value if least <= value <= most else None
