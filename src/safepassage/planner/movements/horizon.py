"""A proved lower bound of the last arrival: horizons that are too short, found by bisection."""

from __future__ import annotations

import msgspec
import numpy as np

from safepassage.planner.movements.bound import Bound
from safepassage.planner.movements.network import Convoys, Network
from safepassage.planner.movements.pricing import PART
from safepassage.planner.movements.problem import UNREACHABLE, MovementProblem, Route

SKIP = 1024
"""What it costs, in seconds that do not count otherwise, to leave a convoy out: nothing else costs anything."""
ROUNDS = 400
"""Rounds after which a horizon is left undecided, and a shorter one is tried."""


class Horizon:
    """Bisection on the horizon, round by round; the same attributes as `Bound`."""

    def __init__(self, problem: MovementProblem, layout: tuple[Network, Convoys]) -> None:
        """Begin with the convoy that is last even with the network to itself."""
        network, convoys = layout
        self.problem = problem
        size = len(problem.origin)
        alone_s = convoys.ready_s + convoys.ahead_s[np.arange(size), convoys.origin] + convoys.passing_s
        self._low_s = int(alone_s.max(initial=0))
        self._high_s = UNREACHABLE
        self._layout = network, convoys
        self._trial: tuple[int, Bound] | None = None
        self._rounds = 0
        self._routes: tuple[Route | None, ...] = ()
        self.plan: tuple[Route, ...] = ()
        self.hint: tuple[Route | None, ...] = ()

    @property
    def proved(self) -> int:
        """What every plan's last arrival is at least, in parts of a second."""
        return self._low_s * PART

    @property
    def finished(self) -> bool:
        """Whether nothing more is to be had."""
        return self._low_s >= self._high_s

    def take(self, routes: tuple[Route | None, ...]) -> None:
        """Let the linear programs know routes found elsewhere."""
        self._routes = routes

    def advance(self, ceiling_s: int) -> None:
        """Make one round for the horizon at hand; only plans that end before the ceiling are of interest."""
        self._high_s = min(self._high_s, ceiling_s)
        if self.finished:
            return
        if self._trial is None or self._trial[0] >= self._high_s:
            self._trial, self._rounds = self._ask((self._low_s + self._high_s - 1) // 2), 0
        horizon_s, bound = self._trial
        bound.advance(1)
        self.hint = bound.hint
        self._rounds += 1
        if bound.proved > 0:
            self._low_s = horizon_s + 1
        elif bound.plan or bound.finished or self._rounds >= ROUNDS:
            self.plan = bound.plan
            self._high_s = horizon_s
        else:
            return
        self._trial = None

    def _ask(self, horizon_s: int) -> tuple[int, Bound]:
        """Ask whether all can have arrived by a horizon."""
        due_s = np.minimum(self.problem.due_s, horizon_s)
        problem = msgspec.structs.replace(self.problem, due_s=due_s)
        network, convoys = self._layout
        bound = Bound(problem, (network, convoys._replace(latest_s=due_s - problem.passing_s)), skip_cost=SKIP)
        bound.take(tuple(r if r is not None and r.arrives_s <= horizon_s else None for r in self._routes))
        return horizon_s, bound
