"""The planner's front door: an operation in, a refereed plan with a proven bound out.

The stages follow the movement: referrals, shuttles, convoys. Each minimises when it ends, and the next cannot start sooner, so the bounds of the
stages add up to a bound of the whole. The referee has the last word: a plan that it finds fault with says so.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import ortools
from msgspec import Struct

from safepassage.model.clauses import departed
from safepassage.model.ids import MilestoneId, PersonId
from safepassage.model.errors import InternalError
from safepassage.model.operation import Operation
from safepassage.model.plan import Clash, Lever, Plan, Solver, Unserved
from safepassage.model.travel import Travel
from safepassage.planner import convoys, explain, gather, levers
from safepassage.planner.agreement import earliest
from safepassage.planner.assemble import Draft, assemble, fill_routes
from safepassage.planner.boarding import Interval
from safepassage.planner.demand import Bundle, bundles
from safepassage.planner.draft import DraftTrip
from safepassage.planner.engine import Clock
from safepassage.planner.gather import Before, Effort
from safepassage.planner.holds import hold
from safepassage.planner.readings import read
from safepassage.roads.table import travel as routes_of
from safepassage.rules import check

ITERATIONS = 4000
MOST_LEVERS = 3

Tell = Callable[[str], None]


def _silent(_stage: str) -> None:
    """Tell nobody."""


class Limit(Struct, frozen=True, kw_only=True):
    """How long to plan: at most `seconds`; `iterations` search moves in each stage (solver work follows from them)."""

    seconds: float = 10.0
    iterations: int = ITERATIONS


class Attempt(Struct, kw_only=True):
    """What the stages gave: a draft (or the rule that failed), a bound of the makespan, what each stage proved.

    `bounds` and `facts` are when milestones can come and do come, as far as the stages got.
    """

    draft: Draft | None
    bound_s: int
    stages: list[str]
    failure: Clash | None = None
    bounds: dict[MilestoneId, int] = {}
    facts: dict[MilestoneId, int] = {}


def attempt(operation: Operation, travel: Travel, effort: Effort, clock: Clock) -> Attempt:
    """Go through the stages once.

    Raises
    ------
    InternalError
        When the stages contradict each other.
    """
    people = bundles(operation)
    referred = gather.refer(operation, travel, effort, clock)
    if referred.failure:
        return _failed(referred.failure, referred.stages)
    shuttled = gather.shuttle(operation, travel, people, referred, effort, clock)
    if shuttled.failure:
        return _failed(shuttled.failure, shuttled.stages)
    stages = referred.stages + shuttled.stages
    unserved = shuttled.unserved + [
        Unserved(person=p.id, rule="fit-to-travel")
        for p in operation.people
        if p.choice == "consented" and not p.fit_to_travel
    ]
    draft = Draft(
        trips=referred.trips + shuttled.trips, referrals=referred.referrals, orders=[], unserved=unserved
    )
    if not operation.convoys:
        return Attempt(draft=draft, bound_s=shuttled.makespan_bound_s, stages=stages)
    return _with_convoys(operation, travel, (people, referred, shuttled, draft), effort, clock)


def _failed(rule: str, stages: list[str]) -> Attempt:
    return Attempt(draft=None, bound_s=0, stages=stages, failure=Clash(rule=rule, subjects=()))


def _with_convoys(
    operation: Operation,
    travel: Travel,
    so_far: tuple[tuple[Bundle, ...], Before, Before, Draft],
    effort: Effort,
    clock: Clock,
) -> Attempt:
    people, referred, shuttled, draft = so_far
    columns = convoys.columns(operation)
    facts = {**referred.facts, **shuttled.facts}
    bounds = {**referred.bounds, **shuttled.bounds}
    gathered = convoys.Gathered(
        ready_s={**referred.ready_s, **shuttled.ready_s},
        states=_states(operation, travel, columns, draft.trips),
        busy=_busy(draft.trips),
        facts=facts,
    )
    departures_s = earliest(operation, facts)
    problem = convoys.seat_problem(operation, columns, people, gathered, departures_s)
    seating = convoys.seat_convoys(problem, work=effort.work, seed=effort.seed, clock=clock)
    stages = referred.stages + shuttled.stages
    if not seating.vehicle:
        return _failed("seats" if not seating.possible else "seats-unproved", stages)
    stages.append(f"seats: CP-SAT, {'proved' if seating.proved else 'best found'}")
    left = {number for number, vehicle in enumerate(seating.vehicle) if vehicle < 0}
    draft.unserved += [Unserved(person=p, rule="seats") for number in sorted(left) for p in people[number].members]
    _leave_behind(draft, {p for number in left for p in people[number].members})
    first = 0
    for column in columns:
        last = first + len(column.vehicles)
        aboard = [
            [people[number] for number, vehicle in enumerate(seating.vehicle) if vehicle == v]
            for v in range(first, last)
        ]
        moved = convoys.move(operation, travel, column, aboard, gathered)
        first = last
        if moved.order is None:
            return Attempt(
                draft=None,
                bound_s=convoys.bound_s(operation, travel, columns, problem, bounds),
                stages=stages,
                failure=Clash(rule=moved.failure, subjects=(column.convoy.id,)),
                bounds=bounds,
                facts=facts,
            )
        draft.trips += moved.trips
        draft.orders.append(moved.order)
        facts[departed(column.convoy.id)] = moved.departs_s
    bound = convoys.bound_s(operation, travel, columns, problem, bounds)
    stages.append(f"bound: {bound} s from referrals, joining, clauses, march and alighting")
    return Attempt(draft=draft, bound_s=bound, stages=stages, bounds=bounds, facts=facts)


def _leave_behind(draft: Draft, people: set[PersonId]) -> None:
    """Take people without a seat off the shuttles as well."""
    for trip in draft.trips:
        for stop in trip.stops:
            if trip.kind == "shuttle":
                stop.board = [p for p in stop.board if p not in people]
                stop.alight = [p for p in stop.alight if p not in people]


def _states(
    operation: Operation, travel: Travel, columns: tuple[convoys.Column, ...], trips: list[DraftTrip]
) -> dict[str, convoys.VehicleState]:
    """Where convoy vehicles stand after their referrals, brought to the assembly site."""
    states = fill_routes(operation, travel, trips)
    where = {trip.vehicle: trip.stops[-1].site for chain in _chains(trips) for trip in chain[-1:]}
    for column in columns:
        for vehicle in column.vehicles:
            state = states.get(vehicle.id, convoys.VehicleState(free_s=vehicle.available_from_s))
            route = travel.fastest(
                column.speed_percent, where.get(vehicle.id, vehicle.site), column.convoy.assembly
            )
            extra_s, extra_m = (route.travel_s, route.length_m) if route else (0, 0)
            states[vehicle.id] = convoys.VehicleState(
                free_s=state.free_s + extra_s,
                drive_s=state.drive_s + extra_s,
                total_drive_s=state.total_drive_s + extra_s,
                fuel_m=state.fuel_m + extra_m,
            )
    return states


def _chains(trips: list[DraftTrip]) -> list[list[DraftTrip]]:
    chains: dict[str, list[DraftTrip]] = {}
    for trip in trips:
        chains.setdefault(trip.vehicle, []).append(trip)
    return [sorted(chain, key=lambda trip: trip.stops[0].start_s) for chain in chains.values()]


def _busy(trips: list[DraftTrip]) -> dict[str, dict[int, list[Interval]]]:
    busy: dict[str, dict[int, list[Interval]]] = {}
    for trip in trips:
        for stop in trip.stops:
            if stop.bay:
                busy.setdefault(stop.site, {}).setdefault(stop.bay, []).append((stop.start_s, stop.end_s))
    return busy


def plan(operation: Operation, travel: Travel, limit: Limit, seed: int, *, tell: Tell = _silent) -> Plan:
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
        Called with a word about each stage as it begins.

    Returns
    -------
    Plan
        `optimal` when its makespan equals its bound and everybody is served, `feasible` with a gap else, or `infeasible`
        with the rules that clash and what would resolve it.

    Raises
    ------
    InternalError
        When an invariant of the planner does not hold.
    """
    clock = Clock(limit.seconds)
    effort = Effort(iterations=limit.iterations, work=limit.iterations / 4000, seed=seed)
    tell("premises")
    faults = explain.broken_premises(operation, travel)
    if faults:
        works = _tries(travel, effort, clock)
        return _infeasible(operation, explain.of_premises(operation, faults, works), [], effort, clock)
    tell("search")
    made = attempt(operation, travel, effort, clock)
    if made.draft is None:
        tell("explanation")
        return _infeasible(operation, _why(operation, travel, made, effort, clock), made.stages, effort, clock)
    planned = _written(operation, travel, made, effort, clock)
    times = {reading.milestone: reading.at_s for reading in planned.milestones}
    missed = explain.missed_deadlines(operation, times, made.bound_s)
    if missed.clashes:
        return _infeasible(operation, missed, made.stages, effort, clock)
    tell("levers")
    planned = msgspec.structs.replace(planned, levers=_levers(operation, travel, planned, effort, clock))
    planned = msgspec.structs.replace(planned, solver=_solver(made.stages, planned.status, clock))
    tell("referee")
    return msgspec.structs.replace(planned, violations=check(operation, travel, planned))


def _written(operation: Operation, travel: Travel, made: Attempt, effort: Effort, clock: Clock) -> Plan:
    """Write the draft out, hold back what clauses want later, read it, and set bound and status."""
    if made.draft is None:
        raise InternalError("there is no draft to write out")
    solver = _solver(made.stages, "feasible", clock)
    planned = assemble(operation, travel, made.draft, seed=effort.seed, solver=solver)
    planned = read(operation, travel, hold(operation, travel, planned))
    figures = planned.objective
    if figures is None:
        raise InternalError("a plan was read without its objective")
    bound_s = min(made.bound_s, figures.makespan_s)
    optimal = bound_s == figures.makespan_s and not any(left.rule == "seats" for left in planned.unserved)
    return msgspec.structs.replace(planned, bound_s=bound_s, status="optimal" if optimal else "feasible")


def _solver(stages: list[str], status: str, clock: Clock) -> Solver:
    proof = "proof" if status == "optimal" else "iterations"
    return Solver(
        engine=f"annealing and OR-Tools CP-SAT {ortools.__version__}",
        stages=tuple(stages),
        ended_by="seconds" if clock.cut else proof,
    )


def _infeasible(
    operation: Operation, why: explain.Explanation, stages: list[str], effort: Effort, clock: Clock
) -> Plan:
    return Plan(
        operation=operation.id,
        sha256=operation.sha256,
        status="infeasible",
        seed=effort.seed,
        solver=_solver(stages, "infeasible", clock),
        clashes=why.clashes,
        remedies=why.remedies,
    )


def _tries(travel: Travel, effort: Effort, clock: Clock) -> explain.Works:
    """Make the test whether a changed operation can be planned; a changed consent needs its own routes."""
    quick = Effort(iterations=max(1, effort.iterations // 4), work=effort.work / 2, seed=effort.seed)

    def works(changed: Operation) -> bool:
        if clock.over():
            return False
        routes = routes_of(changed)
        if explain.broken_premises(changed, routes):
            return False
        made = attempt(changed, routes, quick, clock)
        if made.draft is None:
            return False
        planned = _written(changed, routes, made, quick, clock)
        return not check(changed, routes, planned)

    return works


def _why(operation: Operation, travel: Travel, made: Attempt, effort: Effort, clock: Clock) -> explain.Explanation:
    failure = made.failure
    if failure is None:
        raise InternalError("an attempt failed without saying why")
    works = _tries(travel, effort, clock)
    if failure.rule == "clause-window":
        return explain.closed_window(operation, failure.subjects[0], made.bounds, made.facts, works)
    if failure.rule in {"seats", "shuttle-places"}:
        return explain.Explanation(
            clashes=explain.seats(operation), remedies=tuple(explain.more_vehicles(operation, works))
        )
    if failure.rule == "march":
        return explain.no_march(operation, failure.subjects[0], works)
    return explain.Explanation(clashes=(failure,), remedies=())


def _levers(operation: Operation, travel: Travel, planned: Plan, effort: Effort, clock: Clock) -> tuple[Lever, ...]:
    """Plan again with each change that touches the chain; keep those that bring something."""
    found = []
    for change in levers.candidates(operation, planned)[:MOST_LEVERS]:
        if clock.over():
            break
        made = attempt(change.operation, travel, effort, clock)
        if made.draft is not None:
            other = _written(change.operation, travel, made, effort, clock)
            lever = levers.compare(change, planned, other)
            found += [lever] if lever else []
    return tuple(found)
