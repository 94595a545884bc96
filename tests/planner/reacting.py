"""Facts derived from a plan, plans of what is left, and past and rest joined."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from planner.small import operation, person, vehicle
from planner.support import planned
from safepassage.model.ids import PersonId, SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Load, Manifest, Plan, Stop, Trip
from safepassage.model.travel import drive_s
from safepassage.planner.reaction import Facts, Reaction, fixed
from safepassage.planner.reaction_course import follow
from safepassage.roads.table import travel
from safepassage.rules import check


def as_planned(asked: Operation, made: Plan, now_s: int) -> Facts:
    """Tell what has happened by an instant when everything went as planned."""
    trips = {trip.id: trip for trip in made.trips}
    own = {milestone.id for milestone in asked.milestones}
    home = {one.id: one.site for one in asked.people}
    at: dict[PersonId, SiteId] = {}
    aboard: dict[PersonId, VehicleId] = {}
    rides = [(ride, trips[one.trip]) for one in made.manifests for ride in one.rides]
    for ride, trip in sorted(rides, key=lambda pair: pair[1].stops[pair[0].board].start_s):
        if trip.stops[ride.alight].end_s <= now_s:
            at[ride.person] = trip.stops[ride.alight].site
        elif trip.stops[ride.board].start_s <= now_s:
            aboard[ride.person] = trip.vehicle
            at.pop(ride.person, None)
    return Facts(
        now_s=now_s,
        at={name: site for name, site in at.items() if site != home[name]},
        aboard=aboard,
        treated=frozenset(one.person for one in made.referrals if one.returned_s <= now_s),
        departed=frozenset(one.convoy for one in made.convoys if one.departs_s <= now_s),
        milestones={one.milestone: one.at_s for one in made.milestones if one.milestone in own and one.at_s <= now_s},
    )


def reaction_at(asked: Operation, made: Plan, now_s: int, **facts: Any) -> Reaction:
    """React to what went as planned, but for these facts."""
    return Reaction(facts=replace(as_planned(asked, made, now_s), **facts), previous=made)


def whole(asked: Operation, reaction: Reaction, rest: Plan) -> Plan:
    """Join what has been driven, what is bound to be and the plan of the rest; for operations without convoys."""
    now_s, bound = reaction.facts.now_s, follow(asked, reaction).trips
    rides = {one.trip: one.rides for one in reaction.previous.manifests}
    links = {link.id: link.travel_s for link in asked.links}
    past: list[Trip] = []
    lists: list[Manifest] = []
    sets_off_s: dict[VehicleId, int] = {}
    for trip in sorted(reaction.previous.trips, key=lambda trip: trip.stops[0].arrive_s):
        own = rides[trip.id] if trip.id in bound or trip.stops[-1].end_s <= now_s else ()
        drive = sum(drive_s(links[link], trip.speed_percent) for link in trip.stops[0].route)
        before_s = sets_off_s.get(trip.vehicle, trip.stops[0].arrive_s - drive)
        stops = trip.stops if own or trip.id in bound else _driven_empty(trip, before_s, now_s)
        sets_off_s[trip.vehicle] = trip.stops[-1].depart_s
        if stops:
            name = TripId(f"past-{trip.id}")
            past.append(replace(trip, id=name, stops=stops))
            lists.append(Manifest(trip=name, vehicle=trip.vehicle, rides=own))
    referrals = tuple(
        replace(one, out_trip=TripId(f"past-{one.out_trip}"), back_trip=TripId(f"past-{one.back_trip}"))
        for one in reaction.previous.referrals
        if one.back_trip in bound or one.returned_s <= now_s
    )
    return replace(
        rest,
        trips=(*(_waiting(trip, past, rest, links) for trip in past), *rest.trips),
        manifests=(*lists, *rest.manifests),
        referrals=referrals + rest.referrals,
    )


def _driven_empty(trip: Trip, sets_off_s: int, now_s: int) -> tuple[Stop, ...]:
    """Cut a trip that had nobody aboard at the stop that its vehicle had come to, or was driving to."""
    stops: list[Stop] = []
    for stop in trip.stops:
        if sets_off_s > now_s or (not stop.route and stop.arrive_s > now_s):
            break
        work = stop.work if stop.start_s <= now_s else ()
        start_s, end_s = (stop.start_s, stop.end_s) if work else (stop.arrive_s, stop.arrive_s)
        bay = stop.bay if "refuel" in work else 0
        stops.append(
            replace(stop, load=Load(), bay=bay, work=work, start_s=start_s, end_s=end_s, depart_s=end_s, not_before_s=0)
        )
        sets_off_s = stop.depart_s
    return tuple(stops)


def _waiting(trip: Trip, past: list[Trip], rest: Plan, links: dict[Any, int]) -> Trip:
    """Let a vehicle's last past trip wait until its first new one sets off."""
    new = [one for one in rest.trips if one.vehicle == trip.vehicle]
    if not new or trip is not [one for one in past if one.vehicle == trip.vehicle][-1]:
        return trip
    first = min(new, key=lambda one: one.stops[0].arrive_s)
    drive = sum(drive_s(links[link], first.speed_percent) for link in first.stops[0].route)
    last = replace(trip.stops[-1], depart_s=first.stops[0].arrive_s - drive)
    return replace(trip, stops=(*trip.stops[:-1], last))


def sound_rest(asked: Operation, reaction: Reaction) -> Plan:
    """Plan what is left, and assert what holds of any such plan."""
    left = fixed(asked, reaction)
    rest = planned(left, iterations=20)
    now_s = reaction.facts.now_s
    assert check(left, travel(left), rest) == ()
    assert all(stop.start_s >= now_s for trip in rest.trips for stop in trip.stops)
    links = {link.id: link.travel_s for link in asked.links}
    for trip in rest.trips:
        first = trip.stops[0]
        drive = sum(drive_s(links[link], trip.speed_percent) for link in first.route)
        assert first.arrive_s - drive >= now_s or any(
            other.vehicle == trip.vehicle and other.stops[-1].depart_s <= first.arrive_s for other in rest.trips
        )
    return rest


def on_the_way(**more: Any) -> tuple[Operation, Plan]:
    """Take four people from home and two from the farm to the camp, by two buses."""
    who = (*(person(f"H{n}", "H", site="home") for n in range(4)), person("F0", "F", "farm"), person("F1", "F", "farm"))
    asked = operation(more.pop("who", who), [vehicle("V1", "home"), vehicle("V2", "farm")], **more)
    made = planned(asked)
    assert made.objective is not None
    assert made.objective.unserved == 0
    return asked, made


def trip_with(made: Plan, name: str) -> Trip:
    """Find the first trip that somebody rides."""
    ids = {one.trip for one in made.manifests if any(ride.person == name for ride in one.rides)}
    return next(trip for trip in made.trips if trip.id in ids)


def ids(asked: Operation) -> set[str]:
    """Name the people of an operation."""
    return {one.id for one in asked.people}


def by_id(rows: Any) -> dict[str, Any]:
    """Look rows up by id."""
    return {row.id: row for row in rows}
