"""Convoys as the planner sees them: their vehicles in order, and the seating problem of all of them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from safepassage.model.clauses import departed
from safepassage.model.fleet import Convoy, Vehicle
from safepassage.model.ids import MilestoneId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.places import Site
from safepassage.model.travel import Pace
from safepassage.planner.agreement import NEVER
from safepassage.planner.boarding import CLOSE_S, Interval
from safepassage.planner.demand import Bundle, alight_s, board_s
from safepassage.planner.seat_problem import Passenger, Seat, SeatProblem
from safepassage.planner.standing import VehicleState
from safepassage.roads.paces import paces

NO_PASSENGERS = frozenset(("escort", "supply"))
POSITIONS = ("head", "body", "tail")


class Gathered(Struct, kw_only=True):
    """What the referrals and shuttles before leave to the convoys.

    People are ready and vehicles stand as told, bays are busy (by site and bay, more is added as convoys are
    planned), milestones are reached. `goal` is the assembly site of each person; whoever has none is not in the
    demand of the convoys.
    """

    ready_s: Mapping[PersonId, int]
    states: Mapping[VehicleId, VehicleState]
    busy: dict[SiteId, dict[int, list[Interval]]]
    facts: dict[MilestoneId, int]
    goal: Mapping[PersonId, SiteId]


class Column(Struct, frozen=True, kw_only=True):
    """A convoy's vehicles in order."""

    convoy: Convoy
    vehicles: tuple[Vehicle, ...]
    pace: Pace


def columns(operation: Operation, late_s: Mapping[VehicleId, int]) -> tuple[Column, ...]:
    """Put each convoy's vehicles in order: head, body, tail; in each those that carry nobody last.

    Parameters
    ----------
    operation
        Its convoys and vehicles.
    late_s
        By how much vehicles hold the departure up: they come late in their part of the column, where they have most
        time.
    """
    made, known = [], paces(operation).convoys
    for convoy in operation.convoys:
        members = [v for v in operation.vehicles if v.convoy == convoy.id]
        members.sort(
            key=lambda v: (POSITIONS.index(v.position), v.kind in NO_PASSENGERS, late_s.get(v.id, 0), -sum(places(v)))
        )
        made.append(Column(convoy=convoy, vehicles=tuple(members), pace=known[convoy.id]))
    return tuple(made)


def places(vehicle: Vehicle) -> tuple[int, int, int]:
    """Count the places for people walking, in wheelchairs and on stretchers.

    Escort and supply vehicles carry nobody.
    """
    if vehicle.kind in NO_PASSENGERS:
        return 0, 0, 0
    return vehicle.seats, vehicle.wheelchair_bays, vehicle.stretchers


class Timing(Struct, frozen=True, kw_only=True):
    """What counts for the time of a seating: the earliest instants of departures, and each convoy's march."""

    times: Mapping[MilestoneId, int] = {}
    march_s: tuple[int, ...] = ()


def seat_problem(
    operation: Operation, lined: tuple[Column, ...], people: tuple[Bundle, ...], gathered: Gathered, timing: Timing
) -> SeatProblem:
    """Compile the seating of all convoys together.

    Parameters
    ----------
    operation
        What is asked for.
    lined
        The convoys' vehicles in order.
    people
        The bundles, all members together.
    gathered
        Who is ready when, and at which assembly site; with nobody there anybody may board anywhere.
    timing
        When convoys leave at the earliest; without it only places count.
    """
    sites = {site.id: site for site in operation.sites}
    ends = tuple(column.convoy.destination for column in lined)
    earliest = tuple(min(timing.times.get(departed(column.convoy.id), 0), NEVER // 2) for column in lined)
    seats = tuple(
        Seat(
            vehicle=vehicle.id,
            group=group,
            places=places(vehicle),
            offset_s=position * column.convoy.spacing_s,
            free_s=gathered.states[vehicle.id].free_s if vehicle.id in gathered.states else vehicle.available_from_s,
            rank=POSITIONS.index(vehicle.position),
        )
        for group, column in enumerate(lined)
        for position, vehicle in enumerate(column.vehicles)
    )
    return SeatProblem(
        seats=seats,
        passengers=_mutual(_passengers(operation, lined, people, gathered)),
        setup_s=operation.limits.setup_s,
        earliest_s=earliest,
        march_s=timing.march_s or (0,) * len(lined),
        ends=ends,
        start_bays=tuple(sites[column.convoy.assembly].bays for column in lined),
        busy=tuple(
            _busy(sites[column.convoy.assembly], gathered, earliest_s)
            for column, earliest_s in zip(lined, earliest, strict=True)
        ),
        end_bays=tuple(sites[end].bays for end in ends),
        room={end: sites[end].capacity for end in ends if sites[end].capacity},
        everyone=operation.limits.everyone,
    )


def _busy(site: Site, gathered: Gathered, earliest_s: int) -> tuple[tuple[Interval, ...], ...]:
    """When each bay of a site is needed for other things, shortly before a departure and after."""
    busy = gathered.busy.get(site.id, {})
    return tuple(
        tuple(sorted(taken for taken in busy.get(bay, ()) if taken[1] > earliest_s - CLOSE_S))
        for bay in range(1, site.bays + 1)
    )


def _passengers(
    operation: Operation, lined: tuple[Column, ...], people: tuple[Bundle, ...], gathered: Gathered
) -> list[Passenger]:
    number_of = {person: number for number, bundle in enumerate(people) for person in bundle.members}
    takes_stretchers = {site.id: site.takes_stretchers for site in operation.sites}
    found = []
    for bundle in people:
        goals = {gathered.goal[person] for person in bundle.members if person in gathered.goal}
        vehicles: list[int] = []
        first = 0
        for column in lined:
            end, last = column.convoy.destination, first + len(column.vehicles)
            suits = not bundle.named or bundle.named == {end}
            there = not goals or goals == {column.convoy.assembly}
            if suits and there and (not bundle.sizes[2] or takes_stretchers[end]):
                vehicles += range(first, last)
            first = last
        found.append(
            Passenger(
                sizes=bundle.sizes,
                board_s=board_s(operation, bundle.sizes),
                alight_s=alight_s(operation, bundle.sizes),
                ready_s=max(gathered.ready_s.get(person, 0) for person in bundle.members),
                vehicles=tuple(vehicles),
                apart=frozenset(number_of[other] for other in bundle.apart if other in number_of),
            )
        )
    return found


def _mutual(people: list[Passenger]) -> tuple[Passenger, ...]:
    """Make being kept apart mutual, so that both sides are singled out."""
    apart: dict[int, set[int]] = {}
    for number, passenger in enumerate(people):
        for other in passenger.apart:
            apart.setdefault(number, set()).add(other)
            apart.setdefault(other, set()).add(number)
    return tuple(
        msgspec.structs.replace(passenger, apart=frozenset(apart.get(number, ())))
        for number, passenger in enumerate(people)
    )
