"""What is told of all people together, kept while they move: who is where, who is unaccounted for, who is apart.

With a hundred thousand people, one who boards a bus must not make anybody look at all the others again. What is kept
here follows from the states of people and vehicles alone: whoever starts anew from the same states ends at the same.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from safepassage.ledger.clocks import Interval
from safepassage.ledger.counts import Count, aboard_vehicle, places_of
from safepassage.ledger.people import Contradiction, PersonState
from safepassage.ledger.roll import Expected, Roll
from safepassage.ledger.vehicles import VehicleState

Reason = Literal["missing", "never-seen", "not-alighted"]
Place = tuple[str, str]
"""Kind and id."""
One = TypeVar("One")
"""What is kept sorted."""


class Unaccounted(Struct, frozen=True, kw_only=True):
    """Somebody of whom nobody knows where they are, why that is so, and since when (None: from the start)."""

    person: str
    reason: Reason
    since: Interval | None


class Apart(Struct, frozen=True, kw_only=True):
    """A household of which not all are in one place: its members by place."""

    household: str
    places: tuple[tuple[tuple[str, str], tuple[str, ...]], ...]


class Sorted(Generic[One]):
    """Things by name, in order of their names; a change costs next to nothing, and so does a copy of all."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._things: list[One] = []

    def put(self, name: str, thing: One | None) -> None:
        """Put a thing under a name, in place of what was there; None: nothing is there any more."""
        at = bisect_left(self._names, name)
        there = at < len(self._names) and self._names[at] == name
        if thing is None:
            if there:
                del self._names[at], self._things[at]
        elif there:
            self._things[at] = thing
        else:
            self._names.insert(at, name)
            self._things.insert(at, thing)

    def all(self) -> tuple[One, ...]:
        """Return all things in order."""
        return tuple(self._things)

    def names(self) -> tuple[str, ...]:
        """Return their names in order."""
        return tuple(self._names)


class Gathering:
    """Everybody, as they stand by places, households and tokens.

    First `move` whoever has changed, then `settle` beside the vehicles as they are now; after that ask.

    Parameters
    ----------
    roll
        Who and what is expected.
    """

    def __init__(self, roll: Roll) -> None:
        self._roll = roll
        self._ends = trip_ends(roll)
        self._trips: dict[str, list[Expected]] = {}
        self._awaited_by: dict[str, set[str]] = {}
        for one in roll.manifests:
            self._trips.setdefault(one.vehicle, []).append(one)
            for person in one.persons:
                self._awaited_by.setdefault(person, set()).add(one.vehicle)
        self._record_of: dict[str, str] = {}
        self._sure: dict[Place, list[str]] = {}
        self._perhaps: dict[Place, list[str]] = {}
        self._holders: dict[str, list[str]] = {}
        self._shared: set[str] = set()
        self._torn: Sorted[tuple[Contradiction, ...]] = Sorted()
        self._lost: Sorted[Unaccounted] = Sorted()
        self._referred: Sorted[str] = Sorted()
        self._households: dict[str, list[str]] = {}
        self._apart: Sorted[Apart] = Sorted()
        self._counts: dict[str, Count] = {}
        self._fleet: dict[str, VehicleState] = {}
        self._moved: set[str] = set()
        self._stirred: set[str] = set()
        self._changed: set[str] = set()

    def move(self, before: PersonState | None, now: PersonState) -> None:
        """Take note that somebody stands otherwise than before, under the same records; None: was not there."""
        person = now.id
        if before is not None:
            self._leave(person, before)
        else:
            self._record_of.update(dict.fromkeys(now.records, person))
        sure, perhaps = places_of(now)
        for there, places in ((self._sure, sure), (self._perhaps, perhaps)):
            for place in places:
                insort(there.setdefault(place, []), person)
        for token in now.tokens:
            insort(self._holders.setdefault(token, []), person)
            self._note_token(token)
        if household := _household(now, self._roll):
            insort(self._households.setdefault(household, []), person)
            self._stirred.add(household)
        self._torn.put(person, now.contradictions or None)
        self._referred.put(person, person if now.referral in ("out", "treated") else None)
        self._changed.update(ident for kind, ident in (*sure, *perhaps) if kind == "vehicle")
        self._changed.update(*(self._awaited_by.get(record, ()) for record in now.records))
        self._moved.add(person)

    def _leave(self, person: str, before: PersonState) -> None:
        """Take somebody out from where they stood."""
        sure, perhaps = places_of(before)
        for there, places in ((self._sure, sure), (self._perhaps, perhaps)):
            for place in places:
                _take_out(there, place, person)
        for token in before.tokens:
            _take_out(self._holders, token, person)
            self._note_token(token)
        if household := _household(before, self._roll):
            _take_out(self._households, household, person)
            self._stirred.add(household)
        self._changed.update(ident for kind, ident in (*sure, *perhaps) if kind == "vehicle")

    def _note_token(self, token: str) -> None:
        if len(self._holders.get(token, ())) > 1:
            self._shared.add(token)
        else:
            self._shared.discard(token)

    def places(self, kind: str) -> set[str]:
        """Return the places of a kind where somebody is, or may be."""
        return {ident for one, ident in (*self._sure, *self._perhaps) if one == kind}

    def there(self, place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return who is at a place for sure, and who may be."""
        return tuple(self._sure.get(place, ())), tuple(self._perhaps.get(place, ()))

    def settle(self, persons: Mapping[str, PersonState], fleet: dict[str, VehicleState]) -> None:
        """Look again at all that those who moved, and vehicles that changed, have a part in.

        Parameters
        ----------
        persons, fleet
            Everybody, and every vehicle, as they are now.
        """
        for vehicle, state in fleet.items():
            if self._fleet.get(vehicle) is not state:
                self._changed.add(vehicle)
                self._moved.update(*self.there(("vehicle", vehicle)))
        self._fleet = fleet
        for vehicle in self._changed & fleet.keys():
            self._counts[vehicle] = aboard_vehicle(
                fleet[vehicle], self.there(("vehicle", vehicle)), self._trips.get(vehicle, ()), persons, self._record_of
            )
        for person in sorted(self._moved):
            one = persons[person]
            vehicle_of = fleet[one.aboard] if one.aboard else None
            self._lost.put(person, unaccounted_for(person, one, vehicle_of, self._ends, self._roll))
        for household in sorted(self._stirred):
            members = [persons[one] for one in self._households.get(household, ())]
            self._apart.put(household, _apart(household, members))
        for noted in (self._changed, self._moved, self._stirred):
            noted.clear()

    def aboard(self) -> dict[str, Count]:
        """Return of each vehicle who is aboard, beside its manifest and its last head count."""
        return {vehicle: self._counts[vehicle] for vehicle in self._fleet}

    def unaccounted(self) -> tuple[Unaccounted, ...]:
        """Return those of whom nobody can say where they are."""
        return self._lost.all()

    def referred(self) -> tuple[str, ...]:
        """Return those whose referral is open."""
        return self._referred.all()

    def apart(self) -> tuple[Apart, ...]:
        """Return the households that are not all in one place."""
        return self._apart.all()

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Return what does not fit together, one token on two people included."""
        found = [one for those in self._torn.all() for one in those]
        found += [one for state in self._fleet.values() for one in state.contradictions]
        found += [
            Contradiction(kind="token", subjects=tuple(self._holders[token]), events=()) for token in self._shared
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda one: (one.kind, one.subjects, one.events)))


_Key = TypeVar("_Key")


def _take_out(those: dict[_Key, list[str]], key: _Key, person: str) -> None:
    """Take somebody out of an ordered list, and the list away when it is empty."""
    names = those[key]
    del names[bisect_left(names, person)]
    if not names:
        del those[key]


def trip_ends(roll: Roll) -> dict[tuple[str, str], str]:
    """Return where each trip ends, by vehicle and person on its manifest."""
    return {(one.vehicle, person): one.ends_at for one in roll.manifests for person in one.persons}


def unaccounted_for(
    person: str, state: PersonState, vehicle: VehicleState | None, ends: Mapping[tuple[str, str], str], roll: Roll
) -> Unaccounted | None:
    """Tell why nobody can say where somebody is; None when somebody can.

    Parameters
    ----------
    person, state
        Who, and how it stands with them.
    vehicle
        That they are aboard; None: they are aboard none.
    ends
        From `trip_ends`.
    roll
        Who and what is expected.
    """
    if state.died or state.removed:
        return None
    if state.missing:
        return Unaccounted(person=person, reason="missing", since=state.missing_since)
    if not state.place.kind and not state.possible:
        return Unaccounted(person=person, reason="never-seen", since=None)
    arrived = _left_aboard(state, vehicle, ends, roll) if vehicle is not None else None
    return None if arrived is None else Unaccounted(person=person, reason="not-alighted", since=arrived)


def _left_aboard(
    state: PersonState, vehicle: VehicleState, ends: Mapping[tuple[str, str], str], roll: Roll
) -> Interval | None:
    """Return when the vehicle of somebody still aboard reached the end of the trip; None when it has not."""
    end = next((ends[vehicle.id, record] for record in state.records if (vehicle.id, record) in ends), "")
    at_end = vehicle.place.kind == "site" and (
        vehicle.place.id == end or (not end and vehicle.place.id in roll.final_sites)
    )
    if not at_end or vehicle.since is None or state.since is None:
        return None
    return vehicle.since if vehicle.since.likely_ms > state.since.likely_ms else None


def _household(state: PersonState, roll: Roll) -> str:
    """Return the household that somebody is to be together with; none for those at a hospital, gone or staying."""
    if state.referral not in ("", "returned") or state.choice not in ("", "consented") or state.died or state.removed:
        return ""
    return state.household or next((roll.households[one] for one in state.records if one in roll.households), "")


def _apart(household: str, members: Sequence[PersonState]) -> Apart | None:
    """Tell where the members of a household are, when that is not one place."""
    places: dict[Place, list[str]] = {}
    for state in members:
        where = (state.place.kind, state.place.id) if not state.possible else ("", "")
        places.setdefault(where, []).append(state.id)
    if len(places) < 2:
        return None
    return Apart(household=household, places=tuple((where, tuple(places[where])) for where in sorted(places)))


def gathered(roll: Roll, persons: Iterable[PersonState]) -> Gathering:
    """Return everybody gathered from the start."""
    found = Gathering(roll)
    for state in persons:
        found.move(None, state)
    return found
