"""Ambulance rounds: every patient to a hospital, treated, and back at the site, as early as can be.

The search varies the runs of each ambulance (who goes out together, who is fetched together, in which order) and each
group's hospital; `rounds_clockwork` times them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from msgspec import Struct

from safepassage.planner.rounds_clockwork import Schedule, time_runs
from safepassage.planner.rounds_moves import Lines, varied
from safepassage.planner.rounds_problem import Rounds, companion_of, fits, rounds
from safepassage.planner.rounds_yard import BACK, NO_ROAD, OUT, Run, Yard

__all__ = ["Rounds", "Schedule", "companion_of", "fits", "rounds", "search"]

TRIALS_PER_ITERATION = 4


class _Best(Struct, kw_only=True):
    """What the annealing holds: the lines it stands on with their energy, and the best schedule so far."""

    lines: Lines
    energy: float
    schedule: Schedule


def search(problem: Rounds, *, iterations: int, seed: int, stop: Callable[[Schedule], bool]) -> Schedule | None:
    """Search for early rounds by simulated annealing over the ambulances' runs.

    Parameters
    ----------
    problem
        The compiled referrals; must have at least one group.
    iterations
        Amount of work: each tries a few changes.
    seed
        Of the random numbers: the same seed and iterations give the same rounds.
    stop
        Asked now and then with the best schedule; True ends the search (a bound is reached, time is up).

    Returns
    -------
    Schedule or None
        None when some group fits into no ambulance or reaches no hospital.

    References
    ----------
    Kirkpatrick, Gelatt and Vecchi (1983), optimization by simulated annealing.
    """
    yard = Yard(problem)
    lines = first_lines(yard)
    first = None if lines is None else time_runs(yard, lines.runs, lines.hospital)
    if lines is None or first is None:
        return None
    rng = random.Random(seed)
    held = _Best(lines=lines, energy=energy(first), schedule=first)
    trials = iterations * TRIALS_PER_ITERATION
    span_s = first.closed_s - min(a.available_s for a in problem.ambulances)
    hot, cold = max(30.0, span_s / 40), 5.0
    for trial in range(trials):
        if trial % 16 == 0 and stop(held.schedule):
            break
        _step(yard, held, rng, hot * (cold / hot) ** (trial / trials))
    return held.schedule


def _step(yard: Yard, held: _Best, rng: random.Random, warmth: float) -> None:
    """Try one change; keep it when it is better, or by chance."""
    lines = varied(yard, held.lines, rng)
    schedule = None if lines is None else time_runs(yard, lines.runs, lines.hospital)
    if lines is None or schedule is None:
        return
    found = energy(schedule)
    if found <= held.energy or rng.random() < math.exp((held.energy - found) / warmth):
        held.lines, held.energy = lines, found
        if schedule.cost < held.schedule.cost:
            held.schedule = schedule


def energy(schedule: Schedule) -> float:
    """Return what the annealing lowers: the last return, and a little of everything that may make it earlier later."""
    returned = schedule.returned_s
    return (
        schedule.closed_s
        + 0.05 * sum(returned) / len(returned)
        + 0.05 * sum(schedule.free_s) / len(schedule.free_s)
        + 10.0 * schedule.over_s
    )


def first_lines(yard: Yard) -> Lines | None:
    """Begin with full runs, longest treatments first, each waiting at the nearest hospital and bringing all back."""
    problem = yard.problem
    count = len(problem.ambulances)
    hospital = []
    for number, group in enumerate(problem.groups):
        best = min(
            (
                (
                    yard.drive_s[a][yard.site[number]][yard.node[h]] + yard.drive_s[a][yard.node[h]][yard.site[number]],
                    yard.node[h],
                )
                for a in range(count)
                for h in group.hospitals
                if fits(problem.ambulances[a].places, group.sizes)
            ),
            default=(NO_ROAD, 0),
        )
        if best[0] >= NO_ROAD:
            return None
        hospital.append(best[1])
    runs: list[list[Run]] = [[] for _ in range(count)]
    order = sorted(range(len(problem.groups)), key=lambda g: (-max(problem.groups[g].treatments_s), g))
    waiting = list(order)
    turn = 0
    while waiting:
        number = turn % count
        turn += 1
        taken: list[int] = []
        for one in waiting:
            able = yard.drive_s[number][yard.home[number]][yard.site[one]] < NO_ROAD
            alike = not taken or (yard.site[one], hospital[one]) == (yard.site[taken[0]], hospital[taken[0]])
            if able and alike and yard.shares(number, one, taken):
                taken.append(one)
        if taken:
            runs[number] += [(OUT, tuple(taken)), (BACK, tuple(taken))]
            waiting = [one for one in waiting if one not in taken]
    return Lines(runs=runs, hospital=hospital)
