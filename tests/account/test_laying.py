"""What is told of a vehicle goes to the stay of the plan that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from reports import material
from safepassage.account.laying import Happened, Planned, known_of, laid, planned_stays, trips_of
from safepassage.ledger.clocks import Interval
from safepassage.roads.table import travel
from safepassage.timetable.build import build
from safepassage.timetable.forecast import Known, Seen
from safepassage.timetable.network import Arc

WAYS = travel(material.OPERATION)
STAYS = {vehicle: planned_stays(trips, "camp") for vehicle, trips in trips_of(material.PLAN).items()}


def told(*said: tuple[str, str]) -> list[tuple[Any, Interval]]:
    """Tell one thing a minute."""
    return [
        (SimpleNamespace(type=type_, site=site), Interval(minute * 60_000, minute * 60_000, minute * 60_000))
        for minute, (type_, site) in enumerate(said, 1)
    ]


def minutes(stays: Sequence[Happened]) -> list[tuple[int | None, int | None]]:
    return [
        tuple(time and time.likely_ms // 60_000 for time in (one.arrived, one.departed))  # type: ignore[misc]
        for one in stays
    ]


def test_stops_without_a_drive_between_them_are_one_stay() -> None:
    assert [(stay.site, stay.arrive_s, stay.depart_s) for stay in STAYS["A1"]] == [
        ("camp", None, 3900),
        ("clinic", 5100, 9300),
        ("camp", 10500, 18000),
        ("oasis", 30000, 32700),
        ("town", 47700, None),
    ]
    assert STAYS["A1"][2].stops == (("R-back", 1), ("C-A1", 0))


A1 = STAYS["A1"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((), [(None, None)] * 5),
        ((("departed", "camp"), ("arrived", "clinic")), [(None, 1), (2, None), *[(None, None)] * 3]),
        # an arrival that nobody told; a word twice; what the plan does not have; what is no drive
        ((("departed", "clinic"), ("arrived", "camp"), ("arrived", "camp"), ("arrived", "moon"), ("repaired", "")),
         [(None, None), (None, 1), (2, None), (None, None), (None, None)]),
        ((("arrived", "town"), ("arrived", "clinic")), [(None, None)] * 4 + [(1, None)]),
        # of two departures from one site, the one before the arrival
        ((("departed", "camp"), ("arrived", "oasis")), [(None, None)] * 2 + [(None, 1), (2, None), (None, None)]),
        ((("departed", "camp"), ("departed", "camp")), [(None, 1), (None, None), (None, 2), *[(None, None)] * 2]),
    ],
)  # fmt: skip
def test_each_word_goes_to_the_next_stay_at_its_site(
    said: tuple[tuple[str, str], ...], expected: list[tuple[int | None, int | None]]
) -> None:
    assert minutes(laid(A1, told(*said))) == expected


def test_where_it_stood_before_its_first_drive_is_a_stay_without_stops() -> None:
    shuttle = next(trip for trip in material.PLAN.trips if trip.id == "S-1")
    first = replace(shuttle.stops[0], route=("lane",))
    stays = planned_stays([replace(shuttle, stops=(first, *shuttle.stops[1:]))], "yard")
    assert [(stay.site, stay.stops) for stay in stays] == [
        ("yard", ()), ("village", (("S-1", 0),)), ("camp", (("S-1", 1),)),
    ]  # fmt: skip
    network = build(material.OPERATION, travel(material.OPERATION), material.PLAN)
    network = replace(network, drives=network.drives | {("S-1", 0): network.drives["S-1", 1]})
    known = known_of(network, material.PLAN, [(stays, laid(stays, told(("departed", "yard"))))], 0, WAYS)
    assert known == {network.drives["S-1", 0]: Known(start_s=60)}


def test_a_site_that_comes_again_comes_again() -> None:
    again = (
        Planned(site="a", stops=(), arrive_s=None, depart_s=1),
        Planned(site="b", stops=(), arrive_s=2, depart_s=3),
        Planned(site="a", stops=(), arrive_s=4, depart_s=5),
    )
    said = told(("departed", "a"), ("arrived", "a"), ("departed", "a"))
    assert minutes(laid(again, said)) == [(None, 1), (None, None), (2, 3)]


def test_what_is_known_of_activities() -> None:
    network = build(material.OPERATION, travel(material.OPERATION), material.PLAN)
    happened = {vehicle: laid(stays, []) for vehicle, stays in STAYS.items()}
    happened["A1"] = laid(A1, told(("departed", "camp"), ("departed", "clinic"), ("departed", "camp")))
    lanes = [(stays, happened[vehicle]) for vehicle, stays in STAYS.items()]
    known = known_of(network, material.PLAN, lanes, 0, WAYS)
    assert known[network.drives["R-out", 1]] == Known(start_s=60, end_s=120)
    assert known[network.services["R-out", 1]] == known[network.services["R-back", 0]] == Known(end_s=120)
    assert known[network.services["C-A1", 0]] == Known(end_s=180)
    assert known[network.drives["C-A1", 1]] == Known(start_s=180)
    # the convoy has left with the first of its vehicles, and for its first leg alone
    first, second = network.departures["main"]
    assert known[first] == Known(start_s=180, end_s=180)
    assert second not in known
    assert network.drives["C-B1", 1] not in known
    assert known_of(network, material.PLAN, [(stays, laid(stays, [])) for stays in STAYS.values()], 0, WAYS) == {}


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        # from the fork it is the valley road alone
        ((("departed", "oasis"), ("arrived", "fork")), Seen(at_s=120, left_s=11400, stands=True)),
        (
            (("departed", "oasis"), ("arrived", "fork"), ("departed", "fork")),
            Seen(at_s=180, left_s=11400, stands=False),
        ),
        # by another way, or not on the way at all; and the site where it set off
        ((("departed", "oasis"), ("arrived", "line")), None),
        ((("departed", "oasis"), ("arrived", "fork"), ("arrived", "moon")), None),
        ((("departed", "oasis"), ("arrived", "oasis")), Seen(at_s=120, left_s=15000, stands=True)),
        # who has arrived was seen
        ((("departed", "oasis"), ("arrived", "fork"), ("arrived", "town")), None),
    ],
)
def test_a_vehicle_that_is_seen_on_the_way_has_so_far_to_go(
    said: tuple[tuple[str, str], ...], seen: Seen | None
) -> None:
    network = build(material.OPERATION, WAYS, material.PLAN)
    known = known_of(network, material.PLAN, [(A1, laid(A1, told(*said)))], 0, WAYS)
    drive = known[network.drives["C-A1", 2]]
    assert (drive.start_s, drive.seen) == (60, seen)


def test_who_was_seen_on_the_way_has_set_off() -> None:
    network = build(material.OPERATION, WAYS, material.PLAN)
    known = known_of(
        network, material.PLAN, [(A1, laid(A1, told(("arrived", "oasis"), ("departed", "fork"))))], 0, WAYS
    )
    assert known[network.drives["C-A1", 2]] == Known(start_s=120, seen=Seen(at_s=120, left_s=11400, stands=False))


def test_people_alight_where_a_trip_ends_though_the_vehicle_stays() -> None:
    network = build(material.OPERATION, WAYS, material.PLAN)
    known = known_of(network, material.PLAN, [(A1, laid(A1, told(("departed", "fork"), ("arrived", "town"))))], 0, WAYS)
    service = network.services["C-A1", 2]
    lasts_s = network.activities[service].duration_s
    assert lasts_s
    assert known[service] == Known(start_s=120, end_s=120 + lasts_s)


def test_a_pause_on_the_way_has_begun_when_the_vehicle_came() -> None:
    network = build(material.OPERATION, WAYS, material.PLAN)
    pause = network.services["C-A1", 1]
    assert network.activities[pause].kind == "halt"
    came = known_of(network, material.PLAN, [(A1, laid(A1, told(("departed", "camp"), ("arrived", "oasis"))))], 0, WAYS)
    assert came[pause] == Known(start_s=120)
    left = known_of(
        network, material.PLAN, [(A1, laid(A1, told(("arrived", "oasis"), ("departed", "oasis"))))], 0, WAYS
    )
    assert left[pause] == Known(end_s=120)
    # one that waits for something besides, a bay, say, or a party: nobody knows
    others = tuple(
        replace(one, arcs=(*one.arcs, Arc(0, 0, "gate"))) if position == pause else one
        for position, one in enumerate(network.activities)
    )
    waits = replace(network, activities=others)
    known = known_of(waits, material.PLAN, [(A1, laid(A1, told(("departed", "camp"), ("arrived", "oasis"))))], 0, WAYS)
    assert pause not in known
