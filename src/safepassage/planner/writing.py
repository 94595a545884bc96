"""From an attempt to a plan that the referee has seen; or the rule that the draft turned out to break."""

from __future__ import annotations

from importlib.metadata import version

import msgspec
from msgspec import Struct

from safepassage.model.clauses import Consent, Precedence, TimeWindow
from safepassage.model.errors import InternalError
from safepassage.model.operation import Operation
from safepassage.model.plan import Clash, Plan, Solver, Violation
from safepassage.planner.assemble import assemble
from safepassage.planner.attempt import Attempt, Search
from safepassage.planner.engine import Clock
from safepassage.planner.holds import hold
from safepassage.planner.readings import read
from safepassage.rules import check
from safepassage.timetable.movement import NIGHT
from safepassage.timetable.network import Activity

# What the stages do not search for, but only hope to keep: a plan that breaks one of these is none.
HOPED_FOR = frozenset(
    (
        "clause-both-or-neither",
        "clause-crowd",
        "clause-deadline",
        "clause-dwell",
        "clause-precedence",
        "clause-ratio",
        "clause-window",
        "horizon",
    )
)
NOT_PROVED = "no plan was found that keeps it; that none exists is not proved"
MOST_SUBJECTS = 8


class Written(Struct, frozen=True, kw_only=True):
    """A plan, or the clashes that keep the draft from being one."""

    plan: Plan | None = None
    clashes: tuple[Clash, ...] = ()


def solver_of(stages: list[str], *, proof: bool, clock: Clock) -> Solver:
    """Say what ran and what ended it."""
    engine = f"annealing and OR-Tools CP-SAT {version('ortools')}"
    if clock.cut:
        return Solver(engine=engine, stages=tuple(stages), ended_by="seconds")
    return Solver(engine=engine, stages=tuple(stages), ended_by="proof" if proof else "iterations")


def write(operation: Operation, made: Attempt, search: Search) -> Written:
    """Write the draft out, hold back what clauses want later, read it, set bound and status.

    And let the referee look at it.

    Parameters
    ----------
    operation
        What is asked for, with everybody.
    made
        An attempt with a draft.
    search
        Routes, effort and clock.

    Raises
    ------
    InternalError
        When an invariant of the planner does not hold.
    """
    try:
        plan = _timed(operation, made, search)
    except InternalError:
        # the stages know no order among all clauses: when without them there are times, they are what has no order
        _timed(_unordered(operation), made, search)
        return Written(clashes=(_disordered(operation),))
    if isinstance(plan, Activity):
        return Written(clashes=_shut(operation, plan))
    if plan.objective is None:
        raise InternalError("a plan was read without its objective")
    bound_s = min(made.bound_s, plan.objective.makespan_s)
    served = all(left.rule == "fit-to-travel" for left in plan.unserved)
    best = bound_s == plan.objective.makespan_s and served
    plan = msgspec.structs.replace(
        plan,
        bound_s=bound_s,
        status="optimal" if best else "feasible",
        solver=solver_of(made.stages, proof=best, clock=search.clock),
    )
    plan = msgspec.structs.replace(plan, violations=check(operation, search.travel, plan))
    return Written(plan=plan, clashes=_broken(plan.violations))


def _timed(operation: Operation, made: Attempt, search: Search) -> Plan | Activity:
    """Give a draft its times, hold back what clauses want later, and read it; or the activity that finds no window."""
    if made.draft is None:
        raise InternalError("there is no draft to write out")
    solver = solver_of(made.stages, proof=False, clock=search.clock)
    timed = assemble(operation, search.travel, made.draft, seed=search.effort.seed, solver=solver)
    if isinstance(timed, Activity):
        return timed
    return read(operation, search.travel, hold(operation, search.travel, timed))


def _unordered(operation: Operation) -> Operation:
    clauses = tuple(c for c in operation.clauses if not isinstance(c, Precedence | TimeWindow))
    milestones = tuple(msgspec.structs.replace(milestone, after=()) for milestone in operation.milestones)
    return msgspec.structs.replace(operation, clauses=clauses, milestones=milestones)


def _disordered(operation: Operation) -> Clash:
    ids = [clause.id for clause in operation.clauses if isinstance(clause, Precedence | TimeWindow)]
    return Clash(rule="clause-precedence", subjects=tuple(ids[:MOST_SUBJECTS]), detail=NOT_PROVED, proved=False)


def _shut(operation: Operation, activity: Activity) -> tuple[Clash, ...]:
    """Name what an activity waits for that never comes: a window of a clause, a road, a site's opening hours."""
    clauses = {clause.id: clause for clause in operation.clauses}
    sites = {site.id for site in operation.sites}
    found: dict[str, list[str]] = {}
    for gate in dict.fromkeys(activity.gate.split()):
        if isinstance(clauses.get(gate), TimeWindow):  # type: ignore[call-overload]
            found.setdefault("clause-window", []).append(gate)
        elif isinstance(clauses.get(gate), Consent):  # type: ignore[call-overload]
            found.setdefault("link-without-consent", []).append(gate)
        elif gate in sites:
            found.setdefault("site-closed", []).append(gate)
        elif gate != NIGHT:
            found.setdefault("link-closed", []).append(gate)
    return tuple(
        Clash(rule=rule, subjects=tuple(gates), detail=NOT_PROVED, proved=False) for rule, gates in found.items()
    )


def _broken(violations: tuple[Violation, ...]) -> tuple[Clash, ...]:
    found: dict[str, dict[str, None]] = {}
    for violation in violations:
        if violation.rule in HOPED_FOR:
            named = violation.subjects[0].split("/")
            found.setdefault(violation.rule, {})[named[1] if len(named) > 1 else named[0]] = None
    return tuple(
        Clash(rule=rule, subjects=tuple(list(subjects)[:MOST_SUBJECTS]), detail=NOT_PROVED, proved=False)
        for rule, subjects in found.items()
    )
