"""A bound of the makespan by whole numbers of drives: those that serve all loads in the least time, with cuts.

All drives of a plan together take no longer than the vehicles have. A programme looks for whole numbers of drives that
serve all loads and take the least time; they need not be tours, but cuts forbid sets of places in which vehicles would
stay longer than they have, and tell how many vehicles must come into a set at least. The solver of whole-number
programmes is taken at its word.

References
----------
Laporte, Nobert and Desrochers (1985): flows of drives with cuts where the length of tours is limited.
Kohl, Desrosiers, Madsen, Solomon and Soumis (1999): the least number of vehicles that come into a set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from safepassage.planner.busloads.crossings import (
    Drives,
    Places,
    around_shelters,
    drives_of,
    entries,
    too_long,
    violated,
)
from safepassage.planner.busloads.entering import AMISS, OPTIMAL, least_entries
from safepassage.planner.busloads.master import Reals
from safepassage.planner.busloads.pricing import Needs, Numbers, Ways

MOST_PLACES = 200
"""Places up to which least cuts are quick enough."""
CUTS_PER_ROUND, SETS_PER_ROUND, COUNTS_PER_ROUND = 20, 150, 30
"""Cuts that are taken up at a time, sets whose least number of vehicles is looked for, and of those taken up."""
MOST_ROUNDS, MOST_COUNTS, MOST_WHOLE = 80, 14, 12
"""Rounds of fractions, of those how many look for least numbers of vehicles, and rounds of whole numbers."""
WORTHWHILE = 0.02
"""Vehicles by which a least number must be missed to be taken up."""
IDLE = 0.1
"""Vehicles that a row may leave over to be kept for whole numbers."""
MOST_NODES = 1_000
"""Nodes of branch and bound in one round of whole numbers: a count, so that equal work gives equal bounds."""
INFEASIBLE = 2
"""What the solver answers."""


class Crossings:
    """Whole numbers of drives that serve all loads within a horizon, each load taken once.

    Parameters
    ----------
    ways, needs
        Times and what is to be met.
    horizon_s
        Plans up to it are looked at.
    """

    def __init__(self, ways: Ways, needs: Needs, horizon_s: int) -> None:
        self.needs, self.horizon_s = needs, horizon_s
        self.places = sum(ways.loaded_s.shape)
        self.fleet = int(needs.vehicles.sum())
        self.drives: Drives = drives_of(ways, needs, horizon_s)
        self.rows: list[Numbers | Reals] = []
        self.limits: list[tuple[float, float]] = []
        self.cuts: set[bytes] = set()
        self.least: dict[bytes, int] = {}
        """Vehicles that come into a set at least."""
        self._serve()
        self.demands = len(self.rows)
        """How many rows are no cuts."""
        self.amounts: Reals = np.zeros(len(self.drives.tail))
        """The last fractions found."""

    def bounds(self, left_s: Callable[[], float]) -> Iterator[int]:
        """Yield bounds round after round, none above horizon + 1, until no cut is violated or no time is left.

        Parameters
        ----------
        left_s
            Tells the seconds left.
        """
        if len(self.drives.tail):
            self._strike_out(left_s())
        if not len(self.drives.tail):
            yield self.horizon_s + 1 if self.needs.loads.any() else 0
            return
        counts = 0
        for _ in range(MOST_ROUNDS):
            found = self._solve(whole=False, seconds=left_s())
            yield self._proved(found)
            if found.x is None or left_s() <= 0:
                return
            self.amounts = found.x
            if self._cut(found.x):
                continue
            counts += 1
            if counts > MOST_COUNTS or not self._count(found.x, left_s):
                break
        self._forget_idle()
        for _ in range(MOST_WHOLE):
            found = self._solve(whole=True, seconds=left_s())
            yield self._proved(found)
            if found.x is None or left_s() <= 0 or not self._cut(np.rint(found.x)):
                return

    def _proved(self, found: Any) -> int:
        """Return the bound that a solution proves; 0 where it proves none."""
        if found.status == INFEASIBLE:
            return self.horizon_s + 1
        # fractions have no such bound: their optimum is one
        least: float | None = found.mip_dual_bound
        if least is None and found.status == OPTIMAL:
            least = found.fun
        if least is None or not math.isfinite(least):
            return 0
        return min(max(0, math.ceil(least / self.fleet - AMISS)), self.horizon_s + 1)

    def _forget_idle(self) -> None:
        """Leave out the cuts that the last fractions neither meet nor nearly so; they may come back."""
        used = np.array(self.rows) @ self.amounts
        low, high = np.array(self.limits).T
        kept = np.minimum(used - low, high - used) < IDLE
        kept[: self.demands] = True
        self.rows = [row for row, keep in zip(self.rows, kept, strict=True) if keep]
        self.limits = [limit for limit, keep in zip(self.limits, kept, strict=True) if keep]
        self.cuts.clear()

    def _add(self, row: Numbers | Reals, low: float, high: float) -> None:
        self.rows.append(row)
        self.limits.append((low, high))

    def _serve(self) -> None:
        """Write the rows of loads, room, yards, and of the time that vehicles have."""
        drives, sources = self.drives, len(self.needs.loads)
        started = drives.tail < 0
        out = np.where(started, -1, drives.tail)
        for source, loads in enumerate(self.needs.loads.tolist()):
            for side in (drives.head, out):
                self._add((side == source).astype(float), loads, loads)
        for shelter, room in enumerate(self.needs.room.tolist(), sources):
            arrived = (drives.head == shelter).astype(float)
            self._add(arrived, 0.0, room)
            self._add(arrived - (out == shelter), 0.0, math.inf)
        for yard, vehicles in enumerate(self.needs.vehicles.tolist()):
            self._add((drives.tail == -1 - yard).astype(float), 0.0, vehicles)
        self._add(drives.lasts_s / self.horizon_s - started, -math.inf, 0.0)

    def _strike_out(self, seconds: float) -> None:
        """Leave out the drives that take all together longer than vehicles have: by their reduced costs."""
        matrix, (low, high) = np.array(self.rows), np.array(self.limits).T
        equal, above, below = low == high, np.isfinite(high) & (low != high), np.isfinite(low) & (low != high)
        found = linprog(  # type: ignore[call-overload]  # its stubs know no sparse matrices
            self.drives.lasts_s,
            A_eq=csc_array(matrix[equal]),
            b_eq=high[equal],
            A_ub=csc_array(np.concatenate((matrix[above], -matrix[below]))),
            b_ub=np.concatenate((high[above], -low[below])),
            options={"time_limit": max(0.01, seconds)},
        )
        if found.status == OPTIMAL:
            prices = np.concatenate((found.eqlin.marginals, found.ineqlin.marginals))
            rows = np.concatenate((matrix[equal], matrix[above], -matrix[below]))
            reduced = self.drives.lasts_s - prices @ rows
            kept = found.fun + reduced <= self.fleet * self.horizon_s + 1
            self.drives, self.rows = self.drives.only(kept), list(matrix[:, kept])

    def _solve(self, *, whole: bool, seconds: float) -> Any:
        """Return what the solver finds of the drives that take least time."""
        low, high = np.array(self.limits).T
        return milp(
            self.drives.lasts_s,
            constraints=LinearConstraint(csc_array(np.array(self.rows)), low, high),
            bounds=Bounds(0, self.drives.most),
            integrality=np.full(len(self.drives.tail), int(whole)),
            options={"time_limit": max(0.01, seconds), "node_limit": MOST_NODES},
        )

    def _cut(self, amounts: Reals) -> int:
        """Forbid the sets in which vehicles stay too long; returns how many are new."""
        found = violated(self.drives, np.maximum(amounts, 0.0), self.horizon_s, self.places)
        new = [places for places in found if places.tobytes() not in self.cuts][:CUTS_PER_ROUND]
        for places in new:
            self.cuts.add(places.tobytes())
            self._add(too_long(self.drives, places, self.horizon_s) / self.horizon_s, -math.inf, 0.0)
        return len(new)

    def _count(self, amounts: Reals, left_s: Callable[[], float]) -> int:
        """Ask how many vehicles must come into sets at least; returns how many rows are new."""
        new: list[tuple[float, Places, int]] = []
        for places in around_shelters(self.drives, amounts, self.needs, self.horizon_s, SETS_PER_ROUND):
            seconds = left_s()
            if seconds <= 0:
                break
            key, into = places.tobytes(), entries(self.drives, places)
            if key not in self.least:
                self.least[key] = least_entries(self.drives, places, self.needs, self.horizon_s, seconds=seconds)
            missed = self.least[key] - amounts[into].sum()
            if missed > WORTHWHILE:
                new.append((missed, into, self.least[key]))
        new.sort(key=lambda each: -each[0])
        for _, into, least in new[:COUNTS_PER_ROUND]:
            self._add(into.astype(float), least, math.inf)
        return len(new)


def bounds_by_crossings(ways: Ways, needs: Needs, horizon_s: int, *, left_s: Callable[[], float]) -> Iterator[int]:
    """Yield lower bounds of the makespan of plans that take each load once, one each round; they need not rise.

    Parameters
    ----------
    horizon_s
        Plans up to it are looked at; no bound is above horizon + 1.
    left_s
        Tells the seconds left; no round takes much longer.
    """
    if sum(ways.loaded_s.shape) <= MOST_PLACES:
        yield from Crossings(ways, needs, horizon_s).bounds(left_s)
