"""Small changes to a scenario, and what the referee says to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from rules.scenarios import scenario
from rules.world import Household, Scenario, Shape, travel_of
from safepassage.model.clauses import Clause
from safepassage.model.plan import ClauseReading, Load, Manifest, Plan, Ride, Trip
from safepassage.model.time import Window
from safepassage.rules import check

FAMILY = Household(adults=2, children=1)
SHUTTLE = scenario(Shape(households=(FAMILY, Household(adults=2, children=2, at_pickup=1)), with_clauses=False))
REFERRAL = scenario(
    Shape(
        households=(
            Household(adults=2, children=1, treatment_s=900, mobility="stretcher", cared_for=True),
            Household(treatment_s=1800, at_pickup=1),
        ),
        with_clauses=False,
    )
)
CONVOY = scenario(
    Shape(
        convoy=True, households=(FAMILY, Household(mobility="wheelchair"), Household(at_pickup=2)), with_clauses=False
    )
)

Edit = Callable[[Any], Any]


def codes(base: Scenario) -> set[str]:
    """Return the codes of the rules that a plan breaks."""
    return {violation.rule for violation in check(*base)}


def plan_with(base: Scenario, **changes: Any) -> Scenario:
    """Change fields of the plan."""
    return base._replace(plan=replace(base.plan, **changes))


def trip_of(base: Scenario, trip: str) -> Trip:
    """Return a trip of the plan."""
    return next(one for one in base.plan.trips if one.id == trip)


def trip_with(base: Scenario, trip: str, **changes: Any) -> Scenario:
    """Change fields of a trip."""
    trips = tuple(replace(one, **changes) if one.id == trip else one for one in base.plan.trips)
    return plan_with(base, trips=trips)


def stop_with(base: Scenario, trip: str, index: int, **changes: Any) -> Scenario:
    """Change fields of a stop; a negative index counts from the end."""
    stops = list(trip_of(base, trip).stops)
    stops[index] = replace(stops[index], **changes)
    return trip_with(base, trip, stops=tuple(stops))


def later(base: Scenario, trip: str, index: int, by_s: int) -> Scenario:
    """Do everything from a stop of a trip on later."""
    names = ("arrive_s", "start_s", "end_s", "depart_s")
    stops = trip_of(base, trip).stops
    moved = [replace(stop, **{name: getattr(stop, name) + by_s for name in names}) for stop in stops[index:]]
    return trip_with(base, trip, stops=(*stops[:index], *moved))


def rides_with(base: Scenario, trip: str, change: Callable[[tuple[Ride, ...]], tuple[Ride, ...]]) -> Scenario:
    """Change the rides of a trip."""
    manifests = tuple(replace(one, rides=change(one.rides)) if one.trip == trip else one for one in base.plan.manifests)
    return plan_with(base, manifests=manifests)


def manifest_of(base: Scenario, trip: str) -> Manifest:
    """Return the manifest of a trip."""
    return next(one for one in base.plan.manifests if one.trip == trip)


def operation_with(base: Scenario, **changes: Any) -> Scenario:
    """Change fields of the operation."""
    operation = replace(base.operation, **changes)
    return Scenario(operation, travel_of(operation), base.plan)


def limits_with(base: Scenario, **changes: Any) -> Scenario:
    """Change limits of the operation."""
    return operation_with(base, limits=replace(base.operation.limits, **changes))


def row_with(base: Scenario, table: str, name: str, **changes: Any) -> Scenario:
    """Change fields of the row of a table of the operation: a person, vehicle, site, link, convoy."""
    rows = tuple(replace(one, **changes) if one.id == name else one for one in getattr(base.operation, table))
    return operation_with(base, **{table: rows})


def clauses_with(base: Scenario, *clauses: Clause) -> Scenario:
    """Add clauses to the operation."""
    return operation_with(base, clauses=(*base.operation.clauses, *clauses))


def plan_for(base: Scenario, plan: Plan) -> Scenario:
    """Put another plan before the referee."""
    return base._replace(plan=plan)


def reading_of(base: Scenario, clause: str) -> ClauseReading:
    """Return the reading of a clause."""
    return next(one for one in base.plan.clauses if one.clause == clause)


def passing_by() -> Scenario:
    """Let the whole convoy pass the checkpoint without halting there."""
    base = row_with(CONVOY, "convoys", "C1", halts=())
    for trip in ("T-escort", "T-bus-0", "T-bus-1"):
        start, before, rest, end = trip_of(base, trip).stops
        through = replace(rest, route=(*before.route, *rest.route), arrive_s=rest.arrive_s - 600)
        stops = (start, replace(through, start_s=through.start_s - 600, end_s=through.end_s - 600), end)
        base = trip_with(base, trip, stops=stops)
        base = rides_with(base, trip, lambda rides: tuple(replace(ride, alight=2) for ride in rides))
    rows = list(base.plan.convoys[0].timetable[1:])
    rows[0] = replace(rows[0], head_s=rows[0].head_s - 600, tail_s=rows[0].tail_s - 600)
    return plan_with(base, convoys=(replace(base.plan.convoys[0], timetable=tuple(rows)),))


def twice_at_the_start() -> Scenario:
    """Let the bus serve the assembly site twice in a row, and leave from the second."""
    start, *way = trip_of(CONVOY, "T-bus-0").stops
    first = replace(start, end_s=1000, depart_s=1000, load=Load(), bay=0, start_s=1000)
    base = trip_with(CONVOY, "T-bus-0", stops=(first, replace(start, route=(), arrive_s=1000, start_s=1000), *way))
    return rides_with(base, "T-bus-0", lambda rides: tuple(replace(one, board=1, alight=4) for one in rides))


def consented(*spans: tuple[int, int]) -> Scenario:
    """Let the army's consent hold in these windows only."""
    windows = tuple(Window(from_s=from_s, until_s=until_s) for from_s, until_s in spans)
    clauses = [
        replace(clause, windows=windows) if clause.id == "army-lets-pass" else clause
        for clause in SHUTTLE.operation.clauses
    ]
    return operation_with(SHUTTLE, clauses=tuple(clauses))
