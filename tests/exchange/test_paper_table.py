"""A sheet of paper in a spreadsheet: cells as they would be typed."""

from __future__ import annotations

import io
from datetime import datetime, time

import xlsxwriter

from safepassage.exchange.paper_table import read_paper


def test_cells_of_a_workbook_are_read_as_they_would_be_typed() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        clock, day = book.add_format({"num_format": "hh:mm"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["Sheet of the bus"])
        sheet.write_row(1, 0, ["من", "ماذا", "الوقت", "", "ملاحظة"])
        sheet.write(2, 0, "P001")
        sheet.write_datetime(2, 2, time(14, 5), clock)
        sheet.write(3, 0, 12.0)
        sheet.write_blank(3, 1, None)
        sheet.write_datetime(3, 2, datetime(2017, 8, 29, 0, 20), day)  # noqa: DTZ001 - as cells hold it
        sheet.write(3, 3, "not read")
        sheet.write(3, 4, "  two   words ")
    first, lines = read_paper("sheet.xlsx", content.getvalue())
    assert first == 3
    assert [(one["who"], one["time"], one["note"]) for one in lines] == [
        ("P001", "14:05", ""), ("12", "2017-08-29 00:20", "two words"),
    ]  # fmt: skip
