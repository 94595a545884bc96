"""Read the network with what has happened: facts stand, and what has not happened is not before now.

The order in which vehicles use bays and treatment places is the plan's, as everywhere in the max-plus reading.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from safepassage.timetable.evaluate import NEVER, Times, pass_gate, ready_from
from safepassage.timetable.network import Network


class Seen(Struct, frozen=True, kw_only=True):
    """Where on a drive a vehicle was at `at_s`: `left_s` from the end; it `stands` there, or has gone on."""

    at_s: int
    left_s: int
    stands: bool

    def end_s(self, now_s: int) -> int:
        """Return when the drive ends at the earliest."""
        return max((max(self.at_s, now_s) if self.stands else self.at_s) + self.left_s, now_s)


class Known(Struct, frozen=True, kw_only=True):
    """What is known of an activity, in seconds since the start: when it began, when it ended; None: not yet.

    Of a drive that has not ended, where the vehicle was `seen` last.
    """

    start_s: int | None = None
    end_s: int | None = None
    seen: Seen | None = None


def forecast(network: Network, known: Mapping[int, Known], now_s: int) -> Times:
    """Compute the earliest times of all activities from what is known of some.

    What has begun began when it did, whatever it should have waited for; what has ended ended. What has begun and not
    ended lasts as long as it should, or as long as the rest of the drive does from where the vehicle was seen, and at
    least until now. What has not begun waits for what it has to, and for now.
    With nothing known and `now_s` before the start the times are those of `evaluate`.

    Parameters
    ----------
    network
        Activities in topological order.
    known
        By position.
    now_s
        Seconds since the start.
    """
    ready: list[int] = []
    start: list[int] = []
    end: list[int] = []
    cause: list[int] = []
    for position, activity in enumerate(network.activities):
        fact = known.get(position, Known())
        ready_s, latest_cause = ready_from(activity, start, end)
        start_s = fact.start_s
        if start_s is None and fact.end_s is not None:
            start_s = min(ready_s, fact.end_s)
        if start_s is None:
            start_s = pass_gate(activity, max(ready_s, now_s), activity.duration_s)
            end_s = NEVER if start_s == NEVER else start_s + activity.duration_s
        elif fact.seen is not None:
            end_s = fact.seen.end_s(now_s)
        elif fact.end_s is None:
            end_s = max(start_s + activity.duration_s, now_s)
        else:
            end_s = fact.end_s
        ready.append(ready_s)
        start.append(start_s)
        end.append(end_s)
        cause.append(latest_cause)
    return Times(ready_s=tuple(ready), start_s=tuple(start), end_s=tuple(end), cause=tuple(cause))
