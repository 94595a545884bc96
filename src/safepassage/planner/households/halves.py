"""One search on two cores: the vehicles are parted in two, each half is searched alone, and both are put together."""

from __future__ import annotations

from safepassage.kernels import kernel
from safepassage.planner.households.drafts import begin, draft_new, settle
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    CLASSES_END,
    DRAFT,
    LEFT,
    LEFT_PEOPLE,
    LIMIT,
    NEXT,
    PICKUPS_END,
    PREVIOUS,
    ROOM,
    SHELTER,
    SHELTERS_END,
    STOPS,
    USED,
    VEHICLES,
    VEHICLES_END,
    Drives,
)

BARRED = -1
"""The limit of driving of a vehicle that the other half has."""


@kernel
def part(s: Integers, other: Integers) -> tuple[Integers, Integers]:
    """Copy a plan into two, the second with the vehicles marked in `other` (shape (rows up to the vehicles' end,)).

    Each has the room its people use and half of what is free; the first has those who are left behind.
    """
    one, two = s.copy(), s.copy()
    for vehicle in range(s[0, VEHICLES], s[0, VEHICLES_END]):
        dismiss(one if other[vehicle] else two, vehicle)
    for shelter in range(s[0, PICKUPS_END], s[0, SHELTERS_END]):
        spare = s[shelter, ROOM] - s[shelter, USED]
        one[shelter, ROOM] = one[shelter, USED] + (spare + 1) // 2
        two[shelter, ROOM] = two[shelter, USED] + spare // 2
    two[0, LEFT_PEOPLE] = 0
    for row in range(s[0, SHELTERS_END], s[0, CLASSES_END]):
        two[row, LEFT] = 0
    return one, two


@kernel
def dismiss(s: Integers, vehicle: int) -> None:
    """Take all trips of a vehicle out of a plan, and bar it."""
    draft = s[0, DRAFT]
    s[draft, STOPS] = 0
    while s[vehicle, NEXT] != vehicle:
        settle(s, s[vehicle, NEXT], draft)
    s[vehicle, LIMIT] = BARRED


@kernel
def put_together(drive: Drives, s: Integers, one: Integers, two: Integers) -> Integers:
    """Join the two halves of a plan."""
    whole = one.copy()
    for row in range(s[0, VEHICLES], s[0, VEHICLES_END]):
        whole[row, LIMIT] = s[row, LIMIT]
    for row in range(s[0, PICKUPS_END], s[0, SHELTERS_END]):
        whole[row, ROOM] = s[row, ROOM]
    draft = s[0, DRAFT]
    for vehicle in range(s[0, VEHICLES], s[0, VEHICLES_END]):
        t = two[vehicle, NEXT]
        while t != vehicle:
            draft_new(whole, draft, whole[vehicle, PREVIOUS], vehicle, two[t, SHELTER])
            for column in range(STOPS + 1):
                whole[draft, column] = two[t, column]
            for k in range(1, two[t, STOPS] + 1):
                for column in range(whole.shape[1]):
                    whole[draft + k, column] = two[t + k, column]
            begin(drive, whole, draft)
            t = two[t, NEXT]
    return whole
