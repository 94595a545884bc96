"""Unknown ids, things told twice, positions that do not exist: violations, never exceptions."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from rules.edits import (
    CONVOY,
    REFERRAL,
    SHUTTLE,
    codes,
    manifest_of,
    plan_with,
    rides_with,
    stop_with,
    trip_of,
    trip_with,
)
from rules.world import Scenario
from safepassage.model.ids import ClauseId, ConvoyId, LinkId, MilestoneId, PersonId, SiteId, TripId, VehicleId
from safepassage.model.plan import ClauseReading, MilestoneReading, Passing, Plan, Ride, Solver, Unserved

FIRST = "T-shuttle-0"
NOWHERE = SiteId("nowhere")
NOBODY = PersonId("nobody")


def order_with(**changes: Any) -> Scenario:
    return plan_with(CONVOY, convoys=(replace(CONVOY.plan.convoys[0], **changes),))


def referral_with(**changes: Any) -> Scenario:
    first, *others = REFERRAL.plan.referrals
    return plan_with(REFERRAL, referrals=(replace(first, **changes), *others))


def manifest_with(**changes: Any) -> Scenario:
    first = manifest_of(SHUTTLE, FIRST)
    return plan_with(SHUTTLE, manifests=(replace(first, **changes), *SHUTTLE.plan.manifests[1:]))


UNKNOWN = {
    "vehicle of a trip": trip_with(SHUTTLE, FIRST, vehicle=VehicleId("ghost")),
    "convoy of a trip": trip_with(SHUTTLE, FIRST, convoy=ConvoyId("ghost")),
    "site of a stop": stop_with(SHUTTLE, FIRST, 0, site=NOWHERE),
    "link of a route": stop_with(SHUTTLE, FIRST, 1, route=(LinkId("ghost"),)),
    "trip of a manifest": manifest_with(trip=TripId("ghost")),
    "person of a ride": rides_with(SHUTTLE, FIRST, lambda rides: (replace(rides[0], person=NOBODY), *rides[1:])),
    "patient": referral_with(person=NOBODY),
    "hospital": referral_with(hospital=NOWHERE),
    "trip out": referral_with(out_trip=TripId("ghost")),
    "trip back": referral_with(back_trip=TripId("ghost")),
    "companion": referral_with(accompanied_by=(NOBODY,)),
    "convoy": order_with(convoy=ConvoyId("ghost")),
    "vehicle in an order": order_with(order=(VehicleId("ghost"),)),
    "control point": order_with(timetable=(Passing(site=NOWHERE, head_s=0, tail_s=0),)),
    "milestone": plan_with(SHUTTLE, milestones=(MilestoneReading(milestone=MilestoneId("ghost"), at_s=0),)),
    "clause": plan_with(SHUTTLE, clauses=(ClauseReading(clause=ClauseId("ghost"), kind="cap", status="kept"),)),
    "somebody left behind": plan_with(SHUTTLE, unserved=(Unserved(person=NOBODY, rule="seats"),)),
}

MALFORMED = {
    "no stop": trip_with(SHUTTLE, FIRST, stops=()),
    "no speed": trip_with(SHUTTLE, FIRST, speed_percent=0),
    "backwards": trip_with(SHUTTLE, FIRST, speed_percent=-80),
    "alights where it boards": rides_with(
        SHUTTLE, FIRST, lambda _: (Ride(person=PersonId("P000"), board=1, alight=1),)
    ),
    "alights before": rides_with(SHUTTLE, FIRST, lambda _: (Ride(person=PersonId("P000"), board=1, alight=0),)),
    "boards before the trip": rides_with(
        SHUTTLE, FIRST, lambda _: (Ride(person=PersonId("P000"), board=-1, alight=1),)
    ),
    "alights after the trip": rides_with(SHUTTLE, FIRST, lambda _: (Ride(person=PersonId("P000"), board=0, alight=2),)),
    "trip twice": plan_with(SHUTTLE, trips=(*SHUTTLE.plan.trips, trip_of(SHUTTLE, FIRST))),
    "manifest twice": plan_with(SHUTTLE, manifests=(*SHUTTLE.plan.manifests, manifest_of(SHUTTLE, FIRST))),
    "referral twice": plan_with(REFERRAL, referrals=REFERRAL.plan.referrals * 2),
    "convoy twice": plan_with(CONVOY, convoys=CONVOY.plan.convoys * 2),
    "milestone twice": plan_with(SHUTTLE, milestones=SHUTTLE.plan.milestones * 2),
    "clause twice": plan_with(SHUTTLE, clauses=SHUTTLE.plan.clauses * 2),
    "left behind twice": plan_with(SHUTTLE, unserved=SHUTTLE.plan.unserved * 2),
}


@pytest.mark.parametrize("base", [SHUTTLE, REFERRAL, CONVOY], ids=["shuttle", "referral", "convoy"])
def test_a_good_plan_makes_sense(base: Scenario) -> None:
    assert codes(base) == set()


@pytest.mark.parametrize("base", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_id_is_named(base: Scenario) -> None:
    assert "unknown-id" in codes(base)


@pytest.mark.parametrize("base", MALFORMED.values(), ids=MALFORMED)
def test_what_makes_no_sense_is_named(base: Scenario) -> None:
    assert "plan-shape" in codes(base)


def test_a_manifest_names_the_vehicle_of_its_trip() -> None:
    assert "manifest" in codes(manifest_with(vehicle=VehicleId("shuttle-1")))


def test_a_plan_is_of_its_operation() -> None:
    assert "other-operation" in codes(plan_with(SHUTTLE, operation="another"))
    assert "other-operation" in codes(plan_with(SHUTTLE, sha256="1" * 64))


def test_an_empty_plan_leaves_everybody_behind() -> None:
    bare = Plan(operation="generated", sha256="0" * 64, status="feasible", seed=0, solver=Solver(engine="none"))
    found = codes(CONVOY._replace(plan=bare))
    assert {"person-not-served", "convoy-trip", "convoy-order", "objective", "clause-reading"} <= found
