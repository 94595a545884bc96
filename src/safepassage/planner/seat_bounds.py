"""Lower bounds of what every seating takes: for boarding before the departure, and for alighting after the arrival."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from safepassage.planner.seat_problem import Passenger, Seat, SeatProblem

FAR_S = 400_000


def total_bound_s(problem: SeatProblem) -> int:
    """Bound from below when the last of the convoys is empty.

    Each leaves when it can at the earliest, and is emptied as fast as can be.
    """
    groups = range(len(problem.ends))
    return max(
        (problem.earliest_s[g] + problem.march_s[g] + spread_bound_s(problem, g) for g in groups),
        default=0,
    )


def spread_bound_s(problem: SeatProblem, group: int) -> int:
    """Bound from below the time from the head's arrival to the last alighting.

    For those who must ride with this convoy.

    Two bounds, whichever is larger; both hold for every order that keeps head before body before tail, and any larger
    spacing.

    *Time*: within R seconds the vehicle at offset o can set down at most (R - o - setup) / (seconds of the quickest
    person) people, and no more than it holds; R is too small while these sum to less than the people. The sum is
    largest when, among head, body and tail each, the roomiest take the earliest offsets and those that carry nobody
    the last (exchange argument).

    *Work*: m vehicles with people, at least as many as hold everybody (`fewest_vehicles`), are m settings up and all
    the alighting. At most b bays work, and no more than vehicles with people have come; so by R at most the sum of R
    - o over the b (or m) earliest offsets can be done. R is too small while that is less than the work, for every m.
    """
    people, carrying = _riding(problem, group, early=True)
    if not people or not carrying:
        return 0
    offsets = sorted(offset_s for _, offset_s in carrying)
    quickest_s = max(1, min(p.alight_s // p.people for p in people))
    by_time_s = _by_time_s(problem, people, [(seat, -offset_s) for seat, offset_s in carrying], quickest_s)
    if not problem.end_bays[group]:
        return by_time_s
    work_s = sum(p.alight_s for p in people)
    by_work_s = _by_work_s(
        problem,
        people,
        [(seat, -o) for (seat, _), o in zip(carrying, offsets, strict=True)],
        (work_s, problem.end_bays[group]),
    )
    return max(by_time_s, by_work_s)


def boarding_bound_s(problem: SeatProblem, group: int, there_s: Sequence[int]) -> int:
    """Bound from below when the head can leave, for all have to board first; the mirror image of `spread_bound_s`.

    A vehicle at offset o has until o after the head's departure; so the roomiest take the latest offsets, and the
    work has to be done in what the b (or m) latest offsets leave.

    Parameters
    ----------
    problem
        Seats and passengers.
    group
        Number of the convoy.
    there_s
        Per vehicle of all convoys, seconds since the start from when it can be boarded at the earliest; the earliest
        of the convoy's counts for all.
    """
    people, carrying = _riding(problem, group, early=False)
    if not people or not carrying:
        return 0
    first_s = min(s for s, seat in zip(there_s, problem.seats, strict=True) if seat.group == group and any(seat.places))
    quickest_s = max(1, min(p.board_s // p.people for p in people))
    found = _by_time_s(problem, people, carrying, quickest_s)
    if problem.start_bays[group]:
        work_s = sum(p.board_s for p in people)
        found = max(found, _by_work_s(problem, people, carrying, (work_s, problem.start_bays[group])))
    return first_s + found


def _riding(problem: SeatProblem, group: int, *, early: bool) -> tuple[list[Passenger], list[tuple[Seat, int]]]:
    """List who must ride with a convoy.

    And pair its vehicles with offsets so that most people have an early (or a late) one.
    """
    here = {v for v, seat in enumerate(problem.seats) if seat.group == group}
    people = [p for p in problem.passengers if p.vehicles and set(p.vehicles) <= here]
    own = [seat for seat in problem.seats if seat.group == group]
    offsets = sorted(seat.offset_s for seat in own)
    own.sort(key=lambda seat: (seat.rank, -sum(seat.places) if early else sum(seat.places)))
    return people, [(seat, offset_s) for seat, offset_s in zip(own, offsets, strict=True) if sum(seat.places)]


def _first(enough: Callable[[int], bool], low: int) -> int:
    """Return the first number from `low` for which holds what, once it holds, holds for all larger ones."""
    high = FAR_S
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def _by_time_s(problem: SeatProblem, people: list[Passenger], carrying: list[tuple[Seat, int]], quickest_s: int) -> int:
    """How long it takes when every vehicle serves its own people, each with so many seconds more than the others."""
    count = sum(p.people for p in people)
    pairs = [(sum(seat.places), more_s - problem.setup_s) for seat, more_s in carrying]
    return _first(
        lambda r: sum(min(room, max(0, r + more_s) // quickest_s) for room, more_s in pairs) >= count,
        -max(more_s for _, more_s in carrying),
    )


def _by_work_s(
    problem: SeatProblem, people: list[Passenger], carrying: list[tuple[Seat, int]], served: tuple[int, int]
) -> int:
    """How long it takes bays to serve everybody, when vehicles have so many seconds more than the others."""
    work_s, bays = served
    fewest = max(1, fewest_vehicles([seat for seat, _ in carrying], people))
    longest = sorted((more_s for _, more_s in carrying), reverse=True)
    return min(
        (
            _first(
                lambda r, used=used: (
                    sum(max(0, r + more_s) for more_s in longest[: min(bays, used)])  # type: ignore[misc]
                    >= work_s + problem.setup_s * used
                ),
                -longest[0],
            )
            for used in range(fewest, len(carrying) + 1)
        ),
        default=0,
    )


def fewest_vehicles(seats: Sequence[Seat], people: Sequence[Passenger]) -> int:
    """Bound from below how many vehicles hold these people: for sums of mobilities weighed one and nothing.

    The n roomiest vehicles, counted by the places for some of the mobilities, must have a place for everybody of
    these; that holds for each of the seven choices of mobilities, and the largest n of them is a bound.
    """
    fewest = 0
    for weights in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1)):
        need = sum(w * size for p in people for w, size in zip(weights, p.sizes, strict=True))
        rooms = sorted((sum(w * n for w, n in zip(weights, seat.places, strict=True)) for seat in seats), reverse=True)
        held = list(accumulate(rooms, initial=0))
        fewest = max(fewest, next((n for n, room in enumerate(held) if room >= need), len(rooms)))
    return fewest
