"""Small changes of tours: runs change places, vehicles or ends, loads are exchanged."""

from __future__ import annotations

import random

from safepassage.planner.shuttles import Run, ShuttleProblem, Tours, make_run

Spots = list[tuple[int, int]]


def move_run(tours: Tours, rng: random.Random, spots: Spots) -> tuple[int, ...]:
    """Move a run to another vehicle or position; gives the vehicles that changed."""
    a, i = rng.choice(spots)
    b = rng.randrange(len(tours))
    run = tours[a].pop(i)
    tours[b].insert(rng.randrange(len(tours[b]) + 1), run)
    return a, b


def swap_runs(tours: Tours, rng: random.Random, spots: Spots) -> tuple[int, ...]:
    """Exchange two runs."""
    (a, i), (b, j) = rng.choice(spots), rng.choice(spots)
    tours[a][i], tours[b][j] = tours[b][j], tours[a][i]
    return () if (a, i) == (b, j) else (a, b)


def swap_tails(tours: Tours, rng: random.Random, _spots: Spots) -> tuple[int, ...]:
    """Exchange what two vehicles do after some run of each."""
    a, b = rng.randrange(len(tours)), rng.randrange(len(tours))
    if a == b:
        return ()
    i, j = rng.randrange(len(tours[a]) + 1), rng.randrange(len(tours[b]) + 1)
    tours[a], tours[b] = tours[a][:i] + tours[b][j:], tours[b][:j] + tours[a][i:]
    return a, b


def change_end(problem: ShuttleProblem, tours: Tours, rng: random.Random, spots: Spots) -> tuple[int, ...]:
    """Send a run to another end, or exchange the ends of two runs."""
    (a, i), (b, j) = rng.choice(spots), rng.choice(spots)
    run, other = tours[a][i], tours[b][j]
    if run.end != other.end and rng.random() < 0.6:
        tours[a][i], tours[b][j] = _to(problem, run, other), _to(problem, other, run)
        return a, b
    end = rng.choice(problem.loads[run.loads[0]].ends)
    tours[a][i] = make_run(problem, run.loads, end, run.sites)
    return () if end == run.end else (a,)


def _to(problem: ShuttleProblem, run: Run, other: Run) -> Run:
    return make_run(problem, run.loads, other.end, run.sites)


def turn_sites(problem: ShuttleProblem, tours: Tours, rng: random.Random, spots: Spots) -> tuple[int, ...]:
    """Visit the sites of a run the other way round."""
    a, i = rng.choice(spots)
    run = tours[a][i]
    if len(run.sites) < 2:
        return ()
    tours[a][i] = make_run(problem, run.loads, run.end, run.sites[::-1])
    return (a,)


def swap_loads(problem: ShuttleProblem, tours: Tours, rng: random.Random, spots: Spots) -> tuple[int, ...]:
    """Exchange one or two loads of a run for one of another."""
    (a, i), (b, j) = rng.choice(spots), rng.choice(spots)
    if (a, i) == (b, j):
        return ()
    run, other = tours[a][i], tours[b][j]
    given = rng.sample(run.loads, min(len(run.loads), rng.choice((1, 1, 2))))
    taken = rng.sample(other.loads, 1)
    if len(run.loads) == len(given) or not other.loads:
        return ()
    mine = tuple(n for n in run.loads if n not in given) + tuple(taken)
    theirs = tuple(n for n in other.loads if n not in taken) + tuple(given)
    tours[a][i] = make_run(problem, mine, run.end, run.sites)
    tours[b][j] = make_run(problem, theirs, other.end, other.sites)
    return a, b
