"""Assumed figures in words: a rehearsal writes them short and in seconds, a coordinator reads hours and kilometres."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from safepassage.reports.words.measures import distance, duration
from safepassage.reports.words.phrases import Phrase, listed, literal, say
from safepassage.reports.words.rehearsal import number, share
from safepassage.reports.words.setting import Setting, clock, times

_Told: TypeAlias = Callable[[float], Phrase]

_NUMBER: Final = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_PART: Final = re.compile(rf"(?P<key>[a-z_0-9]+) (?:(?P<shape>[a-z]+) )?(?P<values>{_NUMBER}(?: {_NUMBER})*)")
_BETWEEN: Final = re.compile(r"between (\d+)-(\d+) s")
_WAY: Final = re.compile(r"(\d+) m, (\d+) s")
_ACT: Final = re.compile(r"(\d+) s \+ (\d+) s")
_SECONDS: Final = re.compile(r"(\d+)(?: s)?")
_CARRIED: Final = re.compile(r"(?P<figures>.*) \((?P<unit>[^()]*), per (?P<per>person|vehicle)\)")
_VALUES: Final = {"pert": 3, "triangular": 3, "uniform": 2, "lognormal": 2, None: 1}
_OF_SECONDS: Final = frozenset((
    "lasts", "plus", "per_person", "release", "waits_s", "ready_s", "spacing_s", "halts_s",
))  # fmt: skip
_OF_SHARES: Final = frozenset(("day", "place", "never", "probability", "detains"))
_OF_NUMBERS: Final = frozenset((
    "times", "per_1000_km", "crews", "count", "seats", "mean", "amount", "per_day", "per_100_km",
))  # fmt: skip
KEYS: Final = _OF_SECONDS | _OF_SHARES | _OF_NUMBERS
"""Parts of a figure that are told in words; `available_from_s`, `between` and `speed_percent` are as well."""


def figure_told(setting: Setting, what: str, figure: str) -> Phrase:
    """Say an assumed figure in words; one of another form stands as it is.

    Parameters
    ----------
    setting
        The operation's clock.
    what
        What is assumed: whether a bare number is seconds.
    figure
        As an `Assumption` has it.
    """
    if found := _WAY.fullmatch(figure):
        return listed([distance(int(found[1])), duration(int(found[2]))])
    if found := _ACT.fullmatch(figure):
        return say("assumed.act", from_time=clock(setting, int(found[1])), time=duration(int(found[2])))
    if (found := _SECONDS.fullmatch(figure)) and (figure.endswith("s") or what.endswith("_s")):
        return duration(int(found[1]))
    if found := _CARRIED.fullmatch(figure):
        told = _parts(setting, found["figures"])
        return literal(figure) if told is None else say(f"assumed.per-{found['per']}", what=told, unit=found["unit"])
    return _parts(setting, figure) or literal(figure)


def _parts(setting: Setting, figure: str) -> Phrase | None:
    told = [_part(setting, part) for part in figure.split(", ")]
    known = [phrase for phrase in told if phrase is not None]
    return listed(known) if known and len(known) == len(told) else None


def _part(setting: Setting, part: str) -> Phrase | None:
    if found := _BETWEEN.fullmatch(part):
        return say("assumed.between", when=times(setting, int(found[1]), int(found[2])))
    found = _PART.fullmatch(part)
    if found is None:
        return None
    key, shape = found["key"], found["shape"]
    values = [float(value) for value in found["values"].split()]
    if _VALUES.get(shape) != len(values):
        return None
    if key == "available_from_s":
        return say("assumed.available_from_s", what=clock(setting, int(values[0])))
    if key == "speed_percent":
        return say("assumed.speed_percent", what=share(values[0] / 100))
    told = _told_as(key)
    return None if told is None else say(f"assumed.{key}", what=_spread(shape, [told(value) for value in values]))


def _told_as(key: str) -> _Told | None:
    if key in _OF_SECONDS:
        return lambda value: duration(round(value))
    if key in _OF_SHARES:
        return share
    return _short if key in _OF_NUMBERS else None


def _short(value: float) -> Phrase:
    decimals = len(f"{value:.3f}".rstrip("0").partition(".")[2])
    return number(value, decimals=decimals)


def _spread(shape: str | None, values: list[Phrase]) -> Phrase:
    if shape is None:
        return values[0]
    if shape == "lognormal":
        return say("assumed.lognormal", middle=values[0], high=values[1])
    if shape == "uniform":
        return say("span.to", low=values[0], high=values[1])
    return say("assumed.peaked", low=values[0], middle=values[1], high=values[2])
