"""The world of the oracle's run: vehicles, who drives together, what chance has decided before anything happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import simpy

from safepassage.rehearsal.script import BREAKDOWNS, CUTS, DAY, DRIVES, NEVER, PLACE, WALK_INS, Ints, Script
from safepassage.rehearsal.spreads import at as figure
from safepassage.rehearsal.streams import block, normal, uniform

Course: TypeAlias = Generator[simpy.Event, Any, None]

COUNTED = (
    "returned", "detained", "walk-ins", "walk-ins-left", "breakdowns", "road-cuts-met", "splits", "spares-used",
)  # fmt: skip
ENDS, HAPPENS, ASKS = range(3)
_LATER_THAN_SIMPY = 2
"""SimPy's own events have the priorities 0 and 1: what follows from something comes before the next thing."""
PARTS = 1_000_000
"""Into so many parts a link is divided: a breakdown lies at one of them."""


class At(simpy.Event):
    """Something that happens at an instant, and in its place among all that happens then."""

    def __init__(self, env: simpy.Environment, at_s: int, priority: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, simpy.events.EventPriority(priority), max(0, at_s - env.now))


@dataclass
class Vehicle:
    """Seconds that its crews have driven since a rest and in the day; whether it follows its convoy by itself."""

    number: int
    driven_s: int = 0
    today_s: int = 0
    apart: bool = False
    empty: bool = False


@dataclass
class Ride:
    """A vehicle's drive: who is aboard, its place in a column, where it breaks down (link, part of it), if it does."""

    number: int
    activity: int
    vehicle: Vehicle
    place: int
    aboard: list[int]
    links: range
    own: float
    breaks_on: int = -1
    breaks_at: int = 0


@dataclass
class Group:
    """Those who drive together: the clock of the place at the head, how far it has come, who is still there."""

    number: int
    rides: list[Ride]
    spacing_s: int
    convoy: int
    clock_s: int
    link: int = 0
    done_s: int = 0
    on_link: bool = False
    dark: bool = False

    def behind_s(self, ride: Ride) -> int:
        """Return how far behind the head a vehicle is."""
        return ride.place * self.spacing_s

    def length_s(self) -> int:
        """Return how far behind the head the last one is."""
        return max(map(self.behind_s, self.rides), default=0)

    def people(self) -> int:
        """Count who is aboard."""
        return sum(sum(ride.aboard) for ride in self.rides)


@dataclass
class World:
    """A run: what chance has decided, who waits for what, and what came of it."""

    script: Script
    seeds: Ints
    run: int
    env: simpy.Environment
    start: list[int]
    end: list[int]
    ready: list[int]
    lasts: list[int]
    awaited: list[simpy.Event]
    over: list[simpy.Event]
    queues: list[simpy.Resource]
    spares: list[int]
    room: list[list[int]]
    vehicles: list[Vehicle]
    day: list[float]
    place: list[float]
    cut_s: list[tuple[int, int]]
    rides: list[Ride] = field(default_factory=list)
    led_off: set[int] = field(default_factory=set)
    held: dict[int, tuple[int, int]] = field(default_factory=dict)
    comers: list[int] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    seen: Counter[str] = field(default_factory=Counter)

    def moment(self, at_s: int, kind: int, number: int) -> At:
        """Give what happens at an instant (or now, where that is over)."""
        count = len(self.start) + len(self.rides) + len(self.script.columns.departure)
        return At(self.env, at_s, _LATER_THAN_SIMPY + kind * count + number)

    def words(self, group: int, key: np.uint64, draw: int = 0) -> tuple[np.uint64, ...]:
        """Draw from a stream."""
        # compiled code gives plain whole numbers, and takes one above 2**63 only with its type
        return tuple(map(np.uint64, block(self.seeds[group], key, self.run, draw)))

    def quantile(self, table: int, z: float) -> float:
        """Look up a figure."""
        return figure(self.script.chances.tables[table], 0, z)


def told(world: World, number: int, from_s: int, *, of_start: bool) -> None:
    """Tell those who wait for the end of an activity, or for its start, when it was."""
    activities = world.script.activities
    for arc in range(activities.arc_at[number], activities.arc_at[number + 1]):
        # who was left behind by a convoy is waited for no longer
        if bool(activities.arc_from_start[arc]) == of_start and not world.awaited[arc].triggered:
            after = activities.arc_to[arc]
            world.ready[after] = max(world.ready[after], from_s + int(activities.arc_lag[arc]))
            world.awaited[arc].succeed()


def new_world(script: Script, seeds: Ints, run: int) -> World:
    """Draw all that does not depend on the course of the run."""
    env = simpy.Environment()
    count = len(script.activities.release)
    world = World(
        script=script, seeds=seeds, run=run, env=env, start=[NEVER] * count, end=[NEVER] * count,
        ready=script.activities.release.tolist(), lasts=script.activities.nominal.tolist(),
        awaited=[simpy.Event(env) for _ in script.activities.arc_to], over=[simpy.Event(env) for _ in range(count)],
        queues=[simpy.Resource(env, int(servers)) for servers in script.capacity],
        spares=script.fleet.spare.tolist(), room=script.fleet.free.tolist(),
        vehicles=[Vehicle(number) for number in range(len(script.fleet.places))], day=[], place=[], cut_s=[],
    )  # fmt: skip
    world.day = [normal(*world.words(DAY, key)[:2]) for key in script.chances.day_key]
    world.place = [normal(*world.words(PLACE, key)[:2]) for key in script.chances.place_key]
    world.cut_s = [_cut(world, number) for number in range(len(script.incidents.cut_key))]
    _draw_durations(world)
    _draw_walk_ins(world)
    _draw_rides(world)
    return world


def seconds(figure_s: float) -> int:
    return max(0, int(figure_s + 0.5))


def scattered_s(world: World, law: int, own: float, nominal_s: int) -> int:
    """Return how long something lasts: the day's, the place's and its own share of chance, looked up in its tables."""
    chances = world.script.chances
    z = chances.own[law] * own
    if chances.day[law] > 0:
        z += chances.day[law] * world.day[chances.day_of[law]]
    if chances.place[law] > 0:
        z += chances.place[law] * world.place[chances.place_of[law]]
    return seconds(nominal_s * world.quantile(chances.times[law], z) + world.quantile(chances.plus[law], z))


def _cut(world: World, number: int) -> tuple[int, int]:
    incidents = world.script.incidents
    words = world.words(CUTS, incidents.cut_key[number])
    if uniform(words[0]) >= incidents.cut_chance[number]:
        return NEVER, NEVER
    from_s, until_s = int(incidents.cut_from[number]), int(incidents.cut_until[number])
    at_s = from_s + seconds(uniform(words[1]) * (until_s - from_s))
    return at_s, at_s + seconds(world.quantile(incidents.cut_lasts[number], normal(*words[2:])))


def _draw_durations(world: World) -> None:
    chances, never = world.script.chances, world.script.activities.never
    for number, law in enumerate(chances.law):
        if law >= 0:
            words = world.words(int(chances.group[number]), chances.key[number])
            world.lasts[number] = scattered_s(world, law, normal(*words[:2]), world.lasts[number])
            if uniform(words[2]) < never[number]:
                world.lasts[number] = NEVER


def _draw_walk_ins(world: World) -> None:
    incidents = world.script.incidents
    free = 0
    for number, activity in enumerate(incidents.walk_activity):
        came = _poisson(incidents.walk_mean[number], uniform(world.words(WALK_INS, incidents.walk_key[number])[0]))
        free = int(incidents.walk_free[number]) if incidents.walk_first[number] else free
        aboard = min(came, free)
        free -= aboard
        world.comers.append(aboard)
        world.lasts[activity] += aboard * int(incidents.walk_each[number])
        world.tally["walk-ins"] += aboard
        world.tally["walk-ins-left"] += came - aboard


def _draw_rides(world: World) -> None:
    drives, incidents = world.script.drives, world.script.incidents
    for number, activity in enumerate(drives.activity):
        ride = Ride(
            number, int(activity), world.vehicles[drives.vehicle[number]], int(drives.place[number]),
            drives.aboard[number].tolist(), range(drives.link_at[number], drives.link_at[number + 1]),
            normal(*world.words(DRIVES, drives.key[number])[:2]),
        )  # fmt: skip
        world.rides.append(ride)
        if drives.breaks[number] >= 0:
            words, length_m = world.words(BREAKDOWNS, drives.break_key[number]), drives.length[number]
            if uniform(words[0]) < 1 - np.exp(-incidents.rate[drives.breaks[number]] * length_m):
                _place_breakdown(world, ride, uniform(words[1]) * length_m)


def _place_breakdown(world: World, ride: Ride, after_m: float) -> None:
    """Find the link on which a vehicle breaks down that many metres after it sets off."""
    for position, link in enumerate(ride.links):
        length_m = world.script.drives.link_m[link]
        if after_m < length_m:
            ride.breaks_on, ride.breaks_at = position, int(after_m / length_m * PARTS)
            return
        after_m -= length_m


def _poisson(mean: float, share: float) -> int:
    """Return how many come: the least number whose cumulative probability is not below the share."""
    found, chance = 0, float(np.exp(-mean))
    below = chance
    while below < share and found < 10_000:
        found += 1
        chance *= mean / found
        below += chance
    return found
