"""The seating problem: vehicles of convoys with their places and times, passengers in bundles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from safepassage.model.ids import SiteId
from safepassage.planner.boarding import Interval
from safepassage.planner.demand import Sizes

LEFT = -1
"""In place of a vehicle: left behind."""


class Seat(Struct, frozen=True, kw_only=True):
    """A convoy vehicle as the seating sees it.

    `offset_s` is how long after the head it leaves and arrives, `free_s` from when it can be boarded. `group` numbers
    the convoy, `rank` the place in it that head, body and tail have.
    """

    vehicle: str
    group: int
    places: Sizes
    offset_s: int
    free_s: int = 0
    rank: int = 0


class Passenger(Struct, frozen=True, kw_only=True):
    """A bundle to be seated.

    Size, services, from when it can board, which vehicles (positions, rather the first), kept apart from.
    """

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


class SeatProblem(Struct, frozen=True, kw_only=True):
    """Seats and passengers, and of each convoy (by its number) what counts for time.

    `earliest_s` is when its head can leave, `march_s` how long the head drives and halts, `ends` where it ends;
    `start_bays` and `end_bays` how many vehicles board and are emptied at once (0 no limit), `busy` when each bay for
    boarding is needed for other things shortly before that. `room` limits the people
    at an end (absent: no limit).
    """

    seats: tuple[Seat, ...]
    passengers: tuple[Passenger, ...]
    setup_s: int
    earliest_s: tuple[int, ...]
    march_s: tuple[int, ...]
    ends: tuple[SiteId, ...]
    start_bays: tuple[int, ...]
    busy: tuple[tuple[tuple[Interval, ...], ...], ...]
    end_bays: tuple[int, ...]
    room: dict[SiteId, int]
    everyone: bool

    @property
    def hopeless(self) -> int:
        """How many people fit into no vehicle, even alone."""
        return sum(p.people for p in self.passengers if not any(self.takes(p, v) for v in p.vehicles))

    def takes(self, passenger: Passenger, vehicle: int) -> bool:
        """Tell whether the empty vehicle has the places for a passenger."""
        return all(size <= places for size, places in zip(passenger.sizes, self.seats[vehicle].places, strict=True))

    def end_of(self, vehicle: int) -> SiteId:
        """Name the site where a vehicle's people end."""
        return self.ends[self.seats[vehicle].group]

    def people_left(self, seated: Sequence[int]) -> int:
        """Count the people without a place."""
        return sum(p.people for p, vehicle in zip(self.passengers, seated, strict=True) if vehicle == LEFT)


class Aboard:
    """A seating under construction: what each vehicle and each end still takes."""

    def __init__(self, problem: SeatProblem, seated: Sequence[int] = ()) -> None:
        self.problem = problem
        self.vehicle = list(seated) or [LEFT] * len(problem.passengers)
        self.members: list[list[int]] = [[] for _ in problem.seats]
        self.left = [list(seat.places) for seat in problem.seats]
        self.ended: Counter[SiteId] = Counter()
        for number, vehicle in enumerate(self.vehicle):
            if vehicle != LEFT:
                self._add(number, vehicle)

    def fits(self, number: int, vehicle: int) -> bool:
        """Tell whether a passenger can be put into a vehicle now."""
        passenger, left = self.problem.passengers[number], self.left[vehicle]
        sizes = passenger.sizes
        if sizes[0] > left[0] or sizes[1] > left[1] or sizes[2] > left[2]:
            return False
        if passenger.apart and not passenger.apart.isdisjoint(self.members[vehicle]):
            return False
        end = self.problem.end_of(vehicle)
        here = self.vehicle[number]
        stays = here != LEFT and self.problem.end_of(here) == end
        room = self.problem.room.get(end)
        return room is None or stays or self.ended[end] + passenger.people <= room

    def put(self, number: int, vehicle: int) -> None:
        """Put a passenger into a vehicle, out of the one where it was."""
        self.take_out(number)
        self.vehicle[number] = vehicle
        self._add(number, vehicle)

    def take_out(self, number: int) -> None:
        """Take a passenger out of its vehicle, if it has one."""
        vehicle = self.vehicle[number]
        if vehicle == LEFT:
            return
        passenger = self.problem.passengers[number]
        self.vehicle[number] = LEFT
        self.members[vehicle].remove(number)
        for kind in range(3):
            self.left[vehicle][kind] += passenger.sizes[kind]
        self.ended[self.problem.end_of(vehicle)] -= passenger.people

    def _add(self, number: int, vehicle: int) -> None:
        passenger = self.problem.passengers[number]
        self.members[vehicle].append(number)
        for kind in range(3):
            self.left[vehicle][kind] -= passenger.sizes[kind]
        self.ended[self.problem.end_of(vehicle)] += passenger.people
