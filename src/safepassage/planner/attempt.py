"""One go through the stages: who is carried, referrals, shuttles, convoys.

A draft and a bound, or the rule that was in the way.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from safepassage.model.clauses import departed
from safepassage.model.ids import MilestoneId, PersonId
from safepassage.model.operation import Operation
from safepassage.model.plan import Clash
from safepassage.model.travel import Travel
from safepassage.planner import bounds
from safepassage.planner.agreement import earliest
from safepassage.planner.assemble import Draft
from safepassage.planner.columns import Gathered
from safepassage.planner.convoying import Convoyed, busy_bays, convoy
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.feeding import Known
from safepassage.planner.gathering import Demand, demand, leave
from safepassage.planner.progress import Watch
from safepassage.planner.reaction import Beginning, StartTrip
from safepassage.planner.referring import Memory, Referred, refer
from safepassage.planner.shuttle_engines import Budget
from safepassage.planner.shuttling import Shuttled, shuttle
from safepassage.planner.standing import fill_routes

ROUNDS = 6
REFERRAL_SHARE, SHUTTLE_SHARE, SEAT_SHARE = 0.75, 0.85, 0.4
"""Shares of the time that is left when a stage begins: on an idle machine none of them is used up."""
NO_PLACE = frozenset(("shuttle-places", "shuttle", "seats-unproved"))


class Attempt(Struct, kw_only=True):
    """What the stages gave: a draft (or the rule that failed), a bound of the makespan, what each stage proved.

    `bounds` and `facts` are when milestones can come and do come, as far as the stages got. `proved` tells, of a
    failure, whether it is proved.
    """

    draft: Draft | None
    bound_s: int = 0
    stages: list[str] = []
    failure: Clash | None = None
    proved: bool = True
    bounds: dict[MilestoneId, int] = {}
    facts: dict[MilestoneId, int] = {}


class Search(Struct, frozen=True, kw_only=True):
    """What all stages are handed: routes, effort, clock, referrals found before, and whom to tell how it goes.

    `begun` is what goes on already when planning again, `start` the trips of the plan in force that have not begun.
    """

    travel: Travel
    effort: Effort
    clock: Clock
    memory: Memory
    watch: Watch
    begun: Beginning = Beginning(ready_s={}, states={})
    start: tuple[StartTrip, ...] = ()


def attempt(operation: Operation, search: Search) -> Attempt:
    """Go through the stages; where not everyone has to be served, again without those for whom a stage has no place.

    Raises
    ------
    InternalError
        When the stages contradict each other.
    """
    everybody = demand(operation, search.travel, search.effort, search.clock.part(SEAT_SHARE))
    asked = everybody
    for _ in range(ROUNDS):
        if asked.failure:
            return _failed(asked.failure, asked.subjects, proved=asked.proved)
        made, left = _through(everybody, asked, search)
        if made.failure is None or not left or operation.limits.everyone:
            return made
        rule = "seats" if made.failure.rule in NO_PLACE else made.failure.rule
        fewer = Demand(
            operation=asked.operation,
            people=asked.people,
            goal=asked.goal,
            unserved=list(asked.unserved),
            proved=False,
        )
        asked = leave(fewer, dict.fromkeys(left, rule))
    return made


def _failed(
    rule: str, subjects: tuple[str, ...] = (), *, proved: bool = True, stages: list[str] | None = None
) -> Attempt:
    clash = Clash(rule=rule, subjects=tuple(subjects))
    return Attempt(draft=None, stages=stages or [], failure=clash, proved=proved)


def _through(everybody: Demand, asked: Demand, search: Search) -> tuple[Attempt, list[PersonId]]:
    """Go through the stages once; also who would have to stay for it to work."""
    operation, clock = asked.operation, search.clock
    referred = refer(operation, search.travel, search.effort, clock.part(REFERRAL_SHARE), search.memory)
    if referred.failure:
        return _failed(referred.failure, tuple(referred.left), proved=referred.proved), referred.left
    basis = bounds.Basis(demand=asked, travel=search.travel, closed_s=referred.bound_s)
    known = Known(
        ready_s={**search.begun.ready_s, **referred.ready_s},
        states=fill_routes(operation, search.travel, referred.trips, search.begun.states),
        facts=referred.facts,
    )
    watch = Watch() if operation.convoys else search.watch
    budget = Budget(
        effort=search.effort,
        clock=clock.part(SHUTTLE_SHARE),
        proving=None if operation.convoys else clock,
        watch=watch,
        prove=search.effort.prove and not operation.convoys,
        enough_s=_enough_s(basis),
        start=search.start,
    )
    shuttled = shuttle(asked, search.travel, known, budget)
    stages = _told(referred, shuttled)
    if shuttled.failure:
        return _failed(shuttled.failure, tuple(shuttled.left), proved=False, stages=stages), shuttled.left
    draft = Draft(
        trips=referred.trips + shuttled.trips, referrals=referred.referrals, orders=[], unserved=asked.unserved
    )
    made = Attempt(draft=draft, stages=stages, facts={**referred.facts, **shuttled.facts}, bounds=basis.facts)
    if operation.convoys:
        return _with_convoys(made, basis, (everybody, referred, shuttled), search)
    if not search.effort.prove:
        return made, []
    if asked.unserved == everybody.unserved:
        made.bound_s = bounds.shuttles_s(basis, shuttled, Budget(effort=search.effort, clock=clock, watch=watch))
    else:
        made.bound_s = bounds.fewer_s(basis, everybody)
    made.stages.append(
        f"bound: {made.bound_s} s, the best of the engine's, the vehicles' work and flow, and the referrals'"
    )
    return made, []


def _enough_s(basis: bounds.Basis) -> int:
    """By when people who come by shuttle are early enough for convoys, which cannot leave before."""
    operation = basis.demand.operation
    if not operation.convoys:
        return 0
    times = earliest(operation, basis.facts)
    first_s = min(times[departed(convoy.id)] for convoy in operation.convoys)
    return first_s - operation.limits.board_margin_s


def _told(referred: Referred, shuttled: Shuttled) -> list[str]:
    stages = []
    if referred.referrals:
        closed_s = max(referred.facts.values())
        stages.append(f"referrals: annealing; closed {closed_s} s, bound {referred.bound_s} s")
    if shuttled.trips:
        stages.append(shuttled.stage)
    return stages


def _with_convoys(
    made: Attempt, basis: bounds.Basis, so_far: tuple[Demand, Referred, Shuttled], search: Search
) -> tuple[Attempt, list[PersonId]]:
    everybody, referred, shuttled = so_far
    asked, before = basis.demand, referred.trips + shuttled.trips
    gathered = Gathered(
        ready_s={**search.begun.ready_s, **referred.ready_s, **shuttled.ready_s},
        states={},
        busy=busy_bays(before),
        facts=made.facts,
        goal=asked.goal,
    )
    done = convoy(asked, search.travel, before, gathered, search.effort, search.clock)
    if done.seating.possible:
        made.stages.append(f"seats: annealing, {'as early as can be' if done.seating.proved else 'best found'}")
    wanted = search.effort.prove and _matters(made, done)
    joined = bounds.joined_s(basis, made.facts, search.effort, search.clock) if wanted else {}
    made.bounds = {**basis.facts, **joined}
    if done.failure:
        made.failure, made.draft = Clash(rule=done.failure, subjects=done.subjects), None
        made.facts |= done.facts
        made.proved = done.failure == "unreachable-site"
        return made, [p for n, at in enumerate(done.seating.vehicle) if at < 0 for p in asked.people[n].members]
    if made.draft is not None:
        made.draft.trips += done.trips
        made.draft.orders = done.orders
    made.facts |= done.facts
    made.bound_s = _convoy_bound_s(made, basis, everybody, done)
    made.stages.append(f"bound: {made.bound_s} s from referrals, joining, clauses, march and alighting")
    return made, []


def _matters(made: Attempt, done: Convoyed) -> bool:
    """Tell whether it counts when people join: not while other things hold every departure up for longer."""
    departs_s = min((order.departs_s for order in done.orders), default=0)
    joined = [at_s for name, at_s in made.facts.items() if name.startswith("joined:")]
    others = [at_s for name, at_s in made.bounds.items()]
    return bool(joined) and (done.failure != "" or max(joined) > max([0, *others]) or max(joined) >= departs_s)


def _convoy_bound_s(made: Attempt, basis: bounds.Basis, everybody: Demand, done: Convoyed) -> int:
    if basis.demand.unserved != everybody.unserved or any(u.rule != "fit-to-travel" for u in everybody.unserved):
        # others could have stayed behind: nothing is known of who has to come
        return bounds.convoys_s(basis, done.lined, msgspec.structs.replace(done.problem, passengers=()), {})
    return bounds.convoys_s(basis, done.lined, done.problem, made.bounds)
