"""Each person: only who wants and may, from where they are, all the way to where they end."""

from __future__ import annotations

from collections.abc import Iterator

from safepassage.model.ids import SiteId
from safepassage.model.people import Person
from safepassage.model.places import FINAL_KINDS
from safepassage.model.plan import Violation
from safepassage.rules.case import Case, Passage
from safepassage.rules.details import Figures
from safepassage.rules.violations import broken, of_person


def willing(case: Case) -> Iterator[Violation]:
    """Nobody rides who declined, withdrew, or is not fit to travel."""
    for person_id in case.rides:
        person = case.people[person_id]
        if person.choice != "consented":
            yield broken("no-consent-to-travel", person.choice, of_person(person_id), person=person_id)
        elif not person.fit_to_travel:
            yield broken("fit-to-travel", "unfit", of_person(person_id), person=person_id)


def whereabouts(case: Case) -> Iterator[Violation]:
    """Everybody who boards is there: at their site from 0, elsewhere from the end of the stop where they alighted."""
    for person_id, rides in case.rides.items():
        place, since_s, on_road_until_s = case.people[person_id].site, 0, 0
        for ride in rides:
            boards = ride.boards
            subjects = of_person(person_id), f"trips/{ride.trip.id}"
            if boards.start_s < on_road_until_s:
                figures = {"boards_s": boards.start_s, "until_s": on_road_until_s}
                yield broken("person-twice", "boards-twice", *subjects, **figures)
            elif boards.site != place or boards.start_s < since_s:
                told: Figures = {"site": boards.site, "boards_s": boards.start_s, "place": place, "since_s": since_s}
                yield broken("person-not-there", "boards-elsewhere", *subjects, **told)
            place, since_s, on_road_until_s = ride.alights.site, ride.alights.end_s, ride.alights.arrive_s


def shuttles(case: Case) -> Iterator[Violation]:
    """Demand that one shuttle takes people to an assembly site where there are convoys, else to their final site."""
    assemblies = {convoy.assembly for convoy in case.operation.convoys}
    for rides in case.rides.values():
        by_shuttle = [ride for ride in rides if ride.trip.kind == "shuttle"]
        for number, ride in enumerate(by_shuttle):
            if number or not _suits(case, ride, assemblies):
                subjects = of_person(ride.person.id), f"trips/{ride.trip.id}"
                figures = {"person": ride.person.id, "site": ride.alights.site}
                yield broken("wrong-destination", "shuttle-to", *subjects, **figures)


def _suits(case: Case, ride: Passage, assemblies: set[SiteId]) -> bool:
    site = ride.alights.site
    if assemblies:
        return site in assemblies
    wanted = ride.person.destination
    return site == wanted if wanted else case.sites[site].kind in FINAL_KINDS


def served(case: Case) -> Iterator[Violation]:
    """Everybody in the demand is delivered, or left behind for a reason that is told."""
    listed = {left.person: left.rule for left in case.plan.unserved}
    for person in case.operation.people:
        rule = listed.get(person.id)
        if person.choice != "consented":
            if rule is not None:
                yield _wrong(person, f"{person.choice}-listed")
        elif not person.fit_to_travel:
            if rule != "fit-to-travel":
                yield _wrong(person, "unfit-unlisted")
        elif person.id in case.delivered:
            if rule is not None:
                yield _wrong(person, "delivered-listed")
        else:
            yield from _left_behind(case, person, rule)


def _left_behind(case: Case, person: Person, rule: str | None) -> Iterator[Violation]:
    rides = case.rides.get(person.id)
    if rides:
        site = rides[-1].alights.site
        is_final = case.sites[site].kind in FINAL_KINDS
        code = "wrong-destination" if is_final else "person-not-delivered"
        yield broken(code, "last-ride", of_person(person.id), person=person.id, site=site)
    elif case.operation.limits.everyone:
        yield broken("person-not-served", "left-behind", of_person(person.id), person=person.id)
    elif rule in (None, "", "fit-to-travel"):
        yield _wrong(person, "left-untold")


def _wrong(person: Person, said: str) -> Violation:
    return broken("unserved-wrong", said, of_person(person.id), person=person.id)
