"""Drafts of trips: a trip is copied, changed and timed apart, and only takes its place when the change is accepted."""

from __future__ import annotations

from safepassage.kernels import kernel
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    ALIGHT,
    BOARD,
    BUNDLE,
    CLASSES,
    CORE,
    COUNT,
    FAR_S,
    FIRST_CLASS,
    LEFT,
    LEFT_PEOPLE,
    LOAD,
    MOST,
    NEXT,
    PICKUP,
    PLACE,
    PREVIOUS,
    READY,
    SERVICE,
    SETUP,
    SHELTER,
    SLOTS,
    SPARE,
    SPEED,
    STOPS,
    STRIDE,
    TIMED,
    TRIP,
    TRIPS_FROM,
    TRIPS_HERE,
    USED,
    VEHICLE,
    Drives,
    insert_after,
    join_ring,
    people_of,
    quit_ring,
    take_out,
)
from safepassage.planner.households.timing import refresh, sum_core_s


@kernel
def copy_stop(s: Integers, stop: int, to: int) -> None:
    """Copy who boards where."""
    for column in range(PICKUP + 1):
        s[to, column] = s[stop, column]
    for column in range(COUNT, COUNT + s[s[stop, PICKUP], CLASSES]):
        s[to, column] = s[stop, column]


@kernel
def draft_copy(s: Integers, t: int, draft: int) -> None:
    """Copy a trip to a draft; it stands between the same neighbours."""
    for column in range(VEHICLE + 1):
        s[draft, column] = s[t, column]
    s[draft, PREVIOUS] = s[t, PREVIOUS]
    for k in range(1, s[t, STOPS] + 1):
        copy_stop(s, t + k, draft + k)


@kernel
def draft_new(s: Integers, draft: int, before: int, vehicle: int, shelter: int) -> None:
    """Begin a trip of a vehicle after another trip of its tour (or the vehicle itself)."""
    for column in range(VEHICLE):
        s[draft, column] = 0
    s[draft, SERVICE], s[draft, VEHICLE], s[draft, PREVIOUS] = s[0, SETUP], vehicle, before
    draft_end(s, draft, shelter)


@kernel
def draft_end(s: Integers, draft: int, shelter: int) -> None:
    """Let a draft end at a shelter."""
    s[draft, SHELTER], s[draft, PLACE] = shelter, s[shelter, PLACE]


@kernel
def add_bundle(s: Integers, draft: int, stop: int, bundle: int, sign: int) -> None:
    """Let a bundle board at a stop of a draft, or take it off."""
    pickup = s[stop, PICKUP]
    for column in range(3):
        s[stop, LOAD + column] += sign * s[bundle, LOAD + column]
        s[draft, LOAD + column] += sign * s[bundle, LOAD + column]
    s[stop, BOARD] += sign * s[bundle, BOARD]
    s[stop, ALIGHT] += sign * s[bundle, ALIGHT]
    s[draft, SERVICE] += sign * (s[bundle, BOARD] + s[bundle, ALIGHT])
    for k in range(s[pickup, CLASSES]):
        s[stop, COUNT + k] += sign * s[bundle, COUNT + k]
    if sign > 0:
        s[stop, READY] = max(s[stop, READY], s[bundle, READY])
    elif s[0, TIMED] > 0:
        s[stop, READY] = 0
        for k in range(s[pickup, CLASSES]):
            if s[stop, COUNT + k] > 0:
                s[stop, READY] = max(s[stop, READY], s[s[pickup, FIRST_CLASS] + k, READY])


@kernel
def find_stop(s: Integers, t: int, pickup: int) -> int:
    """Find the stop of a trip at a pickup, 0 for none."""
    for stop in range(t + 1, t + 1 + s[t, STOPS]):
        if s[stop, PICKUP] == pickup:
            return stop
    return 0


@kernel
def prune(s: Integers, draft: int, pickup: int) -> None:
    """Drop the stop at a pickup if nobody boards there any more."""
    stop = find_stop(s, draft, pickup)
    if stop > 0 and people_of(s, stop) == 0:
        s[draft, STOPS] -= 1
        s[draft, SERVICE] -= s[0, SETUP]
        for k in range(stop, draft + 1 + s[draft, STOPS]):
            copy_stop(s, k + 1, k)


@kernel
def board(drive: Drives, s: Integers, draft: int, pickup: int, bundle: int) -> bool:
    """Let a bundle board at a pickup: at its stop, or at a new one where the detour is least; False: too many stops."""
    stop = find_stop(s, draft, pickup)
    if stop > 0:
        add_bundle(s, draft, stop, bundle, 1)
        return True
    stops = s[draft, STOPS]
    if stops >= s[0, MOST]:
        return False
    speed, place, before = s[s[draft, VEHICLE], SPEED], s[pickup, PLACE], s[s[draft, PREVIOUS], PLACE]
    least, at = 4 * FAR_S, 0
    for k in range(stops + 1):
        after = s[draft + 1 + k, PLACE] if k < stops else s[draft, PLACE]
        detour = drive[speed, before, place] + drive[speed, place, after] - drive[speed, before, after]
        if detour < least:
            least, at = detour, k
        before = after
    for k in range(stops, at, -1):
        copy_stop(s, draft + k, draft + 1 + k)
    stop = draft + 1 + at
    for column in range(PICKUP):
        s[stop, column] = 0
    s[stop, PICKUP], s[stop, PLACE] = pickup, place
    for k in range(s[pickup, CLASSES]):
        s[stop, COUNT + k] = 0
    s[draft, STOPS] += 1
    s[draft, SERVICE] += s[0, SETUP]
    add_bundle(s, draft, stop, bundle, 1)
    return True


@kernel
def sum_draft(drive: Drives, s: Integers, draft: int) -> None:
    """Add up a draft, unless nobody is left on it."""
    if s[draft, STOPS] > 0:
        s[draft, CORE] = sum_core_s(drive, s, draft, s[s[draft, VEHICLE], SPEED])


@kernel
def settle(s: Integers, t: int, draft: int) -> None:
    """Let a trip be as its draft; an empty one ends. Instants are to be brought up to date by the caller."""
    leave_rings(s, t)
    for column in range(STOPS + 1):
        s[t, column] = s[draft, column]
    if s[t, STOPS] == 0:
        take_out(s, t)
        s[t, VEHICLE], s[t, NEXT], s[0, SPARE] = 0, s[0, SPARE], t
        s[0, TRIPS_HERE] -= 1
        return
    for k in range(1, s[t, STOPS] + 1):
        copy_stop(s, draft + k, t + k)
        s[t + k, TRIP] = t
        join_ring(s, t + k, s[t + k, PICKUP])
    join_ring(s, t, s[t, SHELTER])
    s[s[t, SHELTER], USED] += people_of(s, t)


@kernel
def leave_rings(s: Integers, t: int) -> None:
    """Take a trip and its stops out of the rings of their sites."""
    for stop in range(t + 1, t + 1 + s[t, STOPS]):
        quit_ring(s, stop, s[stop, PICKUP])
    if s[t, STOPS] > 0:
        quit_ring(s, t, s[t, SHELTER])
        s[s[t, SHELTER], USED] -= people_of(s, t)


@kernel
def begin(drive: Drives, s: Integers, draft: int) -> int:
    """Let a draft be a new trip where it stands; its number."""
    t = s[0, SPARE]
    s[0, SPARE] = s[t, NEXT]
    s[0, TRIPS_HERE] += 1
    while s[0, TRIPS_FROM] + s[0, STRIDE] * s[0, SLOTS] <= t:
        s[0, SLOTS] += 1
    s[t, STOPS] = 0
    insert_after(s, t, s[draft, PREVIOUS], s[draft, VEHICLE])
    settle(s, t, draft)
    refresh(drive, s, t)
    return int(t)


@kernel
def fetch(s: Integers, pickup: int) -> None:
    """Take the first bundle off those left at a pickup."""
    first, bundle = s[pickup, FIRST_CLASS], s[0, BUNDLE]
    for k in range(s[pickup, CLASSES]):
        s[first + k, LEFT] -= s[bundle, COUNT + k]
    s[0, LEFT_PEOPLE] -= people_of(s, bundle)
