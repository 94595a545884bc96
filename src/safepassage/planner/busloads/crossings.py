"""Sets of places and the time that vehicles can spend in them: cuts on a flow of drives, as times want it.

A flow may serve some places in a circle that no vehicle ever enters, or with fewer vehicles than have the time. Each
stay of a vehicle in a set of places begins with a drive into it; by then it has come from a yard, and what follows has
to end within the horizon. So all that is driven from places of the set takes no longer than the horizon for each drive
into it, less what these vehicles have driven before and have to drive after. The set that fails worst is a least cut.

References
----------
Laporte, Nobert and Desrochers (1985): subtour and capacity cuts where the length of tours is limited.
Kohl, Desrosiers, Madsen, Solomon and Soumis (1999): cuts on how many vehicles a set of customers needs.
Edmonds and Karp (1972): flows by shortest augmenting ways.
"""

from __future__ import annotations

from itertools import chain, combinations, islice
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel
from safepassage.planner.busloads.master import Reals
from safepassage.planner.busloads.pricing import Needs, Numbers, Ways

Places: TypeAlias = NDArray[np.bool_]
"""Shape (..., sources + shelters): the places of a set."""

FINE = 2**16
"""How finely amounts are counted where a least cut is looked for."""
MOST_GROUPS = 4_000
"""Groups of shelters around which sets are built."""
DRAWN = (0.0, 0.1, 0.3, 0.6, 1.0)
"""Vehicles that a source may add to those that come into a set, for each that its own runs keep busy."""
NEAR = 0.02
"""Vehicles that are no more than rounding."""


class Drives(NamedTuple):
    """Drives that a plan within the horizon may use; each of shape (drives,). Places are sources, then shelters.

    `tail`, `head`: places, a tail below 0 is the yard, as -1 - yard; `lasts_s`: the drive; `before_s`, `after_s`: when
    a vehicle has driven it at the earliest, and how long it drives thereafter at least; `most`: how often at most.
    """

    tail: Numbers
    head: Numbers
    lasts_s: Numbers
    before_s: Numbers
    after_s: Numbers
    most: Numbers

    def only(self, kept: Places) -> Drives:
        """Return some of the drives."""
        return Drives(*(column[kept] for column in self))


def drives_of(ways: Ways, needs: Needs, horizon_s: int) -> Drives:
    """Return all drives that can be part of a tour within a horizon."""
    sources, shelters = ways.loaded_s.shape
    at_source, at_shelter = _earliest_s(ways, needs)
    yard, source, shelter = np.arange(len(needs.vehicles)), np.arange(sources), np.arange(shelters)
    least_s = ways.loaded_s.min(axis=1)
    starts = _table((-1 - yard, source), ways.start_s, (0 * yard, least_s), (needs.vehicles, needs.loads))
    loaded = _table((source, sources + shelter), ways.loaded_s, (at_source, 0 * shelter), (needs.loads, needs.room))
    empty = _table((sources + shelter, source), ways.empty_s, (at_shelter, least_s), (needs.room, needs.loads))
    drives = Drives(*(np.concatenate(columns) for columns in zip(starts, loaded, empty, strict=True)))
    return drives.only((drives.before_s + drives.after_s <= horizon_s) & (drives.most > 0))


def _table(
    places: tuple[Numbers, Numbers],
    lasts_s: Numbers,
    around_s: tuple[Numbers, Numbers],
    most: tuple[Numbers, Numbers],
) -> Drives:
    """Return the drives of a table; `around_s` are the earliest instants at tails and the least times after heads."""
    tails, heads = np.meshgrid(*places, indexing="ij")
    before_s = lasts_s + around_s[0][:, None]
    after_s = np.broadcast_to(around_s[1], lasts_s.shape)
    columns = (tails, heads, lasts_s, before_s, after_s, np.minimum.outer(*most))
    return Drives(*(column.ravel() for column in columns))


def _earliest_s(ways: Ways, needs: Needs) -> tuple[Numbers, Numbers]:
    """Return when a vehicle can be at each source and shelter at the earliest."""
    at_source: Numbers = ways.start_s[needs.vehicles > 0].min(axis=0)
    while True:
        at_shelter: Numbers = (at_source[:, None] + ways.loaded_s).min(axis=0)
        sooner = np.minimum(at_source, (at_shelter[:, None] + ways.empty_s).min(axis=0))
        if (sooner == at_source).all():
            return at_source, at_shelter
        at_source = sooner


def entries(drives: Drives, places: Places) -> Places:
    """Return which drives come into a set, shape (drives,)."""
    return places[drives.head] & ~from_within(drives, places)


def from_within(drives: Drives, places: Places) -> Places:
    """Return which drives begin within a set, shape (drives,)."""
    return (drives.tail >= 0) & places[drives.tail]


def too_long(drives: Drives, places: Places, horizon_s: int) -> Numbers:
    """Return the coefficients of drives, shape (drives,), whose sum is at most 0 in every plan within the horizon."""
    within, into = from_within(drives, places), entries(drives, places)
    leaves = within & ~places[drives.head]
    coefficients: Numbers = np.where(within, drives.lasts_s, 0) + np.where(leaves, drives.after_s, 0)
    return coefficients + np.where(into, drives.before_s - horizon_s, 0)


def violated(drives: Drives, amounts: Reals, horizon_s: int, places: int) -> Places:
    """Return the sets of places, shape (sets, places), in which amounts of drives spend more time than there is."""
    counted = np.rint(amounts * FINE).astype(np.int64)
    started = drives.tail < 0
    tail, head, driven = drives.tail[~started], drives.head[~started], counted[~started]
    gain = np.zeros(places, np.int64)
    lasts_s, after_s, before_s = drives.lasts_s[~started], drives.after_s[~started], drives.before_s[~started]
    np.add.at(gain, tail, (lasts_s + after_s) * driven)
    np.add.at(gain, head, -after_s * driven)
    spare_s = horizon_s - drives.before_s[started]
    np.add.at(gain, drives.head[started], -spare_s * counted[started])
    loss = np.zeros((places, places), np.int64)
    np.add.at(loss, (head, tail), (horizon_s - before_s - after_s) * driven)
    found = np.unique(_heaviest_sets(gain, loss), axis=0)
    worth = (found * gain).sum(axis=1) - np.array([int(loss[np.ix_(own, ~own)].sum()) for own in found])
    order = np.argsort(-worth, kind="stable")
    best: Places = found[order[worth[order] > FINE]]
    return best


@kernel
def _heaviest_sets(gain: Numbers, loss: Numbers) -> Places:
    """Return for each place the set with it that gains most, less its losses to places outside; least cuts."""
    places = len(gain)
    sets = np.zeros((places, places), np.bool_)
    ends = np.zeros((places + 2, places + 2), np.int64)
    for k in range(places):
        ends[k, :places] = loss[k]
        if gain[k] > 0:
            ends[places, k] = gain[k]
        else:
            ends[k, places + 1] = -gain[k]
    queue, parent = np.empty(places + 2, np.int64), np.empty(places + 2, np.int64)
    for forced in range(places):
        room = ends.copy()
        room[places, forced] = 2**60
        while _augment(room, queue, parent):
            pass
        for k in range(places):
            sets[forced, k] = parent[k] >= 0
    return sets


@kernel
def _augment(room: Numbers, queue: Numbers, parent: Numbers) -> bool:
    """Send as much as fits along a shortest way from the last place but one to the last; False when there is none."""
    nodes = len(room)
    begin, end = nodes - 2, nodes - 1
    parent[:] = -1
    parent[begin], queue[0] = begin, begin
    first, last = 0, 1
    while first < last and parent[end] < 0:
        here = queue[first]
        first += 1
        for k in range(nodes):
            if parent[k] < 0 and room[here, k] > 0:
                parent[k] = here
                queue[last] = k
                last += 1
    if parent[end] < 0:
        return False
    fits, here = room[parent[end], end], end
    while here != begin:
        fits = min(fits, room[parent[here], here])
        here = parent[here]
    here = end
    while here != begin:
        room[parent[here], here] -= fits
        room[here, parent[here]] += fits
        here = parent[here]
    return True


def around_shelters(drives: Drives, amounts: Reals, needs: Needs, horizon_s: int, most: int) -> Places:
    """Return sets, shape (up to `most`, places), into which fewer vehicles come than would fill the time.

    Around every group of shelters lie the sources that are better within than without.
    """
    sources, shelters = len(needs.loads), len(needs.room)
    started, loaded = drives.tail < 0, drives.head >= sources
    empty = ~started & ~loaded
    first, to, back = np.zeros(sources), np.zeros((sources, shelters)), np.zeros((shelters, sources))
    np.add.at(first, drives.head[started], amounts[started])
    np.add.at(to, (drives.tail[loaded], drives.head[loaded] - sources), amounts[loaded])
    np.add.at(back, (drives.tail[empty] - sources, drives.head[empty]), amounts[empty])
    driven = drives.lasts_s * amounts / horizon_s
    busy = np.zeros(sources)
    np.add.at(busy, drives.tail[loaded], driven[loaded])
    np.add.at(busy, drives.head[empty], driven[empty])
    groups = _groups(shelters)
    within, without = first + (~groups) @ back, groups @ to.T
    found, scores = [], []
    for drawn in DRAWN:
        inside = within - without < drawn * busy + 1e-9
        into = np.where(inside, within, without).sum(axis=1)
        short = np.ceil((inside * busy).sum(axis=1) - NEAR) - into
        chosen = np.argsort(-short, kind="stable")[: 2 * most]
        found.append(np.concatenate((inside, groups), axis=1)[chosen])
        scores.append(short[chosen])
    order = np.argsort(-np.concatenate(scores), kind="stable")
    sets = np.concatenate(found)[order[: 4 * most]]
    _, kept = np.unique(sets, axis=0, return_index=True)
    chosen_sets: Places = sets[np.sort(kept)[:most]]
    return chosen_sets


def _groups(shelters: int) -> Places:
    """Return groups of shelters, the small ones first."""
    sizes = chain.from_iterable(combinations(range(shelters), size) for size in range(1, shelters + 1))
    chosen = list(islice(sizes, MOST_GROUPS))
    groups = np.zeros((len(chosen), shelters), np.bool_)
    for row, group in enumerate(chosen):
        groups[row, group] = True
    return groups
