"""Find the row of headings of a sheet and map its columns to fields."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from safepassage.exchange.bounds import HEADER_ROWS
from safepassage.exchange.columns import TABLES
from safepassage.exchange.faults import Faults, shown
from safepassage.exchange.fields import Field, TableSpec
from safepassage.exchange.folding import fold_once
from safepassage.exchange.headings import Meaning, meaning, near_miss
from safepassage.exchange.hxl import field_of_tag, is_tag_row
from safepassage.exchange.remembered import NAME, Remembered
from safepassage.exchange.sheets import Sheet, cell_name
from safepassage.model.errors import Fault, Place


class Header(Struct, frozen=True, kw_only=True):
    """The row of headings (from 0), the field of each column that is read, and the headings that are not."""

    row: int
    columns: dict[int, Field]
    headings: dict[str, str]
    ignored: tuple[str, ...]
    first_data_row: int


def _known(table: str, heading: Any, remembered: dict[str, str]) -> Meaning | None:
    """Tell what a heading means; what a person wrote into the remembered headings wins."""
    if isinstance(heading, str) and heading.strip() in remembered:
        written = remembered[heading.strip()]
        return meaning(table, written) or Meaning("")
    tagged = field_of_tag(table, heading)
    if tagged is None:
        return meaning(table, heading)
    # a column of an export that no folder has is none of ours
    return Meaning(*tagged) if any(field.name == tagged[0] for field in TABLES[table].fields) else Meaning("")


def _as_told(spec: TableSpec, sheet: Sheet, row: int, words: dict[str, str]) -> list[Any]:
    """Return a row of headings, with the HXL tag below in place of a heading that nobody knows."""
    below = [one for one in sheet.rows[row + 1 : row + 4] if is_tag_row(one)]
    cells = list(sheet.rows[row])
    for column, tag in enumerate(below[0][: len(cells)] if below else []):
        if _known(spec.name, cells[column], words) is None and _known(spec.name, tag, words) is not None:
            cells[column] = tag
    return cells


def _score(spec: TableSpec, row: list[Any], remembered: dict[str, str]) -> tuple[int, int]:
    found = {known.field for cell in row if (known := _known(spec.name, cell, remembered)) and known.field}
    required = sum(field.required and field.name in found for field in spec.fields)
    return required, len(found)


def likeness(table: str, sheet: Sheet) -> tuple[int, int]:
    """Score how much a sheet looks like a table: required and other headings of its best row."""
    spec = TABLES[table]
    return max((_score(spec, row, {}) for row in sheet.rows[:HEADER_ROWS]), default=(0, 0))


def find_header(spec: TableSpec, sheet: Sheet, remembered: Remembered | None, faults: Faults) -> Header | None:
    """Find the headings of a table.

    Parameters
    ----------
    spec
        The table.
    sheet
        Its sheet.
    remembered
        What the folder remembers of its headings.
    faults
        Where faults are kept.

    Returns
    -------
    Header | None
        None after a fault, when no row has headings of this table.
    """
    words = {key.strip(): value for key, value in remembered.columns.items()} if remembered else {}
    _check_words(spec, words, faults)
    told = [_as_told(spec, sheet, row, words) for row in range(len(sheet.rows[:HEADER_ROWS]))]
    scores = [_score(spec, cells, words) for cells in told]
    best = max(scores, default=(0, 0))
    if best[1] < 2:
        _no_header(spec, sheet, faults)
        return None
    row = scores.index(best)
    columns, ignored = _columns(spec, sheet, (row, told[row]), words, faults)
    headings = {str(sheet.rows[row][column]).strip(): field.written for column, field in columns.items()}
    return Header(
        row=row,
        columns=columns,
        headings=headings,
        ignored=ignored,
        first_data_row=_first_data(spec, sheet, row, words),
    )


def _check_words(spec: TableSpec, words: dict[str, str], faults: Faults) -> None:
    for heading, written in words.items():
        if written and meaning(spec.name, written) is None:
            faults.add(
                Fault(
                    code="unknown-heading",
                    severity="error",
                    place=Place(file=NAME, cell=f"tables.{spec.name}.columns.{heading}"),
                    what=f"no field of {spec.name} has this name",
                    expected=", ".join(field.written for field in spec.fields),
                    found=shown(written),
                    remedy='write a field, or "" to leave the column out',
                )
            )


def _no_header(spec: TableSpec, sheet: Sheet, faults: Faults) -> None:
    filled = any(cell not in ("", None) for row in sheet.rows for cell in row)
    required = ", ".join(field.written for field in spec.fields if field.required)
    faults.add(
        Fault(
            code="no-headings" if filled else "empty-table",
            severity="error",
            place=Place(file=sheet.file, sheet=sheet.name, cell="A1"),
            what=f"no row of headings of {spec.name} was found in the first {HEADER_ROWS} rows"
            if filled
            else f"the table of {spec.name} is empty",
            expected=f"headings such as {required}",
            remedy="write the headings in one row, or remove the table",
        )
    )


def _columns(
    spec: TableSpec, sheet: Sheet, at: tuple[int, list[Any]], words: dict[str, str], faults: Faults
) -> tuple[dict[int, Field], tuple[str, ...]]:
    row, told = at
    fields = {field.name: field for field in spec.fields}
    chosen: dict[str, int] = {}
    columns: dict[int, Field] = {}
    ignored: list[str] = []
    for column, (cell, said) in enumerate(zip(sheet.rows[row], told, strict=True)):
        heading = str(cell).strip() if cell is not None else ""
        known = _known(spec.name, said, words)
        if known is not None and known.field:
            column_field = _in_unit(fields[known.field], known, sheet, (row, column), faults)
            other = chosen.get(known.field)
            if other is None or _preferred(column_field, heading, columns[other], str(sheet.rows[row][other]), words):
                if other is not None:
                    ignored.append(str(sheet.rows[row][other]).strip())
                    del columns[other]
                chosen[known.field] = column
                columns[column] = column_field
            else:
                ignored.append(heading)
                _twice(sheet, (row, column), other, column_field, words, faults)
        elif heading and heading not in words:
            ignored.append(heading)
            _unknown(spec, sheet, (row, column), heading, faults)
    _missing(spec, sheet, row, chosen, ignored, faults)
    return dict(sorted(columns.items())), tuple(ignored)


def _preferred(field: Field, heading: str, other: Field, other_heading: str, words: dict[str, str]) -> bool:
    """Tell whether a heading says more plainly which field it is than an earlier one of the same field."""

    def rank(one: Field, text: str) -> int:
        return 2 if text in words else int(fold_once(text) in (fold_once(one.written), fold_once(one.name)))

    return rank(field, heading) > rank(other, other_heading)


def _in_unit(field: Field, known: Meaning, sheet: Sheet, cell: tuple[int, int], faults: Faults) -> Field:
    if not field.unit:
        return field
    if known.unit:
        return msgspec.structs.replace(field, unit=known.unit)
    faults.add(
        Fault(
            code="unit-assumed",
            severity="warning",
            place=Place(file=sheet.file, sheet=sheet.name, cell=cell_name(*cell)),
            what=f"the heading {shown(sheet.rows[cell[0]][cell[1]])} has no unit; it was read as {field.unit}",
            expected=f"a heading such as {field.written}",
            remedy="write the unit in the heading",
        )
    )
    return field


def _twice(
    sheet: Sheet, cell: tuple[int, int], other: int, field: Field, words: dict[str, str], faults: Faults
) -> None:
    first = str(sheet.rows[cell[0]][other])
    plain = first in words or fold_once(first) in (fold_once(field.written), fold_once(field.name))
    faults.add(
        Fault(
            code="heading-twice",
            severity="warning" if plain else "error",
            place=Place(file=sheet.file, sheet=sheet.name, cell=cell_name(*cell)),
            what=f"two headings mean {field.name}; the column of {cell_name(cell[0], other)} is read",
            expected="one column for each field",
            found=shown(sheet.rows[cell[0]][cell[1]]),
            remedy=f'rename one heading, or set it to "" in {NAME}',
        )
    )


def _unknown(spec: TableSpec, sheet: Sheet, cell: tuple[int, int], heading: str, faults: Faults) -> None:
    near = near_miss(spec.name, heading)
    faults.add(
        Fault(
            code="unknown-column",
            severity="warning",
            place=Place(file=sheet.file, sheet=sheet.name, cell=cell_name(*cell)),
            what=f"this column of {spec.name} is not read",
            expected="a known heading",
            found=shown(heading),
            remedy=f"did you mean {near}?" if near else f"rename it, or map it in {NAME}",
        )
    )


def _missing(
    spec: TableSpec, sheet: Sheet, row: int, chosen: dict[str, int], ignored: list[str], faults: Faults
) -> None:
    near = {near_miss(spec.name, heading): heading for heading in ignored}
    for field in spec.fields:
        if field.required and field.name not in chosen:
            like = near.get(field.name)
            faults.add(
                Fault(
                    code="missing-column",
                    severity="error",
                    place=Place(file=sheet.file, sheet=sheet.name, cell=cell_name(row, 0)),
                    what=f"{spec.name} has no column {field.written}",
                    expected=f"a heading such as {', '.join((field.written, *field.fr[:1], *field.ar[:1]))}",
                    found=shown(like) if like else "",
                    remedy=f"did you mean {field.written}?" if like else "add the column",
                )
            )


def _first_data(spec: TableSpec, sheet: Sheet, row: int, words: dict[str, str]) -> int:
    """Skip further rows of headings below: the same in another language, or HXL tags."""
    after = row + 1
    while after < min(len(sheet.rows), row + 4):
        cells = [cell for cell in sheet.rows[after] if cell not in ("", None)]
        known = sum(_known(spec.name, cell, words) is not None for cell in cells)
        if not cells or not (is_tag_row(cells) or (known >= 2 and known * 2 >= len(cells))):
            break
        after += 1
    return after
