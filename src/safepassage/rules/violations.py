"""How a broken rule is written down: its code, the words, and whom it concerns as `table/id` paths."""

from __future__ import annotations

from safepassage.model.ids import PersonId, TripId
from safepassage.model.plan import Violation


def broken(rule: str, detail: str, *subjects: str) -> Violation:
    """Write down one broken rule.

    Parameters
    ----------
    rule
        Code of the rule, listed in `codes`.
    detail
        What is wrong, with the figures, in words.
    subjects
        Whom and what it concerns: `trips/T1/stops/2`, `people/P001`, `clauses/C1`.
    """
    return Violation(rule=rule, subjects=subjects, detail=detail)


def at_stop(trip: TripId, index: int) -> str:
    """Name a stop of a trip as a subject."""
    return f"trips/{trip}/stops/{index}"


def of_person(person: PersonId) -> str:
    """Name a person as a subject."""
    return f"people/{person}"
