"""A network of roads as arrays: nodes, stretches of road between them, and the directions in which each is driven."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Int8s = NDArray[np.int8]
Bits = NDArray[np.uint8]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

PROFILES: Final = ("car", "ambulance", "bus", "truck")
"""Bit i of `allowed` is for profile i."""

CAR, AMBULANCE, BUS, TRUCK = 1, 2, 4, 8
EVERY_PROFILE: Final = CAR | AMBULANCE | BUS | TRUCK

BRIDGE, TUNNEL, FORD, FERRY, TRACK = 1, 2, 4, 8, 16
MARKS: Final = {BRIDGE: "bridge", TUNNEL: "tunnel", FORD: "ford", FERRY: "ferry", TRACK: "track"}

CLASSES: Final = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "road", "track", "busway",
    "pedestrian", "footway", "cycleway", "path", "bridleway", "ferry",
)  # fmt: skip
"""Classes of road: values of `highway`, and ferries."""

EARTH_M: Final = 6_371_008.8
"""Mean radius of the earth."""

MS_PER_M_AT_1_KMH: Final = 3600.0


class Network(NamedTuple):
    """Roads as arrays: N nodes, E edges (stretches of road between junctions or dead ends), M arcs (directed), K turns.

    An arc runs along an edge, forwards or backwards. Polylines of edges are in forward direction and hold both ends.
    `light_ms` is the time of cars and ambulances, `heavy_ms` that of buses and trucks, at 100 % speed. Limits are 0
    where none is known. A pair of `no_turns` is (arc in, arc out); the profiles that it binds are in `turn_bits`.
    Nodes that are not in OpenStreetMap have negative ids of their own, and so have the ways of edges that are not.
    """

    lon: Floats
    lat: Floats
    node: Int64s
    tail: Int32s
    head: Int32s
    edge: Int32s
    forward: Bools
    light_ms: Int64s
    heavy_ms: Int64s
    allowed: Bits
    way: Int64s
    name: Int32s
    names: tuple[str, ...]
    road_class: Int8s
    marks: Bits
    length_m: Floats
    max_weight_kg: Int32s
    max_height_cm: Int32s
    max_width_cm: Int32s
    shape_at: Int64s
    shape_lon: Floats
    shape_lat: Floats
    no_turns: Int32s
    turn_bits: Bits


class Roads(NamedTuple):
    """A network as read; counts of what was read, left out and not understood, by words; a contraction order.

    The order lists the nodes, the one contracted first first; it is empty where none was worked out.
    """

    network: Network
    counts: dict[str, int]
    order: Int32s


Tell: TypeAlias = Callable[[str, float], object]
"""Called with what is being done and the share of it that is done, 0 to 1."""


def metres(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Return distances between points that lie near each other, in metres.

    Equirectangular at the mean latitude of each pair: within 0.5 % of the ellipsoid for stretches of up to 100 km
    outside the polar regions.

    Examples
    --------
    >>> from numpy import array
    >>> round(metres(array([36.741]), array([34.156]), array([36.720]), array([34.730]))[0], -1)
    np.float64(63860.0)
    """
    east = np.radians(lon_b - lon_a) * np.cos(np.radians(lat_a + lat_b) / 2)
    north = np.radians(lat_b - lat_a)
    distance: Floats = EARTH_M * np.hypot(east, north)
    return distance


def rounded_ms(milliseconds: Floats, length_m: Floats) -> Int64s:
    """Round times half up to whole milliseconds, at least 1 where there is anything to drive."""
    whole = np.floor(milliseconds + 0.5).astype(np.int64)
    return np.maximum(whole, (length_m > 0).astype(np.int64))


def shape(network: Network, edge: int) -> Floats:
    """Return the polyline of an edge in forward direction, shape (points, 2), lon and lat."""
    piece = slice(int(network.shape_at[edge]), int(network.shape_at[edge + 1]))
    return np.column_stack((network.shape_lon[piece], network.shape_lat[piece]))


def edge_boxes(network: Network, edges: Int64s) -> tuple[Floats, Floats, Floats, Floats]:
    """Return west, south, east and north of edges, degrees."""
    if not len(edges):
        return (np.zeros(0),) * 4
    begin, lon, lat = network.shape_at[:-1], network.shape_lon, network.shape_lat
    return (
        np.minimum.reduceat(lon, begin)[edges],
        np.minimum.reduceat(lat, begin)[edges],
        np.maximum.reduceat(lon, begin)[edges],
        np.maximum.reduceat(lat, begin)[edges],
    )


def ragged(begin: Int64s, count: Int64s) -> Int64s:
    """List the positions begin, begin + 1, ... of several runs after each other.

    Examples
    --------
    >>> from numpy import array
    >>> ragged(array([5, 9]), array([2, 3])).tolist()
    [5, 6, 9, 10, 11]
    """
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    positions: Int64s = np.arange(total, dtype=np.int64) + np.repeat(begin - (ends - count), count)
    return positions
