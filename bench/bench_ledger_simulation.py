"""Whole operations from their seeds: fifty devices offline for hours, wrong clocks, power cuts, a network that loses.

Each operation (`tests/ledger/simulation`) has 60 people, 50 devices, two servers, planted contradictions and now and
then a device restored from an old backup; every fifth keeps its servers' logs in SQLite over a disk that loses what was
not synced. Counted are broken promises, contradictions missed, false alarms and people in a wrong place, and beside
them how many people the same events would misplace if the last write won. One process for each core; ten thousand
operations take about an hour. What has been played is written every 250 operations, with how many were asked for: a
run that is cut off still counts as what it was, and `--go-on FILE` plays the rest. `parts` tells which operations were
played by which code: the ledger's and the simulator's sources in one sum.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ledger.simulation.judging import judge
from ledger.simulation.operation import Setting, World
from ledger.simulation.rivals import by_device_clock, by_receipt, misplaced_by
from record import record

SQLITE_EVERY = 5
SAVE_EVERY = 250
SETTING = Setting()
COUNTED = (
    "operations", "operations_on_sqlite", "people", "people_judged", "events", "power_cuts", "quarantined", "planted",
    "planted_found", "planted_of_devices_with_doubles", "planted_at_unknown_times", "planted_missed", "false_alarms",
    "misplaced", "unsure", "broken_promises", "misplaced_by_device_clocks", "misplaced_by_receipt",
)  # fmt: skip


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


def code() -> str:
    """Return the sum of the sources that are measured: of the ledger and of the simulator."""
    house = Path(__file__).parents[1]
    files = [*(house / "src/safepassage/ledger").rglob("*.py"), *(house / "tests/ledger/simulation").glob("*.py")]
    content = hashlib.sha256()
    for file in sorted(files):
        content.update(file.relative_to(house).as_posix().encode() + b"\0" + file.read_bytes())
    return content.hexdigest()[:16]


def measure(
    operations: int, first_seed: int, before: dict[str, Any], keep: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    """Play up to so many operations, hand on what came of them so far now and then, and return what came of all.

    Parameters
    ----------
    operations
        How many in all.
    first_seed
        Of the first.
    before
        What an earlier run recorded, its operations counted; empty: none.
    keep
        Told the figures so far.
    """
    started = time.perf_counter()
    total = Counter({name: before.get(name, 0) for name in COUNTED})
    wrong: list[str] = list(before.get("wrong", ()))
    played, spent_s = total["operations"], before.get("seconds", 0)
    parts = list(before.get("parts", [{"operations": played, "code": "not noted"}] if played else []))

    def figures() -> dict[str, Any]:
        now = {"operations": total["operations"] - played, "code": code()}
        seconds = spent_s + time.perf_counter() - started
        return summed(total, operations, first_seed, seconds) | {"parts": [*parts, now], "wrong": wrong}

    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for counts, words in pool.map(play, range(first_seed + played, first_seed + operations), chunksize=4):
            total.update(counts)
            wrong += words
            for line in words:
                print(line, file=sys.stderr, flush=True)
            if total["operations"] % SAVE_EVERY == 0:
                keep(figures())
                print(f"{total['operations']} of {operations} played, {len(wrong)} wrong", file=sys.stderr, flush=True)
    return figures()


def summed(total: Counter[str], asked: int, first_seed: int, seconds: float) -> dict[str, Any]:
    """Return what was counted, with the shares that the goals are about."""

    def percent(part: str, whole: str, digits: int) -> float:
        return round(100 * total[part] / total[whole], digits)

    return {
        "devices": SETTING.devices,
        "first_seed": first_seed,
        "operations_asked": asked,
        **total,
        "false_alarms_percent": percent("false_alarms", "people", 3),
        "misplaced_by_device_clocks_percent": percent("misplaced_by_device_clocks", "people_judged", 1),
        "misplaced_by_receipt_percent": percent("misplaced_by_receipt", "people_judged", 1),
        "operations_per_s": round(total["operations"] / seconds, 2),
        "seconds": round(seconds),
    }


def main() -> None:
    """Measure and record; exits with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--go-on", metavar="FILE", type=Path, help="play what a recorded run has left")
    chosen = parser.parse_args()
    before = json.loads(chosen.go_on.read_bytes()) if chosen.go_on else {}
    first = before.get("first_seed", chosen.seed)
    figures = measure(chosen.operations, first, before, lambda so_far: record("ledger_simulation", so_far))
    print(figures)
    print(record("ledger_simulation", figures))
    if figures["wrong"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
