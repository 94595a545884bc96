"""The day of the reference case, as its plan has it, recorded by 20 devices that are offline for hours.

Seven hundred people are registered, those from Arsal are fetched, wounded people are treated and brought back, and
sixteen buses and the ambulances take everybody through all checkpoints to Al Bukamal.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from ledger.simulation.judging import Verdict, judge
from ledger.simulation.loop import MINUTE, SECOND
from ledger.simulation.movement import Geography, Observation, Ride, Truth
from ledger.simulation.operation import Setting, World
from ledger.simulation.planting import Plant
from safepassage.exchange.folder import read
from safepassage.ledger.roll import Roll, roll_of
from safepassage.ledger.vocabulary import (
    Consented,
    HandedOver,
    HeadCounted,
    Payload,
    Referred,
    Registered,
    Signature,
    TokenGiven,
)
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import FINAL_KINDS
from safepassage.model.plan import Plan, Stop, Trip
from safepassage.model.travel import Travel
from safepassage.planner.planning import Limit, plan
from safepassage.roads.table import travel

CASE = Path(__file__).resolve().parents[3] / "examples" / "qalamoun-2017"

POSTS = {
    "assembly": 5, "arsal": 2, "border": 1, "qara-hospital": 2, "nabk-hospital": 1, "qara-road": 1, "homs": 1,
    "palmyra": 1, "desert-hold": 1, "desert-junction": 1, "al-bukamal": 2, "E1": 1, "E2": 1,
}  # fmt: skip
"""Devices by the site or the escort vehicle that they serve: twenty."""

SETTING = Setting(
    people=0, devices=0, hours=0, offline_h=8, reboots=1, cuts=1, restored=0, cloned=0, resolve="well",
    plants=("two-vehicles",) * 4 + ("too-far",) * 3 + ("handed-over-elsewhere",) * 2 + ("two-choices",) * 3
    + ("one-token",) * 2,
)  # fmt: skip


class Day(Struct, frozen=True, kw_only=True):
    """The day and what came of it: `events` are the field server's log."""

    operation: Operation
    plan: Plan
    roll: Roll
    world: World
    verdict: Verdict
    events: tuple[bytes, ...]

    @property
    def plants(self) -> list[Plant]:
        """The contradictions that somebody recorded."""
        return [one for one in self.world.plants if one.recorded]

    def until(self, at_s: int) -> list[bytes]:
        """Return what devices recorded until a time of the plan, whenever it came in, and all that servers noted."""
        later = {one.data for one in self.world.recorded.values() if one.at_ms > at_s * SECOND}
        return [data for data in self.events if data not in later]


@cache
def reference_day(seed: int = 2017) -> Day:
    """Play the day; the same every time."""
    operation = read(CASE).operation
    assert operation is not None
    roads = travel(operation)
    made = plan(operation, roads, Limit(seconds=float("inf"), iterations=5), 0)
    truth = truth_of(operation, roads, made, random.Random(f"day {seed}"))
    world = World(seed, SETTING, truth=truth)
    world.play()
    verdict = judge(world)
    keeper = world.field.keeper
    assert keeper is not None
    return Day(
        operation=operation, plan=made, roll=world.roll, world=world, verdict=verdict, events=tuple(keeper.store.read())
    )  # fmt: skip


def truth_of(operation: Operation, roads: Travel, made: Plan, chance: random.Random) -> Truth:
    """Let the plan come true to the second, and say who sees what of it."""
    kinds = {site.id: site.kind for site in operation.sites}
    by_kind: dict[str, list[str]] = {}
    for site, kind in kinds.items():
        by_kind.setdefault("final" if kind in FINAL_KINDS else kind, []).append(site)
    geography = Geography(
        by_kind["assembly"] + by_kind["pickup"], [], by_kind["checkpoint"] + by_kind["rest"], by_kind["hospital"],
        by_kind["final"], {},
    )  # fmt: skip
    posts: dict[str, list[str]] = {place: [] for place in (*kinds, *(one.id for one in operation.vehicles))}
    numbers = iter(range(1, 100))
    for place, count in POSTS.items():
        posts[place] = [f"D{next(numbers):02d}" for _ in range(count)]
    truth = Truth(geography, posts, planned=roll_of(operation, roads, made))
    _Telling(operation, roads, made, chance, truth).tell()
    return truth


class _Pass(NamedTuple):
    """A vehicle at a site between two stops, or at one."""

    site: str
    at_s: int


class _Telling:
    """Tells a plan as observations."""

    def __init__(self, operation: Operation, roads: Travel, made: Plan, chance: random.Random, truth: Truth) -> None:
        self.operation, self.roads, self.plan, self.chance, self.truth = operation, roads, made, chance, truth
        self.sites = {str(person.id): (0, str(person.site)) for person in operation.people}

    def see(self, at_ms: int, place: str, type_: str, subject: str, **said: object) -> None:
        """Let somebody with a device at a place record something; nobody does where there is none."""
        if self.truth.posts[place]:
            device = self.chance.choice(self.truth.posts[place])
            one = Observation(at_ms=at_ms, device=device, type=type_, subject=subject, **said)  # type: ignore[arg-type]
            self.truth.observations.append(one)

    def tell(self) -> None:
        """Tell the whole day."""
        for number, person in enumerate(self.operation.people):
            self._registered(person, number * 12 * SECOND)
        rides = {manifest.trip: manifest.rides for manifest in self.plan.manifests}
        for trip in sorted(self.plan.trips, key=lambda one: one.stops[0].arrive_s):
            self._trip(trip, {str(one.person): (one.board, one.alight) for one in rides.get(trip.id, ())})
        self._referrals()
        self.truth.rides.sort(key=lambda ride: ride.boards_ms)
        self.truth.ends.update({person: ("site", site) for person, (_, site) in self.sites.items()})

    def _registered(self, person: Person, at_ms: int) -> None:
        site = str(person.site)
        self.truth.households[person.id] = person.household
        said = Registered(household=person.household, mobility=person.mobility, age_band=person.age_band)
        name = f"first {person.id}"
        self.see(at_ms, site, "registered", person.id, site=site, payload=said, name=name)
        self.see(at_ms + 20 * SECOND, site, "consented", person.id, site=site,
                 payload=Consented(destination_told=True), name=f"yes {person.id}")  # fmt: skip
        token = TokenGiven(token=f"W-{person.id}")
        self.see(at_ms + 40 * SECOND, site, "token-given", person.id, site=site, payload=token)

    def _trip(self, trip: Trip, rides: dict[str, tuple[int, int]]) -> None:
        vehicle = str(trip.vehicle)
        aboard: list[str] = []
        for number, stop in enumerate(trip.stops):
            site = str(stop.site)
            if number:
                before = trip.stops[number - 1]
                self._drive(vehicle, before, stop, aboard)
            out = [person for person, ride in rides.items() if ride[1] == number]
            for person, at_ms in _spread(out, stop):
                self.see(at_ms, site, "alighted", person, vehicle=vehicle, site=site)
                self.sites[person] = max(self.sites[person], (at_ms, site))
            into = [person for person, ride in rides.items() if ride[0] == number]
            self._board(into, vehicle, stop)
            aboard = [person for person in aboard if person not in out] + into
            last = trip.stops[max((ride[1] for ride in rides.values()), default=0)]
            if into:
                starts = stop.start_s * SECOND
                ride_ = Ride(
                    vehicle, tuple(into), site, starts, stop.depart_s * SECOND, str(last.site), last.arrive_s * SECOND
                )
                self.truth.rides.append(ride_)
            if trip.kind == "convoy" and out and stop is trip.stops[-1]:
                self._handed_over(vehicle, site, out, stop.end_s * SECOND + 2 * MINUTE)

    def _board(self, persons: list[str], vehicle: str, stop: Stop) -> None:
        site = str(stop.site)
        for person, at_ms in _spread(persons, stop):
            name = f"boards {person} {stop.start_s * SECOND}"
            self.see(at_ms, site, "boarded", person, vehicle=vehicle, site=site, name=name)
            if self.chance.random() < 0.05:
                again = at_ms + self.chance.randint(1, 90) * SECOND
                self.see(again, site, "boarded", person, vehicle=vehicle, site=site)

    def _drive(self, vehicle: str, before: Stop, stop: Stop, aboard: list[str]) -> None:
        """Depart, pass what is on the way, arrive."""
        if before.site == stop.site:
            return
        start, end = str(before.site), str(stop.site)
        self._counted(vehicle, start, (before.depart_s - 1) * SECOND, aboard)
        self.see(before.depart_s * SECOND, start, "departed", vehicle, site=start)
        for passing in self._passed(before, stop):
            self.see(passing.at_s * SECOND, passing.site, "arrived", vehicle, site=passing.site)
            self._counted(vehicle, passing.site, passing.at_s * SECOND + SECOND, aboard)
            self.see(passing.at_s * SECOND + 2 * SECOND, passing.site, "departed", vehicle, site=passing.site)
        self.see(stop.arrive_s * SECOND, end, "arrived", vehicle, site=end)
        self._counted(vehicle, end, stop.arrive_s * SECOND + SECOND, aboard)

    def _counted(self, vehicle: str, site: str, at_ms: int, aboard: list[str]) -> None:
        """Count those aboard and look at the wristbands of some."""
        if not aboard:
            return
        said = HeadCounted(count=len(aboard))
        self.see(at_ms, site, "head-counted", vehicle, site=site, vehicle=vehicle, payload=said)
        for person in self.chance.sample(aboard, min(3, len(aboard))):
            self.see(at_ms, site, "seen", person, vehicle=vehicle, site=site)

    def _passed(self, before: Stop, stop: Stop) -> Iterator[_Pass]:
        """Yield the sites on the way, each at its share of the length."""
        whole = sum(self.roads.links[link].length_m for link in stop.route)
        here, driven = before.site, 0
        for link in stop.route[:-1]:
            road = self.roads.links[link]
            here = road.end if road.start == here else road.start
            driven += road.length_m
            yield _Pass(str(here), before.depart_s + (stop.arrive_s - before.depart_s) * driven // whole)

    def _handed_over(self, vehicle: str, site: str, persons: list[str], at_ms: int) -> None:
        said = HandedOver(
            to_party="islamic-state", count=len(persons), persons=tuple(persons),
            signatures=(Signature(party="sarc", by="S1"), Signature(party="islamic-state", by="S2")),
        )  # fmt: skip
        self.see(at_ms, site, "handed-over", vehicle, site=site, payload=said)

    def _referrals(self) -> None:
        starts = {
            (str(ride.person), manifest.trip): ride for manifest in self.plan.manifests for ride in manifest.rides
        }
        trips = {trip.id: trip for trip in self.plan.trips}
        for referral in self.plan.referrals:
            person, hospital = str(referral.person), str(referral.hospital)
            out = trips[referral.out_trip].stops[starts[person, referral.out_trip].board]
            origin = str(out.site)
            said: Payload = Referred(hospital=hospital, accompanied_by=tuple(map(str, referral.accompanied_by)))
            self.see(out.start_s * SECOND - 10 * MINUTE, origin, "referred", person, site=origin, payload=said)
            self.see(referral.treated_until_s * SECOND, hospital, "treated", person, site=hospital)
            self.see(referral.returned_s * SECOND + MINUTE, origin, "returned", person, site=origin)


def _spread(persons: list[str], stop: Stop) -> Iterator[tuple[str, int]]:
    """Yield people with a moment each, evenly over the time of service."""
    lasts_ms = (stop.end_s - stop.start_s) * SECOND
    for number, person in enumerate(persons):
        yield person, stop.start_s * SECOND + lasts_ms * (number + 1) // (len(persons) + 1)
