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


def places_of(state: PersonState) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return by kind and id where somebody is for sure, and where they may be."""
    if state.possible:
        return set(), {one[:2] for one in (state.place, *state.possible)}
    return {state.place[:2]} if state.place.kind else set(), set()


class _Due(NamedTuple):
    """A trip, and those of its manifest who are aboard, or have neither ridden on it nor got to its end otherwise."""

    trip: Expected
    expected: frozenset[str]
    left: frozenset[str]


def aboard_vehicles(
    persons: Mapping[str, PersonState], fleet: Mapping[str, VehicleState], roll: Roll
) -> dict[str, Count]:
    """Compare who is aboard each vehicle with its manifest and its last head count."""
    there: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for person, state in persons.items():
        for column, places in enumerate(places_of(state)):
            for place in places:
                there.setdefault(place, ([], []))[column].append(person)
    trips: dict[str, list[Expected]] = {}
    for one in roll.manifests:
        trips.setdefault(one.vehicle, []).append(one)
    record_of = {record: person for person, state in persons.items() for record in state.records}
    return {
        vehicle: aboard_vehicle(
            state, there.get(("vehicle", vehicle), ((), ())), trips.get(vehicle, ()), persons, record_of
        ) for vehicle, state in fleet.items()
    }  # fmt: skip


def aboard_vehicle(
    vehicle: VehicleState,
    there: tuple[Sequence[str], Sequence[str]],
    trips: Sequence[Expected],
    persons: Mapping[str, PersonState],
    record_of: Mapping[str, str],
) -> Count:
    """Compare who is aboard a vehicle with its manifest and its last head count.

    Parameters
    ----------
    vehicle
        Which.
    there
        Who is aboard for sure, and who may be.
    trips
        Its own, in the order in which it makes them.
    persons
        Everybody on its manifests.
    record_of
        Under which record those stand who have several.
    """
    aboard, perhaps = there
    here = {*aboard, *perhaps}
    due = _under_way(_due(trips, here, persons, record_of), here)
    return Count(
        sure=tuple(aboard),
        possible=tuple(perhaps),
        head_count=vehicle.head_count,
        trip=due.trip.trip if due else "",
        expected=tuple(sorted(due.expected)) if due else (),
        missing=tuple(sorted(due.left - here)) if due else (),
        extra=tuple(person for person in aboard if due and person not in due.expected),
    )


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
