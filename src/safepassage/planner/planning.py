"""The planner's front door: an operation in, a refereed plan with a proven bound out.

The stages follow the movement: referrals, shuttles, convoys. Each makes its part end early, and the next starts from
there; lower bounds of the stages add up to one of the whole. The referee has the last word: what breaks a rule is no
plan.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from safepassage.model.operation import Operation
from safepassage.model.plan import Lever, Plan
from safepassage.model.travel import Travel
from safepassage.planner import explain, levers
from safepassage.planner.attempt import Attempt, Search, attempt
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.explain import Explanation, Failed
from safepassage.planner.progress import Tell, Watch, silent
from safepassage.planner.reaction import Reaction, beginning, fixed, remaining
from safepassage.planner.referring import Memory
from safepassage.planner.remedies import Trial
from safepassage.planner.writing import Written, solver_of, write
from safepassage.roads.table import travel as routes_of

ITERATIONS = 4000
"""Iterations that take CP-SAT one deterministic second in each stage."""
MOST_LEVERS = 3
MAIN_SHARE = 0.9
"""The share of the time that the plan itself may take; the rest is for explanations and levers."""
QUICK = 6
"""Changes are tried with this part of the effort."""


class Limit(Struct, frozen=True, kw_only=True):
    """How long to plan: at most `seconds`; `iterations` of search in each stage (solver work follows from them).

    Without `iterations` as many as an ordinary machine does in that time. `stop` is asked now and then: True ends the
    search, and the best plan so far is returned.
    """

    seconds: float = 10.0
    iterations: int | None = None
    stop: Callable[[], bool] = bool

    @property
    def effort(self) -> int:
        """Iterations in each stage."""
        return self.iterations or max(1, round(ITERATIONS * self.seconds / Limit().seconds))


def plan(
    operation: Operation,
    travel: Travel,
    limit: Limit,
    seed: int,
    *,
    tell: Tell = silent,
    reaction: Reaction | None = None,
) -> Plan:
    """Plan the operation.

    Parameters
    ----------
    operation
        What is asked for.
    travel
        Routes of the roads room.
    limit
        How long to search.
    seed
        Same operation, seed and iterations: same plan.
    tell
        Called with each stage as it begins, and whenever plan or bound get better.
    reaction
        When planning again: what has happened, and the plan in force. The plan returned is for the operation that is
        left (`reaction.fixed`), and begins with what of the plan in force has not begun.

    Returns
    -------
    Plan
        `optimal` when its makespan equals its bound and everybody is served, `feasible` with a gap else, or
        `infeasible` with the rules that clash and what would resolve it.

    Raises
    ------
    InputError
        When the facts of the reaction contradict each other.
    InternalError
        When an invariant of the planner does not hold.
    """
    clock, watch = Clock(limit.seconds, limit.stop), Watch(tell)
    effort = Effort(iterations=limit.effort, work=limit.effort / ITERATIONS, seed=seed)
    search = Search(travel=travel, effort=effort, clock=clock.part(MAIN_SHARE), memory=Memory(), watch=watch)
    if reaction is not None:
        begun, operation = beginning(operation, reaction), fixed(operation, reaction)
        search = msgspec.structs.replace(search, begun=begun, start=remaining(operation, reaction))
    watch.stage("premises")
    faults = explain.broken_premises(operation, travel)
    if faults:
        works = _trial(search, clock)
        return _infeasible(operation, explain.of_premises(operation, faults, works), [], search)
    watch.stage("search")
    made = attempt(operation, search)
    done = write(operation, made, search) if made.draft else Written()
    clashes = done.clashes or ((made.failure,) if made.failure else ())
    if clashes or done.plan is None:
        watch.stage("explanation")
        failed = Failed(clashes=clashes, attempt=made, plan=done.plan)
        return _infeasible(operation, explain.why(operation, failed, _trial(search, clock)), made.stages, search)
    watch.stage("levers")
    planned = msgspec.structs.replace(done.plan, levers=_levers(operation, done.plan, search, clock))
    proof = planned.status == "optimal"
    return msgspec.structs.replace(planned, solver=solver_of(made.stages, proof=proof, clock=clock))


def _infeasible(operation: Operation, why: Explanation, stages: list[str], search: Search) -> Plan:
    return Plan(
        operation=operation.id,
        sha256=operation.sha256,
        status="infeasible",
        seed=search.effort.seed,
        solver=solver_of(stages, proof=why.proved, clock=search.clock),
        clashes=why.clashes,
        remedies=why.remedies,
    )


def _changed(operation: Operation, search: Search, clock: Clock) -> tuple[Attempt, Written]:
    """Plan a changed operation with less effort; a changed consent, for example, needs its own routes."""
    effort = search.effort
    quick = Effort(
        iterations=max(1, effort.iterations // QUICK), work=effort.work / QUICK, seed=effort.seed, prove=False
    )
    other = msgspec.structs.replace(
        search, travel=routes_of(operation), effort=quick, clock=clock, watch=Watch(), start=()
    )
    if explain.broken_premises(operation, other.travel):
        return Attempt(draft=None), Written()
    made = attempt(operation, other)
    return made, write(operation, made, other) if made.draft else Written()


def _trial(search: Search, clock: Clock) -> Trial:
    """Make the test that plans a changed operation.

    Its plan where one is found and the referee is content, else None.
    """

    def tried(operation: Operation) -> Plan | None:
        if clock.over():
            return None
        _, done = _changed(operation, search, clock)
        found = done.plan is not None and not done.clashes and not done.plan.violations
        return done.plan if found else None

    return tried


def _levers(operation: Operation, planned: Plan, search: Search, clock: Clock) -> tuple[Lever, ...]:
    """Plan again with each change that touches the chain.

    Keep those that bring something, though less effort is spent on them.
    """
    tried = _trial(search, clock)
    found = []
    for change in levers.candidates(operation, planned)[:MOST_LEVERS]:
        other = tried(change.operation)
        lever = levers.compare(change, planned, other) if other else None
        found += [lever] if lever else []
    return tuple(found)
