"""Places in an order of their own, so that it does not matter in which order a problem names them.

Ties are broken by order everywhere in a search, and a whole-number programme may take twice as long with its rows
exchanged. So places are told apart by how many wait or fit there, then by the times to and from places told apart
before, and sorted by that.

References
----------
Weisfeiler and Leman (1968), the reduction of a graph to canonical form: colours refined by those of neighbours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from safepassage.planner.busloads.problem import BusloadProblem, Counts, Seconds, Tour


class Order(NamedTuple):
    """Where the yards, sources and shelters of the sorted problem are in the given one."""

    yards: Counts
    sources: Counts
    shelters: Counts

    def as_given(self, tours: tuple[Tour, ...]) -> tuple[Tour, ...]:
        """Return tours of the sorted problem as tours of the given one."""
        yards, sources, shelters = (places.tolist() for places in self)
        return tuple(Tour(yards[tour.yard], tuple((sources[i], shelters[j]) for i, j in tour.runs)) for tour in tours)


def in_order(problem: BusloadProblem) -> tuple[BusloadProblem, Order]:
    """Return the problem with its places sorted by what tells them apart, and where they were.

    Places that nothing tells apart stay in their order.
    """
    ranks = tuple(_ranks(counts[:, None]) for counts in (problem.vehicles, problem.loads, problem.room))
    while True:
        finer = _refined(problem, ranks)
        if all(new.max(initial=0) == old.max(initial=0) for new, old in zip(finer, ranks, strict=True)):
            break
        ranks = finer
    order = Order(*(np.argsort(rank, kind="stable") for rank in ranks))
    yards, sources, shelters = order
    return replace(
        problem,
        vehicles=problem.vehicles[yards],
        start_s=np.ascontiguousarray(problem.start_s[np.ix_(yards, sources)]),
        loaded_s=np.ascontiguousarray(problem.loaded_s[np.ix_(sources, shelters)]),
        empty_s=np.ascontiguousarray(problem.empty_s[np.ix_(shelters, sources)]),
        loads=problem.loads[sources],
        room=problem.room[shelters],
    ), order


def _refined(problem: BusloadProblem, ranks: tuple[Counts, ...]) -> tuple[Counts, ...]:
    """Return ranks of yards, sources and shelters that also look at the times to places of each rank."""
    yard, source, shelter = ranks
    starts = _numbered(problem.start_s, yard[:, None], source[None])
    runs = _numbered(problem.loaded_s, problem.empty_s.T, source[:, None], shelter[None])
    at_sources = np.concatenate((np.sort(starts.T, axis=1), np.sort(runs, axis=1)), axis=1)
    return tuple(_ranks(rows) for rows in (np.sort(starts, axis=1), at_sources, np.sort(runs.T, axis=1)))


def _numbered(*tables: Seconds) -> Counts:
    """Return a number for each entry that tells apart what any of the tables tells apart, in the order of values."""
    together = np.stack(np.broadcast_arrays(*tables), axis=-1)
    return _ranks(together.reshape(-1, len(tables))).reshape(together.shape[:2])


def _ranks(rows: Counts) -> Counts:
    """Return the rank of each row among the different ones."""
    ranks: Counts = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    return ranks
