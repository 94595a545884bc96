"""What the bounds keep of a problem: heads of some mobilities, shortest ways, groups of alike vehicles.

Everything left out only makes plans easier: other mobilities, which shelters a household may use, windows, bays,
driving limits and the number of pickups a trip may visit. Drives are closed (the shortest way over any places), so
leaving a stop out never lengthens a drive, whatever the tables say. A bound of the relaxation thus holds for every
plan, also for one in which a vehicle unloads at several shelters or picks up between two of them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.problem import UNREACHABLE, Flags, HouseholdProblem, Integers


class Ways(NamedTuple):
    """Shortest drives by table of speed, seconds, UNREACHABLE where none.

    Shapes: `out` (speeds, pickups, shelters), `back` (speeds, shelters, pickups), `across` (speeds, shelters,
    shelters), `start` (speeds, yards, pickups).
    """

    out: Integers
    back: Integers
    across: Integers
    start: Integers


class Groups(NamedTuple):
    """Vehicles that are alike, shapes (groups,): how many, their type's table of speed, yard, instant, places in all.

    `places_of` (groups, mobilities) has the places one by one.
    """

    vehicles: Integers
    speed: Integers
    yard: Integers
    available_s: Integers
    places: Integers
    places_of: Integers


class Relaxation(NamedTuple):
    """The problem of some mobilities.

    Attributes
    ----------
    heads, heads_of
        Shape (pickups,) and (pickups, mobilities): people of these mobilities who wait, together and one by one.
    possible
        Shape (pickups, most places + 1): whether whole households of a pickup can make up that many heads.
    service_s
        Seconds of boarding and alighting of all households with such heads.
    rate
        Numerator and denominator: the least seconds of service a head.
    least_s
        Shape (pickups,): seconds of service of the fewest heads that board, by that rate.
    room
        Shape (shelters,).
    """

    heads: Integers
    heads_of: Integers
    possible: Flags
    service_s: int
    rate: tuple[int, int]
    least_s: Integers
    room: Integers
    groups: Groups
    ways: Ways
    setup_s: int


def relax(problem: HouseholdProblem, mobilities: tuple[int, ...], ways: Ways) -> Relaxation | None:
    """Keep some mobilities of a problem; None when nobody has them or no vehicle takes them."""
    chosen = list(mobilities)
    heads = problem.sizes[:, chosen].sum(1)
    kept = np.flatnonzero(heads)
    groups = _groups(problem, chosen)
    if not len(kept) or not len(groups.vehicles):
        return None
    service_s = problem.board_s[kept] + problem.alight_s[kept]
    numerator, denominator = _least_rate(service_s, heads[kept])
    fewest = np.full(problem.pickups, UNREACHABLE)
    np.minimum.at(fewest, problem.pickup[kept], heads[kept])
    heads_of = np.zeros((problem.pickups, len(chosen)), np.int64)
    np.add.at(heads_of, problem.pickup, problem.sizes[:, chosen])
    return Relaxation(
        heads=heads_of.sum(1),
        heads_of=heads_of,
        possible=reachable(problem.pickup[kept], heads[kept], problem.pickups, int(groups.places.max())),
        service_s=int(service_s.sum()),
        rate=(numerator, denominator),
        least_s=numerator * fewest // denominator,
        room=problem.room,
        groups=groups,
        ways=ways,
        setup_s=problem.setup_s,
    )


def _least_rate(service_s: Integers, heads: Integers) -> tuple[int, int]:
    pairs = np.unique(np.c_[service_s, heads], axis=0).tolist()
    least = min(Fraction(seconds, own) for seconds, own in pairs)
    return least.numerator, least.denominator


def _groups(problem: HouseholdProblem, mobilities: list[int]) -> Groups:
    """Vehicles with places for some mobilities, alike ones together."""
    places = problem.places[problem.kind][:, mobilities]
    rows = np.c_[problem.speed[problem.kind], problem.yard, problem.available_s, places]
    alike, count = np.unique(rows[places.any(1)], axis=0, return_counts=True)
    speed, yard, available_s = np.ascontiguousarray(alike[:, :3].T)
    return Groups(count, speed, yard, available_s, alike[:, 3:].sum(1), np.ascontiguousarray(alike[:, 3:]))


def shortest(problem: HouseholdProblem) -> Ways:
    """Close the drives that bounds need: from yards and shelters on, and from anywhere to shelters.

    References
    ----------
    Dijkstra (1959).
    """
    yards, pickups = problem.yards, problem.pickups
    first = yards + pickups
    onward, outward = [], []
    for drive_s in np.minimum(problem.drive_s, UNREACHABLE):
        table = np.ascontiguousarray(drive_s, np.int64)
        starts = np.r_[np.arange(yards), np.arange(first, first + problem.shelters)]
        onward.append(nearest(table, starts))
        outward.append(nearest(np.ascontiguousarray(table.T), np.arange(first, first + problem.shelters)).T)
    ahead, out = np.stack(onward), np.stack(outward)
    return Ways(
        out=np.ascontiguousarray(out[:, yards:first]),
        back=np.ascontiguousarray(ahead[:, yards:, yards:first]),
        across=np.ascontiguousarray(ahead[:, yards:, first:]),
        start=np.ascontiguousarray(ahead[:, :yards, yards:first]),
    )


def between_s(problem: HouseholdProblem) -> Integers:
    """Close the drives between pickups, shape (speeds, pickups, pickups); the cost grows with their cube."""
    inner = slice(problem.yards, problem.yards + problem.pickups)
    starts = np.arange(problem.yards, problem.yards + problem.pickups)
    tables = [np.ascontiguousarray(table, np.int64) for table in np.minimum(problem.drive_s, UNREACHABLE)]
    return np.ascontiguousarray(np.stack([nearest(table, starts)[:, inner] for table in tables]))


@kernel
def nearest(drive_s: Integers, starts: Integers) -> Integers:
    """Shortest drives from some places to all, shape (starts, places)."""
    places = drive_s.shape[0]
    found = np.empty((len(starts), places), np.int64)
    for row in range(len(starts)):
        best = drive_s[starts[row]].copy()
        best[starts[row]] = 0
        done = np.zeros(places, np.bool_)
        for _ in range(places):
            here = -1
            for place in range(places):
                if not done[place] and (here < 0 or best[place] < best[here]):
                    here = place
            if best[here] >= UNREACHABLE:
                break
            done[here] = True
            for place in range(places):
                best[place] = min(best[place], best[here] + drive_s[here, place])
        found[row] = best
    return found


@kernel
def reachable(pickup: Integers, heads: Integers, pickups: int, most: int) -> Flags:
    """List the sums of heads that whole households can make up, shape (pickups, most + 1)."""
    sums = np.zeros((pickups, most + 1), np.bool_)
    sums[:, 0] = True
    for household in range(len(pickup)):
        place, own = pickup[household], heads[household]
        for total in range(most, own - 1, -1):
            if sums[place, total - own]:
                sums[place, total] = True
    return sums
