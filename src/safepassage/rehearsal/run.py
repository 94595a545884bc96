"""One run after the other, compiled: from draws to the instant of everything that happens."""

from __future__ import annotations

import numpy as np

from safepassage.kernels import kernel
from safepassage.rehearsal.arena import (
    COMERS,
    DRIVE_OF,
    DRIVEN,
    END,
    HELD_FROM,
    HELD_UNTIL,
    LEFT,
    OF_DEPARTURE,
    READY,
    RESTS,
    START,
    TALLY,
    VEHICLE_OF,
    arena,
    begin_anew,
    events_of,
    length,
)
from safepassage.rehearsal.driving import go_on, lead_off, set_off
from safepassage.rehearsal.events import ASKS, ENDS, UNDER_WAY, ask, clear, deliver, is_next, leave, pop, push
from safepassage.rehearsal.processes import lead
from safepassage.rehearsal.sampling import draw
from safepassage.rehearsal.script import Floats, Ints, Script


@kernel
def run(w: Ints, x: Floats, heap: Ints, number: int) -> None:
    """Play one run: afterwards the row holds when everything started and ended, and what was counted.

    What never comes about has NEVER as its start or end. `x` shows the same memory as figures, `heap` has room for
    the events.
    """
    begin_anew(w, number)
    draw(w, x)
    clear(heap)
    for activity in range(length(w, LEFT)):
        if w[w[LEFT] + activity] == 0:
            push(heap, max(0, w[w[READY] + activity]), ASKS, activity)
    while is_next(heap):
        now_s, kind, which = pop(heap)
        if kind == UNDER_WAY:
            go_on(w, x, heap, now_s, which)
        elif kind == ENDS:
            _end(w, x, heap, now_s, which)
        elif w[w[DRIVE_OF] + which] >= 0:
            set_off(w, x, heap, now_s, which)
        elif w[w[OF_DEPARTURE] + which] < 0 or lead(w, w[w[OF_DEPARTURE] + which]) >= 0:
            ask(w, heap, now_s, which)


@kernel
def _end(w: Ints, x: Floats, heap: Ints, now_s: int, activity: int) -> None:
    leave(w, heap, now_s, activity)
    if w[w[RESTS] + activity]:
        w[w[DRIVEN] + w[w[VEHICLE_OF] + activity]] = 0
    deliver(w, heap, now_s, activity, 0)
    column = w[w[OF_DEPARTURE] + activity]
    if column >= 0:
        lead_off(w, x, heap, now_s, column)


def times_of_runs(script: Script, seeds: Ints, first: int, count: int) -> tuple[Ints, Ints, Ints]:
    """Play runs and keep everything: starts and ends, shape (runs, activities), and tallies, shape (runs, 8).

    Parameters
    ----------
    script
        What `compile_plan` made.
    seeds
        One for each group of streams, shape (10,).
    first, count
        Which runs: each has its own random numbers, whoever plays it.
    """
    row = arena(script, seeds)
    return _times_of_runs(row, row.view(np.float64), events_of(script), first, count)


@kernel
def _times_of_runs(w: Ints, x: Floats, heap: Ints, first: int, count: int) -> tuple[Ints, Ints, Ints]:
    starts = np.empty((count, length(w, START)), np.int64)
    ends = np.empty((count, length(w, END)), np.int64)
    tallies = np.empty((count, length(w, TALLY)), np.int64)
    for number in range(count):
        run(w, x, heap, first + number)
        starts[number] = w[w[START] : w[START + 1]]
        ends[number] = w[w[END] : w[END + 1]]
        tallies[number] = w[w[TALLY] : w[TALLY + 1]]
    return starts, ends, tallies


def holds_of_runs(script: Script, seeds: Ints, first: int, count: int) -> tuple[Ints, Ints, Ints]:
    """Play runs and keep who was held before which link, and who came unlisted.

    Parameters
    ----------
    script, seeds, first, count
        As for `times_of_runs`.

    Returns
    -------
    from_s, until_s
        Per link of each drive, shape (runs, links), NEVER where nobody was held, or never went on.
    comers
        Who boarded at each boarding to which people come who are on no list, shape (runs, boardings).
    """
    row = arena(script, seeds)
    return _holds_of_runs(row, row.view(np.float64), events_of(script), first, count)


@kernel
def _holds_of_runs(w: Ints, x: Floats, heap: Ints, first: int, count: int) -> tuple[Ints, Ints, Ints]:
    from_s = np.empty((count, length(w, HELD_FROM)), np.int64)
    until_s = np.empty((count, length(w, HELD_UNTIL)), np.int64)
    comers = np.empty((count, length(w, COMERS)), np.int64)
    for number in range(count):
        run(w, x, heap, first + number)
        from_s[number] = w[w[HELD_FROM] : w[HELD_FROM + 1]]
        until_s[number] = w[w[HELD_UNTIL] : w[HELD_UNTIL + 1]]
        comers[number] = w[w[COMERS] : w[COMERS + 1]]
    return from_s, until_s, comers
