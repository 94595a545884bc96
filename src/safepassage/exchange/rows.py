"""Read the rows of a sheet, column by column, into the model's values."""

from __future__ import annotations

from typing import Any, Final

from safepassage.exchange.clock import Clock
from safepassage.exchange.faults import Bad, Faults, shown
from safepassage.exchange.fields import Field, TableSpec
from safepassage.exchange.header import Header
from safepassage.exchange.plain_text import unguarded
from safepassage.exchange.sheets import Sheet, cell_name
from safepassage.exchange.tables import Table
from safepassage.exchange.values import read_value
from safepassage.model.errors import Fault, Place

_EMPTY: Final = ("", "-", "–", "—")
_FLAGS: Final = {
    "formula": (
        "a formula is not read: its result may be old",
        "a plain value",
        "copy the column and paste it as values",
    ),
    "error-value": ("the cell shows an error (#N/A, #REF! ...)", "a plain value", "type the value"),
}


def _filled(cell: Any) -> bool:
    """Tell whether a cell says anything: spaces and a lone dash do not."""
    return cell is not None and not (isinstance(cell, str) and cell.strip() in _EMPTY)


def read_rows(spec: TableSpec, sheet: Sheet, header: Header, clock: Clock, faults: Faults) -> Table:
    """Read all rows below the headings.

    Parameters
    ----------
    spec
        The table.
    sheet
        Its sheet.
    header
        Its headings.
    clock
        The operation's start and zone.
    faults
        Where every fault is kept, at its cell.

    Returns
    -------
    Table
        By column; None for what is missing or could not be read.
    """
    table = Table(
        name=spec.name,
        fields=tuple(header.columns.values()),
        file=sheet.file,
        sheet=sheet.name,
        rows=_data_rows(spec, sheet, header, faults),
        cells={field.model: column for column, field in header.columns.items()},
    )
    if not sheet.name:
        _check_width(sheet, header, table.rows, faults)
    for column, field in header.columns.items():
        table.columns[field.model] = _read_column(sheet, table.rows, (column, field), clock, faults)
    return table


def _data_rows(spec: TableSpec, sheet: Sheet, header: Header, faults: Faults) -> list[int]:
    """List the rows that say anything, at most as many as the table may have."""
    numbers = list(header.columns)
    flagged = {row for row, column in sheet.flags if column in header.columns}
    rows = [
        number
        for number in range(header.first_data_row, len(sheet.rows))
        if number in flagged or _any_filled(sheet.rows[number], numbers)
    ]
    if not rows and not spec.later:
        place = Place(file=sheet.file, sheet=sheet.name, cell=cell_name(header.row + 1, 0))
        what = f"the table of {spec.name} has no rows"
        faults.bad(place, what, Bad(code="empty-table", expected="at least one row", remedy="fill it in"), "")
    if len(rows) > spec.most_rows:
        place = Place(file=sheet.file, sheet=sheet.name, cell=cell_name(rows[spec.most_rows], numbers[0]))
        bad = Bad(
            code="too-large", expected=f"at most {spec.most_rows} rows of {spec.name}", remedy="split the operation"
        )
        faults.bad(place, f"the table of {spec.name} has {len(rows)} rows", bad, "")
    return rows[: spec.most_rows]


def _any_filled(row: list[Any], numbers: list[int]) -> bool:
    width = len(row)
    return any(number < width and _filled(row[number]) for number in numbers)


def _check_width(sheet: Sheet, header: Header, rows: list[int], faults: Faults) -> None:
    """Find rows of a CSV file with more cells than headings: a separator inside a text has shifted them."""
    width = len(sheet.rows[header.row])
    for number in rows:
        row = sheet.rows[number]
        if len(row) > width and any(_filled(cell) for cell in row[width:]):
            bad = Bad(
                code="extra-cells",
                expected=f"{width} cells, as in the row of headings",
                remedy="put texts that contain the separator in quotation marks",
            )
            place = Place(file=sheet.file, cell=cell_name(number, width))
            faults.bad(place, f"the row has {len(row)} cells", bad, row[width])


def _read_column(sheet: Sheet, rows: list[int], of: tuple[int, Field], clock: Clock, faults: Faults) -> list[Any]:
    """Read one column: each different value once, then every fault in the order of the rows."""
    column, field = of
    cells = [row[column] if column < len(row := sheet.rows[number]) else None for number in rows]
    # 1, 1.0 and True are one key of a dict and three things in a table.
    keys = cells if set(map(type, cells)) <= {str} else [(cell.__class__, cell) for cell in cells]
    told = {key: _told(cell) for key, cell in dict(zip(keys, cells, strict=True)).items()}
    read = {key: read_value(field, cell, clock) if _filled(cell) else None for key, cell in told.items()}
    values: list[Any] = [read[key] for key in keys]
    flags = {row: flag for (row, number), flag in sheet.flags.items() if number == column}
    if not flags and not any(_at_fault(value, field) for value in read.values()):
        return values
    for index, number in enumerate(rows):
        at = number, column
        if number in flags:
            _flagged(sheet, at, flags[number], told[keys[index]], faults)
            values[index] = None
        elif values[index] is None and field.required:
            _missing(sheet, at, field, faults)
        elif isinstance(value := values[index], Bad):
            place = Place(file=sheet.file, sheet=sheet.name, cell=cell_name(*at))
            faults.bad(place, field.written, value, told[keys[index]])
            values[index] = None
    return values


def _told(cell: Any) -> Any:
    """Return what a cell says; a text that we wrote so that no spreadsheet runs it, as it was."""
    return unguarded(cell) if isinstance(cell, str) else cell


def _at_fault(value: Any, field: Field) -> bool:
    return isinstance(value, Bad) or (value is None and field.required)


def _flagged(sheet: Sheet, cell: tuple[int, int], flag: str, found: Any, faults: Faults) -> None:
    what, expected, remedy = _FLAGS[flag]
    faults.add(
        Fault(
            code=flag,
            severity="error",
            place=Place(file=sheet.file, sheet=sheet.name, cell=cell_name(*cell)),
            what=what,
            expected=expected,
            found=shown(found) if _filled(found) else "",
            remedy=remedy,
        )
    )


def _missing(sheet: Sheet, cell: tuple[int, int], field: Field, faults: Faults) -> None:
    faults.add(
        Fault(
            code="missing-value",
            severity="error",
            place=Place(file=sheet.file, sheet=sheet.name, cell=cell_name(*cell)),
            what=f"{field.written} is empty",
            expected=field.help,
            remedy="fill it in",
        )
    )
