"""Tables come back from other programs as they were written, and no cell of them is a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from safepassage.exchange import tabular, workbook_out
from safepassage.exchange.dataset import Column, Dataset, written
from safepassage.exchange.plain_text import unguarded
from safepassage.exchange.tabular import csv_pieces, write_xlsx
from safepassage.model.errors import UsageError

INSTANT = datetime(2017, 8, 28, 19, 30, tzinfo=timezone(timedelta(hours=3)))
COLUMNS = (
    Column(name="id"), Column(name="name"), Column(name="treatment_min", kind="integer"), Column(name="other"),
)  # fmt: skip
HOSTILE = (
    "_x0041_",
    "\ufffd",
    "\r\n",
    '<a>&amp;"b"',
    " spaces ",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    " \u202e=1",
    "\ufeff=1",
    "'=1",
    "a;=1",
)


def people(*rows: tuple[Any, ...]) -> Dataset:
    return Dataset(name="people", title="People", columns=COLUMNS, rows=rows, key=("id",))


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def workbook(dataset: Dataset, **said: str) -> bytes:
    stream = io.BytesIO()
    write_xlsx(stream, [dataset], title="T", **said)
    return stream.getvalue()


def test_headings_hashtags_and_values_of_csv() -> None:
    data = b"".join(csv_pieces(people(("P001", 'a,"b"', 20, True), ("P002", None, None, INSTANT))))
    assert data.startswith("\ufeff".encode())
    assert read_csv(data) == [
        ["id", "name", "treatment_min", "other"],
        ["#affected+code", "#affected+name", "#need+treatment+num", ""],
        ["P001", 'a,"b"', "20", "yes"],
        ["P002", "", "", "2017-08-28T19:30:00+03:00"],
    ]
    assert read_csv(b"".join(csv_pieces(people(), tags=False, mark=False))) == [[one.name for one in COLUMNS]]


def test_long_tables_come_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "AT_ONCE", 2)
    pieces = list(csv_pieces(people(*((f"P{n:03d}", "", n, False) for n in range(5)))))
    assert len(pieces) == 3
    assert len(read_csv(b"".join(pieces))) == 7


@pytest.mark.parametrize(
    ("value", "cell"), [(("a", "b"), "a; b"), ((), None), ("", None), (1.5, 1.5), ("\x00", "\ufffd")]
)
def test_values_as_cells_hold_them(value: Any, cell: Any) -> None:
    assert written(value) == cell


def test_two_programs_read_the_workbook_as_it_was_written() -> None:
    data = workbook(people(*((text, text, 7, False) for text in HOSTILE)), above="for: =a recipient")
    sheet = openpyxl.load_workbook(io.BytesIO(data))["people"]
    rows = list(sheet.iter_rows(min_row=4))
    assert sheet["A1"].value == "for: =a recipient"
    assert all(cell.data_type in "sn" for row in sheet.iter_rows() for cell in row)
    assert [row[2].value for row in rows] == [7] * len(HOSTILE)
    again = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("people").to_python()
    assert [unguarded(str(row[1])) for row in again[3:]] == list(HOSTILE)


def test_bytes_are_the_same_from_run_to_run() -> None:
    assert workbook(people(("P001", "x", 1, None))) == workbook(people(("P001", "x", 1, None)))


def as_spreadsheets_split(data: bytes) -> Iterator[str]:
    """Yield the cells that programs make of a file, whatever separator they believe in."""
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter):
            yield from row


def would_run(cell: str) -> bool:
    """Tell whether any program may take a cell for a formula: what begins so once all that hides is gone."""
    bare = cell.lstrip("".join(sign for sign in set(cell) if sign == '"' or unicodedata.category(sign)[0] in "CZ"))
    return unicodedata.normalize("NFKC", bare)[:1] in {"=", "+", "-", "@"}


def test_the_check_itself_sees_formulas() -> None:
    assert would_run("\u202e ＝1")
    assert would_run('"=1')
    assert not would_run("'=1")
    assert list(as_spreadsheets_split(b'a;"b,c"'))[:2] == ['a;"b', 'c"']


NASTY = st.text(alphabet=st.sampled_from([*"=+-@＝＋－＠;'\"|,\t\r\n aا1\u200e\u202e\ufeff"]), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(st.lists(NASTY, min_size=1, max_size=8))
def test_hostile_texts_are_texts_everywhere_and_come_back(texts: list[str]) -> None:
    dataset = people(*((text, text, None, text) for text in texts))
    rows = read_csv(b"".join(csv_pieces(dataset)))[2:]
    assert [[unguarded(row[0]), unguarded(row[3])] for row in rows] == [[text, text] for text in texts]
    assert not any(would_run(cell) for cell in as_spreadsheets_split(b"".join(csv_pieces(dataset))))
    data = workbook(dataset)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["people"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    again = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("people").to_python()
    assert [unguarded(str(row[1])) for row in again[2:]] == texts


def test_long_sheets_come_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_out, "AT_ONCE", 2)
    book = openpyxl.load_workbook(io.BytesIO(workbook(people(*((f"P{n}", "", n, None) for n in range(7))))))
    assert [row[0].value for row in book["people"].iter_rows(min_row=3)] == [f"P{n}" for n in range(7)]


def test_what_a_sheet_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="take CSV"):
        workbook(people(("x" * 40_000, "", 0, "")))
    monkeypatch.setattr(tabular, "MOST_ROWS", 1)
    with pytest.raises(UsageError, match="more rows"):
        workbook(people(("P1", "", 0, ""), ("P2", "", 0, "")))
