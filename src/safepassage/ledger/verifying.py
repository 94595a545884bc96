"""Whether a ledger is as it was written, and if not, where: everything is worked out again from the events' bytes.

Nothing that a database says beside the bytes is believed, and nothing that the server says either, where a device's
signature or a checkpoint in somebody else's hand says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Final, TypeAlias, TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from safepassage.ledger.chains import Chains
from safepassage.ledger.envelope import decode, digest
from safepassage.ledger.findings import Finding
from safepassage.ledger.holding import Identity, check_checkpoints, check_identity, identity
from safepassage.ledger.linking import Columns, gathered, linked, missing_positions, order_of_leaves, repeated
from safepassage.ledger.merkle import MerkleTree
from safepassage.ledger.scanning import Scanned, scan_range
from safepassage.ledger.signing import batch_is_signed
from safepassage.ledger.stores import Store, StoreStoppedError
from safepassage.ledger.stores.rows import Rows, rows_of
from safepassage.ledger.vocabulary import Batch

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")
_Signatures: TypeAlias = Sequence[tuple[str, Batch]]

Tell = Callable[[int, int], None]
"""Told from time to time how many events are read, and of how many."""

RANGE: Final = 2**14
"""Rows read by one process at once."""

FEW: Final = 2 * RANGE
"""Rows for which no second process is started: starting one takes as long as reading these."""

SIGNATURES: Final = 200
"""Signatures checked by one process at once."""

MOST_FINDINGS: Final = 10_000
"""Told one by one."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What an audit found.

    `origin` and `public_key` are as the log itself says; whom the `servers` let in is let in. `kept` and `known` count
    the checkpoints compared, `unsaid` the findings beyond those that are listed.
    """

    origin: str
    public_key: str
    size: int
    root: str
    devices: int
    servers: tuple[str, ...]
    kept: int
    known: int
    findings: tuple[Finding, ...]
    unsaid: int = 0

    @property
    def sound(self) -> bool:
        """Tell whether nothing was changed, as far as can be told; what is still open may be missing."""
        return not self.unsaid and all(one.severity == "open" for one in self.findings)


def verify(
    store: Store | Rows,
    *,
    known_checkpoints: Sequence[bytes] = (),
    trusted_key: str = "",
    reopen: Callable[[], Rows] | None = None,
    workers: int = 2,
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
        How another process opens the same rows; it must survive pickling. Without it one process reads all.
    workers
        Processes that read, this one included, where there are rows enough to be worth it.
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
    with _processes(reopen, end, workers) as pool:
        tree, parts = MerkleTree(), []
        for part in _scanned(rows, end, pool):
            tree.extend_tree(part.tree)
            parts.append(part)
            if tell is not None:
                tell(len(tree), end)
        columns = gathered(parts)
        told = _identity(rows, parts)
        chains, located = _chains(rows, parts, columns, told.device)
        signed = _begin_signatures(chains, pool)
        order = order_of_leaves(columns)
        indexed = _index_differs(rows, columns.position[order])
        chains.checked.update(_end_signatures(signed))
        in_chains = [replace(one, position=located.get(one.digest, one.position)) for one in chains.findings()]
    devices = chains.devices()
    findings = [
        *indexed,
        *(one for part in parts for one in part.findings),
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
        unsaid=max(0, len(findings) - MOST_FINDINGS) + sum(part.unsaid for part in parts),
    )


def _order(finding: Finding) -> tuple[bool, Finding]:
    return finding.severity == "open", finding


_rows: list[Rows] = []
"""In a process that helps: the rows it has opened."""


def _begin(reopen: Callable[[], Rows]) -> None:
    _rows[:] = [reopen()]


@contextmanager
def _processes(reopen: Callable[[], Rows] | None, end: int, workers: int) -> Iterator[Executor | None]:
    """Start processes that read the same rows, where it is worth it."""
    if reopen is None or end <= FEW or workers < 2:
        yield None
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(workers - 1, mp_context=context, initializer=_begin, initargs=(reopen,)) as pool:
        yield pool


def _scanned(rows: Rows, end: int, pool: Executor | None) -> Iterator[Scanned]:
    """Read all rows, range by range; others read what this process has not come to yet."""
    ranges = [(start, min(start + RANGE, end)) for start in range(0, end, RANGE)]
    asked = [(there, pool.submit(_scan_there, *there) if pool is not None else None) for there in ranges]
    for parts in _shared(asked, lambda there: scan_range(rows, *there)):
        yield from parts


def _scan_there(start: int, stop: int) -> list[Scanned]:
    return scan_range(_rows[0], start, stop)


def _shared(
    asked: Sequence[tuple[_Asked, Future[_Answer] | None]], here: Callable[[_Asked], _Answer]
) -> Iterator[_Answer]:
    """Yield the answer to each question in order; what nobody has begun is answered here."""
    own: dict[int, _Answer] = {}
    ahead = 0
    for number, (_, elsewhere) in enumerate(asked):
        while number not in own and not (elsewhere is not None and elsewhere.done()) and ahead < len(asked):
            question, future = asked[ahead]
            if future is None or future.cancel():
                own[ahead] = here(question)
            ahead += 1
        if number in own:
            yield own.pop(number)
        elif elsewhere is not None:
            yield elsewhere.result()


def _identity(rows: Rows, parts: Sequence[Scanned]) -> Identity:
    events = (decode(data) for part in parts for data in part.administrative)
    first = next((data for _, _, data in rows.rows(0, 1)), None)
    return identity(first, [event for event in events if event.type == "opened"])


def _chains(rows: Rows, parts: Sequence[Scanned], columns: Columns, owner: str) -> tuple[Chains, dict[str, int]]:
    """Build the chains: whole ones at once, doubtful ones event by event, with the position of each of these."""
    found = linked(columns)
    chains = Chains(owner)
    located: dict[str, int] = {}
    for device, names in found.whole.items():
        chains.add_clean(device, names)
    for part in parts:
        for data in part.administrative:
            event = decode(data)
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


def _begin_signatures(chains: Chains, pool: Executor | None) -> list[tuple[_Signatures, Future[list[bool]] | None]]:
    """Have other processes begin to check the signatures, where there are any."""
    if pool is None:
        return []
    asked = chains.to_check()
    groups = [asked[start : start + SIGNATURES] for start in range(0, len(asked), SIGNATURES)]
    return [(group, pool.submit(_are_signed, group)) for group in groups]


def _end_signatures(
    asked: Sequence[tuple[_Signatures, Future[list[bool]] | None]],
) -> Iterator[tuple[tuple[str, Batch], bool]]:
    """Yield which are good, having checked here what nobody else has begun."""
    for (group, _), answers in zip(asked, _shared(asked, _are_signed), strict=True):
        yield from zip(group, answers, strict=True)


def _are_signed(asked: _Signatures) -> list[bool]:
    return [batch_is_signed(key, batch) for key, batch in asked]
