"""Whole operations from their seeds: fifty devices offline for hours, wrong clocks, power cuts, a network that loses.

Each operation (`tests/ledger/simulation`) has 60 people, 50 devices, two servers, planted contradictions and now and
then a device restored from an old backup; every fifth keeps its servers' logs in SQLite over a disk that loses what was
not synced. Counted are broken promises, contradictions missed, false alarms and people in a wrong place, and beside
them how many people the same events would misplace if the last write won. One process for each core; ten thousand
operations take some hours.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from msgspec.structs import replace

from ledger.simulation.judging import judge
from ledger.simulation.operation import Setting, World
from ledger.simulation.rivals import by_device_clock, by_receipt, misplaced_by
from record import record

SQLITE_EVERY = 5
SETTING = Setting()


def play(seed: int) -> tuple[Counter[str], list[str]]:
    """Play one operation; return what is counted, and in words what went wrong."""
    setting = replace(SETTING, sqlite=seed % SQLITE_EVERY == 0)
    world = World(seed, setting)
    try:
        world.play()
        verdict = judge(world)
        clocks, people = misplaced_by(world, by_device_clock)
        receipt, _ = misplaced_by(world, by_receipt)
    finally:
        world.end()
    counts = Counter(
        operations=1,
        operations_on_sqlite=int(setting.sqlite),
        people=verdict.people,
        people_judged=people,
        events=verdict.events,
        power_cuts=verdict.cuts,
        quarantined=verdict.quarantined,
        planted=verdict.planted,
        planted_found=verdict.planted - verdict.touched_plants - len(verdict.missed) - len(verdict.unprovable),
        planted_of_devices_with_doubles=verdict.touched_plants,
        planted_at_unknown_times=len(verdict.unprovable),
        planted_missed=len(verdict.missed),
        false_alarms=len(verdict.false_alarms),
        misplaced=len(verdict.misplaced),
        unsure=len(verdict.unsure),
        broken_promises=len(verdict.faults),
        misplaced_by_device_clocks=clocks,
        misplaced_by_receipt=receipt,
    )
    return counts, [f"seed {seed}: {words}" for words in (*verdict.faults, *verdict.missed, *verdict.misplaced)]


def measure(operations: int = 10_000, first_seed: int = 0) -> dict[str, Any]:
    """Play so many operations and return what came of them."""
    started = time.perf_counter()
    total: Counter[str] = Counter()
    wrong: list[str] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for counts, words in pool.map(play, range(first_seed, first_seed + operations), chunksize=4):
            total.update(counts)
            wrong += words
    return {
        "devices": SETTING.devices,
        "first_seed": first_seed,
        **total,
        "false_alarms_percent": round(100 * total["false_alarms"] / total["people"], 3),
        "misplaced_by_device_clocks_percent": round(
            100 * total["misplaced_by_device_clocks"] / total["people_judged"], 1
        ),
        "misplaced_by_receipt_percent": round(100 * total["misplaced_by_receipt"] / total["people_judged"], 1),
        "operations_per_s": round(operations / (time.perf_counter() - started), 2),
        "wrong": wrong,
    }


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    figures = measure(chosen.operations, chosen.seed)
    print(figures)
    print(record("ledger_simulation", figures))


if __name__ == "__main__":
    main()
