"""Read the network: earliest times forward (max-plus), latest times backward, the chain that binds.

References
----------
Kelley and Walker (1959), critical-path planning; Baccelli, Cohen, Olsder and Quadrat (1992), *Synchronization and
Linearity*, chapter 2, for the max-plus reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from safepassage.timetable.network import Activity, Arc, Network

NEVER = 2**50


class Times(Struct, frozen=True, kw_only=True):
    """Per activity, in seconds since the start, shape (n_activities,).

    `ready_s` is when all it waits for is done, `start_s` when its windows let it start, `end_s` its end. `cause` is the
    position of the activity that it waited for last, -1 for its own release. NEVER stands for what cannot be: no window
    is left, or it waits for something that never ends.
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
        ready_s, latest_cause = ready_from(activity, start, end)
        start_s = pass_gate(activity, ready_s, duration_s)
        ready.append(ready_s)
        start.append(start_s)
        end.append(NEVER if start_s == NEVER else start_s + duration_s)
        cause.append(latest_cause)
    return Times(ready_s=tuple(ready), start_s=tuple(start), end_s=tuple(end), cause=tuple(cause))


def ready_from(activity: Activity, start_s: Sequence[int], end_s: Sequence[int]) -> tuple[int, int]:
    """Return when all that an activity waits for is done, and what it waited for last (-1: its own release).

    Parameters
    ----------
    activity
        Which.
    start_s, end_s
        Of all activities before it.
    """
    ready_s, cause = activity.release_s, -1
    for arc in activity.arcs:
        # what never ends is waited for for ever, also with a lag below 0
        from_s = start_s[arc.before] if arc.from_start else end_s[arc.before]
        at_s = NEVER if from_s == NEVER else from_s + arc.lag_s
        if at_s > ready_s or (at_s == ready_s and cause < 0):
            ready_s, cause = at_s, arc.before
    return ready_s, cause


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

    The slack of an activity is its latest start minus its start: so much can it be delayed. It is below 0 where
    `due_s` cannot be met: so much too late is it. An activity that has no window before `due_s` has -NEVER, and so has
    what it waits for.

    Parameters
    ----------
    network
        Activities in topological order.
    times
        Of these activities: the durations are taken from there. One that never starts has its nominal duration.
    due_s
        When the last of all activities has to have ended; `max(times.end_s)` for slack against the last of them.
    """
    activities = network.activities
    latest_end = [due_s] * len(activities)
    latest_start = [0] * len(activities)
    for position in range(len(activities) - 1, -1, -1):
        activity = activities[position]
        start_s = times.start_s[position]
        duration_s = activity.duration_s if start_s == NEVER else times.end_s[position] - start_s
        at_s = _last_in(activity, latest_end[position] - duration_s, duration_s)
        latest_start[position] = at_s
        for arc in activity.arcs:
            before_s = -NEVER if at_s == -NEVER else at_s - arc.lag_s + _from_end_s(network, times, arc)
            latest_end[arc.before] = min(latest_end[arc.before], before_s)
    return tuple(latest_start)


def _from_end_s(network: Network, times: Times, arc: Arc) -> int:
    """Seconds from the instant that an arc counts from to the end of the activity before it."""
    if not arc.from_start:
        return 0
    before = arc.before
    ends = times.start_s[before] < NEVER
    return times.end_s[before] - times.start_s[before] if ends else network.activities[before].duration_s


def _last_in(activity: Activity, until_s: int, duration_s: int) -> int:
    """Return the last instant up to `until_s` at which the activity may start; -NEVER when there is none."""
    if activity.windows is None:
        return max(until_s, -NEVER)
    extra_s = duration_s if activity.fits else 0
    last = [(window.from_s, min(until_s, window.until_s - extra_s)) for window in activity.windows]
    return max((at_s for from_s, at_s in last if from_s <= at_s), default=-NEVER)


def chain(times: Times, last: int) -> tuple[int, ...]:
    """Follow the causes back from activity `last` to the release or the window where the chain begins.

    Returns
    -------
    tuple of int
        Positions, earliest first. An activity that waits for a window begins the chain: nothing before it binds. So
        does one that no window is left for, when `last` never starts.
    """
    links = [last]
    while times.start_s[links[-1]] == times.ready_s[links[-1]] and times.cause[links[-1]] >= 0:
        links.append(times.cause[links[-1]])
    return tuple(reversed(links))
