"""Clauses that count people: the ratio between two flows, the cap on crowd and dwell at a site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from safepassage.model.clauses import Cap, Ratio
from safepassage.model.ids import PersonId, SiteId
from safepassage.model.plan import Violation
from safepassage.rules.case import Case, Passage
from safepassage.rules.details import Figures
from safepassage.rules.milestones import first_departure_s
from safepassage.rules.violations import broken, of_person


def ratios(case: Case) -> Iterator[Violation]:
    """At every departure the ratio holds; departures at one instant count together."""
    for clause in case.operation.clauses:
        if isinstance(clause, Ratio):
            group, against = _departures(case, clause.group), _departures(case, clause.against)
            gone = other = 0
            for at_s in sorted(group.keys() | against.keys()):
                gone += group[at_s]
                other += against[at_s]
                if clause.denominator * (gone - clause.tolerance) > clause.numerator * other:
                    sides: Figures = {"gone": gone, "group": clause.group, "other": other, "against": clause.against}
                    yield broken("clause-ratio", "ratio", f"clauses/{clause.id}", at_s=at_s, **sides)


def _departures(case: Case, group: str) -> Counter[int]:
    times = (first_departure_s(rides) for person, rides in case.rides.items() if case.people[person].group == group)
    return Counter(at_s for at_s in times if at_s is not None)


def crowds(case: Case) -> Iterator[Violation]:
    """No more people at once at a capped site than it allows; who leaves at an instant makes room for who arrives."""
    for clause in case.operation.clauses:
        if isinstance(clause, Cap) and clause.max_people > 0:
            changes: Counter[int] = Counter()
            for _, from_s, until_s in dwells(case, clause.site):
                changes[from_s] += 1
                changes[until_s] -= 1
            count = most = 0
            for at_s in sorted(changes):
                count += changes[at_s]
                most = max(most, count)
            if most > clause.max_people:
                subjects = f"clauses/{clause.id}", f"sites/{clause.site}"
                yield broken(
                    "clause-crowd", "crowd", *subjects, people=most, site=clause.site, allowed=clause.max_people
                )


def dwell_times(case: Case) -> Iterator[Violation]:
    """Nobody stays longer at a capped site than it allows."""
    for clause in case.operation.clauses:
        if isinstance(clause, Cap) and clause.max_dwell_s > 0:
            for person, from_s, until_s in dwells(case, clause.site):
                if until_s - from_s > clause.max_dwell_s:
                    stay = {"dwell_s": until_s - from_s, "allowed_s": clause.max_dwell_s}
                    subjects = f"clauses/{clause.id}", of_person(person)
                    yield broken("clause-dwell", "dwell", *subjects, person=person, site=clause.site, **stay)


def dwells(case: Case, site: SiteId) -> Iterator[tuple[PersonId, int, int]]:
    """Who halts at `site` from the arrival of their vehicle to its, or their next vehicle's, departure.

    Whoever started there and whoever ends there is left out.
    """
    for person, rides in case.rides.items():
        if case.people[person].site != site:
            arrived_s: int | None = None
            for ride in rides:
                for at_s, until_s in _halts(ride, site):
                    arrived_s = at_s if arrived_s is None else arrived_s
                    if until_s is not None:
                        yield person, arrived_s, until_s
                        arrived_s = None


def _halts(ride: Passage, site: SiteId) -> Iterator[tuple[int, int | None]]:
    """When a ride is at `site`: from when, and until when the vehicle leaves with the person (None: it does not)."""
    arrived_s: int | None = None
    for index in range(ride.board, ride.alight + 1):
        stop = ride.trip.stops[index]
        if stop.site != site:
            continue
        arrived_s = stop.arrive_s if arrived_s is None else arrived_s
        if index == ride.alight:
            yield arrived_s, None
        elif ride.trip.stops[index + 1].site != site or ride.trip.stops[index + 1].route:
            yield arrived_s, stop.depart_s
            arrived_s = None
