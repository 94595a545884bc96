"""The best makespan of a tiny shuttle problem, by trying everything that vehicles can do.

Vehicles may come back to a pickup, unload at several ends, and carry loads past anything. Without bays and windows they
do not meet: each vehicle's earliest end for its share of the loads is found alone. Shares no code with the planner.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import combinations, product

from safepassage.planner.shuttles import NEVER, ShuttleProblem

Job = tuple[int, int]
"""A load and one of its parts."""


def best_makespan_s(problem: ShuttleProblem) -> int | None:
    """Find the smallest makespan; None when there is none."""
    best = NEVER
    count, vehicles = len(problem.loads), range(len(problem.shuttles))
    known: dict[tuple[int, tuple[int, ...], tuple[str, ...]], int] = {}
    for ends in product(*(load.ends for load in problem.loads)):
        arriving = {
            end: sum(load.people for load, to in zip(problem.loads, ends, strict=True) if to == end) for end in ends
        }
        if any(people > problem.room.get(end, NEVER) for end, people in arriving.items()):
            continue
        for owners in product(vehicles, repeat=count):
            latest = 0
            for vehicle in vehicles:
                own = tuple(n for n in range(count) if owners[n] == vehicle)
                key = (vehicle, own, tuple(ends[n] for n in own))
                if key not in known:
                    known[key] = _alone(problem, vehicle, dict(zip(own, key[2], strict=True)))
                latest = max(latest, known[key])
            best = min(best, latest)
    return None if best >= NEVER else best


def _alone(problem: ShuttleProblem, vehicle: int, ends: dict[int, str]) -> int:
    """Find when one vehicle can have delivered these loads at the earliest (uniform cost search)."""
    shuttle, limits = problem.shuttles[vehicle], problem.limits
    jobs = frozenset((n, k) for n in ends for k in range(len(problem.loads[n].parts)))
    queue: list[tuple[int, int, str, list[Job], list[int]]] = [(shuttle.available_s, 0, shuttle.site, sorted(jobs), [])]
    seen: set[tuple[str, frozenset[Job], frozenset[int]]] = set()
    ticket = 0
    while queue:
        at_s, _, site, waiting, gone = heappop(queue)
        state = (site, frozenset(waiting), frozenset(gone))
        if state in seen:
            continue
        seen.add(state)
        if len(gone) == len(ends):
            return at_s
        for goal, off, on in _stops(problem, ends, waiting, gone):
            if not _fits(problem, vehicle, [job for job in jobs if job not in waiting or job in on], [*gone, *off]):
                continue
            parts = [problem.loads[n].parts[k] for n, k in on]
            ready_s = max([at_s + _way(problem, vehicle, site, goal), *(part.ready_s for part in parts)])
            work_s = sum(part.board_s for part in parts) + sum(problem.loads[n].alight_s for n in off)
            ticket += 1
            left = [job for job in waiting if job not in on]
            heappush(queue, (ready_s + limits.setup_s + work_s, ticket, goal, left, [*gone, *off]))
    return NEVER


def _stops(
    problem: ShuttleProblem, ends: dict[int, str], waiting: list[Job], gone: list[int]
) -> list[tuple[str, tuple[int, ...], tuple[Job, ...]]]:
    """List stops that may come next: where, which loads alight, which parts board."""
    aboard = [n for n in ends if n not in gone and all(job[0] != n for job in waiting)]
    found: list[tuple[str, tuple[int, ...], tuple[Job, ...]]] = []
    for goal in {ends[n] for n in aboard}:
        found += [(goal, off, ()) for off in _subsets([n for n in aboard if ends[n] == goal])]
    for goal in {problem.loads[n].parts[k].site for n, k in waiting}:
        here = [job for job in waiting if problem.loads[job[0]].parts[job[1]].site == goal]
        found += [(goal, (), on) for on in _subsets(here)]
    return found


def _subsets(items: list) -> list[tuple]:  # type: ignore[type-arg]
    return [chosen for size in range(1, len(items) + 1) for chosen in combinations(items, size)]


def _fits(problem: ShuttleProblem, vehicle: int, boarded: list[Job], gone: list[int]) -> bool:
    """Check the places, the people of a load at several sites counted where they board (they are all walking)."""
    used = [0, 0, 0]
    for n, k in boarded:
        load = problem.loads[n]
        if n in gone:
            continue
        sizes = load.sizes if len(load.parts) == 1 else (len(load.parts[k].people), 0, 0)
        used = [a + b for a, b in zip(used, sizes, strict=True)]
    return all(a <= b for a, b in zip(used, problem.shuttles[vehicle].places, strict=True))


def _way(problem: ShuttleProblem, vehicle: int, origin: str, end: str) -> int:
    if origin == end:
        return 0
    return problem.routes[problem.shuttles[vehicle].pace, origin, end][0].travel_s  # type: ignore[index]
