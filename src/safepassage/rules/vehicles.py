"""Where a vehicle is when: times in order, drives as long as their links, no vehicle in two places."""

from __future__ import annotations

from collections.abc import Iterator

from safepassage.model.plan import Violation
from safepassage.rules.case import Case, Drive
from safepassage.rules.violations import at_stop, broken


def times(case: Case) -> Iterator[Violation]:
    """At each stop 0 <= arrive <= start <= end <= depart <= horizon, and no start before the hold."""
    horizon_s = case.operation.limits.horizon_s
    for trip in case.trips.values():
        for index, stop in enumerate(trip.stops):
            if not 0 <= stop.arrive_s <= stop.start_s <= stop.end_s <= stop.depart_s:
                detail = f"arrive {stop.arrive_s}, start {stop.start_s}, end {stop.end_s}, depart {stop.depart_s} s"
                yield broken("times-out-of-order", detail, at_stop(trip.id, index))
            if stop.start_s < stop.not_before_s:
                detail = f"starts at {stop.start_s} s, held until {stop.not_before_s} s"
                yield broken("times-out-of-order", detail, at_stop(trip.id, index))
            if stop.depart_s > horizon_s:
                detail = f"departs at {stop.depart_s} s, the time considered ends at {horizon_s} s"
                yield broken("horizon", detail, at_stop(trip.id, index))


def speeds(case: Case) -> Iterator[Violation]:
    """No trip is driven faster than its vehicle goes."""
    for trip in case.trips.values():
        own = case.vehicles[trip.vehicle].speed_percent
        if trip.speed_percent > own:
            detail = f"driven at {trip.speed_percent} %, the vehicle goes at {own} %"
            yield broken("speed-too-high", detail, f"trips/{trip.id}", f"vehicles/{trip.vehicle}")


def drives(case: Case) -> Iterator[Violation]:
    """Each arrival is the departure before plus the drive; the first departure is not before the vehicle is free."""
    for vehicle, chain in case.drives.items():
        for drive in chain:
            if not drive.first:
                yield from _on_time(drive)
            elif drive.depart_s < case.vehicles[vehicle].available_from_s:
                free_s = case.vehicles[vehicle].available_from_s
                detail = f"sets off at {drive.depart_s} s, free from {free_s} s"
                yield broken("vehicle-too-early", detail, at_stop(drive.trip.id, drive.index), f"vehicles/{vehicle}")


def _on_time(drive: Drive) -> Iterator[Violation]:
    due_s = drive.depart_s + drive.drive_s
    subjects = at_stop(drive.trip.id, drive.index), f"vehicles/{drive.trip.vehicle}"
    if drive.index == 0 and drive.stop.arrive_s < drive.depart_s:
        detail = f"arrives at {drive.stop.arrive_s} s while its trip before lasts until {drive.depart_s} s"
        yield broken("vehicle-overlap", detail, *subjects)
    elif drive.stop.arrive_s != due_s:
        detail = f"arrives at {drive.stop.arrive_s} s; leaving at {drive.depart_s} s and driving it would be {due_s} s"
        yield broken("travel-time", detail, *subjects)
