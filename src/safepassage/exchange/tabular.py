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
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from safepassage.exchange.dataset import Dataset, written
from safepassage.exchange.plain_text import guarded
from safepassage.exchange.workbook_out import HEADING, TAG, Workbook
from safepassage.model.errors import UsageError

AT_ONCE: Final = 2_000
"""Rows of a piece of CSV."""

LONGEST_CELL: Final = 32_767
MOST_ROWS: Final = 1_048_576 - 8
"""What a sheet of Excel holds (ECMA-376 has no bound; Excel has), less what stands above the rows."""


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


def _checked(dataset: Dataset) -> Iterator[list[Any]]:
    """Yield rows as a sheet holds them; what it cannot hold is refused."""
    for number, row in enumerate(dataset.rows):
        if number >= MOST_ROWS:
            raise UsageError(f"{dataset.name}: more rows than a sheet holds ({MOST_ROWS:,}); take CSV")
        cells = [_cell(value) for value in row]
        if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in cells):
            raise UsageError(f"{dataset.name}: a text longer than a cell holds; take CSV")
        yield cells


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
    with closing(Workbook(target, title)) as book:
        for dataset in datasets:
            top = [[(guarded(above), TAG)]] if above else []
            top.append([(column.name, HEADING) for column in dataset.columns])
            top.append([(tag, TAG) for tag in dataset.tags])
            book.add(dataset.name[:31], top, _checked(dataset))
