"""A convoy written as draft trips: calls, march, and bays where vehicles refuel and are emptied."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from safepassage.model.ids import VehicleId
from safepassage.model.operation import Operation
from safepassage.planner.boarding import Bays, Call
from safepassage.planner.columns import Column, Gathered
from safepassage.planner.demand import Bundle
from safepassage.planner.draft import DraftStop, DraftTrip
from safepassage.planner.march import March
from safepassage.planner.standing import VehicleState


class Boarded(Struct, kw_only=True):
    """The boarding of a convoy: per vehicle its bundles, calls and state when it begins.

    Who rests and refuels when before.

    `ready_s` is when the head could leave; `held` that it leaves later than that on purpose.
    """

    aboard: list[list[Bundle]]
    calls: list[list[Call]]
    states: list[VehicleState]
    rests: Mapping[VehicleId, int]
    refuels: Mapping[VehicleId, tuple[int, int]]
    ready_s: int
    held: bool = False


def write(operation: Operation, column: Column, boarded: Boarded, marched: March) -> list[DraftTrip]:
    """Write the convoy's trips, vehicle by vehicle in its order.

    Parameters
    ----------
    operation
        How long work lasts.
    column
        The vehicles in order.
    boarded
        What happens at the assembly site.
    marched
        What comes after, timed for the head.
    """
    trips = []
    for position, vehicle in enumerate(column.vehicles):
        chain = _gathering(operation, column, boarded, position)
        if position == 0 and boarded.held:
            stand = DraftStop(site=column.convoy.assembly, start_s=marched.depart_s, end_s=marched.depart_s)
            stand.not_before_s = marched.depart_s
            chain.append(stand)
        way = boarded.states[position].way
        if way:
            chain[0].route, chain[0].slow = way.links, way.slow
        chain += _marching(column, marched, position)
        chain[-1].alight = [person for bundle in boarded.aboard[position] for person in bundle.members]
        trips.append(
            DraftTrip(
                vehicle=vehicle.id,
                kind="convoy",
                pace=column.pace,
                stops=chain,
                convoy=column.convoy.id,
            )
        )
    return trips


def _gathering(operation: Operation, column: Column, boarded: Boarded, position: int) -> list[DraftStop]:
    """List the stops of one vehicle at the assembly site."""
    site, vehicle = column.convoy.assembly, column.vehicles[position]
    chain: list[DraftStop] = []
    if vehicle.id in boarded.rests:
        start_s = boarded.rests[vehicle.id]
        chain.append(DraftStop(site=site, start_s=start_s, end_s=start_s + operation.limits.rest_s, work=("rest",)))
    if vehicle.id in boarded.refuels:
        start_s, bay = boarded.refuels[vehicle.id]
        end_s = start_s + operation.limits.refuel_s
        chain.append(DraftStop(site=site, start_s=start_s, end_s=end_s, work=("refuel",), bay=bay))
    for call in sorted(boarded.calls[position], key=lambda call: call.start_s):
        people = [person for number in call.bundles for person in boarded.aboard[position][number].members]
        chain.append(
            DraftStop(
                site=site,
                start_s=call.start_s,
                end_s=call.end_s,
                board=people,
                bay=call.bay,
                not_before_s=call.start_s,
            )
        )
    free_s = boarded.states[position].free_s
    return chain or [DraftStop(site=site, start_s=free_s, end_s=free_s)]


def _marching(column: Column, marched: March, position: int) -> list[DraftStop]:
    offset_s = position * column.convoy.spacing_s
    return [
        DraftStop(
            site=stop.site,
            route=stop.route,
            start_s=stop.arrive_s + offset_s,
            end_s=stop.arrive_s + offset_s + stop.work_s,
            work=stop.work,
            slow=stop.slow,
            # what leaves late on purpose begins its work late: a start is what can be held back
            not_before_s=stop.depart_s - stop.work_s if stop.held and position == 0 else 0,
        )
        for stop in marched.stops
    ]


def empty(operation: Operation, column: Column, trips: list[DraftTrip], gathered: Gathered) -> int:
    """Give the vehicles their bays where they refuel on the way and where people alight, in the order of arrival.

    Returns
    -------
    int
        When the last vehicle is done at the destination.
    """
    sites = {site.id: site for site in operation.sites}
    people = {person.id: person for person in operation.people}
    limits = operation.limits
    last_s = 0
    legs = max(len(trip.stops) for trip in trips)
    for back in range(legs, 0, -1):
        for trip in trips:
            if back > len(trip.stops):
                continue
            stop = trip.stops[-back]
            if stop.site == column.convoy.assembly:
                continue
            site = sites[stop.site]
            bays = Bays(site.bays, gathered.busy.setdefault(site.id, {}), site.opens)
            if stop.alight:
                alighting = sum(limits.alight_s(people[person].mobility) for person in stop.alight)
                stop.start_s, stop.bay = bays.early(stop.start_s, limits.setup_s + alighting)
                stop.end_s = stop.start_s + limits.setup_s + alighting
            elif "refuel" in stop.work:
                stop.start_s, stop.bay = bays.early(stop.start_s, max(0, stop.end_s - stop.start_s))
            last_s = max(last_s, stop.end_s)
    return last_s
