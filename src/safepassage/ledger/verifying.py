"""Whether a ledger is as it was written, and if not, where: everything is worked out again from the events' bytes.

Nothing that a database says beside the bytes is believed, and nothing that the server says either, where a device's
signature or a checkpoint in somebody else's hand says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from safepassage.ledger.chains import Chains
from safepassage.ledger.columns import Columns, gathered
from safepassage.ledger.envelope import Event, decode, digest
from safepassage.ledger.findings import Finding, Verdict
from safepassage.ledger.hashing import hash_pairs
from safepassage.ledger.holding import Identity, check_checkpoints, check_identity, identity
from safepassage.ledger.linking import linked, missing_positions, order_of_leaves, repeated
from safepassage.ledger.merkle import MerkleTree
from safepassage.ledger.scanning import Scanned, scan_range
from safepassage.ledger.stores import Store, StoreStoppedError
from safepassage.ledger.stores.rows import Rows, rows_of

Tell = Callable[[int, int], None]
"""Told from time to time how many events are read, and of how many."""

RANGE: Final = 2**14
"""Rows read by one thread at once."""

READERS: Final = 2
"""Threads that read; what is hashed and read is compiled, and holds up no other thread."""

FEW: Final = 2 * RANGE
"""Rows that one thread reads as soon."""

MOST_FINDINGS: Final = 10_000
"""Told one by one."""


def verify(
    store: Store | Rows,
    *,
    known_checkpoints: Sequence[bytes] = (),
    trusted_key: str = "",
    reopen: Callable[[], Rows] | None = None,
    tell: Tell | None = None,
) -> Verdict:
    """Work out again all that a ledger claims, and find and locate what does not hold.

    Parameters
    ----------
    store
        The ledger; `stores.rows.SqliteRows` lets its columns and indexes be checked as well.
    known_checkpoints
        Checkpoints that somebody else holds: devices, headquarters, a printed report.
    trusted_key
        The log's public key, where it is known from elsewhere; else the one is taken that the log names.
    reopen
        How another thread opens the same rows, so that several read. Without it one reads all.
    tell
        Told how far it is.

    Raises
    ------
    StoreStoppedError
        When the disk refuses to be read.
    """
    rows = rows_of(store)
    kept = rows.checkpoints()  # before the end is looked at: a server may be writing
    end = rows.end()
    tree, parts, administrative, scanned, unsaid = MerkleTree(hashing=hash_pairs), [], [], [], 0
    for part in _scanned(rows, end, reopen):
        tree.extend_tree(part.tree)
        parts.append(part.columns)
        administrative += [decode(data) for data in part.administrative]
        scanned += part.findings
        unsaid += part.unsaid
        if tell is not None:
            tell(len(tree), end)
    columns = gathered(parts)
    told = _identity(rows, administrative)
    chains, located = _chains(rows, administrative, columns, told.device)
    order = order_of_leaves(columns)
    in_chains = [replace(one, position=located.get(one.digest, one.position)) for one in chains.findings()]
    devices = chains.devices()
    findings = [
        *_index_differs(rows, columns.position[order]),
        *scanned,
        *missing_positions(columns.position),
        *repeated(columns, order),
        *in_chains,
        *check_identity(told, trusted_key),
        *check_checkpoints(
            tree, told._replace(public_key=told.public_key or trusted_key), kept, known_checkpoints, devices
        ),
    ]
    return Verdict(
        origin=told.origin,
        public_key=told.public_key,
        size=len(tree),
        root=tree.root().hex(),
        devices=len(devices),
        servers=tuple(chains.servers()),
        kept=len(kept),
        known=len(known_checkpoints),
        findings=tuple(sorted(findings, key=_order))[:MOST_FINDINGS],
        unsaid=max(0, len(findings) - MOST_FINDINGS) + unsaid,
    )


def _order(finding: Finding) -> tuple[bool, Finding]:
    return finding.severity == "open", finding


def _scanned(rows: Rows, end: int, reopen: Callable[[], Rows] | None) -> Iterator[Scanned]:
    """Read all rows, range by range: in several threads where there are rows enough to be worth it."""
    ranges = [(start, min(start + RANGE, end)) for start in range(0, end, RANGE)]
    if reopen is None or end <= FEW:
        yield from (scan_range(rows, *there) for there in ranges)
        return
    free: SimpleQueue[Rows] = SimpleQueue()
    for _ in range(READERS):
        free.put(reopen())

    def scan(there: tuple[int, int]) -> Scanned:
        own = free.get()
        try:
            return scan_range(own, *there)
        finally:
            free.put(own)

    pool = ThreadPoolExecutor(READERS)
    try:
        yield from pool.map(scan, ranges)
    finally:
        pool.shutdown(cancel_futures=True)


def _identity(rows: Rows, administrative: Sequence[Event]) -> Identity:
    first = next((data for _, _, data in rows.rows(0, 1)), None)
    return identity(first, [event for event in administrative if event.type == "opened"])


def _chains(rows: Rows, administrative: Sequence[Event], columns: Columns, owner: str) -> tuple[Chains, dict[str, int]]:
    """Build the chains: whole ones at once, doubtful ones event by event, with the position of each of these."""
    found = linked(columns)
    chains = Chains(owner)
    located: dict[str, int] = {}
    for device, names in found.whole.items():
        chains.add_clean(device, names)
    for event in administrative:
        if event.device not in found.doubtful:
            chains.add_administrative(event)
    if found.doubtful:
        for position, data in _rows_of_devices(rows, columns, found.doubtful):
            name = digest(data)
            located.setdefault(name.hex(), position)
            chains.add(decode(data), name)
    return chains, located


def _rows_of_devices(rows: Rows, columns: Columns, devices: set[str]) -> Iterator[tuple[int, bytes]]:
    """Read again the events of some devices."""
    wanted = {number for number, name in enumerate(columns.devices) if name in devices}
    positions = {
        position
        for position, device in zip(columns.position.tolist(), columns.device.tolist(), strict=True)
        if device in wanted
    }
    for start in range(0, int(columns.position[-1]) + 1, RANGE):
        for position, _, data in rows.rows(start, start + RANGE):
            if position in positions:
                yield position, data


def _index_differs(rows: Rows, expected: NDArray[np.int64]) -> list[Finding]:
    """Compare the positions in the index of digests with those in the order of the digests worked out."""
    try:
        found = rows.by_digest()
    except StoreStoppedError as error:
        return [Finding(code="ledger-index-differs", column="index of digest", what=str(error))]
    if found is None:
        return []
    indexed = np.array(found, np.int64)
    if len(indexed) == len(expected):
        expected, indexed = expected[indexed != expected], indexed[indexed != expected]
    else:
        expected, indexed = np.setdiff1d(expected, indexed), np.setdiff1d(indexed, expected)
    return [
        Finding(
            code="ledger-index-differs",
            position=int(position),
            column="index of digest",
            what="the index does not lead to this event, or leads there from another",
        )
        for position in np.union1d(expected, indexed)[:MOST_FINDINGS].tolist()
    ]
