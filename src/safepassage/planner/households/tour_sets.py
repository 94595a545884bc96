"""All trips that fit a horizon, as sets of pickups: the fastest order for each start, set and shelter.

A *start* is a group of alike vehicles at its yard, or a table of speed at a shelter after a trip. Boarding and
alighting seconds depend on how many people a visit takes, not on the order, so one order, the quickest, stands for all
others.

References
----------
Held and Karp (1962), a dynamic programming approach to sequencing problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safepassage.planner.households.problem import UNREACHABLE, Integers
from safepassage.planner.households.relaxation import Relaxation

MOST_PICKUPS = 60
"""Sets are kept in the bits of one integer."""


class TripTable(NamedTuple):
    """Trips by start; `first` (starts + 1,) says where a start's trips begin.

    Starts are the groups of vehicles, then speed by speed the shelters. `mask` (sets,) has a bit for every pickup of a
    set; a set is its `parent` (sets,) and the pickup `added` (sets,); parents come first, -1 for none. A trip has a
    `chosen` set, a `shelter` and `seconds` of driving and setting up, from the operation's start for groups.
    """

    first: Integers
    chosen: Integers
    shelter: Integers
    seconds: Integers
    mask: Integers
    parent: Integers
    added: Integers


class _Label(NamedTuple):
    """Ways to start, visit a set and stand at its last pickup."""

    mask: Integers
    last: Integers
    seconds: Integers


def trips_within(relaxed: Relaxation, between_s: Integers, horizon_s: int, most: int) -> TripTable | None:
    """List every trip that a vehicle can make until the horizon; None when there are more than `most` ways."""
    parts: list[NDArray[np.int64]] = []
    shelters = relaxed.room.shape[0]
    for speed, start_s, budget_s in _starts(relaxed, horizon_s):
        found: list[NDArray[np.int64]] = []
        for label in _labels(relaxed, between_s[speed], relaxed.ways.out[speed], (start_s, budget_s)):
            most -= len(label.mask)
            if most < 0:
                return None
            found.append(_ended(relaxed, speed, label, budget_s))
        parts.append(np.concatenate(found) if found else np.zeros((0, 3), np.int64))
    trips = np.concatenate(parts)
    mask, chosen = np.unique(trips[:, 0], return_inverse=True)
    mask, parent, added, place = _family(mask)
    first = np.cumsum([0, *(len(part) for part in parts)])
    return TripTable(first, place[chosen], trips[:, 1] % max(shelters, 1), trips[:, 2].copy(), mask, parent, added)


def _starts(relaxed: Relaxation, horizon_s: int) -> Iterator[tuple[int, Integers, int]]:
    """Yield speed, seconds to every pickup, and the budget that includes them, start by start."""
    groups, ways = relaxed.groups, relaxed.ways
    leave_s = groups.available_s[:, None] + ways.start[groups.speed, groups.yard]
    for group in range(len(groups.vehicles)):
        yield int(groups.speed[group]), leave_s[group], horizon_s
    once_s = 2 * relaxed.setup_s + relaxed.least_s
    for speed in range(ways.out.shape[0]):
        own = groups.speed == speed
        there_s = (leave_s[own].min(0, initial=UNREACHABLE) + once_s)[:, None] + ways.out[speed]
        for shelter, earliest_s in enumerate(there_s.min(0)):
            yield speed, ways.back[speed, shelter], horizon_s - int(earliest_s)


def _labels(relaxed: Relaxation, between_s: Integers, out_s: Integers, leave: tuple[Integers, int]) -> Iterator[_Label]:
    """Yield the labels that can still reach a shelter in time, by number of pickups; services are counted at least."""
    start_s, budget_s = leave
    visit_s = relaxed.setup_s + relaxed.least_s
    last_s = relaxed.setup_s + out_s.min(1)
    bit = np.left_shift(np.int64(1), np.arange(len(start_s), dtype=np.int64))
    seconds = start_s + visit_s
    (last,) = np.nonzero((seconds + last_s <= budget_s) & (relaxed.heads > 0))
    label = _Label(bit[last], last, seconds[last])
    while len(label.mask):
        yield label
        reach_s = label.seconds[:, None] + between_s[label.last] + visit_s
        fresh = (label.mask[:, None] & bit) == 0
        before, last = np.nonzero(fresh & (reach_s + last_s <= budget_s) & (relaxed.heads > 0))
        label = _quickest(label.mask[before] | bit[last], last, reach_s[before, last])


def _quickest(mask: Integers, last: Integers, seconds: Integers) -> _Label:
    """Keep the quickest of the labels with the same set and last pickup."""
    order = np.lexsort((seconds, last, mask))
    mask, last, seconds = mask[order], last[order], seconds[order]
    kept = np.ones(len(mask), np.bool_)
    kept[1:] = (mask[1:] != mask[:-1]) | (last[1:] != last[:-1])
    return _Label(mask[kept], last[kept], seconds[kept])


def _ended(relaxed: Relaxation, speed: int, label: _Label, budget_s: int) -> NDArray[np.int64]:
    """Drive on to every shelter in time: rows of set, shelter, seconds of the quickest, without boarding."""
    end_s = label.seconds[:, None] + relaxed.ways.out[speed][label.last] + relaxed.setup_s
    row, shelter = np.nonzero(end_s <= budget_s)
    quickest = _quickest(label.mask[row], shelter, end_s[row, shelter])
    served_s = np.zeros(len(quickest.mask), np.int64)
    for pickup, least_s in enumerate(relaxed.least_s.tolist()):
        served_s[(quickest.mask >> pickup) & 1 == 1] += least_s
    return np.stack([quickest.mask, quickest.last, quickest.seconds - served_s], axis=1)


def _family(mask: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """Add the sets that others grow from, smaller ones first; also where each given set now stands."""
    ancestors = {0}
    for own in mask.tolist():
        rest = own
        while rest not in ancestors:
            ancestors.add(rest)
            rest &= rest - 1
    ancestors.discard(0)
    order = sorted(ancestors, key=lambda own: (own.bit_count(), own))
    place = {own: number for number, own in enumerate(order)}
    parent = [place.get(own & (own - 1), -1) for own in order]
    added = [(own & -own).bit_length() - 1 for own in order]
    where = np.array([place[own] for own in mask.tolist()], np.int64)
    return np.array(order, np.int64), np.array(parent, np.int64), np.array(added, np.int64), where
