"""Ways to make a good plan wrong. Each changes what the plan means, so that a referee must object, always.

A mutation takes (operation, plan, random) and returns the plan made wrong, or None where the plan has nothing to make
wrong that way. None of them uses the rules: why the result is wrong stands with each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any, TypeAlias

from msgspec.structs import replace

from safepassage.model.clauses import Area, Consent
from safepassage.model.ids import LinkId, PersonId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import ConvoyOrder, Manifest, Plan, Ride, Stop, Trip
from safepassage.model.travel import drive_s

Mutation: TypeAlias = Callable[[Operation, Plan, Random], Plan | None]
Seat: TypeAlias = tuple[TripId, Ride]


def _one(random: Random, choices: list[Any]) -> Any:
    return random.choice(choices) if choices else None


def _trips(plan: Plan) -> dict[TripId, Trip]:
    return {trip.id: trip for trip in plan.trips}


def _with_trip(plan: Plan, trip: Trip) -> Plan:
    return replace(plan, trips=tuple(trip if one.id == trip.id else one for one in plan.trips))


def _with_stop(plan: Plan, trip: Trip, index: int, **changes: Any) -> Plan:
    stops = list(trip.stops)
    stops[index] = replace(stops[index], **changes)
    return _with_trip(plan, replace(trip, stops=tuple(stops)))


def _stops(plan: Plan) -> list[tuple[Trip, int, Stop]]:
    return [(trip, index, stop) for trip in plan.trips for index, stop in enumerate(trip.stops)]


def _seats(plan: Plan) -> list[Seat]:
    """Every ride with its trip, in the order of time."""
    trips = _trips(plan)
    seats = [(manifest.trip, ride) for manifest in plan.manifests for ride in manifest.rides]
    return sorted(seats, key=lambda seat: trips[seat[0]].stops[seat[1].board].start_s)


def _with_rides(plan: Plan, changed: Callable[[Manifest], tuple[Ride, ...]]) -> Plan:
    return replace(plan, manifests=tuple(replace(one, rides=changed(one)) for one in plan.manifests))


def _last_seats(plan: Plan) -> dict[PersonId, Seat]:
    return {ride.person: (trip, ride) for trip, ride in _seats(plan)}


def _in_company(operation: Operation, plan: Plan) -> list[PersonId]:
    """People delivered together with somebody else of their household."""
    last = _last_seats(plan)
    households: defaultdict[str, list[PersonId]] = defaultdict(list)
    for person in operation.people:
        if person.travels and person.id in last:
            households[person.household].append(person.id)
    return [person for members in households.values() if len(members) > 1 for person in members]


def swap_people(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Swap two people between their last trips: the household of one of them is split."""
    last = _last_seats(plan)
    pairs = [(one, other) for one in _in_company(operation, plan) for other in last if last[one][0] != last[other][0]]
    pair = _one(random, pairs)
    if pair is None:
        return None
    swapped = {last[pair[0]]: pair[1], last[pair[1]]: pair[0]}

    def changed(manifest: Manifest) -> tuple[Ride, ...]:
        return tuple(replace(ride, person=swapped.get((manifest.trip, ride), ride.person)) for ride in manifest.rides)

    return _with_rides(plan, changed)


def split_household(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Put one of a household on another last trip, alone."""
    last = _last_seats(plan)
    person = _one(random, _in_company(operation, plan))
    others = [] if person is None else [seat for seat in last.values() if seat[0] != last[person][0]]
    seat = _one(random, others)
    if seat is None:
        return None
    own = last[person]

    def changed(manifest: Manifest) -> tuple[Ride, ...]:
        kept = tuple(ride for ride in manifest.rides if (manifest.trip, ride) != own)
        joining = (replace(seat[1], person=person),) if manifest.trip == seat[0] else ()
        return kept + joining

    return _with_rides(plan, changed)


def drop_person(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Take somebody off every manifest, and list them nowhere: they are left behind without a word."""
    person = _one(random, sorted(_last_seats(plan)))
    if person is None:
        return None
    return _with_rides(plan, lambda one: tuple(ride for ride in one.rides if ride.person != person))


def board_twice(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Write somebody down twice on one trip."""
    seat = _one(random, _seats(plan))
    if seat is None:
        return None
    return _with_rides(plan, lambda one: (*one.rides, seat[1]) if one.trip == seat[0] else one.rides)


def overload(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Put everybody who walks on one ride together, where it has fewer seats than that."""
    walking = {person.id for person in operation.people if person.mobility == "walking"}
    seats = {vehicle.id: vehicle.seats for vehicle in operation.vehicles}
    trips = _trips(plan)
    last = {person: seat for person, seat in _last_seats(plan).items() if person in walking}
    rides = [seat for seat in _seats(plan) if seats[trips[seat[0]].vehicle] < len(last)]
    seat = _one(random, rides)
    if seat is None:
        return None
    crowd = tuple(replace(seat[1], person=person) for person in last)

    def changed(manifest: Manifest) -> tuple[Ride, ...]:
        kept = tuple(ride for ride in manifest.rides if last.get(ride.person) != (manifest.trip, ride))
        if manifest.trip == seat[0]:
            return (*(ride for ride in kept if ride.person not in last), *crowd)
        return kept

    return _with_rides(plan, changed)


def move_against_will(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Put somebody on a trip who declined, withdrew, or is not fit to travel."""
    staying = _one(random, [person.id for person in operation.people if not person.travels])
    seat = _one(random, _seats(plan))
    if staying is None or seat is None:
        return None
    taken = replace(seat[1], person=staying)
    return _with_rides(plan, lambda one: (*one.rides, taken) if one.trip == seat[0] else one.rides)


def leave_carer(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Take a carer off one trip of the person cared for."""
    carers = {person.id: person.carer for person in operation.people if person.carer not in ("", person.id)}
    seat = _one(random, [seat for seat in _seats(plan) if seat[1].person in carers])
    if seat is None:
        return None
    trip, carer = seat[0], carers[seat[1].person]

    def changed(manifest: Manifest) -> tuple[Ride, ...]:
        return tuple(ride for ride in manifest.rides if manifest.trip != trip or ride.person != carer)

    return _with_rides(plan, changed)


def drop_stop(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Drop the last stop of a trip where people alight: their rides lead nowhere."""
    trips = _trips(plan)
    used = {trip for trip, ride in _seats(plan) if ride.alight == len(trips[trip].stops) - 1}
    trip = _one(random, sorted(used))
    if trip is None:
        return None
    return _with_trip(plan, replace(trips[trip], stops=trips[trip].stops[:-1]))


def shift_time(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Let a vehicle arrive at another time than its drive takes."""
    found = _one(random, [(trip, index) for trip, index, _ in _stops(plan) if index > 0])
    if found is None:
        return None
    trip, index = found
    shift_s = random.choice((-1, 1)) * random.randint(1, 3600)
    return _with_stop(plan, trip, index, arrive_s=trip.stops[index].arrive_s + shift_s)


def shorten_service(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """End a service where people board as soon as it starts."""
    limits, people = operation.limits, {person.id: person for person in operation.people}
    trips = _trips(plan)
    boarding = [
        (trips[trip], ride.board)
        for trip, ride in _seats(plan)
        if limits.setup_s + limits.board_s(people[ride.person].mobility) > 0
    ]
    found = _one(random, boarding)
    if found is None:
        return None
    trip, index = found
    return _with_stop(plan, trip, index, end_s=trip.stops[index].start_s)


def board_too_early(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Let somebody board before the ride that brings them there has ended."""
    trips = _trips(plan)
    own: defaultdict[PersonId, list[Seat]] = defaultdict(list)
    for seat in _seats(plan):
        own[seat[1].person].append(seat)
    pairs = [pair for seats in own.values() for pair in pairwise(seats)]
    pair = _one(random, pairs)
    if pair is None:
        return None
    (before, earlier), (after, later) = pair
    ready_s = trips[before].stops[earlier.alight].end_s
    trip = trips[after]
    return _with_stop(
        plan, trip, later.board, start_s=ready_s - 1, arrive_s=min(ready_s - 1, trip.stops[later.board].arrive_s)
    )


def deliver_elsewhere(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Say that a trip ends at another site: its road does not lead there."""
    trip = _one(random, list(plan.trips))
    if trip is None:
        return None
    other = random.choice([site.id for site in operation.sites if site.id != trip.stops[-1].site])
    return _with_stop(plan, trip, len(trip.stops) - 1, site=other)


def change_speed(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Drive a trip faster than its vehicle goes."""
    speeds = {vehicle.id: vehicle.speed_percent for vehicle in operation.vehicles}
    trip = _one(random, list(plan.trips))
    if trip is None:
        return None
    return _with_trip(plan, replace(trip, speed_percent=speeds[trip.vehicle] + random.randint(1, 50)))


def change_vehicle(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Give a trip to another vehicle than its manifest says."""
    trip = _one(random, [_trips(plan)[manifest.trip] for manifest in plan.manifests])
    if trip is None:
        return None
    other: VehicleId | None = _one(random, [one.id for one in operation.vehicles if one.id != trip.vehicle])
    return None if other is None else _with_trip(plan, replace(trip, vehicle=other))


def never_open(operation: Operation) -> list[LinkId]:
    """Name links that are never driven: in an area, refused, or held by a party that grants nothing."""
    consents = [clause for clause in operation.clauses if isinstance(clause, Consent)]
    areas = {link for clause in operation.clauses if isinstance(clause, Area) for link in clause.links}
    granting = {clause.party for clause in consents if clause.granted}
    refused = {link for clause in consents if not clause.granted for link in clause.links}
    return [
        link.id
        for link in operation.links
        if link.id in areas
        or (link.id in refused and link.controlled_by not in granting)
        or (link.controlled_by and link.controlled_by not in granting)
    ]


def unconsented_road(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Drive a link that is never open, beside the right one where there is such."""
    links = {link.id: link for link in operation.links}
    barred = never_open(operation)
    driven = [(trip, index, place) for trip, index, stop in _stops(plan) for place in range(len(stop.route))]
    beside = [
        (trip, index, place, other)
        for trip, index, place in driven
        for other in barred
        if _ends(links, other) == _ends(links, trip.stops[index].route[place])
    ]
    found = _one(random, beside or [(*one, other) for one in driven for other in barred])
    if found is None:
        return None
    trip, index, place, other = found
    route = list(trip.stops[index].route)
    route[place] = other
    return _with_stop(plan, trip, index, route=tuple(route))


def _ends(links: dict[LinkId, Any], link: LinkId) -> set[str]:
    return {links[link].start, links[link].end}


def skip_link(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Leave out the last link of a route: it ends short of the stop."""
    links = {link.id: link for link in operation.links}
    whole = [
        (trip, index) for trip, index, stop in _stops(plan) if stop.route and len(_ends(links, stop.route[-1])) > 1
    ]
    found = _one(random, whole)
    if found is None:
        return None
    trip, index = found
    return _with_stop(plan, trip, index, route=trip.stops[index].route[:-1])


def take_no_bay(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Serve people outside the bays of a site that has them."""
    found = _one(random, [(trip, index) for trip, index, stop in _stops(plan) if stop.bay > 0])
    if found is None:
        return None
    trip, index = found
    bays = {site.id: site.bays for site in operation.sites}[trip.stops[index].site]
    return _with_stop(plan, trip, index, bay=random.choice((0, bays + 1)))


def overlap_bay(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Serve two vehicles in one bay at the same time."""
    taken = [(trip, index, stop) for trip, index, stop in _stops(plan) if stop.bay > 0 and stop.end_s > stop.start_s]
    pairs = [
        (trip, index, other.bay)
        for trip, index, stop in taken
        for _, _, other in taken
        if stop.site == other.site and stop.bay != other.bay
        if stop.start_s < other.end_s and other.start_s < stop.end_s
    ]
    found = _one(random, pairs)
    if found is None:
        return None
    trip, index, bay = found
    return _with_stop(plan, trip, index, bay=bay)


def remove_rest(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Take every rest from a vehicle that drives longer than allowed without."""
    travel_s = {link.id: link.travel_s for link in operation.links}
    driven: defaultdict[VehicleId, int] = defaultdict(int)
    for trip, _, stop in _stops(plan):
        driven[trip.vehicle] += sum(drive_s(travel_s[link], trip.speed_percent) for link in stop.route)
    hours_s = {one.id: operation.limits.drive_before_rest_s * one.crews for one in operation.vehicles}
    vehicle = _one(random, [vehicle for vehicle, seconds in driven.items() if seconds > hours_s[vehicle]])
    return None if vehicle is None else _without_work(plan, vehicle, "rest")


def remove_refuelling(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Take all fuel from a vehicle that drives further than its range."""
    length_m = {link.id: link.length_m for link in operation.links}
    ranges = {vehicle.id: vehicle.range_m for vehicle in operation.vehicles}
    driven: defaultdict[VehicleId, int] = defaultdict(int)
    for trip, _, stop in _stops(plan):
        driven[trip.vehicle] += sum(length_m[link] for link in stop.route)
    vehicle = _one(random, [vehicle for vehicle, metres in driven.items() if 0 < ranges[vehicle] < metres])
    return None if vehicle is None else _without_work(plan, vehicle, "refuel")


def remove_halt(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Let one vehicle of a convoy drive past the halt."""
    vehicle = _one(random, [trip.vehicle for trip, _, stop in _stops(plan) if "halt" in stop.work])
    return None if vehicle is None else _without_work(plan, vehicle, "halt")


def _without_work(plan: Plan, vehicle: VehicleId, work: str) -> Plan:
    for trip, index, stop in _stops(plan):
        if trip.vehicle == vehicle and work in stop.work:
            own = _trips(plan)[trip.id]
            plan = _with_stop(plan, own, index, work=tuple(one for one in stop.work if one != work))
    return plan


def _with_order(plan: Plan, convoy: ConvoyOrder, changed: ConvoyOrder) -> Plan:
    return replace(plan, convoys=tuple(changed if each is convoy else each for each in plan.convoys))


def swap_convoy_order(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell two vehicles of a convoy in the other order than they leave in."""
    convoy = _one(random, [one for one in plan.convoys if len(one.order) > 1 and one.spacing_s > 0])
    if convoy is None:
        return None
    order = list(convoy.order)
    one, other = random.sample(range(len(order)), 2)
    order[one], order[other] = order[other], order[one]
    changed = replace(convoy, order=tuple(order))
    return _with_order(plan, convoy, changed)


def lie_in_spacing(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell another spacing than the convoy keeps."""
    convoy = _one(random, [one for one in plan.convoys if len(one.order) > 1])
    if convoy is None:
        return None
    changed = replace(convoy, spacing_s=convoy.spacing_s + random.randint(1, 60))
    return _with_order(plan, convoy, changed)


def lie_in_timetable(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell that the convoy passes a control point before it leaves."""
    convoy = _one(random, [one for one in plan.convoys if one.timetable])
    if convoy is None:
        return None
    points = list(convoy.timetable)
    place = random.randrange(len(points))
    points[place] = replace(points[place], head_s=convoy.departs_s - random.randint(1, 600))
    changed = replace(convoy, timetable=tuple(points))
    return _with_order(plan, convoy, changed)


def _without_one(plan: Plan, table: str, rows: list[Any], random: Random) -> Plan | None:
    row = _one(random, rows)
    if row is None:
        return None
    return replace(plan, **{table: tuple(one for one in getattr(plan, table) if one is not row)})


def shorten_treatment(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """End a treatment before its time."""
    referral = _one(random, list(plan.referrals))
    if referral is None:
        return None
    until_s = referral.treated_until_s - random.randint(1, referral.treated_until_s - referral.treated_from_s)
    changed = replace(referral, treated_until_s=until_s)
    return replace(plan, referrals=tuple(changed if each is referral else each for each in plan.referrals))


def drop_referral(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Forget a referral."""
    return _without_one(plan, "referrals", list(plan.referrals), random)


def lie_in_objective(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell one figure of the objective wrongly."""
    if plan.objective is None:
        return None
    name = random.choice(("unserved", "makespan_s", "exposure_person_s", "distance_m"))
    lie = getattr(plan.objective, name) + random.choice((-1, 1)) * random.randint(1, 1000)
    return replace(plan, objective=replace(plan.objective, **{name: lie}))


def lie_in_bound(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell a bound above the makespan."""
    if plan.objective is None:
        return None
    return replace(plan, bound_s=plan.objective.makespan_s + random.randint(1, 1000))


def lie_in_load(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell one person more aboard than there is."""
    found = _one(random, _stops(plan))
    if found is None:
        return None
    trip, index, stop = found
    name = random.choice(("walking", "wheelchair", "stretcher"))
    return _with_stop(plan, trip, index, load=replace(stop.load, **{name: getattr(stop.load, name) + 1}))


def lie_in_milestone(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell a milestone of the movement at another time than it comes."""
    computed = operation.computed_milestones()
    reading = _one(random, [one for one in plan.milestones if one.milestone in computed])
    if reading is None:
        return None
    changed = replace(reading, at_s=reading.at_s + random.choice((-1, 1)) * random.randint(1, 3600))
    return replace(plan, milestones=tuple(changed if one is reading else one for one in plan.milestones))


def forget_milestone(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell no time for what a party has to bring about."""
    own = {milestone.id for milestone in operation.milestones}
    return _without_one(plan, "milestones", [one for one in plan.milestones if one.milestone in own], random)


def lie_in_clause(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell a clause kept that is broken or monitored, or broken that is kept."""
    reading = _one(random, list(plan.clauses))
    if reading is None:
        return None
    changed = replace(reading, status="broken" if reading.status == "kept" else "kept")
    return replace(plan, clauses=tuple(changed if one is reading else one for one in plan.clauses))


def drop_clause(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell nothing about a clause."""
    return _without_one(plan, "clauses", list(plan.clauses), random)


def lie_in_unserved(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Forget somebody in the list of those left behind."""
    return _without_one(plan, "unserved", list(plan.unserved), random)


def name_nobody(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Name a person who is not in the operation."""
    seat = _one(random, _seats(plan))
    if seat is None:
        return None
    taken = replace(seat[1], person=PersonId("nobody-known"))
    return _with_rides(plan, lambda one: (*one.rides, taken) if one.trip == seat[0] else one.rides)


MUTATIONS: tuple[Mutation, ...] = (
    *(swap_people, split_household, drop_person, board_twice, overload, move_against_will, leave_carer),
    *(drop_stop, shift_time, shorten_service, board_too_early, deliver_elsewhere),
    *(change_speed, change_vehicle, unconsented_road, skip_link, take_no_bay, overlap_bay),
    *(remove_rest, remove_refuelling, remove_halt, swap_convoy_order, lie_in_spacing, lie_in_timetable),
    *(shorten_treatment, drop_referral, lie_in_objective, lie_in_bound, lie_in_load),
    *(lie_in_milestone, forget_milestone, lie_in_clause, drop_clause, lie_in_unserved, name_nobody),
)
