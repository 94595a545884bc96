"""What a plan says apart from its times: the trips of each vehicle, the rides of each person, one after the other.

The times of the plan serve for one thing here: to tell what comes before what.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial

from msgspec import Struct

from safepassage.model.errors import InternalError
from safepassage.model.fleet import Convoy, Vehicle
from safepassage.model.ids import ConvoyId, PersonId, SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import Site
from safepassage.model.plan import Plan, Referral, Stop, Trip, TripKind


class Passage(Struct, frozen=True, kw_only=True):
    """One ride with its person and trip at hand, and the ride before it that brings the person to where they board."""

    person: Person
    trip: Trip
    board: int
    alight: int
    before: Passage | None = None

    @property
    def boards(self) -> Stop:
        """The stop where the person boards."""
        return self.trip.stops[self.board]

    @property
    def alights(self) -> Stop:
        """The stop where the person alights."""
        return self.trip.stops[self.alight]


class Sequences(Struct, frozen=True, kw_only=True):
    """A plan and its operation, looked up by id.

    `chains` are the trips of each vehicle and `rides` those of each person, in their order; `boarding` and `alighting`
    the rides that begin and end at a stop (trip, position).
    """

    operation: Operation
    plan: Plan
    people: dict[PersonId, Person]
    sites: dict[SiteId, Site]
    vehicles: dict[VehicleId, Vehicle]
    convoys: dict[ConvoyId, Convoy]
    chains: dict[VehicleId, tuple[Trip, ...]]
    rides: dict[PersonId, tuple[Passage, ...]]
    boarding: Mapping[tuple[TripId, int], tuple[Passage, ...]]
    alighting: Mapping[tuple[TripId, int], tuple[Passage, ...]]


def sequences(operation: Operation, plan: Plan) -> Sequences:
    """Read the sequences of a plan.

    Raises
    ------
    InternalError
        When a manifest names a person, a trip or a stop that does not exist.
    """
    rides = _rides(operation, plan)
    boarding: defaultdict[tuple[TripId, int], list[Passage]] = defaultdict(list)
    alighting: defaultdict[tuple[TripId, int], list[Passage]] = defaultdict(list)
    for own in rides.values():
        for ride in own:
            boarding[ride.trip.id, ride.board].append(ride)
            alighting[ride.trip.id, ride.alight].append(ride)
    return Sequences(
        operation=operation,
        plan=plan,
        people={person.id: person for person in operation.people},
        sites={site.id: site for site in operation.sites},
        vehicles={vehicle.id: vehicle for vehicle in operation.vehicles},
        convoys={convoy.id: convoy for convoy in operation.convoys},
        chains=chains(plan),
        rides=rides,
        boarding={at: tuple(found) for at, found in boarding.items()},
        alighting={at: tuple(found) for at, found in alighting.items()},
    )


def chains(plan: Plan) -> dict[VehicleId, tuple[Trip, ...]]:
    """Put the trips of each vehicle in the order of time, its trip with the convoy last."""
    found: defaultdict[VehicleId, list[Trip]] = defaultdict(list)
    for trip in plan.trips:
        found[trip.vehicle].append(trip)
    return {
        vehicle: tuple(sorted(trips, key=lambda trip: (trip.kind == "convoy", trip.stops[0].start_s)))
        for vehicle, trips in found.items()
    }


def _rides(operation: Operation, plan: Plan) -> dict[PersonId, tuple[Passage, ...]]:
    people = {person.id: person for person in operation.people}
    trips = {trip.id: trip for trip in plan.trips}
    last: TripKind = "convoy" if operation.convoys else "shuttle"
    found: defaultdict[PersonId, list[Passage]] = defaultdict(list)
    for manifest in plan.manifests:
        for ride in manifest.rides:
            if manifest.trip not in trips or ride.person not in people:
                raise InternalError(f"no trip {manifest.trip} or no person {ride.person}")
            stops = len(trips[manifest.trip].stops)
            if not 0 <= ride.board < ride.alight < stops:
                raise InternalError(f"{ride.person} rides from stop {ride.board} to {ride.alight} of {stops}")
            passage = Passage(
                person=people[ride.person], trip=trips[manifest.trip], board=ride.board, alight=ride.alight
            )
            found[ride.person].append(passage)
    rank = partial(_rank, last)
    return {person: _linked(sorted(own, key=rank)) if len(own) > 1 else tuple(own) for person, own in found.items()}


def _rank(last: TripKind, ride: Passage) -> tuple[bool, bool, int, int, int]:
    """Order rides by time; whatever the times, a patient is back first and trips to final sites come last."""
    waits = ride.person.treatment_s > 0 and ride.trip.kind != "referral"
    return ride.trip.kind == last, waits, ride.boards.start_s, ride.board, ride.alights.end_s


def _linked(rides: list[Passage]) -> tuple[Passage, ...]:
    linked: list[Passage] = []
    for ride in rides:
        before = linked[-1] if linked else None
        linked.append(Passage(person=ride.person, trip=ride.trip, board=ride.board, alight=ride.alight, before=before))
    return tuple(linked)


def ways(own: Sequences, referral: Referral) -> tuple[Passage, Passage]:
    """Return a patient's ride out, which ends at the hospital, and the ride back, which starts there.

    Both may be on one trip, when the ambulance waits for the patient.

    Raises
    ------
    InternalError
        When the patient does not ride like that.
    """
    rides = own.rides.get(referral.person, ())
    out = [r for r in rides if r.trip.id == referral.out_trip and r.alights.site == referral.hospital]
    back = [r for r in rides if r.trip.id == referral.back_trip and r.boards.site == referral.hospital]
    if not out or not back:
        raise InternalError(f"{referral.person} does not ride to {referral.hospital} and back on the trips told")
    return out[0], back[0]
