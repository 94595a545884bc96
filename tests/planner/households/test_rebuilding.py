"""Rebuilding: it prices what it does, and makes plans better on its own."""

from __future__ import annotations

import itertools

import pytest

from planner.households.small import draw
from safepassage.planner.households.classes import classify
from safepassage.planner.households.construct import construct
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.rebuilding import (
    choose_ends,
    price_rebuilt,
    rebuild,
    recreate,
    ruin,
    settle_rebuilt,
)
from safepassage.planner.households.table import (
    DRAFT,
    INSTEAD,
    LEFT_PEOPLE,
    TRIPS_FROM,
    UNTIL,
    VEHICLES,
    VEHICLES_END,
    Drives,
    draw_trip,
    make_drives,
    make_table,
)
from safepassage.planner.households.timing import Price, cost_of, refresh_all

PRICE = Price(900.0, 0.1, 0.05, 1e-4)
NEVER = 1e12
"""So cold that nothing dearer is accepted."""


def first_plan(seed: int, *, mixed: bool) -> tuple[Drives, Integers]:
    problem = draw(seed, mixed=mixed, pickups=6, people=24, vehicles=5)
    drives, table = make_drives(problem), make_table(problem, classify(problem), len(problem.pickup))
    construct(drives, table, PRICE, seed)
    return drives, table


def price_of(table: Integers) -> float:
    return sum(cost_of(table, PRICE, vehicle) for vehicle in range(table[0, VEHICLES], table[0, VEHICLES_END]))


@pytest.mark.parametrize("seed", range(6))
def test_its_price_is_what_the_plan_costs_afterwards(seed: int) -> None:
    drives, table = first_plan(seed, mixed=seed % 2 == 1)
    left, tried = int(table[0, LEFT_PEOPLE]), 0
    for _ in range(60):
        before = price_of(table)
        ruin(drives, table, draw_trip(table))
        if recreate(drives, table, PRICE):
            choose_ends(drives, table)
            delta = price_rebuilt(drives, table, PRICE)
            settle_rebuilt(drives, table)
            assert price_of(table) - before == pytest.approx(delta, abs=1e-6)
            tried += 1
        table[table[0, TRIPS_FROM] : table[0, DRAFT], INSTEAD] = 0
    assert tried > 0
    assert table[0, LEFT_PEOPLE] == left
    until = table[:, UNTIL].copy()
    refresh_all(drives, table)
    assert (until == table[:, UNTIL]).all()


@pytest.mark.parametrize("mixed", [False, True])
def test_it_only_makes_a_plan_better_where_it_is_cold(mixed: bool) -> None:  # noqa: FBT001 - a parameter
    drives, table = first_plan(3, mixed=mixed)
    prices = [price_of(table)]
    for _ in range(300):
        rebuild(drives, table, PRICE, NEVER)
        prices.append(price_of(table))
    assert all(later <= earlier + 1e-6 for earlier, later in itertools.pairwise(prices))
    assert prices[-1] < prices[0]
