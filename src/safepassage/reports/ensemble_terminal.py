"""The rows of an ensemble on a terminal: the operation most at risk first, and what helps it most."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from safepassage.rehearsal.row import Row
from safepassage.reports.words import (
    Language,
    Phrase,
    is_leftward,
    plain,
    same,
    say,
)
from safepassage.reports.words.measures import duration
from safepassage.reports.words.phrases import listed, literal
from safepassage.reports.words.rehearsal import points, share

SHOWN = 60
"""Rows on a terminal; a file has all of them."""


def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Put the operation that is least likely out in time first; below it its changes, those that gain most first."""
    rows = tuple(rows)
    own = {(row.folder, row.plan, row.seed): row.share for row in rows if not row.change}

    def place(row: Row) -> tuple[float, str, str, int, bool, float]:
        chance = own.get((row.folder, row.plan, row.seed))
        gain = -2.0 if row.gain is None else row.gain
        return 2.0 if chance is None else chance, row.folder, row.plan, row.seed, row.change != "", -gain

    return tuple(sorted(rows, key=place))


def ensemble_terminal(rows: Iterable[Row], console: Console, *, language: Language = "en") -> None:
    """Print the rows, the ones that matter most first.

    Parameters
    ----------
    rows
        Of an ensemble, in any order.
    console
        Where to.
    language
        In which language.

    Raises
    ------
    OSError
        When the console's stream cannot be written.
    """
    ordered = in_order(rows)
    seeds = len({row.seed for row in ordered}) > 1

    def text(phrase: Phrase) -> Text:
        told = phrase.of(language)
        return Text(told if is_leftward(language) else plain(told))

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    heads = ["operation", "change", *(["seed"] if seeds else []), "chance", "gain", "last", "earlier"]
    for head in heads:
        table.add_column(text(say(f"ensemble.{head}")), overflow="fold")
    for row in ordered[:SHOWN]:
        cells = _cells(row)
        if seeds:
            cells.insert(2, literal(str(row.seed)))
        table.add_row(*map(text, cells), style=None if row.change else "bold")
    console.print(table)
    if len(ordered) > SHOWN:
        console.print(text(say("brief.more", n=len(ordered) - SHOWN)))
    console.print(text(say("ensemble.caveat")), style="yellow")


def _cells(row: Row) -> list[Phrase]:
    named = literal(row.folder if row.plan == "" else f"{row.folder} {row.plan}")
    change = literal(row.change) if row.change else say("ensemble.as-it-is")
    if row.share is None or row.low is None or row.high is None:
        return [named, change, say("ensemble.no-plan"), same(""), same(""), same("")]
    chance = say("ensemble.between", value=share(row.share), low=share(row.low), high=share(row.high))
    return [named, change, chance, _gain(row), _last(row), _earlier(row)]


def _gain(row: Row) -> Phrase:
    if row.gain is None or row.gain_low is None or row.gain_high is None:
        return same("")
    return say("ensemble.between", value=points(row.gain), low=points(row.gain_low), high=points(row.gain_high))


def _last(row: Row) -> Phrase:
    found = [say("ensemble.never") if at_s is None else duration(at_s) for at_s in (row.last_50_s, row.last_95_s)]
    return listed(found)


def _earlier(row: Row) -> Phrase:
    if row.earlier_s is None or row.earlier_low_s is None or row.earlier_high_s is None:
        return same("")
    value, low, high = (duration(round(one)) for one in (row.earlier_s, row.earlier_low_s, row.earlier_high_s))
    return say("ensemble.between", value=value, low=low, high=high)
