"""What a rehearsal found: plain data, for reports and files. Times are seconds since the operation's start."""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.ids import ClauseId, ConvoyId, SiteId

REHEARSAL_FORMAT = "safepassage-rehearsal/1"

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""The quantiles told."""


class Chance(Struct, frozen=True, kw_only=True):
    """In how many of so many runs something was so, and the 95 % interval of its probability (Wilson 1927).

    The interval tells how well so many runs know what the model says. It does not tell how well the model knows.
    """

    count: int
    runs: int
    share: float
    low: float
    high: float


class Spread(Struct, frozen=True, kw_only=True):
    """The quantiles at `LEVELS` of an instant or a length of time, None where it never comes about; how often never."""

    name: str
    quantiles_s: tuple[int | None, ...]
    never: float


class ClauseChance(Struct, frozen=True, kw_only=True):
    """How often a clause is kept; None where people watch it, and it is not computed."""

    clause: ClauseId
    kind: str
    kept: Chance | None


class Critical(Struct, frozen=True, kw_only=True):
    """How often an activity lay on the chain that ended with the last arrival; `trip` and `stop` where it has them.

    `share` is of the runs in which all arrived.
    """

    activity: str
    subject: str
    site: SiteId
    trip: str
    stop: int
    share: float


class Gate(Struct, frozen=True, kw_only=True):
    """What a convoy's departure waited for last, and in what share of the runs in which it departed.

    `activity` is `window` where it was ready and waited until it was allowed: `subject` then names what sets that.
    """

    convoy: ConvoyId
    activity: str
    subject: str
    site: SiteId
    share: float


class Driver(Struct, frozen=True, kw_only=True):
    """A group of causes, and what share of the variance of the last arrival goes away without it (total Sobol index).

    `late` is that share for being out in time or not. `low` and `high` are the 95 % intervals of the estimates. Who
    never arrives counts as arriving at the end of the time considered.
    """

    group: str
    share: float
    low: float
    high: float
    late: float = 0.0
    late_low: float = 0.0
    late_high: float = 0.0


class Waiting(Struct, frozen=True, kw_only=True):
    """Who waits at a site on the way: the mean number of people in each span of time, and their hours in all."""

    site: SiteId
    people: tuple[float, ...]
    person_hours: float


class Endurance(Struct, frozen=True, kw_only=True):
    """How long what is carried lasts, and how often people were under way for longer.

    `lasts_s` is for those who stand still, None where it is never used up. `no_return_s` is after how long under way
    there is too little left to turn back to where they came from, and `no_return_at` the stop at which or on the way to
    which they are then: as planned, or with `no_return_held`, because as planned there always is enough, when they are
    held up just before that stop. None where there is enough however long that takes. `outlasted` counts the runs in
    which some were under way for longer than it lasts, or set out and did not arrive. The least of all vehicles and
    trips concerned is told.
    """

    what: str
    unit: str
    whom: str
    lasts_s: int | None
    no_return_s: int | None
    no_return_at: str
    outlasted: Chance
    source: str
    no_return_held: bool = False


class Assumption(Struct, frozen=True, kw_only=True):
    """A figure that is assumed, how, and the share of variance of what it is about (None: not known).

    `what` is the kind (`drive`, `breakdown`, `limits.setup_s`, ...), alone or with whom it is about behind a blank.
    `group` is the group of causes, or the kind of activity, that it acts through; `share` is the share of variance of
    the last arrival that goes away without that.
    """

    what: str
    figure: str
    source: str
    share: float | None
    group: str = ""


class Change(Struct, frozen=True, kw_only=True):
    """What a change would bring, run by run under the same random numbers: means of the differences and their 95 %.

    `out_in_time` is the change of the probability that everybody is out in time, `earlier_s` of the last arrival where
    both come about.
    """

    change: str
    out_in_time: float
    out_low: float
    out_high: float
    earlier_s: float
    earlier_low_s: float
    earlier_high_s: float
    makespan_s: int | None
    note: str = ""


class Outcome(Struct, frozen=True, kw_only=True):
    """Everything a rehearsal tells.

    `due_s` is when everybody has to be out and `due_by` what says so (a clause's id, or `horizon`). `fan` has for each
    of `LEVELS` the people out at the end of each span of `bin_s` seconds. `tallies` are means per run.
    """

    operation: str
    sha256: str
    runs: int
    seed: int
    people: int
    due_s: int
    due_by: str
    in_time: Chance
    planned_s: int
    instants: tuple[Spread, ...]
    clauses: tuple[ClauseChance, ...]
    critical: tuple[Critical, ...]
    gates: tuple[Gate, ...]
    waiting: tuple[Waiting, ...]
    under_way: tuple[Spread, ...]
    tallies: dict[str, float]
    bin_s: int
    fan: tuple[tuple[int, ...], ...]
    drivers: tuple[Driver, ...] = ()
    endurance: tuple[Endurance, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    changes: tuple[Change, ...] = ()
