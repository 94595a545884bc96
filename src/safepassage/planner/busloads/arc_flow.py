"""Whole vehicles over the surviving arcs of time and space: a plan within the horizon, or none exists.

Vehicles are alike, so only how many use an arc counts; time moves forward, so any flow splits into tours.

References
----------
Bish (2011), the bus evacuation problem as an integer programme over time.
Macedo, Alves, Valério de Carvalho, Clautiaux and Hanafi (2011), arc flow for vehicle routing with multiple routes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from ortools.sat.python import cp_model
from scipy.sparse import csr_array

from safepassage.planner.busloads.pricing import Needs, Numbers
from safepassage.planner.busloads.problem import Tour
from safepassage.planner.busloads.surviving import EMPTY, LOADED, START, Arcs
from safepassage.planner.busloads.whole_tours import Limits, decide


class Programme(NamedTuple):
    """Rows over arcs, `least <= rows @ flow <= most`, and at most `upper` on each arc."""

    rows: csr_array
    least: Numbers
    most: Numbers
    upper: Numbers


def plan_over(arcs: Arcs, needs: Needs, *, exact: bool, limits: Limits) -> tuple[bool | None, tuple[Tour, ...]]:
    """Return whether a plan over these arcs exists (None: not decided within the limits), and its tours."""
    programme = _programme(arcs, needs, exact=exact)
    model = cp_model.CpModel()
    flow = [model.new_int_var(0, upper, "") for upper in programme.upper.tolist()]
    rows = programme.rows
    for row, (least, most) in enumerate(zip(programme.least.tolist(), programme.most.tolist(), strict=True)):
        entries = slice(rows.indptr[row], rows.indptr[row + 1])
        columns, values = rows.indices[entries].tolist(), rows.data[entries].tolist()
        total = cp_model.LinearExpr.weighted_sum([flow[column] for column in columns], values)
        model.add_linear_constraint(total, least, most)
    exists, used = decide(model, flow[: len(arcs.kind)], limits)
    return exists, tours_of(arcs, used) if exists else ()


def _programme(arcs: Arcs, needs: Needs, *, exact: bool) -> Programme:
    """Set up the rows: vehicles per yard, balance at places and instants, loads, room; totals of each kind of drive."""
    fleet = int(needs.vehicles.sum())
    most_loads = needs.loads if exact else np.full_like(needs.loads, needs.room.sum())
    start, loaded, empty = (np.flatnonzero(arcs.kind == kind) for kind in (START, LOADED, EMPTY))
    into_source, into_shelter = np.r_[start, empty], loaded
    horizon = int(arcs.end_s.max(initial=0)) + 1
    sources_at = np.r_[
        arcs.head[into_source] * horizon + arcs.end_s[into_source], arcs.tail[loaded] * horizon + arcs.begin_s[loaded]
    ]
    source_nodes, source_row = np.unique(sources_at, return_inverse=True)
    shelters_at = np.r_[
        arcs.head[into_shelter] * horizon + arcs.end_s[into_shelter], arcs.tail[empty] * horizon + arcs.begin_s[empty]
    ]
    shelter_nodes, shelter_row = np.unique(shelters_at, return_inverse=True)
    drives = np.r_[loaded, empty]
    names = np.stack((arcs.kind[drives], arcs.tail[drives], arcs.head[drives]))
    total_names, total_of = np.unique(names, axis=1, return_inverse=True)
    totals = total_names.shape[1]
    sizes = (len(needs.vehicles), len(source_nodes), len(shelter_nodes), len(needs.loads), len(needs.room), totals)
    first = np.cumsum([0, *sizes])
    count = len(arcs.kind)
    entries = (
        (first[0] + arcs.tail[start], start, 1),
        (first[1] + source_row[: len(into_source)], into_source, 1),
        (first[1] + source_row[len(into_source) :], loaded, -1),
        (first[2] + shelter_row[: len(loaded)], loaded, 1),
        (first[2] + shelter_row[len(loaded) :], empty, -1),
        (first[3] + arcs.tail[loaded], loaded, 1),
        (first[4] + arcs.head[loaded], loaded, 1),
        (first[5] + total_of, drives, 1),
        (first[5] + np.arange(totals), count + np.arange(totals), -1),
    )
    rows = np.concatenate([row for row, _, _ in entries])
    columns = np.concatenate([column for _, column, _ in entries])
    values = np.concatenate([np.full(len(row), value) for row, _, value in entries])
    none = np.zeros(len(source_nodes), np.int64)
    many = np.full(len(shelter_nodes), fleet)
    no_totals = np.zeros(totals, np.int64)
    largest = np.minimum(most_loads, needs.room.sum())
    upper = np.empty(count + totals, np.int64)
    upper[start] = np.minimum(needs.vehicles[arcs.tail[start]], largest[arcs.head[start]])
    upper[loaded] = np.minimum(largest[arcs.tail[loaded]], needs.room[arcs.head[loaded]])
    upper[empty] = largest[arcs.head[empty]]
    upper[:count] = np.minimum(upper[:count], fleet)
    upper[count:] = needs.room.sum()
    return Programme(
        csr_array((values, (rows, columns)), shape=(first[-1], count + totals)),
        np.concatenate(
            (
                np.zeros_like(needs.vehicles),
                none,
                np.zeros_like(many),
                needs.loads,
                np.zeros_like(needs.room),
                no_totals,
            )
        ),
        np.concatenate((needs.vehicles, none, many, most_loads, needs.room, no_totals)),
        upper,
    )


def tours_of(arcs: Arcs, flow: Numbers) -> tuple[Tour, ...]:
    """Split a flow of whole vehicles into tours."""
    loaded: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    empty: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for arc in np.flatnonzero((flow > 0) & (arcs.kind != START)):
        onward = loaded if arcs.kind[arc] == LOADED else empty
        onward[int(arcs.tail[arc]), int(arcs.begin_s[arc])] += [(int(arcs.head[arc]), int(arcs.end_s[arc]))] * int(
            flow[arc]
        )
    tours = []
    for arc in np.flatnonzero((flow > 0) & (arcs.kind == START)):
        for _ in range(flow[arc]):
            source, at_s = int(arcs.head[arc]), int(arcs.end_s[arc])
            runs = []
            while True:
                shelter, at_s = loaded[source, at_s].pop()
                runs.append((source, shelter))
                if not empty[shelter, at_s]:
                    break
                source, at_s = empty[shelter, at_s].pop()
            tours.append(Tour(int(arcs.tail[arc]), tuple(runs)))
    return tuple(tours)
