"""Which field a heading means: in English, French or Arabic, any case, accents or spaces, with or without a unit."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from safepassage.exchange.bounds import MAX_ID
from safepassage.exchange.columns import TABLES
from safepassage.exchange.fields import UNIT_WORDS, UNITS, Field
from safepassage.exchange.folding import fold_once
from safepassage.exchange.nearest import nearest

_BRACKETS: Final = re.compile(r"[(\[（{]([^)\]）}]*)[)\]）}]")
_NEAR: Final = 78.0


class Meaning(Struct, frozen=True):
    """A field, and the unit that the heading names (or none)."""

    field: str
    unit: str = ""


def _aliases(field: Field) -> list[str]:
    return [field.name, field.model, *field.en, *field.fr, *field.ar]


def _index(fields: tuple[Field, ...]) -> dict[str, Meaning]:
    """Folded heading -> field and unit. A canonical name wins over an alias of another field."""
    index: dict[str, Meaning] = {}
    for field in fields:
        units = UNITS.get(field.kind, {})
        for alias in map(fold_once, _aliases(field) if units else ()):
            for unit in units:
                found = Meaning(field.name, unit)
                for word in UNIT_WORDS[unit]:
                    index.setdefault(f"{alias} {fold_once(word)}", found)
    for field in fields:
        for alias in _aliases(field):
            index.setdefault(fold_once(alias), Meaning(field.name))
    for field in fields:
        index[fold_once(field.written)] = Meaning(field.name, field.unit)
        if not field.unit:
            index[fold_once(field.name)] = Meaning(field.name)
    return index


INDEX: Final[dict[str, dict[str, Meaning]]] = {name: _index(spec.fields) for name, spec in TABLES.items()}
"""Table -> folded heading -> what it means."""

_ALL: Final = frozenset(heading for index in INDEX.values() for heading in index)
_UNIT_OF: Final = {fold_once(word): unit for unit, words in UNIT_WORDS.items() for word in words}


def meaning(table: str, heading: object) -> Meaning | None:
    """Tell which field of `table` a heading means, or None."""
    if not isinstance(heading, str) or len(heading) > 4 * MAX_ID:
        return None
    index = INDEX[table]
    whole = index.get(fold_once(heading))
    if whole is not None:
        return whole
    words = _BRACKETS.findall(heading)
    bare = index.get(fold_once(_BRACKETS.sub(" ", heading))) if words else None
    if bare is None:
        return None
    named = {_UNIT_OF.get(fold_once(word)) for word in words}
    field = next(f for f in TABLES[table].fields if f.name == bare.field)
    unit = next((unit for unit in UNITS.get(field.kind, {}) if unit in named), bare.unit)
    return Meaning(bare.field, unit)


def familiar(heading: str) -> bool:
    """Tell whether any table has such a heading."""
    return len(heading) <= 4 * MAX_ID and fold_once(_BRACKETS.sub(" ", heading)) in _ALL


def near_miss(table: str, heading: str) -> str:
    """Name the field whose heading looks most like this one; empty when none is near."""
    index = INDEX[table]
    near = nearest(fold_once(heading[: 4 * MAX_ID]), index, _NEAR, by_letters=True)
    return index[near].field if near else ""
