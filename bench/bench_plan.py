"""Plan the examples from the command line as a user does: seconds, gap to the plan's own proven bound, violations.

Each operation is planned in a process of its own, start-up included, several times over; the median is told. The peer
at hand is the bound: what no plan can beat. `--help` is timed the same way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
START = "from safepassage.cli import main; main()"
CASES = ("qalamoun-2017", "qalamoun-2017/variants/on-top", "river-town")


def call(*arguments: str) -> tuple[float, int, bytes]:
    """Run the command line once: seconds, exit status, stdout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    before = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", START, *arguments], capture_output=True, env=environment, cwd=ROOT, check=False
    )
    return time.perf_counter() - before, done.returncode, done.stdout


def plan(name: str, runs: int, seed: int) -> dict[str, Any]:
    """Plan one example `runs` times with one seed."""
    seconds, hashes, content = [], set(), b""
    for _ in range(runs):
        spent, status, content = call("plan", f"examples/{name}", "--json", "--seed", str(seed))
        if status not in {0, 1}:
            raise SystemExit(f"planning {name} ended with {status}")
        seconds.append(spent)
        hashes.add(hashlib.sha256(content).hexdigest())
    plan_ = json.loads(content)
    return {
        "operation": name,
        "seed": seed,
        "status": plan_["status"],
        "seconds_median": round(statistics.median(seconds), 2),
        "seconds_worst": round(max(seconds), 2),
        "makespan_s": (plan_["objective"] or {}).get("makespan_s"),
        "bound_s": plan_["bound_s"],
        "gap_percent": None if plan_["gap"] is None else round(100 * plan_["gap"], 3),
        "violations": len(plan_["violations"]),
        "same_bytes": len(hashes) == 1,
        "ended_by": plan_["solver"]["ended_by"],
        "clashes": [clash["rule"] for clash in plan_["clashes"]],
        "remedies_checked": sum(remedy["checked"] for remedy in plan_["remedies"]),
    }


def infeasible() -> list[str]:
    """Name the variants that cannot be planned."""
    folders = sorted((ROOT / "examples").glob("*/variants/*/operation.toml"))
    names = [str(path.parent.relative_to(ROOT / "examples")) for path in folders]
    return [name for name in names if name not in CASES]


def measure(runs: int) -> dict[str, Any]:
    """Time help, the examples with three seeds, and the infeasible variants."""
    help_seconds = sorted(call("--help")[0] for _ in range(9))
    return {
        "help_seconds_median": round(statistics.median(help_seconds), 3),
        "plans": [plan(name, runs, seed) for name in CASES for seed in (0, 1, 2)],
        "infeasible": [plan(name, 1, 0) for name in infeasible()],
    }


def show(figures: dict[str, Any]) -> None:
    """Print the table."""
    print(f"--help: {figures['help_seconds_median']} s")
    print(f"{'operation':42} {'seed':>4} {'status':10} {'s':>6} {'worst':>6} {'gap %':>7} {'viol.':>5} same  ended by")
    for row in figures["plans"] + figures["infeasible"]:
        gap = "" if row["gap_percent"] is None else f"{row['gap_percent']:.3f}"
        spent = f"{row['seconds_median']:>6} {row['seconds_worst']:>6}"
        same = "yes" if row["same_bytes"] else "NO"
        ends = f"{same:5} {row['ended_by']} {' '.join(row['clashes'])}"
        print(
            f"{row['operation']:42} {row['seed']:>4} {row['status']:10} {spent} {gap:>7} {row['violations']:>5} {ends}"
        )


def main() -> None:
    """Measure, print, and record unless told not to."""
    from record import record  # noqa: PLC0415 - only when run as a script, from its folder

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--no-record", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.runs)
    show(figures)
    if not arguments.no_record:
        print(record("plan", figures).relative_to(ROOT))


if __name__ == "__main__":
    main()
