"""Write the filled template of a new operation folder, with its tables as CSV files or as one workbook."""

from __future__ import annotations

import csv
import io
from importlib import resources
from pathlib import Path
from typing import Final

from safepassage.exchange.columns import TABLES
from safepassage.exchange.draft import NAME
from safepassage.exchange.template_rows import Row, example_rows
from safepassage.exchange.template_workbook import workbook_bytes
from safepassage.model.errors import UsageError

WORKBOOK: Final = "tables.xlsx"


def write_template(directory: Path, *, workbook: bool) -> list[Path]:
    """Write a small operation that can be read and planned as it is, every value marked as an example.

    Parameters
    ----------
    directory
        Where; it is made when it does not exist.
    workbook
        One workbook with drop-downs instead of a CSV file for each table.

    Returns
    -------
    list[Path]
        The files written.

    Raises
    ------
    UsageError
        When a file of an operation is there already, or the folder cannot be written.
    """
    contents = {NAME: _settings()}
    tables = example_rows()
    if workbook:
        contents[WORKBOOK] = workbook_bytes(tables)
    else:
        contents |= {f"{name}.csv": _csv(name, rows) for name, rows in tables.items()}
    names = {NAME, WORKBOOK, *(f"{name}.csv" for name in TABLES)}
    present = sorted(name for name in names if (directory / name).exists())
    if present:
        raise UsageError(f"{directory} already holds {', '.join(present)}: nothing was written")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            with (directory / name).open("xb") as stream:
                stream.write(data)
    except OSError as error:
        raise UsageError(f"{directory} cannot be written: {error.strerror}") from error
    return [directory / name for name in contents]


def _settings() -> bytes:
    return (resources.files("safepassage.exchange") / "templates" / NAME).read_bytes()


def _csv(name: str, rows: list[Row]) -> bytes:
    """Write a table with all its columns; the byte order mark tells spreadsheets that it is UTF-8."""
    stream = io.StringIO(newline="")
    columns = [field.written for field in TABLES[name].fields]
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8-sig")
