"""How a premise that does not hold is written down."""

from __future__ import annotations

from collections.abc import Iterable

from safepassage.model.errors import Fault, Place
from safepassage.model.people import Person


def clash(code: str, what: str, subjects: Iterable[str], *, found: str = "", remedy: str = "") -> Fault:
    """Write down something that no plan can meet."""
    return Fault(
        code=code, severity="clash", place=Place(), what=what, found=found, remedy=remedy, subjects=tuple(subjects)
    )


def warning(code: str, what: str, subjects: Iterable[str], *, found: str = "", remedy: str = "") -> Fault:
    """Write down something for a person to look at."""
    return Fault(
        code=code, severity="warning", place=Place(), what=what, found=found, remedy=remedy, subjects=tuple(subjects)
    )


def cells(people: Iterable[Person], field: str) -> tuple[str, ...]:
    """Name the cells of `field` of these people."""
    return tuple(f"people/{person.id}/{field}" for person in people)


def few(names: Iterable[str], most: int = 8) -> str:
    """List names for reading, and say how many more there are."""
    all_names = list(names)
    shown = ", ".join(all_names[:most])
    return shown if len(all_names) <= most else f"{shown} and {len(all_names) - most} more"
