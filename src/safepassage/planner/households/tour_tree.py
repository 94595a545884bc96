"""Push the bound of whole tours by cases: each case keeps to limits of its own, the weakest case counts.

A case is split where its linear program is undecided: how often a pickup is visited (once: all its people board then),
how many trips of a group, or to a shelter, visit a pickup, how many visit any of two. These are whole numbers in every
plan, so every plan keeps to one part of each split, and the least bound over all open cases holds for every plan.

References
----------
Land and Doig (1960), an automatic method of solving discrete programming problems.
Ryan and Foster (1981), an integer programming approach to scheduling: splitting on pairs that go together.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from safepassage.planner.households.problem import Flags, Integers
from safepassage.planner.households.tour_columns import Case, Column, Count, Limits, columns, no_limits, price
from safepassage.planner.households.tour_master import Master

NEGLIGIBLE = 1e-4
"""Shares and people below this count as none; a matter of where to look, never of proof."""
TRIED = 4
"""Splits by visits, and by kinds of trips, that are tried before one is chosen."""


class Effort(Struct, kw_only=True):
    """What may still be spent: rounds of pricing; `late` says whether the time is up."""

    rounds: float
    late: Callable[[], bool]

    def spent(self) -> bool:
        """Whether work has to stop."""
        return self.rounds <= 0 or self.late()


class Solved(Struct, frozen=True):
    """A case: no plan that keeps its limits ends before `bound_s`; tours with their shares where it is undecided.

    `basis` is where its linear program ended: parts of the case start from there.
    """

    bound_s: int
    limits: Limits
    basis: Integers
    tours: tuple[tuple[Column, float], ...] = ()


def tour_bound(case: Case, least_s: int, effort: Effort, tell: Callable[[int], None]) -> int:
    """Raise a bound by tours as far as effort and the case's horizon allow.

    Parameters
    ----------
    case
        Its horizon is the largest bound of interest minus one.
    least_s
        A bound already proved.
    effort
        Ends the work; what was proved until then holds.
    tell
        Called with every better bound.
    """
    master, numbers = Master(case), count()
    best_s = least_s
    root = solve(case, master, Solved(least_s, no_limits(case), master.basis), effort)
    queue = [(root.bound_s, next(numbers), root)]
    while True:
        if queue[0][0] > best_s:
            best_s = queue[0][0]
            tell(best_s)
        if best_s > case.horizon_s or effort.spent():
            return best_s
        _, _, weakest = heapq.heappop(queue)
        parts = _split(case, master, weakest, effort)
        if not parts:
            return best_s
        for part in parts:
            heapq.heappush(queue, (part.bound_s, next(numbers), part))


def solve(case: Case, master: Master, part: Solved, effort: Effort) -> Solved:
    """Raise the bound of a case by column generation."""
    bound_s, master.basis = part.bound_s, part.basis
    while not effort.spent() and bound_s <= case.horizon_s:
        effort.rounds -= 1
        left, prices, shares = master.solve(part.limits, bound_s)
        if left > NEGLIGIBLE:
            priced = price(case, part.limits, prices)
            (proved,) = np.nonzero(priced.proof[bound_s:] > 0)
            bound_s += int(proved[-1]) + 1 if len(proved) else 0
            if bound_s > case.horizon_s or master.add(columns(case, prices, priced, bound_s)) or len(proved):
                continue
        used = np.flatnonzero(shares > NEGLIGIBLE).tolist()
        return Solved(
            bound_s, part.limits, master.basis, tuple((master.columns[own], float(shares[own])) for own in used)
        )
    return Solved(bound_s, part.limits, master.basis)


def _split(case: Case, master: Master, weakest: Solved, effort: Effort) -> list[Solved]:
    """Split a case in the way that raises its weaker part most, of some tried; nothing where there is no way."""
    best: list[Solved] = []
    for own in _ways(case, weakest):
        parts = [solve(case, master, Solved(weakest.bound_s, limits, weakest.basis), effort) for limits in own]
        if not best or _rank(parts) > _rank(best):
            best = parts
        if effort.spent() or _rank(best)[0] > case.horizon_s:
            break
    return best


def _rank(parts: list[Solved]) -> tuple[int, int]:
    bounds_s = sorted(part.bound_s for part in parts)
    return bounds_s[0], bounds_s[-1]


def _ways(case: Case, weakest: Solved) -> list[tuple[Limits, Limits]]:
    """List the splits to try: those of the least decided numbers."""
    pickups = len(case.relaxed.heads)
    visits = np.sum([share * tour.visits for tour, share in weakest.tours], axis=0)
    ways = [_by_visits(weakest.limits, int(p), float(visits[p])) for p in _undecided(visits)[:TRIED]]
    made = np.array([(tour.group, *trip) for tour, _ in weakest.tours for trip in tour.trips])
    shares = np.array([share for tour, share in weakest.tours for _ in tour.trips])
    masks = case.table.mask[made[:, 1]]
    kinds = _kinds(case, pickups)
    amounts = np.array([float(shares @ kind.among(made[:, 0], masks, made[:, 2])) for kind in kinds])
    order = _undecided(amounts)[:TRIED]
    return ways + [_by_count(case, weakest.limits, kinds[own], float(amounts[own])) for own in order.tolist()]


class _Kind(NamedTuple):
    """Trips of one group (-1: of all), to one shelter (-1: to any) that visit any of some pickups (a mask)."""

    group: int
    shelter: int
    mask: int

    def among(self, group: Integers, mask: Integers, shelter: Integers) -> Flags:
        """Say which trips are of this kind."""
        own: Flags = (mask & self.mask) != 0
        if self.group >= 0:
            own &= group == self.group
        if self.shelter >= 0:
            own &= shelter == self.shelter
        return own


def _kinds(case: Case, pickups: int) -> list[_Kind]:
    """List the kinds of trips whose number may decide a case."""
    whole = (1 << pickups) - 1
    groups, shelters = len(case.by_group), len(case.relaxed.room)
    kinds = [_Kind(g, t, whole) for g in range(-1, groups) for t in range(-1, shelters)]
    for p in range(pickups):
        kinds += [_Kind(g, -1, 1 << p) for g in range(groups)]
        kinds += [_Kind(-1, t, 1 << p) for t in range(shelters)]
        kinds += [_Kind(-1, -1, 1 << p | 1 << q) for q in range(p)]
    return kinds


def _undecided(amounts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order the amounts that are not whole, the least decided first."""
    apart = np.minimum(amounts - np.floor(amounts), np.ceil(amounts) - amounts)
    order = np.argsort(-apart, kind="stable")
    return order[apart[order] > NEGLIGIBLE]


def _by_visits(limits: Limits, pickup: int, visits: float) -> tuple[Limits, Limits]:
    below = int(np.floor(visits))
    most, fewest, whole = limits.most.copy(), limits.fewest.copy(), limits.whole.copy()
    most[pickup], fewest[pickup] = below, below + 1
    whole[pickup] = below == 1
    return replace(limits, most=most, whole=whole), replace(limits, fewest=fewest)


def _by_count(case: Case, limits: Limits, kind: _Kind, trips: float) -> tuple[Limits, Limits]:
    """Split by how many trips there are of a kind."""
    groups, sets, shelters = limits.allowed.shape
    shelter = np.broadcast_to(np.arange(shelters), (sets, shelters))
    mask = np.broadcast_to(case.table.mask[:, None], (sets, shelters))
    own = _Kind(-1, kind.shelter, kind.mask).among(mask, mask, shelter)
    who = np.ones(groups, np.bool_) if kind.group < 0 else np.arange(groups) == kind.group
    below = int(np.floor(trips))
    more = replace(limits, counts=(*limits.counts, Count(who, own, below + 1, at_least=True)))
    if below:
        return replace(limits, counts=(*limits.counts, Count(who, own, below, at_least=False))), more
    return replace(limits, allowed=limits.allowed & ~(who[:, None, None] & own)), more
