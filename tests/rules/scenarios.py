"""Whole scenarios: an operation and a valid plan with all its figures.

Clauses are chosen last, from what the plan does, so that some of them are tight.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec.structs import replace

from rules.by_hand import Builder, batches_of, companions_of, drive_convoy, drive_shuttles
from rules.world import (
    CONVOY,
    SPACING_S,
    Scenario,
    Shape,
    bus,
    consents,
    convoy_vehicles,
    links_of,
    people_of,
    sites_of,
    travel_of,
)
from safepassage.model.clauses import (
    Area,
    BothOrNeither,
    Cap,
    Clause,
    Consent,
    Deadline,
    Exclusion,
    Milestone,
    Precedence,
    Ratio,
    TimeWindow,
)
from safepassage.model.fleet import Convoy, Halt
from safepassage.model.ids import (
    ClauseId,
    LinkId,
    MilestoneId,
    PartyId,
    SiteId,
)
from safepassage.model.operation import Limits, Operation, Party
from safepassage.model.places import Closure
from safepassage.model.plan import (
    ClauseReading,
    ConvoyOrder,
    MilestoneReading,
    Objective,
    Plan,
    Solver,
    Unserved,
)
from safepassage.model.time import Window


def scenario(shape: Shape) -> Scenario:
    """Build an operation and a valid plan for it.

    Parameters
    ----------
    shape
        How large, of which kind, with whom.
    """
    people = people_of(shape)
    last = f"H{len(shape.households) - 1}"
    moving = [one for one in people if one.travels and (shape.everyone or one.household != last)]
    batches = batches_of(moving, bus("bus", shape))
    ambulance = replace(bus("ambulance", shape), kind="ambulance", seats=3, wheelchair_bays=1, stretchers=1)
    vehicles = (bus("shuttle-0", shape), bus("shuttle-1", shape), ambulance)
    convoy = Convoy(
        id=CONVOY,
        assembly=SiteId("assembly"),
        destination=SiteId("end"),
        spacing_s=SPACING_S,
        halts=(Halt(site=SiteId("checkpoint"), duration_s=600),),
    )
    operation = Operation(
        id="generated",
        title="Generated operation",
        time_zone="UTC",
        start=datetime(2026, 1, 1, tzinfo=UTC),
        people=people,
        vehicles=(*vehicles, *convoy_vehicles(shape, batches)) if shape.convoy else vehicles,
        sites=sites_of(shape),
        links=links_of(shape),
        parties=tuple(Party(id=PartyId(name)) for name in ("army", "militia", "side")),
        convoys=(convoy,) if shape.convoy else (),
        clauses=consents(),
        closures=(Closure(link=LinkId("shelter-0--shelter-1"), from_s=0, until_s=9000),),
        limits=Limits(everyone=shape.everyone),
        sha256="0" * 64,
    )
    builder = Builder(operation)
    for person in moving:
        if person.treatment_s:
            builder.refer(person, companions_of(person, moving), ambulance.id)
            moving_with = [one for one in moving if one.household == person.household]
            for member in moving_with:
                builder.ready[member.id] = max(builder.ready[member.id], builder.ready[person.id])
    drive_shuttles(builder, moving, "assembly" if shape.convoy else "shelter-0")
    orders = (drive_convoy(builder, batches),) if shape.convoy else ()
    return _with_figures(builder, shape, orders)


def _with_figures(builder: Builder, shape: Shape, orders: tuple[ConvoyOrder, ...]) -> Scenario:
    times = _milestones(builder, orders)
    told = 60
    added, readings = _clauses(builder, times, told, shape.slack_s) if shape.with_clauses else ((), ())
    terms = Milestone(id=MilestoneId("terms-told"), duration_s=50, earliest_s=10, after=(MilestoneId("start"),))
    operation = replace(
        builder.operation,
        clauses=(*builder.operation.clauses, *added),
        milestones=(terms,) if shape.with_clauses else (),
    )
    given = {terms.id: told} if shape.with_clauses else {}
    plan = Plan(
        operation=operation.id,
        sha256=operation.sha256,
        status="feasible",
        seed=0,
        solver=Solver(engine="by hand"),
        objective=_objective(builder),
        bound_s=0,
        trips=tuple(builder.trips),
        manifests=tuple(builder.manifests),
        referrals=tuple(builder.referrals),
        convoys=orders,
        milestones=tuple(MilestoneReading(milestone=name, at_s=at_s) for name, at_s in (times | given).items()),
        clauses=(*_undated(builder.operation.clauses), *readings),
        unserved=tuple(_unserved(builder)),
    )
    return Scenario(operation, travel_of(operation), plan)


def _undated(clauses: Iterable[Clause]) -> list[ClauseReading]:
    kinds: list[tuple[type, str]] = [(Consent, "consent"), (Area, "area"), (Exclusion, "exclusion")]
    kinds += [(Ratio, "ratio"), (Cap, "cap")]
    return [
        ClauseReading(
            clause=clause.id,
            kind=next(word for kind, word in kinds if isinstance(clause, kind)),
            status="monitored" if isinstance(clause, Exclusion) else "kept",
        )
        for clause in clauses
    ]


def _milestones(builder: Builder, orders: tuple[ConvoyOrder, ...]) -> dict[MilestoneId, int]:
    found: dict[str, int] = {
        "start": 0,
        "all-arrived": max(builder.delivered.values(), default=0),
        "referrals-closed": max((referral.returned_s for referral in builder.referrals), default=0),
    }
    site_of = {person.id: person.site for person in builder.operation.people}
    rides = {manifest.trip: manifest.rides for manifest in builder.manifests}
    moved = [(trip, ride) for trip in builder.trips if trip.kind != "referral" for ride in rides[trip.id]]
    for trip, ride in moved:
        site, board, alight = site_of[ride.person], trip.stops[ride.board], trip.stops[ride.alight]
        if board.site == site:
            found[f"left:{site}"] = min(board.depart_s, found.get(f"left:{site}", board.depart_s))
            found[f"cleared:{site}"] = max(board.depart_s, found.get(f"cleared:{site}", board.depart_s))
        if alight.site == "assembly":
            found[f"joined:{site}"] = max(alight.end_s, found.get(f"joined:{site}", 0))
    for order in orders:
        found["departed:C1"] = order.departs_s
        found["arrived:C1"] = max(trip.stops[-1].end_s for trip in builder.trips if trip.kind == "convoy")
    return {MilestoneId(name): at_s for name, at_s in found.items()}


def _clauses(
    builder: Builder, times: dict[MilestoneId, int], told_s: int, slack_s: int
) -> tuple[tuple[Clause, ...], tuple[ClauseReading, ...]]:
    """Choose clauses that the plan keeps, by no more than `slack_s`, with how it stands to them."""
    end, first = MilestoneId("all-arrived"), MilestoneId("terms-told")
    leaving = (name for name in times if builder.delivered and name.startswith(("departed:", "left:")))
    away = next(leaving, end)
    end_s, away_s = times[end], times[away]
    if away == end:  # nobody moves: nothing waits for the terms
        first, told_s = MilestoneId("start"), 0
    due_s = end_s + slack_s
    gap_s = max(0, away_s - told_s - slack_s)
    count = len(builder.operation.people)
    window = Window(from_s=max(0, end_s - slack_s), until_s=due_s + 50)
    dated: tuple[tuple[Clause, str, int, int, int], ...] = (
        (Deadline(id=ClauseId("in-time"), milestone=end, due_s=due_s), "deadline", due_s, end_s, slack_s),
        (
            TimeWindow(id=ClauseId("by-day"), milestone=end, windows=(window,)),
            "window", due_s + 50, end_s, slack_s + 50,
        ),
        (
            Precedence(id=ClauseId("terms-first"), first=first, then=away, gap_s=gap_s),
            "precedence", told_s + gap_s, away_s, away_s - told_s - gap_s,
        ),
        (
            BothOrNeither(id=ClauseId("both"), milestones=(away, end), within_s=due_s - away_s),
            "both-or-neither", due_s, end_s, slack_s,
        ),
    )  # fmt: skip
    counted: tuple[Clause, ...] = (
        Ratio(id=ClauseId("in-step"), group="first", against="second", tolerance=count),
        Cap(id=ClauseId("hold-point"), site=SiteId("assembly"), max_people=count, max_dwell_s=100_000),
    )
    readings = tuple(
        ClauseReading(clause=clause.id, kind=kind, status="kept", due_s=due_s, at_s=at_s, slack_s=slack_s)
        for clause, kind, due_s, at_s, slack_s in dated
    )
    return (*(row[0] for row in dated), *counted), (*readings, *_undated(counted))


def _objective(builder: Builder) -> Objective:
    metres = sum(builder.links[link].length_m for trip in builder.trips for stop in trip.stops for link in stop.route)
    asked = [person for person in builder.operation.people if person.choice == "consented"]
    return Objective(
        unserved=len(asked) - len(builder.delivered),
        makespan_s=max(builder.delivered.values(), default=0),
        exposure_person_s=sum(builder.delivered.values()),
        distance_m=metres,
    )


def _unserved(builder: Builder) -> Iterable[Unserved]:
    for person in builder.operation.people:
        if person.choice == "consented" and person.id not in builder.delivered:
            yield Unserved(person=person.id, rule="seats" if person.fit_to_travel else "fit-to-travel")
