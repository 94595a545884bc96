"""Vehicles on the sketch: together where they stand together, old where old, coarse where coarse."""

from __future__ import annotations

import pytest

from reports import material
from safepassage.reports.sketch import sketches
from safepassage.reports.vehicle_map import FixState, VehicleFix, marks, rows, told_age
from safepassage.reports.words import Phrase, literal, plain, setting_of

SETTING = setting_of(material.OPERATION, material.PLAN)
WHOLE, *DETAILS = sketches(material.OPERATION, material.PLAN, SETTING)
CAMP = (36.60, 34.16)


def english(phrase: Phrase) -> str:
    return plain(phrase.en).replace("\N{NO-BREAK SPACE}", " ")


def fix(
    vehicle: str, place: tuple[float, float] = CAMP, state: FixState = "live", *, age_min: int = 3, radius_m: int = 8
) -> VehicleFix:
    lon, lat = place
    at_ms = int(SETTING.start.timestamp()) * 1000
    return VehicleFix(
        vehicle=vehicle, lon=lon, lat=lat, radius_m=radius_m, at_ms=at_ms, age_ms=age_min * 60_000, state=state
    )


def test_vehicles_at_one_place_share_a_mark() -> None:
    [mark] = marks(WHOLE, [fix("A1"), fix("B1"), fix("E1")], SETTING)
    assert (mark.count, mark.state) == (3, "live")
    assert english(mark.label) == "A1, B1 and 1 more"
    assert (mark.x, mark.y) == WHOLE.projection.at(*CAMP)
    [mixed] = marks(WHOLE, [fix("A1"), fix("B1", state="stale")], SETTING)
    assert mixed.state == "mixed"


def test_those_apart_or_told_in_another_way_do_not() -> None:
    far = fix("B1", (40.91, 34.45), "stale")
    one, other = marks(WHOLE, [far, fix("A1")], SETTING)
    assert (one.state, other.state) == ("live", "stale")
    assert (one.anchor, other.anchor) == ("start", "end")
    late = fix("B1", state="late", radius_m=5000)
    exact, coarse = marks(WHOLE, [fix("A1"), late], SETTING)
    assert (exact.count, coarse.count, coarse.anchor) == (1, 1, "middle")
    assert coarse.radius >= exact.radius


def test_a_label_does_not_stand_on_another() -> None:
    beside = (CAMP[0] + 0.12, CAMP[1])
    one, other = marks(WHOLE, [fix("A1"), fix("B1", beside)], SETTING)
    assert other.x - one.x < 150
    assert one.label_y > 0 > other.label_y


def test_those_outside_the_picture_are_left_out() -> None:
    assert marks(WHOLE, [fix("A1", (0.0, 0.0))], SETTING) == ()
    assert DETAILS
    assert marks(DETAILS[0], [fix("A1", (40.91, 34.45))], SETTING) == ()
    assert len(marks(DETAILS[0], [fix("A1")], SETTING)) == 1


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (fix("A1", age_min=0), "now"),
        (fix("A1"), "3 min ago"),
        (fix("A1", state="stale", age_min=65), "1 h 5 min old: may be elsewhere by now"),
        (fix("A1", state="late", age_min=31, radius_m=5000), "31 min old, to within 5 km: shown so on purpose"),
    ],
)
def test_the_age_says_what_it_means(one: VehicleFix, words: str) -> None:
    assert english(told_age(one)) == words


def test_the_table_has_every_vehicle_with_or_without_a_fix() -> None:
    found = rows(
        {"A1": literal("at Camp"), "B1": literal("–"), "X9": literal("–"), "Z": literal("–")},
        [fix("A1"), fix("X9", (36.65, 34.16)), fix("Z", (36.62, 34.17), "late", radius_m=5000)],
        material.SITES[:1],
        SETTING,
    )
    assert [row.vehicle for row in found] == ["A1", "B1", "X9", "Z"]
    assert [english(row.near) for row in found] == ["at Camp", "–", "4.6 km from Camp", "at Camp"]
    assert [row.state for row in found] == ["live", "", "live", "late"]
    assert [english(row.place) for row in found] == ["34.1600, 36.6000", "–", "34.1600, 36.6500", "34.17, 36.62"]
    assert english(found[0].at) == "Mon 12:00"
    assert english(found[1].age) == "no position yet"
    [bare] = rows({"A1": literal("–")}, [fix("A1")], (), SETTING)
    assert english(bare.near) == "–"
