"""The case before the referee: operation, links and plan, indexed once, with the parts that make no sense left out.

A plan edited by hand may hold anything. `shape` says what makes no sense; here it is only dropped, so that every
other rule may take ids, positions and speeds for granted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.fleet import Convoy, Vehicle, VehicleKind
from safepassage.model.ids import ConvoyId, HouseholdId, LinkId, MilestoneId, PersonId, SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import FINAL_KINDS, Link, Site
from safepassage.model.plan import Plan, Referral, Stop, Trip
from safepassage.model.travel import Travel, drive_s

K = TypeVar("K")
T = TypeVar("T")
Timed: TypeAlias = Callable[[Link, Trip, Stop], int]

HEAVY_KINDS: frozenset[VehicleKind] = frozenset(("bus", "minibus", "truck", "supply"))


class Passage(Struct, frozen=True, kw_only=True):
    """One ride with its person and trip at hand: from stop `board` to stop `alight`."""

    person: Person
    trip: Trip
    board: int
    alight: int

    @property
    def boards(self) -> Stop:
        """The stop where the person boards."""
        return self.trip.stops[self.board]

    @property
    def alights(self) -> Stop:
        """The stop where the person alights."""
        return self.trip.stops[self.alight]

    def covers(self, other: Passage) -> bool:
        """Tell whether this ride lasts at least as long as `other` on the same trip."""
        return self.trip.id == other.trip.id and self.board <= other.board and self.alight >= other.alight


class Drive(Struct, frozen=True, kw_only=True):
    """One drive of a vehicle to stop `index` of `trip`, from where the vehicle was.

    `first` drives have no stop before them: `depart_s` is then the arrival less the drive. `over_s` are the seconds
    over each of the `links`.
    """

    trip: Trip
    index: int
    origin: SiteId
    depart_s: int
    drive_s: int
    length_m: int
    links: tuple[Link, ...]
    over_s: tuple[int, ...]
    first: bool

    @property
    def stop(self) -> Stop:
        """The stop that the drive leads to."""
        return self.trip.stops[self.index]


class Case(Struct, frozen=True, kw_only=True):
    """All that rules ask for, looked up by id; see `case_of`.

    `aboard` are the rides of a trip, `rides` those of a person and `drives` those of a vehicle in the order of time,
    `delivered` the last ride of everybody who ends at a final site, `households` their travelling members. `over_s`
    tells the seconds over a link on the way to a stop of a trip. `come` is filled when milestones are first asked for.
    """

    operation: Operation
    links: Mapping[LinkId, Link]
    plan: Plan
    people: dict[PersonId, Person]
    vehicles: dict[VehicleId, Vehicle]
    sites: dict[SiteId, Site]
    convoys: dict[ConvoyId, Convoy]
    households: dict[HouseholdId, tuple[Person, ...]]
    trips: dict[TripId, Trip]
    aboard: dict[TripId, tuple[Passage, ...]]
    rides: dict[PersonId, tuple[Passage, ...]]
    drives: dict[VehicleId, tuple[Drive, ...]]
    referrals: tuple[Referral, ...]
    delivered: dict[PersonId, Passage]
    over_s: Timed
    come: dict[MilestoneId, int] = {}


def grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, tuple[T, ...]]:
    """Collect values under their keys, both in the order given."""
    groups: defaultdict[K, list[T]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return {key: tuple(values) for key, values in groups.items()}


def leaves_s(trip: Trip, index: int) -> int:
    """When the vehicle of `trip` drives off from the site of stop `index`.

    A site served twice in a row is left from the last of these stops.
    """
    while index + 1 < len(trip.stops) and _stays(trip.stops[index], trip.stops[index + 1]):
        index += 1
    return trip.stops[index].depart_s


def _stays(stop: Stop, following: Stop) -> bool:
    return following.site == stop.site and not following.route


def is_sound(trip: Trip, vehicles: dict[VehicleId, Vehicle], sites: dict[SiteId, Site]) -> bool:
    """Tell whether rules can reckon with a trip: known vehicle and sites, at least one stop, moving forward."""
    return (
        trip.vehicle in vehicles
        and trip.speed_percent > 0
        and bool(trip.stops)
        and all(stop.site in sites for stop in trip.stops)
    )


def case_of(operation: Operation, travel: Travel, plan: Plan) -> Case:
    """Index `operation`, the links of `travel` and `plan` for the rules.

    Of `travel` only the table of links is taken: when they are open is a matter of the operation.
    """
    vehicles = {vehicle.id: vehicle for vehicle in operation.vehicles}
    sites = {site.id: site for site in operation.sites}
    people = {person.id: person for person in operation.people}
    convoys = {convoy.id: convoy for convoy in operation.convoys}
    trips: dict[TripId, Trip] = {}
    for trip in plan.trips:
        if trip.id not in trips and is_sound(trip, vehicles, sites):
            trips[trip.id] = _known_roads(trip, travel.links)
    passages = tuple(_passages(plan, people, trips))
    rides = _rides(passages)
    timed = _timed(operation, frozenset(trip.id for trip in trips.values() if _is_heavy(trip, vehicles)))
    return Case(
        operation=operation,
        links=travel.links,
        plan=plan,
        people=people,
        vehicles=vehicles,
        sites=sites,
        convoys=convoys,
        households=grouped((person.household, person) for person in operation.people if person.travels),
        trips=trips,
        aboard=grouped((passage.trip.id, passage) for passage in passages),
        rides=rides,
        drives=_drives(vehicles, trips, travel.links, timed),
        referrals=tuple(
            referral
            for referral in plan.referrals
            if referral.person in people
            and referral.hospital in sites
            and referral.out_trip in trips
            and referral.back_trip in trips
        ),
        delivered={
            person: own[-1] for person, own in rides.items() if ends_well(own[-1], sites=sites, convoys=convoys)
        },
        over_s=timed,
    )


def _is_heavy(trip: Trip, vehicles: dict[VehicleId, Vehicle]) -> bool:
    """Tell whether a trip takes the time of heavy vehicles: its own is one, or one of the convoy it drives with."""
    together = [vehicles[trip.vehicle]]
    if trip.kind == "convoy":
        together += [vehicle for vehicle in vehicles.values() if vehicle.convoy and vehicle.convoy == trip.convoy]
    return any(vehicle.kind in HEAVY_KINDS for vehicle in together)


def _timed(operation: Operation, heavy: frozenset[TripId]) -> Timed:
    """Make what tells the seconds over a link."""
    night_percent = operation.night.speed_percent if operation.night is not None else 100

    def over_s(link: Link, trip: Trip, stop: Stop) -> int:
        seconds = max(link.travel_s, link.heavy_s) if trip.id in heavy else link.travel_s
        percent = max(1, trip.speed_percent * night_percent // 100) if stop.slow else trip.speed_percent
        return drive_s(seconds, percent)

    return over_s


def ends_well(passage: Passage, *, sites: dict[SiteId, Site], convoys: dict[ConvoyId, Convoy]) -> bool:
    """Tell whether a ride ends at a final site of its person.

    Without convoys: a shuttle to the person's destination if given, else to a shelter or destination. With convoys:
    the destination of the convoy ridden with, which is the person's if they have one.
    """
    site, wanted = passage.alights.site, passage.person.destination
    if convoys:
        convoy = convoys.get(passage.trip.convoy)
        if passage.trip.kind != "convoy" or convoy is None or site != convoy.destination:
            return False
        return wanted in ("", site)
    if passage.trip.kind != "shuttle":
        return False
    return site == wanted if wanted else sites[site].kind in FINAL_KINDS


def _known_roads(trip: Trip, links: Mapping[LinkId, Link]) -> Trip:
    if all(link in links for stop in trip.stops for link in stop.route):
        return trip
    known = (replace(stop, route=tuple(link for link in stop.route if link in links)) for stop in trip.stops)
    return replace(trip, stops=tuple(known))


def _passages(plan: Plan, people: dict[PersonId, Person], trips: dict[TripId, Trip]) -> Iterator[Passage]:
    for manifest in plan.manifests:
        trip = trips.get(manifest.trip)
        if trip is None:
            continue
        for ride in manifest.rides:
            if ride.person in people and 0 <= ride.board < ride.alight < len(trip.stops):
                yield Passage(person=people[ride.person], trip=trip, board=ride.board, alight=ride.alight)


def _rides(passages: tuple[Passage, ...]) -> dict[PersonId, tuple[Passage, ...]]:
    in_time = sorted(passages, key=lambda passage: (passage.boards.start_s, passage.alights.end_s))
    return grouped((passage.person.id, passage) for passage in in_time)


def _drives(
    vehicles: dict[VehicleId, Vehicle], trips: dict[TripId, Trip], links: Mapping[LinkId, Link], timed: Timed
) -> dict[VehicleId, tuple[Drive, ...]]:
    in_time = sorted(trips.values(), key=lambda trip: (trip.stops[0].arrive_s, trip.stops[-1].depart_s))
    chains = grouped((trip.vehicle, trip) for trip in in_time)
    return {vehicle: tuple(_chain(vehicles[vehicle].site, chain, links, timed)) for vehicle, chain in chains.items()}


def _chain(site: SiteId, chain: tuple[Trip, ...], links: Mapping[LinkId, Link], timed: Timed) -> Iterator[Drive]:
    before: Stop | None = None
    for trip in chain:
        for index, stop in enumerate(trip.stops):
            route = tuple(links[link] for link in stop.route)
            over_s = tuple(timed(link, trip, stop) for link in route)
            yield Drive(
                trip=trip,
                index=index,
                origin=site if before is None else before.site,
                depart_s=stop.arrive_s - sum(over_s) if before is None else before.depart_s,
                drive_s=sum(over_s),
                length_m=sum(link.length_m for link in route),
                links=route,
                over_s=over_s,
                first=before is None,
            )
            before = stop
