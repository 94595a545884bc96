"""Look at the roads of an operation: how sites are joined, how long legs take, what a closure does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.check import located
from safepassage.desk.closures import read as read_closure
from safepassage.desk.plan_files import read_plan_of
from safepassage.exchange.folder import read as read_folder
from safepassage.model.errors import Fault, InputError, UsageError
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Violation
from safepassage.model.travel import Travel
from safepassage.reports.roads_files import as_geojson, as_json, as_matrix
from safepassage.reports.roads_page import roads_page
from safepassage.reports.words import language_named
from safepassage.roads.joints import joints, map_told
from safepassage.roads.laying import Laid, lay, on_map
from safepassage.roads.legs import cut_off, driven, driver_of, every_pair, heaviest, pace_of, stops_of, ways_of
from safepassage.roads.network import Tell
from safepassage.roads.openness import FOREVER
from safepassage.roads.outlook import Between, Broken, Closed, Driver, Leg, Outlook
from safepassage.roads.survey import Survey, frame_of, of_map, of_table
from safepassage.roads.table import travel as routes_of
from safepassage.roads.ways import ways
from safepassage.rules import check as referee_check

OFF_ROAD: Final = "site-off-road"
"""An error that is told and looked at, not one that stops the look."""


class Asked(Struct, frozen=True, kw_only=True):
    """What to look at.

    `plan` is a plan file whose legs are told instead of every pair; `vehicle` for whom; `ends` two sites between which
    ways are told, with so many `alternatives`; `closures` as they are written.
    """

    plan: Path | None = None
    vehicle: str = ""
    ends: tuple[str, str] | None = None
    alternatives: int = 0
    closures: tuple[str, ...] = ()


class Looked(Struct, frozen=True, kw_only=True):
    """What was found, with what it was found on, for the files that tell it."""

    operation: Operation
    outlook: Outlook
    laid: Laid | None

    @property
    def is_cut(self) -> bool:
        """Tell whether a site is not joined or cut off, or a trip no longer holds."""
        return bool(self.outlook.unjoined or self.outlook.cut_off or self.outlook.broken)

    def file(self) -> bytes:
        """Write everything as JSON."""
        return as_json(self.operation, self.outlook)

    def matrix(self) -> bytes:
        """Write times and distances of the legs as CSV."""
        return as_matrix(self.operation, self.outlook)

    def geojson(self) -> bytes:
        """Write legs, ways and closures as lines."""
        return as_geojson(self.operation, self.outlook)

    def page(self, language: str = "en") -> bytes:
        """Make it one self-contained page."""
        network = self.laid.network if self.laid else None
        return roads_page(self.operation, self.outlook, network, language=language_named(language))


class _Roads(NamedTuple):
    """An operation whose roads are known: of a table (`laid` is None) or on a map."""

    operation: Operation
    travel: Travel
    laid: Laid | None
    faults: tuple[Fault, ...]


def look(folder: Path, asked: Asked, *, tell: Tell = lambda _stage, _done: None) -> Looked:
    """Look at the roads of an operation folder.

    Parameters
    ----------
    folder
        The operation folder.
    asked
        What to look at.
    tell
        Is told how far the reading of a road map is.

    Raises
    ------
    InputError
        When the folder, its road map or the plan cannot be read.
    UsageError
        When there is no such site, vehicle or link.
    """
    roads = _roads(folder, tell)
    operation, travel = roads.operation, roads.travel
    driver = _driver(operation, asked.vehicle)
    plan, remarks = read_plan_of(operation, asked.plan) if asked.plan else (None, ())
    ends = _ends(operation, asked.ends)
    closures = tuple(read_closure(operation, text, mapped=roads.laid is not None) for text in asked.closures)
    shut = _shut(roads, closures, tell) if closures else None
    legs = _legs(roads, shut, plan, driver if asked.vehicle or plan is None else None)
    drivers = {leg.driver for leg in legs} | {driver}
    outlook = Outlook(
        operation=operation.id,
        roads=map_told(operation, roads.laid),
        driver=driver,
        joints=joints(operation, roads.laid, frame_of(_members(operation, driver))),
        legs=legs,
        planned=plan is not None,
        between=None if ends is None else _between(roads, shut, driver, ends, asked.alternatives),
        closures=closures,
        cut_off=cut_off(travel, shut.travel, stops_of(operation), _ordered(drivers)) if shut else (),
        broken=_broken(operation, travel, plan, closures) if plan and closures else (),
        faults=(*roads.faults, *remarks),
    )
    return Looked(operation=operation, outlook=outlook, laid=roads.laid)


def _roads(folder: Path, tell: Tell) -> _Roads:
    reading = read_folder(folder)
    if reading.operation is None:
        raise InputError(tuple(fault for fault in reading.faults if fault.severity == "error"))
    operation = reading.operation
    if reading.road_map_path is None:
        return _Roads(operation, routes_of(operation), None, ())
    laid, met = on_map(operation, reading.road_map_path, tell=tell)
    told = tuple(located(reading, fault) for fault in met)
    errors = tuple(fault for fault in told if fault.severity == "error" and fault.code != OFF_ROAD)
    if errors:
        raise InputError(errors)
    return _Roads(laid.operation, routes_of(laid.operation), laid, told)


def _driver(operation: Operation, wanted: str) -> Driver:
    if not wanted:
        return heaviest(operation)
    found = next((vehicle for vehicle in operation.vehicles if vehicle.id == wanted), None)
    if found is None:
        known = ", ".join(vehicle.id for vehicle in operation.vehicles[:8])
        raise UsageError(
            f'there is no vehicle "{wanted}"; there are {known}{" ..." if len(operation.vehicles) > 8 else ""}'
        )
    return driver_of(found)


def _members(operation: Operation, driver: Driver) -> list[Vehicle]:
    return [
        vehicle
        for vehicle in operation.vehicles
        if (vehicle.convoy == driver.convoy if driver.convoy else vehicle.id == driver.vehicle)
    ]


def _ends(operation: Operation, wanted: tuple[str, str] | None) -> tuple[SiteId, SiteId] | None:
    if wanted is None:
        return None
    known = stops_of(operation)
    for name in wanted:
        if name not in known:
            shown = ", ".join(known[:12]) + (" ..." if len(known) > 12 else "")
            raise UsageError(f'there is no site "{name}"; there are {shown}')
    if wanted[0] == wanted[1]:
        raise UsageError(f'"{wanted[0]}" is where the way begins and ends; --from and --to are two sites')
    return SiteId(wanted[0]), SiteId(wanted[1])


def _shut(roads: _Roads, closures: Sequence[Closed], tell: Tell) -> _Roads:
    """Lay or route the operation again with everything closed that is asked about, for as long as it may last."""
    lasting = tuple(replace(one.closure, from_s=-FOREVER, until_s=FOREVER) for one in closures)
    if roads.laid is None:
        operation = replace(roads.operation, closures=roads.operation.closures + lasting)
        return _Roads(operation, routes_of(operation), None, ())
    tell("ways while it is closed", 0.0)
    bare = replace(
        roads.operation, links=(), sites=roads.laid.stops, closures=roads.operation.closures + lasting
    )  # fmt: skip
    order, nodes = roads.laid.joined.order, len(roads.laid.network.node)
    laid = lay(bare, roads.laid.network, order[len(order) - nodes :] if len(order) else None)
    tell("ways while it is closed", 1.0)
    return _Roads(laid.operation, routes_of(laid.operation), laid, ())


def _legs(roads: _Roads, shut: _Roads | None, plan: Plan | None, driver: Driver | None) -> tuple[Leg, ...]:
    """List the legs with their ways; where something is closed those that lose most first."""
    if plan is not None:
        legs = driven(roads.operation, plan, driver)
    else:
        legs = every_pair(roads.operation, driver or heaviest(roads.operation))
    told = [replace(leg, ways=ways_of(roads.travel, leg)) for leg in legs]
    if shut is None:
        return tuple(told)
    same = _unchanged(roads, shut, told)
    closed = [
        replace(leg, closed=(*leg.ways[:1], *now[1:]) if kept else now)
        for leg, now, kept in (
            (leg, ways_of(shut.travel, leg), (leg.driver, leg.start, leg.end) in same) for leg in told
        )
    ]
    return tuple(sorted(closed, key=_loss))


def _unchanged(roads: _Roads, shut: _Roads, legs: Sequence[Leg]) -> set[tuple[Driver, SiteId, SiteId]]:
    """Find the legs whose fastest way takes exactly as long on the whole map.

    An operation that is laid twice may have other links, whose times are rounded to seconds one by one.
    """
    found: set[tuple[Driver, SiteId, SiteId]] = set()
    for driver in {leg.driver for leg in legs} if roads.laid else ():
        before, after = _survey(roads, driver), _survey(shut, driver)
        stops = [site for site in stops_of(roads.operation) if site in before.leaves]
        times = [
            one.metric.matrix_ms([one.leaves[site] for site in stops], [one.enters[site] for site in stops])
            for one in (before, after)
        ]
        rows, columns = np.nonzero(times[0] == times[1])
        found |= {
            (driver, stops[row], stops[column]) for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        }
    return found


def _loss(leg: Leg) -> tuple[bool, int, int]:
    later_s = leg.later_s
    return later_s is not None, -(later_s or 0), -leg.times


def _ordered(drivers: set[Driver]) -> list[Driver]:
    return sorted(drivers, key=lambda one: (one.convoy, one.vehicle))


def _between(
    roads: _Roads, shut: _Roads | None, driver: Driver, ends: tuple[SiteId, SiteId], alternatives: int
) -> Between:
    closed = ways(_survey(shut, driver), *ends, alternatives) if shut else None
    return Between(start=ends[0], end=ends[1], ways=ways(_survey(roads, driver), *ends, alternatives), closed=closed)


def _survey(roads: _Roads, driver: Driver) -> Survey:
    if roads.laid is None:
        return of_table(roads.operation, roads.travel, pace_of(roads.travel, driver))
    return of_map(roads.laid, frame_of(_members(roads.operation, driver)), driver.speed_percent)


def _broken(operation: Operation, travel: Travel, plan: Plan, closures: Sequence[Closed]) -> tuple[Broken, ...]:
    """Have the plan refereed with the closures, and tell trip by trip what they break."""
    changed = replace(operation, closures=operation.closures + tuple(one.closure for one in closures))
    before = {msgspec.json.encode(one) for one in referee_check(operation, travel, plan)}
    found = [one for one in referee_check(changed, routes_of(changed), plan) if msgspec.json.encode(one) not in before]
    trips = {str(trip.id): trip.vehicle for trip in plan.trips}
    concerned = {trip: tuple(one for one in found if _is_about(one, trip)) for trip in trips}
    return tuple(Broken(trip=trip, vehicle=trips[trip], violations=own) for trip, own in concerned.items() if own)


def _is_about(violation: Violation, trip: str) -> bool:
    return any(f"{subject}/".startswith(f"trips/{trip}/") for subject in violation.subjects)
