"""A first plan: the vehicle that is free first fetches from afar, and fills up nearby on the way."""

from __future__ import annotations

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.fetching import ALL, fetch_apart, fetch_on, nearest_end
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    CLASSES,
    FAR_S,
    FIRST_CLASS,
    LEFT,
    LEFT_PEOPLE,
    NEAR,
    NEARS,
    PICKUPS_END,
    PLACE,
    PLACES,
    PREVIOUS,
    SHELTERS_END,
    SPEED,
    UNTIL,
    VEHICLE,
    VEHICLES,
    VEHICLES_END,
    Drives,
    people_of,
)
from safepassage.planner.households.timing import Price


@kernel
def construct(drive: Drives, s: Integers, price: Price, seed: int) -> None:
    """Fetch those who are left as long as a vehicle can."""
    np.random.seed(seed)
    done = np.zeros(s[0, VEHICLES_END], np.int64)
    far = np.zeros(s[0, PICKUPS_END], np.int64)
    for pickup in range(s[0, VEHICLES_END], s[0, PICKUPS_END]):
        far[pickup] = FAR_S
        for shelter in range(s[0, PICKUPS_END], s[0, SHELTERS_END]):
            far[pickup] = min(far[pickup], drive[0, s[pickup, PLACE], s[shelter, PLACE]])
    while s[0, LEFT_PEOPLE] > 0:
        vehicle = first_free(s, done)
        if vehicle == 0:
            return
        pickup = set_out(drive, s, price, vehicle, far)
        if pickup == 0:
            done[vehicle] = 1
        else:
            fill_up(drive, s, price, (s[vehicle, PREVIOUS], pickup), far)


@kernel
def waits(s: Integers, pickup: int) -> bool:
    """Whether anybody is left at a pickup."""
    left = 0
    for one in range(s[pickup, FIRST_CLASS], s[pickup, FIRST_CLASS] + s[pickup, CLASSES]):
        left += s[one, LEFT]
    return bool(left > 0)


@kernel
def first_free(s: Integers, done: Integers) -> int:
    """Find the vehicle that is free first; 0 when none can do more."""
    best, least = 0, FAR_S
    for vehicle in range(s[0, VEHICLES], s[0, VEHICLES_END]):
        free_s = s[s[vehicle, PREVIOUS], UNTIL]
        if done[vehicle] == 0 and free_s < least:
            best, least = vehicle, free_s
    return best


@kernel
def set_out(drive: Drives, s: Integers, price: Price, vehicle: int, far: Integers) -> int:
    """Send a vehicle to a pickup, far from the shelters and near to it, on a new trip; 0 when it can serve none."""
    before = s[vehicle, PREVIOUS]
    tried = np.zeros(s[0, PICKUPS_END], np.int64)
    while True:
        best, most = 0, -2 * FAR_S
        for pickup in range(s[0, VEHICLES_END], s[0, PICKUPS_END]):
            score = far[pickup] - drive[s[vehicle, SPEED], s[before, PLACE], s[pickup, PLACE]]
            if score > most and tried[pickup] == 0 and waits(s, pickup):
                best, most = pickup, score
        if best == 0:
            return 0
        tried[best] = 1
        shelter = nearest_end(drive, s, best)
        if fetch_apart(drive, s, price, before, (best, shelter, ALL)):
            return best
        if fetch_apart(drive, s, price, before, (best, shelter, 1)):
            return best


@kernel
def fill_up(drive: Drives, s: Integers, price: Price, trip: tuple[int, int], far: Integers) -> None:
    """Let people board nearby while the vehicle has places and the way is short."""
    t, pickup = trip
    vehicle = s[t, VEHICLE]
    places = s[vehicle, PLACES] + s[vehicle, PLACES + 1] + s[vehicle, PLACES + 2]
    while people_of(s, t) < places:
        best, least = 0, 2 * FAR_S
        for k in range(s[0, NEARS]):
            other = s[pickup, NEAR + k]
            leg = drive[0, s[pickup, PLACE], s[other, PLACE]]
            if leg <= 0.7 * far[pickup] + 300 and 2 * leg - far[other] < least and waits(s, other):
                best, least = other, 2 * leg - far[other]
        if best == 0 or not fetch_on(drive, s, price, t, (best, ALL)):
            return
        pickup = best
