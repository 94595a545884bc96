"""A small world with round figures, and plans written down in one line a stop.

Links are named after their sites and take as many seconds as SECONDS says.
A service takes 10 s, and 2 s more for who boards, 1 s for who alights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from safepassage.model.clauses import Clause, Milestone
from safepassage.model.fleet import Convoy, Halt, Vehicle
from safepassage.model.ids import (
    ClauseId,
    ConvoyId,
    HouseholdId,
    LinkId,
    MilestoneId,
    PersonId,
    SiteId,
    TripId,
    VehicleId,
)
from safepassage.model.operation import Limits, Operation
from safepassage.model.people import Person
from safepassage.model.places import Link, Site, SiteKind
from safepassage.model.plan import (
    ConvoyOrder,
    Load,
    Manifest,
    MilestoneReading,
    Plan,
    Referral,
    Ride,
    Solver,
    Stop,
    Trip,
    TripKind,
    Work,
)
from safepassage.model.time import Window
from safepassage.model.travel import Route, Travel, drive_s
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import evaluate
from safepassage.timetable.network import Network
from safepassage.timetable.retime import retime
from safepassage.timetable.sequences import chains

SECONDS = {
    "depot-a": 100, "depot-b": 200, "a-b": 50, "a-e": 300, "b-e": 400, "a-h": 60, "a-m": 150, "b-m": 250,
    "depot-m": 120, "m-r": 500, "r-e": 700,
}  # fmt: skip
KINDS: dict[str, SiteKind] = {
    "depot": "depot", "a": "pickup", "b": "pickup", "h": "hospital", "m": "assembly", "r": "rest", "e": "destination",
}  # fmt: skip
LIMITS = Limits(setup_s=10, board_walking_s=2, alight_walking_s=1, rest_s=60, refuel_s=30)
CONVOY = ConvoyId("c")


class Call(NamedTuple):
    """One stop: where, the links driven there, who boards and alights, when it starts in the plan."""

    site: str
    links: str = ""
    on: str = ""
    off: str = ""
    at_s: int = 0
    bay: int = 0
    work: tuple[Work, ...] = ()
    not_before_s: int = 0


class Run(NamedTuple):
    """One trip: its id, its vehicle, its stops."""

    id: str
    vehicle: str
    calls: Sequence[Call]
    kind: TripKind = "shuttle"


def person(name: str, site: str = "a", **more: Any) -> Person:
    return Person(id=PersonId(name), household=HouseholdId(name), site=SiteId(site), **more)


def vehicle(name: str, **more: Any) -> Vehicle:
    told: dict[str, Any] = {"kind": "bus", "seats": 8, "site": "depot"} | more
    return Vehicle(id=VehicleId(name), **told)


def operation(
    people: Iterable[Person] = (),
    vehicles: Iterable[Vehicle] = (),
    *,
    clauses: Iterable[Clause] = (),
    milestones: Iterable[Milestone] = (),
    opens: Mapping[str, tuple[Window, ...]] | None = None,
    halts: tuple[Halt, ...] = (),
    **more: Any,
) -> Operation:
    moving = tuple(vehicles)
    convoy = Convoy(id=CONVOY, assembly=SiteId("m"), destination=SiteId("e"), spacing_s=20, halts=halts)
    return Operation(
        id="small",
        title="Small",
        time_zone="UTC",
        start=datetime(2026, 1, 1, tzinfo=UTC),
        people=tuple(people),
        vehicles=moving,
        sites=tuple(
            Site(id=SiteId(name), kind=kind, lon=0.0, lat=0.0, opens=(opens or {}).get(name, ()))
            for name, kind in KINDS.items()
        ),
        links=tuple(
            Link(
                id=LinkId(name),
                start=SiteId(name.split("-")[0]),
                end=SiteId(name.split("-")[1]),
                length_m=seconds * 10,
                travel_s=seconds,
            )
            for name, seconds in SECONDS.items()
        ),
        convoys=(convoy,) if any(one.convoy for one in moving) else (),
        clauses=tuple(clauses),
        milestones=tuple(milestones),
        limits=LIMITS,
        **more,
    )


def plan(
    runs: Sequence[Run],
    *,
    referrals: Iterable[Referral] = (),
    order: str = "",
    spacing_s: int = 20,
    told: Mapping[str, int] | None = None,
) -> Plan:
    """Write a plan down; all its figures but the starts of stops are 0."""
    orders = ConvoyOrder(
        convoy=CONVOY,
        order=tuple(VehicleId(name) for name in order.split()),
        spacing_s=spacing_s,
        departs_s=0,
        timetable=(),
    )
    return Plan(
        operation="small",
        sha256="",
        status="feasible",
        seed=0,
        solver=Solver(engine="by hand"),
        trips=tuple(_trip(run) for run in runs),
        manifests=tuple(
            Manifest(trip=TripId(run.id), vehicle=VehicleId(run.vehicle), rides=tuple(_rides(run))) for run in runs
        ),
        referrals=tuple(referrals),
        convoys=(orders,) if order else (),
        milestones=tuple(MilestoneReading(milestone=MilestoneId(m), at_s=at_s) for m, at_s in (told or {}).items()),
    )


def _trip(run: Run) -> Trip:
    return Trip(
        id=TripId(run.id),
        vehicle=VehicleId(run.vehicle),
        kind=run.kind,
        speed_percent=100,
        stops=tuple(
            Stop(
                site=SiteId(call.site),
                route=tuple(LinkId(link) for link in call.links.split()),
                arrive_s=call.at_s,
                start_s=call.at_s,
                end_s=call.at_s,
                depart_s=call.at_s,
                load=Load(),
                bay=call.bay,
                work=call.work,
                not_before_s=call.not_before_s,
            )
            for call in run.calls
        ),
        convoy=CONVOY if run.kind == "convoy" else ConvoyId(""),
    )


def _rides(run: Run) -> Iterable[Ride]:
    aboard: dict[str, int] = {}
    for position, call in enumerate(run.calls):
        for name in call.off.split():
            yield Ride(person=PersonId(name), board=aboard.pop(name), alight=position)
        aboard |= dict.fromkeys(call.on.split(), position)


def referral(name: str, out: str, back: str, *, place: int = 0, from_s: int = 0, by: str = "") -> Referral:
    return Referral(
        person=PersonId(name),
        hospital=SiteId("h"),
        out_trip=TripId(out),
        back_trip=TripId(back),
        treated_from_s=from_s,
        treated_until_s=from_s,
        returned_s=0,
        place=place,
        accompanied_by=tuple(PersonId(one) for one in by.split()),
    )


def travel_of(
    asked: Operation,
    made: Plan,
    *,
    departures: Mapping[str, tuple[Window, ...]] | None = None,
    closed_by: Mapping[str, tuple[str, ...]] | None = None,
) -> Travel:
    """Return the routes that the plan drives; `departures` are windows of the routes over a link."""
    links = {link.id: link for link in asked.links}
    gated = departures or {}
    routes: dict[tuple[int, SiteId, SiteId], tuple[Route, ...]] = {}
    for name, trips in chains(made).items():
        place = next(one.site for one in asked.vehicles if one.id == name)
        for trip in trips:
            for stop in trip.stops:
                if stop.route:
                    found = _route(trip, stop, links, gated)
                    key = trip.speed_percent, place, stop.site
                    if found not in routes.get(key, ()):
                        routes[key] = (*routes.get(key, ()), found)
                place = stop.site
    return Travel(
        links=links,
        routes=routes,
        open={LinkId(link): windows for link, windows in gated.items()},
        closed_by={LinkId(link): tuple(map(ClauseId, ids)) for link, ids in (closed_by or {}).items()},
    )


def _route(trip: Trip, stop: Stop, links: Mapping[LinkId, Link], gated: Mapping[str, tuple[Window, ...]]) -> Route:
    return Route(
        links=stop.route,
        sites=(),
        offsets_s=(),
        travel_s=sum(drive_s(links[link].travel_s, trip.speed_percent) for link in stop.route),
        length_m=sum(links[link].length_m for link in stop.route),
        departures=next((gated[link] for link in stop.route if link in gated), ()),
    )


def timed(asked: Operation, made: Plan, **more: Any) -> dict[str, list[tuple[int, int, int, int]]]:
    """Retime a plan: per trip, for each stop when the vehicle arrives, starts and ends serving, and departs."""
    network = build(asked, travel_of(asked, made, **more), made)
    return {
        trip.id: [(stop.arrive_s, stop.start_s, stop.end_s, stop.depart_s) for stop in trip.stops]
        for trip in retime(asked, made, network).trips
    }


def milestone_ends(asked: Operation, network: Network) -> dict[str, int]:
    """When each party's milestone comes."""
    times = evaluate(network)
    return {one.id: times.end_s[network.milestones[one.id]] for one in asked.milestones}


def window(from_s: int, until_s: int) -> Window:
    return Window(from_s=from_s, until_s=until_s)
