"""Rounded capacity for the bound from trips: who wait in a set of pickups need whole arrivals of vehicles there.

Whenever a vehicle comes into a set of pickups, from elsewhere, a shelter or its yard, it boards at most its places
before it leaves the set. So it comes in at least as often as the people of the set fill vehicles, rounded up; the
linear program alone would be content with the fraction. The price of an arrival is paid for every stop in the set, and
taken back for every drive between two of its pickups: pricing stays a walk, with dearer drives.

References
----------
Laporte, Nobert and Desrochers (1985), optimal routing under capacity and distance restrictions.
Fukasawa, Longo, Lysgaard et al. (2006), robust branch-and-cut-and-price for the capacitated vehicle routing problem.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel
from safepassage.planner.households.problem import Flags, Integers

LARGEST = 12
"""Pickups of a set at most."""
LACKING = 0.03
"""Arrivals that the linear program must lack for a set to be worth a row."""

Numbers: TypeAlias = NDArray[np.float64]


class Cuts:
    """Sets of pickups, `members` (sets, pickups), and how often vehicles must come into each, `needs` (sets,)."""

    def __init__(self, heads: Integers, places: int) -> None:
        self._heads, self._places = heads, places
        self._known: set[bytes] = set()
        self.members: Flags = np.zeros((0, len(heads)), np.bool_)
        self.needs: Integers = np.zeros(0, np.int64)

    def add(self, members: Flags) -> int:
        """Add those sets (sets, pickups) that are new; return how many."""
        fresh = []
        for row in members:
            if row.tobytes() not in self._known:
                self._known.add(row.tobytes())
                fresh.append(row)
        if fresh:
            added = np.array(fresh)
            self.members = np.concatenate([self.members, added])
            self.needs = np.concatenate([self.needs, -(-(added @ self._heads) // self._places)])
        return len(fresh)

    def arrivals(self, pickups: Integers, since: int = 0) -> Integers:
        """Count how often a trip comes into each set from a number on, shape (sets,)."""
        inside = self.members[since:, pickups]
        return np.asarray(inside.sum(1) - (inside[:, 1:] & inside[:, :-1]).sum(1), np.int64)

    def rewards(self, prices: Integers) -> tuple[Integers, Integers]:
        """Turn whole prices of arrivals (first sets,) into the reward of a stop (pickups,) and the price of a drive."""
        inside = self.members[: len(prices)].astype(np.float64)
        # Exact in floating point: whole numbers far below 2**53.
        weighted = inside * prices[:, None]
        return weighted.sum(0).astype(np.int64), (inside.T @ weighted).astype(np.int64)

    def owed(self, prices: Integers) -> int:
        """Sum what all arrivals needed are worth."""
        return int(prices @ self.needs[: len(prices)])

    def find(self, visits: Numbers, drives: Numbers) -> Flags:
        """Find sets into which too few come, by visits (pickups,) and drives (pickups, pickups) of the program."""
        rows = _grow(visits, drives + drives.T, self._heads, self._places)
        return np.asarray(np.unique(rows[rows.any(1)], axis=0), np.bool_)


@kernel
def _grow(visits: Numbers, linked: Numbers, heads: Integers, places: int) -> Flags:
    """Grow a set from every pickup, twice: by the strongest link, and by what is lacking most."""
    pickups = len(heads)
    found = np.zeros((2 * pickups, pickups), np.bool_)
    for seed in range(pickups):
        for rule in range(2):
            if heads[seed] > 0:
                _grow_one(visits, linked, (heads, places), (seed, rule), found[2 * seed + rule])
    return found


@kernel
def _grow_one(
    visits: Numbers, linked: Numbers, demand: tuple[Integers, int], how: tuple[int, int], found: Flags
) -> None:
    heads, places = demand
    seed, rule = how
    link = linked[seed].copy()
    inside = np.zeros(len(heads), np.bool_)
    inside[seed] = True
    arrivals, waiting, most = visits[seed], heads[seed], LACKING
    for _ in range(LARGEST - 1):
        best, value = -1, -1e18
        for pickup in range(len(heads)):
            if inside[pickup] or link[pickup] <= 1e-6:
                continue
            score = link[pickup]
            if rule == 1:
                score = link[pickup] - visits[pickup] - (-(waiting + heads[pickup]) // places)
            if score > value:
                best, value = pickup, score
        if best < 0:
            return
        inside[best] = True
        arrivals += visits[best] - link[best]
        waiting += heads[best]
        link += linked[best]
        lacking = -(-waiting // places) - arrivals
        if lacking > most:
            most = lacking
            found[:] = inside
