"""The shuttle problem: many vehicles, several trips each, people in bundles, finals with capacity.

A *tour* is a vehicle's list of runs; a *run* takes loads (positions in the problem's `loads`) from a few sites to one
end.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from safepassage.model.ids import LinkId, PersonId, SiteId
from safepassage.model.operation import Limits
from safepassage.model.plan import Work
from safepassage.model.time import Window
from safepassage.model.travel import Pace, Route
from safepassage.planner.demand import Sizes

NEVER = 2**40


class Part(Struct, frozen=True):
    """The members of a load at one site."""

    site: SiteId
    people: tuple[PersonId, ...]
    board_s: int
    ready_s: int


class Load(Struct, frozen=True, kw_only=True):
    """A bundle to be shuttled: its parts, its size, where it may go, whom it must not meet (other loads)."""

    parts: tuple[Part, ...]
    sizes: Sizes
    alight_s: int
    ends: tuple[SiteId, ...]
    apart: frozenset[int] = frozenset()

    @property
    def people(self) -> int:
        """How many people."""
        return sum(self.sizes)


class Shuttle(Struct, frozen=True, kw_only=True):
    """A vehicle that shuttles."""

    vehicle: str
    site: SiteId
    available_s: int
    pace: Pace
    places: Sizes
    range_m: int
    unrested_s: int
    drive_limit_s: int


class ShuttleProblem(Struct, frozen=True, kw_only=True):
    """Loads, vehicles, routes by (pace, from, to), and what sites and clauses allow.

    `room` is how many people an end takes (absent: no limit), `fuel` and `rest` where vehicles refuel and crews rest,
    `due_s` by when the last people must have left a site, `all_due_s` by when everybody must be there. `least_s` holds,
    for the bound, the shortest times by (pace, from, to) over all links that are ever open; empty, they are put
    together from `routes`. `gates` tells whether some links are open at times only, or there is a night, in which
    one drives at `night_percent` of one's speed.
    """

    loads: tuple[Load, ...]
    shuttles: tuple[Shuttle, ...]
    routes: Mapping[tuple[int, SiteId, SiteId], tuple[Route, ...]]
    bays: dict[SiteId, int]
    opens: dict[SiteId, tuple[Window, ...]]
    room: dict[SiteId, int]
    fuel: tuple[SiteId, ...]
    limits: Limits
    rest: tuple[SiteId, ...] = ()
    due_s: dict[SiteId, int] = {}
    all_due_s: int = NEVER
    least_s: Mapping[tuple[int, SiteId, SiteId], int] = {}
    gates: bool = False
    night_percent: int = 100


class Service(Struct, frozen=True):
    """What a vehicle does at a stop: where, how long, not before when; who boards or alights, or other work."""

    site: SiteId
    duration_s: int
    ready_s: int
    board: tuple[int, ...] = ()
    alight: tuple[int, ...] = ()
    people: int = 0
    work: tuple[Work, ...] = ()


class Run(Struct, frozen=True):
    """Loads on board on the way to `end`, picked up in the order of `sites`; its services, and the places it takes."""

    loads: tuple[int, ...]
    end: SiteId
    sites: tuple[SiteId, ...]
    services: tuple[Service, ...]
    sizes: Sizes


Tours = list[list[Run]]


class Halt(Struct):
    """A timed stop of a run: loads that board here (all parts at this site), loads that alight, work."""

    site: SiteId
    route: tuple[LinkId, ...]
    start_s: int
    end_s: int
    bay: int
    board: list[int]
    alight: list[int]
    work: tuple[Work, ...] = ()
    slow: bool = False


class Timing(Struct, kw_only=True):
    """Tours in time: per vehicle and run its halts; last delivery, sum of deliveries, metres, seconds overdue."""

    halts: list[list[list[Halt]]]
    makespan_s: int
    exposure_person_s: int
    distance_m: int
    ended_s: list[int]
    late_s: int = 0


def make_run(problem: ShuttleProblem, loads: tuple[int, ...], end: SiteId, order: tuple[SiteId, ...] = ()) -> Run:
    """Make a run of these loads; sites that `order` names are visited in that order, others after them."""
    sites: dict[SiteId, tuple[int, int, list[int]]] = {}
    setup_s = problem.limits.setup_s
    walking = wheelchair = stretcher = alight_s = 0
    for number in loads:
        load = problem.loads[number]
        walking, wheelchair, stretcher = (
            walking + load.sizes[0], wheelchair + load.sizes[1], stretcher + load.sizes[2],
        )  # fmt: skip
        alight_s += load.alight_s
        for part in load.parts:
            work_s, ready_s, board = sites.get(part.site, (setup_s, 0, []))
            board.append(number)
            sites[part.site] = (work_s + part.board_s, max(ready_s, part.ready_s), board)
    way = [site for site in order if site in sites]
    way += [site for site in sites if site not in way]
    services = [Service(site, sites[site][0], sites[site][1], tuple(sites[site][2])) for site in way]
    people = walking + wheelchair + stretcher
    services.append(Service(end, setup_s + alight_s, 0, (), loads, people))
    return Run(loads, end, tuple(way), tuple(services), (walking, wheelchair, stretcher))


def accepts(problem: ShuttleProblem, run: Run, shuttle: Shuttle) -> bool:
    """Tell whether the run may be driven by the vehicle: places, ends, kept apart, number of sites."""
    loads = problem.loads
    if any(used > places for used, places in zip(run.sizes, shuttle.places, strict=True)):
        return False
    if any(run.end not in loads[n].ends for n in run.loads):
        return False
    if any(not loads[n].apart.isdisjoint(run.loads) for n in run.loads if loads[n].apart):
        return False
    most = problem.limits.pickups_per_trip
    return len(run.sites) <= most or len(run.sites) <= max(len(loads[n].parts) for n in run.loads)
