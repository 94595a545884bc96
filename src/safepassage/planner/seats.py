"""Seats in a convoy: which bundle rides on which vehicle, so that it leaves early and the last person alights early.

Bundles of the same size that are ready at the same time are interchangeable, so the model counts them: one integer variable a
kind of bundle and vehicle, instead of one decision a person.
"""

from __future__ import annotations

from msgspec import Struct
from ortools.sat.python import cp_model

from safepassage.planner.demand import Sizes
from safepassage.planner.engine import Answer, Clock, solve


class Seat(Struct, frozen=True, kw_only=True):
    """A convoy vehicle as the seating sees it.

    `offset_s` is how long after the head it leaves and arrives, `free_s` from when it can be boarded. `group` tells convoys apart.
    """

    vehicle: str
    group: int
    places: Sizes
    offset_s: int
    free_s: int = 0


class Passenger(Struct, frozen=True, kw_only=True):
    """A bundle to be seated: size, services, from when it can board, which vehicles (positions), kept apart from (positions)."""

    sizes: Sizes
    board_s: int
    alight_s: int
    ready_s: int
    vehicles: tuple[int, ...]
    apart: frozenset[int] = frozenset()

    @property
    def people(self) -> int:
        """How many people."""
        return sum(self.sizes)


class Seating(Struct, frozen=True, kw_only=True):
    """Per passenger its vehicle (-1 left behind); `proved` when nobody more can be seated / nothing leaves earlier."""

    vehicle: tuple[int, ...]
    left: int
    possible: bool
    proved: bool


class SeatProblem(Struct, frozen=True, kw_only=True):
    """Seats and passengers, the setting-up time, when convoys leave at the earliest, bays at the end (0 no limit)."""

    seats: tuple[Seat, ...]
    passengers: tuple[Passenger, ...]
    setup_s: int
    earliest_s: tuple[int, ...]
    end_bays: tuple[int, ...]
    everyone: bool


def seat(problem: SeatProblem, *, work: float, seed: int, clock: Clock) -> Seating:
    """Seat everybody (or as many as can be), then leave and end as early as can be, then the fuller vehicles first.

    Parameters
    ----------
    problem
        Seats and passengers.
    work
        Deterministic work for each of the three stages.
    seed
        Of the solver.
    clock
        Time left.
    """
    model = _Model(problem)
    answer = model.fewest_left(work=work, seed=seed, clock=clock)
    if not answer.found:
        return Seating(vehicle=(), left=0, possible=answer.status != "INFEASIBLE", proved=False)
    seated, left = answer, round(answer.value or 0)
    proved = answer.status == "OPTIMAL"
    earliest = model.earliest(left, seated, work=work, seed=seed, clock=clock)
    if earliest.found:
        seated, proved = earliest, proved and earliest.status == "OPTIMAL"
        fuller = model.fuller_first(seated, work=work / 2, seed=seed, clock=clock)
        seated = fuller if fuller.found else seated
    return Seating(vehicle=model.read(seated), left=left, possible=True, proved=proved)


class _Model:
    def __init__(self, problem: SeatProblem) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        self.kinds: dict[tuple[object, ...], list[int]] = {}
        for number, passenger in enumerate(problem.passengers):
            single = number if passenger.apart else -1
            key = (passenger.sizes, passenger.board_s, passenger.alight_s, passenger.ready_s, passenger.vehicles, single)
            self.kinds.setdefault(key, []).append(number)
        self.members = list(self.kinds.values())
        self.first = [problem.passengers[members[0]] for members in self.members]
        self.count: dict[tuple[int, int], cp_model.IntVar] = {}
        self._counts()
        self._apart()
        horizon = max([p.ready_s for p in problem.passengers] + list(problem.earliest_s)) + 200_000
        self.leave = [self.model.new_int_var(e, horizon, "leave") for e in problem.earliest_s]
        self.spread = self.model.new_int_var(0, 200_000, "spread")
        self._services()

    def _counts(self) -> None:
        problem, model = self.problem, self.model
        for kind, members in enumerate(self.members):
            for v in self.first[kind].vehicles:
                most = min([len(members), *_fitting(self.first[kind].sizes, problem.seats[v].places)])
                self.count[kind, v] = model.new_int_var(0, most, f"n{kind},{v}")
            total = sum(self.count[kind, v] for v in self.first[kind].vehicles)
            model.add(total <= len(members)) if not problem.everyone else model.add(total == len(members))
        for v, place in enumerate(problem.seats):
            for mobility in range(3):
                aboard = [
                    (self.first[kind].sizes[mobility], self.count[kind, v])
                    for kind in range(len(self.members))
                    if (kind, v) in self.count and self.first[kind].sizes[mobility]
                ]
                if aboard:
                    model.add(sum(size * count for size, count in aboard) <= place.places[mobility])

    def _apart(self) -> None:
        kind_of = {member: kind for kind, members in enumerate(self.members) for member in members}
        for kind, passenger in enumerate(self.first):
            for other in sorted(passenger.apart):
                rival = kind_of[other]
                for v in passenger.vehicles:
                    if (rival, v) in self.count and kind != rival:
                        one, two = self._any(kind, v), self._any(rival, v)
                        self.model.add_bool_or(one.negated(), two.negated())

    def _any(self, kind: int, v: int) -> cp_model.IntVar:
        some = self.model.new_bool_var("")
        self.model.add(self.count[kind, v] == 0).only_enforce_if(some.negated())
        self.model.add(self.count[kind, v] >= 1).only_enforce_if(some)
        return some

    def _services(self) -> None:
        """Late bundles board before their vehicle leaves; vehicles are emptied as the bays at the end allow."""
        problem, model = self.problem, self.model
        self.weighed: list[tuple[int, cp_model.IntVar]] = []
        by_end: dict[int, list[cp_model.IntervalVar]] = {}
        for v, place in enumerate(problem.seats):
            aboard = [kind for kind in range(len(self.members)) if (kind, v) in self.count]
            if not aboard:
                continue
            for kind in aboard:
                first = self.first[kind]
                late_s = max(first.ready_s, place.free_s) + problem.setup_s + first.board_s - place.offset_s
                if late_s > problem.earliest_s[place.group]:
                    model.add(self.leave[place.group] >= late_s).only_enforce_if(self._any(kind, v))
            if place.free_s - place.offset_s + problem.setup_s > problem.earliest_s[place.group]:
                boarding = sum(self.first[kind].board_s * self.count[kind, v] for kind in aboard)
                model.add(self.leave[place.group] >= place.free_s - place.offset_s + boarding)
            work = sum(self.first[kind].alight_s * self.count[kind, v] for kind in aboard)
            end = model.new_int_var(0, 200_000, f"end{v}")
            start = model.new_int_var(place.offset_s, 200_000, f"start{v}")
            lasting = model.new_int_var(0, 200_000, f"lasting{v}")
            model.add(lasting == problem.setup_s + work)
            model.add(self.spread >= end)
            by_end.setdefault(place.group, []).append(model.new_interval_var(start, lasting, end, f"alight{v}"))
            people = sum(self.first[kind].people * self.count[kind, v] for kind in aboard)
            if not problem.end_bays[place.group]:
                model.add(start == place.offset_s)
            self.weighed.append((place.offset_s // 10 + 1, people))
        for group, intervals in by_end.items():
            if problem.end_bays[group]:
                model.add_cumulative(intervals, [1] * len(intervals), problem.end_bays[group])

    def _left(self) -> cp_model.LinearExprT:
        total = sum(p.people for p in self.problem.passengers)
        aboard = [self.first[kind].people * count for (kind, _), count in self.count.items()]
        return total - sum(aboard)

    def fewest_left(self, *, work: float, seed: int, clock: Clock) -> Answer:
        """Minimise the people who find no seat."""
        if not self.problem.everyone:
            self.model.minimize(self._left())
        return solve(self.model, work=work, seed=seed, clock=clock)

    def earliest(self, left: int, known: Answer, *, work: float, seed: int, clock: Clock) -> Answer:
        """Minimise the last departure plus the time to empty the vehicles, from a known seating."""
        self.model.add(self._left() == left)
        self._hint(known)
        self.model.minimize(sum(self.leave) + self.spread)
        return solve(self.model, work=work, seed=seed, clock=clock)

    def fuller_first(self, known: Answer, *, work: float, seed: int, clock: Clock) -> Answer:
        """Put more people into the vehicles that arrive first, and lose no time by it."""
        self.model.add(sum(self.leave) + self.spread <= round(known.value or 0))
        self._hint(known)
        self.model.minimize(sum(weight * people for weight, people in self.weighed))
        return solve(self.model, work=work, seed=seed, clock=clock)

    def _hint(self, known: Answer) -> None:
        self.model.clear_hints()
        for count in self.count.values():
            self.model.add_hint(count, known.solver.value(count))

    def read(self, answer: Answer) -> tuple[int, ...]:
        """Hand the counted bundles out, in the order of the passengers."""
        vehicle = [-1] * len(self.problem.passengers)
        for kind, members in enumerate(self.members):
            waiting = list(members)
            for v in self.first[kind].vehicles:
                for _ in range(answer.solver.value(self.count[kind, v])):
                    vehicle[waiting.pop(0)] = v
        return tuple(vehicle)


def _fitting(sizes: Sizes, places: Sizes) -> list[int]:
    return [places[kind] // sizes[kind] for kind in range(3) if sizes[kind]]


def spread_bound_s(problem: SeatProblem, group: int) -> int:
    """Bound from below the time from the head's arrival to the last person's alighting.

    Two bounds, whichever is larger. *Time*: within R seconds the vehicle at offset o can set down at most (R - o - setup) / (seconds of
    the quickest person) people, and no more than it holds; R is too small while these sum to less than the people. Vehicles may come in any
    order, so the roomiest take the earliest offsets. *Work*: with b bays all alighting and the setting-up of the fewest
    vehicles that hold everybody must fit into b x R, less the idle time before the first b vehicles arrive.
    """
    seats = [s for s in problem.seats if s.group == group and sum(s.places)]
    numbers = {v for v, s in enumerate(problem.seats) if s.group == group}
    people = [p for p in problem.passengers if set(p.vehicles) <= numbers]
    if not seats or not people:
        return 0
    count = sum(p.people for p in people)
    quickest_s = min(p.alight_s // p.people for p in people)
    room = sorted((sum(s.places) for s in seats), reverse=True)
    offsets = sorted(s.offset_s for s in seats)
    low, high = 0, 200_000
    while low < high:
        middle = (low + high) // 2
        held = [
            min(places, max(0, middle - offset - problem.setup_s) // max(1, quickest_s))
            for places, offset in zip(room, offsets, strict=True)
        ]
        low, high = (low, middle) if sum(held) >= count else (middle + 1, high)
    bays = problem.end_bays[group]
    if not bays:
        return low
    fewest = next(n for n in range(1, len(room) + 1) if sum(room[:n]) >= min(count, sum(room)))
    idle_s = sum(offsets[: min(bays, fewest)])
    work_s = sum(p.alight_s for p in people) + problem.setup_s * fewest + idle_s
    return max(low, -(-work_s // min(bays, fewest)) if fewest >= bays else low)


def seatable(problem: SeatProblem, *, work: float, seed: int, clock: Clock) -> bool | None:
    """Tell whether everybody finds a seat at all; None when the work did not settle it."""
    answer = solve(_Model(problem).model, work=work, seed=seed, clock=clock)
    if answer.found:
        return True
    return False if answer.status == "INFEASIBLE" else None
