"""Cuts: three sources together give tours at most half of their loads, rounded down, in pairs.

Where each tour takes two of three single loads, half a vehicle on each of three such tours meets every need, but no
whole vehicles do.

References
----------
Jepsen, Petersen, Spoorendonk and Pisinger (2008): subset-row inequalities.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel
from safepassage.planner.busloads.master import Reals
from safepassage.planner.busloads.pricing import Numbers

Triples: TypeAlias = NDArray[np.int64]
"""Shape (cuts, 3): ascending sources."""

VIOLATED = 0.02
"""By how many pairs a cut must be violated to be worth while."""
PER_SOURCE, PER_ROUND = 4, 30
"""New cuts of one source, and of a round, at most."""


def no_triples() -> Triples:
    """Return no cuts."""
    return np.empty((0, 3), np.int64)


def most_pairs(loads: Numbers, triples: Triples) -> Numbers:
    """Return how many pairs a plan takes at most of each three sources, shape (cuts,)."""
    most: Numbers = loads[triples].sum(axis=1) // 2
    return most


def pairs_of(taken: Numbers, triples: Triples) -> Numbers:
    """Return the pairs in tours; `taken` has shape (tours, sources), the answer (cuts, tours)."""
    pairs: Numbers = (taken[:, triples[:, 0]] + taken[:, triples[:, 1]] + taken[:, triples[:, 2]]).T // 2
    return pairs


def violated(loads: Numbers, taken: Numbers, amounts: Reals) -> Triples:
    """Return the cuts that fractions of tours violate most.

    Parameters
    ----------
    loads
        Shape (sources,).
    taken, amounts
        Shapes (tours, sources) and (tours,): loads that a tour takes of each source, and how many vehicles drive it.
    """
    over = np.full((len(loads),) * 3, -np.inf)
    _weigh(loads, np.ascontiguousarray(taken), amounts, over)
    order = np.argsort(-over.ravel(), kind="stable")
    chosen: list[tuple[int, ...]] = []
    used = np.zeros_like(loads)
    for number in order[: 20 * PER_ROUND]:
        triple = tuple(int(source) for source in np.unravel_index(number, over.shape))
        if over[triple] <= VIOLATED or len(chosen) == PER_ROUND:
            break
        if used[list(triple)].max() < PER_SOURCE:
            used[list(triple)] += 1
            chosen.append(triple)
    return np.array(chosen, np.int64).reshape(-1, 3)


@kernel
def _weigh(loads: Numbers, taken: Numbers, amounts: Reals, over: Reals) -> None:
    """Write by how many pairs fractions of tours take too many, for ascending sources with odd loads together."""
    sources = len(loads)
    for a in range(sources):
        for b in range(a + 1, sources):
            for c in range(b + 1, sources):
                together = loads[a] + loads[b] + loads[c]
                if together % 2:
                    total = -float(together // 2)
                    for k in range(len(amounts)):
                        total += amounts[k] * ((taken[k, a] + taken[k, b] + taken[k, c]) // 2)
                    over[a, b, c] = total
