"""Boarding at the assembly site: who boards in one call and who in a second, in which bay, as late as delays nothing."""

from __future__ import annotations

from bisect import insort

from msgspec import Struct

Interval = tuple[int, int]


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


class Bays:
    """The busy times of a site's bays; without a limit every time is free."""

    def __init__(self, number: int, busy: dict[int, list[Interval]]) -> None:
        self.number = number
        self.busy = [sorted(busy.get(bay, ())) for bay in range(1, number + 1)]

    def place_early(self, call: Call) -> None:
        """Start the call as early as it is ready and a bay is free."""
        if not self.number:
            call.start_s = call.ready_s
            return
        found = [(self._first_gap(taken, call.ready_s, call.duration_s), bay) for bay, taken in enumerate(self.busy)]
        call.start_s, bay = min(found)
        self._take(call, bay)

    def place_late(self, call: Call, due_s: int) -> bool:
        """End the call as late as `due_s` lets a bay be free; False when it cannot."""
        if not self.number:
            call.start_s = due_s - call.duration_s
            return call.start_s >= call.ready_s
        found = []
        for bay, taken in enumerate(self.busy):
            start_s = self._last_gap(taken, due_s, call.duration_s)
            if start_s >= call.ready_s:
                found.append((-start_s, bay))
        if not found:
            return False
        negative, bay = min(found)
        call.start_s = -negative
        self._take(call, bay)
        return True

    def _take(self, call: Call, bay: int) -> None:
        call.bay = bay + 1
        insort(self.busy[bay], (call.start_s, call.end_s))

    @staticmethod
    def _first_gap(taken: list[Interval], ready_s: int, duration_s: int) -> int:
        start_s = ready_s
        for from_s, until_s in taken:
            if start_s + duration_s <= from_s:
                break
            start_s = max(start_s, until_s)
        return start_s

    @staticmethod
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
    for late in range(len(waiting)):
        first, second = waiting[: len(waiting) - late], waiting[len(waiting) - late :]
        made = [_call(vehicle, part, setup_s, due_s, free_s) for part in (first, second) if part]
        end_s = 0
        for call in made:
            end_s = max(end_s, call.ready_s) + call.duration_s
        if end_s <= due_s:
            return made
    return [_call(vehicle, waiting, setup_s, due_s, free_s)]


def _call(vehicle: int, part: list[tuple[int, int, int]], setup_s: int, due_s: int, free_s: int) -> Call:
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
    for pair in made:
        if len(pair) == 2:
            pair[0].due_s = min(pair[0].due_s, pair[1].due_s - pair[1].duration_s)
    every = [call for pair in made for call in pair]
    tight = [call for call in every if call.ready_s + call.duration_s > call.due_s - margin_s]
    tight.sort(key=lambda call: (call.due_s - call.duration_s, call.ready_s, call.vehicle))
    for call in tight:
        bays.place_early(call)
    loose = [call for call in every if call not in tight]
    loose.sort(key=lambda call: (-call.due_s, call.vehicle))
    for call in loose:
        if not bays.place_late(call, call.due_s - margin_s) and not bays.place_late(call, call.due_s):
            bays.place_early(call)
    for pair in made:
        if len(pair) == 2 and pair[1].start_s < pair[0].end_s:
            pair[1].start_s = pair[0].end_s
