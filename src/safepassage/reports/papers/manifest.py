"""Passenger manifests: who boards a vehicle on which trip, called by household, with boxes to tick."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safepassage.model.fleet import Vehicle
from safepassage.model.plan import Load
from safepassage.reports.manifests import Passenger, PassengerList, sheets
from safepassage.reports.papers.blocks import Block, Column, Fields, Heading, Paper, Table, Text, Told, signatures
from safepassage.reports.papers.redaction import isolated, shown, shows_trip
from safepassage.reports.papers.source import Source
from safepassage.reports.words import Phrase, counted, listed, say

KIND: Final = "manifest"
MOST_LINES: Final = 240
"""Passengers in one file: a train's list comes in parts, each made in a moment."""

BLANK_LINES: Final = 22


def papers(source: Source) -> Iterator[Paper]:
    """Make a manifest for every vehicle that carries somebody."""
    for sheet in sheets(source.operation, source.plan):
        parts = list(_parts(sheet.lists))
        for number, part in enumerate(parts, start=1):
            yield Paper(
                kind=KIND,
                about=sheet.vehicle.id,
                title=say("paper.title.manifest"),
                subtitle=say("paper.of-vehicle", vehicle=sheet.vehicle.id),
                part=number if len(parts) > 1 else 0,
                people=frozenset(
                    passenger.person.id
                    for one, start, end in part
                    if shows_trip(source.stamp, one.trip)
                    for passenger in one.passengers[start:end]
                ),
                blocks=(Fields(rows=vehicle_fields(sheet.vehicle)), *_lists(source, part), _signed()),
            )


def _parts(lists: tuple[PassengerList, ...]) -> Iterator[tuple[tuple[PassengerList, int, int], ...]]:
    """Cut lists into parts of at most `MOST_LINES`: a list, and from which to which of its lines."""
    part: list[tuple[PassengerList, int, int]] = []
    room = MOST_LINES
    for one in lists:
        at = 0
        while at < len(one.passengers):
            end = min(at + room, len(one.passengers))
            part.append((one, at, end))
            room -= end - at
            at = end
            if not room:
                yield tuple(part)
                part, room = [], MOST_LINES
    if part:
        yield tuple(part)


def vehicle_fields(vehicle: Vehicle) -> tuple[tuple[Phrase, Told], ...]:
    """Say what a vehicle is and holds; who drives it is written in."""
    return (
        (say("paper.field.vehicle"), isolated(vehicle.id)),
        (say("paper.field.kind"), say(f"kind.{vehicle.kind}")),
        (say("paper.field.places"), places(vehicle)),
        (say("paper.field.plate"), isolated(vehicle.name)),
        (say("paper.field.driver"), ""),
        (say("paper.field.phone"), ""),
    )


def places(vehicle: Vehicle) -> Phrase:
    """Say how many places of which sort a vehicle has."""
    return load_told(
        Load(walking=vehicle.seats, wheelchair=vehicle.wheelchair_bays, stretcher=vehicle.stretchers), "paper.places"
    )


def load_told(load: Load, group: str = "paper.load") -> Phrase:
    """Say a number of each mobility; those that are none are left out."""
    found = [(name, n) for name, n in (("walking", load.walking), ("wheelchair", load.wheelchair),
                                       ("stretcher", load.stretcher)) if n]  # fmt: skip
    return listed([say(f"{group}.{name}", n=n) for name, n in found]) if found else say("paper.none")


def _lists(source: Source, part: tuple[tuple[PassengerList, int, int], ...]) -> Iterator[Block]:
    for one, start, end in part:
        first, last = one.trip.stops[0], one.trip.stops[-1]
        yield Heading(text=say("paper.trip", trip=one.trip.id, start=source.site(first.site),
                               end=source.site(last.site), time=source.at(first.depart_s)))  # fmt: skip
        if not shows_trip(source.stamp, one.trip):
            yield Text(text=say("paper.medical-only", people=counted("person", len(one.passengers))))
            continue
        yield _table(source, one, start, end)
        yield Text(text=say("paper.expected", people=counted("person", one.load.people), what=load_told(one.load)),
                   strong=True)  # fmt: skip


def _table(source: Source, one: PassengerList, start: int, end: int) -> Table:
    numbers = _household_numbers(one)
    return Table(
        columns=columns(sites=not one.one_way),
        rows=tuple(_row(source, one, at, numbers[at]) for at in range(start, end)),
        starts=tuple(at - start for at in range(start, end) if one.passengers[at].first),
    )


def _household_numbers(one: PassengerList) -> list[int]:
    numbers, n = [], 0
    for passenger in one.passengers:
        n += passenger.first
        numbers.append(n)
    return numbers


def columns(*, sites: bool) -> tuple[Column, ...]:
    """Return the columns of a manifest; with `sites` where each boards and alights."""
    return (
        Column(label=say("paper.column.number")),
        Column(label=say("paper.column.code"), kind="strong"),
        Column(label=say("paper.column.name"), share=2.5 if sites else 3),
        Column(label=say("paper.column.household")),
        Column(label=say("paper.column.age")),
        Column(label=say("paper.column.needs"), share=2),
        *((Column(label=say(f"paper.column.{end}"), share=2.5) for end in ("from", "to")) if sites else ()),
        Column(label=say("paper.column.aboard"), kind="tick"),
        Column(label=say("paper.column.off"), kind="tick"),
    )


def _row(source: Source, one: PassengerList, at: int, household: int) -> tuple[Told, ...]:
    passenger: Passenger = one.passengers[at]
    told = shown(source.stamp, passenger.person, household, patient=one.trip.kind == "referral", named=source.named)
    ends = () if one.one_way else (source.site(passenger.boards), source.site(passenger.alights))
    return (str(at + 1), told.code, told.name, told.household, told.age, told.needs, *ends, "", "")


def _signed() -> Block:
    return signatures("focal-point", "convoy-leader")


def blank(_source: Source) -> Paper:
    """Make a manifest to fill in by hand."""
    return Paper(
        kind=KIND,
        about="",
        title=say("paper.title.manifest"),
        blank=True,
        blocks=(
            Fields(rows=tuple((say(f"paper.field.{name}"), "") for name in
                              ("vehicle", "plate", "driver", "phone", "from", "to", "date", "time"))),
            Table(columns=columns(sites=False), blank=BLANK_LINES),
            Fields(rows=((say("paper.field.total"), ""), (say("paper.field.stretchers"), ""))),
            _signed(),
        ),
    )  # fmt: skip
