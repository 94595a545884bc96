"""The board: where everyone and everything is, who is unaccounted for, and what does not fit together.

It is computed from the set of events and the roll, and from nothing else. Handing it events one by one, in any order,
ends at the same board as handing it all of them at once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from safepassage.ledger import agreement, people, vehicles
from safepassage.ledger.counts import Count
from safepassage.ledger.envelope import Digest, Event
from safepassage.ledger.gaps import Gap
from safepassage.ledger.gathering import Apart, Gathering, Unaccounted, gathered
from safepassage.ledger.merging import Key, Merging
from safepassage.ledger.people import Contradiction, PersonState
from safepassage.ledger.roll import Roll
from safepassage.ledger.standing import Variant
from safepassage.ledger.vehicles import ConvoyState, HeadCount, VehicleState


class DeviceState(Struct, frozen=True, kw_only=True):
    """A device: how far its chain is here, what of it is missing, and how far its clock was ahead when last read."""

    id: str
    last: int
    gaps: tuple[Gap, ...]
    wall_error_ms: int | None
    enrolled: bool
    revoked: bool


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
        self._gathering = Gathering(Roll())
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

    def known(self, persons: Iterable[str]) -> list[PersonState]:
        """Return the states of these people as far as they are worked out and still hold."""
        found = (self._states.get(("person", person)) for person in persons)
        return [state for state in found if state is not None]

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
        fleet = {vehicle: self.vehicle(vehicle) for vehicle in self._fleet()}
        self._gathering.settle(persons, fleet)
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
            aboard=self._gathering.aboard(),
            at_site=self._at_site(),
            contradictions=self._gathering.contradictions(),
            quarantined=tuple(self.merging.standing.variants()),
            not_understood=self.merging.standing.not_understood(),
            unaccounted=self._gathering.unaccounted(),
            open_referrals=self._gathering.referred(),
            apart=self._gathering.apart(),
        )

    def _persons(self) -> dict[str, PersonState]:
        """Return the state of everybody, sorted; who was not touched since the last time stands as they stood."""
        fresh = {one: self.person(one) for one in self._touched}
        if self._counted is self.roll and all(self._is_as_before(one, state) for one, state in fresh.items()):
            for one, state in fresh.items():
                self._gathering.move(self._people.get(one), state)
            new = fresh.keys() - self._people.keys()
            self._people = self._people | fresh
            if new:
                self._people = dict(sorted(self._people.items()))
        else:
            self._people = {person: self.person(person) for person in self._everybody()}
            self._gathering = gathered(self.roll, self._people.values())
        self._counted = self.roll
        self._touched.clear()
        return self._people

    def _is_as_before(self, person: str, state: PersonState) -> bool:
        """Tell whether somebody is told of under the same records as before, or alone for the first time."""
        before = self._people.get(person)
        records = before.records if before is not None else (person,)
        return state.id == person and bool(state.heads) and state.records == records

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

    def _fleet(self) -> list[str]:
        known = {*self.merging.subjects("vehicle"), *self.merging.subjects("position")}
        known |= {one.vehicle for one in self.roll.manifests}
        return sorted(known | self._gathering.places("vehicle"))

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

    def _at_site(self) -> dict[str, Count]:
        counts: dict[str, HeadCount | None] = {
            site: vehicles.last_count(self.merging.history("site", site)) for site in self.merging.subjects("site")
        }
        found = {}
        for site in sorted(self._gathering.places("site") | counts.keys()):
            sure, possible = self._gathering.there(("site", site))
            found[site] = Count(sure=sure, possible=possible, head_count=counts.get(site))
        return found


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


def tally(state: BoardState) -> Counter[str]:
    """Count everybody once: by kind of place, those in contradiction and unaccounted for apart."""
    counts = Counter([_counted_as(one) for one in state.people.values()])
    counts.subtract([_counted_as(state.people[one.person]) for one in state.unaccounted])
    counts["unaccounted"] = len(state.unaccounted)
    return +counts


def _counted_as(one: PersonState) -> str:
    return "in contradiction" if one.possible else one.place.kind
