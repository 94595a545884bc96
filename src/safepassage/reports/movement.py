"""Movement timetables: when each convoy passes each control point, and where every vehicle stops when."""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.ids import SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import ConvoyOrder, Load, Plan, Stop, Trip, Work


class ControlPoint(Struct, frozen=True, kw_only=True):
    """A point of a convoy's way: how far from the assembly site, when head and tail pass, and what is done there.

    `length_m` is None where the head's route does not show it.
    """

    site: SiteId
    length_m: int | None
    head_s: int
    tail_s: int
    stop_s: int = 0
    work: tuple[Work, ...] = ()


class Serial(Struct, frozen=True, kw_only=True):
    """A vehicle's place in the convoy order."""

    number: int
    vehicle: VehicleId
    departs_s: int
    load: Load


class Movement(Struct, frozen=True, kw_only=True):
    """A convoy's movement timetable."""

    order: ConvoyOrder
    points: tuple[ControlPoint, ...]
    serials: tuple[Serial, ...]
    speed_percent: int


def movements(operation: Operation, plan: Plan) -> tuple[Movement, ...]:
    """Make the movement timetable of every convoy of the plan."""
    found = []
    for order in plan.convoys:
        trips = {trip.vehicle: trip for trip in plan.trips if trip.convoy == order.convoy}
        head = trips.get(order.order[0]) if order.order else None
        found.append(
            Movement(
                order=order,
                points=_points(operation, order, head),
                serials=tuple(
                    Serial(
                        number=number + 1,
                        vehicle=vehicle,
                        departs_s=order.departs_s + number * order.spacing_s,
                        load=_leaving_load(operation, order, trips.get(vehicle)),
                    )
                    for number, vehicle in enumerate(order.order)
                ),
                speed_percent=head.speed_percent if head else 100,
            )
        )
    return tuple(found)


def _points(operation: Operation, order: ConvoyOrder, head: Trip | None) -> tuple[ControlPoint, ...]:
    """Join the plan's timetable with what the head vehicle's trip says of lengths and stops, in order of passing.

    Junctions of a road map are no control points: nobody has named them, and there are hundreds.
    """
    lengths, stops = _way(operation, order, head)
    junctions = {site.id for site in operation.sites if site.kind == "junction"} if operation.road_map else set()
    points = []
    for passing in sorted(order.timetable, key=lambda passing: passing.head_s):
        if passing.site in junctions:
            continue
        stop = stops.get(passing.site)
        points.append(
            ControlPoint(
                site=passing.site,
                length_m=lengths.get(passing.site),
                head_s=passing.head_s,
                tail_s=passing.tail_s,
                stop_s=max(stop.depart_s - stop.arrive_s, 0) if stop else 0,
                work=stop.work if stop else (),
            )
        )
    return tuple(points)


def _way(operation: Operation, order: ConvoyOrder, head: Trip | None) -> tuple[dict[SiteId, int], dict[SiteId, Stop]]:
    lengths: dict[SiteId, int] = {}
    stops: dict[SiteId, Stop] = {}
    if head is None:
        return lengths, stops
    links = {link.id: link for link in operation.links}
    assembly = next((convoy.assembly for convoy in operation.convoys if convoy.id == order.convoy), "")
    driven_m, at = 0, SiteId("")
    for stop in head.stops:
        for name in stop.route:
            link = links[name]
            driven_m += link.length_m
            at = link.end if at == link.start else link.start if at == link.end else at
            if at and lengths:
                lengths.setdefault(at, driven_m)
        at = stop.site
        if at == assembly:
            lengths, driven_m = {at: 0}, 0
        else:
            lengths.setdefault(at, driven_m)
            stops[at] = stop
    return lengths, stops


def _leaving_load(operation: Operation, order: ConvoyOrder, trip: Trip | None) -> Load:
    assembly = next((convoy.assembly for convoy in operation.convoys if convoy.id == order.convoy), "")
    here = [stop.load for stop in trip.stops if stop.site == assembly] if trip else []
    return here[-1] if here else Load()
