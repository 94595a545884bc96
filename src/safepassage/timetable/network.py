"""The timetable network: activities with durations, precedence and windows, resources in a fixed order."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from safepassage.model.ids import SiteId
from safepassage.model.time import Window

ActivityKind: TypeAlias = Literal[
    "start", "milestone", "drive", "board", "alight", "rest", "refuel", "halt", "treat", "convoy-departure", "stand"
]


class Arc(Struct, frozen=True):
    """The later activity starts no earlier than the end of `before` plus `lag_s`; `why` says what makes it so.

    `why` is the id of a clause, or one of the words that the page on the timetable network lists. With `from_start` the
    lag counts from the start of `before`.
    """

    before: int
    lag_s: int
    why: str
    from_start: bool = False


class Activity(Struct, frozen=True, kw_only=True):
    """One node: something that lasts `duration_s`, not before `release_s`, and in its windows.

    `windows` (None: any time; in the order of time) hold the start; with `fits`, start and end in one of them. `gate`
    names what sets the windows (clauses, sites, links), with blanks between. `arcs` come from activities of lower
    position only: the network is in topological order.
    """

    kind: ActivityKind
    subject: str
    site: SiteId
    duration_s: int
    release_s: int = 0
    windows: tuple[Window, ...] | None = None
    fits: bool = False
    gate: str = ""
    arcs: tuple[Arc, ...] = ()
    trip: str = ""
    stop: int = -1


class Moment(Struct, frozen=True):
    """An instant `lag_s` after the end, or with `from_start` the start, of the activity at `position`."""

    position: int
    lag_s: int
    from_start: bool = False


class Reached(Struct, frozen=True):
    """What makes a milestone: the last of several moments or, with `first`, the first of them."""

    moments: tuple[Moment, ...]
    first: bool = False


class Network(Struct, frozen=True, kw_only=True):
    """Activities in topological order, and where each stop's, milestone's and convoy's node is.

    `drives`, `services` map (trip, stop position) to positions; `treatments` a patient's; `milestones` those of
    parties; `departures` a convoy's, one for each leg. `reached` tells what makes each milestone, a party's or a
    computed one; one that nothing reaches is absent.
    """

    activities: tuple[Activity, ...]
    drives: dict[tuple[str, int], int]
    services: dict[tuple[str, int], int]
    treatments: dict[str, int]
    milestones: dict[str, int]
    departures: dict[str, tuple[int, ...]]
    reached: dict[str, Reached] = {}
