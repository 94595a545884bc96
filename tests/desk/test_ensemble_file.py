"""Rows in a file: the same in every form, read back as they were, written in the order of the list."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.desk.ensemble_file import RowFile, name_of, read_rows, written
from safepassage.model.errors import UsageError
from safepassage.rehearsal.row import Row

OWN = Row(
    folder="north", plan="", inputs="ab", operation="0012", runs=3, in_time=2, share=2 / 3, low=0.1, high=1.0,
    due_s=100, planned_s=90, never=0.0, last_05_s=80, last_50_s=90, last_95_s=None,
)  # fmt: skip
NONE = Row(folder="north", plan="", change="bus-9", seed=1, inputs="cd", operation="0012", runs=3, note="infeasible")
OTHER = Row(folder="far", plan="B.json", inputs="ef", operation="far", runs=3)


@pytest.mark.parametrize("form", [".csv", ".json", ".parquet"])
def test_rows_are_read_back_as_they_were_written(tmp_path: Path, form: str) -> None:
    if form == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"rows{form}"
    path.write_bytes(written(form, [OWN, NONE]))
    assert list(read_rows(path).values()) == [OWN, NONE]
    path.write_bytes(written(form, []))
    assert read_rows(path) == {}
    path.write_bytes(b'{"format": "safepassage-plan/1", "rows": []}')
    with pytest.raises(UsageError, match=f'"rows{form}" is there and is no table of an ensemble'):
        read_rows(path)


@pytest.mark.parametrize("content", [b"folder,plan\na,b,c\n", b"\xff\xfe", b"run,in_time\n0,1\n"])
def test_another_table_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no table of an ensemble"):
        read_rows(path)
    assert path.read_bytes() == content


def test_another_ending_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in .csv or .json or .parquet"):
        read_rows(tmp_path / "rows.txt")


def test_the_file_is_in_the_order_of_the_list_and_keeps_what_is_of_others(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(written(".csv", [OTHER]))
    table = RowFile(path, [name_of(OWN), name_of(NONE)])
    assert table.known == {name_of(OTHER): OTHER}
    table.add(NONE)
    table.add(OWN)
    table.write()
    assert list(read_rows(path).values()) == [OWN, NONE, OTHER]


def test_the_file_is_written_now_and_then(tmp_path: Path) -> None:
    path, now_s = tmp_path / "rows.csv", [0.0]
    table = RowFile(path, [name_of(OWN), name_of(NONE)], clock=lambda: now_s[0])
    table.add(OWN)
    assert not path.exists()
    now_s[0] = 2.5
    table.add(NONE)
    assert list(read_rows(path).values()) == [OWN, NONE]


def test_what_is_known_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(written(".csv", [OWN]))
    table = RowFile(path, [name_of(OWN)])
    path.unlink()
    table.add(OWN)
    table.write()
    assert not path.exists()


def test_without_a_file_nothing_is_written(tmp_path: Path) -> None:
    table = RowFile(None, [name_of(OWN)])
    table.add(OWN)
    table.write()
    assert list(tmp_path.iterdir()) == []
