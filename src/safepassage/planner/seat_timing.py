"""What a seating costs in time: when each convoy can leave, when its last person has alighted; and lower bounds of both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from safepassage.planner.seat_problem import Passenger, Seat, SeatProblem

FAR_S = 400_000


class Outcome(Struct, frozen=True, order=True):
    """A seating in time: the last alighting of all convoys, and the sum of alightings of all people (both for comparison only)."""

    total_s: int
    exposure_s: int


def boarded_s(problem: SeatProblem, vehicle: int, members: Sequence[int]) -> int:
    """Seconds since the start when a vehicle has boarded its people in one call or, where that is earlier, two."""
    seat = problem.seats[vehicle]
    if not members:
        return seat.free_s
    waiting = sorted((max(seat.free_s, problem.passengers[n].ready_s), problem.passengers[n].board_s) for n in members)
    sums = list(accumulate(board_s for _, board_s in waiting))
    one_call_s = waiting[-1][0] + problem.setup_s + sums[-1]
    best_s = one_call_s
    for split in range(1, len(waiting)):
        if waiting[split][0] == waiting[split - 1][0]:
            continue
        first_s = waiting[split - 1][0] + problem.setup_s + sums[split - 1]
        second_s = max(first_s, waiting[-1][0]) + problem.setup_s + sums[-1] - sums[split - 1]
        best_s = min(best_s, second_s)
    return best_s


class Timed:
    """Times a seating again and again, looking only at vehicles that changed."""

    def __init__(self, problem: SeatProblem, members: Sequence[Sequence[int]]) -> None:
        self.problem = problem
        self.groups = [
            [v for v, seat in enumerate(problem.seats) if seat.group == group] for group in range(len(problem.ends))
        ]
        self.needs_s = [0] * len(problem.seats)
        self.lasts_s = [0] * len(problem.seats)
        self.people = [0] * len(problem.seats)
        for vehicle, aboard in enumerate(members):
            self.change(vehicle, aboard)

    def change(self, vehicle: int, members: Sequence[int]) -> None:
        """Take note of who rides on a vehicle now."""
        problem, seat = self.problem, self.problem.seats[vehicle]
        self.needs_s[vehicle] = boarded_s(problem, vehicle, members) - seat.offset_s
        passengers = [problem.passengers[n] for n in members]
        self.lasts_s[vehicle] = problem.setup_s + sum(p.alight_s for p in passengers) if passengers else 0
        self.people[vehicle] = sum(p.people for p in passengers)

    def outcome(self) -> Outcome:
        """Time all convoys."""
        total_s = exposure_s = 0
        for group, vehicles in enumerate(self.groups):
            if vehicles:
                last_s, own_s = self.ends(group)
                total_s = max(total_s, last_s)
                exposure_s += own_s
        return Outcome(total_s, exposure_s)

    def ends(self, group: int) -> tuple[int, int]:
        """When the last person of a convoy has alighted, and the sum over its people."""
        problem, vehicles = self.problem, self.groups[group]
        leaves_s = max(problem.earliest_s[group], *(self.needs_s[v] for v in vehicles))
        arrives_s = leaves_s + problem.march_s[group]
        bays = [0] * problem.end_bays[group]
        last_s = exposure_s = 0
        for v in vehicles:
            if not self.lasts_s[v]:
                continue
            start_s = arrives_s + problem.seats[v].offset_s
            bay = min(range(len(bays)), key=bays.__getitem__) if bays else -1
            if bays:
                start_s = max(start_s, bays[bay])
            end_s = start_s + self.lasts_s[v]
            if bays:
                bays[bay] = end_s
            last_s = max(last_s, end_s)
            exposure_s += self.people[v] * end_s
        return last_s, exposure_s

    def critical(self) -> list[int]:
        """List the vehicles that hold a convoy's departure up, or whose people are the last to alight."""
        found = []
        for group, vehicles in enumerate(self.groups):
            if not vehicles:
                continue
            slowest = max(vehicles, key=lambda v: self.needs_s[v])
            if self.needs_s[slowest] > self.problem.earliest_s[group]:
                found.append(slowest)
            found += sorted(vehicles, key=lambda v: -(self.problem.seats[v].offset_s + self.lasts_s[v]))[:4]
        return found


def total_bound_s(problem: SeatProblem) -> int:
    """Bound from below when the last of the convoys is empty: each leaves when it can at the earliest, and is emptied as fast as can be."""
    groups = range(len(problem.ends))
    return max(
        (problem.earliest_s[g] + problem.march_s[g] + spread_bound_s(problem, g) for g in groups),
        default=0,
    )


def spread_bound_s(problem: SeatProblem, group: int) -> int:
    """Bound from below the time from the head's arrival to the last alighting, for those who must ride with this convoy.

    Two bounds, whichever is larger; both hold for every order that keeps head before body before tail, and any larger spacing.

    *Time*: within R seconds the vehicle at offset o can set down at most (R - o - setup) / (seconds of the quickest person) people, and
    no more than it holds; R is too small while these sum to less than the people. The sum is largest when, among head, body and tail each, the
    roomiest take the earliest offsets and those that carry nobody the last (exchange argument).

    *Work*: m vehicles with people, at least as many as hold everybody (`fewest_vehicles`), are m settings up and all the alighting. At most b
    bays work, and no more than vehicles with people have come; so by R at most the sum of R - o over the b (or m) earliest offsets
    can be done. R is too small while that is less than the work, for every m.
    """
    here = {v for v, seat in enumerate(problem.seats) if seat.group == group}
    people = [p for p in problem.passengers if p.vehicles and set(p.vehicles) <= here]
    lined = _lined(problem, group)
    carrying = [(seat, offset_s) for seat, offset_s in lined if sum(seat.places)]
    if not carrying or not people:
        return 0
    by_time_s = _by_time_s(problem, people, carrying)
    if not problem.end_bays[group]:
        return by_time_s
    return max(by_time_s, _by_work_s(problem, people, carrying, problem.end_bays[group]))


def _lined(problem: SeatProblem, group: int) -> list[tuple[Seat, int]]:
    """Pair vehicles with offsets so that most people could alight early."""
    own = [seat for seat in problem.seats if seat.group == group]
    offsets = sorted(seat.offset_s for seat in own)
    own.sort(key=lambda seat: (seat.rank, -sum(seat.places)))
    return list(zip(own, offsets, strict=True))


def _by_time_s(problem: SeatProblem, people: list[Passenger], carrying: list[tuple[Seat, int]]) -> int:
    count = sum(p.people for p in people)
    quickest_s = max(1, min(p.alight_s // p.people for p in people))
    low, high = 0, FAR_S
    while low < high:
        middle = (low + high) // 2
        held = sum(
            min(sum(seat.places), max(0, middle - offset_s - problem.setup_s) // quickest_s)
            for seat, offset_s in carrying
        )
        low, high = (low, middle) if held >= count else (middle + 1, high)
    return low


def _by_work_s(problem: SeatProblem, people: list[Passenger], carrying: list[tuple[Seat, int]], bays: int) -> int:
    fewest = fewest_vehicles([seat for seat, _ in carrying], people)
    offsets = sorted(offset_s for _, offset_s in carrying)
    alighting_s = sum(p.alight_s for p in people)
    least_s = FAR_S
    for used in range(max(1, fewest), len(carrying) + 1):
        work_s, first = alighting_s + problem.setup_s * used, offsets[: min(bays, used)]
        low, high = 0, FAR_S
        while low < high:
            middle = (low + high) // 2
            done_s = sum(max(0, middle - offset_s) for offset_s in first)
            low, high = (low, middle) if done_s >= work_s else (middle + 1, high)
        least_s = min(least_s, low)
    return least_s if least_s < FAR_S else 0


def fewest_vehicles(seats: Sequence[Seat], people: Sequence[Passenger]) -> int:
    """Bound from below how many vehicles hold these people: for sums of mobilities weighed one and nothing.

    The n roomiest vehicles, counted by the places for some of the mobilities, must have a place for everybody of these; that holds for each of
    the seven choices of mobilities, and the largest n of them is a bound.
    """
    fewest = 0
    for weights in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1)):
        need = sum(w * size for p in people for w, size in zip(weights, p.sizes, strict=True))
        rooms = sorted((sum(w * n for w, n in zip(weights, seat.places, strict=True)) for seat in seats), reverse=True)
        held = list(accumulate(rooms, initial=0))
        fewest = max(fewest, next((n for n, room in enumerate(held) if room >= need), len(rooms)))
    return fewest
