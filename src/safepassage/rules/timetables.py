"""The movement timetable of a convoy: when head and tail pass each control point."""

from __future__ import annotations

from collections.abc import Iterator

from safepassage.model.fleet import Convoy
from safepassage.model.ids import SiteId
from safepassage.model.plan import Passing, Trip, Violation
from safepassage.model.travel import drive_s
from safepassage.rules.case import Case
from safepassage.rules.convoys import orders_of, start_index, trips_of
from safepassage.rules.roads import beyond
from safepassage.rules.violations import broken


def timetable(case: Case) -> Iterator[Violation]:
    """Demand that departure and passings told are those of head and tail, and no control point is missing.

    Control points are the stops after the assembly site and every site on the way that is not a mere junction. The
    assembly site, where it is told, is passed on departure.
    """
    every = trips_of(case)
    for convoy_id, told in orders_of(case).items():
        line = [every[convoy_id][one] for one in told.order if one in every[convoy_id]]
        if not line:
            continue
        convoy = case.convoys[convoy_id]
        subject = f"convoys/{convoy_id}"
        head, tail = passings(case, line[0], convoy), passings(case, line[-1], convoy)
        if head and head[0][1] != told.departs_s:
            detail = f"told to depart at {told.departs_s} s, departs at {head[0][1]} s"
            yield broken("convoy-timetable", detail, subject)
        real = [
            Passing(site=site, head_s=head_s, tail_s=tail_s)
            for (site, head_s), (_, tail_s) in zip(head, tail, strict=False)
        ]
        yield from _compared(case, told.timetable, real, subject)


def _compared(case: Case, told: tuple[Passing, ...], real: list[Passing], subject: str) -> Iterator[Violation]:
    for passing in told:
        if passing not in real:
            detail = f"told to pass {passing.site} at {passing.head_s} to {passing.tail_s} s"
            yield broken("convoy-timetable", detail, subject, f"sites/{passing.site}")
    points = [passing for passing in real[1:] if case.sites[passing.site].kind != "junction"]
    for passing in points:
        if passing not in told:
            detail = f"passes {passing.site} at {passing.head_s} to {passing.tail_s} s, which is not told"
            yield broken("convoy-timetable", detail, subject, f"sites/{passing.site}")


def passings(case: Case, trip: Trip, convoy: Convoy) -> list[tuple[SiteId, int]]:
    """When `trip` leaves the assembly site and reaches each site after it; ends where its route breaks."""
    start = start_index(trip, convoy)
    if start is None:
        return []
    place, at_s = convoy.assembly, trip.stops[start].depart_s
    found = [(place, at_s)]
    for stop in trip.stops[start + 1 :]:
        for link in (case.links[link_id] for link_id in stop.route):
            following = beyond(link, place)
            if following is None:
                return found
            place, at_s = following, at_s + drive_s(link.travel_s, trip.speed_percent)
            found.append((place, at_s))
        at_s = stop.depart_s
    return found
