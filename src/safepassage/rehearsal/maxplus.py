"""The network of a plan, its order fixed, with the durations of many runs at once (max-plus).

It knows neither queues nor what goes wrong under way, and stands for neither: bays and treatment places are used in the
plan's order. Where nothing can come in another order, and nothing happens under way, it gives the times of the
compiled simulation to the second.

References
----------
F. Baccelli, G. Cohen, G. J. Olsder, J.-P. Quadrat (1992): Synchronization and Linearity, chapter 2.
"""

from __future__ import annotations

import numpy as np

from safepassage.kernels import kernel
from safepassage.rehearsal.arena import ACTIVITY, LASTS, LINK_AT, LINK_LAW, LINK_S, OWN, arena, begin_anew, length
from safepassage.rehearsal.sampling import draw, scattered
from safepassage.rehearsal.script import NEVER, Floats, Ints, Script
from safepassage.timetable.network import Activity, Network

_WIDE = 1024
"""So many runs at once stay in the processor's cache."""


def lasting(script: Script, seeds: Ints, first: int, count: int) -> Ints:
    """Return how long everything lasts in each run, drawn as the compiled simulation draws it, unless it is stopped.

    Parameters
    ----------
    script
        What `compile_plan` made.
    seeds
        One for each group of streams, shape (10,).
    first, count
        Which runs.

    Returns
    -------
    Ints
        Shape (activities, runs), seconds, NEVER for what does not come about.
    """
    row = arena(script, seeds)
    return np.ascontiguousarray(_lasting(row, row.view(np.float64), first, count).T)


@kernel
def _lasting(w: Ints, x: Floats, first: int, count: int) -> Ints:
    found = np.empty((count, length(w, LASTS)), np.int64)
    for number in range(count):
        begin_anew(w, first + number)
        draw(w, x)
        found[number] = w[w[LASTS] : w[LASTS + 1]]
        for drive in range(length(w, ACTIVITY)):
            lasts_s = 0
            for link in range(w[w[LINK_AT] + drive], w[w[LINK_AT] + drive + 1]):
                lasts_s += scattered(w, x, w[w[LINK_LAW] + link], x[w[OWN] + drive], w[w[LINK_S] + link])
            found[number, w[w[ACTIVITY] + drive]] = lasts_s
    return found


def in_order(lasts_s: Ints, drawn: Network, fixed: Network) -> Ints:
    """Put durations drawn for a network with open queues into the positions of the one with queues in a fixed order.

    Parameters
    ----------
    lasts_s
        Shape (activities, runs), seconds.
    drawn, fixed
        Networks of the same plan.
    """
    found = np.empty_like(lasts_s)
    for position, activity in enumerate(fixed.activities):
        found[position] = activity.duration_s
    for name in ("drives", "services", "treatments", "milestones"):
        to: dict[object, int] = getattr(fixed, name)
        for key, position in getattr(drawn, name).items():
            found[to[key]] = lasts_s[position]
    return found


def times(network: Network, lasts_s: Ints) -> tuple[Ints, Ints]:
    """Compute the earliest times of many runs, as `timetable.evaluate` does of one.

    Parameters
    ----------
    network
        Activities in topological order.
    lasts_s
        Shape (activities, runs), seconds, up to NEVER.

    Returns
    -------
    starts, ends
        Shape (activities, runs), seconds, NEVER for what does not come about.

    Raises
    ------
    ValueError
        When the number of durations is not the number of activities.
    """
    if len(lasts_s) != len(network.activities):
        raise ValueError(f"expected the durations of {len(network.activities)} activities, found {len(lasts_s)}")
    starts, ends = np.empty_like(lasts_s), np.empty_like(lasts_s)
    for first in range(0, lasts_s.shape[1], _WIDE):
        these = slice(first, first + _WIDE)
        _evaluate(network, lasts_s[:, these], starts[:, these], ends[:, these])
    return starts, ends


def _evaluate(network: Network, lasts_s: Ints, starts: Ints, ends: Ints) -> None:
    for position, activity in enumerate(network.activities):
        ready = np.full(lasts_s.shape[1], activity.release_s)
        for arc in activity.arcs:
            from_s = (starts if arc.from_start else ends)[arc.before]
            # what never ends is waited for for ever, also with a lag below 0
            np.maximum(ready, np.where(from_s >= NEVER, NEVER, from_s + arc.lag_s) if arc.lag_s else from_s, out=ready)
        starts[position] = _gate(activity, ready, lasts_s[position])
        np.minimum(starts[position] + lasts_s[position], NEVER, out=ends[position])


def _gate(activity: Activity, ready: Ints, lasts_s: Ints) -> Ints:
    """Return the first instants from `ready` in a window in which the activity fits; NEVER where there is none."""
    if activity.windows is None:
        return ready
    found = np.full(len(ready), NEVER)
    needs_s = lasts_s if activity.fits else 0
    for window in reversed(activity.windows):
        start_s = np.maximum(ready, window.from_s)
        found = np.where(start_s + needs_s <= window.until_s, start_s, found)
    return found
