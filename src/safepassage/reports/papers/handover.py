"""Handover certificates: how many people pass from one custody to another, counted by both, signed by both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from safepassage.model.people import MOBILITIES
from safepassage.model.places import FINAL_KINDS
from safepassage.reports.papers.blocks import (
    Block,
    Column,
    Fields,
    Heading,
    Lines,
    Paper,
    Table,
    Text,
    Told,
    signatures,
)
from safepassage.reports.papers.redaction import isolated
from safepassage.reports.papers.source import Source
from safepassage.reports.words import Phrase, say

KIND: Final = "handover"
_COLUMNS: Final = ("what", "planned", "handed-over", "received", "difference")


def papers(source: Source) -> Iterator[Paper]:
    """Make a certificate for every vehicle that brings people to a final site or a place of handover."""
    ends = {site.id for site in source.operation.sites if site.kind in FINAL_KINDS or site.kind == "handover"}
    trips = {trip.id: trip for trip in source.plan.trips}
    counts: dict[tuple[str, str], Counter[str]] = {}
    times: dict[tuple[str, str], int] = {}
    for manifest in source.plan.manifests:
        trip = trips[manifest.trip]
        for ride in manifest.rides:
            stop = trip.stops[ride.alight]
            if stop.site in ends:
                found = counts.setdefault((trip.vehicle, stop.site), Counter())
                found[source.people[ride.person].mobility] += 1
                times[trip.vehicle, stop.site] = max(times.get((trip.vehicle, stop.site), 0), stop.arrive_s)
    for (vehicle, site), count in sorted(counts.items()):
        yield Paper(
            kind=KIND,
            about=vehicle,
            title=say("paper.title.handover"),
            subtitle=say("paper.of-vehicle", vehicle=vehicle),
            blocks=_blocks(
                (
                    (say("paper.field.vehicle"), isolated(vehicle)),
                    (say("paper.field.site"), source.site(site)),
                    (say("paper.field.arrives"), source.at(times[vehicle, site])),
                    (say("paper.field.time"), ""),
                ),
                count,
            ),
        )


def _blocks(fields: tuple[tuple[Phrase, Told], ...], count: Counter[str] | None) -> tuple[Block, ...]:
    rows: list[tuple[Told, ...]] = [
        (say(f"mobility.{one}"), str(count[one]) if count is not None else "", "", "", "") for one in MOBILITIES
    ]
    rows.append((say("paper.all"), str(count.total()) if count is not None else "", "", "", ""))
    return (
        Fields(rows=(*fields, (say("paper.field.handing"), ""), (say("paper.field.taking"), ""))),
        Table(
            columns=tuple(
                Column(label=say(f"paper.column.{name}"), share=1, kind="strong" if name == "planned" else "text")
                for name in _COLUMNS
            ),
            rows=tuple(rows),
            starts=(len(rows) - 1,),
            tall=True,
        ),
        Text(text=say("paper.handover.declared")),
        Heading(text=say("paper.heading.remarks")),
        Lines(n=4),
        signatures("handing", "taking"),
    )


def blank(_source: Source) -> Paper:
    """Make a certificate to fill in by hand."""
    return Paper(
        kind=KIND,
        about="",
        title=say("paper.title.handover"),
        blank=True,
        blocks=_blocks(tuple((say(f"paper.field.{name}"), "") for name in ("vehicle", "site", "date", "time")), None),
    )
