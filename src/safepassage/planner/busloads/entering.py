"""How many vehicles come into a set of places at least: a small programme over the drives that touch it.

Whatever is taken within the set takes time, and vehicles have only so much of it from when they come in. In fractions,
rounded up, because vehicles are whole.

References
----------
Kohl, Desrosiers, Madsen, Solomon and Soumis (1999): cuts on how many vehicles a set of customers needs.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from safepassage.planner.busloads.crossings import Drives, Places, entries, from_within, too_long
from safepassage.planner.busloads.master import Reals
from safepassage.planner.busloads.pricing import Needs

OPTIMAL = 0
"""What the solver answers."""
AMISS = 1e-3
"""Differences that may be the solver's rounding."""


def least_entries(drives: Drives, places: Places, needs: Needs, horizon_s: int, *, seconds: float) -> int:
    """Return how many drives into a set every plan within a horizon has at least.

    Parameters
    ----------
    drives
        All drives that such a plan may use.
    places
        The set, shape (sources + shelters,).
    seconds
        After which nothing is known: 0. The same where the solver finds nothing.
    """
    near = _touching(drives, places, len(needs.loads))
    equal, counts = _taken(near, places, needs)
    if not equal or not len(near.tail):
        return 0
    above, most = _allowed(near, places, needs, horizon_s)
    found = linprog(  # type: ignore[call-overload]  # its stubs know no sparse matrices
        entries(near, places).astype(float),
        A_eq=csr_array(np.array(equal)),
        b_eq=counts,
        A_ub=csr_array(np.array(above)),
        b_ub=most,
        options={"time_limit": max(0.01, seconds)},
    )
    return math.ceil(found.fun - AMISS) if found.status == OPTIMAL else 0


def _touching(drives: Drives, places: Places, sources: int) -> Drives:
    """Return the drives into the set and within, and from its sources; of those from other places the soonest.

    Drives that nothing but their instant tells apart need not all be looked at, nor those that leave a shelter.
    """
    started, within = drives.tail < 0, from_within(drives, places)
    into = entries(drives, places)
    kept = (within & (places[drives.head] | (drives.tail < sources))) | (into & started)
    others = np.flatnonzero(into & ~started)
    others = others[np.argsort(drives.before_s[others], kind="stable")]
    kept[others[np.unique(drives.head[others], return_index=True)[1]]] = True
    return drives.only(kept)


def _taken(near: Drives, places: Places, needs: Needs) -> tuple[list[Reals], list[int]]:
    """Return the rows of loads: vehicles come to each source of the set, and leave it, as often as there are."""
    rows: list[Reals] = []
    counts: list[int] = []
    for source in np.flatnonzero(places[: len(needs.loads)]).tolist():
        rows += [(near.head == source).astype(float), (near.tail == source).astype(float)]
        counts += 2 * [int(needs.loads[source])]
    return rows, counts


def _allowed(near: Drives, places: Places, needs: Needs, horizon_s: int) -> tuple[list[Reals], list[int]]:
    """Return the rows of time, of room, of who may leave a shelter of the set, and of yards."""
    rows: list[Reals] = [too_long(near, places, horizon_s) / horizon_s]
    most = [0]
    for shelter, room in enumerate(needs.room.tolist(), len(needs.loads)):
        arrived = (near.head == shelter).astype(float)
        rows.append(arrived)
        most.append(room)
        if places[shelter]:
            rows.append((near.tail == shelter) - arrived)
            most.append(0)
    for yard, vehicles in enumerate(needs.vehicles.tolist()):
        rows.append((near.tail == -1 - yard).astype(float))
        most.append(vehicles)
    return rows, most
