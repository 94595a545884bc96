"""Phones that report positions and nothing else: a vehicle's tracker is let in by a token, and out by a word.

The token is what the phone sends with every position, so it may do no more than that: report where one vehicle is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from safepassage.desk.accounts import Accounts, new_letters, typed
from safepassage.desk.roles import Who, require
from safepassage.desk.tries import Tries
from safepassage.model.errors import SafepassageError, UsageError
from safepassage.model.operation import Operation

BURST: Final = 600
"""Positions that a tracker hands in at once: what a phone kept while it was out of reach for some hours."""

PER_S: Final = 10.0
"""Positions a second that it hands in for long."""

_TABLE: Final = """
create table if not exists trackers (vehicle text primary key, token blob not null unique, by text not null,
    made integer not null) strict, without rowid;
"""


class TrackerRefusedError(SafepassageError):
    """A token of a tracker that does not hold."""

    code = "tracker-refused"
    exit_status = 3
    http_status = 403


class TooManyPositionsError(SafepassageError):
    """A tracker hands in more positions than any phone has."""

    code = "too-many-positions"
    exit_status = 3
    http_status = 429


class Tracker(Struct, frozen=True, kw_only=True):
    """A vehicle that has a token: who made it, and when (seconds since 1970)."""

    vehicle: str
    by: str
    made: int


class Trackers:
    """The tokens of vehicles, in the file of accounts; only their digests are kept.

    Parameters
    ----------
    accounts
        Whose file it is.
    operation
        Of which the vehicles are.
    now
        A clock that never goes back, in seconds.
    """

    def __init__(self, accounts: Accounts, operation: Operation, now: Callable[[], float] = time.monotonic) -> None:
        self._do = accounts.table(_TABLE)
        self._vehicles = frozenset(vehicle.id for vehicle in operation.vehicles)
        self._by_source = Tries(40, 900)
        self._pace = Pace(BURST, PER_S, now)

    def make(self, who: Who, vehicle: str) -> str:
        """Make the token of a vehicle's tracker; told this once. An older one is void.

        Raises
        ------
        NotPermittedError
            When that is not theirs to do.
        UsageError
            When the operation has no such vehicle.
        """
        require(who, "enrol-devices")
        if vehicle not in self._vehicles:
            raise UsageError("the operation has no such vehicle")
        letters = new_letters()
        made = int(time.time())
        self._do("insert or replace into trackers values (?, ?, ?, ?)", vehicle, typed(letters), who.name, made)
        return letters

    def revoke(self, who: Who, vehicle: str) -> None:
        """Take a vehicle's token back.

        Raises
        ------
        NotPermittedError
            When that is not theirs to do.
        """
        require(who, "enrol-devices")
        self._do("delete from trackers where vehicle = ?", vehicle)

    def listed(self, who: Who) -> tuple[Tracker, ...]:
        """Return the vehicles that have a token.

        Raises
        ------
        NotPermittedError
            When that is not theirs to see.
        """
        require(who, "enrol-devices")
        rows = self._do("select vehicle, by, made from trackers order by vehicle")
        return tuple(Tracker(vehicle=vehicle, by=by, made=made) for vehicle, by, made in rows)

    def vehicle_of(self, token: str, source: str) -> str:
        """Return whose token it is.

        Parameters
        ----------
        token
            As it was sent.
        source
            Where it comes from.

        Raises
        ------
        TrackerRefusedError
            When it does not hold.
        TooManyTriesError
            When too many from there did not.
        TooManyPositionsError
            When it comes too often.
        """
        rows = self._do("select vehicle from trackers where token = ?", typed(token))
        if not rows:
            # a phone that was revoked goes on trying: that must not shut out the others behind the same router
            self._by_source.allow(source)
            self._by_source.failed(source)
            raise TrackerRefusedError("this token does not hold")
        vehicle = str(rows[0][0])
        self._pace.take(vehicle)
        return vehicle


class Pace:
    """Lets each name do something so often at once, and so often a second for long.

    Parameters
    ----------
    burst
        At once.
    per_s
        A second.
    now
        A clock that never goes back, in seconds.
    """

    def __init__(self, burst: int, per_s: float, now: Callable[[], float]) -> None:
        self._burst, self._per_s, self._now = float(burst), per_s, now
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Count one.

        Raises
        ------
        TooManyPositionsError
            When it is one too many.
        """
        now = self._now()
        with self._lock:
            left, since = self._left.get(name, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._per_s)
            self._left[name] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise TooManyPositionsError(f"more than {self._burst:g} positions at once, {self._per_s:g} a second")
