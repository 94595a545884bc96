"""Bounds by hand: work of all vehicles by a flow of seats, the household that takes longest, the busiest place.

*Flow of seats.* Follow one seat (or bay) of a vehicle: it goes empty from its yard to where its first occupant boards,
with this one to the shelter, empty to the next occupant, and so on. The vehicle drives at least these closed drives one
after the other. Summed over all seats of all vehicles this is a flow: into every pickup as many seats as heads, out of
every shelter the seats that came, at most its room. Seats that stay empty are no part of it. The cheapest such flow is
thus at most the sum of places times driving seconds; the services add their seconds times the places of the vehicle:
all boarding and alighting once, and setting up at least once for as many heads as fit a vehicle, at each pickup and at
the shelters in all. With vehicles of several types, a drive is the quickest any type makes and a service counts the
fewest places any type has: valid, and exact where all are alike.

References
----------
Gavish and Shlifer (1979), an approach for solving a class of transportation scheduling problems: empty runs as a flow.
Haimovich and Rinnooy Kan (1985), bounds and heuristics for capacitated routing problems: the radial bound.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from ortools.graph.python import min_cost_flow

from safepassage.kernels import kernel
from safepassage.planner.households.problem import UNREACHABLE, Flags, HouseholdProblem, Integers
from safepassage.planner.households.relaxation import Relaxation, Ways

NEVER = UNREACHABLE


def seat_work(relaxed: Relaxation) -> int | None:
    """Place-seconds that vehicles must work at least; None when the flow shows that there is no plan.

    The unit is a second of one place: a vehicle of 50 places works 50 of them a second.
    """
    solved = cheapest_flow(relaxed)
    if solved is None:
        return None
    driven = solved.cost
    groups, heads = relaxed.groups, relaxed.heads
    fewest, most = int(groups.places.min()), int(groups.places.max())
    stops = int((-(-heads // most)).sum()) + -(-int(heads.sum()) // most)
    if fewest == most:
        return driven + most * (relaxed.service_s + relaxed.setup_s * stops)
    # A vehicle of few places stops more often: at least once a full load, so setting up costs each head the same.
    return driven + fewest * relaxed.service_s + relaxed.setup_s * max(2 * int(heads.sum()), fewest * stops)


class Flow(NamedTuple):
    """The cheapest flow of places: its cost in place-seconds and the prices that prove it.

    `head` (pickups,) is what an occupied place earns, `leave` and `room` (shelters,) what leaving a shelter and a place
    there cost, `vehicle` (groups,) what leaving a yard costs; all in seconds of a place.
    """

    cost: int
    head: Integers
    leave: Integers
    room: Integers
    vehicle: Integers


class _Arcs(NamedTuple):
    """Arcs of the network, shapes (arcs,)."""

    tail: Integers
    head: Integers
    most: Integers
    cost: Integers


def cheapest_flow(relaxed: Relaxation) -> Flow | None:
    """Find the cheapest flow of places; None when there is none.

    References
    ----------
    Ahuja, Magnanti and Orlin (1993), network flows, theorem 9.3: shortest distances in what is left of the network
    are prices that prove a flow cheapest.
    """
    sources = np.flatnonzero(relaxed.heads)
    shelters, groups = len(relaxed.room), len(relaxed.groups.vehicles)
    heads = relaxed.heads[sources]
    supply = relaxed.groups.vehicles * relaxed.groups.places
    into, off, came, left, yard = np.split(
        np.arange(2 * len(sources) + 2 * shelters + groups),
        np.cumsum([len(sources), len(sources), shelters, shelters]),
    )
    arcs = _network(relaxed, sources, (into, off, came, left, yard))
    end = int(yard[-1]) + 1
    balance = np.zeros(end + 1, np.int64)
    balance[off], balance[into], balance[yard], balance[end] = heads, -heads, supply, -int(supply.sum())
    solver = min_cost_flow.SimpleMinCostFlow()
    numbers = solver.add_arcs_with_capacity_and_unit_cost(*arcs)
    solver.set_nodes_supplies(np.arange(end + 1), balance)
    if solver.solve() != solver.OPTIMAL:
        return None
    price = _distances(arcs, solver.flows(numbers).astype(np.int64), end)
    earned = np.zeros(len(relaxed.heads), np.int64)
    earned[sources] = price[into] - price[off]
    leave, vehicle = price[left] - price[end], price[yard] - price[end]
    return Flow(int(solver.optimal_cost()), earned, leave, price[left] - price[came], vehicle)


def _network(relaxed: Relaxation, sources: Integers, nodes: tuple[Integers, ...]) -> _Arcs:
    groups, ways = relaxed.groups, relaxed.ways
    into, off, came, left, yard = nodes
    end, heads = int(yard[-1]) + 1, relaxed.heads[sources]
    speeds = np.unique(groups.speed)
    out, back = ways.out[speeds].min(0)[sources], ways.back[speeds].min(0)[:, sources]
    start = ways.start[groups.speed, groups.yard][:, sources]
    # Only room limits an arc; the others have more capacity than is ever used, or their prices would mean nothing.
    ample = int(heads.sum() + (groups.vehicles * groups.places).sum()) + 1
    parts = (
        (off[:, None], came, ample, out),
        (came, left, relaxed.room, 0),
        (left[:, None], into, ample, back),
        (yard[:, None], into, ample, start),
        (left, end, ample, 0),
        (yard, end, ample, 0),
    )
    columns = [np.concatenate([np.broadcast_arrays(*part)[k].ravel() for part in parts]) for k in range(4)]
    tail, head, most, cost = (column.astype(np.int64) for column in columns)
    open_ = cost < UNREACHABLE
    return _Arcs(tail[open_], head[open_], most[open_], cost[open_])


@kernel
def _distances(arcs: _Arcs, flow: Integers, end: int) -> Integers:
    """Shortest distances from anywhere in the residual network, at most 0 (Bellman and Ford)."""
    price = np.zeros(end + 1, np.int64)
    changed = True
    while changed:
        changed = False
        for arc in range(len(flow)):
            tail, head, cost = arcs.tail[arc], arcs.head[arc], arcs.cost[arc]
            if flow[arc] < arcs.most[arc] and price[tail] + cost < price[head]:
                price[head] = price[tail] + cost
                changed = True
            if flow[arc] > 0 and price[head] - cost < price[tail]:
                price[tail] = price[head] - cost
                changed = True
    return price


def horizon_of_work_s(work: int, relaxed: Relaxation) -> int:
    """Return the first instant by which vehicles can have worked that many place-seconds."""
    groups = relaxed.groups
    order = np.argsort(groups.available_s)
    rate = before = 0
    for position, group in enumerate(order):
        rate += int(groups.vehicles[group] * groups.places[group])
        before += int(groups.vehicles[group] * groups.places[group] * groups.available_s[group])
        until_s = -(-(work + before) // rate)
        if position + 1 == len(order) or until_s <= groups.available_s[order[position + 1]]:
            return max(until_s, int(groups.available_s[group]))
    raise AssertionError


class _Alone(NamedTuple):
    """Households by row, with their service at a pickup and at a shelter, setting up included."""

    pickup: Integers
    sizes: Integers
    service_s: Integers
    ready_s: Integers
    allowed: Flags


class _Fleet(NamedTuple):
    """Vehicles that differ, as rows of type, yard and instant; places and table of speed by type; shortest drives."""

    vehicles: Integers
    places: Integers
    speed: Integers
    ways: Ways


def longest_single_s(problem: HouseholdProblem, ways: Ways) -> int:
    """Return when the household that takes longest is there, each with the vehicle and shelter best for it alone.

    NEVER when one of them fits no vehicle or reaches no shelter it may use. Counts when vehicles are available, when
    households are ready, and windows.
    """
    vehicles = np.unique(np.c_[problem.kind, problem.yard, problem.available_s], axis=0)
    first = np.cumsum([0, *(len(windows) for windows in problem.windows)])
    windows = np.array([window for own in problem.windows for window in own], np.int64).reshape(-1, 2)
    service_s = np.c_[problem.board_s, problem.alight_s] + problem.setup_s
    alone = _Alone(problem.pickup, problem.sizes, service_s, problem.ready_s, problem.allowed)
    return _longest(alone, _Fleet(vehicles, problem.places, problem.speed, ways), first, windows)


@kernel
def next_start(first: Integers, windows: Integers, place: int, from_s: int, lasts_s: int) -> int:
    """Earliest start of a service that fits a window of its place."""
    if first[place] == first[place + 1]:
        return from_s
    best = NEVER
    for window in range(first[place], first[place + 1]):
        begin = max(from_s, windows[window, 0])
        if begin + lasts_s <= windows[window, 1]:
            best = min(best, begin)
    return best


@kernel
def _longest(alone: _Alone, fleet: _Fleet, first: Integers, windows: Integers) -> int:
    latest = 0
    pickups, shelters = fleet.ways.out.shape[1], fleet.ways.out.shape[2]
    for own in range(len(alone.pickup)):
        best, pickup = NEVER, alone.pickup[own]
        for vehicle in range(len(fleet.vehicles)):
            kind, yard, available_s = fleet.vehicles[vehicle]
            if (alone.sizes[own] > fleet.places[kind]).any():
                continue
            speed = fleet.speed[kind]
            there_s = max(available_s + fleet.ways.start[speed, yard, pickup], alone.ready_s[own])
            loaded_s = next_start(first, windows, pickup, there_s, alone.service_s[own, 0]) + alone.service_s[own, 0]
            for shelter in range(shelters):
                at_s = loaded_s + fleet.ways.out[speed, pickup, shelter]
                if alone.allowed[own, shelter] and at_s < best:
                    lasts_s = alone.service_s[own, 1]
                    best = min(best, next_start(first, windows, pickups + shelter, at_s, lasts_s) + lasts_s)
        latest = max(latest, best)
    return latest
