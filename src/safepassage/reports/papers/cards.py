"""Boarding cards: one for each passenger, several on a sheet to cut apart, with a code that phones read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safepassage.model.fleet import Vehicle
from safepassage.reports.manifests import Passenger, PassengerList, sheets
from safepassage.reports.papers.blocks import Card, Cards, Paper
from safepassage.reports.papers.press import drawn
from safepassage.reports.papers.redaction import isolated, shown
from safepassage.reports.papers.source import Source
from safepassage.reports.words import Phrase, say

KIND: Final = "boarding-cards"
MOST_CARDS: Final = 100
"""Cards in one file: ten sheets."""

BLANK_CARDS: Final = 10


def papers(source: Source) -> Iterator[Paper]:
    """Make the cards of every vehicle; rides to a hospital need none: the referral goes along."""
    for sheet in sheets(source.operation, source.plan):
        rides = [(one, passenger) for one in sheet.lists if one.trip.kind != "referral" for passenger in one.passengers]
        starts = range(0, len(rides), MOST_CARDS)
        for number, start in enumerate(starts, start=1):
            yield Paper(
                kind=KIND,
                about=sheet.vehicle.id,
                title=say("paper.title.boarding-cards"),
                subtitle=say("paper.of-vehicle", vehicle=sheet.vehicle.id),
                part=number if len(starts) > 1 else 0,
                people=frozenset(one.person.id for _, one in rides[start : start + MOST_CARDS]),
                blocks=(
                    Cards(
                        cards=tuple(
                            _card(source, sheet.vehicle, one, passenger)
                            for one, passenger in rides[start : start + MOST_CARDS]
                        )
                    ),
                ),
            )


def _card(source: Source, vehicle: Vehicle, one: PassengerList, passenger: Passenger) -> Card:
    told = shown(source.stamp, passenger.person, 0, named=source.named)
    leaves_s = next(stop.depart_s for stop in one.trip.stops if stop.site == passenger.boards)
    return Card(
        code=told.code,
        name=told.name,
        qr=drawn(passenger.person.id),
        rows=(
            (say("paper.field.vehicle"), isolated(vehicle.id)),
            (say("paper.field.from"), source.site(passenger.boards)),
            (say("paper.field.leaves"), source.at(leaves_s)),
            (say("paper.field.to"), source.site(passenger.alights)),
            *(((say("paper.column.needs"), told.needs),) if told.needs else ()),
        ),
    )


def blank(_source: Source) -> Paper:
    """Make a sheet of cards to fill in by hand."""
    return Paper(
        kind=KIND,
        about="",
        title=say("paper.title.boarding-cards"),
        blank=True,
        blocks=(Cards(cards=(Card(rows=tuple((label, "") for label in _labels())),) * BLANK_CARDS),),
    )


def _labels() -> tuple[Phrase, ...]:
    names = ("column.name", "field.vehicle", "field.from", "field.leaves", "field.to")
    return tuple(say(f"paper.{name}") for name in names)
