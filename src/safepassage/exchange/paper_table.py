"""A sheet of paper that somebody typed into a spreadsheet: a line each, as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from safepassage.exchange.delimited import read_csv
from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.folding import fold_once
from safepassage.exchange.plain_text import unguarded
from safepassage.exchange.sheets import Sheet
from safepassage.exchange.workbook import open_workbook
from safepassage.model.errors import InputError, Place

MOST_BYTES: Final = 4_000_000

COLUMNS: Final = MappingProxyType({
    "who": ("who", "person", "code", "name", "qui", "personne", "nom", "من", "الرمز", "الاسم"),
    "choice": ("choice", "new", "known as", "nouveau", "choix", "جديد", "الاختيار"),
    "act": ("act", "what", "event", "quoi", "acte", "ماذا", "الفعل"),
    "time": ("time", "when", "at", "heure", "quand", "متى", "الوقت", "الساعة"),
    "where": ("where", "place", "site", "où", "lieu", "أين", "المكان"),
    "note": ("note", "reason", "remark", "motif", "remarque", "السبب", "ملاحظة"),
})  # fmt: skip
"""Column -> how it may be headed."""

_HEADED: Final = {fold_once(heading): name for name, headings in COLUMNS.items() for heading in headings}


def read_paper(file: str, data: bytes) -> tuple[int, tuple[dict[str, str], ...]]:
    """Read the lines of a sheet: CSV, or the first sheet of a workbook.

    Parameters
    ----------
    file
        Its name; the ending tells what it is.
    data
        Its bytes.

    Returns
    -------
    tuple
        Which row of the table the first line is (from 1), and the lines; empty ones keep their place.

    Raises
    ------
    InputError
        When it is no table, or has no column of who and none of what.
    """
    faults = Faults()
    sheet = _sheet(file, data, faults)
    found = _lines(sheet, faults) if sheet is not None else (1, ())
    if faults.stop:
        raise InputError(faults.all())
    return found


def _sheet(file: str, data: bytes, faults: Faults) -> Sheet | None:
    if len(data) > MOST_BYTES:
        bad = Bad(code="too-large", expected=f"at most {MOST_BYTES:,} bytes", remedy="a file for each sheet of paper")
        faults.bad(Place(file=file), "the table", bad, "")
        return None
    if Path(file).suffix.lower() in (".xlsx", ".ods", ".xlsm", ".xls", ".xlsb"):
        book = open_workbook(file, data)
        return book.sheet(book.names[0])
    return read_csv(file, data, faults)


def _lines(sheet: Sheet, faults: Faults) -> tuple[int, tuple[dict[str, str], ...]]:
    head = next((at for at, row in enumerate(sheet.rows[:20]) if len(_mapped(row)) > 1), None)
    if head is None:
        bad = Bad(code="no-headings", expected="headings such as who, act, time, where, note",
                  remedy="write the headings in one row")  # fmt: skip
        faults.bad(Place(file=sheet.file, sheet=sheet.name, cell="A1"), "there are no headings", bad, "")
        return 1, ()
    columns = _mapped(sheet.rows[head])
    lines = tuple(
        {name: _text(row[at]) for name, at in columns.items() if at < len(row)} for row in sheet.rows[head + 1 :]
    )
    return head + 2, lines


def _mapped(row: Sequence[Any]) -> dict[str, int]:
    """Return which column is where."""
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        name = _HEADED.get(fold_once(cell)) if isinstance(cell, str) and len(cell) < 80 else None
        if name is not None:
            found.setdefault(name, at)
    return found


def _text(cell: Any) -> str:
    """Write a cell as it would be typed."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unguarded(" ".join(str(cell).split()))
