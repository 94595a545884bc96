"""The six published island evacuation cases: solved exactly, replanned while they run, and given to the planner.

1. Cases: the expected makespan over the scenarios, proven least, beside the stored objective. That objective is the
   expected makespan plus a cost term of less than about a minute: the vessels' minutes, weighed by their price, as a
   part of what the whole fleet would cost until a time limit that is not stored. The term falls with the limit; it is
   told for the least limit that the plans of all six cases keep.
2. Replanning: the excess over perfect information when the number of people is known only after some updates.
3. Peer: HiGHS on the published formulation, one scenario at a time.
4. Planner: `planner.plan` on the case reduced to what an operation can say, beside the exact optimum of the same.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from icep_folder import Case, read
from icep_model import Evacuation, faults, solve, starts
from icep_operation import common, operation
from icep_peer import published
from icep_replan import POLICIES, Reveal, perfect, reveal, run

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "icep"
STORED = {
    "small_fleet_default": (154, 90),
    "small_fleet_staging": (125, 191),
    "small_fleet_staging_keats": (134, 97),
    "large_fleet_default": (125, 247),
    "large_fleet_staging": (113, 507),
    "large_fleet_staging_keats": (115, 1090),
}
"""Objective, rounded to minutes, and seconds of the published runs (Gurobi, relative gap 10 %)."""
REPLANNED = ("small_fleet_default", "large_fleet_default")
LONG_SCENARIOS = 2
VARIATIONS = (0.2, 0.4, 0.6)
UPDATES = (3, 12)
PEERED = (("small_fleet_default", 3), ("small_fleet_default", 0), ("large_fleet_default", 0))
PLANNED = (
    ("small_fleet_default", 3),
    ("small_fleet_default", 0),
    ("large_fleet_default", 0),
    ("large_fleet_staging", 1),
)


def cases(folder: Path) -> list[dict[str, Any]]:
    """Solve every scenario of every case and compare with the stored objectives."""
    rows, solved = [], []
    for name, (stored, stored_seconds) in STORED.items():
        case = read(folder / name)
        before = time.perf_counter()
        plans = [solve(case, scenario.people, starts(case)) for scenario in case.scenarios]
        seconds = time.perf_counter() - before
        wrong = [
            fault
            for scenario, plan in zip(case.scenarios, plans, strict=True)
            for fault in faults(case, scenario.people, starts(case), plan.trips)
        ]
        solved.append((case, plans))
        rows.append(
            {
                "case": name,
                "stored": stored,
                "stored_seconds": stored_seconds,
                "expected_makespan_min": round(float(expected(case, plans)), 3),
                "makespans_min": [round(float(plan.makespan_min), 3) for plan in plans],
                "proved": True,
                "seconds": round(seconds, 2),
                "faults": len(wrong),
            }
        )
    limit = max(plan.makespan_min for _, plans in solved for plan in plans)
    for row, (case, plans) in zip(rows, solved, strict=True):
        row["objective"] = round(float(expected(case, plans) + cost_term(case, plans, limit)), 3)
    return rows


def expected(case: Case, plans: Sequence[Evacuation]) -> Fraction:
    """Return the makespan that the scenarios' probabilities weigh."""
    shares = zip(case.scenarios, plans, strict=True)
    return sum((scenario.probability * plan.makespan_min for scenario, plan in shares), Fraction(0))


def cost_term(case: Case, plans: Sequence[Evacuation], limit_min: Fraction) -> Fraction:
    """Return the stored objective's cost term: vessel minutes by price, with the delay cost of late trips."""
    price = {vessel.name: vessel.cost_per_hour for vessel in case.vessels}
    whole = sum(price.values(), Fraction(0)) * limit_min
    term = Fraction(0)
    for scenario, plan in zip(case.scenarios, plans, strict=True):
        made = dict.fromkeys(price, 0)
        ends = dict.fromkeys(price, Fraction(0))
        delay = Fraction(0)
        for trip in plan.trips:
            delay += price[trip.vessel] * case.delay_cost[made[trip.vessel]] * trip.people
            made[trip.vessel] += 1
            ends[trip.vessel] = trip.ends_min
        used = sum((price[name] * end for name, end in ends.items()), delay)
        term += scenario.probability * used / whole
    return term


def replanning(folder: Path, seeds: int) -> list[dict[str, Any]]:
    """Measure the mean excess over perfect information, by case, number of updates and policy."""
    rows = []
    for name in REPLANNED:
        case = read(folder / name)
        for updates in UPDATES:
            excess: dict[str, list[float]] = {policy: [] for policy in POLICIES}
            seconds: list[float] = []
            for known in _reveals(case, updates, seeds):
                best = perfect(case, known)
                for policy in POLICIES:
                    ran = run(case, known, policy)
                    excess[policy].append(100 * float(ran.makespan_min / best - 1))
                    seconds += ran.seconds
            rows.append(
                {
                    "case": name,
                    "interval_min": 15,
                    "updates": updates,
                    "instances": len(excess["rolling"]),
                    "excess_percent": {policy: round(statistics.mean(each), 1) for policy, each in excess.items()},
                    "replan_seconds_median": round(statistics.median(seconds), 3),
                    "replan_seconds_worst": round(max(seconds), 3),
                }
            )
    return rows


def _reveals(case: Case, updates: int, seeds: int) -> Iterator[Reveal]:
    for scenario in case.scenarios[:LONG_SCENARIOS]:
        for variation in VARIATIONS:
            for seed in range(seeds):
                yield reveal(scenario.people, seed, variation=variation, updates=updates)


def peer(folder: Path, seconds: float) -> list[dict[str, Any]]:
    """Solve the published formulation with HiGHS, and ours, on the same scenarios."""
    rows = []
    for name, number in PEERED:
        case = read(folder / name)
        scenario = case.scenarios[number]
        before = time.perf_counter()
        ours = solve(case, scenario.people, starts(case)).makespan_min
        between = time.perf_counter()
        theirs = published(case, scenario.people, seconds)
        rows.append(
            {
                "case": name,
                "scenario": scenario.name,
                "variables": theirs.variables,
                "highs_min": theirs.makespan_min and round(theirs.makespan_min, 3),
                "highs_bound_min": theirs.bound_min and round(theirs.bound_min, 3),
                "highs_seconds": round(time.perf_counter() - between, 1),
                "exact_min": round(float(ours), 3),
                "exact_seconds": round(between - before, 2),
            }
        )
    return rows


def planned(folder: Path, seconds: float) -> list[dict[str, Any]]:
    """Plan what both models can say with the planner, beside the exact optimum."""
    from safepassage.planner.planning import Limit, plan  # noqa: PLC0415 - heavy, and not needed for the rest
    from safepassage.roads.table import travel  # noqa: PLC0415

    rows = []
    for name, number in PLANNED:
        case = read(folder / name)
        scenario = case.scenarios[number]
        reduced = common(case)
        exact = solve(reduced, scenario.people, starts(reduced)).makespan_min
        asked = operation(reduced, scenario.people)
        before = time.perf_counter()
        found = plan(asked, travel(asked), Limit(seconds=seconds), 0)
        makespan_s = found.objective.makespan_s if found.objective else None
        rows.append(
            {
                "case": name,
                "scenario": scenario.name,
                "people": len(asked.people),
                "status": found.status,
                "makespan_s": makespan_s,
                "bound_s": found.bound_s,
                "exact_s": round(float(60 * exact), 1),
                "above_exact_percent": None
                if makespan_s is None
                else round(100 * float(makespan_s / (60 * exact) - 1), 2),
                "violations": len(found.violations),
                "seconds": round(time.perf_counter() - before, 1),
            }
        )
    return rows


def show(figures: dict[str, Any]) -> None:
    """Print the tables."""
    print(f"{'case':26} {'stored':>7} {'ours':>8} {'with cost':>9} {'stored s':>8} {'s':>5}  proven makespans, min")
    for row in figures.get("cases", ()):
        spans = " ".join(f"{each:.2f}" for each in row["makespans_min"])
        ours = f"{row['expected_makespan_min']:8.3f} {row['objective']:9.3f}"
        print(f"{row['case']:26} {row['stored']:>7} {ours} {row['stored_seconds']:>8} {row['seconds']:>5}  {spans}")
    for row in figures.get("replanning", ()):
        excess = " ".join(f"{policy} +{each} %" for policy, each in row["excess_percent"].items())
        worst = f"worst replan {row['replan_seconds_worst']} s"
        print(f"{row['case']:26} {row['updates']:>2} updates, {row['instances']} instances: {excess}; {worst}")
    for row in figures.get("peer", ()):
        told = f"HiGHS {row['highs_min']} (bound {row['highs_bound_min']}) in {row['highs_seconds']} s"
        ours = f"exact {row['exact_min']} in {row['exact_seconds']} s"
        print(f"{row['case']:26} {row['scenario']}: {told}, {ours}")
    for row in figures.get("planned", ()):
        told = f"{row['status']} {row['makespan_s']} s, bound {row['bound_s']} s, exact {row['exact_s']} s"
        print(f"{row['case']:26} {row['scenario']}: {told}, {row['violations']} violations, {row['seconds']} s")


def main() -> None:
    """Measure, print, and record unless told not to."""
    from record import record  # noqa: PLC0415 - only when run as a script, from its folder

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the six cases")
    parser.add_argument("--seeds", type=int, default=3, help="demand paths for each scenario and variation")
    parser.add_argument("--seconds", type=float, default=30.0, help="time for the planner, each")
    parser.add_argument("--peer-seconds", type=float, default=60.0, help="time for the peer, each")
    parser.add_argument("--only", choices=("cases", "replanning", "peer", "planned"))
    parser.add_argument("--no-record", action="store_true")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        raise SystemExit(f"no cases at {arguments.data}; name their folder with --data")
    parts: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "cases": lambda: cases(arguments.data),
        "replanning": lambda: replanning(arguments.data, arguments.seeds),
        "peer": lambda: peer(arguments.data, arguments.peer_seconds),
        "planned": lambda: planned(arguments.data, arguments.seconds),
    }
    figures = {name: part() for name, part in parts.items() if arguments.only in {None, name}}
    show(figures)
    if not arguments.no_record:
        print(record("icep", figures).relative_to(ROOT))


if __name__ == "__main__":
    main()
