"""Ways to make a good plan wrong where there is a night, and links beside the roads that let nobody pass."""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec.structs import replace

from mutations import Mutation
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Stop, Trip


def _one(random: Random, choices: list[Any]) -> Any:
    return random.choice(choices) if choices else None


def _stops(plan: Plan) -> list[tuple[Trip, int, Stop]]:
    return [(trip, index, stop) for trip in plan.trips for index, stop in enumerate(trip.stops)]


def _with_stop(plan: Plan, trip: Trip, index: int, **changes: Any) -> Plan:
    stops = tuple(replace(stop, **changes) if at == index else stop for at, stop in enumerate(trip.stops))
    return replace(plan, trips=tuple(replace(one, stops=stops) if one.id == trip.id else one for one in plan.trips))


def too_fast_at_night(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell a slow drive as one by day: it takes too long for that, or lies in the night."""
    found = _one(random, [(trip, index) for trip, index, stop in _stops(plan) if stop.slow and stop.route])
    return None if found is None else _with_stop(plan, *found, slow=False)


def slow_in_no_time(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Tell a drive by day as a slow one, which takes longer; the first of a vehicle only sets off earlier."""
    if operation.night is None or operation.night.speed_percent == 100:
        return None
    chains = [[at for at in _stops(plan) if at[0].vehicle == one.id] for one in operation.vehicles]
    driven = [at for chain in chains for at in sorted(chain, key=lambda at: (at[2].arrive_s, at[1]))[1:]]
    found = _one(random, [(trip, index) for trip, index, stop in driven if stop.route and not stop.slow])
    return None if found is None else _with_stop(plan, *found, slow=True)


def unfit_road(operation: Operation, plan: Plan, random: Random) -> Plan | None:
    """Drive a road beside that is too low for any vehicle."""
    ends = {link.id: {link.start, link.end} for link in operation.links}
    low = [link for link in operation.links if 0 < link.max_height_cm < 100]
    choices = [
        (trip, index, place, link.id)
        for trip, index, stop in _stops(plan)
        for place, driven in enumerate(stop.route)
        for link in low
        if ends[link.id] == ends[driven]
    ]
    found = _one(random, choices)
    if found is None:
        return None
    trip, index, place, link = found
    route = trip.stops[index].route
    return _with_stop(plan, trip, index, route=(*route[:place], link, *route[place + 1 :]))


NIGHT_MUTATIONS: tuple[Mutation, ...] = (too_fast_at_night, slow_in_no_time, unfit_road)
