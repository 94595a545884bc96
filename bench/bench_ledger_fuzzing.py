"""How many changed bytes the ledger's readers took, and how fast: every reader has to refuse or read, nothing else.

Anything else ends the run and names the bytes. Our own mutators (`tests/ledger/faults/fuzzing.py`) run from seeds, one
process for each core.
Where atheris is installed, here or in an environment of its own,

    python -m venv bench/.fuzzing && bench/.fuzzing/bin/pip install -r bench/requirements-fuzzing.txt

a tenth of the executions is guided by the branches taken in our code (those of the JSON library are compiled and not
followed). A million, the default, takes about half a minute on two cores, ten million about five.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from ledger.faults import fuzzing, readers
from record import record

HERE = Path(__file__).parent
CHUNK = 25_000
SHARES = {"events": 0.90, "checkpoints": 0.04, "sealed fields": 0.035, "batches": 0.02, "exports": 0.005}
"""Of our own executions; a signature takes a hundred times as long as an event, and an export is verified whole."""

GUIDED_SHARE = 0.1
"""Of all, where atheris is there."""


def chunk(name: str, executions: int, seed: int) -> fuzzing.Counts:
    """Run one seed."""
    target = readers.targets()[name]
    return fuzzing.run(target.reader, target.corpus, executions, seed)


def own(executions: int, first_seed: int) -> dict[str, Any]:
    """Run our mutators on every reader."""
    figures = {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, share in SHARES.items():
            wanted = math.ceil(executions * share)
            seeds = range(first_seed, first_seed + math.ceil(wanted / CHUNK))
            size = math.ceil(wanted / len(seeds))
            started = time.perf_counter()
            counts = list(pool.map(chunk, [name] * len(seeds), [size] * len(seeds), seeds))
            seconds = time.perf_counter() - started
            done = sum(one.executions for one in counts)
            figures[name] = {
                "executions": done,
                "read": sum(one.read for one in counts),
                "understood": sum(one.understood for one in counts),
                "executions_per_s": round(done / seconds),
            }
    return figures


def fuzzing_python() -> list[str]:
    """Find atheris: in this environment, else in one of its own beside this file."""
    beside = HERE / ".fuzzing"
    code = "import atheris"
    if subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0:
        return [os.pathsep.join(sys.path)]
    found = sorted(beside.glob("lib/python*/site-packages"))
    return [os.pathsep.join([*sys.path, str(found[0])])] if found else []


def guided(executions: int) -> dict[str, Any]:
    """Run atheris on the reader of events, where it is installed."""
    path = fuzzing_python()
    if not path:
        return {"installed": False, "executions": 0}
    command = [sys.executable, str(HERE / "ledger_atheris.py"), "events", f"-atheris_runs={executions}", "-seed=1"]
    started = time.perf_counter()
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path[0]}, cwd=HERE
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"atheris found what a reader does not document:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    counts = [int(number) for number in re.findall(r"^(?:#|Done )(\d+)", done.stderr, re.MULTILINE)]
    coverage = [int(number) for number in re.findall(r"cov: (\d+)", done.stderr)]
    return {
        "installed": True,
        "executions": max(counts),
        "branches_reached": max(coverage),
        "executions_per_s": round(max(counts) / seconds),
    }


def measure(executions: int = 1_000_000, first_seed: int = 0) -> dict[str, Any]:
    """Fuzz every reader that many times in all and return what came of it.

    Raises
    ------
    AssertionError
        When a reader raised what it does not document, with the bytes.
    """
    by_atheris = guided(round(executions * GUIDED_SHARE))
    ours = own(executions - by_atheris["executions"], first_seed)
    total = by_atheris["executions"] + sum(one["executions"] for one in ours.values())
    return {"executions": total, "readers": ours, "guided": by_atheris}


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    figures = measure(chosen.executions, chosen.seed)
    print(figures)
    print(record("ledger_fuzzing", figures))


if __name__ == "__main__":
    main()
