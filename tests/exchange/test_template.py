"""The template: reads back both ways, shows every field, offers drop-downs, overwrites nothing."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from safepassage.exchange import folder
from safepassage.exchange.columns import TABLES
from safepassage.exchange.entries import LIMITS, LISTS, OPERATION, ROAD_MAP
from safepassage.exchange.sheets import column_name
from safepassage.exchange.template import write_template
from safepassage.exchange.template_rows import example_rows
from safepassage.model.errors import UsageError
from safepassage.model.operation import is_assumption


@pytest.mark.parametrize("workbook", [False, True])
def test_both_ways_are_one_operation(tmp_path: Path, *, workbook: bool) -> None:
    paths = write_template(tmp_path / "a" / "b", workbook=workbook)
    assert all(path.is_file() for path in paths)
    reading = folder.read(tmp_path / "a" / "b")
    assert reading.faults == ()
    operation = reading.operation
    assert operation is not None
    assert {one.kind for one in operation.vehicles} == {"bus", "ambulance"}
    assert len(operation.sites) == 5
    assert {one.mobility for one in operation.people} == {"walking", "wheelchair", "stretcher"}
    assert len({one.household for one in operation.people}) == 11
    assert {clause.__struct_config__.tag for clause in operation.clauses} == {
        "precedence",
        "deadline",
        "consent",
        "exclusion",
    }
    everything: tuple[Any, ...] = (
        *operation.people,
        *operation.vehicles,
        *operation.sites,
        *operation.links,
        *operation.closures,
    )
    assert all(is_assumption(one.source) for one in everything)
    other = tmp_path / "other"
    write_template(other, workbook=not workbook)
    twin = folder.read(other).operation
    assert twin is not None
    assert (twin.people, twin.vehicles, twin.sites, twin.links) == (
        operation.people, operation.vehicles, operation.sites, operation.links,
    )  # fmt: skip


def test_equal_bytes_from_run_to_run(tmp_path: Path) -> None:
    first = write_template(tmp_path / "one", workbook=True)
    second = write_template(tmp_path / "two", workbook=True)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_every_key_is_shown_with_a_comment(tmp_path: Path) -> None:
    text = write_template(tmp_path, workbook=False)[0].read_text("utf-8")
    for field in (*OPERATION, *LIMITS, *ROAD_MAP):
        assert any(sign in text for sign in (f"\n{field.name}", f"# {field.name} =", f"# {field.written} =")), (
            field.name
        )
    for name in LISTS:
        assert f"[[{name}]]" in text
    plain = text[: text.index("[[figures]]")]
    for line in plain.splitlines():
        if " = " in line and not line.startswith(("#", "alight_")):
            assert " # " in line, line


def test_csv_has_every_column(tmp_path: Path) -> None:
    write_template(tmp_path, workbook=False)
    for name in example_rows():
        spec = TABLES[name]
        with (tmp_path / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            assert next(csv.reader(stream)) == [field.written for field in spec.fields]


def test_workbook_has_help_frozen_headings_and_drop_downs(tmp_path: Path) -> None:
    write_template(tmp_path, workbook=True)
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    assert book.sheetnames == [*example_rows(), "notes"]
    assert TABLES.keys() - example_rows().keys() == {"corrections"}, "of a road map, which the template has none of"
    for name in example_rows():
        spec, sheet = TABLES[name], book[name]
        assert [cell.value for cell in sheet[2]] == [field.written for field in spec.fields]
        assert all(cell.value for cell in sheet[1])
        assert sheet.freeze_panes == "B3"
        rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
        for column, field in enumerate(spec.fields):
            at = f"{column_name(column)}3"
            if field.kind in ("choice", "yes_no"):
                assert rules[at].type == "list"
                assert "walking" in rules[at].formula1 or field.name != "mobility"
            elif field.refers == "sites":
                assert rules[at].formula1.startswith("sites!$A$3:")


def test_leading_zeros_typed_into_the_workbook_survive(tmp_path: Path) -> None:
    write_template(tmp_path, workbook=True)
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    assert book["people"]["A3"].number_format == "@"


@pytest.mark.parametrize("workbook", [False, True])
@pytest.mark.parametrize("name", ["operation.toml", "people.csv", "tables.xlsx"])
def test_nothing_is_overwritten(tmp_path: Path, name: str, *, workbook: bool) -> None:
    (tmp_path / name).write_text("mine", "utf-8")
    with pytest.raises(UsageError, match=name):
        write_template(tmp_path, workbook=workbook)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text("utf-8") == "mine"


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        write_template(tmp_path / "file" / os.curdir / "new", workbook=False)
