"""Everybody the board knows, kept in order to be looked for: who is where, of which household, with what open.

It is kept person by person beside a live ledger: an event costs the people that it touches, not all of them.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.names import Names
from safepassage.desk.roles import Who, may
from safepassage.desk.running import Running
from safepassage.ledger.gathering import Unaccounted, trip_ends, unaccounted_for
from safepassage.ledger.merging import Key
from safepassage.ledger.people import PersonState
from safepassage.ledger.roll import Roll
from safepassage.model.errors import SafepassageError
from safepassage.model.people import Person

Show: TypeAlias = Literal["unaccounted", "missing", "referred", "contradiction", "walked-in", "unknown"]
"""Of whom a list can be shown, in that order on a screen."""

SHOWS: Final[tuple[Show, ...]] = get_args(Show)

AT_ONCE: Final = 500
"""People worked out while nothing is recorded."""

Group: TypeAlias = tuple[str, str]
"""Whom a list is of: `show` and one of `SHOWS`, or `vehicle`, `site`, `household` or `token` and its id."""

Opened: TypeAlias = Callable[[str], str]
"""The name that somebody's events have sealed, by the first of their records; empty where there is none."""


class NoSuchPersonError(SafepassageError):
    """A code that is neither on the roll nor in any event."""

    code = "no-such-person"
    exit_status = 2
    http_status = 404


class Row(Struct, frozen=True, kw_only=True):
    """Somebody: how it stands with them, what they are called, who they belong to, and the vehicles that await them.

    `site` is where they are to be found at first. `name` is empty where there is none, or where it is not to be seen.
    """

    state: PersonState
    name: str = ""
    household: str = ""
    age_band: str = ""
    mobility: str = ""
    site: str = ""
    expected: tuple[str, ...] = ()
    shows: frozenset[Show] = frozenset()
    unaccounted: Unaccounted | None = None

    @property
    def id(self) -> str:
        """The person's code; of merged records the first."""
        return self.state.id

    @property
    def places(self) -> tuple[str, ...]:
        """Sites and vehicles that they are at, may be at, or are expected at."""
        here = (self.state.place, *self.state.possible)
        found = [self.site, *self.expected, *(one.id for one in here), *(one.site for one in here)]
        return tuple(dict.fromkeys(filter(None, found)))


def sees_name(who: Who, row: Row) -> bool:
    """Tell whether somebody may see what a person is called."""
    return may(who, "see-names", *row.places)


def as_seen(who: Who, row: Row) -> Row:
    """Return a row as somebody may see it."""
    return row if not row.name or sees_name(who, row) else replace(row, name="")


class People:
    """Everybody, beside a live ledger.

    Parameters
    ----------
    running
        The ledger.
    opened
        Opens names that events have sealed; None: nobody's.
    """

    def __init__(self, running: Running, opened: Opened | None = None) -> None:
        self.running = running
        self._take_list()
        self.lock = threading.RLock()
        """Held while it is refreshed; whoever reads more than one thing holds it."""
        self._opened = opened or _nobodys
        self._touched: set[Key] = set()
        self._touching = threading.Lock()
        self._rows: dict[str, Row] = {}
        self._first: dict[str, str] = {}
        self._ids: list[str] = []
        self._groups: defaultdict[Group, set[str]] = defaultdict(set)
        self._shared: set[str] = set()
        self._roll: Roll | None = None
        self._expected: Mapping[str, tuple[str, ...]] = {}
        self._ends: Mapping[tuple[str, str], str] = {}
        self.named: tuple[str, ...] = ()
        """Who has a name on the roll: the order of `names`."""
        self._hear_names()
        self.told: dict[str, str] = {}
        """Names that were told since, by person."""
        self._forgot = False
        running.subscribe(self._hear)

    def _take_list(self) -> None:
        self._listed = self.running.operation.people
        self.known: dict[str, Person] = {str(person.id): person for person in self._listed}

    def _hear_names(self) -> None:
        self.named = tuple(person for person, one in self.known.items() if one.name)
        self.names = Names([self.known[person].name for person in self.named])

    def _hear(self, _size: int, touched: frozenset[Key]) -> None:
        with self._touching:
            self._touched |= touched

    def refresh(self) -> None:
        """Take in what happened since the last time; who records waits for a part of it at most."""
        board = self.running.keeper.board
        with self.lock:
            with self._touching:
                touched, self._touched = self._touched, set()
            persons = {subject for kind, subject in touched if kind == "person"}
            with self.running.keeper.lock:
                if self._roll is not board.roll:
                    self._take_roll(board.roll)
                    if self._listed is not self.running.operation.people:
                        self._take_list()
                        self._forgot = True
                    persons |= {*self.known, *self._expected, *self._rows, *board.merging.subjects("person")}
            for vehicle in [subject for kind, subject in touched if kind == "vehicle"]:
                persons |= self._groups["vehicle", vehicle]
            waiting, changed = sorted(persons), False
            for start in range(0, len(waiting), AT_ONCE):
                with self.running.keeper.lock:
                    for person in waiting[start : start + AT_ONCE]:
                        changed |= self._work_out(person)
            if changed:
                self._ids = sorted(self._rows)
            if self._forgot:
                self._forgot = False
                self._hear_names()

    def _take_roll(self, roll: Roll) -> None:
        self._roll = roll
        expected: defaultdict[str, list[str]] = defaultdict(list)
        for trip in roll.manifests:
            for person in trip.persons:
                expected[person].append(trip.vehicle)
        self._expected = {person: tuple(dict.fromkeys(vehicles)) for person, vehicles in expected.items()}
        self._ends = trip_ends(roll)

    def _work_out(self, person: str) -> bool:
        """Work one person out anew; tell whether somebody is there who was not before, or the other way round."""
        state = self.running.keeper.board.person(person)
        before = {record for record in {person, *state.records} if self._forget(record)}
        listed = any(one in self.known or one in self._expected for one in state.records)
        if not (listed or state.heads or self._is_open(state)):
            return bool(before)
        if state.key_destroyed:
            self._unname(state.records)
        row = self._row(state)
        self._rows[row.id] = row
        self._first.update(dict.fromkeys(state.records, row.id))
        if row.name and not any(self.known[one].name for one in state.records if one in self.known):
            self.told[row.id] = row.name
        for group in _groups_of(row):
            self._groups[group].add(row.id)
        self._share(state)
        return before != {row.id}

    def _unname(self, records: Iterable[str]) -> None:
        """Let go of the names of somebody who was forgotten; they are not to be found by them either."""
        for one in records:
            if one in self.known and self.known[one].name:
                self.known[one] = replace(self.known[one], name="")
                self._forgot = True

    def _is_open(self, state: PersonState) -> bool:
        """Tell whether something was recorded that neither counts nor was taken back: it may well be true."""
        merging = self.running.keeper.board.merging
        return len(merging.facts("person", state.id)) > len(merging.history("person", state.id).aside)

    def _forget(self, record: str) -> bool:
        self._first.pop(record, None)
        self.told.pop(record, None)
        row = self._rows.pop(record, None)
        if row is None:
            return False
        for group in _groups_of(row):
            self._groups[group].discard(record)
        self._share(row.state)
        return True

    def _share(self, state: PersonState) -> None:
        """Note which tokens more than one person has."""
        for token in state.tokens:
            (self._shared.add if len(self._groups["token", token]) > 1 else self._shared.discard)(token)

    def _row(self, state: PersonState) -> Row:
        board = self.running.keeper.board
        persons = [self.known[one] for one in state.records if one in self.known]
        vehicle = board.vehicle(state.aboard) if state.aboard else None
        lost = unaccounted_for(state.id, state, vehicle, self._ends, board.roll)
        return Row(
            state=state,
            name=next((person.name for person in persons if person.name), "") or self._opened(state.id),
            household=state.household or next((str(person.household) for person in persons), ""),
            age_band=state.age_band or next((person.age_band for person in persons), ""),
            mobility=state.mobility or next((person.mobility for person in persons), ""),
            site=next((str(person.site) for person in persons), ""),
            expected=tuple(dict.fromkeys(bus for one in state.records for bus in self._expected.get(one, ()))),
            shows=frozenset(_shows(state, lost)),
            unaccounted=lost,
        )

    def ids(self) -> list[str]:
        """Return the codes of all, sorted; not to be changed."""
        return self._ids

    def row(self, person: str) -> Row:
        """Return somebody's row, by any of their records.

        Raises
        ------
        NoSuchPersonError
            When nobody knows the code.
        """
        found = self._rows.get(self._first.get(person, person))
        if found is None:
            raise NoSuchPersonError(f"nobody has the code {person!r}")
        return found

    def has(self, person: str) -> bool:
        """Tell whether somebody has a code."""
        return person in self._first

    def of(self, group: Group) -> Collection[str]:
        """Return who is in a group."""
        if group == ("show", "contradiction"):
            copied = (person for token in self._shared for person in self._groups["token", token])
            return self._groups[group].union(copied)
        return self._groups.get(group, frozenset())

    def groups(self, kind: str) -> list[tuple[str, int]]:
        """Return the groups of a kind that have anybody, with how many, sorted."""
        return sorted((name, len(found)) for (one, name), found in self._groups.items() if one == kind and found)

    def shared(self, row: Row) -> tuple[str, ...]:
        """Return the tokens of somebody that others have too."""
        return tuple(token for token in row.state.tokens if token in self._shared)


def _nobodys(_record: str) -> str:
    return ""


def _shows(state: PersonState, lost: Unaccounted | None) -> Iterator[Show]:
    told: Mapping[Show, bool] = {
        "unaccounted": lost is not None,
        "missing": state.missing,
        "referred": state.referral in ("out", "treated"),
        "contradiction": bool(state.contradictions or state.possible),
        "walked-in": state.walked_in,
        "unknown": not state.identity_known,
    }
    return (show for show, holds in told.items() if holds)


def _groups_of(row: Row) -> Iterator[Group]:
    """Yield where somebody is to be found: of a place also who may be there."""
    yield from (("show", show) for show in row.shows)
    for where in {one[:2] for one in (row.state.place, *row.state.possible)}:
        if where[0] in ("vehicle", "site", "foot"):
            yield "vehicle" if where[0] == "vehicle" else "site", where[1]
    yield from (("token", token) for token in row.state.tokens)
    if row.household:
        yield "household", row.household
