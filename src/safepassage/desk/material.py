"""What exports are made from: an operation, its plan, and the ledger as far as whoever asks may know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from safepassage.desk.check import readable
from safepassage.desk.ledger import read_board
from safepassage.desk.personal import Opener
from safepassage.desk.plan_files import read_plan_of
from safepassage.desk.positions import DELAY_MS, Fix, Positions, coarse
from safepassage.desk.roles import Who, may
from safepassage.desk.running import Running
from safepassage.ledger.board import BoardState
from safepassage.ledger.roll import roll_of
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import Plan, Stop, Trip
from safepassage.model.time import calendar_instant, instant_at

Tracks = Mapping[str, tuple[Fix, ...]]


class Travelled(NamedTuple):
    """Somebody's last ride of the plan that is none to or from a hospital: the trip, where they board and alight."""

    trip: Trip
    boards: Stop
    alights: Stop


class Material:
    """The material of all exports of one asking.

    Parameters
    ----------
    operation, plan
        What is to happen; the plan may be None.
    made
        Now, in the operation's time zone.
    state
        The board; None: nothing was recorded, or nobody handed the record in.
    name_of
        The name that somebody's events have sealed; empty where there is none.
    tracks
        Where vehicles were, as far as may be told, by vehicle; and whether those are exact.
    """

    def __init__(
        self,
        operation: Operation,
        plan: Plan | None,
        made: datetime,
        *,
        state: BoardState | None = None,
        name_of: Callable[[str], str] = lambda _person: "",
        tracks: tuple[Tracks, bool] = (MappingProxyType({}), True),
    ) -> None:
        self.operation, self.plan, self.made, self.state = operation, plan, made, state
        self.name_of = name_of
        self._instants: dict[int, datetime] = {}
        self.tracks, self.exact = tracks

    @cached_property
    def zone(self) -> ZoneInfo:
        """The operation's time zone."""
        return ZoneInfo(self.operation.time_zone)

    def at(self, at_s: int) -> datetime:
        """Return the instant of so many seconds after the start; many ask for the same ones."""
        found = self._instants.get(at_s)
        if found is None:
            found = self._instants[at_s] = self._at(at_s)
        return found

    def _at(self, at_s: int) -> datetime:
        return instant_at(self.operation.start, at_s, self.operation.time_zone)

    def at_ms(self, time_ms: int) -> datetime:
        """Return the instant of so many milliseconds since 1970, to the second."""
        return datetime.fromtimestamp(time_ms // 1000, self.zone)

    def told_at_ms(self, time_ms: int | None) -> datetime | None:
        """Return the same of what a device's clock told; None where that is no time."""
        return None if time_ms is None else calendar_instant(time_ms, self.zone)

    @cached_property
    def persons(self) -> dict[str, Person]:
        """Everybody on the operation's list, by code."""
        return {str(person.id): person for person in self.operation.people}

    @cached_property
    def travelled(self) -> dict[str, Travelled]:
        """The last ride of each person, rides to and from hospitals left out."""
        if self.plan is None:
            return {}
        trips = {trip.id: trip for trip in self.plan.trips}
        found: dict[str, Travelled] = {}
        for manifest in self.plan.manifests:
            trip = trips[manifest.trip]
            if trip.kind == "referral":
                continue
            for ride in manifest.rides:
                one = Travelled(trip, trip.stops[ride.board], trip.stops[ride.alight])
                known = found.get(ride.person)
                if known is None or known.alights.arrive_s < one.alights.arrive_s:
                    found[ride.person] = one
        return found


def of_folder(folder: Path, plan_file: Path | None = None, ledger: str = "", *, exact: bool = False) -> Material:
    """Read an operation folder, its plan, and a ledger or an export of one.

    Names that the ledger has sealed stay shut: their keys are its server's.

    Parameters
    ----------
    folder, plan_file
        The operation, and its plan.
    ledger
        A SQLite file, an export, or `postgresql://...`; empty: none.
    exact
        Positions as they were told; otherwise late and to a square.

    Raises
    ------
    InputError
        When the operation or the plan cannot be read.
    StoreRefusedError, ExportError
        When there is no ledger at this address.
    """
    operation, travel = readable(folder)
    plan = None if plan_file is None else read_plan_of(operation, plan_file)[0]
    made = datetime.now(ZoneInfo(operation.time_zone)).replace(microsecond=0)
    if not ledger:
        return Material(operation, plan, made)
    board = read_board(ledger, roll_of(operation, travel, plan))
    tracks = {
        vehicle: tuple(
            Fix(lon_e7=fact.payload.lon_e7, lat_e7=fact.payload.lat_e7, accuracy_m=fact.payload.accuracy_m,
                at_ms=max(time.likely_ms, 0))
            for fact, time in board.merging.track(vehicle)
        )
        for vehicle in board.merging.subjects("position")
    }  # fmt: skip
    now_ms = int(made.timestamp() * 1000)
    told = tracks if exact else {vehicle: late_and_coarse(fixes, now_ms) for vehicle, fixes in tracks.items()}
    return Material(operation, plan, made, state=board.state(), tracks=(told, exact))


def of_running(running: Running, positions: Positions, who: Who) -> Material:
    """Take what a server keeps, as far as somebody may know it.

    Parameters
    ----------
    running, positions
        The ledger, and its positions.
    who
        Who asks.
    """
    now_ms, tracks, exact = running.clocks().wall_ms, {}, True
    made = datetime.fromtimestamp(now_ms // 1000, ZoneInfo(running.operation.time_zone))
    for vehicle in positions.vehicles():
        fixes, live = positions.track(vehicle), may(who, "see-positions", vehicle)
        tracks[vehicle] = fixes if live else late_and_coarse(fixes, now_ms)
        exact = exact and live
    state = running.now().state
    return Material(running.operation, running.plan, made, state=state, name_of=Opener(running), tracks=(tracks, exact))


def late_and_coarse(fixes: tuple[Fix, ...], now_ms: int) -> tuple[Fix, ...]:
    """Return a track as those may know it who see no live positions: what is older, square by square.

    Parameters
    ----------
    fixes
        In the order of their times.
    now_ms
        Now, in milliseconds since 1970.
    """
    found: list[Fix] = []
    for fix in fixes:
        if fix.at_ms > now_ms - DELAY_MS:
            break
        square = coarse(fix)
        if not found or (found[-1].lon_e7, found[-1].lat_e7) != (square.lon_e7, square.lat_e7):
            found.append(square)
    return tuple(found)
