"""A convoy from boarding to arrival, once it is known who rides where.

When it boards and leaves, how it marches, who alights when.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from safepassage.model.clauses import departed, left
from safepassage.model.operation import Operation
from safepassage.model.plan import ConvoyOrder
from safepassage.model.travel import Travel
from safepassage.planner.agreement import NEVER, earliest, in_windows, windows_of
from safepassage.planner.boarding import Bays, Call, calls, place
from safepassage.planner.columns import Column, Gathered
from safepassage.planner.convoy_trips import Boarded, empty, write
from safepassage.planner.demand import Bundle, board_s
from safepassage.planner.draft import DraftTrip
from safepassage.planner.march import Vehicles, march
from safepassage.planner.standing import VehicleState

TRIES = 8


class Movement(Struct, kw_only=True):
    """A planned convoy, or what kept it from being planned (`failure`: a rule's code, and whom it concerns)."""

    trips: list[DraftTrip]
    order: ConvoyOrder | None
    departs_s: int
    arrives_s: int
    failure: str = ""
    subjects: tuple[str, ...] = ()


def failed(code: str, *subjects: str) -> Movement:
    """Return the movement of a convoy that cannot be planned."""
    return Movement(trips=[], order=None, departs_s=NEVER, arrives_s=NEVER, failure=code, subjects=subjects)


def move(
    operation: Operation,
    travel: Travel,
    column: Column,
    aboard: list[list[Bundle]],
    gathered: Gathered,
    hold_s: int = 0,
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
        What came before; bays taken here are added.
    hold_s
        Before this the head shall not leave, though it could.
    """
    convoy = column.convoy
    stuck = _stuck(operation, column, gathered)
    if stuck:
        return stuck
    allowed_s = _allowed_s(operation, column, aboard, gathered)
    wanted_s = max(hold_s, allowed_s)
    if wanted_s >= NEVER:
        return failed("clause-window", convoy.id)
    boarded, depart_s = _board(operation, column, aboard, gathered, wanted_s)
    if depart_s >= NEVER:
        return failed("clause-window", convoy.id)
    people = tuple(sum(len(bundle.members) for bundle in bundles) for bundles in aboard)
    marched = march(operation, travel, convoy, limits_of(operation, column, boarded.states, people), depart_s)
    if marched is None:
        return failed("march", convoy.id)
    # what the clauses make it wait for, the timetable knows: only a later departure is held back
    boarded.held = max(hold_s, marched.depart_s) > max(allowed_s, boarded.ready_s)
    trips = write(operation, column, boarded, marched)
    ends_s = empty(operation, column, trips, gathered)
    order = ConvoyOrder(
        convoy=convoy.id,
        order=tuple(v.id for v in column.vehicles),
        spacing_s=convoy.spacing_s,
        departs_s=marched.depart_s,
        timetable=(),
    )
    return Movement(trips=trips, order=order, departs_s=marched.depart_s, arrives_s=ends_s)


def _stuck(operation: Operation, column: Column, gathered: Gathered) -> Movement | None:
    """Tell of vehicles that do not get to the assembly site: no road, or too far for the crew or the tank."""
    for vehicle in column.vehicles:
        state = gathered.states[vehicle.id]
        if not state.reached:
            return failed("unreachable-site", column.convoy.assembly, vehicle.id)
        if state.drive_s > vehicle.crews * operation.limits.drive_before_rest_s:
            return failed("drive-before-rest", vehicle.id)
        if vehicle.range_m and state.fuel_m > vehicle.range_m:
            return failed("range", vehicle.id)
    return None


def _allowed_s(operation: Operation, column: Column, aboard: list[list[Bundle]], gathered: Gathered) -> int:
    """When the clauses let the head leave at the earliest."""
    times = earliest(operation, gathered.facts)
    allowed_s = times[departed(column.convoy.id)]
    sites = {person.id: person.site for person in operation.people}
    for position, bundles in enumerate(aboard):
        waiting = {sites[p] for bundle in bundles for p in bundle.members} & {column.convoy.assembly}
        for site in waiting:
            allowed_s = max(allowed_s, times[left(site)] - position * column.convoy.spacing_s)
    return in_windows(windows_of(operation, departed(column.convoy.id)), allowed_s) if allowed_s < NEVER else NEVER


def limits_of(
    operation: Operation, column: Column, states: Sequence[VehicleState], people: tuple[int, ...]
) -> Vehicles:
    """Put the tightest of the vehicles' hours and tanks together.

    Parameters
    ----------
    operation, column
        The limits, and the vehicles in order.
    states
        Per vehicle what it drove before; empty: nothing.
    people
        Per vehicle how many ride.
    """
    limits = operation.limits
    done = states or [VehicleState(site=v.site) for v in column.vehicles]
    pairs = list(zip(column.vehicles, done, strict=True))
    unrested = min(v.crews * limits.drive_before_rest_s for v, _ in pairs)
    rested_s = min(v.crews * limits.drive_before_rest_s - s.drive_s for v, s in pairs)
    ranges = [(v.range_m, v.range_m - s.fuel_m) for v, s in pairs if v.range_m]
    shortest = min((full for full, _ in ranges), default=0)
    return Vehicles(
        people=people,
        pace=column.pace,
        spacing_s=column.convoy.spacing_s,
        drive_before_rest_s=unrested,
        drive_left_s=min(v.crews * limits.daily_drive_s - s.total_drive_s for v, s in pairs),
        drive_since_rest_s=unrested - rested_s,
        range_m=shortest,
        since_fuel_m=shortest - min((left_m for _, left_m in ranges), default=0),
    )


def _board(
    operation: Operation, column: Column, aboard: list[list[Bundle]], gathered: Gathered, depart_s: int
) -> tuple[Boarded, int]:
    """Place the boarding calls; move the departure later until every vehicle makes it, in a window."""
    assembly = next(site for site in operation.sites if site.id == column.convoy.assembly)
    windows = windows_of(operation, departed(column.convoy.id))
    wanted_s = depart_s
    for _ in range(TRIES):
        taken = {bay: list(busy) for bay, busy in gathered.busy.get(assembly.id, {}).items()}
        bays = Bays(assembly.bays, taken, assembly.opens)
        made = _called(operation, column, aboard, gathered, wanted_s)
        for position, pair in enumerate(made):
            for call in pair:
                call.due_s = depart_s + position * column.convoy.spacing_s
        place(made, bays, operation.limits.board_margin_s)
        boarded = _readied(operation, column, (aboard, made), gathered, bays)
        needed_s = in_windows(windows, max(depart_s, boarded.ready_s))
        if needed_s <= depart_s or needed_s >= NEVER:
            break
        depart_s = needed_s
    gathered.busy[assembly.id] = taken
    return boarded, max(depart_s, needed_s)


def _called(
    operation: Operation, column: Column, aboard: list[list[Bundle]], gathered: Gathered, depart_s: int
) -> list[list[Call]]:
    made = []
    for position, (vehicle, bundles) in enumerate(zip(column.vehicles, aboard, strict=True)):
        waiting = [
            (
                number,
                max(gathered.ready_s.get(person, 0) for person in bundle.members),
                board_s(operation, bundle.sizes),
            )
            for number, bundle in enumerate(bundles)
        ]
        due_s = depart_s + position * column.convoy.spacing_s
        free_s = gathered.states[vehicle.id].free_s
        made.append(calls(position, waiting, setup_s=operation.limits.setup_s, due_s=due_s, free_s=free_s))
    return made


def _readied(
    operation: Operation,
    column: Column,
    boarding: tuple[list[list[Bundle]], list[list[Call]]],
    gathered: Gathered,
    bays: Bays,
) -> Boarded:
    """Let crews that have driven rest, and vehicles refuel, before the boarding where there is time.

    Say when the head could leave.
    """
    site = next(s for s in operation.sites if s.id == column.convoy.assembly)
    limits, aboard, made = operation.limits, *boarding
    states, rests, refuels, ready_s = [], {}, {}, 0
    for position, vehicle in enumerate(column.vehicles):
        state = gathered.states[vehicle.id]
        offset_s = position * column.convoy.spacing_s
        starts_s = min((call.start_s for call in made[position]), default=NEVER)
        drive_s, fuel_m, free_s = state.drive_s, state.fuel_m, state.free_s
        if drive_s and site.rest and free_s + limits.rest_s <= starts_s:
            rests[vehicle.id] = free_s
            drive_s, free_s = 0, free_s + limits.rest_s
        if fuel_m and vehicle.range_m and site.fuel and free_s + limits.refuel_s <= starts_s:
            start_s, bay = bays.early(free_s, limits.refuel_s)
            if start_s + limits.refuel_s <= starts_s:
                refuels[vehicle.id] = (start_s, bay)
                fuel_m, free_s = 0, start_s + limits.refuel_s
        states.append(
            VehicleState(
                site=site.id,
                free_s=free_s,
                drive_s=drive_s,
                total_drive_s=state.total_drive_s,
                fuel_m=fuel_m,
                way=state.way,
            )
        )
        ready_s = max(ready_s, free_s - offset_s, *(call.end_s - offset_s for call in made[position]))
    return Boarded(aboard=aboard, calls=made, states=states, rests=rests, refuels=refuels, ready_s=ready_s)
