"""What was agreed, as data that a planner can plan by and a referee can check.

Every clause has an `id`, a `title` in the coordinator's words (and in French and Arabic, where given), the `parties`
that owe it and a `source`.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from safepassage.model.ids import ClauseId, ConvoyId, LinkId, MilestoneId, PartyId, SiteId
from safepassage.model.time import Window


class _Clause(Struct, frozen=True, kw_only=True, tag_field="kind"):
    id: ClauseId
    title: str = ""
    title_fr: str = ""
    title_ar: str = ""
    parties: tuple[PartyId, ...] = ()
    source: str = ""


class Precedence(_Clause, frozen=True, kw_only=True, tag="precedence"):
    """`then` comes at least `gap_s` after `first`."""

    first: MilestoneId
    then: MilestoneId
    gap_s: int = 0


class Deadline(_Clause, frozen=True, kw_only=True, tag="deadline"):
    """`milestone` comes at `due_s` or before."""

    milestone: MilestoneId
    due_s: int


class TimeWindow(_Clause, frozen=True, kw_only=True, tag="window"):
    """`milestone` falls into one of `windows`; the parties may extend each by `extendable_s`.

    Planning keeps to the windows as they stand: an extension is a decision of the parties, offered as a remedy when
    nothing fits.
    """

    milestone: MilestoneId
    windows: tuple[Window, ...]
    extendable_s: int = 0


class BothOrNeither(_Clause, frozen=True, kw_only=True, tag="both-or-neither"):
    """All `milestones` come within `within_s` of each other, or none does."""

    milestones: tuple[MilestoneId, ...]
    within_s: int = 0


class Ratio(_Clause, frozen=True, kw_only=True, tag="ratio"):
    """Keep two flows in step: few of one group leave before enough of the other have.

    At every departure, people of `group` who left <= `numerator` / `denominator` x people of `against` who left +
    `tolerance`. Departures at one instant count together. Leaving is the first departure of a person that is not to
    or from a hospital.
    """

    group: str
    against: str
    numerator: int = 1
    denominator: int = 1
    tolerance: int = 0


class Cap(_Clause, frozen=True, kw_only=True, tag="cap"):
    """At `site` at most `max_people` at once, none longer than `max_dwell_s` (0: no cap).

    People count from the arrival of their vehicle to its (or their next vehicle's) departure. People who started
    there, and those for whom it is the end, do not count.
    """

    site: SiteId
    max_people: int = 0
    max_dwell_s: int = 0


class Exclusion(_Clause, frozen=True, kw_only=True, tag="exclusion"):
    """Something that must not be there: monitored by people, not computed.

    `what` is cameras, armed persons aboard, ...; `where` names sites or vehicles, empty everywhere.
    """

    what: str
    where: tuple[str, ...] = ()
    watched_by: PartyId = PartyId("")


class Consent(_Clause, frozen=True, kw_only=True, tag="consent"):
    """A party's word on stretches of road: `granted` lets the movement use them.

    It counts for `links`, and for what touches `polygon` (lon, lat), or for all links the party controls when neither
    is given, in `windows` (empty: at any time). A link that a party controls, or that touches a polygon of one of its
    consents, needs that party's granted consent; without one it is never driven. Notified is not consented.
    """

    party: PartyId
    links: tuple[LinkId, ...] = ()
    granted: bool = False
    windows: tuple[Window, ...] = ()
    polygon: tuple[tuple[float, float], ...] = ()


class Area(_Clause, frozen=True, kw_only=True, tag="area"):
    """An area (`polygon` in lon, lat and/or `links`) of an actor who did not consent: never crossed."""

    party: PartyId
    polygon: tuple[tuple[float, float], ...] = ()
    links: tuple[LinkId, ...] = ()


Clause: TypeAlias = Precedence | Deadline | TimeWindow | BothOrNeither | Ratio | Cap | Exclusion | Consent | Area


class Milestone(Struct, frozen=True, kw_only=True):
    """A named instant that a party brings about.

    Not before `earliest_s`, taking `duration_s`, after other milestones.
    """

    id: MilestoneId
    title: str = ""
    title_fr: str = ""
    title_ar: str = ""
    party: PartyId = PartyId("")
    earliest_s: int = 0
    duration_s: int = 0
    after: tuple[MilestoneId, ...] = ()
    source: str = ""


START = MilestoneId("start")
REFERRALS_CLOSED = MilestoneId("referrals-closed")
ALL_ARRIVED = MilestoneId("all-arrived")


def departed(convoy: ConvoyId) -> MilestoneId:
    """Name the instant the head of `convoy` leaves its assembly site."""
    return MilestoneId(f"departed:{convoy}")


def arrived(convoy: ConvoyId) -> MilestoneId:
    """Name the instant the last vehicle of `convoy` is at its destination, and empty."""
    return MilestoneId(f"arrived:{convoy}")


def left(site: SiteId) -> MilestoneId:
    """Name the first departure with people from `site` (referrals aside)."""
    return MilestoneId(f"left:{site}")


def cleared(site: SiteId) -> MilestoneId:
    """Name the last departure with people from `site` (referrals aside)."""
    return MilestoneId(f"cleared:{site}")


def joined(site: SiteId) -> MilestoneId:
    """Name the instant the last person from `site` has alighted at the assembly site."""
    return MilestoneId(f"joined:{site}")
