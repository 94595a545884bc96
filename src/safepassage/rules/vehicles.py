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
                figures = {name: getattr(stop, name) for name in ("arrive_s", "start_s", "end_s", "depart_s")}
                yield broken("times-out-of-order", "times", at_stop(trip.id, index), **figures)
            if stop.start_s < stop.not_before_s:
                figures = {"start_s": stop.start_s, "held_s": stop.not_before_s}
                yield broken("times-out-of-order", "held", at_stop(trip.id, index), **figures)
            if stop.depart_s > horizon_s:
                figures = {"departs_s": stop.depart_s, "horizon_s": horizon_s}
                yield broken("horizon", "departs-late", at_stop(trip.id, index), **figures)


def speeds(case: Case) -> Iterator[Violation]:
    """No trip is driven faster than its vehicle goes."""
    for trip in case.trips.values():
        own = case.vehicles[trip.vehicle].speed_percent
        if trip.speed_percent > own:
            subjects = f"trips/{trip.id}", f"vehicles/{trip.vehicle}"
            yield broken("speed-too-high", "speed", *subjects, driven=trip.speed_percent, own=own)


def drives(case: Case) -> Iterator[Violation]:
    """Each arrival is the departure before plus the drive; the first departure is not before the vehicle is free."""
    for vehicle, chain in case.drives.items():
        for drive in chain:
            if not drive.first:
                yield from _on_time(drive)
            elif drive.depart_s < case.vehicles[vehicle].available_from_s:
                free_s = case.vehicles[vehicle].available_from_s
                subjects = at_stop(drive.trip.id, drive.index), f"vehicles/{vehicle}"
                yield broken("vehicle-too-early", "starts-early", *subjects, departs_s=drive.depart_s, free_s=free_s)


def _on_time(drive: Drive) -> Iterator[Violation]:
    due_s = drive.depart_s + drive.drive_s
    subjects = at_stop(drive.trip.id, drive.index), f"vehicles/{drive.trip.vehicle}"
    if drive.index == 0 and drive.stop.arrive_s < drive.depart_s:
        figures = {"arrives_s": drive.stop.arrive_s, "until_s": drive.depart_s}
        yield broken("vehicle-overlap", "trip-before", *subjects, **figures)
    elif drive.stop.arrive_s != due_s:
        figures = {"arrives_s": drive.stop.arrive_s, "departs_s": drive.depart_s, "due_s": due_s}
        yield broken("travel-time", "travel", *subjects, **figures)
