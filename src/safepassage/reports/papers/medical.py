"""Medical referrals with the way back on the second page: for the medical role alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safepassage.model.people import Person
from safepassage.model.plan import Referral
from safepassage.reports.papers.blocks import (
    Block,
    Break,
    Fields,
    Heading,
    Lines,
    Paper,
    Text,
    Ticks,
    Told,
    signatures,
)
from safepassage.reports.papers.redaction import isolated, shown
from safepassage.reports.papers.source import Source
from safepassage.reports.words import Phrase, duration, listed, literal, say

KIND: Final = "referral"
OUTCOMES: Final = ("returned", "retained", "transferred", "died")
_OUT: Final = ("hospital", "treatment", "vehicle", "leaves", "arrives", "companion")
_WRITTEN: Final = ("condition", "given")


def papers(source: Source) -> Iterator[Paper]:
    """Make the papers of every patient whom the plan sends to a hospital."""
    trips = {trip.id: trip for trip in source.plan.trips}
    for referral in source.plan.referrals:
        person = source.people[referral.person]
        out, back = trips[referral.out_trip], trips[referral.back_trip]
        arrives_s = next(
            (stop.arrive_s for stop in out.stops if stop.site == referral.hospital), out.stops[-1].arrive_s
        )
        values: tuple[Told, ...] = (
            source.site(referral.hospital),
            duration(person.treatment_s),
            isolated(out.vehicle),
            source.at(out.stops[0].depart_s),
            source.at(arrives_s),
            _companions(source, referral),
        )
        planned = (
            (say("paper.field.ready"), source.at(referral.treated_until_s)),
            (say("paper.field.vehicle"), isolated(back.vehicle)),
            (say("paper.field.back"), source.at(referral.returned_s)),
            (say("paper.field.to"), source.site(person.site)),
        )
        yield Paper(
            kind=KIND,
            about=person.id,
            title=say("paper.title.referral"),
            people=frozenset((person.id, *referral.accompanied_by)),
            blocks=_pages(_patient(source, person), tuple(zip(_labels(_OUT), values, strict=True)), planned),
        )


def _patient(source: Source, person: Person) -> tuple[tuple[Phrase, Told], ...]:
    told = shown(source.stamp, person, 1, patient=True, named=source.named)
    values = told.code, told.name, say(f"age.{person.age_band}"), told.needs or say("paper.needs.none")
    return tuple(zip(_patient_labels(), values, strict=True))


def _patient_labels() -> tuple[Phrase, ...]:
    return (*_labels(("code", "name", "age")), say("paper.column.needs"))


def _companions(source: Source, referral: Referral) -> Told:
    found = [source.people[one] for one in referral.accompanied_by]
    return listed([literal(one.id) for one in found]) if found else say("paper.none")


def _labels(names: tuple[str, ...]) -> tuple[Phrase, ...]:
    return tuple(say(f"paper.field.{name}") for name in names)


def _pages(
    patient: tuple[tuple[Phrase, Told], ...],
    out: tuple[tuple[Phrase, Told], ...],
    back: tuple[tuple[Phrase, Told], ...],
) -> tuple[Block, ...]:
    return (
        Heading(text=say("paper.heading.out")),
        Fields(rows=(*patient, *out)),
        *(block for name in _WRITTEN for block in (Heading(text=say(f"paper.heading.{name}")), Lines(n=4))),
        signatures("referring", "receiving"),
        Break(),
        Heading(text=say("paper.heading.back")),
        Fields(rows=(*patient, *back)),
        Text(text=say("paper.outcome.ask"), strong=True),
        Ticks(items=tuple(say(f"paper.outcome.{name}") for name in OUTCOMES)),
        Fields(rows=((say("paper.field.fit"), ""), (say("paper.field.fit-by"), ""))),
        Heading(text=say("paper.heading.instructions")),
        Lines(n=5),
        signatures("discharging", "fetching"),
    )


def blank(_source: Source) -> Paper:
    """Make a referral to fill in by hand."""
    return Paper(
        kind=KIND,
        about="",
        title=say("paper.title.referral"),
        blank=True,
        blocks=_pages(
            tuple((label, "") for label in _patient_labels()),
            tuple((label, "") for label in _labels(_OUT)),
            tuple((label, "") for label in _labels(("ready", "vehicle", "back", "to"))),
        ),
    )
