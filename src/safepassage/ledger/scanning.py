"""Reading many rows at once for an audit: digests, canonical form, and the columns that chains are checked by.

`envelope.decode` says what an event is. Plain events, nearly all, are read many at a time by what `plain` compiles;
every other one is decoded by itself. Where a database can lay rows end to end, and all is as it should be with them,
no row is looked at singly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from safepassage.ledger.chains import ADMINISTRATIVE
from safepassage.ledger.columns import NOBODY, Columns, gathered
from safepassage.ledger.envelope import Event, NotAnEventError, decode, digest
from safepassage.ledger.findings import Finding
from safepassage.ledger.hashing import hash_pairs, leaves
from safepassage.ledger.merkle import HASH_BYTES, MerkleTree
from safepassage.ledger.plain import ID_BYTES, Plain, read_plain
from safepassage.ledger.stores.rows import Laid, Row, Rows

MOST_FINDINGS: Final = 1000
"""Told one by one for each range; beyond that the ledger is lost and their number is enough."""

_BETWEEN: Final = b"\x00"
"""Stands between events that are read at once: no event holds it."""
_AT_ONCE: Final = 1024
"""Rows: so many that their bytes stay near the processor."""

_ADMINISTRATIVE: Final = np.frombuffer(("\0" + "\0".join(sorted(ADMINISTRATIVE)) + "\0").encode(), np.uint8)
_NO_NAME: Final = "0" * (2 * HASH_BYTES)
_MIX: Final = np.random.default_rng(6962).integers(2**62, 2**64, ID_BYTES // 4, dtype=np.uint64) | np.uint64(1)


class Scanned(Struct):
    """What was read from some rows; `tree` has their digests as leaves, `administrative` are events as bytes."""

    columns: Columns
    tree: MerkleTree
    administrative: list[bytes]
    findings: list[Finding]
    unsaid: int = 0


def scan_range(rows: Rows, start: int, stop: int) -> Scanned:
    """Read the rows of a range, some at a time; of very many findings the first are told and the others counted."""
    parts = []
    for first in range(start, stop, _AT_ONCE):
        until = min(first + _AT_ONCE, stop)
        laid = rows.laid(first, until)
        part = _scan_laid(laid, np.arange(first, until)) if laid is not None else None
        parts.append(part or _scan_rows(rows.rows(first, until)))
    columns = gathered([part.columns for part in parts])
    tree = MerkleTree(hashing=hash_pairs)
    tree.extend_joined(columns.leaf.tobytes())
    findings = [one for part in parts for one in part.findings]
    return Scanned(
        columns,
        tree,
        [data for part in parts for data in part.administrative],
        findings[:MOST_FINDINGS],
        max(0, len(findings) - MOST_FINDINGS),
    )


class _Part(Struct):
    columns: Columns
    administrative: list[bytes]
    findings: list[Finding]


def _scan_laid(laid: Laid, position: NDArray[np.int64]) -> _Part | None:
    """Read rows laid end to end; None where a digest is not that of its bytes, or nobody can tell whose it is."""
    text = np.frombuffer(laid.events, np.uint8)
    plain = read_plain(text, len(position), _ADMINISTRATIVE)
    if plain.begins[-1] != len(text):
        return None
    leaf = leaves(text, plain.begins)
    if laid.digests != leaf.tobytes():
        return None
    begins = plain.begins
    return _part(position, laid.events, plain, leaf, lambda row: laid.events[begins[row] : begins[row + 1] - 1])


def _scan_rows(rows: Sequence[Row]) -> _Part:
    """Read rows that may be anything."""
    entries = [data for _, _, data in rows]
    whole = _BETWEEN + b"".join((b"" if _BETWEEN in data else data) + _BETWEEN for data in entries)
    names = [digest(data) for data in entries]
    position = np.array([position for position, _, _ in rows], np.int64)
    leaf = np.frombuffer(b"".join(names), np.uint8)
    plain = read_plain(np.frombuffer(whole, np.uint8), len(rows), _ADMINISTRATIVE)
    part = _part(position, whole, plain, leaf, lambda row: entries[row])
    part.findings += [
        _column_differs(position)
        for (position, column, _), name in zip(rows, names, strict=True)
        if column != name and column is not None
    ]
    return part


def _part(
    position: NDArray[np.int64], whole: bytes, plain: Plain, leaf: NDArray[np.uint8], entry: Callable[[int], bytes]
) -> _Part:
    """Put together what was read of plain events, and what all others say one by one."""
    devices = [whole[begin:end].decode() for begin, end in plain.named.tolist()]
    administrative = [entry(row) for row in np.flatnonzero(plain.administrative).tolist()]
    doubtful: set[str] = set()
    findings = []
    for row in np.flatnonzero(plain.device == NOBODY).tolist():
        data = entry(row)
        try:
            event = decode(data)
        except NotAnEventError as error:
            findings.append(_not_an_event(int(position[row]), str(error)))
            continue
        _put(plain, row, event, devices)
        if event.previous == _NO_NAME:
            doubtful.add(event.device)
        if event.type in ADMINISTRATIVE:
            administrative.append(data)
    columns = Columns(
        position=position,
        device=plain.device,
        sequence=plain.sequence,
        leaf=leaf.view(np.uint64).reshape(-1, HASH_BYTES // 8),
        previous=plain.previous.view(np.uint64),
        id_hash=_hashes(plain.id),
        devices=devices,
        doubtful=doubtful,
    )
    return _Part(columns, administrative, findings)


def _put(plain: Plain, row: int, event: Event, devices: list[str]) -> None:
    """Note what an event says that is not plain."""
    if event.device not in devices:
        devices.append(event.device)
    id_ = event.id.encode()
    plain.device[row] = devices.index(event.device)
    plain.sequence[row] = event.sequence
    plain.previous[row] = np.frombuffer(bytes.fromhex(event.previous or _NO_NAME), np.uint8)
    plain.id[row] = np.frombuffer(id_ if len(id_) == ID_BYTES else _id_bytes(id_), np.uint8)


def _id_bytes(text: bytes) -> bytes:
    """Return 36 bytes, the same for the same id, which is no UUID."""
    return sha256(text).hexdigest()[:ID_BYTES].encode()


def _hashes(ids: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hash ids of 36 bytes each to 64 bits: only those that agree can be the same."""
    mixed = (ids.view(np.uint32).astype(np.uint64) * _MIX).sum(axis=1, dtype=np.uint64)
    return np.asarray(mixed ^ (mixed >> np.uint64(29)), np.uint64)


def _column_differs(position: int) -> Finding:
    return Finding(
        code="ledger-column-differs",
        position=position,
        column="digest",
        what="the digest beside the bytes is not theirs: bytes or digest were changed",
    )


def _not_an_event(position: int, what: str) -> Finding:
    return Finding(code="ledger-not-an-event", position=position, column="bytes", what=what)
