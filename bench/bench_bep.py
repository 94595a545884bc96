"""`./dev bench bep FILE`: plan one published-style instance of the bus evacuation problem and tell plan and bound.

The instance is planned through the planner's front door as an operation (a load is a person, a vehicle has one seat)
and the plan is refereed. Without FILE, all own instances of the recipe are planned, in both conventions: there every
load must be taken exactly once, or at least once (random times break the triangle inequality, and a run without need
may be a short cut). What the at-least convention takes in excess is told to the referee as demand.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from as_operation import of_busloads
from busload_instances import in_seconds, larger, read_bep, recipe
from safepassage.model.plan import Plan
from safepassage.planner import Limit, plan
from safepassage.planner.busloads import exact
from safepassage.planner.busloads.problem import BusloadProblem, Solution, makespan_s

SETS = range(2, 11)
INSTANCES = range(10)
LARGER = ("15x15", "20x20", "30x20")
FINE = (4, 6, 8, 10)
"""Sets that are planned with times in seconds too."""


def planned(problem: BusloadProblem, seconds: float) -> tuple[Plan, float]:
    """Plan an instance in the exact convention by the front door; the plan and the seconds it took."""
    operation, travel = of_busloads(problem)
    before = time.perf_counter()
    made = plan(operation, travel, Limit(seconds=seconds), 0)
    return made, time.perf_counter() - before


def told(problem: BusloadProblem, seconds: float) -> dict[str, Any]:
    """Tell of one instance what a comparison needs."""
    made, spent = planned(problem, seconds)
    found = made.objective is not None and not made.violations
    return {
        "makespan": made.objective.makespan_s if found and made.objective else None,
        "bound": made.bound_s,
        "proved": found and made.status == "optimal",
        "seconds": round(spent, 3),
        "convention": "exact",
    }


def at_least(problem: BusloadProblem, seconds: float) -> dict[str, Any]:
    """Tell of one instance in the at-least convention, its plan refereed as one of the loads that it takes."""
    before = time.perf_counter()
    found = exact.solve(replace(problem, exact=False), seconds=seconds, seed=0)
    spent = time.perf_counter() - before
    if found.tours is None or not refereed(problem, found):
        return {"makespan": None, "bound": found.bound_s, "proved": False, "seconds": round(spent, 3)}
    return {
        "makespan": found.makespan_s,
        "bound": found.bound_s,
        "proved": found.proved,
        "seconds": round(spent, 3),
        "convention": "at least",
    }


def refereed(problem: BusloadProblem, found: Solution) -> bool:
    """Check an at-least plan apart from the solver: loads, room, vehicles, and the last arrival."""
    taken, given = np.zeros_like(problem.loads), np.zeros_like(problem.room)
    used = np.zeros_like(problem.vehicles)
    for tour in found.tours or ():
        used[tour.yard] += 1
        for source, shelter in tour.runs:
            taken[source] += 1
            given[shelter] += 1
    kept = (taken >= problem.loads).all() and (given <= problem.room).all() and (used <= problem.vehicles).all()
    return bool(kept) and makespan_s(problem, found.tours or ()) == found.makespan_s


def table(seconds: float, larger_seconds: float) -> dict[str, Any]:
    """Plan all own instances of the recipe, and larger ones than were ever published."""
    rows = []
    for number in SETS:
        for kind, way in (("exact", told), ("at least", at_least)):
            found = [way(recipe(number, index), seconds) for index in INSTANCES]
            rows.append(_row(f"S{number}", kind, found))
    for name in LARGER:
        for kind, way in (("exact", told), ("at least", at_least)):
            found = [way(larger(name, index), larger_seconds) for index in range(3)]
            rows.append(_row(name, kind, found))
    for number in FINE:
        found = [told(in_seconds(recipe(number, index), index), seconds) for index in INSTANCES]
        rows.append(_row(f"S{number} fine", "exact", found))
    return {"seconds_limit": seconds, "seconds_limit_larger": larger_seconds, "sets": rows}


def _row(name: str, convention: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    planned_all = all(one["makespan"] is not None for one in found)
    gaps = [100 * (one["makespan"] / one["bound"] - 1) for one in found if one["makespan"] and one["bound"]]
    row = {
        "set": name,
        "convention": convention,
        "instances": len(found),
        "proved": sum(one["proved"] for one in found),
        "makespan_mean": round(statistics.mean(one["makespan"] for one in found), 2) if planned_all else None,
        "bound_mean": round(statistics.mean(one["bound"] for one in found), 2),
        "gap_percent_worst": round(max(gaps), 2) if gaps else None,
        "seconds_mean": round(statistics.mean(one["seconds"] for one in found), 2),
        "seconds_worst": round(max(one["seconds"] for one in found), 2),
    }
    print(
        f"{row['set']:10} {row['convention']:9} proved {row['proved']:2}/{row['instances']:2}  "
        f"mean {row['makespan_mean']}  worst gap {row['gap_percent_worst']} %  "
        f"s mean {row['seconds_mean']} worst {row['seconds_worst']}",
        flush=True,
    )
    return row


def main() -> None:
    """Plan one file, or the whole table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--larger-seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--no-record", action="store_true")
    arguments = parser.parse_args()
    if arguments.file is not None:
        answer = told(read_bep(arguments.file.read_text(encoding="utf-8")), arguments.seconds)
        print(json.dumps(answer) if arguments.json else "\n".join(f"{key}: {value}" for key, value in answer.items()))
        return
    from record import record  # noqa: PLC0415 - only when run as a script, from its folder

    figures = table(arguments.seconds, arguments.larger_seconds)
    if arguments.json:
        print(json.dumps(figures))
    if not arguments.no_record:
        print(record("bep", figures))


if __name__ == "__main__":
    main()
