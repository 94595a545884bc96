"""What of a plan is bound to happen, given the facts: trips that have begun go on to their end.

So do referrals that have begun, with everything their ambulances do until the patient is back.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from safepassage.model.fleet import Vehicle
from safepassage.model.ids import PersonId, SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Referral, Ride, Stop, Trip
from safepassage.model.travel import Travel
from safepassage.planner.reaction_begun import Begun, PlanInForce, bind_referrals, look_up, running
from safepassage.planner.reaction_facts import Reaction, Standing, demand_sense
from safepassage.planner.standing import VehicleState
from safepassage.roads.paces import paced


class Whereabouts(Struct, frozen=True, kw_only=True):
    """Where somebody is, or will be when the trips that have begun are over: from when.

    `leaves_s` is when they left, or leave, the site where they were; never before now.
    """

    site: SiteId
    from_s: int
    leaves_s: int


class Course(Struct, kw_only=True):
    """How everybody and every vehicle comes out of what has begun.

    `people` are those who have left their site or are bound to; the others still wait at theirs. `closed` are the
    patients whose referral needs no planning any more, with the time when they are ready to leave; `trips` are the
    trips that have begun or are bound to be made. `treatments` are those at each hospital that are not over, with
    their ends.
    """

    people: dict[PersonId, Whereabouts]
    vehicles: dict[VehicleId, VehicleState]
    closed: dict[PersonId, int]
    trips: dict[TripId, Trip]
    treatments: dict[SiteId, list[int]]


def follow(operation: Operation, reaction: Reaction) -> Course:
    """Work out what is bound to happen.

    Parameters
    ----------
    operation
        As it was at the start.
    reaction
        Facts, and the plan in force.

    Raises
    ------
    InputError
        When the facts contradict the operation or each other, or somebody is aboard a vehicle that has no trip.
    """
    demand_sense(operation, reaction.facts)
    previous = look_up(reaction)
    begun = running(operation, reaction, previous)
    course = Course(people={}, vehicles={}, closed={}, trips={}, treatments={})
    _place_people(operation, reaction, course, begun)
    stranded = bind_referrals(reaction, previous, begun)
    for own in begun.values():
        course.trips |= {trip.id: trip for trip in own.chain[own.first : own.last + 1]}
    _ride_on(operation, reaction, previous, (begun, course))
    _close(operation, reaction, course, stranded)
    travel = paced(operation)
    for vehicle in operation.vehicles:
        bound = begun.get(vehicle.id)
        course.vehicles[vehicle.id] = (
            _released(reaction, bound, travel) if bound else _standing(reaction, vehicle, previous, travel)
        )
    return course


def _place_people(operation: Operation, reaction: Reaction, course: Course, begun: dict[VehicleId, Begun]) -> None:
    """Put people where the facts say; those in a convoy's vehicle that has not departed are at its assembly site."""
    now_s = reaction.facts.now_s
    assembly = {convoy.id: convoy.assembly for convoy in operation.convoys}
    gathers = {vehicle.id: assembly[vehicle.convoy] for vehicle in operation.vehicles if vehicle.convoy}
    waiting = {person: gathers[vehicle] for person, vehicle in reaction.facts.aboard.items() if vehicle not in begun}
    told = {**reaction.facts.at, **waiting}
    for person in operation.people:
        site = told.get(person.id, person.site)
        if site != person.site:
            course.people[person.id] = Whereabouts(site=site, from_s=now_s, leaves_s=now_s)


def _ride_on(
    operation: Operation, reaction: Reaction, previous: PlanInForce, bound: tuple[dict[VehicleId, Begun], Course]
) -> None:
    """Bring everybody on the bound trips to where these take them, in the order of time."""
    begun, course = bound
    home = {person.id: person.site for person in operation.people}
    now_s = reaction.facts.now_s
    for trip in sorted(course.trips.values(), key=lambda trip: trip.stops[0].start_s):
        own = begun[trip.vehicle]
        under_way, behind_s = own.is_under_way(trip), own.behind_s(trip)
        for ride in _riders(previous, trip, own.aboard if under_way else None):
            boards, alights = trip.stops[ride.board], trip.stops[ride.alight]
            aboard = under_way and ride.person in own.aboard
            before = course.people.get(ride.person)
            if not aboard and (before.site if before else home[ride.person]) != boards.site:
                continue
            site = _diverted(reaction, trip) if under_way else None
            leaves_s = now_s if aboard or before else max(now_s, boards.depart_s + behind_s)
            from_s = max(now_s, (trip.stops[-1] if site else alights).end_s + behind_s)
            course.people[ride.person] = Whereabouts(site=site or alights.site, from_s=from_s, leaves_s=leaves_s)


def _riders(previous: PlanInForce, trip: Trip, aboard: frozenset[PersonId] | None) -> Iterator[Ride]:
    """List who rides a bound trip: of one under way those aboard, and those at stops that it has not come to."""
    rides = previous.rides.get(trip.id, ())
    if aboard is None:
        yield from rides
        return
    served = max((ride.board for ride in rides if ride.person in aboard), default=len(trip.stops))
    yield from (ride for ride in rides if ride.person in aboard or ride.board > served)
    for person in sorted(aboard.difference(ride.person for ride in rides)):
        yield Ride(person=person, board=0, alight=len(trip.stops) - 1)


def _diverted(reaction: Reaction, trip: Trip) -> SiteId | None:
    standing = reaction.facts.vehicles.get(trip.vehicle)
    return standing.site if standing and standing.site != trip.stops[-1].site else None


def _close(operation: Operation, reaction: Reaction, course: Course, stranded: dict[PersonId, Referral]) -> None:
    """Say which referrals need no planning any more; who has no way back waits at the hospital."""
    facts = reaction.facts
    course.closed |= dict.fromkeys(facts.treated, facts.now_s)
    for person, referral in stranded.items():
        until_s = max(facts.now_s, referral.treated_until_s)
        course.people[person] = Whereabouts(site=referral.hospital, from_s=until_s, leaves_s=facts.now_s)
        course.closed[person] = until_s
    for referral in reaction.previous.referrals:
        if referral.person in facts.treated:
            continue
        if referral.back_trip in course.trips or referral.person in stranded:
            place = course.people[referral.person]
            course.closed[referral.person] = place.from_s
            if referral.treated_until_s > facts.now_s:
                course.treatments.setdefault(referral.hospital, []).append(referral.treated_until_s)
    for patient in operation.people:
        if patient.treatment_s and patient.id in course.people and patient.id not in course.closed:
            # out without a referral in the plan: treated where they are, as long as it takes
            place = course.people[patient.id]
            ready_s = place.from_s + patient.treatment_s
            course.people[patient.id] = Whereabouts(site=place.site, from_s=ready_s, leaves_s=place.leaves_s)
            course.closed[patient.id] = ready_s


def _released(reaction: Reaction, own: Begun, travel: Travel) -> VehicleState:
    """Say how a vehicle stands after the trips that are bound to happen."""
    last = own.chain[own.last]
    site = _diverted(reaction, last) if own.is_under_way(last) else None
    free_s = max(reaction.facts.now_s, last.stops[-1].end_s + own.behind_s(last))
    reached = [(trip, stop) for trip in own.chain[: own.last + 1] for stop in trip.stops]
    return _state(travel, reached, Standing(site=site or last.stops[-1].site, free_s=free_s))


def _standing(reaction: Reaction, vehicle: Vehicle, previous: PlanInForce, travel: Travel) -> VehicleState:
    """Say how an empty vehicle stands, or which site it is driving to: by the facts, else by the plan."""
    now_s, told = reaction.facts.now_s, reaction.facts.vehicles.get(vehicle.id)
    reached = _reached(travel, previous.chains.get(vehicle.id, []), now_s)
    if told:
        where = Standing(site=told.site, free_s=max(told.free_s, now_s))
    elif reached:
        stop = reached[-1][1]
        busy_s = stop.end_s if stop.work and stop.start_s <= now_s else stop.arrive_s
        where = Standing(site=stop.site, free_s=max(busy_s, now_s))
    else:
        where = Standing(site=vehicle.site, free_s=max(vehicle.available_from_s, now_s))
    return _state(travel, reached, where)


def _reached(travel: Travel, chain: list[Trip], now_s: int) -> list[tuple[Trip, Stop]]:
    """List the stops that a vehicle has come to or is driving to, by the plan."""
    reached: list[tuple[Trip, Stop]] = []
    for trip in chain:
        for stop in trip.stops:
            sets_off_s = reached[-1][1].depart_s if reached else stop.arrive_s - travel.drive_s(trip, stop)
            if sets_off_s > now_s or (not stop.route and stop.arrive_s > now_s):
                return reached
            reached.append((trip, stop))
    return reached


def _state(travel: Travel, reached: list[tuple[Trip, Stop]], where: Standing) -> VehicleState:
    """Add up what a vehicle has driven by the plan since its last rest and refuelling, and in all."""
    driven_s = total_s = fuel_m = 0
    for trip, stop in reached:
        drive = travel.drive_s(trip, stop)
        driven_s, total_s = driven_s + drive, total_s + drive
        fuel_m += sum(travel.links[link].length_m for link in stop.route)
        done = stop.end_s <= where.free_s
        driven_s = 0 if done and "rest" in stop.work else driven_s
        fuel_m = 0 if done and "refuel" in stop.work else fuel_m
    return VehicleState(site=where.site, free_s=where.free_s, drive_s=driven_s, total_drive_s=total_s, fuel_m=fuel_m)
