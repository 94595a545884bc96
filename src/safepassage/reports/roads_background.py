"""All roads of a map as two faint paths, small enough for a page that is sent around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import shapely
from msgspec import Struct

from safepassage.roads.network import CLASSES, Int64s, Network, edge_boxes

MOST_BYTES: Final = 300_000
MOST_EDGES: Final = 80_000
"""More stretches than this are not even tried."""
TOLERANCE: Final = 0.5
"""Bends smaller than this, in units of the picture, are straightened."""
_TIERS: Final = (len(CLASSES), CLASSES.index("tertiary_link") + 1, CLASSES.index("primary_link") + 1)
FINER: Final = 10
"""Coordinates are whole tenths of a unit: the picture scales them by as much."""


class Background(Struct, frozen=True, kw_only=True):
    """Paths of large and small roads; `scaled`: in tenths of the picture's units."""

    minor: str
    major: str
    scaled: bool = False


def background(
    network: Network, at: Callable[[float, float], tuple[float, float]], size: tuple[float, float]
) -> Background:
    """Draw the roads inside a picture: all, only the larger ones, or none, so that they stay within MOST_BYTES.

    Parameters
    ----------
    network
        The road map.
    at
        The projection: lon, lat to x, y; linear in each.
    size
        Width and height of the picture.
    """
    inside = _inside(network, at, size)
    for classes in _TIERS:
        chosen = inside[network.road_class[inside] < classes]
        if len(chosen) > MOST_EDGES:
            continue
        large = network.road_class[chosen] < _TIERS[1]
        found = Background(
            minor=_path(network, chosen[~large], at), major=_path(network, chosen[large], at), scaled=True
        )
        if len(found.minor) + len(found.major) <= MOST_BYTES:
            return found
    return Background(minor="", major="")


def _inside(network: Network, at: Callable[[float, float], tuple[float, float]], size: tuple[float, float]) -> Int64s:
    """List the stretches whose box meets the picture."""
    every = np.arange(len(network.length_m), dtype=np.int64)
    west, south, east, north = edge_boxes(network, every)
    x_of, y_of = _linear(at)
    left, right = x_of[0] + x_of[1] * west, x_of[0] + x_of[1] * east
    top, bottom = y_of[0] + y_of[1] * north, y_of[0] + y_of[1] * south
    return np.flatnonzero((right >= 0) & (left <= size[0]) & (bottom >= 0) & (top <= size[1]))


def _linear(at: Callable[[float, float], tuple[float, float]]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return offset and factor of x by lon and of y by lat; over the whole earth, for the projection rounds."""
    (x0, y0), (x1, y1) = at(-180, -90), at(180, 90)
    across, down = (x1 - x0) / 360, (y1 - y0) / 180
    return (x0 + 180 * across, across), (y0 + 90 * down, down)


def _path(network: Network, edges: Int64s, at: Callable[[float, float], tuple[float, float]]) -> str:
    if not len(edges):
        return ""
    x_of, y_of = _linear(at)
    counts = np.diff(network.shape_at)[edges]
    begins = network.shape_at[edges]
    points = np.repeat(begins - np.concatenate(([0], np.cumsum(counts)[:-1])), counts) + np.arange(counts.sum())
    x = (x_of[0] + x_of[1] * network.shape_lon[points]) * FINER
    y = (y_of[0] + y_of[1] * network.shape_lat[points]) * FINER
    lines = shapely.linestrings(np.column_stack((x, y)), indices=np.repeat(np.arange(len(edges)), counts))
    simple = shapely.simplify(lines, TOLERANCE * FINER, preserve_topology=False)
    corners, of_line = shapely.get_coordinates(simple, return_index=True)
    whole = np.round(corners).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=whole[:1])
    first = np.diff(of_line, prepend=-1) > 0
    text = [
        f"M{x} {y}l" if begins else f"{dx} {dy} "
        for (x, y), (dx, dy), begins in zip(whole.tolist(), steps.tolist(), first.tolist(), strict=True)
    ]
    return "".join(text)
