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
from safepassage.planner.shuttle_clock import Ground, drive, lay_stops, next_opening
from safepassage.planner.shuttles import NEVER, Load, Run, ShuttleProblem, Tours, accepts, make_run

BLINK = 0.05
"""How often a vehicle or a run is overlooked."""
OVERRUN = 4
"""How much dearer a second beyond the target is than one before it."""
SCARCE = (1, 3, 5)
"""What places for walking people, wheelchairs and stretchers weigh when it is told which kind a load is about."""


REMEMBERED = 200
"""Views of a vehicle's tours that are kept."""

_Wish = tuple[tuple[tuple[SiteId, int], ...], tuple[SiteId, ...]]


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


class _View(Struct):
    """What is known of a vehicle's tour.

    `flow` is when and where it is free before each run and at last, queues aside; `extras_s` what new runs would cost.
    """

    tour: list[Run]
    flow: list[tuple[int, SiteId]]
    extras_s: dict[_Wish, list[tuple[int, int, SiteId]]]


class Outlook:
    """Views of tours, remembered as long as the tours are not changed (a changed tour is a new list)."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.problem = ground, ground.problem
        self._views: list[dict[int, _View]] = [{} for _ in ground.problem.shuttles]

    def view(self, number: int, tour: list[Run]) -> _View:
        """Look at the tour of a vehicle."""
        views = self._views[number]
        found = views.get(id(tour))
        if found is None:
            if len(views) >= REMEMBERED:
                views.clear()
            found = views[id(tour)] = _View(tour, self._flow(number, tour), {})
        return found

    def _flow(self, number: int, tour: list[Run]) -> list[tuple[int, SiteId]]:
        shuttle = self.problem.shuttles[number]
        at_s, here = shuttle.available_s, shuttle.site
        flow = [(at_s, here)]
        for run in tour:
            for service in run.services:
                at_s = max(drive(self.ground, shuttle.pace, here, service.site, at_s)[1], service.ready_s)
                at_s = next_opening(self.problem, service.site, at_s, service.duration_s) + service.duration_s
                here = service.site
            flow.append((at_s, here))
        return flow

    def extras_s(self, number: int, view: _View, load: Load) -> list[tuple[int, int, SiteId]]:
        """List new runs to the load's sites: seconds by which the vehicle ends later (nobody aboard), position, end."""
        wish = (tuple((part.site, part.ready_s) for part in load.parts), load.ends)
        found = view.extras_s.get(wish)
        if found is None:
            found = view.extras_s[wish] = [
                extra
                for position in range(len(view.flow))
                for extra in self._extras_s(self.problem.shuttles[number].pace, view, position, wish)
            ]
        return found

    def _extras_s(self, pace: int, view: _View, position: int, wish: _Wish) -> Iterator[tuple[int, int, SiteId]]:
        ground, setup_s = self.ground, self.problem.limits.setup_s
        free_s, here = view.flow[position]
        at_s, place = free_s, here
        for site, ready_s in wish[0]:
            at_s = max(drive(ground, pace, place, site, at_s)[1], ready_s) + setup_s
            place = site
        goal = view.tour[position].services[0].site if position < len(view.tour) else None
        was_s = drive(ground, pace, here, goal, free_s)[1] if goal else free_s
        for end in wish[1]:
            end_s = next_opening(self.problem, end, drive(ground, pace, place, end, at_s)[1], setup_s) + setup_s
            if goal:
                end_s = drive(ground, pace, end, goal, end_s)[1]
            if end_s < NEVER:
                yield end_s - was_s, position, end


class Refill:
    """Greedy insertion of waiting loads into tours; beyond `target_s` a vehicle's time is dear."""

    def __init__(self, outlook: Outlook, tours: Tours, *, target_s: int, rng: random.Random) -> None:
        self.outlook, self.problem, self.rng = outlook, outlook.problem, rng
        self.target_s = target_s
        self.fillings = [
            [Filling(list(run.loads), run.end, list(run.sites), list(run.sizes), run) for run in tour] for tour in tours
        ]
        self.views = [outlook.view(number, tour) for number, tour in enumerate(tours)]
        self.ends_s = [view.flow[-1][0] for view in self.views]
        self.changed: set[int] = set()
        self.room = dict(self.problem.room)
        for tour in tours:
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
            best = self._existing(load)
            if best is None or best.cost > self._ride_s(load):
                opened = self._opened(number, load, best, queue)
                if opened is not None:
                    queue = opened
                    continue
            if best is None:
                left.append(number)
            else:
                self._add(number, load, self.fillings[best.number][best.position], best.number)
        return left

    def _opened(self, number: int, load: Load, best: _Place | None, queue: list[int]) -> list[int] | None:
        """Open the cheapest new run that can be driven, if it is cheaper than `best`; what is still waiting then."""
        barred: set[int] = set()
        while True:
            fresh = self._fresh(load, barred)
            if fresh is None or (best is not None and best.cost <= fresh.cost):
                return None
            opened = self._open(number, load, fresh, queue)
            if opened is not None:
                return opened
            barred.add(fresh.number)

    def tours(self) -> Tours:
        """Return the filled tours; those that have not changed are the lists that were given."""
        return [
            [self._built(filling) for filling in own] if number in self.changed else self.views[number].tour
            for number, own in enumerate(self.fillings)
        ]

    def _built(self, filling: Filling) -> Run:
        if filling.run is None:
            filling.run = make_run(self.problem, tuple(filling.loads), filling.end, tuple(filling.sites))
        return filling.run

    def _ride_s(self, load: Load) -> int:
        return sum(part.board_s for part in load.parts) + load.alight_s

    def _existing(self, load: Load) -> _Place | None:
        """Find the cheapest run that passes the load's sites (or may pass one more) and has places left."""
        ride_s = self._ride_s(load)
        limit, walking = self.problem.limits.pickups_per_trip, load.sizes[0]
        best: _Place | None = None
        for vehicle, own in enumerate(self.fillings):
            places = self.problem.shuttles[vehicle].places
            for position, filling in enumerate(own):
                if filling.sizes[0] + walking > places[0] or not self._fits(load, filling, places):
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
        ground, pace = self.outlook.ground, self.problem.shuttles[vehicle].pace
        seconds = 0.0
        last = filling.sites[-1]
        for site in missing:
            there = drive(ground, pace, last, site, 0)[1] + drive(ground, pace, site, filling.end, 0)[1]
            seconds += there - drive(ground, pace, last, filling.end, 0)[1] + self.problem.limits.setup_s
            last = site
        return seconds

    def _fresh(self, load: Load, barred: set[int]) -> _Place | None:
        """Find the cheapest new run for the load: what it costs, by the places of the load's kind that it adds."""
        kind = max(range(3), key=lambda k: load.sizes[k] * SCARCE[k])
        ride_s, people = self._ride_s(load), load.people
        full = {end for end in load.ends if self.room.get(end, NEVER) < people}
        best: _Place | None = None
        for vehicle, shuttle in enumerate(self.problem.shuttles):
            places = shuttle.places
            if load.sizes[0] > places[0] or load.sizes[1] > places[1] or load.sizes[2] > places[2]:
                continue
            if vehicle in barred or self.rng.random() < BLINK:
                continue
            worth = places[kind] ** 0.5
            spare_s = self.target_s - self.ends_s[vehicle]
            for extra_s, position, end in self.outlook.extras_s(vehicle, self.views[vehicle], load):
                if end not in full:
                    more_s = extra_s + ride_s
                    cost = (more_s + OVERRUN * max(0, more_s - spare_s)) / worth
                    if best is None or cost < best.cost:
                        best = _Place(cost, vehicle, position, end)
        return best

    def _add(self, number: int, load: Load, filling: Filling, vehicle: int) -> None:
        filling.loads.append(number)
        filling.sizes = [used + size for used, size in zip(filling.sizes, load.sizes, strict=True)]
        filling.sites += [part.site for part in load.parts if part.site not in filling.sites]
        filling.run = None
        self.changed.add(vehicle)
        self.ends_s[vehicle] += self._ride_s(load)
        if filling.end in self.room:
            self.room[filling.end] -= load.people

    def _open(self, number: int, load: Load, place: _Place, queue: list[int]) -> list[int] | None:
        """Open a run, fill it with waiting loads of the same sites; what still waits, None if it cannot be driven."""
        filling = Filling([], place.end, [], [0, 0, 0])
        own = self.fillings[place.number]
        own.insert(place.position, filling)
        self._add(number, load, filling, place.number)
        if not self._look(place.number):
            own.pop(place.position)
            self._look(place.number)
            if filling.end in self.room:
                self.room[filling.end] += load.people
            return None
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
        self._look(place.number)
        return waiting

    def _look(self, number: int) -> bool:
        """Look at a vehicle's tour anew; tell whether it can be driven."""
        tour = [self._built(filling) for filling in self.fillings[number]]
        view = self.views[number] = self.outlook.view(number, tour)
        self.ends_s[number] = view.flow[-1][0]
        return self.ends_s[number] < NEVER and lay_stops(self.outlook.ground, number, tour) is not None


def allowed(problem: ShuttleProblem, tours: Tours, *changed: int) -> bool:
    """Tell whether changed tours keep the places, and all tours the room at the ends."""
    if any(not accepts(problem, run, problem.shuttles[number]) for number in changed for run in tours[number]):
        return False
    room = dict(problem.room)
    for tour in tours:
        for run in tour:
            if run.end in room:
                room[run.end] -= sum(run.sizes)
    return all(free >= 0 for free in room.values())
