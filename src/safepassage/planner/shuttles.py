"""The shuttle problem: many vehicles, several trips each, people in bundles, finals with capacity.

A *tour* is a vehicle's list of runs; a *run* takes bundles (positions in the problem's `loads`) from a few sites to one end. `drive` times a
set of tours as vehicles really meet at the bays: first come, first served.
"""

from __future__ import annotations

import heapq

from msgspec import Struct

from safepassage.model.ids import LinkId, PersonId, SiteId
from safepassage.model.operation import Limits
from safepassage.model.plan import Work
from safepassage.model.time import Window
from safepassage.model.travel import Route
from safepassage.planner.demand import Sizes

NEVER = 2**40


class Part(Struct, frozen=True):
    """The members of a load at one site."""

    site: SiteId
    people: tuple[PersonId, ...]
    board_s: int
    ready_s: int


class Load(Struct, frozen=True, kw_only=True):
    """A bundle to be shuttled: its parts, its size, where it may go, whom it must not meet (other loads)."""

    parts: tuple[Part, ...]
    sizes: Sizes
    alight_s: int
    ends: tuple[SiteId, ...]
    apart: frozenset[int] = frozenset()

    @property
    def people(self) -> int:
        """How many people."""
        return sum(self.sizes)


class Shuttle(Struct, frozen=True, kw_only=True):
    """A vehicle that shuttles."""

    vehicle: str
    site: SiteId
    available_s: int
    speed_percent: int
    places: Sizes
    range_m: int
    unrested_s: int
    drive_limit_s: int


class ShuttleProblem(Struct, frozen=True, kw_only=True):
    """Loads, vehicles, routes by (speed, from, to), and what sites allow."""

    loads: tuple[Load, ...]
    shuttles: tuple[Shuttle, ...]
    routes: dict[tuple[int, SiteId, SiteId], tuple[Route, ...]]
    bays: dict[SiteId, int]
    opens: dict[SiteId, tuple[Window, ...]]
    room: dict[SiteId, int]
    """How many people an end takes; ends without a limit are absent."""
    fuel: tuple[SiteId, ...]
    limits: Limits


class Run(Struct):
    """Loads on board on the way to `end`, picked up in the order of `sites`."""

    loads: list[int]
    end: SiteId
    sites: list[SiteId]


Tours = list[list[Run]]


class Halt(Struct):
    """A timed stop of a run: loads that board here (all parts at this site), loads that alight, work."""

    site: SiteId
    route: tuple[LinkId, ...]
    start_s: int
    end_s: int
    bay: int
    board: list[int]
    alight: list[int]
    work: tuple[Work, ...] = ()


class Timing(Struct, kw_only=True):
    """Tours in time: per vehicle and run its halts; the last delivery, the sum of deliveries, metres driven."""

    halts: list[list[list[Halt]]]
    makespan_s: int
    exposure_person_s: int
    distance_m: int
    ended_s: list[int]


def visits(problem: ShuttleProblem, loads: list[int]) -> list[SiteId]:
    """The sites that a run with these loads must visit, in the order of the loads."""
    return list(dict.fromkeys(part.site for load in loads for part in problem.loads[load].parts))


def time_tours(problem: ShuttleProblem, tours: Tours) -> Timing | None:
    """Time the tours; None when a run cannot be driven (no route, no open window, out of range or of hours)."""
    return _Clockwork(problem, tours).run()


class _State(Struct):
    """A vehicle under way: where and when it is, and what it has driven since its last rest and refuelling."""

    at_s: int
    site: SiteId
    run: int = 0
    stop: int = 0
    drive_s: int = 0
    total_drive_s: int = 0
    fuel_m: int = 0


class _Clockwork:
    """Vehicles advance one stop at a time, whoever arrives first is served first."""

    def __init__(self, problem: ShuttleProblem, tours: Tours) -> None:
        self.problem, self.tours = problem, tours
        self.bays = {site: [0] * bays for site, bays in problem.bays.items() if bays}
        self.states = [_State(s.available_s, s.site) for s in problem.shuttles]
        self.halts: list[list[list[Halt]]] = [[[] for _ in tour] for tour in tours]
        self.makespan_s = self.exposure_s = self.distance_m = 0

    def run(self) -> Timing | None:
        queue: list[tuple[int, int]] = []
        pending: dict[int, tuple[tuple[LinkId, ...], SiteId]] = {}
        for number, tour in enumerate(self.tours):
            if tour and not self._approach(number, queue, pending):
                return None
        while queue:
            arrive_s, number = heapq.heappop(queue)
            if not self._serve(number, arrive_s, pending[number]):
                return None
            state = self.states[number]
            if state.run < len(self.tours[number]) and not self._approach(number, queue, pending):
                return None
        return Timing(
            halts=self.halts,
            makespan_s=self.makespan_s,
            exposure_person_s=self.exposure_s,
            distance_m=self.distance_m,
            ended_s=[state.at_s for state in self.states],
        )

    def _approach(
        self, number: int, queue: list[tuple[int, int]], pending: dict[int, tuple[tuple[LinkId, ...], SiteId]]
    ) -> bool:
        """Drive to the next stop of the current run; False when that cannot be."""
        state = self.states[number]
        run = self.tours[number][state.run]
        goal = run.sites[state.stop] if state.stop < len(run.sites) else run.end
        if state.stop == 0 and not self._prepare(number, run):
            return False
        left = self._leg(number, goal)
        if left is None:
            return False
        heapq.heappush(queue, (state.at_s, number))
        pending[number] = (left, goal)
        return True

    def _prepare(self, number: int, run: Run) -> bool:
        """Rest or refuel before a run that the crew's hours or the tank would not last."""
        shuttle, state = self.problem.shuttles[number], self.states[number]
        limits = self.problem.limits
        way = [state.site, *run.sites, run.end]
        legs = [self._fastest(shuttle.speed_percent, a, b) for a, b in zip(way, way[1:], strict=False) if a != b]
        if any(leg is None for leg in legs):
            return False
        drive_s = sum(leg.travel_s for leg in legs if leg)
        length_m = sum(leg.length_m for leg in legs if leg)
        if shuttle.range_m and state.fuel_m + length_m > shuttle.range_m and not self._refuel(number):
            return False
        if state.drive_s + drive_s > shuttle.unrested_s:
            rest = Halt(state.site, (), state.at_s, state.at_s + limits.rest_s, 0, [], [], ("rest",))
            self.halts[number][state.run].append(rest)
            state.at_s, state.drive_s = rest.end_s, 0
        within = state.drive_s + drive_s <= shuttle.unrested_s
        return within and state.total_drive_s + drive_s <= shuttle.drive_limit_s

    def _refuel(self, number: int) -> bool:
        shuttle, state = self.problem.shuttles[number], self.states[number]
        stations = [
            (0 if state.site == site else route.length_m, site)
            for site in self.problem.fuel
            for route in [self._fastest(shuttle.speed_percent, state.site, site)]
            if site == state.site or route is not None
        ] if self.problem.fuel else []  # fmt: skip
        stations = [(length_m, site) for length_m, site in stations if state.fuel_m + length_m <= shuttle.range_m]
        if not stations:
            return False
        site = min(stations)[1]
        route = self._leg(number, site)
        if route is None:
            return False
        served = self._bay(site, state.at_s, self.problem.limits.refuel_s)
        if served is None:
            return False
        start_s, end_s, bay = served
        self.halts[number][state.run].append(Halt(site, route, start_s, end_s, bay, [], [], ("refuel",)))
        state.at_s, state.fuel_m = end_s, 0
        return True

    def _fastest(self, speed: int, origin: SiteId, end: SiteId) -> Route | None:
        found = self.problem.routes.get((speed, origin, end))
        return found[0] if found else None

    def _leg(self, number: int, goal: SiteId) -> tuple[LinkId, ...] | None:
        """Move the vehicle to `goal` by the route that arrives first; the links, or None."""
        state, shuttle = self.states[number], self.problem.shuttles[number]
        if state.site == goal:
            return ()
        best: tuple[int, Route] | None = None
        for route in self.problem.routes.get((shuttle.speed_percent, state.site, goal), ()):
            depart_s = next_departure(route, state.at_s)
            if depart_s is not None and (best is None or depart_s + route.travel_s < best[0]):
                best = (depart_s + route.travel_s, route)
        if best is None:
            return None
        state.at_s, route = best
        state.site = goal
        state.drive_s += route.travel_s
        state.total_drive_s += route.travel_s
        state.fuel_m += route.length_m
        self.distance_m += route.length_m
        return route.links

    def _serve(self, number: int, arrive_s: int, way: tuple[tuple[LinkId, ...], SiteId]) -> bool:
        route, site = way
        state, loads = self.states[number], self.problem.loads
        run = self.tours[number][state.run]
        last = state.stop == len(run.sites)
        if last:
            on, off = [], run.loads
            ready_s, work_s = arrive_s, sum(loads[load].alight_s for load in off)
        else:
            on, off = [n for n in run.loads if any(part.site == site for part in loads[n].parts)], []
            parts = [part for n in on for part in loads[n].parts if part.site == site]
            ready_s = max([arrive_s, *(part.ready_s for part in parts)])
            work_s = sum(part.board_s for part in parts)
        served = self._bay(site, ready_s, self.problem.limits.setup_s + work_s)
        if served is None:
            return False
        start_s, end_s, bay = served
        self.halts[number][state.run].append(Halt(site, route, start_s, end_s, bay, on, off))
        state.at_s = end_s
        state.stop += 1
        if last:
            state.run, state.stop = state.run + 1, 0
            self.makespan_s = max(self.makespan_s, end_s)
            self.exposure_s += end_s * sum(loads[load].people for load in off)
        return True

    def _bay(self, site: SiteId, ready_s: int, duration_s: int) -> tuple[int, int, int] | None:
        """Take the bay that is free first, in an opening window: (start, end, bay)."""
        bays = self.bays.get(site)
        number = min(range(len(bays)), key=bays.__getitem__) if bays else -1
        start_s = max(ready_s, bays[number]) if bays else ready_s
        windows = self.problem.opens.get(site)
        if windows:
            fitting = [max(start_s, w.from_s) for w in windows if max(start_s, w.from_s) + duration_s <= w.until_s]
            if not fitting:
                return None
            start_s = min(fitting)
        if bays:
            bays[number] = start_s + duration_s
        return start_s, start_s + duration_s, number + 1


def next_departure(route: Route, at_s: int) -> int | None:
    """The first instant from `at_s` at which the route can be left on; None when there is none."""
    if not route.departures:
        return at_s
    for window in route.departures:
        if at_s <= window.until_s:
            return max(at_s, window.from_s)
    return None
