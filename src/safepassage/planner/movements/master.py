"""The linear program over routes found so far: each convoy drives one, and inequalities keep them apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from safepassage.planner.movements.conflicts import VIOLATED, Entries, Rows, broken
from safepassage.planner.movements.problem import Integers, MovementProblem, Route

Floats = NDArray[np.float64]
IDLE = 20
"""An inequality without effect in so many solutions is left out; where it is needed it is found again."""


class Window(NamedTuple):
    """Entries that a convoy does not make: on a link, from one instant until another."""

    convoy: int
    link: int
    since_s: int
    until_s: int


class Optimum(NamedTuple):
    """A solution: to what extent each route is driven; what each convoy, and each inequality in use, is worth."""

    share: Floats
    convoy_worth: Floats
    row_worth: Floats


class Master:
    """Routes and inequalities, and the linear program of both.

    Leaving a convoy out is allowed at a cost, so that there is always a solution.
    """

    def __init__(self, problem: MovementProblem, skip_cost: int) -> None:
        """Begin without routes and inequalities."""
        self.problem, self.skip_cost = problem, skip_cost
        self.convoys = len(problem.origin)
        self.routes: list[tuple[int, Route]] = []
        self.costs: list[int] = []
        self._known: set[tuple[int, tuple[int, ...], tuple[int, ...]]] = set()
        self._columns_of: dict[int, list[tuple[int, int, int]]] = {}
        self._rows: list[tuple[int, Integers, Integers]] = []
        self._met: list[list[int]] = []
        self._idle: list[int] = []

    def add_route(self, convoy: int, route: Route, cost: int) -> bool:
        """Take up a route; tell whether it is a new one."""
        key = (convoy, route.links, route.enters_s)
        if key in self._known:
            return False
        self._known.add(key)
        column = len(self.routes)
        self.routes.append((convoy, route))
        self.costs.append(cost)
        entered = {}
        for link, enter_s in zip(route.links, route.enters_s, strict=True):
            self._columns_of.setdefault(link, []).append((column, convoy, enter_s))
            entered[link] = enter_s
        for (link, since_s, until_s), met in zip(self._rows, self._met, strict=True):
            if link in entered and since_s[convoy] <= entered[link] <= until_s[convoy]:
                met.append(column)
        return True

    def _add_row(self, link: int, since_s: Integers, until_s: Integers) -> None:
        self._rows.append((link, since_s, until_s))
        driven = self._columns_of[link]
        self._met.append([column for column, n, enter_s in driven if since_s[n] <= enter_s <= until_s[n]])
        self._idle.append(0)

    def rows(self) -> Rows:
        """Return the inequalities in use."""
        return Rows(
            np.array([link for link, _, _ in self._rows], np.int64),
            np.array([since_s for _, since_s, _ in self._rows], np.int64).reshape(-1, self.convoys),
            np.array([until_s for _, _, until_s in self._rows], np.int64).reshape(-1, self.convoys),
        )

    def open_columns(self, barred: tuple[Window, ...]) -> NDArray[np.bool_]:
        """Tell which routes make none of the barred entries, shape (routes,)."""
        free = np.ones(len(self.routes), np.bool_)
        for window in barred:
            for column, convoy, enter_s in self._columns_of.get(window.link, ()):
                if convoy == window.convoy and window.since_s <= enter_s <= window.until_s:
                    free[column] = False
        return free

    def solve(self, free: NDArray[np.bool_]) -> Optimum:
        """Solve the linear program over the routes that are free.

        Raises
        ------
        RuntimeError
            When the solver gives up.
        """
        columns, rows = len(self.routes), len(self._rows)
        skips = np.arange(self.convoys)
        owner = np.concatenate([np.array([convoy for convoy, _ in self.routes], np.int64), skips])
        cover = coo_array((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(self.convoys, len(owner)))
        meeting = np.repeat(np.arange(rows), [len(met) for met in self._met])
        met = np.array([column for met in self._met for column in met], np.int64)
        apart = coo_array((np.ones(len(met)), (meeting, met)), shape=(rows, len(owner)))
        done = linprog(  # type: ignore[call-overload]  # its stubs know no sparse matrices
            np.array([*self.costs, *[self.skip_cost] * self.convoys], np.float64),
            A_ub=apart.tocsr() if rows else None,
            b_ub=np.ones(rows) if rows else None,
            A_eq=cover.tocsr(),
            b_eq=np.ones(self.convoys),
            bounds=[(0.0, float(one)) for one in free] + [(0.0, 1.0)] * self.convoys,
            method="highs-ds",
        )
        if done.x is None:
            raise RuntimeError(f"the linear program of the convoys' routes was not solved: {done.message}")
        worth = np.maximum(-done.ineqlin.marginals, 0.0) if rows else np.zeros(0)
        self._idle = [0 if value > 0 else idle + 1 for idle, value in zip(self._idle, worth, strict=True)]
        return Optimum(done.x[:columns], done.eqlin.marginals, worth)

    def tidy(self) -> None:
        """Leave out inequalities that have long been without effect."""
        kept = [row for row, idle in enumerate(self._idle) if idle < IDLE]
        self._rows, self._met = [self._rows[row] for row in kept], [self._met[row] for row in kept]
        self._idle = [self._idle[row] for row in kept]

    def entries(self, share: Floats) -> dict[int, Entries]:
        """List the entries that a solution makes, by link, where two convoys or more drive it."""
        driven: dict[int, list[tuple[int, int, float]]] = {}
        for column in np.flatnonzero(share > VIOLATED).tolist():
            convoy, route = self.routes[column]
            for link, enter_s in zip(route.links, route.enters_s, strict=True):
                driven.setdefault(link, []).append((convoy, enter_s, share[column]))
        found = {}
        for link, made in driven.items():
            if len({convoy for convoy, _, _ in made}) > 1:
                convoys, enters_s, shares = zip(*made, strict=True)
                found[link] = Entries(np.array(convoys, np.int64), np.array(enters_s, np.int64), np.array(shares))
        return found

    def held_s(self, link: int) -> Integers:
        """Give the seconds for which each convoy takes a link."""
        held_s: Integers = self.problem.travel_s[self.problem.pace, link] + self.problem.passing_s
        return held_s

    def cut(self, share: Floats) -> int:
        """Add, for each link, the inequality that a solution breaks most; return how many."""
        added = 0
        for link, entries in self.entries(share).items():
            since_s, until_s = np.zeros(self.convoys, np.int64), np.zeros(self.convoys, np.int64)
            if broken(entries, self.held_s(link), since_s, until_s) > VIOLATED:
                self._add_row(link, since_s, until_s)
                added += 1
        return added
