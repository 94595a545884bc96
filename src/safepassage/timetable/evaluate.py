"""Read the network: earliest times forward (max-plus), latest times backward, the chain that binds.

References
----------
Kelley and Walker (1959), critical-path planning; Baccelli, Cohen, Olsder and Quadrat (1992), *Synchronization and
Linearity*, chapter 2, for the max-plus reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from safepassage.model.time import Window
from safepassage.timetable.network import Activity, Network

NEVER = 2**50


class Times(Struct, frozen=True, kw_only=True):
    """Per activity, in seconds since the start, shape (n_activities,).

    `ready_s` is when all it waits for is done, `start_s` when its window lets it start (NEVER: no window is left), `end_s` its end.
    `cause` is the position of the activity that it waited for last, -1 for its own release.
    """

    ready_s: tuple[int, ...]
    start_s: tuple[int, ...]
    end_s: tuple[int, ...]
    cause: tuple[int, ...]


def evaluate(network: Network, durations_s: Sequence[int] | None = None) -> Times:
    """Compute the earliest times for the given durations (nominal ones by default).

    Parameters
    ----------
    network
        Activities in topological order.
    durations_s
        Shape (n_activities,), seconds.

    Raises
    ------
    ValueError
        When the number of durations is not the number of activities.
    """
    activities = network.activities
    lasting = [a.duration_s for a in activities] if durations_s is None else list(durations_s)
    if len(lasting) != len(activities):
        raise ValueError(f"expected {len(activities)} durations, found {len(lasting)}")
    ready: list[int] = []
    start: list[int] = []
    end: list[int] = []
    cause: list[int] = []
    for activity, duration_s in zip(activities, lasting, strict=True):
        ready_s, latest = activity.release_s, -1
        for arc in activity.arcs:
            at_s = end[arc.before] + arc.lag_s
            if at_s > ready_s or (at_s == ready_s and latest < 0):
                ready_s, latest = at_s, arc.before
        start_s = pass_gate(activity, min(ready_s, NEVER), duration_s)
        ready.append(min(ready_s, NEVER))
        start.append(start_s)
        end.append(NEVER if start_s == NEVER else start_s + duration_s)
        cause.append(latest)
    return Times(ready_s=tuple(ready), start_s=tuple(start), end_s=tuple(end), cause=tuple(cause))


def pass_gate(activity: Activity, ready_s: int, duration_s: int) -> int:
    """Return the first instant from `ready_s` in a window in which the activity fits; NEVER when there is none."""
    if activity.windows is None:
        return ready_s
    for window in activity.windows:
        start_s = max(ready_s, window.from_s)
        if start_s + (duration_s if activity.fits else 0) <= window.until_s:
            return start_s
    return NEVER


def latest(network: Network, times: Times, due_s: int) -> tuple[int, ...]:
    """Compute the latest start of each activity that still lets everything end by `due_s`, shape (n_activities,).

    The slack of an activity is its latest start minus its start. A window holds it to the window's last instant.
    """
    activities = network.activities
    latest_end = [due_s] * len(activities)
    latest_start = [0] * len(activities)
    for position in range(len(activities) - 1, -1, -1):
        activity = activities[position]
        start_s = latest_end[position] - activity.duration_s
        latest_start[position] = _last_in(activity, start_s, times.start_s[position])
        for arc in activity.arcs:
            latest_end[arc.before] = min(latest_end[arc.before], latest_start[position] - arc.lag_s)
    return tuple(latest_start)


def _last_in(activity: Activity, start_s: int, at_least_s: int) -> int:
    if activity.windows is None:
        return start_s
    extra_s = activity.duration_s if activity.fits else 0
    inside = [
        min(start_s, window.until_s - extra_s)
        for window in activity.windows
        if _reaches(window, start_s) and window.until_s - extra_s >= at_least_s
    ]
    return max(inside, default=at_least_s)


def _reaches(window: Window, start_s: int) -> bool:
    return window.from_s <= start_s


def chain(times: Times, last: int) -> tuple[int, ...]:
    """Follow the causes back from activity `last` to the release or the window where the chain begins.

    Returns
    -------
    tuple of int
        Positions, earliest first. An activity that waits for a window begins the chain: nothing before it binds.
    """
    links = [last]
    while times.start_s[links[-1]] == times.ready_s[links[-1]] and times.cause[links[-1]] >= 0:
        links.append(times.cause[links[-1]])
    return tuple(reversed(links))
