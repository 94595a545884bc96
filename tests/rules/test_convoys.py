"""Convoys: together, in order, spaced, halting where asked; their timetable."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from rules.edits import (
    CONVOY,
    REFERRAL,
    SHUTTLE,
    codes,
    later,
    operation_with,
    passing_by,
    plan_with,
    rides_with,
    row_with,
    stop_with,
    trip_of,
    trip_with,
    twice_at_the_start,
)
from rules.scenarios import scenario
from rules.world import Household, Scenario, Shape
from safepassage.model.fleet import Halt
from safepassage.model.ids import ConvoyId, LinkId, SiteId, VehicleId
from safepassage.model.plan import Passing, Ride, Stop

ESCORT, BUS, LAST = "T-escort", "T-bus-0", "T-bus-1"
WITH_PATIENT = scenario(Shape(convoy=True, households=(Household(treatment_s=900, at_pickup=2),), with_clauses=False))


def order_with(**changes: Any) -> Scenario:
    return plan_with(CONVOY, convoys=(replace(CONVOY.plan.convoys[0], **changes),))


def without_trip(base: Scenario, trip: str) -> Scenario:
    return plan_with(base, trips=tuple(one for one in base.plan.trips if one.id != trip))


def passing(place: int, **changes: Any) -> Scenario:
    rows = list(CONVOY.plan.convoys[0].timetable)
    rows[place] = replace(rows[place], **changes)
    return order_with(timetable=tuple(rows))


def with_point(site: str, head_s: int, tail_s: int) -> Scenario:
    extra = Passing(site=SiteId(site), head_s=head_s, tail_s=tail_s)
    return order_with(timetable=(extra, *CONVOY.plan.convoys[0].timetable))


def patient_by_convoy_vehicle(*, after: bool) -> Scenario:
    """Let the ambulance belong to the convoy, which its bus then leaves."""
    base = row_with(WITH_PATIENT, "vehicles", "ambulance", convoy=ConvoyId("C1"))
    base = row_with(base, "vehicles", "bus-0", convoy=ConvoyId(""))
    base = trip_with(base, BUS, vehicle=VehicleId("ambulance"))
    base = stop_with(base, BUS, 0, arrive_s=trip_of(base, BUS).stops[0].start_s)
    return later(base, BUS, 0, -10_000) if after else base


BREAKS = {
    "no trip": ("convoy-trip", without_trip(CONVOY, ESCORT)),
    "two trips": ("convoy-trip", trip_with(CONVOY, BUS, vehicle=VehicleId("escort"))),
    "not of the convoy": ("convoy-trip", row_with(CONVOY, "vehicles", "bus-0", convoy=ConvoyId(""))),
    "convoy not told": ("convoy-trip", trip_with(CONVOY, BUS, convoy=ConvoyId(""))),
    "convoy told for a shuttle": ("convoy-trip", trip_with(CONVOY, "T-shuttle-0", convoy=ConvoyId("C1"))),
    "referral afterwards": ("convoy-trip", patient_by_convoy_vehicle(after=True)),
    "shuttle by the escort": (
        "shuttle-by-convoy-vehicle",
        row_with(CONVOY, "vehicles", "shuttle-0", convoy=ConvoyId("C1")),
    ),
    "begins elsewhere": ("convoy-stops", stop_with(CONVOY, BUS, 0, site=SiteId("depot"))),
    "ends elsewhere": ("convoy-stops", stop_with(CONVOY, BUS, 3, site=SiteId("rest"))),
    "never leaves": ("convoy-stops", trip_with(CONVOY, ESCORT, stops=trip_of(CONVOY, ESCORT).stops[:1])),
    "another stop": ("convoy-stops", stop_with(CONVOY, ESCORT, 1, site=SiteId("rest"))),
    "another road": ("convoy-stops", stop_with(CONVOY, ESCORT, 1, route=(LinkId("assembly--checkpoint--barred"),))),
    "no order": ("convoy-order", plan_with(CONVOY, convoys=())),
    "somebody missing": ("convoy-order", order_with(order=(VehicleId("escort"), VehicleId("bus-0")))),
    "somebody twice": ("convoy-order", order_with(order=tuple(VehicleId(one) for one in ("escort", "bus-0", "bus-0")))),
    "tail in front": ("convoy-order", row_with(CONVOY, "vehicles", "bus-0", position="tail")),
    "head behind": ("convoy-order", row_with(CONVOY, "vehicles", "bus-1", position="head")),
    "closer than asked": ("convoy-spacing", row_with(CONVOY, "convoys", "C1", spacing_s=61)),
    "leaves a second late": ("convoy-spacing", stop_with(CONVOY, BUS, 0, depart_s=1326)),
    "goes on a second late": ("convoy-spacing", stop_with(CONVOY, LAST, 2, depart_s=15586)),
    "another order": (
        "convoy-spacing",
        order_with(order=tuple(VehicleId(one) for one in ("escort", "bus-1", "bus-0"))),
    ),
    "slower behind": ("convoy-speed", trip_with(CONVOY, LAST, speed_percent=90)),
    "no halt": ("convoy-halt", stop_with(CONVOY, BUS, 1, work=())),
    "halts in another order": (
        "convoy-halt",
        row_with(
            CONVOY,
            "convoys",
            "C1",
            halts=(Halt(site=SiteId("rest"), duration_s=9), Halt(site=SiteId("checkpoint"), duration_s=9)),
        ),
    ),
    "halts without a convoy": ("convoy-halt", stop_with(SHUTTLE, "T-shuttle-0", 0, work=("halt",))),
    "one rests alone": ("convoy-halt", stop_with(CONVOY, BUS, 2, work=("refuel",))),
    "rides with the escort": (
        "convoy-passenger",
        rides_with(CONVOY, ESCORT, lambda _: (Ride(person=CONVOY.operation.people[0].id, board=0, alight=3),)),
    ),
    "rides with supplies": ("convoy-passenger", row_with(SHUTTLE, "vehicles", "shuttle-0", kind="supply")),
    "joins on the way": (
        "convoy-passenger",
        rides_with(CONVOY, BUS, lambda rides: (replace(rides[0], board=1), *rides[1:])),
    ),
    "leaves on the way": (
        "convoy-passenger",
        rides_with(CONVOY, BUS, lambda rides: (replace(rides[0], alight=2), *rides[1:])),
    ),
    "rides from elsewhere": ("convoy-passenger", stop_with(CONVOY, BUS, 0, site=SiteId("depot"))),
    "another departure told": ("convoy-timetable", order_with(departs_s=1264)),
    "head told late": ("convoy-timetable", passing(0, head_s=6266)),
    "tail told early": ("convoy-timetable", passing(2, tail_s=24584)),
    "a stop not told": ("convoy-timetable", order_with(timetable=CONVOY.plan.convoys[0].timetable[1:])),
    "a site never passed": ("convoy-timetable", with_point("hospital", 1265, 1385)),
    "arrival told as departure": ("convoy-timetable", with_point("assembly", 381, 381)),
}

KEEPS = {
    "referral before": ("convoy-trip", patient_by_convoy_vehicle(after=False)),
    "without convoys": ("convoy-trip", REFERRAL),
    "head and tail in place": ("convoy-order", row_with(CONVOY, "vehicles", "bus-1", position="tail")),
    "as close as asked": ("convoy-spacing", row_with(CONVOY, "convoys", "C1", spacing_s=60)),
    "departure from the end does not matter": ("convoy-spacing", stop_with(CONVOY, BUS, 3, depart_s=30_000)),
    "two stops in a row at the start": ("convoy-passenger", twice_at_the_start()),
    "and leaves from the second": ("convoy-spacing", twice_at_the_start()),
    "the start told as departure": ("convoy-timetable", with_point("assembly", 1265, 1385)),
    "passes without halting": ("convoy-timetable", passing_by()),
    "all supplies without people": ("convoy-passenger", row_with(CONVOY, "vehicles", "escort", kind="supply")),
}


@pytest.mark.parametrize(("code", "base"), BREAKS.values(), ids=BREAKS)
def test_the_rule_is_broken(code: str, base: Scenario) -> None:
    assert code in codes(base)


@pytest.mark.parametrize(("code", "base"), KEEPS.values(), ids=KEEPS)
def test_the_rule_is_kept(code: str, base: Scenario) -> None:
    assert code not in codes(base)


def test_a_site_passed_without_a_halt_may_be_told_as_it_is_passed() -> None:
    base = passing_by()
    order = base.plan.convoys[0]
    extra = Passing(site=SiteId("checkpoint"), head_s=6265, tail_s=6385)
    told = replace(order, timetable=(extra, *order.timetable))
    assert "convoy-timetable" not in codes(plan_with(base, convoys=(told,)))
    wrong = replace(order, timetable=(replace(extra, tail_s=6384), *order.timetable))
    assert "convoy-timetable" in codes(plan_with(base, convoys=(wrong,)))


def test_a_timetable_ends_where_the_road_breaks() -> None:
    base = CONVOY
    for trip in (ESCORT, BUS, LAST):
        base = stop_with(base, trip, 2, route=(LinkId("depot--hospital"),))
    assert {"route-broken", "convoy-timetable"} <= codes(base)


def test_a_convoy_without_trips_has_nothing_to_pass() -> None:
    base = plan_with(CONVOY, trips=tuple(one for one in CONVOY.plan.trips if one.kind != "convoy"))
    assert "convoy-timetable" not in codes(base)
    assert "convoy-trip" in codes(base)


def test_a_stop_served_twice_on_the_way_is_one_point() -> None:
    base = CONVOY
    for trip in (ESCORT, BUS, LAST):
        start, check, rest, end = trip_of(base, trip).stops
        again = Stop(
            site=rest.site,
            route=(),
            arrive_s=rest.depart_s,
            start_s=rest.depart_s,
            end_s=rest.depart_s,
            depart_s=rest.depart_s,
            load=rest.load,
        )
        base = trip_with(base, trip, stops=(start, check, rest, again, end))
        base = rides_with(base, trip, lambda rides: tuple(replace(ride, alight=4) for ride in rides))
    assert codes(base) == set()


def test_two_convoys_keep_apart() -> None:
    """A second convoy without vehicles has no trips, and asks for an order of its own."""
    second = replace(CONVOY.operation.convoys[0], id=ConvoyId("C2"))
    base = operation_with(CONVOY, convoys=(*CONVOY.operation.convoys, second))
    assert codes(base) == {"convoy-order"}
