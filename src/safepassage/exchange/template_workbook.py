"""Write the tables of the template as one workbook with help, drop-downs and headings that stay in sight."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, Final

import xlsxwriter

from safepassage.exchange.columns import TABLES
from safepassage.exchange.fields import Field
from safepassage.exchange.sheets import column_name
from safepassage.exchange.template_rows import Row
from safepassage.exchange.words import CHOICES

_LAST_ROW: Final = 2000
"""Rows with drop-downs; more can be filled in without them."""

_NUMBERS: Final = ("count", "duration", "length", "speed", "lon_lat")
_NOTES: Final = (
    ("How to use this workbook", "Comment utiliser ce classeur", "كيفية استخدام هذا المصنف"),
    (
        "Everything in it is an example: replace it by your own.",
        "Tout ce qu'il contient est un exemple : remplacez-le.",
        "كل ما فيه مثال: استبدله ببياناتك.",
    ),
    (
        "Headings may also be French or Arabic, in any order.",
        "Les titres peuvent être en français ou en arabe.",
        "يمكن أن تكون العناوين بالعربية أو الفرنسية.",
    ),
    (
        "Formulas are not read: paste values.",
        "Les formules ne sont pas lues : collez des valeurs.",
        "لا تُقرأ الصيغ: الصق القيم.",
    ),
    (
        "Who signed, clauses and limits are in operation.toml.",
        "Les clauses et les limites sont dans operation.toml.",
        "البنود والحدود في operation.toml.",
    ),
)


def workbook_bytes(tables: dict[str, list[Row]]) -> bytes:
    """Write the workbook.

    Parameters
    ----------
    tables
        The rows of each table: column -> text.
    """
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    # A fixed date keeps the bytes the same from run to run.
    book.set_properties({"title": "safepassage tables", "created": datetime(2026, 1, 1, tzinfo=UTC)})
    for name, rows in tables.items():
        _write_table(book, name, rows)
    notes = book.add_worksheet("notes")
    notes.set_column(0, 2, 60)
    for number, line in enumerate(_NOTES):
        notes.write_row(number, 0, line)
    book.close()
    return stream.getvalue()


def _write_table(book: Any, name: str, rows: list[Row]) -> None:
    """Write a table: help in row 1, headings in row 2, both frozen."""
    sheet = book.add_worksheet(name)
    text = book.add_format({"num_format": "@"})
    help_format = book.add_format({"italic": True, "text_wrap": True, "valign": "top", "font_color": "#555555"})
    heading = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
    sheet.set_row(0, 60)
    sheet.freeze_panes(2, 1)
    for column, field in enumerate(TABLES[name].fields):
        numeric = field.kind in _NUMBERS
        # Text columns keep the leading zeros of ids.
        sheet.set_column(column, column, 18, None if numeric else text)
        sheet.write_string(0, column, field.help, help_format)
        sheet.write_string(1, column, field.written, heading)
        _validate(sheet, column, field)
        for number, row in enumerate(rows, start=2):
            value = row.get(field.written, "")
            if value and numeric:
                sheet.write_number(number, column, float(value))
            elif value:
                sheet.write_string(number, column, value, text)


def _validate(sheet: Any, column: int, field: Field) -> None:
    rule: dict[str, Any] | None = None
    if field.kind == "choice":
        rule = {"validate": "list", "source": list(CHOICES[field.choices])}
    elif field.kind == "yes_no":
        rule = {"validate": "list", "source": ["yes", "no"]}
    elif field.refers in ("sites", "people", "roads") and field.kind == "id":
        letter = column_name(0)
        rule = {"validate": "list", "source": f"={field.refers}!${letter}$3:${letter}${_LAST_ROW}"}
    elif field.kind == "count":
        rule = {"validate": "integer", "criteria": "between", "minimum": field.low, "maximum": field.most}
    if rule is not None:
        words = {"error_title": field.written, "error_message": field.help[:250] or field.written}
        sheet.data_validation(2, column, _LAST_ROW - 1, column, rule | words)
