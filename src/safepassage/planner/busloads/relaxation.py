"""The relaxation into fractions of tours, for all needs or for what is left of them, and the tours it turns up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from safepassage.planner.busloads.columns import (
    AMISS,
    FULL,
    ROUNDS,
    SETTLED,
    Course,
    fits,
    generate,
    missing_in,
    take_fitting,
    worthy_for,
)
from safepassage.planner.busloads.master import Reals, larger_master, master_for
from safepassage.planner.busloads.pricing import Needs, Numbers, Ways, Worth, most_loads, most_runs
from safepassage.planner.busloads.problem import Tour

SURPLUS = 0.5
"""What a load too many costs in the exact convention, in vehicles; any value gives valid bounds."""
WORK_PER_CHUNK = 400_000_000
"""Steps of pricing between two looks at the clock."""
TOURS_PER_YARD = 6
"""Tours of a yard taken up per round."""


class Relaxation:
    """Fractions of tours that meet needs within a horizon which rises as shorter ones are excluded.

    Parameters
    ----------
    ways, needs
        Times and what is to be met.
    worth
        Room for pricing up to `top_s`; may be shared, it is overwritten.
    exact
        Whether each load is taken once.
    span_s
        The first horizon to consider and the last.
    """

    def __init__(self, ways: Ways, needs: Needs, worth: Worth, *, exact: bool, span_s: tuple[int, int]) -> None:
        self.ways, self.needs, self.worth, self.exact = ways, needs, worth, exact
        self.horizon_s, self.top_s = span_s
        self.most = most_loads(needs, exact=exact)
        missing = float(needs.vehicles.sum() + 1)
        self.master = master_for(needs, missing=missing, surplus=SURPLUS if exact else 0.0, size=1024)
        self.worthy = worthy_for(needs)

    def run(self, *, to_the_end: bool, over: Callable[[], bool]) -> int:
        """Generate tours until the fleet meets the horizon or no tour helps; returns MET, SETTLED, CLOSED or ROUNDS.

        ROUNDS means that `over` said so. The horizon may have risen in any case.
        """
        work = 2 * self.ways.loaded_s.size * max(1, self.horizon_s)
        rounds = int(np.clip(WORK_PER_CHUNK // work, 1, 100))
        while True:
            top_s = self.top_s
            course = Course(rounds, TOURS_PER_YARD, most_runs(self.ways, top_s), top_s, to_the_end, self.exact)
            told = (self.worth, self.worthy)
            ended, self.horizon_s = generate(self.ways, self.needs, self.master, told, course, self.horizon_s)
            if ended == FULL:
                self.master = larger_master(self.master)
            elif ended == SETTLED and self._missing() > AMISS and self.master.costs[0] < 1e6:
                self.master.costs[: len(self.needs.loads)] *= 8.0
            elif ended != ROUNDS or over():
                return ended

    def _missing(self) -> float:
        return float(missing_in(self.master, len(self.needs.loads)))

    def take_up(self, other: Relaxation) -> None:
        """Take over the tours of another relaxation that fit these needs and the horizon."""
        while not take_fitting(self.ways, self.needs, self.most, other.master, self.master, self.horizon_s):
            self.master = larger_master(self.master)

    def driven(self) -> tuple[Numbers, Reals]:
        """Return the columns of tours driven by a fraction or more, and how many vehicles drive each."""
        first = len(self.master.basic) + len(self.needs.loads)
        rows = np.flatnonzero((self.master.basic >= first) & (self.master.amounts > AMISS))
        return self.master.basic[rows], self.master.amounts[rows]

    def tour(self, column: int) -> tuple[int, Numbers]:
        """Return the yard of a tour and its runs as source * shelters + shelter."""
        yard, begin, count = self.master.tours[column]
        return int(yard), self.master.runs[begin : begin + count]

    def fitting(self) -> list[Tour]:
        """Return the tours known that fit these needs and the horizon."""
        shelters, first = len(self.needs.room), len(self.master.basic) + len(self.needs.loads)
        columns = [c for c in range(first, self.master.counts[0]) if self.master.length_s[c] <= self.horizon_s]
        known = [self.tour(column) for column in columns]
        return [
            Tour(yard, tuple(divmod(run, shelters) for run in runs.tolist()))
            for yard, runs in known
            if fits(self.needs, yard, runs, self.most)
        ]
