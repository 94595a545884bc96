"""Journeys by trying everything: all orders of a few sightings, and all sets of them that may be wrong.

Shares no code with the merge beyond the words for places. An order is possible when nobody is before what its device
knew, nor before what surely ended before it began, when each step is one that can be believed, and when times fit that
are taken as early as they can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise, permutations

from safepassage.ledger.journeys import LeastMs, Sighting

Order = tuple[int, ...]


def knows(sightings: Sequence[Sighting], index: int, other: int) -> bool:
    """Tell whether the device of one sighting knew another one."""
    return bool(sightings[index].known & 1 << other)


def span(sightings: Sequence[Sighting], index: int) -> tuple[int, int]:
    """Return when a sighting may have been: knowledge outweighs clocks."""
    known = [one.interval.earliest_ms for at, one in enumerate(sightings) if knows(sightings, index, at)]
    interval = sightings[index].interval
    return interval.earliest_ms, max([interval.latest_ms, *known])


def must_precede(sightings: Sequence[Sighting], first: int, then: int) -> bool:
    """Tell whether one sighting is before another for certain."""
    if knows(sightings, then, first):
        return True
    return span(sightings, first)[1] < span(sightings, then)[0] and not knows(sightings, first, then)


def unrecorded_moves(first: Sighting, then: Sighting, *, knew: bool) -> int | None:  # noqa: PLR0911  a rule each
    """Return how many moves nobody recorded between two sightings; None where that is not believed."""
    here, there = first.after, then.before
    if is_same_move(first, then):
        return 0
    if here.kind == "dead":
        return 0 if (then.after.kind, then.after.id) == ("dead", here.id) else None
    if "" in (here.kind, there.kind):
        return 0
    leaves, boards = here.kind == "vehicle", there.kind == "vehicle"
    if leaves and boards and here.id == there.id:
        return 0
    if leaves and (then.after.kind, then.after.id) == ("vehicle", here.id):
        return 1
    if here.kind == "site" and there.kind in ("site", "foot"):
        return int(here.id != there.id)
    if leaves and (boards or there.kind == "foot") and not knew:
        return None
    return leaves + boards


def is_same_move(first: Sighting, then: Sighting) -> bool:
    """Tell whether two saw one move at one site."""
    moved = (first.before.kind, first.before.id) != (first.after.kind, first.after.id)
    alike = (first.before.kind, first.before.id) == (then.before.kind, then.before.id)
    return moved and alike and first.after == then.after


def cost(order: Order, sightings: Sequence[Sighting], least_ms: LeastMs) -> int | None:
    """Return the unrecorded moves of an order; None when it is impossible."""
    if any(must_precede(sightings, then, first) for first, then in combinations(order, 2)):
        return None
    # who is in a vehicle when first seen got into it before
    total, time = int(sightings[order[0]].before.kind == "vehicle"), span(sightings, order[0])[0]
    for here, there in pairwise(order):
        one, other = sightings[here], sightings[there]
        knew = knows(sightings, there, here) or (one.upheld and other.upheld)
        moves = unrecorded_moves(one, other, knew=knew)
        if moves is None:
            return None
        known_places = one.after.kind and other.before.kind and one.after.kind != "dead"
        timed = known_places and not is_same_move(one, other)
        way = least_ms(one.after.site, other.before.site) if timed else 0
        earliest, latest = span(sightings, there)
        time = max(earliest, time + way)
        if time > latest:
            return None
        total += moves
    return None if time > span(sightings, order[-1])[1] else total


def best(chosen: Sequence[int], sightings: Sequence[Sighting], least_ms: LeastMs) -> tuple[int, set[int]] | None:
    """Return the fewest unrecorded moves of any order of some sightings, and which can be last with so few."""
    costs = {order: cost(order, sightings, least_ms) for order in permutations(chosen)}
    possible = {order: value for order, value in costs.items() if value is not None}
    if not possible:
        return None
    least = min(possible.values())
    return least, {order[-1] for order, value in possible.items() if value == least}


def smallest_sets(sightings: Sequence[Sighting], least_ms: LeastMs, most: int) -> dict[Order, int]:
    """Return the smallest sets of sightings without which the others fit, each with its unrecorded moves."""
    everything = range(len(sightings))
    for size in range(1, min(most, len(sightings) - 1) + 1):
        found = {}
        for left_out in combinations(everything, size):
            if any(sightings[one].upheld for one in left_out):
                continue
            outcome = best([one for one in everything if one not in left_out], sightings, least_ms)
            if outcome is not None:
                found[left_out] = outcome[0]
        if found:
            return found
    return {}
