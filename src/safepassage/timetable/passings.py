"""The movement timetable of a convoy: when its head and its tail pass each site on the way."""

from __future__ import annotations

import msgspec

from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import ConvoyOrder, Passing, Plan, Trip
from safepassage.model.travel import Travel, drive_s


def timetabled(operation: Operation, travel: Travel, plan: Plan) -> Plan:
    """Return the plan with every convoy's movement timetable: all stops and sites passed after the assembly site.

    Parameters
    ----------
    operation
        Its junctions are no control points.
    travel
        The links driven.
    plan
        With times.
    """
    junctions = {site.id for site in operation.sites if site.kind == "junction"}
    convoys = []
    for order in plan.convoys:
        trips = {trip.vehicle: trip for trip in plan.trips if trip.convoy == order.convoy}
        head, tail = (_passed(travel, trips[vehicle]) for vehicle in (order.order[0], order.order[-1]))
        timetable = tuple(
            Passing(site=site, head_s=head_s, tail_s=tail_s)
            for (site, head_s), (_, tail_s) in zip(head, tail, strict=True)
            if site not in junctions
        )
        convoys.append(msgspec.structs.replace(order, timetable=timetable))
    return msgspec.structs.replace(plan, convoys=tuple(convoys))


def _passed(travel: Travel, trip: Trip) -> list[tuple[SiteId, int]]:
    """Sites after the assembly site with the instant at which the vehicle reaches each."""
    start = next(number for number in range(len(trip.stops)) if trip.stops[number + 1].route)
    passed: list[tuple[SiteId, int]] = []
    for before, stop in zip(trip.stops[start:], trip.stops[start + 1 :], strict=False):
        where, at_s = before.site, before.depart_s
        for link_id in stop.route:
            link = travel.links[link_id]
            where = link.end if link.start == where else link.start
            at_s += drive_s(link.travel_s, trip.speed_percent)
            passed.append((where, at_s))
    return passed
