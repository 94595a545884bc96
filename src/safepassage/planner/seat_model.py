"""Seats by CP-SAT: whether everybody finds a place at all, and if not, how few have to stay.

Bundles of the same size are interchangeable here, so the model counts them: one integer variable a kind of bundle and
vehicle, instead of one decision a person.
"""

from __future__ import annotations

from msgspec import Struct
from ortools.sat.python import cp_model

from safepassage.planner.engine import Answer, Clock, Effort, solve
from safepassage.planner.seat_problem import LEFT, SeatProblem


class Found(Struct, frozen=True, kw_only=True):
    """A seating (None.

    None found), whether nothing better exists, and whether it is proved that not all can be seated.
    """

    vehicle: tuple[int, ...] | None
    proved: bool
    impossible: bool


def fewest_left(problem: SeatProblem, hint: tuple[int, ...], effort: Effort, clock: Clock) -> Found:
    """Seat as many people as can be; all of them where `everyone` is asked for.

    Parameters
    ----------
    problem
        Seats and passengers.
    hint
        A seating to start from.
    effort
        Deterministic work and seed.
    clock
        Time left.
    """
    counted = _Counted(problem)
    counted.hint(hint)
    answer = solve(counted.model, work=effort.work, seed=effort.seed, clock=clock)
    return Found(
        vehicle=counted.read(answer) if answer.found else None,
        proved=answer.status == "OPTIMAL",
        impossible=answer.status == "INFEASIBLE",
    )


class _Counted:
    def __init__(self, problem: SeatProblem) -> None:
        self.problem, self.model = problem, cp_model.CpModel()
        kinds: dict[tuple[object, ...], list[int]] = {}
        for number, passenger in enumerate(problem.passengers):
            # whoever is kept apart is a kind of their own
            single = number if passenger.apart else -1
            kinds.setdefault((passenger.sizes, frozenset(passenger.vehicles), single), []).append(number)
        self.members = list(kinds.values())
        self.kind_of = {member: kind for kind, members in enumerate(self.members) for member in members}
        self.count: dict[tuple[int, int], cp_model.IntVar] = {}
        self._counts()
        self._places()
        self._apart()
        if not problem.everyone:
            total = sum(passenger.people for passenger in problem.passengers)
            self.model.minimize(total - sum(self._people(kind) * count for (kind, _), count in self.count.items()))

    def _people(self, kind: int) -> int:
        return self.problem.passengers[self.members[kind][0]].people

    def _counts(self) -> None:
        for kind, members in enumerate(self.members):
            first = self.problem.passengers[members[0]]
            taking = [v for v in first.vehicles if self.problem.takes(first, v)]
            for v in taking:
                places = self.problem.seats[v].places
                most = [places[k] // first.sizes[k] for k in range(3) if first.sizes[k]]
                self.count[kind, v] = self.model.new_int_var(0, min([len(members), *most]), f"n{kind},{v}")
            seated = sum(self.count[kind, v] for v in taking)
            if self.problem.everyone:
                self.model.add(seated == len(members))
            else:
                self.model.add(seated <= len(members))

    def _places(self) -> None:
        for v, seat in enumerate(self.problem.seats):
            for mobility in range(3):
                aboard = [
                    self.problem.passengers[self.members[kind][0]].sizes[mobility] * count
                    for (kind, vehicle), count in self.count.items()
                    if vehicle == v
                ]
                self.model.add(sum(aboard) <= seat.places[mobility])
        for end, room in self.problem.room.items():
            ended = [
                self._people(kind) * count
                for (kind, vehicle), count in self.count.items()
                if self.problem.end_of(vehicle) == end
            ]
            self.model.add(sum(ended) <= room)

    def _apart(self) -> None:
        for number, passenger in enumerate(self.problem.passengers):
            for other in sorted(passenger.apart):
                for v in passenger.vehicles:
                    one, two = (self.kind_of[number], v), (self.kind_of[other], v)
                    if number < other and one in self.count and two in self.count:
                        self.model.add(self.count[one] + self.count[two] <= 1)

    def hint(self, seated: tuple[int, ...]) -> None:
        """Tell the solver how many of each kind sit where already."""
        told = dict.fromkeys(self.count, 0)
        for number, vehicle in enumerate(seated):
            if vehicle != LEFT:
                told[self.kind_of[number], vehicle] += 1
        for key, count in told.items():
            self.model.add_hint(self.count[key], count)

    def read(self, answer: Answer) -> tuple[int, ...]:
        """Hand the counted bundles out, in the order of the passengers."""
        vehicle = [LEFT] * len(self.problem.passengers)
        for kind, members in enumerate(self.members):
            waiting = list(members)
            for v in self.problem.passengers[members[0]].vehicles:
                for _ in range(answer.solver.value(self.count[kind, v]) if (kind, v) in self.count else 0):
                    vehicle[waiting.pop(0)] = v
        return tuple(vehicle)
