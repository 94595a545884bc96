"""One solver on one case: started, stopped at the limit, every better plan refereed. In the product's environment."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from peers import bundling
from peers.referee import Verdict, check_busloads, check_households
from peers.task import Plan, Task, plan_of, write
from safepassage.planner.busloads.problem import BusloadProblem
from safepassage.planner.households.problem import HouseholdProblem

BENCH = Path(__file__).parents[1]
LATE_S = 0.5
"""What is said so long after the limit still counts: a peer looks at its clock between steps."""
STOP_S = 6.0
"""So long after the limit a process is stopped; starting Python and reading the task are not counted, but take time."""


class Entry(NamedTuple):
    """How a peer takes part in a case.

    `formulations` are run at once, one process each: peers that use one core get two processes. `grain` is the most
    people of a bundle.
    """

    module: str
    formulations: tuple[str, ...]
    grain: int
    cannot: str


class Outcome(Struct, kw_only=True):
    """What a solver reached; `trace` holds (seconds, makespan) of valid plans only."""

    solver: str
    limit_s: float
    seconds: float | None = None
    makespan_s: int | None = None
    bound_s: int = 0
    valid: bool = False
    reason: str = ""
    cannot: str = ""
    trace: list[tuple[float, int]] = []
    bounds: list[tuple[float, int]] = []

    def take(self, seconds: float, verdict: Verdict) -> None:
        """Take a refereed plan: a better valid one, or an invalid one as a reason."""
        makespan_s, faults = verdict
        if faults:
            self.reason = self.reason or f"{faults[0]}" + (f" and {len(faults) - 1} more" if len(faults) > 1 else "")
        elif self.makespan_s is None or makespan_s < self.makespan_s:
            self.seconds, self.makespan_s, self.valid = round(seconds, 2), makespan_s, True
            self.trace.append((round(seconds, 3), makespan_s))

    def raise_bound(self, seconds: float, bound_s: int) -> None:
        """Take a better bound."""
        if bound_s > self.bound_s:
            self.bound_s = bound_s
            self.bounds.append((round(seconds, 3), bound_s))


def judged(problem: BusloadProblem | HouseholdProblem, task: Task, members: bundling.Members, plan: Plan) -> Verdict:
    """Referee a peer's plan on the problem itself."""
    if isinstance(problem, BusloadProblem):
        return check_busloads(problem, bundling.busload_tours(task, plan))
    return check_households(problem, bundling.household_tours(problem, task, members, plan))


def compete(
    name: str, entry: Entry, problem: BusloadProblem | HouseholdProblem, python: Path, seconds: float
) -> Outcome:
    """Run a peer on a problem and referee what it says."""
    outcome = Outcome(solver=name, limit_s=seconds, cannot=entry.cannot)
    if isinstance(problem, BusloadProblem):
        task, members = bundling.of_busloads(problem)
    else:
        task, members = bundling.of_households(problem, entry.grain)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "task.npz", task)
        said = sorted(_said(entry, Path(folder), python, seconds), key=lambda line: float(line["seconds"]))
    for line in said:
        at_s = float(line["seconds"])
        if at_s > seconds + LATE_S:
            outcome.reason = outcome.reason or f"a plan came at {at_s:.0f} s, too late"
        elif "plan" in line:
            if outcome.makespan_s is None or line["makespan_s"] < outcome.makespan_s:
                outcome.take(at_s, judged(problem, task, members, plan_of(json.dumps(line["plan"]))))
        elif "bound_s" in line and task.whole:
            # A bound over bundles is none over households.
            outcome.raise_bound(at_s, line["bound_s"])
        elif "note" in line:
            outcome.reason = outcome.reason or line["note"]
    if not outcome.valid:
        outcome.reason = outcome.reason or "no plan in time"
    return outcome


def _said(entry: Entry, folder: Path, python: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """Run the peer's processes side by side; yield what they said."""
    environment = {**os.environ, "PYTHONPATH": str(BENCH)}
    processes = []
    for number, formulation in enumerate(entry.formulations):
        command = [str(python), "-m", f"peers.{entry.module}", str(folder / "task.npz"), "--seconds", str(seconds)]
        command += ["--formulation", formulation, "--process", str(number)]
        with (folder / f"said-{number}").open("wb") as said, (folder / f"trouble-{number}").open("wb") as trouble:
            processes.append(subprocess.Popen(command, env=environment, cwd=BENCH, stdout=said, stderr=trouble))
    for number, process in enumerate(processes):
        try:
            status = process.wait(timeout=seconds + STOP_S if number == 0 else STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = 0
            yield {"seconds": seconds, "note": "stopped after the limit"}
        if status:
            words = (folder / f"trouble-{number}").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            yield {"seconds": 0.0, "note": f"ended with {status}: {words[-1] if words else ''}"}
    lines = chain.from_iterable(
        (folder / f"said-{number}").read_text(encoding="utf-8").splitlines(keepends=True)
        for number in range(len(processes))
    )
    # A stopped process may leave half a line.
    yield from (json.loads(line) for line in lines if line.endswith("\n"))
