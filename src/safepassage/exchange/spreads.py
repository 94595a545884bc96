"""Read how a figure scatters: a shape with its lowest, most likely and highest value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from safepassage.exchange.clock import Clock
from safepassage.exchange.entries_of_uncertainty import FACTOR_SPREAD, TIME_SPREAD
from safepassage.exchange.faults import Bad
from safepassage.exchange.fields import Field
from safepassage.exchange.keys import Keys, Within, Wrong, missing, read_keys
from safepassage.model.uncertainty import Shape, Spread

_READS: Final[dict[Shape, tuple[str, ...]]] = {
    "fixed": ("mode",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
    "lognormal": ("mode", "high"),
}
"""Shape -> the values that it has a use for; it needs all of them."""


def read_spread(field: Field, value: object, clock: Clock) -> Spread | Bad | Within:
    """Read a spread.

    Parameters
    ----------
    field
        Of kind factor_spread or time_spread.
    value
        What TOML gives for it.
    clock
        The operation's start and zone.

    Returns
    -------
    Spread | Bad | Within
        Only the values that the shape reads are kept; a Within with a value holds nothing but warnings.
    """
    fields = FACTOR_SPREAD if field.kind == "factor_spread" else TIME_SPREAD
    if not isinstance(value, dict):
        low, mode, high = (f"{one.written} = ..." for one in fields[1:])
        expected = f'{{ shape = "pert", {low}, {mode}, {high} }}, or {{ {mode} }} where it is fixed'
        return Bad(code="not-a-spread", expected=expected)
    keys = read_keys(value, fields, clock, nested={})
    wrong = (*keys.wrong, *_form(keys, fields, value))
    if any(bad.severity == "error" for _, bad, _ in wrong):
        return Within(wrong=wrong)
    shape: Shape = keys.plain.get("shape") or "fixed"
    spread = Spread(shape=shape, **{name: float(keys.plain[name]) for name in _READS[shape]})
    return Within(wrong=wrong, value=spread) if wrong else spread


def _unreadable(keys: Keys, name: str) -> bool:
    """Tell whether a value is given but could not be read, which is told already."""
    return name in keys.plain and name not in keys.spelled


def _form(keys: Keys, fields: tuple[Field, ...], value: dict[str, Any]) -> Iterator[Wrong]:
    """Find what the shape lacks, what it has no use for, and values out of order."""
    if _unreadable(keys, "shape"):
        return
    named: Shape | None = keys.plain.get("shape")
    if named is None and any(name in keys.plain for name in ("low", "high")):
        yield missing(fields[0])
        return
    shape = named or "fixed"
    for field in fields[1:]:
        given = keys.plain.get(field.model) is not None
        if field.model in _READS[shape] and not given and not _unreadable(keys, field.model):
            yield missing(field)
        elif field.model not in _READS[shape] and given:
            yield _unused(keys, field, shape, value)
    yield from _order(keys, shape, value)


def _unused(keys: Keys, field: Field, shape: Shape, value: dict[str, Any]) -> Wrong:
    key = keys.spelled[field.model]
    bad = Bad(
        code="unused-value",
        severity="warning",
        what=f"{shape} does not read {field.name}",
        expected=" and ".join(_READS[shape]),
        remedy="remove it, or name another shape",
    )
    return key, bad, value[key]


def _order(keys: Keys, shape: Shape, value: dict[str, Any]) -> Iterator[Wrong]:
    """Compare each value that the shape reads with the one before it."""
    names = [name for name in _READS[shape] if keys.plain.get(name) is not None]
    strict = shape in ("uniform", "lognormal")
    expected = (" < " if strict else " <= ").join(_READS[shape])
    if shape == "lognormal" and keys.plain.get("mode") == 0:
        yield keys.spelled["mode"], _out_of_order("0 < mode < high", "the median is 0"), value[keys.spelled["mode"]]
    for lower, upper in pairwise(names):
        below, above = keys.plain[lower], keys.plain[upper]
        if above < below or (strict and above == below):
            key = keys.spelled[upper]
            how = "below" if above < below else "not above"
            yield key, _out_of_order(expected, f"{upper} is {how} {lower}"), value[key]


def _out_of_order(expected: str, what: str) -> Bad:
    return Bad(code="spread-out-of-order", what=what, expected=expected, remedy="mend the figures or their units")
