"""What a seating costs in time: when each convoy can leave, and when its last person has alighted."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from msgspec import Struct

from safepassage.planner.boarding import CLOSE_S, divided, first_gap
from safepassage.planner.seat_problem import SeatProblem


class Outcome(Struct, frozen=True, order=True):
    """A seating in time.

    The last alighting of all convoys, and the sum of alightings of all people (both for comparison only).
    """

    total_s: int
    exposure_s: int


def boarding_calls(problem: SeatProblem, vehicle: int, members: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """When a vehicle's boarding calls can begin, and how long they last."""
    seat = problem.seats[vehicle]
    if not members:
        return ()
    waiting = sorted((max(seat.free_s, problem.passengers[n].ready_s), problem.passengers[n].board_s) for n in members)
    due_s = problem.earliest_s[seat.group] + seat.offset_s
    first = divided(waiting, problem.setup_s, due_s)
    one = (waiting[first - 1][0], problem.setup_s + sum(board_s for _, board_s in waiting[:first]))
    if first == len(waiting):
        return (one,)
    rest_s = problem.setup_s + sum(board_s for _, board_s in waiting[first:])
    return one, (max(sum(one), waiting[-1][0]), rest_s)


def boarded_s(problem: SeatProblem, vehicle: int, members: Sequence[int]) -> int:
    """When a vehicle has boarded its people, if a bay is free whenever it wants one."""
    calls = boarding_calls(problem, vehicle, members)
    return sum(calls[-1]) if calls else problem.seats[vehicle].free_s


class Timed:
    """Times a seating again and again, looking only at vehicles that changed."""

    def __init__(self, problem: SeatProblem, members: Sequence[Sequence[int]]) -> None:
        self.problem = problem
        self.groups = [
            [v for v, seat in enumerate(problem.seats) if seat.group == group] for group in range(len(problem.ends))
        ]
        self.calls: list[tuple[tuple[int, int], ...]] = [()] * len(problem.seats)
        self.needs_s = [0] * len(problem.seats)
        self.lasts_s = [0] * len(problem.seats)
        self.people = [0] * len(problem.seats)
        for vehicle, aboard in enumerate(members):
            self.change(vehicle, aboard)

    def change(self, vehicle: int, members: Sequence[int]) -> None:
        """Take note of who rides on a vehicle now."""
        problem, seat = self.problem, self.problem.seats[vehicle]
        self.calls[vehicle] = calls = boarding_calls(problem, vehicle, members)
        self.needs_s[vehicle] = (sum(calls[-1]) if calls else seat.free_s) - seat.offset_s
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
        leaves_s = max(problem.earliest_s[group], self._boarded_s(group))
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

    def _boarded_s(self, group: int) -> int:
        """When the head can leave, as far as boarding goes.

        Calls that come late share the bays of the assembly site.
        """
        problem, earliest_s = self.problem, self.problem.earliest_s[group]
        leaves_s = max(self.needs_s[v] for v in self.groups[group])
        if not problem.busy[group]:
            return leaves_s
        bays = [list(taken) for taken in problem.busy[group]]
        late = [
            (earliest_s + problem.seats[v].offset_s - lasts_s, ready_s, v, lasts_s)
            for v in self.groups[group]
            for ready_s, lasts_s in self.calls[v]
            if ready_s > earliest_s - CLOSE_S
        ]
        for _, ready_s, v, lasts_s in sorted(late):
            start_s, bay = min((first_gap(taken, ready_s, lasts_s), number) for number, taken in enumerate(bays))
            insort(bays[bay], (start_s, start_s + lasts_s))
            leaves_s = max(leaves_s, start_s + lasts_s - problem.seats[v].offset_s)
        return leaves_s

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
