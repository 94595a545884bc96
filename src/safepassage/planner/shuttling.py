"""The stage of the shuttles: tours found, written as draft trips, and what they reach."""

from __future__ import annotations

from itertools import permutations

import msgspec
from msgspec import Struct

from safepassage.model.clauses import Precedence, cleared, joined, left
from safepassage.model.ids import MilestoneId, PersonId, SiteId, VehicleId
from safepassage.model.people import Person
from safepassage.model.travel import Travel
from safepassage.planner import shuttle_engines as engines
from safepassage.planner.agreement import earliest
from safepassage.planner.demand import Bundle
from safepassage.planner.draft import DraftStop, DraftTrip
from safepassage.planner.feeding import Known, compile_shuttles
from safepassage.planner.gathering import Demand
from safepassage.planner.progress import Watch
from safepassage.planner.reaction import StartTrip
from safepassage.planner.shuttle_bound import bound_s
from safepassage.planner.shuttle_clock import time_tours
from safepassage.planner.shuttle_engines import Budget
from safepassage.planner.shuttle_search import search
from safepassage.planner.shuttles import Halt, Load, Run, ShuttleProblem, Timing, Tours, accepts, make_run

PASSES = 3
FLOOR_WORK = 0.2
"""CP-SAT work for a makespan that the search need not try to beat."""


class Shuttled(Struct, kw_only=True):
    """The shuttles' trips; when people are at the end of theirs; milestones reached; who found no place.

    A code where it failed; what ran; a lower bound of the makespan of `problem` (0: none), and whether an engine found
    it as it planned; whether that holds people back for others.
    """

    trips: list[DraftTrip]
    ready_s: dict[PersonId, int]
    facts: dict[MilestoneId, int]
    makespan_s: int = 0
    left: list[PersonId] = []
    failure: str = ""
    stage: str = ""
    bound_s: int = 0
    bounded: bool = False
    problem: ShuttleProblem | None = None
    waits: bool = False


class _Found(Struct, kw_only=True):
    """Tours of a problem, timed."""

    problem: ShuttleProblem
    tours: Tours
    timing: Timing
    left: list[int]
    stage: str = "shuttles: annealing"
    bound_s: int = 0
    bounded: bool = False


def shuttle(demand: Demand, travel: Travel, known: Known, budget: Budget) -> Shuttled:
    """Plan the shuttles: to the assembly sites where there are convoys, else to final sites.

    Parameters
    ----------
    demand
        Who is carried, and where they gather.
    travel
        Routes of the roads room.
    known
        What the referrals leave.
    budget
        Limits of the search; it need not go on when everybody has arrived early enough.
    """
    facts = dict(known.facts)
    waited = _waited_for(demand)
    if waited:
        facts |= _first_guess(demand, travel, known, budget)
    result = Shuttled(trips=[], ready_s={}, facts={})
    for _ in range(PASSES if waited else 1):
        problem = compile_shuttles(demand, travel, msgspec.structs.replace(known, facts=facts))
        due_s = {site: facts[cleared(site)] for site in waited if cleared(site) in facts}
        problem = msgspec.structs.replace(problem, due_s=_sooner(problem.due_s, due_s))
        result = _planned(demand, problem, budget)
        if result.failure or not waited or _in_step(demand, known, result):
            break
        facts |= {name: max(at_s, facts.get(name, 0)) for name, at_s in result.facts.items()}
    result.waits = bool(waited)
    return result


def _waited_for(demand: Demand) -> set[SiteId]:
    """Name the sites that others' people wait for by a clause: they may not leave before."""
    sites = {person.site for person in demand.operation.people}
    held = {left(site) for site in sites}
    firsts = {c.first for c in demand.operation.clauses if isinstance(c, Precedence) and c.then in held}
    firsts |= {name for milestone in demand.operation.milestones for name in milestone.after}
    return {site for site in sites if {left(site), cleared(site), joined(site)} & firsts}


def _first_guess(demand: Demand, travel: Travel, known: Known, budget: Budget) -> dict[MilestoneId, int]:
    """Find out how soon the sites that others wait for can be left, served alone."""
    sites = _waited_for(demand)
    people = tuple(bundle for bundle in demand.people if any(site in sites for site, _ in bundle.parts))
    alone = compile_shuttles(_only(demand, people), travel, known)
    quick = msgspec.structs.replace(budget.effort, iterations=max(1, budget.effort.iterations // 4))
    found = _planned(_only(demand, people), alone, Budget(effort=quick, clock=budget.clock, watch=Watch()))
    wanted = {name for site in sites for name in (left(site), cleared(site), joined(site))}
    return {name: at_s for name, at_s in found.facts.items() if name in wanted}


def _only(demand: Demand, people: tuple[Bundle, ...]) -> Demand:
    return Demand(operation=demand.operation, people=people, goal=demand.goal, unserved=[])


def _sooner(one: dict[SiteId, int], other: dict[SiteId, int]) -> dict[SiteId, int]:
    return {site: min(times[site] for times in (one, other) if site in times) for site in one.keys() | other.keys()}


def _in_step(demand: Demand, known: Known, result: Shuttled) -> bool:
    """Tell whether nobody leaves a site before what the clauses want first."""
    allowed = earliest(demand.operation, {**known.facts, **result.facts})
    return all(allowed[name] <= at_s for name, at_s in result.facts.items() if name in allowed)


def _planned(demand: Demand, problem: ShuttleProblem, budget: Budget) -> Shuttled:
    result = Shuttled(trips=[], ready_s={}, facts={}, problem=problem)
    if not problem.loads:
        return result
    if not problem.shuttles:
        result.failure, result.left = "shuttle-places", [p for load in problem.loads for p in people_of(load)]
        return result
    found = _found(problem, budget)
    if found is None:
        result.failure, result.left = "shuttle", [p for load in problem.loads for p in people_of(load)]
        return result
    ordered = _ordered(demand, found)
    if ordered is None:
        result.failure, result.left = "shuttle", _led(demand, problem)
        return result
    result.left = [p for number in ordered.left for p in people_of(problem.loads[number])]
    if result.left:
        result.failure = "shuttle-places"
    result.trips, result.makespan_s = _trips(ordered), ordered.timing.makespan_s
    result.stage, result.bound_s = f"{ordered.stage}; last {result.makespan_s} s", ordered.bound_s
    result.bounded = ordered.bounded
    _reached(demand, result)
    return result


def _found(problem: ShuttleProblem, budget: Budget) -> _Found | None:
    """Find tours: by the engine that suits, and where the problem is small by the search over stops from there on."""
    effort, clock, watch = budget.effort, budget.clock, budget.watch
    before = _started(problem, budget.start) if budget.start else None
    answer = engines.solve(problem, budget, before)
    timing = time_tours(problem, answer.tours) if answer else None
    # whom an engine leaves behind, the search over stops may still carry: it knows where crews rest
    done = answer and timing and not timing.late_s and not answer.left and not answer.easier
    proved = answer and timing and timing.makespan_s <= answer.bound_s
    enough_done = done and (proved or engines.is_large(problem))
    if answer and timing and (enough_done or (clock.over() and not timing.late_s)):
        return _Found(
            problem=problem, tours=answer.tours, timing=timing, left=answer.left, stage=answer.stage,
            bound_s=answer.bound_s, bounded=answer.bound_s > 0,
        )  # fmt: skip
    floor_s = min(answer.bound_s, timing.makespan_s) if answer and timing else 0
    if not answer or answer.left or timing is None or timing.makespan_s > floor_s:
        floor_s = max(floor_s, bound_s(problem, incumbent_s=None, work=FLOOR_WORK, seed=effort.seed, clock=clock))

    def enough(timing: Timing) -> bool:
        if not timing.late_s:
            watch.found(timing.makespan_s)
        return clock.over() or timing.makespan_s <= budget.enough_s

    found = search(
        problem,
        iterations=effort.iterations,
        seed=effort.seed,
        stop=enough,
        floor_s=floor_s,
        start=answer.tours if answer else before,
    )
    if found is None:
        return None
    stage = f"{answer.stage}, then annealing" if answer else "shuttles: annealing"
    bounded = answer is not None and answer.bound_s > 0
    return _Found(
        problem=problem, tours=found[0], timing=found[1], left=found[2], stage=stage, bound_s=floor_s, bounded=bounded
    )


def _started(problem: ShuttleProblem, trips: tuple[StartTrip, ...]) -> Tours:
    """Write trips of an earlier plan as tours, as far as their loads are still as they were."""
    aboard = {person: number for number, trip in enumerate(trips) for _, people in trip.pickups for person in people}
    loads: dict[int, list[int]] = {}
    for number, load in enumerate(problem.loads):
        together = {aboard.get(person) for person in people_of(load)}
        trip = together.pop() if len(together) == 1 else None
        if trip is not None:
            loads.setdefault(trip, []).append(number)
    place = {shuttle.vehicle: number for number, shuttle in enumerate(problem.shuttles)}
    tours: Tours = [[] for _ in problem.shuttles]
    for number, own in sorted(loads.items()):
        trip_ = trips[number]
        run = make_run(problem, tuple(own), trip_.end, tuple(site for site, _ in trip_.pickups))
        if trip_.vehicle in place and accepts(problem, run, problem.shuttles[place[trip_.vehicle]]):
            tours[place[trip_.vehicle]].append(run)
    return tours


def people_of(load: Load) -> list[PersonId]:
    """List the people of a load."""
    return [person for part in load.parts for person in part.people]


def _after(demand: Demand, load: Load) -> set[tuple[SiteId, SiteId]]:
    """Pairs of sites of which the first has to be picked up first: a child's adult, a carer."""
    pairs: set[tuple[SiteId, SiteId]] = set()
    if len(load.parts) == 1:
        return pairs
    people = {person.id: person for person in demand.operation.people}
    for part in load.parts:
        for person in (people[p] for p in part.people):
            others = [people[p] for p in people_of(load)]
            pairs |= {(leader, part.site) for leader in _leaders(person, others)}
    return pairs


def _leaders(person: Person, others: list[Person]) -> set[SiteId]:
    """Name the sites where those wait without whom a person cannot board."""
    found = {other.site for other in others if other.id == person.carer}
    adults = {other.site for other in others if other.household == person.household and not other.is_child}
    if person.is_child and person.site not in adults:
        found |= set(sorted(adults)[:1])
    return found - {person.site}


def _led(demand: Demand, problem: ShuttleProblem) -> list[PersonId]:
    return [p for load in problem.loads if _after(demand, load) for p in people_of(load)]


def _ordered(demand: Demand, found: _Found) -> _Found | None:
    """Put the sites of runs in an order in which nobody boards before who must ride along.

    None when such a run cannot be driven.
    """
    problem = found.problem
    tours, changed = [], False
    for tour in found.tours:
        runs: list[Run] = []
        for run in tour:
            pairs = {pair for number in run.loads for pair in _after(demand, problem.loads[number])}
            order = next((way for way in permutations(run.sites) if _keeps(way, pairs)), None)
            if order is None:
                return None
            keeps = not pairs or _keeps(run.sites, pairs)
            runs.append(run if keeps else make_run(problem, run.loads, run.end, order))
            changed = changed or not keeps
        tours.append(runs)
    if not changed:
        return found
    timing = time_tours(problem, tours)
    return None if timing is None else msgspec.structs.replace(found, tours=tours, timing=timing)


def _keeps(way: tuple[SiteId, ...], pairs: set[tuple[SiteId, SiteId]]) -> bool:
    return all(way.index(first) < way.index(then) for first, then in pairs)


def _trips(found: _Found) -> list[DraftTrip]:
    return [
        DraftTrip(
            vehicle=VehicleId(vehicle.vehicle),
            kind="shuttle",
            pace=vehicle.pace,
            stops=[_stop(found.problem, halt) for halt in halts],
        )
        for vehicle, runs in zip(found.problem.shuttles, found.timing.halts, strict=True)
        for halts in runs
    ]


def _stop(problem: ShuttleProblem, halt: Halt) -> DraftStop:
    boarding = [part for n in halt.board for part in problem.loads[n].parts if part.site == halt.site]
    board = [person for part in boarding for person in part.people]
    alight = [person for number in halt.alight for person in people_of(problem.loads[number])]
    return DraftStop(
        site=halt.site,
        start_s=halt.start_s,
        end_s=halt.end_s,
        route=halt.route,
        board=board,
        alight=alight,
        work=halt.work,
        slow=halt.slow,
        bay=halt.bay if board or alight or "refuel" in halt.work else 0,
        not_before_s=max(0, *(part.ready_s for part in boarding)) if board else 0,
    )


def _reached(demand: Demand, result: Shuttled) -> None:
    """When everybody is where the shuttles take them, and which sites have been left and have joined by that."""
    convoys = bool(demand.operation.convoys)
    site_of = {person.id: person.site for person in demand.operation.people}
    facts = result.facts
    for trip in result.trips:
        leaves: dict[PersonId, int] = {}
        for stop in trip.stops:
            leaves |= dict.fromkeys(stop.board, stop.end_s)
            for person in stop.alight:
                site = site_of[person]
                result.ready_s[person] = stop.end_s
                facts[left(site)] = min(leaves[person], facts.get(left(site), leaves[person]))
                facts[cleared(site)] = max(leaves[person], facts.get(cleared(site), 0))
                if convoys:
                    facts[joined(site)] = max(stop.end_s, facts.get(joined(site), 0))
