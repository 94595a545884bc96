"""The best proved lower bound on the makespan of any plan of the full problem.

Several bounds, each valid alone, from the quickest to the strongest: the household that takes longest, the work of
all vehicles as a flow of seats, whole tours (where vehicles make few trips), and trips (where they make many). Their
modules hold the proofs. All leave out bays, drive limits and (but for the first) windows, which only delay; none needs
a trip to end at one shelter, nor limits the pickups of a trip.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct

from safepassage.planner.households.problem import HouseholdProblem
from safepassage.planner.households.radial import NEVER, horizon_of_work_s, longest_single_s, seat_work
from safepassage.planner.households.relaxation import Relaxation, Ways, relax, shortest
from safepassage.planner.households.tour_columns import prepare
from safepassage.planner.households.tour_tree import Effort, tour_bound
from safepassage.planner.households.trip_columns import fleet, trip_bound

MOST_LABELS = 200_000
"""Ways to begin a trip that whole tours are tried with."""
MOST_PICKUPS = 600
"""Pickups with which the bound by trips is tried: its cost grows with their square."""
GROWTH = 1.15
"""Whole tours are listed up to so much more than what is proved, again and again."""

Tell = Callable[[int, str], None]


class Bound(Struct, frozen=True):
    """No plan ends before `bound_s`; `method` found it; `trace` holds (seconds since the start, bound, method)."""

    bound_s: int
    method: str
    trace: tuple[tuple[float, int, str], ...] = ()
    ended_by: str = "method"


class _Progress:
    """The best bound so far, and what time and work are left."""

    def __init__(self, seconds: float, stop: Callable[[], bool], upper_s: int | None, tell: Tell | None) -> None:
        self.started, self._seconds, self._stop, self._tell = time.monotonic(), seconds, stop, tell
        self.upper_s = NEVER if upper_s is None else upper_s
        self.bound_s, self.method = 0, "none"
        self.trace: list[tuple[float, int, str]] = []

    def raise_to(self, bound_s: int, method: str) -> None:
        """Take a bound if it is better."""
        if bound_s > self.bound_s:
            self.bound_s, self.method = bound_s, method
            self.trace.append((time.monotonic() - self.started, bound_s, method))
            if self._tell is not None:
                self._tell(bound_s, method)

    def late(self) -> bool:
        """Whether the time is up, or somebody wants an end."""
        return time.monotonic() - self.started >= self._seconds or self._stop()

    def done(self) -> bool:
        """Whether nothing is left to prove or no time to prove it."""
        return self.bound_s >= self.upper_s or self.late()


def lower_bound(
    problem: HouseholdProblem,
    *,
    seconds: float,
    upper_s: int | None = None,
    work: float,
    tell: Tell | None = None,
    stop: Callable[[], bool] = bool,
) -> Bound:
    """Prove that no plan ends before an instant.

    Parameters
    ----------
    problem
        The full problem; every household is to be served.
    seconds
        Wall-clock limit, looked at between rounds.
    upper_s
        The makespan of a plan: nothing above it has to be proved.
    work
        Rounds of pricing at most, for a result that does not depend on the clock; may be infinite.
    tell
        Called with every better bound and the method that found it.
    stop
        Asked between rounds, like the clock.

    Returns
    -------
    Bound
        NEVER as `bound_s` when there is no plan at all.
    """
    progress = _Progress(seconds, stop, upper_s, tell)
    if not len(problem.pickup):
        return Bound(0, "none")
    ways = shortest(problem)
    progress.raise_to(longest_single_s(problem, ways), "longest single")
    best = _by_work(problem, ways, progress)
    everybody = relax(problem, (0, 1, 2), ways)
    if best is not None and everybody is not None:
        rounds = _by_tours(problem, everybody, progress, work)
        if rounds > 0 and not progress.done() and problem.pickups <= MOST_PICKUPS:
            trip_bound(fleet(problem, best), progress.late, rounds, lambda bound_s: progress.raise_to(bound_s, "trips"))
    bound_s = min(progress.bound_s, NEVER)
    return Bound(bound_s, progress.method, tuple(progress.trace), "seconds" if progress.late() else "method")


def _by_work(problem: HouseholdProblem, ways: Ways, progress: _Progress) -> Relaxation | None:
    """Raise the bound by the flow of seats, mobility by mobility; the relaxation that gives most."""
    best, best_s = None, -1
    for mobilities in ((0,), (1,), (2,), (0, 1, 2)):
        relaxed = relax(problem, mobilities, ways)
        if relaxed is None:
            continue
        work = seat_work(relaxed)
        bound_s = NEVER if work is None else horizon_of_work_s(work, relaxed)
        progress.raise_to(bound_s, "radial")
        if bound_s > best_s:
            best, best_s = relaxed, bound_s
    return best


def _by_tours(problem: HouseholdProblem, relaxed: Relaxation, progress: _Progress, rounds: float) -> float:
    """Raise the bound by whole tours where they can be listed; the rounds left."""
    while rounds > 0 and not progress.done():
        horizon_s = min(progress.upper_s, int(progress.bound_s * GROWTH) + 1) - 1
        case = prepare(problem, relaxed, horizon_s, MOST_LABELS)
        if case is None:
            break
        effort = Effort(rounds=rounds, late=progress.late)
        reached_s = tour_bound(case, progress.bound_s, effort, lambda bound_s: progress.raise_to(bound_s, "tours"))
        rounds = effort.rounds
        if reached_s <= horizon_s:
            break
    return rounds
