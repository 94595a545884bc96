"""Arrivals and departures that positions suggest: nobody is said to be anywhere until somebody says so.

A vehicle is at a site after two fixes in a row within `ENTER_M`, and away again after two in a row beyond `LEAVE_M`:
between the two distances nothing changes, so a receiver that wanders at the fence does not go in and out. The fixes
are read in the order of their own times, whenever they came: late ones change what was, and make no noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from msgspec import Struct

from safepassage.desk.positions import M_PER_DEGREE, Fix, Positions
from safepassage.desk.roles import Who, may
from safepassage.ledger.vehicles import VehicleState
from safepassage.model.places import Site

ENTER_M: Final = 250
LEAVE_M: Final = 500
IN_A_ROW: Final = 2
WORST_M: Final = 200
"""Fixes that are less exact than this say nothing about a fence."""

_E7: Final = 10_000_000


class Visit(Struct, frozen=True, kw_only=True):
    """A stay at a site: from the first fix within to the first one beyond; None while it lasts."""

    site: str
    from_ms: int
    until_ms: int | None = None


class Suggestion(Struct, frozen=True, kw_only=True):
    """What the positions of a vehicle say and the ledger does not."""

    vehicle: str
    type: Literal["arrived", "departed"]
    site: str
    at_ms: int


class _Fence:
    """Where a vehicle is by its fixes so far."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self._inside: Site | None = None
        self._since_ms = 0
        self._near: Site | None = None
        self._first_ms = self._count = 0

    def take(self, fix: Fix, near: Site, near_m: float) -> None:
        """Take the next fix, with the site nearest to it."""
        if self._inside is not None:
            beyond = distance_m(fix, self._inside) > LEAVE_M
            if self._counted(self._inside if beyond else None, fix.at_ms):
                self._close(self._first_ms)
        if self._inside is None and self._counted(near if near_m <= ENTER_M else None, fix.at_ms):
            self._inside, self._since_ms = near, self._first_ms
            self._count = 0

    def _counted(self, about: Site | None, at_ms: int) -> bool:
        """Tell whether enough fixes in a row have said the same."""
        if about is None:
            self._count = 0
            return False
        if self._near is not about or not self._count:
            self._near, self._first_ms, self._count = about, at_ms, 0
        self._count += 1
        return self._count >= IN_A_ROW

    def _close(self, until_ms: int) -> None:
        self.visits.append(self._visit(until_ms))
        self._inside, self._count = None, 0

    def _visit(self, until_ms: int | None) -> Visit:
        return Visit(site=self._inside.id if self._inside else "", from_ms=self._since_ms, until_ms=until_ms)

    def all(self) -> tuple[Visit, ...]:
        return (*self.visits, *([self._visit(None)] if self._inside else []))


def distance_m(fix: Fix, site: Site) -> float:
    """Return how far a fix is from a site; right to a thousandth where they are near each other."""
    lon, lat = fix.lon_e7 / _E7, fix.lat_e7 / _E7
    across = (lon - site.lon + 180) % 360 - 180
    return M_PER_DEGREE * math.hypot(across * math.cos(math.radians(site.lat)), lat - site.lat)


def visits(fixes: Sequence[Fix], sites: Sequence[Site]) -> tuple[Visit, ...]:
    """Read the stays at sites off a track.

    Parameters
    ----------
    fixes
        In the order of time.
    sites
        Where a vehicle may stay.
    """
    exact = [fix for fix in fixes if fix.accuracy_m <= WORST_M]
    if not sites or not exact:
        return ()
    fence = _Fence()
    for fix, place in zip(exact, _nearest(exact, sites), strict=True):
        fence.take(fix, sites[place], distance_m(fix, sites[place]))
    return fence.all()


def _nearest(fixes: Sequence[Fix], sites: Sequence[Site]) -> list[int]:
    """Return the position of the site nearest to each fix: a day's track beside the sites of a city at once."""
    lon, lat = (np.array([[getattr(site, name)] for site in sites]) for name in ("lon", "lat"))
    across = (np.array([fix.lon_e7 for fix in fixes]) / _E7 - lon + 180) % 360 - 180
    up = np.array([fix.lat_e7 for fix in fixes]) / _E7 - lat
    found: list[int] = np.hypot(across * np.cos(np.radians(lat)), up).argmin(axis=0).tolist()
    return found


class Fences:
    """Reads what tracks suggest; each is read once, until there is something new of its vehicle.

    Parameters
    ----------
    positions
        Of the ledger.
    """

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._sites = [site for site in positions.running.operation.sites if site.kind != "junction"]
        self._read: dict[str, tuple[tuple[Fix, ...], tuple[Visit, ...]]] = {}

    def suggestions(self, who: Who) -> tuple[Suggestion, ...]:
        """Return what positions say and nobody has recorded; to who sees them live, and to nobody else.

        Parameters
        ----------
        who
            Who looks.
        """
        state = self._positions.running.now().state
        found = []
        for vehicle, one in state.vehicles.items():
            if one.position is not None and may(who, "see-positions", vehicle):
                suggestion = suggested(one, self._visits(vehicle))
                found += [suggestion] if suggestion else []
        return tuple(found)

    def _visits(self, vehicle: str) -> tuple[Visit, ...]:
        track = self._positions.track(vehicle)
        known = self._read.get(vehicle)
        if known is None or known[0] is not track:
            known = self._read[vehicle] = (track, visits(track, self._sites))
        return known[1]


def suggested(state: VehicleState, stays: Sequence[Visit]) -> Suggestion | None:
    """Compare what is recorded of a vehicle with its last stay.

    Parameters
    ----------
    state
        What is recorded.
    stays
        In the order of time.
    """
    if not stays or state.possible:
        return None
    last = stays[-1]
    there = state.place.kind == "site" and state.place.site == last.site
    at_ms = last.from_ms if last.until_ms is None else last.until_ms
    if (state.since is not None and state.since.likely_ms >= at_ms) or there is (last.until_ms is None):
        return None
    type_: Literal["arrived", "departed"] = "arrived" if last.until_ms is None else "departed"
    return Suggestion(vehicle=state.id, type=type_, site=last.site, at_ms=at_ms)
