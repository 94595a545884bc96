"""The deterministic isolated community evacuation problem, solved exactly: the least minutes until all are ashore.

The model of Krutein and Goodchild. A vessel becomes available, sails empty to an island dock, loads, sails loaded to a
safe dock, unloads, and sails empty to the next island dock; the last return is not made. Loading and unloading take the
vessel's own time whatever the number of passengers, docks are never full, and a vessel uses only the docks it fits. So
vessels meet in one thing alone, the people they take, and a vessel matters only by how many trips it makes to each
location by when.

1. For each vessel the least time of every pair of trip counts (two locations at most), by dynamic programming over the
   safe docks: exact, in whole ticks, since all speeds and distances are rational.
2. A makespan C is possible when the vessels can each choose a pair within C that together carry everybody: a knapsack
   with one choice a vessel, by dynamic programming over the people carried from the first location.
3. Bisection over the times that occur. The greatest impossible one and the least possible one are neighbours, so the
   makespan is optimal, without tolerance.

References
----------
Krutein and Goodchild (2022), The isolated community evacuation problem with mixed integer programming, Transportation
Research Part E. Sinha and Zoltners (1979), The multiple-choice knapsack problem, Operations Research 27 (3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from icep_folder import Case, Vessel

Ticks = NDArray[np.int64]
NEVER = 1 << 60
MOST_LOCATIONS = 2
FEW_TRIPS = 8


class Start(NamedTuple):
    """Where a vessel is empty and free, from when, and how many trips it may still make."""

    dock: str
    ready_min: Fraction
    trips: int


class Trip(NamedTuple):
    """One trip: empty to the island dock, loaded to the safe dock; times in minutes."""

    vessel: str
    leaves_min: Fraction
    island_dock: str
    safe_dock: str
    ends_min: Fraction
    people: int


class Evacuation(NamedTuple):
    """An optimal plan: its makespan in minutes and the trips, vessel by vessel in the order of time."""

    makespan_min: Fraction
    trips: tuple[Trip, ...]


class InfeasibleError(Exception):
    """The fleet cannot carry everybody within the trips that it may make."""


class _Found(NamedTuple):
    """The least makespan in ticks, and each vessel's trips to the first and to the second location."""

    limit: int
    counts: list[tuple[int, int]]


class _Choices(NamedTuple):
    """What one vessel can do.

    `levels[k - 1][n]` holds the least ticks of k trips, n of them to the first location, by the last safe dock.
    `again`, shape (locations, docks, docks), the ticks of a trip from a safe dock to a safe dock by way of a location;
    NEVER where the vessel fits no dock.
    """

    vessel: Vessel
    docks: tuple[str, ...]
    levels: tuple[Ticks, ...]
    again: Ticks


def starts(case: Case) -> dict[str, Start]:
    """Where the vessels are before anything happens."""
    return {vessel.name: Start(vessel.dock, vessel.available_min, case.trips) for vessel in case.vessels}


def solve(case: Case, people: Mapping[str, int], begin: Mapping[str, Start]) -> Evacuation:
    """Find a plan of the least makespan.

    Parameters
    ----------
    case
        Vessels, docks, distances.
    people
        Who waits, by location; at most two locations with anybody.
    begin
        Where each vessel is free, by name; vessels that are not named stay out of it.

    Raises
    ------
    InfeasibleError
        When the fleet cannot carry everybody.
    ValueError
        When people wait at more than two locations.
    """
    waiting = tuple((place, number) for place, number in people.items() if number > 0)
    if len(waiting) > MOST_LOCATIONS:
        message = f"{len(waiting)} locations with people; the exact model takes {MOST_LOCATIONS}"
        raise ValueError(message)
    if not waiting:
        return Evacuation(Fraction(0), ())
    places = tuple(place for place, _ in waiting)
    wanted = (waiting[0][1], waiting[1][1] if len(waiting) == MOST_LOCATIONS else 0)
    clock = _ticks_per_minute(case, begin)
    own = {name: start.trips for name, start in begin.items()}
    most = FEW_TRIPS
    while True:
        allowed = {name: start._replace(trips=min(most, own[name])) for name, start in begin.items()}
        fleet = [
            _choices(case, vessel, places, allowed[vessel.name], clock)
            for vessel in case.vessels
            if vessel.name in begin
        ]
        found = _bisect(fleet, wanted)
        if all(_enough(choices, own[choices.vessel.name], found) for choices in fleet):
            break
        most *= 2
    if found is None:
        message = f"{sum(wanted)} people are too many for the trips that the vessels may make"
        raise InfeasibleError(message)
    return _written(case, fleet, found.counts, waiting, begin)


def _enough(choices: _Choices, own: int, found: _Found | None) -> bool:
    """Whether more trips of this vessel could change nothing: it may make no more, or they end after the makespan."""
    made = len(choices.levels)
    return made == 0 or made >= own or (found is not None and int(choices.levels[-1].min()) > found.limit)


def _bisect(fleet: Sequence[_Choices], wanted: tuple[int, int]) -> _Found | None:
    """Return the least possible makespan with its trip counts, or None."""
    tables = [_table(choices) for choices in fleet]
    seats = [choices.vessel.seats for choices in fleet]
    times = np.unique(np.concatenate([table[table < NEVER] for table in tables])) if tables else np.empty(0, np.int64)
    low, high = 0, times.size - 1
    best = _carried(tables, seats, int(times[high]), wanted) if high >= 0 else None
    while best is not None and low < high:
        middle = (low + high) // 2
        tried = _carried(tables, seats, int(times[middle]), wanted)
        if tried is None:
            low = middle + 1
        else:
            high, best = middle, tried
    return None if best is None else _Found(int(times[high]), best)


def _ticks_per_minute(case: Case, begin: Mapping[str, Start]) -> int:
    """Return the coarsest tick in which every duration is whole, as a number a minute."""
    denominators = {Fraction(start.ready_min).denominator for start in begin.values()}
    lengths = set(case.nautical_miles.values())
    for vessel in case.vessels:
        denominators.add(vessel.loading_min.denominator)
        for knots in {vessel.loaded_knots, vessel.empty_knots}:
            denominators |= {(60 * length / knots).denominator for length in lengths}
    return lcm(*denominators)


def _choices(case: Case, vessel: Vessel, places: Sequence[str], start: Start, clock: int) -> _Choices:
    safe = tuple(dock for dock in case.safe_docks if (vessel.name, dock) in case.compatible)
    first = np.full((MOST_LOCATIONS, len(safe)), NEVER, np.int64)
    again = np.full((MOST_LOCATIONS, len(safe), len(safe)), NEVER, np.int64)
    for place, name in enumerate(places):
        for end, dock in enumerate(safe):
            first[place, end] = _trip_ticks(case, vessel, (start.dock, name, dock), clock)
            for origin, last in enumerate(safe):
                again[place, origin, end] = _trip_ticks(case, vessel, (last, name, dock), clock)
    first = np.minimum(first + int(start.ready_min * clock), NEVER)
    levels = [first[::-1]] if start.trips and safe else []
    while levels and len(levels) < start.trips:
        last_level = levels[-1]
        grown = np.full((last_level.shape[0] + 1, len(safe)), NEVER, np.int64)
        for place, shift in ((0, 1), (1, 0)):
            reached = (last_level[:, :, None] + again[place][None, :, :]).min(axis=1)
            part = grown[shift : shift + last_level.shape[0]]
            np.minimum(part, reached, out=part)
        levels.append(grown)
    return _Choices(vessel, safe, tuple(levels), again)


def _trip_ticks(case: Case, vessel: Vessel, way: tuple[str, str, str], clock: int) -> int:
    """Ticks from leaving `way[0]` empty until unloaded at `way[2]`, by the best dock of the location `way[1]`."""
    return min(
        (int(_trip_min(case, vessel, (way[0], dock, way[2])) * clock) for dock in _docks(case, vessel, way[1])),
        default=NEVER,
    )


def _trip_min(case: Case, vessel: Vessel, way: tuple[str, str, str]) -> Fraction:
    empty = 60 * case.nautical_miles[way[0], way[1]] / vessel.empty_knots
    loaded = 60 * case.nautical_miles[way[1], way[2]] / vessel.loaded_knots
    return empty + loaded + 2 * vessel.loading_min


def _docks(case: Case, vessel: Vessel, place: str) -> list[str]:
    fits = (dock for dock, location in case.location_of.items() if location == place)
    return [dock for dock in fits if (vessel.name, dock) in case.compatible]


def _table(choices: _Choices) -> Ticks:
    """Least ticks by the trips to the first and the second location, shape (trips + 1, trips + 1)."""
    most = len(choices.levels)
    table = np.full((most + 1, most + 1), NEVER, np.int64)
    for number, level in enumerate(choices.levels, start=1):
        ours = np.arange(number + 1)
        table[ours, number - ours] = level.min(axis=1)
    return table


def _carried(
    tables: Sequence[Ticks], seats: Sequence[int], limit: int, wanted: tuple[int, int]
) -> list[tuple[int, int]] | None:
    """Choose trip counts within `limit` ticks that carry everybody, or None.

    `stages[v][d]` is the most people of the second location carried by the first v vessels when they carry d, capped at
    all, of the first; -1 when they cannot.
    """
    stages = [np.full(wanted[0] + 1, -1, np.int64)]
    stages[0][0] = 0
    pairs = [_undominated(table, limit) for table in tables]
    for number, choices in enumerate(pairs):
        stages.append(_stage(stages[-1], choices, seats[number], wanted[1]))
    if stages[-1][wanted[0]] < wanted[1]:
        return None
    return _traced(stages, pairs, seats, wanted)


def _undominated(table: Ticks, limit: int) -> list[tuple[int, int]]:
    """Return the most trips to the second location for each number to the first, within the limit."""
    most = np.where(table <= limit, np.arange(table.shape[1]), -1).max(axis=1)
    return [(0, 0), *((ours, int(theirs)) for ours, theirs in enumerate(most) if theirs >= 0)]


def _stage(before: Ticks, pairs: Sequence[tuple[int, int]], seats: int, most: int) -> Ticks:
    after = before.copy()
    last = before.size - 1
    for ours, theirs in pairs:
        gained = np.where(before >= 0, np.minimum(before + seats * theirs, most), -1)
        shift = min(seats * ours, last)
        np.maximum(after[shift:], gained[: last + 1 - shift], out=after[shift:])
        after[last] = max(after[last], gained[last - shift :].max())
    return after


def _traced(
    stages: Sequence[Ticks], pairs: Sequence[Sequence[tuple[int, int]]], seats: Sequence[int], wanted: tuple[int, int]
) -> list[tuple[int, int]]:
    """Walk back through the stages: what each vessel chose; the last vessels take the least that is left to them."""
    chosen = []
    need = wanted
    for number in reversed(range(len(pairs))):
        room = seats[number]
        left = [
            (max(0, need[0] - room * ours), max(0, need[1] - room * theirs), ours + theirs)
            for ours, theirs in pairs[number]
        ]
        fits = [index for index, (first, second, _) in enumerate(left) if stages[number][first:].max() >= second]
        pick = min(fits, key=lambda index: left[index][2])
        chosen.append(pairs[number][pick])
        need = left[pick][:2]
    return chosen[::-1]


def _written(
    case: Case,
    fleet: Sequence[_Choices],
    counts: Sequence[tuple[int, int]],
    waiting: Sequence[tuple[str, int]],
    begin: Mapping[str, Start],
) -> Evacuation:
    """Turn trip counts into trips with times and passengers."""
    routes = [_route(choices, pair) for choices, pair in zip(fleet, counts, strict=True)]
    trips: list[Trip] = []
    for choices, route in zip(fleet, routes, strict=True):
        start = begin[choices.vessel.name]
        dock, now = start.dock, Fraction(start.ready_min)
        for place, end in route:
            trip = _sailed(case, choices.vessel, (dock, waiting[place][0], choices.docks[end]), now)
            trips.append(trip)
            dock, now = trip.safe_dock, trip.ends_min
    boarded = _boarded(case, trips, dict(waiting))
    return Evacuation(max(trip.ends_min for trip in boarded), boarded)


def _route(choices: _Choices, counts: tuple[int, int]) -> list[tuple[int, int]]:
    """Trips as (location, safe dock) in order, of the least time for these counts: back through the levels."""
    ours, number = counts[0], sum(counts)
    route: list[tuple[int, int]] = []
    if not number:
        return route
    end = int(choices.levels[number - 1][ours].argmin())
    while number:
        place, before = _before(choices, (number, ours, end))
        route.append((place, end))
        number, ours, end = number - 1, ours - (place == 0), before
    return route[::-1]


def _before(choices: _Choices, state: tuple[int, int, int]) -> tuple[int, int]:
    """Tell which location the last trip of a state served, and the safe dock it came from (0 for the first trip)."""
    number, ours, end = state
    ticks = choices.levels[number - 1][ours, end]
    if number == 1:
        return 1 - ours, 0
    for place in range(MOST_LOCATIONS):
        row = ours - (place == 0)
        if 0 <= row < number:
            reached = choices.levels[number - 2][row] + choices.again[place][:, end]
            if reached.min() == ticks:
                return place, int(reached.argmin())
    raise AssertionError(state)


def _sailed(case: Case, vessel: Vessel, way: tuple[str, str, str], leaves_min: Fraction) -> Trip:
    docks = _docks(case, vessel, way[1])
    dock = min(docks, key=lambda each: _trip_min(case, vessel, (way[0], each, way[2])))
    ends_min = leaves_min + _trip_min(case, vessel, (way[0], dock, way[2]))
    return Trip(vessel.name, leaves_min, dock, way[2], ends_min, 0)


def _boarded(case: Case, trips: Sequence[Trip], left: dict[str, int]) -> tuple[Trip, ...]:
    """Fill the trips that end first; a vessel's last trips that nobody needs are not made."""
    seats = {vessel.name: vessel.seats for vessel in case.vessels}
    people: dict[int, int] = {}
    for index in sorted(range(len(trips)), key=lambda each: trips[each].ends_min):
        place = case.location_of[trips[index].island_dock]
        people[index] = min(seats[trips[index].vessel], left[place])
        left[place] -= people[index]
    last_used: dict[str, int] = {}
    for index, trip in enumerate(trips):
        if people[index]:
            last_used[trip.vessel] = index
    return tuple(
        trip._replace(people=people[index])
        for index, trip in enumerate(trips)
        if index <= last_used.get(trip.vessel, -1)
    )


def faults(case: Case, people: Mapping[str, int], begin: Mapping[str, Start], trips: Sequence[Trip]) -> list[str]:
    """Name what is wrong with a plan, computed from the case alone."""
    vessels = {vessel.name: vessel for vessel in case.vessels}
    found = []
    carried: dict[str, int] = {}
    for name, start in begin.items():
        own = [trip for trip in trips if trip.vessel == name]
        if len(own) > start.trips:
            found.append(f"{name}: {len(own)} trips, {start.trips} allowed")
        dock, free = start.dock, start.ready_min
        for trip in own:
            vessel = vessels[name]
            found += [
                f"{name}: does not fit {used}"
                for used in (trip.island_dock, trip.safe_dock)
                if (name, used) not in case.compatible
            ]
            sailing = 60 * case.nautical_miles[dock, trip.island_dock] / vessel.empty_knots
            sailing += 60 * case.nautical_miles[trip.island_dock, trip.safe_dock] / vessel.loaded_knots
            if trip.leaves_min < free or trip.ends_min < trip.leaves_min + sailing + 2 * vessel.loading_min:
                found.append(f"{name}: too fast to {trip.safe_dock}")
            if trip.safe_dock not in case.safe_docks or not 0 <= trip.people <= vessel.seats:
                found.append(f"{name}: {trip.people} people to {trip.safe_dock}")
            place = case.location_of[trip.island_dock]
            carried[place] = carried.get(place, 0) + trip.people
            dock, free = trip.safe_dock, trip.ends_min
    found += [
        f"{place}: {carried.get(place, 0)} of {number} people"
        for place, number in people.items()
        if carried.get(place, 0) != number
    ]
    found += [f"{trip.vessel}: not in the fleet" for trip in trips if trip.vessel not in begin]
    return found
