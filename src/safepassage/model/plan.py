"""A plan: sequences, times and people, as written to and read from PLAN.json.

Times are seconds since the operation's start here and ISO 8601 instants in the file.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from safepassage.model.ids import (
    ClauseId,
    ConvoyId,
    LinkId,
    MilestoneId,
    PersonId,
    SiteId,
    TripId,
    VehicleId,
)

PLAN_FORMAT = "safepassage-plan/1"

TripKind = Literal["shuttle", "referral", "convoy"]
Work = Literal["rest", "refuel", "halt"]
Status = Literal["optimal", "feasible", "infeasible"]


class Load(Struct, frozen=True, kw_only=True):
    """How many people of each mobility."""

    walking: int = 0
    wheelchair: int = 0
    stretcher: int = 0

    @property
    def people(self) -> int:
        """All of them."""
        return self.walking + self.wheelchair + self.stretcher


class Stop(Struct, frozen=True, kw_only=True):
    """A halt of a vehicle at a site.

    `route` are the links driven to get here from where the vehicle was; empty when it was here. `arrive_s` <= `start_s`
    (a bay is free, everybody who boards is there) <= `end_s` (served, rested, refuelled, halted) <= `depart_s`.
    `load` is who is aboard on departure. `bay` numbers the bay used, from 1; 0 when the site has no limit or nobody
    boards, alights or refuels. `not_before_s` is a start that the plan holds back to on purpose. `slow` tells that the
    drive to here is made at night's pace.
    """

    site: SiteId
    route: tuple[LinkId, ...]
    arrive_s: int
    start_s: int
    end_s: int
    depart_s: int
    load: Load
    work: tuple[Work, ...] = ()
    bay: int = 0
    not_before_s: int = 0
    slow: bool = False


class Trip(Struct, frozen=True, kw_only=True):
    """A vehicle's run from loading to unloading. `speed_percent` is the speed driven: never above the vehicle's own."""

    id: TripId
    vehicle: VehicleId
    kind: TripKind
    speed_percent: int
    stops: tuple[Stop, ...]
    convoy: ConvoyId = ConvoyId("")


class Ride(Struct, frozen=True, kw_only=True):
    """One person on one trip.

    Boards at stop `board`, alights at stop `alight` (positions in the trip's stops, from 0).
    """

    person: PersonId
    board: int
    alight: int


class Manifest(Struct, frozen=True, kw_only=True):
    """Who rides on one trip."""

    trip: TripId
    vehicle: VehicleId
    rides: tuple[Ride, ...]


class Referral(Struct, frozen=True, kw_only=True):
    """One patient's way out, treatment and way back. `place` numbers the treatment place, from 1 (0: no limit)."""

    person: PersonId
    hospital: SiteId
    out_trip: TripId
    back_trip: TripId
    treated_from_s: int
    treated_until_s: int
    returned_s: int
    place: int = 0
    accompanied_by: tuple[PersonId, ...] = ()


class Passing(Struct, frozen=True, kw_only=True):
    """When a convoy's head and tail pass a control point (arrive at it, where the convoy halts)."""

    site: SiteId
    head_s: int
    tail_s: int


class ConvoyOrder(Struct, frozen=True, kw_only=True):
    """A convoy's order, spacing and movement timetable."""

    convoy: ConvoyId
    order: tuple[VehicleId, ...]
    spacing_s: int
    departs_s: int
    timetable: tuple[Passing, ...]


class ClauseReading(Struct, frozen=True, kw_only=True):
    """How the plan stands to a clause.

    `slack_s` is None where nothing can be measured; `status` monitored means people watch it.
    """

    clause: ClauseId
    kind: str
    status: Literal["kept", "broken", "monitored"]
    due_s: int | None = None
    at_s: int | None = None
    slack_s: int | None = None
    binds: bool = False


class MilestoneReading(Struct, frozen=True, kw_only=True):
    """When a milestone comes about."""

    milestone: MilestoneId
    at_s: int


class Unserved(Struct, frozen=True, kw_only=True):
    """Somebody who is not moved, and the code of the rule that prevents it."""

    person: PersonId
    rule: str


class ChainLink(Struct, frozen=True, kw_only=True):
    """One activity of the chain that binds the makespan: what lasts from `start_s` to `end_s`, and of whom.

    `activity` is one of ACTIVITIES of the timetable; `waits_s` is the wait for a window before it.
    """

    activity: str
    subject: str
    site: SiteId
    start_s: int
    end_s: int
    waits_s: int = 0
    gate: str = ""


class Lever(Struct, frozen=True, kw_only=True):
    """What a change would bring, computed by planning again: departure and makespan earlier by so many seconds."""

    change: str
    subject: str
    amount: int
    departs_earlier_s: int
    makespan_earlier_s: int


class Clash(Struct, frozen=True, kw_only=True):
    """One of the rules that cannot all hold: its code, whom it concerns, the figures in it, and `detail` in words.

    Not `proved`: no plan was found with it, which does not show that there is none.
    """

    rule: str
    subjects: tuple[str, ...]
    detail: str = ""
    need: int | None = None
    have: int | None = None
    unit: str = ""
    proved: bool = True


class Remedy(Struct, frozen=True, kw_only=True):
    """A change that resolves the clash; `checked` when planning with it was tried and worked."""

    change: str
    subject: str
    amount: int
    unit: str
    checked: bool = False


class Objective(Struct, frozen=True, kw_only=True):
    """What is minimised, in this order."""

    unserved: int
    makespan_s: int
    exposure_person_s: int
    distance_m: int


class Violation(Struct, frozen=True, kw_only=True):
    """A broken rule: its code, whom and what it concerns, and the figures.

    `detail` tells them in English; `said` names the form of words that tells `figures` in any language.
    """

    rule: str
    subjects: tuple[str, ...]
    detail: str
    said: str = ""
    figures: dict[str, int | str | tuple[str, ...] | None] = {}


class Solver(Struct, frozen=True, kw_only=True):
    """What ran: engine and version, per stage what it proved, and what ended it. No wall-clock figure."""

    engine: str
    stages: tuple[str, ...] = ()
    ended_by: Literal["proof", "iterations", "seconds"] = "proof"


class Plan(Struct, frozen=True, kw_only=True):
    """Who leaves, on which vehicle, by which road, when; or why that cannot be."""

    operation: str
    sha256: str
    status: Status
    seed: int
    solver: Solver
    objective: Objective | None = None
    bound_s: int | None = None
    trips: tuple[Trip, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    referrals: tuple[Referral, ...] = ()
    convoys: tuple[ConvoyOrder, ...] = ()
    milestones: tuple[MilestoneReading, ...] = ()
    clauses: tuple[ClauseReading, ...] = ()
    unserved: tuple[Unserved, ...] = ()
    chain: tuple[ChainLink, ...] = ()
    levers: tuple[Lever, ...] = ()
    clashes: tuple[Clash, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    violations: tuple[Violation, ...] = ()

    @property
    def gap(self) -> float | None:
        """(makespan - bound) / makespan, or None without a plan."""
        if self.objective is None or self.bound_s is None:
            return None
        if self.objective.makespan_s == 0:
            return 0.0
        return (self.objective.makespan_s - self.bound_s) / self.objective.makespan_s
