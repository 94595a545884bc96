"""Boarding at the assembly site: who boards in one call and who in a second, in which bay, as late as delays nothing."""

from __future__ import annotations

from bisect import insort
from typing import TypeAlias

from msgspec import Struct

from safepassage.model.time import Window

Interval: TypeAlias = tuple[int, int]
FAR_S = 2**40


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
    """The busy times of a site's bays; a site without a limit has as many as are asked for. Outside its windows a site is busy."""

    def __init__(self, number: int, busy: dict[int, list[Interval]], opens: tuple[Window, ...] = ()) -> None:
        self.number, self.taken = number, busy
        self.closed = _closed(opens)
        self.busy = [sorted([*busy.get(bay, ()), *self.closed]) for bay in range(1, number + 1)]

    def early(self, ready_s: int, duration_s: int) -> tuple[int, int]:
        """Take the first time from `ready_s` that lasts long enough; its start and the bay (0: no limit)."""
        if not self.number:
            return _first_gap(self.closed, ready_s, duration_s), 0
        start_s, bay = min((_first_gap(taken, ready_s, duration_s), bay) for bay, taken in enumerate(self.busy))
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


def _first_gap(taken: list[Interval], ready_s: int, duration_s: int) -> int:
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
    """Divide a vehicle's bundles into one boarding call, or two when waiting for latecomers would delay its departure.

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
    waiting = sorted(bundles, key=lambda bundle: (bundle[1], bundle[0]))
    best: tuple[int, list[Call]] | None = None
    for late in range(len(waiting)):
        first, second = waiting[: len(waiting) - late], waiting[len(waiting) - late :]
        made = [_call(vehicle, part, (setup_s, due_s, free_s)) for part in (first, second) if part]
        end_s = 0
        for call in made:
            end_s = max(end_s, call.ready_s) + call.duration_s
        if best is None or end_s < best[0]:
            best = (end_s, made)
        if end_s <= due_s:
            break
    return best[1] if best else []


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
    """Give each call its bay and time: what is tight as soon as it can be, the rest late, but `margin_s` before it is due.

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
    tight |= {id(call) for call in every if id(after.get(id(call))) in tight}
    for call in sorted((c for c in every if id(c) in tight), key=lambda c: (c.latest_s, c.ready_s, c.vehicle)):
        first = before.get(id(call))
        call.start_s, call.bay = bays.early(max(call.ready_s, first.end_s if first else 0), call.duration_s)
    for call in sorted((c for c in every if id(c) not in tight), key=lambda c: (-c.due_s, c.vehicle)):
        first, second = before.get(id(call)), after.get(id(call))
        ready_s = max(call.ready_s, first.end_s if first and id(first) in tight else 0)
        due_s = min(call.due_s, second.start_s) if second else call.due_s
        found = bays.late(ready_s, call.due_s - margin_s, call.duration_s) if not second else None
        found = found or bays.late(ready_s, due_s, call.duration_s)
        call.start_s, call.bay = found or bays.early(ready_s, call.duration_s)
