"""The best tour for given rewards, exactly and for all horizons at once.

Rewards are integers, so nothing is rounded: what this module finds is a proof. The best value of a set of pickups by
number of people is a convolution of its pickups' values; a trip with so many people takes so many seconds; the best
continuation from a shelter with a budget of seconds is a recursion over budgets. Trips of one tour are priced apart, so
a tour may take the same people twice: more tours than there are, which a bound may allow.

People may also stay aboard past a shelter: those of a trip pay the cheapest shelter that the tour still comes to, and a
vehicle may drive from shelter to shelter without picking up. Between two shelters no more people board than there are
places, whoever still is aboard. Shelters of one fee are one *level*; continuations are kept by their cheapest level.

References
----------
Hernandez, Feillet, Giroudeau and Naud (2016), branch-and-price for the multi-trip vehicle routing problem with time
windows: pricing whole tours from trips.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.problem import Integers

NONE = -(2**60)
"""The value of what cannot be."""


class Trips(NamedTuple):
    """The trips of one start (or of all shelters, with `origin`), shapes (trips,)."""

    origin: Integers
    chosen: Integers
    shelter: Integers
    seconds: Integers


class Fees(NamedTuple):
    """What a head pays by level, the cheapest first; the level of every shelter; seconds of service by heads."""

    of: Integers
    level: Integers
    service_s: Integers


class Offer(NamedTuple):
    """What a group's trips are worth: shapes (sets, heads + 1), (sets, shelters), (sets,).

    The best value of a set by heads, what a trip to the set and a shelter earns besides (NONE where it may not be), and
    the most heads that fit.
    """

    best: Integers
    extra: Integers
    most: Integers


@kernel
def set_values(parent: Integers, added: Integers, value: Integers) -> Integers:
    """Best value of every set by heads boarded, shape (sets, most + 1); `value` is that of single pickups."""
    best = np.full((len(parent), value.shape[1]), NONE, np.int64)
    total = np.zeros(len(parent), np.int64)
    most = np.zeros(len(value), np.int64)
    for pickup in range(len(value)):
        for heads in range(value.shape[1]):
            if value[pickup, heads] > NONE:
                most[pickup] = heads
    for own in range(len(parent)):
        alone = value[added[own]]
        total[own] = most[added[own]]
        if parent[own] < 0:
            best[own, 1:] = alone[1:]
            continue
        before, after, others_most = best[parent[own]], best[own], total[parent[own]]
        total[own] = min(others_most + most[added[own]], value.shape[1] - 1)
        for heads in range(1, most[added[own]] + 1):
            if alone[heads] > NONE:
                for others in range(1, min(others_most, value.shape[1] - 1 - heads) + 1):
                    after[heads + others] = max(after[heads + others], before[others] + alone[heads])
        for heads in range(len(after)):
            if after[heads] < NONE // 2:
                after[heads] = NONE
    return best


@kernel
def split(table: tuple[Integers, Integers, Integers], value: Integers, own: int, heads: int) -> Integers:
    """Find heads per pickup, shape (pickups,), that make up the best value of a set."""
    parent, added, best = table
    loads = np.zeros(len(value), np.int64)
    while parent[own] >= 0:
        alone, before, goal = value[added[own]], best[parent[own]], best[own, heads]
        for here in range(1, heads):
            if alone[here] > NONE and before[heads - here] > NONE and alone[here] + before[heads - here] == goal:
                loads[added[own]] = here
                heads -= here
                break
        own = parent[own]
    loads[added[own]] = heads
    return loads


@kernel
def onward_values(trips: Trips, offer: Offer, fees: Fees, across_s: Integers, longest_s: Integers) -> Integers:
    """Best value of at least one more trip from a shelter, shape (shelters, levels, horizon + 1).

    By the cheapest level the continuation comes to and the seconds left: at most `longest_s` (shelters,) at a shelter.
    """
    shelters, levels, horizon_s = len(fees.level), len(fees.of), longest_s.max()
    ending = np.full((shelters, levels, horizon_s + 1), NONE, np.int64)
    going = np.full((shelters, shelters, levels, horizon_s + 1), NONE, np.int64)
    for trip in range(len(trips.origin)):
        own, here, there = trips.chosen[trip], trips.origin[trip], trips.shelter[trip]
        values, extra, level = offer.best[own], offer.extra[own, there], fees.level[there]
        if extra <= NONE:
            continue
        for heads in range(1, offer.most[own] + 1):
            lasts_s = trips.seconds[trip] + fees.service_s[heads]
            if values[heads] <= NONE or lasts_s > longest_s[here]:
                continue
            for paid in range(level + 1):
                worth = values[heads] + extra - heads * fees.of[paid]
                going[here, there, paid, lasts_s] = max(going[here, there, paid, lasts_s], worth)
    for here in range(shelters):
        for there in range(shelters):
            level = fees.level[there]
            # Who goes on may as well alight at once, so ending is going on to nothing.
            ending[here, level] = np.maximum(ending[here, level], going[here, there, level])
            over_s = across_s[here, there]
            if here != there and over_s <= longest_s[here]:
                ending[here, level, over_s] = max(ending[here, level, over_s], 0)
                for paid in range(level + 1):
                    going[here, there, paid, over_s] = max(going[here, there, paid, over_s], 0)
    _follow_up(ending, going, fees.level, longest_s)
    return ending


@kernel
def _points(going: Integers, longest_s: Integers) -> tuple[Integers, Integers]:
    """List where more seconds are worth more, as pairs of both, pair of shelters by pair and level by level."""
    shelters, levels = going.shape[0], going.shape[2]
    rows = shelters * shelters * levels
    first = np.zeros(rows + 1, np.int64)
    points = np.empty((256, 2), np.int64)
    count = 0
    for row in range(rows):
        here, there, paid = row // levels // shelters, row // levels % shelters, row % levels
        high = NONE
        for lasts_s in range(longest_s[here] + 1):
            if going[here, there, paid, lasts_s] > high:
                high = going[here, there, paid, lasts_s]
                if count == len(points):
                    points = np.concatenate((points, np.empty_like(points)))
                points[count, 0], points[count, 1] = lasts_s, high
                count += 1
        first[row + 1] = count
    return points, first


@kernel
def _follow_up(ending: Integers, going: Integers, level: Integers, longest_s: Integers) -> None:
    """Let every trip that goes on take its best continuation, budget by budget; `ending` then holds the best of all."""
    shelters, levels, seconds = ending.shape
    points, first = _points(going, longest_s)
    soonest_s = np.full(shelters, seconds)
    for budget_s in range(1, seconds):
        for here in range(shelters):
            if budget_s > longest_s[here]:
                continue
            for paid in range(levels):
                high = max(ending[here, paid, budget_s], ending[here, paid, budget_s - 1])
                for there in range(shelters):
                    if paid > level[there] or budget_s < soonest_s[there]:
                        continue
                    row = (here * shelters + there) * levels + paid
                    for point in range(first[row], first[row + 1]):
                        left_s = budget_s - points[point, 0]
                        if left_s < soonest_s[there]:
                            break
                        rest = onward_from(ending, there, level[there], paid, left_s)
                        if rest > NONE:
                            high = max(high, points[point, 1] + rest)
                ending[here, paid, budget_s] = high
                if high > NONE:
                    soonest_s[here] = min(soonest_s[here], budget_s)


@kernel
def onward_from(onward: Integers, there: int, level: int, paid: int, left_s: int) -> int:
    """Best continuation that lets people who are at a shelter of a level pay another: any if it is that level."""
    if paid > level:
        return NONE
    if paid < level:
        return int(onward[there, paid, left_s])
    high = NONE
    for cheapest in range(level, onward.shape[1]):
        high = max(high, onward[there, cheapest, left_s])
    return high


@kernel
def tour_values(trips: Trips, offer: Offer, fees: Fees, onward: Integers, horizon_s: int) -> Integers:
    """Best value of a tour of a group by horizon, shape (horizon + 1,); 0 for staying at home."""
    shelters, levels = len(fees.level), len(fees.of)
    high = np.zeros(horizon_s + 1, np.int64)
    going = np.full((shelters, levels, horizon_s + 1), NONE, np.int64)
    for trip in range(len(trips.chosen)):
        own, there = trips.chosen[trip], trips.shelter[trip]
        values, extra, level = offer.best[own], offer.extra[own, there], fees.level[there]
        if extra <= NONE:
            continue
        for heads in range(1, offer.most[own] + 1):
            end_s = trips.seconds[trip] + fees.service_s[heads]
            if values[heads] > NONE and end_s <= horizon_s:
                for paid in range(level + 1):
                    worth = values[heads] + extra - heads * fees.of[paid]
                    going[there, paid, end_s] = max(going[there, paid, end_s], worth)
    for there in range(shelters):
        for paid in range(levels):
            _extend(high, going[there, paid], onward, (there, fees.level[there], paid))
    for until_s in range(1, horizon_s + 1):
        high[until_s] = max(high[until_s], high[until_s - 1])
    return high


@kernel
def _extend(high: Integers, going: Integers, onward: Integers, at: tuple[int, int, int]) -> None:
    """Raise the values of tours by those whose first trip leads to a shelter, and on from there."""
    there, level, paid = at
    longest_s, horizon_s = onward.shape[2] - 1, len(high) - 1
    soonest_s = 0
    while soonest_s <= longest_s and onward_from(onward, there, level, paid, soonest_s) <= NONE:
        soonest_s += 1
    top = NONE
    for end_s in range(horizon_s + 1):
        if going[end_s] <= top:
            continue
        top = going[end_s]
        if paid == level:
            high[end_s] = max(high[end_s], top)
        if soonest_s <= longest_s:
            for until_s in range(end_s + soonest_s, horizon_s + 1):
                rest = onward_from(onward, there, level, paid, min(until_s - end_s, longest_s))
                high[until_s] = max(high[until_s], top + rest)


@kernel
def best_loads(
    trips: Trips, offer: Offer, fees: Fees, onward: Integers, until: tuple[int, int]
) -> tuple[Integers, Integers, Integers]:
    """For every trip as the next one: best value within seconds, heads, and the level they pay (-1: they end there).

    `until` is the seconds left and the cheapest level to come to, -1 for any.
    """
    budget_s, wanted = until
    count = len(trips.chosen)
    high = np.full(count, NONE, np.int64)
    load = np.zeros(count, np.int64)
    onto = np.full(count, -1, np.int64)
    for trip in range(count):
        own, there = trips.chosen[trip], trips.shelter[trip]
        values, extra, level = offer.best[own], offer.extra[own, there], fees.level[there]
        if extra <= NONE or wanted > level:
            continue
        for heads in range(1, offer.most[own] + 1):
            left_s = budget_s - trips.seconds[trip] - fees.service_s[heads]
            if left_s < 0 or values[heads] <= NONE:
                continue
            left_s = min(left_s, onward.shape[2] - 1)
            for paid in range(level + 1):
                if wanted >= 0 and paid != wanted:
                    continue
                worth = values[heads] + extra - heads * fees.of[paid]
                if paid == level and worth > high[trip]:
                    high[trip], load[trip], onto[trip] = worth, heads, -1
                rest = onward_from(onward, there, level, paid, left_s)
                if rest > NONE and worth + rest > high[trip]:
                    high[trip], load[trip], onto[trip] = worth + rest, heads, paid
    return high, load, onto
