"""The answers of a rehearsal on a terminal: figures, a fan in characters, bars, lists."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from safepassage.reports.rehearsal_brief import FanRow, Measure, RehearsalBrief
from safepassage.reports.words import (
    Language,
    Phrase,
    is_leftward,
    plain,
    say,
)
from safepassage.reports.words.rehearsal import number, share

_ROWS = 6
_BAR = 24
_LABEL = 44
_NARROWEST = 10


def rehearsal_terminal(found: RehearsalBrief, console: Console, *, language: Language = "en") -> None:
    """Print the answers: figures, a fan in characters, bars, lists. Colour is the console's choice.

    Parameters
    ----------
    found
        What `rehearsal_brief` made.
    console
        Where to; a narrow one gets no bars, one that knows only ASCII gets plain characters.
    language
        In which language.

    Raises
    ------
    OSError
        When the console's stream cannot be written.
    """
    show = _Printer(console, language)
    show.line(found.title, "bold")
    show.line(found.answer, "bold")
    show.line(found.sure)
    show.line(found.caveat, "yellow")
    show.rows([(say(key), value) for key, value in found.figures])
    show.heading("brief.instants")
    show.rows([(say("fan.level", n=percent), at) for percent, at in found.quantiles])
    show.fan(found.fan)
    show.measures("rehearsal.drives", found.drivers)
    show.list("rehearsal.gates", found.gates)
    show.measures("brief.critical", found.critical)
    show.measures("brief.clause-chances", found.clauses, at_most=len(found.clauses))
    if found.watched:
        show.line(say("clause-chances.more", n=found.watched))
    if found.holding:
        show.line(say("clause-chances.more-holds", n=found.holding))
    show.list("brief.changes", found.changes)
    show.list("brief.assumptions", found.assumptions)


class _Printer:
    """Prints in one language, with characters that the console knows."""

    def __init__(self, console: Console, language: Language) -> None:
        self._console = console
        self._language = language
        self._full, self._half, self._mark = "#-|" if console.options.ascii_only else "█░┃"
        self._bar = min(_BAR, console.width - _LABEL - 14)

    def _text(self, phrase: Phrase, style: str = "") -> Text:
        # Terminals that do not know isolates print boxes; what is written rightward hardly needs them.
        text = phrase.of(self._language)
        return Text(text if is_leftward(self._language) else plain(text), style=style)

    def line(self, phrase: Phrase, style: str = "") -> None:
        self._console.print(self._text(phrase, style))

    def heading(self, key: str) -> None:
        self.line(say(key), "bold")

    def rows(self, rows: Iterable[tuple[Phrase, Phrase]]) -> None:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", overflow="fold")
        table.add_column(overflow="fold")
        for name, value in rows:
            table.add_row(self._text(name), self._text(value))
        self._print(table)

    def list(self, key: str, items: tuple[Phrase, ...]) -> None:
        if not items:
            return
        self.heading(key)
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for item in items[:_ROWS]:
            table.add_row("-", self._text(item))
        if len(items) > _ROWS:
            table.add_row("", self._text(say("brief.more", n=len(items) - _ROWS)))
        self._print(table)

    def measures(self, key: str, items: tuple[Measure, ...], *, at_most: int = _ROWS) -> None:
        if not items:
            return
        self.heading(key)
        table = Table.grid(padding=(0, 2))
        table.add_column(overflow="fold", max_width=_LABEL)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True)
        for item in items[:at_most]:
            table.add_row(self._text(item.name), self._text(share(max(item.value, 0.0))), self._length(item.value))
        if len(items) > at_most:
            table.add_row(self._text(say("brief.more", n=len(items) - at_most)), "", "")
        self._print(table)

    def _length(self, value: float) -> Text:
        return Text(self._full * max(round(min(value, 1.0) * self._bar), 0), style="cyan")

    def fan(self, rows: tuple[FanRow, ...]) -> None:
        width = min(2 * _BAR, self._console.width - 34)
        if not rows or width < _NARROWEST:
            return
        self.heading("brief.fan")
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        for row in rows:
            table.add_row(self._text(row.at), self._fan_bar(row, width), self._text(number(row.people)))
        self._print(table)

    def _fan_bar(self, row: FanRow, width: int) -> Text:
        surely, middle, hardly = (round(value * width) for value in (row.surely, row.middle, row.hardly))
        cells = self._full * surely + self._half * (hardly - surely) + " " * (width - hardly)
        if surely < middle:
            cells = cells[: middle - 1] + self._mark + cells[middle:]
        return Text(cells, style="cyan")

    def _print(self, table: Table) -> None:
        self._console.print(Padding(table, (0, 0, 0, 2)))
