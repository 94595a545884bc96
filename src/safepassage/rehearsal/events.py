"""The clock of a run: what happens next, what it sets free, who is served next.

At one instant, ends come first, then what happens under way, then who asks to be served; among these the order of the
plan. A queue serves who came first.
"""

from __future__ import annotations

from safepassage.kernels import kernel
from safepassage.rehearsal.arena import (
    AFTER,
    ARC_AT,
    ARC_FROM_START,
    ARC_LAG,
    ARC_TO,
    BUSY,
    CAPACITY,
    CAUSE,
    END,
    FIRST,
    FITS,
    GIVEN,
    LAST,
    LASTS,
    LEFT,
    LETS_START,
    QUEUE,
    READY,
    START,
    WINDOW_AT,
    WINDOW_FROM,
    WINDOW_UNTIL,
)
from safepassage.rehearsal.script import NEVER, Ints

ENDS, UNDER_WAY, ASKS = range(3)


BITS = 21
"""An event is one number: its instant, two bits for its kind, so many for the activity or process it is of."""
_TAKEN, _NOTHING = -(2**63), 2**63 - 1
"""What stands in the place of an event that was taken, and behind the last one: before all events, and after them."""


@kernel
def clear(heap: Ints) -> None:
    """Forget all events: the first entry of `heap` counts them, the first of them is the next, then there is room."""
    heap[0] = 0
    heap[1] = _NOTHING


@kernel
def push(heap: Ints, at_s: int, kind: int, number: int) -> None:
    """Note that something happens to an activity or a process at an instant.

    Most events bring one about: the first gets the place of the one that was taken. `heapq` on a list, compiled, is a
    third slower (decision 0016).
    """
    event = (((at_s << 2) | kind) << BITS) | number
    if heap[1] == _TAKEN:
        _sink(heap, event)
        return
    heap[0] += 1
    at = heap[0]
    heap[at + 1] = _NOTHING
    while at > 1 and heap[at >> 1] > event:
        heap[at] = heap[at >> 1]
        at >>= 1
    heap[at] = event


@kernel
def is_next(heap: Ints) -> bool:
    """Tell whether there is an event to take; one that was taken and has brought none about gives up its place."""
    if heap[1] == _TAKEN:
        last = heap[0]
        event = heap[last]
        heap[0] = last - 1
        heap[last] = _NOTHING
        if last > 1:
            _sink(heap, event)
    return bool(heap[0] > 0)


@kernel
def pop(heap: Ints) -> tuple[int, int, int]:
    """Take the next event, where `is_next`: its instant, its kind, whose it is."""
    event = heap[1]
    heap[1] = _TAKEN
    return event >> (BITS + 2), (event >> BITS) & 3, event & ((1 << BITS) - 1)


@kernel
def _sink(heap: Ints, event: int) -> None:
    """Let an event go down from the first place to where it is before all that are below it."""
    last, at = heap[0], 1
    while 2 * at <= last:
        # without a branch that nobody could foresee
        below = 2 * at + int(heap[2 * at + 1] < heap[2 * at])
        if heap[below] >= event:
            break
        heap[at] = heap[below]
        at = below
    heap[at] = event


@kernel
def gate(w: Ints, activity: int, ready_s: int, lasts_s: int) -> int:
    """Return the first instant from `ready_s` in a window in which the activity fits; NEVER when there is none."""
    first, last = w[w[WINDOW_AT] + activity], w[w[WINDOW_AT] + activity + 1]
    if first == last:
        return ready_s
    needs_s = lasts_s if w[w[FITS] + activity] else 0
    for window in range(first, last):
        start_s = max(ready_s, w[w[WINDOW_FROM] + window])
        if start_s + needs_s <= w[w[WINDOW_UNTIL] + window]:
            return int(start_s)
    return NEVER


@kernel
def count(w: Ints, heap: Ints, now_s: int, arc: int) -> None:
    """Count an arc as awaited no longer; whom it was the last for asks to be served."""
    activity = w[w[ARC_TO] + arc]
    w[w[GIVEN] + arc] = 1
    w[w[LEFT] + activity] -= 1
    if w[w[LEFT] + activity] == 0:
        push(heap, max(now_s, w[w[READY] + activity]), ASKS, activity)


@kernel
def deliver(w: Ints, heap: Ints, now_s: int, activity: int, from_start: int) -> None:
    """Tell those who wait for an activity's end, or with `from_start` 1 its start, when it is."""
    if from_start and not w[w[LETS_START] + activity]:
        return
    from_s = w[w[START] + activity] if from_start else w[w[END] + activity]
    for arc in range(w[w[ARC_AT] + activity], w[w[ARC_AT] + activity + 1]):
        if w[w[ARC_FROM_START] + arc] == from_start and not w[w[GIVEN] + arc]:
            after, at_s = w[w[ARC_TO] + arc], from_s + w[w[ARC_LAG] + arc]
            ready_s = w[w[READY] + after]
            if at_s > ready_s or (at_s == ready_s and w[w[CAUSE] + after] < 0):
                w[w[READY] + after] = at_s
                w[w[CAUSE] + after] = activity
            count(w, heap, now_s, arc)


@kernel
def begin(w: Ints, heap: Ints, now_s: int, activity: int, start_s: int) -> None:
    """Let an activity start that ends by itself, if it ever does."""
    w[w[START] + activity] = start_s
    deliver(w, heap, now_s, activity, 1)
    if w[w[LASTS] + activity] < NEVER:
        w[w[END] + activity] = start_s + w[w[LASTS] + activity]
        push(heap, max(now_s, w[w[END] + activity]), ENDS, activity)


@kernel
def ask(w: Ints, heap: Ints, now_s: int, activity: int) -> None:
    """Let an activity that is ready start, stand in line, or come back when its gate opens."""
    queue = w[w[QUEUE] + activity]
    if queue < 0:
        start_s = gate(w, activity, w[w[READY] + activity], w[w[LASTS] + activity])
        if start_s < NEVER:
            begin(w, heap, now_s, activity, start_s)
    elif w[w[BUSY] + queue] == w[w[CAPACITY] + queue]:
        _stand_in_line(w, queue, activity)
    else:
        _serve(w, heap, now_s, activity)


@kernel
def _serve(w: Ints, heap: Ints, now_s: int, activity: int) -> int:
    """Serve an activity if its gate is open, 1 then; else let it come back when that opens."""
    start_s = gate(w, activity, now_s, w[w[LASTS] + activity])
    if start_s == now_s:
        w[w[BUSY] + w[w[QUEUE] + activity]] += 1
        begin(w, heap, now_s, activity, now_s)
        return 1
    if start_s < NEVER:
        push(heap, start_s, ASKS, activity)
    return 0


@kernel
def _stand_in_line(w: Ints, queue: int, activity: int) -> None:
    w[w[AFTER] + activity] = -1
    if w[w[FIRST] + queue] < 0:
        w[w[FIRST] + queue] = activity
    else:
        w[w[AFTER] + w[w[LAST] + queue]] = activity
    w[w[LAST] + queue] = activity


@kernel
def leave(w: Ints, heap: Ints, now_s: int, activity: int) -> None:
    """Let an activity leave its queue, and serve the next for whom the gate is open."""
    queue = w[w[QUEUE] + activity]
    if queue < 0:
        return
    w[w[BUSY] + queue] -= 1
    while w[w[FIRST] + queue] >= 0 and w[w[BUSY] + queue] < w[w[CAPACITY] + queue]:
        following = w[w[FIRST] + queue]
        w[w[FIRST] + queue] = w[w[AFTER] + following]
        if _serve(w, heap, now_s, following):
            w[w[CAUSE] + following] = activity
