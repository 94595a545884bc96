"""What a look at the roads answers, on a terminal: the answer, legs, directions, weak stretches, sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from safepassage.reports.roads_brief import RoadsBrief, WayText
from safepassage.reports.words import (
    Language,
    Phrase,
    is_leftward,
    plain,
    same,
    say,
)

MOST_LEGS = 40
_LINKS = 2


def roads_terminal(found: RoadsBrief, legs: int, console: Console, *, language: Language = "en") -> None:
    """Print the answers. Colour is the console's choice.

    Parameters
    ----------
    found
        What `roads_brief` made, with at most MOST_LEGS legs.
    legs
        How many legs there are in all.
    console
        Where to.
    language
        In which language.

    Raises
    ------
    OSError
        When the console's stream cannot be written.
    """
    show = _Printer(console, language)
    show.line(found.title, "bold")
    show.line(found.answer, "bold" if found.good else "bold red")
    if found.trips:
        show.line(found.trips, "bold red")
    show.table(None, ((say(key), value) for key, value in found.figures))
    show.section("roads.closures-caption", ["closed-what", "when", "hits"], found.closures)
    show.section("roads.broken-caption", ["trip", "vehicle", "what-rule"], found.broken)
    for way in found.ways:
        _way(show, way)
    if not found.ways:
        _legs(show, found, legs)
    show.section("roads.joints-caption", ["site", "distance", "road", "to-look-at"], found.joints)


def _legs(show: _Printer, found: RoadsBrief, legs: int) -> None:
    closed = bool(found.closures)
    columns = ["from", "to", *(["who"] if found.by_many else []), "travel", "length"]
    columns += ["while-closed", "more"] if closed else ["open"]
    rows = []
    told = [leg for leg in found.legs[:MOST_LEGS] if leg.changed or not closed]
    for leg in told:
        cells = [leg.start, leg.end, *([leg.who] if found.by_many else []), leg.time, leg.length]
        rows.append([*cells, *([leg.closed, leg.more] if closed else [leg.open])])
    show.section("roads.legs-caption-closed" if closed else "roads.legs-caption", columns, rows)
    if closed and len(told) < len(found.legs):
        show.line(say("roads.others-same", n=legs - len(rows)))
    elif legs > len(rows):
        show.line(say("roads.more-legs", n=legs - len(rows)))


def _way(show: _Printer, way: WayText) -> None:
    show.line(way.title, "bold")
    rows = [
        [row.at, row.what, row.length, row.time, row.note, _joined(row.links)] for row in way.stages
    ]  # fmt: skip
    show.table(["along", "stage", "length", "travel", "passed-open", "link"], rows)
    if not way.stages:
        return
    if way.weak:
        weak = [
            [_text(str(row.number)), row.road, row.at, row.length, row.costs, row.choice] for row in way.weak
        ]  # fmt: skip
        show.section("roads.weak-caption", ["number", "road", "along", "length", "costs", "choice"], weak)
        for row in way.weak:
            show.line(say("roads.close-with", n=row.number, what=_text(row.what)))
    else:
        show.line(say("roads.weak-none"))
    show.line(way.locked)


def _text(text: str) -> Phrase:
    return same(text)


def _joined(links: Sequence[str]) -> Phrase:
    more = f" +{len(links) - _LINKS}" if len(links) > _LINKS else ""
    return _text(", ".join(links[:_LINKS]) + more)


class _Printer:
    """Prints in one language."""

    def __init__(self, console: Console, language: Language) -> None:
        self._console = console
        self._language = language

    def _text(self, phrase: Phrase, style: str = "") -> Text:
        # Terminals that do not know isolates print boxes; what is written rightward hardly needs them.
        text = phrase.of(self._language)
        return Text(text if is_leftward(self._language) else plain(text), style=style)

    def line(self, phrase: Phrase, style: str = "") -> None:
        self._console.print(self._text(phrase, style))

    def section(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Phrase]]) -> None:
        """Print a table under its heading; nothing where there are no rows."""
        found = list(rows)
        if found:
            self.line(say(title), "bold")
            self.table(columns, found)

    def table(self, columns: Sequence[str] | None, rows: Iterable[Sequence[Phrase]]) -> None:
        table = Table.grid(padding=(0, 2))
        found = list(rows)
        width = len(columns) if columns else len(found[0]) if found else 0
        for at in range(width):
            table.add_column(overflow="fold", style="dim" if at == 0 and columns is None else "")
        if columns and found:
            table.add_row(*(self._text(say(f"column.{name}"), "dim") for name in columns))
        for row in found:
            table.add_row(*(self._text(cell) for cell in row))
        self._console.print(Padding(table, (0, 0, 0, 2)))
