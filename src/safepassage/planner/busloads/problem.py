"""The bus evacuation problem: yards, sources with whole loads, shelters with room; the last arrival is minimised.

References
----------
Bish (2011), planning for a bus-based evacuation.
Goerigk, Grün and Heßler (2013), branch and bound algorithms for the bus evacuation problem.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Seconds: TypeAlias = NDArray[np.int64]
"""Whole units of time (seconds; benchmarks also use the units of their instances)."""
Counts: TypeAlias = NDArray[np.int64]

UNREACHABLE = 2**40
"""A time between places that no way connects."""


class BusloadProblem(Struct, frozen=True, kw_only=True):
    """Alike vehicles, whole loads, one load a run.

    Attributes
    ----------
    vehicles
        Shape (yards,): how many vehicles start there. A yard is a place with an instant from which they are free.
    start_s
        Shape (yards, sources): the instant at which a vehicle that drives there first is at the source.
    loaded_s
        Shape (sources, shelters): boarding, drive and alighting; the load has arrived at the end of it.
    empty_s
        Shape (shelters, sources): the drive back to the next load.
    loads
        Shape (sources,): loads that wait.
    room
        Shape (shelters,): loads that fit.
    exact
        Whether every load is taken exactly once; else at least once (a run without need may then be a short cut where
        times break the triangle inequality; it fills the shelter all the same).
    """

    vehicles: Counts
    start_s: Seconds
    loaded_s: Seconds
    empty_s: Seconds
    loads: Counts
    room: Counts
    exact: bool = True


class Tour(Struct, frozen=True):
    """What one vehicle drives: from its yard, load by load, as pairs of source and shelter (indices)."""

    yard: int
    runs: tuple[tuple[int, int], ...]


class Solution(Struct, frozen=True, kw_only=True):
    """The best tours found and what is proved of every solution.

    `tours` is None where none was found; `bound_s` is a proved lower bound of the makespan; `ended_by` is `optimum`,
    `iterations` or `seconds`; `trace` holds (seconds since the start, makespan or None, bound) whenever one moved.
    """

    tours: tuple[Tour, ...] | None
    makespan_s: int
    bound_s: int
    ended_by: str = "iterations"
    stages: tuple[str, ...] = ()
    trace: tuple[tuple[float, int | None, int], ...] = ()

    @property
    def proved(self) -> bool:
        """Whether nothing better exists."""
        return self.tours is not None and self.makespan_s <= self.bound_s


def length_s(problem: BusloadProblem, tour: Tour) -> int:
    """Return the instant at which a tour's last load has arrived; 0 without runs."""
    at_s, here = 0, -1
    for source, shelter in tour.runs:
        leg_s = problem.start_s[tour.yard, source] if here < 0 else problem.empty_s[here, source]
        at_s, here = at_s + int(leg_s) + int(problem.loaded_s[source, shelter]), shelter
    return at_s


def makespan_s(problem: BusloadProblem, tours: tuple[Tour, ...]) -> int:
    """Return the last arrival of all tours."""
    return max((length_s(problem, tour) for tour in tours), default=0)
