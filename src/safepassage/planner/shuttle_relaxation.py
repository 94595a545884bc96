"""The vehicles' work and flow as a model for CP-SAT: a relaxation of the shuttle problem.

Why its optimum (and the solver's bound, when it is stopped early) is a bound for every plan in which each person rides
one shuttle, whatever its stops, detours, waits and empty drives:

- A vehicle's stops with boarding or alighting, in the order of time, are a walk over pickups and ends. Between two of
  them it drives at least the shortest time over links that are ever open, whatever it visits in between. The walk gives
  `arcs`, `starts` and `stays`; a stop at the site of the stop before is no new arc, and its setting up is not counted.
- At a visit it takes and gives at most its places, and everybody whom it takes crosses from a pickup to an end on an
  arc, with at most its places aboard. A trip that unloads at two ends, or comes back to a pickup, is such a walk too.
- Bundles of more than half the places cross one at a time.
- A vehicle is free from `available_s`; its drives and services, one after the other, end by the makespan. Services at a
  site fit side by side into its bays between the first arrival possible and the last instant useful.
- Leaving out loads, and vehicles that can take none of those that are kept, keeps a solution: the bound of a part of
  the loads is one of all.

Dropped are the order of runs (and that the drives hang together), closures, and who is kept apart; households where
people are counted one by one.
"""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct
from ortools.sat.python import cp_model

from safepassage.model.ids import SiteId
from safepassage.planner.demand import Sizes
from safepassage.planner.shuttle_ways import Ways
from safepassage.planner.shuttles import Load, ShuttleProblem

total = cp_model.LinearExpr.sum

LARGE = 10_000_000
KINDS = (0, 1, 2)
MAX_TYPES = 24
"""With more sorts of bundles than this, people are counted one by one."""


class Sort(Struct, frozen=True, order=True):
    """Bundles (or single people) that are alike: where they wait, how many, where they go, boarding and alighting."""

    site: SiteId
    sizes: Sizes
    ends: tuple[SiteId, ...]
    board_s: int
    alight_s: int


Group = tuple[Sizes, tuple[SiteId, ...], int]


def way_s(ways: Ways, pace: int, *sites: SiteId) -> int:
    """Seconds along the sites; at least LARGE where there is no way."""
    return sum(0 if a == b else ways.get((pace, a, b), LARGE) for a, b in pairwise(sites))


def sorts(problem: ShuttleProblem) -> dict[Sort, int]:
    """Count bundles by sort; people one by one where there would be too many sorts.

    A bundle that waits at several sites counts there one by one, if all are of one mobility; leaving others out is
    safe. So is leaving out who is at an end already.
    """
    whole: dict[Sort, int] = {}
    single: dict[Sort, int] = {}
    for load in problem.loads:
        if any(part.site in load.ends for part in load.parts):
            continue
        if len(load.parts) == 1:
            part = load.parts[0]
            sort = Sort(part.site, load.sizes, load.ends, part.board_s, load.alight_s)
            whole[sort] = whole.get(sort, 0) + 1
        ones = _one_by_one(problem, load)
        for sort, people in ones.items():
            single[sort] = single.get(sort, 0) + people
            if len(load.parts) > 1:
                whole[sort] = whole.get(sort, 0) + people
    return whole if len(whole) <= MAX_TYPES else single


def _one_by_one(problem: ShuttleProblem, load: Load) -> dict[Sort, int]:
    limits = problem.limits
    board_s = (limits.board_walking_s, limits.board_wheelchair_s, limits.board_stretcher_s)
    alight_s = (limits.alight_walking_s, limits.alight_wheelchair_s, limits.alight_stretcher_s)
    kinds = [kind for kind in KINDS if load.sizes[kind]]
    found: dict[Sort, int] = {}
    for part in load.parts:
        for kind in kinds:
            people = load.sizes[kind] if len(load.parts) == 1 else len(part.people)
            if len(load.parts) == 1 or len(kinds) == 1:
                sizes = (int(kind == 0), int(kind == 1), int(kind == 2))
                found[Sort(part.site, sizes, load.ends, board_s[kind], alight_s[kind])] = people
    return found


class Relaxation:
    """The model, minimising `makespan` between two limits."""

    def __init__(self, problem: ShuttleProblem, least_s: int, most_s: int) -> None:
        self.problem, self.model, self.ways = problem, cp_model.CpModel(), problem.least_s
        self.need = sorts(problem)
        self.sorts = sorted(self.need)
        self.groups: dict[Group, list[Sort]] = {}
        for sort in self.sorts:
            self.groups.setdefault((sort.sizes, sort.ends, sort.alight_s), []).append(sort)
        self.pickups = sorted({sort.site for sort in self.sorts})
        self.ends = sorted({end for sort in self.sorts for end in sort.ends})
        self.places = sorted({*self.pickups, *self.ends})
        self.least_s, self.most_s = least_s, max(least_s, most_s)
        self.makespan = self.model.new_int_var(self.least_s, self.most_s, "makespan")
        self.taken: dict[tuple[int, Sort], cp_model.IntVar] = {}
        self.given: dict[tuple[int, SiteId, Group], cp_model.IntVar] = {}
        self.visits: dict[tuple[int, SiteId], cp_model.LinearExprT] = {}
        for number in range(len(problem.shuttles)):
            self._vehicle(number)
        self._demand()
        self._bays()
        self._alike()
        self.model.minimize(self.makespan)

    def _vehicle(self, number: int) -> None:
        model, shuttle = self.model, self.problem.shuttles[number]
        pace = shuttle.pace
        most = 2 * len(self.problem.loads)
        arcs = {
            (origin, end): model.new_int_var(0, most, "")
            for origin in self.places
            for end in self.places
            if origin != end and way_s(self.ways, pace, origin, end) < LARGE
        }
        starts = {s: model.new_bool_var("") for s in self.pickups if way_s(self.ways, pace, shuttle.site, s) < LARGE}
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
        driving = [way_s(self.ways, pace, a, b) * arc for (a, b), arc in arcs.items()]
        driving += [way_s(self.ways, pace, shuttle.site, site) * x for site, x in starts.items()]
        services = [self._service(number, site) for site in self.places]
        model.add(total([shuttle.available_s * used, *driving, *services]) <= self.makespan)

    def _service(self, number: int, site: SiteId) -> cp_model.LinearExprT:
        """Seconds of service of a vehicle at a site."""
        setup = self.problem.limits.setup_s * self.visits[number, site]
        boarding = [s.board_s * x for (n, s), x in self.taken.items() if n == number and s.site == site]
        alighting = [group[2] * x for (n, end, group), x in self.given.items() if n == number and end == site]
        return total([setup, *boarding, *alighting])

    def _people(self, number: int, crossings: cp_model.LinearExprT) -> None:
        model, places = self.model, self.problem.shuttles[number].places
        for group, alike in self.groups.items():
            if any(size > have for size, have in zip(group[0], places, strict=True)):
                continue
            total = sum(self.need[sort] for sort in alike)
            for sort in alike:
                self.taken[number, sort] = model.new_int_var(0, self.need[sort], "")
            for end in group[1]:
                self.given[number, end, group] = model.new_int_var(0, total, "")
            model.add(
                sum(self.given[number, end, group] for end in group[1])
                == sum(self.taken[number, sort] for sort in alike)
            )
        mine = {sort: x for (n, sort), x in self.taken.items() if n == number}
        handed = {(end, group): x for (n, end, group), x in self.given.items() if n == number}
        for kind in KINDS:
            have = places[kind]
            for site in self.pickups:
                here = sum(sort.sizes[kind] * x for sort, x in mine.items() if sort.site == site)
                model.add(here <= have * self.visits[number, site])
            for end in self.ends:
                there = sum(group[0][kind] * x for (to, group), x in handed.items() if to == end)
                model.add(there <= have * self.visits[number, end])
            model.add(sum(sort.sizes[kind] * x for sort, x in mine.items()) <= have * crossings)
            model.add(sum(x for sort, x in mine.items() if 2 * sort.sizes[kind] > have) <= crossings)

    def _demand(self) -> None:
        for sort, count in self.need.items():
            self.model.add(sum(x for (_, of), x in self.taken.items() if of == sort) == count)
        for end, room in self.problem.room.items():
            arriving = [sum(group[0]) * x for (_, to, group), x in self.given.items() if to == end]
            self.model.add(sum(arriving) <= room)

    def _bays(self) -> None:
        """Services at a site fit into its bays between the first arrival and what is left for the way to an end."""
        vehicles = range(len(self.problem.shuttles))
        for site in self.places:
            bays = self.problem.bays.get(site, 0)
            reached_s = min(self._reached_s(number, site) for number in vehicles)
            tail_s = 0
            if site not in self.ends:
                paces = {shuttle.pace for shuttle in self.problem.shuttles}
                tail_s = min(way_s(self.ways, pace, site, end) for pace in paces for end in self.ends)
                tail_s += self.problem.limits.setup_s
            if bays and reached_s < LARGE and tail_s < LARGE:
                work = total([self._service(number, site) for number in vehicles])
                self.model.add(work <= bays * self._span(site, reached_s + tail_s))

    def _span(self, site: SiteId, lost_s: int) -> cp_model.LinearExprT:
        """Seconds of the makespan in which a site can be used; an end that opens after everything may go unused."""
        if site in self.pickups or lost_s <= self.least_s:
            return self.makespan - lost_s
        span = self.model.new_int_var(0, self.most_s, "")
        self.model.add_max_equality(span, [self.makespan - lost_s, 0])
        return span

    def _reached_s(self, number: int, site: SiteId) -> int:
        """Return the first instant at which a service of this vehicle can begin at a site."""
        shuttle, setup_s = self.problem.shuttles[number], self.problem.limits.setup_s
        pace = shuttle.pace
        ways = [
            way_s(self.ways, pace, shuttle.site, pickup, site) + (setup_s if pickup != site else 0)
            for pickup in self.pickups
        ]
        opens_s = min((window.from_s for window in self.problem.opens.get(site, ())), default=0)
        return min(max(shuttle.available_s + min(ways), opens_s), LARGE)

    def _alike(self) -> None:
        """Vehicles that are alike take bundles in order: no solution is lost, for they can be renamed."""
        seen: dict[tuple[SiteId, int, int, Sizes], int] = {}
        for number, shuttle in enumerate(self.problem.shuttles):
            key = (shuttle.site, shuttle.available_s, shuttle.pace, shuttle.places)
            before = seen.get(key)
            if before is not None:
                first, second = (sum(x for (n, _), x in self.taken.items() if n == one) for one in (before, number))
                self.model.add(first >= second)
            seen[key] = number
