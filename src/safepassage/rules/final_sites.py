"""Where people end can take them: as many, and lying down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from safepassage.model.plan import Violation
from safepassage.rules.case import Case
from safepassage.rules.violations import broken, of_person


def full(case: Case) -> Iterator[Violation]:
    """No final site takes more people than its capacity."""
    delivered = Counter(ride.alights.site for ride in case.delivered.values())
    for site, count in delivered.items():
        capacity = case.sites[site].capacity
        if 0 < capacity < count:
            yield broken("site-full", "site-full", f"sites/{site}", people=count, site=site, capacity=capacity)


def stretchers(case: Case) -> Iterator[Violation]:
    """Nobody on a stretcher ends where stretchers cannot be taken."""
    for person, ride in case.delivered.items():
        site = case.sites[ride.alights.site]
        if ride.person.mobility == "stretcher" and not site.takes_stretchers:
            subjects = of_person(person), f"sites/{site.id}"
            yield broken("no-stretchers-here", "stretchers", *subjects, person=person, site=site.id)
