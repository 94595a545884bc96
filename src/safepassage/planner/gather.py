"""What comes before a convoy, or is the whole movement without one: referrals and shuttles, and the bounds they give."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from safepassage.model.clauses import REFERRALS_CLOSED, departed, joined
from safepassage.model.ids import MilestoneId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Unserved
from safepassage.model.travel import Travel
from safepassage.planner import referrals as ambulance_rounds
from safepassage.planner.agreement import leave_not_before
from safepassage.planner.demand import Bundle, alight_s, board_s, sizes_of
from safepassage.planner.draft import DraftReferral, DraftStop, DraftTrip
from safepassage.planner.engine import Clock
from safepassage.planner.rounds_draft import closed_bound_s
from safepassage.planner.rounds_draft import draft as rounds_draft
from safepassage.planner.shuttle_bound import bound_s as shuttle_bound_s
from safepassage.planner.shuttle_search import search as search_tours
from safepassage.planner.shuttles import Halt, Load, Part, Shuttle, ShuttleProblem, Timing, Tours


class Effort(Struct, frozen=True, kw_only=True):
    """How much work a stage may do: search moves, CP-SAT's deterministic seconds, the seed."""

    iterations: int
    work: float
    seed: int


class Before(Struct, kw_only=True):
    """A stage's trips, when people are ready after it, milestones reached, and lower bounds of these milestones."""

    trips: list[DraftTrip]
    referrals: list[DraftReferral]
    ready_s: dict[PersonId, int]
    facts: dict[MilestoneId, int]
    bounds: dict[MilestoneId, int]
    unserved: list[Unserved]
    stages: list[str]
    makespan_bound_s: int = 0
    failure: str = ""


def nothing() -> Before:
    """Return the stage of an operation that has none."""
    return Before(trips=[], referrals=[], ready_s={}, facts={}, bounds={}, unserved=[], stages=[])


def refer(operation: Operation, travel: Travel, effort: Effort, clock: Clock) -> Before:
    """Plan all referrals; `failure` is a rule's code when there is no way."""
    problem = ambulance_rounds.rounds(operation, travel)
    before = nothing()
    if not problem.groups:
        before.facts = before.bounds = {REFERRALS_CLOSED: 0}
        return before
    if not problem.ambulances:
        before.failure = "ambulance"
        return before
    bound = closed_bound_s(problem)
    schedule = ambulance_rounds.search(
        problem,
        iterations=effort.iterations,
        seed=effort.seed,
        stop=lambda found: found.closed_s <= bound or clock.over(),
    )
    if schedule is None:
        before.failure = "hospital"
        return before
    before.trips, before.referrals = rounds_draft(problem, schedule)
    for number, group in enumerate(problem.groups):
        for person in group.people:
            before.ready_s[person] = max(before.ready_s.get(person, 0), schedule.returned_s[number])
    before.facts = {REFERRALS_CLOSED: schedule.closed_s}
    before.bounds = {REFERRALS_CLOSED: min(bound, schedule.closed_s)}
    before.stages = [f"referrals: annealing; closed {schedule.closed_s} s, bound {before.bounds[REFERRALS_CLOSED]} s"]
    return before


def shuttle(
    operation: Operation,
    travel: Travel,
    people: tuple[Bundle, ...],
    referred: Before,
    effort: Effort,
    clock: Clock,
) -> Before:
    """Plan the shuttles: to the assembly sites where there are convoys, else to final sites."""
    problem, whose = compile_shuttles(operation, travel, people, referred)
    before = nothing()
    if not problem.loads:
        return before
    found = None
    if problem.shuttles:
        found = search_tours(
            problem, iterations=effort.iterations, seed=effort.seed, stop=lambda _timing: clock.over()
        )
    if found is None:
        before.failure = "shuttle"
        return before
    tours, timing, left = found
    if left and (operation.limits.everyone or operation.convoys):
        before.failure = "shuttle-places"
        return before
    delivered = tuple(load for number, load in enumerate(problem.loads) if number not in set(left))
    bounded = ShuttleProblem(**{**_fields(problem), "loads": delivered})
    bound = shuttle_bound_s(
        bounded, incumbent_s=timing.makespan_s, work=effort.work, seed=effort.seed, clock=clock
    )
    before.trips = _trips(problem, tours, timing, whose)
    before.unserved = [Unserved(person=p, rule="seats") for number in left for p in _people(problem.loads[number])]
    _arrivals(operation, problem, tours, timing, before)
    before.makespan_bound_s = 0 if operation.convoys else min(bound, timing.makespan_s)
    latest = max(before.facts.values(), default=0)
    before.bounds = {name: bound if at_s == latest else 0 for name, at_s in before.facts.items()}
    if len(before.facts) > 1:
        before.bounds = dict.fromkeys(before.facts, 0)
    before.stages = [
        f"shuttles: annealing; last {timing.makespan_s} s, bound {bound} s by vehicles' work and flow (CP-SAT)"
    ]
    return before


def _fields(problem: ShuttleProblem) -> dict[str, object]:
    return {name: getattr(problem, name) for name in problem.__struct_fields__}


def _people(load: Load) -> list[PersonId]:
    return [person for part in load.parts for person in part.people]


def compile_shuttles(
    operation: Operation, travel: Travel, people: tuple[Bundle, ...], referred: Before
) -> tuple[ShuttleProblem, list[SiteId]]:
    """Compile the shuttle problem; the list gives each load's first site."""
    assemblies = [convoy.assembly for convoy in operation.convoys]
    persons = {person.id: person for person in operation.people}
    loads: list[Load] = []
    owner: list[int] = []
    for number, bundle in enumerate(people):
        if assemblies:
            goals = (_nearest(travel, bundle, assemblies),)
            parts = [part for part in bundle.parts if part[0] not in goals]
            pieces = [[part] for part in parts]
        else:
            goals = tuple(sorted(bundle.finals))
            pieces = [list(bundle.parts)]
        for piece in pieces:
            members = [persons[p] for _, ids in piece for p in ids]
            if members:
                loads.append(_load(operation, piece, goals, referred))
                owner.append(number)
    _keep_apart(people, loads, owner)
    problem = ShuttleProblem(
        loads=tuple(loads),
        shuttles=tuple(_shuttles(operation)),
        routes=travel.routes,
        bays={site.id: site.bays for site in operation.sites},
        opens={site.id: site.opens for site in operation.sites if site.opens},
        room={
            site.id: site.capacity
            for site in operation.sites
            if site.capacity and site.kind in {"shelter", "destination"}
        },
        fuel=tuple(site.id for site in operation.sites if site.fuel),
        limits=operation.limits,
    )
    return problem, [load.parts[0].site for load in loads]


def _nearest(travel: Travel, bundle: Bundle, assemblies: list[SiteId]) -> SiteId:
    """The assembly site where part of the bundle already is, else the one that is quickest to reach."""
    there = [site for site, _ in bundle.parts if site in assemblies]
    if there:
        return there[0]
    origin = bundle.parts[0][0]
    times = [
        (min(r.travel_s for key, routes in travel.routes.items() if key[1:] == (origin, a) for r in routes), a)
        for a in assemblies
        if any(key[1:] == (origin, a) for key in travel.routes)
    ]
    return min(times)[1] if times else assemblies[0]


def _load(
    operation: Operation,
    piece: list[tuple[SiteId, tuple[PersonId, ...]]],
    goals: tuple[SiteId, ...],
    referred: Before,
) -> Load:
    persons = {person.id: person for person in operation.people}
    sites = {site.id: site for site in operation.sites}
    parts = []
    for site, ids in piece:
        ready_s = max([0, *(referred.ready_s.get(p, 0) for p in ids)])
        ready_s = max(ready_s, leave_not_before(operation, referred.facts, site) - _service_s(operation, ids))
        parts.append(Part(site, ids, board_s(operation, sizes_of(persons[p] for p in ids)), ready_s))
    sizes = sizes_of(persons[p] for _, ids in piece for p in ids)
    ends = tuple(end for end in goals if not sizes[2] or sites[end].takes_stretchers)
    return Load(parts=tuple(parts), sizes=sizes, alight_s=alight_s(operation, sizes), ends=ends)


def _service_s(operation: Operation, ids: tuple[PersonId, ...]) -> int:
    persons = {person.id: person for person in operation.people}
    return operation.limits.setup_s + board_s(operation, sizes_of(persons[p] for p in ids))


def _keep_apart(people: tuple[Bundle, ...], loads: list[Load], owner: list[int]) -> None:
    """Tell each load which loads it must not meet (both ways)."""
    bundle_of = {person: number for number, bundle in enumerate(people) for person in bundle.members}
    rivals: dict[int, set[int]] = {}
    for number, bundle in enumerate(people):
        for other in bundle.apart:
            if other in bundle_of:
                rivals.setdefault(number, set()).add(bundle_of[other])
                rivals.setdefault(bundle_of[other], set()).add(number)
    for number, load in enumerate(loads):
        apart = frozenset(n for n, own in enumerate(owner) if own in rivals.get(owner[number], ()))
        if apart:
            loads[number] = Load(
                parts=load.parts, sizes=load.sizes, alight_s=load.alight_s, ends=load.ends, apart=apart
            )


def _shuttles(operation: Operation) -> list[Shuttle]:
    return [
        Shuttle(
            vehicle=v.id,
            site=v.site,
            available_s=v.available_from_s,
            speed_percent=v.speed_percent,
            places=(v.seats, v.wheelchair_bays, v.stretchers),
            range_m=v.range_m,
            unrested_s=v.crews * operation.limits.drive_before_rest_s,
            drive_limit_s=v.crews * operation.limits.daily_drive_s,
        )
        for v in operation.vehicles
        if not v.convoy and v.kind not in {"escort", "supply"} and (v.seats or v.wheelchair_bays or v.stretchers)
    ]


def _trips(problem: ShuttleProblem, tours: Tours, timing: Timing, _whose: list[SiteId]) -> list[DraftTrip]:
    trips = []
    for number, tour in enumerate(tours):
        shuttle_ = problem.shuttles[number]
        for run in range(len(tour)):
            stops = [_stop(problem, halt) for halt in timing.halts[number][run]]
            trips.append(
                DraftTrip(
                    vehicle=VehicleId(shuttle_.vehicle),
                    kind="shuttle",
                    speed_percent=shuttle_.speed_percent,
                    stops=stops,
                )
            )
    return trips


def _stop(problem: ShuttleProblem, halt: Halt) -> DraftStop:
    board = [
        person
        for number in halt.board
        for part in problem.loads[number].parts
        if part.site == halt.site
        for person in part.people
    ]
    alight = [person for number in halt.alight for person in _people(problem.loads[number])]
    held_s = max(
        [0, *(p.ready_s for n in halt.board for p in problem.loads[n].parts if p.site == halt.site)]
    )
    return DraftStop(
        site=halt.site,
        start_s=halt.start_s,
        end_s=halt.end_s,
        route=halt.route,
        board=board,
        alight=alight,
        work=halt.work,
        bay=halt.bay if board or alight or "refuel" in halt.work else 0,
        not_before_s=held_s if board else 0,
    )


def _arrivals(
    operation: Operation, problem: ShuttleProblem, tours: Tours, timing: Timing, before: Before
) -> None:
    """When everybody is where the shuttles take them, and which sites have thereby joined."""
    if not operation.convoys:
        return
    site_of = {person.id: person.site for person in operation.people}
    for number, tour in enumerate(tours):
        for run, halts in zip(tour, timing.halts[number], strict=True):
            for load in run.loads:
                for person in _people(problem.loads[load]):
                    end_s = halts[-1].end_s
                    before.ready_s[person] = end_s
                    name = joined(site_of[person])
                    before.facts[name] = max(end_s, before.facts.get(name, 0))


def departures(operation: Operation) -> Mapping[str, MilestoneId]:
    """Name each convoy's departure."""
    return {convoy.id: departed(convoy.id) for convoy in operation.convoys}
