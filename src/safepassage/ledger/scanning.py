"""Reading many rows at once for an audit: digests, canonical form, and the columns that chains are checked by.

`envelope.decode` says what an event is. Here the same is told many times as fast for the plain case, and asked there in
every other: one pattern describes the bytes of a plain event from the first to the last, so that whatever it fits is
canonical as it stands. Plain is ASCII without escapes, and a payload of strings, whole numbers and truth values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from safepassage.ledger.chains import ADMINISTRATIVE
from safepassage.ledger.envelope import LARGEST_EVENT, NotAnEventError, decode
from safepassage.ledger.findings import Finding
from safepassage.ledger.merkle import HASH_BYTES, MerkleTree
from safepassage.ledger.stores.rows import Row, Rows

Bytes32 = NDArray[np.uint64]
"""Hashes, shape (n, 4)."""

ID_BYTES: Final = 36
MOST_FINDINGS: Final = 1000
"""Told one by one for each range; beyond that the ledger is lost and their number is enough."""

NOBODY: Final = -1
_ZEROS: Final = b"0" * (2 * HASH_BYTES)
_MIX: Final = np.random.default_rng(6962).integers(2**62, 2**64, ID_BYTES // 4, dtype=np.uint64) | np.uint64(1)
_ADMINISTRATIVE: Final = frozenset(name.encode() for name in ADMINISTRATIVE)

_BETWEEN: Final = b"\x00"
"""Stands between events that are read at once: no event holds it."""
_AT_ONCE: Final = 256
"""Rows: so many that their bytes stay near the processor."""
_FIRST_PRINTED: Final = ord(" ")

_WHOLE: Final = rb"(?:0|-?[1-9][0-9]{0,14})"
_VALUE: Final = rb'(?:"[^"]*"|' + _WHOLE + rb"|true|false)"
_FIELD: Final = rb'"[a-z0-9_]+":' + _VALUE
_PLAIN: Final = (
    rb'\{"actor":"[^"]{0,64}","basis":\[((?:"[^"]{64}"(?:,"[^"]{64}"){0,63})?)\],"boot":"[^"]{0,64}",'
    rb'"device":"([^"]{1,64})","id":"([^"]{36})","monotonic_ms":(?:0|[1-9][0-9]{0,14}),'
    rb'"payload":\{((?:' + _FIELD + rb"(?:," + _FIELD + rb')*)?)\},"previous":"((?:[^"]{64})?)",'
    rb'"sequence":([1-9][0-9]{0,14}),"site":"[^"]{0,64}","subject":"[^"]{0,64}","type":"([^"]{1,64})",'
    rb'"vehicle":"[^"]{0,64}","version":[1-9][0-9]{0,5},"wall_ms":' + _WHOLE + rb"\}"
)
_read_plain: Final = re.compile(_BETWEEN + b"(?:" + _PLAIN + b"|[^" + _BETWEEN + b"]*)(?=" + _BETWEEN + b")").findall
"""For each event: basis, device, id, payload, previous, sequence, type; nothing for one that is not plain."""
_names_in: Final = re.compile(rb'"([a-z0-9_]+)":').findall


class Scanned(Struct):
    """What was read from a range of rows; arrays have one entry a row.

    `tree` has their digests as leaves. `devices` are names, `device` the index of each row's, `NOBODY` where the bytes
    are no event. `doubtful` are devices whose chain the arrays cannot tell right (they are read again, one event at a
    time).
    """

    position: NDArray[np.int64]
    device: NDArray[np.int32]
    sequence: NDArray[np.int64]
    tree: MerkleTree
    previous: bytes
    id_hash: NDArray[np.uint64]
    devices: list[str]
    doubtful: set[str]
    administrative: list[bytes]
    findings: list[Finding]
    unsaid: int = 0


class Columns(NamedTuple):
    """What chains are checked by, of many events; nothing, and sequence 0, where bytes are no event."""

    device: list[bytes]
    id: list[bytes]
    previous: list[bytes]
    sequence: list[int]
    type: list[bytes]


def columns_of(entries: Sequence[bytes]) -> Columns:
    """Read the columns from some bytes: of all that `envelope.decode` takes, and of nothing else."""
    if not entries:
        return Columns([], [], [], [], [])
    basis, device, id_, payload, previous, sequence, type_ = map(list, zip(*_read_plain(_joined(entries)), strict=True))
    if not _are_hashes(basis, previous):
        device = [b""] * len(entries)
    columns = Columns(device, id_, previous, [int(one or 0) for one in sequence], type_)
    if b"" in device or b',"' in b"".join(payload):
        for row, (name, said) in enumerate(zip(device, payload, strict=True)):
            if not name or (b',"' in said and not _is_sorted(said)):
                _read_slowly(entries[row], columns, row)
    return columns


def _joined(entries: Sequence[bytes]) -> bytes:
    """Lay events end to end, each after `_BETWEEN`; those that are surely not plain are left out."""
    whole = _laid(entries)
    if _is_plain_text(whole, len(entries)) and max(map(len, entries)) <= LARGEST_EVENT:
        return whole
    kept = [
        data if data.isascii() and b"\\" not in data and len(data) <= LARGEST_EVENT else b"" for data in entries
    ]  # fmt: skip
    whole = _laid(kept)
    return whole if _is_plain_text(whole, len(kept)) else _laid([b""] * len(kept))


def _laid(entries: Sequence[bytes]) -> bytes:
    return _BETWEEN + _BETWEEN.join(entries) + _BETWEEN


def _is_plain_text(whole: bytes, count: int) -> bool:
    """Tell whether events laid end to end are of printed ASCII signs alone, none of them an escape."""
    if not whole.isascii() or b"\\" in whole:
        return False
    return int(np.count_nonzero(np.frombuffer(whole, np.uint8) < _FIRST_PRINTED)) == count + 1


def _are_hashes(basis: Sequence[bytes], previous: Sequence[bytes]) -> bool:
    """Tell whether all that stands for hashes is of hexadecimal digits in the one spelling."""
    lists = b"".join(basis)
    digits = b"".join([lists.translate(None, b'",'), *previous])
    count = lists.count(b'"') // 2 + len(previous) - previous.count(b"")
    try:
        return bytes.fromhex(digits.decode()).hex().encode() == digits and len(digits) == len(_ZEROS) * count
    except ValueError:
        return False


def _is_sorted(payload: bytes) -> bool:
    """Tell whether the names in a flat payload are in order, each there once."""
    names = _names_in(payload)
    return all(one < other for one, other in pairwise(names))


def _read_slowly(data: bytes, columns: Columns, row: int) -> None:
    """Read one event as everywhere else."""
    try:
        event = decode(data)
    except NotAnEventError:
        values = (b"", b"", b"", 0, b"")
    else:
        values = (
            event.device.encode(), event.id.encode(), event.previous.encode(), event.sequence, event.type.encode()
        )  # fmt: skip
    columns.device[row], columns.id[row], columns.previous[row], columns.sequence[row], columns.type[row] = values


def scan_range(rows: Rows, start: int, stop: int) -> list[Scanned]:
    """Read the rows of a range, some at a time; of very many findings the first are told and the others counted."""
    left = MOST_FINDINGS
    parts = []
    for first in range(start, stop, _AT_ONCE):
        part = scan(rows.rows(first, min(first + _AT_ONCE, stop)))
        part.unsaid = max(0, len(part.findings) - left)
        part.findings = part.findings[:left]
        left -= len(part.findings)
        parts.append(part)
    return parts


def scan(rows: Sequence[Row]) -> Scanned:
    """Read rows: the columns of their events, and what is wrong with each by itself."""
    entries = [data for _, _, data in rows]
    read = columns_of(entries)
    leaves = [sha256(b"\x00" + data).digest() for data in entries]
    tree = MerkleTree()
    tree.extend_joined(b"".join(leaves))
    known: dict[bytes, int] = {b"": NOBODY}
    device = [known.setdefault(name, len(known) - 1) for name in read.device]
    return Scanned(
        position=np.array([position for position, _, _ in rows], np.int64),
        device=np.array(device, np.int32),
        sequence=np.array(read.sequence, np.int64),
        tree=tree,
        previous=bytes.fromhex(b"".join([one or _ZEROS for one in read.previous]).decode()),
        id_hash=_hashes(b"".join([one if len(one) == ID_BYTES else _id_bytes(one) for one in read.id])),
        devices=[name.decode() for name in known][1:],
        doubtful={read.device[row].decode() for row in _rows_of(read.previous, _ZEROS)},
        administrative=[entries[row] for type_ in _ADMINISTRATIVE for row in _rows_of(read.type, type_)],
        findings=_findings(rows, leaves, read.device),
    )


def _rows_of(column: Sequence[bytes], value: bytes) -> list[int]:
    """Return where a value stands in a column; mostly nowhere, which is soon seen."""
    return [row for row, one in enumerate(column) if one == value] if value in column else []


def _findings(rows: Sequence[Row], leaves: Sequence[bytes], devices: Sequence[bytes]) -> list[Finding]:
    found = []
    if [column for _, column, _ in rows] != leaves:
        found = [
            _column_differs(position)
            for (position, column, _), name in zip(rows, leaves, strict=True)
            if column != name and column is not None
        ]
    if b"" in devices:
        found += [_not_an_event(row) for row, device in zip(rows, devices, strict=True) if not device]
    return found


def _id_bytes(text: bytes) -> bytes:
    """Return 36 bytes, the same for the same id, which is no UUID."""
    return sha256(text).hexdigest()[:ID_BYTES].encode()


def _hashes(ids: bytes) -> NDArray[np.uint64]:
    """Hash ids of 36 bytes each to 64 bits: only those that agree can be the same."""
    words = np.frombuffer(ids, np.uint32).reshape(-1, ID_BYTES // 4).astype(np.uint64)
    mixed = (words * _MIX).sum(axis=1, dtype=np.uint64)
    return np.asarray(mixed ^ (mixed >> np.uint64(29)), np.uint64)


def _column_differs(position: int) -> Finding:
    return Finding(
        code="ledger-column-differs",
        position=position,
        column="digest",
        what="the digest beside the bytes is not theirs: bytes or digest were changed",
    )


def _not_an_event(row: Row) -> Finding:
    try:
        decode(row[2])
    except NotAnEventError as error:
        return Finding(code="ledger-not-an-event", position=row[0], column="bytes", what=str(error))
    message = "bytes are refused and taken at once"
    raise AssertionError(message)
