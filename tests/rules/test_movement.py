"""Vehicles, roads, services, crews: where a vehicle is when, by which road, and what it does there."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from rules.edits import (
    CONVOY,
    REFERRAL,
    SHUTTLE,
    clauses_with,
    codes,
    consented,
    later,
    limits_with,
    operation_with,
    passing_by,
    row_with,
    stop_with,
    trip_of,
    trip_with,
)
from rules.world import Scenario
from safepassage.model.clauses import Area, Clause, Consent
from safepassage.model.ids import ClauseId, LinkId, PartyId, SiteId, VehicleId
from safepassage.model.places import Closure
from safepassage.model.time import Night, Window
from safepassage.rules import check
from safepassage.rules.services import overlaps

FIRST, SECOND = "T-shuttle-0", "T-shuttle-1"
HELD = LinkId("pickup-0--shelter-0")  # driven from 510 to 866 s; the army controls it and lets pass at any time
FREE = LinkId("depot--pickup-0")  # driven from 60 to 360 s; nobody controls it


def consent(*, granted: bool = True, party: str = "army", links: tuple[str, ...] = (), **windows: Any) -> Clause:
    named = tuple(LinkId(link) for link in links)
    return Consent(id=ClauseId("more"), party=PartyId(party), granted=granted, links=named, **windows)


def closed(from_s: int, until_s: int) -> Scenario:
    return operation_with(SHUTTLE, closures=(Closure(link=HELD, from_s=from_s, until_s=until_s),))


ACROSS = ((0.05, -0.05), (0.15, -0.05), (0.15, -0.06), (0.05, -0.06))


def shaped(**place: Any) -> Scenario:
    return operation_with(SHUTTLE, closures=(Closure(from_s=0, until_s=9000, **place),))


def dark(from_s: int, until_s: int, speed_percent: int = 50) -> Scenario:
    windows = (Window(from_s=from_s, until_s=until_s),)
    return operation_with(SHUTTLE, night=Night(windows=windows, speed_percent=speed_percent))


def slowly() -> Scenario:
    """Drive to the shelter at half speed: 356 s more."""
    return later(stop_with(dark(510, 9000), FIRST, 1, slow=True), FIRST, 1, 356)


def area(*corners: tuple[float, float], links: tuple[LinkId, ...] = ()) -> Scenario:
    return clauses_with(SHUTTLE, Area(id=ClauseId("a"), party=PartyId("militia"), polygon=corners, links=links))


BREAKS = {
    "arrives before 0": ("times-out-of-order", stop_with(SHUTTLE, FIRST, 0, arrive_s=-1)),
    "starts before it arrives": ("times-out-of-order", stop_with(SHUTTLE, FIRST, 1, start_s=865)),
    "ends before it starts": ("times-out-of-order", stop_with(SHUTTLE, FIRST, 1, end_s=865)),
    "departs before it ends": ("times-out-of-order", stop_with(SHUTTLE, FIRST, 1, depart_s=1003)),
    "starts before the hold": ("times-out-of-order", stop_with(SHUTTLE, FIRST, 1, not_before_s=867)),
    "too late": ("horizon", limits_with(SHUTTLE, horizon_s=1033)),
    "arrives early": ("travel-time", stop_with(SHUTTLE, FIRST, 1, arrive_s=865)),
    "slow road": ("travel-time", row_with(SHUTTLE, "links", HELD, travel_s=357)),
    "driven slower": ("travel-time", trip_with(SHUTTLE, FIRST, speed_percent=99)),
    "driven faster": ("speed-too-high", trip_with(SHUTTLE, FIRST, speed_percent=101)),
    "not free yet": ("vehicle-too-early", row_with(SHUTTLE, "vehicles", "shuttle-0", available_from_s=61)),
    "two trips at once": ("vehicle-overlap", trip_with(SHUTTLE, SECOND, vehicle=VehicleId("shuttle-0"))),
    "road elsewhere": ("route-broken", stop_with(SHUTTLE, FIRST, 1, route=(LinkId("depot--hospital"),))),
    "no road": ("route-broken", stop_with(SHUTTLE, FIRST, 1, route=())),
    "against a one-way": (
        "route-broken",
        row_with(
            CONVOY, "links", "assembly--checkpoint", start=SiteId("checkpoint"), end=SiteId("assembly"), both_ways=False
        ),
    ),
    "named area": ("area-crossed", area(links=(HELD,))),
    "polygon across": ("area-crossed", area((0.0, -0.01), (0.2, -0.01), (0.2, -0.02))),
    "polygon that touches": ("area-crossed", area((0.1, -0.05), (0.2, -0.05), (0.2, -0.06))),
    "figure of eight": ("area-crossed", area((0.0, -0.02), (0.2, -0.04), (0.2, -0.02), (0.0, -0.04))),
    "two corners": ("area-crossed", area((0.0, -0.05), (0.2, -0.05))),
    "one corner": ("area-crossed", area((0.1, -0.05))),
    "line through": ("area-crossed", row_with(SHUTTLE, "links", HELD, line=((0.1, 0.0), (8.1, 8.1), (0.1, -0.1)))),
    "nobody consents": ("link-without-consent", row_with(SHUTTLE, "links", HELD, controlled_by=PartyId("militia"))),
    "consent too late": ("link-without-consent", consented((511, 866))),
    "consent too short": ("link-without-consent", consented((510, 865))),
    "consent with a gap": ("link-without-consent", consented((510, 700), (701, 866))),
    "another's consent": (
        "link-without-consent",
        clauses_with(
            row_with(SHUTTLE, "links", HELD, controlled_by=PartyId("militia")), consent(party="side", links=(HELD,))
        ),
    ),
    "refused though free": ("link-without-consent", clauses_with(SHUTTLE, consent(granted=False, links=(FREE,)))),
    "refused by name": ("link-without-consent", clauses_with(SHUTTLE, consent(granted=False, links=(HELD,)))),
    "closed on entry": ("link-closed", closed(0, 511)),
    "closed before the exit": ("link-closed", closed(865, 9000)),
    "closed in between": ("link-closed", closed(600, 700)),
    "too little for boarding": ("service-too-short", stop_with(SHUTTLE, FIRST, 0, end_s=509)),
    "too little for alighting": ("service-too-short", stop_with(SHUTTLE, FIRST, 1, end_s=1003)),
    "too little for rest and fuel": ("service-too-short", stop_with(CONVOY, "T-escort", 2, end_s=15464)),
    "too little for the halt": ("service-too-short", stop_with(CONVOY, "T-escort", 1, end_s=6864)),
    "bay shared": ("bay-overlap", stop_with(SHUTTLE, SECOND, 1, bay=1)),
    "no bay": ("bay-missing", stop_with(SHUTTLE, FIRST, 0, bay=0)),
    "bay that is not there": ("bay-missing", stop_with(SHUTTLE, FIRST, 0, bay=3)),
    "bay without a limit": ("bay-missing", row_with(SHUTTLE, "sites", "pickup-0", bays=0)),
    "bay without need": ("bay-missing", stop_with(CONVOY, "T-escort", 0, bay=1)),
    "refuels outside the bays": ("bay-missing", row_with(CONVOY, "sites", "rest", bays=9)),
    "opens late": ("site-closed", row_with(SHUTTLE, "sites", "pickup-0", opens=(Window(from_s=361, until_s=900),))),
    "closes early": ("site-closed", row_with(SHUTTLE, "sites", "pickup-0", opens=(Window(from_s=0, until_s=509),))),
    "two halves": (
        "site-closed",
        row_with(SHUTTLE, "sites", "pickup-0", opens=(Window(from_s=0, until_s=400), Window(from_s=400, until_s=900))),
    ),
    "tired": ("drive-before-rest", limits_with(CONVOY, drive_before_rest_s=10320)),
    "two crews are tired": (
        "drive-before-rest",
        limits_with(
            operation_with(CONVOY, vehicles=tuple(replace(one, crews=2) for one in CONVOY.operation.vehicles)),
            drive_before_rest_s=5160,
        ),
    ),
    "rests where none can": ("rest-not-allowed-here", row_with(CONVOY, "sites", "rest", rest=False)),
    "and so is tired": ("drive-before-rest", row_with(CONVOY, "sites", "rest", rest=False)),
    "long day": ("daily-drive", limits_with(CONVOY, daily_drive_s=19320)),
    "no fuel": ("fuel-not-here", row_with(CONVOY, "sites", "rest", fuel=False)),
    "and so runs dry": ("range", row_with(CONVOY, "sites", "rest", fuel=False)),
    "through the access of a site": ("route-broken", row_with(passing_by(), "links", "checkpoint--rest", access=True)),
    "too heavy": ("link-unfit", row_with(SHUTTLE, "links", HELD, max_weight_kg=19_499)),
    "too high": ("link-unfit", row_with(SHUTTLE, "links", HELD, max_height_cm=399)),
    "too wide": ("link-unfit", row_with(SHUTTLE, "links", HELD, max_width_cm=254)),
    "not for buses": ("link-unfit", row_with(SHUTTLE, "links", HELD, closed_to=("car", "bus"))),
    "longer for buses": ("travel-time", row_with(SHUTTLE, "links", HELD, heavy_s=357)),
    "longer for the convoy": ("travel-time", row_with(CONVOY, "links", "rest--end", heavy_s=9001)),
    "into the night": ("night-too-fast", dark(865, 9000)),
    "out of the night": ("night-too-fast", dark(0, 511)),
    "a short night": ("night-too-fast", dark(600, 601)),
    "slow takes longer": ("travel-time", stop_with(dark(510, 9000), FIRST, 1, slow=True)),
    "convoy of two paces": ("convoy-stops", stop_with(CONVOY, "T-escort", -1, slow=True)),
    "closed by a polygon": ("link-closed", shaped(polygon=ACROSS)),
    "closed by a line": ("link-closed", shaped(line=((0.05, -0.05), (0.15, -0.05)))),
    "held by polygon": (
        "link-without-consent",
        clauses_with(SHUTTLE, consent(party="side", granted=False, polygon=ACROSS)),
    ),
    "held by polygon, too late": (
        "link-without-consent",
        clauses_with(
            SHUTTLE,
            consent(party="side", granted=True, polygon=ACROSS, windows=(Window(from_s=0, until_s=865),)),
        ),
    ),
    "small tank": ("range", row_with(CONVOY, "vehicles", "escort", range_m=249_999)),
}

KEEPS = {
    "on time to the second": ("times-out-of-order", stop_with(SHUTTLE, FIRST, 1, not_before_s=866)),
    "just within the horizon": ("horizon", limits_with(SHUTTLE, horizon_s=1034)),
    "slower vehicle at its own speed": (
        "speed-too-high",
        row_with(SHUTTLE, "vehicles", "shuttle-0", speed_percent=100),
    ),
    "an access at the beginning": ("route-broken", row_with(SHUTTLE, "links", HELD, access=True)),
    "one-way, forwards": ("route-broken", row_with(CONVOY, "links", "assembly--checkpoint", both_ways=False)),
    "polygon beside": ("area-crossed", area((0.11, -0.05), (0.2, -0.05), (0.2, -0.06))),
    "consent to the second": ("link-without-consent", consented((510, 866))),
    "consents that add up": ("link-without-consent", consented((600, 866), (510, 700))),
    "consents that touch": ("link-without-consent", consented((510, 700), (700, 866), (0, 5))),
    "consent by name": (
        "link-without-consent",
        clauses_with(
            row_with(SHUTTLE, "links", HELD, controlled_by=PartyId("side")), consent(party="side", links=(HELD,))
        ),
    ),
    "closed until the entry": ("link-closed", closed(0, 510)),
    "closed from the exit": ("link-closed", closed(866, 9000)),
    "waits before service": ("service-too-short", later(SHUTTLE, FIRST, 1, 5)),
    "bay 2 of 2": ("bay-missing", stop_with(SHUTTLE, FIRST, 0, bay=2)),
    "one after the other": ("bay-overlap", later(stop_with(SHUTTLE, SECOND, 1, bay=1), SECOND, 1, 114)),
    "opens to the second": (
        "site-closed",
        row_with(SHUTTLE, "sites", "pickup-0", opens=(Window(from_s=360, until_s=510),)),
    ),
    "driven to the limit": ("drive-before-rest", limits_with(CONVOY, drive_before_rest_s=10321)),
    "a day to the limit": ("daily-drive", limits_with(CONVOY, daily_drive_s=19321)),
    "two crews": (
        "daily-drive",
        limits_with(
            operation_with(CONVOY, vehicles=tuple(replace(one, crews=2) for one in CONVOY.operation.vehicles)),
            daily_drive_s=9661,
        ),
    ),
    "two crews rest in turn": (
        "drive-before-rest",
        limits_with(
            operation_with(CONVOY, vehicles=tuple(replace(one, crews=2) for one in CONVOY.operation.vehicles)),
            drive_before_rest_s=5161,
        ),
    ),
    "just light enough": ("link-unfit", row_with(SHUTTLE, "links", HELD, max_weight_kg=19_500, max_height_cm=400)),
    "lower than allowed": (
        "link-unfit",
        row_with(row_with(SHUTTLE, "links", HELD, max_height_cm=300), "vehicles", "shuttle-0", height_cm=300),
    ),
    "not for trucks": ("link-unfit", row_with(SHUTTLE, "links", HELD, closed_to=("truck",))),
    "a boat": (
        "link-unfit",
        row_with(row_with(SHUTTLE, "links", HELD, max_height_cm=100), "vehicles", "shuttle-0", kind="boat"),
    ),
    "no longer for buses": ("travel-time", row_with(SHUTTLE, "links", HELD, heavy_s=350)),
    "by day": ("night-too-fast", dark(1000, 9000)),
    "slowly in its time": ("travel-time", slowly()),
    "polygon elsewhere": ("link-closed", shaped(polygon=((5.0, 5.0), (6.0, 5.0), (6.0, 6.0)))),
    "held by polygon and granted": (
        "link-without-consent",
        clauses_with(SHUTTLE, consent(party="side", granted=True, polygon=ACROSS), consent(granted=True)),
    ),
    "tank to the limit": ("range", row_with(CONVOY, "vehicles", "escort", range_m=250_000)),
    "no tank limit": (
        "range",
        operation_with(CONVOY, vehicles=tuple(replace(one, range_m=0) for one in CONVOY.operation.vehicles)),
    ),
}


@pytest.mark.parametrize(("code", "base"), BREAKS.values(), ids=BREAKS)
def test_the_rule_is_broken(code: str, base: Scenario) -> None:
    assert code in codes(base)


@pytest.mark.parametrize(("code", "base"), KEEPS.values(), ids=KEEPS)
def test_the_rule_is_kept(code: str, base: Scenario) -> None:
    assert code not in codes(base)


@pytest.mark.parametrize("base", [dark(866, 9000), dark(0, 510), slowly()])
def test_a_drive_by_day_or_slow_is_not_too_fast(base: Scenario) -> None:
    found = check(*base)
    late = [one.subjects[0] for one in found if one.rule == "night-too-fast" and one.subjects[0].startswith("trips")]
    assert f"trips/{FIRST}/stops/1" not in late


def test_the_first_drive_is_timed_from_the_availability() -> None:
    assert trip_of(SHUTTLE, FIRST).stops[0].arrive_s == 360
    assert codes(row_with(SHUTTLE, "vehicles", "shuttle-0", available_from_s=60)) == set()


def test_a_link_is_timed_rounded_up_at_the_speed_driven() -> None:
    slow = trip_with(SHUTTLE, FIRST, speed_percent=99)  # 356 s at 99 % take 359.6 s: 360 s
    assert "travel-time" not in codes(later(slow, FIRST, 1, 4))
    assert "travel-time" in codes(later(slow, FIRST, 1, 3))


def test_overlaps_are_found_behind_a_long_use() -> None:
    assert list(overlaps([(0, 100, "long"), (10, 20, "short"), (50, 60, "late")])) == [
        ("long", "short"),
        ("long", "late"),
    ]
    assert list(overlaps([(0, 10, "a"), (10, 20, "b"), (20, 20, "c"), (20, 30, "d")])) == []


def test_a_referral_trip_that_waits_at_the_hospital_starts_where_the_last_ended() -> None:
    assert trip_of(REFERRAL, "T-P000-back").stops[0].route == ()
    assert "vehicle-overlap" in codes(stop_with(REFERRAL, "T-P000-back", 0, arrive_s=1273))
