"""Fetching households that are left behind: on trips that pass, or on trips of their own."""

from __future__ import annotations

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.drafts import begin, board, draft_copy, fetch, settle, sum_draft
from safepassage.planner.households.loads import choose_left
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    BIT,
    BUNDLE,
    CLASSES,
    CLASSES_END,
    DRAFT,
    FAR_S,
    FIRST_CLASS,
    LEFT,
    LOAD,
    MASK,
    NEAR_SHELTER,
    NEAR_SHELTERS_HERE,
    PICKUPS_END,
    PLACE,
    PLACES,
    ROOM,
    SHELTER,
    SHELTERS_END,
    SPACE,
    SPARE,
    STRIDE,
    TRIPS_HERE,
    USED,
    VEHICLE,
    WAITS_AT,
    Drives,
    below,
)
from safepassage.planner.households.timing import FORBIDDEN, Price, price_with, refresh
from safepassage.planner.households.visit_moves import draw_position, draw_vehicle, price_alone, trip_near, vehicle_of

ALL = 2
"""As many households as fit, where 1 is one."""


@kernel
def fetch_left(drive: Drives, s: Integers, price: Price) -> None:
    """Try to fetch households that are left behind, drawn at random; there must be some."""
    first = s[0, SHELTERS_END]
    classes = s[0, CLASSES_END] - first
    one = first + below(classes)
    while s[one, LEFT] == 0:
        one = one + 1 if one + 1 < first + classes else first
    pickup, most = s[one, WAITS_AT], 1 if np.random.random() < 0.3 else ALL
    t = trip_near(s, pickup, 0.4) if np.random.random() < 0.7 else 0
    if t > 0:
        fetch_on(drive, s, price, t, (pickup, most))
        return
    before = draw_position(s, pickup) if s[0, TRIPS_HERE] > 0 else draw_vehicle(s)
    if np.random.random() < 0.5:
        shelter = nearest_end(drive, s, pickup)
    else:
        shelter = s[pickup, NEAR_SHELTER + below(s[0, NEAR_SHELTERS_HERE])]
    fetch_apart(drive, s, price, before, (pickup, shelter, most))


@kernel
def nearest_end(drive: Drives, s: Integers, pickup: int) -> int:
    """Find the nearest shelter that has room and takes some of those left at a pickup; 0 for none."""
    least, best, first = FAR_S, 0, s[pickup, FIRST_CLASS]
    for shelter in range(s[0, PICKUPS_END], s[0, SHELTERS_END]):
        leg = drive[0, s[pickup, PLACE], s[shelter, PLACE]]
        if leg >= least or s[shelter, USED] >= s[shelter, ROOM]:
            continue
        for k in range(first, first + s[pickup, CLASSES]):
            if s[k, LEFT] > 0 and (s[k, s[shelter, MASK]] >> s[shelter, BIT]) & 1:
                least, best = leg, shelter
                break
    return best


@kernel
def fetch_on(drive: Drives, s: Integers, price: Price, t: int, who: tuple[int, int]) -> bool:
    """Let who fits (at most one household, or ALL) of those left at a pickup board a trip if every rule allows."""
    pickup, most = who
    shelter, vehicle, draft = s[t, SHELTER], s[t, VEHICLE], s[0, DRAFT]
    for column in range(3):
        s[0, SPACE + column] = s[vehicle, PLACES + column] - s[t, LOAD + column]
    s[0, SPACE + 3] = s[shelter, ROOM] - s[shelter, USED]
    if choose_left(s, pickup, shelter, most) == 0:
        return False
    draft_copy(s, t, draft)
    if not board(drive, s, draft, pickup, s[0, BUNDLE]):
        return False
    sum_draft(drive, s, draft)
    if price_with(drive, s, price, t, draft) > FORBIDDEN:
        return False
    settle(s, t, draft)
    refresh(drive, s, t)
    fetch(s, pickup)
    return True


@kernel
def fetch_apart(drive: Drives, s: Integers, price: Price, before: int, who: tuple[int, int, int]) -> bool:
    """Give some of those left at a pickup a trip of their own to a shelter, after another trip, if rules allow it."""
    pickup, shelter, most = who
    if shelter == 0 or s[0, SPARE] == 0:
        return False
    vehicle = vehicle_of(s, before)
    for column in range(3):
        s[0, SPACE + column] = s[vehicle, PLACES + column]
    s[0, SPACE + 3] = s[shelter, ROOM] - s[shelter, USED]
    if choose_left(s, pickup, shelter, most) == 0:
        return False
    if price_alone(drive, s, price, before, (pickup, shelter)) > FORBIDDEN:
        return False
    begin(drive, s, s[0, DRAFT] + s[0, STRIDE])
    fetch(s, pickup)
    return True
