"""The most worth a trip can have beyond its time, exactly, over all trips: a walk over pickups to a shelter.

A *trip* here runs between two shelters (or from the yard) and boards 1 up to as many people at each stop as wait there,
at most as many as there are places; whole households and a pickup visited twice are relaxed. Everything is whole
numbers, so no violated trip means that there is none. People may stay aboard past a shelter: they pay for its room and
get it back when the next trip starts with them aboard.

References
----------
Christofides, Mingozzi and Toth (1981), exact algorithms for the vehicle routing problem: routes relaxed to walks by
load (q-routes).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.problem import Integers

NONE = -(2**60)
FAR = 2**31
"""Drives from this length on do not exist."""


class Drives(NamedTuple):
    """Seconds a type drives: shapes (pickups, pickups), (pickups, shelters), (shelters, pickups), (yards, pickups)."""

    between: Integers
    out: Integers
    back: Integers
    start: Integers


class Worth(NamedTuple):
    """Whole prices for one type.

    `heads` and `visits` (pickups,) are rewards, net of the time of boarding, alighting and setting up; `second` is the
    price of a second, `stop` of setting up once; `room` and `leave` (shelters,) prices of a place there and of starting
    from there, `first` (yards,) of a vehicle, `drives` (pickups, pickups) of driving on.
    """

    heads: Integers
    visits: Integers
    second: int
    stop: int
    room: Integers
    leave: Integers
    first: Integers
    drives: Integers


class Found(NamedTuple):
    """Best trips by last pickup: excess (pickups,), heads and shelter; the way back by heads and pickup.

    `least` (places, pickups) is what it costs to come to a pickup by people aboard.
    """

    least: Integers
    excess: Integers
    heads: Integers
    shelter: Integers
    took: Integers
    before: Integers


@kernel
def begin_costs(drives: Drives, worth: Worth, places: int) -> Integers:
    """Least cost to come to a pickup by people already aboard, shape (places, pickups)."""
    shelters, pickups = drives.back.shape
    least = np.full((places, pickups), -NONE, np.int64)
    for aboard in range(places):
        for shelter in range(shelters):
            paid = worth.leave[shelter] - aboard * worth.room[shelter]
            for pickup in range(pickups):
                if drives.back[shelter, pickup] < FAR:
                    cost = worth.second * drives.back[shelter, pickup] + paid
                    least[aboard, pickup] = min(least[aboard, pickup], cost)
    for yard in range(len(worth.first)):
        for pickup in range(pickups):
            if drives.start[yard, pickup] < FAR:
                cost = worth.second * drives.start[yard, pickup] + worth.first[yard]
                least[0, pickup] = min(least[0, pickup], cost)
    return least


@kernel
def price_trips(drives: Drives, worth: Worth, people: Integers, places: int) -> Found:
    """Find for every last pickup the trip that is worth most beyond its time."""
    pickups = len(people)
    least = begin_costs(drives, worth, places)
    leaving = np.full((places + 1, pickups), NONE, np.int64)
    arriving = np.full((places + 1, pickups), NONE, np.int64)
    found = Found(
        least,
        np.full(pickups, NONE, np.int64),
        np.zeros(pickups, np.int64),
        np.zeros(pickups, np.int64),
        np.zeros((places + 1, pickups), np.int64),
        np.full((places + 1, pickups), -1, np.int64),
    )
    for heads in range(places + 1):
        for pickup in range(pickups):
            _board(arriving, leaving, worth, found.took, (pickup, heads, min(heads, people[pickup])))
            if leaving[heads, pickup] > NONE:
                _finish(leaving[heads, pickup], drives, worth, found, (pickup, heads))
        if heads == places:
            break
        for pickup in range(pickups):
            if least[heads, pickup] < -NONE:
                arriving[heads, pickup] = -least[heads, pickup]
        for last in range(pickups):
            if leaving[heads, last] > NONE:
                _drive_on(leaving[heads, last], worth.drives[last], (arriving, found.before), (heads, last))
    return found


@kernel
def _board(arriving: Integers, leaving: Integers, worth: Worth, took: Integers, at: tuple[int, int, int]) -> None:
    """Board at least one and at most some people at a pickup, to leave with so many heads."""
    pickup, heads, most = at
    for here in range(1, most + 1):
        if arriving[heads - here, pickup] > NONE:
            value = arriving[heads - here, pickup] + here * worth.heads[pickup] + worth.visits[pickup]
            if value > leaving[heads, pickup]:
                leaving[heads, pickup], took[heads, pickup] = value, here


@kernel
def _finish(value: int, drives: Drives, worth: Worth, found: Found, at: tuple[int, int]) -> None:
    """Drive from a pickup to the best shelter, where that is better than what is known."""
    pickup, heads = at
    for shelter in range(drives.out.shape[1]):
        if drives.out[pickup, shelter] < FAR:
            cost = worth.second * drives.out[pickup, shelter] + worth.room[shelter] * heads + worth.stop
            excess = value - cost + worth.leave[shelter]
            if excess > found.excess[pickup]:
                found.excess[pickup], found.heads[pickup], found.shelter[pickup] = excess, heads, shelter


@kernel
def _drive_on(value: int, price: Integers, known: tuple[Integers, Integers], at: tuple[int, int]) -> None:
    """Drive from one pickup to all others, where that is better than what is known."""
    heads, last = at
    arriving, before = known[0][heads], known[1][heads]
    for pickup in range(len(price)):
        there = value - price[pickup]
        if there > arriving[pickup] and pickup != last:
            arriving[pickup], before[pickup] = there, last


@kernel
def trip_of(found: Found, last: int) -> tuple[Integers, Integers, int]:
    """Write out the best trip that ends at a pickup: pickups and heads in order, heads aboard at its start."""
    pickups = np.empty(found.took.shape[0], np.int64)
    heads = np.empty(found.took.shape[0], np.int64)
    stops, left, here = 0, found.heads[last], last
    while True:
        pickups[stops], heads[stops] = here, found.took[left, here]
        left -= heads[stops]
        stops += 1
        here = found.before[left, here]
        if here < 0:
            break
    return pickups[:stops][::-1].copy(), heads[:stops][::-1].copy(), left


@kernel
def lower_rewards(
    found: Found, drives: Drives, worth: Worth, rewards: tuple[Integers, Integers], order: Integers
) -> float:
    """Lower the rewards of heads and visits along violated trips just enough, one after the other.

    `order` lists trips by last pickup. Returns the factor that would be enough for the trip that asks most of all.
    """
    gross_heads, gross_visits = rewards
    paid_heads, paid_visits = gross_heads - worth.heads, gross_visits - worth.visits
    least_factor = 1.0
    for last in order:
        pickups, heads, aboard = trip_of(found, last)
        total = found.heads[last]
        cost = found.least[aboard, pickups[0]] + worth.stop + worth.room[found.shelter[last]] * total
        cost += worth.second * drives.out[last, found.shelter[last]] - worth.leave[found.shelter[last]]
        reward = 0
        for stop in range(len(pickups)):
            pickup = pickups[stop]
            reward += gross_heads[pickup] * heads[stop] + gross_visits[pickup]
            cost += paid_heads[pickup] * heads[stop] + paid_visits[pickup]
            if stop:
                cost += worth.drives[pickups[stop - 1], pickup]
        if reward > cost and reward > 0:
            factor = max(0.0, cost / reward - 1e-12)
            least_factor = min(least_factor, factor)
            for pickup in np.unique(pickups):
                gross_heads[pickup] = int(gross_heads[pickup] * factor)
                gross_visits[pickup] = int(gross_visits[pickup] * factor)
    return least_factor
