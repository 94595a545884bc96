"""Drives under way, link by link: alone, or a convoy's column of vehicles behind each other.

A process is a column or a single drive. Its clock is that of the column's head; the vehicle at place k passes every
point k spacings later. What stops the column stops all of it; who is left behind drives on alone.
"""

from __future__ import annotations

from safepassage.kernels import kernel
from safepassage.rehearsal.arena import (
    ACTIVITY,
    APART,
    AT_LINK,
    CLOCK,
    COLUMN,
    DARK,
    DEPARTURE,
    DONE,
    DRIVE_OF,
    END,
    ENTERED,
    LINK_AT,
    LINK_END,
    LINK_S,
    MEMBER,
    MEMBER_AT,
    PASSED,
    READY,
    START,
    VEHICLE,
    WHO,
    length,
)
from safepassage.rehearsal.events import ENDS, UNDER_WAY, deliver, gate, push
from safepassage.rehearsal.mishaps import (
    GONE,
    ROUND,
    SHARES,
    cut_before,
    cut_within,
    handle,
    next_breakdown,
    note_held,
    screen,
    shut,
)
from safepassage.rehearsal.processes import before_rest, behind_s, is_with, lead, rest, tire
from safepassage.rehearsal.sampling import driven_s, gets_dark
from safepassage.rehearsal.script import NEVER, Floats, Ints


@kernel
def set_off(w: Ints, x: Floats, heap: Ints, now_s: int, number: int) -> None:
    """Let a drive begin that is ready; one of a column goes with it, and ends with it."""
    drive = w[w[DRIVE_OF] + number]
    # who has parted from this column has set off with it
    parted = w[w[APART] + w[w[VEHICLE] + drive]]
    together = w[w[COLUMN] + drive] >= 0 and parted in (0, drive + 1)
    start_s = w[w[READY] + number]
    if not together:
        start_s = gate(w, number, start_s, 0)
    if start_s == NEVER:
        return
    w[w[START] + number] = start_s
    deliver(w, heap, now_s, number, 1)
    if not together:
        process = length(w, DEPARTURE) + drive
        w[w[CLOCK] + process] = start_s
        w[w[AT_LINK] + process] = 0
        go_on(w, x, heap, now_s, process)


@kernel
def lead_off(w: Ints, x: Floats, heap: Ints, now_s: int, column: int) -> None:
    """Let a column leave at the start of its departure."""
    w[w[CLOCK] + column] = w[w[START] + w[w[DEPARTURE] + column]]
    w[w[AT_LINK] + column] = 0
    go_on(w, x, heap, now_s, column)


@kernel
def go_on(w: Ints, x: Floats, heap: Ints, now_s: int, process: int) -> None:
    """Drive until something happens that others have a part in, or to the end."""
    if w[w[WHO] + process] >= 0 and not handle(w, x, heap, now_s, process):
        return
    found = _drive_on(w, x, heap, now_s, process)
    if found == NEVER:
        _arrive(w, heap, now_s, process)
    elif found != GONE:
        push(heap, max(now_s, found), UNDER_WAY, process)


@kernel
def _drive_on(w: Ints, x: Floats, heap: Ints, now_s: int, process: int) -> int:
    """Return when a breakdown has to be dealt with, NEVER at the end of the drive, GONE when nobody goes on."""
    while True:
        drive = lead(w, process)
        if drive < 0:
            return GONE
        link = w[w[LINK_AT] + drive] + w[w[AT_LINK] + process]
        if link >= w[w[LINK_AT] + drive + 1]:
            return NEVER
        went = 0
        if not w[w[ENTERED] + process]:
            went = _enter(w, x, process, drive, link)
            if went == GONE:
                return GONE
        if went == ROUND:
            link = w[w[LINK_AT] + drive + 1] - 1
        else:
            lasts_s = driven_s(w, x, drive, link, w[w[LINK_S] + link], w[w[DARK] + process])
            happens_s = _cross(w, x, heap, now_s, process, lasts_s)
            if happens_s != NEVER:
                return happens_s
        if lead(w, process) >= 0:
            screen(w, x, process, w[w[LINK_END] + link])


@kernel
def _enter(w: Ints, x: Floats, process: int, drive: int, link: int) -> int:
    """Wait before a link until it is open for all and not cut; ROUND when another way was taken, GONE for ever."""
    nominal = w[w[LINK_S] + link]
    comes_s, nth = w[w[CLOCK] + process], w[w[AT_LINK] + process]
    while True:
        before_s = w[w[CLOCK] + process]
        w[w[DARK] + process] = gets_dark(w, x, drive, link, nominal, before_s)
        if not shut(w, process, link, driven_s(w, x, drive, link, nominal, w[w[DARK] + process])):
            note_held(w, process, nth, comes_s, NEVER)
            return GONE
        open_s = w[w[CLOCK] + process]
        went = cut_before(w, x, process, link)
        if went != 0:
            note_held(w, process, nth, comes_s, open_s)
            return went
        # who has waited may have come into the dark, or out of it
        if w[w[CLOCK] + process] == before_s:
            note_held(w, process, nth, comes_s, before_s)
            w[w[ENTERED] + process] = 1
            w[w[DONE] + process] = 0
            return 0


@kernel
def _cross(w: Ints, x: Floats, heap: Ints, now_s: int, process: int, lasts_s: int) -> int:
    """Return when a breakdown has to be dealt with, NEVER at the end of the link, GONE when nobody goes on."""
    while True:
        share, who = next_breakdown(w, x, process)
        breaks_s = share * lasts_s // SHARES if who >= 0 else NEVER
        drives_s = before_rest(w, process)
        until_s = min(lasts_s, breaks_s, w[w[DONE] + process] + drives_s)
        exits = 1 if until_s == lasts_s and breaks_s > lasts_s else 0
        step_s = until_s - w[w[DONE] + process]
        tire(w, process, step_s)
        w[w[DONE] + process] = until_s
        if not cut_within(w, heap, now_s, process, step_s, exits):
            return GONE
        if exits == 1:
            _note_passed(w, process)
            w[w[ENTERED] + process] = 0
            w[w[AT_LINK] + process] += 1
            return NEVER
        if until_s == breaks_s:
            w[w[WHO] + process] = who
            return int(w[w[CLOCK] + process] + behind_s(w, process, who))
        rest(w, process)


@kernel
def _note_passed(w: Ints, process: int) -> None:
    """Note when the first and the last of a process come to the end of a link of their drives."""
    first, last = w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1] - 1
    for member in (first, last):
        drive = w[w[MEMBER] + member]
        if is_with(w, process, drive):
            link = w[w[LINK_AT] + drive] + w[w[AT_LINK] + process]
            w[w[PASSED] + link] = w[w[CLOCK] + process] + behind_s(w, process, drive)


@kernel
def _arrive(w: Ints, heap: Ints, now_s: int, process: int) -> None:
    """End the drives of a process."""
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        drive = w[w[MEMBER] + member]
        if is_with(w, process, drive):
            number = w[w[ACTIVITY] + drive]
            w[w[END] + number] = w[w[CLOCK] + process] + behind_s(w, process, drive)
            push(heap, max(now_s, w[w[END] + number]), ENDS, number)
