"""Correct the roads of an extract by what people on the ground know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely

from safepassage.model.errors import Fault, Place
from safepassage.model.places import Correction
from safepassage.roads.adding import added
from safepassage.roads.network import EARTH_M, MS_PER_M_AT_1_KMH, Bools, Int64s, Network, edge_boxes, rounded_ms, shape
from safepassage.roads.speeds import HEAVY_SHARE

FOLLOWS_M: Final = 25.0
"""How near a road lies to a line that follows it."""
FOLLOWED_SHARE: Final = 0.6
"""Share of a road's length that has to lie so near."""
_STEP_M: Final = 10.0
_M_PER_DEGREE: Final = EARTH_M * np.pi / 180


def corrected(network: Network, corrections: Sequence[Correction]) -> tuple[Network, tuple[Fault, ...]]:
    """Apply corrections in their order.

    Nodes, edges and arcs keep their numbers, new ones follow after them: a road that is removed is one that nobody may
    drive.

    Returns
    -------
    network
        Corrected as far as the corrections can be applied.
    faults
        What could not be applied, and what to do.
    """
    faults: list[Fault] = []
    for correction in corrections:
        fault = _wanting(correction)
        if not fault:
            network, fault = added(network, correction) if correction.action == "add" else _changed(network, correction)
        if fault:
            faults.append(_told(correction, *fault))
    return network, tuple(faults)


def _wanting(correction: Correction) -> tuple[str, str, str, str] | None:
    """Return what a correction lacks: code, expected, found, remedy."""
    times = (correction.travel_s > 0) + (correction.speed_kmh > 0)
    if correction.action == "add" and len(correction.line) < 2:
        return (
            "correction-incomplete",
            "a line of two points or more",
            f"{len(correction.line)}",
            "draw the new stretch",
        )
    if correction.action != "add" and not correction.way and len(correction.line) < 2:
        return "correction-incomplete", "a way or a line", "neither", "give the way's number, or draw a line across it"
    if correction.action in ("add", "retime") and times != 1:
        return "correction-incomplete", "a travel time or a speed", "both" if times else "neither", "give one of them"
    if correction.action == "limit" and not any(_limits(correction)):
        return "correction-incomplete", "a limit of weight, height or width", "none", "give one"
    return None


def _limits(correction: Correction) -> tuple[int, int, int]:
    return correction.max_weight_kg, correction.max_height_cm, correction.max_width_cm


def _told(correction: Correction, code: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(
        code=code,
        severity="error",
        place=Place(cell=f"correction {correction.id}"),
        what=f"the correction ({correction.action}) is not applied",
        expected=expected,
        found=found,
        remedy=remedy,
        subjects=(f"corrections/{correction.id}/action",),
    )


def _changed(network: Network, correction: Correction) -> tuple[Network, tuple[str, str, str, str] | None]:
    """Remove, re-time or limit the roads that are meant."""
    arcs = _meant(network, correction)
    if not arcs.any():
        expected = f"a road of way {correction.way}" if correction.way else "a road under the line"
        return network, ("correction-hits-nothing", expected, "none", "look at the number or the line on the map")
    if correction.action == "remove":
        return network._replace(allowed=np.where(arcs, 0, network.allowed).astype(np.uint8)), None
    if correction.action == "retime":
        return _retimed(network, arcs, correction), None
    edges = np.unique(network.edge[arcs])
    columns = [network.max_weight_kg.copy(), network.max_height_cm.copy(), network.max_width_cm.copy()]
    for column, limit in zip(columns, _limits(correction), strict=True):
        if limit:
            column[edges] = limit
    return network._replace(max_weight_kg=columns[0], max_height_cm=columns[1], max_width_cm=columns[2]), None


def _retimed(network: Network, arcs: Bools, correction: Correction) -> Network:
    """Give arcs a speed, or share a time out among the stretches by length."""
    length_m = network.length_m[network.edge]
    if correction.travel_s:
        whole_m = float(network.length_m[np.unique(network.edge[arcs])].sum())
        light = length_m * (correction.travel_s * 1000 / whole_m if whole_m else 0)
        heavy = light
    else:
        light = length_m * MS_PER_M_AT_1_KMH / correction.speed_kmh
        heavy = light / HEAVY_SHARE
    return network._replace(
        light_ms=np.where(arcs, rounded_ms(light, length_m), network.light_ms),
        heavy_ms=np.where(arcs, rounded_ms(heavy, length_m), network.heavy_ms),
    )


def _meant(network: Network, correction: Correction) -> Bools:
    """Tell which arcs a correction means."""
    live = network.allowed > 0
    if correction.way:
        live &= network.way[network.edge] == correction.way
    if len(correction.line) < 2:
        return live if correction.both_ways else live & network.forward
    edges = np.unique(network.edge[live]).astype(np.int64)
    followed, crossed = under(network, edges, correction.line)
    meant = np.isin(network.edge, np.concatenate((followed, crossed))) & live
    if correction.both_ways:
        return meant
    # a road that is crossed has no direction of the line: of it both are meant
    for edge in followed.tolist():
        mine = network.edge == edge
        meant[mine] &= network.forward[mine] == _along(network, edge, correction.line)
    return meant


def under(network: Network, edges: Int64s, line: Sequence[tuple[float, float]]) -> tuple[Int64s, Int64s]:
    """Find the edges that a line follows, and those that it crosses.

    A road is followed when FOLLOWED_SHARE of it lies within FOLLOWS_M of the line and runs along it. Where roads are
    followed, one that the line meets only near the end of these is a side road, not crossed.
    """
    drawn = np.array(line, dtype=np.float64)
    scale = _M_PER_DEGREE * np.array([np.cos(np.radians(drawn[:, 1].mean())), 1.0])
    flat = shapely.LineString(drawn * scale)
    west, south, east, north = shapely.buffer(flat, FOLLOWS_M).bounds
    boxes = edge_boxes(network, edges)
    near = (boxes[0] * scale[0] <= east) & (boxes[1] * scale[1] <= north)
    near &= (boxes[2] * scale[0] >= west) & (boxes[3] * scale[1] >= south)
    roads = {edge: shapely.LineString(shape(network, edge) * scale) for edge in edges[near].tolist()}
    followed = [edge for edge, road in roads.items() if _is_followed(road, flat)]
    joints = shapely.MultiPoint([roads[edge].coords[end] for edge in followed for end in (0, -1)])
    crossed = [edge for edge in roads if edge not in followed and _is_crossed(roads[edge], flat, joints)]
    return np.array(followed, dtype=np.int64), np.array(crossed, dtype=np.int64)


def _is_followed(road: shapely.LineString, line: shapely.LineString) -> bool:
    steps = np.linspace(0, 1, min(int(road.length / _STEP_M) + 2, 200))
    near = shapely.distance(shapely.line_interpolate_point(road, steps, normalized=True), line) <= FOLLOWS_M
    return bool(near.mean() >= FOLLOWED_SHARE and abs(_progress(road, line)) >= FOLLOWED_SHARE * road.length > 0)


def _progress(road: shapely.LineString, line: shapely.LineString) -> float:
    """Return how far along the line a road gets from its begin to its end, metres; negative against the line."""
    ends = shapely.points([road.coords[0], road.coords[-1]])
    begin, end = shapely.line_locate_point(line, ends)
    return float(end - begin)


def _is_crossed(road: shapely.LineString, line: shapely.LineString, joints: shapely.MultiPoint) -> bool:
    met = shapely.intersection(road, line)
    return not met.is_empty and (joints.is_empty or bool(shapely.distance(met, joints) > FOLLOWS_M))


def _along(network: Network, edge: int, line: Sequence[tuple[float, float]]) -> bool:
    """Tell whether an edge runs forwards in the direction of a line."""
    drawn = np.array(line, dtype=np.float64)
    scale = _M_PER_DEGREE * np.array([np.cos(np.radians(drawn[:, 1].mean())), 1.0])
    return _progress(shapely.LineString(shape(network, edge) * scale), shapely.LineString(drawn * scale)) > 0
