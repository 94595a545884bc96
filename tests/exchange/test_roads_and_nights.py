"""Measures of vehicles, limits of roads, nights, and what is closed by a shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exchange.small import SETTINGS, TABLES, Make, found, only, read_only
from safepassage.exchange import folder
from safepassage.model.clauses import Consent
from safepassage.model.operation import Operation
from safepassage.model.time import Window

HOUR = 3600
NIGHT = '[night]\nfrom = "20:00"\nuntil = "05:00"\nspeed_percent = 70\nsource = "assumption: no lights"\n'


def operation_of(path: Path) -> Operation:
    reading = folder.read(path)
    assert reading.operation is not None, reading.faults
    assert reading.faults == ()
    return reading.operation


def table(name: str, *more: tuple[str, str]) -> list[list[Any]]:
    """Add columns to the first row of a small table."""
    headings, row, *rest = TABLES[name]
    return [[*headings, *(one for one, _ in more)], [*row, *(value for _, value in more)], *rest]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([("weight_t", "12.5"), ("height_m", "3.45"), ("width_cm", "250")], (12_500, 345, 250)),
        ([("Poids (kg)", "9000"), ("Hauteur (m)", "3,1")], (9000, 310, 0)),
        ([("الوزن (طن)", "٩"), ("العرض (م)", "2.5")], (9000, 0, 250)),
    ],
)
def test_measures_of_vehicles_in_any_unit(make: Make, columns: Any, expected: tuple[int, int, int]) -> None:
    bus = operation_of(make(vehicles=table("vehicles", *columns))).vehicles[0]
    assert (bus.weight_kg, bus.height_cm, bus.width_cm) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            [("heavy_travel_min", "20"), ("closed_to", "truck; bus"), ("max_weight_t", "7.5"), ("max_height_m", "3.5"),
             ("max_width_m", "2.3")],
            (1200, ("truck", "bus"), 7500, 350, 230),
        ),
        ([("interdit aux", "camions"), ("limite de poids (t)", "3,5")], (0, ("truck",), 3500, 0, 0)),
        ([("ممنوع على", "حافلة، شاحنة"), ("أقصى ارتفاع (سم)", "300")], (0, ("bus", "truck"), 0, 300, 0)),
    ],
)  # fmt: skip
def test_limits_of_roads(make: Make, columns: Any, expected: tuple[Any, ...]) -> None:
    one = operation_of(make(roads=table("roads", *columns))).links[0]
    assert (one.heavy_s, one.closed_to, one.max_weight_kg, one.max_height_cm, one.max_width_cm) == expected


@pytest.mark.parametrize(("value", "code"), [("tank", "unknown-word"), ("bus; bus", "given-twice")])
def test_who_may_not_drive_a_road_is_a_profile(make: Make, value: str, code: str) -> None:
    fault = read_only(make(roads=table("roads", ("closed_to", value))))
    assert (fault.code, fault.place.cell) == (code, "F2")


def test_a_date_is_no_profile(make: Make) -> None:
    assert read_only(make(roads=table("roads", ("closed_to", "; ;")))).code == "missing-value"


def test_nights_fall_every_day_of_the_time_considered(make: Make) -> None:
    night = operation_of(make(NIGHT)).night
    assert night is not None
    assert (night.speed_percent, night.source) == (70, "assumption: no lights")
    edges = [(one.from_s // HOUR, one.until_s // HOUR) for one in night.windows]
    assert edges == [(14, 23), (38, 47), (62, 71)]


def test_a_night_that_is_over_at_noon_has_begun_before(make: Make) -> None:
    night = operation_of(make(NIGHT.replace('"05:00"', '"07:00"'))).night
    assert night is not None
    assert night.windows[0] == Window(from_s=0, until_s=HOUR)


def test_without_a_section_there_is_no_night(make: Make) -> None:
    assert operation_of(make()).night is None


@pytest.mark.parametrize(
    ("change", "code", "cell"),
    [
        (('"20:00"', '"late"'), "not-windows", "night.from"),
        (("70", "0"), "out-of-range", "night.speed_percent"),
        (("70", "101"), "out-of-range", "night.speed_percent"),
        (("until", "till"), "unknown-key", "night.till"),
        (('until = "05:00"\n', ""), "missing-value", "night.until"),
        (("[night]", "night = 3\n[limits]"), "not-a-list", "night"),
    ],
)
def test_faults_of_a_night_stand_at_their_keys(make: Make, change: tuple[str, str], code: str, cell: str) -> None:
    reading = folder.read(make(NIGHT.replace(*change)))
    assert (code, f"operation.toml > {cell}") in found(reading)
    assert reading.operation is None


def test_a_night_that_no_clock_shows_is_a_fault(make: Make) -> None:
    """The clocks of Beirut go forward at midnight on that day."""
    settings = SETTINGS.replace("Asia/Damascus", "Asia/Beirut").replace("2026-03-01", "2026-03-28")
    path = make(NIGHT.replace("20:00", "00:30"), settings=settings)
    assert found(folder.read(path)) == [("no-such-time", "operation.toml > night.from")]


def test_an_operation_that_extends_another_changes_its_night(make: Make, tmp_path: Path) -> None:
    make(NIGHT)
    variant = tmp_path / "variants" / "bright"
    variant.mkdir(parents=True)
    (variant / "operation.toml").write_text(
        'extends = "../.."\nid = "bright"\n[night]\nspeed_percent = 90\n', encoding="utf-8"
    )
    night = operation_of(variant).night
    assert night is not None
    assert (night.speed_percent, len(night.windows)) == (90, 3)


RING = "POLYGON ((36.7 34.4, 36.9 34.4, 36.9 34.6, 36.7 34.4))"
SPAN = ["2026-03-01 08:00", "2026-03-01 10:00"]


def test_closures_by_shape(make: Make) -> None:
    rows = [
        ["link", "polygon", "line", "from", "until", "reason"],
        ["", RING, "", *SPAN, "flood"],
        ["", "", "LINESTRING (36 34, 37 35)", *SPAN, ""],
        ["R1", "", "", *SPAN, ""],
    ]
    ring, line, named = operation_of(make(closures=rows)).closures
    assert ring.polygon == ((36.7, 34.4), (36.9, 34.4), (36.9, 34.6))
    assert (ring.link, ring.line, ring.reason, ring.from_s) == ("", (), "flood", 2 * HOUR)
    assert line.line == ((36.0, 34.0), (37.0, 35.0))
    assert (named.link, named.polygon) == ("R1", ())


def test_a_closure_of_nothing_is_a_fault(make: Make) -> None:
    rows = [["link", "from", "until"], ["", *SPAN], ["R1", *SPAN]]
    fault = read_only(make(closures=rows))
    assert (fault.code, fault.place.cell, fault.what) == ("missing-value", "A2", "the closure closes nothing")


@pytest.mark.parametrize("ring", ["POLYGON ((1 1, 2 2))", "POLYGON ((1 1, 2 2, 1 1, 2 2))"])
def test_too_few_corners_are_a_fault_and_only_one(make: Make, ring: str) -> None:
    fault = read_only(make(closures=[["polygon", "from", "until"], [ring, *SPAN]]))
    assert (fault.code, fault.severity, fault.place.cell) == ("not-a-shape", "error", "A2")


def test_a_polygon_that_crosses_itself_is_told_of(make: Make) -> None:
    eight = "POLYGON ((1 1, 2 1, 1 2, 2 2))"
    reading = folder.read(make(closures=[["polygon", "from", "until"], [eight, *SPAN]]))
    assert reading.operation is not None
    assert (only(reading).code, only(reading).severity) == ("crossed-polygon", "warning")


def test_a_closure_in_the_past_is_told_of(make: Make) -> None:
    rows = [["polygon", "from", "until"], [RING, "2026-02-27 08:00", "2026-02-28 08:00"]]
    reading = folder.read(make(closures=rows))
    assert reading.operation is not None
    assert (only(reading).code, only(reading).severity) == ("before-start", "warning")


def test_a_consent_by_polygon(make: Make) -> None:
    more = (
        '[[parties]]\nid = "army"\n[[clauses]]\nid = "c"\nkind = "consent"\nparty = "army"\ngranted = true\n'
        "polygon = [[36.0, 34.0], [37.0, 34.0], [37.0, 35.0]]\n"
    )
    clause = operation_of(make(more)).clauses[0]
    assert isinstance(clause, Consent)
    assert clause.polygon == ((36.0, 34.0), (37.0, 34.0), (37.0, 35.0))


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    told = {"from": SPAN[0], "until": SPAN[1], **properties}
    return {"type": "Feature", "properties": told, "geometry": {"type": kind, "coordinates": coordinates}}


TRIANGLE = [[36.7, 34.4, 812.0], [36.9, 34.4], [36.9, 34.6], [36.7, 34.4]]


def shapes(path: Path, *features: Any) -> Path:
    content = {"type": "FeatureCollection", "features": features}
    (path / "closures.geojson").write_text(json.dumps(content), encoding="utf-8")
    return path


def test_closures_of_geojson(make: Make) -> None:
    made = operation_of(
        shapes(
            make(),
            feature("Polygon", [TRIANGLE], reason="flood"),
            feature("MultiLineString", [[[36, 34], [37, 35]], [[1, 2], [3, 4]]], polygon="ignored", source=None),
            feature("MultiPolygon", [[TRIANGLE]]),
        )
    ).closures
    assert [bool(one.polygon) for one in made] == [True, False, False, True]
    assert made[0].polygon == ((36.7, 34.4), (36.9, 34.4), (36.9, 34.6))
    assert (made[0].reason, made[0].from_s, made[0].until_s) == ("flood", 2 * HOUR, 4 * HOUR)
    assert made[2].line == ((1.0, 2.0), (3.0, 4.0))


@pytest.mark.parametrize(
    "wrong",
    [
        feature("Point", [1, 2]),
        feature("Polygon", []),
        feature("Polygon", [[[1]]]),
        feature("LineString", 3),
        {"type": "Feature", "properties": None, "geometry": None},
        "no feature",
    ],
)
def test_a_feature_that_closes_nothing_is_a_fault(make: Make, wrong: Any) -> None:
    fault = read_only(shapes(make(), feature("Polygon", [TRIANGLE], reason=[1]), wrong))
    assert (fault.code, fault.place.cell) == ("not-geojson", "features[1]")


@pytest.mark.parametrize("text", ["{", "[]", '{"features": 3}'])
def test_a_file_that_is_no_geojson_is_a_fault(make: Make, text: str) -> None:
    path = make()
    (path / "closures.geojson").write_text(text, encoding="utf-8")
    assert read_only(path).code == "not-geojson"


def test_shapes_hold_closures_only(make: Make) -> None:
    path = make('[tables]\nroads = "roads.geojson"\n')
    (path / "roads.geojson").write_text("{}", encoding="utf-8")
    assert "unknown-file-type" in {code for code, _ in found(folder.read(path))}
