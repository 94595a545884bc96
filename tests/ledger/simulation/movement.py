"""What truly happens: people, vehicles, and who of the observers sees what.

Everything is drawn before the run; nothing here knows of ledgers, clocks or networks.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from msgspec import Struct, field

from ledger.simulation.loop import HOUR, MINUTE, SECOND
from safepassage.ledger.roll import FASTER, Expected, Roll
from safepassage.ledger.vocabulary import (
    Consented,
    Corrected,
    HandedOver,
    HeadCounted,
    Payload,
    Reasoned,
    Referred,
    Registered,
    TokenGiven,
    Transferred,
)

Place = tuple[str, str]
"""Kind and id, as the first two parts of a `Where`."""


class Observation(Struct, frozen=True, kw_only=True):
    """What an observer with a device records at a moment.

    `name` is for others to refer to; `corrects` names one to take back; `plant` numbers the planted contradiction.
    Nobody records a planted thing who knows of the observation `unless_known`.
    """

    at_ms: int
    device: str
    type: str
    subject: str
    vehicle: str = ""
    site: str = ""
    payload: Payload = Payload()
    name: str = ""
    corrects: str = ""
    plant: int = -1
    unless_known: str = ""


class Ride(NamedTuple):
    """A trip as it was: who was to be aboard, from where to where."""

    vehicle: str
    persons: tuple[str, ...]
    origin: str
    boards_ms: int
    departs_ms: int
    end: str
    arrives_ms: int


class Geography(Struct):
    """Sites and the milliseconds between them."""

    assemblies: list[str]
    hubs: list[str]
    checkpoints: list[str]
    hospitals: list[str]
    destinations: list[str]
    lies: dict[str, tuple[int, int]]

    @property
    def sites(self) -> list[str]:
        """All of them."""
        return [*self.assemblies, *self.hubs, *self.checkpoints, *self.hospitals, *self.destinations]

    def travel_ms(self, origin: str, end: str) -> int:
        """Return how long a vehicle takes."""
        if origin == end:
            return 0
        (x, y), (u, v) = self.lies[origin], self.lies[end]
        return (10 + abs(x - u) + abs(y - v)) * MINUTE


class Truth(Struct):
    """What happened, who saw it, and where everybody was at the end."""

    geography: Geography
    posts: dict[str, list[str]]
    """Devices by the site or vehicle that they serve."""
    households: dict[str, str] = field(default_factory=dict)
    ends: dict[str, Place] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    rides: list[Ride] = field(default_factory=list)
    ways: dict[str, str] = field(default_factory=dict)
    """By person, what kind of way it was."""
    last_ms: int = 0
    planned: Roll | None = None

    def roll(self) -> Roll:
        """Return what the board expects: what was planned, else what came to be."""
        if self.planned is not None:
            return self.planned
        geography = self.geography
        least = {
            (one, other): geography.travel_ms(one, other) // SECOND // FASTER
            for one in geography.sites
            for other in geography.sites
        }
        trips = [
            Expected(trip=f"T{number}", vehicle=ride.vehicle, persons=frozenset(ride.persons), ends_at=ride.end)
            for number, ride in enumerate(self.rides)
        ]
        return Roll(
            households=self.households,
            final_sites=frozenset(geography.destinations),
            manifests=tuple(trips),
            least_s=least,
        )


def geography_of(chance: random.Random) -> Geography:
    """Draw sites: those where people gather on one side, the destinations on the other."""
    assemblies = [f"A{number}" for number in range(1, 4)]
    hubs, checkpoints, hospitals = ["T1"], ["C1", "C2"], ["H1"]
    destinations = ["Z1", "Z2"]
    lies = {site: (chance.randint(0, 20), chance.randint(0, 30)) for site in (*assemblies, *hospitals)}
    lies |= {site: (chance.randint(40, 60), chance.randint(0, 30)) for site in (*hubs, *checkpoints)}
    lies |= {site: (chance.randint(90, 110), chance.randint(0, 30)) for site in destinations}
    return Geography(assemblies, hubs, checkpoints, hospitals, destinations, lies)


class Movement:
    """Draws a day.

    Parameters
    ----------
    chance
        Random numbers.
    people, devices
        How many there are.
    hours
        In which the movement begins; it ends some hours later.
    """

    def __init__(self, chance: random.Random, *, people: int, devices: int, hours: int) -> None:
        self.chance = chance
        geography = geography_of(chance)
        vehicles = [f"V{number:02d}" for number in range(1, max(3, devices // 3) + 1)]
        posts: dict[str, list[str]] = {place: [] for place in (*vehicles, *geography.sites)}
        names = [f"D{number:02d}" for number in range(1, devices + 1)]
        for number, name in enumerate(names):
            places = vehicles if number < len(vehicles) else geography.sites
            index = number if number < len(vehicles) else (number - len(vehicles)) % len(geography.sites)
            posts[places[index]].append(name)
        self.truth = Truth(geography, posts)
        self._free = {vehicle: (chance.choice(geography.assemblies), 0) for vehicle in vehicles}
        self._hours = hours
        people_left, number, household = people, 0, 0
        while people_left:
            size = min(people_left, chance.randint(1, 6))
            household += 1
            self._household(f"H{household:03d}", [f"P{number + one:03d}" for one in range(1, size + 1)])
            number, people_left = number + size, people_left - size
        self.truth.last_ms = max(one.at_ms for one in self.truth.observations)

    def at_site(self, site: str) -> str:
        """Return a device that serves a site."""
        return self.chance.choice(self.truth.posts[site])

    def at_either(self, site: str, vehicle: str) -> str:
        """Return a device of a site or of a vehicle there."""
        return self.chance.choice(self.truth.posts[site] + self.truth.posts[vehicle])

    def see(self, at_ms: int, device: str, type_: str, subject: str, **said: object) -> None:
        """Let an observer record something."""
        self.truth.observations.append(
            Observation(at_ms=at_ms, device=device, type=type_, subject=subject, **said)  # type: ignore[arg-type]
        )

    def _household(self, household: str, members: list[str]) -> None:
        chance, geography = self.chance, self.truth.geography
        site = chance.choice(geography.assemblies)
        now = chance.randint(0, self._hours * HOUR // 2)
        for person in members:
            self.truth.households[person] = household
            now = self._registered(person, household, site, now)
        kind = chance.choices(("direct", "hub", "breakdown", "declined"), (50, 25, 15, 10))[0]
        travelling = []
        for person in members:
            own = chance.choices(("", "referred", "retained", "died"), (85, 9, 3, 3))[0] if kind != "declined" else ""
            self.truth.ways[person] = own or kind
            if kind == "declined":
                self.see(now, self.at_site(site), "declined", person, site=site, payload=Reasoned(reason="stays"))
                self.truth.ends[person] = ("site", site)
                continue
            self.see(now, self.at_site(site), "consented", person, site=site, payload=Consented(), name=f"yes {person}")
            now += 30 * SECOND
            if own == "died":
                self._died(person, site, now)
            elif own:
                now = max(now, self._treated(person, site, now, stays=own == "retained"))
            if own in ("", "referred"):
                travelling.append(person)
        if travelling:
            self._leave(kind, travelling, site, now + chance.randint(5, 60) * MINUTE)

    def _registered(self, person: str, household: str, site: str, now: int) -> int:
        chance = self.chance
        known = Registered(household=household, age_band="adult")
        first = "walked-in" if chance.random() < 0.1 else "registered"
        self.see(now, self.at_site(site), first, person, site=site, payload=known, name=f"first {person}")
        now += chance.randint(20, 120) * SECOND
        self.see(now, self.at_site(site), "token-given", person, site=site, payload=TokenGiven(token=f"W-{person}"))
        return now + chance.randint(20, 120) * SECOND

    def _died(self, person: str, site: str, now: int) -> None:
        at_ms = now + self.chance.randint(10, 90) * MINUTE
        self.see(at_ms, self.at_site(site), "died", person, site=site, name=f"died {person}")
        self.truth.ends[person] = ("dead", site)

    def _treated(self, person: str, site: str, now: int, *, stays: bool) -> int:
        """Refer to a hospital and back; return when the person is back."""
        chance = self.chance
        hospital = self.truth.geography.hospitals[0]
        said = Referred(hospital=hospital)
        self.see(now + MINUTE, self.at_site(site), "referred", person, site=site, payload=said)
        there = self._drive([person], site, hospital, now + 5 * MINUTE)
        treated = there + chance.randint(10, 60) * MINUTE
        self.see(treated, self.at_site(hospital), "treated", person, site=hospital)
        if stays:
            self.see(treated + MINUTE, self.at_site(hospital), "retained", person, site=hospital, payload=Reasoned())
            self.truth.ends[person] = ("site", hospital)
            return now
        back = self._drive([person], hospital, site, treated + 10 * MINUTE) + MINUTE
        self.see(back, self.at_site(site), "returned", person, site=site)
        return back + MINUTE

    def _leave(self, kind: str, persons: list[str], site: str, now: int) -> None:
        chance, geography = self.chance, self.truth.geography
        destination = chance.choice(geography.destinations)
        if kind == "hub":
            now = self._drive(persons, site, geography.hubs[0], now) + chance.randint(10, 120) * MINUTE
            site = geography.hubs[0]
        now = self._drive(persons, site, destination, now, breaks_down=kind == "breakdown")
        for person in persons:
            self.truth.ends[person] = ("site", destination)
        if chance.random() < 0.5:
            said = HandedOver(to_party="host", count=len(persons), persons=tuple(persons))
            subject = self.truth.rides[-1].vehicle
            self.see(
                now + 5 * MINUTE, self.at_site(destination), "handed-over", subject, site=destination, payload=said
            )

    def _vehicle(self, site: str, now: int) -> tuple[str, int]:
        """Send the vehicle that is there first; return it and when it is there."""
        travel_ms = self.truth.geography.travel_ms
        free = {
            vehicle: max(at_ms, now - HOUR) + travel_ms(where, site) for vehicle, (where, at_ms) in self._free.items()
        }
        vehicle = min(free, key=lambda one: (free[one], one))
        where, at_ms = self._free.pop(vehicle)
        if where == site:
            return vehicle, max(at_ms, now)
        leaves = max(at_ms, now - HOUR)
        self._drove(vehicle, where, leaves, site, free[vehicle])
        return vehicle, max(free[vehicle] + MINUTE, now)

    def _drove(self, vehicle: str, origin: str, departs_ms: int, end: str, arrives_ms: int) -> None:
        self.see(departs_ms, self.at_either(origin, vehicle), "departed", vehicle, site=origin)
        self.see(arrives_ms, self.at_either(end, vehicle), "arrived", vehicle, site=end)

    def _drive(self, persons: list[str], origin: str, end: str, now: int, *, breaks_down: bool = False) -> int:
        """Take people from one site to another; return when the last of them is out."""
        chance, geography = self.chance, self.truth.geography
        vehicle, boards = self._vehicle(origin, now)
        self._board(persons, vehicle, origin, boards)
        departs = boards + (len(persons) * 30 + 120) * SECOND
        by = chance.choice(geography.checkpoints) if not breaks_down and chance.random() < 0.5 else ""
        lasts = (
            geography.travel_ms(origin, by) + geography.travel_ms(by, end) if by else geography.travel_ms(origin, end)
        )
        if by:
            self._passes(persons, vehicle, by, departs + geography.travel_ms(origin, by))
        arrives = departs + lasts + chance.randint(0, 40) * MINUTE
        self.see(departs, self.at_either(origin, vehicle), "departed", vehicle, site=origin)
        self.truth.rides.append(Ride(vehicle, tuple(persons), origin, boards, departs, end, arrives))
        if breaks_down:
            vehicle, arrives = self._breaks_down(persons, vehicle, origin, end, departs + lasts // 2)
        self.see(arrives, self.at_either(end, vehicle), "arrived", vehicle, site=end)
        self.see(arrives + SECOND, self.at_either(end, vehicle), "head-counted", vehicle, site=end,
                 payload=HeadCounted(count=len(persons)))  # fmt: skip
        out = self._alight(persons, vehicle, end, arrives + MINUTE)
        self._free[vehicle] = (end, out + 2 * MINUTE)
        return out

    def _board(self, persons: list[str], vehicle: str, site: str, start_ms: int) -> None:
        for number, person in enumerate(persons):
            at_ms = start_ms + number * 30 * SECOND
            if self.chance.random() < 0.03:
                continue  # nobody recorded it; where they get out tells
            device = self.at_either(site, vehicle)
            name = f"boards {person} {start_ms}"
            self.see(at_ms, device, "boarded", person, vehicle=vehicle, site=site, name=name)
            if self.chance.random() < 0.15:
                again = at_ms + self.chance.randint(1, 100) * SECOND
                self.see(again, self.at_either(site, vehicle), "boarded", person, vehicle=vehicle, site=site)

    def _passes(self, persons: list[str], vehicle: str, site: str, now: int) -> None:
        for person in persons:
            if self.chance.random() < 0.5:
                self.see(now, self.at_either(site, vehicle), "seen", person, vehicle=vehicle, site=site)

    def _alight(self, persons: list[str], vehicle: str, site: str, now: int) -> int:
        for person in persons:
            now += self.chance.randint(5, 30) * SECOND
            self.see(now, self.at_either(site, vehicle), "alighted", person, vehicle=vehicle, site=site)
            if self.chance.random() < 0.1:
                again = now + self.chance.randint(1, 100) * SECOND
                self.see(again, self.at_either(site, vehicle), "alighted", person, vehicle=vehicle, site=site)
        return now + 2 * MINUTE

    def _breaks_down(self, persons: list[str], vehicle: str, origin: str, end: str, now: int) -> tuple[str, int]:
        """Change to another vehicle on the road; return it and when it arrives."""
        self.see(now, self.truth.posts[vehicle][0], "broke-down", vehicle, payload=Reasoned(reason="engine"))
        other, there = self._vehicle(origin, now)
        self.see(there + MINUTE, self.at_either(origin, other), "departed", other, site=origin)
        meets = there + self.truth.geography.travel_ms(origin, end) // 2 + MINUTE
        for number, person in enumerate(persons):
            device = self.chance.choice(self.truth.posts[vehicle] + self.truth.posts[other])
            said = Transferred(from_vehicle=vehicle)
            self.see(meets + number * 20 * SECOND, device, "transferred", person, vehicle=other, payload=said)
        leaves = meets + len(persons) * 20 * SECOND
        self._repaired(vehicle, end, leaves)
        self.truth.rides.append(Ride(other, tuple(persons), origin, there, leaves, end, leaves))
        return other, leaves + self.truth.geography.travel_ms(origin, end) // 2 + 5 * MINUTE

    def _repaired(self, vehicle: str, end: str, now: int) -> None:
        """Bring a broken vehicle to where it was going, hours later."""
        repaired = now + self.chance.randint(2, 5) * HOUR
        self.see(repaired, self.truth.posts[vehicle][0], "repaired", vehicle)
        arrives = repaired + 2 * HOUR
        self.see(arrives, self.at_either(end, vehicle), "arrived", vehicle, site=end)
        self._free[vehicle] = (end, arrives + MINUTE)


def slips(truth: Truth, chance: random.Random, share: float) -> None:
    """Let observers take a wrong person for seen now and then, and correct it some minutes later."""
    persons = sorted(truth.ends)
    for number, one in enumerate(list(truth.observations)):
        if one.type not in ("registered", "token-given", "alighted") or chance.random() >= share:
            continue
        wrong, name = chance.choice(persons), f"slip {number}"
        at_ms = one.at_ms + chance.randint(1, 20) * SECOND
        truth.observations.append(
            Observation(at_ms=at_ms, device=one.device, type="seen", subject=wrong, site=one.site, name=name)
        )
        later = at_ms + chance.randint(30, 600) * SECOND
        truth.observations.append(
            Observation(at_ms=later, device=one.device, type="corrected", subject=wrong, corrects=name,
                        payload=Corrected(corrects=(), reason="slip"))
        )  # fmt: skip


def roster(truth: Truth) -> dict[str, frozenset[str]]:
    """Return whom each device is told about: everybody who passes its post, as far as is planned."""
    found: dict[str, set[str]] = {device: set() for devices in truth.posts.values() for device in devices}
    for one in truth.observations:
        for place in (one.vehicle, one.site):
            for device in truth.posts.get(place, ()):
                found[device].add(one.subject)
        found[one.device].add(one.subject)
    return {device: frozenset(subjects) for device, subjects in found.items()}
