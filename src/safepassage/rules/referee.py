"""The independent check of any plan, whoever made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Violation
from safepassage.model.travel import Travel
from safepassage.rules import (
    capacity,
    clauses,
    convoys,
    crew,
    crowds,
    final_sites,
    households,
    milestones,
    objective,
    people,
    readings,
    referrals,
    roads,
    services,
    shape,
    timetables,
    vehicles,
)
from safepassage.rules.case import Case, case_of
from safepassage.rules.violations import broken

Rule: TypeAlias = Callable[[Case], Iterable[Violation]]

RULES: tuple[Rule, ...] = (
    shape.belongs,
    shape.trips,
    shape.manifests,
    shape.referrals,
    shape.convoys,
    shape.readings,
    shape.once,
    vehicles.times,
    vehicles.speeds,
    vehicles.drives,
    roads.routes,
    roads.open_links,
    roads.passable_links,
    roads.night_drives,
    services.durations,
    services.bays,
    services.bay_numbers,
    services.openings,
    capacity.places,
    capacity.told,
    people.willing,
    people.whereabouts,
    people.shuttles,
    people.served,
    households.together,
    households.ends,
    households.children,
    households.carers,
    households.apart,
    final_sites.full,
    final_sites.stretchers,
    referrals.present,
    referrals.ambulances,
    referrals.ways,
    referrals.places,
    referrals.passengers,
    referrals.companions,
    convoys.trips,
    convoys.stops,
    convoys.order,
    convoys.spacing,
    convoys.speed,
    convoys.halts,
    convoys.work,
    convoys.passengers,
    timetables.timetable,
    crew.places,
    crew.driving,
    crew.tanks,
    clauses.precedences,
    clauses.deadlines,
    clauses.windows,
    clauses.both_or_neither,
    crowds.ratios,
    crowds.crowds,
    crowds.dwell_times,
    milestones.told,
    readings.told,
    objective.figures,
    objective.bound,
)


def check(operation: Operation, travel: Travel, plan: Plan) -> tuple[Violation, ...]:
    """Check `plan` against every rule, from the operation, the links and the plan's own sequences.

    An infeasible plan has no movement to check: it must name at least one clash and have no trips.

    Parameters
    ----------
    operation
        What is asked for, free of unknown ids itself.
    travel
        Only its table of links is used.
    plan
        Any plan, also one edited by hand: what makes no sense in it is a violation, never an exception.

    Returns
    -------
    tuple of Violation
        Every broken rule, in the order of the rules; empty when the plan holds.
    """
    if plan.status == "infeasible":
        return tuple(_infeasible(plan))
    case = case_of(operation, travel, plan)
    return tuple(violation for rule in RULES for violation in rule(case))


def _infeasible(plan: Plan) -> Iterable[Violation]:
    if not plan.clashes:
        yield broken("plan-shape", "infeasible-why", "clashes")
    if plan.trips:
        yield broken("plan-shape", "infeasible-trips", "trips")
