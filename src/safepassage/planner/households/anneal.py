"""Simulated annealing over whole plans.

References
----------
Kirkpatrick, Gelatt and Vecchi (1983), optimization by simulated annealing.
Schrimpf, Schneider, Stamm-Wilbrandt and Dueck (2000), record breaking optimization results using the ruin and recreate
principle: a large change now and then among small ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.fetching import fetch_left
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.rebuilding import rebuild
from safepassage.planner.households.table import LEFT_PEOPLE, TRIPS_HERE, Drives
from safepassage.planner.households.timing import Price, refresh_all
from safepassage.planner.households.trip_moves import exchange_tails, move_trip, redirect, reorder, swap_trips
from safepassage.planner.households.visit_moves import break_off, shift


class Heat(NamedTuple):
    """Temperatures at the beginning and the end, how many changes are tried between, and the share of rebuildings."""

    first: float
    last: float
    iterations: int
    seed: int
    rebuilds: float


@kernel
def anneal(drive: Drives, s: Integers, price: Price, heat: Heat) -> None:
    """Change a state at random, ever less likely for the worse."""
    np.random.seed(heat.seed)
    refresh_all(drive, s)
    cooling = (heat.last / heat.first) ** (1.0 / heat.iterations)
    warming, cold = 1.0 / cooling, 1.0 / heat.first
    for _ in range(heat.iterations):
        cold *= warming
        if s[0, LEFT_PEOPLE] > 0 and np.random.random() < 0.05:
            fetch_left(drive, s, price)
        if s[0, TRIPS_HERE] == 0:
            continue
        if np.random.random() < heat.rebuilds:
            rebuild(drive, s, price, cold)
            continue
        chance = np.random.random()
        if chance < 0.54:
            shift(drive, s, price, cold)
        elif chance < 0.56:
            break_off(drive, s, price, cold)
        elif chance < 0.62:
            reorder(drive, s, price, cold)
        elif chance < 0.76:
            redirect(drive, s, price, cold)
        elif chance < 0.84:
            exchange_tails(drive, s, price, cold)
        elif chance < 0.92:
            swap_trips(drive, s, price, cold)
        else:
            move_trip(drive, s, price, cold)
