"""How a peer is started and what it says: one line of JSON for every better plan, and for every better bound.

A line holds `seconds` since the task was read, and `makespan_s` with the `plan`, or `bound_s`, or `note`. The caller
stops a peer that does not stop by itself; what was said until then counts.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peers.task import Plan, Task, makespan_s, overfull, read


class Teller:
    """Says what a peer has found, keeps the best and the clock.

    Parameters
    ----------
    task
        For times and room.
    seconds
        How long the peer may work.
    """

    def __init__(self, task: Task, seconds: float) -> None:
        self.task = task
        self.began = time.perf_counter()
        self.seconds = seconds
        self.best_s: int | None = None
        self.bound_s = 0

    def spent(self) -> float:
        """Return the seconds since the task was read."""
        return time.perf_counter() - self.began

    def left(self) -> float:
        """Return the seconds that remain."""
        return self.seconds - self.spent()

    def plan(self, plan: Plan) -> bool:
        """Say a plan when it keeps the room and is better than all before; tell whether it is."""
        if (overfull(self.task, plan) > 0).any():
            return False
        length_s = makespan_s(self.task, plan)
        if self.best_s is not None and length_s >= self.best_s:
            return False
        self.best_s = length_s
        self._say(makespan_s=length_s, plan=plan)
        return True

    def bound(self, bound_s: int) -> None:
        """Say a lower bound when it is better than all before."""
        if bound_s > self.bound_s:
            self.bound_s = bound_s
            self._say(bound_s=bound_s)

    def note(self, words: str) -> None:
        """Say what a reader of the table should know."""
        self._say(note=words)

    def _say(self, **what: Any) -> None:
        print(json.dumps({"seconds": round(self.spent(), 3), **what}, default=int), flush=True)


def serve(solve: Callable[[Task, Teller, str, int], None]) -> None:
    """Run a peer: read the task named on the command line and solve it.

    Parameters
    ----------
    solve
        Called with the task, what to tell, the name of the formulation and the number of the process: peers that use
        one core run twice at once, with unlike seeds or strategies.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("task", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--formulation", required=True)
    parser.add_argument("--process", type=int, default=0)
    options = parser.parse_args()
    task = read(options.task)
    solve(task, Teller(task, options.seconds), options.formulation, options.process)
    sys.stdout.flush()
