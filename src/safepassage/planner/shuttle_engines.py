"""Which engine plans the shuttles, by the size and the shape of the problem, and its answer as tours.

- Whole busloads (alike vehicles, one load a run): exact where there are few, else flow and annealing over loads.
- Households in arrays (each waits at one site): one compiled search over all trips, as if roads were always open.
- Everything else, whatever is small, and where roads are open at times only or something is due: the search over
  explicit stops (`shuttle_search`), which knows bays, gates, rests and fuel; it begins with what another engine has
  found.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct

from safepassage.planner.busloads import exact, large
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.households import bounds, search
from safepassage.planner.households.problem import HouseholdProblem
from safepassage.planner.progress import Watch
from safepassage.planner.reaction import StartTrip
from safepassage.planner.shuttle_arrays import (
    BusloadArrays,
    HouseholdArrays,
    busload_arrays,
    busload_tours,
    household_arrays,
    household_start,
    household_tours,
    is_easier,
)
from safepassage.planner.shuttles import ShuttleProblem, Tours

LARGE = 1_500
"""From so many loads times vehicles on, the search over explicit stops is too slow to improve much."""
FEW_LOADS = 400
"""Up to so many busloads the exact engine is asked."""
LOAD_MOVES = 10_000
"""Moves of busloads that are tried for each iteration asked for."""
HOUSEHOLD_MOVES, CITY_MOVES = 5_000, 3_500
"""Moves of households that are tried for each iteration asked for; those of a large city take longer."""
CITY = 10_000
"""Households of a large city."""
EXACT_WORK = 12.0
"""Deterministic seconds of the exact engine for each unit of work."""
ROUNDS = 400
"""Rounds of pricing for a bound for each unit of work."""


class Answer(Struct, frozen=True, kw_only=True):
    """Tours, the loads left behind, a proved lower bound of the last delivery (0: none), and what ran.

    Those of an `easier` problem may have to wait where a road is shut.
    """

    tours: Tours
    left: list[int]
    bound_s: int
    stage: str
    easier: bool = False


def is_large(problem: ShuttleProblem) -> bool:
    """Tell whether the search over explicit stops would be lost."""
    return len(problem.loads) * len(problem.shuttles) >= LARGE


class Budget(Struct, frozen=True, kw_only=True):
    """Limits of the search, whom to tell, whether a bound is wanted, and the last delivery that is early enough.

    `start` are trips of an earlier plan to begin with. `proving` is the clock of an engine that bounds as it plans,
    where nothing else has to be done thereafter.
    """

    effort: Effort
    clock: Clock
    watch: Watch
    prove: bool = False
    enough_s: int = 0
    start: tuple[StartTrip, ...] = ()
    proving: Clock | None = None


def solve(problem: ShuttleProblem, budget: Budget, start: Tours | None = None) -> Answer | None:
    """Have the engine that suits the problem look for tours; None where none does, or it finds none.

    Parameters
    ----------
    problem
        Loads, vehicles, routes.
    budget
        Limits of the search.
    start
        Tours to begin with.
    """
    busloads = busload_arrays(problem)
    if busloads is not None and bool((busloads.problem.loaded_s > 0).all()):
        return _busloads(problem, busloads, budget)
    households = household_arrays(problem, hurried=True) if is_large(problem) else None
    if households is not None:
        return _households(problem, households, budget, start)
    return None


def bound_s(problem: ShuttleProblem, found_s: int, budget: Budget) -> int:
    """Bound the last delivery from below by the engines' bounds of households; 0 where the problem has another shape.

    Parameters
    ----------
    problem
        Loads, vehicles, routes.
    found_s
        A makespan already reached: nothing above it has to be proved.
    budget
        Limits of the work.
    """
    arrays = household_arrays(problem)
    if arrays is None:
        return 0
    return min(found_s, _proved(arrays.problem, found_s, budget, budget.watch.proved).bound_s)


def _proved(
    problem: HouseholdProblem, found_s: int | None, budget: Budget, tell: Callable[[int], None]
) -> bounds.Bound:
    return bounds.lower_bound(
        problem,
        seconds=budget.clock.left_s(),
        upper_s=found_s,
        work=max(1, round(budget.effort.work * ROUNDS)),
        tell=lambda bound_s, _method: tell(bound_s),
        stop=budget.clock.over,
    )


def _busloads(problem: ShuttleProblem, arrays: BusloadArrays, budget: Budget) -> Answer | None:
    effort, clock, watch = budget.effort, budget.proving or budget.clock, budget.watch

    def tell(_seconds: float, makespan_s: int | None, bound_s: int) -> None:
        if makespan_s is not None:
            watch.found(makespan_s)
        if budget.prove:
            watch.proved(bound_s)

    if len(problem.loads) <= FEW_LOADS:
        found = exact.solve(
            arrays.problem,
            seconds=clock.left_s(),
            seed=effort.seed,
            work=effort.work * EXACT_WORK,
            tell=tell,
            stop=clock.over,
        )
    else:
        moves = effort.iterations * LOAD_MOVES
        found = large.solve(
            arrays.problem, seconds=clock.left_s(), iterations=moves, seed=effort.seed, tell=tell, stop=clock.over
        )
    if found.ended_by == "seconds":
        clock.cut_short()
    if found.tours is None:
        return None
    stages = ", ".join(dict.fromkeys(found.stages))
    stage = f"shuttles: busloads ({stages}); last {found.makespan_s} s, bound {found.bound_s} s"
    tours = busload_tours(problem, arrays, found.tours)
    return Answer(tours=tours, left=[], bound_s=found.bound_s, stage=stage)


def _households(problem: ShuttleProblem, arrays: HouseholdArrays, budget: Budget, start: Tours | None) -> Answer | None:
    """Search in one thread and prove in another; the search ends early only with a plan that is proved.

    Such a plan is the first found of its makespan, so the answer does not hang on timing.
    """
    effort, clock, watch = budget.effort, budget.clock, budget.watch
    known_s = 0

    def tell(bound_s: int) -> None:
        nonlocal known_s
        known_s = max(known_s, bound_s)
        watch.proved(bound_s)

    plain = household_arrays(problem) if is_easier(problem) else arrays
    with ThreadPoolExecutor(max_workers=1) as pool:
        proving = pool.submit(_proved, plain.problem, None, budget, tell) if budget.prove and plain else None
        found = search.solve(
            arrays.problem,
            seconds=clock.left_s(),
            iterations=effort.iterations * (HOUSEHOLD_MOVES if len(problem.loads) < CITY else CITY_MOVES),
            seed=effort.seed,
            start=None if start is None else household_start(arrays, start),
            tell=lambda _seconds, makespan_s: watch.found(makespan_s),
            stop=lambda makespan_s: makespan_s <= known_s or clock.over(),
        )
        proved = proving.result() if proving is not None else bounds.Bound(0, "none")
    if "seconds" in {found.ended_by, proved.ended_by}:
        clock.cut_short()
    stage = f"shuttles: annealing over households; last {found.makespan_s} s, bound {proved.bound_s} s"
    return Answer(
        tours=household_tours(problem, arrays, found.tours),
        left=sorted(found.left),
        bound_s=proved.bound_s,
        stage=f"{stage} ({proved.method})",
        easier=is_easier(problem),
    )
