"""Plan convoys on shared links: search and bound work side by side, and tell each other what they found.

They meet after so many iterations of the one and rounds of the other, never by the clock: the result does not depend on
which of them was quicker.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct

from safepassage.planner.movements.bound import Bound
from safepassage.planner.movements.horizon import Horizon
from safepassage.planner.movements.neighbourhood import cost_of, improve, make_saved
from safepassage.planner.movements.network import lay_out
from safepassage.planner.movements.placing import adopt, empty_plan, place, routes_of
from safepassage.planner.movements.pricing import PART
from safepassage.planner.movements.problem import MovementProblem, Route, Solution, cost_s
from safepassage.planner.movements.routing import make_labels

STEP = 100
"""Iterations of the search for each round of the bound: both then take about as long."""
WORK = 2_500
"""Iterations times convoys for each round, at most: with many convoys each iteration takes longer."""
ROUNDS = 20
"""Rounds of the bound before it meets the search, at most; at first they meet after one, then two, four ..."""
LABELS = 100_000


class _Best(Struct, kw_only=True):
    """The best plan so far, what the search makes of it, and what moved when."""

    routes: tuple[Route | None, ...]
    worth: int
    bound_s: int = 0
    trace: list[tuple[float, int | None, int]] = []


def solve(
    problem: MovementProblem, *, seconds: float = float("inf"), iterations: int = 20_000, seed: int = 0
) -> Solution:
    """Find routes and departures of all convoys, and prove how good they are.

    Ends at a proved optimum, at a proof that not all can move within their windows, after so many iterations of the
    search or, looked at between rounds, so many seconds.

    Parameters
    ----------
    problem
        Network and convoys.
    seconds, iterations
        Limits of the work; with `iterations` alone the same problem and seed give the same result.
    seed
        Of the search's random choices.

    Raises
    ------
    RuntimeError
        When the solver of the linear program gives up.
    """
    return _Solver(problem, seconds, seed).run(iterations)


class _Solver:
    def __init__(self, problem: MovementProblem, seconds: float, seed: int) -> None:
        self.problem, self.seed, self.seconds = problem, seed, seconds
        self.began = time.monotonic()
        self.makespan = int(problem.objective == "makespan")
        self.layout = lay_out(problem)
        size = len(problem.origin)
        self.plan = empty_plan(size, problem.places, len(problem.ends))
        self.saved = make_saved(self.plan)
        self.labels = make_labels(problem.places, LABELS)
        self.bound = Horizon(problem, self.layout) if self.makespan else Bound(problem, self.layout)
        for convoy in range(size):
            self._place(convoy)
        self.best = _Best(routes=routes_of(self.plan, self.layout[1]), worth=self._worth())
        self.hinted: tuple[Route | None, ...] = ()

    def run(self, iterations: int) -> Solution:
        """Let search and bound work until there is a reason to stop."""
        done, rounds = 0, 1
        ended_by = self._reason()
        with ThreadPoolExecutor(1) as worker:
            while not ended_by:
                step = min(rounds * self._step(), iterations - done)
                searching = worker.submit(self._search, step, self.seed + done, self.bound.hint)
                self._raise_bound(rounds, self._ceiling_s())
                searching.result()
                self._meet()
                done, rounds = done + step, min(ROUNDS, 2 * rounds)
                ended_by = self._reason() or ("iterations" if done >= iterations else "")
        routes = self.best.routes
        return Solution(
            routes=routes,
            cost_s=cost_s(self.problem, routes),
            bound_s=self.best.bound_s,
            ended_by=ended_by,
            trace=tuple(self.best.trace),
        )

    def _step(self) -> int:
        return min(STEP, max(1, WORK // len(self.problem.origin)))

    def _search(self, iterations: int, seed: int, hint: tuple[Route | None, ...]) -> None:
        """Search from the best plan; where the bound leans to new routes, from those first."""
        if hint and hint != self.hinted:
            self.hinted = hint
            self._from(hint)
            self._improve(iterations // 2, seed)
        self._from(self.best.routes)
        self._improve(iterations, seed)

    def _raise_bound(self, rounds: int, ceiling_s: int) -> None:
        """Make rounds of the bound."""
        for _ in range(rounds):
            if self.bound.finished or self.bound.plan or self._is_late():
                return
            self.bound.advance(ceiling_s)

    def _meet(self) -> None:
        """Let search and bound know what the other found."""
        if self.bound.plan:
            self._from(self.bound.plan)
            self._keep()
            self.bound.plan = ()
        self.bound.take(self.best.routes)

    def _is_late(self) -> bool:
        return time.monotonic() - self.began >= self.seconds

    def _reason(self) -> str:
        """Return why to stop, if there is a reason."""
        self._note()
        if self.best.bound_s >= self._ceiling_s():
            return "optimum" if None not in self.best.routes else "impossible"
        return "seconds" if self._is_late() else ""

    def _ceiling_s(self) -> int:
        """Return what a plan must cost less than to be of interest."""
        problem = self.problem
        if None not in self.best.routes:
            return cost_s(problem, self.best.routes)
        return 1 + int(problem.due_s.max() if self.makespan else (problem.due_s - problem.ready_s).sum())

    def _from(self, routes: tuple[Route | None, ...]) -> None:
        for convoy in adopt(self.plan, self.layout[1], routes):
            self._place(convoy)

    def _place(self, convoy: int) -> None:
        place(self.plan, *self.layout, convoy, self.labels)

    def _improve(self, iterations: int, seed: int) -> None:
        improve(self.plan, *self.layout, self.labels, self.saved, (seed, iterations, self.makespan))
        self._keep()

    def _worth(self) -> int:
        return int(cost_of(self.plan, self.layout[1], self.makespan))

    def _keep(self) -> None:
        """Keep the plan if it is the best."""
        if self._worth() < self.best.worth:
            self.best.worth, self.best.routes = self._worth(), routes_of(self.plan, self.layout[1])

    def _note(self) -> None:
        """Trace what moved."""
        best = self.best
        best.bound_s = max(best.bound_s, -(-self.bound.proved // PART))
        cost = cost_s(self.problem, best.routes) if None not in best.routes else None
        if not best.trace or best.trace[-1][1:] != (cost, best.bound_s):
            best.trace.append((round(time.monotonic() - self.began, 3), cost, best.bound_s))
