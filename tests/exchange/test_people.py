"""What is said of rows: references, duplicates, look-alikes, people listed twice, rows that contradict themselves."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.small import TABLES, Make, found, only, read_only
from safepassage.exchange import folder

HEAD = ["id", "site", "name", "household", "carer", "apart_from", "hospital", "treatment_min"]


def people(*rows: list[Any]) -> list[list[Any]]:
    return [HEAD, *([*row, *[""] * (len(HEAD) - len(row))] for row in rows)]


@pytest.mark.parametrize(
    ("row", "code", "cell", "remedy"),
    [
        (["P3", "schoool"], "unknown-reference", "B4", "did you mean school?"),
        (["P3", "moon"], "unknown-reference", "B4", "check the spelling, or add it"),
        (["P3", "sсhool"], "unknown-reference", "B4", "it looks like school but has other letters"),
        (["P3", "school", "", "", "P01"], "unknown-reference", "E4", "did you mean P1?"),
        (["P3", "school", "", "", "P3"], "names-itself", "E4", "name another"),
        (["P3", "school", "", "", "", "P1;P09"], "unknown-reference", "F4", "check the spelling"),
        (["P3", "school", "", "", "", "P1;P3"], "names-itself", "F4", "remove the id"),
        (["P3", "school", "", "", "", "", "hall", 5], "not-a-hospital", "G4", "name a hospital"),
        (["P1", "school"], "duplicate-id", "A4", "remove one"),
        ([" P1 ", "school"], "duplicate-id", "A4", "remove one"),
        (["p1", "school"], "look-alike-id", "A4", "type both"),
        (["Р1", "school"], "look-alike-id", "A4", "type both"),
        (["Ｐ1", "school"], "look-alike-id", "A4", "type both"),
        (["Pа7", "school"], "mixed-script", "A4", "type it again"),
        (["P3", "school", "Aнна Q"], "mixed-script", "C4", "type it again"),
    ],
)  # fmt: skip
def test_one_fault_at_its_cell(make: Make, row: list[Any], code: str, cell: str, remedy: str) -> None:
    fault = read_only(make(people=people(["P1", "school"], ["P2", "school"], row)))
    assert (fault.code, fault.place.cell) == (code, cell)
    assert remedy in fault.remedy


def test_duplicates_name_both_cells(make: Make) -> None:
    fault = read_only(make(people=people(["P1", "school"], ["P1", "hall"])))
    assert "people.csv > A2" in fault.what


def test_case_alone_is_a_warning_and_other_letters_an_error(make: Make) -> None:
    assert only(folder.read(make(people=people(["P1", "school"], ["p1", "school"])))).severity == "warning"
    assert only(folder.read(make(people=people(["P1", "school"], ["Р1", "school"])))).severity == "error"


def test_arabic_and_accented_ids_are_no_look_alikes(make: Make) -> None:
    assert folder.read(make(people=people(["شخص١", "school"], ["été", "school"], ["Ж", "school"]))).faults == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["P1", "school", "Alias One Two"], ["P2", "school", "alias  one-two"]),
        (["P1", "school", "Alias One Two"], ["P2", "school", "Two Alias One"]),
        (["P1", "school", "Aliasse Onne Two"], ["P2", "school", "Aliase Onne Two"]),
        (["P1", "school", "مُستعار أول"], ["P2", "school", "مستعار اول"]),
        (["P1", "school", "Zalias One Two", "H1"], ["P2", "hall", "Valias One Two", "H1"]),
    ],
)
def test_people_who_seem_to_be_listed_twice(make: Make, first: list[str], second: list[str]) -> None:
    reading = folder.read(make(people=people(first, ["P9", "school", "Middle Person"], second)))
    fault = only(reading)
    assert (fault.code, fault.severity, fault.place.cell) == ("near-duplicate-person", "warning", "C4")
    assert "people.csv > C2" in fault.what
    assert reading.operation is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["P1", "school", "Person 12"], ["P2", "school", "Person 13"]),
        (["P1", "school", "Alias One"], ["P2", "hall", "Alias One"]),
        (["P1", "school", "Alias One"], ["P2", "school", "Other Two"]),
        (["P1", "school", "..."], ["P2", "school", "..."]),
        (["P1", "school", ""], ["P2", "school", ""]),
    ],
)
def test_people_who_are_two(make: Make, first: list[str], second: list[str]) -> None:
    rows = people(first, second)
    if first[2] == "...":
        # Names without letters say nothing; only whole rows are compared.
        rows[2][3] = "H2"
    assert folder.read(make(people=rows)).faults == ()


def test_equal_rows_under_two_ids(make: Make) -> None:
    rows = [
        ["id", "site", "telephone"],
        ["P1", "school", "961 1 234"],
        ["P2", "school", "961 1 234"],
        ["P3", "school", "1"],
        ["P4", "school", "1"],
    ]
    reading = folder.read(make(people=rows))
    assert found(reading) == [("unknown-column", "people.csv > C1"), ("near-duplicate-person", "people.csv > A3")]


def test_many_unknown_references_among_many_ids(make: Make) -> None:
    rows = [["id", "site", "carer"]]
    rows += [[f"P{n:04d}", "school", ""] for n in range(2500)]
    rows += [[f"Q{n:04d}", "school", f"P9{n:03d}"] for n in range(80)]
    reading = folder.read(make(people=rows))
    assert [fault.code for fault in reading.faults] == ["unknown-reference"] * 80
    assert sum("did you mean" in fault.remedy for fault in reading.faults) == 50


ROADS = ["id", "start", "end", "length_km", "travel_min", "speed_kmh", "controlled_by", "line", "both_ways"]


@pytest.mark.parametrize(
    ("row", "code", "cell"),
    [
        (["R2", "school", "hall", "5", "", ""], "no-travel-time", "E3"),
        (["R2", "school", "hall", "5", "x", ""], "not-a-number", "E3"),
        (["R2", "school", "hall", "5", "", "fast"], "not-a-number", "F3"),
        (["R2", "school", "school", "5", "6", ""], "road-to-itself", "C3"),
        (["R2", "school", "hall", "5", "6", "", "army"], "unknown-reference", "G3"),
        (["R1", "school", "hall", "5", "6"], "duplicate-id", "A3"),
        (["R2", "school", "hall", "", "6"], "missing-value", "D3"),
        (["R2", "school", "hall", "5", "6", "", "", "LINE"], "not-a-shape", "H3"),
        (["R2", "school", "hall", "5", "6", "", "", "", "perhaps"], "unknown-word", "I3"),
    ],
)
def test_faults_of_roads(make: Make, row: list[str], code: str, cell: str) -> None:
    first = ["R1", "school", "hall", "10", "15", "", "", "", ""]
    fault = read_only(make(roads=[ROADS, first, [*row, *[""] * (9 - len(row))]]))
    assert (fault.code, fault.place.cell) == (code, cell)


def test_roads_by_speed_and_without_id(make: Make) -> None:
    rows = [
        ["start", "end", "length_m", "speed_kmh", "line"],
        ["school", "hall", "1000", "7", "LINESTRING (36.7 34.5, 36.8 34.5)"],
    ]
    operation = folder.read(make(roads=rows)).operation
    assert operation is not None
    link = operation.links[0]
    assert (link.id, link.travel_s, link.line) == ("school-hall", 515, ((36.7, 34.5), (36.8, 34.5)))


def test_roads_without_time_or_speed_columns(make: Make) -> None:
    fault = read_only(make(roads=[["id", "start", "end", "length_km"], ["R1", "school", "hall", "10"]]))
    assert (fault.code, fault.place.cell) == ("no-travel-time", "A2")


@pytest.mark.parametrize(
    ("row", "code", "cell", "severity"),
    [
        (["R1", "2026-03-01 10:00", "2026-03-01 09:00"], "window-ends-early", "C2", "error"),
        (["R1", "2026-02-28 10:00", "2026-02-28 11:00"], "before-start", "C2", "warning"),
        (["R7", "2026-03-01 10:00", "2026-03-01 11:00"], "unknown-reference", "A2", "error"),
        (["R1", "", "2026-03-01 11:00"], "missing-value", "B2", "error"),
        (["R1", "2017-03-01 10:00", "2026-03-01 11:00"], "impossible-date", "B2", "error"),
    ],
)
def test_faults_of_closures(make: Make, row: list[str], code: str, cell: str, severity: str) -> None:
    fault = read_only(make(closures=[["link", "from", "until"], row]))
    assert (fault.code, fault.place.cell, fault.severity) == (code, cell, severity)


def test_what_began_before_the_start_counts_from_the_start(make: Make) -> None:
    vehicles = [[*TABLES["vehicles"][0], "available_from"], ["B1", "bus", "school", "40", "2026-02-28 10:00"]]
    reading = folder.read(
        make(closures=[["link", "from", "until"], ["R1", "2026-02-28 10:00", "07:00"]], vehicles=vehicles)
    )
    assert found(reading) == [("before-start", "vehicles.csv > E2")]
    assert reading.operation is not None
    assert reading.operation.vehicles[0].available_from_s == 0
    assert (reading.operation.closures[0].from_s, reading.operation.closures[0].until_s) == (0, 3600)


def test_sources_are_listed_or_assumptions(make: Make) -> None:
    rows = [
        ["id", "site", "source"],
        ["P1", "school", "Assumption: none"],
        ["P2", "school", "report"],
        ["P3", "school", "rumour"],
    ]
    reading = folder.read(make("[[sources]]\nid = 'report'\ntitle = 't'\n", people=rows))
    assert found(reading) == [("unknown-source", "people.csv > C4")]
    assert reading.operation is not None


def test_unreadable_sites_do_not_make_every_person_a_fault(make: Make) -> None:
    assert [code for code, _ in found(folder.read(make(sites=[["x"]])))] == ["no-headings"]
