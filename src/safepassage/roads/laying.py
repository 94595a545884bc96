"""Lay an operation on a road map: the routes between its sites become links and junctions.

What a plan, its referee and its rehearsal need of a road map is the ways that somebody may drive. They are found on the
whole map, once, and become links like those of a table: everything else works with these.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from safepassage.model.fleet import HEAVY, LARGEST, Vehicle
from safepassage.model.operation import Operation
from safepassage.model.places import Site
from safepassage.roads.dijkstra import cheapest, tree
from safepassage.roads.engine import INF, Engine, Metric
from safepassage.roads.gates import Gates, gates
from safepassage.roads.joining import Joined
from safepassage.roads.joining import joined as joined_to
from safepassage.roads.network import EVERY_PROFILE, PROFILES, Network
from safepassage.roads.shapes import pieces
from safepassage.roads.stretches import stretches

MAX_AVOIDED = 12
"""Sets of gated roads that routes are made to avoid, for each class of vehicles."""

TREE_NODES = 1000
"""Nodes that a tree of all ways from a site costs as long as one way by the contracted engine (measured)."""


class Frame(NamedTuple):
    """What lets a class of vehicles pass: profiles (bits), whether heavy, weight in kg, height and width in cm."""

    profiles: int
    heavy: bool
    weight_kg: int
    height_cm: int
    width_cm: int


class Laid(NamedTuple):
    """An operation on its road map: links and junctions in it, and what they were made of."""

    operation: Operation
    network: Network
    joined: Joined
    engine: Engine
    gated: Gates
    stops: tuple[Site, ...]


def lay(operation: Operation, network: Network) -> Laid:
    """Find the ways between the sites of an operation on a road map and make them its links.

    Routes of every class of vehicles are laid: the fastest, and those that avoid what is open only at times.

    Parameters
    ----------
    operation
        Without links and junctions of its own.
    network
        The road map, corrected.
    """
    stops = tuple(site for site in operation.sites if site.kind != "junction")
    classes = frames(operation)
    lon, lat = (np.array([getattr(site, part) for site in stops]) for part in ("lon", "lat"))
    joined = joined_to(network, lon, lat, EVERY_PROFILE)
    engine = Engine(joined.tail, joined.head, joined.nodes, order=joined.order if len(joined.order) else None, lon=joined.lon, lat=joined.lat)
    gated = gates(operation, pieces(network, joined))
    driven = np.zeros(len(joined.arc), dtype=bool)
    for frame in classes:
        driven |= used(joined, engine, gated, frame)
    links, junctions = stretches(network, joined, driven, gated.of_piece, [site.id for site in stops], _source(operation))
    laid = msgspec.structs.replace(operation, links=links, sites=stops + junctions)
    return Laid(laid, network, joined, engine, gated, stops)


def _source(operation: Operation) -> str:
    return operation.road_map.source or operation.road_map.file if operation.road_map else ""


def frames(operation: Operation) -> tuple[Frame, ...]:
    """List the classes of vehicles of an operation: each by itself, and each convoy as its largest measures."""
    alone = {vehicle.id: _frame(vehicle) for vehicle in operation.vehicles if vehicle.profile is not None}
    found = set(alone.values())
    for convoy in operation.convoys:
        members = [alone[one.id] for one in operation.vehicles if one.convoy == convoy.id and one.id in alone]
        if members:
            found.add(_together(members))
    return tuple(sorted(found))


def _frame(vehicle: Vehicle) -> Frame:
    assert vehicle.profile is not None
    return Frame(1 << PROFILES.index(vehicle.profile), vehicle.profile in HEAVY, *vehicle.size)


def _together(members: list[Frame]) -> Frame:
    profiles = 0
    for one in members:
        profiles |= one.profiles
    return Frame(
        profiles,
        any(one.heavy for one in members),
        max(one.weight_kg for one in members),
        max(one.height_cm for one in members),
        max(one.width_cm for one in members),
    )


def times_ms(joined: Joined, frame: Frame) -> npt.NDArray[np.int64]:
    """Return the time of each arc for a class of vehicles at 100 %, INF where it may not or cannot pass."""
    most = (joined.max_weight_kg, frame.weight_kg), (joined.max_height_cm, frame.height_cm)
    passes = (joined.allowed & frame.profiles) == frame.profiles
    for limit, own in (*most, (joined.max_width_cm, frame.width_cm)):
        passes &= (limit == 0) | (limit >= own)
    return np.where(passes, joined.heavy_ms if frame.heavy else joined.light_ms, INF)


def used(joined: Joined, engine: Engine, gated: Gates, frame: Frame) -> npt.NDArray[np.bool_]:
    """Mark the arcs that the fastest ways between all sites drive, and those of the ways that avoid gated roads."""
    base = times_ms(joined, frame)
    never = np.array([windows == () for windows in gated.windows])
    base[never[gated.of_piece]] = INF
    at_times = np.array([bool(windows) for windows in gated.windows])
    marked = np.zeros(len(base), dtype=bool)
    waiting: list[frozenset[int]] = [frozenset()]
    seen = set(waiting)
    for avoided in waiting:
        ms = base.copy()
        ms[np.isin(gated.of_piece, list(avoided))] = INF
        driven = _driven(joined, engine.metric(ms))
        marked |= driven
        met = sorted(set(gated.of_piece[driven].tolist()) & set(np.flatnonzero(at_times).tolist()))
        for more in [avoided | frozenset(met), *(avoided | {one} for one in met)]:
            if more not in seen and len(seen) < MAX_AVOIDED:
                seen.add(more)
                waiting.append(more)
    return marked


def _driven(joined: Joined, metric: Metric) -> npt.NDArray[np.bool_]:
    """Mark the arcs of a fastest way from each site to each other."""
    leaves, enters = (nodes[nodes >= 0].tolist() for nodes in (joined.leaves, joined.enters))
    marked = np.zeros(len(joined.arc), dtype=bool)
    if len(enters) * TREE_NODES < joined.nodes:
        for origin in leaves:
            for end in enters:
                marked[metric.path(origin, end)] = True
        return marked
    arcs = cheapest(joined.tail, joined.head, joined.nodes, metric.ms)
    tails = joined.tail.tolist()
    for origin in leaves:
        back = tree(arcs, origin).arc.tolist()
        met: set[int] = set()
        for end in enters:
            node = end
            # on from a node that is met already everything is marked
            while node not in met and back[node] >= 0:
                met.add(node)
                node = tails[back[node]]
        marked[[back[node] for node in met]] = True
    return marked
