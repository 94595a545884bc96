"""Reading many rows at once for an audit: digests, canonical form, and the columns that chains are checked by.

`envelope.decode` says what an event is. Here the same is told four times as fast for the usual case, and asked there
in every other.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Final, TypeAlias, cast

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from safepassage.ledger.chains import ADMINISTRATIVE
from safepassage.ledger.envelope import LARGEST_EVENT, Count, Event, Id, NotAnEventError, Whole, decode
from safepassage.ledger.findings import Finding
from safepassage.ledger.merkle import HASH_BYTES
from safepassage.ledger.stores.rows import Row

Bytes32 = NDArray[np.uint64]
"""Hashes, shape (n, 4)."""

ID_BYTES: Final = 36
MOST_FINDINGS: Final = 1000
"""Told one by one for each range; beyond that the ledger is lost and their number is enough."""

NOBODY: Final = -1
_ZEROS: Final = "0" * (2 * HASH_BYTES)
_LIMIT: Final = 2**53
_MIX: Final = np.random.default_rng(6962).integers(2**62, 2**64, ID_BYTES // 4, dtype=np.uint64) | np.uint64(1)

_Hash = Annotated[str, Meta(min_length=2 * HASH_BYTES, max_length=2 * HASH_BYTES)]
_Flat = dict[str, str | bool | Annotated[int, Meta(gt=-_LIMIT, lt=_LIMIT)]]


class _Plain(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An event whose payload is flat. `Event` without the patterns of hashes: these are checked for many at once."""

    id: Annotated[str, Meta(min_length=ID_BYTES, max_length=ID_BYTES)]
    device: Annotated[str, Meta(min_length=1, max_length=64)]
    sequence: Annotated[int, Meta(ge=1, lt=_LIMIT)]
    previous: Annotated[str, Meta(max_length=2 * HASH_BYTES)]
    basis: Annotated[tuple[_Hash, ...], Meta(max_length=64)]
    type: Annotated[str, Meta(min_length=1, max_length=64)]
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    wall_ms: Whole
    monotonic_ms: Count
    boot: Id
    subject: Id
    vehicle: Id
    site: Id
    actor: Id
    payload: _Flat


class Scanned(Struct):
    """What was read from a range of rows; arrays have one entry a row.

    `devices` are names, `device` the index of each row's, `NOBODY` where the bytes are no event. `doubtful` are devices
    whose chain the arrays cannot tell right (they are read again, one event at a time).
    """

    position: NDArray[np.int64]
    device: NDArray[np.int32]
    sequence: NDArray[np.int64]
    leaves: bytes
    previous: bytes
    id_hash: NDArray[np.uint64]
    devices: list[str]
    doubtful: set[str]
    administrative: list[bytes]
    findings: list[Finding]
    unsaid: int


_decoder = msgspec.json.Decoder(_Plain)
_encoder = msgspec.json.Encoder(order="sorted")

_Read: TypeAlias = Event | _Plain
_NO_EVENT: Final = _Plain(
    id="", device="", sequence=0, previous="", basis=(), type="", version=0, wall_ms=0, monotonic_ms=0, boot="",
    subject="", vehicle="", site="", actor="", payload={},
)  # fmt: skip
"""Stands for bytes that are none."""


def events_of(entries: Sequence[bytes]) -> list[_Read | None]:
    """Return the event in each of many bytes, None where `envelope.decode` refuses them."""
    found = [_quick(data) for data in entries]
    plain = [one for one in found if one is not None]
    if [_encoder.encode(one) for one in plain] != [
        data for data, one in zip(entries, found, strict=True) if one is not None
    ] or not _are_references(plain):
        found = [None] * len(entries)
    return [one if one is not None else _slow(data) for data, one in zip(entries, found, strict=True)]


def _quick(data: bytes) -> _Plain | None:
    if len(data) > LARGEST_EVENT or not data.isascii():
        return None
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError:
        return None


def _slow(data: bytes) -> Event | None:
    try:
        return decode(data)
    except NotAnEventError:
        return None


def _are_references(events: Sequence[_Plain]) -> bool:
    """Tell whether all hashes are of hexadecimal digits in the one spelling."""
    hashes = [one.previous or _ZEROS for one in events] + [one for event in events for one in event.basis]
    text = "".join(hashes)
    try:
        return bytes.fromhex(text).hex() == text and len(text) == len(_ZEROS) * len(hashes)
    except ValueError:
        return False


def scan(rows: Sequence[Row]) -> Scanned:
    """Read rows: the columns of their events, and what is wrong with each by itself."""
    entries = [data for _, _, data in rows]
    read = events_of(entries)
    leaves = [sha256(b"\x00" + data).digest() for data in entries]
    findings = _findings(rows, leaves, read)
    events = [one or _NO_EVENT for one in read] if None in read else cast("list[_Read]", read)
    known: dict[str, int] = {"": NOBODY}
    device = [known.setdefault(one.device, len(known) - 1) for one in events]
    previous = [one.previous for one in events]
    return Scanned(
        position=np.array([position for position, _, _ in rows], np.int64),
        device=np.array(device, np.int32),
        sequence=np.array([one.sequence for one in events], np.int64),
        leaves=b"".join(leaves),
        previous=bytes.fromhex("".join([one or _ZEROS for one in previous])),
        id_hash=_hashes(b"".join([_id_bytes(one.id) for one in events])),
        devices=list(known)[1:],
        doubtful={one.device for one in events if one.previous == _ZEROS} if _ZEROS in previous else set(),
        administrative=[data for data, one in zip(entries, events, strict=True) if one.type in ADMINISTRATIVE],
        findings=findings[:MOST_FINDINGS],
        unsaid=max(0, len(findings) - MOST_FINDINGS),
    )


def _findings(rows: Sequence[Row], leaves: list[bytes], events: Sequence[object]) -> list[Finding]:
    found = []
    if [column for _, column, _ in rows] != leaves:
        found = [
            _column_differs(position)
            for (position, column, _), name in zip(rows, leaves, strict=True)
            if column != name and column is not None
        ]
    if None in events:
        found += [_not_an_event(row) for row, one in zip(rows, events, strict=True) if one is None]
    return found


def _id_bytes(text: str) -> bytes:
    """Return 36 bytes, the same for the same id: itself, where it is a UUID."""
    raw = text.encode()
    return raw if len(raw) == ID_BYTES else sha256(raw).hexdigest()[:ID_BYTES].encode()


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
