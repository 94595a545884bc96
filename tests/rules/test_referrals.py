"""Referrals: out, treated, back, and nothing else before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from rules.edits import (
    REFERRAL,
    SHUTTLE,
    codes,
    later,
    operation_with,
    plan_with,
    rides_with,
    row_with,
    stop_with,
    trip_with,
)
from rules.scenarios import scenario
from rules.world import Household, Scenario, Shape
from safepassage.model.ids import HouseholdId, PersonId, SiteId, TripId, VehicleId
from safepassage.model.plan import Referral, Ride

OUT, BACK = "T-P000-out", "T-P000-back"
TWO_PLACES = scenario(
    Shape(households=(Household(treatment_s=900), Household(treatment_s=900)), places=2, with_clauses=False)
)


def referral_with(base: Scenario = REFERRAL, nth: int = 0, **changes: Any) -> Scenario:
    rows = list(base.plan.referrals)
    rows[nth] = replace(rows[nth], **changes)
    return plan_with(base, referrals=tuple(rows))


def with_rider(*names: str, trips: tuple[str, ...] = (OUT, BACK)) -> Scenario:
    base = REFERRAL
    more = tuple(Ride(person=PersonId(name), board=0, alight=1) for name in names)
    for trip in trips:
        base = rides_with(base, trip, lambda rides: (*rides, *more))
    return base


def accompanied(base: Scenario, *names: str) -> Scenario:
    return referral_with(base, accompanied_by=tuple(PersonId(name) for name in names))


def replaced_by(riders: tuple[Ride, ...]) -> Callable[[tuple[Ride, ...]], tuple[Ride, ...]]:
    return lambda _: riders


def child_patient(*names: str) -> Scenario:
    """Make the patient a child, ridden with by the people named."""
    base = row_with(REFERRAL, "people", "P000", age_band="child", carer=PersonId(""))
    base = row_with(base, "people", "P002", age_band="adult")
    for trip in (OUT, BACK):
        riders = tuple(Ride(person=PersonId(name), board=0, alight=1) for name in ("P000", *names))
        base = rides_with(base, trip, replaced_by(riders))
    return accompanied(base, *names)


def unneeded() -> Referral:
    return replace(REFERRAL.plan.referrals[0], person=PersonId("P002"))


BREAKS = {
    "no referral": ("referral-missing", plan_with(REFERRAL, referrals=REFERRAL.plan.referrals[1:])),
    "needs none": ("referral-wrong", plan_with(REFERRAL, referrals=(*REFERRAL.plan.referrals, unneeded()))),
    "by a bus": ("referral-vehicle", row_with(REFERRAL, "vehicles", "ambulance", kind="bus")),
    "another hospital asked for": (
        "referral-wrong",
        row_with(REFERRAL, "people", "P000", hospital=SiteId("shelter-0")),
    ),
    "no hospital there": ("referral-wrong", row_with(REFERRAL, "sites", "hospital", kind="rest")),
    "another hospital told": ("referral-wrong", referral_with(hospital=SiteId("shelter-0"))),
    "out and back swapped": ("referral-wrong", referral_with(out_trip=TripId(BACK), back_trip=TripId(OUT))),
    "out by shuttle": ("referral-wrong", trip_with(REFERRAL, OUT, kind="shuttle")),
    "a second short": ("treatment-too-short", referral_with(treated_until_s=2173)),
    "a second long": ("referral-wrong", referral_with(treated_until_s=2175)),
    "boards in treatment": ("treatment-too-short", stop_with(REFERRAL, BACK, 0, start_s=2173)),
    "treated on the road": ("referral-wrong", referral_with(treated_from_s=1273, treated_until_s=2173)),
    "back told early": ("referral-wrong", referral_with(returned_s=3087)),
    "leaves first": ("left-before-treatment", stop_with(REFERRAL, "T-shuttle-0", 0, start_s=3087)),
    "place 0": ("hospital-full", referral_with(place=0)),
    "place 2 of 1": ("hospital-full", referral_with(place=2)),
    "place without a limit": ("hospital-full", row_with(REFERRAL, "sites", "hospital", capacity=0)),
    "one place for two": (
        "hospital-full",
        referral_with(TWO_PLACES, 1, place=1, treated_from_s=TWO_PLACES.plan.referrals[0].treated_until_s - 1),
    ),
    "a rider too many": ("referral-companion", with_rider("P002")),
    "a companion unneeded": ("referral-companion", accompanied(with_rider("P002"), "P001", "P002")),
    "a companion who is told only": ("referral-companion", accompanied(REFERRAL, "P001", "P002")),
    "a companion one way": ("referral-companion", rides_with(REFERRAL, BACK, lambda rides: rides[:1])),
    "two adults for a child": ("referral-companion", child_patient("P001", "P002")),
}

KEEPS = {
    "hospital asked for": ("referral-wrong", row_with(REFERRAL, "people", "P000", hospital=SiteId("hospital"))),
    "waits for the way back": ("treatment-too-short", later(REFERRAL, BACK, 0, 60)),
    "leaves as soon as back": ("left-before-treatment", REFERRAL),
    "a place for each": ("hospital-full", TWO_PLACES),
    "no limit of places": (
        "hospital-full",
        referral_with(referral_with(row_with(REFERRAL, "sites", "hospital", capacity=0), 0, place=0), 1, place=0),
    ),
    "an adult for a child": ("referral-companion", child_patient("P001")),
    "the carer of a carer": (
        "referral-companion",
        accompanied(row_with(with_rider("P002"), "people", "P001", carer=PersonId("P002")), "P001", "P002"),
    ),
    "a carer who is the child's adult": (
        "referral-companion",
        row_with(child_patient("P001"), "people", "P000", carer=PersonId("P001")),
    ),
    "not travelling": (
        "referral-missing",
        operation_with(
            SHUTTLE,
            people=tuple(
                replace(one, treatment_s=600) if one.id == "Q900" else one for one in SHUTTLE.operation.people
            ),
        ),
    ),
}


@pytest.mark.parametrize(("code", "base"), BREAKS.values(), ids=BREAKS)
def test_the_rule_is_broken(code: str, base: Scenario) -> None:
    assert code in codes(base)


@pytest.mark.parametrize(("code", "base"), KEEPS.values(), ids=KEEPS)
def test_the_rule_is_kept(code: str, base: Scenario) -> None:
    assert code not in codes(base)


def test_two_patients_of_a_household_may_ride_together_without_accompanying() -> None:
    both = row_with(with_rider("P002"), "people", "P002", treatment_s=900, household=HouseholdId("H0"))
    mine = replace(both.plan.referrals[0], person=PersonId("P002"), place=1, accompanied_by=())
    assert "referral-companion" not in codes(plan_with(both, referrals=(*both.plan.referrals, mine)))


def test_a_referral_told_on_trips_nobody_drives_counts_as_none() -> None:
    assert {"unknown-id", "referral-missing"} <= codes(referral_with(out_trip=TripId("ghost")))


def test_an_ambulance_of_its_own_may_be_any_ambulance() -> None:
    other = replace(REFERRAL.operation.vehicles[2], id=VehicleId("ambulance-2"))
    assert codes(operation_with(REFERRAL, vehicles=(*REFERRAL.operation.vehicles, other))) == set()
