"""Lower bound of the shuttle problem: vehicles' work and flow, without the order of runs.

Why it holds against every plan in which each person rides one shuttle, whatever its stops, detours, waits and empty drives:

- A vehicle's stops with boarding or alighting, in the order of time, are a walk over pickups and ends; between two of them it drives at least the shortest
  time over links that are ever open (`least_s`), whatever it visits in between. The walk gives `arcs`, `starts`, `stays`; a stop at the site of the stop before is no new arc, and its
  setting up is not counted.
- Of each mobility it takes at a visit at most its places, gives at a visit at most its places, and everybody whom it takes crosses from a pickup to an end
  on an arc with at most its places aboard. A trip that unloads at two ends, or comes back to a pickup, is a walk as well.
- A vehicle is free at the earliest from `available_s`; its drives and services, one after the other, end by the makespan. Services at a
  site fit side by side into its bays between the first arrival possible and the last instant useful.
- Leaving out loads, or vehicles that cannot take any of those that are kept, keeps a solution: so the bound of any part of the loads is one.

Dropped are the order of runs (and that the drives hang together), closures, households and who is kept apart. The optimum of the model is a bound, and so is the
solver's bound when it is stopped early.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import pairwise

import msgspec
from ortools.sat.python import cp_model

from safepassage.model.ids import LinkId, SiteId
from safepassage.model.travel import Travel, drive_s
from safepassage.planner.engine import Clock, solve
from safepassage.planner.shuttle_clock import next_opening
from safepassage.planner.shuttles import NEVER, Load, ShuttleProblem

LARGE = 200_000
KINDS = (2, 1, 0)
Ways = dict[tuple[int, SiteId, SiteId], int]


def bound_s(problem: ShuttleProblem, *, incumbent_s: int | None, work: float, seed: int, clock: Clock) -> int:
    """Bound from below when the last load can be delivered.

    Parameters
    ----------
    problem
        Loads and vehicles; every load is delivered.
    incumbent_s
        A makespan already reached, to end the search when it is proved.
    work, seed, clock
        Limits of the solver, over all its calls.

    References
    ----------
    Bish (2011), planning for a bus-based evacuation: vehicles with several trips as work on machines.
    """
    if not problem.least_s:
        problem = msgspec.structs.replace(problem, least_s=closed(problem))
    best_s = longest_single_s(problem)
    shares = list(_parts(problem))
    for share, part in shares:
        if not part.shuttles:
            return LARGE if incumbent_s is None else incumbent_s
        if incumbent_s is not None and best_s >= incumbent_s:
            break
        relaxed = _Relaxation(part, best_s, incumbent_s or LARGE)
        answer = solve(relaxed.model, work=work * share, seed=seed, clock=clock)
        if answer.status == "INFEASIBLE":
            return LARGE if incumbent_s is None else incumbent_s
        best_s = max(best_s, answer.bound or 0)
    return best_s


def _parts(problem: ShuttleProblem) -> Iterator[tuple[float, ShuttleProblem]]:
    """Parts of the problem with a share of the work: those on stretchers, those in wheelchairs, everybody."""
    seen = set()
    for kind, share in zip(KINDS, (0.25, 0.25, 0.5), strict=True):
        kept = tuple(load for load in problem.loads if load.sizes[kind] or kind == 0)
        shuttles = tuple(shuttle for shuttle in problem.shuttles if shuttle.places[kind] or kind == 0)
        if kept and len(kept) not in seen:
            seen.add(len(kept))
            yield share, msgspec.structs.replace(problem, loads=kept, shuttles=shuttles)


def longest_single_s(problem: ShuttleProblem) -> int:
    """The latest of the loads' earliest deliveries, each with the vehicle and end that are best for it alone."""
    ways = problem.least_s or closed(problem)
    latest_s = 0
    for load in problem.loads:
        quickest = [
            _alone_s(problem, ways, load, number, end) for number in range(len(problem.shuttles)) for end in load.ends
        ]
        latest_s = max(latest_s, min(quickest, default=0))
    return min(latest_s, LARGE)


def _alone_s(problem: ShuttleProblem, ways: Ways, load: Load, number: int, end: SiteId) -> int:
    shuttle, setup_s = problem.shuttles[number], problem.limits.setup_s
    if any(size > places for size, places in zip(load.sizes, shuttle.places, strict=True)):
        return LARGE
    arrive_s = 0
    for part in load.parts:
        there_s = shuttle.available_s + _way_s(ways, shuttle.speed_percent, shuttle.site, part.site)
        loaded_s = next_opening(problem, part.site, max(there_s, part.ready_s), setup_s + part.board_s)
        loaded_s += setup_s + part.board_s
        arrive_s = max(arrive_s, loaded_s + _way_s(ways, shuttle.speed_percent, part.site, end))
    service_s = setup_s + load.alight_s
    return min(next_opening(problem, end, arrive_s, service_s) + service_s, LARGE)


def closed(problem: ShuttleProblem) -> Ways:
    """Shortest times put together from the routes, also over sites in between (waiting there for a way to open).

    References
    ----------
    Floyd (1962), algorithm 97: shortest path.
    """
    ways: Ways = {key: min(route.travel_s for route in routes) for key, routes in problem.routes.items() if routes}
    sites = sorted({site for _, origin, end in ways for site in (origin, end)})
    for speed in sorted({shuttle.speed_percent for shuttle in problem.shuttles}):
        for via in sites:
            for origin in sites:
                first_s = ways.get((speed, origin, via))
                if first_s is None:
                    continue
                for end in sites:
                    second_s = ways.get((speed, via, end))
                    if second_s is not None and first_s + second_s < ways.get((speed, origin, end), NEVER):
                        ways[speed, origin, end] = first_s + second_s
    return ways


def least_ways(travel: Travel, speeds: Iterable[int]) -> Ways:
    """Shortest times between all sites over all links that are ever open, however long one would have to wait for them.

    References
    ----------
    Dijkstra (1959).
    """
    ways: Ways = {}
    for speed in sorted(set(speeds)):
        beside: dict[SiteId, list[tuple[SiteId, int]]] = {}
        for link in travel.links.values():
            if travel.open.get(LinkId(link.id), None) == ():
                continue
            seconds = drive_s(link.travel_s, speed)
            beside.setdefault(link.start, []).append((link.end, seconds))
            if link.both_ways:
                beside.setdefault(link.end, []).append((link.start, seconds))
        for origin in beside:
            ways |= {(speed, origin, end): seconds for end, seconds in _nearest(beside, origin).items() if end != origin}
    return ways


def _nearest(beside: dict[SiteId, list[tuple[SiteId, int]]], origin: SiteId) -> dict[SiteId, int]:
    settled: dict[SiteId, int] = {}
    queue = [(0, origin)]
    while queue:
        at_s, site = heappop(queue)
        if site in settled:
            continue
        settled[site] = at_s
        for end, seconds in beside.get(site, ()):
            if end not in settled:
                heappush(queue, (at_s + seconds, end))
    return settled


def _way_s(ways: Ways, speed: int, origin: SiteId, end: SiteId) -> int:
    return 0 if origin == end else ways.get((speed, origin, end), LARGE)


class _Relaxation:
    def __init__(self, problem: ShuttleProblem, least_s: int, most_s: int) -> None:
        self.problem, self.model, self.ways = problem, cp_model.CpModel(), problem.least_s
        self.pickups = sorted({part.site for load in problem.loads for part in load.parts})
        self.ends = sorted({end for load in problem.loads for end in load.ends})
        self.places = sorted({*self.pickups, *self.ends})
        self.makespan = self.model.new_int_var(least_s, max(least_s, most_s), "makespan")
        self.taken: dict[tuple[int, SiteId, int], cp_model.IntVar] = {}
        self.given: dict[tuple[int, SiteId, int], cp_model.IntVar] = {}
        self.visits: dict[tuple[int, SiteId], cp_model.LinearExprT] = {}
        limits = problem.limits
        self.board_s = (limits.board_walking_s, limits.board_wheelchair_s, limits.board_stretcher_s)
        self.alight_s = (limits.alight_walking_s, limits.alight_wheelchair_s, limits.alight_stretcher_s)
        self.need = self._need()
        for number in range(len(problem.shuttles)):
            self._vehicle(number)
        self._demand()
        self._bays()
        self._alike()
        self.model.minimize(self.makespan)

    def _need(self) -> dict[tuple[SiteId, int], int]:
        """People of each mobility at each site; of a load at several sites only when all are of one mobility (leaving some out is safe)."""
        need: dict[tuple[SiteId, int], int] = {}
        for load in self.problem.loads:
            kinds = [kind for kind in KINDS if load.sizes[kind]]
            for part in load.parts:
                for kind in kinds:
                    people = load.sizes[kind] if len(load.parts) == 1 else len(part.people)
                    if len(load.parts) == 1 or len(kinds) == 1:
                        need[part.site, kind] = need.get((part.site, kind), 0) + people
        return need

    def _vehicle(self, number: int) -> None:
        model, shuttle = self.model, self.problem.shuttles[number]
        most = 2 * len(self.problem.loads)
        arcs = {
            (origin, end): model.new_int_var(0, most, "")
            for origin in self.places
            for end in self.places
            if origin != end and _way_s(self.ways, shuttle.speed_percent, origin, end) < LARGE
        }
        starts = {
            site: model.new_bool_var("")
            for site in self.pickups
            if _way_s(self.ways, shuttle.speed_percent, shuttle.site, site) < LARGE
        }
        stays = {site: model.new_bool_var("") for site in self.ends}
        used = model.new_bool_var("")
        model.add(sum(starts.values()) == used)
        model.add(sum(stays.values()) == used)
        for site in self.places:
            entering = [arc for (_, end), arc in arcs.items() if end == site] + [starts.get(site, 0)]
            leaving = [arc for (origin, _), arc in arcs.items() if origin == site] + [stays.get(site, 0)]
            model.add(sum(entering) == sum(leaving))
            self.visits[number, site] = sum(entering)
            model.add(sum(entering) <= most * used)
        self._people(number, sum(arc for (a, b), arc in arcs.items() if a in self.pickups and b in self.ends))
        driving = sum(_way_s(self.ways, shuttle.speed_percent, a, b) * arc for (a, b), arc in arcs.items())
        driving += sum(_way_s(self.ways, shuttle.speed_percent, shuttle.site, s) * x for s, x in starts.items())
        services = sum(self._service(number, site) for site in self.places)
        model.add(shuttle.available_s * used + driving + services <= self.makespan)

    def _service(self, number: int, site: SiteId) -> cp_model.LinearExprT:
        """Seconds of service of a vehicle at a site."""
        seconds = self.problem.limits.setup_s * self.visits[number, site]
        for kind in KINDS:
            if (number, site, kind) in self.taken:
                seconds += self.board_s[kind] * self.taken[number, site, kind]
            if (number, site, kind) in self.given:
                seconds += self.alight_s[kind] * self.given[number, site, kind]
        return seconds

    def _people(self, number: int, crossings: cp_model.LinearExprT) -> None:
        model, shuttle = self.model, self.problem.shuttles[number]
        for kind in KINDS:
            places = shuttle.places[kind]
            total = sum(people for (_, of), people in self.need.items() if of == kind)
            if not total or not places:
                continue
            for site in self.pickups:
                people = self.need.get((site, kind), 0)
                if people:
                    self.taken[number, site, kind] = model.new_int_var(0, people, "")
                    model.add(self.taken[number, site, kind] <= places * self.visits[number, site])
            for end in self.ends:
                self.given[number, end, kind] = model.new_int_var(0, total, "")
                model.add(self.given[number, end, kind] <= places * self.visits[number, end])
            taken = sum(x for (n, _, k), x in self.taken.items() if n == number and k == kind)
            given = sum(x for (n, _, k), x in self.given.items() if n == number and k == kind)
            model.add(given == taken)
            model.add(taken <= places * crossings)

    def _demand(self) -> None:
        for (site, kind), people in self.need.items():
            self.model.add(sum(x for (_, s, k), x in self.taken.items() if s == site and k == kind) == people)
        for end, room in self.problem.room.items():
            if end in self.ends:
                self.model.add(sum(x for (_, s, _), x in self.given.items() if s == end) <= room)

    def _bays(self) -> None:
        """Services at a site fit into its bays between the first arrival and what is left for the way to an end."""
        shuttles = range(len(self.problem.shuttles))
        setup_s = self.problem.limits.setup_s
        for site in self.places:
            bays = self.problem.bays.get(site, 0)
            if not bays:
                continue
            reached_s = min(self._reached_s(number, site) for number in shuttles)
            tail_s = 0
            if site not in self.ends:
                speeds = {shuttle.speed_percent for shuttle in self.problem.shuttles}
                tail_s = setup_s + min(_way_s(self.ways, s, site, end) for s in speeds for end in self.ends)
            work = sum(self._service(number, site) for number in shuttles)
            if reached_s < LARGE and tail_s < LARGE:
                self.model.add(work <= bays * (self.makespan - reached_s - tail_s))

    def _reached_s(self, number: int, site: SiteId) -> int:
        """The first instant a service of this vehicle can begin at a site."""
        shuttle = self.problem.shuttles[number]
        speed = shuttle.speed_percent

        def way_s(*sites: SiteId) -> int:
            return sum(_way_s(self.ways, speed, a, b) for a, b in pairwise((shuttle.site, *sites)))

        setup_s = self.problem.limits.setup_s
        ways = [way_s(pickup, site) + (setup_s if pickup != site else 0) for pickup in self.pickups]
        at_s = shuttle.available_s + min(way_s(site) if site in self.pickups else LARGE, *ways)
        return min(max(at_s, min((w.from_s for w in self.problem.opens.get(site, ())), default=0)), LARGE)

    def _alike(self) -> None:
        """Vehicles that are alike take people in order: no solution is lost, for they can be renamed."""
        shuttles = self.problem.shuttles
        for one in range(len(shuttles)):
            for other in range(one + 1, len(shuttles)):
                a, b = shuttles[one], shuttles[other]
                if (a.site, a.available_s, a.speed_percent, a.places) == (b.site, b.available_s, b.speed_percent, b.places):
                    first = sum(x for (n, _, _), x in self.taken.items() if n == one)
                    second = sum(x for (n, _, _), x in self.taken.items() if n == other)
                    self.model.add(first >= second)
                    break
