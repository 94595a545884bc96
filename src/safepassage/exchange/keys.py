"""Read the keys of one entry of TOML: each by its field, in whatever unit its name ends, and every fault at its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage.exchange.clock import Clock
from safepassage.exchange.draft import no_such_key
from safepassage.exchange.faults import Bad
from safepassage.exchange.fields import UNITS, Field
from safepassage.exchange.values import read_value

Wrong = tuple[str, Bad, object]
"""A key below the entry, what is wrong with it, and what was found there."""


class Within(Struct, frozen=True, kw_only=True):
    """What is wrong inside a value that has keys of its own, and the value where it can be used all the same."""

    wrong: tuple[Wrong, ...]
    value: object = None


class Keys(Struct, kw_only=True):
    """What the keys of an entry give.

    `plain` holds the model's values by the model's names, None where a value could not be read or is an empty text;
    `spelled` under which key each is given that could be read without a word.
    """

    plain: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    wrong: list[Wrong] = []


Nested = Mapping[str, Callable[[Field, object, Clock], object]]
"""Kind of a field whose value has keys of its own -> what reads it: the model's value, a Bad or a Within."""

_TWICE: Final = Bad(code="given-twice", expected="one of the units only", remedy="remove one of the keys")


def read_keys(values: dict[str, Any], fields: tuple[Field, ...], clock: Clock, *, nested: Nested) -> Keys:
    """Read an entry.

    Parameters
    ----------
    values
        The entry, as TOML gives it.
    fields
        What it may hold.
    clock
        The operation's start and zone.
    nested
        What reads the values that have keys of their own.

    Returns
    -------
    Keys
        The values, and every fault: of the keys in their order, then those that are missing.
    """
    known = _by_spelling(fields)
    keys = Keys()
    for key, value in values.items():
        field = known.get(key)
        if field is None:
            keys.wrong.append((key, no_such_key(key, tuple(one.written for one in fields)), key))
            continue
        read = _value(field, value, clock, nested)
        if isinstance(read, Within):
            keys.wrong.extend((f"{key}.{inner}", bad, found) for inner, bad, found in read.wrong)
            keys.plain[field.model] = read.value
        elif isinstance(read, Bad):
            keys.wrong.append((key, read, value))
            keys.plain[field.model] = None
        elif field.model in keys.plain:
            keys.wrong.append((key, _TWICE, value))
        else:
            keys.plain[field.model] = read
            keys.spelled[field.model] = key
    keys.wrong.extend(missing(field) for field in fields if field.required and field.model not in keys.plain)
    return keys


def missing(field: Field) -> Wrong:
    """Say that a key is not given."""
    what = f"{field.written} is missing"
    return field.written, Bad(code="missing-value", expected=field.help, remedy="add the key", what=what), ""


@lru_cache(maxsize=64)
def _by_spelling(fields: tuple[Field, ...]) -> dict[str, Field]:
    """Give each field under every name that it may have, with the unit that the name ends in."""
    known: dict[str, Field] = {}
    for field in fields:
        units = UNITS.get(field.kind)
        if units is None:
            known[field.name] = field
        else:
            for unit in units:
                known[f"{field.name}_{unit}"] = msgspec.structs.replace(field, unit=unit)
    return known


def _value(field: Field, value: Any, clock: Clock, nested: Nested) -> object:
    """Read a value of TOML, where an empty text means nothing was given."""
    reader = nested.get(field.kind)
    if reader is not None:
        return reader(field, value, clock)
    if value == "" and not field.required:
        return None
    if value == "":
        return Bad(code="missing-value", expected=field.help, remedy="fill it in")
    if field.kind == "yes_no" and not isinstance(value, bool):
        return Bad(code="unknown-word", expected="true or false")
    return read_value(field, value, clock)
