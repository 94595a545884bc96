"""Add a stretch of road to a network, and split the roads on which it ends."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safepassage.model.places import Correction
from safepassage.roads.network import (
    CLASSES,
    EVERY_PROFILE,
    MS_PER_M_AT_1_KMH,
    Floats,
    Int32s,
    Int64s,
    Network,
    edge_boxes,
    metres,
    rounded_ms,
    shape,
)
from safepassage.roads.snapping import margins, near_edges
from safepassage.roads.speeds import HEAVY_SHARE

Kind = TypeVar("Kind", bound=np.generic)

JOINS_M: Final = 100.0
"""An end of a new stretch is joined to a road within this distance."""
SAME_M: Final = 1.0
"""Nearer to the end of a road than this it is joined to that end."""


class _End(NamedTuple):
    node: int
    lon: float
    lat: float


class _Drives(NamedTuple):
    """One direction of a stretch: its times and who may drive it."""

    forward: bool
    light_ms: float
    heavy_ms: float
    bits: int


class _About(NamedTuple):
    way: int
    name: int
    road_class: int
    marks: int
    limits: tuple[int, int, int]


class _Stretch(NamedTuple):
    """A new edge: its end nodes, line in lon and lat, length, directions, and the rest."""

    ends: tuple[int, int]
    line: Floats
    length_m: float
    drives: list[_Drives]
    about: _About


def added(network: Network, correction: Correction) -> tuple[Network, tuple[str, str, str, str] | None]:
    """Add the stretch that a correction draws; every profile may drive it.

    Returns
    -------
    network
        With the stretch as its last edge; or as it was.
    fault
        Code, expected, found and remedy where an end of the line is not near a road.
    """
    before = network
    ends = []
    for place in (correction.line[0], correction.line[-1]):
        network, end = _end(network, place)
        if end is None:
            found = f"none near {place[1]:.5f}, {place[0]:.5f}"
            return before, (
                "correction-hits-nothing",
                f"a road within {JOINS_M:.0f} m of each end of the line",
                found,
                "draw the line up to the road, or add that road first",
            )
        ends.append(end)
    return _drawn(network, correction, (ends[0], ends[1])), None


def _end(network: Network, place: tuple[float, float]) -> tuple[Network, _End | None]:
    """Find where a line ends on the roads, and split the road there."""
    live = np.unique(network.edge[network.allowed > 0]).astype(np.int64)
    wide, high = margins(JOINS_M, place[1])
    west, south, east, north = edge_boxes(network, live)
    near = (
        (west <= place[0] + wide) & (east >= place[0] - wide) & (south <= place[1] + high) & (north >= place[1] - high)
    )
    found = near_edges(network, live[near], place)
    if not len(found.edge) or found.distance_m.min() > JOINS_M:
        return network, None
    best = int(np.argmin(found.distance_m))
    edge, fraction = int(found.edge[best]), float(found.fraction[best])
    length_m = float(network.length_m[edge])
    begin, end = _ends(network, edge)
    if fraction * length_m < SAME_M:
        return network, _End(begin, float(network.lon[begin]), float(network.lat[begin]))
    if (1 - fraction) * length_m < SAME_M:
        return network, _End(end, float(network.lon[end]), float(network.lat[end]))
    at = _End(len(network.node), float(found.lon[best]), float(found.lat[best]))
    return _split(network, edge, fraction, at), at


def _ends(network: Network, edge: int) -> tuple[int, int]:
    arc = int(np.flatnonzero(network.edge == edge)[0])
    pair = int(network.tail[arc]), int(network.head[arc])
    return pair if network.forward[arc] else pair[::-1]


def _split(network: Network, edge: int, fraction: float, at: _End) -> Network:
    """Close an edge and put two in its place, which meet at a new node."""
    begin, end = _ends(network, edge)
    network = network._replace(
        lon=np.append(network.lon, at.lon),
        lat=np.append(network.lat, at.lat),
        node=np.append(network.node, min(0, int(network.node.min())) - 1),
        allowed=network.allowed.copy(),
    )
    arcs = np.flatnonzero(network.edge == edge)
    halves = _halves(shape(network, edge), fraction, at)
    first_arc = len(network.edge)
    for line, share, ends in (
        (halves[0], fraction, (begin, at.node)),
        (halves[1], 1 - fraction, (at.node, end)),
    ):
        length_m = float(network.length_m[edge]) * share
        drives = [
            _Drives(bool(network.forward[arc]), network.light_ms[arc] * share, network.heavy_ms[arc] * share, bits)
            for arc, bits in zip(arcs.tolist(), network.allowed[arcs].tolist(), strict=True)
        ]
        network = _with_edge(network, _Stretch(ends, line, length_m, drives, _like(network, edge)))
    network.allowed[arcs] = 0
    return network._replace(no_turns=_moved_turns(network, arcs, first_arc))


def _halves(line: Floats, fraction: float, at: _End) -> tuple[Floats, Floats]:
    """Cut a polyline at a share of its length."""
    pieces = metres(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])
    along = np.append(0, np.cumsum(pieces))
    here = np.array([[at.lon, at.lat]])
    split = int(np.searchsorted(along, fraction * along[-1]))
    split = min(max(split, 1), len(line) - 1)
    return np.concatenate((line[:split], here)), np.concatenate((here, line[split:]))


def _moved_turns(network: Network, arcs: Int64s, first: int) -> Int32s:
    """Say of turns into and out of a split edge which of its halves they mean now."""
    turns = network.no_turns.copy()
    for number, arc in enumerate(arcs.tolist()):
        near, far = first + number, first + len(arcs) + number
        into, out_of = (far, near) if network.forward[arc] else (near, far)
        turns[network.no_turns[:, 0] == arc, 0] = into
        turns[network.no_turns[:, 1] == arc, 1] = out_of
    return turns


def _like(network: Network, edge: int) -> _About:
    return _About(
        int(network.way[edge]),
        int(network.name[edge]),
        int(network.road_class[edge]),
        int(network.marks[edge]),
        (int(network.max_weight_kg[edge]), int(network.max_height_cm[edge]), int(network.max_width_cm[edge])),
    )


def _drawn(network: Network, correction: Correction, ends: tuple[_End, _End]) -> Network:
    """Add the stretch that a correction draws between two nodes."""
    inner = correction.line[1:-1]
    line = np.array([(ends[0].lon, ends[0].lat), *inner, (ends[1].lon, ends[1].lat)], dtype=np.float64)
    length_m = float(metres(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1]).sum())
    light = heavy = correction.travel_s * 1000.0
    if not correction.travel_s:
        light = length_m * MS_PER_M_AT_1_KMH / correction.speed_kmh
        heavy = light / HEAVY_SHARE
    names = network.names if correction.name in network.names else (*network.names, correction.name)
    about = _About(
        min(0, int(network.way.min())) - 1,
        names.index(correction.name),
        CLASSES.index("unclassified"),
        0,
        (correction.max_weight_kg, correction.max_height_cm, correction.max_width_cm),
    )
    ways = (True, False) if correction.both_ways else (True,)
    drives = [_Drives(forward, light, heavy, EVERY_PROFILE) for forward in ways]
    stretch = _Stretch((ends[0].node, ends[1].node), line, length_m, drives, about)
    return _with_edge(network._replace(names=names), stretch)


def _with_edge(network: Network, new: _Stretch) -> Network:
    """Put an edge and its arcs after the others."""
    edge, count = len(network.length_m), len(new.drives)
    forward = np.array([drive.forward for drive in new.drives], dtype=bool)
    begin, end = new.ends
    length_m = np.full(count, new.length_m)
    limits = new.about.limits
    return network._replace(
        tail=_more(network.tail, np.where(forward, begin, end)),
        head=_more(network.head, np.where(forward, end, begin)),
        edge=_more(network.edge, np.full(count, edge)),
        forward=_more(network.forward, forward),
        light_ms=_more(network.light_ms, rounded_ms(np.array([one.light_ms for one in new.drives]), length_m)),
        heavy_ms=_more(network.heavy_ms, rounded_ms(np.array([one.heavy_ms for one in new.drives]), length_m)),
        allowed=_more(network.allowed, [one.bits for one in new.drives]),
        way=_more(network.way, [new.about.way]),
        name=_more(network.name, [new.about.name]),
        road_class=_more(network.road_class, [new.about.road_class]),
        marks=_more(network.marks, [new.about.marks]),
        length_m=_more(network.length_m, [new.length_m]),
        max_weight_kg=_more(network.max_weight_kg, [limits[0]]),
        max_height_cm=_more(network.max_height_cm, [limits[1]]),
        max_width_cm=_more(network.max_width_cm, [limits[2]]),
        shape_at=_more(network.shape_at, [network.shape_at[-1] + len(new.line)]),
        shape_lon=_more(network.shape_lon, new.line[:, 0]),
        shape_lat=_more(network.shape_lat, new.line[:, 1]),
    )


def _more(values: NDArray[Kind], more: ArrayLike) -> NDArray[Kind]:
    """Append values, of the same type as those before."""
    return np.concatenate((values, np.asarray(more).astype(values.dtype)))
