"""Whole busloads at city size: the cheapest flow, its tours, and chains of annealing between plan and bound.

References
----------
Bish (2011), planning for a bus-based evacuation.
Goerigk, Grün and Heßler (2013), branch and bound algorithms for the bus evacuation problem.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeAlias

import numpy as np

from safepassage.planner.busloads.anneal import ARRIVAL, Network, Pace, Tours, anneal
from safepassage.planner.busloads.decompose import tours as decomposed
from safepassage.planner.busloads.flow import Flow, cheapest
from safepassage.planner.busloads.layout import copied, network_of, tables_of, tours_of
from safepassage.planner.busloads.problem import UNREACHABLE, BusloadProblem, Solution, Tour, makespan_s

Tell: TypeAlias = Callable[[float, int | None, int], None]
"""Hears of seconds since the start, the makespan, the bound."""
Stop: TypeAlias = Callable[[], bool]
"""Says whether to end at once."""

CHAINS = 2
"""However many cores there are: the plan must not depend on them."""
CHUNK = 250_000
"""Candidates of a chain between two looks at the clock."""
STEPS = 200
"""With a limit of iterations, temperatures from hot to cold."""
BRIEF = 5_000
"""Candidates up to which a chunk is over sooner than a thread is woken for it."""
DOWNHILL = ((12_000, 3.0), (4_000, 0.3))
"""Candidates and temperatures before the chains begin hot, so that a plan better than the flow's is told soon."""
UNIT = 0.01
"""Of the bound: the unit of excess."""
FIRST_PLAN = 0.08
"""The share of the work in which a first good plan is made, before the search begins again hot."""
PER_LOAD, PER_SECOND = 100_000, 4_000_000
"""Candidates per load that one cooling deserves; candidates per second and chain, as a rule of thumb."""


class _Cooling(NamedTuple):
    """A part of the cooling: temperatures in squares of the unit, and what a unit of driving costs against a square."""

    hot: float
    cold: float
    weight: float


HOT, WARM = _Cooling(30.0, 0.05, 0.3), _Cooling(1.0, 0.05, 0.3)
"""The driving falls as the temperature does, from scratch or from a given plan; the target is the bound."""
EVEN = _Cooling(0.03, 0.001, 0.1)
"""Then the longest tours are brought down to the others; the target is the mean."""
EVEN_FROM = 0.7
"""The share of each cooling from which on that is done."""
LATE = 0.2
"""The share of the seconds after which work that is behind them is hurried: before, a slow start means little."""


class _Limits(NamedTuple):
    """When to stop, and how the chains draw."""

    begun: float
    seconds: float
    iterations: int | None
    seed: int
    stop: Stop | None

    def over(self) -> bool:
        """Return whether the clock, or whoever asked for the plan, ends the search."""
        return self.elapsed_s() >= self.seconds or (self.stop is not None and self.stop())

    def elapsed_s(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self.begun

    def clock_share(self) -> float:
        """Return how much of the seconds is over."""
        return min(1.0, self.elapsed_s() / max(1e-9, self.seconds))


class _Work:
    """How much of the work is done: by count where that is limited and the clock allows it, else by the clock."""

    def __init__(self, limits: _Limits) -> None:
        self.limits, self.done = limits, 0
        self.late: tuple[float, float] | None = None

    @property
    def hurried(self) -> bool:
        """Whether the clock has governed a search whose iterations are limited."""
        return self.late is not None

    def next_chunk(self) -> int:
        """Return how many candidates to try before the next look at the clock; none are left at 0."""
        if self.limits.iterations is None:
            return CHUNK
        return min(CHUNK, max(1, self.limits.iterations // STEPS), self.limits.iterations - self.done)

    def share(self) -> float:
        """Return the share that is done, from 0 to 1.

        Where the clock is further along than the count, the rest is hurried evenly, so that the temperature does not
        leap and the search is cold when the clock ends it.
        """
        clock = self.limits.clock_share()
        if self.limits.iterations is None:
            return clock
        counted = self.done / self.limits.iterations
        if self.late is None and clock > max(LATE, counted):
            self.late = counted, clock
        if self.late is None:
            return counted
        before, since = self.late
        return max(counted, before + (1 - before) * (clock - since) / max(1e-9, 1 - since))


class _Chain(NamedTuple):
    """The tours where a chain is, and the best it has seen."""

    now: Tours
    best: Tours


def solve(  # noqa: PLR0913 -- the ways to steer a search, each optional to its callers
    problem: BusloadProblem,
    *,
    seconds: float,
    iterations: int | None = None,
    seed: int = 0,
    tell: Tell | None = None,
    start: tuple[Tour, ...] | None = None,
    bound_s: int = 0,
    stop: Stop | None = None,
    threads: int = CHAINS,
) -> Solution:
    """Plan many busloads: good tours within the limit, and a proved bound.

    Parameters
    ----------
    seconds
        Wall clock; looked at between chunks. Without `iterations` the annealing cools by it.
    iterations
        Candidates of each chain, after a few that are no chain's; with the same limit and seed the same plan. Where the
        seconds will not do for them, the cooling is hurried to be done in time, and the search is `ended_by` the
        seconds whatever comes first.
    seed
        Of the random numbers.
    tell
        Called whenever plan or bound moved.
    start
        Tours to begin with; they must be valid. The search then stays near them.
    bound_s
        No plan is shorter, as somebody has proved: vehicles that aim at less than can be had are hard to even out.
    stop
        Asked between chunks; the search ends as if the seconds were over.
    threads
        In how many the chains are driven; the plan does not depend on it.

    Returns
    -------
    `tours` is None, and the bound `UNREACHABLE`, where no flow of vehicles carries all loads.
    """
    limits = _Limits(time.monotonic(), seconds, iterations, seed, stop)
    flow = cheapest(problem)
    if flow is None:
        return Solution(tours=None, makespan_s=UNREACHABLE, bound_s=UNREACHABLE, ended_by="optimum", stages=("flow",))
    first = decomposed(problem, flow) if start is None else start
    record = _Record(problem, max(flow.bound_s, bound_s), limits, tell)
    record.plan(first)
    if record.makespan_s <= record.bound_s:
        return record.solution("optimum")
    return record.solution(_search(problem, flow, record, warm=start is not None, threads=threads))


class _Record:
    """The best plan so far and how it came about."""

    def __init__(self, problem: BusloadProblem, bound_s: int, limits: _Limits, tell: Tell | None) -> None:
        self.problem, self.bound_s, self.limits, self.tell = problem, bound_s, limits, tell
        self.tours: tuple[Tour, ...] = ()
        self.makespan_s = UNREACHABLE
        self.trace: list[tuple[float, int | None, int]] = []
        self._note()

    def plan(self, tours: tuple[Tour, ...]) -> None:
        """Keep tours where they are better than all before."""
        lasts_s = makespan_s(self.problem, tours)
        if lasts_s < self.makespan_s:
            self.tours, self.makespan_s = tours, lasts_s
            self._note()

    def _note(self) -> None:
        """Record where plan and bound stand, and tell it."""
        found = self.makespan_s if self.makespan_s < UNREACHABLE else None
        self.trace.append((self.limits.elapsed_s(), found, self.bound_s))
        if self.tell is not None:
            self.tell(*self.trace[-1])

    def solution(self, ended_by: str) -> Solution:
        """Return what is known, in the form asked for."""
        return Solution(
            tours=self.tours if self.makespan_s < UNREACHABLE else None,
            makespan_s=self.makespan_s,
            bound_s=self.bound_s,
            ended_by=ended_by,
            stages=("flow", "annealing"),
            trace=tuple(self.trace),
        )


def _search(problem: BusloadProblem, flow: Flow, record: _Record, *, warm: bool, threads: int) -> str:
    """Anneal in chains, chunk by chunk in step, until a limit or the bound is met; return which."""
    network = network_of(problem, flow)
    tables = tables_of(problem, network, record.tours)
    chains = [_Chain(copied(tables), copied(tables)) for _ in range(CHAINS)]
    limits, work, chunks = record.limits, _Work(record.limits), 0
    coolings = _coolings(limits, int(problem.loads.sum()))
    unit_s = max(1.0, UNIT * record.bound_s)
    if not warm:
        _go_downhill(problem, network, record, Pace(0, 0, 0.0, float(record.bound_s), unit_s, HOT.weight))
    with ThreadPoolExecutor(threads) as pool:
        while True:
            if record.makespan_s <= record.bound_s:
                return "optimum"
            candidates = work.next_chunk()
            if candidates <= 0:
                return "seconds" if work.hurried else "iterations"
            if limits.over():
                return "seconds"
            cooled = _cooled(work.share(), coolings)
            seeds = np.random.SeedSequence((limits.seed, chunks)).generate_state(CHAINS).tolist()
            paces = [
                _pace(cooled, chain, HOT if not warm else WARM, record.bound_s)._replace(
                    iterations=candidates, seed=seed, unit_s=unit_s
                )
                for chain, seed in zip(chains, seeds, strict=True)
            ]
            advanced = map if candidates <= BRIEF else pool.map
            least = list(advanced(_advance, [network] * CHAINS, chains, paces))
            work.done, chunks = work.done + candidates, chunks + 1
            if min(least) < record.makespan_s:
                record.plan(tours_of(problem, chains[least.index(min(least))].best))


def _go_downhill(problem: BusloadProblem, network: Network, record: _Record, pace: Pace) -> None:
    """Try some changes of the first plan, ever colder."""
    now = tables_of(problem, network, record.tours)
    best = copied(now)
    seeds = np.random.SeedSequence(record.limits.seed).generate_state(len(DOWNHILL)).tolist()
    for (candidates, temperature), seed in zip(DOWNHILL, seeds, strict=True):
        if record.limits.over() or record.makespan_s <= record.bound_s:
            return
        anneal(network, now, best, pace._replace(iterations=candidates, seed=seed, temperature=temperature))
        record.plan(tours_of(problem, best))


def _advance(network: Network, chain: _Chain, pace: Pace) -> int:
    """Run one chunk of a chain."""
    return anneal(network, chain.now, chain.best, pace)


def _pace(cooled: float, chain: _Chain, cooling: _Cooling, bound_s: int) -> Pace:
    """Return temperature, target and weight where a cooling is `cooled` from 0 to 1."""
    target_s, part = float(bound_s), cooled / EVEN_FROM
    if cooled >= EVEN_FROM:
        tours, cooling, part = chain.now, EVEN, (cooled - EVEN_FROM) / (1 - EVEN_FROM)
        target_s = float(tours.spots[np.arange(tours.runs.size), tours.runs, ARRIVAL].mean())
    temperature = cooling.hot * (cooling.cold / cooling.hot) ** part
    return Pace(0, 0, temperature, target_s, 1.0, cooling.weight)


def _coolings(limits: _Limits, loads: int) -> int:
    """Return how many times to cool after the first plan: again and again where there are few loads.

    Not the clock but the limits decide; more iterations than the seconds will do for do not count.
    """
    candidates = limits.seconds * PER_SECOND
    if limits.iterations is not None:
        candidates = min(candidates, limits.iterations)
    return max(1, int(candidates / (PER_LOAD * max(1, loads))))


def _cooled(share: float, coolings: int) -> float:
    """Return how far the present cooling is, from 0 to 1: once quickly for a first plan, then slowly."""
    if share < FIRST_PLAN:
        return share / FIRST_PLAN
    return min(1.0, (share - FIRST_PLAN) / (1 - FIRST_PLAN)) * coolings % 1.0 if share < 1.0 else 1.0
