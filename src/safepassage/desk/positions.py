"""Where vehicles are: fixes taken in from phones and files, and told as exactly as a role may know.

A live track is a target list. Who need not act on it is told where a vehicle was some time ago, to a square of some
kilometres: of fixes that are older than the delay, the last one, in the middle of the square that it lies in.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.calls import Kept
from safepassage.desk.roles import Who, may, require, require_record
from safepassage.desk.running import Running
from safepassage.exchange.gpx import read_gpx
from safepassage.ledger.merging import Key
from safepassage.ledger.vocabulary import Positioned
from safepassage.model.errors import UsageError

KEEP_EVERY_MS: Final = 30_000
"""Of fixes of a vehicle that lie closer together than this, one is kept."""

OLDEST_MS: Final = 14 * 86_400_000
"""Fixes older than this are left out: a receiver that has lost its time says 1970 or 1980."""

STALE_MS: Final = 10 * 60_000
"""A fix older than this is shown as old."""

DELAY_MS: Final = 30 * 60_000
CELL_M: Final = 5_000
"""Roles that see no live positions are told where a vehicle was before `DELAY_MS`, to a square of `CELL_M`. Assumption:
half an hour is what a convoy needs to be elsewhere, and 5 km is farther than one sees from a road."""

MOST_AT_ONCE: Final = 3_000
"""Fixes that one file may add to the ledger: more than a day of one vehicle."""

M_PER_DEGREE: Final = 111_195.0
_E7: Final = 10_000_000


class Fix(Struct, frozen=True, kw_only=True):
    """A place in ten-millionths of a degree, how exact it is (metres, 0: not said), and when it was (ms; 0: now)."""

    lon_e7: int
    lat_e7: int
    accuracy_m: int = 0
    at_ms: int = 0


class Taken(Struct, frozen=True, kw_only=True):
    """What became of fixes: those to be kept, and how many were too close to others, too old."""

    kept: tuple[Future[Kept], ...]
    close: int
    old: int


class Shown(Struct, frozen=True, kw_only=True):
    """Where a vehicle is as far as somebody may know; `exact` or else late and to a square. `age_ms` is of the fix."""

    vehicle: str
    fix: Fix
    exact: bool
    age_ms: int

    @property
    def stale(self) -> bool:
        """Whether the vehicle may well be elsewhere by now."""
        return self.exact and self.age_ms > STALE_MS


class Positions:
    """Takes in fixes, one for each vehicle and half minute.

    Parameters
    ----------
    running
        The ledger.
    """

    def __init__(self, running: Running) -> None:
        self.running = running
        self._times: dict[str, list[int]] = {}
        self._lock = threading.Lock()
        self._tracks: dict[str, tuple[Fix, ...]] = {}
        self._heard = running.size
        """Of the log: up to where it is known what changed."""
        running.subscribe(self._forget)

    def _forget(self, size: int, touched: frozenset[Key]) -> None:
        """Forget the tracks of vehicles of which there is something new, or of which a clock was read."""
        for kind, vehicle in touched:
            if kind == "position":
                self._tracks.pop(vehicle, None)
        self._heard = size

    def track(self, vehicle: str) -> tuple[Fix, ...]:
        """Return all fixes of a vehicle in the order of their times; the same tuple until there is something new."""
        known = self._tracks.get(vehicle)
        if known is not None and self._heard == self.running.size:
            return known
        with self.running.keeper.lock:
            size, told = self.running.size, self.running.keeper.board.merging.track(vehicle)
        found = tuple(
            Fix(
                lon_e7=fact.payload.lon_e7,
                lat_e7=fact.payload.lat_e7,
                accuracy_m=fact.payload.accuracy_m,
                at_ms=max(time.likely_ms, 0),
            )
            for fact, time in told
        )
        if self._heard == size == self.running.size:
            self._tracks[vehicle] = found
        return found

    def vehicles(self) -> list[str]:
        """Return the ids of vehicles of which any position is here."""
        with self.running.keeper.lock:
            return self.running.keeper.board.merging.subjects("position")

    def take(self, vehicle: str, by: str, fixes: Iterable[Fix]) -> Taken:
        """Record fixes of a vehicle, each as of when it was; what comes late or in another order is as good.

        Parameters
        ----------
        vehicle
            Which.
        by
            Who answers for them.
        fixes
            In any order.

        Raises
        ------
        UsageError
            When they are more than one file may add.
        BusyError, StoreStoppedError
            When nothing more is taken; those before are kept, and may be sent again.
        """
        now_ms = self.running.clocks().wall_ms
        kept: list[Future[Kept]] = []
        close = old = 0
        with self._lock:
            times = self._known(vehicle)
            for fix in sorted(fixes, key=lambda fix: fix.at_ms or now_ms):
                # nobody has been anywhere tomorrow: the receiver's clock is wrong
                at_ms = min(fix.at_ms or now_ms, now_ms)
                place = bisect_left(times, at_ms)
                if at_ms < now_ms - OLDEST_MS:
                    old += 1
                elif any(abs(at_ms - other) < KEEP_EVERY_MS for other in times[max(place - 1, 0) : place + 1]):
                    close += 1
                elif len(kept) == MOST_AT_ONCE:
                    raise UsageError(f"more than {MOST_AT_ONCE:,} positions at once; cut the track, the rest is kept")
                else:
                    kept.append(self._record(vehicle, by, replace(fix, at_ms=at_ms)))
                    times.insert(place, at_ms)
        return Taken(kept=tuple(kept), close=close, old=old)

    def _record(self, vehicle: str, by: str, fix: Fix) -> Future[Kept]:
        said = Positioned(lon_e7=fix.lon_e7, lat_e7=fix.lat_e7, accuracy_m=fix.accuracy_m, fixed_ms=fix.at_ms)
        return self.running.record("positioned", subject=vehicle, vehicle=vehicle, actor=by, payload=said)

    def _known(self, vehicle: str) -> list[int]:
        """Return the times of a vehicle's fixes, in order."""
        if vehicle not in self._times:
            self._times[vehicle] = [fix.at_ms for fix in self.track(vehicle)]
        return self._times[vehicle]

    def upload(self, who: Who, vehicle: str, content: bytes, name: str = "GPX") -> Taken:
        """Record the fixes of a GPX file that somebody hands in; as `take`.

        Parameters
        ----------
        who, vehicle
            Who hands it in, and whose track it is.
        content, name
            The file, and what faults call it.

        Raises
        ------
        NotPermittedError
            When they may not record where this vehicle is.
        UsageError
            When the operation has no such vehicle, or the track adds too much.
        InputError
            When it is no track.
        BusyError, StoreStoppedError
            As `take`.
        """
        require_record(who, "positioned", vehicle)
        if vehicle not in {one.id for one in self.running.operation.vehicles}:
            raise UsageError("the operation has no such vehicle")
        fixes = [
            Fix(lon_e7=round(one.lon * _E7), lat_e7=round(one.lat * _E7), at_ms=max(one.at_ms, 1))
            for one in read_gpx(content, name)
        ]
        return self.take(vehicle, who.name, fixes)


def shown(positions: Positions, who: Who) -> tuple[Shown, ...]:
    """Return where vehicles are, as exactly and as soon as somebody may know.

    Parameters
    ----------
    positions
        Of the ledger.
    who
        Who looks.

    Raises
    ------
    NotPermittedError
        When they may not look at the board at all.
    """
    require(who, "see-board")
    now_ms = positions.running.clocks().wall_ms
    found = []
    for vehicle in positions.vehicles():
        exact = may(who, "see-positions", vehicle)
        fixes = positions.track(vehicle)
        fix = fixes[-1] if fixes and exact else _delayed(fixes, now_ms)
        if fix is not None:
            found.append(Shown(vehicle=vehicle, fix=fix, exact=exact, age_ms=max(now_ms - fix.at_ms, 0)))
    return tuple(found)


def _delayed(fixes: Sequence[Fix], now_ms: int) -> Fix | None:
    place = bisect_left(fixes, now_ms - DELAY_MS, key=lambda fix: fix.at_ms)
    return coarse(fixes[place - 1]) if place else None


def coarse(fix: Fix) -> Fix:
    """Put a fix in the middle of its square. The squares lie still: however often one asks, no more is told.

    Parameters
    ----------
    fix
        Where a vehicle was.
    """
    step = CELL_M / M_PER_DEGREE
    lat = _middle(fix.lat_e7 / _E7, step)
    lon = _middle(fix.lon_e7 / _E7, step / max(math.cos(math.radians(lat)), 0.01))
    lon, lat = max(-180.0, min(180.0, lon)), max(-90.0, min(90.0, lat))
    return replace(fix, lon_e7=round(lon * _E7), lat_e7=round(lat * _E7), accuracy_m=CELL_M)


def _middle(degrees: float, step: float) -> float:
    return (math.floor(degrees / step) + 0.5) * step
