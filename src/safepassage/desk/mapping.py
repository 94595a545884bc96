"""The map of a live operation: sites and roads drawn once, vehicles as far as whoever looks may know."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any, Final

from msgspec import Struct

from safepassage.desk.acts import vehicles
from safepassage.desk.positions import CELL_M, DELAY_MS, Positions, Shown, shown
from safepassage.desk.roles import Who, require
from safepassage.desk.running import Running
from safepassage.model.clauses import Area
from safepassage.model.places import Site
from safepassage.model.plan import Plan, Solver
from safepassage.reports.board_brief import whereabouts
from safepassage.reports.sketch import Sketch, credit, drawn_sites, link_states, sketches
from safepassage.reports.vehicle_map import Mark, VehicleFix, VehicleRow, marks, rows, told_age
from safepassage.reports.words import called, duration

_E7 = 10_000_000

MOST_FIXES: Final = 500
"""Vehicles in one answer of the map that is moved about."""


class LiveMap(Struct, frozen=True, kw_only=True):
    """The sketches, what stands on each, and a page of the table beside them, after so many events of the log.

    `total` are the vehicles that the table goes through, `after` is the cursor of its next page.
    """

    size: int
    sketches: tuple[tuple[Sketch, tuple[Mark, ...]], ...]
    rows: tuple[VehicleRow, ...]
    total: int
    after: str
    late: bool
    delay_min: int = DELAY_MS // 60_000
    cell_km: int = CELL_M // 1000


class Ground:
    """What does not move: drawn when it is first asked for, and kept.

    Parameters
    ----------
    running
        Of whose operation and plan it is.
    """

    def __init__(self, running: Running) -> None:
        self._running = running
        self._lock = threading.Lock()

    @cached_property
    def plan(self) -> Plan:
        """The plan; without one, a plan of no trips."""
        operation = self._running.operation
        empty = Plan(operation=operation.id, sha256="", status="infeasible", seed=0, solver=Solver(engine=""))
        return self._running.plan or empty

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """The sites that are shown."""
        return drawn_sites(self._running.operation)

    @cached_property
    def _sketches(self) -> tuple[Sketch, ...]:
        return sketches(self._running.operation, self.plan, self._running.setting)

    @property
    def sketches(self) -> tuple[Sketch, ...]:
        """The whole, and its details; drawn by one who asks while the others wait."""
        with self._lock:
            return self._sketches

    @cached_property
    def credit(self) -> str:
        """Whose road map is drawn; empty where there is none."""
        return credit(self._running.operation)

    @cached_property
    def has_areas(self) -> bool:
        """Whether there are areas of who did not consent."""
        return any(isinstance(clause, Area) and len(clause.polygon) > 2 for clause in self._running.operation.clauses)

    @cached_property
    def features(self) -> dict[str, Any]:
        """Sites, roads and areas as GeoJSON.

        References
        ----------
        RFC 7946, GeoJSON.
        """
        operation = self._running.operation
        states = link_states(operation)
        driven = {link for trip in self.plan.trips for stop in trip.stops for link in stop.route}
        places = {site.id: (site.lon, site.lat) for site in operation.sites}
        found = [
            _feature("Polygon", [[*clause.polygon, clause.polygon[0]]], what="area")
            for clause in operation.clauses
            if isinstance(clause, Area) and len(clause.polygon) > 2
        ]
        found += [
            _feature(
                "LineString",
                link.line if len(link.line) > 1 else (places[link.start], places[link.end]),
                what="road", state=states[link.id], used=link.id in driven,
            )
            for link in operation.links
            if not link.access
        ]  # fmt: skip
        found += [_feature("Point", (site.lon, site.lat), what="site", id=site.id, kind=site.kind)
                  for site in self.sites]  # fmt: skip
        return {"type": "FeatureCollection", "features": found}


def _feature(shape: str, coordinates: Any, **said: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": shape, "coordinates": coordinates}, "properties": said}


def fixes(positions: Positions, who: Who) -> tuple[VehicleFix, ...]:
    """Return the last fixes as somebody may know them.

    Raises
    ------
    NotPermittedError
        When they may not look at the board.
    """
    return tuple(map(_fix, shown(positions, who)))


def _fix(one: Shown) -> VehicleFix:
    return VehicleFix(
        vehicle=one.vehicle,
        lon=one.fix.lon_e7 / _E7,
        lat=one.fix.lat_e7 / _E7,
        radius_m=one.fix.accuracy_m,
        at_ms=one.fix.at_ms,
        age_ms=one.age_ms,
        state="late" if not one.exact else "stale" if one.stale else "live",
    )


def live_map(positions: Positions, ground: Ground, who: Who, part: str = "", after: str = "") -> LiveMap:
    """Draw the map for somebody.

    Parameters
    ----------
    positions, ground
        Of the ledger, and what does not move.
    who
        Who looks.
    part, after
        Which vehicles the table has: those whose codes or names hold this, a page from this cursor on.

    Raises
    ------
    NotPermittedError
        When they may not look at the board.
    """
    require(who, "see-board")
    running = positions.running
    now = running.now()
    setting = running.setting
    found = fixes(positions, who)
    fleet = vehicles(running, part, after, more=sorted(fix.vehicle for fix in found))
    recorded = {vehicle: whereabouts(now.state, setting, vehicle) for vehicle, _ in fleet.rows}
    return LiveMap(
        size=now.size,
        sketches=tuple((sketch, marks(sketch, found, setting)) for sketch in ground.sketches),
        rows=rows(recorded, found, ground.sites, setting),
        total=fleet.total,
        after=fleet.after,
        late=any(fix.state == "late" for fix in found),
    )


def vehicles_geojson(positions: Positions, who: Who, after: str = "") -> dict[str, Any]:
    """Return a page of the last fixes as GeoJSON; words are phrases, to be said in the reader's language.

    Parameters
    ----------
    positions
        Of the ledger.
    who
        Who looks.
    after
        The vehicle that the page before ended with, which that page told as its `after`; of the last page it is empty.

    Raises
    ------
    NotPermittedError
        When they may not look at the board.
    """
    setting = positions.running.setting
    found = sorted((fix for fix in fixes(positions, who) if fix.vehicle > after), key=lambda fix: fix.vehicle)
    page = found[:MOST_FIXES]
    features = [
        _feature(
            "Point", (fix.lon, fix.lat), id=fix.vehicle, name=called(setting, fix.vehicle, "vehicle"),
            state=fix.state, age=told_age(fix), old=duration(fix.age_ms // 60_000 * 60), radius_m=fix.radius_m,
        )
        for fix in page
    ]  # fmt: skip
    more = len(found) > len(page)
    return {"type": "FeatureCollection", "features": features, "after": page[-1].vehicle if more else ""}
