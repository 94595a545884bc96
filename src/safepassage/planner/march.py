"""The convoy's march: which route, where it rests, refuels, halts and waits, so that it arrives as early as can be."""

from __future__ import annotations

import heapq

import msgspec
from msgspec import Struct

from safepassage.model.clauses import Cap
from safepassage.model.fleet import Convoy
from safepassage.model.ids import LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Work
from safepassage.model.time import Window, intersection
from safepassage.model.travel import Pace, Route, Travel

MAX_LABELS = 200_000


class MarchStop(Struct, frozen=True, kw_only=True):
    """A stop of the whole convoy, timed for its head: each vehicle works `work_s`.

    `held` when it leaves later than it could, on purpose; `slow` when the drive to here is made at night's pace.
    """

    site: SiteId
    route: tuple[LinkId, ...]
    arrive_s: int
    depart_s: int
    work: tuple[Work, ...] = ()
    work_s: int = 0
    held: bool = False
    slow: bool = False


class March(Struct, frozen=True, kw_only=True):
    """When the head leaves the assembly site, and its stops after that; the last is the destination."""

    depart_s: int
    stops: tuple[MarchStop, ...]

    @property
    def arrive_s(self) -> int:
        """When the head arrives at the destination."""
        return self.stops[-1].arrive_s


class Vehicles(Struct, frozen=True, kw_only=True):
    """What the convoy as a whole must keep to.

    Its pace, the people in each vehicle, the tightest of its vehicles' hours and tanks.
    """

    people: tuple[int, ...]
    pace: Pace
    spacing_s: int
    drive_before_rest_s: int
    drive_left_s: int
    drive_since_rest_s: int
    range_m: int
    since_fuel_m: int


class _Label(Struct, frozen=True, kw_only=True):
    """A way to be at a site.

    When the head is ready to leave it, and what was driven since the last rest and refuelling.
    """

    ready_s: int
    site: SiteId
    halts: int
    drive_s: int
    total_s: int
    fuel_m: int
    depart_s: int
    stops: tuple[MarchStop, ...] = ()


def march(
    operation: Operation, travel: Travel, convoy: Convoy, vehicles: Vehicles, depart_s: int, *, relaxed: bool = False
) -> March | None:
    """Find the earliest arrival of the head that leaves at `depart_s` or after; None when the convoy cannot get there.

    Exact over all sequences of stops at which the convoy rests, refuels, makes its set halts or, where some road is
    open at times only or it gets dark, waits: label setting with dominance on time, driving since the last rest,
    driving in all and distance since the last refuelling. Waiting is allowed at stops, so leaving later never arrives
    earlier.

    Parameters
    ----------
    operation, travel, convoy
        What is asked for, the routes, whose march.
    vehicles
        Limits of the convoy as a whole.
    depart_s
        From when the head may leave.
    relaxed
        For a lower bound: roads are driven as if open whenever they are open at all, nobody waits for a pump, caps do
        not count.

    References
    ----------
    Irnich and Desaulniers (2005), shortest path problems with resource constraints.
    """
    return _Finder(operation, travel, convoy, vehicles, relaxed=relaxed).search(depart_s)


class _Finder:
    def __init__(
        self, operation: Operation, travel: Travel, convoy: Convoy, vehicles: Vehicles, *, relaxed: bool
    ) -> None:
        self.operation, self.travel, self.convoy, self.vehicles = operation, travel, convoy, vehicles
        self.relaxed = relaxed
        self.sites = {site.id: site for site in operation.sites}
        self.caps = [] if relaxed else [clause for clause in operation.clauses if isinstance(clause, Cap)]
        halting = {halt.site for halt in convoy.halts}
        self.waits = not relaxed and (travel.night is not None or any(travel.open.values()))
        self.stops = [
            site.id
            for site in operation.sites
            if site.id not in {convoy.assembly, convoy.destination}
            and (site.rest or site.fuel or site.id in halting or (self.waits and site.kind != "junction"))
        ]

    def search(self, depart_s: int) -> March | None:
        """Settle labels in the order of time until the destination is reached."""
        first = _Label(
            ready_s=depart_s,
            site=self.convoy.assembly,
            halts=0,
            drive_s=self.vehicles.drive_since_rest_s,
            total_s=0,
            fuel_m=self.vehicles.since_fuel_m,
            depart_s=depart_s,
        )
        queue: list[tuple[int, int, _Label]] = [(depart_s, 0, first)]
        settled: dict[tuple[SiteId, int], list[_Label]] = {}
        made = 0
        while queue and made < MAX_LABELS:
            _, _, label = heapq.heappop(queue)
            if label.site == self.convoy.destination:
                return March(depart_s=label.depart_s, stops=label.stops)
            known = settled.setdefault((label.site, label.halts), [])
            if any(_dominates(other, label) for other in known):
                continue
            known.append(label)
            for follow in self._onwards(label):
                made += 1
                heapq.heappush(queue, (follow.ready_s, made, follow))
        return None

    def _onwards(self, label: _Label) -> list[_Label]:
        follows = []
        goals = [self.convoy.destination] if label.halts == len(self.convoy.halts) else []
        for goal in [*goals, *self.stops]:
            if goal == label.site:
                continue
            for route in self.travel.routes.get((self.vehicles.pace, label.site, goal), ()):
                left = self._left(label, route)
                if left is not None:
                    follows += self._reached(left, goal, route)
        return follows

    def _left(self, label: _Label, route: Route) -> _Label | None:
        """Leave a site by a route.

        The label then tells the departure, and what has been driven at the end of the route.
        """
        vehicles = self.vehicles
        depart_s = self._departure(route, label.ready_s)
        drive_s, total_s = label.drive_s + route.travel_s, label.total_s + route.travel_s
        fuel_m = label.fuel_m + route.length_m
        if (
            depart_s is None
            or drive_s > vehicles.drive_before_rest_s
            or total_s > vehicles.drive_left_s
            or (vehicles.range_m and fuel_m > vehicles.range_m)
        ):
            return None
        driven = msgspec.structs.replace(label, ready_s=depart_s, drive_s=drive_s, total_s=total_s, fuel_m=fuel_m)
        if not label.stops:
            return msgspec.structs.replace(driven, depart_s=depart_s)
        return self._stayed(driven, depart_s)

    def _stayed(self, label: _Label, depart_s: int) -> _Label | None:
        """Set the departure from the last stop; where that is too long a stay, arrive there later."""
        last = label.stops[-1]
        stay_s = self._longest_stay_s(last.site)
        stops = (*label.stops[:-1], msgspec.structs.replace(last, depart_s=depart_s))
        stayed = msgspec.structs.replace(label, stops=stops)
        if depart_s - last.arrive_s <= stay_s:
            return stayed if self._crowd(last.site, depart_s - last.arrive_s) else None
        return self._later(stayed, len(stops) - 1, depart_s - stay_s)

    def _later(self, label: _Label, position: int, arrive_s: int) -> _Label | None:
        """Let the convoy arrive at a stop later, by leaving the one before later.

        None when that breaks something else.
        """
        stops = list(label.stops)
        stop = stops[position]
        origin = stops[position - 1].site if position else self.convoy.assembly
        routes = self.travel.routes.get((self.vehicles.pace, origin, stop.site), ())
        route = next(route for route in routes if (route.links, route.slow) == (stop.route, stop.slow))
        depart_s = self._departure(route, arrive_s - route.travel_s)
        if depart_s is None or depart_s + route.travel_s + self._stop_s(stop) > stop.depart_s:
            return None
        stops[position] = msgspec.structs.replace(stop, arrive_s=depart_s + route.travel_s)
        if not position:
            return msgspec.structs.replace(label, depart_s=depart_s, stops=tuple(stops))
        before = stops[position - 1]
        stops[position - 1] = msgspec.structs.replace(before, depart_s=depart_s, held=True)
        if depart_s - before.arrive_s > self._longest_stay_s(before.site):
            return None
        return msgspec.structs.replace(label, stops=tuple(stops))

    def _own_s(self, work: tuple[Work, ...], made: int) -> int:
        """Seconds one vehicle works at a stop after so many halts."""
        limits = self.operation.limits
        seconds = self.convoy.halts[made].duration_s if "halt" in work else 0
        return seconds + limits.rest_s * ("rest" in work) + limits.refuel_s * ("refuel" in work)

    def _reached(self, label: _Label, goal: SiteId, route: Route) -> list[_Label]:
        """Arrive, and do each useful thing there is to do: the set halt, a rest, a refuelling, both, or only wait."""
        arrive_s = label.ready_s + route.travel_s
        stop = MarchStop(site=goal, route=route.links, arrive_s=arrive_s, depart_s=arrive_s, slow=route.slow)
        if goal == self.convoy.destination:
            return [msgspec.structs.replace(label, ready_s=arrive_s, site=goal, stops=(*label.stops, stop))]
        labels = []
        for works in self._choices(goal, label.halts):
            done = msgspec.structs.replace(stop, work=works, work_s=self._own_s(works, label.halts))
            last_s = self._stop_s(done)
            done = msgspec.structs.replace(done, depart_s=arrive_s + last_s)
            if last_s > self._longest_stay_s(goal) or not self._crowd(goal, last_s):
                continue
            labels.append(
                _Label(
                    ready_s=done.depart_s,
                    site=goal,
                    halts=label.halts + ("halt" in works),
                    drive_s=0 if "rest" in works else label.drive_s,
                    total_s=label.total_s,
                    fuel_m=0 if "refuel" in works else label.fuel_m,
                    depart_s=label.depart_s,
                    stops=(*label.stops, done),
                )
            )
        return labels

    def _choices(self, goal: SiteId, made: int) -> list[tuple[Work, ...]]:
        site, halts = self.sites[goal], self.convoy.halts
        halting: tuple[Work, ...] = ("halt",) if made < len(halts) and halts[made].site == goal else ()
        rests: list[tuple[Work, ...]] = [(), ("rest",)] if site.rest else [()]
        fuels: list[tuple[Work, ...]] = [(), ("refuel",)] if site.fuel else [()]
        works = [halting + rest + fuel for rest in rests for fuel in fuels]
        return [work for work in works if work or self.waits]

    def _stop_s(self, stop: MarchStop) -> int:
        """Seconds from the head's arrival until it may leave so that each vehicle, in its place, has done the work."""
        bays, work_s = self.sites[stop.site].bays, stop.work_s
        if not bays or self.relaxed or "refuel" not in stop.work:
            return work_s
        free = [0] * bays
        leave_s = 0
        for position in range(len(self.vehicles.people)):
            bay = min(range(bays), key=free.__getitem__)
            end_s = max(position * self.vehicles.spacing_s, free[bay]) + work_s
            free[bay] = end_s
            leave_s = max(leave_s, end_s - position * self.vehicles.spacing_s)
        return leave_s

    def _longest_stay_s(self, site: SiteId) -> int:
        return min((c.max_dwell_s for c in self.caps if c.site == site and c.max_dwell_s), default=2**40)

    def _crowd(self, site: SiteId, stay_s: int) -> bool:
        """Tell whether a stay keeps the caps: who has come and not yet left, whenever a vehicle comes."""
        most = min((c.max_people for c in self.caps if c.site == site and c.max_people), default=0)
        people, spacing_s = self.vehicles.people, self.vehicles.spacing_s
        return not most or all(
            sum(n for j, n in enumerate(people[: k + 1]) if (k - j) * spacing_s < stay_s) <= most
            for k in range(len(people))
        )

    def _departure(self, route: Route, at_s: int) -> int | None:
        """Return the first departure of the head with which every vehicle finds the route open."""
        if not route.departures or self.relaxed:
            return at_s
        allowed = route.departures
        for position in range(1, len(self.vehicles.people)):
            later_s = position * self.vehicles.spacing_s
            moved = (Window(from_s=w.from_s - later_s, until_s=w.until_s - later_s) for w in route.departures)
            allowed = intersection(allowed, tuple(moved))
        return min((max(at_s, w.from_s) for w in allowed if at_s <= w.until_s), default=None)


def _dominates(one: _Label, other: _Label) -> bool:
    return (
        one.ready_s <= other.ready_s
        and one.drive_s <= other.drive_s
        and one.total_s <= other.total_s
        and one.fuel_m <= other.fuel_m
    )
