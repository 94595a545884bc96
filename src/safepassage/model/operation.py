"""Everything that is asked for, frozen."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from safepassage.model.clauses import (
    ALL_ARRIVED,
    REFERRALS_CLOSED,
    START,
    Clause,
    Milestone,
    arrived,
    cleared,
    departed,
    joined,
    left,
)
from safepassage.model.fleet import Convoy, Vehicle
from safepassage.model.ids import MilestoneId, PartyId
from safepassage.model.people import Mobility, Person
from safepassage.model.places import Closure, Correction, Link, RoadMap, Site
from safepassage.model.time import Night
from safepassage.model.uncertainty import Uncertain

OPERATION_FORMAT = "safepassage-operation/1"

PartyRole = Literal["signatory", "guarantor", "operator", "observer", "authority", "not-consenting"]


class Party(Struct, frozen=True, kw_only=True):
    """Who signed, guarantees, operates, observes, or did not consent and controls an area."""

    id: PartyId
    name: str = ""
    name_fr: str = ""
    name_ar: str = ""
    role: PartyRole = "operator"
    source: str = ""


class Source(Struct, frozen=True, kw_only=True):
    """Where figures come from; rows and figures name it by `id`."""

    id: str
    title: str
    date: str = ""
    note: str = ""


class Figure(Struct, frozen=True, kw_only=True):
    """Where one figure of operation.toml comes from.

    `what` is its dotted path; `source` a source's id or "assumption: why".
    """

    what: str
    source: str


class Limits(Struct, frozen=True, kw_only=True):
    """Durations and limits that hold for the whole operation.

    A service at a stop lasts `setup_s` plus the sum over the people who board and alight there. Crew hours: each
    crew of a vehicle drives no more than `drive_before_rest_s` between rests of `rest_s`, and `daily_drive_s` in all
    (the defaults are those of Regulation (EC) No 561/2006, articles 6 and 7; with several crews one rests while
    another drives). `horizon_s` is the end of the time considered. People board a convoy `board_margin_s` before it
    leaves where that delays nothing: late enough not to sit in the bus for hours, early enough to absorb a delay.
    With `everyone`, a plan that leaves somebody who could travel behind is no plan.
    """

    setup_s: int = 120
    board_walking_s: int = 10
    board_wheelchair_s: int = 120
    board_stretcher_s: int = 180
    alight_walking_s: int = 6
    alight_wheelchair_s: int = 90
    alight_stretcher_s: int = 150
    drive_before_rest_s: int = 16200
    rest_s: int = 2700
    daily_drive_s: int = 32400
    refuel_s: int = 900
    board_margin_s: int = 1800
    pickups_per_trip: int = 2
    horizon_s: int = 259200
    everyone: bool = True

    def board_s(self, mobility: Mobility) -> int:
        """Seconds one person of this mobility takes to board."""
        return {
            "walking": self.board_walking_s,
            "wheelchair": self.board_wheelchair_s,
            "stretcher": self.board_stretcher_s,
        }[mobility]

    def alight_s(self, mobility: Mobility) -> int:
        """Seconds one person of this mobility takes to alight."""
        return {
            "walking": self.alight_walking_s,
            "wheelchair": self.alight_wheelchair_s,
            "stretcher": self.alight_stretcher_s,
        }[mobility]


class Operation(Struct, frozen=True, kw_only=True):
    """An operation: who, with what, by which roads, under which clauses.

    All times inside are whole seconds since `start`; all lengths metres; coordinates lon, lat. By day, and where there
    is no `night`, vehicles drive at their own speed. With a `road_map`, there are no links until the roads room has
    laid them.
    """

    id: str
    title: str
    time_zone: str
    start: datetime
    people: tuple[Person, ...]
    vehicles: tuple[Vehicle, ...]
    sites: tuple[Site, ...]
    links: tuple[Link, ...]
    parties: tuple[Party, ...] = ()
    convoys: tuple[Convoy, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    clauses: tuple[Clause, ...] = ()
    closures: tuple[Closure, ...] = ()
    night: Night | None = None
    road_map: RoadMap | None = None
    corrections: tuple[Correction, ...] = ()
    limits: Limits = Limits()
    uncertain: Uncertain = Uncertain()
    sources: tuple[Source, ...] = ()
    figures: tuple[Figure, ...] = ()
    title_fr: str = ""
    title_ar: str = ""
    sha256: str = ""

    def computed_milestones(self) -> frozenset[MilestoneId]:
        """Name the milestones that follow from the movement itself, not from a party's deed."""
        names = {START, REFERRALS_CLOSED, ALL_ARRIVED}
        for convoy in self.convoys:
            names |= {departed(convoy.id), arrived(convoy.id)}
        for site in self.sites:
            names |= {left(site.id), cleared(site.id), joined(site.id)}
        return frozenset(names)

    def known_milestones(self) -> frozenset[MilestoneId]:
        """All milestones that a clause may name."""
        return self.computed_milestones() | {milestone.id for milestone in self.milestones}


ASSUMPTION = "assumption:"


def is_assumption(source: str) -> bool:
    """Tell whether a source note says that its figure is assumed."""
    return source.strip().lower().startswith(ASSUMPTION)
