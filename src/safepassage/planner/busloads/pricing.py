"""The most valuable tours: one programme over places and time left serves all yards and all horizons at once.

Whoever pays a reward for each load and charges a price for each place in a shelter values a tour by their sum. With
whole numbers the values are exact, and so is what is concluded from them.

References
----------
Desrochers, Desrosiers and Solomon (1992): tours priced by dynamic programming over resource use.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel
from safepassage.planner.busloads.problem import BusloadProblem

Numbers: TypeAlias = NDArray[np.int64]
Worths: TypeAlias = NDArray[np.int32]

NEVER = -(2**30)
"""The worth of what does not fit into the time left."""
MOST_WORTH = 2**28
"""No tour is worth more, so that sums of worths stay within 32 bits."""


class Ways(NamedTuple):
    """Times for the compiled code; shapes (yards, sources), (sources, shelters), (shelters, sources)."""

    start_s: Numbers
    loaded_s: Numbers
    empty_s: Numbers


class Needs(NamedTuple):
    """What is to be met: vehicles (yards,), loads (sources,), room (shelters,)."""

    vehicles: Numbers
    loads: Numbers
    room: Numbers


class Worth(NamedTuple):
    """Best worth of what is still driven with a time left.

    `at_source`: shape (sources, horizon + 1), a load of the source is taken next; `at_shelter`: shape (shelters,
    horizon + 1), the last load has just arrived, and driving no more is worth nothing.
    """

    at_source: Worths
    at_shelter: Worths


def ways_of(problem: BusloadProblem) -> Ways:
    """Return the times of a problem for the compiled code."""
    times = (problem.start_s, problem.loaded_s, problem.empty_s)
    return Ways(*(np.ascontiguousarray(table, dtype=np.int64) for table in times))


def needs_of(problem: BusloadProblem) -> Needs:
    """Return the needs of a problem for the compiled code."""
    needs = (problem.vehicles, problem.loads, problem.room)
    return Needs(*(np.ascontiguousarray(numbers, dtype=np.int64) for numbers in needs))


def most_loads(needs: Needs, *, exact: bool) -> Numbers:
    """Return how many loads of each source a plan may take, shape (sources,): as many as wait, or as room allows."""
    return needs.loads if exact else np.full_like(needs.loads, needs.room.sum())


def worth_for(ways: Ways, horizon_s: int) -> Worth:
    """Return room for the worths of all times left up to a horizon."""
    sources, shelters = ways.loaded_s.shape
    return Worth(np.empty((sources, horizon_s + 1), np.int32), np.empty((shelters, horizon_s + 1), np.int32))


def most_runs(ways: Ways, horizon_s: int) -> int:
    """Return how many runs a vehicle makes at most within a horizon."""
    shortest_s = int(ways.loaded_s.min() + ways.empty_s.min())
    return 1 + horizon_s // max(1, shortest_s)


@kernel
def raise_to(into: Worths, other: Worths, less: int) -> None:
    """Raise each entry to the other's, less a price, where that is more."""
    for k in range(len(into)):
        into[k] = max(into[k], other[k] - np.int32(less))


@kernel
def fill(ways: Ways, rewards: Numbers, prices: Numbers, horizon_s: int, worth: Worth) -> None:
    """Compute the best worths for all times left up to a horizon.

    Blocks of times as wide as the shortest loaded run depend on earlier blocks only, which makes long inner loops.
    """
    sources, shelters = ways.loaded_s.shape
    width = ways.loaded_s.min()
    begin = 0
    while begin <= horizon_s:
        end = min(begin + width, horizon_s + 1)
        for i in range(sources):
            into = worth.at_source[i, begin:end]
            into[:] = NEVER
            for j in range(shelters):
                lasts = ways.loaded_s[i, j]
                low = max(begin, lasts)
                if low < end:
                    raise_to(into[low - begin :], worth.at_shelter[j, low - lasts : end - lasts], prices[j])
            for k in range(len(into)):
                into[k] += np.int32(rewards[i])
        for j in range(shelters):
            into = worth.at_shelter[j, begin:end]
            into[:] = 0
            for i in range(sources):
                lasts = ways.empty_s[j, i]
                low = max(begin, lasts)
                if low < end:
                    raise_to(into[low - begin :], worth.at_source[i, low - lasts : end - lasts], 0)
        begin = end


@kernel
def best_of_yard(ways: Ways, worth: Worth, yard: int, horizon_s: int) -> int:
    """Return what the best tour of a yard is worth within a horizon; standing still is worth nothing."""
    best = 0
    for i in range(ways.loaded_s.shape[0]):
        left = horizon_s - ways.start_s[yard, i]
        if left >= 0:
            best = max(best, worth.at_source[i, left])
    return best


@kernel
def all_yards(ways: Ways, needs: Needs, worth: Worth, horizon_s: int) -> int:
    """Return what all vehicles together are worth at most within a horizon."""
    total = 0
    for yard in range(len(needs.vehicles)):
        total += needs.vehicles[yard] * best_of_yard(ways, worth, yard, horizon_s)
    return total


@kernel
def first_possible(ways: Ways, needs: Needs, worth: Worth, demanded: int, span: tuple[int, int]) -> int:
    """Return the shortest horizon of a span within which all vehicles can be worth what is demanded; else its end + 1.

    No plan fits into a shorter one: its tours would be worth at least what is demanded of them together.
    """
    low, high = span[0], span[1] + 1
    while low < high:
        middle = (low + high) // 2
        if all_yards(ways, needs, worth, middle) < demanded:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def trace(ways: Ways, rewards: Numbers, prices: Numbers, worth: Worth, begin: tuple[int, int], runs: Numbers) -> int:
    """Write a most valuable tour that begins at a source with a time left into `runs`, as source * shelters + shelter.

    Returns the number of runs; -1 when `runs` is too short.
    """
    sources, shelters = ways.loaded_s.shape
    i, left = begin
    count = 0
    while True:
        if count == len(runs):
            return -1
        chosen = -1
        for j in range(shelters):
            after = left - ways.loaded_s[i, j]
            if after >= 0 and worth.at_shelter[j, after] - prices[j] + rewards[i] == worth.at_source[i, left]:
                chosen = j
                break
        runs[count] = i * shelters + chosen
        count += 1
        left -= ways.loaded_s[i, chosen]
        target = worth.at_shelter[chosen, left]
        if target <= 0:
            return count
        for k in range(sources):
            after = left - ways.empty_s[chosen, k]
            if after >= 0 and worth.at_source[k, after] == target:
                i, left = k, after
                break
