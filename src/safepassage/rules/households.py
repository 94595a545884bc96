"""Who rides with whom: households whole, children with an adult of theirs, carers beside, others apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from safepassage.model.ids import HouseholdId, PersonId, SiteId, TripId
from safepassage.model.people import Person
from safepassage.model.plan import Violation
from safepassage.rules.case import Case, Passage, grouped
from safepassage.rules.violations import broken, of_person

Itinerary: TypeAlias = tuple[SiteId, tuple[tuple[TripId, int, int], ...]]


def together(case: Case) -> Iterator[Violation]:
    """Outside referrals, members of a household who are at a site board and alight together."""
    for household, members in case.households.items():
        ways = grouped((_itinerary(case, member), member) for member in members)
        for own, travellers in ways.items():
            for other, left in ways.items():
                if other != own:
                    yield from _parted(case, household, travellers[0], left[0])


def _itinerary(case: Case, person: Person) -> Itinerary:
    rides = case.rides.get(person.id, ())
    return person.site, tuple((ride.trip.id, ride.board, ride.alight) for ride in rides)


def _parted(case: Case, household: HouseholdId, person: Person, other: Person) -> Iterator[Violation]:
    theirs = case.rides.get(other.id, ())
    shared = {(ride.trip.id, ride.board, ride.alight) for ride in theirs}
    for ride in case.rides.get(person.id, ()):
        boards = ride.boards
        if ride.trip.kind == "referral" or (ride.trip.id, ride.board, ride.alight) in shared:
            continue
        if _place_at(other, theirs, boards.start_s) == boards.site:
            subjects = f"households/{household}", of_person(person.id), of_person(other.id)
            figures = {"person": person.id, "site": boards.site, "trip": ride.trip.id, "other": other.id}
            yield broken("household-split", "household-leaves", *subjects, **figures)


def _place_at(person: Person, rides: tuple[Passage, ...], at_s: int) -> SiteId | None:
    """Return the site where a person is at `at_s`, or None while on a ride."""
    place = person.site
    for ride in rides:
        if ride.boards.start_s >= at_s:
            break
        if at_s < ride.alights.end_s:
            return None
        place = ride.alights.site
    return place


def ends(case: Case) -> Iterator[Violation]:
    """All travelling members of a household end by the same ride, or none travels."""
    for household, members in case.households.items():
        last = {
            (ride.trip.id, ride.alight)
            for ride in (case.delivered.get(member.id) for member in members)
            if ride is not None
        }
        count = sum(member.id in case.delivered for member in members)
        if len(last) > 1 or 0 < count < len(members):
            figures = {"delivered": count, "members": len(members), "ways": len(last)}
            yield broken("household-split", "household-ends", f"households/{household}", **figures)


def children(case: Case) -> Iterator[Violation]:
    """Demand that a child rides with an adult of its household, the whole ride."""
    for rides in case.aboard.values():
        adults = grouped((ride.person.household, ride) for ride in rides if not ride.person.is_child)
        for ride in rides:
            if ride.person.is_child and not any(adult.covers(ride) for adult in adults.get(ride.person.household, ())):
                subjects = of_person(ride.person.id), f"trips/{ride.trip.id}"
                yield broken("child-unaccompanied", "child", *subjects, person=ride.person.id, trip=ride.trip.id)


def carers(case: Case) -> Iterator[Violation]:
    """Demand that a person with a carer rides with that carer, on every ride."""
    for rides in case.rides.values():
        for ride in rides:
            carer = ride.person.carer
            if carer and not any(theirs.covers(ride) for theirs in case.rides.get(carer, ())):
                figures = {"person": ride.person.id, "trip": ride.trip.id, "carer": carer}
                yield broken("carer-apart", "carer", of_person(ride.person.id), of_person(carer), **figures)


def apart(case: Case) -> Iterator[Violation]:
    """People who must be apart are never aboard the same trip."""
    for trip, rides in case.aboard.items():
        aboard: dict[PersonId, Person] = {ride.person.id: ride.person for ride in rides}
        for person in aboard.values():
            for other in person.apart_from:
                if other in aboard:
                    figures = {"person": person.id, "other": other, "trip": trip}
                    yield broken("kept-apart", "apart", of_person(person.id), of_person(other), **figures)
