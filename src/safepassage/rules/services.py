"""What happens at a stop takes its time, its bay and an opening window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from safepassage.model.ids import SiteId
from safepassage.model.plan import Stop, Trip, Violation
from safepassage.rules.case import Case
from safepassage.rules.violations import at_stop, broken


def durations(case: Case) -> Iterator[Violation]:
    """Demand that a service lasts as long as its people and its work need."""
    limits = case.operation.limits
    work_s = {"rest": limits.rest_s, "refuel": limits.refuel_s, "halt": 0}
    for trip in case.trips.values():
        handling = handling_s(case, trip)
        halts = _halts_s(case, trip)
        for index, stop in enumerate(trip.stops):
            need_s = handling.get(index, 0) + sum(work_s[work] for work in stop.work) + halts.get(index, 0)
            if stop.end_s - stop.start_s < need_s:
                figures = {"need_s": need_s, "have_s": stop.end_s - stop.start_s}
                yield broken("service-too-short", "service", at_stop(trip.id, index), **figures)


def handling_s(case: Case, trip: Trip) -> dict[int, int]:
    """Seconds of setting up, boarding and alighting at each stop of `trip` where anybody boards or alights."""
    limits = case.operation.limits
    seconds: defaultdict[int, int] = defaultdict(lambda: limits.setup_s)
    for passage in case.aboard.get(trip.id, ()):
        seconds[passage.board] += limits.board_s(passage.person.mobility)
        seconds[passage.alight] += limits.alight_s(passage.person.mobility)
    return dict(seconds)


def _halts_s(case: Case, trip: Trip) -> dict[int, int]:
    convoy = case.convoys.get(trip.convoy)
    if convoy is None:
        return {}
    stops = (index for index, stop in enumerate(trip.stops) if "halt" in stop.work)
    return {index: halt.duration_s for index, halt in zip(stops, convoy.halts, strict=False)}


def bays(case: Case) -> Iterator[Violation]:
    """Demand that a stop that needs a bay has one, numbered from 1, and no bay serves two at once."""
    taken: defaultdict[tuple[SiteId, int], list[tuple[int, int, str]]] = defaultdict(list)
    for trip, index, stop in _needing_bay(case):
        number = case.sites[stop.site].bays
        if number and not 1 <= stop.bay <= number:
            subjects = at_stop(trip.id, index), f"sites/{stop.site}"
            yield broken("bay-missing", "bay", *subjects, bay=stop.bay, bays=number, site=stop.site)
        elif number:
            taken[stop.site, stop.bay].append((stop.start_s, stop.end_s, at_stop(trip.id, index)))
    for (site, bay), uses in taken.items():
        for before, after in overlaps(uses):
            yield broken("bay-overlap", "bay-twice", before, after, f"sites/{site}", bay=bay, site=site)


def bay_numbers(case: Case) -> Iterator[Violation]:
    """Demand that a stop without need for a bay, or at a site without a limit, has bay 0."""
    needing = {(trip.id, index) for trip, index, _ in _needing_bay(case)}
    for trip in case.trips.values():
        for index, stop in enumerate(trip.stops):
            free = (trip.id, index) not in needing or case.sites[stop.site].bays == 0
            if free and stop.bay:
                yield broken("bay-missing", "bay-idle", at_stop(trip.id, index), bay=stop.bay)


def overlaps(uses: list[tuple[int, int, str]]) -> Iterator[tuple[str, str]]:
    """Pair the uses (start, end, name) of one place that overlap; sharing only an instant is no overlap."""
    latest: tuple[int, int, str] | None = None
    for use in sorted(uses):
        if latest is not None and use[0] < latest[1]:
            yield latest[2], use[2]
        if latest is None or use[1] > latest[1]:
            latest = use


def openings(case: Case) -> Iterator[Violation]:
    """Demand that a service that needs a bay fits into one opening window of its site."""
    for trip, index, stop in _needing_bay(case):
        opens = case.sites[stop.site].opens
        if opens and not any(window.holds(stop.start_s, stop.end_s) for window in opens):
            subjects = at_stop(trip.id, index), f"sites/{stop.site}"
            yield broken("site-closed", "open", *subjects, site=stop.site, from_s=stop.start_s, until_s=stop.end_s)


def _needing_bay(case: Case) -> Iterator[tuple[Trip, int, Stop]]:
    for trip in case.trips.values():
        touched = {stop for passage in case.aboard.get(trip.id, ()) for stop in (passage.board, passage.alight)}
        for index, stop in enumerate(trip.stops):
            if index in touched or "refuel" in stop.work:
                yield trip, index, stop
