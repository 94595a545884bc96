"""Tiny instances, every solution of them, and the check of one."""

from __future__ import annotations

import numpy as np

from safepassage.planner.busloads.problem import UNREACHABLE, BusloadProblem, Tour, length_s


def draw(seed: int, *, exact: bool = True, yards: int = 2) -> BusloadProblem:
    """Return two or three sources with up to four loads, two shelters, two or three vehicles; any times."""
    rng = np.random.default_rng(seed)
    sources, shelters = int(rng.integers(1, 4)), 2
    loads = np.ones(sources, dtype=np.int64)
    loads[0] += rng.integers(0, 2)
    room = rng.integers(1, 4, shelters)
    room[0] = max(room[0], loads.sum() - room[1])
    vehicles = rng.integers(0, 2, yards)
    vehicles[0] += 1
    return BusloadProblem(
        vehicles=vehicles,
        start_s=rng.integers(1, 40, (yards, sources)),
        loaded_s=rng.integers(1, 20, (sources, shelters)),
        empty_s=rng.integers(1, 20, (shelters, sources)),
        loads=loads,
        room=room,
        exact=exact,
    )


def city(sources: int = 30, seed: int = 0) -> BusloadProblem:
    """Return a small city: four shelters, six vehicles in two yards, about two loads a source, plane distances."""
    rng = np.random.default_rng(seed)
    at_sources, at_shelters, at_yards = rng.random((sources, 2)), rng.random((4, 2)), rng.random((2, 2))
    loads = rng.integers(1, 4, sources)

    def driven_s(these: np.ndarray, those: np.ndarray) -> np.ndarray:
        gap = these[:, None] - those[None]
        driven: np.ndarray = np.rint(1000 * np.hypot(gap[..., 0], gap[..., 1])).astype(np.int64)
        return driven

    times_s = driven_s(at_sources, at_shelters)
    return BusloadProblem(
        vehicles=np.array([3, 3]),
        start_s=driven_s(at_yards, at_sources),
        loaded_s=times_s,
        empty_s=np.ascontiguousarray(times_s.T),
        loads=loads,
        room=np.full(4, -(-int(loads.sum()) // 3)),
    )


def check(problem: BusloadProblem, tours: tuple[Tour, ...]) -> None:
    """Assert that tours serve all loads within the room, with no more vehicles than there are."""
    served, filled = np.zeros_like(problem.loads), np.zeros_like(problem.room)
    for tour in tours:
        for source, shelter in tour.runs:
            served[source] += 1
            filled[shelter] += 1
    assert (served == problem.loads).all() if problem.exact else (served >= problem.loads).all()
    assert (filled <= problem.room).all()
    used = np.bincount([tour.yard for tour in tours if tour.runs], minlength=problem.vehicles.size)
    assert (used <= problem.vehicles).all()


def optimum_s(problem: BusloadProblem) -> int:
    """Try all tours, vehicle by vehicle; at least once: with up to one run beyond the need."""
    yards = np.repeat(np.arange(problem.vehicles.size), problem.vehicles).tolist()
    spare = 0 if problem.exact else 1
    best = UNREACHABLE

    def extend(vehicle: int, runs: tuple[tuple[int, int], ...], longest: int, need: list[int], room: list[int]) -> None:
        nonlocal best
        longest = max(longest, length_s(problem, Tour(yards[vehicle], runs)))
        if longest >= best:
            return
        if max(need) <= 0:
            best = longest
            return
        if vehicle + 1 < len(yards):
            extend(vehicle + 1, (), longest, need, room)
        beyond = -sum(min(0, left) for left in need)
        for source, left in enumerate(need):
            if left <= 0 and beyond >= spare:
                continue
            for shelter, free in enumerate(room):
                if free:
                    need[source] -= 1
                    room[shelter] -= 1
                    extend(vehicle, (*runs, (source, shelter)), longest, need, room)
                    need[source] += 1
                    room[shelter] += 1

    extend(0, (), 0, problem.loads.tolist(), problem.room.tolist())
    return best
