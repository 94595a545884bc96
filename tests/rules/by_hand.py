"""Valid trips built by hand rules alone: one after the other, nothing searched."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from rules.world import CONVOY, SPACING_S
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import (
    ConvoyId,
    LinkId,
    SiteId,
    TripId,
    VehicleId,
)
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import (
    ConvoyOrder,
    Load,
    Manifest,
    Passing,
    Referral,
    Ride,
    Stop,
    Trip,
    TripKind,
    Work,
)
from safepassage.model.travel import drive_s


class Call(NamedTuple):
    """What happens at one stop of a trip that is being built."""

    site: str
    boards: tuple[Person, ...] = ()
    alights: tuple[Person, ...] = ()
    work: tuple[Work, ...] = ()


class Builder:
    """Builds trips one after the other: each vehicle, bay and treatment place serves in the order of building.

    Parameters
    ----------
    operation
        What is asked for; its clauses do not matter here.
    """

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.links = {link.id: link for link in operation.links}
        self.sites = {site.id: site for site in operation.sites}
        self.vehicles = {vehicle.id: vehicle for vehicle in operation.vehicles}
        self.at = {vehicle.id: (vehicle.site, vehicle.available_from_s) for vehicle in operation.vehicles}
        self.bays: defaultdict[tuple[str, int], int] = defaultdict(int)
        self.ready: defaultdict[str, int] = defaultdict(int)
        self.delivered: dict[str, int] = {}
        self.trips: list[Trip] = []
        self.manifests: list[Manifest] = []
        self.referrals: list[Referral] = []

    def route(self, start: str, end: str) -> tuple[LinkId, ...]:
        """Return the links of the quickest way on roads that are not barred."""
        queue: list[tuple[int, str, tuple[LinkId, ...]]] = [(0, start, ())]
        seen = set()
        while queue:
            far_s, place, way = heapq.heappop(queue)
            if place == end:
                return way
            if place in seen:
                continue
            seen.add(place)
            for link in self.links.values():
                if place in (link.start, link.end) and not link.id.endswith("barred"):
                    other = link.end if place == link.start else link.start
                    heapq.heappush(queue, (far_s + link.travel_s, other, (*way, link.id)))
        raise AssertionError(f"no way from {start} to {end}")

    def drive_s(self, route: Iterable[LinkId], percent: int) -> int:
        """Return the seconds of a drive."""
        return sum(drive_s(self.links[link].travel_s, percent) for link in route)

    def service_s(self, call: Call) -> int:
        """Return the seconds that a service takes."""
        limits = self.operation.limits
        seconds = limits.setup_s if call.boards or call.alights else 0
        seconds += sum(limits.board_s(person.mobility) for person in call.boards)
        seconds += sum(limits.alight_s(person.mobility) for person in call.alights)
        work_s = {"rest": limits.rest_s, "refuel": limits.refuel_s, "halt": 600}
        return seconds + sum(work_s[work] for work in call.work)

    def stop(self, vehicle: VehicleId, call: Call, percent: int, load: Load) -> Stop:
        """Drive a vehicle on to its next stop and serve there as early as it can be."""
        place, free_s = self.at[vehicle]
        route = self.route(place, call.site)
        arrive_s = free_s + self.drive_s(route, percent)
        start_s = max([arrive_s, *(self.ready[person.id] for person in call.boards)])
        bay = 0
        if (call.boards or call.alights) and self.sites[SiteId(call.site)].bays:
            numbers = range(1, self.sites[SiteId(call.site)].bays + 1)
            bay = min(numbers, key=lambda number: self.bays[call.site, number])
            start_s = max(start_s, self.bays[call.site, bay])
        end_s = start_s + self.service_s(call)
        if bay:
            self.bays[call.site, bay] = end_s
        for person in call.alights:
            self.ready[person.id] = end_s
        self.at[vehicle] = SiteId(call.site), end_s
        return Stop(
            site=SiteId(call.site), route=route, arrive_s=arrive_s, start_s=start_s, end_s=end_s, depart_s=end_s,
            load=load, work=call.work, bay=bay,
        )  # fmt: skip

    def trip(self, name: str, vehicle: VehicleId, kind: TripKind, calls: Sequence[Call]) -> Trip:
        """Build one trip with its manifest."""
        percent = self.vehicles[vehicle].speed_percent
        aboard: Counter[str] = Counter()
        stops = []
        for call in calls:
            aboard.update(person.mobility for person in call.boards)
            aboard.subtract(person.mobility for person in call.alights)
            stops.append(self.stop(vehicle, call, percent, Load(**aboard)))
        convoy = self.vehicles[vehicle].convoy if kind == "convoy" else ConvoyId("")
        trip = Trip(
            id=TripId(name), vehicle=vehicle, kind=kind, speed_percent=percent, stops=tuple(stops), convoy=convoy
        )
        boards = {person.id: index for index, call in enumerate(calls) for person in call.boards}
        alights = {person.id: index for index, call in enumerate(calls) for person in call.alights}
        rides = tuple(Ride(person=person, board=index, alight=alights[person]) for person, index in boards.items())
        self.trips.append(trip)
        self.manifests.append(Manifest(trip=trip.id, vehicle=vehicle, rides=rides))
        return trip

    def refer(self, patient: Person, companions: tuple[Person, ...], vehicle: VehicleId) -> None:
        """Bring a patient out to the hospital, have them treated in the place that is free first, and back."""
        party = (patient, *companions)
        name = f"T-{patient.id}"
        out = self.trip(f"{name}-out", vehicle, "referral", (Call(patient.site, party), Call("hospital", (), party)))
        capacity = self.sites[SiteId("hospital")].capacity
        place = 0
        from_s = out.stops[-1].end_s
        if capacity:
            place = min(range(1, capacity + 1), key=lambda number: self.bays["treatment", number])
            from_s = max(from_s, self.bays["treatment", place])
        until_s = from_s + patient.treatment_s
        self.bays["treatment", place] = until_s
        self.ready[patient.id] = until_s
        back = self.trip(f"{name}-back", vehicle, "referral", (Call("hospital", party), Call(patient.site, (), party)))
        self.referrals.append(
            Referral(
                person=patient.id, hospital=SiteId("hospital"), out_trip=out.id, back_trip=back.id,
                treated_from_s=from_s, treated_until_s=until_s, returned_s=back.stops[-1].end_s, place=place,
                accompanied_by=tuple(one.id for one in companions),
            )
        )  # fmt: skip


def companions_of(patient: Person, household: Sequence[Person]) -> tuple[Person, ...]:
    return tuple(person for person in household if person.id == patient.carer)


def batches_of(people: Iterable[Person], vehicle: Vehicle) -> list[list[Person]]:
    """Put whole households that wait at one site together as long as they fit and need not be kept apart."""
    households: defaultdict[str, list[Person]] = defaultdict(list)
    for person in people:
        households[person.household].append(person)
    batches: list[list[Person]] = []
    for members in households.values():
        for batch in batches:
            need = Counter(person.mobility for person in (*batch, *members))
            fit = need["walking"] <= vehicle.seats and need["wheelchair"] <= vehicle.wheelchair_bays
            ids = {person.id for person in batch}
            names = {other for person in (*batch, *members) for other in person.apart_from}
            parted = names & (ids | {person.id for person in members})
            if fit and need["stretcher"] <= vehicle.stretchers and not parted:
                batch.extend(members)
                break
        else:
            batches.append(list(members))
    return batches


def drive_shuttles(builder: Builder, moving: Iterable[Person], end: str) -> None:
    """Bring everybody who waits elsewhere to `end`, by two vehicles in turn."""
    count = 0
    people = list(moving)
    for site in builder.sites:
        waiting = [one for one in people if one.site == site != end]
        for batch in batches_of(waiting, builder.vehicles[VehicleId("shuttle-0")]):
            vehicle = VehicleId(f"shuttle-{count % 2}")
            calls = (Call(site, tuple(batch)), Call(end, (), tuple(batch)))
            trip = builder.trip(f"T-shuttle-{count}", vehicle, "shuttle", calls)
            builder.delivered |= {person.id: trip.stops[-1].end_s for person in batch}
            count += 1


def drive_convoy(builder: Builder, batches: list[list[Person]]) -> ConvoyOrder:
    """Let the convoy leave as early as its spacing allows, and drive by halt and rest to the end."""
    line = [vehicle for vehicle in builder.operation.vehicles if vehicle.convoy]
    riders: list[tuple[Person, ...]] = [(), *(tuple(batch) for batch in batches)]
    calls = [
        (
            Call("assembly", own),
            Call("checkpoint", work=("halt",)),
            Call("rest", work=("rest", "refuel")),
            Call("end", (), own),
        )
        for own in riders
    ]
    drafts = [
        builder.trip(f"T-{vehicle.id}", vehicle.id, "convoy", own) for vehicle, own in zip(line, calls, strict=True)
    ]
    leaves_s = max(trip.stops[0].end_s - place * SPACING_S for place, trip in enumerate(drafts))
    builder.trips = [trip for trip in builder.trips if trip.kind != "convoy"]
    builder.bays = defaultdict(int)
    trips = [
        _released(builder, trip, own, leaves_s + place * SPACING_S)
        for place, (trip, own) in enumerate(zip(drafts, calls, strict=True))
    ]
    builder.trips += trips
    for trip, own in zip(trips, riders, strict=True):
        builder.delivered |= {person.id: trip.stops[-1].end_s for person in own}
    points = [
        Passing(site=head.site, head_s=head.arrive_s, tail_s=tail.arrive_s)
        for head, tail in zip(trips[0].stops[1:], trips[-1].stops[1:], strict=True)
    ]
    return ConvoyOrder(
        convoy=CONVOY,
        order=tuple(vehicle.id for vehicle in line),
        spacing_s=SPACING_S,
        departs_s=leaves_s,
        timetable=tuple(points),
    )


def _released(builder: Builder, trip: Trip, calls: Sequence[Call], leaves_s: int) -> Trip:
    """Hold a trip at the assembly site until `leaves_s`, and time the rest of it anew."""
    stops = [replace(trip.stops[0], depart_s=leaves_s)]
    builder.at[trip.vehicle] = SiteId("assembly"), leaves_s
    for call, before in zip(calls[1:], trip.stops[1:], strict=True):
        stops.append(builder.stop(trip.vehicle, call, trip.speed_percent, before.load))
    return replace(trip, stops=tuple(stops))
