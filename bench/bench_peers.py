"""The planner's engines beside what a user would take instead, on the same instances, with equal time.

Peers: PyVRP, OR-Tools' routing library, VROOM, CP-SAT and HiGHS, each in the best of several formulations (told, with
those left out, at the head of its module in `peers/`). They live in an environment of their own, since highspy and
ortools clash in one process and none of them is part of the product:

    python -m venv bench/.peers && bench/.peers/bin/pip install -r bench/requirements-peers.txt

Every solver has the whole machine: peers that use one core run twice at once. Where a peer begins from a plan by simple
rules, that plan counts as the peer's. Seconds count from the task's arrays in
memory to a plan said; compiled code is warm. Every plan is refereed on the problem itself (`peers/referee.py`) before
it counts. The gap is told to the best bound proved by anyone. All cases at full length take about 30 minutes, `--quick`
about 6.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import busload_instances
import household_instances
from peers.contest import Entry, Outcome, compete
from peers.referee import check_busloads, check_households
from safepassage.planner.busloads import exact, large
from safepassage.planner.busloads.problem import BusloadProblem
from safepassage.planner.households import bounds, search
from safepassage.planner.households.problem import HouseholdProblem

HERE = Path(__file__).parent
Problem = BusloadProblem | HouseholdProblem


class Case(NamedTuple):
    """An instance, the seconds every solver gets, our engine for it."""

    problem: Callable[[], Problem]
    seconds: float
    engine: str
    size: str


CASES = {
    "S4": Case(lambda: busload_instances.recipe(4, 0), 10, "exact", "4 sources, 4 shelters, 3 vehicles"),
    "S10": Case(lambda: busload_instances.recipe(10, 0), 10, "exact", "10 sources, 10 shelters, 6 vehicles"),
    "30x20": Case(lambda: busload_instances.larger("30x20", 0), 60, "exact", "30 sources, 20 shelters, 15 vehicles"),
    "valparaiso": Case(
        lambda: busload_instances.valparaiso_sized(10, 0), 30, "exact", "75 loads, 12 shelters, 10 vehicles"
    ),
    "city shuttle": Case(
        lambda: busload_instances.city_shuttle(2000, 8, 0), 60, "large", "2,000 sources, 50 shelters, 500 vehicles"
    ),
    "op16": Case(household_instances.op16, 10, "households", "668 people, 20 pickups, 16 vehicles"),
    "mid": Case(household_instances.mid, 30, "households", "10,445 people, 200 pickups, 60 vehicles"),
    "city": Case(household_instances.city, 60, "households", "98,128 people, 2,000 pickups, 500 vehicles"),
}

CANNOT = {
    "PyVRP": "room of shelters, makespan, bound",
    "OR-Tools routing": "room in people, bound",
    "VROOM": "choice of shelters, room, one shelter a trip, makespan, bound",
    "CP-SAT": "more than 130 bundles",
    "HiGHS": "forming trips, cities",
}
MODULES = {
    "PyVRP": "pyvrp_peer",
    "OR-Tools routing": "ortools_routing",
    "VROOM": "vroom_peer",
    "CP-SAT": "cpsat_peer",
    "HiGHS": "highs_peer",
}
FORMULATIONS: dict[str, dict[str, tuple[tuple[str, ...], int]]] = {
    "PyVRP": {
        "S4": (("runs", "reload"), 1),
        "S10": (("runs", "reload"), 1),
        "30x20": (("runs", "runs"), 1),
        "valparaiso": (("runs", "runs"), 1),
        "city shuttle": (("runs", "runs"), 1),
        "op16": (("reload", "reload"), 10),
        "mid": (("runs", "reload"), 50),
        "city": (("runs", "runs"), 50),
    },
    "OR-Tools routing": {
        "S4": (("runs", "reload"), 1),
        "S10": (("runs", "reload"), 1),
        "30x20": (("reload", "runs"), 1),
        "valparaiso": (("runs", "runs"), 1),
        "city shuttle": (("runs", "runs"), 1),
        "op16": (("reload", "reload"), 10),
        "mid": (("runs", "runs"), 50),
        "city": (("runs", "runs"), 50),
    },
    "VROOM": {
        "S4": (("runs",), 1),
        "S10": (("runs",), 1),
        "30x20": (("runs",), 1),
        "valparaiso": (("runs",), 1),
        "city shuttle": (("runs",), 1),
        "op16": (("shipments",), 25),
        "mid": (("runs",), 50),
        "city": (("runs",), 50),
    },
    "CP-SAT": {
        "S4": (("flow",), 1),
        "S10": (("flow",), 1),
        "30x20": (("flow",), 1),
        "valparaiso": (("circuit",), 1),
        "op16": (("circuit",), 15),
    },
    "HiGHS": {
        "S4": (("flow",), 1),
        "S10": (("flow",), 1),
        "30x20": (("flow",), 1),
        "valparaiso": (("flow",), 1),
        "op16": (("flow",), 50),
    },
}
"""The formulations found best, and the most people of a bundle; a case that is not named cannot be run in the time."""


def exactly(problem: BusloadProblem, seconds: float, outcome: Outcome) -> None:
    """Run the exact engine."""
    solution = exact.solve(problem, seconds=seconds, seed=0)
    _take_busloads(problem, solution.tours or (), solution.trace, outcome)


def largely(problem: BusloadProblem, seconds: float, outcome: Outcome) -> None:
    """Run the engine for cities."""
    solution = large.solve(problem, seconds=seconds, iterations=None, seed=0)
    _take_busloads(problem, solution.tours or (), solution.trace, outcome)


def _take_busloads(problem: BusloadProblem, tours: Any, trace: Any, outcome: Outcome) -> None:
    """Referee the final plan and take over the way to it."""
    verdict = check_busloads(problem, tours)
    for at_s, makespan_s, bound_s in trace:
        outcome.raise_bound(at_s, bound_s)
        if makespan_s is not None and makespan_s >= verdict[0]:
            outcome.take(at_s, (makespan_s, verdict[1]))


def jointly(problem: HouseholdProblem, seconds: float, outcome: Outcome) -> None:
    """Run the joint search for households."""
    began = time.perf_counter()
    solution = search.solve(problem, seconds=seconds, iterations=None, seed=0)
    verdict = check_households(problem, solution.tours)
    for at_s, makespan_s in solution.trace:
        if makespan_s > verdict[0]:
            outcome.take(at_s, (makespan_s, verdict[1]))
    outcome.take(
        min(
            [at_s for at_s, makespan_s in solution.trace if makespan_s <= verdict[0]],
            default=time.perf_counter() - began,
        ),
        verdict,
    )


OURS: dict[str, Callable[..., None]] = {"exact": exactly, "large": largely, "households": jointly}


def own(case: Case, problem: Problem, seconds: float) -> Outcome:
    """Run our engine on a case."""
    outcome = Outcome(solver="safepassage", limit_s=seconds)
    OURS[case.engine](problem, seconds, outcome)
    return outcome


def contest(name: str, python: Path, seconds: float, chosen: list[str]) -> dict[str, Any]:
    """Run a case with all solvers: its rows, with gaps to the best bound proved."""
    case = CASES[name]
    problem = case.problem()
    outcomes = []
    if "safepassage" in chosen:
        own(case, problem, min(1.0, seconds))  # compiled code is loaded, or made, before the clock starts
        outcomes.append(own(case, problem, seconds))
    for peer, forms in FORMULATIONS.items():
        if peer not in chosen:
            continue
        if name in forms:
            formulations, grain = forms[name]
            entry = Entry(MODULES[peer], formulations, grain, CANNOT[peer])
            outcomes.append(compete(peer, entry, problem, python, seconds))
        else:
            outcomes.append(Outcome(solver=peer, limit_s=seconds, cannot=CANNOT[peer], reason="too large, not run"))
    bound_s = max(outcome.bound_s for outcome in outcomes)
    if isinstance(problem, HouseholdProblem):
        best_s = min((o.makespan_s for o in outcomes if o.makespan_s is not None), default=None)
        bound_s = bounds.lower_bound(problem, seconds=seconds, upper_s=best_s, work=float("inf")).bound_s
    return {
        "problem": name,
        "size": case.size,
        "seconds": seconds,
        "bound_s": bound_s,
        "solvers": [row(outcome, bound_s, outcomes) for outcome in outcomes],
    }


def row(outcome: Outcome, bound_s: int, outcomes: list[Outcome]) -> dict[str, Any]:
    """Write an outcome as a row; `ours_equal_s` is when our plan was as good as this peer's last."""
    ours = next((other for other in outcomes if other.solver == "safepassage"), None)
    found = outcome.makespan_s
    if found is not None and found < bound_s:
        raise AssertionError(f"{outcome.solver}: a valid plan of {found} is below the bound {bound_s}")
    equal = [at_s for at_s, makespan_s in (ours.trace if ours else ()) if found is not None and makespan_s <= found]
    return {
        "solver": outcome.solver,
        "seconds": outcome.seconds,
        "makespan_s": found,
        "own_bound_s": outcome.bound_s or None,
        "gap_percent": None if found is None or not bound_s else round(100 * (found / bound_s - 1), 2),
        "refereed": "valid" if outcome.valid else "no",
        "reason": outcome.reason,
        "ours_equal_s": min(equal, default=None),
        "cannot": outcome.cannot,
        "trace": outcome.trace,
    }


def show(figures: dict[str, Any]) -> None:
    """Print a case's table."""
    print(f"\n{figures['problem']}: {figures['size']}; {figures['seconds']} s each; bound {figures['bound_s']}")
    print(
        f"{'solver':17} {'makespan':>9} {'gap %':>7} {'found at s':>10} {'own bound':>9} {'ours equal s':>12}  refereed"
    )
    for line in figures["solvers"]:
        cells = [
            "" if line[key] is None else str(line[key])
            for key in ("makespan_s", "gap_percent", "seconds", "own_bound_s", "ours_equal_s")
        ]
        print("{:17} {:>9} {:>7} {:>10} {:>9} {:>12}  {}".format(line["solver"], *cells, line["refereed"]), end="")
        print(f" ({line['reason']})" if line["reason"] else "", f"; cannot: {line['cannot']}" if line["cannot"] else "")


def main() -> None:
    """Measure, print, draw and record."""
    from record import RESULTS, record  # noqa: PLC0415 - only when run as a script, from its folder

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--solvers", nargs="+", choices=["safepassage", *MODULES], default=["safepassage", *MODULES])
    parser.add_argument("--peers-python", type=Path, default=HERE / ".peers" / "bin" / "python")
    parser.add_argument("--quick", action="store_true", help="3 s each, nothing recorded")
    parser.add_argument("--seconds", type=float, help="the same limit for all cases")
    parser.add_argument("--no-record", action="store_true")
    options = parser.parse_args()
    if not options.peers_python.is_file():
        raise SystemExit(f"no peers' environment at {options.peers_python}; see the head of {Path(__file__).name}")
    table = []
    for name in options.problems:
        seconds = 3.0 if options.quick else options.seconds or CASES[name].seconds
        table.append(contest(name, options.peers_python.absolute(), seconds, options.solvers))
        show(table[-1])
    if not (options.quick or options.no_record):
        path = record("peers", {"cases": table})
        picture = RESULTS / f"{path.stem}.svg"
        subprocess.run([options.peers_python, HERE / "peers" / "plot.py", path, picture], check=True)
        print(path.relative_to(HERE.parent), picture.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
