"""The published formulation of the island evacuation on HiGHS: the peer of the exact model, and a check of it.

For each vessel and round trip a binary variable for every sailing: empty to an island dock, loaded to a safe dock,
empty back; passengers as flows on the loaded ones; a vessel's time is the sum over its sailings. Docks of locations
where nobody waits are left out, which the published programs do not do.

References
----------
Krutein and Goodchild (2022), The isolated community evacuation problem with mixed integer programming, Transportation
Research Part E.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from icep_folder import Case, Vessel

Terms = list[tuple[int, Fraction]]
ONE = Fraction(1)


class Answer(NamedTuple):
    """What the solver ended with, in minutes; None where it found no plan or no bound."""

    makespan_min: float | None
    bound_min: float | None
    variables: int


class _Program:
    """A mixed-integer program, row by row."""

    def __init__(self) -> None:
        self.upper: list[float] = []
        self.whole: list[int] = []
        self.rows: list[Terms] = []
        self.limits: list[tuple[float, float]] = []

    def binary(self) -> int:
        """Add a choice."""
        self.whole.append(1)
        self.upper.append(1.0)
        return len(self.upper) - 1

    def amount(self, upper: float) -> int:
        """Add a quantity from 0."""
        self.whole.append(0)
        self.upper.append(upper)
        return len(self.upper) - 1

    def row(self, terms: Terms, low: float, high: float) -> None:
        """Add a constraint."""
        self.rows.append(terms)
        self.limits.append((low, high))


def published(case: Case, people: Mapping[str, int], seconds: float) -> Answer:
    """Minimise the makespan with the published formulation.

    Parameters
    ----------
    case
        Vessels, docks, distances; `case.trips` round trips a vessel.
    people
        Who waits, by location.
    seconds
        The solver's time limit.
    """
    program = _Program()
    makespan = program.amount(np.inf)
    carried: dict[str, Terms] = {place: [] for place, number in people.items() if number}
    for vessel in case.vessels:
        _vessel(program, case, vessel, (makespan, carried))
    for place, terms in carried.items():
        program.row(terms, people[place], people[place])
    return _solved(program, makespan, seconds)


def _vessel(program: _Program, case: Case, vessel: Vessel, shared: tuple[int, dict[str, Terms]]) -> None:
    makespan, carried = shared
    docks = [
        dock for dock, place in case.location_of.items() if place in carried and (vessel.name, dock) in case.compatible
    ]
    safe = [dock for dock in case.safe_docks if (vessel.name, dock) in case.compatible]
    spent: Terms = [(makespan, -ONE)]
    comes = {dock: program.binary() for dock in docks}
    program.row([(choice, ONE) for choice in comes.values()], 0, 1)
    for dock, choice in comes.items():
        sailing = 60 * case.nautical_miles[vessel.dock, dock] / vessel.empty_knots
        spent.append((choice, vessel.available_min + sailing + vessel.loading_min))
    arrivals: dict[str, Terms] = {dock: [(choice, ONE)] for dock, choice in comes.items()}
    for number in range(case.trips):
        loaded = {way: program.binary() for way in itertools.product(docks, safe)}
        program.row([(choice, ONE) for choice in loaded.values()], 0, 1)
        for way, choice in loaded.items():
            aboard = program.amount(vessel.seats)
            program.row([(aboard, ONE), (choice, Fraction(-vessel.seats))], -np.inf, 0)
            carried[case.location_of[way[0]]].append((aboard, ONE))
            spent.append((choice, 60 * case.nautical_miles[way] / vessel.loaded_knots + vessel.loading_min))
        for dock in docks:
            program.row(arrivals[dock] + [(loaded[dock, end], -ONE) for end in safe], 0, 0)
        if number + 1 < case.trips:
            arrivals = _returns(program, case, vessel, (loaded, spent))
    program.row(spent, -np.inf, 0)


def _returns(
    program: _Program, case: Case, vessel: Vessel, trip: tuple[dict[tuple[str, str], int], Terms]
) -> dict[str, Terms]:
    """Add the empty sailings after a trip; return what arrives at each island dock."""
    loaded, spent = trip
    back = {(end, dock): program.binary() for dock, end in loaded}
    program.row([(choice, ONE) for choice in back.values()], 0, 1)
    for safe in dict.fromkeys(end for _, end in loaded):
        ended = [(choice, ONE) for (_, end), choice in loaded.items() if end == safe]
        program.row(ended + [(choice, -ONE) for (end, _), choice in back.items() if end == safe], 0, np.inf)
    arrivals: dict[str, Terms] = {}
    for way, choice in back.items():
        spent.append((choice, 60 * case.nautical_miles[way] / vessel.empty_knots + vessel.loading_min))
        arrivals.setdefault(way[1], []).append((choice, ONE))
    return arrivals


def _solved(program: _Program, makespan: int, seconds: float) -> Answer:
    entries = [(row, column, float(value)) for row, terms in enumerate(program.rows) for column, value in terms]
    rows, columns, values = (np.array(each) for each in zip(*entries, strict=True))
    shape = (len(program.rows), len(program.upper))
    low, high = (np.array(each) for each in zip(*program.limits, strict=True))
    cost = np.zeros(shape[1])
    cost[makespan] = 1.0
    found = milp(
        cost,
        constraints=LinearConstraint(coo_array((values, (rows, columns)), shape=shape).tocsr(), low, high),
        integrality=np.array(program.whole),
        bounds=Bounds(0, np.array(program.upper)),
        options={"time_limit": seconds, "mip_rel_gap": 1e-6},
    )
    return Answer(found.fun, found.mip_dual_bound, shape[1])
