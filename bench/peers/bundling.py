"""From a problem to the task of the peers, and from their plan back to tours. Only in the product's environment."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TypeAlias

import numpy as np

from peers.task import FORBIDDEN_S, Plan, Task
from safepassage.planner.busloads.problem import BusloadProblem, Tour
from safepassage.planner.households.problem import HouseholdProblem, Trip, Visit

Members: TypeAlias = list[list[int]]
"""The households of every bundle (whole loads: nothing to remember, the lists are empty)."""


def of_busloads(problem: BusloadProblem) -> tuple[Task, Members]:
    """Make every load a bundle that fills a vehicle."""
    pickup = np.repeat(np.arange(len(problem.loads)), problem.loads)
    one = np.ones(len(pickup), np.int64)
    between_s = np.full((len(problem.loads), len(problem.loads)), FORBIDDEN_S)
    np.fill_diagonal(between_s, 0)
    task = Task(
        pickup=pickup,
        service_s=0 * one,
        load=one[:, None],
        people=one,
        capacity=np.ones(1, np.int64),
        vehicles=problem.vehicles,
        room=problem.room,
        start_s=problem.start_s,
        between_s=between_s,
        loaded_s=problem.loaded_s,
        empty_s=problem.empty_s,
        most_pickups=np.ones(1, np.int64),
    )
    return task, [[] for _ in pickup]


def of_households(problem: HouseholdProblem, grain: int) -> tuple[Task, Members]:
    """Gather the households of every pickup into bundles, by best fit and the largest first.

    Where `grain` is a whole vehicle, what remains after the bundles that fill it to the last seat or all but makes
    one more bundle; a smaller grain makes more and smaller ones, which take longer and fill vehicles better.

    Raises
    ------
    ValueError
        For what no peer's formulation here expresses: vehicle types, windows, instants of readiness, shelters that a
        household may not use, limits of driving.
    """
    alike = len(np.unique(problem.kind)) == 1 and not problem.available_s.any() and problem.drive_limit_s.min() > 10**9
    plain = problem.allowed.all() and not problem.ready_s.any() and not any(problem.windows) and not problem.bays.any()
    if not (alike and plain):
        raise ValueError(
            "peers are measured on instances without types, windows, readiness, choices and driving limits"
        )
    seats = int(problem.places[problem.kind[0], 0])
    waiting: dict[int, list[int]] = defaultdict(list)
    for household, pickup in enumerate(problem.pickup):
        waiting[int(pickup)].append(household)
    members: Members = []
    for households in waiting.values():
        members += _packed(problem, households, min(grain, seats))
    drive_s = problem.drive_s[problem.speed[problem.kind[0]]]
    yards, shelters = slice(0, problem.yards), slice(problem.yards + problem.pickups, None)
    pickups = slice(problem.yards, problem.yards + problem.pickups)
    between_s = drive_s[pickups, pickups] + problem.setup_s
    np.fill_diagonal(between_s, 0)
    load = np.array([problem.sizes[bundle].sum(axis=0) for bundle in members])
    used = load.any(axis=0)
    task = Task(
        pickup=np.array([problem.pickup[bundle[0]] for bundle in members]),
        service_s=np.array([(problem.board_s[bundle] + problem.alight_s[bundle]).sum() for bundle in members]),
        load=load[:, used],
        people=load.sum(axis=1),
        capacity=problem.places[problem.kind[0]][used],
        vehicles=np.bincount(problem.yard, minlength=problem.yards),
        room=problem.room,
        start_s=drive_s[yards, pickups] + problem.setup_s,
        between_s=between_s,
        loaded_s=drive_s[pickups, shelters] + problem.setup_s,
        empty_s=drive_s[shelters, pickups] + problem.setup_s,
        most_pickups=np.array([problem.most_pickups]),
    )
    return task, members


def _packed(problem: HouseholdProblem, households: list[int], seats: int) -> Members:
    """Pack households into bins of so many seats by best fit, decreasing; a larger household has its own bin."""
    bins: Members = []
    free: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
    places = problem.places[problem.kind[0]].copy()
    places[0] = min(places[0], seats)
    for household in sorted(households, key=lambda h: (-int(problem.sizes[h].sum()), h)):
        size = problem.sizes[household]
        fitting = [number for number, left in enumerate(free) if (left >= size).all()]
        if fitting:
            best = min(fitting, key=lambda number: int(free[number][0] - size[0]))
            bins[best].append(household)
            free[best] = free[best] - size
        else:
            bins.append([household])
            free.append(places - size)
    return bins


def busload_tours(task: Task, plan: Plan) -> tuple[Tour, ...]:
    """Read a plan as tours of whole loads."""
    return tuple(
        Tour(yard, tuple((int(task.pickup[bundle]), shelter) for bundles, shelter in trips for bundle in bundles))
        for yard, trips in plan
    )


def household_tours(
    problem: HouseholdProblem, task: Task, members: Members, plan: Plan
) -> tuple[tuple[Trip, ...], ...]:
    """Read a plan as tours of households, one for every vehicle: vehicles of a yard are alike.

    Raises
    ------
    ValueError
        When a yard has not so many vehicles.
    """
    free = {yard: np.flatnonzero(problem.yard == yard).tolist() for yard in range(problem.yards)}
    tours: list[tuple[Trip, ...]] = [()] * len(problem.kind)
    for yard, trips in plan:
        if not free[yard]:
            raise ValueError(f"the plan uses more vehicles than stand in yard {yard}")
        tours[free[yard].pop(0)] = tuple(Trip(_visits(task, members, bundles), shelter) for bundles, shelter in trips)
    return tuple(tours)


def _visits(task: Task, members: Members, bundles: list[int]) -> tuple[Visit, ...]:
    """Make one visit of the bundles that board one after the other at a pickup."""
    return tuple(
        Visit(pickup, tuple(household for bundle in group for household in members[bundle]))
        for pickup, group in groupby(bundles, key=lambda bundle: int(task.pickup[bundle]))
    )
