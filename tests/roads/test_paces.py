"""Which vehicles the roads treat alike, and the routes of each: by limits, by heavy time, by day and at night."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from roads.maps import link, operation, site, window
from safepassage.model.clauses import Consent
from safepassage.model.fleet import LARGEST, PROFILES, Convoy, Size, Vehicle, VehicleKind
from safepassage.model.ids import ClauseId, ConvoyId, LinkId, PartyId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Link
from safepassage.model.plan import Load, Stop, Trip
from safepassage.model.time import Night
from safepassage.model.travel import PACES, UNREACHABLE, Route, fits, is_heavy, slow_percent
from safepassage.roads.openness import FOREVER, closed_links, days, ground, openness
from safepassage.roads.paces import paced, paces
from safepassage.roads.table import travel
from safepassage.rules.openness import openness as refereed

A, B = SiteId("a"), SiteId("b")


def vehicle(name: str, kind: VehicleKind = "bus", **more: Any) -> Vehicle:
    return Vehicle(id=VehicleId(name), kind=kind, site=A, seats=1, **more)


def driven_by(links: list[Link], *vehicles: Vehicle, **more: Any) -> Operation:
    return replace(operation(links), vehicles=vehicles, **more)


def links_of(asked: Operation, name: str) -> list[tuple[str, ...]]:
    """List the routes from a to b of a vehicle."""
    found = travel(asked)
    return [route.links for route in found.routes.get((found.paces[VehicleId(name)], A, B), ())]


LOW = link("low", "a-b", 10, max_height_cm=350)
LONG = link("long", "a-b", 30)


def test_a_low_bridge_lets_the_ambulance_through_and_not_the_bus() -> None:
    asked = driven_by([LOW, LONG], vehicle("bus"), vehicle("ambulance", "ambulance"), vehicle("low", height_cm=350))
    assert links_of(asked, "bus") == [("long",)]
    assert links_of(asked, "ambulance") == [("low",)]
    assert links_of(asked, "low") == [("low",)]
    found = travel(asked)
    assert found.paces == {"bus": PACES + 100, "ambulance": 100, "low": 100}
    assert found.passage(PACES + 100).unfit == {"low"}
    assert found.routes.least_s(PACES + 100, [A], [B]) == [[30]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("limit", "fitting"),
    [
        ({"max_weight_kg": 19_500}, {"bus", "minibus", "ambulance", "car", "escort", "boat"}),
        ({"max_weight_kg": 19_499}, {"ambulance", "car", "escort", "boat"}),
        ({"max_height_cm": 220}, {"car", "escort", "boat"}),
        ({"max_width_cm": 254}, {"ambulance", "car", "escort", "boat"}),
        ({"closed_to": ("truck", "car")}, {"bus", "minibus", "ambulance", "boat"}),
        ({}, {*PROFILES, "boat"}),
    ],
)
def test_measures_that_are_not_given_are_the_largest_of_the_profile(limit: dict[str, Any], fitting: set[str]) -> None:
    kinds: tuple[VehicleKind, ...] = (*PROFILES, "boat")
    one = link("l", "a-b", 10, **limit)
    assert {kind for kind in kinds if fits(vehicle("v", kind), one)} == fitting
    assert {kind for kind in kinds if is_heavy(vehicle("v", kind))} == {"bus", "minibus", "truck", "supply"}


def test_own_measures_count_before_the_largest() -> None:
    assert vehicle("v", weight_kg=9000, width_cm=240).size == Size(9000, LARGEST["bus"].height_cm, 240)
    assert vehicle("v", "boat").size == Size(0, 0, 0)


def test_where_roads_treat_all_alike_a_pace_is_a_speed() -> None:
    asked = driven_by([LONG], vehicle("bus", speed_percent=80), vehicle("car", "car"))
    assert paces(asked).all == (80, 100)
    # a time of heavy vehicles that is no longer than the others' makes no difference
    assert paces(replace(asked, links=(replace(LONG, heavy_s=30),))).all == (80, 100)


def test_vehicles_that_find_the_same_roads_share_a_number() -> None:
    narrow = link("narrow", "a-b", 10, closed_to=("bus",))
    asked = driven_by([LOW, narrow, LONG], vehicle("one"), vehicle("other", "minibus"), vehicle("truck", "truck"))
    known = paces(asked)
    assert known.vehicles["one"] == known.vehicles["other"] == PACES + 100  # type: ignore[index]
    assert known.vehicles["truck"] == 2 * PACES + 100  # type: ignore[index]


def test_heavy_vehicles_take_their_own_time_and_never_less() -> None:
    asked = driven_by(
        [link("hill", "a-b", 10, heavy_s=25), link("flat", "a-b", 20, heavy_s=5)],
        vehicle("bus", speed_percent=50),
        vehicle("car", "car"),
    )
    found = travel(asked)
    assert links_of(asked, "car") == [("hill",)]
    assert links_of(asked, "bus") == [("flat",)]
    assert found.fastest(found.paces[VehicleId("bus")], A, B).travel_s == 40  # type: ignore[union-attr]


def test_a_convoy_is_as_slow_as_heavy_and_as_large_as_its_vehicles() -> None:
    convoy = Convoy(id=ConvoyId("c"), assembly=A, destination=B)
    asked = driven_by(
        [LOW, link("tight", "a-b", 12, max_width_cm=215), replace(LONG, heavy_s=50)],
        vehicle("bus", convoy=convoy.id, height_cm=300, width_cm=210),
        vehicle("car", "car", convoy=convoy.id, speed_percent=50, height_cm=360),
        vehicle("wide", "car", convoy=convoy.id, width_cm=230),
        convoys=(convoy,),
    )
    found = travel(asked)
    assert found.fastest(found.convoy_paces[convoy.id], A, B).travel_s == 100  # type: ignore[union-attr]
    stop = Stop(site=B, route=(LinkId("long"),), arrive_s=0, start_s=0, end_s=0, depart_s=0, load=Load())
    trip = Trip(id="T", vehicle="car", kind="convoy", speed_percent=50, stops=(stop,), convoy=convoy.id)  # type: ignore[arg-type]
    assert paced(asked).drive_s(trip, stop) == 100
    assert paced(asked).drive_s(replace(trip, kind="shuttle"), stop) == 60


NIGHT = Night(windows=(window(100, 200), window(400, 500)), speed_percent=50)


def of_night(asked: Operation) -> tuple[Route, ...]:
    found = travel(replace(asked, night=NIGHT))
    return found.routes[100, A, B]


def test_where_there_is_a_night_a_route_comes_by_day_and_slowly() -> None:
    by_day, slowly = of_night(driven_by([LONG], vehicle("v")))
    assert (by_day.travel_s, by_day.slow, slowly.travel_s, slowly.slow) == (30, False, 60, True)
    edges = [(one.from_s, one.until_s) for one in by_day.departures]
    assert edges == [(-FOREVER, 70), (200, 370), (500, FOREVER - 30)]
    assert (by_day.opens, slowly.departures, slowly.opens) == ((), (), ())


def test_a_drive_longer_than_any_day_is_made_slowly() -> None:
    long = Night(windows=(window(-(2**41), 100), window(120, 2**41)), speed_percent=50)
    found = travel(replace(driven_by([LONG], vehicle("v")), night=long)).routes[100, A, B]
    assert [route.slow for route in found] == [True]


def test_the_bound_is_the_time_by_day() -> None:
    found = travel(replace(driven_by([LONG], vehicle("v")), night=NIGHT))
    assert found.routes.least_s(100, [A], [B, SiteId("a")]).tolist() == [[30, 0]]  # type: ignore[attr-defined]
    assert slow_percent(1, 10) == 1
    assert found.slow(PACES + 90) == PACES + 45


@given(
    nights=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), max_size=4),
    closed=st.tuples(st.integers(0, 200), st.integers(0, 90)),
    at_s=st.integers(0, 300),
)
def test_who_leaves_by_day_ends_by_day_and_slowly_is_always_possible(
    nights: list[tuple[int, int]], closed: tuple[int, int], at_s: int
) -> None:
    dark = tuple(window(from_s, from_s + lasts_s) for from_s, lasts_s in nights)
    shut = Closure(link=LONG.id, from_s=closed[0], until_s=sum(closed))
    asked = replace(driven_by([LONG], vehicle("v"), closures=(shut,)), night=Night(windows=dark, speed_percent=50))
    by_day, slowly = (
        next((one for one in travel(asked).routes[100, A, B] if one.slow == slow), None) for slow in (False, True)
    )
    assert by_day is not None
    open_now = at_s >= shut.until_s or at_s + 30 <= shut.from_s
    day = all(at_s >= one.until_s or at_s + 30 <= one.from_s for one in dark)
    may = not by_day.departures or any(one.from_s <= at_s <= one.until_s for one in by_day.departures)
    assert may == (open_now and day)
    if slowly is not None and (at_s >= shut.until_s or at_s + 60 <= shut.from_s):
        assert not slowly.departures or any(one.from_s <= at_s <= one.until_s for one in slowly.departures)


def test_days_lie_between_the_nights() -> None:
    assert days(NIGHT) == (window(-FOREVER, 100), window(200, 400), window(500, FOREVER))


# Roads from west to east at the heights 1, 2 and 3.
ROWS = [link(f"r{n}", f"w{n}-e{n}", 10, controlled_by="army" if n == 3 else "") for n in (1, 2, 3)]
ENDS = [site(f"{side}{n}", lon, n) for n in (1, 2, 3) for side, lon in (("w", 0.0), ("e", 4.0))]


def on_rows(**more: Any) -> Operation:
    return replace(operation(ROWS, sites=ENDS), **more)


BOX = ((1.0, 1.5), (2.0, 1.5), (2.0, 3.5), (1.0, 3.5))


@pytest.mark.parametrize(
    ("place", "closed"),
    [
        ({"polygon": BOX}, ("r2", "r3")),
        ({"line": ((1.0, 0.0), (1.0, 2.0))}, ("r1", "r2")),
        ({"line": ((1.0, 2.0),)}, ("r2",)),
        ({"polygon": BOX, "link": LinkId("r1")}, ("r1", "r2", "r3")),
        ({"link": LinkId("r1")}, ("r1",)),
        ({"polygon": ((9.0, 9.0), (9.0, 8.0), (8.0, 8.0))}, ()),
    ],
)
def test_a_closure_by_a_shape_closes_what_touches_it(place: dict[str, Any], closed: tuple[str, ...]) -> None:
    asked = on_rows(closures=(Closure(from_s=10, until_s=20, **place),))
    assert closed_links(asked)[0][1] == closed
    free = {name for name, windows in openness(asked)[0].items() if windows and windows[0].until_s == 10}
    assert free == set(closed) - {"r3"}
    states = refereed(asked, asked.links)
    assert {name for name, state in states.items() if state.closures} == set(closed)


def of_shape(name: str, party: str, *edges: int, granted: bool = True, **more: Any) -> Consent:
    spans = tuple(window(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True))
    return Consent(id=ClauseId(name), party=PartyId(party), granted=granted, windows=spans, **more)


@pytest.mark.parametrize(
    ("clauses", "opened"),
    [
        # what touches the polygon is the party's, in its windows
        ([of_shape("c", "side", 0, 50, polygon=BOX)], {"r2": [(0, 50)], "r3": []}),
        ([of_shape("c", "side", 0, 50, polygon=BOX), of_shape("d", "side", 50, 80)], {"r2": [(0, 80)], "r3": []}),
        ([of_shape("c", "side", polygon=BOX), of_shape("d", "army", 5, 9)], {"r3": [(5, 9)]}),
        # two parties hold a road: both have to let one pass
        ([of_shape("c", "side", 0, 50, polygon=BOX), of_shape("d", "army", 40, 90)],
         {"r2": [(0, 50)], "r3": [(40, 50)]}),
        ([of_shape("c", "side", granted=False, polygon=BOX)], {"r2": [], "r3": []}),
        # a clause with a polygon is not one for everything that the party holds
        ([of_shape("c", "army", polygon=((0.0, 0.5), (1.0, 0.5), (1.0, 1.5)))], {"r3": []}),
        ([of_shape("c", "army", 0, 9, polygon=BOX)], {"r2": [(0, 9)], "r3": [(0, 9)]}),
    ],
)  # fmt: skip
def test_a_consent_by_polygon_holds_what_touches_it(clauses: list[Any], opened: dict[str, list[Any]]) -> None:
    asked = on_rows(clauses=tuple(clauses))
    found, closed_by = openness(asked)
    assert {name: [(one.from_s, one.until_s) for one in windows] for name, windows in found.items()} == opened
    assert set(closed_by) == set(found)
    for name, state in refereed(asked, asked.links).items():
        windows = found.get(name)
        told = () if state.refusals or not state.consented else state.consented
        limited = state.refusals or state.asks_consent
        if windows is None:
            assert not limited or told[0].from_s < -(2**60)
        else:
            assert told == windows


def test_few_corners_are_a_point_or_a_line() -> None:
    assert shapely.get_type_id(ground(((1.0, 1.0),))) == shapely.GeometryType.POINT
    assert shapely.get_type_id(ground(((1.0, 1.0), (2.0, 2.0)))) == shapely.GeometryType.LINESTRING


def test_a_site_that_only_small_vehicles_reach_is_unreachable_to_others() -> None:
    found = travel(driven_by([LOW], vehicle("bus"), vehicle("car", "car")))
    assert found.routes.least_s(PACES + 100, [A], [B])[0, 0] == UNREACHABLE  # type: ignore[attr-defined]
    assert np.all(found.routes.least_s(100, [A], [B]) == 10)  # type: ignore[attr-defined]
