"""Changes of what trips do and who drives them: order of stops, shelter, vehicle, tails of tours."""

from __future__ import annotations

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.drafts import copy_stop, draft_copy, draft_end, settle, sum_draft
from safepassage.planner.households.loads import all_may_end
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    DRAFT,
    KIND,
    LOAD,
    NEAR_SHELTER,
    NEAR_SHELTERS_HERE,
    NEXT,
    PICKUP,
    PLACES,
    PREVIOUS,
    ROOM,
    SHELTER,
    STOPS,
    STRIDE,
    TRIPS,
    USED,
    VEHICLE,
    VEHICLES_END,
    Drives,
    below,
    draw_there,
    draw_trip,
    insert_after,
    people_of,
    take_out,
)
from safepassage.planner.households.timing import (
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
from safepassage.planner.households.visit_moves import accepts, draw_position, replace_both, trip_near, vehicle_of


@kernel
def reorder(drive: Drives, s: Integers, price: Price, cold: float) -> None:
    """Reverse the stops of a trip, or put one elsewhere."""
    t = draw_trip(s)
    stops, draft = s[t, STOPS], s[0, DRAFT]
    if stops < 2:
        return
    draft_copy(s, t, draft)
    if stops == 2 or np.random.random() < 0.4:
        for k in range(stops):
            copy_stop(s, t + stops - k, draft + 1 + k)
    else:
        moved, to = below(stops), below(stops - 1)
        to += to >= moved
        step = 1 if to > moved else -1
        for k in range(moved, to, step):
            copy_stop(s, t + 1 + k + step, draft + 1 + k)
        copy_stop(s, t + 1 + moved, draft + 1 + to)
    sum_draft(drive, s, draft)
    if accepts(price_with(drive, s, price, t, draft), cold):
        settle(s, t, draft)
        refresh(drive, s, t)


@kernel
def redirect(drive: Drives, s: Integers, price: Price, cold: float) -> None:
    """Change the shelter of a trip; where it has no room, and at times, swap shelters with a trip that ends there."""
    one = draw_trip(s)
    old, first, second = s[one, SHELTER], s[0, DRAFT], s[0, DRAFT] + s[0, STRIDE]
    new = s[s[one + s[one, STOPS], PICKUP], NEAR_SHELTER + below(s[0, NEAR_SHELTERS_HERE])]
    if new == old or not all_may_end(s, one, new):
        return
    people = people_of(s, one)
    draft_copy(s, one, first)
    draft_end(s, first, new)
    sum_draft(drive, s, first)
    if s[new, USED] + people <= s[new, ROOM] and np.random.random() < 0.7:
        if accepts(price_with(drive, s, price, one, first), cold):
            settle(s, one, first)
            refresh(drive, s, one)
        return
    two = draw_there(s, new)
    if two == 0:
        return
    change = people - people_of(s, two)
    if s[new, USED] + change > s[new, ROOM] or s[old, USED] - change > s[old, ROOM] or not all_may_end(s, two, old):
        return
    draft_copy(s, two, second)
    draft_end(s, second, old)
    sum_draft(drive, s, second)
    if accepts(price_both(drive, s, price, (one, two), (first, second)), cold):
        replace_both(drive, s, (one, two), (first, second))


@kernel
def carries(s: Integers, vehicle: int, t: int) -> bool:
    """Whether a vehicle has the places for a trip."""
    lacking = 0
    for column in range(3):
        lacking += max(0, s[t, LOAD + column] - s[vehicle, PLACES + column])
    return bool(lacking == 0)


@kernel
def swap_trips(drive: Drives, s: Integers, price: Price, cold: float) -> None:
    """Let two trips change places in their tours."""
    one = draw_trip(s)
    two = trip_near(s, s[one + 1, PICKUP], 0.1) if np.random.random() < 0.7 else draw_trip(s)
    if two in (0, one):
        return
    vehicle, partner = s[one, VEHICLE], s[two, VEHICLE]
    if not (carries(s, vehicle, two) and carries(s, partner, one)):
        return
    if accepts(price_both(drive, s, price, (one, two), (two, one)), cold):
        if s[one, NEXT] == two or s[two, NEXT] == one:
            earlier = one if s[one, NEXT] == two else two
            later = s[earlier, NEXT]
            take_out(s, earlier)
            insert_after(s, earlier, later, vehicle)
        else:
            before, before_two = s[one, PREVIOUS], s[two, PREVIOUS]
            take_out(s, one)
            take_out(s, two)
            insert_after(s, two, before, vehicle)
            insert_after(s, one, before_two, partner)
        refresh(drive, s, vehicle if vehicle == partner else two)
        if vehicle != partner:
            refresh(drive, s, one)


@kernel
def move_trip(drive: Drives, s: Integers, price: Price, cold: float) -> None:
    """Give a trip to another vehicle."""
    t = draw_trip(s)
    before = draw_position(s, s[t + 1, PICKUP])
    vehicle, partner = s[t, VEHICLE], vehicle_of(s, before)
    if partner == vehicle or not carries(s, partner, t):
        return
    without = finish(drive, s, vehicle, s[t, NEXT], read(s, s[t, PREVIOUS]))
    joined = finish(drive, s, partner, s[before, NEXT], ride(drive, s, t, partner, read(s, before)))
    delta = price_tour(s, price, vehicle, without) + price_tour(s, price, partner, joined)
    if accepts(delta - cost_of(s, price, vehicle) - cost_of(s, price, partner), cold):
        left = s[t, PREVIOUS]
        take_out(s, t)
        insert_after(s, t, before, partner)
        refresh(drive, s, s[left, NEXT])
        refresh(drive, s, t)


@kernel
def exchange_tails(drive: Drives, s: Integers, price: Price, cold: float) -> None:
    """Let two vehicles change roles from a trip on."""
    t = draw_trip(s)
    before, last = draw_position(s, s[t + 1, PICKUP]), s[t, PREVIOUS]
    vehicle, partner = s[t, VEHICLE], vehicle_of(s, before)
    if partner == vehicle:
        return
    other = s[before, NEXT]
    if s[vehicle, KIND] != s[partner, KIND] and not (all_carried(s, partner, t) and all_carried(s, vehicle, other)):
        return
    ended = finish(drive, s, vehicle, other, read(s, last))
    other_ended = finish(drive, s, partner, t, read(s, before))
    delta = price_tour(s, price, vehicle, ended) + price_tour(s, price, partner, other_ended)
    if accepts(delta - cost_of(s, price, vehicle) - cost_of(s, price, partner), cold):
        cross(s, last, before)
        refresh(drive, s, s[last, NEXT])
        refresh(drive, s, s[before, NEXT])


@kernel
def all_carried(s: Integers, vehicle: int, t: int) -> bool:
    """Whether a vehicle has the places for a trip and all that follow it in its tour."""
    while t >= s[0, VEHICLES_END]:
        if not carries(s, vehicle, t):
            return False
        t = s[t, NEXT]
    return True


@kernel
def cross(s: Integers, before: int, other: int) -> None:
    """Exchange the tails of two tours after two of their trips (or a vehicle's start)."""
    vehicle, partner = vehicle_of(s, before), vehicle_of(s, other)
    tail, tail_end, tail_other, tail_other_end = (
        s[before, NEXT],
        s[vehicle, PREVIOUS],
        s[other, NEXT],
        s[partner, PREVIOUS],
    )
    join_tail(s, before, vehicle, (tail_other, tail_other_end))
    join_tail(s, other, partner, (tail, tail_end))


@kernel
def join_tail(s: Integers, before: int, vehicle: int, tail: tuple[int, int]) -> None:
    """Let a tour go on after a trip with the trips of a tail (first and last; nothing where the first is a vehicle)."""
    first, last = tail
    if first < s[0, VEHICLES_END]:
        s[before, NEXT], s[vehicle, PREVIOUS] = vehicle, before
        return
    t, donor = first, s[first, VEHICLE]
    s[before, NEXT], s[first, PREVIOUS] = first, before
    s[last, NEXT], s[vehicle, PREVIOUS] = vehicle, last
    while t != vehicle:
        s[donor, TRIPS] -= 1
        s[vehicle, TRIPS] += 1
        s[t, VEHICLE] = vehicle
        t = s[t, NEXT]
