"""The relaxation into fractions of tours none of which takes more loads of a source than there are.

It excludes longer horizons than the relaxation whose tours forget where they have been, and the same slack leaves fewer
tours that a plan can use. It costs more, so it comes after that one, with its tours.

References
----------
Baldacci, Mingozzi and Roberti (2011): routes that remember within neighbourhoods.
Farley (1990) and Lasdon (1970), the Lagrangian bound of a column-generation master.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from safepassage.planner.busloads.columns import (
    AMISS,
    CLOSED,
    MET,
    ROUNDS,
    SETTLED,
    add_tour,
    fits,
    missing_in,
    scale_for,
    whole,
)
from safepassage.planner.busloads.master import Reals, larger_master, master_for, optimise
from safepassage.planner.busloads.pricing import Needs, Numbers, Ways, Worth, fill, most_runs
from safepassage.planner.busloads.problem import Tour
from safepassage.planner.busloads.relaxation import SURPLUS
from safepassage.planner.busloads.remembering import (
    NO_LABEL,
    TOO_MANY,
    VALUE,
    Memory,
    Priced,
    labels_for,
    learn,
    memory_for,
    search,
    trace_back,
)

MISSING = 3.0
"""What a missing load costs at first, in vehicles; any value gives valid bounds."""
MOST_MISSING = 1e6
"""What a missing load costs at most once it has been raised."""
MOST_LABELS = 4_000_000
"""Beginnings of tours that a search may keep; beyond, the horizon is left open."""
TOURS_PER_ROUND = 40
"""Tours taken up, or learnt from, per round."""
SETTLED_WITHIN = 1e-3
"""Vehicles between what is proved and what fractions use from which on no more tours are looked for."""


class Proved(NamedTuple):
    """Whole-number duals: `rewards` (sources,), `prices` (shelters,), and what a tour of a yard is worth at most."""

    rewards: Numbers
    prices: Numbers
    best: Numbers

    def slack(self, needs: Needs) -> int:
        """Return what all vehicles are worth at most beyond what is demanded; below 0 no plan exists."""
        demanded = int(needs.loads @ self.rewards - needs.room @ self.prices)
        return int(needs.vehicles @ self.best) - demanded


class Elementary:
    """Fractions of tours that take each load at most once, for one horizon after the other; only for exact demand.

    Parameters
    ----------
    ways, needs
        Times and what is to be met.
    worth
        Room for pricing; overwritten.
    top_s
        The longest horizon that will be asked for.
    """

    def __init__(self, ways: Ways, needs: Needs, worth: Worth, *, top_s: int) -> None:
        self.ways, self.needs, self.worth, self.top_s = ways, needs, worth, top_s
        self.memory: Memory = memory_for(len(needs.loads))
        self.store = labels_for(ways, top_s, MOST_LABELS)
        self.runs = np.empty(most_runs(ways, top_s) + 1, np.int64)
        self.known: dict[tuple[int, tuple[int, ...]], int] = {}
        self.proved: Proved | None = None
        self._begin(())

    def take_up(self, tours: Sequence[Tour]) -> None:
        """Add tours that take no load twice."""
        shelters = len(self.needs.room)
        for tour in tours:
            self._put(tour.yard, np.array([i * shelters + j for i, j in tour.runs], np.int64))

    def run(self, horizon_s: int, *, to_the_end: bool, over: Callable[[], bool]) -> int:
        """Generate tours for a horizon; returns CLOSED when it is excluded, MET, SETTLED, or ROUNDS when not known.

        MET means that fractions meet it, SETTLED that in addition no more tours help; `proved` then tells how worthy
        tours can be.

        Raises
        ------
        ValueError
            When the horizon is beyond the longest that there is room for.
        """
        if horizon_s > self.top_s:
            raise ValueError(f"busloads: expected a horizon of at most {self.top_s} s; found {horizon_s} s")
        self._begin([key for key, lasts_s in self.known.items() if lasts_s <= horizon_s])
        least = None
        while not over():
            duals = np.empty(len(self.master.basic))
            cost = optimise(self.master, duals)
            if not to_the_end and cost <= self.needs.vehicles.sum() and self._missing() <= AMISS:
                return MET
            priced, scale = self._priced(duals, horizon_s)
            fill(self.ways, priced.rewards, priced.prices, horizon_s, self.worth)
            found, _ = self._search(priced, horizon_s)
            if self._add(found):
                continue
            found, all_seen = self._search(priced._replace(care=-1), horizon_s)
            if not all_seen:
                if self._add(found):
                    continue
                break
            beyond = int(self.store.labels[found[0], VALUE]) if len(found) else 0
            told = Proved(priced.rewards, priced.prices, priced.free + beyond)
            slack = told.slack(self.needs) / scale
            if least is None or slack < least:
                least, self.proved = slack, told
            if slack < 0:
                return CLOSED
            settled = cost - self.needs.vehicles.sum() + slack < SETTLED_WITHIN
            if settled or not self._add(found):
                if self._missing() <= AMISS or self.master.costs[0] > MOST_MISSING:
                    return SETTLED
                self.master.costs[: len(self.needs.loads)] *= 8.0
        return ROUNDS

    def fractions(self) -> tuple[Numbers, Reals]:
        """Return the loads that the tours driven take, shape (tours, sources), and how many vehicles drive each."""
        first = len(self.master.basic) + len(self.needs.loads)
        rows = np.flatnonzero((self.master.basic >= first) & (self.master.amounts > AMISS))
        taken = self.master.columns[self.master.basic[rows], : len(self.needs.loads)]
        return taken.astype(np.int64), self.master.amounts[rows]

    def _missing(self) -> float:
        return float(missing_in(self.master, len(self.needs.loads)))

    def _begin(self, keys: Sequence[tuple[int, tuple[int, ...]]]) -> None:
        self.master = master_for(self.needs, missing=MISSING, surplus=SURPLUS, size=4096)
        for yard, runs in keys:
            self._write(yard, np.array(runs, np.int64))

    def _priced(self, duals: Reals, horizon_s: int) -> tuple[Priced, int]:
        """Return the duals as whole numbers, and how finely they are counted."""
        sources, yards = len(self.needs.loads), len(self.needs.vehicles)
        scale = int(scale_for(self.ways, duals, horizon_s))
        rewards, prices, free = (
            np.zeros_like(counts) for counts in (self.needs.loads, self.needs.room, self.needs.vehicles)
        )
        whole(duals[:sources], rewards, scale, -np.inf)
        whole(-duals[sources : len(duals) - yards], prices, scale, 0.0)
        whole(-duals[len(duals) - yards :], free, scale, 0.0)
        return Priced(rewards, prices, free + scale + 2 + scale // 1_000_000, 0), scale

    def _search(self, priced: Priced, horizon_s: int) -> tuple[Numbers, bool]:
        """Return the last labels of the most valuable tours, best first, and whether there was room for all labels."""
        written = search(self.ways, self.needs, priced, self.worth, (self.memory, self.store), horizon_s)
        found = self.store.found[self.store.found != NO_LABEL]
        order: Numbers = found[np.argsort(-self.store.labels[found, VALUE], kind="stable")]
        return order, written != TOO_MANY

    def _add(self, found: Numbers) -> int:
        """Add the tours found, or learn from those that take a load twice; returns how many were of use."""
        used = 0
        for last in found[:TOURS_PER_ROUND].tolist():
            yard, count = trace_back(self.store, last, len(self.needs.room), self.runs)
            runs = self.runs[:count]
            if not fits(self.needs, yard, runs, self.needs.loads) and learn(self.memory, self.needs, runs):
                used += 1
            else:
                # also one whose repeats were learnt just now: it steadies the prices, and costs some of the bound
                used += self._put(yard, runs)
        return used

    def _put(self, yard: int, runs: Numbers) -> bool:
        """Add a tour; returns whether it is new."""
        key = (int(yard), tuple(runs.tolist()))
        if key in self.known:
            return False
        self._write(yard, runs)
        self.known[key] = int(self.master.length_s[self.master.counts[0] - 1])
        return True

    def _write(self, yard: int, runs: Numbers) -> None:
        while not add_tour(self.master, self.ways, yard, runs):
            self.master = larger_master(self.master)
