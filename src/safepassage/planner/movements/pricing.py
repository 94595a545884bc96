"""Every convoy's cheapest way at given prices of the inequalities, exact in whole numbers.

A way may at first pass a place twice, which no plan does: then it costs too little, but bounds all the same. Places
that turn out to be passed twice are marked for their convoy, and from then on the search remembers them.

References
----------
Righini and Salani (2008), new dynamic programming algorithms for the resource constrained elementary shortest path
problem: decremental state space relaxation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.movements.conflicts import Rows, priced
from safepassage.planner.movements.network import Convoys, Network
from safepassage.planner.movements.problem import Integers, MovementProblem, Route
from safepassage.planner.movements.routing import Aim, Labels, Pieces, find, make_labels, unroll

PART = 1024
"""Parts of a second in which prices are counted."""
LABELS = 400_000
MARKS = 62
"""Places remembered for one convoy: as many as a whole number has bits to spare."""


class Found(NamedTuple):
    """By convoy: what every way costs at least, and the cheapest way (length -1: none, or none that fits)."""

    least: Integers
    length: Integers
    arrives_s: Integers
    links: Integers
    enters_s: Integers


class Way(NamedTuple):
    """A convoy's cheapest way, and what each of its ways costs at least, in parts of a second.

    `route` is None where there is none; `again` tells that it passed a place twice, and that the next search will tell
    more.
    """

    least: int
    route: Route | None
    again: bool = False


@kernel
def price_all(
    network: Network, convoys: Convoys, asked: tuple[Rows, Integers, int], labels: Labels, found: Found
) -> None:
    """Find every convoy's cheapest way, where `asked` are the inequalities, their prices and that of a second."""
    rows, prices, second = asked
    links, size = convoys.travel_s.shape[1], 2 * len(rows.link) + 1
    none = np.zeros(links, np.int64)
    pieces = Pieces(none, none.copy(), np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64))
    for convoy in range(len(convoys.origin)):
        priced(rows, prices, convoy, pieces)
        label, found.least[convoy] = find(network, convoys, convoy, pieces, labels, Aim(second, False, False))
        found.length[convoy] = -1
        if label >= 0:
            travel_s = convoys.travel_s[convoys.pace[convoy]]
            found.arrives_s[convoy] = labels.since_s[label]
            found.length[convoy] = unroll(labels, label, travel_s, found.links[convoy], found.enters_s[convoy])


class Pricing:
    """Room for the search of ways, used again and again."""

    def __init__(self, problem: MovementProblem, layout: tuple[Network, Convoys]) -> None:
        """Provide the room."""
        self.network = layout[0]
        self.convoys = layout[1]._replace(marks=np.zeros_like(layout[1].marks))
        self._ends = problem.ends
        size, room = len(problem.origin), (len(problem.origin), 2 * problem.places)
        self._labels = make_labels(problem.places, LABELS)
        flat, wide = [np.zeros(size, np.int64) for _ in range(3)], [np.zeros(room, np.int64) for _ in range(2)]
        self._found = Found(flat[0], flat[1], flat[2], wide[0], wide[1])

    def ways(self, rows: Rows, prices: Integers, second: int) -> list[Way]:
        """Find every convoy's cheapest way; `second` is the price of a second of the journey."""
        order = np.argsort(rows.link, kind="stable")
        sorted_rows = Rows(rows.link[order], rows.since_s[order], rows.until_s[order])
        price_all(self.network, self.convoys, (sorted_rows, prices[order], second), self._labels, self._found)
        return [self._way(convoy) for convoy in range(len(self._found.least))]

    def _way(self, convoy: int) -> Way:
        found, length = self._found, int(self._found.length[convoy])
        least = int(found.least[convoy])
        if length < 0:
            return Way(least, None)
        if self._mark(convoy, found.links[convoy, :length]):
            return Way(least, None, again=True)
        links, enters_s = found.links[convoy, :length].tolist(), found.enters_s[convoy, :length].tolist()
        arrives_s = int(found.arrives_s[convoy] + self.convoys.passing_s[convoy])
        return Way(least, Route(tuple(links), tuple(enters_s), arrives_s))

    def _mark(self, convoy: int, links: Integers) -> bool:
        """Mark places that a way passes twice, while there are marks left; tell whether there was one."""
        marks = self.convoys.marks[convoy]
        at = int(self.convoys.origin[convoy])
        passed, new = {at}, False
        for link in links.tolist():
            one, other = self._ends[link].tolist()
            at = other if at == one else one
            if at in passed:
                used = int(np.count_nonzero(marks))
                if used < MARKS:
                    marks[at], new = 1 << used, True
            passed.add(at)
        return new
