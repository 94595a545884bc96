"""Build the network of a plan: its sequences become arcs, its services and drives activities.

The order in which bays and treatment places are used is the order of the plan's times; evaluating the network then gives the
earliest times for these sequences.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import msgspec

from safepassage.model.clauses import REFERRALS_CLOSED, START, Milestone, Precedence, TimeWindow, departed, joined, left
from safepassage.model.errors import InternalError
from safepassage.model.ids import ConvoyId, MilestoneId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import Plan, Stop, Trip
from safepassage.model.time import Window
from safepassage.model.travel import Route, Travel
from safepassage.timetable.network import Activity, Arc, Network


def build(operation: Operation, travel: Travel, plan: Plan) -> Network:
    """Make the network of a plan's sequences.

    Raises
    ------
    InternalError
        When the plan's sequences wait for each other in a circle, or a stop's route is not one that `travel` knows.
    """
    return _Builder(operation, travel, plan).network()


class _Node(msgspec.Struct, kw_only=True):
    """An activity under construction: arcs by key, put in order at the end."""

    activity: Activity
    arcs: list[tuple[str, int, str]]


class _Builder:
    def __init__(self, operation: Operation, travel: Travel, plan: Plan) -> None:
        self.operation, self.travel, self.plan = operation, travel, plan
        self.people = {person.id: person for person in operation.people}
        self.sites = {site.id: site for site in operation.sites}
        self.vehicles = {vehicle.id: vehicle for vehicle in operation.vehicles}
        self.convoys = {convoy.id: convoy for convoy in operation.convoys}
        self.boarding: dict[tuple[str, int], list[Person]] = {}
        self.alighting: dict[tuple[str, int], list[Person]] = {}
        self.delivered: dict[str, list[tuple[str, int]]] = {}
        self.nodes: dict[str, _Node] = {}
        trips = {trip.id: trip for trip in plan.trips}
        for manifest in plan.manifests:
            for ride in manifest.rides:
                person = self.people[ride.person]
                self.boarding.setdefault((manifest.trip, ride.board), []).append(person)
                self.alighting.setdefault((manifest.trip, ride.alight), []).append(person)
        for trip in plan.trips:
            for position in range(len(trip.stops)):
                for person in self.alighting.get((trip.id, position), ()):
                    self.delivered.setdefault(person.id, []).append((trip.id, position))
        for stops in self.delivered.values():
            stops.sort(key=lambda at: trips[at[0]].stops[at[1]].start_s)
        self.trips = trips

    def network(self) -> Network:
        self._add("start", Activity(kind="start", subject="start", site=SiteId(""), duration_s=0))
        self._milestones()
        self._vehicles()
        self._treatments()
        self._bays()
        self._convoys()
        self._clauses()
        return self._ordered()

    def _add(self, key: str, activity: Activity, *arcs: tuple[str, int, str]) -> None:
        self.nodes[key] = _Node(activity=activity, arcs=[arc for arc in arcs if arc[0]])

    def _arc(self, key: str, before: str, lag_s: int, why: str) -> None:
        self.nodes[key].arcs.append((before, lag_s, why))

    def _milestones(self) -> None:
        held = {reading.milestone: reading.at_s for reading in self.plan.milestones}
        for milestone in self.operation.milestones:
            at_s = held.get(milestone.id, milestone.earliest_s + milestone.duration_s)
            self._add(_milestone(milestone.id), _fulfil(milestone, at_s - milestone.duration_s))
        for milestone in self.operation.milestones:
            for before in milestone.after:
                for key in self._reached(before):
                    self._arc(_milestone(milestone.id), key, 0, "milestone")

    def _vehicles(self) -> None:
        chains: dict[str, list[Trip]] = {}
        for trip in self.plan.trips:
            chains.setdefault(trip.vehicle, []).append(trip)
        for vehicle_id, trips in chains.items():
            vehicle = next(v for v in self.operation.vehicles if v.id == vehicle_id)
            trips.sort(key=lambda trip: trip.stops[0].start_s)
            where, before = vehicle.site, ""
            for trip in trips:
                for position, stop in enumerate(trip.stops):
                    before = self._stop(trip, position, where, before, vehicle.available_from_s)
                    where = stop.site

    def _stop(self, trip: Trip, position: int, where: SiteId, before: str, available_s: int) -> str:
        stop = trip.stops[position]
        release_s = 0 if before else available_s
        service = _service(trip.id, position)
        previous = before
        if stop.route:
            route = self._route(trip.speed_percent, where, stop)
            drive = Activity(
                kind="drive",
                subject=trip.vehicle,
                site=stop.site,
                duration_s=route.travel_s,
                release_s=release_s,
                windows=route.departures or None,
                gate=_gated(self.travel, route),
                trip=trip.id,
                stop=position,
            )
            previous = _drive(trip.id, position)
            self._add(previous, drive, (before, 0, "vehicle"))
            release_s = 0
        self._add(
            service,
            self._serve(trip, position, max(release_s, stop.not_before_s)),
            (previous, 0, "vehicle"),
        )
        for person in self.boarding.get((trip.id, position), ()):
            for key, why in self._there(person, trip, position):
                self._arc(service, key, 0, why)
        return service

    def _route(self, speed_percent: int, where: SiteId, stop: Stop) -> Route:
        for route in self.travel.routes.get((speed_percent, where, stop.site), ()):
            if route.links == stop.route:
                return route
        raise InternalError(f"no known route at {speed_percent} % from {where} to {stop.site} over {stop.route}")

    def _serve(self, trip: Trip, position: int, release_s: int) -> Activity:
        stop, limits = trip.stops[position], self.operation.limits
        on = self.boarding.get((trip.id, position), [])
        off = self.alighting.get((trip.id, position), [])
        seconds = limits.setup_s if on or off else 0
        seconds += sum(limits.board_s(person.mobility) for person in on)
        seconds += sum(limits.alight_s(person.mobility) for person in off)
        seconds += limits.refuel_s * ("refuel" in stop.work) + limits.rest_s * ("rest" in stop.work)
        if "halt" in stop.work:
            convoy = self.convoys[trip.convoy]
            seconds += next(halt.duration_s for halt in convoy.halts if halt.site == stop.site)
        served = bool(on or off or "refuel" in stop.work)
        opens = self.sites[stop.site].opens
        kinds = [kind for kind, there in (("board", on), ("alight", off)) if there] + [*stop.work, "stand"]
        return Activity(
            kind=kinds[0],  # type: ignore[arg-type]
            subject=trip.vehicle,
            site=stop.site,
            duration_s=seconds,
            release_s=release_s,
            windows=opens if served and opens else None,
            fits=True,
            gate=stop.site if served and opens else "",
            trip=trip.id,
            stop=position,
        )

    def _there(self, person: Person, trip: Trip, position: int) -> list[tuple[str, str]]:
        """Which activities bring the person to the stop where they board."""
        start_s = trip.stops[position].start_s
        arcs = []
        earlier = [
            at
            for at in self.delivered.get(person.id, ())
            if at[0] != trip.id and self.trips[at[0]].stops[at[1]].start_s <= start_s
        ]
        if earlier:
            arcs.append((_service(*earlier[-1]), "referral" if self._refers(earlier[-1]) else "joins"))
        if trip.kind == "referral" and earlier and self._refers(earlier[-1]):
            for treated in self._treated_with(person):
                arcs.append((_treat(treated), "treatment"))  # noqa: PERF401
        return arcs

    def _refers(self, at: tuple[str, int]) -> bool:
        return self.trips[at[0]].kind == "referral"

    def _treated_with(self, person: Person) -> list[str]:
        return [
            referral.person
            for referral in self.plan.referrals
            if referral.person == person.id or person.id in referral.accompanied_by
        ]

    def _treatments(self) -> None:
        places: dict[tuple[str, int], list[str]] = {}
        for referral in sorted(self.plan.referrals, key=lambda r: (r.treated_from_s, r.person)):
            arrival = next(at for at in self.delivered[referral.person] if at[0] == referral.out_trip)
            treatment = Activity(
                kind="treat",
                subject=referral.person,
                site=referral.hospital,
                duration_s=self.people[referral.person].treatment_s,
            )
            self._add(_treat(referral.person), treatment, (_service(*arrival), 0, "patient"))
            if referral.place:
                queue = places.setdefault((referral.hospital, referral.place), [])
                if queue:
                    self._arc(_treat(referral.person), _treat(queue[-1]), 0, "treatment-place")
                queue.append(referral.person)

    def _bays(self) -> None:
        queues: dict[tuple[str, int], list[tuple[int, int, str]]] = {}
        for trip in self.plan.trips:
            for position, stop in enumerate(trip.stops):
                if stop.bay:
                    entry = (stop.start_s, stop.end_s, _service(trip.id, position))
                    queues.setdefault((stop.site, stop.bay), []).append(entry)
        for queue in queues.values():
            queue.sort()
            for earlier, later in pairwise(queue):
                self._arc(later[2], earlier[2], 0, "bay")

    def _convoys(self) -> None:
        for order in self.plan.convoys:
            trips = {trip.vehicle: trip for trip in self.plan.trips if trip.convoy == order.convoy}
            first = next(iter(trips.values()))
            boarding = {vehicle: sum(not stop.route for stop in trip.stops[1:]) for vehicle, trip in trips.items()}
            for leg in range(len(first.stops) - boarding[first.vehicle] - 1):
                self._convoy_leg(order.convoy, leg, [(v, trips[v], boarding[v]) for v in order.order], order.spacing_s)

    def _convoy_leg(self, convoy: ConvoyId, leg: int, members: list[tuple[str, Trip, int]], spacing_s: int) -> None:
        """Tie the members' drives to one departure of the head, after all of them are served."""
        key = _departure(convoy, leg)
        last = (len(members) - 1) * spacing_s
        head = members[0][1]
        where = head.stops[leg + members[0][2]].site
        drive = self.nodes[_drive(head.id, leg + members[0][2] + 1)].activity
        windows = drive.windows and tuple(
            Window(from_s=w.from_s, until_s=w.until_s - last) for w in drive.windows if w.until_s - last >= w.from_s
        )
        node = Activity(
            kind="convoy-departure", subject=convoy, site=where, duration_s=0, windows=windows, gate=drive.gate
        )
        self._add(key, node)
        for position, (_, trip, boarding) in enumerate(members):
            self._arc(key, _service(trip.id, leg + boarding), -position * spacing_s, "convoy")
            self._arc(_drive(trip.id, leg + boarding + 1), key, position * spacing_s, "spacing")

    def _clauses(self) -> None:
        for clause in self.operation.clauses:
            if isinstance(clause, Precedence):
                for key in self._steered(clause.then):
                    for before in self._reached(clause.first):
                        # a milestone's instant is its end: the gap counts to there
                        lasting = self.nodes[key].activity
                        lasting_s = lasting.duration_s if lasting.kind == "milestone" else 0
                        self._arc(key, before, clause.gap_s - lasting_s, clause.id)
            elif isinstance(clause, TimeWindow):
                for key in self._steered(clause.milestone):
                    node = self.nodes[key]
                    node.activity = _narrowed(node.activity, clause)

    def _steered(self, milestone: MilestoneId) -> list[str]:
        """Activities that can be held back so that the milestone comes later."""
        if _milestone(milestone) in self.nodes:
            return [_milestone(milestone)]
        for convoy in self.operation.convoys:
            if milestone == departed(convoy.id) and _departure(convoy.id, 0) in self.nodes:
                return [_departure(convoy.id, 0)]
        for site in self.operation.sites:
            if milestone == left(site.id):
                return self._leaving(site.id)
        return []

    def _leaving(self, site: SiteId) -> list[str]:
        keys = []
        for trip in self.plan.trips:
            for position in range(len(trip.stops) - 1):
                aboard = any(person.site == site for person in self.boarding.get((trip.id, position), ()))
                follows = trip.stops[position + 1].route
                if aboard and trip.kind != "referral" and follows:
                    keys.append(_drive(trip.id, position + 1))
        return keys

    def _reached(self, milestone: MilestoneId) -> list[str]:
        """Activities at whose last end the milestone is reached."""
        if milestone == START:
            return ["start"]
        if milestone == REFERRALS_CLOSED:
            return [
                _service(*next(at for at in self.delivered[r.person] if at[0] == r.back_trip))
                for r in self.plan.referrals
            ]
        for site in self.operation.sites:
            if milestone == joined(site.id):
                return [
                    _service(*at)
                    for person in self.operation.people
                    if person.site == site.id
                    for at in self.delivered.get(person.id, ())
                    if self.trips[at[0]].kind == "shuttle"
                ]
        return self._steered(milestone)

    def _ordered(self) -> Network:
        sorter = TopologicalSorter({key: [arc[0] for arc in node.arcs] for key, node in self.nodes.items()})
        try:
            order = list(sorter.static_order())
        except CycleError as error:
            raise InternalError(f"activities wait for each other: {error.args[1]}") from error
        position = {key: number for number, key in enumerate(order)}
        activities = tuple(
            msgspec.structs.replace(
                self.nodes[key].activity,
                arcs=tuple(Arc(position[before], lag_s, why) for before, lag_s, why in self.nodes[key].arcs),
            )
            for key in order
        )
        stops = [(trip.id, number) for trip in self.plan.trips for number in range(len(trip.stops))]
        return Network(
            activities=activities,
            drives={at: position[_drive(*at)] for at in stops if _drive(*at) in position},
            services={at: position[_service(*at)] for at in stops},
            treatments={r.person: position[_treat(r.person)] for r in self.plan.referrals},
            milestones={m.id: position[_milestone(m.id)] for m in self.operation.milestones},
            departures={
                c.convoy: position[_departure(c.convoy, 0)]
                for c in self.plan.convoys
                if _departure(c.convoy, 0) in position
            },
        )


def _fulfil(milestone: Milestone, not_before_s: int) -> Activity:
    return Activity(
        kind="milestone",
        subject=milestone.id,
        site=SiteId(""),
        duration_s=milestone.duration_s,
        release_s=max(milestone.earliest_s, not_before_s),
    )


def _narrowed(activity: Activity, clause: TimeWindow) -> Activity:
    """Hold the end of a milestone, or the start of a departure, inside the clause's windows."""
    shift_s = activity.duration_s if activity.kind == "milestone" else 0
    windows = tuple(Window(from_s=w.from_s - shift_s, until_s=w.until_s - shift_s) for w in clause.windows)
    if activity.windows is not None:
        windows = tuple(
            Window(from_s=max(a.from_s, b.from_s), until_s=min(a.until_s, b.until_s))
            for a in windows
            for b in activity.windows
            if max(a.from_s, b.from_s) <= min(a.until_s, b.until_s)
        )
    gate = f"{activity.gate} {clause.id}".strip()
    return msgspec.structs.replace(activity, windows=tuple(sorted(windows)), gate=gate)


def _gated(travel: Travel, route: Route) -> str:
    return " ".join(link for link in route.links if link in travel.open)


def _milestone(milestone: str) -> str:
    return f"milestone {milestone}"


def _drive(trip: str, stop: int) -> str:
    return f"drive {trip} {stop}"


def _service(trip: str, stop: int) -> str:
    return f"service {trip} {stop}"


def _treat(person: str) -> str:
    return f"treat {person}"


def _departure(convoy: str, leg: int) -> str:
    return f"departure {convoy} {leg}"
