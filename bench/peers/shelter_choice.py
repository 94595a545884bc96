"""Shelters for trips whose pickups are settled: what peers need that cannot choose them, or forget their room."""

from __future__ import annotations

from itertools import chain

import numpy as np
from ortools.graph.python import min_cost_flow
from ortools.sat.python import cp_model

from peers.task import Integers, Plan, Task, Trip, trip_s


def repaired(task: Task, plan: Plan, seconds: float, near: int = 8) -> Plan | None:
    """Choose the shelters of a plan anew within the room, for the least makespan; None where that fails.

    The sequence of trips stays. Each trip may end at its own shelter or the `near` ones of least detour.
    """
    model = cp_model.CpModel()
    ends: list[tuple[Trip, list[tuple[int, cp_model.IntVar]]]] = []
    lengths = []
    for yard, trips in plan:
        terms = []
        for number, trip in enumerate(trips):
            bundles, shelter = trip
            following = trips[number + 1][0][0] if number + 1 < len(trips) else None
            way_s = task.loaded_s[task.pickup[bundles[-1]]].copy()
            if following is not None:
                way_s += task.empty_s[:, task.pickup[following]]
            choices = sorted({shelter, *np.argsort(way_s, kind="stable")[:near].tolist()})
            flags = [(place, model.new_bool_var("")) for place in choices]
            model.add_exactly_one(flag for _, flag in flags)
            for place, flag in flags:
                model.add_hint(flag, place == shelter)
            terms.append(sum(int(way_s[place]) * flag for place, flag in flags) + trip_s(task, bundles))
            ends.append((trip, flags))
        lengths.append(sum(terms) + (int(task.start_s[yard, task.pickup[trips[0][0][0]]]) if trips else 0))
    _keep_room(model, task, ends)
    last_s = model.new_int_var(0, 10**9, "makespan")
    for length in lengths:
        model.add(length <= last_s)
    model.minimize(last_s)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.1, seconds)
    solver.parameters.num_workers = 1
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    chosen = iter([next(place for place, flag in flags if solver.value(flag)) for _, flags in ends])
    return [(yard, [(bundles, next(chosen)) for bundles, _ in trips]) for yard, trips in plan]


def _keep_room(model: cp_model.CpModel, task: Task, ends: list[tuple[Trip, list[tuple[int, cp_model.IntVar]]]]) -> None:
    """Bound the people at every shelter by its room."""
    arrivals: list[list[tuple[int, cp_model.IntVar]]] = [[] for _ in task.room]
    for (bundles, _), flags in ends:
        for place, flag in flags:
            arrivals[place].append((int(task.people[bundles].sum()), flag))
    for place, terms in enumerate(arrivals):
        model.add(sum(count * flag for count, flag in terms) <= int(task.room[place]))


def by_circulation(task: Task, trips: list[list[int]]) -> Integers:
    """Choose a shelter for every trip so that loaded and empty ways take the least time in all.

    A circulation: every trip is driven to a shelter and every trip but the vehicles' first is reached from one. Room
    counts in trips of the most people; where that leaves no solution, people are counted and the empty ways are those
    back to the same pickup.

    Raises
    ------
    RuntimeError
        When not all trips find room.
    """
    count, shelters, yards = len(trips), len(task.room), len(task.vehicles)
    first = task.pickup[[trip[0] for trip in trips]]
    last = task.pickup[[trip[-1] for trip in trips]]
    most = max(int(task.people[trip].sum()) for trip in trips)
    slots = task.room // most
    if slots.sum() < count:
        return _by_people(task, trips, task.loaded_s[last] + task.empty_s[:, first].T)
    enter = count + np.arange(shelters)
    leave = enter + shelters
    start = count + 2 * shelters + np.arange(count)
    yard = start[-1] + 1 + np.arange(yards)
    end = int(yard[-1]) + 1
    tails, heads, capacities, costs = _arcs(
        (np.arange(count)[:, None], enter, 1, task.loaded_s[last]),
        (enter, leave, slots, 0),
        (leave[:, None], start, 1, task.empty_s[:, first]),
        (leave, end, slots, 0),
        (yard[:, None], start, 1, task.start_s[:, first]),
        (yard, end, task.vehicles, 0),
    )
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, capacities, costs)
    supplies = np.zeros(end + 1, np.int64)
    supplies[:count], supplies[start], supplies[yard], supplies[end] = 1, -1, task.vehicles, -task.vehicles.sum()
    flow.set_nodes_supplies(np.arange(end + 1), supplies)
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("the circulation has no solution")
    taken = flow.flows(arcs)[: count * shelters].reshape(count, shelters)
    return np.asarray(taken.argmax(axis=1), np.int64)


def _by_people(task: Task, trips: list[list[int]], costs: Integers) -> Integers:
    """Assign trips to shelters at least cost within the room counted in people."""
    model = cp_model.CpModel()
    flags = [[model.new_bool_var("") for _ in task.room] for _ in trips]
    people = [int(task.people[trip].sum()) for trip in trips]
    for row in flags:
        model.add_exactly_one(row)
    for shelter, room in enumerate(task.room):
        model.add(sum(count * row[shelter] for count, row in zip(people, flags, strict=True)) <= int(room))
    model.minimize(
        sum(
            int(cost) * flag for row, way in zip(flags, costs, strict=True) for flag, cost in zip(row, way, strict=True)
        )
    )
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = 5
    solver.parameters.num_workers = 1
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        raise RuntimeError("no room found for all trips")
    return np.array([[solver.value(flag) for flag in row].index(1) for row in flags])


def _arcs(*groups: tuple[Integers | int, ...]) -> tuple[Integers, ...]:
    """Flatten groups of (tails, heads, capacities, costs) that broadcast against each other."""
    flat = [[np.ravel(part) for part in np.broadcast_arrays(*group)] for group in groups]
    return tuple(np.concatenate(list(chain(part))).astype(np.int64) for part in zip(*flat, strict=True))
