"""Aggregated vehicles on the time-space network, for the peers that solve integer programs; the horizon is bisected.

Trips are formed beforehand (`trips`; a whole load is a trip) and trips alike make a source; loaded and empty ways are
arcs between sources and shelters at instants. A horizon holds when the flow that takes every trip exactly once exists.
Times longer than `MOST_INSTANTS` are counted in steps: rounded up for plans, down for bounds.

References
----------
Goerigk, Grün and Heßler (2013), branch and bound algorithms for the bus evacuation problem.
Ford and Fulkerson (1958), constructing maximal dynamic flows from static flows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from peers.task import Integers, Plan, Task, makespan_s, trip_s
from peers.telling import Teller
from peers.trips import first_sequences, formed, in_runs, nearest_with_room

MOST_INSTANTS = 160
MOST_ARCS = 400_000


class Sources(NamedTuple):
    """Trips alike as sources, with whole steps of time.

    Attributes
    ----------
    members
        Trip numbers of every source.
    people
        Shape (sources,): of one trip.
    start, loaded, empty
        Shapes (yards, sources), (sources, shelters), (shelters, sources): steps.
    """

    members: list[list[int]]
    people: Integers
    start: Integers
    loaded: Integers
    empty: Integers


class Arcs(NamedTuple):
    """Arcs of the network. Shape (arcs,) each.

    `kind` is 0 from a yard, 1 loaded, 2 empty; `tail` and `head` are yards, sources or shelters; `leave` and `arrive`
    are instants.
    """

    kind: Integers
    tail: Integers
    head: Integers
    leave: Integers
    arrive: Integers


def sources_of(task: Task, trips: list[list[int]], step_s: int, *, up: bool) -> Sources:
    """Gather trips alike and count their times in steps."""
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, trip in enumerate(trips):
        key = (int(task.pickup[trip[0]]), int(task.pickup[trip[-1]]), trip_s(task, trip), int(task.people[trip].sum()))
        groups[key].append(number)
    keys = np.array(list(groups))

    def steps(times_s: Integers) -> Integers:
        return -(-times_s // step_s) if up else times_s // step_s

    return Sources(
        members=list(groups.values()),
        people=keys[:, 3],
        start=steps(task.start_s[:, keys[:, 0]]),
        loaded=steps(task.loaded_s[keys[:, 1]] + keys[:, 2][:, None]),
        empty=steps(task.empty_s[:, keys[:, 0]]),
    )


def network(sources: Sources, horizon: int) -> Arcs | None:
    """Return the arcs reachable from a yard from which a vehicle can end within the horizon; None for too many."""
    shortest = sources.loaded.min(axis=1)
    count, shelters = sources.loaded.shape
    at_source = np.zeros((horizon + 1, count), bool)
    at_shelter = np.zeros((horizon + 1, shelters), bool)
    rows: list[Integers] = []

    def add(kind: int, tail: Integers, head: Integers, leave: int, arrive: Integers) -> None:
        rows.append(np.stack([np.full(len(tail), kind), tail, head, np.full(len(tail), leave), arrive]))

    yards, firsts = np.nonzero(sources.start + shortest <= horizon)
    add(0, yards, firsts, 0, sources.start[yards, firsts])
    at_source[sources.start[yards, firsts], firsts] = True
    total = 0
    for instant in range(horizon + 1):
        # A way that takes no step leads on at the same instant: shelters are looked at after sources, then again.
        for _ in range(2 if (sources.empty == 0).any() else 1):
            here = np.flatnonzero(at_source[instant])
            tail, head = np.nonzero(instant + sources.loaded[here] <= horizon)
            tail = here[tail]
            at_shelter[instant + sources.loaded[tail, head], head] = True
            there = np.flatnonzero(at_shelter[instant])
            back, onward = np.nonzero(instant + sources.empty[there] + shortest <= horizon)
            back = there[back]
            at_source[instant + sources.empty[back, onward], onward] = True
        add(1, tail, head, instant, instant + sources.loaded[tail, head])
        add(2, back, onward, instant, instant + sources.empty[back, onward])
        total += len(tail) + len(back)
        if total > MOST_ARCS:
            return None
    return Arcs(*np.concatenate(rows, axis=1))


class Program(NamedTuple):
    """The flow as a program: vehicles on every arc, whole numbers from 0 to `most`; rows between two limits.

    Attributes
    ----------
    row, column, value
        Shape (entries,): the matrix.
    lower, upper
        Shape (rows,); `NO_LIMIT` where there is none.
    most, cost
        Shape (arcs,); the cost counts vehicles.
    """

    row: Integers
    column: Integers
    value: Integers
    lower: Integers
    upper: Integers
    most: Integers
    cost: Integers


NO_LIMIT = 10**9
Flow: TypeAlias = Callable[[Program, float, bool], tuple[str, Integers]]
"""Solves a program within seconds, in whole vehicles or in parts: `found`, `impossible` or `unknown`, and the vehicles
on every arc."""


def program(task: Task, sources: Sources, arcs: Arcs, horizon: int) -> Program:
    """State the flow: vehicles of the yards, every trip once, room, and balance at all places and instants."""
    yards, (count, shelters) = len(task.vehicles), sources.loaded.shape
    trips = np.array([len(members) for members in sources.members])
    demand, room = yards, yards + count
    balance = room + shelters
    at_shelters = balance + count * (horizon + 1)
    start, loaded, empty = (arcs.kind == kind for kind in range(3))
    source_out = balance + arcs.tail * (horizon + 1) + arcs.leave
    source_in = balance + arcs.head * (horizon + 1) + arcs.arrive
    shelter_in = at_shelters + arcs.head * (horizon + 1) + arcs.arrive
    shelter_out = at_shelters + arcs.tail * (horizon + 1) + arcs.leave
    one = np.ones(len(arcs.kind), np.int64)
    people = sources.people[np.minimum(arcs.tail, count - 1)]
    parts = [
        (arcs.tail, one, start), (source_in, -one, start),
        (demand + arcs.tail, one, loaded), (room + arcs.head, people, loaded),
        (source_out, one, loaded), (shelter_in, -one, loaded),
        (shelter_out, one, empty), (source_in, -one, empty),
    ]  # fmt: skip
    rows = at_shelters + shelters * (horizon + 1)
    lower, upper = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    upper[:yards], upper[room:balance] = task.vehicles, task.room
    lower[demand:room] = upper[demand:room] = trips
    # A vehicle may stay at a shelter.
    lower[at_shelters:] = -NO_LIMIT
    return Program(
        row=np.concatenate([row[mask] for row, _, mask in parts]),
        column=np.concatenate([np.flatnonzero(mask) for _, _, mask in parts]),
        value=np.concatenate([value[mask] for _, value, mask in parts]),
        lower=lower,
        upper=upper,
        most=np.where(start, task.vehicles[np.minimum(arcs.tail, yards - 1)], trips.max()),
        cost=start.astype(np.int64),
    )


def walks(arcs: Arcs, vehicles: Integers) -> list[tuple[int, list[tuple[int, int]]]]:
    """Split a flow into tours: the yard, and pairs of source and shelter."""
    ways: dict[tuple[int, int, int], list[tuple[int, int]]] = defaultdict(list)
    starts: list[tuple[int, int, int]] = []
    for number in np.flatnonzero(vehicles):
        kind, tail, head, leave, arrive = (int(part[number]) for part in arcs)
        if kind == 0:
            starts += [(tail, head, arrive)] * int(vehicles[number])
        else:
            ways[kind, tail, leave] += [(head, arrive)] * int(vehicles[number])
    tours = []
    for yard, first, instant in starts:
        runs, source, at = [], first, instant
        while True:
            shelter, at = ways[1, source, at].pop()
            runs.append((source, shelter))
            if not ways[2, shelter, at]:
                break
            source, at = ways[2, shelter, at].pop()
        tours.append((yard, runs))
    return tours


class Bisection:
    """Trials of horizons, for plans or for bounds."""

    def __init__(self, task: Task, teller: Teller, trips: list[list[int]], flow: Flow) -> None:
        self.task, self.teller, self.trips, self.flow = task, teller, trips, flow

    def trial(self, sources: Sources, horizon: int, seconds: float, *, whole: bool = True) -> tuple[str, Plan]:
        """Look for a plan within a horizon; for vehicles in parts only whether there is one."""
        arcs = network(sources, horizon)
        if arcs is None:
            return "too large", []
        verdict, vehicles = self.flow(program(self.task, sources, arcs, horizon), seconds, whole)
        if verdict != "found" or not whole:
            return verdict, []
        left = [list(members) for members in sources.members]
        tours = walks(arcs, vehicles)
        plan = [(yard, [(self.trips[left[one].pop()], shelter) for one, shelter in runs]) for yard, runs in tours]
        return verdict, plan

    def bound(self, sources: Sources, step_s: int, until: float) -> int:
        """Return the least horizon that vehicles in parts may keep, by bisection."""
        low, high = lowest(sources) - 1, -(-(self.teller.best_s or 0) // step_s)
        while high > low + 1 and self.teller.spent() < until:
            horizon = (low + high) // 2
            verdict, _ = self.trial(sources, horizon, until - self.teller.spent(), whole=False)
            if verdict == "too large":
                self.teller.note(f"not run: more than {MOST_ARCS} arcs")
                return high
            low, high = (horizon, high) if verdict == "impossible" else (low, horizon)
        return low + 1

    def plans(self, sources: Sources, step_s: int, least: int, until: float) -> None:
        """Try horizons upwards from the least possible one; where times are exact, what is impossible is a bound."""
        proved, stride = step_s == 1, 1
        horizon = least
        while self.teller.spent() < until and horizon * step_s < (self.teller.best_s or NO_LIMIT):
            if proved:
                self.teller.bound(horizon)
            verdict, plan = self.trial(sources, horizon, (until - self.teller.spent()) / 2)
            if verdict == "found":
                self.teller.plan(plan)
                if stride == 1:
                    return
                horizon, stride = horizon - stride + 1, 1
            elif verdict == "impossible":
                horizon += 1
            elif verdict == "unknown":
                proved = False
                horizon += stride
                stride *= 2
            else:
                return


def lowest(sources: Sources) -> int:
    """Return the steps of the longest single trip."""
    return int((sources.start.min(axis=0) + sources.loaded.min(axis=1)).max())


def bisect(task: Task, teller: Teller, flow: Flow) -> None:
    """Bisect the horizon from a plan of list scheduling: for plans, then for bounds.

    Where households make the trips, they are formed again with a shorter longest trip as long as that helps.
    """
    longest_s = NO_LIMIT
    while True:
        trips = formed(task, longest_s)
        try:
            shelters = nearest_with_room(task, trips)
        except RuntimeError as none:
            teller.note(str(none))
            return
        start = in_runs(trips, shelters, [pair for pair in first_sequences(task, trips, shelters) if pair[1]])
        teller.plan(start)
        step_s = -(-makespan_s(task, start) // MOST_INSTANTS)
        by = Bisection(task, teller, trips, flow)
        until = teller.seconds if task.whole else teller.spent() + 0.4 * teller.left()
        down = sources_of(task, trips, step_s, up=False)
        least = by.bound(down, step_s, teller.spent() + 0.4 * (until - teller.spent()))
        if task.whole:
            teller.bound(least * step_s)
        by.plans(sources_of(task, trips, step_s, up=True), step_s, least, until)
        longest_s = 9 * min(longest_s, teller.best_s or NO_LIMIT) // 10
        if task.whole or teller.left() < 0.1 or longest_s < int(task.service_s.min()):
            return
