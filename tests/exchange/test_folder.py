"""Reading whole folders: what comes out, where values stand, what the hash depends on."""

from __future__ import annotations

import gc
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.small import SETTINGS, TABLES, Make, found, read_only, write_csv
from safepassage.exchange import folder
from safepassage.exchange.template import write_template
from safepassage.model.errors import Place
from safepassage.model.operation import Limits


def test_small_folder_reads(make: Make) -> None:
    reading = folder.read(make())
    operation = reading.operation
    assert reading.faults == ()
    assert operation is not None
    assert [person.id for person in operation.people] == ["P001", "P002"]
    assert operation.people[0].household == "P001"
    assert (operation.links[0].length_m, operation.links[0].travel_s) == (10_000, 900)
    assert operation.start.utcoffset() == timedelta(hours=3)
    assert operation.limits == Limits()
    assert len(operation.sha256) == 64


def test_path_may_be_the_file_itself(make: Make) -> None:
    path = make()
    assert folder.read(path / "operation.toml").operation == folder.read(path).operation


def test_mapping_tells_how_headings_were_read(make: Make) -> None:
    rows = [["Liste", ""], ["Lieu", "Identifiant", "Phone"], ["school", "P001", "1"]]
    mapping = next(one for one in folder.read(make(people=rows)).mappings if one.table == "people")
    assert (mapping.file, mapping.sheet, mapping.header_row) == ("people.csv", "", 2)
    assert mapping.columns == {"Lieu": "site", "Identifiant": "id"}
    assert mapping.ignored == ("Phone",)


def test_faults_of_all_tables_come_together(make: Make) -> None:
    path = make(
        'colour = "red"\n[limits]\nrest_min = -1\n',
        people=[["id", "site", "mobility"], ["P001", "scool", "whelchair"]],
        vehicles=[["id", "kind", "site", "seats"], ["B1", "bus", "school", "many"]],
    )
    reading = folder.read(path)
    assert reading.operation is None
    assert sorted(found(reading)) == [
        ("not-a-number", "vehicles.csv > D2"),
        ("out-of-range", "operation.toml > limits.rest_min"),
        ("unknown-key", "operation.toml > colour"),
        ("unknown-reference", "people.csv > B2"),
        ("unknown-word", "people.csv > C2"),
    ]
    assert "did you mean wheelchair?" in {fault.remedy for fault in reading.faults}
    assert "did you mean school?" in {fault.remedy for fault in reading.faults}


def test_place_finds_cells_keys_and_what_is_nowhere(make: Make) -> None:
    reading = folder.read(make('[limits]\nrest_min = 50\n[[parties]]\nid = "relief"\nname = "R"\n'))
    assert reading.place("people", "P002", "site") == Place(file="people.csv", cell="B3")
    assert reading.place("people", "P002", "mobility") == Place(file="people.csv", cell="A3")
    assert reading.place("people", "P002") == Place(file="people.csv", cell="A3")
    assert reading.place("roads", "R1", "travel_min") == reading.place("roads", "R1", "travel_s")
    assert reading.place("roads", "R1", "travel_s") == Place(file="roads.csv", cell="E2")
    assert reading.place("people", "P999", "site") == Place(file="people.csv")
    assert reading.place("parties", "relief", "name") == Place(file="operation.toml", cell="parties.relief.name")
    assert reading.place("parties", "relief") == Place(file="operation.toml", cell="parties.relief")
    assert reading.place("parties", "other") == Place(file="operation.toml")
    assert reading.place("limits", "", "rest_s") == Place(file="operation.toml", cell="limits.rest_min")
    assert reading.place("limits", "", "setup_s") == Place(file="operation.toml", cell="limits.setup_s")
    assert reading.place("operation", "", "start") == Place(file="operation.toml", cell="start")
    assert reading.place("boats", "", "") == Place(file="operation.toml")


def test_hash_is_of_the_content_and_not_of_the_place(make: Make, tmp_path: Path) -> None:
    path = make()
    first = folder.read(path).operation
    shutil.copytree(path, tmp_path / "copy")
    second = folder.read(tmp_path / "copy").operation
    write_csv(path / "people.csv", [*TABLES["people"], ["P003", "school"]])
    third = folder.read(path).operation
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.sha256 == second.sha256 != third.sha256


def test_hash_does_not_change_when_headings_are_remembered_but_when_their_meaning_does(make: Make) -> None:
    path = make(people=[["Identifiant", "Lieu", "Alias", "Alias2"], ["P001", "school", "a", "b"]])
    first = folder.read(path)
    remembered = path / ".safepassage" / "headings.json"
    assert remembered.exists()
    again = folder.read(path)
    remembered.write_text(remembered.read_text("utf-8").replace('"Lieu"', '"Alias": "name", "Lieu"'), "utf-8")
    edited = folder.read(path)
    assert first.operation is not None
    assert again.operation == first.operation
    assert edited.operation is not None
    assert edited.operation.people[0].name == "a"
    assert edited.operation.sha256 != first.operation.sha256


def test_the_collector_is_left_as_it_was(make: Make) -> None:
    path = make()
    assert gc.isenabled()
    folder.read(path)
    assert gc.isenabled()
    gc.disable()
    try:
        folder.read(path)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_missing_tables_are_named(make: Make) -> None:
    reading = folder.read(make(people=None, roads=None))
    assert found(reading) == [
        ("missing-table", "operation.toml > tables.people"),
        ("missing-table", "operation.toml > tables.roads"),
    ]
    assert reading.operation is None


def test_no_operation_file(tmp_path: Path) -> None:
    assert read_only(tmp_path).code == "no-such-file"


def test_empty_tables(make: Make) -> None:
    reading = folder.read(make(people=[["id", "site"]], vehicles=[], roads=[["", ""], ["", ""]]))
    codes = [code for code, _ in found(reading)]
    assert codes.count("empty-table") == 3


def test_two_files_of_one_table(make: Make) -> None:
    path = make()
    write_csv(path / "People.tsv", TABLES["people"])
    assert read_only(path).code == "two-files"


def test_table_in_another_language_is_found_by_its_name(make: Make) -> None:
    path = make(people=None)
    write_csv(path / "الأشخاص.csv", TABLES["people"])
    reading = folder.read(path)
    assert reading.faults == ()
    assert reading.place("people", "P001") == Place(file="الأشخاص.csv", cell="A2")


def test_named_file_wins_over_found_one(make: Make) -> None:
    path = make('[tables]\npeople = "list.csv"\n')
    write_csv(path / "list.csv", [["id", "site"], ["X1", "school"]])
    operation = folder.read(path).operation
    assert operation is not None
    assert [person.id for person in operation.people] == ["X1"]


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ('"list.docx"', "unknown-file-type", "list.docx"),
        ('"list.csv"', "no-such-file", "list.csv"),
        ('"../list.csv"', "outside-folder", "../list.csv"),
        ('"/etc/list.csv"', "outside-folder", "/etc/list.csv"),
        ('"C:\\\\list.csv"', "outside-folder", "C:\\list.csv"),
        ('"sub\\\\..\\\\..\\\\list.csv"', "outside-folder", "sub\\..\\..\\list.csv"),
        ("3", "not-text", "operation.toml > tables.people"),
    ],
)
def test_bad_table_names(make: Make, value: str, code: str, place: str) -> None:
    fault = read_only(make(f"[tables]\npeople = {value}\n"))
    assert (fault.code, str(fault.place)) == (code, place)


def test_unknown_table(make: Make) -> None:
    fault = read_only(make('[tables]\nbusses = "vehicles.csv"\n'))
    assert fault.code == "unknown-key"


@pytest.fixture
def base(make: Make) -> Path:
    return make(
        """
[limits]
rest_min = 30
[[parties]]
id = "relief"
name = "Relief"
[[parties]]
id = "other"
[[milestones]]
id = "open"
title = "Open"
title_fr = "Ouvert"
duration_min = 10
[[clauses]]
id = "first"
kind = "precedence"
title = "First"
title_fr = "D'abord"
first = "open"
then = "left:school"
gap_min = 5
"""
    )


def variant(base: Path, text: str, name: str = "one") -> Path:
    path = base / "variants" / name
    path.mkdir(parents=True)
    (path / "operation.toml").write_text(text, encoding="utf-8")
    return path


def test_variant_takes_everything_from_its_base(base: Path) -> None:
    reading = folder.read(variant(base, 'extends = "../.."\n'))
    first = folder.read(base).operation
    assert reading.faults == ()
    assert reading.operation is not None
    assert first is not None
    assert reading.operation.sha256 != first.sha256
    assert reading.operation.people == first.people
    assert reading.place("people", "P001") == Place(file="../../people.csv", cell="A2")
    assert reading.place("clauses", "first", "gap_s") == Place(
        file="../../operation.toml", cell="clauses.first.gap_min"
    )


def test_variant_changes_key_by_key_and_removes(base: Path) -> None:
    path = variant(
        base,
        """
extends = "../.."
title = "Other"
[limits]
rest_s = 60
setup_s = 1
[[parties]]
id = "other"
remove = true
[[parties]]
id = "third"
[[clauses]]
id = "first"
gap_s = 1
[[milestones]]
id = "open"
title = "Opened"
""",
    )
    write_csv(path / "vehicles.csv", [*TABLES["vehicles"], ["B2", "bus", "school", "12"]])
    reading = folder.read(path)
    operation = reading.operation
    assert reading.faults == ()
    assert operation is not None
    assert (operation.id, operation.title) == ("small", "Other")
    assert (operation.limits.rest_s, operation.limits.setup_s) == (60, 1)
    assert [party.id for party in operation.parties] == ["relief", "third"]
    assert operation.parties[0].name == "Relief"
    assert operation.clauses[0].gap_s == 1  # type: ignore[union-attr]
    assert (operation.milestones[0].title, operation.milestones[0].duration_s) == ("Opened", 600)
    assert (operation.milestones[0].title_fr, operation.clauses[0].title_fr) == ("", "D'abord")
    assert len(operation.vehicles) == 2


def test_variant_replaces_a_clause_of_another_kind(base: Path) -> None:
    text = 'extends = "../.."\n[[clauses]]\nid = "first"\nkind = "deadline"\nmilestone = "all-arrived"\ndue = "18:00"\n'
    operation = folder.read(variant(base, text)).operation
    assert operation is not None
    assert operation.clauses[0].due_s == 12 * 3600  # type: ignore[union-attr]


def test_variant_cannot_remove_what_is_not_there(base: Path) -> None:
    text = 'extends = "../.."\n[[clauses]]\nid = "second"\nremove = true\n'
    assert read_only(variant(base, text)).code == "nothing-to-remove"


def test_variant_of_a_sibling(base: Path) -> None:
    variant(base, 'extends = "../.."\n')
    assert folder.read(variant(base, 'extends = "../one"\n', "two")).faults == ()


@pytest.mark.parametrize(
    "text", ['"../../.."', '"/"', '"nowhere"', "3", '""', '"a\\u0000b"', '"..\\\\.."', '"."', '"../../../../.."']
)
def test_extends_must_lead_to_an_operation_nearby(base: Path, text: str) -> None:
    fault = read_only(variant(base, f"extends = {text}\n"))
    assert (fault.code, fault.place.cell) == ("bad-extends", "extends")


def test_extends_in_a_circle(base: Path) -> None:
    (base / "operation.toml").write_text(f'extends = "variants/one"\n{SETTINGS}', encoding="utf-8")
    assert read_only(variant(base, 'extends = "../.."\n')).code == "bad-extends"


def test_extends_in_a_long_chain(base: Path) -> None:
    path = base
    for _ in range(9):
        path = path / "v"
        path.mkdir()
        (path / "operation.toml").write_text('extends = ".."\n', encoding="utf-8")
    assert read_only(path).code == "bad-extends"
    assert folder.read(path.parent).faults == ()


def test_fault_in_the_base_names_the_base(base: Path) -> None:
    text = (base / "operation.toml").read_text("utf-8")
    (base / "operation.toml").write_text(text.replace("gap_min = 5", 'gap_min = "x"'), "utf-8")
    fault = read_only(variant(base, 'extends = "../.."\n'))
    assert fault.place == Place(file="../../operation.toml", cell="clauses.first.gap_min")


def test_broken_base_stops(base: Path) -> None:
    (base / "operation.toml").write_text("= 1", "utf-8")
    assert read_only(variant(base, 'extends = "../.."\n')).place.file == "../../operation.toml"


@pytest.mark.parametrize("workbook", [False, True])
def test_template_reads_without_faults(tmp_path: Path, *, workbook: bool) -> None:
    write_template(tmp_path / "new", workbook=workbook)
    reading = folder.read(tmp_path / "new")
    assert reading.faults == ()
    assert reading.operation is not None
    assert len(reading.operation.people) == 30


def test_a_table_with_far_too_many_rows(make: Make) -> None:
    rows = [*TABLES["sites"], *([f"s{number}", "junction", "36", "34"] for number in range(20_000))]
    fault = read_only(make(sites=rows))
    assert (fault.code, str(fault.place)) == ("too-large", "sites.csv > A20002")


def test_a_place_that_is_no_folder(make: Make) -> None:
    assert read_only(make() / "people.csv").code == "no-such-file"


def test_a_link_to_itself(make: Make) -> None:
    path = make(people=None)
    (path / "people.csv").symlink_to("people.csv")
    assert read_only(path).code == "outside-folder"
