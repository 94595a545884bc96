"""How far people have got, by the site where they wait and by group; who did not move is not looked at again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from safepassage.ledger.board import Board, BoardState
from safepassage.ledger.people import PersonState
from safepassage.ledger.vehicles import VehicleState
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.places import FINAL_KINDS


class Flow(Struct, frozen=True, kw_only=True):
    """How many set out from a site, of how many who travel, and how many of them have got to an assembly site."""

    total: int
    left: int
    joined: int


class _Part(NamedTuple):
    """What one person counts for, once: where they waited, of which group, and how far they have got."""

    site: str
    group: str
    left: bool
    joined: bool


class Flows:
    """Counts everybody of an operation, and then again only those with whom something has changed.

    What a person counts for follows from their own state, and from that of the vehicle that they are in. States are
    never changed in place: where the same object stands, nothing has happened.

    Parameters
    ----------
    operation
        Whose people.
    """

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self._ends = ends_of(operation)
        self._listed: dict[str, Person] = {person.id: person for person in operation.people}
        self._people: Mapping[str, PersonState] = {}
        self._vehicles: Mapping[str, VehicleState] = {}
        self._parts: dict[str, _Part] = {}
        self._totals, self._gone, self._there = Counter[str](), Counter[str](), Counter[str]()
        self._groups, self._groups_gone = Counter[str](), Counter[str]()

    def count(self, board: Board, state: BoardState) -> tuple[dict[str, Flow], dict[str, tuple[int, int]]]:
        """Return the flow from each site, and of each group how many have left, of how many.

        Parameters
        ----------
        board, state
            The ledger, and the board that follows from it.
        """
        if self._people.keys() != state.people.keys():
            record_of = {record: one for one in state.people.values() if len(one.records) > 1 for record in one.records}
            for person in self.operation.people:
                self._look(board, state, person, state.people.get(person.id) or record_of.get(person.id))
        else:
            for one in self._changed(state).values():
                for listed in filter(None, map(self._listed.get, one.records)):
                    self._look(board, state, listed, one)
        self._people, self._vehicles = state.people, state.vehicles
        sites = {
            site: Flow(total=total, left=self._gone[site], joined=self._there[site])
            for site, total in self._totals.items() if total
        }  # fmt: skip
        return sites, {group: (self._groups_gone[group], every) for group, every in self._groups.items() if every}

    def _changed(self, state: BoardState) -> dict[str, PersonState]:
        """Return those whose state, or whose vehicle's, is another than before."""
        found = {
            now.id: now for before, now in zip(self._people.values(), state.people.values(), strict=True)
            if before is not now
        }  # fmt: skip
        for vehicle, one in state.vehicles.items():
            if self._vehicles.get(vehicle) is not one:
                aboard = state.aboard[vehicle]
                found.update((person, state.people[person]) for person in (*aboard.sure, *aboard.possible))
        return found

    def _look(self, board: Board, state: BoardState, person: Person, one: PersonState | None) -> None:
        """Count somebody as they stand now, in place of what they counted for before."""
        before = self._parts.pop(person.id, None)
        if before is not None:
            self._add(before, -1)
        if one is None or not travels(person, one):
            return
        site, moving = spot(one, state)
        away = one.referral in ("out", "treated")
        part = _Part(
            site=person.site, group=person.group,
            left=bool(site) and (site != person.site or moving) and not away,
            joined=not away and (site in self._ends or _was_at(board, one, self._ends)),
        )  # fmt: skip
        self._parts[person.id] = part
        self._add(part, 1)

    def _add(self, part: _Part, number: int) -> None:
        self._totals[part.site] += number
        self._gone[part.site] += number * part.left
        self._there[part.site] += number * part.joined
        self._groups[part.group] += number
        self._groups_gone[part.group] += number * part.left


def ends_of(operation: Operation) -> set[SiteId]:
    """Return where people are brought together, or to: assembly sites and final ones."""
    assembly = {convoy.assembly for convoy in operation.convoys}
    return assembly | {place.id for place in operation.sites if place.kind in FINAL_KINDS}


def travels(person: Person, one: PersonState) -> bool:
    """Tell whether somebody who is to travel is still waited for."""
    return person.travels and not is_out(one) and not one.died


def is_out(one: PersonState) -> bool:
    """Tell whether nobody waits for somebody's arrival: they chose not to go, or were taken off the list."""
    return one.choice in ("declined", "withdrawn") or one.removed


def spot(one: PersonState, state: BoardState) -> tuple[str, bool]:
    """Return the site at which somebody is, or from which the vehicle that they are in was last seen to leave.

    Returns
    -------
    tuple
        The site (empty: not known), and whether they are on the road from there.
    """
    vehicle = state.vehicles.get(one.aboard)
    if vehicle is None or not vehicle.place.kind:
        return one.place.site, False
    return vehicle.place.site, vehicle.place.kind == "road"


def _was_at(board: Board, one: PersonState, sites: set[SiteId]) -> bool:
    """Tell whether somebody has been at one of some sites: who went on from there has been there."""
    history = board.merging.history("person", one.id)
    return any(history.after[index].site in sites for index in history.finding.journey)
