"""Whole busloads to the proved optimum where that can be had, else the best plan and bound in the time given.

Bound and plan close in on each other: tours in fractions exclude horizons, tours and runs that no plan within the next
horizon can use are struck out, whole vehicles on the rest are a plan or prove that none is. All proofs are in whole
numbers; only the solver of the whole-number programmes is taken at its word, where tours are long also for fractions.

References
----------
Goerigk, Grün and Heßler (2013), branch and bound algorithms for the bus evacuation problem.
Baldacci, Christofides and Mingozzi (2008): bounds by columns, then only what may still matter.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import NamedTuple, TypeAlias

import numpy as np
from msgspec.structs import replace

from safepassage.planner.busloads import large
from safepassage.planner.busloads.arc_flow import plan_over
from safepassage.planner.busloads.columns import CLOSED, ROUNDS, SETTLED, Worthy
from safepassage.planner.busloads.crossing_bound import bounds_by_crossings
from safepassage.planner.busloads.elementary import Elementary
from safepassage.planner.busloads.listing import Wanted, list_tours
from safepassage.planner.busloads.many_tours import plan_of_many
from safepassage.planner.busloads.ordering import in_order
from safepassage.planner.busloads.pricing import Needs, Ways, needs_of, ways_of, worth_for
from safepassage.planner.busloads.problem import UNREACHABLE, BusloadProblem, Solution, Tour, makespan_s
from safepassage.planner.busloads.relaxation import Relaxation
from safepassage.planner.busloads.surviving import survivors
from safepassage.planner.busloads.whole_tours import Limits, plan_of

Tell: TypeAlias = Callable[[float, int | None, int], None]
"""Hears of seconds since the start, the makespan, the bound."""

FIRST_SHARE = 0.1
"""Of the time at most, for a first plan."""
FIRST_CANDIDATES = 10_000
"""Candidates per load of the search for a first plan."""
FEW_LOADS = 20
"""With no more loads, all tours are listed sooner than chains of annealing have begun."""
FAR_ABOVE, AGAIN_CANDIDATES = 1.01, 40_000
"""How far the bound rises above what plans aimed at before they are searched for again; candidates per load of that."""
MOST_WORTHS = 100_000_000
"""Places times instants that pricing may keep; beyond, only the search for large problems is run."""
MOST_TOURS = 5_000
"""Tours that are listed rather than arcs."""
FEW_TOURS = 1_500
"""Tours on which the solver of logic is tried before branch and bound."""
MANY_TOURS = 100_000
"""Tours that are listed where arcs are too many."""
SHARES = (1, 2, 4, 8)
"""Where tours are too many, those are listed that fall short by at most this part of what they may."""
WORK_PER_EFFORT = 2_000_000
"""Nodes of branch and bound times tours for each unit of effort, some ten seconds: what is left undecided is lost."""
LONGER_SHARE, LONGER_CANDIDATES = 0.2, 100_000
"""Of the time at most, and candidates per load, for a better plan once a horizon was left undecided."""
LONG_TOUR, MANY_INSTANTS = 5, 1_000_000
"""Loads per vehicle, and places times instants, beyond which neither tours nor arcs are listed."""
LONG_CANDIDATES, LONG_PART = 40_000, 8
"""Of long tours: candidates per load for a better plan before the bound, but no more than this part of the work."""
FINEST, LONG_WORK = 10_000, 2.0
"""Of long tours: the part of the makespan to which the bound is found, and the work that a horizon counts for."""
MOST_ARCS = 20_000
"""Arcs over which whole vehicles are worth trying."""
KNOWN_EFFORT = 0.5
"""Deterministic seconds for plans of the tours known."""
CANDIDATES_PER_WORK = 2_000_000
"""Candidates that annealing tries, in each chain, for a unit of work."""
ROUND_WORK = 0.4
"""Work that a round of drives with cuts counts for."""
TRY_WORK = 0.05
"""Work that trying a horizon counts for at least."""
FIRST_STEP = 2_000
"""The part of the bound by which the second horizon to be tried exceeds the first one not excluded."""
FIRST_EFFORT = 2.0
"""Deterministic seconds for the first try at a horizon; doubled as long as nothing comes of it."""


def solve(
    problem: BusloadProblem,
    *,
    seconds: float,
    seed: int,
    work: float = math.inf,
    tell: Tell | None = None,
    stop: Callable[[], bool] = bool,
) -> Solution:
    """Find tours of the least makespan and prove it, or what can be had of both in time.

    Parameters
    ----------
    problem
        What to solve; a loaded run must take time.
    seconds
        Wall clock; looked at between pieces of work.
    seed
        Of all random numbers.
    work
        Deterministic seconds, about those of one core: with the same work and seed the same plan, unless `seconds` end
        it before.
    tell
        Called whenever plan or bound moved.
    stop
        Asked between pieces of work, like the clock.

    Returns
    -------
    `tours` is None, and the bound `UNREACHABLE`, where no plan exists.

    Raises
    ------
    ValueError
        When a loaded run takes no time.
    """
    if (problem.loaded_s < 1).any():
        raise ValueError("busloads: expected every loaded run to take at least 1 s; found one that takes none")
    ordered, order = in_order(problem)
    search = _Search(ordered, seed, _Limits(seconds, work, stop), tell)
    search.run()
    found = search.solution()
    return found if found.tours is None else replace(found, tours=order.as_given(found.tours))


class _Limits(NamedTuple):
    """When to stop: seconds of the clock, work, and when told to."""

    seconds: float
    work: float
    stop: Callable[[], bool]


class _Search:
    """The best plan and bound so far, and the steps that bring them together."""

    def __init__(self, problem: BusloadProblem, seed: int, limits: _Limits, tell: Tell | None) -> None:
        self.problem, self.seed, self.tell = problem, seed, tell
        self.seconds, self.work, self.stop = limits
        self.begun = time.monotonic()
        self.tours: tuple[Tour, ...] | None = None
        self.best_s, self.bound_s = UNREACHABLE, 0
        self.seen_s = UNREACHABLE
        """The makespan of the best plan that was told of."""
        self.aimed_s = 0
        """What the last search for plans aimed at."""
        self.loads = int(problem.loads.sum())
        self.stages: list[str] = []
        self.trace: list[tuple[float, int | None, int]] = []
        self.raising = Lock()
        self.rng = np.random.default_rng(seed)
        self.too_many = False
        """Whether the last horizon left more tours and arcs than can be listed."""
        self.many = False
        """Whether any left many of both."""
        self.elementary: Elementary | None = None
        """Tours without repeats, once they were needed."""

    def left_s(self) -> float:
        """Return the seconds left."""
        return self.seconds - (time.monotonic() - self.begun)

    def late(self) -> bool:
        """Return whether time is up, or somebody wants an end."""
        return self.left_s() <= 0 or self.stop()

    def over(self) -> bool:
        """Return whether time is up or the work done."""
        return self.work <= 0 or self.late()

    def closed(self) -> bool:
        """Return whether plan and bound have met."""
        return min(self.best_s, self.seen_s) <= self.bound_s

    def keep(self, tours: tuple[Tour, ...] | None) -> bool:
        """Keep tours that are better than all before; returns whether they are."""
        if tours is None or (self.tours is not None and makespan_s(self.problem, tours) >= self.best_s):
            return False
        self.tours, self.best_s = tours, makespan_s(self.problem, tours)
        self._note()
        return True

    def raise_bound(self, bound_s: int) -> None:
        """Keep a bound that is better than all before, whichever thread has it."""
        with self.raising:
            if bound_s > self.bound_s:
                self.bound_s = bound_s
                self._note()

    def stage(self, name: str) -> None:
        """Remember that a stage was entered."""
        if not self.stages or self.stages[-1] != name:
            self.stages.append(name)

    def _note(self) -> None:
        found_s = min(self.best_s, self.seen_s)
        found = None if found_s == UNREACHABLE else found_s
        self.trace.append((time.monotonic() - self.begun, found, self.bound_s))
        if self.tell is not None:
            self.tell(*self.trace[-1])

    def solution(self) -> Solution:
        """Return what is known."""
        settled = self.closed() or (self.tours is None and self.bound_s >= UNREACHABLE)
        return Solution(
            tours=self.tours,
            makespan_s=self.best_s,
            bound_s=min(self.bound_s, self.best_s),
            ended_by="optimum" if settled else "seconds" if self.late() else "iterations",
            stages=tuple(self.stages),
            trace=tuple(self.trace),
        )

    def run(self) -> None:
        """Find a plan, then improve plan and bound by the ways that the problem's size allows."""
        if not self.problem.loads.any():
            self.keep(())
            return
        self.first_plan()
        places = sum(self.problem.loaded_s.shape)
        if self.tours is not None and places * self.best_s <= MOST_WORTHS:
            self.close_in()
        elif self.tours is not None:
            self.anneal(self.work)

    def first_plan(self) -> None:
        """Search for a first plan; its bound is that of the cheapest flow."""
        self.stage("flow and annealing")
        candidates = FIRST_CANDIDATES * self.loads if self.loads > FEW_LOADS else 0
        self._take(self._annealed(self.seconds * FIRST_SHARE, candidates))
        self.aimed_s = self.bound_s

    def anneal(self, work: float) -> None:
        """Go on searching near the best plan."""
        self.stage("annealing")
        self._take(self._annealed(self.left_s(), self._candidates(work), near=True))

    def anneal_anew(self, seconds: float, candidates: int | None = None) -> None:
        """Search for a better plan from scratch."""
        self.stage("annealing anew")
        self._take(self._annealed(min(seconds, self.left_s()), candidates or self._candidates(self.work)))

    def _aim_higher(self) -> None:
        """Search for a better plan where the bound is by now far above what was aimed at."""
        if self.bound_s > FAR_ABOVE * self.aimed_s:
            self.anneal_anew(self.seconds * FIRST_SHARE, AGAIN_CANDIDATES * self.loads)

    def _candidates(self, work: float) -> int | None:
        """Return what can be tried with this work; as long as the clock allows where work has no limit."""
        work = min(work, self.work)
        return None if work == math.inf else int(work * CANDIDATES_PER_WORK) + 1

    def _annealed(self, seconds: float, candidates: int | None, *, near: bool = False) -> Solution:
        self.work -= (candidates or 0) / CANDIDATES_PER_WORK
        self.aimed_s = self.bound_s
        return self._plans(seconds, candidates, near=near)

    def _plans(
        self, seconds: float, candidates: int | None, *, near: bool = False, threads: int = large.CHAINS
    ) -> Solution:
        """Look for plans until they meet the bound or a limit is reached."""
        return large.solve(
            self.problem,
            seconds=max(0.0, seconds),
            iterations=candidates,
            seed=int(self.rng.integers(2**31)),
            start=self.tours if near else None,
            bound_s=self.bound_s,
            stop=lambda: self.stop() or self.closed(),
            tell=self._hear,
            threads=threads,
        )

    def _hear(self, _at_s: float, makespan_s: int | None, bound_s: int) -> None:
        """Tell what a search has found while it goes on."""
        if (makespan_s or UNREACHABLE) < self.seen_s:
            self.seen_s = makespan_s or UNREACHABLE
            self._note()
        self.raise_bound(bound_s)

    def _take(self, found: Solution) -> None:
        self.keep(found.tours)
        self.raise_bound(found.bound_s)

    def close_in(self) -> None:
        """Raise the bound and improve the plan until they meet or time is up.

        Horizons are tried upwards in growing steps while they are proved too short, downwards once a plan is found or
        nothing was decided, and with more effort once neither the bound nor just below the plan was decided.
        """
        if self.closed():
            return
        ways, needs = ways_of(self.problem), needs_of(self.problem)
        if self._tours_are_long():
            self._close_in_on_long_tours(ways, needs)
            return
        worth = worth_for(ways, self.best_s)
        relaxed: Relaxation | None = None
        step_s, effort, open_s = self.bound_s // FIRST_STEP, FIRST_EFFORT, UNREACHABLE
        longer = False
        while not self.closed() and not self.over():
            span_s = (min(self.bound_s + step_s, self.best_s - 1), self.best_s - 1)
            before, relaxed = relaxed, Relaxation(ways, needs, worth, exact=self.problem.exact, span_s=span_s)
            if before is not None:
                relaxed.take_up(before)
            exists = self._try(relaxed, effort)
            self.work -= TRY_WORK
            if exists:
                step_s //= 2
            elif exists is False:
                step_s = min(max(1, 2 * step_s), max(0, open_s - self.bound_s) // 2)
            elif self.too_many and relaxed.horizon_s <= self.bound_s:
                self.anneal_anew(self.left_s())
            elif self.many and not longer:
                longer, step_s = True, self.best_s
                self.anneal_anew(self.seconds * LONGER_SHARE, LONGER_CANDIDATES * self.loads)
            elif self.bound_s < relaxed.horizon_s < self.best_s - 1:
                step_s, open_s = step_s // 4, relaxed.horizon_s
            elif relaxed.horizon_s < self.best_s - 1:
                step_s = self.best_s
            else:
                step_s, effort, open_s = 0, 2.0 * effort, UNREACHABLE
                self.anneal(effort)

    def _tours_are_long(self) -> bool:
        """Return whether vehicles make so many runs, at so many instants, that neither tours nor arcs can be listed."""
        instants = self.best_s * sum(self.problem.loaded_s.shape)
        many = self.loads > LONG_TOUR * int(self.problem.vehicles.sum())
        return self.problem.exact and many and instants > MANY_INSTANTS

    def _close_in_on_long_tours(self, ways: Ways, needs: Needs) -> None:
        """Raise the bound in this thread, and look for plans in another.

        The bound hangs on the plan before both only, so it does not matter which of them is quicker.
        """
        enough = LONG_CANDIDATES * self.loads
        candidates = min(enough, self._candidates(self.work / LONG_PART) or enough)
        self.anneal_anew(self.seconds * FIRST_SHARE, candidates)
        if self.closed() or self.over():
            return
        self.stage("drives with cuts and tours without repeats beside annealing")
        with ThreadPoolExecutor(1) as beside:
            plans = beside.submit(self._plans, self.left_s(), self._candidates(self.work), threads=1)
            self._bound_long_tours(ways, needs)
            self._take(plans.result())

    def _bound_long_tours(self, ways: Ways, needs: Needs) -> None:
        """Raise the bound by drives with cuts, then by tours without repeats if these do more.

        The shorter the horizon, the more is cut off; but no bound is above it by more than 1.
        """

        def enough() -> bool:
            return self.over() or self.closed()

        before_s, last_s = self.bound_s, self.best_s - 1
        for horizon_s in ((before_s + last_s) // 2, last_s):
            for bound_s in bounds_by_crossings(ways, needs, horizon_s, left_s=self.left_s):
                self.raise_bound(bound_s)
                self.work -= ROUND_WORK
                if enough():
                    return
            if self.bound_s <= horizon_s:
                break
        worth = worth_for(ways, self.best_s)
        relaxed = Relaxation(ways, needs, worth, exact=True, span_s=(self.bound_s, self.best_s))
        self._raise_without_repeats(relaxed, enough, known=self.bound_s > before_s)

    def _raise_without_repeats(self, relaxed: Relaxation, enough: Callable[[], bool], *, known: bool) -> None:
        """Raise the bound by fractions of tours without repeats, by halves of what is open.

        Where another bound is `known`, only if they exclude its horizon too.
        """
        elementary = self._elementary(relaxed)
        open_s = self.best_s
        step_s = 0 if known else (open_s - self.bound_s) // 3
        while open_s - self.bound_s > self.best_s // FINEST and not enough():
            tried_s = self.bound_s + step_s
            self.work -= LONG_WORK
            ended = elementary.run(tried_s, to_the_end=False, over=enough)
            if ended == CLOSED:
                self.raise_bound(tried_s + 1)
            else:
                open_s = tried_s
            step_s = (open_s - self.bound_s) // 2

    def _try(self, relaxed: Relaxation, effort: float) -> bool | None:
        """Decide whether a plan meets a horizon: by fractions, by tours known, by all tours, by arcs; None if open."""
        self.stage("columns")
        tried_s = relaxed.horizon_s
        ended = relaxed.run(to_the_end=True, over=self.over)
        if relaxed.horizon_s > tried_s:
            self.raise_bound(relaxed.horizon_s)
        if ended == CLOSED:
            return False
        if ended == ROUNDS:
            return None
        exact, horizon_s, needs = self.problem.exact, relaxed.horizon_s, relaxed.needs
        limits = Limits(self.left_s(), KNOWN_EFFORT, self.seed)
        self.stage("known tours")
        exists, tours = plan_of(relaxed.fitting(), needs, exact=exact, limits=limits)
        if exists:
            return self.keep(tours)
        exists, tours = self._all_of(relaxed, effort)
        if exists:
            self.keep(tours)
        elif exists is False:
            self.raise_bound(horizon_s + 1)
        return exists

    def _all_of(self, relaxed: Relaxation, effort: float) -> tuple[bool | None, tuple[Tour, ...]]:
        """Decide by all that a plan within the horizon can use: tours where they are few, else arcs, else tours."""
        exact, horizon_s, needs = self.problem.exact, relaxed.horizon_s, relaxed.needs
        given = (relaxed.ways, needs, (relaxed.worthy, relaxed.worth))
        limits = Limits(self.left_s(), effort, self.seed)
        self.work -= effort
        self.too_many = False
        listed = list_tours(*given, Wanted(horizon_s, MOST_TOURS, exact))
        if listed is not None and len(listed) <= FEW_TOURS:
            self.stage("all tours")
            exists, tours = plan_of(listed, needs, exact=exact, limits=limits)
            if exists is not None:
                return exists, tours
        elif listed is None:
            arcs = survivors(*given, horizon_s=horizon_s, most=MOST_ARCS)
            if arcs is not None:
                self.stage("arc flow")
                return plan_over(arcs, needs, exact=exact, limits=limits)
            self.many = True
            self._aim_higher()
            if self.tours is not None and self.best_s <= horizon_s:
                return True, self.tours
            return self._without_repeats(relaxed, effort)
        return self._of_many(listed, relaxed, effort)

    def _without_repeats(self, relaxed: Relaxation, effort: float) -> tuple[bool | None, tuple[Tour, ...]]:
        """Decide by tours that take no load twice: they leave less slack, so fewer are listed; all or the best."""
        duals, best = (relaxed.worthy, relaxed.worth), None
        horizon_s, exact = relaxed.horizon_s, self.problem.exact
        if exact:
            self.stage("tours without repeats")
            elementary = self._elementary(relaxed)
            ended = elementary.run(horizon_s, to_the_end=True, over=self.over)
            if ended == CLOSED:
                return False, ()
            if ended == SETTLED and elementary.proved is not None:
                rewards, prices, best = elementary.proved
                duals = (Worthy(rewards, prices, relaxed.worthy.facts), relaxed.worth)
        for share in SHARES:
            most = MANY_TOURS if share == 1 else MOST_TOURS
            wanted = Wanted(horizon_s, most, exact, share, best)
            listed = list_tours(relaxed.ways, relaxed.needs, duals, wanted)
            if listed is not None:
                exists, tours = self._of_many(listed, relaxed, effort)
                return (exists if share == 1 else exists or None), tours
        self.too_many = True
        return None, ()

    def _elementary(self, relaxed: Relaxation) -> Elementary:
        """Return the relaxation into tours without repeats, with all such tours that are known."""
        if self.elementary is None:
            self.elementary = Elementary(relaxed.ways, relaxed.needs, relaxed.worth, top_s=self.best_s)
        self.elementary.take_up(relaxed.fitting())
        self.elementary.take_up([tour for tour in self.tours or () if tour.runs])
        return self.elementary

    def _of_many(
        self, listed: tuple[Tour, ...], relaxed: Relaxation, effort: float
    ) -> tuple[bool | None, tuple[Tour, ...]]:
        """Decide by branch and bound over tours."""
        if self.over():
            return None, ()
        self.stage("many tours")
        work = int(WORK_PER_EFFORT * effort)
        return plan_of_many(listed, relaxed.needs, exact=self.problem.exact, work=work, seconds=self.left_s())
