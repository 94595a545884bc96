"""Put loads aboard: into runs that have places left, or into a new run where that costs least time.

References
----------
Christiaens and Vanden Berghe (2020), slack induction by string removals: greedy insertion with blinks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from msgspec import Struct

from safepassage.model.ids import SiteId
from safepassage.planner.demand import Sizes
from safepassage.planner.shuttle_clock import Ground, drive, next_opening
from safepassage.planner.shuttles import NEVER, Load, Run, Tours, accepts, make_run

BLINK = 0.03
OVERRUN = 4
"""How much dearer a second beyond the target is than one before it."""
SCARCE = (1, 3, 5)
"""What places for walking people, wheelchairs and stretchers weigh when it is told which kind a load is about."""


class Filling(Struct):
    """A run while it is being filled."""

    loads: list[int]
    end: SiteId
    sites: list[SiteId]
    sizes: list[int]
    run: Run | None = None


class _Place(Struct):
    """Where a load would go: the dearness, the vehicle, the position of a new run (or of the run to fill), its end."""

    cost: float
    number: int
    position: int
    end: SiteId


class Refill:
    """Greedy insertion of waiting loads into tours."""

    def __init__(self, ground: Ground, tours: Tours, *, target_s: int, delays_s: list[int], rng: random.Random) -> None:
        self.ground, self.problem, self.rng = ground, ground.problem, rng
        self.target_s, self.delays_s = target_s, delays_s
        self.fillings = [
            [Filling(list(run.loads), run.end, list(run.sites), list(run.sizes), run) for run in tour] for tour in tours
        ]
        self.flows: list[list[tuple[int, SiteId]]] = [[] for _ in tours]
        self.ends_s = [0] * len(tours)
        self.room = dict(self.problem.room)
        for number, tour in enumerate(tours):
            self._flow(number, tour)
            for run in tour:
                if run.end in self.room:
                    self.room[run.end] -= sum(run.sizes)

    def put(self, waiting: list[int]) -> list[int]:
        """Put the loads aboard, in their order; the loads that found no place are given back."""
        left: list[int] = []
        queue = waiting
        while queue:
            number, queue = queue[0], queue[1:]
            load = self.problem.loads[number]
            best = self._existing(number, load)
            if best is not None and best.cost <= self._ride_s(load):
                self._add(number, load, self.fillings[best.number][best.position], best.number)
                continue
            fresh = self._fresh(load)
            if fresh is None or (best is not None and best.cost <= fresh.cost):
                if best is None:
                    left.append(number)
                else:
                    self._add(number, load, self.fillings[best.number][best.position], best.number)
                continue
            queue = self._open(number, load, fresh, queue)
        return left

    def tours(self) -> Tours:
        """The filled tours."""
        return [[self._built(filling) for filling in own] for own in self.fillings]

    def _built(self, filling: Filling) -> Run:
        if filling.run is None:
            filling.run = make_run(self.problem, tuple(filling.loads), filling.end, tuple(filling.sites))
        return filling.run

    def _ride_s(self, load: Load) -> int:
        return sum(part.board_s for part in load.parts) + load.alight_s

    def _existing(self, number: int, load: Load) -> _Place | None:
        """The cheapest run that passes the load's sites (or may pass one more) and has places left."""
        ride_s = self._ride_s(load)
        limit = self.problem.limits.pickups_per_trip
        best: _Place | None = None
        for vehicle, own in enumerate(self.fillings):
            places = self.problem.shuttles[vehicle].places
            for position, filling in enumerate(own):
                if not self._fits(load, filling, places):
                    continue
                missing = [part.site for part in load.parts if part.site not in filling.sites]
                cost = float(ride_s)
                if missing:
                    if len(filling.sites) + len(missing) > limit:
                        continue
                    cost += self._detour_s(vehicle, filling, missing)
                over_s = self.ends_s[vehicle] + cost - self.target_s
                cost += OVERRUN * max(0.0, over_s)
                if (best is None or cost < best.cost) and self.rng.random() > BLINK:
                    best = _Place(cost, vehicle, position, filling.end)
        return best

    def _fits(self, load: Load, filling: Filling, places: Sizes) -> bool:
        used, sizes = filling.sizes, load.sizes
        if used[0] + sizes[0] > places[0] or used[1] + sizes[1] > places[1] or used[2] + sizes[2] > places[2]:
            return False
        if filling.end not in load.ends or self.room.get(filling.end, NEVER) < load.people:
            return False
        return load.apart.isdisjoint(filling.loads)

    def _detour_s(self, vehicle: int, filling: Filling, missing: list[SiteId]) -> float:
        speed = self.problem.shuttles[vehicle].speed_percent
        seconds = 0.0
        last = filling.sites[-1]
        for site in missing:
            there = drive(self.ground, speed, last, site, 0)[1] + drive(self.ground, speed, site, filling.end, 0)[1]
            seconds += there - drive(self.ground, speed, last, filling.end, 0)[1] + self.problem.limits.setup_s
            last = site
        return seconds

    def _fresh(self, load: Load) -> _Place | None:
        """The cheapest new run for the load: what it costs, by the places of the load's kind that it adds."""
        kind = max(range(3), key=lambda k: load.sizes[k] * SCARCE[k])
        ends = [end for end in load.ends if self.room.get(end, NEVER) >= load.people]
        best: _Place | None = None
        for vehicle, shuttle in enumerate(self.problem.shuttles):
            places = shuttle.places
            if load.sizes[0] > places[0] or load.sizes[1] > places[1] or load.sizes[2] > places[2]:
                continue
            worth = places[kind] ** 0.5
            spare_s = self.target_s - self.ends_s[vehicle]
            for position in range(len(self.flows[vehicle])):
                if self.rng.random() < BLINK:
                    continue
                for extra_s, end in self._extras_s(vehicle, position, load, ends):
                    cost = (extra_s + OVERRUN * max(0, extra_s - spare_s)) / worth
                    if best is None or cost < best.cost:
                        best = _Place(cost, vehicle, position, end)
        return best

    def _extras_s(self, vehicle: int, position: int, load: Load, ends: list[SiteId]) -> Iterator[tuple[int, SiteId]]:
        """By how many seconds the vehicle ends later with a new run before `position`, for each end that it can reach."""
        ground, shuttle = self.ground, self.problem.shuttles[vehicle]
        speed, setup_s = shuttle.speed_percent, self.problem.limits.setup_s
        flow = self.flows[vehicle]
        free_s, here = flow[position]
        at_s, place = free_s, here
        for part in load.parts:
            at_s = max(drive(ground, speed, place, part.site, at_s)[1], part.ready_s) + setup_s + part.board_s
            place = part.site
        goal = self.fillings[vehicle][position].sites[0] if position < len(flow) - 1 else None
        was_s = drive(ground, speed, here, goal, free_s)[1] if goal else free_s
        service_s = setup_s + load.alight_s
        for end in ends:
            end_s = drive(ground, speed, place, end, at_s)[1]
            end_s = next_opening(self.problem, end, end_s, service_s) + service_s
            if goal:
                end_s = drive(ground, speed, end, goal, end_s)[1]
            if end_s < NEVER:
                yield end_s - was_s, end

    def _add(self, number: int, load: Load, filling: Filling, vehicle: int) -> None:
        filling.loads.append(number)
        filling.sizes = [used + size for used, size in zip(filling.sizes, load.sizes, strict=True)]
        filling.sites += [part.site for part in load.parts if part.site not in filling.sites]
        filling.run = None
        self.ends_s[vehicle] += self._ride_s(load)
        if filling.end in self.room:
            self.room[filling.end] -= load.people

    def _open(self, number: int, load: Load, place: _Place, queue: list[int]) -> list[int]:
        """Open a new run and fill it with waiting loads of the same sites; what is still waiting comes back."""
        filling = Filling([], place.end, [], [0, 0, 0])
        self.fillings[place.number].insert(place.position, filling)
        self._add(number, load, filling, place.number)
        tour = [self._built(one) for one in self.fillings[place.number]]
        self._flow(place.number, tour)
        places = self.problem.shuttles[place.number].places
        sites = {part.site for part in load.parts}
        waiting: list[int] = []
        spare_s = self.target_s - self.ends_s[place.number]
        endless = spare_s < 0
        for other in queue:
            more = self.problem.loads[other]
            ride_s = self._ride_s(more)
            if (
                (endless or ride_s <= spare_s)
                and all(part.site in sites for part in more.parts)
                and self._fits(more, filling, places)
            ):
                self._add(other, more, filling, place.number)
                spare_s -= ride_s
            else:
                waiting.append(other)
        tour = [self._built(one) for one in self.fillings[place.number]]
        self._flow(place.number, tour)
        return waiting

    def _flow(self, number: int, tour: list[Run]) -> None:
        """When and where the vehicle is free before each run and at last, without queues; what queues cost it is added at the end."""
        shuttle = self.problem.shuttles[number]
        at_s, here = shuttle.available_s, shuttle.site
        flow = [(at_s, here)]
        for run in tour:
            for service in run.services:
                at_s = max(drive(self.ground, shuttle.speed_percent, here, service.site, at_s)[1], service.ready_s)
                at_s = next_opening(self.problem, service.site, at_s, service.duration_s) + service.duration_s
                here = service.site
            flow.append((at_s, here))
        self.flows[number] = flow
        self.ends_s[number] = at_s + self.delays_s[number]


def allowed(ground: Ground, tours: Tours, *changed: int) -> bool:
    """Tell whether changed tours keep the places, and all tours the room at the ends."""
    problem = ground.problem
    if any(not accepts(problem, run, problem.shuttles[number]) for number in changed for run in tours[number]):
        return False
    room = dict(problem.room)
    for tour in tours:
        for run in tour:
            if run.end in room:
                room[run.end] -= sum(run.sizes)
    return all(free >= 0 for free in room.values())
