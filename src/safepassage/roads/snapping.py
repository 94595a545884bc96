"""Find where places meet the roads: the nearest stretch, and others as near that lead another way."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import shapely

from safepassage.roads.network import EARTH_M, PROFILES, Bits, Bools, Floats, Int64s, Network, edge_boxes, ragged

REACH_M: Final = 2000.0
"""A place farther from any road is not joined."""
FAR_M: Final = 250.0
"""A place farther from any road is worth a warning."""
BESIDE_M: Final = 30.0
"""How much farther than the nearest other stretches may lie; and how near a road passes a site that it passes."""
TURNED_DEGREES: Final = 30.0
MOST_CANDIDATES: Final = 8

_RINGS_M: Final = (150.0, 600.0)
"""Where to look first, nearest first."""

_CELL: Final = 0.05
"""Width and height of the cells of a grid, degrees; _ROW numbers its columns with room to spare."""
_ROW: Final = 100_000

_M_PER_DEGREE: Final = EARTH_M * np.pi / 180


class Candidate(NamedTuple):
    """A point of a stretch of road where a place may be joined.

    `fraction` runs from 0 to 1 in the edge's forward direction; `bits` are the profiles that are joined here.
    """

    edge: int
    fraction: float
    distance_m: float
    lon: float
    lat: float
    bits: int


class Near(NamedTuple):
    """What is known of the stretches near a place: distance, place along, point, bearing."""

    edge: Int64s
    distance_m: Floats
    fraction: Floats
    lon: Floats
    lat: Floats
    bearing: Floats


def snapped(
    network: Network, lon: Floats, lat: Floats, profiles: int, *, reach_m: float = REACH_M
) -> tuple[tuple[Candidate, ...], ...]:
    """Find the candidates of each place, nearest first; none where no road is within reach.

    For each profile asked for: the nearest stretch that it may drive, and up to BESIDE_M farther those that run in
    another direction or are driven one way only (the other carriageway).

    Parameters
    ----------
    network
        The roads.
    lon, lat
        Places, degrees.
    profiles
        Bits of the profiles that are to be joined.
    reach_m
        A place farther from every road is not joined.
    """
    forward, backward = edge_bits(network)
    usable = np.flatnonzero((forward | backward) & profiles)
    boxes = edge_boxes(network, usable)
    near = _beside(boxes, lon, lat, reach_m)
    usable = usable[near]
    west, south, east, north = (side[near] for side in boxes)
    tree = shapely.STRtree(shapely.box(west, south, east, north)) if len(usable) else None
    places = zip(lon.tolist(), lat.tolist(), strict=True)
    return tuple(
        _at_place(network, (forward, backward), (profiles, reach_m), place, (tree, usable)) for place in places
    )


def edge_bits(network: Network) -> tuple[Bits, Bits]:
    """Return the profiles that may drive each edge forwards, and backwards."""
    size = len(network.length_m)
    found = (np.zeros(size, dtype=np.uint8), np.zeros(size, dtype=np.uint8))
    for bits, direction in zip(found, (network.forward, ~network.forward), strict=True):
        bits[network.edge[direction]] = network.allowed[direction]
    return found


def _beside(boxes: tuple[Floats, ...], lon: Floats, lat: Floats, reach_m: float) -> Bools:
    """Tell which boxes may lie within reach of a place, by the cells of a grid: quick, and rather too many."""
    cells: set[int] = set()
    for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
        if np.isfinite((x, y)).all():
            wide, high = margins(reach_m + BESIDE_M, y)
            # a box smaller than a cell that reaches into this frame begins in it, or one cell before
            east = np.arange(np.floor((x - wide) / _CELL) - 1, np.floor((x + wide) / _CELL) + 1)
            north = np.arange(np.floor((y - high) / _CELL) - 1, np.floor((y + high) / _CELL) + 1)
            cells.update((east[:, None] * _ROW + north).ravel().astype(np.int64).tolist())
    west, south, east, north = boxes
    begins = (np.floor(west / _CELL) * _ROW + np.floor(south / _CELL)).astype(np.int64)
    found: Bools = np.isin(begins, np.array(sorted(cells), dtype=np.int64))
    return found | (east - west > _CELL) | (north - south > _CELL)


def margins(radius_m: float, lat: float) -> tuple[float, float]:
    """Return a distance in degrees of longitude and of latitude."""
    high = radius_m / _M_PER_DEGREE
    return min(high / max(float(np.cos(np.radians(lat))), 1e-6), 360.0), high


def _at_place(
    network: Network,
    bits: tuple[Bits, Bits],
    asked: tuple[int, float],
    place: tuple[float, float],
    search: tuple[shapely.STRtree | None, Int64s],
) -> tuple[Candidate, ...]:
    tree, usable = search
    profiles, reach_m = asked
    if tree is None or not np.isfinite(place).all():
        return ()
    found: dict[int, Candidate] = {}
    widest_m = reach_m + BESIDE_M
    for ring_m in (*(ring_m for ring_m in _RINGS_M if ring_m < widest_m), widest_m):
        wide, high = margins(ring_m, place[1])
        frame = shapely.box(place[0] - wide, place[1] - high, place[0] + wide, place[1] + high)
        near = near_edges(network, np.sort(usable[tree.query(frame)]), place)
        missing = False
        for number in range(len(PROFILES)):
            if profiles >> number & 1:
                bit = np.uint8(1 << number)
                chosen = _chosen(near, (bits[0] & bit, bits[1] & bit), reach_m)
                missing |= not len(chosen) or near.distance_m[chosen[0]] + BESIDE_M > ring_m
                _add(found, near, chosen, int(bit))
        if not missing or ring_m == widest_m:
            break
        found.clear()
    return tuple(sorted(found.values(), key=lambda one: (one.distance_m, one.edge)))


def _chosen(near: Near, bits: tuple[Bits, Bits], reach_m: float) -> Int64s:
    """Return the positions of the stretches that one profile is joined to, nearest first."""
    forward, backward = bits[0][near.edge], bits[1][near.edge]
    able = np.flatnonzero(((forward | backward) > 0) & (near.distance_m <= reach_m))
    if not len(able):
        return able
    able = able[np.argsort(near.distance_m[able], kind="stable")]
    first = able[0]
    turned = np.abs((near.bearing[able] - near.bearing[first] + 90) % 180 - 90) > TURNED_DEGREES
    kept = turned | (forward[able] != backward[able])
    kept &= near.distance_m[able] <= near.distance_m[first] + BESIDE_M
    kept[0] = True
    found: Int64s = able[kept][:MOST_CANDIDATES]
    return found


def _add(found: dict[int, Candidate], near: Near, chosen: Int64s, bit: int) -> None:
    for at in chosen.tolist():
        edge = int(near.edge[at])
        bits = bit | (found[edge].bits if edge in found else 0)
        found[edge] = Candidate(
            edge, float(near.fraction[at]), float(near.distance_m[at]), float(near.lon[at]), float(near.lat[at]), bits
        )


def near_edges(network: Network, edges: Int64s, place: tuple[float, float]) -> Near:
    """Measure the distance of some edges from a place, in a flat projection around it."""
    begin, count = network.shape_at[edges], np.diff(network.shape_at)[edges]
    points = ragged(begin, count)
    shrink = float(np.cos(np.radians(place[1]))) * _M_PER_DEGREE
    x, y = (network.shape_lon[points] - place[0]) * shrink, (network.shape_lat[points] - place[1]) * _M_PER_DEGREE
    starts = np.cumsum(count) - count
    if not len(edges):
        return Near(edges, *(np.zeros(0) for _ in range(5)))
    along, distance, length = _to_segments(x, y, starts)
    best = _best(distance, starts)
    before = np.cumsum(length) - length
    total = np.append(before[starts[1:]], before[-1] + length[-1]) - before[starts]
    met = before[best] + along[best] * length[best] - before[starts]
    px, py = x[best] + along[best] * (x[best + 1] - x[best]), y[best] + along[best] * (y[best + 1] - y[best])
    return Near(
        edge=edges,
        distance_m=distance[best],
        fraction=np.clip(np.divide(met, total, out=np.zeros_like(met), where=total > 0), 0, 1),
        lon=place[0] + px / shrink,
        lat=place[1] + py / _M_PER_DEGREE,
        bearing=np.degrees(np.arctan2(x[best + 1] - x[best], y[best + 1] - y[best])) % 180,
    )


def _to_segments(x: Floats, y: Floats, starts: Int64s) -> tuple[Floats, Floats, Floats]:
    """Return for the segment that begins at each point the nearest place along (0 to 1), distance and length.

    The last point of an edge begins none: its distance is infinite and its length 0.
    """
    last = np.zeros(len(x), dtype=bool)
    last[starts[1:] - 1] = True
    last[-1] = True
    dx, dy = np.append(np.diff(x), 0), np.append(np.diff(y), 0)
    dx[last] = dy[last] = 0
    square = dx * dx + dy * dy
    along = np.clip(np.divide(-(x * dx + y * dy), square, out=np.zeros_like(square), where=square > 0), 0, 1)
    distance = np.hypot(x + along * dx, y + along * dy)
    distance[last] = np.inf
    return along, distance, np.sqrt(square)


def _best(distance: Floats, starts: Int64s) -> Int64s:
    """Return the position of the least distance of each edge, the first of equal ones."""
    least = np.minimum.reduceat(distance, starts)
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(distance))))
    hits = np.flatnonzero(distance == least[owner])
    _, first = np.unique(owner[hits], return_index=True)
    found: Int64s = hits[first]
    return found


def away_m(candidates: tuple[Candidate, ...], bit: int) -> float | None:
    """Return how far the nearest road that a profile may drive is; None where none is within reach."""
    return min((one.distance_m for one in candidates if one.bits & bit), default=None)
