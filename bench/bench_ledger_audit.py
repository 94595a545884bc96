"""How fast a ledger is verified, how fast proofs are made, and how many changes of what is stored are found.

The ledger is one of 50 devices, in a real SQLite file, its events about 0.6 kB, a signature for each hundred. The
control, before and after, is SHA-256 over the same bytes in one process: times on a shared machine are judged by it.
The changes are those of `tests/ledger/faults/tampering.py`, in turn, each found and located or listed here.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from ledger.faults.tampering import KINDS, Tally, campaign
from ledger.histories import History
from record import record
from safepassage.ledger.merkle import MerkleTree, verify_consistency, verify_inclusion
from safepassage.ledger.stores.rows import SqliteRows
from safepassage.ledger.stores.sqlite import SqliteStore
from safepassage.ledger.verifying import verify

DEVICES = 50
BATCH = 100
CHUNK = 2_000
NOTE = {"sealed": "A" * 240}
"""What makes events about 0.6 kB."""


def fill(path: Path, events: int) -> None:
    """Write a ledger of at least so many events."""
    history, store = History(9), SqliteStore(path)
    names = [f"D{number}" for number in range(DEVICES)]
    history.open()
    for name in names:
        history.enrol(name)
    stored = 0
    while len(history.events) < events:
        for start in range(0, DEVICES, 10):
            batches = []
            for name in names[start : start + 10]:
                own = history.unreceived.setdefault(name, [])
                own += [history.event(name, "boarded", f"P{number % 700:03d}", NOTE) for number in range(BATCH)]
                batches.append(history.batch(name))
            history.receive(*batches)
        store.append(history.events[stored:])
        stored = len(history.events)
        store.keep_checkpoint(history.checkpoint())
    store.close()


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Return seconds by the clock and of this process."""
    clock, process = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - process


def rates(path: Path, rounds: int) -> dict[str, Any]:
    """Verify a file with one thread that reads and with several, the control before and after each."""
    rows = SqliteRows(path)
    entries = [data for _, _, data in rows.rows(0, 100_000)]

    def control() -> float:
        return len(entries) / timed(lambda: [sha256(data).digest() for data in entries])[0]

    found: dict[str, Any] = {
        "events": rows.end(),
        "bytes_an_event": sum(map(len, entries)) // len(entries),
        "rounds": [],
    }
    for _ in range(rounds):
        row: dict[str, Any] = {"control_per_s": round(control())}
        for name, reopen in (("one_thread", None), ("threads", partial(SqliteRows, path))):
            clock, process = timed(lambda: _sound(rows, reopen))  # noqa: B023
            row[f"{name}_per_s"] = round(rows.end() / clock)
            row[f"{name}_per_s_of_processor"] = round(rows.end() / process)
        row["control_after_per_s"] = round(control())
        found["rounds"].append(row)
    rows.close()
    return found


def _sound(rows: SqliteRows, reopen: Callable[[], SqliteRows] | None) -> None:
    verdict = verify(rows, reopen=reopen)
    assert verdict.findings == (), verdict.findings[:3]


def proofs(size: int, count: int) -> dict[str, int]:
    """Make and check proofs in a log of a size."""
    tree, chosen = MerkleTree(), random.Random(1)
    leaves = chosen.randbytes(32 * size)
    grown_s = timed(lambda: tree.extend_joined(leaves))[0]
    indexes = [chosen.randrange(size) for _ in range(count)]
    root = tree.root()
    inclusion = [tree.inclusion_proof(index) for index in indexes]
    consistency = [tree.consistency_proof(index + 1) for index in indexes]
    olds = [tree.root(index + 1) for index in indexes]

    def included() -> None:
        for index, proof in zip(indexes, inclusion, strict=True):
            assert verify_inclusion(tree.leaf(index), index, size, proof, root)

    def consistent() -> None:
        for index, old, proof in zip(indexes, olds, consistency, strict=True):
            assert verify_consistency(index + 1, old, size, root, proof)

    return {
        "leaves": size,
        "leaves_added_per_s": round(size / grown_s),
        "inclusion_proofs_per_s": round(count / timed(lambda: [tree.inclusion_proof(index) for index in indexes])[0]),
        "inclusion_checks_per_s": round(count / timed(included)[0]),
        "consistency_proofs_per_s": round(
            count / timed(lambda: [tree.consistency_proof(index + 1) for index in indexes])[0]
        ),
        "consistency_checks_per_s": round(count / timed(consistent)[0]),
        "longest_proof": max(map(len, inclusion + consistency)),
    }


def _chunk(start: int, count: int) -> Tally:
    return campaign(count, start)


def tampering(changes: int) -> dict[str, Any]:
    """Make so many changes and count those that are not found, and not located."""
    starts = range(0, changes, CHUNK)
    began = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tallies = list(pool.map(_chunk, starts, [min(CHUNK, changes - start) for start in starts]))
    made: Counter[str] = sum((one.made for one in tallies), Counter())
    return {
        "changes": made.total(),
        "kinds": len(KINDS),
        "made": dict(made),
        "not_found": [case for one in tallies for case in one.not_found],
        "not_located": [case for one in tallies for case in one.not_located],
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    """Measure, show and record; exits with 1 when a change was missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--changes", type=int, default=100_000)
    options.add_argument("--only", choices=("rates", "tampering"))
    chosen = options.parse_args()
    if chosen.only != "tampering":
        found: dict[str, Any] = {"proofs": proofs(2**20 - 7, 20_000)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.db"
            fill(path, chosen.events)
            found["verifying"] = rates(path, chosen.rounds)
        print(found, record("ledger_audit", found))
    if chosen.only != "rates":
        tried = tampering(chosen.changes)
        print(tried, record("ledger_tampering", tried))
        if tried["not_found"] or tried["not_located"]:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
