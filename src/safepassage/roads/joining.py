"""Join the sites of an operation to the roads: the graph in which routes are searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from safepassage.roads.network import (
    MS_PER_M_AT_1_KMH,
    Bits,
    Bools,
    Floats,
    Int32s,
    Int64s,
    Network,
    rounded_ms,
)
from safepassage.roads.snapping import BESIDE_M, REACH_M, Candidate, snapped

ACCESS_KMH: Final = 10.0
"""Speed between a site and the road, on the straight line: an assumption."""
SAME_M: Final = 1.0
"""Points of a road nearer to each other than this, or to its end, are one."""


class Joined(NamedTuple):
    """The routing graph: A arcs between routing nodes, those of the network first.

    `arc` is the arc of the network that an arc is a piece of, from `begin` to `end` in driving direction (0, 1: all of
    it); -1: the access of a site. One arc of the network may be several here: pieces, and copies behind a forbidden
    turn. `leaves` and `enters` are the nodes at which a site is left and entered, -1 where it is not joined; they are
    two, so that nobody drives through its access. `site_of` names the site that is passed at a node, -1: none.
    `order` is the contraction order, the node contracted first first; empty where none was handed in. `candidates` are
    those of each site.
    """

    tail: Int32s
    head: Int32s
    arc: Int32s
    begin: Floats
    end: Floats
    light_ms: Int64s
    heavy_ms: Int64s
    length_m: Floats
    allowed: Bits
    max_weight_kg: Int32s
    max_height_cm: Int32s
    max_width_cm: Int32s
    nodes: int
    lon: Floats
    lat: Floats
    leaves: Int32s
    enters: Int32s
    site_of: Int32s
    order: Int32s
    candidates: tuple[tuple[Candidate, ...], ...]


class _Graph(NamedTuple):
    """Arcs before their times are known; `access_m` is the length of those that are no piece of an arc."""

    tail: Int32s
    head: Int32s
    arc: Int32s
    begin: Floats
    end: Floats
    bits: Bits
    access_m: Floats


class _Points:
    """Routing nodes beyond those of the network, and where they lie."""

    def __init__(self, network: Network) -> None:
        self.first = len(network.node)
        self.lon: list[float] = []
        self.lat: list[float] = []

    def add(self, lon: float, lat: float) -> int:
        """Add a node and return its number."""
        self.lon.append(lon)
        self.lat.append(lat)
        return self.first + len(self.lon) - 1


def joined(
    network: Network,
    lon: Floats,
    lat: Floats,
    profiles: int,
    *,
    order: Int32s | None = None,
    reach_m: float = REACH_M,
) -> Joined:
    """Join places to the roads that some profiles may drive.

    Stretches are split where sites meet them. A turn that is forbidden is kept from by a node of its own behind the arc
    that enters, with copies of the arcs that may follow; only the nodes concerned grow.

    Parameters
    ----------
    network
        The roads; those of islands closed (`components.connected`).
    lon, lat
        Sites, degrees, shape (S,).
    profiles
        Bits of the profiles that will be asked about.
    order
        Contraction order of the network's nodes, or of the first of them (corrections add nodes).
    reach_m
        A site farther from every road is not joined.
    """
    candidates = snapped(network, lon, lat, profiles, reach_m=reach_m)
    points = _Points(network)
    met, cuts = _meetings(network, candidates, points)
    split = _pieces(network, cuts, profiles)
    turned, copies = _without_turns(network, _together(_whole(network, cuts, profiles), split), profiles, points)
    doors = _doors(candidates, points, lon, lat)
    graph = _together(turned, _accesses(candidates, doors, met, copies))
    light_ms, heavy_ms, length_m = _times(network, graph)
    limits = network.max_weight_kg, network.max_height_cm, network.max_width_cm
    weight, height, width = (np.where(graph.arc < 0, 0, limit[network.edge[graph.arc]]) for limit in limits)
    nodes = points.first + len(points.lon)
    return Joined(
        tail=graph.tail,
        head=graph.head,
        arc=graph.arc,
        begin=graph.begin,
        end=graph.end,
        light_ms=light_ms,
        heavy_ms=heavy_ms,
        length_m=length_m,
        allowed=graph.bits,
        max_weight_kg=weight,
        max_height_cm=height,
        max_width_cm=width,
        nodes=nodes,
        lon=np.append(network.lon, points.lon),
        lat=np.append(network.lat, points.lat),
        leaves=doors[0],
        enters=doors[1],
        site_of=_passed(candidates, met, copies, nodes),
        order=_ordered(order, nodes),
        candidates=candidates,
    )


Meetings: TypeAlias = dict[tuple[int, float], int]
"""Routing node of each (edge, fraction) at which a site meets the road."""

Cuts: TypeAlias = dict[int, list[tuple[float, int]]]
"""For each edge that is split, where (fraction, ascending) and at which routing node."""


def _meetings(network: Network, candidates: Sequence[Sequence[Candidate]], points: _Points) -> tuple[Meetings, Cuts]:
    """Give each point where a site meets the road its node: an end of the edge, one met before, or a new one."""
    by_edge: dict[int, dict[float, Candidate]] = {}
    for one in (one for found in candidates for one in found):
        by_edge.setdefault(one.edge, {}).setdefault(one.fraction, one)
    ends = _ends(network, by_edge)
    met: Meetings = {}
    cuts: Cuts = {}
    for edge, found in sorted(by_edge.items()):
        length_m, last_m, node = float(network.length_m[edge]), 0.0, ends[edge][0]
        for fraction, one in sorted(found.items()):
            along_m = fraction * length_m
            if along_m - last_m >= SAME_M and length_m - along_m >= SAME_M:
                last_m, node = along_m, points.add(one.lon, one.lat)
                cuts.setdefault(edge, []).append((fraction, node))
            elif length_m - along_m < SAME_M:
                last_m, node = length_m, ends[edge][1]
            met[edge, fraction] = node
    return met, cuts


def _among(numbers: Iterable[int], size: int) -> Bools:
    """Mark some of so many things; numbers beyond are left out."""
    found = np.zeros(size, dtype=bool)
    found[[number for number in numbers if number < size]] = True
    return found


def _ends(network: Network, edges: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return the nodes at which edges begin and end in forward direction."""
    wanted = np.flatnonzero(_among(edges, len(network.length_m))[network.edge])
    found = {}
    for arc in wanted.tolist():
        pair = (int(network.tail[arc]), int(network.head[arc]))
        found[int(network.edge[arc])] = pair if network.forward[arc] else pair[::-1]
    return found


def _whole(network: Network, cuts: Cuts, profiles: int) -> _Graph:
    """Return the arcs that stay whole."""
    is_cut = _among(cuts, len(network.length_m))
    arc = np.flatnonzero(((network.allowed & profiles) > 0) & ~is_cut[network.edge]).astype(np.int32)
    zero, one = np.zeros(len(arc)), np.ones(len(arc))
    return _Graph(network.tail[arc], network.head[arc], arc, zero, one, network.allowed[arc] & np.uint8(profiles), zero)


def _pieces(network: Network, cuts: Cuts, profiles: int) -> _Graph:
    """Return the pieces of the arcs that are split."""
    rows: list[tuple[float, ...]] = []
    wanted = np.flatnonzero(_among(cuts, len(network.length_m))[network.edge])
    for arc in wanted.tolist():
        bits = int(network.allowed[arc]) & profiles
        at = cuts[int(network.edge[arc])]
        if not network.forward[arc]:
            at = [(1 - fraction, node) for fraction, node in reversed(at)]
        stops = [(0.0, int(network.tail[arc])), *at, (1.0, int(network.head[arc]))]
        if bits:
            rows += [(a, b, arc, begin, end, bits, 0) for (begin, a), (end, b) in pairwise(stops)]
    return _graph(rows)


def _graph(rows: Sequence[tuple[float, ...]]) -> _Graph:
    table = np.array(rows, dtype=np.float64).reshape(-1, 7)
    tail, head, arc = (table[:, column].astype(np.int32) for column in range(3))
    return _Graph(tail, head, arc, table[:, 3].copy(), table[:, 4].copy(), table[:, 5].astype(np.uint8), table[:, 6])


def _together(*graphs: _Graph) -> _Graph:
    return _Graph(*(np.concatenate(columns) for columns in zip(*graphs, strict=True)))


def _without_turns(
    network: Network, graph: _Graph, profiles: int, points: _Points
) -> tuple[_Graph, dict[int, list[int]]]:
    """Move arcs after which turns are forbidden to nodes of their own, with copies of the arcs that may follow.

    Returns
    -------
    graph
        With the arcs moved, and the copies after the rest.
    copies
        For each node concerned, the nodes of its own that stand for it.
    """
    forbidden: dict[int, dict[int, int]] = {}
    for (into, out_of), bits in zip(network.no_turns.tolist(), network.turn_bits.tolist(), strict=True):
        if bits & profiles:
            forbidden.setdefault(into, {})[out_of] = bits
    lasts = _positions(graph, graph.end == 1, forbidden)
    head = graph.head.copy()
    copies: dict[int, list[int]] = {}
    own: dict[int, int] = {}
    for into in (into for into in forbidden if into in lasts):
        node = int(network.head[into])
        own[into] = points.add(float(network.lon[node]), float(network.lat[node]))
        head[lasts[into]] = own[into]
        copies.setdefault(node, []).append(own[into])
    leaving = _leaving(graph, copies)
    rows = []
    for into, node in own.items():
        for at in leaving.get(int(network.head[into]), ()):
            bits = int(graph.bits[at]) & ~forbidden[into].get(int(graph.arc[at]), 0)
            if bits:
                rows.append((node, int(head[at]), int(graph.arc[at]), 0.0, float(graph.end[at]), bits, 0))
    return _together(graph._replace(head=head), _graph(rows)), copies


def _positions(graph: _Graph, which: Bools, arcs: Iterable[int]) -> dict[int, int]:
    """Return where the wanted pieces of some network arcs stand."""
    among = _among(arcs, int(graph.arc.max(initial=0)) + 1)
    at = np.flatnonzero(which & among[graph.arc])
    return dict(zip(graph.arc[at].tolist(), at.tolist(), strict=True))


def _leaving(graph: _Graph, nodes: Iterable[int]) -> dict[int, list[int]]:
    """Return where the arcs stand that leave some nodes."""
    found: dict[int, list[int]] = {}
    for at in np.flatnonzero(_among(nodes, int(graph.tail.max(initial=0)) + 1)[graph.tail]).tolist():
        found.setdefault(int(graph.tail[at]), []).append(at)
    return found


def _doors(
    candidates: Sequence[Sequence[Candidate]], points: _Points, lon: Floats, lat: Floats
) -> tuple[Int32s, Int32s]:
    """Add the nodes at which sites are left and entered."""
    places = list(zip(candidates, lon.tolist(), lat.tolist(), strict=True))
    doors = [[points.add(x, y) if found else -1 for found, x, y in places] for _ in ("leaves", "enters")]
    return np.array(doors[0], dtype=np.int32), np.array(doors[1], dtype=np.int32)


def _accesses(
    candidates: Sequence[Sequence[Candidate]],
    doors: tuple[Int32s, Int32s],
    met: Meetings,
    copies: Mapping[int, Sequence[int]],
) -> _Graph:
    """Return the ways from sites to the road and back."""
    rows: list[tuple[float, ...]] = []
    for site, found in enumerate(candidates):
        leaves, enters = int(doors[0][site]), int(doors[1][site])
        for one in found:
            node = met[one.edge, one.fraction]
            rows.append((leaves, node, -1, 0.0, 1.0, one.bits, one.distance_m))
            rows += [(at, enters, -1, 0.0, 1.0, one.bits, one.distance_m) for at in (node, *copies.get(node, ()))]
    return _graph(rows)


def _times(network: Network, graph: _Graph) -> tuple[Int64s, Int64s, Floats]:
    """Return the times of light and heavy vehicles and the lengths of arcs; whole arcs take exactly what they take."""
    access, share = graph.arc < 0, graph.end - graph.begin
    length_m = np.where(access, graph.access_m, network.length_m[network.edge[graph.arc]] * share)
    access_ms = rounded_ms(graph.access_m * MS_PER_M_AT_1_KMH / ACCESS_KMH, graph.access_m)
    found = [
        np.where(access, access_ms, rounded_ms(ms[graph.arc] * share, ms[graph.arc] * share))
        for ms in (network.light_ms, network.heavy_ms)
    ]
    return found[0], found[1], length_m


def _passed(
    candidates: Sequence[Sequence[Candidate]], met: Meetings, copies: Mapping[int, Sequence[int]], nodes: int
) -> Int32s:
    """Name the site that is passed at a node; of several the nearest to the road, then the first."""
    site_of = np.full(nodes, -1, dtype=np.int32)
    near = [
        (found[0].distance_m, site)
        for site, found in enumerate(candidates)
        if found and found[0].distance_m <= BESIDE_M
    ]
    for _, site in sorted(near, reverse=True):
        first = candidates[site][0]
        node = met[first.edge, first.fraction]
        site_of[[node, *copies.get(node, ())]] = site
    return site_of


def _ordered(order: Int32s | None, nodes: int) -> Int32s:
    """Put new nodes before those of the order; doors, which were added last, before the rest."""
    if order is None:
        return np.zeros(0, dtype=np.int32)
    return np.concatenate((np.arange(nodes - 1, len(order) - 1, -1, dtype=np.int32), order))
