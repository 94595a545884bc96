"""Checking a folder: faults of form and of sense, each at its cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.desk.check import check, readable
from safepassage.exchange.template import write_template
from safepassage.model.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "op", workbook=False)
    return tmp_path / "op"


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_template_has_nothing_wrong(folder: Path) -> None:
    checked = check(folder)
    assert checked.worst == ""
    assert checked.operation is not None
    assert checked.travel is not None
    assert {mapping.table for mapping in checked.mappings} >= {"people", "vehicles", "sites", "roads"}


def test_a_folder_that_cannot_be_read_has_no_operation(folder: Path) -> None:
    edit(folder, "operation.toml", "\ntime_zone =", "\ntime_zoon =")
    checked = check(folder)
    assert checked.operation is None
    assert checked.worst == "error"
    with pytest.raises(InputError) as caught:
        readable(folder)
    assert all(fault.severity == "error" for fault in caught.value.faults)


def test_a_clash_is_put_at_its_cell(folder: Path) -> None:
    people = (folder / "people.csv").read_text(encoding="utf-8-sig").splitlines()
    header = next(line for line in people if line.startswith("id,"))
    columns = header.split(",")
    row = dict.fromkeys(columns, "")
    row |= {"id": "P900", "household": "H900", "age_band": "child", "mobility": "walking", "choice": "consented"}
    row["site"] = next(line for line in people if line.startswith("P")).split(",")[columns.index("site")]
    with (folder / "people.csv").open("a", encoding="utf-8") as file:
        file.write(",".join(row[column] for column in columns) + "\n")
    checked = check(folder)
    assert checked.worst == "clash"
    fault = next(fault for fault in checked.faults if fault.severity == "clash")
    assert fault.code == "child-without-adult"
    assert fault.place.file == "people.csv"
    assert fault.place.cell.endswith(str(len(people) + 1))
    assert readable(folder)[0].id


def test_no_folder_is_an_error_with_its_fault(tmp_path: Path) -> None:
    assert check(tmp_path / "nowhere").worst == "error"
