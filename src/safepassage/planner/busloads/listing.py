"""All tours that a plan within a horizon can use, where they are few: short tours, or little to spare.

References
----------
Baldacci, Christofides and Mingozzi (2008): all columns of a reduced cost below the gap, then a whole-number programme.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel
from safepassage.planner.busloads.columns import Worthy
from safepassage.planner.busloads.pricing import Needs, Numbers, Ways, Worth, best_of_yard, fill, most_loads, most_runs
from safepassage.planner.busloads.problem import Tour

Sequences: TypeAlias = NDArray[np.int32]
"""Shape (tours, 1 + runs): a yard, then source * shelters + shelter of each run, -1 after the last."""

MOST_STEPS = 40_000_000
"""Steps of the listing before it is given up."""


class Wanted(NamedTuple):
    """Which tours are listed.

    `horizon_s`: such as last no longer; `most`: how many at most; `exact`: that take no more loads than there are;
    `share`: those that fall short by no more than this part of what they may; `best`: shape (yards,), what a tour of a
    yard is worth at most, where more is known than from a programme that forgets.
    """

    horizon_s: int
    most: int
    exact: bool
    share: int = 1
    best: Numbers | None = None


def list_tours(ways: Ways, needs: Needs, duals: tuple[Worthy, Worth], wanted: Wanted) -> tuple[Tour, ...] | None:
    """Return one tour of each content that a plan within the horizon can use; None when they are too many.

    Tours of one yard that take the same numbers of loads from the same sources to the same shelters are alike.
    """
    worthy, worth = duals
    horizon_s, best = wanted.horizon_s, wanted.best
    fill(ways, worthy.rewards, worthy.prices, horizon_s, worth)
    if best is None:
        best = np.array([best_of_yard(ways, worth, yard, horizon_s) for yard in range(len(needs.vehicles))], np.int64)
    demanded = int(needs.loads @ worthy.rewards - needs.room @ worthy.prices)
    least = -((int(needs.vehicles @ best) - demanded) // wanted.share)
    longest = min(most_runs(ways, horizon_s), int(needs.room.sum()))
    found = np.full((wanted.most, 1 + longest), -1, np.int32)
    spare = most_loads(needs, exact=wanted.exact), needs.room.copy()
    count = _list(ways, (needs.vehicles, best), duals, spare, (least, horizon_s), found)
    if count < 0:
        return None
    contents = _contents(found[:count], len(needs.room), len(needs.loads))
    _, kept = np.unique(contents, axis=0, return_index=True)
    return tuple(_tour(row.tolist(), len(needs.room)) for row in found[np.sort(kept)])


def _tour(row: list[int], shelters: int) -> Tour:
    return Tour(row[0], tuple(divmod(run, shelters) for run in row[1:] if run >= 0))


def _contents(found: Sequences, shelters: int, sources: int) -> NDArray[np.int16]:
    """Return yards and how often each source and shelter is visited; shape (tours, 1 + sources + shelters)."""
    contents = np.zeros((len(found), 1 + sources + shelters), np.int16)
    contents[:, 0] = found[:, 0]
    for run in range(1, found.shape[1]):
        rows = np.flatnonzero(found[:, run] >= 0)
        contents[rows, 1 + found[rows, run] // shelters] += 1
        contents[rows, 1 + sources + found[rows, run] % shelters] += 1
    return contents


@kernel
def _list(
    ways: Ways,
    yards: tuple[Numbers, Numbers],
    duals: tuple[Worthy, Worth],
    spare: tuple[Numbers, Numbers],
    limits: tuple[int, int],
    found: Sequences,
) -> int:
    """Write yard and runs of every tour worth enough; returns their number, -1 when there is no room or no end.

    `spare` are the loads and room a tour may take; `limits` by how much it may fall short of the best, and the horizon.
    """
    worthy, worth = duals
    vehicles, best = yards
    loads, room = spare[0].copy(), spare[1].copy()
    least, horizon_s = limits
    sources, shelters = ways.loaded_s.shape
    rewards, prices = worthy.rewards, worthy.prices
    deepest = found.shape[1] - 1
    # Of each depth: the run tried, the time left and the worth before it.
    run = np.zeros(deepest + 1, np.int64)
    left, value = np.zeros(deepest + 1, np.int64), np.zeros(deepest + 1, np.int64)
    count, steps = 0, 0
    for yard in range(len(vehicles)):
        depth = 0 if vehicles[yard] else -1
        run[0], left[0], value[0] = -1, horizon_s, -best[yard]
        while depth >= 0:
            if run[depth] >= 0 and run[depth] < sources * shelters:
                loads[run[depth] // shelters] += 1
                room[run[depth] % shelters] += 1
            run[depth] += 1
            entered = False
            while run[depth] < sources * shelters:
                steps += 1
                i, j = run[depth] // shelters, run[depth] % shelters
                leg = ways.start_s[yard, i] if depth == 0 else ways.empty_s[run[depth - 1] % shelters, i]
                at_source = left[depth] - leg
                if at_source < 0 or value[depth] + worth.at_source[i, at_source] < least or loads[i] < 1:
                    run[depth] = (i + 1) * shelters
                    continue
                after = at_source - ways.loaded_s[i, j]
                worth_now = value[depth] + rewards[i] - prices[j]
                if after >= 0 and room[j] > 0 and worth_now + worth.at_shelter[j, after] >= least:
                    entered = True
                    break
                run[depth] += 1
            if steps > MOST_STEPS:
                return -1
            if not entered:
                depth -= 1
                continue
            loads[i] -= 1
            room[j] -= 1
            if worth_now >= least:
                if count == len(found):
                    return -1
                found[count, 0] = yard
                for k in range(depth + 1):
                    found[count, 1 + k] = run[k]
                count += 1
            if depth + 1 < deepest:
                depth += 1
                run[depth], left[depth], value[depth] = -1, after, worth_now
    return count
