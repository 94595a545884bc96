"""A proved lower bound by branch and price over routes: no plan costs less.

For any prices of the inequalities of `conflicts`, what each convoy's cheapest way costs with the prices, added up, less
the prices, bounds every plan from below (Lagrangian duality). The linear program suggests prices; they are rounded to
whole parts of a second, and the ways are then found exactly in whole numbers, so the bound does not hang on rounding.
Where the linear program ends between plans, two convoys share entries of a link of which a plan makes only one: in one
branch the first makes none of its entries, in the other the second; the bound is the least of all open branches.

References
----------
Barnhart, Johnson, Nemhauser, Savelsbergh and Vance (1998), branch-and-price: column generation for solving huge integer
programs.
Geoffrion (1974), Lagrangean relaxation for integer programming.
Sharon, Stern, Felner and Sturtevant (2015), conflict-based search for optimal multi-agent pathfinding.
"""

from __future__ import annotations

import heapq

import numpy as np
from msgspec import Struct

from safepassage.planner.movements.conflicts import VIOLATED, Rows, windows
from safepassage.planner.movements.master import Floats, Master, Window
from safepassage.planner.movements.network import Convoys, Network
from safepassage.planner.movements.pricing import PART, Pricing, Way
from safepassage.planner.movements.problem import Integers, MovementProblem, Route
from safepassage.planner.movements.routing import TAKEN

GAIN = 1e-3
"""Seconds by which a way must beat what its convoy is worth to be taken up."""
ROUNDS = 300
"""Rounds after which a branch is split though its linear program could still move."""


class Branch(Struct, order=True):
    """A part of all plans: those without the barred entries; `bound` in parts of a second."""

    bound: int
    number: int
    barred: tuple[Window, ...] = ()
    rounds: int = 0


class Bound:
    """Branch and price, round by round.

    Attributes
    ----------
    proved
        What every plan costs at least, in parts of a second.
    hint
        The routes that the last linear program leaned to; they may be in each other's way.
    plan
        A plan that was found on the way, and as cheap as its branch allows.
    finished
        Whether nothing more is to be had.
    """

    def __init__(self, problem: MovementProblem, layout: tuple[Network, Convoys], *, skip_cost: int = 0) -> None:
        """Begin without routes; with a `skip_cost` seconds do not count, but whether all can move at all."""
        self.problem = problem
        self.counts = not skip_cost
        self.most_s = int((problem.due_s - problem.ready_s).sum())
        self.skip_cost = skip_cost or self.most_s + 1
        self.master = Master(problem, self.skip_cost)
        self.pricing = Pricing(problem, layout)
        self.proved = 0
        self.finished = False
        self.hint: tuple[Route | None, ...] = ()
        self.plan: tuple[Route, ...] = ()
        self._branch = Branch(0, 0)
        self._open: list[Branch] = []
        self._made = 1
        self._floor = TAKEN

    def take(self, routes: tuple[Route | None, ...]) -> None:
        """Let the linear program know routes found elsewhere."""
        for convoy, route in enumerate(routes):
            if route is not None:
                self._add(convoy, route)

    def advance(self, ceiling_s: int) -> None:
        """Make one round in the branch at hand; only plans cheaper than the ceiling are of interest."""
        branch, master = self._branch, self.master
        optimum = master.solve(master.open_columns(branch.barred))
        prices = np.floor(optimum.row_worth * PART).astype(np.int64)
        ways = self._ways(branch, prices)
        branch.bound = max(branch.bound, self._least(ways, prices))
        branch.rounds += 1
        if self._cost_s(branch.bound) >= ceiling_s:
            self._next()
        else:
            cuts = master.cut(optimum.share)
            added = self._take_ways(ways, optimum.convoy_worth)
            if not cuts + added or branch.rounds >= ROUNDS:
                self._split(branch, optimum.share)
                self._next()
        self._settle(ceiling_s)

    def _ways(self, branch: Branch, prices: Integers) -> list[Way]:
        """Price, where barred entries cost more than any plan."""
        rows, barred = self.master.rows(), branch.barred
        since_s = np.ones((len(barred), self.master.convoys), np.int64)
        until_s = np.zeros((len(barred), self.master.convoys), np.int64)
        for row, window in enumerate(barred):
            since_s[row, window.convoy], until_s[row, window.convoy] = window.since_s, window.until_s
        links = np.array([window.link for window in barred], np.int64)
        both = Rows(
            np.concatenate([rows.link, links]),
            np.concatenate([rows.since_s, since_s]),
            np.concatenate([rows.until_s, until_s]),
        )
        return self.pricing.ways(
            both, np.concatenate([prices, np.full(len(barred), TAKEN)]), PART if self.counts else 0
        )

    def _least(self, ways: list[Way], prices: Integers) -> int:
        """Return what these prices prove."""
        if self.counts:
            return sum(way.least for way in ways) + (int(self.problem.passing_s.sum()) * PART) - int(prices.sum())
        return sum(min(way.least, self.skip_cost * PART) for way in ways) - int(prices.sum())

    @staticmethod
    def _cost_s(bound: int) -> int:
        return -(-bound // PART)

    def _take_ways(self, ways: list[Way], worth: Floats) -> int:
        """Take up the ways that could better the linear program; return how many."""
        added = 0
        for convoy, way in enumerate(ways):
            tail_s = int(self.problem.passing_s[convoy]) if self.counts else 0
            added += way.again
            if way.route is not None and way.least / PART + tail_s < worth[convoy] - GAIN:
                added += self._add(convoy, way.route)
        return added

    def _add(self, convoy: int, route: Route) -> bool:
        cost = route.arrives_s - int(self.problem.ready_s[convoy]) if self.counts else 0
        return self.master.add_route(convoy, route, cost)

    def _split(self, branch: Branch, share: Floats) -> None:
        """Open two branches around the entries that are shared most evenly; or find that the solution is a plan."""
        best, pair = 0.0, None
        for link, entries in self.master.entries(share).items():
            held_s = self.master.held_s(link)
            since_s, until_s = np.zeros_like(held_s), np.zeros_like(held_s)
            for one in range(len(held_s_of := entries.convoy)):
                for other in range(one):
                    two = (int(held_s_of[one]), int(held_s_of[other]))
                    enters_s = (int(entries.enter_s[one]), int(entries.enter_s[other]))
                    if two[0] == two[1] or not windows(two, enters_s, held_s, since_s, until_s):
                        continue
                    inside = (since_s[entries.convoy] <= entries.enter_s) & (entries.enter_s <= until_s[entries.convoy])
                    shares = [float(entries.share[inside & (entries.convoy == n)].sum()) for n in two]
                    if min(shares) > best:
                        best = min(shares)
                        pair = [Window(n, link, int(since_s[n]), int(until_s[n])) for n in two]
        self._lean(share)
        if pair is None:
            self._conclude(branch)
            return
        for window in pair:
            heapq.heappush(self._open, Branch(branch.bound, self._made, (*branch.barred, window)))
            self._made += 1

    def _lean(self, share: Floats) -> None:
        """Note the route that each convoy drives most."""
        leaning: dict[int, tuple[float, Route]] = {}
        for column in np.flatnonzero(share > VIOLATED).tolist():
            convoy, route = self.master.routes[column]
            if share[column] > leaning.get(convoy, (0.0, route))[0]:
                leaning[convoy] = (float(share[column]), route)
        self.hint = tuple(leaning[n][1] if n in leaning else None for n in range(self.master.convoys))

    def _conclude(self, branch: Branch) -> None:
        """End a branch whose solution is a plan (unless it passes a place twice): nothing in it is cheaper."""
        routes = tuple(route for route in self.hint if route is not None and self._simple(route))
        self._floor = min(self._floor, branch.bound)
        if len(routes) == self.master.convoys:
            self.plan = routes

    def _simple(self, route: Route) -> bool:
        ends = self.problem.ends[list(route.links)].ravel()
        _, counts = np.unique(ends, return_counts=True)
        return len(counts) == len(route.links) + 1

    def _next(self) -> None:
        """Go on with the open branch that costs least."""
        self.master.tidy()
        self._branch = heapq.heappop(self._open) if self._open else Branch(TAKEN, -1)

    def _settle(self, ceiling_s: int) -> None:
        """Bring up to date what is proved."""
        least = min([self._branch.bound, self._floor, *(branch.bound for branch in self._open[:1])])
        self.finished = self._cost_s(least) >= ceiling_s or self._branch.number < 0
        self.proved = max(self.proved, min(least, ceiling_s * PART))
