"""Seats in convoys.

Which bundle rides on which vehicle, so that the convoys leave early and the last person alights early.

First everybody gets a place: greedily, and where that leaves somebody behind by CP-SAT, which also proves that no
seating exists. Then a local search moves bundles for the sake of time.
"""

from __future__ import annotations

from msgspec import Struct

from safepassage.planner import seat_model, seat_search
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.seat_bounds import total_bound_s
from safepassage.planner.seat_problem import LEFT, SeatProblem

MOVES_PER_ITERATION = 2


class Seating(Struct, frozen=True, kw_only=True):
    """Per passenger its vehicle (LEFT: no place).

    `possible` is False where nobody can seat them all (proved), None where that is not settled. `fewest` tells
    whether it is proved that no seating leaves fewer people; `proved` whether, besides, none can end earlier.
    """

    vehicle: tuple[int, ...]
    left: int
    possible: bool | None
    fewest: bool
    proved: bool = False


def settle(problem: SeatProblem, effort: Effort, clock: Clock) -> Seating:
    """Give everybody a place, or as many as can be, without a thought for time.

    Parameters
    ----------
    problem
        Seats and passengers.
    effort
        Work of the solver, needed only where the greedy seating leaves somebody behind.
    clock
        Time left.
    """
    greedy = seat_search.greedy(problem)
    left = problem.people_left(greedy)
    if left <= problem.hopeless:
        return Seating(vehicle=greedy, left=left, possible=left == 0, fewest=True)
    if problem.everyone and problem.hopeless:
        return Seating(vehicle=greedy, left=left, possible=False, fewest=True)
    answer = seat_model.fewest_left(problem, greedy, effort, clock)
    if answer.impossible:
        return Seating(vehicle=greedy, left=left, possible=False, fewest=True)
    if answer.vehicle is None:
        return Seating(vehicle=greedy, left=left, possible=None, fewest=False)
    left = problem.people_left(answer.vehicle)
    possible = True if left == 0 else (False if answer.proved else None)
    return Seating(vehicle=answer.vehicle, left=left, possible=possible, fewest=answer.proved)


def improve(problem: SeatProblem, seating: Seating, effort: Effort, clock: Clock) -> Seating:
    """Move bundles between vehicles so that the convoys end early; nobody loses a place.

    Parameters
    ----------
    problem
        Seats and passengers, with the times that count.
    seating
        Where everybody sits so far.
    effort
        How many moves to try, and the seed.
    clock
        Time left.
    """
    bound_s = total_bound_s(problem)
    moves = effort.iterations * MOVES_PER_ITERATION
    vehicle, total_s = seat_search.improve(problem, seating.vehicle, moves=moves, seed=effort.seed, stop=clock.over)
    return Seating(
        vehicle=vehicle,
        left=seating.left,
        possible=seating.possible,
        fewest=seating.fewest,
        proved=seating.fewest and total_s <= bound_s,
    )


def seatable(problem: SeatProblem, effort: Effort, clock: Clock) -> bool | None:
    """Tell whether everybody finds a seat at all; None when the work did not settle it."""
    return settle(problem, effort, clock).possible


__all__ = ["LEFT", "Seating", "improve", "seatable", "settle"]
