"""Consent declarations: a page for each household, told before the signature what is asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safepassage.model.people import Person
from safepassage.reports.papers.blocks import (
    Block,
    Break,
    Column,
    Fields,
    Heading,
    Paper,
    Points,
    Table,
    Text,
    Ticks,
    Told,
    signatures,
)
from safepassage.reports.papers.redaction import shown
from safepassage.reports.papers.source import Source
from safepassage.reports.words import say

KIND: Final = "consent"
MOST_HOUSEHOLDS: Final = 30
"""In one file."""

TOLD: Final = ("free", "destination", "withdraw", "papers", "data")
ANSWERS: Final = ("consents", "declines", "proxy")
BLANK_LINES: Final = 8


def papers(source: Source) -> Iterator[Paper]:
    """Make the declarations of each site where people wait, household by household."""
    waiting: dict[str, dict[str, list[Person]]] = {}
    for person in source.operation.people:
        waiting.setdefault(person.site, {}).setdefault(person.household, []).append(person)
    for site, households in waiting.items():
        found = list(households.values())
        starts = range(0, len(found), MOST_HOUSEHOLDS)
        for number, start in enumerate(starts, start=1):
            yield Paper(
                kind=KIND,
                about=site,
                title=say("paper.title.consent"),
                subtitle=source.site(site),
                part=number if len(starts) > 1 else 0,
                people=frozenset(person.id for one in found[start : start + MOST_HOUSEHOLDS] for person in one),
                blocks=tuple(
                    block
                    for at, one in enumerate(found[start : start + MOST_HOUSEHOLDS])
                    for block in ((Break(),) if at else ()) + _household(source, one, start + at + 1)
                ),
            )


def _household(source: Source, people: list[Person], number: int) -> tuple[Block, ...]:
    rows: list[tuple[Told, ...]] = []
    for at, person in enumerate(people, start=1):
        told = shown(source.stamp, person, number, named=source.named)
        end = source.site(person.destination) if person.destination else ""
        rows.append((str(at), told.code, told.name, told.age, end, "", ""))
    return (
        Heading(text=say("paper.heading.household", n=number)),
        *_declaration(Table(columns=_columns(), rows=tuple(rows))),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column(label=say("paper.column.number")),
        Column(label=say("paper.column.code"), kind="strong"),
        Column(label=say("paper.column.name"), share=2),
        Column(label=say("paper.column.age")),
        Column(label=say("paper.column.destination"), share=1.2),
        Column(label=say("paper.column.yes"), kind="tick"),
        Column(label=say("paper.column.no"), kind="tick"),
    )


def _declaration(table: Table) -> tuple[Block, ...]:
    return (
        table,
        Text(text=say("paper.consent.told"), strong=True),
        Points(items=tuple(say(f"paper.consent.{name}") for name in TOLD)),
        Ticks(items=tuple(say(f"paper.consent.{name}") for name in ANSWERS)),
        Fields(rows=((say("paper.field.language"), ""), (say("paper.field.interpreter"), ""))),
        signatures("declarant", "clerk"),
    )


def blank(_source: Source) -> Paper:
    """Make a declaration to fill in by hand."""
    return Paper(
        kind=KIND,
        about="",
        title=say("paper.title.consent"),
        blank=True,
        blocks=(
            Fields(rows=((say("paper.field.site"), ""), (say("paper.column.household"), ""))),
            *_declaration(Table(columns=_columns(), blank=BLANK_LINES)),
        ),
    )
