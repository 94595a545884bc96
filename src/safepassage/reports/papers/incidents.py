"""The incident log: what happened, when, and what was done, written down where it happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safepassage.reports.papers.blocks import Column, Fields, Paper, Points, Table
from safepassage.reports.papers.source import Source
from safepassage.reports.words import say

KIND: Final = "incident-log"
LINES: Final = 14
HOW: Final = ("facts", "codes", "report")


def papers(source: Source) -> Iterator[Paper]:
    """Make one log, to be copied as often as needed."""
    yield _log(source, blank=False)


def blank(source: Source) -> Paper:
    """Make a log."""
    return _log(source, blank=True)


def _log(_source: Source, *, blank: bool) -> Paper:
    return Paper(
        kind=KIND,
        about="",
        title=say("paper.title.incident-log"),
        blank=blank,
        blocks=(
            Fields(rows=tuple((say(f"paper.field.{name}"), "") for name in ("keeper", "serves", "date", "page"))),
            Points(items=tuple(say(f"paper.incident.{name}") for name in HOW)),
            Table(
                columns=(
                    Column(label=say("paper.column.time"), share=0.8),
                    Column(label=say("paper.column.place"), share=1.2),
                    Column(label=say("paper.column.happened"), share=3),
                    Column(label=say("paper.column.concerned"), share=1.2),
                    Column(label=say("paper.column.done"), share=2),
                    Column(label=say("paper.column.told"), share=1),
                ),
                blank=LINES,
                tall=True,
            ),
        ),
    )
