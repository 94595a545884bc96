"""The march: rests, tanks, halts, windows of roads, hold points."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from planner.small import (
    FAR_S,
    LIMITS,
    cap,
    consent,
    convoy,
    halt,
    link,
    links,
    operation,
    owned,
    people,
    sites,
    vehicle,
)
from planner.support import planned
from safepassage.model.fleet import Convoy
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.planner.march import March, Vehicles, march
from safepassage.roads.table import travel

FREE = Vehicles(
    people=(5, 5),
    pace=100,
    spacing_s=30,
    drive_before_rest_s=50_000,
    drive_left_s=50_000,
    drive_since_rest_s=0,
    range_m=0,
    since_fuel_m=0,
)


def marched(asked: Operation, vehicles: Vehicles = FREE, own: Convoy | None = None, **more: Any) -> March | None:
    return march(asked, travel(asked), own or asked.convoys[0], vehicles, more.pop("depart_s", 0), **more)


def road(**more: Any) -> Operation:
    return operation(people(4), [vehicle("B1", convoy="C"), vehicle("B2", convoy="C")], [convoy()], **more)


def test_the_straight_way_takes_its_drives() -> None:
    found = marched(road())
    assert found is not None
    assert [stop.site for stop in found.stops] == ["camp"]
    assert found.arrive_s == 2 * FAR_S


def test_a_crew_rests_before_its_hours_are_over() -> None:
    tired = replace(FREE, drive_before_rest_s=FAR_S + 10)
    assert marched(road(), tired) is None
    found = marched(road(sites=sites(inn={"rest": True})), tired)
    assert found is not None
    assert [(stop.site, stop.work) for stop in found.stops] == [("inn", ("rest",)), ("camp", ())]
    assert found.arrive_s == 2 * FAR_S + LIMITS.rest_s
    assert marched(road(sites=sites(inn={"rest": True})), replace(tired, drive_since_rest_s=20)) is None
    assert marched(road(sites=sites(inn={"rest": True})), replace(FREE, drive_left_s=2 * FAR_S - 1)) is None


def test_a_tank_is_filled_one_vehicle_after_the_other() -> None:
    thirsty = replace(FREE, range_m=10 * FAR_S + 100, since_fuel_m=50)
    one_pump = road(sites=sites(inn={"fuel": True, "bays": 1}))
    found = marched(one_pump, thirsty)
    assert found is not None
    # the second comes 30 s later and waits for the first: the head leaves when the second, 30 s behind, can
    assert found.arrive_s == 2 * FAR_S + 2 * LIMITS.refuel_s - 30
    loose = marched(one_pump, thirsty, relaxed=True)
    assert loose is not None
    assert loose.arrive_s == 2 * FAR_S + LIMITS.refuel_s


def test_rest_and_refuelling_at_one_stop_when_both_are_due() -> None:
    worn = replace(FREE, drive_before_rest_s=FAR_S + 10, range_m=10 * FAR_S + 100)
    found = marched(road(sites=sites(inn={"fuel": True, "rest": True})), worn)
    assert found is not None
    assert found.stops[0].work == ("rest", "refuel")


def test_set_halts_are_made_in_their_order() -> None:
    own = convoy(halts=(halt("inn", 600), halt("clinic", 300), halt("inn", 60)))
    found = marched(road(), own=own)
    assert found is not None
    assert [(stop.site, stop.work_s) for stop in found.stops[:3]] == [("inn", 600), ("clinic", 300), ("inn", 60)]


def test_every_vehicle_finds_the_road_open() -> None:
    more: dict[str, Any] = {"links": owned("square-inn", "inn-camp")}
    closing = consent("square-inn", 500, 500 + FAR_S + 29, 9000, 20_000)
    found = marched(road(clauses=(closing, consent("inn-camp")), **more))
    assert found is not None
    # 29 s are too few for the second vehicle, 30 s behind
    assert found.depart_s == 9000


def test_a_convoy_waits_at_a_stop_for_the_next_road_to_open() -> None:
    clauses = (consent("square-inn", 0, FAR_S + 60), consent("inn-camp", 9000, 20_000))
    asked = road(clauses=clauses, links=owned("square-inn", "inn-camp"))
    found = marched(asked)
    assert found is not None
    assert [(stop.site, stop.depart_s) for stop in found.stops] == [("inn", 9000), ("camp", 9000 + FAR_S)]
    made = planned(replace(asked, clauses=clauses))
    assert made.violations == ()
    assert made.status == "infeasible" or made.objective is not None


def test_a_road_that_is_over_when_the_convoy_comes_is_none() -> None:
    asked = road(clauses=(consent("inn-camp", 0, FAR_S + 100),), links=owned("inn-camp"))
    assert marched(asked) is None
    assert marched(asked, relaxed=True) is not None


@pytest.mark.parametrize("dwell_s", [600, 0])
def test_where_stays_are_short_the_convoy_leaves_later(dwell_s: int) -> None:
    asked = road(clauses=(consent("inn-camp", 9000, 20_000), cap("inn", max_dwell_s=dwell_s)), links=owned("inn-camp"))
    halting = replace(asked.convoys[0], halts=(halt("inn", 300),))
    found = marched(asked, own=halting)
    assert found is not None
    assert found.stops[0].depart_s == 9000
    assert found.stops[0].arrive_s == (8400 if dwell_s else FAR_S)
    made = planned(replace(asked, convoys=(halting,)))
    assert made.violations == ()
    assert made.convoys[0].departs_s == (8400 - FAR_S if dwell_s else made.convoys[0].departs_s)


def test_a_wait_is_moved_to_the_stop_before_where_the_cap_allows_it() -> None:
    roads = (*owned("inn-camp")[:3], link("square-mill", "square", "mill", 600), link("mill-inn", "mill", "inn", FAR_S))
    own = (*roads, *[one for one in owned("inn-camp") if one.id == "inn-camp"])
    mill = replace(sites()[0], id=SiteId("mill"), kind="rest")
    early = convoy(halts=(halt("mill", 60), halt("inn", 60)))
    clauses = (consent("inn-camp", 9000, 20_000), cap("inn", max_dwell_s=600))
    asked = road(sites=(*sites(), mill), links=own, clauses=clauses)
    found = marched(asked, own=early)
    assert found is not None
    assert [stop.held for stop in found.stops] == [True, False, False]
    assert found.stops[1].arrive_s == 8400
    assert planned(replace(asked, convoys=(early,))).violations == ()
    both = (*clauses, cap("mill", max_dwell_s=100))
    elsewhere = marched(replace(asked, clauses=both), own=early)
    assert elsewhere is not None
    assert all(stop.depart_s - stop.arrive_s <= 100 for stop in elsewhere.stops if stop.site == "mill")
    assert elsewhere.arrive_s == found.arrive_s


def test_too_many_at_once_is_no_halt() -> None:
    halting = convoy(halts=(halt("inn", 60),))
    assert marched(road(clauses=(cap("inn", max_people=9),)), own=halting) is None
    # one vehicle after the other: the first has left when the second comes
    apart = replace(FREE, spacing_s=60)
    assert marched(road(clauses=(cap("inn", max_people=9),)), apart, own=halting) is not None


def test_no_road_no_march() -> None:
    assert marched(road(links=links()[:3])) is None
