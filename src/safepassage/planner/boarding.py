"""Boarding at the assembly site.

Who boards in one call and who in a second, in which bay, as late as delays nothing.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeAlias

from msgspec import Struct

from safepassage.model.time import Window

Interval: TypeAlias = tuple[int, int]
FAR_S = 2**40
CLOSE_S = 1800
"""So long before the departure time is short, and bays are needed for latecomers."""


class Call(Struct, kw_only=True):
    """A boarding call of one vehicle: bundles (positions) that board, how long it lasts, when all of them are there."""

    vehicle: int
    bundles: list[int]
    duration_s: int
    ready_s: int
    due_s: int
    start_s: int = 0
    bay: int = 0

    @property
    def end_s(self) -> int:
        """When the call ends."""
        return self.start_s + self.duration_s

    @property
    def latest_s(self) -> int:
        """When the call should begin at the latest."""
        return self.due_s - self.duration_s


class Bays:
    """The busy times of a site's bays; a site without a limit has as many as are asked for.

    Outside its windows a site is busy.
    """

    def __init__(self, number: int, busy: dict[int, list[Interval]], opens: tuple[Window, ...] = ()) -> None:
        self.number, self.taken = number, busy
        self.closed = _closed(opens)
        self.busy = [sorted([*busy.get(bay, ()), *self.closed]) for bay in range(1, number + 1)]

    def early(self, ready_s: int, duration_s: int) -> tuple[int, int]:
        """Take the first time from `ready_s` that lasts long enough; its start and the bay (0: no limit)."""
        if not self.number:
            return first_gap(self.closed, ready_s, duration_s), 0
        start_s, bay = min((first_gap(taken, ready_s, duration_s), bay) for bay, taken in enumerate(self.busy))
        return self._take(start_s, duration_s, bay)

    def late(self, ready_s: int, due_s: int, duration_s: int) -> tuple[int, int] | None:
        """Take the last time that ends by `due_s`; None when there is none from `ready_s` on."""
        if not self.number:
            start_s = _last_gap(self.closed, due_s, duration_s)
            return (start_s, 0) if start_s >= ready_s else None
        start_s, bay = max((_last_gap(taken, due_s, duration_s), -bay) for bay, taken in enumerate(self.busy))
        return self._take(start_s, duration_s, -bay) if start_s >= ready_s else None

    def _take(self, start_s: int, duration_s: int, bay: int) -> tuple[int, int]:
        insort(self.busy[bay], (start_s, start_s + duration_s))
        insort(self.taken.setdefault(bay + 1, []), (start_s, start_s + duration_s))
        return start_s, bay + 1


def _closed(opens: tuple[Window, ...]) -> list[Interval]:
    """Turn windows into the times between them; touching windows stay apart, for a service has to fit into one."""
    if not opens:
        return []
    ordered = sorted(opens)
    edges = [-FAR_S, *(edge for window in ordered for edge in (window.from_s, window.until_s)), FAR_S]
    return [(edges[k], max(edges[k], edges[k + 1])) for k in range(0, len(edges), 2)]


def first_gap(taken: Sequence[Interval], ready_s: int, duration_s: int) -> int:
    """Return the first instant from `ready_s` from which nothing is taken for so long."""
    start_s = ready_s
    for from_s, until_s in taken:
        if start_s + duration_s <= from_s:
            break
        start_s = max(start_s, until_s)
    return start_s


def _last_gap(taken: list[Interval], due_s: int, duration_s: int) -> int:
    end_s = due_s
    for from_s, until_s in reversed(taken):
        if end_s - duration_s >= until_s:
            break
        end_s = min(end_s, from_s)
    return end_s - duration_s


def calls(
    vehicle: int,
    bundles: list[tuple[int, int, int]],
    *,
    setup_s: int,
    due_s: int,
    free_s: int,
) -> list[Call]:
    """Divide a vehicle's bundles into one boarding call.

    Or two when waiting for latecomers would take a bay when time is short.

    Parameters
    ----------
    vehicle
        Position of the vehicle.
    bundles
        (bundle, seconds ready, seconds to board) of all who ride.
    setup_s
        Seconds to set up a call.
    due_s
        When the vehicle should leave.
    free_s
        When the vehicle is there.
    """
    if not bundles:
        return []
    waiting = sorted(bundles, key=lambda bundle: (bundle[1], bundle[0]))
    first = divided([(max(free_s, ready_s), board_s) for _, ready_s, board_s in waiting], setup_s, due_s)
    return [_call(vehicle, part, (setup_s, due_s, free_s)) for part in (waiting[:first], waiting[first:]) if part]


def divided(waiting: Sequence[tuple[int, int]], setup_s: int, due_s: int) -> int:
    """Tell how many of those waiting board in a first call, the others in a second.

    Of the ways that are done in time, the one that takes a bay least when time is short; a single call where that is
    as good. When none is done in time, the one that is done first.

    Parameters
    ----------
    waiting
        (seconds ready, seconds to board), in the order of time.
    setup_s
        Seconds to set up a call.
    due_s
        When the vehicle should leave.
    """
    sums = list(accumulate((board_s for _, board_s in waiting), initial=0))
    best: tuple[int, int, int] | None = None
    chosen = len(waiting)
    for first in range(len(waiting), 0, -1):
        ready_s = waiting[first - 1][0]
        if first < len(waiting) and waiting[first][0] == ready_s:
            continue
        end_s, late_s = ready_s + setup_s + sums[first], 0
        late_s += setup_s + sums[first] if ready_s > due_s - CLOSE_S else 0
        if first < len(waiting):
            lasts_s = setup_s + sums[-1] - sums[first]
            end_s = max(end_s, waiting[-1][0]) + lasts_s
            late_s += lasts_s if waiting[-1][0] > due_s - CLOSE_S else 0
        rank = (max(0, end_s - due_s), late_s, -first)
        if best is None or rank < best:
            best, chosen = rank, first
    return chosen


def _call(vehicle: int, part: list[tuple[int, int, int]], times: tuple[int, int, int]) -> Call:
    setup_s, due_s, free_s = times
    return Call(
        vehicle=vehicle,
        bundles=[bundle for bundle, _, _ in part],
        duration_s=setup_s + sum(board_s for _, _, board_s in part),
        ready_s=max([free_s, *(ready_s for _, ready_s, _ in part)]),
        due_s=due_s,
    )


def place(made: list[list[Call]], bays: Bays, margin_s: int) -> None:
    """Give each call its bay and time.

    What is tight as soon as it can be, the rest late, but `margin_s` before it is due.

    Parameters
    ----------
    made
        Per vehicle one or two calls; a second call comes after the first.
    bays
        Of the assembly site, with what is already busy.
    margin_s
        Seconds between the end of a call and its due time, where that is possible.
    """
    before: dict[int, Call] = {}
    after: dict[int, Call] = {}
    for pair in made:
        if len(pair) == 2:
            pair[0].due_s = min(pair[0].due_s, pair[1].latest_s)
            before[id(pair[1])], after[id(pair[0])] = pair[0], pair[1]
    every = [call for pair in made for call in pair]
    tight = {id(call) for call in every if call.ready_s > call.latest_s - margin_s}
    for call in sorted((c for c in every if id(c) in tight), key=lambda c: (c.latest_s, c.ready_s, c.vehicle)):
        first = before.get(id(call))
        served_s = (first.end_s if id(first) in tight else first.ready_s + first.duration_s) if first else 0
        call.start_s, call.bay = bays.early(max(call.ready_s, served_s), call.duration_s)
    for call in sorted((c for c in every if id(c) not in tight), key=lambda c: (-c.due_s, c.vehicle)):
        first, second = before.get(id(call)), after.get(id(call))
        ready_s = max(call.ready_s, first.end_s if first and id(first) in tight else 0)
        due_s = min(call.due_s, second.start_s) if second else call.due_s
        found = bays.late(ready_s, call.due_s - margin_s, call.duration_s) if not second else None
        found = found or bays.late(ready_s, due_s, call.duration_s)
        call.start_s, call.bay = found or bays.early(ready_s, call.duration_s)
        if second and second.start_s < call.end_s:
            second.start_s, second.bay = bays.early(call.end_s, second.duration_s)
