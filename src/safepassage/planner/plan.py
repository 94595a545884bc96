"""The planner's front door: an operation in, a refereed plan with a proven bound out.

The stages follow the movement: referrals, shuttles, convoys. Each minimises when it ends, and the next cannot start sooner, so the bounds of the
stages add up to a bound of the whole. The referee has the last word: a plan that it finds fault with says so.
"""

from __future__ import annotations

import msgspec
import ortools
from msgspec import Struct

from safepassage.model.clauses import departed
from safepassage.model.ids import PersonId
from safepassage.model.operation import Operation
from safepassage.model.plan import Clash, Plan, Solver, Unserved
from safepassage.model.travel import Travel
from safepassage.planner import convoys, gather
from safepassage.planner.agreement import NEVER, earliest
from safepassage.planner.assemble import Draft, assemble, fill_routes
from safepassage.planner.boarding import Interval
from safepassage.planner.demand import Bundle, bundles
from safepassage.planner.draft import DraftTrip
from safepassage.planner.engine import Clock
from safepassage.planner.gather import Before, Effort
from safepassage.planner.readings import read
from safepassage.rules import check

ITERATIONS = 4000


class Limit(Struct, frozen=True, kw_only=True):
    """How long to plan: at most `seconds`; `iterations` search moves in each stage (solver work follows from them)."""

    seconds: float = 10.0
    iterations: int = ITERATIONS


class Attempt(Struct, kw_only=True):
    """What the stages gave: a draft (or the rule that failed), a bound of the makespan, what each stage proved."""

    draft: Draft | None
    bound_s: int
    stages: list[str]
    failure: Clash | None = None
    seating_proved: bool = True


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
            )
        draft.trips += moved.trips
        draft.orders.append(moved.order)
        facts[departed(column.convoy.id)] = moved.departs_s
    bound = convoys.bound_s(operation, travel, columns, problem, bounds)
    stages.append(f"bound: {bound} s from referrals, joining, clauses, march and alighting")
    return Attempt(draft=draft, bound_s=bound, stages=stages, seating_proved=seating.proved)


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


def plan(operation: Operation, travel: Travel, limit: Limit, seed: int) -> Plan:
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

    Returns
    -------
    Plan
        `optimal` when its makespan equals its bound and nobody more could be served, `feasible` with a gap else, or `infeasible`
        with the rules that clash.

    Raises
    ------
    InternalError
        When an invariant of the planner does not hold.
    """
    clock = Clock(limit.seconds)
    effort = Effort(iterations=limit.iterations, work=limit.iterations / 2000, seed=seed)
    made = attempt(operation, travel, effort, clock)
    solver = Solver(
        engine=f"annealing and OR-Tools CP-SAT {ortools.__version__}",
        stages=tuple(made.stages),
        ended_by="seconds" if clock.cut else "iterations",
    )
    if made.draft is None:
        empty = Plan(operation=operation.id, sha256=operation.sha256, status="infeasible", seed=seed, solver=solver)
        return msgspec.structs.replace(empty, clashes=(made.failure,) if made.failure else ())
    planned = assemble(operation, travel, made.draft, seed=seed, solver=solver)
    planned = read(operation, travel, planned)
    return _judged(operation, travel, planned, made.bound_s)


def _judged(operation: Operation, travel: Travel, planned: Plan, bound_s: int) -> Plan:
    """Set bound and status, and let the referee have a look."""
    makespan_s = planned.objective.makespan_s if planned.objective else NEVER
    bound = min(bound_s, makespan_s)
    optimal = bound == makespan_s and planned.objective is not None and not planned.objective.unserved
    solver = planned.solver
    if optimal and solver.ended_by == "iterations":
        solver = msgspec.structs.replace(solver, ended_by="proof")
    planned = msgspec.structs.replace(
        planned, bound_s=bound, status="optimal" if optimal else "feasible", solver=solver
    )
    return msgspec.structs.replace(planned, violations=check(operation, travel, planned))
