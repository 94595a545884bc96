"""One joint search for whole plans: who rides on which trip, where trips end, who drives them, all at once.

Forming trips first and assigning them to vehicles afterwards fails where a vehicle makes but one or two trips; so
households move between trips while the price of a change is what it does to the ends of the vehicles' tours.

References
----------
Kirkpatrick, Gelatt and Vecchi (1983), optimization by simulated annealing.
Savelsbergh (1992), the vehicle routing problem with time windows: minimizing route duration.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
from msgspec import Struct

from safepassage.planner.households.anneal import Heat, anneal
from safepassage.planner.households.classes import Classes, classify
from safepassage.planner.households.construct import construct
from safepassage.planner.households.halves import part, put_together
from safepassage.planner.households.pacing import Limits, Pace
from safepassage.planner.households.problem import UNREACHABLE, HouseholdProblem, Integers, Solution
from safepassage.planner.households.table import (
    LEFT_PEOPLE,
    LIMIT,
    PLACE,
    PREVIOUS,
    SPARE,
    TIMED,
    TRIPS_HERE,
    UNTIL,
    VEHICLES,
    VEHICLES_END,
    Drives,
    make_drives,
    make_table,
)
from safepassage.planner.households.timing import Price, makespan_of, refresh_all
from safepassage.planner.households.writing import lay_in, read_out

Tell = Callable[[float, int], None]
"""Is told the seconds since the start and the makespan, whenever it has improved."""
Stop = Callable[[int], bool]
"""Is asked between rounds, with the best makespan so far, whether the search shall end."""

ONCE_FROM, HALVES_FROM = 40, 150
"""As many trips make one cooling worth while (fewer: many), and searching halves of the fleet apart."""
HOT, WARM_KNEE, COLD = 10.0, 1.0, 0.03
"""Temperatures of the one cooling of a large plan, at the beginning, at the knee and at the end."""
USUAL = 300
"""Up to so many trips these temperatures hold; with more, each is changed less often, and one begins cooler: by the
root of the proportion, down to the coldest."""
STEEP, FLAT = 10.0, 0.3
"""What a hundredth of the target (the mean end of the tours) weighs anyway, until the knee and at the end."""
KNEE, LEVELLING, ABOVE, EVEN = 0.72, 0.9, 1.01, 0.99
"""Shares of the search of a large plan: until the knee it mostly saves time, with a target above the mean by so much
(with more trips than usual, below: evening out is slower there);
then tours are evened out; at last it is warmed up and cooled down again and again, aiming below the best makespan."""
REBUILDS, REBUILDS_AT_LAST = 0.1, 0.02
"""How many of the changes are rebuildings; how many of those of a large plan's last coolings, where small ones even out
more."""
LOWER, TILT, RELAXED, SETTLED = 0.01, 0.25, 0.3, 0.02
"""How far below; what a hundredth of that target weighs anyway; temperatures of these last coolings."""
DOWNHILL = 3_000
"""Changes that are tried coldly before the rounds, so that something better than the first plan is told soon."""
ROUNDS, MOST_CHANGES, FIRST_CHANGES = 60, 2_000_000, 20_000
"""Into how many rounds that cooling is parted at least, and the changes of a round at most, and of the first."""
SQUEEZES, FIRST_SQUEEZE = 16, 100_000
"""Into how many coolings the search of a small plan is parted at least; changes of the first, to learn the pace."""
BY_PLACE = 0.5
"""How often the halves are parted by place rather than at random."""
WARM, COOL = 1.0, 0.01
"""Temperatures of one of the many coolings of a small plan, at the beginning and the end."""
LEVEL = 0.005
"""What a hundredth of the target weighs anyway in a small plan."""
FARTHEST, CLOSEST, AGAIN = 0.32, 0.005, 0.02
"""How far below its best makespan a small plan aims, a share of it: at first, at least, and then again."""
CHANGES_PER_TRIP = 20_000
"""How long one of the many coolings is."""
DEAR = 100
"""A hundredth of the target in excess weighs 1."""


class _Run(Struct, kw_only=True):
    """What a search knows."""

    problem: HouseholdProblem
    classes: Classes
    drives: Drives
    best: Integers
    makespan_s: int
    began: float
    tell: Tell | None
    stop: Stop | None
    trace: list[tuple[float, int]]
    reach: float = FARTHEST
    chains: tuple[Integers, Integers] | None = None

    def offer(self, table: Integers) -> None:
        """Keep a plan that leaves fewer behind, or is faster."""
        makespan_s = int(makespan_of(table))
        if (int(table[0, LEFT_PEOPLE]), makespan_s) < (int(self.best[0, LEFT_PEOPLE]), self.makespan_s):
            self.best, self.makespan_s = table.copy(), makespan_s
            self.note()

    def note(self) -> None:
        """Tell and trace the best plan."""
        elapsed = time.perf_counter() - self.began
        self.trace.append((round(elapsed, 3), self.makespan_s))
        if self.tell:
            self.tell(elapsed, self.makespan_s)


def solve(  # noqa: PLR0913  # the seven ways to steer a search, each of them optional to its callers
    problem: HouseholdProblem,
    *,
    seconds: float,
    iterations: int | None,
    seed: int,
    start: Solution | None = None,
    target_s: int = 0,
    tell: Tell | None = None,
    stop: Stop | None = None,
) -> Solution:
    """Search for a plan that leaves few people behind and is over soon.

    Parameters
    ----------
    problem
        What is asked for.
    seconds, iterations
        When to stop; with `iterations` alone deciding (seconds infinite, or many), the result is always the same. A few
        changes are tried before they count.
    seed
        Of the random changes.
    start
        A plan to begin with, possibly of a part of the households.
    target_s
        A lower bound of the makespan, 0 for none: reaching it ends the search.
    tell
        Is told of every better plan.
    stop
        Is asked between rounds, with the makespan of the best plan (UNREACHABLE while people are left), whether to
        end; the plan returned is the first that was found with this makespan.
    """
    began = time.perf_counter()
    classes = classify(problem)
    drives = make_drives(problem)
    table = _first_plan(problem, classes, drives, start)
    run = _Run(
        problem=problem,
        classes=classes,
        drives=drives,
        best=table.copy(),
        makespan_s=int(makespan_of(table)),
        began=began,
        tell=tell,
        stop=stop,
        trace=[],
    )
    run.note()
    ended_by = _improve(run, table, Limits(seconds, iterations), (seed, target_s))
    tours, left = read_out(run.best, classes)
    return Solution(tours=tours, makespan_s=run.makespan_s, left=left, ended_by=ended_by, trace=tuple(run.trace))


def _first_plan(problem: HouseholdProblem, classes: Classes, drives: Drives, start: Solution | None) -> Integers:
    """Lay in the plan to begin with and fetch who is left; walk tours where a limit of driving is near."""
    households = len(problem.pickup)
    seats = problem.places[problem.kind].sum() / max(len(problem.kind), 1)
    most = min(households, int(3 * problem.sizes.sum() / max(seats, 1)) + 3 * len(problem.kind) + 20)
    while True:
        table = make_table(problem, classes, most)
        if start:
            lay_in(table, drives, classes, start)
        refresh_all(drives, table)
        price = Price(0.0, 0.0, 0.0, 0.0)
        construct(drives, table, price, 0)
        busy = table[table[0, VEHICLES] : table[0, VEHICLES_END]]
        near_s = 1.5 * makespan_of(table) >= busy[:, LIMIT].min(initial=2**60)
        if not table[0, TIMED] and (near_s or table[0, LEFT_PEOPLE]):
            table[0, TIMED] = 1
            refresh_all(drives, table)
            construct(drives, table, price, 0)
        if table[0, LEFT_PEOPLE] == 0 or table[0, SPARE] > 0 or most == households:
            return table
        most = households


def _improve(run: _Run, table: Integers, limits: Limits, aim: tuple[int, int]) -> str:
    """Work in rounds on two cores; what ended it."""
    seed, target_s = aim
    rng = np.random.default_rng(seed)
    work_once = _cool if int(table[0, TRIPS_HERE]) >= ONCE_FROM else _squeeze
    pace = Pace(limits=limits)
    run.offer(_gone_downhill(run, seed, target_s))
    with ThreadPoolExecutor(2) as pool:
        while int(run.best[0, LEFT_PEOPLE]) or run.makespan_s > target_s:
            if run.stop and run.stop(UNREACHABLE if int(run.best[0, LEFT_PEOPLE]) else run.makespan_s):
                return "stop"
            pace.look(time.perf_counter() - run.began)
            if pace.over:
                return pace.over
            seeds = [int(number) for number in rng.integers(2**31, size=3)]
            table = work_once(run, table, pace, (target_s, seeds), pool)
            run.offer(table)
    return "target"


def _gone_downhill(run: _Run, seed: int, target_s: int) -> Integers:
    """Return the plan to begin with after a few cold changes."""
    table = run.best.copy()
    price = _price(max(float(target_s), (1 - run.reach) * run.makespan_s), LEVEL)
    drawn = int(np.random.SeedSequence(seed).generate_state(1)[0])
    anneal(run.drives, table, price, Heat(COLD, COOL, DOWNHILL, drawn, REBUILDS))
    return table


def _cool(run: _Run, table: Integers, pace: Pace, aim: tuple[int, list[int]], pool: Executor) -> Integers:
    """Cool a large plan a little further: twice over, or each half of the fleet on a core of its own."""
    target_s, seeds = aim
    work = pace.work(ROUNDS, MOST_CHANGES if pace.done else FIRST_CHANGES)
    share, until = pace.share, pace.share_after(work)
    if share < LEVELLING:
        vehicles = table[table[0, VEHICLES] : table[0, VEHICLES_END]]
        aim_s = float(table[vehicles[:, PREVIOUS], UNTIL].mean())
        if share < KNEE:
            aim_s *= ABOVE if int(table[0, TRIPS_HERE]) <= USUAL else EVEN
        price = _price(max(target_s, aim_s), _bend((STEEP, STEEP, FLAT), share))
        heats = _temperatures(int(table[0, TRIPS_HERE]))
        warm, cool, rebuilds = _bend(heats, share), _bend(heats, until), REBUILDS
    else:
        table, run.chains = run.best.copy(), None
        price = _price(max(target_s, (1 - LOWER) * run.makespan_s), TILT)
        warm, cool, rebuilds = RELAXED, SETTLED, REBUILDS_AT_LAST
    rounds = [Heat(warm, cool, max(work // 2, 1), seed, rebuilds) for seed in seeds[:2]]
    if int(table[0, TRIPS_HERE]) < HALVES_FROM:
        run.chains = run.chains or (table.copy(), table.copy())
        _anneal_both(run.drives, run.chains, price, rounds, pool)
        pace.add(work, time.perf_counter() - run.began)
        return min(run.chains, key=_rank)
    parts = part(table, _draw_half(run.drives, table, seeds[2]))
    _anneal_both(run.drives, parts, price, rounds, pool)
    pace.add(work, time.perf_counter() - run.began)
    table = put_together(run.drives, table, *parts)
    refresh_all(run.drives, table)
    return table


def _temperatures(trips: int) -> tuple[float, float, float]:
    """Say how warm the cooling of a plan of so many trips is at the beginning, at the knee and at the end."""
    warmth = min(1.0, math.sqrt(USUAL / max(trips, 1)))
    return max(HOT * warmth, COLD), max(WARM_KNEE * warmth, COLD), COLD


def _bend(values: tuple[float, float, float], share: float) -> float:
    """Find what falls in equal proportions from the first value to the second, at the knee, and on to the third."""
    first, middle, last = values
    if share < KNEE:
        return float(first * (middle / first) ** (share / KNEE))
    return float(middle * (last / middle) ** (min(1.0, (share - KNEE) / (LEVELLING - KNEE))))


def _squeeze(run: _Run, table: Integers, pace: Pace, aim: tuple[int, list[int]], pool: Executor) -> Integers:
    """Warm up and cool down the best small plan twice, aiming just below it; the better one."""
    target_s, seeds = aim
    changes = 2 * CHANGES_PER_TRIP * max(int(table[0, TRIPS_HERE]), 1)
    first = pace.done == 0
    work = pace.work(SQUEEZES, min(changes, FIRST_SQUEEZE) if first else changes)
    aim_s = max(float(target_s), (1 - run.reach) * run.makespan_s)
    price = _price(aim_s, LEVEL)
    heats = [Heat(WARM, COOL, max(work // 2, 1), seed, REBUILDS) for seed in seeds[:2]]
    chains = (run.best.copy(), run.best.copy())
    _anneal_both(run.drives, chains, price, heats, pool)
    pace.add(work, time.perf_counter() - run.began)
    better = min(chains, key=_rank)
    if makespan_of(better) > aim_s and not first:
        run.reach = run.reach / 2 if run.reach > CLOSEST else AGAIN
    return better


def _anneal_both(
    drives: Drives, tables: tuple[Integers, Integers], price: Price, heats: list[Heat], pool: Executor
) -> None:
    """Anneal two tables at once."""
    for task in [pool.submit(anneal, drives, table, price, heat) for table, heat in zip(tables, heats, strict=True)]:
        task.result()


def _price(aim_s: float, slope: float) -> Price:
    aim_s = max(aim_s, 1.0)
    return Price(aim_s, DEAR / aim_s, slope, 0.0)


def _rank(table: Integers) -> tuple[int, int]:
    return int(table[0, LEFT_PEOPLE]), int(makespan_of(table))


def _draw_half(drives: Drives, table: Integers, seed: int) -> Integers:
    """Mark half of the vehicles: those whose last trips end near a random one's, or any."""
    rng = np.random.default_rng(seed)
    rows = np.arange(table[0, VEHICLES], table[0, VEHICLES_END])
    ends = table[table[rows, PREVIOUS], PLACE]
    nearness = drives[0, rng.choice(ends), ends] if rng.random() < BY_PLACE else np.zeros(len(rows))
    marks = np.zeros(int(rows[-1]) + 1, np.int64)
    marks[rows[np.lexsort((rng.random(len(rows)), nearness))[: len(rows) // 2]]] = 1
    return marks
