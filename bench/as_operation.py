"""Array instances as operations: what the benchmarks plan through the front door and hand to the referee.

Drives are the instance's own: one link for each pair of places, which no other way shortens (published instances have
times that break the triangle inequality, and driving through a place is no way there).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from safepassage.model.fleet import Vehicle
from safepassage.model.ids import HouseholdId, LinkId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Limits, Operation
from safepassage.model.people import Mobility, Person
from safepassage.model.places import Link, Site, SiteKind
from safepassage.model.time import Window
from safepassage.model.travel import UNREACHABLE, Route, RouteTable, Travel, Way
from safepassage.planner.busloads.problem import BusloadProblem
from safepassage.planner.households.problem import HouseholdProblem

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FOREVER_S = 10**9
METRES_A_SECOND = 8


class Direct(RouteTable):
    """A route of one link for every pair of places that a table connects.

    Parameters
    ----------
    sites
        Names of the places, in the order of the table.
    drive_s
        By speed in percent, shape (places, places), seconds; UNREACHABLE where there is no way.
    """

    def __init__(self, sites: Sequence[SiteId], drive_s: Mapping[int, NDArray[np.int64]]) -> None:
        self.sites, self.drive_s = tuple(sites), drive_s
        self.index = {site: number for number, site in enumerate(sites)}

    def __getitem__(self, way: Way) -> tuple[Route, ...]:
        speed, origin, end = way
        if speed not in self.drive_s or origin not in self.index or end not in self.index or origin == end:
            raise KeyError(way)
        seconds = int(self.drive_s[speed][self.index[origin], self.index[end]])
        if seconds >= UNREACHABLE:
            raise KeyError(way)
        link = LinkId(f"{origin}>{end}")
        length_m = METRES_A_SECOND * int(self.drive_s[100][self.index[origin], self.index[end]])
        return (
            Route(
                links=(link,), sites=(origin, end), offsets_s=(0, seconds), travel_s=seconds, length_m=length_m
            ),
        )  # fmt: skip

    def __iter__(self) -> Iterator[Way]:
        for speed, table in self.drive_s.items():
            for a, b in np.argwhere(table < UNREACHABLE).tolist():
                if a != b:
                    yield speed, self.sites[a], self.sites[b]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def least_s(self, pace: int, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
        """Return the times of the table (see RouteTable)."""
        rows, columns = ([self.index[site] for site in sites] for sites in (origins, ends))
        found: NDArray[np.int64] = self.drive_s[pace][np.ix_(rows, columns)]
        return found


class DirectLinks(Mapping[LinkId, Link]):
    """The links of a table of drives, made when they are looked up.

    Listed are those that enter or leave the sites of `listed`: enough for every site to be reached.
    """

    def __init__(self, routes: Direct, listed: Sequence[SiteId]) -> None:
        self.routes, self.listed = routes, listed

    def __getitem__(self, link: LinkId) -> Link:
        origin, _, end = link.partition(">")
        (route,) = self.routes[100, SiteId(origin), SiteId(end)]
        return Link(
            id=link,
            start=SiteId(origin),
            end=SiteId(end),
            length_m=route.length_m,
            travel_s=route.travel_s,
            both_ways=False,
        )

    def __iter__(self) -> Iterator[LinkId]:
        for a in self.listed:
            for b in self.routes.sites:
                for origin, end in ((a, b), (b, a)):
                    if (100, origin, end) in self.routes:
                        yield LinkId(f"{origin}>{end}")

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _travel(sites: Sequence[SiteId], drive_s: Mapping[int, NDArray[np.int64]], listed: Sequence[SiteId]) -> Travel:
    routes = Direct(sites, drive_s)
    return Travel(links=DirectLinks(routes, listed), routes=routes, open={}, closed_by={})


def _site(name: str, kind: SiteKind, capacity: int = 0, opens: tuple[tuple[int, int], ...] = (), bays: int = 0) -> Site:
    windows = tuple(Window(from_s=from_s, until_s=until_s) for from_s, until_s in opens)
    return Site(id=SiteId(name), kind=kind, lon=0.0, lat=0.0, capacity=capacity, opens=windows, bays=bays)


def of_busloads(problem: BusloadProblem) -> tuple[Operation, Travel]:
    """Write whole busloads as an operation: a load is a person in a vehicle with one seat, services take no time."""
    yards, sources = problem.start_s.shape
    shelters = len(problem.room)
    names = [f"y{n}" for n in range(yards)] + [f"p{n}" for n in range(sources)] + [f"s{n}" for n in range(shelters)]
    drive_s = np.full((len(names), len(names)), UNREACHABLE, np.int64)
    drive_s[:yards, yards : yards + sources] = problem.start_s
    drive_s[yards : yards + sources, yards + sources :] = problem.loaded_s
    drive_s[yards + sources :, yards : yards + sources] = problem.empty_s
    # a shelter without room takes nobody: 0 would mean no limit
    rooms = [(shelter, int(room)) for shelter, room in enumerate(problem.room) if room > 0]
    sites = [_site(f"y{n}", "depot") for n in range(yards)] + [_site(f"p{n}", "pickup") for n in range(sources)]
    sites += [_site(f"s{shelter}", "shelter", room) for shelter, room in rooms]
    loads = [source for source in range(sources) for _ in range(int(problem.loads[source]))]
    people = [
        Person(id=PersonId(f"L{n}"), household=HouseholdId(f"L{n}"), site=SiteId(f"p{source}"))
        for n, source in enumerate(loads)
    ]
    starts = [yard for yard in range(yards) for _ in range(int(problem.vehicles[yard]))]
    vehicles = [
        Vehicle(id=VehicleId(f"v{n}"), kind="bus", site=SiteId(f"y{yard}"), seats=1) for n, yard in enumerate(starts)
    ]
    limits = Limits(
        setup_s=0, board_walking_s=0, alight_walking_s=0, pickups_per_trip=1, drive_before_rest_s=FOREVER_S,
        daily_drive_s=FOREVER_S, horizon_s=FOREVER_S,
    )  # fmt: skip
    operation = _operation("busloads", people, vehicles, sites, limits)
    listed = [*(SiteId(f"y{n}") for n in range(yards)), SiteId("p0"), SiteId(f"s{rooms[0][0]}")]
    return operation, _travel([SiteId(name) for name in names], {100: drive_s}, listed)


def of_households(problem: HouseholdProblem) -> tuple[Operation, Travel]:
    """Write the full problem as an operation.

    Every household of the instances boards and alights at the same pace for all mobilities; speeds become percentages
    by the table that is slowest (100); allowed shelters are not written: the instances planned here allow all.
    """
    names = [f"y{n}" for n in range(problem.yards)] + [f"p{n}" for n in range(problem.pickups)]
    names += [f"s{n}" for n in range(problem.shelters)]
    per_person = problem.sizes.sum(axis=1)
    board_s, alight_s = int(problem.board_s[0] // per_person[0]), int(problem.alight_s[0] // per_person[0])
    kinds: tuple[Mobility, ...] = ("walking", "wheelchair", "stretcher")
    people = [
        Person(
            id=PersonId(f"h{n}.{k}"),
            household=HouseholdId(f"h{n}"),
            site=SiteId(f"p{problem.pickup[n]}"),
            mobility=kind,
        )
        for n, sizes in enumerate(problem.sizes.tolist())
        for k, kind in enumerate(kind for kind, count in zip(kinds, sizes, strict=True) for _ in range(count))
    ]  # fmt: skip
    vehicles = [
        Vehicle(
            id=VehicleId(f"v{n}"),
            kind="bus",
            site=SiteId(f"y{problem.yard[n]}"),
            seats=int(problem.places[kind, 0]),
            wheelchair_bays=int(problem.places[kind, 1]),
            stretchers=int(problem.places[kind, 2]),
            available_from_s=int(problem.available_s[n]),
        )
        for n, kind in enumerate(problem.kind.tolist())
    ]
    stops = problem.windows
    sites = [_site(f"y{n}", "depot") for n in range(problem.yards)]
    sites += [_site(f"p{n}", "pickup", 0, stops[n], int(problem.bays[n])) for n in range(problem.pickups)]
    sites += [
        _site(f"s{n}", "shelter", int(room), stops[problem.pickups + n], int(problem.bays[problem.pickups + n]))
        for n, room in enumerate(problem.room)
    ]
    limits = Limits(
        setup_s=problem.setup_s, board_walking_s=board_s, board_wheelchair_s=board_s, board_stretcher_s=board_s,
        alight_walking_s=alight_s, alight_wheelchair_s=alight_s, alight_stretcher_s=alight_s,
        pickups_per_trip=problem.most_pickups, drive_before_rest_s=FOREVER_S, daily_drive_s=FOREVER_S,
        horizon_s=FOREVER_S,
    )  # fmt: skip
    operation = _operation("households", people, vehicles, sites, limits)
    listed = [*(SiteId(f"y{n}") for n in range(problem.yards)), SiteId("p0"), SiteId("s0")]
    return operation, _travel([SiteId(name) for name in names], {100: problem.drive_s[0]}, listed)


def _operation(
    name: str, people: Sequence[Person], vehicles: Sequence[Vehicle], sites: Sequence[Site], limits: Limits
) -> Operation:
    return Operation(
        id=name, title=name, time_zone="UTC", start=START, people=tuple(people), vehicles=tuple(vehicles),
        sites=tuple(sites), links=(), limits=limits,
    )  # fmt: skip
