"""The linear program over tours found so far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safepassage.planner.households.problem import UNREACHABLE, Integers
from safepassage.planner.households.simplex import Program, minimise
from safepassage.planner.households.tour_columns import SCALE, Case, Column, Limits, Prices

PIVOTS = 5000
"""A program that takes more is taken as it stands: its prices still prove something."""
PROHIBITIVE = 1e4
"""What a tour costs that breaks a limit, in people left behind."""
NUDGE = 1e-7
"""Targets differ by about this much from what is asked: ties would let the simplex turn in circles."""


class Master:
    """Fractions of tours that leave as few people behind as they can.

    Rows: heads of pickups, visits at least, visits at most, room, vehicles, further limits. The first columns are what
    is missing (it costs), what is left over, then come tours.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._pickups, self._shelters = len(case.relaxed.heads), len(case.relaxed.room)
        self._rows = 3 * self._pickups + self._shelters + len(case.relaxed.groups.vehicles)
        self._known: set[tuple[int, tuple[tuple[int, int], ...], bytes, bytes]] = set()
        self.columns: list[Column] = []
        self._body = np.zeros((self._rows, 0))
        self._made = np.zeros((0, 4), np.int64)
        self._end_s = np.zeros(0, np.int64)
        self.basis = np.zeros(0, np.int64)

    def add(self, found: list[Column]) -> int:
        """Add tours not yet known; return how many."""
        fresh = []
        for column in found:
            key = (column.group, column.trips, column.loads.tobytes(), column.room.tobytes())
            if key not in self._known:
                self._known.add(key)
                fresh.append(column)
        if fresh:
            numbers = range(len(self.columns), len(self.columns) + len(fresh))
            made = [
                (number, own.group, *trip) for number, own in zip(numbers, fresh, strict=True) for trip in own.trips
            ]
            self._made = np.r_[self._made, np.array(made, np.int64)]
            self._end_s = np.r_[self._end_s, [own.end_s for own in fresh]]
            self.columns += fresh
            vehicles = np.eye(len(self._case.relaxed.groups.vehicles))
            parts = [np.r_[own.loads, own.visits, own.visits, own.room, vehicles[own.group]] for own in fresh]
            self._body = np.c_[self._body, np.array(parts).T]
        return len(fresh)

    def solve(self, limits: Limits, horizon_s: int) -> tuple[float, Prices, NDArray[np.float64]]:
        """Return the people left behind by tours within limits, whole prices, and the share of every tour."""
        program, fixed = self._program(limits, horizon_s)
        rows = len(program.target)
        self._fit_basis(rows)
        _, amount, dual = minimise(program, self.basis, PIVOTS)
        shares = np.zeros(len(program.cost))
        shares[self.basis] = amount
        return float(program.cost[self.basis] @ amount), self._prices(limits, dual), shares[fixed:]

    def _fit_basis(self, rows: int) -> None:
        """Make the last basis one of so many rows: limits come and go at the end."""
        before = len(self.basis)
        basis = self.basis.copy()  # the caller keeps the old one
        basis[basis >= 2 * before] += 2 * (rows - before)
        opposite = (self.basis >= before) & (self.basis < 2 * before)
        basis[opposite] += rows - before
        if rows >= before:
            self.basis = np.r_[basis, np.arange(before, rows)]
        else:
            self.basis = np.arange(rows)

    def _program(self, limits: Limits, horizon_s: int) -> tuple[Program, int]:
        """Put the program together; also where tours begin among its columns."""
        relaxed, pickups = self._case.relaxed, self._pickups
        most = np.where(limits.most < UNREACHABLE, limits.most, 10**6)
        amounts = [limit.amount for limit in limits.counts]
        target = np.r_[relaxed.heads, limits.fewest, most, relaxed.room, relaxed.groups.vehicles, amounts].astype(float)
        rows = len(target)
        target += NUDGE * (1 + np.arange(rows) * 0.6180339887 % 1)
        places = float(relaxed.groups.places.max())
        least = np.zeros(rows, np.bool_)
        least[: 2 * pickups] = True
        least[self._rows :] = [limit.at_least for limit in limits.counts]
        missing = np.where(least, places, 0.0)
        missing[:pickups] = 1.0
        over = np.where(least, 0.0, PROHIBITIVE)
        identity = np.eye(rows)
        matrix = np.ascontiguousarray(np.c_[identity, -identity, np.r_[self._body, self._counted(limits)]])
        fits = self._fits(limits, horizon_s)
        cost = np.r_[missing, over, np.where(fits, 0.0, PROHIBITIVE)]
        fixed = 2 * rows
        open_ = np.r_[np.ones(rows, np.bool_), least, fits]
        return Program(matrix, cost, open_, target), fixed

    def _counted(self, limits: Limits) -> NDArray[np.float64]:
        """How often every tour counts for every further limit, shape (limits, tours)."""
        tour, group, own, shelter = self._made.T
        rows = np.zeros((len(limits.counts), len(self.columns)))
        for number, limit in enumerate(limits.counts):
            rows[number] = np.bincount(tour, limit.groups[group] & limit.trips[own, shelter], len(self.columns))
        return rows

    def _fits(self, limits: Limits, horizon_s: int) -> NDArray[np.bool_]:
        """Whether every tour keeps to the limits and ends by the horizon."""
        fits: NDArray[np.bool_] = self._end_s <= horizon_s
        if limits.whole.any():
            loads, visits = self._body[: self._pickups], self._body[self._pickups : 2 * self._pickups]
            emptied = (visits <= 1) & (loads == self._case.relaxed.heads[:, None])
            fits &= (emptied | (visits == 0) | ~limits.whole[:, None]).all(0)
        tour, group, own, shelter = self._made.T
        fits[tour[~limits.allowed[group, own, shelter]]] = False
        return fits

    def _prices(self, limits: Limits, dual: NDArray[np.float64]) -> Prices:
        """Make dual values whole numbers of the signs that a proof needs."""
        whole: Integers = np.floor(SCALE * dual).astype(np.int64)
        cuts = np.cumsum([self._pickups, self._pickups, self._pickups, self._shelters])
        head, fewest, most, room, rest = np.split(whole, cuts)
        vehicle, counts = np.split(rest, [self._rows - int(cuts[-1])])
        at_least = np.array([limit.at_least for limit in limits.counts], np.bool_)
        return Prices(
            head=np.maximum(head, 0),
            fewest=np.maximum(fewest, 0),
            most=np.where(limits.most < UNREACHABLE, np.minimum(most, 0), 0),
            room=np.maximum(-room, 0),
            vehicle=np.maximum(-vehicle, 0),
            counts=np.where(at_least, np.maximum(counts, 0), np.minimum(counts, 0)),
        )
