"""Reading the payload of an event of any version that ever was: older ones are brought up, the bytes stay.

An upcaster is a pure function from the payload of one version to that of the next. It may fill in what was always true
then, never what would have to be guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from safepassage.ledger.envelope import Event
from safepassage.ledger.vocabulary import TYPES, Kind, Payload

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


def _without(field: str) -> Upcaster:
    """Take the payload of a version that lacked a field as it was; one that has it was never of that version."""

    def upcast(payload: dict[str, Any]) -> dict[str, Any]:
        if field in payload:
            raise ValueError(f"this version has no field {field!r}")
        return payload

    return upcast


UPCASTERS: Mapping[tuple[str, int], Upcaster] = MappingProxyType({
    # a departure came to give a reason; a position was of the time of its event before it said when it was fixed
    ("departed", 1): _without("reason"),
    ("positioned", 1): _without("fixed_ms"),
})  # fmt: skip
"""Type and version to the function that makes the next version of its payload."""


class NotUnderstoodError(ValueError):
    """An event of a type or version that this program does not know, or whose payload does not fit its type.

    It is kept, passed on and shown as it is: a newer program will read it.
    """


def read_payload(
    event: Event,
    types: Mapping[str, Kind] = TYPES,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> Payload:
    """Return the payload of an event in the newest version of its type.

    Raises
    ------
    NotUnderstoodError
        When type or version is not known, or the payload does not fit.
    """
    kind = types.get(event.type)
    if kind is None:
        message = f"type {event.type!r} is not known to this version of the program"
        raise NotUnderstoodError(message)
    if event.version > kind.version:
        message = f"version {event.version} of {event.type!r}; this program knows versions up to {kind.version}"
        raise NotUnderstoodError(message)
    content = event.payload
    try:
        for version in range(event.version, kind.version):
            content = upcasters[event.type, version](content)
        return msgspec.convert(content, kind.payload)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # An upcaster takes for granted that the older payload fitted its own version; a device may have sent another.
        message = f"payload of {event.type!r}: {error}"
        raise NotUnderstoodError(message) from error
