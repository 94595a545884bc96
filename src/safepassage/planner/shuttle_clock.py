"""Tours in time: each vehicle's stops one after the other, the bays of the sites first come, first served."""

from __future__ import annotations

from heapq import heapify, heappop, heapreplace
from itertools import pairwise

from msgspec import Struct

from safepassage.model.ids import LinkId, SiteId
from safepassage.model.travel import Route
from safepassage.planner.shuttles import NEVER, Halt, Run, Service, Shuttle, ShuttleProblem, Timing, Tours

Times = dict[SiteId, dict[SiteId, int]]
Step = tuple[SiteId, int, int, int, bool]
"""A stop as the clock sees it: site, seconds of service, not before, people delivered, whether it takes a bay."""


class Ground(Struct, frozen=True, kw_only=True):
    """A problem laid out for fast timing; ways are looked up when they are first driven.

    `steady_s` are the times between sites where the fastest way is always open, by pace, `gated` the alternatives
    where it is not; `longest` bounds what a vehicle may have to drive between two sites (seconds, metres), whichever
    alternative is taken, None where there is no way.
    """

    problem: ShuttleProblem
    steady_s: dict[int, Times]
    gated: dict[tuple[int, SiteId, SiteId], tuple[Route, ...]]
    longest: dict[tuple[int, SiteId, SiteId], tuple[int, int] | None]

    def longest_way(self, pace: int, origin: SiteId, end: SiteId) -> tuple[int, int] | None:
        """Return what a vehicle may have to drive between two sites: seconds, metres; None where there is no way."""
        way = (pace, origin, end)
        if way not in self.longest:
            self._look_up(way)
        return self.longest[way]

    def _look_up(self, way: tuple[int, SiteId, SiteId]) -> None:
        pace, origin, end = way
        routes = self.problem.routes.get(way, ())
        if not routes:
            self.longest[way] = None
        elif routes[0].departures:
            self.gated[way] = routes
            self.longest[way] = (max(r.travel_s for r in routes), max(r.length_m for r in routes))
        else:
            self.steady_s[pace].setdefault(origin, {})[end] = routes[0].travel_s
            self.longest[way] = (routes[0].travel_s, routes[0].length_m)


class Outcome(Struct, frozen=True):
    """When tours end: the last delivery, the sum of deliveries, seconds overdue, and when each vehicle is done."""

    makespan_s: int
    exposure_person_s: int
    late_s: int
    ended_s: list[int]


def lay_out(problem: ShuttleProblem) -> Ground:
    """Prepare a problem for timing."""
    steady_s: dict[int, Times] = {shuttle.pace: {} for shuttle in problem.shuttles}
    return Ground(problem=problem, steady_s=steady_s, gated={}, longest={})


def drive(ground: Ground, pace: int, origin: SiteId, end: SiteId, at_s: int) -> tuple[int, int]:
    """Departure and arrival of the way that arrives first when free to leave at `at_s`; NEVER when there is none."""
    if origin == end:
        return at_s, at_s
    if ground.longest_way(pace, origin, end) is None:
        return NEVER, NEVER
    travel_s = ground.steady_s[pace].get(origin, {}).get(end)
    if travel_s is not None:
        return at_s, at_s + travel_s
    gated = ground.gated[pace, origin, end]
    for window in gated[0].departures:
        if window.from_s <= at_s <= window.until_s:
            return at_s, at_s + gated[0].travel_s
    depart_s, arrive_s, _ = choose(gated, at_s)
    return depart_s, arrive_s


def choose(routes: tuple[Route, ...], at_s: int) -> tuple[int, int, Route | None]:
    """Departure, arrival and route of the alternative that arrives first."""
    best: tuple[int, int, Route | None] = (NEVER, NEVER, None)
    for route in routes:
        depart_s = next_departure(route, at_s)
        if depart_s is not None and depart_s + route.travel_s < best[1]:
            best = (depart_s, depart_s + route.travel_s, route)
    return best


def next_departure(route: Route, at_s: int) -> int | None:
    """Return the first instant from `at_s` at which the route can be left on; None when there is none."""
    if not route.departures:
        return at_s
    for window in route.departures:
        if at_s <= window.until_s:
            return max(at_s, window.from_s)
    return None


def lay_stops(ground: Ground, number: int, tour: list[Run]) -> list[list[Service]] | None:
    """Lay out a vehicle's stops, run by run, with rests and refuellings before runs that need them.

    None when hours or range do not last or no road leads there. Counts the longest alternative of each way, so that it
    lasts whichever is open.
    """
    shuttle = ground.problem.shuttles[number]
    here, used = shuttle.site, _Used()
    laid = []
    for run in tour:
        way = [here, *(service.site for service in run.services)]
        needs = _needs(ground, shuttle.pace, way)
        if needs is None:
            return None
        extra: list[Service] = []
        if not used.lasts(shuttle, needs):
            before = _prepare(ground, shuttle, here, run, used)
            if before is None:
                return None
            extra, needs = before
        used.add(needs)
        laid.append([*extra, *run.services])
        here = run.end
    return laid


class _Used(Struct):
    """What a vehicle has driven: since the last rest, in all, since the last refuelling."""

    drive_s: int = 0
    total_s: int = 0
    fuel_m: int = 0

    def lasts(self, shuttle: Shuttle, needs: tuple[int, int]) -> bool:
        drive_s, length_m = needs
        if shuttle.range_m and self.fuel_m + length_m > shuttle.range_m:
            return False
        unrested = self.drive_s + drive_s <= shuttle.unrested_s
        return unrested and self.total_s + drive_s <= shuttle.drive_limit_s

    def add(self, needs: tuple[int, int]) -> None:
        self.drive_s += needs[0]
        self.total_s += needs[0]
        self.fuel_m += needs[1]


def _needs(ground: Ground, pace: int, way: list[SiteId]) -> tuple[int, int] | None:
    """Seconds and metres driven along the sites of a way."""
    seconds = metres = 0
    for origin, end in pairwise(way):
        if origin != end:
            longest = ground.longest_way(pace, origin, end)
            if longest is None:
                return None
            seconds += longest[0]
            metres += longest[1]
    return seconds, metres


def _prepare(
    ground: Ground, shuttle: Shuttle, here: SiteId, run: Run, used: _Used
) -> tuple[list[Service], tuple[int, int]] | None:
    """Rest, refuel or both at the nearest sites that allow it; the services, and what the run then needs from there."""
    problem, pace = ground.problem, shuttle.pace
    limits = problem.limits
    goals = [service.site for service in run.services]
    for tired, empty in ((True, False), (False, True), (True, True)):
        trial = _Used(used.drive_s, used.total_s, used.fuel_m)
        place, services, possible = here, [], True
        for wanted, sites, work, seconds in (
            (empty, problem.fuel, "refuel", limits.refuel_s),
            (tired, problem.rest, "rest", limits.rest_s),
        ):
            if not wanted or not possible:
                continue
            stations = [(needs, site) for site in sites if (needs := _needs(ground, pace, [place, site])) is not None]
            reachable = [(needs, site) for needs, site in stations if trial.lasts(shuttle, needs)]
            if not reachable:
                possible = False
                continue
            needs, place = min(reachable)
            trial.add(needs)
            services.append(Service(place, seconds, 0, work=("refuel",) if work == "refuel" else ("rest",)))
            if work == "refuel":
                trial.fuel_m = 0
            else:
                trial.drive_s = 0
        onward = _needs(ground, pace, [place, *goals])
        if possible and onward is not None and trial.lasts(shuttle, onward):
            used.drive_s, used.total_s, used.fuel_m = trial.drive_s, trial.total_s, trial.fuel_m
            return services, onward
    return None


def steps_of(laid: list[list[Service]]) -> list[Step]:
    """Put a vehicle's stops in the form of the clock."""
    return [
        (service.site, service.duration_s, service.ready_s, service.people, "rest" not in service.work)
        for services in laid
        for service in services
    ]


def run_clock(
    ground: Ground, steps: list[list[Step]], record: list[list[tuple[int, int, int]]] | None = None
) -> Outcome | None:
    """Let all vehicles advance stop by stop; whoever is ready first is served first.

    Parameters
    ----------
    ground
        The problem.
    steps
        Each vehicle's stops.
    record
        Filled with (start, end, bay) of each vehicle's stops where given, one list a vehicle.

    Returns
    -------
    Outcome or None
        None when some stop is never reached: a way or a site is not open any more.
    """
    problem = ground.problem
    opens, due_s, steady_s = problem.opens, problem.due_s, ground.steady_s
    bays = {site: [0] * count for site, count in problem.bays.items() if count}
    position = [0] * len(steps)
    ended_s = [shuttle.available_s for shuttle in problem.shuttles]
    makespan_s = exposure_s = late_s = 0
    queue = []
    for number, own in enumerate(steps):
        if own:
            shuttle = problem.shuttles[number]
            _, arrive_s = drive(ground, shuttle.pace, shuttle.site, own[0][0], shuttle.available_s)
            queue.append((max(arrive_s, own[0][2]), number))
    heapify(queue)
    while queue:
        at_s, number = queue[0]
        own = steps[number]
        site, duration_s, _, people, takes_bay = own[position[number]]
        bay = -1
        if takes_bay:
            free = bays.get(site)
            if free:
                least = min(free)
                bay = free.index(least)
                at_s = max(at_s, least)
            if site in opens:
                at_s = next_opening(problem, site, at_s, duration_s)
            if free:
                free[bay] = at_s + duration_s
        end_s = at_s + duration_s
        if end_s >= NEVER:
            return None
        if record is not None:
            record[number].append((at_s, end_s, bay + 1))
        if people:
            exposure_s += people * end_s
            makespan_s = max(makespan_s, end_s)
        position[number] += 1
        if position[number] == len(own):
            ended_s[number] = end_s
            heappop(queue)
            continue
        goal = own[position[number]]
        pace = problem.shuttles[number].pace
        travel_s = steady_s[pace].get(site, {}).get(goal[0])
        depart_s, arrive_s = (
            drive(ground, pace, site, goal[0], end_s) if travel_s is None else (end_s, end_s + travel_s)
        )
        if site in due_s and not people and takes_bay:
            late_s += max(0, depart_s - due_s[site])
        heapreplace(queue, (max(arrive_s, goal[2]), number))
    return Outcome(makespan_s, exposure_s, late_s + max(0, makespan_s - problem.all_due_s), ended_s)


def next_opening(problem: ShuttleProblem, site: SiteId, at_s: int, duration_s: int) -> int:
    """Return the first instant from `at_s` at which a service fits into a window of the site; NEVER when none does."""
    windows = problem.opens.get(site)
    if not windows:
        return at_s
    starts = (max(at_s, window.from_s) for window in windows if max(at_s, window.from_s) + duration_s <= window.until_s)
    return min(starts, default=NEVER)


def time_tours(problem: ShuttleProblem, tours: Tours, ground: Ground | None = None) -> Timing | None:
    """Time the tours; None when one cannot be driven (no route, no open window, out of range or of hours)."""
    ground = ground or lay_out(problem)
    laid = [lay_stops(ground, number, tour) for number, tour in enumerate(tours)]
    if any(services is None for services in laid):
        return None
    stops = [services for services in laid if services is not None]
    record: list[list[tuple[int, int, int]]] = [[] for _ in tours]
    outcome = run_clock(ground, [steps_of(services) for services in stops], record)
    if outcome is None:
        return None
    halts, distance_m = [], 0
    for number, services in enumerate(stops):
        timed, metres = _halts(ground, problem.shuttles[number], services, record[number])
        halts.append(timed)
        distance_m += metres
    return Timing(
        halts=halts,
        makespan_s=outcome.makespan_s,
        exposure_person_s=outcome.exposure_person_s,
        distance_m=distance_m,
        ended_s=outcome.ended_s,
        late_s=outcome.late_s,
    )


def _halts(
    ground: Ground, shuttle: Shuttle, laid: list[list[Service]], record: list[tuple[int, int, int]]
) -> tuple[list[list[Halt]], int]:
    """Write a vehicle's stops out with their times and routes; also the metres driven."""
    times = iter(record)
    here, free_s, distance_m = shuttle.site, shuttle.available_s, 0
    halts: list[list[Halt]] = []
    for services in laid:
        timed = []
        for service in services:
            start_s, end_s, bay = next(times)
            links: tuple[LinkId, ...] = ()
            slow = False
            if service.site != here:
                routes = ground.problem.routes[shuttle.pace, here, service.site]
                route = choose(routes, free_s)[2]
                if route is not None:
                    links, slow = route.links, route.slow
                    distance_m += route.length_m
            board, alight = list(service.board), list(service.alight)
            timed.append(Halt(service.site, links, start_s, end_s, bay, board, alight, service.work, slow))
            here, free_s = service.site, end_s
        halts.append(timed)
    return halts, distance_m
