"""The event: its fields, its one canonical form in bytes, and its digest.

The bytes are JSON by RFC 8785 with whole numbers only: keys sorted, no space, UTF-8. A browser makes the same bytes
with `JSON.stringify` over sorted keys. Bytes are made once, by the device that saw the event; they are stored, hashed
and passed on as they are, never made anew from what was read.

References
----------
RFC 8785, JSON Canonicalization Scheme. RFC 9562, section 5.7 (UUID version 7). RFC 6962, section 2.1: the hash of a
leaf of the log serves as the digest that names an event.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Annotated, Any, NamedTuple, NewType, NoReturn

import msgspec
from msgspec import Meta, Struct

Digest = NewType("Digest", bytes)
"""SHA-256 over a zero byte and the event's bytes, 32 bytes: the event's leaf in the Merkle log and its only name."""

Reference = Annotated[str, Meta(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}\Z")]
"""A digest in an event, as 64 hexadecimal digits."""

Id = Annotated[str, Meta(max_length=64)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Whole = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]

LARGEST_EVENT = 16_384
"""Bytes. An event is a note, not a file."""

DEEPEST = 8
"""Levels of lists and objects in a payload."""


class NotAnEventError(ValueError):
    """Bytes that are no event in canonical form; the message says what is wrong with them."""


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A past fact with its observer; never edited, only followed by another.

    `id` is a UUID of version 7, the same when a device sends twice. `sequence` counts the device's events from 1 and
    `previous` names the one before (empty for the first). `basis` names the latest events about the subject that the
    device knew. `wall_ms` is the device's clock in milliseconds since 1970 (UTC), right or wrong; `monotonic_ms` counts
    from `boot`, of which a new one begins whenever that count does. `subject` is the person, vehicle, clause or other
    thing that the type tells of; `vehicle` and `site` say where; `actor` who recorded it.
    """

    id: Annotated[str, Meta(min_length=36, max_length=36)]
    device: Annotated[str, Meta(min_length=1, max_length=64)]
    sequence: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    previous: Annotated[str, Meta(max_length=64, pattern=r"^([0-9a-f]{64})?\Z")]
    basis: Annotated[tuple[Reference, ...], Meta(max_length=64)]
    type: Annotated[str, Meta(min_length=1, max_length=64)]
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    wall_ms: Whole
    monotonic_ms: Count
    boot: Id
    subject: Id
    vehicle: Id
    site: Id
    actor: Id
    payload: dict[str, Any]


class Entry(NamedTuple):
    """An event's bytes, what they say, and its name: read once, whoever asks for them afterwards."""

    data: bytes
    event: Event
    name: Digest


def _no_fraction(text: str) -> NoReturn:
    message = f"a number with a fraction or exponent ({text}); only whole numbers are the same everywhere"
    raise NotAnEventError(message)


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Event, float_hook=_no_fraction)


def encode(event: Event) -> bytes:
    """Return the canonical bytes of an event.

    Raises
    ------
    NotAnEventError
        When a field breaks its limits, so that nobody could read the bytes again.
    """
    return written(event).data


def written(event: Event) -> Entry:
    """Write an event down, as everybody will read it; as `encode`.

    Raises
    ------
    NotAnEventError
        When a field breaks its limits, so that nobody could read the bytes again.
    """
    try:
        data = _encoder.encode(event)
    except (OverflowError, RecursionError, TypeError, ValueError) as error:
        raise NotAnEventError(str(error)) from error
    return read(data)


def read(data: bytes) -> Entry:
    """Read an event and name it; as `decode`.

    Raises
    ------
    NotAnEventError
        When the bytes are no event.
    """
    return Entry(data, decode(data), digest(data))


def decode(data: bytes) -> Event:
    """Read an event from its canonical bytes.

    Raises
    ------
    NotAnEventError
        When the bytes are too many, no JSON, lack a field or have one too many, break a limit, or are not the
        canonical form of what they say: other bytes for the same content would have another digest.
    """
    if len(data) > LARGEST_EVENT:
        message = f"{len(data)} bytes; an event has at most {LARGEST_EVENT}"
        raise NotAnEventError(message)
    try:
        event = _decoder.decode(data)
        again = _encoder.encode(event)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotAnEventError(str(error)) from error
    if again != data:
        message = "not in canonical form (RFC 8785: keys sorted, no spaces, whole numbers)"
        raise NotAnEventError(message)
    if event.payload and not (data.isascii() and all(map(_is_plain, event.payload.values()))):
        _check_value(event.payload, 1)
    return event


def _is_plain(value: object) -> bool:
    """Tell whether a value is one that every reader of JSON reads the same, and the usual kind of them."""
    kind = type(value)
    return kind is str or kind is bool or (kind is int and -(2**53) < value < 2**53)  # type: ignore[operator]


def _check_value(value: object, depth: int) -> None:
    """Refuse what other readers of JSON would not read the same: large numbers, deep nests."""
    if isinstance(value, dict | list):
        if depth > DEEPEST:
            message = f"a payload deeper than {DEEPEST} levels"
            raise NotAnEventError(message)
        if isinstance(value, dict) and not all(key.isascii() for key in value):
            message = "a name in the payload that is not ASCII; others would sort it elsewhere"
            raise NotAnEventError(message)
        for part in value.values() if isinstance(value, dict) else value:
            if not _is_plain(part):
                _check_value(part, depth + 1)
    elif isinstance(value, int) and not -(2**53) < value < 2**53:
        message = f"the number {value}; beyond 2^53 readers differ"
        raise NotAnEventError(message)


def digest(data: bytes) -> Digest:
    """Name an event by its bytes: the hash of its leaf in the Merkle log (RFC 6962, 2.1)."""
    return Digest(hashlib.sha256(b"\x00" + data).digest())


def reference(name: Digest) -> str:
    """Write a digest as it stands in `previous` and `basis`."""
    return name.hex()


def event_id(wall_ms: int, randomness: bytes) -> str:
    """Return a UUID of version 7 from a time in milliseconds and ten random bytes.

    Written here, in four lines, because the time and the randomness must be the caller's: a simulated day is played
    again from its seed.
    """
    number = (wall_ms % 2**48) << 80 | int.from_bytes(randomness[:10], "big")
    number &= ~(0xF << 76) & ~(0x3 << 62)
    return str(uuid.UUID(int=number | 7 << 76 | 2 << 62))
