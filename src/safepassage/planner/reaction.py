"""Planning again in the middle of a movement: the facts are fixed, what is left is an operation like any other.

Trips that have begun go on to their end. Who has arrived, or is bound to, needs no planning; whoever is on the way to
a place where they wait is there from then on. Vehicles start where they are free, and not before now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.ids import HouseholdId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import FINAL_KINDS, Site
from safepassage.model.time import Window, intersection
from safepassage.planner.reaction_agreement import agreed
from safepassage.planner.reaction_course import Course, follow
from safepassage.planner.reaction_facts import Facts, Reaction, Standing
from safepassage.planner.standing import VehicleState

__all__ = ["Beginning", "Facts", "Reaction", "Standing", "StartTrip", "beginning", "fixed", "remaining"]

NEVER = (Window(from_s=-1, until_s=-1),)
"""Opening windows into which no service fits."""


class StartTrip(Struct, frozen=True, kw_only=True):
    """A trip of the plan in force that has not begun: people at each pickup stop in order, and where they are taken."""

    vehicle: VehicleId
    pickups: tuple[tuple[SiteId, tuple[PersonId, ...]], ...]
    end: SiteId


class Beginning(Struct, frozen=True, kw_only=True):
    """What an operation has no field for: when people are ready, what vehicles have driven.

    `ready_s` is when people on their way to a place where they wait are there; `states` where vehicles are free, with
    the crews' hours and the fuel that they have used.
    """

    ready_s: dict[PersonId, int]
    states: dict[VehicleId, VehicleState]


def fixed(operation: Operation, reaction: Reaction) -> Operation:
    """Make the operation that is left.

    Parameters
    ----------
    operation
        As it was at the start.
    reaction
        Facts, and the plan in force.

    Returns
    -------
    Operation
        On the same clock. Its plan starts nothing before `now_s`, and does not hold the trips that have begun.

    Raises
    ------
    InputError
        When the facts contradict the operation or each other, or somebody is aboard a vehicle that has no trip.
    """
    course = follow(operation, reaction)
    facts = reaction.facts
    convoys = tuple(convoy for convoy in operation.convoys if convoy.id not in facts.departed)
    vehicles = tuple(
        replace(vehicle, site=course.vehicles[vehicle.id].site, available_from_s=course.vehicles[vehicle.id].free_s)
        for vehicle in operation.vehicles
        if vehicle.id not in facts.lost and vehicle.convoy not in facts.departed
    )
    ended = _ended(operation, course)
    hospitals = frozenset(site.id for site in operation.sites if site.kind == "hospital")
    people = tuple(_waiting(person, course, hospitals) for person in operation.people if person.id not in ended)
    rest = replace(operation, convoys=convoys, vehicles=vehicles, people=people)
    rest = replace(rest, sites=tuple(_sites(rest, course, Counter(ended.values()))))
    rest = replace(rest, people=tuple(_following(rest, operation, ended)))
    return agreed(operation, reaction, course, rest)


def beginning(operation: Operation, reaction: Reaction) -> Beginning:
    """Tell what the planner's stages have to know besides the operation that is left.

    Parameters
    ----------
    operation
        As it was at the start.
    reaction
        Facts, and the plan in force.

    Raises
    ------
    InputError
        As `fixed` does.
    """
    course, now_s = follow(operation, reaction), reaction.facts.now_s
    ready_s = {name: place.from_s for name, place in course.people.items() if place.from_s > now_s}
    gone = reaction.facts.lost | {one.id for one in operation.vehicles if one.convoy in reaction.facts.departed}
    return Beginning(
        ready_s=ready_s, states={name: state for name, state in course.vehicles.items() if name not in gone}
    )


def remaining(rest: Operation, reaction: Reaction) -> tuple[StartTrip, ...]:
    """List the shuttle trips of the plan in force that have not begun, for people who still wait.

    Parameters
    ----------
    rest
        The operation that is left (see `fixed`); its vehicles are those that still drive.
    reaction
        Facts, and the plan in force.

    Returns
    -------
    tuple of StartTrip
        In the order of time. Nobody is on two of them.
    """
    vehicles = {vehicle.id for vehicle in rest.vehicles}
    waits = {person.id: person.site for person in rest.people}
    ends = {site.id for site in rest.sites if site.kind in FINAL_KINDS and site.opens != NEVER}
    ends |= {convoy.assembly for convoy in rest.convoys}
    rides = {manifest.trip: manifest.rides for manifest in reaction.previous.manifests}
    found = []
    for trip in sorted(reaction.previous.trips, key=lambda trip: trip.stops[0].arrive_s):
        if trip.kind != "shuttle" or trip.vehicle not in vehicles or trip.stops[-1].site not in ends:
            continue
        aboard: dict[int, list[PersonId]] = {}
        for ride in rides.get(trip.id, ()):
            if waits.get(ride.person) == trip.stops[ride.board].site:
                aboard.setdefault(ride.board, []).append(ride.person)
        pickups = tuple((trip.stops[number].site, tuple(aboard[number])) for number in sorted(aboard))
        if pickups:
            found.append(StartTrip(vehicle=trip.vehicle, pickups=pickups, end=trip.stops[-1].site))
    return tuple(found)


def _ended(operation: Operation, course: Course) -> dict[PersonId, SiteId]:
    """List who has arrived, or is bound to without more planning, and where."""
    if operation.convoys:
        finals = {convoy.destination for convoy in operation.convoys}
    else:
        finals = {site.id for site in operation.sites if site.kind in FINAL_KINDS}
    ended = {}
    for person in operation.people:
        place = course.people.get(person.id)
        if place is None:
            continue
        # without convoys, whoever names a site may end there whatever its kind
        allowed = {person.destination} if person.destination and not operation.convoys else finals
        if place.site in allowed and person.destination in {"", place.site}:
            ended[person.id] = place.site
    return ended


def _waiting(person: Person, course: Course, hospitals: frozenset[SiteId]) -> Person:
    """Put somebody where they will wait, without the treatment that is done with and the group if they have left."""
    if person.id in course.closed:
        person = replace(person, treatment_s=0, hospital=SiteId(""))
    place = course.people.get(person.id)
    if place is None or place.site == person.site:
        return person
    return replace(person, site=place.site, group=person.group if place.site in hospitals else "")


def _sites(rest: Operation, course: Course, taken: Counter[SiteId]) -> Iterator[Site]:
    """Take the room that is used up off every site."""
    named = {person.destination for person in rest.people} | {convoy.destination for convoy in rest.convoys}
    for site in rest.sites:
        if site.kind == "hospital":
            yield _treating(site, course.treatments.get(site.id, []), rest.limits.horizon_s)
        elif not site.capacity or site.capacity > taken[site.id]:
            yield replace(site, capacity=max(0, site.capacity - taken[site.id]))
        elif site.id in named:
            # whoever names a site may end there whatever its kind: only that it never opens keeps them out
            yield replace(site, kind="fallback", opens=NEVER)
        else:
            yield replace(site, kind="fallback")


def _treating(site: Site, until_s: list[int], horizon_s: int) -> Site:
    """Take the places off a hospital where somebody is treated; when none is free, it opens after the last."""
    if not site.capacity or not until_s:
        return site
    if site.capacity > len(until_s):
        return replace(site, capacity=site.capacity - len(until_s))
    later = (Window(from_s=max(until_s), until_s=max(horizon_s, *until_s)),)
    return replace(site, opens=(intersection(tuple(sorted(site.opens)), later) or NEVER) if site.opens else later)


def _following(rest: Operation, operation: Operation, ended: dict[PersonId, SiteId]) -> Iterator[Person]:
    """Send those whose household has arrived in part, and who may go anywhere, after it while there is room."""
    went = {person.household: ended[person.id] for person in operation.people if person.id in ended}
    destinations = {convoy.destination for convoy in rest.convoys}
    open_ones = {
        site.id: site for site in rest.sites if (site.id in destinations if destinations else site.kind in FINAL_KINDS)
    }
    room = {site.id: site.capacity or len(rest.people) for site in open_ones.values()}
    behind: dict[HouseholdId, list[Person]] = {}
    for person in rest.people:
        if person.travels:
            behind.setdefault(person.household, []).append(person)
    follows: dict[HouseholdId, SiteId] = {}
    for household, members in behind.items():
        site = went.get(household)
        if site not in open_ones or any(person.destination for person in members) or room[site] < len(members):
            continue
        if open_ones[site].takes_stretchers or all(person.mobility != "stretcher" for person in members):
            follows[household] = site
            room[site] -= len(members)
    for person in rest.people:
        yield replace(person, destination=follows[person.household]) if person.household in follows else person
