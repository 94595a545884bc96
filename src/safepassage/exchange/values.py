"""Read one value of a cell or of operation.toml as its field says: the value of the model, or what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from safepassage.exchange import clock as clocks
from safepassage.exchange import windows
from safepassage.exchange.bounds import MAX_FACTOR, MAX_ID, MAX_TEXT
from safepassage.exchange.clock import Clock
from safepassage.exchange.faults import Bad
from safepassage.exchange.fields import UNITS, Field
from safepassage.exchange.folding import fold_once, plain_digits, trim
from safepassage.exchange.nearest import nearest
from safepassage.exchange.safety import check_text
from safepassage.exchange.shapes import line, point
from safepassage.exchange.words import CHOICES, MODEL_WORD

_BANDS: Final = {"infant": 2, "child": 18, "adult": 60}
"""Age band -> the age in years below which it ends."""

_OLDEST: Final = 130
"""Years: above it a number in the column of ages is no age."""

_LONGEST: Final = 1e300
"""Larger numbers are read as this one: out of range too, and arithmetic with it overflows nowhere."""

_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?")


def plain_text(value: object) -> str | Bad:
    """Read what a cell shows: text trimmed; a whole number that a spreadsheet turned into 12.0 as "12"."""
    if isinstance(value, str):
        return trim(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Bad(code="not-text", expected="text", remedy="format the cell as text")
    if isinstance(value, float) and not math.isfinite(value):
        return Bad(code="not-finite", expected="text", remedy="clear the cell and type it again")
    if abs(value) >= 10**15:
        return Bad(
            code="rounded-id",
            expected="an id as text",
            remedy="spreadsheets keep 15 digits of a number: format the column as text and type it again",
        )
    return str(int(value)) if value == int(value) else repr(value)


def _id(field: Field, value: object, clock: Clock) -> object:
    del field, clock
    text = plain_text(value)
    return text if isinstance(text, Bad) else check_text(text, most=MAX_ID, in_id=True) or text


def _ids(field: Field, value: object, clock: Clock) -> object:
    if isinstance(value, list):
        parts: list[object] = list(value)
    elif isinstance(value, str) and len(value) > MAX_TEXT:
        return check_text(value, most=MAX_TEXT)
    else:
        text = plain_text(value)
        if isinstance(text, Bad):
            return text
        parts = [part.strip() for part in re.split("[;,،؛]", text) if part.strip()]
    found = [_id(field, part, clock) for part in parts]
    return next((one for one in found if isinstance(one, Bad)), tuple(found))


def _text(field: Field, value: object, clock: Clock) -> object:
    del field, clock
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return check_text(value, most=MAX_TEXT)
    text = plain_text(value)
    return text if isinstance(text, Bad) else check_text(text, most=MAX_TEXT) or text


def _texts(field: Field, value: object, clock: Clock) -> object:
    if not isinstance(value, list):
        return Bad(code="not-a-list", expected="a list of texts")
    found = [_text(field, part, clock) for part in value]
    return next((one for one in found if isinstance(one, Bad)), tuple(found))


def number(value: object, expected: str) -> float | int | Bad:
    """Read a finite number, also with Arabic-Indic digits or a decimal comma."""
    if isinstance(value, str):
        text = plain_digits(value).strip().replace("\u2212", "-")
        if len(text) > 40 or _NUMBER.fullmatch(text) is None:
            hint = "write a number"
            if text.casefold().lstrip("+-") in ("nan", "inf", "infinity"):
                return Bad(code="not-finite", expected=expected, remedy=hint)
            return Bad(code="not-a-number", expected=expected, remedy=hint)
        value = float(text.replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Bad(code="not-a-number", expected=expected, remedy="format the cell as a number")
    # A whole number of TOML may be too long to become a float: it is only compared.
    if isinstance(value, float) and not math.isfinite(value):
        return Bad(code="not-finite", expected=expected, remedy="write a number")
    return value if abs(value) < _LONGEST else _LONGEST if value > 0 else -_LONGEST


def _within(field: Field, value: float, expected: str) -> int | Bad:
    if not field.low <= value <= field.most:
        return Bad(code="out-of-range", expected=expected, remedy="mend the figure or its unit")
    return round(value)


def _count(field: Field, value: object, clock: Clock) -> object:
    del clock
    expected = f"a whole number from {field.low} to {field.most}"
    found = number(value, expected)
    if isinstance(found, Bad):
        return found
    if found != round(found):
        return Bad(code="not-whole", expected=expected, remedy="round it")
    return _within(field, found, expected)


def _measure(field: Field, value: object, clock: Clock) -> object:
    """Read a duration, length, weight or size; `field.unit` is the unit it is written in."""
    del clock
    size = UNITS[field.kind][field.unit]
    expected = f"a number of {field.unit} from {field.low / size:g} to {field.most / size:g}"
    found = number(value, expected)
    return found if isinstance(found, Bad) else _within(field, found * size, expected)


def _speed(field: Field, value: object, clock: Clock) -> object:
    del clock
    expected = f"km/h from {field.low} to {field.most}"
    found = number(value, expected)
    if isinstance(found, Bad):
        return found
    wrong = _within(field, found, expected)
    return wrong if isinstance(wrong, Bad) else found


def _number(field: Field, value: object, clock: Clock) -> object:
    del clock
    expected = f"a number from {field.low} to {field.most}"
    found = number(value, expected)
    if isinstance(found, Bad):
        return found
    wrong = _within(field, found, expected)
    return wrong if isinstance(wrong, Bad) else float(found)


def _share(field: Field, value: object, clock: Clock) -> object:
    """Read a share or a probability: a slip of 20 for 0.2 is told as such."""
    del field, clock
    expected = "a share from 0 to 1"
    found = number(value, expected)
    if isinstance(found, Bad):
        return found
    if not 0 <= found <= 1:
        remedy = f"write {found / 100:g} for {found:g} percent" if 1 < found <= 100 else "mend the figure"
        return Bad(code="out-of-range", expected=expected, remedy=remedy)
    return float(found)


def _factor(field: Field, value: object, clock: Clock) -> object:
    del field, clock
    expected = f"a factor above 0, at most {MAX_FACTOR}; 1 changes nothing"
    found = number(value, expected)
    if isinstance(found, Bad):
        return found
    if not 0 < found <= MAX_FACTOR:
        return Bad(code="out-of-range", expected=expected, remedy="mend the figure")
    return float(found)


def _lon_lat(field: Field, value: object, clock: Clock) -> object:
    del clock
    expected = f"decimal degrees from {field.low} to {field.high}"
    found = number(value, expected)
    if isinstance(found, Bad):
        return found
    wrong = _within(field, found, expected)
    return wrong if isinstance(wrong, Bad) else float(found)


def _choice(field: Field, value: object, clock: Clock) -> object:
    del clock
    words = MODEL_WORD[field.choices]
    text = "yes" if value is True else "no" if value is False else plain_text(value)
    if isinstance(text, Bad):
        return text
    if field.choices == "age_band" and plain_digits(text).isdecimal() and int(plain_digits(text)[:9]) <= _OLDEST:
        return _band(int(plain_digits(text)[:9]))
    if len(text) <= MAX_ID:
        word = words.get(fold_once(text))
        if word is not None:
            return word
    models = list(CHOICES[field.choices])
    near = nearest(fold_once(text[:MAX_ID]), words, 70)
    remedy = f"did you mean {words[near]}?" if near else ""
    return Bad(code="unknown-word", expected=", ".join(models[:-1]) + f" or {models[-1]}", remedy=remedy)


def _choices(field: Field, value: object, clock: Clock) -> object:
    """Read words in their order, each once; the first that is not known stands for all."""
    words = ", ".join(CHOICES[field.choices])
    if not isinstance(value, list):
        return Bad(code="not-a-list", expected=f"a list of {words}")
    if not value:
        return Bad(code="missing-value", expected=f"at least one of {words}", remedy="name one, or remove the key")
    read: list[object] = []
    for one in value:
        word = _choice(field, one, clock)
        if isinstance(word, Bad):
            return word
        if word in read:
            return Bad(code="given-twice", expected="each word once", remedy=f"remove the second {word}")
        read.append(word)
    return tuple(read)


def _words(field: Field, value: object, clock: Clock) -> object:
    """Read words of an enumeration in one cell, separated by ; or commas."""
    text = plain_text(value)
    if isinstance(text, Bad):
        return text
    parts = [part.strip() for part in text.replace("،", ",").replace("؛", ";").replace(",", ";").split(";")]
    return _choices(field, [part for part in parts if part], clock)


def _band(years: int) -> str:
    return next((band for band, below in _BANDS.items() if years < below), "older")


def _yes_no(field: Field, value: object, clock: Clock) -> object:
    found = _choice(_YES_NO, value, clock)
    del field
    return found if isinstance(found, Bad) else found == "yes"


_YES_NO: Final = Field(name="yes_no", kind="choice", choices="yes_no")


def _instant(field: Field, value: object, clock: Clock) -> object:
    del field
    return clocks.instant_s(clock, value)


def _windows(field: Field, value: object, clock: Clock) -> object:
    del field
    return windows.from_toml(clock, value)


def _window(field: Field, value: object, clock: Clock) -> object:
    del field
    return windows.one_from_toml(clock, value)


def _openings(field: Field, value: object, clock: Clock) -> object:
    del field
    return windows.from_cell(clock, value)


def _line(field: Field, value: object, clock: Clock) -> object:
    del clock
    return line(value, closed=field.name == "polygon")


def _point(field: Field, value: object, clock: Clock) -> object:
    del field, clock
    return point(value)


_READERS: Final[dict[str, Callable[[Field, object, Clock], object]]] = {
    "id": _id,
    "ids": _ids,
    "text": _text,
    "texts": _texts,
    "count": _count,
    "duration": _measure,
    "length": _measure,
    "weight": _measure,
    "size": _measure,
    "speed": _speed,
    "lon_lat": _lon_lat,
    "choice": _choice,
    "yes_no": _yes_no,
    "instant": _instant,
    "windows": _windows,
    "window": _window,
    "number": _number,
    "share": _share,
    "factor": _factor,
    "choices": _choices,
    "words": _words,
    "openings": _openings,
    "line": _line,
    "point": _point,
}


def read_value(field: Field, value: object, clock: Clock) -> object:
    """Read one value.

    Parameters
    ----------
    field
        What it should be; for a measured field `unit` is the unit it is written in.
    value
        Text, number, date or list, as the file gives it; not empty.
    clock
        The operation's start and zone.

    Returns
    -------
    object
        The model's value, or a Bad.
    """
    return _READERS[field.kind](field, value, clock)
