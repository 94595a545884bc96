"""The same run in SimPy: a process for each activity, each convoy on a leg, each vehicle that drives alone.

It reads the script and draws the same numbers by the same names, and is otherwise written from the meaning: it shares
no code with the compiled simulation, keeps nobody's state in arrays, and is slow.

At one instant, ends come first, then what happens under way, then who asks to be served; among these the order of the
plan. A convoy's clock is that of the place at its head, and may lie before the instant at which its last vehicle was
seen to be ready: what happens to it is told of at the clock of the run, and keeps its own value.

References
----------
SimPy 4, discrete-event simulation in Python, https://simpy.readthedocs.io.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from rehearsal.oracle_road import by_itself, on_the_way
from rehearsal.oracle_world import ASKS, ENDS, Course, Group, Ride, World, new_world, told
from safepassage.rehearsal.script import NEVER, Ints, Script


def play(script: Script, seeds: Ints, run: int) -> tuple[list[int], list[int], list[int]]:
    """Play one run: starts, ends (NEVER for what does not come about) and what was counted, in the order of COUNTED."""
    world = course(script, seeds, run)
    return world.start, world.end, list(world.tally.values())


def course(script: Script, seeds: Ints, run: int) -> World:
    """Play one run, and keep all that came of it: `seen` counts what was done about what."""
    world = new_world(script, seeds, run)
    activities = script.activities
    for number, drive in enumerate(activities.drive):
        world.env.process(_drive(world, number, world.rides[drive]) if drive >= 0 else _activity(world, number))
    for column, departure in enumerate(script.columns.departure):
        world.env.process(_column(world, column, int(departure)))
    world.env.run()
    return world


def _all_before(world: World, number: int) -> simpy.Event:
    into = np.flatnonzero(world.script.activities.arc_to == number)
    return world.env.all_of([world.awaited[arc] for arc in into])


def _opens_s(world: World, number: int, from_s: int) -> int:
    """Return the first instant at which the gate of an activity lets it start."""
    activities = world.script.activities
    span = range(activities.window_at[number], activities.window_at[number + 1])
    windows = [(int(activities.window_from[window]), int(activities.window_until[window])) for window in span]
    needs_s = world.lasts[number] if activities.fits[number] else 0
    starts = [max(from_s, first_s) for first_s, last_s in windows if max(from_s, first_s) + needs_s <= last_s]
    return min(starts, default=NEVER) if windows else from_s


def _activity(world: World, number: int) -> Course:
    """Wait for all that comes before, for a place in the queue and the gate; last; make way."""
    yield _all_before(world, number)
    yield world.moment(world.ready[number], ASKS, number)
    queue, turn = world.script.activities.resource[number], None
    if queue < 0:
        begins_s = _opens_s(world, number, world.ready[number])
    else:
        turn, begins_s = yield from _served(world, number, world.queues[queue])
    departs = number in world.script.columns.departure
    if begins_s == NEVER or (departs and not _line(world, number)):
        world.seen["nobody left to depart" if begins_s < NEVER else "gate: never"] += 1
        return
    world.start[number] = begins_s
    if world.lasts[number] == NEVER:
        world.seen["milestone: never"] += 1
        return
    told(world, number, begins_s, of_start=True)
    yield world.moment(begins_s + world.lasts[number], ENDS, number)
    world.end[number] = begins_s + world.lasts[number]
    if turn is not None:
        world.queues[queue].release(turn)
    if world.script.activities.rests[number]:
        world.vehicles[world.script.activities.vehicle[number]].driven_s = 0
    told(world, number, world.end[number], of_start=False)
    world.over[number].succeed()


def _served(world: World, number: int, queue: simpy.Resource) -> Generator[simpy.Event, Any, tuple[Any, int]]:
    """Stand in line until it is one's turn; whose gate is shut then makes way, and comes back when it opens."""
    while True:
        turn = queue.request()
        world.seen["queue: stood in line"] += not turn.triggered
        yield turn
        now_s = int(world.env.now)
        begins_s = _opens_s(world, number, now_s)
        if begins_s == now_s:
            return turn, begins_s
        queue.release(turn)
        if begins_s == NEVER:
            return None, NEVER
        world.seen["queue: came back when the gate opened"] += 1
        yield world.moment(begins_s, ASKS, number)


def _drive(world: World, number: int, ride: Ride) -> Course:
    """Wait for all that comes before; then go with the column, or alone."""
    yield _all_before(world, number)
    yield world.moment(world.ready[number], ASKS, number)
    alone = world.script.drives.column[ride.number] < 0 or (ride.vehicle.apart and ride.number not in world.led_off)
    begins_s = _opens_s(world, number, world.ready[number]) if alone else world.ready[number]
    if begins_s == NEVER:
        return
    world.start[number] = begins_s
    told(world, number, begins_s, of_start=True)
    if alone:
        yield from on_the_way(world, by_itself(world, ride, begins_s))


def _line(world: World, departure: int) -> list[Ride]:
    """List the drives of a convoy's leg whose vehicles are with it, in their order."""
    columns = world.script.columns
    column = columns.of_departure[departure]
    members = columns.drive[columns.drive_at[column] : columns.drive_at[column + 1]]
    return [ride for ride in (world.rides[drive] for drive in members) if not ride.vehicle.apart]


def _column(world: World, number: int, departure: int) -> Course:
    """Lead a convoy over a leg, once it departs."""
    yield world.over[departure]
    columns, rides = world.script.columns, _line(world, departure)
    world.led_off.update(ride.number for ride in rides)
    head_s = world.start[departure]
    group = Group(number, rides, int(columns.spacing[number]), int(columns.convoy[number]), head_s)
    yield from on_the_way(world, group)
