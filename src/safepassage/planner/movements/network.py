"""A movement problem laid out for the kernels: who can go where from a place, and how far the destination still is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from safepassage.planner.movements.problem import UNREACHABLE, Flags, Integers, MovementProblem


class Network(NamedTuple):
    """Arcs by the place they leave: those of place p are `first[p]` to `first[p + 1]`."""

    first: Integers
    to: Integers
    link: Integers
    standing: Flags


class Convoys(NamedTuple):
    """What each convoy needs on its way.

    `latest_s` is when its head must have arrived; `ahead_s` has shape (convoys, places): seconds from a place to the
    destination on an empty network. `marks` has the same shape: a bit for each place that a search remembers to have
    passed, so as not to pass it twice; 0 for those it forgets.
    """

    origin: Integers
    destination: Integers
    pace: Integers
    passing_s: Integers
    ready_s: Integers
    latest_s: Integers
    travel_s: Integers
    ahead_s: Integers
    marks: Integers


def lay_out(problem: MovementProblem) -> tuple[Network, Convoys]:
    """Bring a problem into the arrays that the kernels read, all of one type, so that these are compiled once."""
    back = np.flatnonzero(~problem.one_way)
    link = np.concatenate([np.arange(len(problem.ends)), back])
    start = np.concatenate([problem.ends[:, 0], problem.ends[back, 1]])
    end = np.concatenate([problem.ends[:, 1], problem.ends[back, 0]])
    order = np.argsort(start, kind="stable")
    first = np.searchsorted(start[order], np.arange(problem.places + 1))
    network = Network(_whole(first), _whole(end[order]), _whole(link[order]), np.ascontiguousarray(problem.standing))
    ahead_s = np.full((len(problem.origin), problem.places), UNREACHABLE, np.int64)
    for pace in np.unique(problem.pace):
        mine = np.flatnonzero(problem.pace == pace)
        ahead_s[mine] = _to(problem, (start, end, problem.travel_s[pace][link]), problem.destination[mine])
    convoys = Convoys(
        _whole(problem.origin),
        _whole(problem.destination),
        _whole(problem.pace),
        _whole(problem.passing_s),
        _whole(problem.ready_s),
        _whole(problem.due_s - problem.passing_s),
        _whole(problem.travel_s),
        ahead_s,
        np.zeros_like(ahead_s),
    )
    return network, convoys


def _whole(numbers: Integers) -> Integers:
    return np.ascontiguousarray(numbers, np.int64)


def _to(problem: MovementProblem, arcs: tuple[Integers, Integers, Integers], goals: Integers) -> Integers:
    """Give the seconds from every place to each goal, shape (goals, places)."""
    start, end, travel_s = arcs
    size = problem.places
    # of parallel links the quickest; one second more on each keeps travel 0 from reading as "no link"
    order = np.lexsort((travel_s, end, start))
    keys = start[order] * size + end[order]
    _, chosen = np.unique(keys, return_index=True)
    picked = order[chosen]
    # sums of integers below 2**53 are exact as floats
    scaled = travel_s[picked] * (size + 1.0) + 1.0
    weights = coo_array((scaled, (end[picked], start[picked])), shape=(size, size)).tocsr()
    distance = dijkstra(weights, indices=goals)
    reached = np.isfinite(distance)
    return np.where(reached, np.where(reached, distance, 0) // (size + 1), UNREACHABLE).astype(np.int64)
