"""Search for good tours: runs are filled nearest first, then annealed by moving bundles and runs between vehicles.

References
----------
Kirkpatrick, Gelatt and Vecchi (1983), optimization by simulated annealing.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from safepassage.model.ids import SiteId
from safepassage.planner.referrals import fits
from safepassage.planner.shuttles import Run, ShuttleProblem, Timing, Tours, time_tours, visits


def search(
    problem: ShuttleProblem, *, iterations: int, seed: int, stop: Callable[[Timing], bool]
) -> tuple[Tours, Timing, list[int]] | None:
    """Find tours that deliver everybody early.

    Parameters
    ----------
    problem
        Loads, vehicles, routes.
    iterations
        Moves tried.
    seed
        Same seed, same tours.
    stop
        Asked now and then with the best timing; True ends the search.

    Returns
    -------
    tuple or None
        Tours, their timing and the loads left behind (none fits any vehicle's next run); None when not even the first tours can be driven.
    """
    rng = random.Random(seed)
    tours, left = first_tours(problem)
    timing = time_tours(problem, tours)
    if timing is None:
        return None
    current, best = (tours, timing), (tours, timing)
    heat = max(30.0, timing.makespan_s / 30)
    for iteration in range(iterations):
        if iteration % 32 == 0 and stop(best[1]):
            break
        trial = _varied(problem, current[0], rng)
        if trial is None:
            continue
        timed = time_tours(problem, trial)
        if timed is None:
            continue
        warmth = heat * (1 - iteration / iterations) ** 2 + 1e-9
        worse = _energy(problem, timed) - _energy(problem, current[1])
        if worse <= 0 or rng.random() < math.exp(-worse / warmth):
            current = (trial, timed)
            if _rank(timed) < _rank(best[1]):
                best = current
    return best[0], best[1], left


def _rank(timing: Timing) -> tuple[int, int, int]:
    return timing.makespan_s, timing.exposure_person_s, timing.distance_m


def _energy(problem: ShuttleProblem, timing: Timing) -> float:
    """The makespan, softened: the mean end of vehicles and of people tell apart plans with equal last arrivals."""
    people = sum(load.people for load in problem.loads) or 1
    ends = sum(timing.ended_s) / len(timing.ended_s)
    return timing.makespan_s + 0.15 * ends + 0.05 * timing.exposure_person_s / people + 1e-4 * timing.distance_m


def first_tours(problem: ShuttleProblem) -> tuple[Tours, list[int]]:
    """Fill runs one after the other: the vehicle that would be back first takes the next loads of its fullest site."""
    tours: Tours = [[] for _ in problem.shuttles]
    ends_s = [shuttle.available_s for shuttle in problem.shuttles]
    places = [shuttle.site for shuttle in problem.shuttles]
    room = dict(problem.room)
    waiting = sorted(range(len(problem.loads)), key=lambda n: (-problem.loads[n].people, n))
    idle: set[int] = set()
    while waiting and len(idle) < len(tours):
        number = min((n for n in range(len(tours)) if n not in idle), key=lambda n: (ends_s[n], n))
        run, end_s = _best_run(problem, number, places[number], ends_s[number], (waiting, room))
        if run is None:
            idle.add(number)
            continue
        tours[number].append(run)
        ends_s[number], places[number] = end_s, run.end
        for load in run.loads:
            waiting.remove(load)
            if run.end in room:
                room[run.end] -= problem.loads[load].people
    return tours, waiting


def _best_run(
    problem: ShuttleProblem,
    number: int,
    here: SiteId,
    at_s: int,
    stock: tuple[list[int], dict[SiteId, int]],
) -> tuple[Run | None, int]:
    """Of all (first site, end), the run that moves the most people a second."""
    waiting, room = stock
    shuttle = problem.shuttles[number]
    best: tuple[float, int, Run] | None = None
    starts = sorted({problem.loads[n].parts[0].site for n in waiting})
    ends = sorted({end for n in waiting for end in problem.loads[n].ends})
    for start in starts:
        for end in ends:
            loads = _fill(problem, number, start, end, stock)
            if not loads:
                continue
            sites = visits(problem, loads)
            way = [here, *sites, end]
            legs = [
                problem.routes.get((shuttle.speed_percent, a, b))
                for a, b in zip(way, way[1:], strict=False)
                if a != b
            ]
            if any(not leg for leg in legs):
                continue
            seconds = sum(leg[0].travel_s for leg in legs if leg) + problem.limits.setup_s * (len(sites) + 1)
            seconds += sum(p.board_s for n in loads for p in problem.loads[n].parts)
            seconds += sum(problem.loads[n].alight_s for n in loads)
            value = sum(problem.loads[n].people for n in loads) / seconds
            if best is None or value > best[0]:
                best = (value, at_s + seconds, Run(loads, end, sites))
    return (None, at_s) if best is None else (best[2], best[1])


def _fill(
    problem: ShuttleProblem, number: int, start: SiteId, end: SiteId, stock: tuple[list[int], dict[SiteId, int]]
) -> list[int]:
    waiting, room = stock
    places = problem.shuttles[number].places
    taken: list[int] = []
    free = room.get(end, 2**40)
    for n in waiting:
        load = problem.loads[n]
        if load.parts[0].site != start or end not in load.ends or load.people > free:
            continue
        if accepts(problem, [*taken, n], places):
            taken.append(n)
            free -= load.people
    return taken


def accepts(problem: ShuttleProblem, loads: list[int], places: tuple[int, int, int]) -> bool:
    """Tell whether the loads may ride together: places, kept apart, number of sites."""
    if not fits(places, *(problem.loads[n].sizes for n in loads)):
        return False
    together = set(loads)
    if any(problem.loads[n].apart & together for n in loads):
        return False
    sites = visits(problem, loads)
    least = max((len(problem.loads[n].parts) for n in loads), default=1)
    return len(sites) <= max(problem.limits.pickups_per_trip, least)


def _varied(problem: ShuttleProblem, tours: Tours, rng: random.Random) -> Tours | None:
    """Copy the tours with one random change; None when the change breaks a rule."""
    filled = [(v, r) for v, tour in enumerate(tours) for r in range(len(tour))]
    if not filled:
        return None
    move = rng.random()
    if move < 0.3:
        return _move_load(problem, tours, rng, filled)
    if move < 0.6:
        return _swap_loads(problem, tours, rng, filled)
    if move < 0.75:
        return _move_run(problem, tours, rng, filled)
    if move < 0.85:
        return _swap_runs(problem, tours, rng, filled)
    if move < 0.95:
        return _change_end(problem, tours, rng, filled)
    return _turn_sites(tours, rng, filled)


_Places = list[tuple[int, int]]


def _copy(tours: Tours, *changed: int) -> Tours:
    return [
        [Run(list(run.loads), run.end, list(run.sites)) for run in tour] if number in changed else tour
        for number, tour in enumerate(tours)
    ]


def _settle(problem: ShuttleProblem, tours: Tours, *changed: int) -> Tours | None:
    """Put visited sites right and drop empty runs after a change; None when a run or an end is overfull."""
    for number in changed:
        kept = []
        for run in tours[number]:
            if not run.loads:
                continue
            needed = visits(problem, run.loads)
            run.sites = [s for s in run.sites if s in needed] + [s for s in needed if s not in run.sites]
            wrong_end = any(run.end not in problem.loads[n].ends for n in run.loads)
            if wrong_end or not accepts(problem, run.loads, problem.shuttles[number].places):
                return None
            kept.append(run)
        tours[number] = kept
    if problem.room:
        arriving: dict[SiteId, int] = {}
        for tour in tours:
            for run in tour:
                people = sum(problem.loads[n].people for n in run.loads)
                arriving[run.end] = arriving.get(run.end, 0) + people
        if any(people > problem.room.get(end, people) for end, people in arriving.items()):
            return None
    return tours


def _move_load(problem: ShuttleProblem, tours: Tours, rng: random.Random, filled: _Places) -> Tours | None:
    (a, i), (b, j) = rng.choice(filled), rng.choice(filled)
    fresh = rng.random() < 0.15
    if (a, i) == (b, j) and not fresh:
        return None
    changed = _copy(tours, a, b)
    run = changed[a][i]
    load = run.loads.pop(rng.randrange(len(run.loads)))
    if fresh:
        new = Run([load], run.end, visits(problem, [load]))
        changed[b].insert(rng.randrange(len(changed[b]) + 1), new)
    else:
        changed[b][j].loads.append(load)
    return _settle(problem, changed, a, b)


def _swap_loads(problem: ShuttleProblem, tours: Tours, rng: random.Random, filled: _Places) -> Tours | None:
    (a, i), (b, j) = rng.choice(filled), rng.choice(filled)
    if (a, i) == (b, j):
        return None
    changed = _copy(tours, a, b)
    one, other = changed[a][i].loads, changed[b][j].loads
    x, y = rng.randrange(len(one)), rng.randrange(len(other))
    one[x], other[y] = other[y], one[x]
    return _settle(problem, changed, a, b)


def _move_run(problem: ShuttleProblem, tours: Tours, rng: random.Random, filled: _Places) -> Tours | None:
    a, i = rng.choice(filled)
    b = rng.randrange(len(tours))
    changed = _copy(tours, a, b)
    run = changed[a].pop(i)
    changed[b].insert(rng.randrange(len(changed[b]) + 1), run)
    return _settle(problem, changed, a, b)


def _swap_runs(problem: ShuttleProblem, tours: Tours, rng: random.Random, filled: _Places) -> Tours | None:
    (a, i), (b, j) = rng.choice(filled), rng.choice(filled)
    if (a, i) == (b, j):
        return None
    changed = _copy(tours, a, b)
    changed[a][i], changed[b][j] = changed[b][j], changed[a][i]
    return _settle(problem, changed, a, b)


def _change_end(problem: ShuttleProblem, tours: Tours, rng: random.Random, filled: _Places) -> Tours | None:
    (a, i), (b, j) = rng.choice(filled), rng.choice(filled)
    changed = _copy(tours, a, b)
    run, other = changed[a][i], changed[b][j]
    if rng.random() < 0.5 and run.end != other.end:
        run.end, other.end = other.end, run.end
    else:
        run.end = rng.choice(sorted({end for n in run.loads for end in problem.loads[n].ends}))
    return _settle(problem, changed, a, b)


def _turn_sites(tours: Tours, rng: random.Random, filled: _Places) -> Tours | None:
    a, i = rng.choice(filled)
    if len(tours[a][i].sites) < 2:
        return None
    changed = _copy(tours, a)
    changed[a][i].sites.reverse()
    return changed
