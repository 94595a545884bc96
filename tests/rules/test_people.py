"""People: places, where they are, who rides with whom, where they end."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from rules.edits import (
    CONVOY,
    REFERRAL,
    SHUTTLE,
    codes,
    limits_with,
    manifest_of,
    operation_with,
    plan_with,
    rides_with,
    row_with,
    stop_with,
    trip_of,
    trip_with,
)
from rules.scenarios import scenario
from rules.world import Household, Scenario, Shape
from safepassage.model.ids import ConvoyId, HouseholdId, PersonId, SiteId, TripId
from safepassage.model.plan import Load, Ride, Stop, Unserved
from safepassage.rules.case import case_of
from safepassage.rules.households import together

FIRST, SECOND, BUS = "T-shuttle-0", "T-shuttle-1", "T-bus-0"
SOME = scenario(Shape(households=(Household(), Household(at_pickup=1)), everyone=False, with_clauses=False))


def person(name: str) -> PersonId:
    return PersonId(name)


def without(base: Scenario, trip: str, *names: str) -> Scenario:
    return rides_with(base, trip, lambda rides: tuple(ride for ride in rides if ride.person not in names))


def joined_by(base: Scenario, trip: str, *names: str, board: int = 0, alight: int = 1) -> Scenario:
    more = tuple(Ride(person=person(name), board=board, alight=alight) for name in names)
    return rides_with(base, trip, lambda rides: (*rides, *more))


def unserved(base: Scenario, *rows: tuple[str, str]) -> Scenario:
    return plan_with(base, unserved=tuple(Unserved(person=person(name), rule=rule) for name, rule in rows))


def with_middle_stop(site: str = "pickup-0") -> Scenario:
    """Let the first shuttle serve its site, or another, twice before it drives on."""
    trip = trip_of(SHUTTLE, FIRST)
    start, end = trip.stops
    middle = Stop(site=SiteId(site), route=(), arrive_s=510, start_s=510, end_s=510, depart_s=510, load=start.load)
    moved = trip_with(SHUTTLE, FIRST, stops=(start, middle, end))
    return rides_with(moved, FIRST, lambda rides: tuple(replace(ride, alight=2) for ride in rides))


def alone_at(child_site: str) -> Scenario:
    """Let the child of the first household wait at another site than its adults."""
    return row_with(SHUTTLE, "people", "P002", site=SiteId(child_site))


def final_stop(**changes: Any) -> Scenario:
    return row_with(SHUTTLE, "sites", "shelter-0", **changes)


STRETCHER = scenario(Shape(households=(Household(mobility="stretcher"),), with_clauses=False))

BREAKS = {
    "too few seats": ("seats", row_with(SHUTTLE, "vehicles", "shuttle-0", seats=2)),
    "too few wheelchair bays": ("wheelchair-bays", row_with(CONVOY, "vehicles", "bus-1", wheelchair_bays=0)),
    "too few stretchers": ("stretcher-places", row_with(REFERRAL, "vehicles", "ambulance", stretchers=0)),
    "load told too high": ("load", stop_with(SHUTTLE, FIRST, 1, load=Load(walking=1))),
    "load told by another mobility": ("load", stop_with(SHUTTLE, FIRST, 0, load=Load(walking=2, wheelchair=1))),
    "declined": ("no-consent-to-travel", joined_by(SHUTTLE, FIRST, "Q900")),
    "withdrew": ("no-consent-to-travel", row_with(SHUTTLE, "people", "P001", choice="withdrawn")),
    "not fit": ("fit-to-travel", joined_by(SHUTTLE, FIRST, "Q901")),
    "boards elsewhere": ("person-not-there", row_with(SHUTTLE, "people", "P001", site=SiteId("hospital"))),
    "boards too early": ("person-not-there", stop_with(CONVOY, BUS, 0, start_s=982)),
    "on two trips": ("person-twice", joined_by(SHUTTLE, SECOND, "P000")),
    "twice on a trip": ("person-twice", joined_by(SHUTTLE, FIRST, "P000")),
    "nobody comes": ("person-not-served", without(SHUTTLE, FIRST, "P000", "P001", "P002")),
    "listed but had to be served": (
        "person-not-served",
        unserved(without(SHUTTLE, FIRST, "P000"), ("Q901", "fit-to-travel"), ("P000", "seats")),
    ),
    "left at the assembly": ("person-not-delivered", without(CONVOY, BUS, "P000", "P001", "P002")),
    "left at the hospital": ("person-not-delivered", without(without(REFERRAL, "T-P003-back", "P003"), SECOND, "P003")),
    "another shelter": ("wrong-destination", row_with(SHUTTLE, "people", "P000", destination=SiteId("shelter-1"))),
    "no final site": ("wrong-destination", final_stop(kind="rest")),
    "another end of the convoy": (
        "wrong-destination",
        row_with(CONVOY, "people", "P000", destination=SiteId("shelter-1")),
    ),
    "shuttle past the assembly": ("wrong-destination", row_with(CONVOY, "convoys", "C1", assembly=SiteId("hospital"))),
    "not the end of the convoy": (
        "wrong-destination",
        row_with(CONVOY, "convoys", "C1", destination=SiteId("hospital")),
    ),
    "with no convoy": ("wrong-destination", trip_with(CONVOY, BUS, convoy=ConvoyId(""))),
    "delivered by a referral": ("wrong-destination", trip_with(SHUTTLE, FIRST, kind="referral")),
    "declined and listed": ("unserved-wrong", unserved(SHUTTLE, ("Q901", "fit-to-travel"), ("Q900", "seats"))),
    "unfit and not listed": ("unserved-wrong", unserved(SHUTTLE)),
    "unfit for another reason": ("unserved-wrong", unserved(SHUTTLE, ("Q901", "seats"))),
    "delivered and listed": ("unserved-wrong", unserved(SHUTTLE, ("Q901", "fit-to-travel"), ("P000", "seats"))),
    "left and not listed": ("unserved-wrong", unserved(SOME, ("Q901", "fit-to-travel"))),
    "left without a reason": ("unserved-wrong", unserved(SOME, ("Q901", "fit-to-travel"), ("P001", ""))),
    "left as unfit": ("unserved-wrong", unserved(SOME, ("Q901", "fit-to-travel"), ("P001", "fit-to-travel"))),
    "another trip": ("household-split", joined_by(without(SHUTTLE, FIRST, "P001"), SECOND, "P001")),
    "left alone": ("household-split", without(SHUTTLE, FIRST, "P001")),
    "boards at the next stop": (
        "household-split",
        rides_with(with_middle_stop(), FIRST, lambda rides: (*rides[:2], replace(rides[2], board=1))),
    ),
    "alights before": (
        "household-split",
        rides_with(with_middle_stop("shelter-0"), FIRST, lambda rides: (*rides[:2], replace(rides[2], alight=1))),
    ),
    "shuttled apart": ("household-split", joined_by(without(CONVOY, FIRST, "P001"), "T-shuttle-1", "P001")),
    "several sites, two ends": ("household-split", row_with(SHUTTLE, "people", "P003", household=HouseholdId("H0"))),
    "child alone": ("child-unaccompanied", without(SHUTTLE, FIRST, "P000", "P001")),
    "child with another's adult": (
        "child-unaccompanied",
        row_with(SHUTTLE, "people", "P002", household=HouseholdId("H9")),
    ),
    "infant with a child": (
        "child-unaccompanied",
        operation_with(SHUTTLE, people=tuple(replace(one, age_band="infant") for one in SHUTTLE.operation.people)),
    ),
    "adult leaves early": (
        "child-unaccompanied",
        rides_with(
            with_middle_stop(),
            FIRST,
            lambda rides: tuple(replace(one, alight=1) if one.person != "P002" else one for one in rides),
        ),
    ),
    "carer elsewhere": ("carer-apart", row_with(SHUTTLE, "people", "P000", carer=person("P003"))),
    "carer unknown": ("carer-apart", row_with(SHUTTLE, "people", "P000", carer=person("ghost"))),
    "carer stays behind": ("carer-apart", without(REFERRAL, "T-P000-back", "P001")),
    "together who must not": ("kept-apart", row_with(SHUTTLE, "people", "P000", apart_from=(person("P001"),))),
    "one more than room": ("site-full", final_stop(capacity=6)),
    "no stretchers": ("no-stretchers-here", row_with(STRETCHER, "sites", "shelter-0", takes_stretchers=False)),
}

KEEPS = {
    "just enough seats": ("seats", row_with(SHUTTLE, "vehicles", "shuttle-0", seats=3)),
    "just enough wheelchair bays": ("wheelchair-bays", row_with(CONVOY, "vehicles", "bus-1", wheelchair_bays=1)),
    "just enough stretchers": ("stretcher-places", row_with(REFERRAL, "vehicles", "ambulance", stretchers=1)),
    "load as it is": ("load", stop_with(SHUTTLE, FIRST, 0, load=Load(walking=3))),
    "served though not everyone": ("person-not-served", limits_with(SHUTTLE, everyone=False)),
    "left for a reason": ("unserved-wrong", unserved(SOME, ("Q901", "fit-to-travel"), ("P001", "seats"))),
    "the destination asked for": (
        "wrong-destination",
        row_with(SHUTTLE, "people", "P000", destination=SiteId("shelter-0")),
    ),
    "the end of the convoy": ("wrong-destination", row_with(CONVOY, "people", "P000", destination=SiteId("end"))),
    "a hospital as destination": (
        "wrong-destination",
        operation_with(
            final_stop(kind="hospital"),
            people=tuple(replace(one, destination=SiteId("shelter-0")) for one in SHUTTLE.operation.people),
        ),
    ),
    "a member who declined": ("household-split", row_with(SHUTTLE, "people", "Q900", household=HouseholdId("H0"))),
    "the others while one is treated": ("household-split", REFERRAL),
    "from several sites by one way": ("household-split", alone_at("shelter-1")),
    "an older adult": (
        "child-unaccompanied",
        operation_with(
            SHUTTLE,
            people=tuple(
                replace(one, age_band="older") if not one.is_child else one for one in SHUTTLE.operation.people
            ),
        ),
    ),
    "a carer beside": ("carer-apart", row_with(SHUTTLE, "people", "P002", carer=person("P001"))),
    "on different trips": ("kept-apart", SHUTTLE),
    "as many as room": ("site-full", final_stop(capacity=7)),
    "walking where stretchers cannot": ("no-stretchers-here", final_stop(takes_stretchers=False)),
}


@pytest.mark.parametrize(("code", "base"), BREAKS.values(), ids=BREAKS)
def test_the_rule_is_broken(code: str, base: Scenario) -> None:
    assert code in codes(base)


@pytest.mark.parametrize(("code", "base"), KEEPS.values(), ids=KEEPS)
def test_the_rule_is_kept(code: str, base: Scenario) -> None:
    assert code not in codes(base)


def test_nobody_leaves_behind_who_is_away() -> None:
    """The child leaves alone while the others are on the road to the hospital, or in it: they are not at the site."""
    for start_s in (671, 1000, 1273, 1274, 2000):
        own = trip_of(REFERRAL, FIRST)
        early = replace(own, id=TripId("T-early"), stops=(replace(own.stops[0], start_s=start_s), own.stops[1]))
        manifest = replace(manifest_of(REFERRAL, FIRST), trip=early.id, rides=manifest_of(REFERRAL, FIRST).rides[2:])
        moved = without(REFERRAL, FIRST, "P002").plan
        plan = replace(moved, trips=(*moved.trips, early), manifests=(*moved.manifests, manifest))
        assert list(together(case_of(REFERRAL.operation, REFERRAL.travel, plan))) == []


def test_nobody_leaves_behind_who_is_still_or_again_there() -> None:
    for start_s in (360, 3088):
        moved = stop_with(without(REFERRAL, FIRST, "P000", "P001"), FIRST, 0, start_s=start_s)
        assert list(together(case_of(*moved))) != []


def test_whoever_is_left_behind_by_name_is_out_of_the_manifests() -> None:
    assert codes(SOME) == set()
    assert manifest_of(SOME, FIRST).rides == (Ride(person=person("P000"), board=0, alight=1),)


def test_nobody_rides_two_shuttles() -> None:
    assert "wrong-destination" not in codes(SHUTTLE)
    rider = manifest_of(SHUTTLE, FIRST).rides[0].person
    assert "wrong-destination" in codes(joined_by(SHUTTLE, SECOND, rider))
