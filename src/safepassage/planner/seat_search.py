"""Seats by search: a greedy seating, and annealing over moves and swaps that makes it end earlier."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from safepassage.planner.seat_bounds import total_bound_s
from safepassage.planner.seat_problem import LEFT, Aboard, SeatProblem
from safepassage.planner.seat_timing import Timed, boarded_s

HOT_S, COLD_S = 60.0, 1.0


def greedy(problem: SeatProblem) -> tuple[int, ...]:
    """Seat by best fit, those who need rare places and large bundles first; LEFT for whom no place is found.

    Each takes the vehicle that it keeps least from leaving in time, among equals an end that is near (`vehicles` come
    in that order) and the one it fills best.

    References
    ----------
    Johnson (1973), near-optimal bin packing: best fit decreasing.
    """
    aboard = Aboard(problem)
    order = sorted(
        range(len(problem.passengers)),
        key=lambda n: (
            -problem.passengers[n].sizes[2],
            -problem.passengers[n].sizes[1],
            -problem.passengers[n].people,
            -problem.passengers[n].ready_s,
            n,
        ),
    )
    for number in order:
        vehicles = problem.passengers[number].vehicles
        wish = {group: k for k, group in enumerate(dict.fromkeys(problem.seats[v].group for v in vehicles))}
        found = [
            (_delay_s(problem, aboard, number, v), wish[problem.seats[v].group], _leftover(aboard, number, v), v)
            for v in vehicles
            if aboard.fits(number, v)
        ]
        if found:
            aboard.put(number, min(found)[-1])
    return tuple(aboard.vehicle)


def _delay_s(problem: SeatProblem, aboard: Aboard, number: int, vehicle: int) -> int:
    """How much later than it could the vehicle's convoy would leave."""
    seat = problem.seats[vehicle]
    ends_s = boarded_s(problem, vehicle, [*aboard.members[vehicle], number])
    return max(0, ends_s - seat.offset_s - problem.earliest_s[seat.group])


def _leftover(aboard: Aboard, number: int, vehicle: int) -> tuple[int, int]:
    """Places that would go unused: rare ones that this passenger does not need first, then seats."""
    sizes, left = aboard.problem.passengers[number].sizes, aboard.left[vehicle]
    rare = (left[1] if not sizes[1] else 0) + (left[2] if not sizes[2] else 0)
    return rare, left[0] - sizes[0]


def improve(
    problem: SeatProblem, seated: tuple[int, ...], *, moves: int, seed: int, stop: Callable[[], bool]
) -> tuple[tuple[int, ...], int]:
    """Anneal a seating: the last alighting first, then the sum of all.

    Parameters
    ----------
    problem
        Seats and passengers.
    seated
        A seating to start from; who is left behind stays so.
    moves
        How many changes to try.
    seed
        Of the random choices.
    stop
        Tells now and then whether time is up.

    Returns
    -------
    tuple
        The best seating found, and its last alighting.

    References
    ----------
    Kirkpatrick, Gelatt and Vecchi (1983), optimization by simulated annealing.
    """
    aboard = Aboard(problem, seated)
    timed = Timed(problem, aboard.members)
    now = best = timed.outcome()
    best_seated, bound_s = seated, total_bound_s(problem)
    rng = random.Random(seed)
    moving = [n for n, v in enumerate(seated) if v != LEFT and len(problem.passengers[n].vehicles) > 1]
    people = sum(p.people for p in problem.passengers) or 1
    for move in range(moves if moving else 0):
        if best.total_s <= bound_s and move > moves // 4:
            break
        if move % 64 == 0 and stop():
            break
        changed = _varied(aboard, timed, moving, rng)
        if not changed:
            continue
        found = timed.outcome()
        worse = found.total_s - now.total_s + 0.2 * (found.exposure_s - now.exposure_s) / people
        heat = HOT_S * (COLD_S / HOT_S) ** (move / moves)
        if worse <= 0 or rng.random() < math.exp(-worse / heat):
            now = found
            if now < best:
                best, best_seated = now, tuple(aboard.vehicle)
        else:
            for number, vehicle in reversed(changed):
                _put(aboard, timed, number, vehicle)
    return best_seated, best.total_s


def _varied(aboard: Aboard, timed: Timed, moving: list[int], rng: random.Random) -> list[tuple[int, int]]:
    """Move one bundle, or swap two; returns who was moved from where, to be undone in reverse."""
    number = rng.choice(moving)
    if rng.random() < 0.5:
        held = aboard.members[rng.choice(timed.critical())]
        number = rng.choice(held) if held else number
    here = aboard.vehicle[number]
    goal = rng.choice(aboard.problem.passengers[number].vehicles)
    if goal == here:
        return []
    if aboard.fits(number, goal):
        _put(aboard, timed, number, goal)
        return [(number, here)]
    others = [n for n in aboard.members[goal] if here in aboard.problem.passengers[n].vehicles]
    if not others:
        return []
    return _swapped(aboard, timed, number, rng.choice(others))


def _swapped(aboard: Aboard, timed: Timed, number: int, other: int) -> list[tuple[int, int]]:
    here, there = aboard.vehicle[number], aboard.vehicle[other]
    aboard.take_out(number)
    aboard.take_out(other)
    if aboard.fits(number, there):
        aboard.put(number, there)
        if aboard.fits(other, here):
            aboard.put(other, here)
            timed.change(here, aboard.members[here])
            timed.change(there, aboard.members[there])
            return [(number, here), (other, there)]
    aboard.put(number, here)
    aboard.put(other, there)
    return []


def _put(aboard: Aboard, timed: Timed, number: int, vehicle: int) -> None:
    here = aboard.vehicle[number]
    aboard.put(number, vehicle)
    timed.change(here, aboard.members[here])
    timed.change(vehicle, aboard.members[vehicle])
