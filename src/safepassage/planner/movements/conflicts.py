"""Inequalities that every plan satisfies: of entries that are in each other's way, two by two, at most one is made.

On a link, let each convoy k have a window of entries l_k .. u_k. When u_i < l_j + h_j for all i and j, where h_j is how
long convoy j stays on the link, any two entries of different convoys in their windows overlap, and one convoy enters
once: so at most one entry of all these windows is made. An instant at which at most one convoy is on the link is the
case u_k = t, l_k = t - h_k + 1; windows around two convoys' entries are wider and cut off more.

References
----------
Lam, Le Bodic, Harabor and Stuckey (2022), branch-and-cut-and-price for multi-agent path finding.
Andreychuk, Yakovlev, Surynek, Atzmon and Stern (2022), multi-agent pathfinding with continuous time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.movements.problem import Integers
from safepassage.planner.movements.routing import Pieces

VIOLATED = 1e-4
NO_WINDOW = (1, 0)
"""An empty window: from 1 until 0."""


class Rows(NamedTuple):
    """Inequalities: a link, and by convoy a window of entries, shape (rows, convoys); since > until where empty."""

    link: Integers
    since_s: Integers
    until_s: Integers


class Entries(NamedTuple):
    """Entries of one link in the solution of a linear program, and to what extent each is made."""

    convoy: Integers
    enter_s: Integers
    share: np.ndarray


@kernel
def windows(
    pair: tuple[int, int], enters_s: tuple[int, int], held_s: Integers, since_s: Integers, until_s: Integers
) -> bool:
    """Write the widest windows that begin at two entries of two convoys; False when the entries do not overlap.

    Whoever else fits between is let in: later convoys' windows follow from those of the pair and do not change them.
    """
    one, other = pair
    one_until_s = enters_s[1] + held_s[other] - 1
    other_until_s = enters_s[0] + held_s[one] - 1
    if one_until_s < enters_s[0] or other_until_s < enters_s[1]:
        return False
    first_s, last_s = min(one_until_s, other_until_s), max(one_until_s, other_until_s)
    for convoy in range(len(held_s)):
        since_s[convoy], until_s[convoy] = last_s - held_s[convoy] + 1, first_s
    since_s[one], until_s[one] = enters_s[0], one_until_s
    since_s[other], until_s[other] = enters_s[1], other_until_s
    return True


@kernel
def broken(entries: Entries, held_s: Integers, since_s: Integers, until_s: Integers) -> float:
    """Find the inequality that the entries of one link break most, write its windows, and return by how much."""
    most = 0.0
    size = len(held_s)
    trial_since_s, trial_until_s = np.empty(size, np.int64), np.empty(size, np.int64)
    count = len(entries.convoy)
    for one in range(count):
        for other in range(one):
            pair = (entries.convoy[one], entries.convoy[other])
            enters_s = (entries.enter_s[one], entries.enter_s[other])
            if pair[0] == pair[1] or not windows(pair, enters_s, held_s, trial_since_s, trial_until_s):
                continue
            total = -1.0
            for entry in range(count):
                convoy = entries.convoy[entry]
                if trial_since_s[convoy] <= entries.enter_s[entry] <= trial_until_s[convoy]:
                    total += entries.share[entry]
            if total > most + 1e-9:
                most = total
                since_s[:], until_s[:] = trial_since_s, trial_until_s
    return most


@kernel
def priced(rows: Rows, prices: Integers, convoy: int, pieces: Pieces) -> None:
    """Write a convoy's prices of entries as pieces; rows come in the order of their links."""
    pieces.size[:] = 0
    made, row = 0, 0
    while row < len(rows.link):
        link, end = rows.link[row], row
        while end < len(rows.link) and rows.link[end] == link:
            end += 1
        edges_s = np.empty(2 * (end - row), np.int64)
        steps = np.empty(2 * (end - row), np.int64)
        count = 0
        for position in range(row, end):
            if prices[position] > 0 and rows.since_s[position, convoy] <= rows.until_s[position, convoy]:
                edges_s[count], steps[count] = rows.since_s[position, convoy], prices[position]
                edges_s[count + 1], steps[count + 1] = rows.until_s[position, convoy] + 1, -prices[position]
                count += 2
        pieces.first[link] = made
        price = 0
        order = np.argsort(edges_s[:count])
        for position in range(count - 1):
            price += steps[order[position]]
            since_s, until_s = edges_s[order[position]], edges_s[order[position + 1]] - 1
            if price > 0 and since_s <= until_s:
                pieces.since_s[made], pieces.until_s[made], pieces.price[made] = since_s, until_s, price
                made += 1
        pieces.size[link] = made - pieces.first[link]
        row = end
