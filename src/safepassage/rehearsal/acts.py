"""The activities of a plan as arrays: what each waits for, its gate, its queue, the law of its duration."""

from __future__ import annotations

from typing import Final

import numpy as np

from safepassage.model.ids import TripId
from safepassage.model.operation import Operation
from safepassage.model.uncertainty import Lasting
from safepassage.rehearsal.defaults import law_of
from safepassage.rehearsal.laws import Laws
from safepassage.rehearsal.lists import ends, ints, windows
from safepassage.rehearsal.script import MILESTONES, SERVICES, TREATMENTS, Activities, Floats, Ints, Keys
from safepassage.rehearsal.streams import stream_key
from safepassage.timetable.network import Activity, Arc, Network
from safepassage.timetable.sequences import Sequences

LASTING: Final[dict[str, Lasting]] = {
    "board": "service", "alight": "service", "treat": "treatment", "rest": "rest", "refuel": "refuel", "halt": "halt",
    "milestone": "milestone",
}  # fmt: skip
"""How the kinds of activity scatter; a drive does so link by link, the others last as planned."""


def arcs_by_source(network: Network) -> list[tuple[int, int, Arc]]:
    """List all arcs as (before, after, arc), by the activity before."""
    arcs = [(arc.before, after, arc) for after, one in enumerate(network.activities) for arc in one.arcs]
    return sorted(arcs, key=lambda entry: entry[:2])


def activities_of(own: Sequences, network: Network, drives: list[int]) -> tuple[Activities, Ints]:
    """Write activities as arrays, and the capacity of each queue; `drives` are the activities that are drives."""
    count = len(network.activities)
    window_at, window_from, window_until = windows([one.windows or _shut(one) for one in network.activities])
    arcs = arcs_by_source(network)
    sources: list[list[int]] = [[] for _ in range(count)]
    for before, after, _ in arcs:
        sources[before].append(after)
    queue, capacity = _queues(own, network)
    number_of = {vehicle.id: number for number, vehicle in enumerate(own.operation.vehicles)}
    vehicles = {trip.id: number_of[trip.vehicle] for trip in own.plan.trips}
    drive = np.full(count, -1, np.int64)
    drive[drives] = np.arange(len(drives))
    return Activities(
        release=ints(one.release_s for one in network.activities),
        nominal=ints(one.duration_s for one in network.activities),
        fits=np.array([one.fits for one in network.activities], np.bool_),
        resource=queue,
        drive=drive,
        vehicle=ints(vehicles.get(TripId(one.trip), -1) for one in network.activities),
        rests=np.array([_rests(own, one) for one in network.activities], np.bool_),
        waits=ints(len(one.arcs) for one in network.activities),
        never=_never(own.operation, network),
        window_at=window_at,
        window_from=window_from,
        window_until=window_until,
        arc_at=ends(sources),
        arc_to=ints(after for _, after, _ in arcs),
        arc_lag=ints(arc.lag_s for _, _, arc in arcs),
        arc_from_start=ints(arc.from_start for _, _, arc in arcs),
    ), capacity


def _shut(one: Activity) -> tuple[()]:
    """No windows stand for any time; that there is none left has no form in the arrays."""
    if one.windows is not None:
        raise ValueError(f"{one.kind} of {one.subject}: expected a window in which it may start; found none")
    return ()


def _rests(own: Sequences, one: Activity) -> bool:
    if not one.trip or one.kind == "drive":
        return False
    trip = next(trip for trip in own.plan.trips if trip.id == one.trip)
    return "rest" in trip.stops[one.stop].work


def _queues(own: Sequences, network: Network) -> tuple[Ints, Ints]:
    """Give the queues numbers: the bays of each site that has some, the treatment places of each hospital."""
    queue = np.full(len(network.activities), -1, np.int64)
    numbers: dict[tuple[str, str], int] = {}
    capacity: list[int] = []

    def join(position: int, what: str, site: str, servers: int) -> None:
        if (what, site) not in numbers:
            numbers[what, site] = len(capacity)
            capacity.append(servers)
        queue[position] = numbers[what, site]

    for trip in own.plan.trips:
        for number, stop in enumerate(trip.stops):
            if stop.bay:
                join(network.services[trip.id, number], "bays", stop.site, own.sites[stop.site].bays)
    for referral in own.plan.referrals:
        if referral.place:
            servers = own.sites[referral.hospital].capacity
            join(network.treatments[referral.person], "treatment", referral.hospital, servers)
    return queue, ints(capacity)


def _never(operation: Operation, network: Network) -> Floats:
    never = np.zeros(len(network.activities))
    for name, position in network.milestones.items():
        never[position] = law_of(operation, "milestone", name).never
    return never


def chances_of(own: Sequences, network: Network, laws: Laws) -> tuple[Ints, Keys, Ints]:
    """Return the law, stream and group of streams of each activity (law -1: it lasts as planned)."""
    order = {trip.id: n for trips in own.chains.values() for n, trip in enumerate(trips)}
    vehicles = {trip.id: trip.vehicle for trip in own.plan.trips}
    law, keys, group = [], [], []
    for one in network.activities:
        of = LASTING.get(one.kind)
        scatters = of is not None and (one.duration_s > 0 or of == "milestone")
        law.append(laws.law(of, one.subject if of == "milestone" else one.site) if of and scatters else -1)
        vehicle = vehicles.get(TripId(one.trip))
        name = (
            f"{one.kind} {one.subject}"
            if vehicle is None
            else f"service {vehicle} {order[TripId(one.trip)]} {one.stop}"
        )
        keys.append(stream_key(name))
        group.append({"treatment": TREATMENTS, "milestone": MILESTONES}.get(of or "", SERVICES))
    return ints(law), np.array(keys, np.uint64), ints(group)
