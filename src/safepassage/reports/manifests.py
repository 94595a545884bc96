"""Passenger lists per vehicle and trip, in the order a bus focal point calls them: by household."""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.fleet import Vehicle
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import Load, Plan, Trip

_AGES = ("adult", "older", "child", "infant")


class Passenger(Struct, frozen=True, kw_only=True):
    """One line of a list; `first` of its household, so that households stand apart."""

    person: Person
    boards: SiteId
    alights: SiteId
    first: bool


class PassengerList(Struct, frozen=True, kw_only=True):
    """Who rides on one trip; `one_way` when all board and alight at the same sites."""

    trip: Trip
    passengers: tuple[Passenger, ...]
    load: Load
    one_way: bool


class Sheet(Struct, frozen=True, kw_only=True):
    """All lists of one vehicle: they print on pages of their own."""

    vehicle: Vehicle
    lists: tuple[PassengerList, ...]


def sheets(operation: Operation, plan: Plan) -> tuple[Sheet, ...]:
    """Make the lists of every vehicle that carries somebody, trips in the order of time."""
    people = {person.id: person for person in operation.people}
    manifests = {manifest.trip: manifest for manifest in plan.manifests}
    trips: dict[str, list[Trip]] = {}
    for trip in sorted(plan.trips, key=lambda trip: trip.stops[0].arrive_s if trip.stops else 0):
        trips.setdefault(trip.vehicle, []).append(trip)
    found = []
    for vehicle in operation.vehicles:
        lists = []
        for trip in trips.get(vehicle.id, ()):
            manifest = manifests.get(trip.id)
            if manifest is None or not manifest.rides:
                continue
            rides = [
                (people[ride.person], trip.stops[ride.board].site, trip.stops[ride.alight].site)
                for ride in manifest.rides
            ]
            lists.append(_list(trip, rides))
        if lists:
            found.append(Sheet(vehicle=vehicle, lists=tuple(lists)))
    return tuple(found)


def _list(trip: Trip, rides: list[tuple[Person, SiteId, SiteId]]) -> PassengerList:
    rides.sort(key=lambda ride: (ride[0].household, _AGES.index(ride[0].age_band), ride[0].id))
    passengers: list[Passenger] = []
    for person, boards, alights in rides:
        first = not passengers or passengers[-1].person.household != person.household
        passengers.append(Passenger(person=person, boards=boards, alights=alights, first=first))
    kinds = [person.mobility for person, _, _ in rides]
    return PassengerList(
        trip=trip,
        passengers=tuple(passengers),
        load=Load(
            walking=kinds.count("walking"),
            wheelchair=kinds.count("wheelchair"),
            stretcher=kinds.count("stretcher"),
        ),
        one_way=len({(boards, alights) for _, boards, alights in rides}) == 1,
    )
