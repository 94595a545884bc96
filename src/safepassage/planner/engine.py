"""The one way a model is handed to CP-SAT: same seed and work, same answer on any number of cores."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct
from ortools.sat.python import cp_model

WORKERS = 1


class Effort(Struct, frozen=True, kw_only=True):
    """How much work a stage may do: search moves, CP-SAT's deterministic seconds; the seed.

    Whether bounds are wanted.
    """

    iterations: int
    work: float
    seed: int
    prove: bool = True


class Answer(Struct, frozen=True, kw_only=True):
    """What the solver says: `status` OPTIMAL, FEASIBLE, INFEASIBLE or UNKNOWN; `bound` of the objective.

    The solver for values.
    """

    status: str
    value: int | None
    bound: int | None
    solver: cp_model.CpSolver

    @property
    def found(self) -> bool:
        """Whether there is a solution to read values from."""
        return self.status in {"OPTIMAL", "FEASIBLE"}


class Clock:
    """The wall clock of one planning call: only stops work that goes on too long, never steers it.

    `stop` is asked as well: True (somebody interrupts) ends the work like the end of the time.
    """

    def __init__(self, seconds: float, stop: Callable[[], bool] = bool) -> None:
        self._until = time.monotonic() + seconds
        self._stop = stop
        self._whole: Clock | None = None
        self.cut = False

    def part(self, share: float) -> Clock:
        """Return a clock for one stage: a share of what is left.

        When it cuts the stage short, this clock has been cut too.
        """
        stage = Clock(max(0.0, self._until - time.monotonic()) * share, self._stop)
        stage._whole = self
        return stage

    def left_s(self) -> float:
        """Seconds left, at least a little, so that every stage can finish what it must."""
        return 0.2 if self._stop() else max(0.2, self._until - time.monotonic())

    def over(self) -> bool:
        """Tell whether time is up; remember that it was, for the plan says so."""
        late = time.monotonic() >= self._until or self._stop()
        if late:
            self.cut_short()
        return late

    def cut_short(self) -> None:
        """Remember that work was ended by time, so that another run may end elsewhere."""
        self.cut = True
        if self._whole is not None:
            self._whole.cut_short()


def solve(model: cp_model.CpModel, *, work: float, seed: int, clock: Clock) -> Answer:
    """Solve with a limit of deterministic `work`, the clock as the safety net.

    Parameters
    ----------
    model
        With or without an objective.
    work
        CP-SAT's deterministic time, about seconds of one core.
    seed
        Of the random choices.
    clock
        Ends the solve when the planning call runs out of time; then another run may answer otherwise.

    References
    ----------
    Perron and Furnon, OR-Tools CP-SAT. One worker with a limit of deterministic time repeats itself; its interleaved
    search with several does too, but took 80 times as long to seat the reference case.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.catch_sigint_signal = False
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = work
    solver.parameters.max_time_in_seconds = clock.left_s()
    status = solver.solve(model)
    name = solver.status_name(status)
    if name in {"FEASIBLE", "UNKNOWN"} and solver.wall_time >= solver.parameters.max_time_in_seconds:
        clock.cut_short()
    found = name in {"OPTIMAL", "FEASIBLE"}
    has_goal = bool(model.has_objective())
    return Answer(
        status=name,
        value=round(solver.objective_value) if found and has_goal else None,
        bound=round(solver.best_objective_bound) if has_goal and name != "INFEASIBLE" else None,
        solver=solver,
    )
