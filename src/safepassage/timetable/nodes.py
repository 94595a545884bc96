"""A network under construction: activities and arcs by key, put in topological order at the end."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.errors import InternalError
from safepassage.timetable.network import Activity, Arc


class Nodes(Struct, kw_only=True):
    """Activities by key, and what each waits for: the key before it, the lag, the reason, whether from its start.

    Keys name what the activity is of (see the functions below): a plan has one of each.
    """

    activities: dict[str, Activity]
    waits: dict[str, list[tuple[str, int, str, bool]]]

    def add(self, key: str, activity: Activity) -> None:
        """Add an activity that waits for nothing yet."""
        self.activities[key] = activity
        self.waits[key] = []

    def wait(self, key: str, before: str, lag_s: int, why: str, *, from_start: bool = False) -> None:
        """Let the activity start no earlier than `lag_s` after the end of `before`, or after its start."""
        self.waits[key].append((before, lag_s, why, from_start))


def in_order(nodes: Nodes) -> tuple[tuple[Activity, ...], dict[str, int]]:
    """Put the activities in topological order.

    Returns
    -------
    activities
        With their arcs.
    position
        Of each key.

    Raises
    ------
    InternalError
        When activities wait for each other in a circle.
    """
    sorter = TopologicalSorter({key: [before for before, *_ in waits] for key, waits in nodes.waits.items()})
    try:
        order = list(sorter.static_order())
    except CycleError as error:
        raise InternalError(f"activities wait for each other: {', '.join(error.args[1])}") from error
    position = {key: number for number, key in enumerate(order)}
    activities = tuple(
        replace(
            nodes.activities[key],
            arcs=tuple(
                Arc(position[before], lag_s, why, from_start=from_start)
                for before, lag_s, why, from_start in nodes.waits[key]
            ),
        )
        for key in order
    )
    return activities, position


START = "start"


def milestone_key(milestone: str) -> str:
    """Name the activity by which a party brings a milestone about."""
    return f"milestone {milestone}"


def drive_key(trip: str, stop: int) -> str:
    """Name the drive to a stop."""
    return f"drive {trip} {stop}"


def service_key(trip: str, stop: int) -> str:
    """Name what is done at a stop."""
    return f"service {trip} {stop}"


def treatment_key(person: str) -> str:
    """Name a patient's treatment."""
    return f"treatment {person}"


def departure_key(convoy: str, leg: int) -> str:
    """Name a convoy's departure from its assembly site (leg 0) or a stop after it."""
    return f"departure {convoy} {leg}"
