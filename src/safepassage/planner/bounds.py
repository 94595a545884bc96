"""Lower bounds of the makespan, put together from those of the stages.

Each stage bounds when it can end at the earliest, whatever the others do; a stage that waits for another starts from
the other's bound. The docs say why each holds (background, bounds).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from safepassage.model.clauses import REFERRALS_CLOSED, departed, joined
from safepassage.model.ids import MilestoneId
from safepassage.model.operation import Operation
from safepassage.model.travel import Travel
from safepassage.planner.agreement import NEVER, earliest
from safepassage.planner.columns import Column
from safepassage.planner.convoys import limits_of
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.feeding import Known, compile_shuttles
from safepassage.planner.gathering import Demand
from safepassage.planner.march import march
from safepassage.planner.seat_bounds import boarding_bound_s, spread_bound_s
from safepassage.planner.seat_problem import SeatProblem
from safepassage.planner.shuttle_bound import bound_s as vehicles_bound_s
from safepassage.planner.shuttle_bound import longest_single_s
from safepassage.planner.shuttle_engines import Budget, is_large
from safepassage.planner.shuttle_engines import bound_s as engine_bound_s
from safepassage.planner.shuttle_ways import least_ways
from safepassage.planner.shuttles import ShuttleProblem
from safepassage.planner.shuttling import Shuttled


class Basis(Struct, frozen=True, kw_only=True):
    """What every plan has to keep to: the demand, the routes, and when referrals can be closed at the earliest."""

    demand: Demand
    travel: Travel
    closed_s: int

    @property
    def facts(self) -> dict[MilestoneId, int]:
        """Lower bounds of milestones."""
        return {REFERRALS_CLOSED: self.closed_s}


def loosest(basis: Basis) -> ShuttleProblem:
    """Compile the shuttle problem with everybody ready, and every vehicle free, as early as in any plan."""
    treated = {person.id: person.treatment_s for person in basis.demand.operation.people if person.treatment_s}
    known = Known(ready_s=treated, states={}, facts=basis.facts, anywhere=True)
    return compile_shuttles(basis.demand, basis.travel, known)


def shuttles_s(basis: Basis, found: Shuttled, budget: Budget) -> int:
    """Bound from below when the last person of an operation without convoys can be delivered.

    Parameters
    ----------
    basis
        What every plan has to keep to.
    found
        What was found: a bound above its makespan is cut back to it.
    budget
        Limits of the work.
    """
    effort, clock = budget.effort, budget.clock
    known = None if found.waits or any(person.treatment_s for person in basis.demand.operation.people) else found
    problem = known.problem if known is not None and known.problem is not None else loosest(basis)
    if not problem.loads:
        return 0
    found_s = found.makespan_s
    bound_s = max(known.bound_s if known else 0, _after_referrals_s(basis, problem))
    if bound_s < found_s and not (known and known.bound_s and (known.bounded or is_large(problem))):
        bound_s = max(bound_s, engine_bound_s(problem, found_s, budget))
    if bound_s < found_s and not is_large(problem):
        work_s = vehicles_bound_s(problem, incumbent_s=found_s, work=effort.work, seed=effort.seed, clock=clock)
        bound_s = max(bound_s, work_s)
    return min(found_s, bound_s)


def fewer_s(basis: Basis, everybody: Demand) -> int:
    """Bound the makespan from below when as many stay behind as in `basis`, whoever that is.

    Of the times that each bundle needs at least, alone, as many of the longest as can stay behind are left out.
    """
    problem = loosest(msgspec.structs.replace(basis, demand=everybody))
    staying = len(basis.demand.unserved) - len(everybody.unserved)
    alone = sorted(
        ((longest_single_s(msgspec.structs.replace(problem, loads=(load,))), load.people) for load in problem.loads),
        reverse=True,
    )
    for needs_s, people in alone:
        if people > staying:
            return needs_s
        staying -= people
    return 0


def _after_referrals_s(basis: Basis, problem: ShuttleProblem) -> int:
    """Bound from below when the last patient back has boarded, ridden and alighted."""
    patients = {person.id for person in basis.demand.operation.people if person.treatment_s}
    rides = []
    for load in problem.loads:
        for part in load.parts:
            if patients.intersection(part.people):
                ways = [
                    problem.least_s.get((shuttle.pace, part.site, end), 0)
                    for shuttle in problem.shuttles
                    for end in load.ends
                ]
                rides.append(2 * problem.limits.setup_s + part.board_s + min(ways, default=0) + load.alight_s)
    return basis.closed_s + min(rides) if rides else 0


def joined_s(basis: Basis, facts: Mapping[MilestoneId, int], effort: Effort, clock: Clock) -> dict[MilestoneId, int]:
    """Bound from below when the people of each site can have joined at an assembly site.

    Parameters
    ----------
    basis
        What every plan has to keep to.
    facts
        When they join in the plan found.
    effort, clock
        Limits of the solver.
    """
    problem = loosest(basis)
    bounds = {}
    for site in dict.fromkeys(load.parts[0].site for load in problem.loads):
        own = tuple(load for load in problem.loads if load.parts[0].site == site)
        found_s = facts.get(joined(site), NEVER)
        alone = msgspec.structs.replace(
            problem, loads=tuple(msgspec.structs.replace(load, apart=frozenset()) for load in own)
        )
        bounds[joined(site)] = min(
            found_s,
            vehicles_bound_s(alone, incumbent_s=found_s, work=effort.work / 2, seed=effort.seed, clock=clock),
        )
    return bounds


def marches(
    operation: Operation, travel: Travel, lined: tuple[Column, ...], times: Mapping[MilestoneId, int]
) -> list[int | None]:
    """Bound from below, for each convoy, the seconds from the head's earliest departure to its arrival.

    None: it cannot get there.

    The march starts rested and with full tanks, every road is driven as if it were open, and nobody waits for a pump.
    """
    found: list[int | None] = []
    for column in lined:
        depart_s = min(times[departed(column.convoy.id)], NEVER // 2)
        nobody = (0,) * len(column.vehicles)
        vehicles = limits_of(operation, column, (), nobody)
        marched = march(operation, travel, column.convoy, vehicles, depart_s, relaxed=True)
        found.append(None if marched is None else marched.arrive_s - depart_s)
    return found


def convoys_s(basis: Basis, lined: tuple[Column, ...], problem: SeatProblem, bounds: Mapping[MilestoneId, int]) -> int:
    """Bound from below when the last person of any convoy can have alighted; 0 when nobody has to be served.

    Parameters
    ----------
    basis
        What every plan has to keep to.
    lined
        The convoys' vehicles.
    problem
        The seating, for the time it takes to empty the vehicles.
    bounds
        Lower bounds of milestones: referrals closed, sites joined.
    """
    if not problem.passengers:
        return 0
    operation = basis.demand.operation
    there_s = _there_s(basis, lined)
    departing: dict[MilestoneId, int] = dict(bounds)
    for group, column in enumerate(lined):
        departing[departed(column.convoy.id)] = max(0, boarding_bound_s(problem, group, there_s))
    times = earliest(operation, departing)
    took = marches(operation, basis.travel, lined, times)
    latest_s = 0
    for group, (column, march_s) in enumerate(zip(lined, took, strict=True)):
        depart_s = times[departed(column.convoy.id)]
        spread_s = spread_bound_s(problem, group)
        if spread_s and march_s is not None and depart_s < NEVER:
            latest_s = max(latest_s, depart_s + march_s + spread_s)
    # whoever is back, or has joined, last still boards, rides and alights
    quickest_s = min((march_s for march_s in took if march_s is not None), default=0)
    return max(latest_s, max(0, *bounds.values()) + quickest_s + 2 * operation.limits.setup_s)


def _there_s(basis: Basis, lined: tuple[Column, ...]) -> list[int]:
    """From when each vehicle can be at its assembly site at the earliest."""
    found = []
    for column in lined:
        ways = least_ways(basis.travel, [column.pace], (site.id for site in basis.demand.operation.sites))
        for vehicle in column.vehicles:
            key = (column.pace, vehicle.site, column.convoy.assembly)
            found.append(vehicle.available_from_s + (ways.get(key, 0) if vehicle.site != column.convoy.assembly else 0))
    return found
