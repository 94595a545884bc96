"""The movement timetable of a convoy: when its head and its tail pass each site on the way."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Passing, Plan
from safepassage.model.travel import Travel
from safepassage.timetable.columns import Member, members
from safepassage.timetable.sequences import sequences


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

    Raises
    ------
    InternalError
        When a convoy's vehicles do not make the same stops.
    """
    if not plan.convoys:
        return plan
    own = sequences(operation, plan)
    junctions = {site.id for site in operation.sites if site.kind == "junction"}
    convoys = []
    for order in plan.convoys:
        line = members(own, order)
        timetable = tuple(
            Passing(site=site, head_s=head_s, tail_s=tail_s)
            for (site, head_s), (_, tail_s) in zip(_passed(travel, line[0]), _passed(travel, line[-1]), strict=True)
            if site not in junctions
        )
        convoys.append(replace(order, timetable=timetable))
    return replace(plan, convoys=tuple(convoys))


def _passed(travel: Travel, member: Member) -> Iterator[tuple[SiteId, int]]:
    """Give the sites after the assembly site with the instant at which the vehicle reaches each."""
    trip, onward = member.trip, member.leaves + 1
    for before, stop in zip(trip.stops[member.leaves :], trip.stops[onward:], strict=False):
        where, at_s = before.site, before.depart_s
        for link_id, over_s in zip(stop.route, travel.over_s(trip, stop), strict=True):
            link = travel.links[link_id]
            where = link.end if link.start == where else link.start
            at_s += over_s
            yield where, at_s
