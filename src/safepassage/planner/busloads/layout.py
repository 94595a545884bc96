"""Between tours as people read them and the tables that the annealing changes."""

from __future__ import annotations

import numpy as np

from safepassage.planner.busloads.anneal import (
    EMPTY,
    FIRST_SLOT,
    LOAD,
    LOADED,
    PLACE,
    ROOM,
    SOURCE,
    SPOT,
    VEHICLE,
    Network,
    Tours,
    hold,
    retime,
)
from safepassage.planner.busloads.flow import Flow
from safepassage.planner.busloads.problem import UNREACHABLE, BusloadProblem, Tour

NEAR = 6
"""Places tried per source, by the waste that the flow's prices show."""


def network_of(problem: BusloadProblem, flow: Flow) -> Network:
    """Return the ways between sources and places, and the places that waste least."""
    sources, shelters = problem.loaded_s.shape
    ways = np.full((sources, shelters + problem.vehicles.size, 2), UNREACHABLE, dtype=np.int64)
    ways[:, :shelters, EMPTY] = problem.empty_s.T
    ways[:, shelters:, EMPTY] = problem.start_s.T
    ways[:, :shelters, LOADED] = problem.loaded_s
    near = (
        np.argsort(waste_s, axis=1, kind="stable")[:, :NEAR] for waste_s in (flow.waste_loaded_s, flow.waste_empty_s)
    )
    return Network(ways, *(np.ascontiguousarray(places) for places in near))


def tables_of(problem: BusloadProblem, network: Network, tours: tuple[Tour, ...]) -> Tours:
    """Return the tables of some tours; vehicles that are in none of them stay in their yards."""
    idle = problem.vehicles - np.bincount([tour.yard for tour in tours], minlength=problem.vehicles.size)
    tours += tuple(Tour(int(yard), ()) for yard in np.repeat(np.arange(idle.size), idle))
    count, vehicles, shelters = sum(len(tour.runs) for tour in tours), len(tours), problem.room.size
    most = max(3 * count // vehicles + 8, 2 + max(len(tour.runs) for tour in tours))
    room = np.concatenate([np.minimum(problem.room, count), problem.vehicles])
    tables = Tours(
        loads=np.zeros((count + vehicles, 5), dtype=np.int64),
        spots=np.zeros((vehicles, 1 + min(most, max(1, count)), 2), dtype=np.int64),
        runs=np.zeros(vehicles, dtype=np.int64),
        held=np.zeros(room.sum(), dtype=np.int64),
        places=np.zeros((room.size, 3), dtype=np.int64),
    )
    tables.places[:, FIRST_SLOT] = np.cumsum(room) - room
    tables.places[:, ROOM] = room
    load = 0
    for vehicle, tour in enumerate(tours):
        departure = count + vehicle
        hold(tables.loads, tables.held, tables.places, departure, shelters + tour.yard)
        tables.loads[departure, VEHICLE], tables.loads[departure, SPOT] = vehicle, 0
        tables.spots[vehicle, 0, LOAD] = departure
        tables.runs[vehicle] = len(tour.runs)
        for spot, (source, shelter) in enumerate(tour.runs, 1):
            tables.loads[load, SOURCE] = source
            hold(tables.loads, tables.held, tables.places, load, shelter)
            tables.spots[vehicle, spot, LOAD] = load
            load += 1
        retime(network.ways, tables.loads, tables.spots, len(tour.runs), vehicle, 1)
    return tables


def tours_of(problem: BusloadProblem, tables: Tours) -> tuple[Tour, ...]:
    """Return the tours that the tables hold, one per vehicle."""
    tours = []
    for vehicle, runs in enumerate(tables.runs.tolist()):
        yard = int(tables.loads[tables.spots[vehicle, 0, LOAD], PLACE]) - problem.room.size
        driven = tables.loads[tables.spots[vehicle, 1 : runs + 1, LOAD]]
        tours.append(Tour(yard, tuple(zip(driven[:, SOURCE].tolist(), driven[:, PLACE].tolist(), strict=True))))
    return tuple(tours)


def copied(tables: Tours) -> Tours:
    """Return tables of their own with the same tours."""
    return Tours(*(table.copy() for table in tables))
