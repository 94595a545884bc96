"""Headings: found wherever they are, in three languages, remembered, and wrong ones told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exchange.small import Make, found, only, read_only
from safepassage.exchange import folder
from safepassage.exchange.columns import TABLES
from safepassage.exchange.fields import UNITS
from safepassage.exchange.folding import fold
from safepassage.exchange.headings import INDEX, meaning, near_miss


@pytest.mark.parametrize(
    ("table", "heading", "field", "unit"),
    [
        ("people", "ID", "id", ""), ("people", "Person_ID", "id", ""),
        ("people", "  household   ID ", "household", ""),
        ("people", "Ménage", "household", ""), ("people", "MENAGE", "household", ""),
        ("people", "الأسرة", "household", ""),
        ("people", "أُسْرَة", "household", ""), ("people", "الاسره", "household", ""),
        ("people", "Tranche d’âge", "age_band", ""),
        ("people", "Mobility (of each)", "mobility", ""), ("roads", "Distance (by road) [km]", "length", "km"),
        ("roads", "Distance (by road)", "length", ""), ("people", "treatment_min", "treatment", "min"),
        ("people", "Treatment [h]", "treatment", "h"), ("people", "مدة العلاج (دقيقة)", "treatment", "min"),
        ("roads", "Distance (km)", "length", "km"), ("roads", "Length_m", "length", "m"),
        ("roads", "المسافة كم", "length", "km"),
        ("roads", "Longueur [mètres]", "length", "m"), ("roads", "travel time (hours)", "travel", "h"),
        ("roads", "Speed km/h", "speed", "kmh"), ("roads", "length", "length", ""),
        ("vehicles", "Speed (%)", "speed_percent", ""),
        ("vehicles", "N°", "id", ""), ("sites", "خط الطول", "lon", ""), ("closures", "حتى", "until", ""),
    ],
)  # fmt: skip
def test_headings_in_three_languages(table: str, heading: str, field: str, unit: str) -> None:
    known = meaning(table, heading)
    assert known is not None
    assert (known.field, known.unit) == (field, unit)


@pytest.mark.parametrize("heading", ["colour", "", "x" * 1000, 3.0, None, "id of the bus that"])
def test_what_is_no_heading(heading: Any) -> None:
    assert meaning("people", heading) is None


def test_every_alias_means_its_field() -> None:
    for name, spec in TABLES.items():
        for field in spec.fields:
            for alias in (field.name, field.written, *field.en, *field.fr, *field.ar):
                known = meaning(name, alias)
                assert known is not None
                assert known.field == field.name, f"{name}: {alias!r} means {known.field}, not {field.name}"


def test_units_are_known_for_every_measured_field() -> None:
    for name, spec in TABLES.items():
        for field in spec.fields:
            for unit in UNITS.get(field.kind, {}):
                assert INDEX[name][fold(f"{field.name}_{unit}")].unit == unit


def test_near_misses() -> None:
    assert near_miss("people", "moblity") == "mobility"
    assert near_miss("people", "zzzzzz") == ""


def test_header_row_lower_down_columns_in_any_order(make: Make) -> None:
    rows = [
        ["Registration of the school"],
        [],
        ["", "printed 1 March"],
        ["", "Mobilité", "Lieu", "N°"],
        ["", "fauteuil", "school", "007"],
    ]
    operation = folder.read(make(people=rows)).operation
    assert operation is not None
    assert (operation.people[0].id, operation.people[0].mobility) == ("007", "wheelchair")


def test_second_row_of_headings_and_tags_are_skipped(make: Make) -> None:
    rows = [["id", "site", "group"], ["رقم", "الموقع", "المجموعة"], ["#affected+id", "#loc", ""], ["P1", "school", "a"]]
    operation = folder.read(make(people=rows)).operation
    assert operation is not None
    assert [person.id for person in operation.people] == ["P1"]


def test_header_too_far_down(make: Make) -> None:
    rows = [["x"]] * 30 + [["id", "site"], ["P1", "school"]]
    fault = read_only(make(people=rows))
    assert (fault.code, str(fault.place)) == ("no-headings", "people.csv > A1")


def test_unknown_columns_are_named_with_what_may_be_meant(make: Make) -> None:
    rows = [["id", "site", "moblity", "zodiac"], ["P1", "school", "walking", "fish"]]
    reading = folder.read(make(people=rows))
    assert found(reading) == [("unknown-column", "people.csv > C1"), ("unknown-column", "people.csv > D1")]
    assert reading.faults[0].remedy == "did you mean mobility?"
    assert reading.operation is not None


def test_missing_column_with_a_near_miss(make: Make) -> None:
    reading = folder.read(make(people=[["id", "sit e", "group"], ["P1", "school", "a"]]))
    assert ("missing-column", "people.csv > A1") in found(reading)
    assert "did you mean site?" in [fault.remedy for fault in reading.faults if fault.code == "missing-column"]
    assert reading.operation is None


def test_missing_column_without_one(make: Make) -> None:
    fault = only(folder.read(make(people=[["id", "group"], ["P1", "a"]])))
    assert (fault.code, fault.remedy) == ("missing-column", "add the column")


def test_heading_without_unit_is_a_warning(make: Make) -> None:
    rows = [["id", "start", "end", "length", "travel_min"], ["R1", "school", "hall", "10", "15"]]
    reading = folder.read(make(roads=rows))
    assert found(reading) == [("unit-assumed", "roads.csv > D1")]
    assert reading.operation is not None
    assert reading.operation.links[0].length_m == 10_000


def test_two_headings_of_one_field(make: Make) -> None:
    plain = folder.read(make(people=[["No", "id", "site"], ["1", "P1", "school"]]))
    assert plain.operation is not None
    assert plain.operation.people[0].id == "P1"
    warned = folder.read(make(people=[["id", "No", "site"], ["P1", "1", "school"]]))
    assert found(warned) == [("heading-twice", "people.csv > B1")]
    assert warned.operation is not None
    refused = folder.read(make(people=[["code", "No", "site"], ["P1", "1", "school"]]))
    assert found(refused) == [("heading-twice", "people.csv > B1")]
    assert refused.operation is None


def remembered(path: Path) -> Path:
    return path / ".safepassage" / "headings.json"


def test_plain_headings_need_no_memory(make: Make) -> None:
    path = make()
    assert folder.read(path).faults == ()
    assert not remembered(path).exists()


def test_headings_are_remembered_and_may_be_edited(make: Make) -> None:
    path = make(people=[["Identifiant", "Lieu", "Remarks"], ["P1", "school", "kind"]])
    assert found(folder.read(path)) == [("unknown-column", "people.csv > C1")]
    content = json.loads(remembered(path).read_text("utf-8"))
    assert content["tables"]["people"]["columns"] == {"Identifiant": "id", "Lieu": "site"}
    content["tables"]["people"]["columns"]["Remarks"] = ""
    remembered(path).write_text(json.dumps(content), "utf-8")
    assert folder.read(path).faults == ()
    assert json.loads(remembered(path).read_text("utf-8"))["tables"]["people"]["columns"]["Remarks"] == ""
    content["tables"]["people"]["columns"]["Remarks"] = "group"
    remembered(path).write_text(json.dumps(content), "utf-8")
    operation = folder.read(path).operation
    assert operation is not None
    assert operation.people[0].group == "kind"


def test_edited_heading_wins_over_the_usual_one(make: Make) -> None:
    path = make(people=[["No", "Code", "site"], ["1", "P1", "school"]])
    remembered(path).parent.mkdir()
    memory = {"people": {"file": "people.csv", "columns": {"Code": "id", "No": ""}}}
    remembered(path).write_text(json.dumps({"format": "safepassage-headings/1", "tables": memory}), "utf-8")
    reading = folder.read(path)
    assert reading.faults == ()
    assert reading.operation is not None
    assert reading.operation.people[0].id == "P1"


def test_memory_of_another_file_is_not_used(make: Make) -> None:
    path = make(people=[["Identifiant", "site"], ["P1", "school"]])
    remembered(path).parent.mkdir()
    memory = {"people": {"file": "old.csv", "columns": {"Identifiant": "name"}}}
    remembered(path).write_text(json.dumps({"format": "safepassage-headings/1", "tables": memory}), "utf-8")
    assert folder.read(path).operation is not None


def test_memory_with_an_unknown_field(make: Make) -> None:
    path = make(people=[["Identifiant", "site"], ["P1", "school"]])
    remembered(path).parent.mkdir()
    memory = {"people": {"file": "people.csv", "columns": {"Identifiant": "colour"}}}
    remembered(path).write_text(json.dumps({"format": "safepassage-headings/1", "tables": memory}), "utf-8")
    codes = {code for code, _ in found(folder.read(path))}
    assert "unknown-heading" in codes


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "other"}', "[" * 100_000, "\xff"])
def test_broken_memory_is_a_warning(make: Make, text: str) -> None:
    path = make()
    remembered(path).parent.mkdir()
    remembered(path).write_bytes(text.encode("latin-1"))
    reading = folder.read(path)
    assert only(reading).code == "headings-not-read"
    assert reading.operation is not None


def test_folder_that_cannot_be_written_is_a_warning(make: Make) -> None:
    path = make(people=[["Identifiant", "site"], ["P1", "school"]])
    remembered(path).parent.write_text("in the way", "utf-8")
    reading = folder.read(path)
    assert only(reading).code == "headings-not-written"
    assert reading.operation is not None


def test_memory_is_never_written_through_a_link(make: Make, tmp_path: Path) -> None:
    path = make(people=[["Identifiant", "site"], ["P1", "school"]])
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (path / ".safepassage").symlink_to(outside)
    assert only(folder.read(path)).code == "headings-not-written"
    assert list(outside.iterdir()) == []


def test_memory_that_is_a_link_is_not_read(make: Make, tmp_path: Path) -> None:
    path = make()
    remembered(path).parent.mkdir()
    outside = tmp_path.parent / f"{tmp_path.name}.json"
    outside.write_text('{"format": "safepassage-headings/1"}', "utf-8")
    remembered(path).symlink_to(outside)
    assert only(folder.read(path)).code == "headings-not-read"


def test_memory_is_not_written_again_when_nothing_is_new(make: Make) -> None:
    path = make(people=[["Identifiant", "site"], ["P1", "school"]])
    folder.read(path)
    before = remembered(path).stat().st_mtime_ns
    folder.read(path)
    assert remembered(path).stat().st_mtime_ns == before
    # A file that says the same in another layout is taken as it is.
    remembered(path).write_text(json.dumps(json.loads(remembered(path).read_text("utf-8"))), "utf-8")
    folder.read(path)
    assert "\n" not in remembered(path).read_text("utf-8")
