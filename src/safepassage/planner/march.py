"""The convoy's march: which route, where it rests, refuels and halts, so that it arrives as early as can be."""

from __future__ import annotations

import heapq

from msgspec import Struct

from safepassage.model.clauses import Cap
from safepassage.model.fleet import Convoy
from safepassage.model.ids import LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Work
from safepassage.model.time import Window
from safepassage.model.travel import Route, Travel

MAX_LABELS = 200_000


class MarchStop(Struct, frozen=True, kw_only=True):
    """A stop of the whole convoy, timed for its head."""

    site: SiteId
    route: tuple[LinkId, ...]
    arrive_s: int
    depart_s: int
    work: tuple[Work, ...]


class Vehicles(Struct, frozen=True, kw_only=True):
    """What the convoy as a whole must keep to: its size, pace and the tightest of its vehicles' hours and tanks."""

    count: int
    people: int
    speed_percent: int
    spacing_s: int
    drive_before_rest_s: int
    drive_left_s: int
    drive_since_rest_s: int
    range_m: int
    since_fuel_m: int


class _Label(Struct, frozen=True):
    """A way to be at a site: when the head is ready to leave it, and what was driven since the last rest and refuelling."""

    at_s: int
    site: SiteId
    halts: int
    drive_s: int
    total_s: int
    fuel_m: int
    stops: tuple[MarchStop, ...]


def march(
    operation: Operation, travel: Travel, convoy: Convoy, vehicles: Vehicles, depart_s: int
) -> tuple[MarchStop, ...] | None:
    """Find the earliest arrival of the head that leaves at `depart_s` or after; None when the convoy cannot get there.

    Exact over all sequences of stops at which the convoy rests, refuels or makes its set halts: label setting with
    dominance on time, driving since the last rest, driving in all and distance since the last refuelling. Waiting is allowed at
    stops, so leaving later never arrives earlier.

    References
    ----------
    Irnich and Desaulniers (2005), shortest path problems with resource constraints.
    """
    finder = _March(operation, travel, convoy, vehicles)
    return finder.search(depart_s)


class _March:
    def __init__(self, operation: Operation, travel: Travel, convoy: Convoy, vehicles: Vehicles) -> None:
        self.operation, self.travel, self.convoy, self.vehicles = operation, travel, convoy, vehicles
        self.sites = {site.id: site for site in operation.sites}
        self.halts = convoy.halts
        self.tail_s = (vehicles.count - 1) * vehicles.spacing_s
        self.caps = {clause.site: clause for clause in operation.clauses if isinstance(clause, Cap)}
        self.stops = [
            site.id
            for site in operation.sites
            if site.id not in {convoy.assembly, convoy.destination}
            and (site.rest or site.fuel or any(halt.site == site.id for halt in convoy.halts))
        ]

    def search(self, depart_s: int) -> tuple[MarchStop, ...] | None:
        vehicles = self.vehicles
        first = _Label(
            depart_s, self.convoy.assembly, 0, vehicles.drive_since_rest_s, 0, vehicles.since_fuel_m, ()
        )
        queue: list[tuple[int, int, _Label]] = [(depart_s, 0, first)]
        settled: dict[tuple[SiteId, int], list[_Label]] = {}
        made = 0
        while queue and made < MAX_LABELS:
            _, _, label = heapq.heappop(queue)
            if label.site == self.convoy.destination:
                return label.stops
            known = settled.setdefault((label.site, label.halts), [])
            if any(_dominates(other, label) for other in known):
                continue
            known.append(label)
            for follow in self._onwards(label):
                made += 1
                heapq.heappush(queue, (follow.at_s, made, follow))
        return None

    def _onwards(self, label: _Label) -> list[_Label]:
        follows = []
        goals = [self.convoy.destination] if label.halts == len(self.halts) else []
        for goal in [*goals, *self.stops]:
            if goal == label.site:
                continue
            for route in self.travel.routes.get((self.vehicles.speed_percent, label.site, goal), ()):
                follows += self._drive(label, goal, route)
        return follows

    def _drive(self, label: _Label, goal: SiteId, route: Route) -> list[_Label]:
        vehicles = self.vehicles
        depart_s = self._departure(route, label.at_s)
        drive_s, fuel_m = label.drive_s + route.travel_s, label.fuel_m + route.length_m
        total_s = label.total_s + route.travel_s
        if (
            depart_s is None
            or drive_s > vehicles.drive_before_rest_s
            or total_s > vehicles.drive_left_s
            or (vehicles.range_m and fuel_m > vehicles.range_m)
        ):
            return []
        stops = label.stops
        if stops:
            last = stops[-1]
            stops = (
                *stops[:-1],
                MarchStop(
                    site=last.site, route=last.route, arrive_s=last.arrive_s, depart_s=depart_s, work=last.work
                ),
            )
        arrive_s = depart_s + route.travel_s
        if goal == self.convoy.destination:
            stop = MarchStop(site=goal, route=route.links, arrive_s=arrive_s, depart_s=arrive_s, work=())
            return [_Label(arrive_s, goal, label.halts, drive_s, total_s, fuel_m, (*stops, stop))]
        return self._stop(label, (goal, route, arrive_s), (drive_s, total_s, fuel_m), stops)

    def _stop(
        self,
        label: _Label,
        leg: tuple[SiteId, Route, int],
        driven: tuple[int, int, int],
        stops: tuple[MarchStop, ...],
    ) -> list[_Label]:
        """Every useful thing to do at a stop: its set halt, a rest, a refuelling, or both."""
        goal, route, arrive_s = leg
        drive_s, total_s, fuel_m = driven
        limits, site = self.operation.limits, self.sites[goal]
        halt = self.halts[label.halts] if label.halts < len(self.halts) else None
        made: tuple[Work, ...] = ("halt",) if halt and halt.site == goal else ()
        halt_s = halt.duration_s if halt and made else 0
        choices: list[tuple[tuple[Work, ...], int]] = [(made, halt_s)] if made else []
        if site.rest:
            choices.append(((*made, "rest"), halt_s + limits.rest_s))
        if site.fuel:
            choices.append(((*made, "refuel"), halt_s + limits.refuel_s))
        if site.rest and site.fuel:
            choices.append(((*made, "rest", "refuel"), halt_s + limits.rest_s + limits.refuel_s))
        labels = []
        for work, work_s in choices:
            last_s = self._served(site.bays if "refuel" in work else 0, work_s)
            ready_s = arrive_s + last_s
            if not self._capped(goal, last_s):
                continue
            stop = MarchStop(site=goal, route=route.links, arrive_s=arrive_s, depart_s=ready_s, work=work)
            labels.append(
                _Label(
                    ready_s,
                    goal,
                    label.halts + bool(made),
                    0 if "rest" in work else drive_s,
                    total_s,
                    0 if "refuel" in work else fuel_m,
                    (*stops, stop),
                )
            )
        return labels

    def _served(self, bays: int, work_s: int) -> int:
        """Seconds from the head's arrival until the head may leave so that each vehicle, in its place, has done the work."""
        if not bays:
            return work_s
        free = [0] * bays
        leave_s = 0
        for position in range(self.vehicles.count):
            bay = min(range(bays), key=free.__getitem__)
            end_s = max(position * self.vehicles.spacing_s, free[bay]) + work_s
            free[bay] = end_s
            leave_s = max(leave_s, end_s - position * self.vehicles.spacing_s)
        return leave_s

    def _capped(self, goal: SiteId, stay_s: int) -> bool:
        cap = self.caps.get(goal)
        if cap is None:
            return True
        crowd = not cap.max_people or self.vehicles.people <= cap.max_people
        return crowd and (not cap.max_dwell_s or stay_s <= cap.max_dwell_s)

    def _departure(self, route: Route, at_s: int) -> int | None:
        """The first departure of the head with which the tail, too, finds the route open."""
        if not route.departures:
            return at_s
        for window in _shortened(route.departures, self.tail_s):
            if at_s <= window.until_s:
                return max(at_s, window.from_s)
        return None


def _shortened(windows: tuple[Window, ...], tail_s: int) -> list[Window]:
    return [
        Window(from_s=w.from_s, until_s=w.until_s - tail_s) for w in windows if w.until_s - tail_s >= w.from_s
    ]


def _dominates(one: _Label, other: _Label) -> bool:
    return (
        one.at_s <= other.at_s
        and one.drive_s <= other.drive_s
        and one.total_s <= other.total_s
        and one.fuel_m <= other.fuel_m
    )
