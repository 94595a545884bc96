"""Islands of roads: each profile keeps the largest part in which it gets from everywhere to everywhere."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from safepassage.roads.network import PROFILES, Bools, Network


def connected(network: Network) -> tuple[Network, dict[str, int]]:
    """Close to each profile the arcs outside its largest strongly connected part.

    Nodes, edges and arcs keep their numbers. Nobody is sent to a road that cannot be left again, or reached.

    Returns
    -------
    network
        With fewer bits in `allowed`.
    lost
        Kilometres (rounded) that each profile lost ("bus km"), and stretches of road ("bus stretches").
    """
    allowed = network.allowed.copy()
    lost: dict[str, int] = {}
    before = inside = np.zeros(0, dtype=bool)
    for number, profile in enumerate(PROFILES):
        bit = np.uint8(1 << number)
        mine = (allowed & bit) > 0
        # profiles that may drive the same roads keep the same ones
        if not np.array_equal(mine, before):
            before, inside = mine, _largest(network, mine)
        outside = mine & ~inside
        allowed[outside] &= np.uint8(~bit)
        gone = _edges(network, mine) & ~_edges(network, mine & ~outside)
        lost[f"{profile} stretches"] = int(gone.sum())
        lost[f"{profile} km"] = round(float(network.length_m[gone].sum()) / 1000)
    return network._replace(allowed=allowed), lost


def _edges(network: Network, arcs: Bools) -> Bools:
    """Tell which edges some arcs run along."""
    found = np.zeros(len(network.length_m), dtype=bool)
    found[network.edge[arcs]] = True
    return found


def _largest(network: Network, mine: Bools) -> Bools:
    """Tell which arcs run inside the largest strongly connected part of some arcs; that of the most nodes."""
    if not mine.any():
        return mine
    size = len(network.node)
    tail, head = network.tail[mine], network.head[mine]
    matrix = csr_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(size, size))
    _, part = connected_components(matrix, connection="strong")
    touched = np.zeros(size, dtype=bool)
    touched[tail] = touched[head] = True
    # of equally large ones the first: the numbering is that of SciPy, which is deterministic
    largest = np.argmax(np.bincount(part[touched]))
    inside: Bools = part == largest
    return inside[network.tail] & inside[network.head]
