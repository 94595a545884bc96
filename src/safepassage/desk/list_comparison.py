"""A list of people beside the one in force: who is new, what is different of whom, who is not on it any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, Literal, TypeAlias, get_args

from msgspec import Struct

from safepassage.desk.check import Checked
from safepassage.model.errors import Fault
from safepassage.model.people import Person

Show: TypeAlias = Literal["problems", "alike", "new", "changed", "gone"]
"""What of a list can be looked at, in the order in which it asks for somebody's eyes."""

SHOWS: Final[tuple[Show, ...]] = get_args(Show)

ALIKE: Final = frozenset(("near-duplicate-person",))
"""Codes of faults about people who seem to be listed twice."""


class Difference(Struct, frozen=True, kw_only=True):
    """A field of somebody: what the list in force says, and what the other one says."""

    field: str
    before: str
    after: str


class Changed(Struct, frozen=True, kw_only=True):
    """Somebody of whom something is different."""

    person: str
    differences: tuple[Difference, ...]


class Gone(Struct, frozen=True, kw_only=True):
    """Somebody who is not on the list any more; `recorded`: something has been recorded of them."""

    person: Person
    recorded: bool


class Compared(Struct, frozen=True, kw_only=True):
    """What a list brings. `problems` are faults of it, the gravest first; `alike` who seems to be on it twice.

    `readable`: it can be put in force; `listed` are its rows. New people, changed people, people gone are by code.
    """

    readable: bool
    listed: int
    problems: tuple[Fault, ...]
    alike: tuple[Fault, ...]
    new: tuple[Person, ...] = ()
    changed: tuple[Changed, ...] = ()
    gone: tuple[Gone, ...] = ()

    @property
    def removed(self) -> tuple[str, ...]:
        """Who is gone though something was recorded of them: two people agree to that."""
        return tuple(str(one.person.id) for one in self.gone if one.recorded)

    @property
    def differs(self) -> bool:
        """Whether anything is different."""
        return bool(self.new or self.changed or self.gone)

    def rows(self, show: Show) -> tuple[Any, ...]:
        """Return what there is of a kind."""
        found: tuple[Any, ...] = getattr(self, show)
        return found


def compare(checked: Checked, listed: Iterable[Person], recorded: Collection[str]) -> Compared:
    """Compare a list that was read with the one in force.

    Parameters
    ----------
    checked
        The operation with the other list, as it was read.
    listed
        The people in force.
    recorded
        Of whom anything was recorded.
    """
    every = sorted(checked.faults, key=lambda one: _GRAVE[one.severity])
    problems = tuple(one for one in every if one.code not in ALIKE)
    alike = tuple(one for one in every if one.code in ALIKE)
    if checked.operation is None:
        return Compared(readable=False, listed=checked.listed, problems=problems, alike=alike)
    before = {str(one.id): one for one in listed}
    after = {str(one.id): one for one in checked.operation.people}
    both = [(before[code], one) for code, one in after.items() if code in before]
    return Compared(
        readable=True, listed=len(after), problems=problems, alike=alike,
        new=tuple(one for code, one in after.items() if code not in before),
        changed=tuple(
            Changed(person=str(one.id), differences=differences(other, one)) for other, one in both if other != one
        ),
        gone=tuple(
            Gone(person=one, recorded=code in recorded) for code, one in before.items() if code not in after
        ),
    )  # fmt: skip


_GRAVE: Final = {"error": 0, "clash": 1, "warning": 2}


def differences(before: Person, after: Person) -> tuple[Difference, ...]:
    """Return what is different of somebody, field by field.

    Parameters
    ----------
    before, after
        The same person on two lists.
    """
    fields = [(name, getattr(before, name), getattr(after, name)) for name in Person.__struct_fields__]
    return tuple(
        Difference(field=name, before=_text(one), after=_text(other)) for name, one, other in fields if one != other
    )


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
