"""Which trips of a plan are bound to happen: those under way, and the ways back of referrals that have begun."""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.errors import InputError
from safepassage.model.ids import PersonId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Referral, Ride, Trip
from safepassage.planner.reaction_facts import Reaction, fault


class Begun(Struct, kw_only=True):
    """A vehicle's chain of trips in the plan, of which those from `first` to `last` are bound to happen.

    The first is under way if anybody is `aboard`, and `late_s` behind the plan; the others will be `later_s` behind.
    """

    chain: list[Trip]
    first: int
    last: int
    aboard: frozenset[PersonId] = frozenset()
    late_s: int = 0
    later_s: int = 0

    def is_under_way(self, trip: Trip) -> bool:
        """Tell whether the trip has people aboard."""
        return bool(self.aboard) and trip.id == self.chain[self.first].id

    def behind_s(self, trip: Trip) -> int:
        """Seconds by which a trip is behind the plan."""
        return self.late_s if self.is_under_way(trip) else self.later_s


class PlanInForce(Struct, frozen=True, kw_only=True):
    """The plan in force, looked up: chains of trips by vehicle, rides by trip, where each trip is in its chain."""

    chains: dict[VehicleId, list[Trip]]
    rides: dict[TripId, tuple[Ride, ...]]
    position: dict[TripId, tuple[VehicleId, int]]


def look_up(reaction: Reaction) -> PlanInForce:
    """Index the plan in force."""
    chains: dict[VehicleId, list[Trip]] = {}
    in_time = sorted(reaction.previous.trips, key=lambda trip: (trip.stops[0].arrive_s, trip.stops[-1].depart_s))
    for trip in in_time:
        chains.setdefault(trip.vehicle, []).append(trip)
    return PlanInForce(
        chains=chains,
        rides={manifest.trip: manifest.rides for manifest in reaction.previous.manifests},
        position={trip.id: (vehicle, n) for vehicle, chain in chains.items() for n, trip in enumerate(chain)},
    )


def running(operation: Operation, reaction: Reaction, previous: PlanInForce) -> dict[VehicleId, Begun]:
    """Find the trip that each vehicle with people aboard is on; convoys count once they have departed."""
    facts = reaction.facts
    aboard: dict[VehicleId, set[PersonId]] = {}
    for person, carrier in facts.aboard.items():
        aboard.setdefault(carrier, set()).add(person)
    begun: dict[VehicleId, Begun] = {}
    faults = []
    for vehicle in operation.vehicles:
        if vehicle.id not in aboard:
            continue
        chain = previous.chains.get(vehicle.id, [])
        number = _trip_of(chain, previous, aboard[vehicle.id], facts.now_s)
        if number is None:
            expected = "a trip of it in the plan in force"
            faults.append(fault(f"vehicle {vehicle.id}", expected=expected, found="people aboard and no trip"))
        elif chain[number].kind != "convoy" or chain[number].convoy in facts.departed:
            begun[vehicle.id] = Begun(chain=chain, first=number, last=number, aboard=frozenset(aboard[vehicle.id]))
            begun[vehicle.id].late_s = _late_s(reaction, chain[number])
    if faults:
        raise InputError(tuple(faults))
    return begun


def _trip_of(chain: list[Trip], previous: PlanInForce, aboard: set[PersonId], now_s: int) -> int | None:
    """Return the position of the trip that these people are on: of theirs the last that was to have begun."""
    starts = {
        number: min(trip.stops[ride.board].start_s for ride in previous.rides[trip.id] if ride.person in aboard)
        for number, trip in enumerate(chain)
        if any(ride.person in aboard for ride in previous.rides.get(trip.id, ()))
    }
    if not starts:
        # nobody of them is on a list: whatever the vehicle was to be doing
        starts = {number: trip.stops[0].start_s for number, trip in enumerate(chain)}
    under_way = [number for number, start_s in starts.items() if start_s <= now_s]
    return max(under_way) if under_way else min(starts, default=None)


def _late_s(reaction: Reaction, trip: Trip) -> int:
    """By how much a trip under way ends later than planned (earlier: negative)."""
    facts, end_s = reaction.facts, trip.stops[-1].end_s
    standing = facts.vehicles.get(trip.vehicle)
    return max(facts.now_s, standing.free_s) - end_s if standing else max(0, facts.now_s - end_s)


def bind_referrals(
    reaction: Reaction, previous: PlanInForce, begun: dict[VehicleId, Begun]
) -> dict[PersonId, Referral]:
    """Bind the ways back of the referrals that have begun; return those whose way back is lost, with companions."""
    facts = reaction.facts
    stranded: dict[PersonId, Referral] = {}
    later_s = max((0, *(own.late_s for own in begun.values())))
    open_ones = [referral for referral in reaction.previous.referrals if referral.person not in facts.treated]
    for own in begun.values():
        own.later_s = later_s
    changed = True
    while changed:
        changed = False
        for referral in open_ones:
            away = referral.person in facts.at or referral.person in facts.aboard
            if not (away or _is_bound(previous, begun, referral.out_trip)):
                continue
            vehicle, number = previous.position[referral.back_trip]
            passed = vehicle in begun and bool(begun[vehicle].aboard) and number < begun[vehicle].first
            if vehicle in facts.lost or passed:
                stranded |= dict.fromkeys((referral.person, *referral.accompanied_by), referral)
            elif not _is_bound(previous, begun, referral.back_trip):
                own = begun.get(vehicle) or _to_come(previous.chains[vehicle], number, facts.now_s, later_s)
                own.first, own.last = min(own.first, number), max(own.last, number)
                begun[vehicle] = own
                changed = True
    return stranded


def _is_bound(previous: PlanInForce, begun: dict[VehicleId, Begun], trip: TripId) -> bool:
    vehicle, number = previous.position[trip]
    return vehicle in begun and begun[vehicle].first <= number <= begun[vehicle].last


def _to_come(chain: list[Trip], number: int, now_s: int, later_s: int) -> Begun:
    """Bind the trips of a vehicle that nobody is aboard of, from the first that is not over."""
    first = min([number, *(n for n, trip in enumerate(chain) if trip.stops[-1].end_s > now_s)])
    behind_s = max(later_s, now_s - chain[first].stops[0].start_s)
    return Begun(chain=chain, first=first, last=first, later_s=behind_s)
