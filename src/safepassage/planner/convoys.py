"""A convoy from seats to arrival: who rides where, when it boards and leaves, how it marches, who alights when."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from safepassage.model.fleet import Convoy, Vehicle
from safepassage.model.ids import MilestoneId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import ConvoyOrder
from safepassage.model.travel import Travel
from safepassage.planner.agreement import NEVER, earliest, in_windows, windows_of
from safepassage.planner.boarding import Bays, Call, Interval, calls, place
from safepassage.planner.demand import Bundle, alight_s, board_s
from safepassage.planner.draft import DraftStop, DraftTrip
from safepassage.planner.engine import Clock
from safepassage.planner.march import MarchStop, Vehicles, march
from safepassage.planner.seats import Passenger, Seat, Seating, SeatProblem, seat, spread_bound_s
from safepassage.model.clauses import departed
from safepassage.roads.table import convoy_speed

NO_PASSENGERS = frozenset(("escort", "supply"))
POSITIONS = ("head", "body", "tail")


class VehicleState(Struct, frozen=True, kw_only=True):
    """What a vehicle did before its convoy: when it is free at the assembly site, what it drove since rest and refuelling and in all."""

    free_s: int = 0
    drive_s: int = 0
    total_drive_s: int = 0
    fuel_m: int = 0


class Gathered(Struct, frozen=True, kw_only=True):
    """What the referrals and shuttles before leave to the convoys: people ready when, vehicles' states, bays busy, milestones reached."""

    ready_s: Mapping[PersonId, int]
    states: Mapping[str, VehicleState]
    busy: Mapping[SiteId, dict[int, list[Interval]]]
    facts: Mapping[MilestoneId, int]


class Column(Struct, frozen=True, kw_only=True):
    """A convoy's vehicles in order."""

    convoy: Convoy
    vehicles: tuple[Vehicle, ...]
    speed_percent: int


class Movement(Struct, kw_only=True):
    """A planned convoy, or what kept it from being planned (`failure`: a rule's code)."""

    trips: list[DraftTrip]
    order: ConvoyOrder | None
    departs_s: int
    arrives_s: int
    failure: str = ""


def columns(operation: Operation) -> tuple[Column, ...]:
    """Put each convoy's vehicles in order: head, body (roomiest first), tail; equals in the order of the table."""
    made = []
    for convoy in operation.convoys:
        members = [v for v in operation.vehicles if v.convoy == convoy.id]
        members.sort(key=lambda v: (POSITIONS.index(v.position), v.kind in NO_PASSENGERS, -_room(v)))
        made.append(
            Column(convoy=convoy, vehicles=tuple(members), speed_percent=convoy_speed(operation, convoy.id))
        )
    return tuple(made)


def _room(vehicle: Vehicle) -> int:
    return vehicle.seats + vehicle.wheelchair_bays + vehicle.stretchers


def seat_problem(
    operation: Operation,
    travelling: tuple[Column, ...],
    passengers: tuple[Bundle, ...],
    gathered: Gathered,
    departures_s: Mapping[MilestoneId, int],
) -> SeatProblem:
    """Compile the seating of all convoys together."""
    sites = {site.id: site for site in operation.sites}
    seats, ends = [], []
    for group, column in enumerate(travelling):
        for position, vehicle in enumerate(column.vehicles):
            seats.append(
                Seat(
                    vehicle=vehicle.id,
                    group=group,
                    places=(0, 0, 0)
                    if vehicle.kind in NO_PASSENGERS
                    else (vehicle.seats, vehicle.wheelchair_bays, vehicle.stretchers),
                    offset_s=position * column.convoy.spacing_s,
                    free_s=gathered.states.get(vehicle.id, VehicleState(free_s=vehicle.available_from_s)).free_s,
                )
            )
            ends.append(column.convoy.destination)
    number_of = {person: number for number, bundle in enumerate(passengers) for person in bundle.members}
    people = tuple(
        Passenger(
            sizes=bundle.sizes,
            board_s=board_s(operation, bundle.sizes),
            alight_s=alight_s(operation, bundle.sizes),
            ready_s=max(gathered.ready_s.get(person, 0) for person in bundle.members),
            vehicles=tuple(v for v, end in enumerate(ends) if end in bundle.finals and any(seats[v].places)),
            apart=frozenset(number_of[other] for other in bundle.apart if other in number_of),
        )
        for bundle in passengers
    )
    return SeatProblem(
        seats=tuple(seats),
        passengers=_mutual(people),
        setup_s=operation.limits.setup_s,
        earliest_s=tuple(min(departures_s[departed(c.convoy.id)], NEVER // 2) for c in travelling),
        end_bays=tuple(sites[c.convoy.destination].bays for c in travelling),
        everyone=operation.limits.everyone,
    )


def _mutual(people: tuple[Passenger, ...]) -> tuple[Passenger, ...]:
    """Make being kept apart mutual, so that both sides are singled out."""
    apart: dict[int, set[int]] = {}
    for number, passenger in enumerate(people):
        for other in passenger.apart:
            apart.setdefault(number, set()).add(other)
            apart.setdefault(other, set()).add(number)
    return tuple(
        Passenger(
            sizes=p.sizes,
            board_s=p.board_s,
            alight_s=p.alight_s,
            ready_s=p.ready_s,
            vehicles=p.vehicles,
            apart=frozenset(apart.get(number, ())),
        )
        for number, p in enumerate(people)
    )


def seat_convoys(problem: SeatProblem, *, work: float, seed: int, clock: Clock) -> Seating:
    """Seat all convoys."""
    return seat(problem, work=work, seed=seed, clock=clock)


def bound_s(
    operation: Operation, travel: Travel, travelling: tuple[Column, ...], problem: SeatProblem, facts: Mapping[MilestoneId, int]
) -> int:
    """Bound from below when the last person of any convoy can have alighted.

    `facts` are lower bounds of what has to come first (referrals closed, people joined). The earliest departure follows from the
    clauses; a march that starts rested and with full tanks arrives no later than the real one; then nobody alights sooner than
    `spread_bound_s` says.
    """
    times = earliest(operation, facts)
    latest_s = 0
    for group, column in enumerate(travelling):
        depart_s = times[departed(column.convoy.id)]
        if depart_s >= NEVER:
            return NEVER
        vehicles = _limits(operation, column, {}, 0)
        stops = march(operation, travel, column.convoy, vehicles, depart_s)
        if stops is None:
            return NEVER
        latest_s = max(latest_s, stops[-1].arrive_s + spread_bound_s(problem, group))
    return latest_s


def _limits(operation: Operation, column: Column, states: Mapping[str, VehicleState], people: int) -> Vehicles:
    limits = operation.limits
    done = [states.get(v.id, VehicleState()) for v in column.vehicles]
    unrested = [v.crews * limits.drive_before_rest_s for v in column.vehicles]
    rested_s = min(u - s.drive_s for u, s in zip(unrested, done, strict=True))
    left = [v.crews * limits.daily_drive_s - s.total_drive_s for v, s in zip(column.vehicles, done, strict=True)]
    ranged = [(v.range_m, s.fuel_m) for v, s in zip(column.vehicles, done, strict=True) if v.range_m]
    tightest = min(ranged, key=lambda pair: pair[0] - pair[1], default=(0, 0))
    shortest = min((pair[0] for pair in ranged), default=0)
    return Vehicles(
        count=len(column.vehicles),
        people=people,
        speed_percent=column.speed_percent,
        spacing_s=column.convoy.spacing_s,
        drive_before_rest_s=min(unrested),
        drive_left_s=min(left),
        drive_since_rest_s=max(0, min(unrested) - rested_s),
        range_m=shortest,
        since_fuel_m=max(0, shortest - (tightest[0] - tightest[1])),
    )


def move(
    operation: Operation,
    travel: Travel,
    column: Column,
    aboard: list[list[Bundle]],
    gathered: Gathered,
) -> Movement:
    """Board, leave, march and empty one convoy whose seats are given.

    Parameters
    ----------
    operation, travel
        What is asked for, and the routes.
    column
        The vehicles in order.
    aboard
        Per vehicle its bundles.
    gathered
        What came before.
    """
    times = earliest(operation, gathered.facts)
    depart_s = times[departed(column.convoy.id)]
    if depart_s >= NEVER:
        return Movement(trips=[], order=None, departs_s=NEVER, arrives_s=NEVER, failure="clause-window")
    calls_made, depart_s = _board(operation, column, aboard, gathered, depart_s)
    states, resting = _rested(operation, column, gathered, calls_made, depart_s)
    people = sum(len(bundle.members) for bundles in aboard for bundle in bundles)
    stops = march(operation, travel, column.convoy, _limits(operation, column, states, people), depart_s)
    if stops is None:
        return Movement(trips=[], order=None, departs_s=depart_s, arrives_s=NEVER, failure="march")
    free = {v.id: gathered.states.get(v.id, VehicleState(free_s=v.available_from_s)).free_s for v in column.vehicles}
    trips = _trips(column, (aboard, calls_made), stops, resting, free)
    order = ConvoyOrder(
        convoy=column.convoy.id,
        order=tuple(v.id for v in column.vehicles),
        spacing_s=column.convoy.spacing_s,
        departs_s=depart_s,
        timetable=(),
    )
    _empty(operation, column, trips)
    return Movement(trips=trips, order=order, departs_s=depart_s, arrives_s=stops[-1].arrive_s)


def _board(
    operation: Operation, column: Column, aboard: list[list[Bundle]], gathered: Gathered, depart_s: int
) -> tuple[list[list[Call]], int]:
    """Place the boarding calls; move the departure later until every vehicle makes it, in a window."""
    assembly = next(site for site in operation.sites if site.id == column.convoy.assembly)
    windows = windows_of(operation, departed(column.convoy.id))
    spacing_s, setup_s = column.convoy.spacing_s, operation.limits.setup_s
    made: list[list[Call]] = []
    for _ in range(8):
        made = []
        for position, (vehicle, bundles) in enumerate(zip(column.vehicles, aboard, strict=True)):
            free_s = gathered.states.get(vehicle.id, VehicleState(free_s=vehicle.available_from_s)).free_s
            waiting = [
                (
                    number,
                    max(gathered.ready_s.get(person, 0) for person in bundle.members),
                    board_s(operation, bundle.sizes),
                )
                for number, bundle in enumerate(bundles)
            ]
            due_s = depart_s + position * spacing_s
            made.append(
                calls(position, waiting, setup_s=setup_s, due_s=due_s, free_s=free_s) if waiting else []
            )
        place(made, Bays(assembly.bays, dict(gathered.busy.get(assembly.id, {}))), operation.limits.board_margin_s)
        needed_s = depart_s
        for position, vehicle in enumerate(column.vehicles):
            free_s = gathered.states.get(vehicle.id, VehicleState(free_s=vehicle.available_from_s)).free_s
            end_s = max([free_s, *(call.end_s for call in made[position])])
            needed_s = max(needed_s, end_s - position * spacing_s)
        needed_s = in_windows(windows, needed_s)
        if needed_s <= depart_s or needed_s >= NEVER:
            break
        depart_s = needed_s
    return made, max(depart_s, needed_s)


def _rested(
    operation: Operation,
    column: Column,
    gathered: Gathered,
    made: list[list[Call]],
    depart_s: int,
) -> tuple[dict[str, VehicleState], dict[str, int]]:
    """Let a crew that has driven before rest at the assembly site when there is time for it: states then, and start of the rest."""
    site = next(s for s in operation.sites if s.id == column.convoy.assembly)
    states, resting = {}, {}
    for position, vehicle in enumerate(column.vehicles):
        state = gathered.states.get(vehicle.id, VehicleState())
        first_s = made[position][0].start_s if made[position] else depart_s + position * column.convoy.spacing_s
        if state.drive_s and site.rest and state.free_s + operation.limits.rest_s <= first_s:
            resting[vehicle.id] = state.free_s
            state = VehicleState(
                free_s=state.free_s + operation.limits.rest_s,
                total_drive_s=state.total_drive_s,
                fuel_m=state.fuel_m,
            )
        states[vehicle.id] = state
    return states, resting


def _trips(
    column: Column,
    boarding: tuple[list[list[Bundle]], list[list[Call]]],
    stops: tuple[MarchStop, ...],
    resting: dict[str, int],
    free: dict[VehicleId, int],
) -> list[DraftTrip]:
    aboard, made = boarding
    trips = []
    for position, vehicle in enumerate(column.vehicles):
        offset_s = position * column.convoy.spacing_s
        chain: list[DraftStop] = []
        if vehicle.id in resting:
            start_s = resting[vehicle.id]
            chain.append(
                DraftStop(site=column.convoy.assembly, start_s=start_s, end_s=start_s, work=("rest",))
            )
        for call in sorted(made[position], key=lambda call: call.start_s):
            people = [p for number in call.bundles for p in aboard[position][number].members]
            chain.append(
                DraftStop(
                    site=column.convoy.assembly,
                    start_s=call.start_s,
                    end_s=call.end_s,
                    board=people,
                    bay=call.bay,
                    not_before_s=call.start_s,
                )
            )
        if not chain:
            stand = DraftStop(
                site=column.convoy.assembly, start_s=free[vehicle.id], end_s=free[vehicle.id]
            )
            chain.append(stand)
        for stop in stops:
            chain.append(  # noqa: PERF401
                DraftStop(
                    site=stop.site,
                    route=stop.route,
                    start_s=stop.arrive_s + offset_s,
                    end_s=stop.depart_s + offset_s,
                    work=stop.work,
                )
            )
        chain[-1].alight = [p for bundle in aboard[position] for p in bundle.members]
        trips.append(
            DraftTrip(
                vehicle=vehicle.id,
                kind="convoy",
                speed_percent=column.speed_percent,
                stops=chain,
                convoy=column.convoy.id,
            )
        )
    return trips


def _empty(operation: Operation, column: Column, trips: list[DraftTrip]) -> None:
    """Give the vehicles their bays where they refuel and where people alight, in the order of arrival."""
    sites = {site.id: site for site in operation.sites}
    people = {person.id: person for person in operation.people}
    free: dict[tuple[SiteId, int], list[int]] = {}
    for trip in trips:
        for number, stop in enumerate(trip.stops):
            served = bool(stop.alight) or "refuel" in stop.work
            if not stop.route or not served or not sites[stop.site].bays:
                continue
            bays = free.setdefault((stop.site, len(trip.stops) - number), [0] * sites[stop.site].bays)
            duration_s = max(0, stop.end_s - stop.start_s)
            if stop.alight:
                duration_s = operation.limits.setup_s + sum(
                    operation.limits.alight_s(people[p].mobility) for p in stop.alight
                )
            bay = min(range(len(bays)), key=bays.__getitem__)
            stop.start_s = max(stop.start_s, bays[bay])
            stop.end_s = bays[bay] = stop.start_s + duration_s
            stop.bay = bay + 1
