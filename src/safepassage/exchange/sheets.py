"""A sheet as read: rows of plain values, with the cells that cannot be trusted."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from safepassage.exchange.bounds import MAX_CELLS, MAX_COLUMNS, MAX_ROWS

Flag = Literal["formula", "error-value"]


class Sheet(Struct, frozen=True, kw_only=True):
    """One sheet or CSV file: `rows[r][c]` is the cell of row r + 1 and column c + 1; `flags` mark what not to trust."""

    file: str
    name: str
    rows: list[list[Any]]
    flags: dict[tuple[int, int], Flag] = {}


def cell_name(row: int, column: int) -> str:
    """Name a cell as a spreadsheet does: (16, 4) is E17."""
    return f"{column_name(column)}{row + 1}"


def column_name(column: int) -> str:
    """Name a column as a spreadsheet does: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Give the number of a column, from 0, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def too_big(rows: int, columns: int) -> str:
    """Say what is too much about a sheet of this size, or nothing."""
    if rows > MAX_ROWS:
        return f"at most {MAX_ROWS} rows; it reaches to row {rows}"
    if columns > MAX_COLUMNS:
        return f"at most {MAX_COLUMNS} columns; it reaches to column {column_name(columns - 1)}"
    if rows * columns > MAX_CELLS:
        return f"at most {MAX_CELLS} cells; it spans {rows} rows and {columns} columns"
    return ""
