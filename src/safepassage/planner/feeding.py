"""The shuttle problem of an operation: to final sites or, where there are convoys, to their assembly sites."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from safepassage.model.clauses import ALL_ARRIVED, Deadline, TimeWindow, cleared, left
from safepassage.model.ids import MilestoneId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.travel import Travel
from safepassage.planner.agreement import NEVER, earliest
from safepassage.planner.columns import NO_PASSENGERS
from safepassage.planner.demand import alight_s, board_s, sizes_of
from safepassage.planner.gathering import Demand, pieces
from safepassage.planner.shuttle_ways import least_ways
from safepassage.planner.shuttles import Load, Part, Shuttle, ShuttleProblem
from safepassage.planner.standing import VehicleState


class Known(Struct, frozen=True, kw_only=True):
    """What is known before the shuttles: who is ready when, how vehicles stand, which milestones are reached.

    For a bound these are lower bounds: people's earliest, vehicles as they were, milestones' earliest. Then
    `anywhere` lets people of convoys end at every assembly site.
    """

    ready_s: Mapping[PersonId, int]
    states: Mapping[VehicleId, VehicleState]
    facts: Mapping[MilestoneId, int]
    anywhere: bool = False


def compile_shuttles(demand: Demand, travel: Travel, known: Known) -> ShuttleProblem:
    """Compile the shuttle problem.

    Parameters
    ----------
    demand
        Who is carried, and where they gather.
    travel
        Routes of the roads room.
    known
        What the referrals leave.
    """
    operation = demand.operation
    loads, owner = _loads(demand, known)
    vehicles = _shuttles(operation, travel, known)
    ends = {end for load in loads for end in load.ends}
    return ShuttleProblem(
        loads=_kept_apart(demand, loads, owner),
        shuttles=tuple(vehicles),
        routes=travel.routes,
        bays={site.id: site.bays for site in operation.sites},
        opens={site.id: tuple(sorted(site.opens)) for site in operation.sites if site.opens},
        gates=bool(travel.open or travel.night),
        night_percent=travel.night.speed_percent if travel.night else 100,
        room={site.id: site.capacity for site in operation.sites if site.capacity and site.id in ends}
        if not operation.convoys
        else {},
        fuel=tuple(site.id for site in operation.sites if site.fuel),
        limits=operation.limits,
        rest=tuple(site.id for site in operation.sites if site.rest),
        due_s=_due(operation),
        all_due_s=NEVER if operation.convoys else _last_s(operation, ALL_ARRIVED),
        least_s=least_ways(travel, (vehicle.pace for vehicle in vehicles), (site.id for site in operation.sites)),
    )


def _loads(demand: Demand, known: Known) -> tuple[list[Load], list[int]]:
    """List the loads, and the bundle of each."""
    operation = demand.operation
    people = {person.id: person for person in operation.people}
    takes_stretchers = {site.id: site.takes_stretchers for site in operation.sites}
    leaving_s = earliest(operation, known.facts)
    assemblies = tuple(dict.fromkeys(convoy.assembly for convoy in operation.convoys))
    loads, owner = [], []
    for number, bundle in enumerate(demand.people):
        if assemblies:
            goal = demand.goal[bundle.members[0]]
            found, ends = pieces(bundle, goal, people), (assemblies if known.anywhere else (goal,))
        else:
            found = [bundle.parts]
            ends = tuple(end for end in sorted(bundle.finals) if not bundle.sizes[2] or takes_stretchers[end])
        for piece in found:
            loads.append(
                _load(operation, [(site, [people[p] for p in ids]) for site, ids in piece], ends, (known, leaving_s))
            )
            owner.append(number)
    return loads, owner


def _load(
    operation: Operation,
    piece: list[tuple[SiteId, list[Person]]],
    ends: tuple[SiteId, ...],
    ready: tuple[Known, Mapping[MilestoneId, int]],
) -> Load:
    known, leaving_s = ready
    parts = []
    for site, members in piece:
        boards_s = board_s(operation, sizes_of(members))
        ids = tuple(person.id for person in members)
        ready_s = max(0, *(known.ready_s.get(p, 0) for p in ids))
        ready_s = max(ready_s, leaving_s[left(site)] - operation.limits.setup_s - boards_s)
        parts.append(Part(site, ids, boards_s, min(ready_s, NEVER)))
    sizes = sizes_of(person for _, members in piece for person in members)
    return Load(parts=tuple(parts), sizes=sizes, alight_s=alight_s(operation, sizes), ends=ends)


def _kept_apart(demand: Demand, loads: list[Load], owner: list[int]) -> tuple[Load, ...]:
    """Tell each load which loads it must not meet (both ways)."""
    bundle_of = {person: number for number, bundle in enumerate(demand.people) for person in bundle.members}
    loads_of: dict[int, list[int]] = {}
    for load, bundle_number in enumerate(owner):
        loads_of.setdefault(bundle_number, []).append(load)
    rivals: dict[int, set[int]] = {}
    for number, bundle in enumerate(demand.people):
        for other in bundle.apart & bundle_of.keys():
            rivals.setdefault(number, set()).add(bundle_of[other])
            rivals.setdefault(bundle_of[other], set()).add(number)
    return tuple(
        msgspec.structs.replace(
            load, apart=frozenset(n for rival in rivals[owner[number]] for n in loads_of.get(rival, ()))
        )
        if owner[number] in rivals
        else load
        for number, load in enumerate(loads)
    )


def _shuttles(operation: Operation, travel: Travel, known: Known) -> list[Shuttle]:
    found = []
    for vehicle in operation.vehicles:
        places = (vehicle.seats, vehicle.wheelchair_bays, vehicle.stretchers)
        if vehicle.convoy or vehicle.kind in NO_PASSENGERS or not any(places):
            continue
        limits = operation.limits
        state = known.states.get(vehicle.id) or VehicleState(site=vehicle.site, free_s=vehicle.available_from_s)
        found.append(
            Shuttle(
                vehicle=vehicle.id,
                site=state.site,
                available_s=state.free_s,
                pace=travel.pace(vehicle),
                places=places,
                # what an ambulance drove before counts as if it were driven again after every rest: safe, and rare
                range_m=max(1, vehicle.range_m - state.fuel_m) if vehicle.range_m else 0,
                unrested_s=max(0, vehicle.crews * limits.drive_before_rest_s - state.drive_s),
                drive_limit_s=max(0, vehicle.crews * limits.daily_drive_s - state.total_drive_s),
            )
        )
    return found


def _due(operation: Operation) -> dict[SiteId, int]:
    """By when the last people must have left each site, by the clauses."""
    found = {site.id: _last_s(operation, cleared(site.id)) for site in operation.sites}
    return {site: due_s for site, due_s in found.items() if due_s < NEVER}


def _last_s(operation: Operation, milestone: MilestoneId) -> int:
    last_s = NEVER
    for clause in operation.clauses:
        if isinstance(clause, Deadline) and clause.milestone == milestone:
            last_s = min(last_s, clause.due_s)
        if isinstance(clause, TimeWindow) and clause.milestone == milestone:
            last_s = min(last_s, max((window.until_s for window in clause.windows), default=0))
    return last_s
