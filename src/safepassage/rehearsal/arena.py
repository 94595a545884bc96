"""A script and the state of a run in one row of whole numbers, so that compiled calls hand over one array.

Field f of a row `w` begins at `w[f]`: its entry n is `w[w[f] + n]`, or `x[w[f] + n]` where `x` shows the same memory as
figures. A call that hands over every array of a script costs a microsecond, and compiling it minutes; this costs
nothing (docs/decisions/0016).
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from safepassage.kernels import kernel
from safepassage.rehearsal.script import GROUPS, NEVER, TALLIES, Floats, Ints, Script
from safepassage.rehearsal.spreads import POINTS, at

# the fields of a script, in the order of its arrays
(
    RELEASE, NOMINAL, FITS, QUEUE, DRIVE_OF, VEHICLE_OF, RESTS, WAITS, NEVER_COMES,
    WINDOW_AT, WINDOW_FROM, WINDOW_UNTIL,
    ARC_AT, ARC_TO, ARC_LAG, ARC_FROM_START,
    KEY, GROUP, LAW, LAW_TIMES, LAW_PLUS, LAW_DAY, LAW_PLACE, LAW_OWN, LAW_DAY_OF, LAW_PLACE_OF, DAY_KEY, PLACE_KEY,
    TABLES,
    ACTIVITY, COLUMN, NTH, VEHICLE, ABOARD, TRANSFER_S, LENGTH, DRIVE_KEY, BREAKS, BREAK_KEY, LINK_AT, LINK, LINK_S,
    LINK_LAW, LINK_M, LINK_END, ROUND_S, BACK_S, OPEN_AT, OPEN_FROM, OPEN_UNTIL, SLOW,
    DEPARTURE, OF_DEPARTURE, SPACING, CONVOY, MEMBER_AT, MEMBER, VOID_AT, VOID,
    PLACES, BEFORE_REST, IN_DAY, FREE_AT_FIRST, SPARES_AT_FIRST, SPARE_PLACES, SPARE_READY, SPARE_TO,
    RATE, REPAIR_LAW, BREAK_OPTIONS, CUT_AT, CUT_KEY, CUT_CHANCE, CUT_NOT_BEFORE, CUT_NOT_AFTER, CUT_LASTS, CUT_OPTIONS,
    CUT_HOLD, SCREEN_OF, SCREEN_KEY, SCREEN_EACH, SCREEN_DETAINS, SCREEN_RELEASE, SCREEN_WITHIN, SCREEN_WAITS,
    WALK_ACTIVITY, WALK_MEAN, WALK_KEY, WALK_EACH, WALK_FREE, WALK_FIRST,
    CAPACITY, REST_S, NIGHT_S, DARK_FROM, DARK_UNTIL, DARK_PERCENT,
) = range(97)  # fmt: skip

# what follows from them: 1 where somebody waits for the start of an activity; the first drive that has the same stream
LETS_START, ALIKE = range(97, 99)

# the fields of the state of a run
(
    READY, START, END, HELD_FROM, HELD_UNTIL, PASSED, LEFT, CAUSE, LASTS, AFTER, GIVEN, BUSY, FIRST, LAST, DAYS,
    PLACES_Z, SEEDS, RUN, TALLY,
    CLOCK, AT_LINK, DONE, ENTERED, DARK, WHO, BREAK_LINK, BREAK_SHARE, OWN, APART, EMPTIED, DRIVEN, DRIVEN_IN_DAY,
    SPARES, FREE, CUT_FROM, CUT_UNTIL, COMERS, UNIFORM, UNIFORM_TOO, FIELDS,
) = range(99, 139)  # fmt: skip


def arena(script: Script, seeds: Ints) -> Ints:
    """Put a script into a row, with room for the state of a run.

    Parameters
    ----------
    script
        What `compile_plan` made.
    seeds
        One for each group of streams, shape (10,).
    """
    told = [np.ascontiguousarray(array).reshape(-1) for array in chain(*script[:6], script[6:])]
    fields = [*(_as_ints(array) for array in told), *_follows(script), *_room(script)]
    at = FIELDS + 1 + np.concatenate([[0], np.cumsum([len(field) for field in fields])])
    found = np.concatenate([at.astype(np.int64), *fields])
    found[found[SEEDS] : found[SEEDS] + len(GROUPS)] = seeds
    return found


def _as_ints(array: np.ndarray) -> Ints:
    """Keep figures and keys bit by bit, the rest by value."""
    return array.view(np.int64) if array.dtype in (np.float64, np.uint64) else array.astype(np.int64)


def events_of(script: Script) -> Ints:
    """Make room for the events of a run: each activity asks once at a time and ends once, each process is told of."""
    activities, drives = len(script.activities.release), len(script.drives.activity)
    return np.zeros(3 * activities + 2 * (len(script.columns.departure) + drives) + 3, np.int64)


def _follows(script: Script) -> list[Ints]:
    own, keys = script.activities, script.drives.key.tolist()
    source = np.repeat(np.arange(len(own.release)), np.diff(own.arc_at))
    lets_start = np.zeros(len(own.release), np.int64)
    lets_start[source[own.arc_from_start != 0]] = 1
    first: dict[int, int] = {}
    return [lets_start, np.array([first.setdefault(key, n) for n, key in enumerate(keys)], np.int64)]


def _room(script: Script) -> list[Ints]:
    activities, drives = len(script.activities.release), len(script.drives.activity)
    processes, vehicles = len(script.columns.departure) + drives, len(script.fleet.places)
    lengths = (
        *[activities] * 3, *[len(script.drives.link)] * 3, *[activities] * 4, len(script.activities.arc_to),
        *[len(script.capacity)] * 3,
        len(script.chances.day_key), len(script.chances.place_key), len(GROUPS), 1, len(TALLIES),
        *[processes] * 6, *[drives] * 3, *[vehicles] * 4, len(script.fleet.spare), script.fleet.free.size,
        *[len(script.incidents.cut_chance)] * 2, len(script.incidents.walk_mean), *[activities] * 2,
    )  # fmt: skip
    return [np.zeros(length, np.int64) for length in lengths]


@kernel
def length(w: Ints, field: int) -> int:
    """Return how many entries a field has."""
    return int(w[field + 1] - w[field])


@kernel
def look_up(w: Ints, x: Floats, table: int, z: float) -> float:
    """Look up a figure of a table at a normal variable."""
    return at(x, w[TABLES] + table * POINTS, z)


@kernel
def _fill(w: Ints, field: int, until: int, value: int) -> None:
    # by a slice, the length of the row would have to be known (see `entry`)
    for place in range(w[field], w[until]):
        w[place] = value


@kernel
def begin_anew(w: Ints, run: int) -> None:
    """Put the state back to how it is before a run."""
    activities = length(w, RELEASE)
    for n in range(activities):
        w[w[READY] + n] = w[w[RELEASE] + n]
        w[w[LEFT] + n] = w[w[WAITS] + n]
    _fill(w, START, LEFT, NEVER)
    _fill(w, CAUSE, LASTS, -1)
    _fill(w, GIVEN, FIRST, 0)
    _fill(w, FIRST, LAST, -1)
    w[w[RUN]] = run
    _fill(w, TALLY, WHO, 0)
    _fill(w, WHO, BREAK_SHARE, -1)
    _fill(w, APART, SPARES, 0)
    for n in range(length(w, SPARES)):
        w[w[SPARES] + n] = w[w[SPARES_AT_FIRST] + n]
    for n in range(length(w, FREE)):
        w[w[FREE] + n] = w[w[FREE_AT_FIRST] + n]
