"""Reading plain events, compiled: whether bytes are an event in canonical form, and what its chain is checked by.

Plain is ASCII without escapes, and a payload of strings, whole numbers and truth values: nearly every event of a
ledger. Of anything else this says only that it is not plain; `envelope.decode` says what an event is.

A cursor goes once over the bytes. Each step takes the position it has come to and returns the next; `REFUSED` goes
through all further steps as it is. A zero byte, which no event holds, ends each event, so that no step looks beyond.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel
from safepassage.ledger.columns import NOBODY
from safepassage.ledger.envelope import LARGEST_EVENT
from safepassage.ledger.merkle import HASH_BYTES

Text: TypeAlias = NDArray[np.uint8]

ID_BYTES: Final = 36
REFUSED: Final = -1
_ID_LIMIT: Final = 64
_MOST_IN_BASIS: Final = 64
_DIGITS: Final = 15
_VERSION_DIGITS: Final = 6
_QUOTE, _COMMA, _MINUS, _ZERO, _UNDERSCORE, _CLOSE_LIST, _CLOSE = b'",-0_]}'

_ANY, _LETTER, _DIGIT, _HEX = 1, 2, 4, 8
"""What a byte may stand in: any text, names of a payload, numbers, hashes."""


def _classes() -> Text:
    """Tell of each byte what it may stand in."""
    found = np.zeros(256, np.uint8)
    found[ord(" ") : 128] = _ANY
    found[[ord('"'), ord("\\")]] = 0
    found[ord("a") : ord("z") + 1] |= _LETTER
    found[ord("_")] |= _LETTER
    found[ord("0") : ord("9") + 1] |= _LETTER | _DIGIT | _HEX
    found[ord("a") : ord("f") + 1] |= _HEX
    return found


def _text(written: bytes) -> Text:
    return np.frombuffer(written, np.uint8)


_CLASSES = _classes()
_ACTOR = _text(b'{"actor":"')
_BASIS = _text(b'","basis":[')
_BOOT = _text(b'],"boot":"')
_DEVICE = _text(b'","device":"')
_ID = _text(b'","id":"')
_MONOTONIC = _text(b'","monotonic_ms":')
_PAYLOAD = _text(b',"payload":{')
_PREVIOUS = _text(b'},"previous":"')
_SEQUENCE = _text(b'","sequence":')
_SITE = _text(b',"site":"')
_SUBJECT = _text(b'","subject":"')
_TYPE = _text(b'","type":"')
_VEHICLE = _text(b'","vehicle":"')
_VERSION = _text(b'","version":')
_WALL = _text(b',"wall_ms":')
_END = _text(b"}\x00")
_NAME_ENDS = _text(b'":')
_TRUE = _text(b"true")
_FALSE = _text(b"false")


class Plain(NamedTuple):
    """What chains are checked by, of each event that is plain; `device` is `NOBODY` of any other.

    `begins` is where each event begins in what was read, and where one more would. `named` tells where the name of each
    device stands, by its number, `administrative` which events are of types that were asked for.
    """

    begins: NDArray[np.int64]
    device: NDArray[np.int32]
    sequence: NDArray[np.int64]
    previous: Text
    id: Text
    administrative: NDArray[np.bool_]
    named: NDArray[np.int64]


def read_plain(laid: Text, count: int, types: Text) -> Plain:
    """Read events that are laid end to end, a zero byte before each and after the last.

    Parameters
    ----------
    laid
        The events.
    count
        How many there are; there must be one zero byte more.
    types
        Types that matter, a zero byte before each and after the last.
    """
    found = Plain(
        begins=np.empty(count + 1, np.int64),
        device=np.empty(count, np.int32),
        sequence=np.zeros(count, np.int64),
        previous=np.zeros((count, HASH_BYTES), np.uint8),
        id=np.zeros((count, ID_BYTES), np.uint8),
        administrative=np.zeros(count, np.bool_),
        named=np.empty((count, 2), np.int64),
    )
    devices = _read_all(laid, types, found)
    return found._replace(named=found.named[:devices])


@kernel
def _read_all(data: Text, types: Text, found: Plain) -> int:
    """Read all events and return how many devices wrote them."""
    devices, last, at = 0, 0, 1
    fields = np.empty(6, np.int64)
    for row in range(len(found.device)):
        found.begins[row] = at
        end = _read_one(data, at, found.previous[row], fields)
        if end == REFUSED or end - at > LARGEST_EVENT:
            found.device[row] = NOBODY
            found.previous[row] = 0
            end = at
            while data[end]:
                end += 1
        else:
            last, devices = _number(data, fields[0], fields[1], found.named, devices, last)
            found.device[row] = last
            found.sequence[row] = fields[3]
            for place in range(ID_BYTES):
                found.id[row, place] = data[fields[2] + place]
            found.administrative[row] = _is_among(data, fields[4], fields[5], types)
        at = end + 1
    found.begins[len(found.device)] = at
    return devices


@kernel
def _read_one(data: Text, at: int, previous: Text, fields: NDArray[np.int64]) -> int:
    """Read one event and return where it ends; note where device, id and type stand, and the number."""
    at = _string(data, _said(data, at, _ACTOR), 0, _ID_LIMIT)
    at = _basis(data, _said(data, at, _BASIS))
    at = _string(data, _said(data, at, _BOOT), 0, _ID_LIMIT)
    fields[0] = _said(data, at, _DEVICE)
    fields[1] = _string(data, fields[0], 1, _ID_LIMIT)
    fields[2] = _said(data, fields[1], _ID)
    at = _string(data, fields[2], ID_BYTES, ID_BYTES)
    at = _whole(data, _said(data, at, _MONOTONIC), False, _DIGITS)
    at = _payload(data, _said(data, at, _PAYLOAD))
    at = _previous(data, _said(data, at, _PREVIOUS), previous)
    at = _said(data, at, _SEQUENCE)
    if at == REFUSED or data[at] == _ZERO:
        return REFUSED
    first = at
    at = _whole(data, first, False, _DIGITS)
    fields[3] = _value(data, first, at)
    at = _string(data, _said(data, at, _SITE), 0, _ID_LIMIT)
    at = _string(data, _said(data, at, _SUBJECT), 0, _ID_LIMIT)
    fields[4] = _said(data, at, _TYPE)
    fields[5] = _string(data, fields[4], 1, _ID_LIMIT)
    at = _string(data, _said(data, fields[5], _VEHICLE), 0, _ID_LIMIT)
    at = _said(data, at, _VERSION)
    if at == REFUSED or data[at] == _ZERO:
        return REFUSED
    at = _whole(data, at, False, _VERSION_DIGITS)
    at = _whole(data, _said(data, at, _WALL), True, _DIGITS)
    at = _said(data, at, _END)
    return at if at == REFUSED else at - 1


@kernel
def _said(data: Text, at: int, text: Text) -> int:
    """Go over some text that must stand here."""
    if at == REFUSED:
        return REFUSED
    for place in range(len(text)):
        if data[at + place] != text[place]:
            return REFUSED
    return at + len(text)


@kernel
def _string(data: Text, at: int, least: int, most: int) -> int:
    """Go over the signs of a string to the quote after it."""
    if at == REFUSED:
        return REFUSED
    end = at
    while _CLASSES[data[end]]:
        end += 1
    return end if data[end] == _QUOTE and least <= end - at <= most else REFUSED


@kernel
def _hash(data: Text, at: int) -> int:
    """Go over 64 hexadecimal digits to the quote after them."""
    if at == REFUSED:
        return REFUSED
    for place in range(2 * HASH_BYTES):
        if not _CLASSES[data[at + place]] & _HEX:
            return REFUSED
    at += 2 * HASH_BYTES
    return at if data[at] == _QUOTE else REFUSED


@kernel
def _basis(data: Text, at: int) -> int:
    """Go over a list of hashes to the bracket after it."""
    if at == REFUSED or data[at] == _CLOSE_LIST:
        return at
    for _ in range(_MOST_IN_BASIS):
        if data[at] != _QUOTE:
            return REFUSED
        at = _hash(data, at + 1)
        if at == REFUSED:
            return REFUSED
        at += 1
        if data[at] == _CLOSE_LIST:
            return at
        if data[at] != _COMMA:
            return REFUSED
        at += 1
    return REFUSED


@kernel
def _previous(data: Text, at: int, previous: Text) -> int:
    """Go over the name of the event before, if there is one, and note its bytes; one of zeros is left to others."""
    if at == REFUSED or data[at] == _QUOTE:
        return at
    end = _hash(data, at)
    if end == REFUSED:
        return REFUSED
    together = 0
    for place in range(HASH_BYTES):
        high, low = _hex_digit(data[at + 2 * place]), _hex_digit(data[at + 2 * place + 1])
        previous[place] = high << 4 | low
        together |= high | low
    return end if together else REFUSED


@kernel
def _hex_digit(sign: int) -> int:
    return (sign & 15) + 9 * (sign >> 6)


@kernel
def _whole(data: Text, at: int, below: bool, digits: int) -> int:  # noqa: FBT001 - kernels take no keywords
    """Go over a whole number in its one spelling, to the sign after it."""
    if at == REFUSED:
        return REFUSED
    if data[at] == _ZERO:
        return at + 1
    if below and data[at] == _MINUS:
        at += 1
        if data[at] == _ZERO:
            return REFUSED
    end = at
    while _CLASSES[data[end]] & _DIGIT:
        end += 1
    return end if 1 <= end - at <= digits else REFUSED


@kernel
def _value(data: Text, at: int, end: int) -> int:
    """Return a number."""
    number = 0
    for place in range(at, end):
        number = 10 * number + int(data[place]) - _ZERO
    return number


@kernel
def _payload(data: Text, at: int) -> int:
    """Go over names and values, the names in order and each there once, to the brace after them."""
    if at == REFUSED or data[at] == _CLOSE:
        return at
    before, before_end = at, at
    while True:
        if data[at] != _QUOTE:
            return REFUSED
        name = at = at + 1
        while _CLASSES[data[at]] & _LETTER:
            at += 1
        if at == name or not _is_less(data, before, before_end, name, at):
            return REFUSED
        before, before_end = name, at
        at = _payload_value(data, _said(data, at, _NAME_ENDS))
        if at == REFUSED or data[at] == _CLOSE:
            return at
        if data[at] != _COMMA:
            return REFUSED
        at += 1


@kernel
def _payload_value(data: Text, at: int) -> int:
    """Go over a string, a whole number or a truth value, to the sign after it."""
    if at == REFUSED:
        return REFUSED
    first = data[at]
    if first == _QUOTE:
        at = _string(data, at + 1, 0, LARGEST_EVENT)
        return at if at == REFUSED else at + 1
    if first == _TRUE[0]:
        return _said(data, at, _TRUE)
    if first == _FALSE[0]:
        return _said(data, at, _FALSE)
    return _whole(data, at, True, _DIGITS)


@kernel
def _is_less(data: Text, one: int, one_end: int, other: int, other_end: int) -> bool:
    """Tell whether a name comes before another."""
    for place in range(min(one_end - one, other_end - other)):
        if data[one + place] != data[other + place]:
            return bool(data[one + place] < data[other + place])
    return one_end - one < other_end - other


@kernel
def _number(data: Text, at: int, end: int, named: Any, devices: int, last: int) -> tuple[int, int]:
    """Find the number of a device, mostly the last one's, or give it the next; return it and how many there are."""
    for step in range(devices):
        known = (last + step) % devices
        first, length, same = named[known, 0], end - at, 0
        if named[known, 1] - first != length:
            continue
        while same < length and data[first + same] == data[at + same]:
            same += 1
        if same == length:
            return known, devices
    named[devices, 0] = at
    named[devices, 1] = end
    return devices, devices + 1


@kernel
def _is_among(data: Text, at: int, end: int, types: Text) -> bool:
    """Tell whether a type is one of those that are listed with zero bytes between them."""
    first = 1
    while first < len(types):
        place = 0
        while at + place < end and types[first + place] == data[at + place]:
            place += 1
        if at + place == end and not types[first + place]:
            return True
        first += place
        while types[first]:
            first += 1
        first += 1
    return False
