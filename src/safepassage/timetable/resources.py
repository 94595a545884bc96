"""The nodes and arcs of what is scarce: treatments in their places, services in their bays, in the plan's order."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from safepassage.timetable.network import Activity
from safepassage.timetable.nodes import Nodes, service_key, treatment_key
from safepassage.timetable.sequences import Sequences, ways


def add_treatments(nodes: Nodes, own: Sequences, *, queues: bool) -> None:
    """Add each patient's treatment: after the ride out, in its place, before the ride back.

    Raises
    ------
    InternalError
        When a patient does not ride to the hospital and back on the trips told.
    """
    places: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for referral in sorted(own.plan.referrals, key=lambda one: (one.treated_from_s, one.person)):
        out, back = ways(own, referral)
        key = treatment_key(referral.person)
        treatment = Activity(
            kind="treat", subject=referral.person, site=referral.hospital, duration_s=out.person.treatment_s
        )
        nodes.add(key, treatment)
        nodes.wait(key, service_key(out.trip.id, out.alight), 0, "patient")
        nodes.wait(service_key(back.trip.id, back.board), key, 0, "treatment")
        if queues and referral.place:
            places[referral.hospital, referral.place].append(key)
    for queue in places.values():
        for earlier, later in pairwise(queue):
            nodes.wait(later, earlier, 0, "treatment-place")


def add_bays(nodes: Nodes, own: Sequences) -> None:
    """Let services in one bay wait for each other, in the order of the plan's times."""
    bays: defaultdict[tuple[str, int], list[tuple[int, int, str]]] = defaultdict(list)
    for trip in own.plan.trips:
        for position, stop in enumerate(trip.stops):
            if stop.bay:
                entry = (stop.start_s, stop.end_s, service_key(trip.id, position))
                bays[stop.site, stop.bay].append(entry)
    for queue in bays.values():
        # equal times: in the order of the plan, not of the names
        queue.sort(key=lambda entry: entry[:2])
        for earlier, later in pairwise(queue):
            nodes.wait(later[2], earlier[2], 0, "bay")
