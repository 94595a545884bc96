"""Who drives together: the vehicles of a column that are still with it, or one vehicle alone."""

from __future__ import annotations

from safepassage.kernels import kernel
from safepassage.rehearsal.arena import (
    ABOARD,
    APART,
    AT_LINK,
    BEFORE_REST,
    CLOCK,
    COLUMN,
    CONVOY,
    DARK,
    DEPARTURE,
    DONE,
    DRIVEN,
    DRIVEN_IN_DAY,
    EMPTIED,
    ENTERED,
    FREE,
    GIVEN,
    IN_DAY,
    MEMBER,
    MEMBER_AT,
    NIGHT_S,
    NTH,
    PLACES,
    REST_S,
    SPACING,
    TALLY,
    VEHICLE,
    VOID,
    VOID_AT,
    length,
)
from safepassage.rehearsal.events import UNDER_WAY, count, push
from safepassage.rehearsal.script import NEVER, SPLITS, Ints


@kernel
def is_with(w: Ints, process: int, drive: int) -> bool:
    """Tell whether a drive is still with its process."""
    return process >= length(w, DEPARTURE) or not w[w[APART] + w[w[VEHICLE] + drive]]


@kernel
def lead(w: Ints, process: int) -> int:
    """Return the first drive that is still with a process; -1 when none is."""
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        if is_with(w, process, w[w[MEMBER] + member]):
            return int(w[w[MEMBER] + member])
    return -1


@kernel
def behind_s(w: Ints, process: int, drive: int) -> int:
    """Return how far behind the clock of its process a drive is."""
    return w[w[NTH] + drive] * w[w[SPACING] + process] if process < length(w, DEPARTURE) else 0


@kernel
def before_rest(w: Ints, process: int) -> int:
    """Return for how many seconds all of a process may drive before the crews of one have to rest."""
    least_s = NEVER
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        drive = w[w[MEMBER] + member]
        vehicle = w[w[VEHICLE] + drive]
        if is_with(w, process, drive):
            least_s = min(least_s, w[w[BEFORE_REST] + vehicle] - w[w[DRIVEN] + vehicle])
            least_s = min(least_s, w[w[IN_DAY] + vehicle] - w[w[DRIVEN_IN_DAY] + vehicle])
    return max(0, least_s)


@kernel
def tire(w: Ints, process: int, driven_s: int) -> None:
    """Count what the crews of a process have driven."""
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        drive = w[w[MEMBER] + member]
        if is_with(w, process, drive):
            w[w[DRIVEN] + w[w[VEHICLE] + drive]] += driven_s
            w[w[DRIVEN_IN_DAY] + w[w[VEHICLE] + drive]] += driven_s


@kernel
def rest(w: Ints, process: int) -> None:
    """Stand until the crews have rested: a night when those of one have driven their day."""
    night = False
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        drive = w[w[MEMBER] + member]
        vehicle = w[w[VEHICLE] + drive]
        if is_with(w, process, drive) and w[w[DRIVEN_IN_DAY] + vehicle] >= w[w[IN_DAY] + vehicle]:
            night = True
    w[w[CLOCK] + process] += w[w[NIGHT_S]] if night else w[w[REST_S]]
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        drive = w[w[MEMBER] + member]
        vehicle = w[w[VEHICLE] + drive]
        if is_with(w, process, drive):
            w[w[DRIVEN] + vehicle] = 0
            if night:
                w[w[DRIVEN_IN_DAY] + vehicle] = 0


@kernel
def aboard(w: Ints, drive: int) -> int:
    """Count who is aboard on a drive."""
    at = w[ABOARD] + 3 * drive
    return int(w[at] + w[at + 1] + w[at + 2])


@kernel
def people(w: Ints, process: int) -> int:
    """Count who is aboard of all that are still with a process."""
    found = 0
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        drive = w[w[MEMBER] + member]
        if is_with(w, process, drive):
            found += aboard(w, drive)
    return found


@kernel
def part(w: Ints, heap: Ints, now_s: int, drive: int, resumes_s: int) -> None:
    """Let a vehicle leave its column and go on by itself at `resumes_s` (NEVER: not), from where its process stands.

    The caller sets the link and the seconds done on it, where they differ from the column's.
    """
    vehicle, column = w[w[VEHICLE] + drive], w[w[COLUMN] + drive]
    alone = length(w, DEPARTURE) + drive
    w[w[APART] + vehicle] = drive + 1
    w[w[CLOCK] + alone] = resumes_s
    w[w[AT_LINK] + alone] = w[w[AT_LINK] + column]
    w[w[DONE] + alone] = w[w[DONE] + column]
    w[w[ENTERED] + alone] = 1
    w[w[DARK] + alone] = w[w[DARK] + column]
    w[w[TALLY] + SPLITS] += 1
    for at in range(w[w[VOID_AT] + vehicle], w[w[VOID_AT] + vehicle + 1]):
        if not w[w[GIVEN] + w[w[VOID] + at]]:
            count(w, heap, now_s, w[w[VOID] + at])
    if not w[w[EMPTIED] + vehicle]:
        # its free places are no longer there for the others
        for mobility in range(3):
            spare = w[w[PLACES] + 3 * vehicle + mobility] - w[w[ABOARD] + 3 * drive + mobility]
            w[w[FREE] + 3 * w[w[CONVOY] + column] + mobility] -= spare
    if resumes_s < NEVER:
        push(heap, max(now_s, resumes_s), UNDER_WAY, alone)
