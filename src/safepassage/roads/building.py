"""Ways over points become a network: stretches between the points where ways meet, and arcs in their directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from safepassage.roads.network import (
    EVERY_PROFILE,
    MS_PER_M_AT_1_KMH,
    Bits,
    Bools,
    Floats,
    Int32s,
    Int64s,
    Network,
    metres,
    ragged,
    rounded_ms,
)
from safepassage.roads.profiles import Drive, Pass


class Ways(NamedTuple):
    """Ways as runs of points: P points, R references to them (-1: the point is missing), W ways.

    `stretched` is the true length of a way over that of its line, 1 where nothing else is known.
    """

    point: Int64s
    lon: Floats
    lat: Floats
    refs: Int64s
    at: Int64s
    drive: Int32s
    way: Int64s
    name: Int32s
    stretched: Floats


class _Runs(NamedTuple):
    """References without gaps: position to point, to way, and to run (a way, or what a missing point left of it)."""

    point: Int64s
    way: Int64s
    first: Bools
    last: Bools
    along: Floats


def build(ways: Ways, drives: Sequence[Drive], names: tuple[str, ...], special: Mapping[int, Pass]) -> Network:
    """Make the network of some ways.

    Ways meet where they share a point. A stretch never runs over the end of a way, so each has one way.

    Parameters
    ----------
    ways
        What lies where; each with the number of its drive and of its name.
    drives
        What the tags of ways mean.
    names
        Names of ways; the first is empty.
    special
        What stands on points, by their number. It acts on the shorter of the two segments beside it, on each way.
    """
    runs = _runs(ways)
    cuts = np.bincount(runs.point, minlength=len(ways.point))
    cuts += np.bincount(runs.point[runs.first | runs.last], minlength=len(ways.point))
    standing = _standing(runs, special)
    for segment in standing:
        cuts[runs.point[segment : segment + 2]] = 2
    cut = cuts[runs.point] > 1
    begin = np.flatnonzero(cut & ~runs.last)
    end = np.flatnonzero(cut & ~runs.first)
    return _network(ways, runs, drives, names, (begin, end, _passes(begin, standing)))


def _runs(ways: Ways) -> _Runs:
    """Leave out missing and repeated points, and ways of which less than a segment is left."""
    way = np.repeat(np.arange(len(ways.at) - 1), np.diff(ways.at))
    missing = ways.refs < 0
    run = np.cumsum(np.append(True, (way[1:] != way[:-1]) | missing[1:]) if len(way) else missing)
    kept = ~missing
    point, way, run = ways.refs[kept], way[kept], run[kept]
    kept = np.ones(len(point), dtype=bool)
    kept[1:] = (point[1:] != point[:-1]) | (run[1:] != run[:-1])
    point, way, run = point[kept], way[kept], run[kept]
    kept = np.bincount(run)[run] > 1 if len(run) else kept[:0]
    point, way, run = point[kept], way[kept], run[kept]
    first = np.ones(len(point), dtype=bool)
    first[1:] = run[1:] != run[:-1]
    last = np.roll(first, -1)
    lon, lat = ways.lon[point], ways.lat[point]
    along = np.zeros(len(point))
    along[1:] = metres(lon[:-1], lat[:-1], lon[1:], lat[1:]) * ~first[1:]
    return _Runs(point, way, first, last, np.cumsum(along))


def _standing(runs: _Runs, special: Mapping[int, Pass]) -> dict[int, Pass]:
    """Find the segments (by the position they begin at) on which something stands."""
    found: dict[int, Pass] = {}
    if not special:
        return found
    for position in np.flatnonzero(np.isin(runs.point, np.fromiter(special, dtype=np.int64))):
        before = position - 1 if not runs.first[position] else None
        after = position if not runs.last[position] else None
        sides = [side for side in (before, after) if side is not None]
        segment = int(min(sides, key=lambda side: runs.along[side + 1] - runs.along[side]))
        found[segment] = _both(found.get(segment, Pass(EVERY_PROFILE)), special[int(runs.point[position])])
    return found


def _both(one: Pass, other: Pass) -> Pass:
    return Pass(
        bits=one.bits & other.bits,
        marks=one.marks | other.marks,
        max_weight_kg=lower(one.max_weight_kg, other.max_weight_kg),
        max_height_cm=lower(one.max_height_cm, other.max_height_cm),
        max_width_cm=lower(one.max_width_cm, other.max_width_cm),
    )


def lower(one: int, other: int) -> int:
    """Return the lower of two limits, where 0 means that there is none."""
    return min(one, other) if one and other else one or other


def _passes(begin: Int64s, standing: Mapping[int, Pass]) -> dict[int, Pass]:
    """Find the stretches on which something stands; each is the one segment that it acts on."""
    return {int(np.searchsorted(begin, segment)): passing for segment, passing in standing.items()}


class _Stretches(NamedTuple):
    """Edges: their way, drive, length and what stands on them (by number)."""

    way: Int64s
    drive: Int32s
    length_m: Floats
    passes: Mapping[int, Pass]


class _Arcs(NamedTuple):
    tail: Int32s
    head: Int32s
    edge: Int32s
    forward: Bools
    light_ms: Int64s
    heavy_ms: Int64s
    allowed: Bits


def _network(
    ways: Ways,
    runs: _Runs,
    drives: Sequence[Drive],
    names: tuple[str, ...],
    cuts: tuple[Int64s, Int64s, dict[int, Pass]],
) -> Network:
    begin, end, passes = cuts
    way = runs.way[begin]
    count = end - begin + 1
    corners = runs.point[ragged(begin, count)]
    nodes, ends = np.unique(np.concatenate((runs.point[begin], runs.point[end])), return_inverse=True)
    length_m = (runs.along[end] - runs.along[begin]) * ways.stretched[way]
    stretches = _Stretches(way, ways.drive[way], length_m, passes)
    limits, marks = _limits_and_marks(stretches, drives)
    arcs = _arcs(ends.astype(np.int32).reshape(2, -1), stretches, drives)
    return Network(
        lon=ways.lon[nodes],
        lat=ways.lat[nodes],
        node=ways.point[nodes],
        tail=arcs.tail,
        head=arcs.head,
        edge=arcs.edge,
        forward=arcs.forward,
        light_ms=arcs.light_ms,
        heavy_ms=arcs.heavy_ms,
        allowed=arcs.allowed,
        way=ways.way[way],
        name=ways.name[way],
        names=names,
        road_class=np.array([drive.road_class for drive in drives], dtype=np.int8)[stretches.drive],
        marks=marks,
        length_m=length_m,
        max_weight_kg=limits[:, 0].copy(),
        max_height_cm=limits[:, 1].copy(),
        max_width_cm=limits[:, 2].copy(),
        shape_at=np.append(0, np.cumsum(count)).astype(np.int64),
        shape_lon=ways.lon[corners],
        shape_lat=ways.lat[corners],
        no_turns=np.zeros((0, 2), dtype=np.int32),
        turn_bits=np.zeros(0, dtype=np.uint8),
    )


def _limits_and_marks(stretches: _Stretches, drives: Sequence[Drive]) -> tuple[Int32s, Bits]:
    """Return limits of weight, height and width, shape (edges, 3), and marks."""
    table = [(drive.max_weight_kg, drive.max_height_cm, drive.max_width_cm) for drive in drives]
    limits = np.array(table, dtype=np.int32).reshape(-1, 3)[stretches.drive]
    marks = np.array([drive.marks for drive in drives], dtype=np.uint8)[stretches.drive]
    for edge, passing in stretches.passes.items():
        marks[edge] |= passing.marks
        limits[edge] = [lower(int(a), b) for a, b in zip(limits[edge], passing[2:5], strict=True)]
    return limits, marks


def _arcs(ends: Int32s, stretches: _Stretches, drives: Sequence[Drive]) -> _Arcs:
    """Make the arcs of each edge: forwards, then backwards, as far as somebody may drive them."""
    bits = np.array([(drive.forward, drive.backward) for drive in drives], dtype=np.uint8).reshape(-1, 2)
    bits = bits[stretches.drive]
    for at, passing in stretches.passes.items():
        bits[at] &= passing.bits
    light, heavy = _times(stretches, drives)
    edge, backward = np.nonzero(bits)
    return _Arcs(
        tail=ends[backward, edge],
        head=ends[1 - backward, edge],
        edge=edge.astype(np.int32),
        forward=backward == 0,
        light_ms=light[edge, backward],
        heavy_ms=heavy[edge, backward],
        allowed=bits[edge, backward],
    )


def _times(stretches: _Stretches, drives: Sequence[Drive]) -> tuple[Int64s, Int64s]:
    """Return the times of light and of heavy vehicles, ms, shape (edges, 2): forwards and backwards."""
    lasts_s = np.array([drive.duration_s for drive in drives], dtype=np.float64)[stretches.drive]
    whole_m = np.bincount(stretches.way, weights=stretches.length_m)[stretches.way] if len(stretches.way) else lasts_s
    found = []
    for table in ([drive.light_kmh for drive in drives], [drive.heavy_kmh for drive in drives]):
        kmh = np.array(table, dtype=np.float64).reshape(-1, 2)[stretches.drive]
        length_m = stretches.length_m[:, None]
        ms = length_m * MS_PER_M_AT_1_KMH / kmh
        # what a ferry takes is shared out by length
        share = np.divide(stretches.length_m, whole_m, out=np.zeros_like(whole_m), where=whole_m > 0)
        ms = np.where(lasts_s[:, None] > 0, (lasts_s * share)[:, None] * 1000, ms)
        found.append(rounded_ms(ms, np.broadcast_to(length_m, ms.shape)))
    return found[0], found[1]
