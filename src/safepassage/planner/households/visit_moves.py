"""Changes of who rides on which trip: households move between two trips, change places, or open a trip of their own."""

from __future__ import annotations

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.drafts import (
    add_bundle,
    begin,
    board,
    draft_copy,
    draft_new,
    prune,
    settle,
    sum_draft,
)
from safepassage.planner.households.loads import (
    choose_all,
    choose_covering,
    choose_fitting,
    choose_some,
    may_end,
)
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    BUNDLE,
    DRAFT,
    FAR_S,
    LOAD,
    NEAR,
    NEAR_SHELTER,
    NEAR_SHELTERS_HERE,
    NEARS,
    NEXT,
    PICKUP,
    PLACES,
    PREVIOUS,
    ROOM,
    SHELTER,
    SPACE,
    SPARE,
    STOPS,
    STRIDE,
    TRIP,
    USED,
    VEHICLE,
    VEHICLES,
    VEHICLES_END,
    Drives,
    below,
    draw_there,
    draw_trip,
    people_of,
)
from safepassage.planner.households.timing import (
    FORBIDDEN,
    Price,
    cost_of,
    finish,
    price_both,
    price_tour,
    price_with,
    read,
    refresh,
    ride,
)


@kernel
def accepts(delta: float, cold: float) -> bool:
    """Decide on a change of cost; `cold` is the inverse of the temperature."""
    return delta <= 0 or (delta < FORBIDDEN and np.random.random() < np.exp(-delta * cold))


@kernel
def trip_near(s: Integers, pickup: int, same: float) -> int:
    """Draw a trip that visits a pickup near to one, or the same one at some chance; 0 where none does."""
    if np.random.random() >= same:
        pickup = s[pickup, NEAR + below(s[0, NEARS])]
    stop = draw_there(s, pickup)
    return int(s[stop, TRIP]) if stop > 0 else 0


@kernel
def draw_vehicle(s: Integers) -> int:
    """Draw a vehicle."""
    return int(s[0, VEHICLES] + below(s[0, VEHICLES_END] - s[0, VEHICLES]))


@kernel
def draw_position(s: Integers, pickup: int) -> int:
    """Draw what a trip may follow: mostly one that ends near its first pickup, else a vehicle's start or any trip."""
    if np.random.random() < 0.75:
        before = draw_there(s, s[pickup, NEAR_SHELTER + below(s[0, NEAR_SHELTERS_HERE])])
        if before > 0:
            return before
    return draw_vehicle(s) if np.random.random() < 0.5 else draw_trip(s)


@kernel
def vehicle_of(s: Integers, row: int) -> int:
    """Find the vehicle of a trip; a vehicle's row is its own."""
    return row if row < s[0, VEHICLES_END] else s[row, VEHICLE]


@kernel
def shift(drive: Drives, s: Integers, price: Price, cold: float) -> None:
    """Move households of a stop to another trip, perhaps against some of that trip's."""
    one = draw_trip(s)
    stop = one + 1 + below(s[one, STOPS])
    two = trip_near(s, s[stop, PICKUP], 0.15)
    if two in (0, one):
        return
    if np.random.random() < 0.5:
        if choose_for(s, one, stop, two) > 0:
            exchange(drive, s, price, (stop, one, 0, two), cold)
        return
    other = two + 1 + below(s[two, STOPS])
    if choose_against(s, stop, other, two) > 0:
        exchange(drive, s, price, (stop, one, other, two), cold)


@kernel
def choose_for(s: Integers, one: int, stop: int, two: int) -> int:
    """Choose who of a stop moves to a trip: all, some, or those who fit; the number of people."""
    vehicle, shelter, fits = s[two, VEHICLE], s[two, SHELTER], True
    for column in range(3):
        s[0, SPACE + column] = s[vehicle, PLACES + column] - s[two, LOAD + column]
        fits &= s[stop, LOAD + column] <= s[0, SPACE + column]
    s[0, SPACE + 3] = FAR_S if shelter == s[one, SHELTER] else s[shelter, ROOM] - s[shelter, USED]
    if fits and np.random.random() < 0.85:
        return choose_all(s, stop, s[0, BUNDLE])
    if fits and np.random.random() < 0.5:
        return choose_some(s, stop, s[0, BUNDLE])
    return choose_fitting(s, s[stop, PICKUP], stop, s[0, BUNDLE])


@kernel
def choose_against(s: Integers, stop: int, other: int, two: int) -> int:
    """Choose who of a stop changes places with whom of another, of a second trip; the number of the latter."""
    out, back = s[0, BUNDLE], s[0, BUNDLE] + 1
    if np.random.random() < 0.6:
        choose_all(s, stop, out)
    else:
        choose_some(s, stop, out)
    vehicle, lacks = s[two, VEHICLE], False
    for column in range(3):
        s[0, SPACE + column] = s[two, LOAD + column] + s[out, LOAD + column] - s[vehicle, PLACES + column]
        lacks |= s[0, SPACE + column] > 0
    if lacks and np.random.random() < 0.6:
        return choose_covering(s, other, back)
    if np.random.random() < 0.7:
        return choose_all(s, other, back)
    return choose_some(s, other, back)


@kernel
def fits_after(s: Integers, stops: tuple[int, int, int, int]) -> bool:
    """Whether places, room and choices of shelter allow an exchange."""
    stop, one, other, two = stops
    out, back, net = s[0, BUNDLE], s[0, BUNDLE] + 1, 0
    for column in range(LOAD, LOAD + 3):
        moved = s[out, column] - (s[back, column] if other > 0 else 0)
        net += moved
        if s[two, column] + moved > s[s[two, VEHICLE], PLACES + column - LOAD]:
            return False
        if s[one, column] - moved > s[s[one, VEHICLE], PLACES + column - LOAD]:
            return False
    shelter, goal = s[one, SHELTER], s[two, SHELTER]
    if shelter == goal:
        return True
    if s[goal, USED] + net > s[goal, ROOM] or s[shelter, USED] - net > s[shelter, ROOM]:
        return False
    if not may_end(s, s[stop, PICKUP], out, goal):
        return False
    return other == 0 or may_end(s, s[other, PICKUP], back, shelter)


@kernel
def hand_over(drive: Drives, s: Integers, stops: tuple[int, int, int, int]) -> bool:
    """Draft both trips after an exchange; False: too many stops."""
    stop, one, other, two = stops
    first, second, out, back = s[0, DRAFT], s[0, DRAFT] + s[0, STRIDE], s[0, BUNDLE], s[0, BUNDLE] + 1
    pickup = s[stop, PICKUP]
    draft_copy(s, one, first)
    draft_copy(s, two, second)
    add_bundle(s, first, stop - one + first, out, -1)
    if other > 0:
        goal = s[other, PICKUP]
        add_bundle(s, second, other - two + second, back, -1)
        if pickup != goal:
            prune(s, first, pickup)
            prune(s, second, goal)
        if not (board(drive, s, first, goal, back) and board(drive, s, second, pickup, out)):
            return False
    else:
        prune(s, first, pickup)
        if not board(drive, s, second, pickup, out):
            return False
    sum_draft(drive, s, first)
    sum_draft(drive, s, second)
    return True


@kernel
def exchange(drive: Drives, s: Integers, price: Price, stops: tuple[int, int, int, int], cold: float) -> None:
    """Try to move one bundle from the stop of a trip to another trip and, if there is one, another the other way."""
    _, one, _, two = stops
    if fits_after(s, stops) and hand_over(drive, s, stops):
        first = s[0, DRAFT]
        second = first + s[0, STRIDE]
        if accepts(price_both(drive, s, price, (one, two), (first, second)), cold):
            replace_both(drive, s, (one, two), (first, second))


@kernel
def replace_both(drive: Drives, s: Integers, trips: tuple[int, int], drafts: tuple[int, int]) -> None:
    """Let two trips be as their drafts."""
    one, two = trips
    vehicle, partner = s[one, VEHICLE], s[two, VEHICLE]
    before = s[one, PREVIOUS]
    settle(s, one, drafts[0])
    settle(s, two, drafts[1])
    if vehicle == partner:
        refresh(drive, s, vehicle)
    else:
        refresh(drive, s, s[before, NEXT])
        refresh(drive, s, two)


@kernel
def shelter_for(s: Integers, pickup: int, leaving: int) -> int:
    """Find the nearest shelter with room and leave for the first bundle, who leave room at another; 0 for none."""
    people = people_of(s, s[0, BUNDLE])
    for k in range(s[0, NEAR_SHELTERS_HERE]):
        shelter = s[pickup, NEAR_SHELTER + k]
        used = s[shelter, USED] - (people if shelter == leaving else 0)
        if used + people <= s[shelter, ROOM] and may_end(s, pickup, s[0, BUNDLE], shelter):
            return int(shelter)
    return 0


@kernel
def price_alone(drive: Drives, s: Integers, price: Price, before: int, ends: tuple[int, int]) -> float:
    """Draft a trip of the first bundle alone, as the second draft, and price it after a trip or a vehicle's start."""
    vehicle, draft = vehicle_of(s, before), s[0, DRAFT] + s[0, STRIDE]
    draft_new(s, draft, before, vehicle, ends[1])
    board(drive, s, draft, ends[0], s[0, BUNDLE])
    sum_draft(drive, s, draft)
    ended = finish(drive, s, vehicle, s[before, NEXT], ride(drive, s, draft, vehicle, read(s, before)))
    return price_tour(s, price, vehicle, ended) - cost_of(s, price, vehicle)


@kernel
def break_off(drive: Drives, s: Integers, price: Price, cold: float) -> None:
    """Give a stop of several, or some of its households, a trip of their own on another vehicle."""
    one = draw_trip(s)
    stop = one + 1 + below(s[one, STOPS])
    pickup = s[stop, PICKUP]
    before = draw_position(s, pickup)
    vehicle, bundle = vehicle_of(s, before), s[0, BUNDLE]
    if vehicle == s[one, VEHICLE] or s[0, SPARE] == 0:
        return
    if np.random.random() < 0.2:
        choose_some(s, stop, bundle)
    else:
        choose_all(s, stop, bundle)
    for column in range(3):
        if s[bundle, LOAD + column] > s[vehicle, PLACES + column]:
            return
    shelter, draft = shelter_for(s, pickup, s[one, SHELTER]), s[0, DRAFT]
    if shelter == 0 or people_of(s, bundle) == people_of(s, one):
        return
    draft_copy(s, one, draft)
    add_bundle(s, draft, stop - one + draft, bundle, -1)
    prune(s, draft, pickup)
    sum_draft(drive, s, draft)
    delta = price_with(drive, s, price, one, draft) + price_alone(drive, s, price, before, (pickup, shelter))
    if accepts(delta, cold):
        settle(s, one, draft)
        refresh(drive, s, one)
        begin(drive, s, draft + s[0, STRIDE])
