"""The board: where everyone and everything is, who is unaccounted for, and what does not fit together.

It is computed from the set of events and the roll, and from nothing else. Handing it events one by one, in any order,
ends at the same board as handing it all of them at once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from safepassage.ledger import agreement, people, vehicles
from safepassage.ledger.clocks import Interval
from safepassage.ledger.counts import Count, aboard_vehicles, by_place
from safepassage.ledger.envelope import Digest, Event
from safepassage.ledger.gaps import Gap
from safepassage.ledger.merging import Key, Merging
from safepassage.ledger.people import Contradiction, PersonState
from safepassage.ledger.roll import Roll
from safepassage.ledger.standing import Variant
from safepassage.ledger.vehicles import ConvoyState, HeadCount, VehicleState

Reason = Literal["missing", "never-seen", "not-alighted"]


class DeviceState(Struct, frozen=True, kw_only=True):
    """A device: how far its chain is here, what of it is missing, and how far its clock was ahead when last read."""

    id: str
    last: int
    gaps: tuple[Gap, ...]
    wall_error_ms: int | None
    enrolled: bool
    revoked: bool


class Unaccounted(Struct, frozen=True, kw_only=True):
    """Somebody of whom nobody knows where they are, why that is so, and since when (None: from the start)."""

    person: str
    reason: Reason
    since: Interval | None


class Apart(Struct, frozen=True, kw_only=True):
    """A household of which not all are in one place: its members by place."""

    household: str
    places: tuple[tuple[tuple[str, str], tuple[str, ...]], ...]


class BoardState(Struct, frozen=True, kw_only=True):
    """Everything the events say, at one moment of the set."""

    people: dict[str, PersonState]
    vehicles: dict[str, VehicleState]
    convoys: dict[str, ConvoyState]
    windows: dict[str, agreement.WindowState]
    clauses: dict[str, agreement.ClauseState]
    milestones: dict[str, agreement.ClauseState]
    parties: dict[str, agreement.PartyState]
    incidents: dict[str, agreement.IncidentState]
    disclosures: dict[str, agreement.DisclosureState]
    devices: dict[str, DeviceState]
    aboard: dict[str, Count]
    at_site: dict[str, Count]
    contradictions: tuple[Contradiction, ...]
    quarantined: tuple[Variant, ...]
    not_understood: tuple[Digest, ...]
    unaccounted: tuple[Unaccounted, ...]
    open_referrals: tuple[str, ...]
    apart: tuple[Apart, ...]

    def sha256(self) -> str:
        """Return a digest of the whole board: equal boards have equal ones."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class Board:
    """A board that takes events in; only what an event touches is worked out anew.

    Parameters
    ----------
    roll
        Who and what is expected.
    """

    def __init__(self, roll: Roll | None = None) -> None:
        self.roll = Roll() if roll is None else roll
        self.merging = Merging(self.roll.least_ms)
        self._states: dict[Key, Any] = {}
        self._people: dict[str, PersonState] = {}
        self._counted: Roll | None = None
        self._touched: set[str] = set()

    def apply(self, data: bytes, event: Event | None = None, name: Digest | None = None) -> set[Key]:
        """Take an event in; return the subjects that it touches, none when it was there.

        Parameters
        ----------
        data
            The event.
        event, name
            What `decode` and `digest` made of it, where that was done already.

        Raises
        ------
        NotAnEventError
            When the bytes are no event.
        """
        touched = self.merging.add(data, event, name)
        for key in touched:
            self._states.pop(key if key[0] != "position" else ("vehicle", key[1]), None)
            if key[0] == "person":
                self._touched.add(key[1])
        return touched

    def remember(self, persons: Iterable[PersonState]) -> None:
        """Take states as they were worked out before from the same events."""
        for state in persons:
            self._states["person", state.id] = state

    def person(self, person: str) -> PersonState:
        """Return the state of a person; of a record that was merged, that of the whole."""
        records = self.merging.records(person)
        found: PersonState | None = self._states.get(("person", records[0]))
        if found is None:
            if self.merging.facts("person", records[0]):
                found = people.person_state(records[0], records, self.merging.history("person", records[0]))
            else:
                found = PersonState(id=records[0], records=records)
            self._states["person", records[0]] = found
        return found

    def vehicle(self, vehicle: str) -> VehicleState:
        """Return the state of a vehicle."""
        found: VehicleState | None = self._states.get(("vehicle", vehicle))
        if found is None:
            track = self.merging.track(vehicle)
            history = self.merging.history("vehicle", vehicle)
            found = vehicles.vehicle_state(vehicle, history, track[-1] if track else None)
            self._states["vehicle", vehicle] = found
        return found

    def state(self) -> BoardState:
        """Work out the whole board."""
        persons = self._persons()
        fleet = {vehicle: self.vehicle(vehicle) for vehicle in self._fleet(persons)}
        return BoardState(
            people=persons,
            vehicles=fleet,
            convoys=self._all("convoy", vehicles.convoy_state),
            windows=self._all("window", agreement.window_state),
            clauses=self._all("clause", agreement.clause_state),
            milestones=self._all("milestone", agreement.clause_state),
            parties=self._all("party", agreement.party_state),
            incidents=self._all("incident", agreement.incident_state),
            disclosures=self._all("disclosure", agreement.disclosure_state),
            devices={device: self._device(device) for device in self.merging.standing.devices()},
            aboard=aboard_vehicles(persons, fleet, self.roll),
            at_site=self._at_site(persons),
            contradictions=_contradictions(persons, fleet),
            quarantined=tuple(self.merging.standing.variants()),
            not_understood=self.merging.standing.not_understood(),
            unaccounted=_unaccounted(persons, fleet, self.roll),
            open_referrals=tuple(
                sorted(person for person, state in persons.items() if state.referral in ("out", "treated"))
            ),
            apart=_apart(persons, self.roll),
        )

    def _persons(self) -> dict[str, PersonState]:
        """Return the state of everybody, sorted; who was not touched since the last time stands as they stood."""
        fresh = {one: self.person(one) for one in self._touched}
        same = self._counted is self.roll and all(
            one in self._people and state.id == one and state.heads and state.records == self._people[one].records
            for one, state in fresh.items()
        )
        if same:
            self._people = self._people | fresh
        else:
            self._people = {person: self.person(person) for person in self._everybody()}
        self._counted = self.roll
        self._touched.clear()
        return self._people

    def _everybody(self) -> list[str]:
        """Return the first record of everybody on the roll or in an event that nobody took back."""
        listed = self.roll.households.keys() | {one for trip in self.roll.manifests for one in trip.persons}
        expected = {self.merging.records(person)[0] for person in listed}
        return sorted(expected | {one for one in self.merging.subjects("person") if self._is_told_of(one)})

    def _is_told_of(self, person: str) -> bool:
        """Tell whether anything is left that was recorded of somebody; what is in quarantine may well be true."""
        if self.person(person).heads:
            return True
        return len(self.merging.facts("person", person)) > len(self.merging.history("person", person).aside)

    def _fleet(self, persons: Mapping[str, PersonState]) -> list[str]:
        known = {*self.merging.subjects("vehicle"), *self.merging.subjects("position")}
        known |= {one.vehicle for one in self.roll.manifests}
        known |= {where.id for state in persons.values() for where in (state.place, *state.possible)
                  if where.kind == "vehicle"}  # fmt: skip
        return sorted(known)

    def _all(self, kind: str, state_of: Any) -> dict[str, Any]:
        """Work out the states of all subjects of a kind of which any event counts."""
        found = {}
        for subject in self.merging.subjects(kind):
            key = (kind, subject)
            if key not in self._states:
                history = self.merging.history(kind, subject)
                self._states[key] = state_of(subject, history) if history.facts else None
            if self._states[key] is not None:
                found[subject] = self._states[key]
        return found

    def _device(self, device: str) -> DeviceState:
        types = [fact.type for fact in self.merging.history("device", device).facts]
        standing = self.merging.standing
        return DeviceState(
            id=device,
            last=standing.last(device),
            gaps=standing.gaps(device),
            wall_error_ms=self.merging.timing.wall_error_ms(device),
            enrolled="device-enrolled" in types,
            revoked="device-revoked" in types,
        )

    def _at_site(self, persons: Mapping[str, PersonState]) -> dict[str, Count]:
        sure, possible = by_place(persons, "site")
        counts: dict[str, HeadCount | None] = {
            site: vehicles.last_count(self.merging.history("site", site)) for site in self.merging.subjects("site")
        }
        return {
            site: Count(
                sure=tuple(sure.get(site, ())), possible=tuple(possible.get(site, ())), head_count=counts.get(site)
            )
            for site in sorted({*sure, *possible, *counts})
        }


def board_of(events: Iterable[bytes], roll: Roll | None = None) -> BoardState:
    """Return the board of a set of events.

    Raises
    ------
    NotAnEventError
        When one of them is none.
    """
    board = Board(roll)
    for data in events:
        board.apply(data)
    return board.state()


def _contradictions(persons: Mapping[str, PersonState], fleet: Mapping[str, VehicleState]) -> tuple[Contradiction, ...]:
    """Collect what does not fit together, one token on two people included."""
    found = [one for state in persons.values() for one in state.contradictions]
    found += [one for state in fleet.values() for one in state.contradictions]
    holders: dict[str, list[str]] = {}
    for person, state in persons.items():
        for token in state.tokens:
            holders.setdefault(token, []).append(person)
    found += [
        Contradiction(kind="token", subjects=tuple(sorted(held)), events=())
        for held in holders.values()
        if len(held) > 1
    ]
    return tuple(sorted(found, key=lambda one: (one.kind, one.subjects, one.events)))


def _unaccounted(
    persons: Mapping[str, PersonState], fleet: Mapping[str, VehicleState], roll: Roll
) -> tuple[Unaccounted, ...]:
    """Find those of whom nobody can say where they are."""
    ends = trip_ends(roll)
    found = []
    for person, state in persons.items():
        vehicle = fleet[state.aboard] if state.aboard else None
        if (one := unaccounted_for(person, state, vehicle, ends, roll)) is not None:
            found.append(one)
    return tuple(found)


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


def _apart(persons: Mapping[str, PersonState], roll: Roll) -> tuple[Apart, ...]:
    """Find the households that are not all in one place; those at a hospital, gone or not travelling are left out."""
    members: dict[str, list[PersonState]] = {}
    for state in persons.values():
        if state.referral not in ("", "returned") or state.choice not in ("", "consented"):
            continue
        household = state.household or next(
            (roll.households[one] for one in state.records if one in roll.households), ""
        )
        if household and not (state.died or state.removed):
            members.setdefault(household, []).append(state)
    found = []
    for household, those in sorted(members.items()):
        if len(those) == 1 or not _scattered(those):
            continue
        places: dict[tuple[str, str], list[str]] = {}
        for state in those:
            where = (state.place.kind, state.place.id) if not state.possible else ("", "")
            places.setdefault(where, []).append(state.id)
        if len(places) > 1:
            found.append(
                Apart(household=household, places=tuple((where, tuple(places[where])) for where in sorted(places)))
            )
    return tuple(found)


def _scattered(those: Sequence[PersonState]) -> bool:
    """Tell quickly whether people may be in different places: most households are in one."""
    first = those[0].place
    return any(one.possible or (one.place is not first and one.place != first) for one in those)


def tally(state: BoardState) -> Counter[str]:
    """Count everybody once: by kind of place, those in contradiction and unaccounted for apart."""
    unsure = {one.person for one in state.unaccounted}
    counts: Counter[str] = Counter()
    for person, one in state.people.items():
        if person in unsure:
            counts["unaccounted"] += 1
        elif one.possible:
            counts["in contradiction"] += 1
        else:
            counts[one.place.kind] += 1
    return counts
