"""`./dev bench planner`: the planner's front door from ten to a hundred thousand people, gap over time, cost over size.

Every case is planned once in a process of its own, with the time its target allows: reading apart, everything counts
(premises, search, bound, referee). What is told: makespan, proved bound and the gap between them (of the bound), what
the referee found, seconds, memory, and every improvement of plan or bound with its second. The growth of cost is
measured on the city shuttle: the seconds until the gap is 2 %, from 500 to 8,000 sources.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import household_instances
from as_operation import of_busloads, of_households
from busload_instances import city_shuttle, valparaiso_sized
from safepassage.model.operation import Operation
from safepassage.model.travel import Travel
from safepassage.planner import Limit, plan
from safepassage.planner.busloads.problem import BusloadProblem
from safepassage.planner.progress import Progress

HERE = Path(__file__).parent
CURVE_GAP = 0.02
Made = tuple[Operation, Travel]


def _busloads(recipe: Callable[..., BusloadProblem], *size: int) -> Made:
    return of_busloads(recipe(*size, 0))


def _drawn(draw: int) -> Made:
    """Return another draw of the hardest of these recipes."""
    return of_busloads(valparaiso_sized(10, draw))


CASES: dict[str, tuple[Callable[[], Made], float]] = {
    **{
        f"valparaiso {vehicles}": (partial(_busloads, valparaiso_sized, vehicles), 30.0)
        for vehicles in (10, 30, 50, 70)
    },
    **{f"draw {draw} of valparaiso 10": (partial(_drawn, draw), 30.0) for draw in range(1, 6)},
    **{f"shuttle {trips}": (partial(_busloads, city_shuttle, 2000, trips), 60.0) for trips in (8, 4)},
    "op16": (lambda: of_households(household_instances.op16()), 10.0),
    "mid": (lambda: of_households(household_instances.mid()), 30.0),
    "city": (lambda: of_households(household_instances.city()), 60.0),
    **{
        f"curve {sources}": (partial(_busloads, city_shuttle, sources, 8), 120.0)
        for sources in (500, 1000, 2000, 4000, 8000)
    },
}


def measure(name: str) -> dict[str, Any]:
    """Plan one case in this process."""
    make, seconds = CASES[name]
    operation, travel = make()
    began = time.perf_counter()
    moves: list[tuple[float, int | None, int | None]] = []

    def tell(now: Progress) -> None:
        moves.append((round(time.perf_counter() - began, 2), now.makespan_s, now.bound_s))

    def enough() -> bool:
        *_, makespan_s, bound_s = moves[-1] if moves else (0.0, None, None)
        return bool(name.startswith("curve") and makespan_s and bound_s and makespan_s <= (1 + CURVE_GAP) * bound_s)

    made = plan(operation, travel, Limit(seconds=seconds, stop=enough), 0, tell=tell)
    spent = time.perf_counter() - began
    objective = made.objective
    return {
        "case": name,
        "people": len(operation.people),
        "vehicles": len(operation.vehicles),
        "sites": len(operation.sites),
        "seconds_limit": seconds,
        "seconds": round(spent, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "status": made.status,
        "makespan_s": objective.makespan_s if objective else None,
        "bound_s": made.bound_s,
        "gap_percent": round(100 * (objective.makespan_s / made.bound_s - 1), 3)
        if objective and made.bound_s
        else None,
        "unserved": objective.unserved if objective else None,
        "violations": len(made.violations),
        "ended_by": made.solver.ended_by,
        "stages": list(made.solver.stages),
        "trace": moves,
        "seconds_to_2_percent": next(
            (at for at, found, bound in moves if found and bound and found <= (1 + CURVE_GAP) * bound), None
        ),
    }


def run(name: str) -> dict[str, Any]:
    """Plan one case in a process of its own, so that memory is its own too."""
    command = [sys.executable, str(Path(__file__)), "--one", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"planning {name} ended with {done.returncode}:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def show(row: dict[str, Any]) -> None:
    """Print a line of the table."""
    gap = "-" if row["gap_percent"] is None else f"{row['gap_percent']:.2f} %"
    print(
        f"{row['case']:22} {row['people']:>7} people {row['vehicles']:>5} vehicles  {row['status']:10} "
        f"{row['makespan_s']} / {row['bound_s']} s  gap {gap:>8}  {row['seconds']:>6} s  {row['memory_mb']:>5} MB  "
        f"{row['violations']} violations, {row['unserved']} left, 2 % after {row['seconds_to_2_percent']} s",
        flush=True,
    )


def main() -> None:
    """Measure all cases, or those named; print, record, and draw unless told not to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"of: {', '.join(CASES)}")
    parser.add_argument("--one", help="measure this one and print JSON (used for the processes)")
    parser.add_argument("--no-record", action="store_true")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one)))
        return
    from record import record  # noqa: PLC0415 - only when run as a script, from its folder

    rows = []
    for name in arguments.cases or CASES:
        rows.append(run(name))
        show(rows[-1])
    if not arguments.no_record:
        path = record("planner", {"curve_gap": CURVE_GAP, "cases": rows})
        print(path)
        from plots import draw  # noqa: PLC0415 - the same

        for drawn in draw(path):
            print(drawn)


if __name__ == "__main__":
    main()
