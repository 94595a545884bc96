"""Trips formed beforehand, and sequences of settled trips: what a user does where a peer cannot take the whole task."""

from __future__ import annotations

from heapq import heapify, heapreplace

import numpy as np

from peers.task import FORBIDDEN_S, Integers, Plan, Task, makespan_s, trip_s

PARTNERS = 50
"""How many bundles each may be joined to."""


def formed(task: Task, longest_s: int = FORBIDDEN_S) -> list[list[int]]:
    """Join bundles into trips by savings, until no two trips fit into one vehicle or a join saves nothing.

    No join makes a trip that takes longer than `longest_s`, with the nearest approach and the nearest shelter.

    References
    ----------
    Clarke and Wright (1964), scheduling of vehicles from a central depot to a number of delivery points.
    """
    if task.whole:
        return [[bundle] for bundle in range(len(task.pickup))]
    ends = np.flatnonzero(task.load[:, 0] < task.capacity[0])
    approach_s, last_s = task.empty_s.min(axis=0), task.loaded_s.min(axis=1)
    at = task.pickup[ends]
    saved = last_s[at][:, None] + approach_s[at][None] - task.between_s[np.ix_(at, at)]
    np.fill_diagonal(saved, -FORBIDDEN_S)
    # Only the best partners of each, or the pairs of a city are too many.
    partners = np.argpartition(-saved, min(PARTNERS, len(ends) - 1), axis=1)[:, :PARTNERS]
    pairs = np.stack([np.repeat(np.arange(len(ends)), partners.shape[1]), partners.ravel()], axis=1)
    pairs = pairs[np.argsort(-saved[pairs[:, 0], pairs[:, 1]], kind="stable")]
    trip_of = {bundle: [bundle] for bundle in range(len(task.pickup))}
    for one, other in pairs.tolist():
        if saved[one, other] <= 0:
            break
        head, tail = trip_of[int(ends[one])], trip_of[int(ends[other])]
        if head is tail or head[-1] != ends[one] or tail[0] != ends[other]:
            continue
        both = head + tail
        if (task.load[both].sum(axis=0) > task.capacity).any() or _pickups(task, both) > task.most_pickups[0]:
            continue
        if approach_s[task.pickup[both[0]]] + trip_s(task, both) + last_s[task.pickup[both[-1]]] > longest_s:
            continue
        for bundle in both:
            trip_of[bundle] = both
    trips = {id(trip): trip for trip in trip_of.values()}
    return list(trips.values())


def nearest_with_room(task: Task, trips: list[list[int]]) -> Integers:
    """Send every trip to the nearest shelter with room, those first that lose most by the second nearest.

    Raises
    ------
    RuntimeError
        When a trip finds no room.
    """
    ways_s = task.loaded_s[task.pickup[[trip[-1] for trip in trips]]]
    people = np.array([task.people[trip].sum() for trip in trips])
    room = task.room.copy()
    chosen = np.full(len(trips), -1)
    for _ in trips:
        waiting = np.flatnonzero(chosen < 0)
        open_s = np.where(room[None] >= people[waiting][:, None], ways_s[waiting], FORBIDDEN_S)
        ranked_s = np.sort(open_s, axis=1)
        regret_s = ranked_s[:, min(1, ranked_s.shape[1] - 1)] - ranked_s[:, 0]
        at = int(regret_s.argmax())
        if ranked_s[at, 0] >= FORBIDDEN_S:
            raise RuntimeError("no room found for all trips")
        trip, shelter = int(waiting[at]), int(open_s[at].argmin())
        chosen[trip] = shelter
        room[shelter] -= people[trip]
    return chosen


def _pickups(task: Task, bundles: list[int]) -> int:
    """Count the stops of a trip: bundles in a row at one pickup make one."""
    return 1 + int(np.count_nonzero(np.diff(task.pickup[bundles])))


def runs_matrix(task: Task, trips: list[list[int]], shelters: Integers) -> Integers:
    """Return the empty seconds from the end of a trip, or a yard, to the beginning of another trip.

    Shape (trips + yards, trips + yards); the yards come last, and the way to a yard takes no time.
    """
    count, yards = len(trips), len(task.vehicles)
    first = task.pickup[[trip[0] for trip in trips]]
    matrix = np.zeros((count + yards, count + yards), np.int64)
    matrix[:count, :count] = task.empty_s[shelters][:, first]
    matrix[count:, :count] = task.start_s[:, first]
    np.fill_diagonal(matrix, 0)
    return matrix


def in_runs(trips: list[list[int]], shelters: Integers, sequences: list[tuple[int, list[int]]]) -> Plan:
    """Read sequences of trip numbers, each from its yard, as a plan."""
    return [(yard, [(trips[number], int(shelters[number])) for number in numbers]) for yard, numbers in sequences]


def shared_out(task: Task, trips: list[list[int]], shelters: Integers) -> list[tuple[int, list[int]]]:
    """Give every trip, the longest first, to the vehicle that would end it first; return (yard, trip numbers).

    References
    ----------
    Graham (1969), bounds on multiprocessing timing anomalies: longest processing time first.
    """
    first = task.pickup[[trip[0] for trip in trips]]
    ends = task.pickup[[trip[-1] for trip in trips]]
    lengths_s = np.array([trip_s(task, trip) for trip in trips]) + task.loaded_s[ends, shelters]
    yard_of = np.repeat(np.arange(len(task.vehicles)), task.vehicles)
    at_s = np.zeros(len(yard_of), np.int64)
    here = np.full(len(yard_of), -1)
    tours: list[list[int]] = [[] for _ in yard_of]
    for number in np.argsort(-lengths_s, kind="stable").tolist():
        ways_s = np.where(here < 0, task.start_s[yard_of, first[number]], task.empty_s[here, first[number]])
        vehicle = int((at_s + ways_s).argmin())
        at_s[vehicle] += ways_s[vehicle] + lengths_s[number]
        here[vehicle] = shelters[number]
        tours[vehicle].append(number)
    return [(int(yard), tour) for yard, tour in zip(yard_of, tours, strict=True)]


def in_turn(task: Task, trips: list[list[int]], shelters: Integers) -> list[tuple[int, list[int]]]:
    """Give the vehicle that is free first the trip that waits nearest; return (yard, trip numbers) of every vehicle."""
    first = task.pickup[[trip[0] for trip in trips]]
    ends = task.pickup[[trip[-1] for trip in trips]]
    lengths_s = np.array([trip_s(task, trip) for trip in trips]) + task.loaded_s[ends, shelters]
    yard_of = np.repeat(np.arange(len(task.vehicles)), task.vehicles).tolist()
    tours: list[list[int]] = [[] for _ in yard_of]
    waiting = np.ones(len(trips), bool)
    free = [(0, vehicle, -1) for vehicle in range(len(yard_of))]
    heapify(free)
    for _ in trips:
        at_s, vehicle, here = free[0]
        ways_s = task.start_s[yard_of[vehicle]] if here < 0 else task.empty_s[here]
        number = int(np.where(waiting, ways_s[first], FORBIDDEN_S).argmin())
        waiting[number] = False
        tours[vehicle].append(number)
        heapreplace(free, (at_s + int(ways_s[first[number]] + lengths_s[number]), vehicle, int(shelters[number])))
    return list(zip(yard_of, tours, strict=True))


def first_sequences(task: Task, trips: list[list[int]], shelters: Integers) -> list[tuple[int, list[int]]]:
    """Return the better of both simple rules."""
    return min(
        (rule(task, trips, shelters) for rule in (shared_out, in_turn)),
        key=lambda sequences: makespan_s(task, in_runs(trips, shelters, sequences)),
    )
