"""When a vehicle's people arrive: exact times along a tour, added up where nobody waits, walked where somebody may."""

from __future__ import annotations

from typing import NamedTuple

from safepassage.kernels import kernel
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    BOARD,
    CARRIED,
    CORE,
    DRIVEN,
    EXPOSED,
    FAR_S,
    FIRST_WINDOW,
    LIMIT,
    NEXT,
    PICKUP,
    PLACE,
    PREVIOUS,
    READY,
    SERVICE,
    SETUP,
    SHELTER,
    SINCE,
    SPEED,
    STOPS,
    TILL,
    TIMED,
    TRIPS,
    UNTIL,
    VEHICLE,
    VEHICLES,
    VEHICLES_END,
    WINDOWS,
    Drives,
    people_of,
)

IMPOSSIBLE, FORBIDDEN = 1e18, 5e17
"""What a tour costs that breaks a rule; a change that costs more than the second breaks one."""


class Price(NamedTuple):
    """What a tour costs: its time, the square of its excess over a target, and the people's waiting.

    Attributes
    ----------
    target_s, steep
        The instant beyond which time is dear; the weight of a second of excess, of which the square counts.
    slope
        The weight of a second, dear or not, in terms of `steep`.
    waiting
        The weight of a second of a person's way to their arrival.
    """

    target_s: float
    steep: float
    slope: float
    waiting: float


@kernel
def price_tour(s: Integers, price: Price, vehicle: int, reading: tuple[int, int, int]) -> float:
    """Price a tour by when it ends, its driving and its people's waiting."""
    end, driven, exposed = reading
    if s[0, TIMED] == 0:
        driven = end - s[vehicle, UNTIL]
    if end >= FAR_S or driven > s[vehicle, LIMIT]:
        return IMPOSSIBLE
    over = (end - price.target_s) * price.steep
    cost = price.slope * over + price.waiting * exposed
    if over > 0:
        cost += over * over
    return cost


@kernel
def cost_of(s: Integers, price: Price, vehicle: int) -> float:
    """Price a tour as it is; 0 for the idle tour of a vehicle that may not drive, so that any other costs more."""
    last = s[vehicle, PREVIOUS]
    cost = price_tour(s, price, vehicle, (s[last, UNTIL], s[last, DRIVEN], s[last, EXPOSED]))
    return cost if cost < FORBIDDEN else 0.0


@kernel
def open_from_s(s: Integers, site: int, earliest_s: int, lasting_s: int) -> int:
    """Find when a service at a site can start: in the first window that it fits."""
    if s[site, WINDOWS] == 0:
        return earliest_s
    for window in range(s[site, FIRST_WINDOW], s[site, FIRST_WINDOW] + s[site, WINDOWS]):
        start = max(earliest_s, s[window, SINCE])
        if start + lasting_s <= s[window, TILL]:
            return int(start)
    return FAR_S


@kernel
def sum_core_s(drive: Drives, s: Integers, t: int, speed: int) -> int:
    """Add up a trip from its arrival at the first pickup, for a vehicle that never waits."""
    total = s[t, SERVICE]
    here = s[t + 1, PLACE]
    for stop in range(t + 2, t + 1 + s[t, STOPS]):
        there = s[stop, PLACE]
        total += drive[speed, here, there]
        here = there
    return int(total + drive[speed, here, s[t, PLACE]])


@kernel
def read(s: Integers, before: int) -> tuple[int, int, int, int]:
    """Read instant, seconds driven, the people's waiting and the place after a trip, or of a vehicle at its yard."""
    return s[before, UNTIL], s[before, DRIVEN], s[before, EXPOSED], s[before, PLACE]


@kernel
def ride(
    drive: Drives, s: Integers, t: int, vehicle: int, reading: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    """Drive a trip: from the reading before it to that after it."""
    at, driven, exposed, here = reading
    speed = s[vehicle, SPEED]
    if s[0, TIMED] == 0:
        at += drive[speed, here, s[t + 1, PLACE]] + s[t, CORE]
        return at, driven, exposed + people_of(s, t) * at, s[t, PLACE]
    boarding = 0
    for stop in range(t + 1, t + 1 + s[t, STOPS]):
        leg = drive[speed, here, s[stop, PLACE]]
        here = s[stop, PLACE]
        driven += leg
        lasting = s[0, SETUP] + s[stop, BOARD]
        boarding += lasting
        at = open_from_s(s, s[stop, PICKUP], max(at + leg, s[stop, READY]), lasting) + lasting
    leg = drive[speed, here, s[t, PLACE]]
    lasting = s[t, SERVICE] - boarding
    at = open_from_s(s, s[t, SHELTER], at + leg, lasting) + lasting
    return at, driven + leg, exposed + people_of(s, t) * at, s[t, PLACE]


@kernel
def finish(
    drive: Drives, s: Integers, vehicle: int, t: int, reading: tuple[int, int, int, int]
) -> tuple[int, int, int]:
    """Drive on from a trip, of another vehicle perhaps, to the end of that tour; a vehicle's row is the end at once."""
    if t < s[0, VEHICLES_END]:
        return reading[0], reading[1], reading[2]
    if s[0, TIMED] == 0:
        after = ride(drive, s, t, vehicle, reading)
        last = s[s[t, VEHICLE], PREVIOUS]
        later_s = after[0] - s[t, UNTIL]
        exposed = after[2] + s[last, EXPOSED] - s[t, EXPOSED] + (s[last, CARRIED] - s[t, CARRIED]) * later_s
        return s[last, UNTIL] + later_s, 0, exposed
    while t >= s[0, VEHICLES_END]:
        reading = ride(drive, s, t, vehicle, reading)
        t = s[t, NEXT]
    return reading[0], reading[1], reading[2]


@kernel
def price_with(drive: Drives, s: Integers, price: Price, t: int, draft: int) -> float:
    """Price the change of a tour when a draft takes the place of a trip; an empty draft: when the trip falls out."""
    vehicle = s[t, VEHICLE]
    reading = read(s, s[t, PREVIOUS])
    if s[draft, STOPS] > 0:
        reading = ride(drive, s, draft, vehicle, reading)
    ended = finish(drive, s, vehicle, s[t, NEXT], reading)
    return price_tour(s, price, vehicle, ended) - cost_of(s, price, vehicle)


@kernel
def price_both(drive: Drives, s: Integers, price: Price, trips: tuple[int, int], drafts: tuple[int, int]) -> float:
    """Price the change when two trips are replaced, of one tour or of two; empty ones fall out."""
    one, two = trips
    vehicle = s[one, VEHICLE]
    if s[two, VEHICLE] != vehicle:
        return price_with(drive, s, price, one, drafts[0]) + price_with(drive, s, price, two, drafts[1])
    reading = read(s, vehicle)
    t = s[vehicle, NEXT]
    while t != vehicle:
        instead = t
        if t == one:
            instead = drafts[0]
        elif t == two:
            instead = drafts[1]
        if s[instead, STOPS] > 0:
            reading = ride(drive, s, instead, vehicle, reading)
        t = s[t, NEXT]
    return price_tour(s, price, vehicle, (reading[0], reading[1], reading[2])) - cost_of(s, price, vehicle)


@kernel
def refresh(drive: Drives, s: Integers, t: int) -> None:
    """Bring a tour's instants up to date from a trip on; from a vehicle's row: all of it."""
    if t < s[0, VEHICLES_END]:
        t = s[t, NEXT]
    if t < s[0, VEHICLES_END]:
        return
    vehicle = s[t, VEHICLE]
    reading = read(s, s[t, PREVIOUS])
    while t != vehicle:
        reading = ride(drive, s, t, vehicle, reading)
        s[t, UNTIL], s[t, DRIVEN], s[t, EXPOSED] = reading[0], reading[1], reading[2]
        s[t, CARRIED] = s[s[t, PREVIOUS], CARRIED] + people_of(s, t)
        t = s[t, NEXT]


@kernel
def refresh_all(drive: Drives, s: Integers) -> None:
    """Bring all tours up to date."""
    for vehicle in range(s[0, VEHICLES], s[0, VEHICLES_END]):
        t = s[vehicle, NEXT]
        while t != vehicle:
            s[t, CORE] = sum_core_s(drive, s, t, s[vehicle, SPEED])
            t = s[t, NEXT]
        refresh(drive, s, vehicle)


@kernel
def makespan_of(s: Integers) -> int:
    """Read the last arrival."""
    latest = 0
    for vehicle in range(s[0, VEHICLES], s[0, VEHICLES_END]):
        if s[vehicle, TRIPS] > 0:
            latest = max(latest, s[s[vehicle, PREVIOUS], UNTIL])
    return latest
