"""What papers are made from: an operation and its plan, with what is looked up in them again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from msgspec import Struct

from safepassage.model.ids import VehicleId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import Plan, Trip
from safepassage.model.time import instant_at
from safepassage.reports.papers.blocks import Setup
from safepassage.reports.papers.redaction import Stamp, mark_of
from safepassage.reports.words import Language, Phrase, Setting, called, clock, full_instant, named, setting_of


class Spans(Struct, frozen=True, kw_only=True):
    """When something comes about in a rehearsal: half the runs by `half_s`, nine in ten from `low_s` to `high_s`.

    None: not in so many runs. `never` is the share of the runs in which it does not.
    """

    half_s: int | None
    low_s: int | None
    high_s: int | None
    never: float


class Rehearsed(Struct, frozen=True, kw_only=True):
    """What papers tell of a rehearsal of the plan: how many runs, and its instants by their names."""

    runs: int
    spans: Mapping[str, Spans]


class Source(Struct, frozen=True, kw_only=True):
    """What papers are made from; `named` says what a person is called, where not by the people's list.

    `rehearsed` is there where times of a rehearsal stand beside those of the plan.
    """

    operation: Operation
    plan: Plan
    setting: Setting
    stamp: Stamp
    languages: tuple[Language, ...]
    people: Mapping[str, Person]
    trips: Mapping[VehicleId, tuple[Trip, ...]]
    named: Callable[[Person], str] | None = None
    rehearsed: Rehearsed | None = None

    def at(self, at_s: int) -> Phrase:
        """Say what the clock shows."""
        return clock(self.setting, at_s)

    def site(self, site: str) -> Phrase:
        """Say what a site is called."""
        return called(self.setting, site, "site")


def source_of(
    operation: Operation,
    plan: Plan,
    stamp: Stamp,
    languages: tuple[Language, ...],
    named: Callable[[Person], str] | None = None,
    rehearsed: Rehearsed | None = None,
) -> Source:
    """Collect what papers are made from.

    Parameters
    ----------
    operation, plan
        What was asked for, and the plan.
    stamp
        Whom the papers are for.
    languages
        One, or two that stand on one page, the leading one first.
    named
        What a person is called, where not by the people's list.
    rehearsed
        Of the plan, where its times are told too.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    trips: dict[VehicleId, list[Trip]] = {}
    for trip in sorted(plan.trips, key=lambda one: one.stops[0].arrive_s if one.stops else 0):
        trips.setdefault(trip.vehicle, []).append(trip)
    return Source(
        operation=operation,
        plan=plan,
        setting=setting_of(operation, plan),
        stamp=stamp,
        languages=languages,
        people={person.id: person for person in operation.people},
        trips={vehicle: tuple(found) for vehicle, found in trips.items()},
        named=named,
        rehearsed=rehearsed,
    )


def setup_of(source: Source) -> Setup:
    """Return what stands around every paper of a source."""
    operation = source.operation
    at = partial(_seconds, operation.start)
    local = instant_at(operation.start, at(source.stamp.made), operation.time_zone)
    return Setup(
        operation=named(operation.title, ar=operation.title_ar),
        languages=source.languages,
        mark=mark_of(source.stamp, full_instant(source.setting, at(source.stamp.made))),
        made=(local.year, local.month, local.day, local.hour, local.minute, local.second),
    )


def _seconds(start: datetime, made: datetime) -> int:
    return int((made - start).total_seconds())
