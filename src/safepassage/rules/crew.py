"""Crews rest, tanks are filled.

References
----------
Regulation (EC) No 561/2006, articles 6 and 7: driving before a break, and in a day; article 7, third paragraph:
one crew rests in the moving vehicle while another drives.
"""

from __future__ import annotations

from collections.abc import Iterator

from safepassage.model.plan import Violation
from safepassage.rules.case import Case, Drive
from safepassage.rules.violations import at_stop, broken


def places(case: Case) -> Iterator[Violation]:
    """Crews rest and vehicles refuel only at sites that allow it."""
    for trip in case.trips.values():
        for index, stop in enumerate(trip.stops):
            site = case.sites[stop.site]
            if "rest" in stop.work and not site.rest:
                yield broken("rest-not-allowed-here", "rest", at_stop(trip.id, index), site=site.id)
            if "refuel" in stop.work and not site.fuel:
                yield broken("fuel-not-here", "fuel", at_stop(trip.id, index), site=site.id)


def driving(case: Case) -> Iterator[Violation]:
    """Driving between rests and in all stays within the crew's hours."""
    limits = case.operation.limits
    for vehicle, chain in case.drives.items():
        since_rest_s = in_all_s = 0
        crews = case.vehicles[vehicle].crews
        allowed_s, unrested_s = limits.daily_drive_s * crews, limits.drive_before_rest_s * crews
        for drive in chain:
            since_rest_s += drive.drive_s
            in_all_s += drive.drive_s
            if since_rest_s > unrested_s:
                figures = {"driven_s": since_rest_s, "allowed_s": unrested_s}
                yield broken("drive-before-rest", "driving-unrested", *_subjects(drive), **figures)
            if "rest" in drive.stop.work and case.sites[drive.stop.site].rest:
                since_rest_s = 0
        if in_all_s > allowed_s:
            yield broken("daily-drive", "driving", f"vehicles/{vehicle}", driven_s=in_all_s, allowed_s=allowed_s)


def tanks(case: Case) -> Iterator[Violation]:
    """No vehicle drives further than its range without refuelling."""
    for vehicle, chain in case.drives.items():
        range_m = case.vehicles[vehicle].range_m
        since_fuel_m = 0
        for drive in chain:
            since_fuel_m += drive.length_m
            if 0 < range_m < since_fuel_m:
                yield broken("range", "range", *_subjects(drive), driven_m=since_fuel_m, range_m=range_m)
            if "refuel" in drive.stop.work and case.sites[drive.stop.site].fuel:
                since_fuel_m = 0


def _subjects(drive: Drive) -> tuple[str, str]:
    return at_stop(drive.trip.id, drive.index), f"vehicles/{drive.trip.vehicle}"
