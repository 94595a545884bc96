"""Small shuttle problems: sites on a line, a second a metre, services of 10 s and 1 s a person."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from safepassage.model.ids import LinkId, PersonId, SiteId
from safepassage.model.operation import Limits
from safepassage.model.time import Window
from safepassage.model.travel import Route, drive_s
from safepassage.planner.demand import Sizes
from safepassage.planner.shuttles import Load, Part, Shuttle, ShuttleProblem

LIMITS = Limits(
    setup_s=10,
    board_walking_s=1,
    board_wheelchair_s=1,
    board_stretcher_s=1,
    alight_walking_s=1,
    alight_wheelchair_s=1,
    alight_stretcher_s=1,
    rest_s=50,
    refuel_s=20,
)
PLACES = {"depot": 0, "near": 100, "far": 300, "end": 400, "other": 600}
"""Where sites lie on the line, metres."""


def load(
    *sites: str, sizes: Sizes = (1, 0, 0), ends: Sequence[str] = ("end",), ready_s: int = 0, apart: Sequence[int] = ()
) -> Load:
    """Make a load; with several sites its people are walking and spread evenly."""
    share = sum(sizes) // len(sites)
    parts = tuple(
        Part(SiteId(site), tuple(PersonId(f"{site}{n}") for n in range(share)), share, ready_s) for site in sites
    )
    goals = tuple(SiteId(end) for end in ends)
    return Load(parts=parts, sizes=sizes, alight_s=sum(sizes), ends=goals, apart=frozenset(apart))


def shuttle(site: str = "depot", places: Sizes = (10, 1, 1), **values: Any) -> Shuttle:
    """Make a vehicle without limits of range or hours, unless told."""
    fields: dict[str, Any] = {
        "available_s": 0,
        "pace": 100,
        "range_m": 0,
        "unrested_s": 10**6,
        "drive_limit_s": 10**6,
    }
    return Shuttle(vehicle="v", site=SiteId(site), places=places, **(fields | values))


def routes_on(places: Mapping[str, int], speeds: Sequence[int] = (100,)) -> dict[Any, tuple[Route, ...]]:
    """Join all sites of a line by direct routes."""
    return {
        (speed, SiteId(a), SiteId(b)): (route(a, b, drive_s(max(1, abs(x - y)), speed), max(1, abs(x - y))),)
        for speed in speeds
        for a, x in places.items()
        for b, y in places.items()
        if a != b
    }


def route(origin: str, end: str, travel_s: int, length_m: int = 1, *departures: tuple[int, int]) -> Route:
    """Make a route of one link named after its sites and its time."""
    return Route(
        links=(LinkId(f"{origin}-{end}-{travel_s}"),),
        sites=(SiteId(origin), SiteId(end)),
        offsets_s=(0, travel_s),
        travel_s=travel_s,
        length_m=length_m,
        departures=tuple(Window(from_s=a, until_s=b) for a, b in departures),
    )


def problem(loads: Sequence[Load], shuttles: Sequence[Shuttle], **values: Any) -> ShuttleProblem:
    """Make a problem on the line; sites have no limits unless told."""
    fields: dict[str, Any] = {
        "routes": routes_on(PLACES),
        "bays": {},
        "opens": {},
        "room": {},
        "fuel": (),
        "limits": LIMITS,
    }
    return ShuttleProblem(loads=tuple(loads), shuttles=tuple(shuttles), **(fields | values))


def random_problem(seed: int, *, bays: bool) -> ShuttleProblem:
    """Make a tiny random problem: up to two vehicles, four loads, two pickups, two ends."""
    rng = random.Random(seed)
    places = {name: rng.randrange(400) for name in PLACES}
    loads = []
    for _ in range(rng.randint(1, 4)):
        sizes = rng.choice(((1, 0, 0), (2, 0, 0), (3, 0, 0), (1, 1, 0), (0, 1, 0), (1, 0, 1), (2, 0, 0)))
        ends = rng.choice((("end",), ("other",), ("end", "other")))
        at = ("near", "far") if sizes == (2, 0, 0) and rng.random() < 0.3 else (rng.choice(("near", "far")),)
        loads.append(load(*at, sizes=sizes, ends=ends, ready_s=rng.choice((0, 0, 0, 150))))
    vehicles = [
        shuttle(
            rng.choice(("depot", "near", "end")),
            rng.choice(((3, 1, 1), (4, 1, 1), (5, 2, 1))),
            available_s=rng.choice((0, 0, 60)),
            pace=rng.choice((100, 80)),
        )
        for _ in range(rng.randint(1, 2))
    ]
    people = sum(one.people for one in loads)
    values: dict[str, Any] = {"routes": routes_on(places, (80, 100)), "room": {SiteId("end"): rng.randint(1, people)}}
    if any(one.ends == ("end",) for one in loads):
        values["room"] = {SiteId("end"): people}
    if bays:
        values["bays"] = {SiteId(site): rng.randint(0, 2) for site in places}
        values["opens"] = {SiteId("end"): (Window(from_s=rng.randrange(600), until_s=10**6),)}
    return problem(loads, vehicles, **values)
