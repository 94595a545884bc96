"""Column generation: which horizon is the first that tours could meet, and which tours would nearly meet it.

The horizon only rises: worths that exclude it exclude all below, and the tours known stay good for longer ones.

References
----------
Gilmore and Gomory (1961), column generation.
Farley (1990) and Lasdon (1970), the Lagrangian bound of a column-generation master.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.busloads.master import Master, Reals, optimise
from safepassage.planner.busloads.pricing import (
    MOST_WORTH,
    Needs,
    Numbers,
    Ways,
    Worth,
    all_yards,
    best_of_yard,
    fill,
    first_possible,
    trace,
)

ROUNDS, MET, SETTLED, FULL, CLOSED = range(5)
"""Why `generate` ended: its rounds are over; the fleet meets the horizon; no tour saves more; no room for more tours;
every horizon up to the top is excluded."""

AMISS = 1e-4
"""Amounts up to this are rounding and the setting apart of right-hand sides."""


class Worthy(NamedTuple):
    """Whole-number duals that prove most so far at the present horizon.

    `rewards`: shape (sources,); `prices`: shape (shelters,); `facts`: shape (3,): the worth of one vehicle in the same
    numbers, the fleet in millionths that they prove necessary, and the horizon for which they do.
    """

    rewards: Numbers
    prices: Numbers
    facts: Numbers


class Course(NamedTuple):
    """How `generate` goes about it: rounds, tours per yard and round, most runs of a tour, top horizon, and two flags.

    `to_the_end` goes on once the fleet meets the horizon, until no tour saves more; `exact` takes each load once.
    """

    rounds: int
    per_yard: int
    most_runs: int
    top_s: int
    to_the_end: bool
    exact: bool


def worthy_for(needs: Needs) -> Worthy:
    """Return duals that prove nothing yet."""
    return Worthy(np.zeros_like(needs.loads), np.zeros_like(needs.room), np.array((1, -1, -1), np.int64))


@kernel
def whole(duals: Reals, into: Numbers, scale: int, lowest: float) -> None:
    """Write duals, times a scale, as whole numbers; lower ones than the lowest that are of use are raised to it."""
    for k in range(len(into)):
        into[k] = int(np.rint(max(lowest, duals[k]) * scale))


@kernel
def scale_for(ways: Ways, duals: Reals, horizon_s: int) -> int:
    """Return how finely duals can be counted without any tour being worth too much.

    A tour is worth no more than one load, and for each further one at most what its source yields per unit of time.
    """
    largest, densest = 1.0, 0.0
    for i in range(ways.loaded_s.shape[0]):
        largest = max(largest, abs(duals[i]))
        lasts = ways.loaded_s[i].min() + ways.empty_s[:, i].min()
        densest = max(densest, duals[i] / max(1, lasts))
    for dual in duals[ways.loaded_s.shape[0] :]:
        largest = max(largest, abs(dual))
    return max(1, int(MOST_WORTH / (2.0 * largest + densest * horizon_s)))


@kernel
def add_tour(master: Master, ways: Ways, yard: int, runs: Numbers) -> bool:
    """Append a tour to the master; False when there is no room."""
    sources, shelters = ways.loaded_s.shape
    column, begin = master.counts[0], master.counts[1]
    if column == len(master.costs) or begin + len(runs) > len(master.runs):
        return False
    row = master.columns[column]
    row[:] = 0.0
    lasts = 0
    for k in range(len(runs)):
        i, j = runs[k] // shelters, runs[k] % shelters
        lasts += ways.start_s[yard, i] if k == 0 else ways.empty_s[runs[k - 1] % shelters, i]
        lasts += ways.loaded_s[i, j]
        row[i] += 1.0
        row[sources + j] += 1.0
        master.runs[begin + k] = runs[k]
    row[sources + shelters + yard] = 1.0
    master.costs[column] = 1.0
    master.tours[column, 0], master.tours[column, 1], master.tours[column, 2] = yard, begin, len(runs)
    master.length_s[column] = lasts
    master.counts[0] += 1
    master.counts[1] += len(runs)
    return True


@kernel
def add_best(
    master: Master,
    ways: Ways,
    worth: Worth,
    priced: tuple[Numbers, Numbers],
    wanted: tuple[int, int, int, int],
    runs: Numbers,
) -> int:
    """Append the best tours of a yard, at most one per first source; -1 when there is no room.

    `priced` are rewards and prices; `wanted` the yard, the horizon, the worth a tour must exceed, and how many; `runs`
    is room for a tour.
    """
    yard, horizon_s, above, most = wanted
    found = np.full(ways.loaded_s.shape[0], above, np.int64)
    for i in range(len(found)):
        left = horizon_s - ways.start_s[yard, i]
        if left >= 0:
            found[i] = worth.at_source[i, left]
    order = np.argsort(-found)
    added = 0
    for i in order[:most]:
        if found[i] <= above:
            break
        count = trace(ways, priced[0], priced[1], worth, (i, horizon_s - ways.start_s[yard, i]), runs)
        if count < 0 or not add_tour(master, ways, yard, runs[:count]):
            return -1
        added += 1
    return added


@kernel
def missing_in(master: Master, sources: int) -> float:
    """Return the loads that the present amounts leave."""
    total = 0.0
    for r in range(len(master.basic)):
        if master.basic[r] < sources:
            total += max(0.0, master.amounts[r])
    return total


@kernel
def least_worth(ways: Ways, needs: Needs, worthy: Worthy, worth: Worth, horizon_s: int) -> int:
    """Return by how much, negated, a tour may be worth less than the best of its yard."""
    demanded = int((needs.loads * worthy.rewards).sum() - (needs.room * worthy.prices).sum())
    return demanded - all_yards(ways, needs, worth, horizon_s)


@kernel
def fleet_needed(ways: Ways, needs: Needs, worth: Worth, demanded: int, at: tuple[int, int]) -> int:
    """Return the vehicles proved necessary at a horizon, in parts of `scale`; `at` holds both."""
    horizon_s, scale = at
    needed = demanded
    for yard in range(len(needs.vehicles)):
        needed -= needs.vehicles[yard] * max(0, best_of_yard(ways, worth, yard, horizon_s) - scale)
    return needed


@kernel
def generate(
    ways: Ways, needs: Needs, master: Master, told: tuple[Worth, Worthy], course: Course, horizon_s: int
) -> tuple[int, int]:
    """Add tours and raise the horizon; returns why it ended and the first horizon that is not excluded.

    `told` is room for pricing, and where the duals that prove most are kept.
    """
    worth, worthy = told
    sources, yards = len(needs.loads), len(needs.vehicles)
    fleet = needs.vehicles.sum()
    duals = np.empty(len(master.basic))
    rewards, prices = np.zeros_like(needs.loads), np.zeros_like(needs.room)
    runs = np.empty(course.most_runs + 1, np.int64)
    for _ in range(course.rounds):
        cost = optimise(master, duals)
        met = cost <= fleet + AMISS and missing_in(master, sources) <= AMISS
        if met and not course.to_the_end:
            return MET, horizon_s
        reach_s = min(course.top_s, horizon_s + horizon_s // 50 + 1)
        scale = scale_for(ways, duals, reach_s)
        whole(duals[:sources], rewards, scale, -np.inf if course.exact else 0.0)
        whole(-duals[sources : len(duals) - yards], prices, scale, 0.0)
        fill(ways, rewards, prices, reach_s, worth)
        demanded = (needs.loads * rewards).sum() - (needs.room * prices).sum()
        first_s = first_possible(ways, needs, worth, demanded, (horizon_s, reach_s))
        if first_s > horizon_s:
            horizon_s = first_s
            worthy.facts[1] = -1
            if horizon_s > course.top_s:
                return CLOSED, horizon_s
            if horizon_s > reach_s:
                continue
        needed = fleet_needed(ways, needs, worth, demanded, (horizon_s, scale)) / scale
        if 1_000_000 * needed > worthy.facts[1]:
            worthy.rewards[:], worthy.prices[:] = rewards, prices
            worthy.facts[0], worthy.facts[1], worthy.facts[2] = scale, int(1_000_000 * needed), horizon_s
        added = 0
        for yard in range(yards):
            free = scale + int(max(0.0, -duals[len(duals) - yards + yard]) * scale)
            wanted = (yard, horizon_s, free + 2 + scale // 1_000_000, course.per_yard)
            more = add_best(master, ways, worth, (rewards, prices), wanted, runs) if needs.vehicles[yard] else 0
            if more < 0:
                return FULL, horizon_s
            added += more
        if not added or cost - needed < 1e-3:
            return SETTLED, horizon_s
    return ROUNDS, horizon_s


@kernel
def fits(needs: Needs, yard: int, runs: Numbers, most: Numbers) -> bool:
    """Return whether a vehicle may drive a tour that takes `most` loads of each source and fills no shelter too far."""
    shelters = len(needs.room)
    if needs.vehicles[yard] < 1:
        return False
    loads, room = most.copy(), needs.room.copy()
    for run in runs:
        loads[run // shelters] -= 1
        room[run % shelters] -= 1
        if room[run % shelters] < 0 or loads[run // shelters] < 0:
            return False
    return True


@kernel
def take_fitting(ways: Ways, needs: Needs, most: Numbers, known: Master, into: Master, horizon_s: int) -> bool:
    """Append the known tours that fit needs and horizon, with `most` loads of a source; False when there is no room."""
    first = len(known.basic) + len(needs.loads)
    into.counts[0], into.counts[1] = first, 0
    for column in range(first, known.counts[0]):
        yard, begin, count = known.tours[column]
        runs = known.runs[begin : begin + count]
        wanted = known.length_s[column] <= horizon_s and fits(needs, yard, runs, most)
        if wanted and not add_tour(into, ways, yard, runs):
            return False
    return True
