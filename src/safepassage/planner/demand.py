"""Who has to be moved, in bundles that cannot be taken apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from safepassage.model.ids import PersonId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import MOBILITIES, Person
from safepassage.model.places import FINAL_KINDS

Sizes: TypeAlias = tuple[int, int, int]
"""People walking, in wheelchairs, on stretchers."""


class Bundle(Struct, frozen=True, kw_only=True):
    """People who ride the same final trip: a household, or households tied by a carer.

    `parts` are the members by the site where they wait, in the order of sites. `named` are the destinations that
    members name, `finals` the sites where, without convoys, all of them may end.
    """

    id: str
    members: tuple[PersonId, ...]
    parts: tuple[tuple[SiteId, tuple[PersonId, ...]], ...]
    sizes: Sizes
    named: frozenset[SiteId]
    finals: frozenset[SiteId]
    apart: frozenset[PersonId]


def sizes_of(people: Iterable[Person]) -> Sizes:
    """Count people by mobility."""
    counted = Counter(person.mobility for person in people)
    walking, wheelchair, stretcher = (counted[mobility] for mobility in MOBILITIES)
    return walking, wheelchair, stretcher


def bundles(operation: Operation) -> tuple[Bundle, ...]:
    """Group the people who travel into bundles, in the order of the people.

    Two people are tied when they share a household, or when one is the carer of the other.
    """
    travelling = {person.id: person for person in operation.people if person.travels}
    root: dict[str, str] = {}

    def find(key: str) -> str:
        while root.setdefault(key, key) != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    for person in travelling.values():
        household = find(f"household {person.household}")
        root[find(person.id)] = household
        if person.carer in travelling:
            root[find(person.carer)] = find(person.id)
    grouped: dict[str, list[Person]] = {}
    for person in travelling.values():
        grouped.setdefault(find(person.id), []).append(person)
    finals = _finals(operation)
    return tuple(_bundle(members, finals) for members in grouped.values())


def _bundle(members: list[Person], finals: frozenset[SiteId]) -> Bundle:
    parts: dict[SiteId, list[PersonId]] = {}
    for person in members:
        parts.setdefault(person.site, []).append(person.id)
    named = frozenset(person.destination for person in members if person.destination)
    allowed = finals if not named else named if len(named) == 1 else frozenset()
    return Bundle(
        id=members[0].id,
        members=tuple(person.id for person in members),
        parts=tuple((site, tuple(parts[site])) for site in sorted(parts)),
        sizes=sizes_of(members),
        named=named,
        finals=allowed,
        apart=frozenset(other for person in members for other in person.apart_from),
    )


def _finals(operation: Operation) -> frozenset[SiteId]:
    return frozenset(site.id for site in operation.sites if site.kind in FINAL_KINDS)


def board_s(operation: Operation, sizes: Sizes) -> int:
    """Seconds these people take to board, without the setting up."""
    limits = operation.limits
    return sum(count * limits.board_s(mobility) for count, mobility in zip(sizes, MOBILITIES, strict=True))


def alight_s(operation: Operation, sizes: Sizes) -> int:
    """Seconds these people take to alight, without the setting up."""
    limits = operation.limits
    return sum(count * limits.alight_s(mobility) for count, mobility in zip(sizes, MOBILITIES, strict=True))
