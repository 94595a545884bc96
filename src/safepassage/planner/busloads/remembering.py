"""The most valuable tours that remember what they took: none goes back to a source whose loads it has used up.

A programme over places and times forgets where a vehicle has been, so its tours may take a source's only load again and
again. Here a tour carries marks of loads taken. A mark is kept as long as the tour passes sources that know of it, and
they come to know of it when a tour has done wrong for want of it: so the memory stays small. What forgets is worth no
less than what remembers, which tells early which beginnings lead nowhere.

References
----------
Baldacci, Mingozzi and Roberti (2011): routes that remember within neighbourhoods.
Roberti and Mingozzi (2014): neighbourhoods that grow where they are needed.
Irnich and Desaulniers (2005), shortest path problems with resource constraints: labels and dominance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.busloads.pricing import Needs, Numbers, Ways, Worth

MOST_MARKS = 62
"""Marks fit into two whole numbers of so many bits; sources beyond are not remembered."""
NO_LABEL = -1
TOO_MANY = -1
TIME, VALUE, LOW, HIGH, SHELTER, SOURCE, PARENT, NEXT = range(8)
"""Columns of `Labels.labels`; a parent below 0 is the yard, as -1 - yard."""
FRONT = 512
"""Labels of a shelter that others are compared with."""


class Memory(NamedTuple):
    """Which loads a tour marks, and who knows of the marks.

    `first`, `width`: shape (sources,), the marks of a source, one for each load; width 0 where it is not remembered;
    `known`: shape (sources, 2), the marks that a tour keeps when it passes a source; `used`: shape (2,), how many there
    are in either number. The second number's marks begin at `MOST_MARKS`.
    """

    first: Numbers
    width: Numbers
    known: Numbers
    used: Numbers


class Labels(NamedTuple):
    """Room for beginnings of tours.

    `labels`: shape (labels, 8), by the columns above; `heads`: shape (times, shelters), the last label of a shelter and
    time; `fronts`: shape (shelters, FRONT, 3), values and marks of labels that none is better than; `found`: shape
    (sources,), the best label that ends with a load of the source.
    """

    labels: Numbers
    heads: Numbers
    fronts: Numbers
    found: Numbers


class Priced(NamedTuple):
    """Rewards (sources,), prices (shelters,), and what a tour of each yard (yards,) must be worth more than.

    `care` are the marks that count when beginnings are compared: all (-1), or none (0), which is
    quick and proves nothing.
    """

    rewards: Numbers
    prices: Numbers
    free: Numbers
    care: int


def memory_for(sources: int) -> Memory:
    """Return a memory that remembers nothing."""
    return Memory(
        np.zeros(sources, np.int64),
        np.zeros(sources, np.int64),
        np.zeros((sources, 2), np.int64),
        np.zeros(2, np.int64),
    )


def labels_for(ways: Ways, horizon_s: int, most: int) -> Labels:
    """Return room for `most` labels up to a horizon."""
    sources, shelters = ways.loaded_s.shape
    return Labels(
        np.empty((most, 8), np.int64),
        np.empty((horizon_s + 1, shelters), np.int64),
        np.empty((shelters, FRONT, 3), np.int64),
        np.empty(sources, np.int64),
    )


@kernel
def _marked(memory: Memory, low: int, high: int, source: int) -> tuple[int, int]:
    """Return the marks after a load of a source; below 0 where none is left."""
    kept_low, kept_high = low & memory.known[source, 0], high & memory.known[source, 1]
    width, first = memory.width[source], memory.first[source]
    if width == 0:
        return kept_low, kept_high
    if first < MOST_MARKS:
        for k in range(first, first + width):
            if not low >> k & 1:
                return kept_low | (1 << k), kept_high
    else:
        for k in range(first - MOST_MARKS, first - MOST_MARKS + width):
            if not high >> k & 1:
                return kept_low, kept_high | (1 << k)
    return -1, -1


@kernel
def _is_worse(fronts: Numbers, count: int, care: int, state: tuple[int, int, int]) -> bool:
    """Return whether an earlier label is worth as much without a mark that this one does not have."""
    value, low, high = state[0], ~state[1] & care, ~state[2] & care
    for k in range(count):  # noqa: SIM110 -- compiled
        if fronts[k, 0] >= value and fronts[k, 1] & low == 0 and fronts[k, 2] & high == 0:
            return True
    return False


@kernel
def _join_front(fronts: Numbers, count: int, state: tuple[int, int, int]) -> int:
    """Put a label into a front and take out those it is better than; returns how many there are."""
    value, low, high = state
    kept = 0
    for k in range(count):
        if fronts[k, 0] > value or low & ~fronts[k, 1] != 0 or high & ~fronts[k, 2] != 0:
            for c in range(3):
                fronts[kept, c] = fronts[k, c]
            kept += 1
    if kept < len(fronts):
        fronts[kept, 0], fronts[kept, 1], fronts[kept, 2] = value, low, high
        kept += 1
    return kept


@kernel
def _go_on(
    ways: Ways,
    priced: Priced,
    worth: Worth,
    room: tuple[Labels, Numbers],
    begun: tuple[int, int, tuple[int, int, int], int, int],
    horizon_s: int,
) -> int:
    """Write the labels that take a load of a source next; returns how many there are, TOO_MANY when they do not fit.

    `begun` are the source, when it is reached, the state with its load, the parent and the labels there are.
    """
    (store, sizes) = room
    source, at_s, (before, low, high), parent, count = begun
    for j in range(ways.loaded_s.shape[1]):
        end_s = at_s + ways.loaded_s[source, j]
        if end_s > horizon_s:
            continue
        value = before - priced.prices[j]
        if value + worth.at_shelter[j, horizon_s - end_s] <= 0:
            continue
        if _is_worse(store.fronts[j], sizes[j], priced.care, (value, low, high)):
            continue
        if count == len(store.labels):
            return TOO_MANY
        label = store.labels[count]
        label[TIME], label[VALUE], label[LOW], label[HIGH] = end_s, value, low, high
        label[SHELTER], label[SOURCE], label[PARENT] = j, source, parent
        label[NEXT] = store.heads[end_s, j]
        store.heads[end_s, j] = count
        best = store.found[source]
        if value > 0 and (best == NO_LABEL or value > store.labels[best, VALUE]):
            store.found[source] = count
        count += 1
    return count


@kernel
def search(ways: Ways, needs: Needs, priced: Priced, worth: Worth, room: tuple[Memory, Labels], horizon_s: int) -> int:
    """Find the most valuable tours within a horizon that end with a load of each source; returns the labels written.

    `worth` are the worths of what forgets, up to the horizon; `room` is the memory and room for labels. TOO_MANY where
    they do not fit; then nothing is said.
    """
    memory, store = room
    sources, shelters = ways.loaded_s.shape
    store.heads[: horizon_s + 1] = NO_LABEL
    store.found[:] = NO_LABEL
    sizes = np.zeros(shelters, np.int64)
    known = (store, sizes)
    count = 0
    for yard in range(len(needs.vehicles)):
        for i in range(sources):
            at_s, value = ways.start_s[yard, i], -priced.free[yard]
            if needs.vehicles[yard] and at_s <= horizon_s and value + worth.at_source[i, horizon_s - at_s] > 0:
                low, high = _marked(memory, 0, 0, i)
                after = (value + priced.rewards[i], low, high)
                count = _go_on(ways, priced, worth, known, (i, at_s, after, -1 - yard, count), horizon_s)
                if count == TOO_MANY:
                    return TOO_MANY
    for now_s in range(horizon_s + 1):
        for j in range(shelters):
            here = store.heads[now_s, j]
            while here != NO_LABEL:
                label = store.labels[here]
                value, low, high = label[VALUE], label[LOW], label[HIGH]
                if not _is_worse(store.fronts[j], sizes[j], priced.care, (value, low, high)):
                    sizes[j] = _join_front(store.fronts[j], sizes[j], (value, low, high))
                    for i in range(sources):
                        at_s = now_s + ways.empty_s[j, i]
                        if at_s > horizon_s or value + worth.at_source[i, horizon_s - at_s] <= 0:
                            continue
                        kept_low, kept_high = _marked(memory, low, high, i)
                        if kept_low >= 0:
                            begun = (i, at_s, (value + priced.rewards[i], kept_low, kept_high), here, count)
                            count = _go_on(ways, priced, worth, known, begun, horizon_s)
                            if count == TOO_MANY:
                                return TOO_MANY
                here = store.labels[here, NEXT]
    return count


@kernel
def trace_back(store: Labels, last: int, shelters: int, runs: Numbers) -> tuple[int, int]:
    """Write the runs of a label into `runs`, as source * shelters + shelter; returns the yard and how many they are."""
    count, here = 0, last
    while here >= 0:
        count += 1
        here = store.labels[here, PARENT]
    yard, here = -1 - here, last
    for k in range(count - 1, -1, -1):
        runs[k] = store.labels[here, SOURCE] * shelters + store.labels[here, SHELTER]
        here = store.labels[here, PARENT]
    return yard, count


@kernel
def learn(memory: Memory, needs: Needs, runs: Numbers) -> bool:
    """Let the sources of a tour know of the loads it takes too many of; False when there is nothing to be learnt."""
    shelters, changed = len(needs.room), False
    for last in range(len(runs)):
        source, taken, begin = runs[last] // shelters, 0, last
        for k in range(last, -1, -1):
            if runs[k] // shelters == source:
                taken += 1
                begin = k
                if taken > needs.loads[source]:
                    break
        if taken <= needs.loads[source]:
            continue
        for half in range(2):
            room = memory.used[half] + needs.loads[source] <= MOST_MARKS
            if memory.width[source] == 0 and room:
                memory.first[source] = half * MOST_MARKS + memory.used[half]
                memory.width[source] = needs.loads[source]
                memory.used[half] += needs.loads[source]
        if memory.width[source]:
            half = memory.first[source] // MOST_MARKS
            marks = ((1 << memory.width[source]) - 1) << memory.first[source] % MOST_MARKS
            for k in range(begin, last + 1):
                at = runs[k] // shelters
                if memory.known[at, half] & marks != marks:
                    memory.known[at, half] |= marks
                    changed = True
    return changed
