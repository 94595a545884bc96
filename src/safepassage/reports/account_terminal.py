"""Statement, situation and comparison on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from safepassage.account.evidence import Seal
from safepassage.reports.comparison_brief import ComparisonBrief
from safepassage.reports.situation_brief import SituationBrief, sentences
from safepassage.reports.standing_words import joined_words
from safepassage.reports.statement_brief import StandingRow, StatementBrief
from safepassage.reports.words import Language, Phrase, plain, say
from safepassage.reports.words.setting import NOBODY


class Printer:
    """Prints phrases in one language.

    Parameters
    ----------
    console
        Where to; colour is its choice.
    language
        In which language.
    """

    def __init__(self, console: Console, language: Language) -> None:
        self.console, self.language = console, language

    def told(self, phrase: Phrase) -> str:
        """Return the words of a phrase."""
        return plain(phrase.of(self.language))

    def line(self, phrase: Phrase, style: str = "") -> None:
        """Print a line."""
        self.console.print(Text(self.told(phrase), style))

    def table(self, key: str, heads: Sequence[str], rows: Iterable[Sequence[Phrase | str]]) -> None:
        """Print rows under headings, if there are any."""
        found = list(rows)
        if not found:
            return
        table = Table(title=self.told(say(key)), title_justify="left")
        for head in heads:
            table.add_column(self.told(say(head)))
        for row in found:
            table.add_row(*(Text(one if isinstance(one, str) else self.told(one)) for one in row))
        self.console.print(table)

    def standings(self, key: str, rows: Iterable[StandingRow]) -> None:
        """Print clauses with how they stand, what that rests on, and their balances."""
        heads = ("column.clause", "column.standing", "console.due", "column.came-about", "column.rests-on")
        self.table(key, heads, ((row.title, row.state, row.due, row.reached, _rests(row)) for row in rows))

    def seal(self, seal: Seal | None) -> None:
        """Print the checkpoint of the log."""
        if seal is not None:
            self.line(say("account.seal-line", origin=seal.origin, size=seal.size, root=seal.root, digits=seal.key))


def _rests(row: StandingRow) -> Phrase:
    return joined_words(row.ground, row.balance, between_them=" · ")


def statement_terminal(found: StatementBrief, console: Console, *, language: Language = "en") -> None:
    """Print a party's statement.

    Parameters
    ----------
    found
        The statement in words.
    console, language
        As for `Printer`.
    """
    out = Printer(console, language)
    out.line(say("statement.of", party=found.party, at=found.as_of))
    out.line(found.answer, "bold green" if found.good else "bold red")
    out.standings("section.statement-owes", found.owes)
    out.standings("section.statement-others", found.others)
    for one in found.open:
        out.line(one, "yellow")
    heads = ("column.vehicle", "column.site", "column.to-party", "column.people", "column.signed-by")
    rows = ((row.vehicle, row.site, row.to_party, row.people, row.signed_by) for row in found.custody)
    out.table("section.statement-custody", heads, rows)
    out.seal(found.seal)


def situation_terminal(found: SituationBrief, console: Console, *, language: Language = "en") -> None:
    """Print a situation report.

    Parameters
    ----------
    found
        The situation in words.
    console, language
        As for `Printer`.
    """
    out = Printer(console, language)
    out.line(say("situation.as-of", at=found.as_of, recipient=found.recipient))
    out.line(found.answer, "bold green" if found.good else "bold red")
    for kind, number in found.figures:
        console.print(Text(f"  {out.told(say('terminal.figure', what=say(f'situation.figure.{kind}'), n=number))}"))
    for key, lines in sentences(found):
        if lines:
            out.line(say(key), "bold")
            for one in lines:
                console.print(Text(f"- {out.told(one)}"))
    heads = ("column.milestone", "column.planned", "column.came-about", "column.later")
    coming = ((row.title, row.planned, row.actual, row.later) for row in found.coming)
    out.table("section.situation-coming", heads, coming)
    out.table("section.situation-places", ("column.site", "column.people"), found.places)
    out.standings("section.situation-clauses", found.clauses)
    out.seal(found.seal)


def comparison_terminal(found: ComparisonBrief, console: Console, *, language: Language = "en") -> None:
    """Print a comparison of plan, rehearsal and what happened.

    Parameters
    ----------
    found
        The comparison in words.
    console, language
        As for `Printer`.
    """
    out = Printer(console, language)
    out.line(found.answer, "bold")
    if found.warning:
        out.line(found.warning, "yellow")
    heads: tuple[str, ...]
    rows: list[tuple[Phrase, ...]]
    if any(one is not NOBODY for row in found.rows for one in row.rehearsed):
        heads = (
            "column.milestone", "column.planned", "column.rehearsed-5", "column.rehearsed-50", "column.rehearsed-95",
            "column.came-about", "column.later", "column.place",
        )  # fmt: skip
        rows = [(row.title, row.planned, *row.rehearsed, row.actual, row.later, row.place) for row in found.rows]
    else:
        heads = ("column.milestone", "column.planned", "column.came-about", "column.later")
        rows = [(row.title, row.planned, row.actual, row.later) for row in found.rows]
    out.table("section.comparison-instants", heads, rows)
    for one in found.calibration.says if found.calibration else ():
        out.line(one)
