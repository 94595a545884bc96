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
            detail = f"{person.id} leaves {boards.site} on {ride.trip.id} without {other.id} of the household"
            yield broken("household-split", detail, f"households/{household}", *_both(person, other))


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
            detail = f"{count} of {len(members)} members delivered, by {len(last)} ways"
            yield broken("household-split", detail, f"households/{household}")


def children(case: Case) -> Iterator[Violation]:
    """Demand that a child rides with an adult of its household, the whole ride."""
    for rides in case.aboard.values():
        adults = grouped((ride.person.household, ride) for ride in rides if not ride.person.is_child)
        for ride in rides:
            if ride.person.is_child and not any(adult.covers(ride) for adult in adults.get(ride.person.household, ())):
                detail = f"{ride.person.id} rides on {ride.trip.id} without an adult of the household"
                yield broken("child-unaccompanied", detail, of_person(ride.person.id), f"trips/{ride.trip.id}")


def carers(case: Case) -> Iterator[Violation]:
    """Demand that a person with a carer rides with that carer, on every ride."""
    for rides in case.rides.values():
        for ride in rides:
            carer = ride.person.carer
            if carer and not any(theirs.covers(ride) for theirs in case.rides.get(carer, ())):
                detail = f"{ride.person.id} rides on {ride.trip.id} without the carer {carer}"
                yield broken("carer-apart", detail, *(of_person(one) for one in (ride.person.id, carer)))


def apart(case: Case) -> Iterator[Violation]:
    """People who must be apart are never aboard the same trip."""
    for trip, rides in case.aboard.items():
        aboard: dict[PersonId, Person] = {ride.person.id: ride.person for ride in rides}
        for person in aboard.values():
            for other in person.apart_from:
                if other in aboard:
                    detail = f"{person.id} and {other} are both on {trip}"
                    yield broken("kept-apart", detail, *(of_person(one) for one in (person.id, other)))


def _both(person: Person, other: Person) -> tuple[str, str]:
    return of_person(person.id), of_person(other.id)
