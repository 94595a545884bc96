"""Look through the XML of an ODS file before a reader lays it out: repeated cells and spaces are how it can explode."""

from __future__ import annotations

from typing import IO, Final
from xml.parsers import expat

from msgspec import Struct

from safepassage.exchange.ooxml import Budget, Scan, pieces, refusal
from safepassage.exchange.sheets import too_big

_MOST_SPACES: Final = 1000
"""Spaces in a row that one tag may stand for."""


class _State(Struct):
    file: str
    scans: dict[str, Scan] = {}
    sheet: str = ""
    row: int = 0
    row_repeat: int = 1
    row_filled: bool = False
    column: int = 0
    column_repeat: int = 1
    in_cell: bool = False
    filled: bool = False
    formula: bool = False


def _repeat(state: _State, attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10):
        raise refusal(state.file, state.sheet, "broken-workbook", f"{name} is not a number")
    return max(1, int(text))


def _opened(state: _State, name: str, attributes: dict[str, str]) -> None:
    if name == "table:table":
        state.sheet = attributes.get("table:name", "")
        state.scans[state.sheet] = Scan()
        state.row = 0
    elif name == "table:table-row":
        state.row_repeat = _repeat(state, attributes, "table:number-rows-repeated")
        state.row_filled, state.column = False, 0
    elif name in ("table:table-cell", "table:covered-table-cell"):
        state.column_repeat = _repeat(state, attributes, "table:number-columns-repeated")
        state.in_cell, state.filled = True, "office:value-type" in attributes
        state.formula = "table:formula" in attributes
    elif name == "text:s" and _repeat(state, attributes, "text:c") > _MOST_SPACES:
        raise refusal(state.file, state.sheet, "zip-bomb", "one tag that stands for very many spaces")


def _closed(state: _State, name: str) -> None:
    if name in ("table:table-cell", "table:covered-table-cell"):
        state.in_cell = False
        if state.filled or state.formula:
            _count_cell(state)
        state.column += state.column_repeat
    elif name == "table:table-row":
        state.row += state.row_repeat


def _count_cell(state: _State) -> None:
    """Count a filled cell with its repetitions, in the columns and in the rows."""
    scan = state.scans.setdefault(state.sheet, Scan())
    scan.columns = max(scan.columns, state.column + state.column_repeat)
    scan.rows = max(scan.rows, state.row + state.row_repeat)
    excess = too_big(scan.rows, scan.columns)
    if excess:
        raise refusal(state.file, state.sheet, "too-large", excess)
    if state.formula:
        for column in range(state.column, state.column + state.column_repeat):
            scan.flags[state.row, column] = "formula"


def scan_content(stream: IO[bytes], budget: Budget) -> dict[str, Scan]:
    """Look through content.xml: sheet name -> what it holds.

    Raises
    ------
    InputError
        When it is broken, or must not be laid out.
    """
    state = _State(file=budget.file)
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: _opened(state, name, attributes)
    parser.EndElementHandler = lambda name: _closed(state, name)

    def text(data: str) -> None:
        state.filled = state.filled or (state.in_cell and not data.isspace())

    parser.CharacterDataHandler = text
    try:
        for piece in pieces(stream, budget, ""):
            parser.Parse(piece)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise refusal(budget.file, "", "broken-workbook", f"its XML is broken: {error}") from error
    return state.scans
