"""The board of a ledger on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from safepassage.reports.board_brief import BoardBrief, CountRow
from safepassage.reports.words import Language, Phrase, plain, say

MOST_EXCEPTIONS = 40
_FIGURES = frozenset(("here", "possible", "counted", "expected"))


def board_terminal(found: BoardBrief, console: Console, *, language: Language = "en") -> None:
    """Print a board: the answer, what needs a person, who is aboard and at sites, what the parties say.

    Parameters
    ----------
    found
        What `board_brief` made.
    console
        Where to; colour is its choice.
    language
        In which language.

    Raises
    ------
    OSError
        When the console's stream cannot be written.
    """

    def told(phrase: Phrase) -> str:
        return plain(phrase.of(language))

    console.print(Text(told(found.answer), "bold" if found.good else "bold red"))
    for kind, number in found.figures:
        console.print(Text(f"  {told(say('board.figure.' + kind.replace(' ', '-')))}: {number}"))
    for sentence in found.exceptions[:MOST_EXCEPTIONS]:
        console.print(Text(f"! {told(sentence)}", "red"))
    if len(found.exceptions) > MOST_EXCEPTIONS:
        console.print(Text(told(say("board.more", n=len(found.exceptions) - MOST_EXCEPTIONS))))
    for key, rows in (("board.vehicles", found.vehicles), ("board.sites", found.sites)):
        if rows:
            console.print(_table(told(say(key)), rows, language))
    if found.words:
        table = Table(title=told(say("board.words")), title_justify="left")
        for column in ("what", "who", "says", "since"):
            table.add_column(told(say(f"board.column.{column}")))
        for row in found.words:
            table.add_row(*(Text(told(cell)) for cell in row))
        console.print(table)


def _table(title: str, rows: Sequence[CountRow], language: Language) -> Table:
    """Return counts by place; columns that nobody fills are left out."""
    columns = [
        ("place", [row.place.of(language) for row in rows]),
        ("where", [row.where.of(language) for row in rows]),
        ("here", [str(row.sure) for row in rows]),
        ("possible", [str(row.possible) if row.possible else "–" for row in rows]),
        ("counted", [row.counted.of(language) for row in rows]),
        ("expected", [row.expected.of(language) for row in rows]),
        ("missing", [row.missing.of(language) for row in rows]),
        ("extra", [row.extra.of(language) for row in rows]),
    ]
    shown = [(name, cells) for name, cells in columns if any(cell != "–" for cell in cells)]
    table = Table(title=title, title_justify="left")
    for name, _ in shown:
        heading = plain(say(f"board.column.{name}").of(language))
        table.add_column(heading, justify="right" if name in _FIGURES else "left")
    for index, row in enumerate(rows):
        table.add_row(*(Text(plain(cells[index])) for _, cells in shown), style="red" if row.differs else "")
    return table
