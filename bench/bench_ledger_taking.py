"""A whole ledger at work: events a second taken in by one server, and how fast it stands again after a restart.

Taking in: parcels of signed, chained events are read, checked against their device's key, stored durably, merged into
the board and put into the Merkle tree, in one process. Beside it, in turns, an append of the same bytes to a plain file
with fdatasync. Restart: a ledger of many events is opened anew; tree, chain and board are made from the stored bytes,
and its board is compared with the one before.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from ledger_material import World, device, ledger, parcels
from record import record
from safepassage.ledger.keeper import HandedIn, Keeper
from safepassage.ledger.signing import new_log_key
from safepassage.ledger.stores.sqlite import SqliteStore

DEVICES = 20
GROUP = 10
"""Parcels that one call takes in."""


def raw_rate(folder: Path, groups: Sequence[bytes]) -> float:
    """Append groups of bytes to a file, each with fdatasync; return groups a second."""
    handle = os.open(folder / "control", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    began = time.perf_counter()
    for data in groups:
        os.write(handle, data)
        os.fdatasync(handle)
    os.close(handle)
    return len(groups) / (time.perf_counter() - began)


def take(folder: Path, events: int, each: int) -> dict[str, float]:
    """Take events in, in parcels of `each`; return rates."""
    world = World()
    with closing(SqliteStore(folder / f"taking-{each}.sqlite")) as store:
        devices = [device(world, f"D{number:02}") for number in range(DEVICES)]
        keeper = ledger(world, store, devices)
        handed = list(parcels(world, keeper, devices, events, each, people=events // 8 + 1))
        groups = [handed[start : start + GROUP] for start in range(0, len(handed), GROUP)]
        spent = _take(keeper, groups)
    raw = raw_rate(folder, [b"".join(data for one in group for data in one.parcel.events) for group in groups])
    return {"events_per_s": events / spent, "groups_per_s": len(groups) / spent, "raw_groups_per_s": raw}


def _take(keeper: Keeper, groups: Sequence[Sequence[HandedIn]]) -> float:
    began = time.perf_counter()
    for group in groups:
        keeper.receive(group)
    return time.perf_counter() - began


def restart(folder: Path, events: int, people: int) -> dict[str, float | bool | int]:
    """Fill a ledger, open it anew, and compare the boards."""
    world = World()
    path = folder / "restart.sqlite"
    with closing(SqliteStore(path)) as store:
        devices = [device(world, f"D{number:02}") for number in range(DEVICES)]
        key = new_log_key()
        keeper = ledger(world, store, devices, key=key, snapshot=folder / "snapshot")
        many: list[HandedIn] = []
        for one in parcels(world, keeper, devices, events, 500, people):
            many.append(one)
            if len(many) == GROUP:
                keeper.receive(many)
                many = []
        before = keeper.board.state().sha256()
        size = len(keeper.tree)
        began = time.perf_counter()
        keeper.keep_snapshot()
        written_s = time.perf_counter() - began
        del keeper
    found: dict[str, float | bool | int] = {"events": size, "snapshot_written_s": written_s}
    for name, snapshot in (("snapshot", folder / "snapshot"), ("events alone", None)):
        with closing(SqliteStore(path)) as store:
            began = time.perf_counter()
            gc.disable()  # as the command does that serves
            again = Keeper(store, device(world, "server"), key, "bench", snapshot=snapshot)
            gc.freeze()
            gc.enable()
            found[f"opened_s from {name}"] = time.perf_counter() - began
            state = again.board.state()
            found[f"board_s from {name}"] = time.perf_counter() - began
            found[f"equal from {name}"] = state.sha256() == before
            found["people"] = len(state.people)
            del again, state
            gc.unfreeze()
            gc.collect()
    found["snapshot_mb"] = (folder / "snapshot").stat().st_size // 2**20
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return found


def measure(events: int, restart_events: int, people: int, rounds: int) -> dict[str, Any]:
    """Measure all of it."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        for each in (1, 10, 100):
            turns = []
            for turn in range(rounds):
                folder = Path(name) / f"{each}-{turn}"
                folder.mkdir()
                turns.append(take(folder, events if each > 1 else events // 5, each))
            found[f"parcels of {each}"] = {key: round(median(one[key] for one in turns)) for key in turns[0]}
        found["restart"] = restart(Path(name), restart_events, people)
    return found


def main() -> None:
    """Measure, show and record."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=20_000)
    options.add_argument("--restart", type=int, default=1_000_000)
    options.add_argument("--people", type=int, default=125_001)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    found = measure(chosen.events, chosen.restart, chosen.people, chosen.rounds)
    for name, figures in found.items():
        print(name, figures)
    print(record("ledger_taking", found))


if __name__ == "__main__":
    main()
