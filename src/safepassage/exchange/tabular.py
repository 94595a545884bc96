"""Write tables for spreadsheets: CSV piece by piece, and XLSX row by row, with HXL hashtags under the headings.

A text is a text: no cell is ever a formula, whatever people wrote into it (`plain_text`), and no number or link is made
of it either.

References
----------
RFC 4180, CSV. ECMA-376, Office Open XML.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import xlsxwriter

from safepassage.exchange.dataset import Dataset, written
from safepassage.exchange.plain_text import guarded
from safepassage.model.errors import UsageError

AT_ONCE: Final = 2_000
"""Rows of a piece of CSV."""

LONGEST_CELL: Final = 32_767
MOST_ROWS: Final = 1_048_576 - 8
"""What a sheet of Excel holds (ECMA-376 has no bound; Excel has), less what stands above the rows."""

_OPTIONS: Final = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}  # fmt: skip


def csv_pieces(dataset: Dataset, *, tags: bool = True, mark: bool = True) -> Iterator[bytes]:
    """Yield a table as CSV, in pieces: nothing but one piece is held.

    Parameters
    ----------
    dataset
        The table.
    tags
        With a row of HXL hashtags under the headings.
    mark
        With a byte order mark, by which spreadsheets know UTF-8.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    if mark:
        stream.write("\ufeff")
    writer.writerow([column.name for column in dataset.columns])
    if tags:
        writer.writerow(dataset.tags)
    for number, row in enumerate(dataset.rows, start=1):
        writer.writerow([_cell(value) for value in row])
        if number % AT_ONCE == 0:
            yield _taken(stream)
    yield _taken(stream)


def _cell(value: Any) -> Any:
    found = written(value)
    return guarded(found) if isinstance(found, str) else found


def _taken(stream: io.StringIO) -> bytes:
    found = stream.getvalue().encode()
    stream.seek(0)
    stream.truncate()
    return found


class _Book(AbstractContextManager["_Book"]):
    """A workbook that holds one row at a time."""

    def __init__(self, target: Path | io.BytesIO, title: str) -> None:
        self.book = xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, _OPTIONS)
        # a fixed date keeps the bytes the same from run to run
        self.book.set_properties({"title": title, "created": datetime(2026, 1, 1, tzinfo=UTC)})
        self._heading = self.book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
        self._tag = self.book.add_format({"italic": True, "font_color": "#555555"})
        self._text = self.book.add_format({"num_format": "@"})

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.book.close()

    def add(self, dataset: Dataset, above: str) -> None:
        """Add a sheet: who it is for above, headings, hashtags, rows."""
        sheet = self.book.add_worksheet(dataset.name[:31])
        sheet.set_column(0, len(dataset.columns) - 1, 16)
        first = 0
        if above:
            sheet.write_string(0, 0, guarded(above), self._tag)
            first = 1
        sheet.freeze_panes(first + 2, 1)
        for column, one in enumerate(dataset.columns):
            sheet.write_string(first, column, one.name, self._heading)
        for column, tag in enumerate(dataset.tags):
            sheet.write_string(first + 1, column, tag, self._tag)
        self._rows(sheet, dataset, first + 2)

    def _rows(self, sheet: Any, dataset: Dataset, first: int) -> None:
        text, string, number = self._text, sheet.write_string, sheet.write_number
        for line, row in enumerate(dataset.rows, start=first):
            if line - first >= MOST_ROWS:
                raise UsageError(f"{dataset.name}: more rows than a sheet holds ({MOST_ROWS:,}); take CSV")
            for column, value in enumerate(row):
                found = written(value)
                if isinstance(found, str):
                    cell = guarded(found)
                    if len(cell) > LONGEST_CELL:
                        raise UsageError(f"{dataset.name}: a text longer than a cell holds; take CSV")
                    string(line, column, cell, text)
                elif found is not None:
                    number(line, column, found)


def write_xlsx(target: Path | io.BytesIO, datasets: Iterable[Dataset], *, title: str, above: str = "") -> None:
    """Write tables as the sheets of one workbook.

    Parameters
    ----------
    target
        A file, or memory.
    datasets
        The tables, each a sheet of its name.
    title
        Of the workbook.
    above
        What stands above each table: for whom it was made.

    Raises
    ------
    UsageError
        When a table or a text is larger than a sheet holds.
    OSError
        When the disk refuses.
    """
    with _Book(target, title) as book:
        for dataset in datasets:
            book.add(dataset, above)
