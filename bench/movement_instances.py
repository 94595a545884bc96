"""Convoy movement by the published recipe: networks of 50, 500 and 3,000 places, 5, 15 and 25 convoys.

`grid`: a lattice, links of 30 to 90 s. `roads`: places strewn over a plane, links of their Delaunay triangulation
thinned to 1.4 a place (a spanning tree of the shortest, then others by chance), as road maps have them. Origins and
destinations by chance, at least a third of the network's width apart; passing time 0.25, 1 or 4 mean links; windows of
1.5 times the quickest way (the head's).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

from safepassage.planner.movements.problem import MovementProblem

SIDES = {50: (5, 10), 500: (20, 25), 3000: (50, 60)}
MEAN_S = 60
KINDS = ("grid", "roads")
SIZES = ((50, 5), (500, 15), (3000, 25))
PASSING = (0.25, 1.0, 4.0)
LINKS_A_PLACE = 1.4
Ends = NDArray[np.int64]


def grid(places: int, random: np.random.Generator) -> tuple[Ends, Ends, NDArray[np.float64]]:
    """Return ends, travel and positions of a lattice."""
    rows, columns = SIDES[places]
    number = np.arange(places).reshape(rows, columns)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    down = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    ends = np.concatenate([across, down])
    spots = np.stack(np.divmod(np.arange(places), columns), axis=1).astype(float)
    return ends, random.integers(MEAN_S // 2, 3 * MEAN_S // 2, len(ends), endpoint=True), spots


def roads(places: int, random: np.random.Generator) -> tuple[Ends, Ends, NDArray[np.float64]]:
    """Return ends, travel and positions of a sparse planar network."""
    spots = random.random((places, 2))
    corners = Delaunay(spots).simplices
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    ends = np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64)
    length = np.hypot(*(spots[ends[:, 0]] - spots[ends[:, 1]]).T)
    tree = minimum_spanning_tree(coo_array((length, (ends[:, 0], ends[:, 1])), shape=(places, places))).tocoo()
    kept = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    # short links are likelier to exist than long ones
    ranked = np.argsort(length * random.exponential(1.0, len(ends)))
    for link in ranked:
        if len(kept) >= LINKS_A_PLACE * places:
            break
        kept.add((int(ends[link, 0]), int(ends[link, 1])))
    ends = np.array(sorted(kept), np.int64)
    length = np.hypot(*(spots[ends[:, 0]] - spots[ends[:, 1]]).T)
    return ends, np.maximum(5, np.rint(length / length.mean() * MEAN_S)).astype(np.int64), spots


def instance(kind: str, places: int, convoys: int, passing: float, seed: int) -> MovementProblem:
    """Make one instance by the recipe."""
    random = np.random.default_rng([seed, places, convoys])
    ends, travel_s, spots = (grid if kind == "grid" else roads)(places, random)
    distance = dijkstra(coo_array((travel_s, (ends[:, 0], ends[:, 1])), shape=(places, places)).tocsr(), directed=False)
    width = np.ptp(spots, axis=0).max()
    origin: list[int] = []
    destination: list[int] = []
    while len(origin) < convoys:
        one, other = random.integers(0, places, 2)
        if np.hypot(*(spots[one] - spots[other])) >= width / 3:
            origin.append(one)
            destination.append(other)
    quickest_s = distance[origin, destination].astype(np.int64)
    passing_s = np.full(convoys, max(1, round(passing * travel_s.mean())), np.int64)
    return MovementProblem(
        ends=ends,
        one_way=np.zeros(len(ends), np.bool_),
        travel_s=travel_s[np.newaxis].astype(np.int64),
        places=places,
        standing=np.zeros(places, np.bool_),
        origin=np.array(origin, np.int64),
        destination=np.array(destination, np.int64),
        pace=np.zeros(convoys, np.int64),
        passing_s=passing_s,
        ready_s=np.zeros(convoys, np.int64),
        due_s=quickest_s * 3 // 2 + passing_s,
    )
