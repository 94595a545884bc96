"""The problems of a list of people as a table, for whoever made the list."""

from __future__ import annotations

from typing import Final

from safepassage.desk.explain import told
from safepassage.desk.list_comparison import Compared
from safepassage.exchange.dataset import Column, Dataset
from safepassage.exchange.tabular import csv_pieces
from safepassage.model.errors import Fault
from safepassage.reports.words import Language, plain, say

COLUMNS: Final = ("severity", "file", "sheet", "cell", "problem", "meaning", "found", "expected", "to-do")


def problems_table(found: Compared, language: Language) -> bytes:
    """Write the problems of a list as CSV, each with its place and what to do; no cell of it is a formula.

    Parameters
    ----------
    found
        What the list brings.
    language
        Of headings, of what a problem means, and of what to do; what stands at the place is in English.
    """
    rows = [_row(fault, language) for fault in (*found.problems, *found.alike)]
    columns = [plain(say(f"lists.column.{name}").of(language)) for name in COLUMNS]
    table = Dataset(
        name="problems", title="problems", columns=tuple(Column(name=one, kind="string", help=one) for one in columns),
        rows=rows,
    )  # fmt: skip
    return b"".join(csv_pieces(table, tags=False))


def _row(fault: Fault, language: Language) -> tuple[str, ...]:
    words = told(fault.code, language)
    place, severity = fault.place, plain(say(f"lists.severity.{fault.severity}").of(language))
    to_do = fault.remedy if language == "en" and fault.remedy else words.remedy
    return severity, place.file, place.sheet, place.cell, fault.what, words.meaning, fault.found, fault.expected, to_do
