"""What every peer is handed: bundles that wait at pickups, vehicles alike, shelters with room, seconds between them.

A whole load is a bundle that fills a vehicle; households are gathered into bundles, for fewer and larger nodes. So one
form serves both problems, and a peer needs one formulation. Runs in the product's environment and in the peers'.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Trip: TypeAlias = tuple[list[int], int]
"""Bundles in the order of boarding, and the shelter where all alight."""
Plan: TypeAlias = list[tuple[int, list[Trip]]]
"""The yard and the trips of every vehicle that moves."""

FORBIDDEN_S = 10**7
"""A way that no plan may use."""


class Task(NamedTuple):
    """Arrays of the task; seconds of setting up are part of the way to the place.

    Attributes
    ----------
    pickup, service_s
        Shape (bundles,): where a bundle waits; seconds of boarding and alighting, without the setting up.
    load
        Shape (bundles, dimensions): what it takes of `capacity`.
    people
        Shape (bundles,): what it takes of a shelter's room.
    capacity
        Shape (dimensions,): of every vehicle.
    vehicles
        Shape (yards,).
    room
        Shape (shelters,).
    start_s, between_s, loaded_s, empty_s
        Shapes (yards, pickups), (pickups, pickups), (pickups, shelters), (shelters, pickups): seconds.
    most_pickups
        Shape (1,): pickups a trip may visit.
    """

    pickup: Integers
    service_s: Integers
    load: Integers
    people: Integers
    capacity: Integers
    vehicles: Integers
    room: Integers
    start_s: Integers
    between_s: Integers
    loaded_s: Integers
    empty_s: Integers
    most_pickups: Integers

    @property
    def whole(self) -> bool:
        """Whether every bundle fills a vehicle: no trip has two pickups."""
        return bool((2 * self.load[:, 0].min() > self.capacity[0]) if len(self.load) else True)


def write(path: Path, task: Task) -> None:
    """Write the arrays."""
    np.savez(path, **task._asdict())


def read(path: Path) -> Task:
    """Read what `write` wrote."""
    with np.load(path) as arrays:
        return Task(*(arrays[name] for name in Task._fields))


def trip_s(task: Task, bundles: list[int]) -> int:
    """Return the seconds from the first pickup, set up, to departure from the last, with all alighting."""
    places = [int(task.pickup[bundle]) for bundle in bundles]
    drives_s = sum(int(task.between_s[one, other]) for one, other in pairwise(places))
    return drives_s + int(task.service_s[bundles].sum())


def tour_s(task: Task, yard: int, trips: list[Trip]) -> int:
    """Return the instant at which a vehicle's last people have alighted."""
    at_s, ways = 0, task.start_s[yard]
    for bundles, shelter in trips:
        first, last = task.pickup[bundles[0]], task.pickup[bundles[-1]]
        at_s += int(ways[first]) + trip_s(task, bundles) + int(task.loaded_s[last, shelter])
        ways = task.empty_s[shelter]
    return at_s


def makespan_s(task: Task, plan: Plan) -> int:
    """Return the last arrival."""
    return max((tour_s(task, yard, trips) for yard, trips in plan), default=0)


def overfull(task: Task, plan: Plan) -> Integers:
    """Return by how many people each shelter is over its room (negative: room to spare). Shape (shelters,)."""
    used = np.zeros(len(task.room), np.int64)
    for _, trips in plan:
        for bundles, shelter in trips:
            used[shelter] += task.people[bundles].sum()
    return used - task.room


def plan_of(text: str) -> Plan:
    """Read a plan from JSON."""
    return [(yard, [(bundles, shelter) for bundles, shelter in trips]) for yard, trips in json.loads(text)]
