"""The shape of a piece of road, as it is driven."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

from safepassage.roads.joining import Joined
from safepassage.roads.network import Network

Line: TypeAlias = list[tuple[float, float]]


def shape_of(network: Network, joined: Joined, arc: int) -> Line:
    """Return the points of an arc of the routing graph in lon, lat, in driving direction, rounded to centimetres."""
    of_arc = int(joined.arc[arc])
    if of_arc < 0:
        ends = int(joined.tail[arc]), int(joined.head[arc])
        return [(_degrees(joined.lon[node]), _degrees(joined.lat[node])) for node in ends]
    points = _edge(network, int(network.edge[of_arc]), forward=bool(network.forward[of_arc]))
    begin, end = float(joined.begin[arc]), float(joined.end[arc])
    if (begin, end) != (0.0, 1.0):
        points = _part(points, begin, end)
    return [(_degrees(lon), _degrees(lat)) for lon, lat in points]


def pieces(network: Network, joined: Joined) -> npt.NDArray[np.object_]:
    """Return the line of every arc of the routing graph as a geometry, shape (arcs,); of an access the straight one."""
    whole = edge_lines(network)
    lines = np.empty(len(joined.arc), dtype=object)
    real = joined.arc >= 0
    lines[real] = whole[network.edge[joined.arc[real]]]
    split = np.flatnonzero(~real | (joined.begin > 0) | (joined.end < 1))
    for arc in split.tolist():
        lines[arc] = shapely.LineString(_two(shape_of(network, joined, arc)))
    return lines


def edge_lines(network: Network) -> npt.NDArray[np.object_]:
    """Return the line of every edge as a geometry, shape (edges,)."""
    counts = np.diff(network.shape_at)
    of_point = np.repeat(np.arange(len(counts)), counts)
    points = np.column_stack((network.shape_lon, network.shape_lat))
    return np.asarray(shapely.linestrings(points, indices=of_point), dtype=object)


def _two(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    return points if len(points) > 1 else (points[0], points[0])


def _edge(network: Network, edge: int, *, forward: bool) -> npt.NDArray[np.float64]:
    first, last = int(network.shape_at[edge]), int(network.shape_at[edge + 1])
    points = np.column_stack((network.shape_lon[first:last], network.shape_lat[first:last]))
    return points if forward else points[::-1]


def _part(points: npt.NDArray[np.float64], begin: float, end: float) -> npt.NDArray[np.float64]:
    """Cut the part between two shares of the length, which is measured as on a plane at the line's latitude."""
    narrowing = np.cos(np.radians(points[:, 1].mean()))
    steps = np.hypot(np.diff(points[:, 0]) * narrowing, np.diff(points[:, 1]))
    along = np.concatenate(([0.0], np.cumsum(steps)))
    along = along / along[-1] if along[-1] > 0 else np.linspace(0, 1, len(along))
    inner = points[(along > begin) & (along < end)]
    cut = [[np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])] for at in (begin, end)]
    return np.vstack((cut[:1], inner, cut[1:]))


def _degrees(value: float) -> float:
    return round(float(value), 7)
