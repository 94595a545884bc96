"""A party's statement and the situation as papers: the same words as on their pages, with the checkpoint to keep.

Nothing is decided here of what a reader may see: that was done when the account was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from safepassage.account.evidence import Seal
from safepassage.account.situation import Situation
from safepassage.account.statement import Statement
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.time import instant_at
from safepassage.reports.papers.blocks import (
    SIGNED,
    Block,
    Column,
    Fields,
    Heading,
    Lines,
    Paper,
    Points,
    Sealed,
    Setup,
    Signatures,
    Table,
    Text,
    Ticks,
    Told,
)
from safepassage.reports.papers.many import one
from safepassage.reports.papers.press import drawn
from safepassage.reports.papers.redaction import isolated
from safepassage.reports.situation_brief import SituationBrief, sentences, situation_brief
from safepassage.reports.standing_words import joined_words
from safepassage.reports.statement_brief import StandingRow, StatementBrief, statement_brief
from safepassage.reports.words import Language, Phrase, listed, literal, named, say
from safepassage.reports.words.setting import NOBODY

STATEMENT: Final = "statement"
SITUATION: Final = "situation"
CHECK: Final = "safepassage ledger verify --checkpoint"
MOST_EVENTS: Final = 3
"""Events named beside a clause; all of them are listed further down."""

TO_WRITE: Final = 2


def statement_pdf(
    operation: Operation, plan: Plan | None, found: Statement, languages: tuple[Language, ...] = ("en",)
) -> bytes:
    """Make the paper of a party's statement, to be read, ticked and signed.

    Parameters
    ----------
    operation, plan
        Of which it is.
    found
        The statement.
    languages
        One, or two that stand on one page, the leading one first.

    Returns
    -------
    bytes
        A PDF; the same statement gives the same bytes.

    Raises
    ------
    InternalError
        When it cannot be set.
    """
    brief = statement_brief(operation, plan, found)
    paper = Paper(
        kind=STATEMENT,
        about=found.party,
        title=say("paper.title.statement"),
        subtitle=say("statement.of", party=brief.party, at=brief.as_of),
        blocks=tuple(_statement(brief)),
    )
    mark = say("paper.mark-of", recipient=brief.party, what=say("paper.title.statement"), when=brief.as_of)
    return one(paper, _around(operation, found.at_s, languages, mark))


def situation_pdf(
    operation: Operation,
    plan: Plan | None,
    found: Situation,
    languages: tuple[Language, ...] = ("en",),
    *,
    names: Mapping[str, str] | None = None,
    recipient: str = "",
) -> bytes:
    """Make the paper of the situation as one kind of reader is told it.

    Parameters
    ----------
    operation, plan, languages
        As for `statement_pdf`.
    found
        What the reader is told.
    names
        Of people by code, for a reader who may see them.
    recipient
        Who gets this copy: stands on every page.

    Returns
    -------
    bytes
        A PDF; the same situation gives the same bytes.

    Raises
    ------
    InternalError
        When it cannot be set.
    """
    brief = situation_brief(operation, plan, found, names=names)
    paper = Paper(
        kind=SITUATION,
        about=found.recipient,
        title=say("paper.title.situation"),
        subtitle=say("situation.as-of", at=brief.as_of, recipient=brief.recipient),
        blocks=tuple(_situation(brief)),
    )
    to = literal(recipient) if recipient.strip() else say("paper.nobody-named")
    mark = say("paper.mark-of", recipient=to, what=brief.recipient, when=brief.as_of)
    return one(paper, _around(operation, found.at_s, languages, mark))


def _around(operation: Operation, at_s: int, languages: tuple[Language, ...], mark: Phrase) -> Setup:
    local = instant_at(operation.start, at_s, operation.time_zone)
    return Setup(
        operation=named(operation.title, ar=operation.title_ar),
        languages=languages,
        mark=mark,
        made=(local.year, local.month, local.day, local.hour, local.minute, local.second),
    )


def _statement(brief: StatementBrief) -> Iterator[Block]:
    yield Text(text=brief.answer, strong=True)
    yield Text(text=say("statement.why"))
    if brief.owes:
        yield Heading(text=say("section.statement-owes"))
        yield from _standings(brief.owes, owed_by=False)
    if brief.others:
        yield Heading(text=say("section.statement-others"))
        yield from _standings(brief.others, owed_by=True)
    yield Heading(text=say("section.statement-open"))
    yield Points(items=brief.open) if brief.open else Text(text=say("statement.nothing-open"))
    if brief.answers:
        yield Heading(text=say("statement.answers"))
        yield Fields(
            rows=tuple(
                (say(f"event.{kind}"), listed([literal(name) for name in said])) for kind, said in brief.answers
            ),
            columns=1,
        )
    if brief.custody:
        yield Heading(text=say("section.statement-custody"))
        yield _custody(brief)
    if brief.told:
        yield Heading(text=say("section.statement-events"))
        yield Text(text=say("statement.events-caption"))
        yield _events(brief)
    yield from _sealed(brief.seal)
    yield Heading(text=say("section.statement-signatures"))
    yield Ticks(items=(say("statement.agrees"), say("statement.disputes")))
    yield Lines(n=TO_WRITE)
    yield _signatures(say("paper.signs.of-party", party=brief.party), say("paper.signs.operator"),
                      say("paper.signs.witness"))  # fmt: skip


def _situation(brief: SituationBrief) -> Iterator[Block]:
    yield Text(text=brief.answer, strong=True)
    yield Fields(rows=tuple((say(f"situation.figure.{kind}"), number) for kind, number in brief.figures))
    for key, lines in sentences(brief):
        if lines:
            yield Heading(text=say(key))
            yield Points(items=lines)
    if brief.coming:
        yield Heading(text=say("section.situation-coming"))
        yield _table(
            (("column.milestone", 2), ("column.planned", 1), ("column.came-about", 1.4), ("column.later", 1)),
            tuple((row.title, row.planned, row.actual, row.later) for row in brief.coming),
        )
    if brief.places:
        yield Heading(text=say("section.situation-places"))
        yield _table((("column.site", 1), ("column.people", 1)), brief.places)
    if brief.clauses:
        yield Heading(text=say("section.situation-clauses"))
        yield from _standings(brief.clauses, owed_by=True)
    yield from _sealed(brief.seal)
    yield Heading(text=say("section.statement-signatures"))
    yield _signatures(say("paper.signs.prepared"), say("paper.signs.released"))


def _standings(rows: tuple[StandingRow, ...], *, owed_by: bool) -> Iterator[Block]:
    """Set clauses and milestones: a table; below it, with room for sentences, balances and what parties say."""
    shares = [("column.clause", 2.2), ("column.standing", 1.1), ("column.due", 1), ("column.came-about", 1.2),
              ("column.rests-on", 2.4)]  # fmt: skip
    if owed_by:
        shares.insert(1, ("column.parties", 1.2))
    yield _table(shares, tuple(_standing(row, owed_by=owed_by) for row in rows))
    lines = [(row.title, line) for row in rows for line in (row.balance, *row.words) if line]
    if lines:
        yield Points(items=tuple(joined_words(*line, between_them=" – ") for line in lines))


def _standing(row: StandingRow, *, owed_by: bool) -> tuple[Told, ...]:
    more = len(row.events) - MOST_EVENTS
    codes = [literal(name) for name in row.events[:MOST_EVENTS]]
    ground = joined_words(
        row.ground,
        listed(codes) if codes else None,
        say("account.more-events", n=more) if more > 0 else None,
        between_them=" · ",
    )
    title = joined_words(row.title, row.kind, between_them=" · ")
    who = (row.owed_by,) if owed_by else ()
    return (title, *who, row.state, row.due, row.reached, ground)


def _custody(brief: StatementBrief) -> Table:
    return _table(
        (("column.vehicle", 1), ("column.site", 1.4), ("column.to-party", 1.4), ("column.people", 1),
         ("column.signed-by", 1.4), ("column.event", 1.4)),
        tuple((row.vehicle, row.site, row.to_party, row.people, row.signed_by, isolated(row.event))
              for row in brief.custody),
    )  # fmt: skip


def _events(brief: StatementBrief) -> Table:
    return _table(
        (("column.event", 1.3), ("column.when", 1.2), ("column.says", 2.6), ("column.device", 1.4)),
        tuple((isolated(row.short), row.at, row.says, isolated(row.device)) for row in brief.told),
    )


def _table(
    shares: tuple[tuple[str, float], ...] | list[tuple[str, float]], rows: tuple[tuple[Told, ...], ...]
) -> Table:
    columns = tuple(Column(label=say(key), share=share) for key, share in shares)
    return Table(columns=columns, rows=tuple(tuple(cell or NOBODY for cell in row) for row in rows))


def _sealed(seal: Seal | None) -> Iterator[Block]:
    if seal is None:
        return
    yield Heading(text=say("section.statement-record"))
    yield Sealed(
        qr=drawn(seal.note),
        name=say("section.statement-record"),
        text=say("account.seal-why", command=CHECK),
        rows=(
            (say("account.seal-origin"), isolated(seal.origin)),
            (say("account.seal-size"), isolated(str(seal.size))),
            (say("account.seal-root"), isolated(seal.root)),
            (say("account.seal-key"), isolated(seal.key)),
        ),
    )


def _signatures(*who: Phrase) -> Signatures:
    return Signatures(who=who, asked=tuple(say(f"paper.asked.{what}") for what in SIGNED))
