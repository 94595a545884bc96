"""The stage of the convoys: seats, then one convoy after the other in the order in which they wait for each other."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from msgspec import Struct

from safepassage.model.clauses import BothOrNeither, Precedence, arrived, departed
from safepassage.model.ids import ConvoyId, MilestoneId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import ConvoyOrder
from safepassage.model.travel import Travel
from safepassage.planner.agreement import NEVER, earliest
from safepassage.planner.boarding import Interval
from safepassage.planner.bounds import marches
from safepassage.planner.columns import Column, Gathered, Timing, columns, seat_problem
from safepassage.planner.convoys import Movement, move
from safepassage.planner.demand import Bundle
from safepassage.planner.draft import DraftTrip
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.gathering import Demand
from safepassage.planner.seat_problem import SeatProblem
from safepassage.planner.seats import Seating, improve, settle
from safepassage.planner.standing import brought, fill_routes

PASSES = 3


class Convoyed(Struct, kw_only=True):
    """The convoys' trips and orders, when they leave and arrive, and the seating; a rule's code where it failed."""

    trips: list[DraftTrip]
    orders: list[ConvoyOrder]
    facts: dict[MilestoneId, int]
    lined: tuple[Column, ...]
    problem: SeatProblem
    seating: Seating
    failure: str = ""
    subjects: tuple[str, ...] = ()


def convoy(
    demand: Demand, travel: Travel, before: list[DraftTrip], gathered: Gathered, effort: Effort, clock: Clock
) -> Convoyed:
    """Seat and move all convoys.

    Parameters
    ----------
    demand
        Who is carried.
    travel
        Routes of the roads room.
    before
        The trips of referrals and shuttles.
    gathered
        What these leave; vehicles' states are filled in here.
    effort, clock
        Limits of the search.
    """
    operation = demand.operation
    lined = _lined_up(operation, travel, before, gathered)
    problem = _timed(demand, travel, lined, gathered)
    seating = settle(problem, effort, clock)
    made = Convoyed(trips=[], orders=[], facts={}, lined=lined, problem=problem, seating=seating)
    if seating.left:
        made.failure = "seats" if seating.possible is False else "seats-unproved"
        return made
    made.seating = improve(problem, seating, effort, clock)
    aboard = [
        [demand.people[n] for n, at in enumerate(made.seating.vehicle) if at == v] for v in range(len(problem.seats))
    ]
    holds: dict[MilestoneId, int] = {}
    for _ in range(PASSES):
        _move_all(operation, travel, made, aboard, (gathered, holds))
        wanted = _held(operation, made, gathered)
        if made.failure or wanted.items() <= holds.items():
            break
        holds |= wanted
    return made


def _lined_up(operation: Operation, travel: Travel, before: list[DraftTrip], gathered: Gathered) -> tuple[Column, ...]:
    """Bring the vehicles to the assembly sites; those that come late go late in their part of the column."""
    states = dict(fill_routes(operation, travel, before))
    times = earliest(operation, gathered.facts)
    late_s = {}
    for column in columns(operation, {}):
        for vehicle in column.vehicles:
            state = brought(travel, states[vehicle.id], column.convoy.assembly, column.pace)
            states[vehicle.id] = state
            late_s[vehicle.id] = max(0, state.free_s + operation.limits.setup_s - times[departed(column.convoy.id)])
    gathered.states = states
    return columns(operation, late_s)


def _timed(demand: Demand, travel: Travel, lined: tuple[Column, ...], gathered: Gathered) -> SeatProblem:
    times = earliest(demand.operation, gathered.facts)
    took = marches(demand.operation, travel, lined, times)
    timing = Timing(times=times, march_s=tuple(march_s or 0 for march_s in took))
    return seat_problem(demand.operation, lined, demand.people, gathered, timing)


def _move_all(
    operation: Operation,
    travel: Travel,
    made: Convoyed,
    aboard: list[list[Bundle]],
    given: tuple[Gathered, dict[MilestoneId, int]],
) -> None:
    """Move the convoys one after the other, each in full knowledge of those before."""
    gathered, holds = given
    busy = {site: {bay: list(times) for bay, times in bays.items()} for site, bays in gathered.busy.items()}
    own = Gathered(
        ready_s=gathered.ready_s, states=gathered.states, busy=busy, facts=dict(gathered.facts), goal=gathered.goal
    )
    made.trips, made.orders, made.facts = [], [], {}
    firsts = _firsts(made.lined)
    for number in order_of(operation, made.lined):
        column, first = made.lined[number], firsts[number]
        riding = aboard[first : first + len(column.vehicles)]
        moved: Movement = move(operation, travel, column, riding, own, holds.get(departed(column.convoy.id), 0))
        if moved.order is None:
            made.failure, made.subjects = moved.failure, moved.subjects
            return
        made.trips += moved.trips
        made.orders.append(moved.order)
        name = column.convoy.id
        own.facts |= {departed(name): moved.departs_s, arrived(name): moved.arrives_s}
        made.facts |= {departed(name): moved.departs_s, arrived(name): moved.arrives_s}
    made.orders.sort(key=lambda order: [column.convoy.id for column in made.lined].index(order.convoy))


def _firsts(lined: tuple[Column, ...]) -> list[int]:
    """Give the position of each convoy's first vehicle among all."""
    firsts = [0]
    for column in lined:
        firsts.append(firsts[-1] + len(column.vehicles))
    return firsts


def order_of(operation: Operation, lined: tuple[Column, ...]) -> list[int]:
    """Put the convoys in an order in which none waits for a later one, as far as the clauses have such an order."""
    graph: dict[str, list[str]] = {departed(c.convoy.id): [] for c in lined}
    for column in lined:
        graph[arrived(column.convoy.id)] = [departed(column.convoy.id)]
    for clause in operation.clauses:
        if isinstance(clause, Precedence):
            graph.setdefault(clause.then, []).append(clause.first)
    for milestone in operation.milestones:
        graph.setdefault(milestone.id, []).extend(milestone.after)
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError:
        return list(range(len(lined)))
    return sorted(range(len(lined)), key=lambda n: order.index(departed(lined[n].convoy.id)))


def _held(operation: Operation, made: Convoyed, gathered: Gathered) -> dict[MilestoneId, int]:
    """Departures that a both-or-neither clause does not want so long before what comes with them."""
    names: dict[MilestoneId, ConvoyId] = {departed(c.convoy.id): c.convoy.id for c in made.lined}
    times = earliest(operation, {**gathered.facts, **made.facts})
    holds: dict[MilestoneId, int] = {}
    for clause in operation.clauses:
        if isinstance(clause, BothOrNeither):
            last_s = max((times[name] for name in clause.milestones if times.get(name, NEVER) < NEVER), default=0)
            for name in clause.milestones:
                if name in names and name in made.facts and made.facts[name] < last_s - clause.within_s:
                    holds[name] = last_s - clause.within_s
    return holds


def busy_bays(trips: list[DraftTrip]) -> dict[SiteId, dict[int, list[Interval]]]:
    """List when the bays of each site are busy with these trips."""
    busy: dict[SiteId, dict[int, list[Interval]]] = {}
    for trip in trips:
        for stop in trip.stops:
            if stop.bay:
                found: list[Interval] = busy.setdefault(stop.site, {}).setdefault(stop.bay, [])
                found.append((stop.start_s, stop.end_s))
    return busy
