"""Lay an operation on a road map: the routes between its sites become links and junctions.

What a plan, its referee and its rehearsal need of a road map is the ways that somebody may drive. They are found on the
whole map, once, and become links like those of a table: everything else works with these.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from safepassage.model.errors import Fault
from safepassage.model.fleet import HEAVY, Vehicle
from safepassage.model.operation import Operation
from safepassage.model.places import Link, RoadMap, Site
from safepassage.model.uncertainty import RoadCut, Uncertain
from safepassage.roads.components import connected
from safepassage.roads.corrections import corrected
from safepassage.roads.dijkstra import cheapest, tree
from safepassage.roads.engine import INF, Engine, Metric, contraction_order, engine_of
from safepassage.roads.gates import Gates, gates
from safepassage.roads.joining import Joined
from safepassage.roads.joining import joined as joined_to
from safepassage.roads.network import CAR, PROFILES, Int32s, Network, Tell
from safepassage.roads.reading import read_roads
from safepassage.roads.remarks import islands, off_road, remarks
from safepassage.roads.shapes import pieces
from safepassage.roads.snapping import REACH_M
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


@dataclass(frozen=True)
class Laid:
    """An operation on its road map: links and junctions in it, and what they were made of.

    `stops` are the sites that were joined, in the order of `joined`; `gated` numbers what its arcs lie in.
    """

    operation: Operation
    network: Network
    joined: Joined
    gated: Gates
    stops: tuple[Site, ...]

    @cached_property
    def engine(self) -> Engine:
        """Answer for times and ways on the whole map, made when it is first asked for."""
        return engine_of(self.joined, len(self.network.node))


def on_map(
    operation: Operation, path: Path, *, tell: Tell = lambda _stage, _done: None
) -> tuple[Laid, tuple[Fault, ...]]:
    """Read the road map of an operation, correct it, and lay the operation on it.

    Returns
    -------
    laid
        The operation with links and junctions.
    faults
        What was left out of the map, corrections that mean nothing, sites far from any road. Where one is an error,
        there is no plan to be made.

    Raises
    ------
    InputError
        When the map cannot be read.
    """
    asked = operation.road_map or RoadMap(file=path.name)
    roads = read_roads(path, tracks=asked.tracks, order_of=contraction_order, tell=tell)
    network, wrong = corrected(roads.network, operation.corrections)
    network, lost = connected(network)
    tell("ways between the sites", 0.0)
    laid = lay(operation, network, roads.order)
    tell("ways between the sites", 1.0)
    names = [site.id for site in laid.stops]
    away = off_road(names, laid.joined.candidates, _asked(operation), "sites", reach_m=asked.reach_m)
    return laid, (*remarks(roads.counts, asked.file), *islands(lost, asked.file), *wrong, *away)


def lay(operation: Operation, network: Network, order: Int32s | None = None) -> Laid:
    """Find the ways between the sites of an operation on a road map and make them its links.

    Routes of every class of vehicles are laid: the fastest, and those that avoid what is open only at times.

    Parameters
    ----------
    operation
        Without links and junctions of its own.
    network
        The road map, corrected; roads of islands closed.
    order
        Contraction order of the map's nodes before corrections, shape (nodes,).
    """
    stops = tuple(site for site in operation.sites if site.kind != "junction")
    lon, lat = (np.array([getattr(site, part) for site in stops], dtype=np.float64) for part in ("lon", "lat"))
    reach_m = operation.road_map.reach_m if operation.road_map else REACH_M
    joined = joined_to(network, lon, lat, _asked(operation), order=_order(order, len(network.node)), reach_m=reach_m)
    gated = gates(operation, pieces(network, joined))
    few = len(stops) * TREE_NODES < joined.nodes
    engine = engine_of(joined, len(network.node)) if few else None
    driven = np.zeros(len(joined.arc), dtype=bool)
    for frame in frames(operation):
        driven |= used(joined, gated, frame, engine)
    source = operation.road_map.source or operation.road_map.file if operation.road_map else ""
    names = [site.id for site in stops]
    links, junctions = stretches(network, joined, driven, gated.of_piece, names, source)
    uncertain = _cut_where(operation.uncertain, links)
    laid = msgspec.structs.replace(operation, links=links, sites=stops + junctions, uncertain=uncertain)
    return Laid(laid, network, joined, gated, stops)


def _cut_where(uncertain: Uncertain, links: tuple[Link, ...]) -> Uncertain:
    """Name the link that each cut of a road hits: the one nearest to its place."""
    lines = [shapely.LineString(link.line) if len(link.line) > 1 else shapely.Point() for link in links]
    incidents = tuple(
        msgspec.structs.replace(one, link=links[int(np.nanargmin(shapely.distance(lines, shapely.Point(one.at))))].id)
        if isinstance(one, RoadCut) and one.at is not None and links
        else one
        for one in uncertain.incidents
    )
    return msgspec.structs.replace(uncertain, incidents=incidents)


def _asked(operation: Operation) -> int:
    """Return the profiles of an operation's vehicles as bits; cars, where it has none on the road."""
    bits = 0
    for frame in frames(operation):
        bits |= frame.profiles
    return bits or CAR


def _order(order: Int32s | None, nodes: int) -> Int32s | None:
    """Put nodes that corrections added before those of the map."""
    if order is None or not len(order):
        return None
    return np.concatenate((np.arange(len(order), nodes, dtype=np.int32), order))


def frames(operation: Operation) -> tuple[Frame, ...]:
    """List the classes of vehicles of an operation: each by itself, and each convoy as its largest measures."""
    alone = {vehicle.id: frame for vehicle in operation.vehicles if (frame := _frame(vehicle)) is not None}
    found = set(alone.values())
    for convoy in operation.convoys:
        members = [alone[one.id] for one in operation.vehicles if one.convoy == convoy.id and one.id in alone]
        if members:
            found.add(_together(members))
    return tuple(sorted(found))


def _frame(vehicle: Vehicle) -> Frame | None:
    # a boat is on no road
    if vehicle.profile is None:
        return None
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


def ever_ms(joined: Joined, gated: Gates, frame: Frame) -> npt.NDArray[np.int64]:
    """Return the time of each arc as `times_ms`, INF also where it is never open."""
    never = np.array([windows == () for windows in gated.windows])
    return np.where(never[gated.of_piece], INF, times_ms(joined, frame))


def used(joined: Joined, gated: Gates, frame: Frame, engine: Engine | None = None) -> npt.NDArray[np.bool_]:
    """Mark the arcs that the fastest ways between all sites drive, and those of the ways that avoid gated roads.

    With an engine way by way, for few sites on a large map; without, by the tree of all ways from each site.
    """
    base = ever_ms(joined, gated, frame)
    marked = np.zeros(len(base), dtype=bool)
    waiting: list[frozenset[int]] = [frozenset()]
    seen = set(waiting)
    for avoided in waiting:
        ms = base.copy()
        ms[np.isin(gated.of_piece, list(avoided))] = INF
        driven = _by_trees(joined, ms) if engine is None else _by_ways(joined, engine.metric(ms))
        marked |= driven
        met = sorted(set(gated.of_piece[driven].tolist()) & gated.avoided)
        for more in [avoided | frozenset(met), *(avoided | {one} for one in met)]:
            if more not in seen and len(seen) < MAX_AVOIDED:
                seen.add(more)
                waiting.append(more)
    return marked


def _doors(joined: Joined) -> tuple[list[int], list[int]]:
    """Return where sites are left, and entered."""
    return joined.leaves[joined.leaves >= 0].tolist(), joined.enters[joined.enters >= 0].tolist()


def _by_ways(joined: Joined, metric: Metric) -> npt.NDArray[np.bool_]:
    """Mark the arcs of a fastest way from each site to each other."""
    marked = np.zeros(len(joined.arc), dtype=bool)
    leaves, enters = _doors(joined)
    for origin, own in zip(leaves, enters, strict=True):
        for end in enters:
            if end != own:
                marked[metric.path(origin, end)] = True
    return marked


def _by_trees(joined: Joined, ms: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Mark the arcs of a fastest way from each site to each other."""
    marked = np.zeros(len(joined.arc), dtype=bool)
    leaves, enters = _doors(joined)
    arcs = cheapest(joined.tail, joined.head, joined.nodes, ms)
    tails = joined.tail.tolist()
    for origin, own in zip(leaves, enters, strict=True):
        back = tree(arcs, origin).arc.tolist()
        met: set[int] = set()
        for end in enters:
            # nobody drives from a site to itself
            node = end if end != own else origin
            # on from a node that is met already everything is marked
            while node not in met and back[node] >= 0:
                met.add(node)
                node = tails[back[node]]
        marked[[back[node] for node in met]] = True
    return marked
