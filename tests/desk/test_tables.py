"""Tables as files: CSV and Parquet hold the same, with their types."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from safepassage.desk import tables
from safepassage.desk.tables import CSV, PARQUET, Column, as_csv, as_parquet, ending, from_parquet
from safepassage.model.errors import UsageError

COLUMNS = (
    Column("run", "whole", np.arange(3)),
    Column("in_time", "flag", np.array([True, False, True])),
    Column("last_s", "whole", np.array([5, 2**62, 7]), np.array([False, True, False])),
    Column("share", "real", [0.1, None, 1.0]),
    Column("whole", "flag", [True, None, False]),
    Column("name", "text", ["a", "b,c", ""]),
)


def test_csv_has_empty_cells_and_flags_as_digits() -> None:
    assert as_csv(COLUMNS).decode().splitlines() == [
        "run,in_time,last_s,share,whole,name",
        "0,1,5,0.1,1,a",
        '1,0,,,,"b,c"',
        "2,1,7,1.0,0,",
    ]


def test_parquet_has_the_same_rows_with_their_types() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    content = as_parquet(COLUMNS)
    table = parquet.read_table(io.BytesIO(content))
    assert [str(field.type) for field in table.schema] == ["int64", "bool", "int64", "double", "bool", "string"]
    assert table.schema.names == [column.name for column in COLUMNS]
    assert from_parquet(content)[1] == {
        "run": 1, "in_time": False, "last_s": None, "share": None, "whole": None, "name": "b,c",
    }  # fmt: skip
    assert [row["last_s"] for row in from_parquet(content)] == [5, None, 7]


def test_the_ending_says_what_is_written() -> None:
    assert ending(Path("a/RUNS.CSV"), CSV, PARQUET) == ".csv"
    with pytest.raises(UsageError, match=r'ends in .csv or .parquet; found "runs.txt"'):
        ending(Path("a/runs.txt"), CSV, PARQUET)


def test_without_pyarrow_it_says_how_to_get_it_before_anything_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(tables, "import_module", missing)
    with pytest.raises(UsageError, match=r"pip install 'safepassage\[parquet\]'"):
        ending(Path("runs.parquet"), CSV, PARQUET)
    assert ending(Path("runs.csv"), CSV, PARQUET) == ".csv"
    with pytest.raises(UsageError, match="pyarrow"):
        as_parquet(COLUMNS)
