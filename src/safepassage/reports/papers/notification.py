"""Notification forms: what a party is told of the movement, and what it answers. To be told is not to consent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safepassage.model.places import FINAL_KINDS
from safepassage.reports.movement import Movement, movements
from safepassage.reports.papers.blocks import (
    Block,
    Column,
    Fields,
    Heading,
    Lines,
    Paper,
    Table,
    Text,
    Ticks,
    signatures,
)
from safepassage.reports.papers.source import Source
from safepassage.reports.words import Phrase, called, counted, full_instant, say

KIND: Final = "notification"
ANSWERS: Final = ("acknowledged", "consents", "objected")
BLANK_LINES: Final = 10


def papers(source: Source) -> Iterator[Paper]:
    """Make the form of every party."""
    moving = movements(source.operation, source.plan)
    for party in source.operation.parties:
        yield Paper(
            kind=KIND,
            about=party.id,
            title=say("paper.title.notification"),
            subtitle=say("paper.to-party", party=called(source.setting, party.id, "party")),
            blocks=(
                Fields(rows=_movement(source)),
                *(block for one in moving for block in _convoy(source, one)),
                *_answer(),
            ),
        )


def _movement(source: Source) -> tuple[tuple[Phrase, Phrase], ...]:
    operation, plan = source.operation, source.plan
    vehicles = {trip.vehicle for trip in plan.trips}
    people = {ride.person for manifest in plan.manifests for ride in manifest.rides}
    ends = {site.id for site in operation.sites if site.kind in FINAL_KINDS}
    starts = [trip.stops[0].depart_s for trip in plan.trips if trip.stops]
    arrivals = [stop.arrive_s for trip in plan.trips for stop in trip.stops if stop.site in ends]
    return (
        (say("paper.field.people"), counted("person", len(people))),
        (say("paper.field.vehicles"), counted("vehicle", len(vehicles))),
        (say("paper.field.first"), full_instant(source.setting, min(starts, default=0))),
        (say("paper.field.last"), full_instant(source.setting, max(arrivals, default=0))),
    )


def _convoy(source: Source, movement: Movement) -> Iterator[Block]:
    convoy = called(source.setting, movement.order.convoy, "convoy")
    yield Heading(text=say("paper.heading.convoy", convoy=convoy,
                           vehicles=counted("vehicle", len(movement.order.order))))  # fmt: skip
    yield Table(
        columns=_columns(),
        rows=tuple((source.site(one.site), source.at(one.head_s), source.at(one.tail_s)) for one in movement.points),
    )


def _columns() -> tuple[Column, ...]:
    names = ("point", "head", "tail")
    return tuple(Column(label=say(f"paper.column.{name}"), share=3 if name == "point" else 1) for name in names)


def _answer() -> tuple[Block, ...]:
    return (
        Text(text=say("paper.notification.asked")),
        Heading(text=say("paper.heading.answer")),
        Ticks(items=tuple(say(f"paper.notification.{name}") for name in ANSWERS)),
        Text(text=say("paper.notification.conditions")),
        Lines(n=3),
        Text(text=say("paper.notification.not-consent"), strong=True),
        signatures("notifying", "notified"),
    )


def blank(_source: Source) -> Paper:
    """Make a form to fill in by hand."""
    names = ("party", "date", "people", "vehicles", "first", "last")
    return Paper(
        kind=KIND,
        about="",
        title=say("paper.title.notification"),
        blank=True,
        blocks=(
            Fields(rows=tuple((say(f"paper.field.{name}"), "") for name in names)),
            Table(columns=_columns(), blank=BLANK_LINES),
            *_answer(),
        ),
    )
