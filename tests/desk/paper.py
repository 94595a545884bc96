"""Sheets of paper as tests type them, on the exercise of `desk.field`."""

from __future__ import annotations

from typing import Any

from desk.devices import PATIENCE_S
from desk.field import CHIEF, Field
from safepassage.desk.paper_entry import enter
from safepassage.desk.paper_rows import Cells, Head, Reading, Sheet, read_sheet
from safepassage.desk.people import People
from safepassage.desk.roles import Who

HEAD: dict[str, str] = {"form": "manifest/B1", "site": "camp", "number": "1", "day": "2017-08-28", "wrote": "R. clerk"}
"""A manifest of the bus at the camp; the exercise begins on that day at 12:00 by its clocks."""


def typed(live: Field, *rows: dict[str, str], who: Who = CHIEF, **head: Any) -> Reading:
    """Read a sheet as somebody typed it."""
    cells = [Cells(**row) for row in rows]
    return read_sheet(People(live.running), who, Head(**(HEAD | head)), cells, live.clock.wall_ms())


def read(live: Field, *rows: dict[str, str], **head: Any) -> Sheet:
    """Read a sheet with which nothing is wrong."""
    found = typed(live, *rows, **head)
    assert found.sheet is not None, [one.says.en for one in found.faults]
    return found.sheet


def entered(live: Field, *rows: dict[str, str], who: Who = CHIEF, **head: Any) -> Sheet:
    """Enter a sheet; the server's clock is after all that is on it."""
    sheet = read(live, *rows, who=who, **head)
    enter(live.running, who, sheet).result(PATIENCE_S)
    return sheet
