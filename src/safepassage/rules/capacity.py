"""Nobody aboard without a place that suits them, and the loads told are the loads there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from safepassage.model.people import Mobility
from safepassage.model.plan import Load, Trip, Violation
from safepassage.rules.case import Case
from safepassage.rules.violations import at_stop, broken


def places(case: Case) -> Iterator[Violation]:
    """On each leg people walking have seats, wheelchairs their bays, stretchers their places."""
    for trip in case.trips.values():
        vehicle = case.vehicles[trip.vehicle]
        for index, load in enumerate(loads(case, trip)):
            for rule, need, have in (
                ("seats", load.walking, vehicle.seats),
                ("wheelchair-bays", load.wheelchair, vehicle.wheelchair_bays),
                ("stretcher-places", load.stretcher, vehicle.stretchers),
            ):
                if need > have:
                    subjects = at_stop(trip.id, index), f"vehicles/{vehicle.id}"
                    yield broken(rule, "places", *subjects, need=need, vehicle=vehicle.id, have=have)


def told(case: Case) -> Iterator[Violation]:
    """Demand that the load told at each stop is who is aboard on departure."""
    for trip in case.trips.values():
        for index, (stop, load) in enumerate(zip(trip.stops, loads(case, trip), strict=True)):
            if stop.load != load:
                told_figures = msgspec.structs.asdict(stop.load)
                real = {f"{name}_aboard": number for name, number in msgspec.structs.asdict(load).items()}
                yield broken("load", "load", at_stop(trip.id, index), **told_figures, **real)


def loads(case: Case, trip: Trip) -> list[Load]:
    """Who is aboard when `trip` departs each of its stops: those who alight are off, those who board are on."""
    changes = [Counter[Mobility]() for _ in trip.stops]
    for passage in case.aboard.get(trip.id, ()):
        changes[passage.board][passage.person.mobility] += 1
        changes[passage.alight][passage.person.mobility] -= 1
    aboard: Counter[Mobility] = Counter()
    found = []
    for change in changes:
        aboard.update(change)
        found.append(Load(walking=aboard["walking"], wheelchair=aboard["wheelchair"], stretcher=aboard["stretcher"]))
    return found
