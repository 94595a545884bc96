"""Which devices' chains are whole, told for millions of events at once by sorting.

Says only yes or "look closer": what is wrong with the others is told by `chains`, one event at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safepassage.ledger.columns import NOBODY, Bytes32, Columns
from safepassage.ledger.findings import Finding


class Linked(NamedTuple):
    """Devices whose chains are whole, with the names of their events end to end; and all others."""

    whole: dict[str, bytes]
    doubtful: set[str]


def linked(columns: Columns) -> Linked:
    """Sort events by device and number, and compare each with the one before it."""
    rows = np.flatnonzero(columns.device != NOBODY)
    order = rows[_order_in_chains(columns.device[rows], columns.sequence[rows])]
    device, sequence = columns.device[order], columns.sequence[order]
    begins = np.append(True, device[1:] != device[:-1])[: len(order)]
    expected = np.where(begins, 1, np.append(0, sequence[:-1])[: len(order)] + 1)
    leaf = columns.leaf.take(order, axis=0)  # several times as fast as by brackets
    before = np.concatenate([np.zeros_like(leaf[:1]), leaf[:-1]])
    before[begins] = 0
    good = (sequence == expected) & (columns.previous.take(order, axis=0) == before).all(axis=1)
    doubtful = set(np.unique(device[~good]).tolist()) | set(np.unique(columns.device[_alike(columns, rows)]).tolist())
    names = {columns.devices[number] for number in doubtful} | columns.doubtful
    starts = np.flatnonzero(begins)
    stops = np.append(starts[1:], len(order))
    whole = {
        columns.devices[device[start]]: leaf[start:stop].tobytes()
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=False)
        if columns.devices[device[start]] not in names
    }
    return Linked(whole, names)


def _order_in_chains(device: NDArray[np.int32], sequence: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort by device and number: mostly each device's events stand in their order, and the devices are few."""
    if len(device) and device.max() <= np.iinfo(np.uint16).max:
        order = np.argsort(device.astype(np.uint16), kind="stable")  # in 16 bits by counting
        same, later = np.diff(device[order]) == 0, np.diff(sequence[order]) >= 0
        if (later | ~same).all():
            return order
    return np.lexsort((sequence, device))


def _alike(columns: Columns, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows whose id may be that of another."""
    hashes = np.sort(columns.id_hash[rows])
    if not (hashes[1:] == hashes[:-1]).any():
        return rows[:0]
    order = rows[np.argsort(columns.id_hash[rows], kind="stable")]
    same = columns.id_hash[order][1:] == columns.id_hash[order][:-1]
    return np.asarray(order[np.append(False, same) | np.append(same, False)])


def missing_positions(position: NDArray[np.int64]) -> Iterator[Finding]:
    """Yield the runs of positions that no row has."""
    before = np.append(-1, position[:-1])
    for row in np.flatnonzero(position != before + 1).tolist():
        yield Finding(
            code="ledger-position-missing",
            position=int(before[row]) + 1,
            position_until=int(position[row]) - 1,
            column="position",
            what="no row has these positions: they were deleted, or rows were moved",
        )


def order_of_leaves(columns: Columns) -> NDArray[np.int64]:
    """Return the rows in the order of their digests as bytes."""
    first = _as_numbers(columns.leaf[:, 0])
    order = np.argsort(first, kind="stable")
    if (first[order][1:] == first[order][:-1]).any():
        return np.lexsort(_as_numbers(columns.leaf).T[::-1])
    return order


def _as_numbers(words: Bytes32) -> Bytes32:
    """Return words of which the first byte counts most."""
    return words.byteswap() if sys.byteorder == "little" else words


def repeated(columns: Columns, order: NDArray[np.int64]) -> Iterator[Finding]:
    """Yield the rows that hold what an earlier one holds, from the order of digests."""
    alike = np.flatnonzero(columns.leaf[order, 0][1:] == columns.leaf[order, 0][:-1])
    for at in alike[(columns.leaf[order[alike]] == columns.leaf[order[alike + 1]]).all(axis=1)].tolist():
        first, second = int(columns.position[order[at]]), int(columns.position[order[at + 1]])
        yield Finding(
            code="ledger-twice", position=second, column="bytes", what=f"the same event stands at position {first}"
        )
