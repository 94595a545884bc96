"""What chains are checked by, of many events, as arrays: of some rows, of a range, of a whole log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from safepassage.ledger.merkle import HASH_BYTES

Bytes32 = NDArray[np.uint64]
"""Hashes, shape (n, 4)."""

NOBODY = -1
"""The number of no device: the bytes are no event."""

_Number = TypeVar("_Number", np.int32, np.int64, np.uint64)


class Columns(Struct):
    """Rows in order of position; arrays have one entry a row.

    `devices` are names, `device` the number of each row's, `NOBODY` where the bytes are no event. `id_hash` is the same
    for the same id. `doubtful` are devices whose chain the arrays cannot tell right (they are read again, one event at
    a time).
    """

    position: NDArray[np.int64]
    device: NDArray[np.int32]
    sequence: NDArray[np.int64]
    leaf: Bytes32
    previous: Bytes32
    id_hash: NDArray[np.uint64]
    devices: list[str]
    doubtful: set[str]


def gathered(parts: Sequence[Columns]) -> Columns:
    """Put parts together, in their order, and number devices alike."""
    numbers: dict[str, int] = {}
    device = []
    for part in parts:
        own = np.array([numbers.setdefault(name, len(numbers)) for name in part.devices] + [NOBODY], np.int32)
        device.append(own[part.device])
    return Columns(
        position=_joined([part.position for part in parts], np.int64),
        device=_joined(device, np.int32),
        sequence=_joined([part.sequence for part in parts], np.int64),
        leaf=_hashes([part.leaf for part in parts]),
        previous=_hashes([part.previous for part in parts]),
        id_hash=_joined([part.id_hash for part in parts], np.uint64),
        devices=list(numbers),
        doubtful={name for part in parts for name in part.doubtful},
    )


def _joined(parts: Sequence[NDArray[_Number]], kind: type[_Number]) -> NDArray[_Number]:
    return np.concatenate([np.empty(0, kind), *parts])


def _hashes(parts: Sequence[Bytes32]) -> Bytes32:
    return np.concatenate([np.empty((0, HASH_BYTES // 8), np.uint64), *parts])
