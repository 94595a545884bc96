"""Write vehicle positions as GTFS-Realtime: what journey planners and control rooms of public transport read.

The few messages that it takes are put together here by hand: a library for them is larger than they are.

References
----------
GTFS Realtime Reference, version 2.0: FeedMessage, VehiclePosition. Protocol Buffers, encoding: varints,
length-delimited fields, 32-bit floats.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

VERSION: Final = "2.0"
_VARINT, _BYTES, _FLOAT = 0, 2, 5


class VehiclePosition(Struct, frozen=True, kw_only=True):
    """Where a vehicle is, since when (seconds since 1970), on which trip of the plan (empty: not said)."""

    vehicle: str
    lon: float
    lat: float
    at_s: int
    label: str = ""
    trip: str = ""


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(number)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode()) if text else b""


def _float(field: int, number: float) -> bytes:
    return _varint(field << 3 | _FLOAT) + struct.pack("<f", number)


def feed_pieces(positions: Iterable[VehiclePosition], made_s: int) -> Iterator[bytes]:
    """Yield a feed that holds all positions, one entity a piece.

    Parameters
    ----------
    positions
        One of each vehicle.
    made_s
        When, in seconds since 1970.
    """
    full = 0
    yield _bytes(1, _text(1, VERSION) + _number(2, full) + _number(3, made_s))
    for one in positions:
        position = _float(1, one.lat) + _float(2, one.lon)
        said = _bytes(1, _text(1, one.trip)) if one.trip else b""
        said += _bytes(2, position) + _number(5, one.at_s)
        said += _bytes(8, _text(1, one.vehicle) + _text(2, one.label))
        yield _bytes(2, _text(1, one.vehicle) + _bytes(4, said))
