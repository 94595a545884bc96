"""The movement timetable of a convoy: when head and tail pass each control point."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from safepassage.model.fleet import Convoy
from safepassage.model.ids import SiteId
from safepassage.model.plan import Passing, Trip, Violation
from safepassage.rules.case import Case
from safepassage.rules.convoys import orders_of, start_index, trips_of
from safepassage.rules.details import Figures
from safepassage.rules.roads import beyond
from safepassage.rules.violations import broken


class Point(Struct, frozen=True, kw_only=True):
    """A site on a convoy's way, when a vehicle reaches it, and whether it halts there."""

    site: SiteId
    at_s: int
    halts: bool = False


def timetable(case: Case) -> Iterator[Violation]:
    """Demand that departure and passings told are those of head and tail, and no control point is missing.

    Control points are the stops after the assembly site; other sites on the way may be told too. The assembly site,
    where it is told, is passed on departure.
    """
    every = trips_of(case)
    for convoy_id, told in orders_of(case).items():
        line = [every[convoy_id][one] for one in told.order if one in every[convoy_id]]
        if not line:
            continue
        convoy = case.convoys[convoy_id]
        subject = f"convoys/{convoy_id}"
        head, tail = passings(case, line[0], convoy), passings(case, line[-1], convoy)
        if head and head[0].at_s != told.departs_s:
            figures: Figures = {"told_s": told.departs_s, "real_s": head[0].at_s}
            yield broken("convoy-timetable", "convoy-departs", subject, **figures)
        real = [
            (Passing(site=first.site, head_s=first.at_s, tail_s=last.at_s), first.halts)
            for first, last in zip(head, tail, strict=False)
        ]
        yield from _compared(told.timetable, real, subject)


def _compared(told: tuple[Passing, ...], real: list[tuple[Passing, bool]], subject: str) -> Iterator[Violation]:
    passed = [passing for passing, _ in real]
    for passing in told:
        if passing not in passed:
            yield _passing("passes-told", passing, subject)
    for passing, halts in real:
        if halts and passing not in told:
            yield _passing("passes-untold", passing, subject)


def _passing(said: str, passing: Passing, subject: str) -> Violation:
    figures: Figures = {"site": passing.site, "head_s": passing.head_s, "tail_s": passing.tail_s}
    return broken("convoy-timetable", said, subject, f"sites/{passing.site}", **figures)


def passings(case: Case, trip: Trip, convoy: Convoy) -> list[Point]:
    """When `trip` leaves the assembly site and reaches each site after it; ends where its route breaks."""
    start = start_index(trip, convoy)
    if start is None:
        return []
    place, at_s = convoy.assembly, trip.stops[start].depart_s
    found = [Point(site=place, at_s=at_s)]
    for stop in trip.stops[start + 1 :]:
        for number, link_id in enumerate(stop.route, start=1):
            link = case.links[link_id]
            following = beyond(link, place)
            if following is None:
                return found
            place, at_s = following, at_s + case.over_s(link, trip, stop)
            found.append(Point(site=place, at_s=at_s, halts=number == len(stop.route)))
        at_s = stop.depart_s
    return found
