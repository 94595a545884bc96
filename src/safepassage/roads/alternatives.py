"""Genuinely different ways between two places: not much slower, not much shared, no needless turns."""

from __future__ import annotations

from math import floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from safepassage.model.travel import UNREACHABLE
from safepassage.roads.dijkstra import Tree, tree, way_in
from safepassage.roads.engine import INF, Metric


class Bounds(NamedTuple):
    """What counts as an alternative, each as a share of the shortest time.

    `stretch` is the most that it may take; `overlap` the most that it may have in common with the ways kept before it,
    taken together; `sound` the least length below which each of its pieces has to be a shortest way.
    """

    stretch: float = 1.4
    overlap: float = 0.7
    sound: float = 0.2


class Alternative(NamedTuple):
    """A way, its time, and how it stands to the shortest and to those kept before it.

    `share` is the time on arcs that ways kept before it use as well, as a share of the shortest time; every piece of
    the way, from a node to a node, that takes less than `sound_ms` is a shortest way between its ends.
    """

    arcs: NDArray[np.int32]
    ms: int
    share: float
    sound_ms: int


class Plateaus(NamedTuple):
    """Pieces that are part of a shortest way from the source and of one to the target, the promising ones first.

    A way is a shortest one to node `to`, the arc `over` where that is not -1, and a shortest one from node `on`; it
    takes `ms`, and is sound up to `sound_ms`. Shape (plateaus,).
    """

    to: NDArray[np.int64]
    over: NDArray[np.int64]
    on: NDArray[np.int64]
    ms: NDArray[np.int64]
    sound_ms: NDArray[np.int64]


LOOKED_AT = 200
"""Most plateaus whose ways are written out."""
DEFAULT = Bounds()


def alternatives(
    metric: Metric, source: int, target: int, most: int = 3, bounds: Bounds = DEFAULT
) -> tuple[Alternative, ...]:
    """Find the shortest way and up to `most` others that are genuinely different, the better ones first.

    Each other way is a shortest way from the source to a plateau, the plateau, and a shortest way on to the target.
    They are tried by twice their time plus what they share with the shortest way minus their plateau.

    Parameters
    ----------
    metric
        Times of the arcs; what is closed is not driven.
    source, target
        Nodes of its graph.
    most
        Ways besides the shortest one.
    bounds
        What counts as an alternative.

    Returns
    -------
    tuple of Alternative
        The shortest way first; none where no way leads there, or source and target are one.

    Raises
    ------
    ValueError
        When source or target is no node.

    References
    ----------
    Abraham, Delling, Goldberg and Werneck, Alternative Routes in Road Networks (2013): bounds, via nodes, order.
    Cambridge Vehicle Information Technology, Choice Routing (2005), and Bader, Dees, Geisberger and Sanders,
    Alternative Route Graphs in Road Networks (2011): plateaus.
    """
    shortest_ms, shortest = metric.way(source, target)
    if not len(shortest):
        return ()
    kept = [Alternative(shortest, shortest_ms, 0.0, shortest_ms)]
    used = np.zeros(len(metric.engine.tail), dtype=bool)
    used[shortest] = True
    for way in _candidates(metric, source, target, kept[0], bounds):
        shared_ms = _shared_ms(metric, way.arcs, used)
        if len(kept) <= most and shared_ms <= bounds.overlap * shortest_ms:
            kept.append(way._replace(share=shared_ms / shortest_ms))
            used[way.arcs] = True
    return tuple(kept)


def _candidates(metric: Metric, source: int, target: int, shortest: Alternative, bounds: Bounds) -> list[Alternative]:
    """Write out the ways through plateaus, best first; their share is that with the shortest way alone."""
    road = metric.engine
    limit_ms = floor(shortest.ms * bounds.stretch)
    there = tree(metric.graphs[0], source, limit_ms)
    on = tree(metric.graphs[1], target, limit_ms)
    found = _plateaus(metric, there, on, limit_ms, bounds.sound * shortest.ms)
    used = np.zeros(len(road.tail), dtype=bool)
    used[shortest.arcs] = True
    ranked: list[tuple[int, Alternative]] = []
    for first, over, second, ms, sound_ms in zip(*(part.tolist() for part in found), strict=True):
        between = [over] if over >= 0 else []
        rest = way_in(on, road.head, second)[::-1]
        arcs = np.array(way_in(there, road.tail, first) + between + rest, dtype=np.int32)
        if len(np.unique(road.tail[arcs])) == len(arcs) and target not in road.tail[arcs]:
            shared_ms = _shared_ms(metric, arcs, used)
            way = Alternative(arcs, ms, shared_ms / shortest.ms, sound_ms)
            ranked.append((2 * ms + shared_ms - sound_ms, way))
    # sorting is stable: equals stay in the order of their nodes
    return [way for _, way in sorted(ranked, key=lambda entry: entry[0])]


def _plateaus(metric: Metric, there: Tree, on: Tree, limit_ms: int, least_ms: float) -> Plateaus:
    """Find the plateaus that last long enough, on ways that are short enough."""
    parts = zip(_chains(metric, there, on), _single_arcs(metric, there, on), strict=True)
    every = Plateaus(*(np.concatenate(part) for part in parts))
    good = np.flatnonzero((every.ms <= limit_ms) & (every.sound_ms >= least_ms) & (every.sound_ms > 0))
    good = good[np.lexsort((every.over[good], every.to[good], 2 * every.ms[good] - every.sound_ms[good]))]
    return Plateaus(*(part[good[:LOOKED_AT]] for part in every))


def _chains(metric: Metric, there: Tree, on: Tree) -> Plateaus:
    """Find the chains of nodes whose arcs are in both trees; nodes by themselves among them.

    A plateau lasts longer than its chain: nobody can join or leave inside the arc before its first node, nor inside the
    one after its last.
    """
    road, nodes = metric.engine, np.flatnonzero((there.ms < UNREACHABLE) & (on.ms < UNREACHABLE))
    ends = nodes[there.arc[nodes] >= 0]
    arcs = there.arc[ends]
    both = on.arc[road.tail[arcs]] == arcs
    ends, begins = ends[both], road.tail[arcs[both]]
    graph = csr_array((np.ones(len(ends)), (begins, ends)), shape=(road.nodes, road.nodes))
    _, chain = connected_components(graph, directed=False)
    first, last = np.setdiff1d(nodes, ends), np.setdiff1d(nodes, begins)
    first, last = first[np.argsort(chain[first])], last[np.argsort(chain[last])]
    ms = np.append(metric.ms, 0)  # of arc -1: none
    sound_ms = ms[there.arc[first]] + there.ms[last] - there.ms[first] + ms[on.arc[last]]
    return Plateaus(first, np.full(len(first), -1), first, there.ms[first] + on.ms[first], sound_ms)


def _single_arcs(metric: Metric, there: Tree, on: Tree) -> Plateaus:
    """Find the arcs that are in neither tree: whoever is inside one has come, and goes on, by the shortest way."""
    road = metric.engine
    reached = (there.ms[road.tail] < UNREACHABLE) & (on.ms[road.head] < UNREACHABLE) & (metric.ms < INF)
    arcs = np.flatnonzero(reached & (road.tail != road.head))
    arcs = arcs[(there.arc[road.head[arcs]] != arcs) & (on.arc[road.tail[arcs]] != arcs)]
    tail, head = road.tail[arcs].astype(np.int64), road.head[arcs].astype(np.int64)
    return Plateaus(tail, arcs, head, there.ms[tail] + metric.ms[arcs] + on.ms[head], metric.ms[arcs])


def _shared_ms(metric: Metric, arcs: NDArray[np.int32], used: NDArray[np.bool_]) -> int:
    return int(metric.ms[arcs[used[arcs]]].sum())
