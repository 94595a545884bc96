"""Bounds lie below what is possible: against the optimum by trying everything, on convoys small enough for that."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from planner.small import FAR_S, LIMITS, convoy, operation, person, sites, vehicle
from planner.support import planned
from safepassage.model.fleet import Vehicle
from safepassage.model.operation import Operation
from safepassage.model.people import Person

PLACES = {"walking": 0, "wheelchair": 1, "stretcher": 2}


@st.composite
def tiny(draw: st.DrawFn) -> Operation:
    """Draw one convoy of two or three vehicles for three to five people, bays or none."""
    count = draw(st.integers(2, 3))
    buses = [
        vehicle(
            f"B{n}",
            convoy="C",
            seats=draw(st.integers(1, 5)),
            wheelchair_bays=draw(st.integers(0, 1)),
            position=draw(st.sampled_from(("head", "body"))),
            available_from_s=draw(st.sampled_from((0, 0, 400))),
        )
        for n in range(count)
    ]
    mobilities = draw(st.lists(st.sampled_from(("walking", "walking", "wheelchair")), min_size=3, max_size=5))
    who = [person(f"P{n}", mobility=mobility) for n, mobility in enumerate(mobilities)]
    bays = {"square": {"bays": draw(st.integers(0, 2))}, "camp": {"bays": draw(st.integers(0, 2))}}
    limits = replace(LIMITS, setup_s=draw(st.sampled_from((0, 60))))
    spacing_s = draw(st.sampled_from((0, 30, 100)))
    return operation(who, buses, [convoy(spacing_s=spacing_s)], sites=sites(**bays), limits=limits)


def optimum_s(asked: Operation) -> int | None:
    """Try every order of the vehicles, every seating, every order at the bays; None when nobody can seat them all."""
    best = None
    ranks = {"head": 0, "body": 1, "tail": 2}
    orders = [
        order
        for order in permutations(asked.vehicles)
        if [ranks[v.position] for v in order] == sorted(ranks[v.position] for v in order)
    ]
    for order in orders:
        for seated in product(range(len(order)), repeat=len(asked.people)):
            found = _seated_s(asked, order, seated)
            if found is not None and (best is None or found < best):
                best = found
    return best


def _seated_s(asked: Operation, order: tuple[Vehicle, ...], seated: tuple[int, ...]) -> int | None:
    aboard: list[list[Person]] = [[] for _ in order]
    for who, place in zip(asked.people, seated, strict=True):
        aboard[place].append(who)
    for bus, riding in zip(order, aboard, strict=True):
        places = (bus.seats, bus.wheelchair_bays, bus.stretchers)
        for mobility, kind in PLACES.items():
            if sum(who.mobility == mobility for who in riding) > places[kind]:
                return None
    limits, bays = asked.limits, {str(one.id): one.bays for one in asked.sites}
    spacing_s = asked.convoys[0].spacing_s
    boarding = [limits.setup_s + sum(limits.board_s(p.mobility) for p in riding) if riding else 0 for riding in aboard]
    alighting = [
        limits.setup_s + sum(limits.alight_s(p.mobility) for p in riding) if riding else 0 for riding in aboard
    ]
    free = [bus.available_from_s for bus in order]
    departs_s = min(
        max(end - spacing_s * k for k, end in enumerate(ends)) for ends in _served(boarding, free, bays["square"])
    )
    departs_s = max(departs_s, free[0])
    coming = [spacing_s * k for k in range(len(order))]
    spread_s = min(
        max(end for end, lasts in zip(ends, alighting, strict=True) if lasts)
        for ends in _served(alighting, coming, bays["camp"])
    )
    return departs_s + 2 * FAR_S + spread_s


def _served(lasting: list[int], ready: list[int], bays: int) -> list[list[int]]:
    """When each is served, for every order in which they can take the bays."""
    working = [n for n, lasts in enumerate(lasting) if lasts]
    found = []
    for order in permutations(working):
        free = [0] * (bays or len(lasting))
        ends = list(ready)
        for n in order:
            bay = min(range(len(free)), key=free.__getitem__)
            ends[n] = free[bay] = max(free[bay], ready[n]) + lasting[n]
        found.append(ends)
    return found


@pytest.mark.no_cover
@settings(max_examples=120)
@given(tiny())
def test_no_plan_beats_the_bound_and_what_is_called_optimal_is(asked: Operation) -> None:
    best = optimum_s(asked)
    made = planned(asked)
    if best is None:
        assert made.status == "infeasible"
        assert made.clashes[0].proved
        return
    assert made.objective is not None
    assert made.bound_s is not None
    assert made.bound_s <= best <= made.objective.makespan_s
    assert made.status != "optimal" or made.objective.makespan_s == best


def test_the_bound_is_met_where_nothing_is_lost() -> None:
    made = planned(operation([person("P1")], [vehicle("B1", convoy="C")], [convoy()]))
    assert made.status == "optimal"
    assert made.bound_s == 60 + 10 + 2 * FAR_S + 60 + 5
