"""Who can be carried at all, and where the convoys' people gather: decided before anything is timed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec
from msgspec import Struct

from safepassage.model.ids import PersonId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import Site
from safepassage.model.plan import Unserved
from safepassage.model.travel import Travel
from safepassage.planner.columns import Column, Gathered, Timing, columns, seat_problem
from safepassage.planner.demand import Bundle, bundles
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.seat_problem import LEFT
from safepassage.planner.seats import Seating, settle


class Demand(Struct, kw_only=True):
    """The people who are to be carried, in an operation without the others; where each gathers; who stays and why.

    `failure` is a rule's code when somebody stays who must not; `proved` whether that (or the number who stay) is
    proved.
    """

    operation: Operation
    people: tuple[Bundle, ...]
    goal: dict[PersonId, SiteId]
    unserved: list[Unserved]
    failure: str = ""
    subjects: tuple[str, ...] = ()
    proved: bool = True


def unfit(operation: Operation) -> list[Unserved]:
    """List those who asked to move and are not fit to."""
    return [
        Unserved(person=person.id, rule="fit-to-travel")
        for person in operation.people
        if person.choice == "consented" and not person.fit_to_travel
    ]


def without(operation: Operation, people: set[PersonId]) -> Operation:
    """Return the operation without these people."""
    if not people:
        return operation
    kept = tuple(person for person in operation.people if person.id not in people)
    return msgspec.structs.replace(operation, people=kept)


def demand(operation: Operation, travel: Travel, effort: Effort, clock: Clock) -> Demand:
    """Leave out whom no plan could carry, and give the convoys' people places and so a site to gather at.

    Parameters
    ----------
    operation, travel
        What is asked for, and the routes.
    effort, clock
        Limits of the solver.
    """
    found = Demand(operation=operation, people=bundles(operation), goal={}, unserved=unfit(operation))
    people = {person.id: person for person in operation.people}
    stuck = ((n, obstacle(operation, bundle, people)) for n, bundle in enumerate(found.people))
    _leave(found, {n: rule for n, rule in stuck if rule})
    if found.failure or not operation.convoys:
        return found
    lined = columns(operation, {})
    seating, unreached = _seated(found.operation, travel, lined, found.people, (effort, clock))
    behind = {n: unreached.get(n, "seats") for n, vehicle in enumerate(seating.vehicle) if vehicle == LEFT}
    found.proved = seating.fewest
    assembly = [column.convoy.assembly for column in lined for _ in column.vehicles]
    for bundle, vehicle in zip(found.people, seating.vehicle, strict=True):
        found.goal |= {person: assembly[vehicle] for person in bundle.members if vehicle != LEFT}
    if behind and operation.limits.everyone and not unreached:
        found.failure = "seats" if seating.possible is False else "seats-unproved"
        return found
    _leave(found, unreached if operation.limits.everyone else behind)
    return found


def leave(found: Demand, people: dict[PersonId, str]) -> Demand:
    """Take whole bundles out of the demand, for the reason (a rule's code) told for one of their members."""
    reasons = {
        number: next(people[person] for person in bundle.members if person in people)
        for number, bundle in enumerate(found.people)
        if not people.keys().isdisjoint(bundle.members)
    }
    _leave(found, reasons)
    return found


def _leave(found: Demand, reasons: dict[int, str]) -> None:
    if not reasons:
        return
    if found.operation.limits.everyone:
        number = min(reasons)
        found.failure, found.subjects = reasons[number], found.people[number].members
        return
    gone = {person: rule for number, rule in reasons.items() for person in found.people[number].members}
    found.unserved += [Unserved(person=person, rule=rule) for person, rule in gone.items()]
    found.operation = without(found.operation, set(gone))
    found.people = tuple(bundle for number, bundle in enumerate(found.people) if number not in reasons)


def _seated(
    operation: Operation,
    travel: Travel,
    lined: tuple[Column, ...],
    people: tuple[Bundle, ...],
    limits: tuple[Effort, Clock],
) -> tuple[Seating, dict[int, str]]:
    """Give places in the convoys, if it can be at assembly sites that are near; also who comes to none, and why."""
    nobody = Gathered(ready_s={}, states={}, busy={}, facts={}, goal={})
    problem = seat_problem(operation, lined, people, nobody, Timing())
    assembly = [column.convoy.assembly for column in lined for _ in column.vehicles]
    passengers, unreached = [], {}
    for number, (bundle, passenger) in enumerate(zip(people, problem.passengers, strict=True)):
        near = {site: _way_s(operation, travel, bundle, site) for site in dict.fromkeys(assembly)}
        reached = sorted((way_s, v) for v in passenger.vehicles if (way_s := near[assembly[v]]) is not None)
        if passenger.vehicles and not reached:
            unreached[number] = _why_not(operation, bundle, assembly)
        # nearer sites first: to the seating, the order of a passenger's vehicles is an order of preference
        passengers.append(msgspec.structs.replace(passenger, vehicles=tuple(v for _, v in reached)))
    return settle(msgspec.structs.replace(problem, passengers=tuple(passengers)), *limits), unreached


def _why_not(operation: Operation, bundle: Bundle, assembly: list[SiteId]) -> str:
    people = {person.id: person for person in operation.people}
    for goal in dict.fromkeys(assembly):
        for piece in pieces(bundle, goal, people):
            alone = parted([people[person] for _, members in piece for person in members])
            if alone:
                return alone
    return "unreachable-site"


def _way_s(operation: Operation, travel: Travel, bundle: Bundle, goal: SiteId) -> int | None:
    """Sum up the ways of a bundle's people to an assembly site.

    None where there is none, or they cannot come as they must.
    """
    people = {person.id: person for person in operation.people}
    paces = {travel.pace(v) for v in operation.vehicles if not v.convoy}
    total_s = 0
    for piece in pieces(bundle, goal, people):
        if parted([people[person] for _, members in piece for person in members]):
            return None
        for site, members in piece:
            ways = [route.travel_s for pace in paces for route in travel.routes.get((pace, site, goal), ())]
            if not ways:
                return None
            total_s += min(ways) * len(members)
    return total_s


Parts: TypeAlias = tuple[tuple[SiteId, tuple[PersonId, ...]], ...]


def pieces(bundle: Bundle, goal: SiteId, people: dict[PersonId, Person]) -> list[Parts]:
    """Divide those of a bundle who have to come to an assembly site into those who ride together.

    By site, where each part can.
    """
    away = tuple(part for part in bundle.parts if part[0] != goal)
    if any(parted([people[person] for person in members]) for _, members in away):
        return [away]
    return [(part,) for part in away]


def parted(members: list[Person]) -> str:
    """Tell why these people cannot ride by themselves, without others of their bundle; empty when they can."""
    here = {person.id for person in members}
    adults = {person.household for person in members if not person.is_child}
    for person in members:
        if person.is_child and person.household not in adults:
            return "child-unaccompanied"
        if person.carer and person.carer not in here:
            return "carer-apart"
    return ""


def obstacle(operation: Operation, bundle: Bundle, people: Mapping[PersonId, Person]) -> str:
    """Tell the rule because of which no plan can carry a bundle, whatever the vehicles do; empty when none is known."""
    members = [people[person] for person in bundle.members]
    if len(bundle.named) > 1:
        return "wrong-destination"
    if bundle.apart & set(bundle.members):
        return "kept-apart"
    if bundle.sizes[2] and not any(site.takes_stretchers for site in _ends(operation, bundle)):
        return "no-stretchers-here"
    return parted(members) or next(_patients(members, people), "")


def _ends(operation: Operation, bundle: Bundle) -> list[Site]:
    """List the sites where a bundle may end."""
    ends = {convoy.destination for convoy in operation.convoys}
    allowed = (bundle.named or ends) & ends if ends else bundle.finals
    return [site for site in operation.sites if site.id in allowed]


def _patients(members: list[Person], people: Mapping[PersonId, Person]) -> Iterator[str]:
    """Find patients without who must ride along: the carer, or a child's adult, has to wait at the same site."""
    for person in members:
        if not person.treatment_s:
            continue
        if person.carer and people[person.carer].site != person.site:
            yield "carer-apart"
        adults = [p for p in members if p.household == person.household and not p.is_child and p.site == person.site]
        if person.is_child and not adults:
            yield "child-unaccompanied"
