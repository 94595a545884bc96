"""How a broken rule is written down: its code, the figures, and whom it concerns as `table/id` paths."""

from __future__ import annotations

from safepassage.model.ids import PersonId, TripId
from safepassage.model.plan import Violation
from safepassage.rules.details import Figure, in_english


def broken(rule: str, said: str, *subjects: str, **figures: Figure) -> Violation:
    """Write down one broken rule.

    Parameters
    ----------
    rule
        Code of the rule, listed in `codes`.
    said
        What is wrong: a form of words in `details`.
    subjects
        Whom and what it concerns: `trips/T1/stops/2`, `people/P001`, `clauses/C1`.
    figures
        The figures of that form.
    """
    detail = in_english(said, figures)
    return Violation(rule=rule, subjects=subjects, detail=detail, said=said, figures=figures)


def at_stop(trip: TripId, index: int) -> str:
    """Name a stop of a trip as a subject."""
    return f"trips/{trip}/stops/{index}"


def of_person(person: PersonId) -> str:
    """Name a person as a subject."""
    return f"people/{person}"
