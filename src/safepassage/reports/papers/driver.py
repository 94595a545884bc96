"""Driver briefings: where to drive and halt, and what to do when the vehicle breaks down or is cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from safepassage.model.fleet import Vehicle
from safepassage.model.ids import LinkId
from safepassage.model.places import Link
from safepassage.model.plan import Manifest, Stop, Trip
from safepassage.reports.papers.blocks import Block, Column, Fields, Heading, Paper, Steps, Table, Told
from safepassage.reports.papers.manifest import vehicle_fields
from safepassage.reports.papers.source import Source
from safepassage.reports.words import Phrase, called, counted, distance, listed, say

KIND: Final = "driver-briefing"
ACTIONS: Final[Mapping[str, int]] = {"breakdown": 5, "separation": 4, "checkpoint": 4, "danger": 3}
"""What to do, and in how many steps."""

BLANK_LINES: Final = 8


def papers(source: Source) -> Iterator[Paper]:
    """Make the briefing of every vehicle that drives."""
    manifests = {manifest.trip: manifest for manifest in source.plan.manifests}
    links = {link.id: link for link in source.operation.links}
    for vehicle in source.operation.vehicles:
        trips = source.trips.get(vehicle.id, ())
        if not trips:
            continue
        yield Paper(
            kind=KIND,
            about=vehicle.id,
            title=say("paper.title.driver-briefing"),
            subtitle=say("paper.of-vehicle", vehicle=vehicle.id),
            blocks=(
                Fields(rows=(*vehicle_fields(vehicle), *_place(source, vehicle))),
                *(block for trip in trips for block in _trip(source, trip, manifests.get(trip.id), links)),
                *_actions(),
            ),
        )


def _place(source: Source, vehicle: Vehicle) -> tuple[tuple[Phrase, Told], ...]:
    order = next((one for one in source.plan.convoys if vehicle.id in one.order), None)
    contacts = ((say("paper.field.leader-phone"), ""), (say("paper.field.medical-phone"), ""))
    if order is None:
        return contacts
    at = order.order.index(vehicle.id)
    ahead = order.order[at - 1] if at else ""
    behind = order.order[at + 1] if at + 1 < len(order.order) else ""
    return (
        (say("paper.field.convoy"), called(source.setting, order.convoy, "convoy")),
        (say("paper.field.serial"), say("paper.serial-of", n=at + 1, every=len(order.order))),
        (say("paper.field.ahead"), called(source.setting, ahead, "vehicle")),
        (say("paper.field.behind"), called(source.setting, behind, "vehicle")),
        *contacts,
    )


def _trip(source: Source, trip: Trip, manifest: Manifest | None, links: Mapping[LinkId, Link]) -> Iterator[Block]:
    yield Heading(text=say("paper.trip", trip=trip.id, start=source.site(trip.stops[0].site),
                           end=source.site(trip.stops[-1].site),
                           time=source.at(trip.stops[0].depart_s)))  # fmt: skip
    boards = Counter(ride.board for ride in manifest.rides) if manifest else Counter[int]()
    alights = Counter(ride.alight for ride in manifest.rides) if manifest else Counter[int]()
    last = len(trip.stops) - 1
    yield Table(
        columns=_columns(),
        rows=tuple(
            (
                source.site(stop.site),
                distance(sum(links[name].length_m for name in stop.route)) if stop.route else "–",
                source.at(stop.arrive_s) if at else "–",
                source.at(stop.depart_s) if at < last else "–",
                _to_do(stop, boards[at], alights[at]),
            )
            for at, stop in enumerate(trip.stops)
        ),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column(label=say("paper.column.stop"), share=2, kind="strong"),
        Column(label=say("paper.column.drive")),
        Column(label=say("paper.column.arrives")),
        Column(label=say("paper.column.leaves")),
        Column(label=say("paper.column.to-do"), share=2),
    )


def _to_do(stop: Stop, boards: int, alights: int) -> Told:
    found = [say(f"paper.work.{work}") for work in stop.work]
    if alights:
        found.insert(0, say("paper.do.alight", people=counted("person", alights)))
    if boards:
        found.append(say("paper.do.board", people=counted("person", boards)))
    if stop.slow:
        found.append(say("paper.do.slow"))
    return listed(found) if found else ""


def _actions() -> Iterator[Block]:
    for name, steps in ACTIONS.items():
        yield Heading(text=say(f"paper.heading.{name}"))
        yield Steps(items=tuple(say(f"paper.{name}.{step}") for step in range(1, steps + 1)))


def blank(_source: Source) -> Paper:
    """Make a briefing to fill in by hand."""
    names = ("vehicle", "plate", "driver", "phone", "convoy", "serial", "ahead", "behind", "leader-phone",
             "medical-phone")  # fmt: skip
    return Paper(
        kind=KIND,
        about="",
        title=say("paper.title.driver-briefing"),
        blank=True,
        blocks=(
            Fields(rows=tuple((say(f"paper.field.{name}"), "") for name in names)),
            Table(columns=_columns(), blank=BLANK_LINES),
            *_actions(),
        ),
    )
