"""The best makespan of a tiny full problem, by trying everything that vehicles can do.

A household is waiting (0), aboard (1) or at a shelter (2 and up). Vehicles stop where they like, as often as they like,
board and let out whom they like. Bays do not count. Shares no code with the planner.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel
from safepassage.planner.households.problem import HouseholdProblem

NEVER = 2**50
Integers: TypeAlias = NDArray[np.int64]


def best_makespan_s(problem: HouseholdProblem) -> int | None:
    """Find the smallest makespan; None when there is none."""
    count, shelters = len(problem.pickup), problem.shelters
    windows = np.zeros((problem.pickups + shelters, 4, 2), np.int64)
    for place, own in enumerate(problem.windows):
        windows[place, :, 0] = NEVER
        for number, window in enumerate(own or ((0, NEVER),)):
            windows[place, number] = window
    households = Households(
        problem.pickup, problem.sizes, problem.board_s, problem.alight_s, problem.ready_s, problem.allowed
    )
    drives = np.array([_closed(table) for table in problem.drive_s])
    best = np.full((shelters + 2) ** count, NEVER)
    best[0] = 0
    for kind, yard, available_s in zip(problem.kind, problem.yard, problem.available_s, strict=True):
        numbers = (int(yard), int(available_s), problem.yards, problem.pickups, problem.setup_s)
        ends = earliest(households, Vehicle(drives[problem.speed[kind]], windows, problem.places[kind], *numbers))
        best = together(best, ends, count, shelters + 2)
    people = problem.sizes.sum(1)
    answer = NEVER
    for code in range(len(best)):
        state = states(code, count, shelters + 2)
        if state.min() < 2:
            continue
        came = np.bincount(state - 2, people, shelters)
        if (came <= problem.room).all():
            answer = min(answer, int(best[code]))
    return None if answer >= NEVER else answer


def _closed(drive_s: NDArray[np.int64]) -> NDArray[np.int64]:
    closed = drive_s.copy()
    for middle in range(len(closed)):
        closed = np.minimum(closed, closed[:, middle, None] + closed[middle])
    return closed


@kernel
def begin(windows: Integers, place: int, from_s: int, lasts_s: int) -> int:
    """Earliest start of a service in a window."""
    best = NEVER
    for k in range(windows.shape[1]):
        start = max(from_s, windows[place, k, 0])
        if start + lasts_s <= windows[place, k, 1]:
            best = min(best, start)
    return best


class Households(NamedTuple):
    """Arrays of the problem, by household."""

    pickup: Integers
    sizes: Integers
    board_s: Integers
    alight_s: Integers
    ready_s: Integers
    allowed: NDArray[np.bool_]


class Vehicle(NamedTuple):
    """One vehicle: drives, windows of places, places aboard; yard, instant, yards, pickups, setting up."""

    drive_s: Integers
    windows: Integers
    places: Integers
    yard: int
    available_s: int
    yards: int
    pickups: int
    setup_s: int


@kernel
def states(code: int, count: int, base: int) -> Integers:
    """States of the households, as digits of one number."""
    digits = np.zeros(count, np.int64)
    for h in range(count):
        digits[h] = code % base
        code //= base
    return digits


@kernel
def earliest(households: Households, vehicle: Vehicle) -> Integers:
    """Earliest end for one vehicle by what it has done with every household (nobody aboard at the end).

    Every stop raises a state, so codes need only be gone through once, upwards.
    """
    count, shelters = households.allowed.shape
    base, sites = shelters + 2, vehicle.pickups + shelters
    at_s = np.full((base**count, sites), NEVER)
    ends = np.full(base**count, NEVER)
    ends[0] = 0
    for code in range(base**count):
        state = states(code, count, base)
        aboard = state == 1
        total = np.zeros(3, np.int64)
        for h in range(count):
            total += households.sizes[h] * aboard[h]
        if (total > vehicle.places).any() or (code and at_s[code].min() >= NEVER):
            continue
        if code and not aboard.any():
            ends[code] = at_s[code].min()
        for there in range(sites):
            arrive = vehicle.available_s + vehicle.drive_s[vehicle.yard, vehicle.yards + there]
            if code:
                arrive = NEVER
                for here in range(sites):
                    drive_s = vehicle.drive_s[vehicle.yards + here, vehicle.yards + there]
                    arrive = min(arrive, at_s[code, here] + drive_s)
            if arrive < 2**40:
                stop(households, vehicle, at_s, state, (code, there, arrive))
    return ends


@kernel
def stop(households: Households, vehicle: Vehicle, at_s: Integers, state: Integers, at: tuple[int, int, int]) -> None:
    """Board or let out every possible part of the households at a place."""
    code, there, arrive_s = at
    count, shelters = households.allowed.shape
    shelter = there - vehicle.pickups
    for part in range(1, 2**count):
        goal, lasts_s, from_s, fits = code, vehicle.setup_s, arrive_s, True
        for h in range(count):
            if not part >> h & 1:
                continue
            power = (shelters + 2) ** h
            if shelter < 0:
                fits = fits and state[h] == 0 and households.pickup[h] == there
                goal += power
                lasts_s += households.board_s[h]
                from_s = max(from_s, households.ready_s[h])
            else:
                fits = fits and state[h] == 1 and households.allowed[h, shelter]
                goal += power * (shelter + 1)
                lasts_s += households.alight_s[h]
        if fits:
            start_s = begin(vehicle.windows, there, from_s, lasts_s)
            if start_s < NEVER:
                at_s[goal, there] = min(at_s[goal, there], start_s + lasts_s)


@kernel
def together(best: Integers, ends: Integers, count: int, base: int) -> Integers:
    """Let one more vehicle take a part of the households."""
    after = np.full(len(best), NEVER)
    for code in range(len(best)):
        digits = states(code, count, base)
        if (digits == 1).any():
            continue
        for part in range(2**count):
            own, fits = 0, True
            for h in range(count):
                if part >> h & 1:
                    fits = fits and digits[h] > 1
                    own += base**h * digits[h]
            if fits:
                after[code] = min(after[code], max(ends[own], best[code - own]))
    return after
