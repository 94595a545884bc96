"""Tiny extracts for tests, written with the library that reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import osmium
from osmium.osm import mutable

from safepassage.roads.extract import read_extract
from safepassage.roads.network import Network

Tags = Mapping[str, str]
Way = tuple[int, Sequence[int], Tags]
Relation = tuple[Sequence[tuple[str, int, str]], Tags]

STEP = 0.01
"""Degrees between neighbouring points of the square: 1.11 km north, 0.96 km east at latitude 30."""


def place(number: int) -> tuple[float, float]:
    """Points lie on a square: the tens count east, the ones north."""
    return 10 + number // 10 * STEP, 30 + number % 10 * STEP


def write(
    path: Path,
    ways: Iterable[Way],
    relations: Iterable[Relation] = (),
    points: Mapping[int, Tags] | None = None,
    *,
    missing: Sequence[int] = (),
) -> Path:
    """Write an extract; the points of ways lie where `place` says, those of `points` have tags."""
    ways, points = list(ways), points or {}
    numbers = sorted({ref for _, refs, _ in ways for ref in refs} - set(missing), key=abs)
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for number in numbers:
            writer.add_node(mutable.Node(id=number, location=place(abs(number)), tags=dict(points.get(number, {}))))
        for number, refs, tags in ways:
            writer.add_way(mutable.Way(id=number, nodes=list(refs), tags=dict(tags)))
        for number, (members, tags) in enumerate(relations, start=1):
            writer.add_relation(mutable.Relation(id=number, members=list(members), tags=dict(tags)))
    return path


def network(folder: Path, *ways: Way, relations: Iterable[Relation] = (), points: Mapping[int, Tags] | None = None,
            tracks: bool = False) -> Network:  # fmt: skip
    """Write an extract and read it."""
    return read_extract(write(folder / "small.osm.pbf", ways, relations, points), tracks=tracks).network


def arcs(net: Network) -> set[tuple[int, int]]:
    """Return the arcs that anybody may drive, as pairs of the extract's points."""
    return driven_by(net, 15)


def driven_by(net: Network, bits: int) -> set[tuple[int, int]]:
    """Return the arcs that some profiles may drive, as pairs of the extract's points."""
    live = np.flatnonzero(net.allowed & bits)
    return {(int(net.node[net.tail[arc]]), int(net.node[net.head[arc]])) for arc in live}


def arc(net: Network, begin: int, end: int) -> int:
    """Return the number of the arc between two points."""
    tails, heads = net.node[net.tail], net.node[net.head]
    return int(np.flatnonzero((tails == begin) & (heads == end) & (net.allowed > 0))[0])
