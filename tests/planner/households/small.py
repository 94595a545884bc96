"""Small random problems, and an independent check of plans in plain Python: it knows nothing of the search."""

from __future__ import annotations

import numpy as np

from safepassage.planner.households.problem import UNREACHABLE, HouseholdProblem, Solution, Trip


def draw(seed: int, *, mixed: bool, pickups: int = 4, people: int = 14, vehicles: int = 3) -> HouseholdProblem:
    """Draw a problem; `mixed`: types, speeds, stretchers, windows, ready times, choices of shelter, a limit of driving.

    `people` is households per pickup times 3 or so.
    """
    rng = np.random.default_rng(seed)
    count, shelters = pickups * people // 3, 3
    sizes = np.c_[rng.integers(1, 5, count), rng.random(count) < 0.1, np.zeros(count)].astype(np.int64)
    sizes[:, 2] = mixed & (rng.random(count) < 0.1)
    points = rng.random((2 + pickups + shelters, 2)) * 600
    drive = np.sqrt(((points[:, None] - points[None]) ** 2).sum(2)).astype(np.int64)
    allowed = rng.random((count, shelters)) < (0.7 if mixed else 1.0)
    allowed[:, 0] = True
    open_often = tuple((start, start + 400) for start in range(0, 40_000, 500))
    windows = [open_often if mixed and rng.random() < 0.3 else () for _ in range(pickups + shelters)]
    kind = rng.integers(2, size=vehicles) * mixed
    kind[0] = 0
    total = int(sizes.sum())
    return HouseholdProblem(
        pickup=rng.integers(pickups, size=count),
        sizes=sizes,
        board_s=2 * sizes.sum(1),
        alight_s=sizes.sum(1),
        ready_s=rng.integers(300, size=count) * (mixed & (rng.random(count) < 0.2)),
        allowed=allowed,
        places=np.array([[12, 2, 1], [6, 1, 1]]),
        speed=np.array([0, 1]),
        kind=kind,
        yard=rng.integers(2, size=vehicles),
        available_s=rng.integers(100, size=vehicles),
        yards=2,
        pickups=pickups,
        shelters=shelters,
        drive_s=np.stack([drive, drive * 3 // 4]),
        room=np.array([total, total // 3, total // 3]),
        windows=tuple(windows),
        bays=np.zeros(pickups + shelters, np.int64),
        setup_s=20,
        most_pickups=3,
        drive_limit_s=np.full(2, 20_000 if mixed else 2**40),
    )


class BrokenRuleError(Exception):
    """A plan breaks a rule."""


def check(problem: HouseholdProblem, plan: Solution) -> int:
    """Recompute a plan from its household numbers; the makespan."""
    if len(plan.tours) != len(problem.kind):
        raise BrokenRuleError("tours")
    rides = [h for tour in plan.tours for trip in tour for visit in trip.visits for h in visit.households]
    if sorted([*rides, *plan.left]) != list(range(len(problem.pickup))):
        raise BrokenRuleError("a household rides twice, or nobody knows of it")
    room = [int(n) for n in problem.room]
    for tour in plan.tours:
        for trip in tour:
            riders = [h for visit in trip.visits for h in visit.households]
            room[trip.shelter] -= sum(int(problem.sizes[h].sum()) for h in riders)
            if not all(problem.allowed[h, trip.shelter] for h in riders):
                raise BrokenRuleError("shelter not allowed")
    if min(room) < 0:
        raise BrokenRuleError("room")
    return max((_drive_tour(problem, vehicle, tour) for vehicle, tour in enumerate(plan.tours) if tour), default=0)


def _drive_tour(problem: HouseholdProblem, vehicle: int, tour: tuple[Trip, ...]) -> int:
    kind = int(problem.kind[vehicle])
    table = problem.drive_s[int(problem.speed[kind])]
    clock, here, driven = int(problem.available_s[vehicle]), int(problem.yard[vehicle]), 0
    for trip in tour:
        if not trip.visits or len(trip.visits) > problem.most_pickups:
            raise BrokenRuleError("visits")
        riders = [h for visit in trip.visits for h in visit.households]
        for mobility in range(3):
            if sum(int(problem.sizes[h, mobility]) for h in riders) > problem.places[kind, mobility]:
                raise BrokenRuleError("places")
        for visit in trip.visits:
            if not visit.households or any(problem.pickup[h] != visit.pickup for h in visit.households):
                raise BrokenRuleError("pickup")
            there = problem.yards + visit.pickup
            driven += int(table[here, there])
            ready = max(int(problem.ready_s[h]) for h in visit.households)
            lasting = problem.setup_s + sum(int(problem.board_s[h]) for h in visit.households)
            clock = _serve(problem, visit.pickup, max(clock + int(table[here, there]), ready), lasting)
            here = there
        there = problem.yards + problem.pickups + trip.shelter
        driven += int(table[here, there])
        lasting = problem.setup_s + sum(int(problem.alight_s[h]) for h in riders)
        clock = _serve(problem, problem.pickups + trip.shelter, clock + int(table[here, there]), lasting)
        here = there
    if driven > problem.drive_limit_s[kind] or driven >= UNREACHABLE:
        raise BrokenRuleError("driving")
    return clock


def _serve(problem: HouseholdProblem, site: int, earliest: int, lasting: int) -> int:
    """End a service that begins as soon as it fits into a window."""
    if not problem.windows[site]:
        return earliest + lasting
    for since, till in problem.windows[site]:
        if max(earliest, since) + lasting <= till:
            return max(earliest, since) + lasting
    raise BrokenRuleError("window")
