"""Read the nested parts of a plan file against the model's own types, with every fault at its path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct
from msgspec import inspect as types

from safepassage.exchange import instants
from safepassage.exchange.faults import Faults, shown
from safepassage.model.errors import Fault, Place
from safepassage.model.operation import Operation

UNREADABLE = object()
"""Stands for a part that could not be read; its fault is kept."""

_WRITTEN_AS: Final[dict[type[types.Type], type]] = {types.IntType: int, types.StrType: str, types.VarTupleType: list}


class Reader(Struct, frozen=True, kw_only=True):
    """What reading a part needs: the operation for instants, the file's name and the faults so far.

    `known` are the keys of the types met so far: for each its field, and whether it is an instant.
    """

    operation: Operation
    file: str
    faults: Faults
    instants: dict[type[Struct], tuple[str, ...]]
    known: dict[type, dict[str, tuple[types.Field, bool]]] = {}

    def keys_of(self, kind: types.StructType) -> dict[str, tuple[types.Field, bool]]:
        """Give the keys that a type has in the file."""
        if kind.cls not in self.known:
            moments = self.instants.get(kind.cls, ())
            self.known[kind.cls] = {
                field.name.removesuffix("_s") if field.name in moments else field.name: (field, field.name in moments)
                for field in kind.fields
            }
        return self.known[kind.cls]

    def fault(self, path: str, what: str, expected: str, found: object) -> object:
        """Keep a fault at `path`; returns UNREADABLE."""
        self.faults.add(
            Fault(
                code="plan-value",
                severity="error",
                place=Place(file=self.file, cell=path),
                what=what,
                expected=expected,
                found=shown(found),
                remedy="write it as in a plan made by safepassage plan",
            )
        )
        return UNREADABLE


def read_part(kind: types.Type, value: Any, path: str, reader: Reader) -> object:
    """Read one value as the model's type `kind`.

    Parameters
    ----------
    kind
        The type, as msgspec.inspect describes it.
    value
        The decoded JSON.
    path
        The dotted path in the file.
    reader
        The operation, the file and the faults.

    Returns
    -------
    object
        The value, or UNREADABLE after keeping the fault.
    """
    nested = _NESTED.get(type(kind))
    if nested is not None:
        return nested(kind, value, path, reader)
    if isinstance(kind, types.IntType):
        fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
        expected = "a whole number"
    elif isinstance(kind, types.LiteralType):
        fits, expected = value in kind.values and isinstance(value, str), " or ".join(map(str, kind.values))
    elif isinstance(kind, types.BoolType):
        fits, expected = isinstance(value, bool), "true or false"
    else:
        fits, expected = isinstance(value, str), "text"
    return value if fits else reader.fault(path, "value", expected, value)


def _union(kind: types.UnionType, value: Any, path: str, reader: Reader) -> object:
    return None if value is None else read_part(_among(kind, value), value, path, reader)


def _among(kind: types.UnionType, value: Any) -> types.Type:
    """Choose from several types the one that the value is written as, else the first."""
    chosen = [one for one in kind.types if not isinstance(one, types.NoneType)]
    return next((one for one in chosen if isinstance(value, _WRITTEN_AS.get(type(one), ()))), chosen[0])


def _dict(kind: types.DictType, value: Any, path: str, reader: Reader) -> object:
    if not isinstance(value, dict):
        return reader.fault(path, "value", "an object", value)
    found = {key: read_part(kind.value_type, one, f"{path}.{key}", reader) for key, one in value.items()}
    return UNREADABLE if any(one is UNREADABLE for one in found.values()) else found


def _tuple(kind: types.VarTupleType, value: Any, path: str, reader: Reader) -> object:
    if not isinstance(value, list):
        return reader.fault(path, "value", "a list", value)
    of = kind.item_type
    items = tuple([read_part(of, item, f"{path}[{i}]", reader) for i, item in enumerate(value)])
    return UNREADABLE if any(item is UNREADABLE for item in items) else items


def _struct(kind: types.StructType, value: Any, path: str, reader: Reader) -> object:
    if not isinstance(value, dict):
        return reader.fault(path, "value", "an object", value)
    found: dict[str, object] = {}
    keys = reader.keys_of(kind)
    for key, (field, moment) in keys.items():
        where = f"{path}.{key}" if path else key
        if key not in value:
            if field.required:
                found[field.name] = reader.fault(where, "a key is missing", f'"{key}"', "nothing")
        elif moment and value[key] is not None:
            found[field.name] = _instant(value[key], where, reader)
        else:
            found[field.name] = read_part(field.type, value[key], where, reader)
    for key in sorted(value.keys() - keys.keys()):
        reader.fault(f"{path}.{key}" if path else key, "unknown key", "one of " + ", ".join(sorted(keys)), key)
    if any(item is UNREADABLE for item in found.values()):
        return UNREADABLE
    return kind.cls(**found)


def _instant(value: object, path: str, reader: Reader) -> object:
    at_s = instants.from_text(reader.operation, value) if isinstance(value, str) else None
    if at_s is None:
        return reader.fault(path, "instant", "ISO 8601 with an offset, whole seconds", value)
    return at_s


_NESTED: Final[dict[type[types.Type], Callable[..., object]]] = {
    types.StructType: _struct, types.VarTupleType: _tuple, types.UnionType: _union, types.DictType: _dict,
}  # fmt: skip
"""What reads the values that hold others."""
