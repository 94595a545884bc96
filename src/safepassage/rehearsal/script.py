"""A plan as plain arrays, for compiled runs: activities, arcs, queues, drives over links, and what chance may change.

Times are whole seconds since the operation's start, so that every evaluator gives the same figure. Positions of
activities are those of the timetable network with open queues. Arrays `x_at` and `x_...` are lists of lists: those of
number n stand from `x_at[n]` to `x_at[n + 1]`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Keys: TypeAlias = NDArray[np.uint64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

NEVER = 2**50
"""The instant of what does not come about."""

(DAY, PLACE, DRIVES, SERVICES, TREATMENTS, MILESTONES, BREAKDOWNS, CUTS, SCREENINGS, WALK_INS) = range(10)
GROUPS = (
    "day", "place", "drives", "services", "treatments", "milestones",
    "breakdowns", "road-cuts", "screenings", "walk-ins",
)  # fmt: skip
"""Groups of random streams: what a share of the risk can be traced to."""

SPARE, TRANSFER, DETOUR, HOLD, SPLIT, REPAIR, RETURN = range(7)
(RETURNED, DETAINED, WALKED_IN, LEFT_OUT, BROKEN, CUTS_MET, SPLITS, SPARES_USED) = range(8)
TALLIES = (
    "returned", "detained", "walk-ins", "walk-ins-left", "breakdowns", "road-cuts-met", "splits", "spares-used",
)  # fmt: skip
"""What is counted in each run; the first four count people."""
OPTIONS = ("spare", "transfer", "detour", "hold", "split", "repair", "return")


class Activities(NamedTuple):
    """Per activity; `resource` is the queue it stands in (-1: none), `drive` and `vehicle` its numbers or -1.

    `rests` tells that its end begins a crew's hours anew. `never` is the probability that it does not come about.
    """

    release: Ints
    nominal: Ints
    fits: Flags
    resource: Ints
    drive: Ints
    vehicle: Ints
    rests: Flags
    waits: Ints
    never: Floats
    window_at: Ints
    window_from: Ints
    window_until: Ints
    arc_at: Ints
    arc_to: Ints
    arc_lag: Ints
    arc_from_start: Ints


class Chances(NamedTuple):
    """How durations scatter: for each activity its own stream and the row of its law; laws and common factors.

    A law has the rows `times` and `plus` of `tables` (quantiles over the normal variable), the weights of the day's,
    the place's and the own normal variable (their squares add up to 1), and the numbers of the streams they share.
    """

    key: Keys
    group: Ints
    law: Ints
    times: Ints
    plus: Ints
    day: Floats
    place: Floats
    own: Floats
    day_of: Ints
    place_of: Ints
    day_key: Keys
    place_key: Keys
    tables: Floats


class Drives(NamedTuple):
    """Per drive: its activity, column (-1: drives alone) and place in it, and its links in order.

    Per link of a drive: which it is, seconds as planned, its law, metres, when it is open, the site at its end, and
    from its start: seconds round it to the same stop, and seconds to a fallback site (NEVER where there is none).
    `aboard` are people by mobility, `transfer` the seconds that all of them take to change vehicles. `slow` is 1 where
    the drive is planned at night's pace.
    """

    activity: Ints
    column: Ints
    place: Ints
    vehicle: Ints
    aboard: Ints
    transfer: Ints
    length: Ints
    key: Keys
    breaks: Ints
    break_key: Keys
    link_at: Ints
    link: Ints
    link_s: Ints
    link_law: Ints
    link_m: Ints
    link_end: Ints
    round_s: Ints
    back_s: Ints
    open_at: Ints
    open_from: Ints
    open_until: Ints
    slow: Ints


class Columns(NamedTuple):
    """Per leg of a convoy: its departure's activity, spacing, convoy; `of_departure` finds it by the activity.

    Processes are the columns and then every drive by itself; `drive` lists their drives, in the order of the column.
    `void` lists, for each vehicle, the arcs that tie it to a convoy: whoever is left behind is tied no longer.
    """

    departure: Ints
    of_departure: Ints
    spacing: Ints
    convoy: Ints
    drive_at: Ints
    drive: Ints
    void_at: Ints
    void: Ints


class Fleet(NamedTuple):
    """Per vehicle: places by mobility, seconds its crews may drive before a rest and in a day.

    Per convoy: free places by mobility. Per pool: spare vehicles, places, seconds until ready, and to each site.
    """

    places: Ints
    before_rest: Ints
    in_day: Ints
    free: Ints
    spare: Ints
    spare_places: Ints
    spare_ready: Ints
    spare_to: Ints


class Incidents(NamedTuple):
    """What can go wrong. Breakdown kinds: rate per metre, law of the repair, options in order (-1 ends them).

    Cuts by link: probability, instants between, law, options, longest hold (0: any). `screen_of` finds the screening of
    a site (-1: none): laws, probability to be detained and to be released while they wait, longest wait. Walk-ins by
    boarding, trip by trip: its activity, mean number, stream, seconds each, seats free on the trip, 1 at its first.
    """

    rate: Floats
    repair: Ints
    break_options: Ints
    cut_at: Ints
    cut_key: Keys
    cut_chance: Floats
    cut_from: Ints
    cut_until: Ints
    cut_lasts: Ints
    cut_options: Ints
    cut_hold: Ints
    screen_of: Ints
    screen_key: Keys
    screen_each: Ints
    screen_detains: Floats
    screen_release: Ints
    screen_within: Floats
    screen_waits: Ints
    walk_activity: Ints
    walk_mean: Floats
    walk_key: Keys
    walk_each: Ints
    walk_free: Ints
    walk_first: Ints


class Script(NamedTuple):
    """All of it, and the limits of crews: seconds of a rest and of a night's rest.

    It is dark from `dark_from` until `dark_until`; who has not planned for it then drives at `dark_percent` of their
    speed.
    """

    activities: Activities
    chances: Chances
    drives: Drives
    columns: Columns
    fleet: Fleet
    incidents: Incidents
    capacity: Ints
    rest_s: int
    night_s: int
    dark_from: Ints
    dark_until: Ints
    dark_percent: int
