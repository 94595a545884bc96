"""Plan convoys that must not be on a link at once: gap to the proved bound, by the published recipe.

Every plan is checked anew before it counts. Told are the gap of the cost (seconds from ready to the tail's arrival,
added up), the gap of the heads' travel alone (the stricter: passing times are the same in every plan), that of the plan
which sends one convoy after the other, each as early as can be, and when the plan came within 2 % of the bound. Kernels
are compiled before the clock starts.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path
from typing import Any

import msgspec

from movement_instances import KINDS, PASSING, SIZES, instance
from safepassage.planner.movements.faults import faults
from safepassage.planner.movements.problem import MovementProblem, Solution
from safepassage.planner.movements.search import solve

ROOT = Path(__file__).parents[1]
WANTED = 0.02
MOST_ITERATIONS = 10**9


def percent(cost_s: int, bound_s: int) -> float | None:
    """Return the gap in per cent."""
    return round(100 * (cost_s - bound_s) / bound_s, 3) if bound_s > 0 else None


def row(given: MovementProblem, found: Solution, seconds: float) -> dict[str, Any]:
    """Tell what was found for one instance."""
    tails_s = int(given.passing_s.sum()) if given.objective == "total" else 0
    near = next((at for at, cost, bound in found.trace if cost is not None and cost <= (1 + WANTED) * bound), None)
    first = found.trace[0][1]
    return {
        "without_route": found.routes.count(None),
        "cost_s": found.cost_s,
        "bound_s": found.bound_s,
        "gap_percent": percent(found.cost_s, found.bound_s) if found.complete else None,
        "gap_of_heads_percent": percent(found.cost_s - tails_s, found.bound_s - tails_s) if found.complete else None,
        "one_by_one_gap_percent": None if first is None else percent(first, found.bound_s),
        "ended_by": found.ended_by,
        "seconds": round(seconds, 2),
        "seconds_to_2_percent": near,
        "faults": len(faults(given, found.routes)),
    }


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Solve every instance of the recipe."""
    rows = []
    solve(instance("grid", 50, 5, 1.0, 99), iterations=500)
    for kind in KINDS:
        for places, convoys in SIZES:
            for passing in PASSING:
                for seed in range(arguments.seeds):
                    given = instance(kind, places, convoys, passing, seed)
                    given = msgspec.structs.replace(given, objective=arguments.objective)
                    began = time.perf_counter()
                    found = solve(given, seconds=arguments.seconds, iterations=MOST_ITERATIONS, seed=seed)
                    seconds = time.perf_counter() - began
                    named = {"kind": kind, "places": places, "convoys": convoys, "passing": passing, "seed": seed}
                    rows.append(named | row(given, found, seconds))
                    show(rows[-1])
    return {
        "objective": arguments.objective,
        "seconds": arguments.seconds,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "instances": rows,
    }


def show(one: dict[str, Any]) -> None:
    """Print a line."""
    name = f"{one['kind']:6} {one['places']:>5} x {one['convoys']:<3} {one['passing']:>5} seed {one['seed']}"
    gaps = f"{one['gap_percent']!s:>6} % heads {one['gap_of_heads_percent']!s:>6} %"
    gaps += f" one by one {one['one_by_one_gap_percent']!s:>6} %"
    times = f"{one['seconds']:>6.2f} s, 2 % at {one['seconds_to_2_percent']!s:>7} s"
    print(
        f"{name} {one['cost_s']:>7} >= {one['bound_s']:>7} {gaps} {times} {one['ended_by']} faults {one['faults']}",
        flush=True,
    )


def main() -> None:
    """Measure, print, and record unless told not to."""
    from record import record  # noqa: PLC0415 - only when run as a script, from its folder

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--objective", choices=("total", "makespan"), default="total")
    parser.add_argument("--no-record", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments)
    faulty = sum(one["faults"] for one in figures["instances"])
    if not arguments.no_record:
        print(record("movement", figures).relative_to(ROOT))
    if faulty:
        raise SystemExit(f"{faulty} faults in the plans above")


if __name__ == "__main__":
    main()
