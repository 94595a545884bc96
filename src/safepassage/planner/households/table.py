"""A plan and its problem in one table of integers, for the kernels: every thing has a row, and its number is that row.

One array instead of many, because compiled code counts the references to every array it hands on, which costs more than
the work. Row 0 is the header. Then come vehicles, pickups, shelters, classes of households, windows, two bundles (those
who change trips, one way and the other) and pools (those whom a rebuilding takes off at a pickup), and trips, each
followed by the rows of its stops. The last trips are drafts: two, and those of a rebuilding. Lists are rings of rows: a
vehicle, its trips in order, and back to it; likewise the stops at a pickup and the trips that end at a shelter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel
from safepassage.planner.households.classes import Classes
from safepassage.planner.households.problem import HouseholdProblem, Integers

FAR_S = 2**28
"""Drives in the table are capped here; whatever ends later than that never ends."""
NEAR_PICKUPS, NEAR_SHELTERS = 16, 8
"""Pickups and shelters by nearness that a random change looks at."""
SHELTERS_PER_MASK = 62

LOAD, BOARD, ALIGHT, READY = 0, 3, 4, 5
"""People walking, in wheelchairs, on stretchers; seconds; not before: of a class, stop, bundle; LOAD also of a trip."""
PLACE = 6
"""Where something is, among the problem's places: vehicles (their yard), pickups, shelters, trips (their end)."""
FIRST_WINDOW, WINDOWS, RING, RINGED, NEXT_THERE, PREVIOUS_THERE = 7, 8, 9, 10, 9, 10
"""Of pickups and shelters: windows; an entry of the ring and its length. Of those in the ring: their neighbours."""
PICKUP, TRIP, COUNT = 7, 8, 11
"""Of a stop. COUNT, also of a bundle, is as many columns as the pickup has classes: households."""
SERVICE, CORE, SHELTER, STOPS = 3, 4, 5, 7
"""Of a trip: seconds of all services; seconds from the first pickup on when nobody waits; row; number."""
VEHICLE, NEXT, PREVIOUS, UNTIL, DRIVEN, EXPOSED, CARRIED = 8, 11, 12, 13, 14, 15, 16
"""Of a trip; all but the first also of a vehicle. UNTIL: when all have alighted; the last three are the tour's sums."""
SPEED, LIMIT, KIND, TRIPS, PLACES = 17, 18, 19, 20, 21
"""Of a vehicle; PLACES is three columns."""
FIRST_CLASS, CLASSES, NEAR, NEAR_SHELTER = 11, 12, 13, 13 + NEAR_PICKUPS
"""Of a pickup."""
ROOM, USED, MASK, BIT = 11, 12, 13, 14
"""Of a shelter; MASK and BIT say where a class allows it."""
LEFT, WAITS_AT, ALLOWED = 6, 7, 8
"""Of a class: households that nobody fetches; its pickup; where it may end."""
SINCE, TILL = 0, 1
"""Of a window."""
SETUP, MOST, TIMED, FREE, SPARE, LEFT_PEOPLE, NEARS, NEAR_SHELTERS_HERE = range(8)
"""Of the header; TIMED: vehicles wait or differ in speed; FREE: all may end anywhere; SPARE: first unused trip."""
VEHICLES, VEHICLES_END, PICKUPS_END, SHELTERS_END, CLASSES_END, BUNDLE, TRIPS_FROM, DRAFT, STRIDE = range(8, 17)
"""Of the header: where kinds of rows begin or end; DRAFT: the first of two; STRIDE: rows of a trip."""
TRIPS_HERE, SLOTS, SPACE = 17, 18, 19
"""Of the header: trips; among how many first ones they are; SPACE, four columns: places and room for a change."""
REBUILT, POOLED, INSTEAD, ORIGINAL, VACANT, ENDS = 23, 24, 17, 9, 15, 24
"""Of a rebuilding: of the header, its trips and pools; of a trip, its draft, or 0; of a draft, its trip; of a shelter,
the room left; of a vehicle, when it is done."""
MOST_REBUILT, MOST_POOLED = 8, 4
"""Trips and pickups of a rebuilding."""
FIXED_COLUMNS = NEAR_SHELTER + NEAR_SHELTERS

Drives = NDArray[np.int32]
"""Shape (speeds, places, places): seconds, at most FAR_S."""


def make_drives(problem: HouseholdProblem) -> Drives:
    """Copy the drives small."""
    drives: Drives = np.ascontiguousarray(np.minimum(problem.drive_s, FAR_S).astype(np.int32))
    return drives


def make_table(problem: HouseholdProblem, classes: Classes, most_trips: int) -> Integers:
    """Lay out a problem and an empty plan: everybody is left behind.

    Parameters
    ----------
    problem, classes
        What is asked for.
    most_trips
        Trips that the table has rows for.
    """
    vehicles, windows = len(problem.kind), sum(len(site) for site in problem.windows)
    stride = problem.most_pickups + 2
    starts = np.cumsum([1, vehicles, problem.pickups, problem.shelters, len(classes.members), windows, 2 + MOST_POOLED])
    masks = -(-problem.shelters // SHELTERS_PER_MASK)
    most_classes = int(np.diff(classes.first).max(initial=0))
    columns = max(FIXED_COLUMNS, COUNT + most_classes, ALLOWED + masks)
    table = np.zeros((int(starts[-1]) + stride * (most_trips + 2 + MOST_REBUILT), columns), np.int64)
    header = table[0]
    header[[VEHICLES, VEHICLES_END, PICKUPS_END, SHELTERS_END, CLASSES_END]] = starts[:5]
    header[[BUNDLE, TRIPS_FROM, STRIDE, DRAFT]] = starts[5], starts[6], stride, starts[6] + stride * most_trips
    header[[SETUP, MOST]] = problem.setup_s, problem.most_pickups
    header[TIMED], header[FREE] = _waits(problem), problem.allowed.all()
    _write_vehicles(table, problem)
    _write_sites(table, problem)
    _write_classes(table, problem, classes)
    _write_nearest(table, problem)
    for trip in range(int(header[DRAFT]) - stride, int(starts[6]) - 1, -stride):
        table[trip, NEXT], header[SPARE] = header[SPARE], trip
    return table


def _waits(problem: HouseholdProblem) -> bool:
    """Whether a tour's length is more than the sum of its parts."""
    speeds = problem.speed[problem.kind]
    return bool(any(problem.windows) or problem.ready_s.any() or (speeds != speeds[:1]).any())


def _write_vehicles(table: Integers, problem: HouseholdProblem) -> None:
    rows = np.arange(table[0, VEHICLES], table[0, VEHICLES_END])
    table[rows, PLACE], table[rows, UNTIL] = problem.yard, problem.available_s
    table[rows, NEXT] = table[rows, PREVIOUS] = rows
    table[rows, KIND], table[rows, SPEED] = problem.kind, problem.speed[problem.kind]
    table[rows, LIMIT] = problem.drive_limit_s[problem.kind]
    table[rows, PLACES : PLACES + 3] = problem.places[problem.kind]


def _write_sites(table: Integers, problem: HouseholdProblem) -> None:
    """Write pickups and shelters, their windows, and the shelters' room."""
    first, middle, end = (int(table[0, column]) for column in (VEHICLES_END, PICKUPS_END, SHELTERS_END))
    table[first:end, PLACE] = problem.yards + np.arange(end - first)
    shelters = np.arange(problem.shelters)
    table[middle:end, ROOM] = problem.room
    table[middle:end, MASK] = ALLOWED + shelters // SHELTERS_PER_MASK
    table[middle:end, BIT] = shelters % SHELTERS_PER_MASK
    row = int(table[0, CLASSES_END])
    for site, windows in enumerate(problem.windows):
        table[first + site, [FIRST_WINDOW, WINDOWS]] = row, len(windows)
        for since, till in windows:
            table[row, [SINCE, TILL]] = since, till
            row += 1


def _write_classes(table: Integers, problem: HouseholdProblem, classes: Classes) -> None:
    first, end, example = int(table[0, SHELTERS_END]), int(table[0, CLASSES_END]), classes.example
    pickups = np.arange(table[0, VEHICLES_END], table[0, PICKUPS_END])
    table[pickups, FIRST_CLASS], table[pickups, CLASSES] = first + classes.first[:-1], np.diff(classes.first)
    rows = table[first:end]
    rows[:, LOAD : LOAD + 3] = problem.sizes[example]
    rows[:, BOARD], rows[:, ALIGHT] = problem.board_s[example], problem.alight_s[example]
    rows[:, READY], rows[:, WAITS_AT] = problem.ready_s[example], pickups[problem.pickup[example]]
    rows[:, LEFT] = [len(members) for members in classes.members]
    for shelter in range(problem.shelters):
        mask, bit = divmod(shelter, SHELTERS_PER_MASK)
        rows[:, ALLOWED + mask] |= problem.allowed[example, shelter].astype(np.int64) << bit
    table[0, LEFT_PEOPLE] = problem.sizes.sum()


def _write_nearest(table: Integers, problem: HouseholdProblem) -> None:
    """Write, per pickup, other pickups and shelters by drive."""
    first, middle, end = (int(table[0, column]) for column in (VEHICLES_END, PICKUPS_END, SHELTERS_END))
    fastest = problem.drive_s.min(axis=0)[problem.yards : problem.yards + problem.pickups, problem.yards :]
    between, onward = fastest[:, : problem.pickups].copy(), fastest[:, problem.pickups :]
    if problem.pickups > 1:
        np.fill_diagonal(between, between.max() + 1)
    for cost, base, column, most in (
        (between, first, NEAR, min(NEAR_PICKUPS, max(problem.pickups - 1, 1))),
        (onward, middle, NEAR_SHELTER, min(NEAR_SHELTERS, problem.shelters)),
    ):
        sites = cost.shape[1]
        ranked = np.partition(cost * sites + np.arange(sites), most - 1, axis=1)[:, :most]
        table[first:middle, column : column + most] = base + np.sort(ranked, axis=1) % sites
        table[0, NEARS if column == NEAR else NEAR_SHELTERS_HERE] = most
    table[middle:end, RING] = 0


@kernel
def below(limit: int) -> int:
    """Draw a number from 0 to below a limit."""
    return int(np.random.random() * limit)


@kernel
def people_of(s: Integers, row: int) -> int:
    """Count the people of a trip, stop, class or bundle."""
    return int(s[row, LOAD] + s[row, LOAD + 1] + s[row, LOAD + 2])


@kernel
def join_ring(s: Integers, row: int, site: int) -> None:
    """Put a stop into the ring of its pickup, or a trip into that of its shelter."""
    entry = s[site, RING]
    if entry == 0:
        s[row, NEXT_THERE] = s[row, PREVIOUS_THERE] = row
    else:
        after = s[entry, NEXT_THERE]
        s[row, NEXT_THERE], s[row, PREVIOUS_THERE] = after, entry
        s[entry, NEXT_THERE] = s[after, PREVIOUS_THERE] = row
    s[site, RING] = row
    s[site, RINGED] += 1


@kernel
def quit_ring(s: Integers, row: int, site: int) -> None:
    """Take a stop or a trip out of its ring."""
    before, after = s[row, PREVIOUS_THERE], s[row, NEXT_THERE]
    s[before, NEXT_THERE], s[after, PREVIOUS_THERE] = after, before
    s[site, RINGED] -= 1
    s[site, RING] = after if s[site, RINGED] > 0 else 0


@kernel
def draw_there(s: Integers, site: int) -> int:
    """Draw one of a ring; 0 where it is empty. A few steps are random enough: the ring's entry moves on with each."""
    row = s[site, RING]
    for _ in range(below(min(s[site, RINGED], 8))):
        row = s[row, NEXT_THERE]
    s[site, RING] = row
    return int(row)


@kernel
def draw_trip(s: Integers) -> int:
    """Draw a trip; there must be one."""
    first, stride = s[0, TRIPS_FROM], s[0, STRIDE]
    slots = s[0, SLOTS]
    while True:
        t = first + stride * below(slots)
        if s[t, VEHICLE] > 0:
            return int(t)


@kernel
def insert_after(s: Integers, t: int, before: int, vehicle: int) -> None:
    """Put a trip into a tour, after another of its trips or (the vehicle itself) at its beginning."""
    after = s[before, NEXT]
    s[t, NEXT], s[t, PREVIOUS], s[t, VEHICLE] = after, before, vehicle
    s[before, NEXT] = s[after, PREVIOUS] = t
    s[vehicle, TRIPS] += 1


@kernel
def take_out(s: Integers, t: int) -> None:
    """Take a trip out of its tour."""
    before, after = s[t, PREVIOUS], s[t, NEXT]
    s[before, NEXT], s[after, PREVIOUS] = after, before
    s[s[t, VEHICLE], TRIPS] -= 1
