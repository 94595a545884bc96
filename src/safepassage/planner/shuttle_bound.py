"""Lower bound of the shuttle problem: the longest single way, the vehicles' work and flow for parts of the people."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from safepassage.model.ids import SiteId
from safepassage.planner.engine import Clock, solve
from safepassage.planner.shuttle_clock import next_opening
from safepassage.planner.shuttle_relaxation import LARGE, Relaxation, way_s
from safepassage.planner.shuttle_ways import Ways, closed
from safepassage.planner.shuttles import Load, ShuttleProblem


def bound_s(problem: ShuttleProblem, *, incumbent_s: int | None, work: float, seed: int, clock: Clock) -> int:
    """Bound from below when the last load can be delivered.

    Parameters
    ----------
    problem
        Loads and vehicles; every load is delivered.
    incumbent_s
        A makespan already reached, to end the search when it is proved.
    work, seed, clock
        Limits of the solver, over all its calls.

    References
    ----------
    Bish (2011), planning for a bus-based evacuation: vehicles with several trips as work on machines.
    """
    if not problem.least_s:
        problem = msgspec.structs.replace(problem, least_s=closed(problem))
    best_s = longest_single_s(problem)
    shares = list(_parts(problem))
    for share, part in shares:
        if not part.shuttles:
            return LARGE if incumbent_s is None else incumbent_s
        if incumbent_s is not None and best_s >= incumbent_s:
            break
        relaxed = Relaxation(part, best_s, LARGE if incumbent_s is None else min(incumbent_s, LARGE))
        answer = solve(relaxed.model, work=work * share, seed=seed, clock=clock)
        if answer.status == "INFEASIBLE":
            return LARGE if incumbent_s is None else incumbent_s
        best_s = max(best_s, answer.bound or 0)
    return best_s


def _parts(problem: ShuttleProblem) -> Iterator[tuple[float, ShuttleProblem]]:
    """Parts of the problem with a share of the work: those on stretchers, those in wheelchairs, everybody."""
    seen = set()
    for kind, share in zip((2, 1, 0), (0.25, 0.25, 0.5), strict=True):
        kept = tuple(load for load in problem.loads if load.sizes[kind] or kind == 0)
        shuttles = tuple(shuttle for shuttle in problem.shuttles if shuttle.places[kind] or kind == 0)
        if kept and len(kept) not in seen:
            seen.add(len(kept))
            yield share, msgspec.structs.replace(problem, loads=kept, shuttles=shuttles)


def longest_single_s(problem: ShuttleProblem) -> int:
    """Return the latest of the loads' earliest deliveries, each with the vehicle and end that are best for it alone."""
    ways = problem.least_s or closed(problem)
    latest_s = 0
    for load in problem.loads:
        quickest = [
            _alone_s(problem, ways, load, number, end) for number in range(len(problem.shuttles)) for end in load.ends
        ]
        latest_s = max(latest_s, min(quickest, default=0))
    return min(latest_s, LARGE)


def _alone_s(problem: ShuttleProblem, ways: Ways, load: Load, number: int, end: SiteId) -> int:
    shuttle, setup_s = problem.shuttles[number], problem.limits.setup_s
    if any(size > places for size, places in zip(load.sizes, shuttle.places, strict=True)):
        return LARGE
    arrive_s = 0
    for part in load.parts:
        there_s = shuttle.available_s + way_s(ways, shuttle.pace, shuttle.site, part.site)
        loaded_s = next_opening(problem, part.site, max(there_s, part.ready_s), setup_s + part.board_s)
        loaded_s += setup_s + part.board_s
        arrive_s = max(arrive_s, loaded_s + way_s(ways, shuttle.pace, part.site, end))
    service_s = setup_s + load.alight_s
    return min(next_opening(problem, end, arrive_s, service_s) + service_s, LARGE)
