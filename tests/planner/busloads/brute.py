"""Every plan of a tiny bus evacuation problem, and random tiny problems to try it on."""

from __future__ import annotations

from functools import cache

import numpy as np

from safepassage.planner.busloads.problem import UNREACHABLE, BusloadProblem, Tour, length_s

Counts = tuple[int, ...]


def least_makespan_s(problem: BusloadProblem) -> int:
    """Return the least makespan of all plans; UNREACHABLE where there is none."""
    yards = np.repeat(np.arange(len(problem.vehicles)), problem.vehicles).tolist()
    lengths = [_shortest(problem, yard) for yard in yards]

    @cache
    def best(vehicle: int, loads: Counts, room: Counts) -> int:
        if not any(loads):
            return 0
        if vehicle == len(lengths):
            return UNREACHABLE
        least = best(vehicle + 1, loads, room)
        for (taken, filled), lasts_s in lengths[vehicle].items():
            if lasts_s < least and all(f <= r for f, r in zip(filled, room, strict=True)):
                if problem.exact and any(t > n for t, n in zip(taken, loads, strict=True)):
                    continue
                left = tuple(max(0, n - t) for t, n in zip(taken, loads, strict=True))
                rest = best(vehicle + 1, left, tuple(r - f for f, r in zip(filled, room, strict=True)))
                least = min(least, max(lasts_s, rest))
        return least

    return best(0, tuple(problem.loads.tolist()), tuple(problem.room.tolist()))


def _shortest(problem: BusloadProblem, yard: int) -> dict[tuple[Counts, Counts], int]:
    """Return the shortest length of every content a tour from a yard may have."""
    sources, shelters = problem.loaded_s.shape
    found: dict[tuple[Counts, Counts], int] = {}

    def go_on(runs: tuple[tuple[int, int], ...]) -> None:
        if runs:
            taken = tuple(sum(i == source for source, _ in runs) for i in range(sources))
            filled = tuple(sum(j == shelter for _, shelter in runs) for j in range(shelters))
            if any(filled[j] > problem.room[j] for j in range(shelters)):
                return
            if problem.exact and any(taken[i] > problem.loads[i] for i in range(sources)):
                return
            lasts_s = length_s(problem, Tour(yard, runs))
            if lasts_s >= UNREACHABLE:
                return
            found[taken, filled] = min(lasts_s, found.get((taken, filled), UNREACHABLE))
        for i in range(sources):
            for j in range(shelters):
                go_on((*runs, (i, j)))

    go_on(())
    return found


def tiny(seed: int, *, exact: bool) -> BusloadProblem:
    """Return a random problem: one or two yards, up to 3 x 2 places, few loads, empty runs unlike the loaded ones."""
    rng = np.random.default_rng((seed, 7))
    sources, shelters, yards = rng.integers(1, 4), rng.integers(1, 3), rng.integers(1, 3)
    loads = rng.integers(1, 3, sources)
    room = rng.integers(0, 4, shelters)
    while not loads.sum() <= room.sum() <= 4:
        loads, room = rng.integers(0, 3, sources), rng.integers(0, 4, shelters)
    vehicles = rng.integers(0, 3, yards)
    vehicles[0] += not vehicles.any()
    return BusloadProblem(
        vehicles=vehicles,
        start_s=rng.integers(0, 11, (yards, sources)),
        loaded_s=rng.integers(1, 11, (sources, shelters)),
        empty_s=rng.integers(0, 11, (shelters, sources)),
        loads=loads,
        room=room,
        exact=exact,
    )


def is_a_plan(problem: BusloadProblem, tours: tuple[Tour, ...]) -> bool:
    """Return whether tours use no more vehicles and room than there are, and take the loads by the convention."""
    vehicles, loads, room = (np.zeros_like(counts) for counts in (problem.vehicles, problem.loads, problem.room))
    for tour in tours:
        vehicles[tour.yard] += 1
        for source, shelter in tour.runs:
            loads[source] += 1
            room[shelter] += 1
    taken = loads == problem.loads if problem.exact else loads >= problem.loads
    return bool(taken.all() and (vehicles <= problem.vehicles).all() and (room <= problem.room).all())
