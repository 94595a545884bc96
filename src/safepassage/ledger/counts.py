"""Who is aboard a vehicle or at a site, beside what was counted and who was expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from safepassage.ledger.people import PersonState
from safepassage.ledger.roll import Expected, Roll
from safepassage.ledger.vehicles import HeadCount, VehicleState


class Count(Struct, frozen=True, kw_only=True):
    """Who is aboard a vehicle or at a site, by the events, beside the last head count and the manifest.

    `sure` are the people whose place is certain, `possible` those who may be here by one reading of a contradiction.
    `expected` are those on the manifest of the trip under way; `missing` of them are not here, `extra` are here without
    being on it.
    """

    sure: tuple[str, ...]
    possible: tuple[str, ...]
    head_count: HeadCount | None
    trip: str = ""
    expected: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


def by_place(persons: Mapping[str, PersonState], kind: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return by place of a kind who is there for sure, and who may be."""
    sure: dict[str, list[str]] = {}
    possible: dict[str, list[str]] = {}
    for person, state in persons.items():
        if state.possible:
            for where in {one[:2] for one in (state.place, *state.possible)}:
                if where[0] == kind:
                    possible.setdefault(where[1], []).append(person)
        elif state.place.kind == kind:
            sure.setdefault(state.place.id, []).append(person)
    return sure, possible


class _Due(NamedTuple):
    """A trip, and those of its manifest who are aboard, or have neither ridden on it nor got to its end otherwise."""

    trip: Expected
    expected: frozenset[str]
    left: frozenset[str]


def aboard_vehicles(
    persons: Mapping[str, PersonState], fleet: Mapping[str, VehicleState], roll: Roll
) -> dict[str, Count]:
    """Compare who is aboard each vehicle with its manifest and its last head count."""
    sure, possible = by_place(persons, "vehicle")
    trips: dict[str, list[Expected]] = {}
    for one in roll.manifests:
        trips.setdefault(one.vehicle, []).append(one)
    record_of = {record: person for person, state in persons.items() for record in state.records}
    found = {}
    for vehicle, state in fleet.items():
        aboard, perhaps = sure.get(vehicle, []), possible.get(vehicle, [])
        here = {*aboard, *perhaps}
        due = _under_way(_due(trips.get(vehicle, []), here, persons, record_of), here)
        found[vehicle] = Count(
            sure=tuple(aboard),
            possible=tuple(perhaps),
            head_count=state.head_count,
            trip=due.trip.trip if due else "",
            expected=tuple(sorted(due.expected)) if due else (),
            missing=tuple(sorted(due.left - here)) if due else (),
            extra=tuple(person for person in aboard if due and person not in due.expected),
        )
    return found


def _due(
    trips: Iterable[Expected], here: set[str], persons: Mapping[str, PersonState], record_of: Mapping[str, str]
) -> list[_Due]:
    """Return a vehicle's trips that are not done: who is on the manifest of several rides as often."""
    ridden: Counter[str] = Counter()
    found = []
    for trip in trips:
        expected = frozenset(record_of.get(person, person) for person in trip.persons)
        ridden.update(expected)
        left = frozenset(
            person for person in expected
            if persons[person].rode.count(trip.vehicle) - (person in here) < ridden[person]
            and (not trip.ends_at or persons[person].place.id != trip.ends_at)
        )  # fmt: skip
        if left:
            found.append(_Due(trip, expected, left))
    return found


def _under_way(due: Sequence[_Due], here: set[str]) -> _Due | None:
    """Return the trip that most of those aboard are on; with nobody aboard, the next."""
    if not here:
        return due[0] if due else None
    best = max(due, key=lambda one: len(one.expected & here), default=None)
    return best if best and best.expected & here else None
