"""A chunk of runs played, and what was asked of them: the same for whoever plays it, and added up in any order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import entry, kernel
from safepassage.rehearsal.arena import (
    CAUSE,
    COMERS,
    DRIVE_OF,
    END,
    HELD_FROM,
    HELD_UNTIL,
    LINK_AT,
    PASSED,
    READY,
    START,
    TALLY,
    arena,
    events_of,
    length,
)
from safepassage.rehearsal.asked import OF_END, OF_START, Asked
from safepassage.rehearsal.crowds import ENDS, IS_HELD, LEAVES, Crowds
from safepassage.rehearsal.events import clear, is_next, pop, push
from safepassage.rehearsal.run import run
from safepassage.rehearsal.script import NEVER, TALLIES, Floats, Ints, Script


class Chunk(NamedTuple):
    """What runs gave, in the order of their numbers.

    `instants` shape (runs, instants), seconds, NEVER where it did not come about; `out` shape (runs, bins): people out
    in each span of time; `tallies` shape (runs, 8); `under_way` shape (runs, rides), seconds, 0 where a ride does not
    leave and NEVER where it does not end; `crowds` shape (runs, counts), the most there were at once; `dwells` shape
    (runs, lists of stays), seconds, the longest, NEVER where somebody never left. Sums over the runs:
    `critical`, shape (activities,), runs in which the activity lay on the chain that ends with the last arrival;
    `waiting`, shape (sites, bins), person-seconds that people spent at a site in each span; `gating`, shape
    (departures, activities + 1), runs in which a convoy's departure waited last for that activity, or for its window.
    """

    instants: Ints
    out: NDArray[np.int32]
    tallies: Ints
    under_way: Ints
    crowds: Ints
    dwells: Ints
    critical: Ints
    waiting: Ints
    gating: Ints


def play(script: Script, asked: Asked, seeds: Ints, first: int, count: int) -> Chunk:
    """Play runs `first` to `first + count - 1`.

    Parameters
    ----------
    script
        What `compile_plan` made.
    asked
        What to keep of each run.
    seeds
        One for each group of streams, shape (10,).
    first, count
        Which runs.
    """
    return play_on(arena(script, seeds), script, asked, first, count)


def play_on(row: Ints, script: Script, asked: Asked, first: int, count: int) -> Chunk:
    """Play runs on a row that `arena` made of the script and the seeds; what the row held of other runs is lost."""
    chunk = Chunk(
        instants=np.empty((count, len(asked.first)), np.int64),
        out=np.zeros((count, asked.bins), np.int32),
        tallies=np.empty((count, len(TALLIES)), np.int64),
        under_way=np.empty((count, len(asked.ride_from)), np.int64),
        crowds=np.empty((count, len(asked.crowds.count_at) - 1), np.int64),
        dwells=np.empty((count, len(asked.crowds.dwell_at) - 1), np.int64),
        critical=np.zeros(len(script.activities.release), np.int64),
        waiting=np.zeros((asked.sites, asked.bins), np.int64),
        gating=np.zeros((len(asked.departure), len(script.activities.release) + 1), np.int64),
    )
    counts = np.empty(int(np.diff(asked.crowds.count_at).max(initial=0)) + 3, np.int64)
    _play(row, row.view(np.float64), events_of(script), counts, asked, chunk, first)
    return chunk


def together(chunks: Iterable[Chunk], runs: int) -> Chunk:
    """Join chunks in the order of their runs, each as it comes: others may still be played.

    Parameters
    ----------
    chunks
        At least one.
    runs
        How many they hold in all, or more.
    """
    done = 0
    joined, summed = [], []
    for chunk in chunks:
        if not done:
            joined = [np.empty((runs, *array.shape[1:]), array.dtype) for array in chunk[:6]]
            summed = [np.zeros_like(array) for array in chunk[6:]]
        until = done + len(chunk.instants)
        for whole, array in zip(joined, chunk[:6], strict=True):
            whole[done:until] = array
        for whole, array in zip(summed, chunk[6:], strict=True):
            np.add(whole, array, out=whole)
        done = until
    return Chunk(*(array[:done] for array in joined), *summed)


@entry(unmeasured=4)
def _play(  # noqa: PLR0913, PLR0917 - all the memory there is
    w: Ints, x: Floats, heap: Ints, counts: Ints, asked: Asked, chunk: Chunk, first: int
) -> None:
    for number in range(len(chunk.instants)):
        run(w, x, heap, first + number)
        for n in range(length(w, TALLY)):
            chunk.tallies[number, n] = w[w[TALLY] + n]
        _read_instants(w, asked, chunk.instants[number])
        _read_deliveries(w, asked.delivery, asked.people, asked.bin_s, chunk.out[number])
        _read_rides(w, asked, chunk.under_way[number])
        _count_crowds(w, asked.crowds, counts, chunk.crowds[number])
        _read_dwells(w, asked.crowds, chunk.dwells[number])
        _add_stays(w, asked, chunk.waiting)
        _add_holds(w, asked, chunk.waiting)
        _add_gates(w, asked.departure, chunk.gating)
        if asked.last >= 0 and chunk.instants[number, asked.last] < NEVER:
            _add_chain(w, asked, chunk.critical)


@kernel
def _read_instants(w: Ints, asked: Asked, found: Ints) -> None:
    for instant in range(len(asked.first)):
        at_s = NEVER if asked.first[instant] else -NEVER
        for n in range(asked.moment_at[instant], asked.moment_at[instant + 1]):
            of = asked.moment_of[n]
            from_s = w[w[END if of == OF_END else START if of == OF_START else PASSED] + asked.moment[n]]
            moment_s = NEVER if from_s >= NEVER else from_s + asked.lag[n]
            at_s = min(at_s, moment_s) if asked.first[instant] else max(at_s, moment_s)
        found[instant] = at_s


@kernel
def _read_deliveries(w: Ints, delivery: Ints, people: Ints, bin_s: int, found: NDArray[np.int32]) -> None:
    for n in range(len(delivery)):
        at_s = w[w[END] + delivery[n]]
        if at_s // bin_s < len(found):
            found[at_s // bin_s] += people[n]


@kernel
def _read_rides(w: Ints, asked: Asked, found: Ints) -> None:
    for n in range(len(asked.ride_from)):
        leaves_s, until_s = _leaves_s(w, asked.ride_leaves[n]), w[w[END] + asked.ride_until[n]]
        found[n] = 0 if leaves_s >= NEVER else NEVER if until_s >= NEVER else until_s - w[w[START] + asked.ride_from[n]]


@kernel
def _count_crowds(w: Ints, crowds: Crowds, heap: Ints, found: Ints) -> None:
    """Find the most of each count: what changes at one instant changes together."""
    for number in range(len(found)):
        first = crowds.count_at[number]
        clear(heap)
        for n in range(first, crowds.count_at[number + 1]):
            at_s = _instant_s(w, crowds.count_when[n], crowds.count_moment[n])
            if at_s < NEVER:
                push(heap, at_s, 0, n - first)
        most, count, before_s = 0, 0, -NEVER
        while is_next(heap):
            at_s, _, n = pop(heap)
            if at_s > before_s:
                most = max(most, count)
            count += crowds.count_by[first + n] * _each(w, crowds.count_comers[first + n])
            before_s = at_s
        found[number] = max(most, count)


@kernel
def _read_dwells(w: Ints, crowds: Crowds, found: Ints) -> None:
    for number in range(len(found)):
        longest_s = 0
        for n in range(crowds.dwell_at[number], crowds.dwell_at[number + 1]):
            from_s = _instant_s(w, crowds.dwell_when[n], crowds.dwell_from[n])
            until_s = _instant_s(w, crowds.dwell_when[n] + 1, crowds.dwell_until[n])
            if from_s < NEVER:
                longest_s = max(longest_s, NEVER if until_s >= NEVER else until_s - from_s)
        found[number] = longest_s


@kernel
def _add_stays(w: Ints, asked: Asked, waiting: Ints) -> None:
    for n in range(len(asked.stay_from)):
        from_s, until_s = w[w[END] + asked.stay_from[n]], w[w[START] + asked.stay_until[n]]
        people = asked.stay_people[n] * _each(w, asked.stay_comers[n])
        _add_waiting(waiting[asked.stay_site[n]], asked.bin_s, people, from_s, until_s)


@kernel
def _add_holds(w: Ints, asked: Asked, waiting: Ints) -> None:
    """Count who is held before a link where it begins; on the first of a drive that goes on where the stay ended."""
    for n in range(len(asked.hold_link)):
        from_s = w[w[HELD_FROM] + asked.hold_link[n]]
        if from_s < NEVER:
            until_s = w[w[HELD_UNTIL] + asked.hold_link[n]]
            people = asked.hold_people[n] * _each(w, asked.hold_comers[n])
            _add_waiting(waiting[asked.hold_site[n]], asked.bin_s, people, from_s, until_s)


@kernel
def _add_waiting(waiting: Ints, bin_s: int, people: int, from_s: int, until_s: int) -> None:
    """Add person-seconds to the spans of a site."""
    end_s = bin_s * len(waiting)
    from_s, until_s = min(end_s, from_s), min(end_s, until_s)
    span = from_s // bin_s
    while from_s < until_s:
        to_s = min(until_s, (span + 1) * bin_s)
        waiting[span] += (to_s - from_s) * people
        from_s = to_s
        span += 1


@kernel
def _each(w: Ints, boarding: int) -> int:
    """Return for how many one counts: for itself (-1), or for those who came to a boarding and are on no list."""
    return int(w[w[COMERS] + boarding]) if boarding >= 0 else 1


@kernel
def _instant_s(w: Ints, when: int, which: int) -> int:
    """Return when an activity ends or a drive leaves, or from when or until when people are held before a link."""
    if when == ENDS:
        return int(w[w[END] + which])
    if when == LEAVES:
        return _leaves_s(w, which)
    return int(w[w[HELD_FROM if when == IS_HELD else HELD_UNTIL] + which])


@kernel
def _leaves_s(w: Ints, activity: int) -> int:
    """Return when a drive really leaves: who is held before its first link is still there."""
    drive, start_s = w[w[DRIVE_OF] + activity], w[w[START] + activity]
    if drive >= 0 and w[w[LINK_AT] + drive] < w[w[LINK_AT] + drive + 1]:
        first = w[w[LINK_AT] + drive]
        if w[w[HELD_FROM] + first] < NEVER:
            return int(w[w[HELD_UNTIL] + first])
    return int(start_s)


@kernel
def _add_chain(w: Ints, asked: Asked, critical: Ints) -> None:
    """Count the activities of the chain that ends with the last arrival, back to a gate or a release."""
    at, latest_s = -1, -NEVER
    for n in range(asked.moment_at[asked.last], asked.moment_at[asked.last + 1]):
        if w[w[END] + asked.moment[n]] > latest_s:
            at, latest_s = asked.moment[n], w[w[END] + asked.moment[n]]
    for _ in range(length(w, READY)):
        critical[at] += 1
        before = w[w[CAUSE] + at]
        if before < 0 or (w[w[START] + at] > w[w[READY] + at] and w[w[START] + at] > w[w[END] + before]):
            return
        at = before


@kernel
def _add_gates(w: Ints, departure: Ints, gating: Ints) -> None:
    """Count what each departure waited for last: an activity, or its own window."""
    for n in range(len(departure)):
        start_s, before = w[w[START] + departure[n]], w[w[CAUSE] + departure[n]]
        if start_s >= NEVER:
            continue
        if start_s > w[w[READY] + departure[n]] or before < 0:
            gating[n, -1] += 1
        else:
            gating[n, before] += 1
