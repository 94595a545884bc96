"""Between plans of households and the table that a search changes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from safepassage.planner.households.classes import Classes, name_households
from safepassage.planner.households.drafts import begin, draft_new, fetch, sum_draft
from safepassage.planner.households.loads import tally
from safepassage.planner.households.problem import Integers, Solution, Trip, Visit
from safepassage.planner.households.table import (
    ALIGHT,
    BOARD,
    BUNDLE,
    CLASSES,
    COUNT,
    DRAFT,
    FIRST_CLASS,
    LEFT,
    LOAD,
    NEXT,
    PICKUP,
    PICKUPS_END,
    PLACE,
    PREVIOUS,
    SERVICE,
    SETUP,
    SHELTER,
    SHELTERS_END,
    STOPS,
    VEHICLES,
    VEHICLES_END,
    Drives,
)


def lay_in(table: Integers, drives: Drives, classes: Classes, plan: Solution) -> None:
    """Put the trips of a plan into an empty table; whoever the plan leaves behind stays so."""
    class_of = {household: one for one, members in enumerate(classes.members) for household in members}
    for vehicle, tour in enumerate(plan.tours, start=int(table[0, VEHICLES])):
        for trip in tour:
            draft = int(table[0, DRAFT])
            draft_new(table, draft, int(table[vehicle, PREVIOUS]), vehicle, int(table[0, PICKUPS_END]) + trip.shelter)
            for k, visit in enumerate(trip.visits, start=1):
                _lay_visit(table, draft, draft + k, visit, class_of)
            sum_draft(drives, table, draft)
            begin(drives, table, draft)


def _lay_visit(table: Integers, draft: int, stop: int, visit: Visit, class_of: dict[int, int]) -> None:
    """Write a stop of a draft and take its households off those left."""
    pickup, bundle = int(table[0, VEHICLES_END]) + visit.pickup, int(table[0, BUNDLE])
    first = int(table[pickup, FIRST_CLASS]) - int(table[0, SHELTERS_END])
    table[bundle] = 0
    np.add.at(table[bundle, COUNT:], [class_of[household] - first for household in visit.households], 1)
    tally(table, pickup, bundle)
    table[stop] = table[bundle]
    table[stop, PLACE], table[stop, PICKUP] = table[pickup, PLACE], pickup
    table[draft, STOPS] += 1
    table[draft, LOAD : LOAD + 3] += table[bundle, LOAD : LOAD + 3]
    table[draft, SERVICE] += table[0, SETUP] + table[bundle, BOARD] + table[bundle, ALIGHT]
    fetch(table, pickup)


def read_out(table: Integers, classes: Classes) -> tuple[tuple[tuple[Trip, ...], ...], tuple[int, ...]]:
    """Name the households of every visit; tours per vehicle, and who is left behind."""
    counts: list[tuple[int, int]] = []
    shape: list[list[tuple[int, list[tuple[int, int]]]]] = []
    for vehicle in range(int(table[0, VEHICLES]), int(table[0, VEHICLES_END])):
        shape.append([])
        t = int(table[vehicle, NEXT])
        while t != vehicle:
            stops = []
            for stop in range(t + 1, t + 1 + int(table[t, STOPS])):
                pickup = int(table[stop, PICKUP])
                first = int(table[pickup, FIRST_CLASS]) - int(table[0, SHELTERS_END])
                present = np.flatnonzero(table[stop, COUNT : COUNT + table[pickup, CLASSES]]).tolist()
                stops.append((pickup - int(table[0, VEHICLES_END]), len(present)))
                counts.extend((first + k, int(table[stop, COUNT + k])) for k in present)
            shape[-1].append((int(table[t, SHELTER] - table[0, PICKUPS_END]), stops))
            t = int(table[t, NEXT])
    left = table[int(table[0, SHELTERS_END]) :, LEFT][: len(classes.members)]
    named = iter(name_households(classes, [*counts, *((one, int(n)) for one, n in enumerate(left))]))
    tours = []
    for tour in shape:
        trips = [Trip(tuple(_name_visit(stop, named) for stop in stops), shelter) for shelter, stops in tour]
        tours.append(tuple(trips))
    return tuple(tours), tuple(sorted(household for rest in named for household in rest))


def _name_visit(stop: tuple[int, int], named: Iterator[list[int]]) -> Visit:
    """Name the households of a stop: its pickup, and how many of its classes have any."""
    pickup, groups = stop
    return Visit(pickup, tuple(sorted(household for _ in range(groups) for household in next(named))))
