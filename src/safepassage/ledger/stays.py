"""When a vehicle stood at each site, as a witness to what was recorded beside it.

Whoever boards or alights does so where the vehicle stands. A phone whose clock was never read may record that at a time
nobody knows; others recorded when its vehicle came to that site and left it. That is no proof, since they may be wrong,
so it does not move what is sure of the event's time, only where in there it is likely.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from safepassage.ledger.clocks import NEVER_MS, Interval
from safepassage.ledger.facts import Fact

CLOSE_MS = 300_000
"""Events placed closer than this tell the time to others, and need nobody to tell theirs. Assumption: a vehicle stands
at a site for longer than that when people get in or out."""


class Stay(NamedTuple):
    """A vehicle was at a site, in milliseconds of the reference's time; an end that nobody recorded is that of time."""

    site: str
    from_ms: int
    until_ms: int


def is_close(time: Interval) -> bool:
    """Tell whether an event is placed closely enough to be a witness, or to need none."""
    return time.latest_ms - time.earliest_ms < CLOSE_MS


def stays(told: Iterable[tuple[Fact, Interval]]) -> list[Stay]:
    """Return when a vehicle stood where, by those events about it that are placed closely; in the order of time.

    From its arrival, or else from when it was last told to be elsewhere; until its departure, or else until it is told
    to be elsewhere.

    Parameters
    ----------
    told
        What was recorded about the vehicle, each with its time.
    """
    close = sorted((time.likely_ms, fact.name, fact) for fact, time in told if fact.site and is_close(time))
    found: list[Stay] = []
    for at_ms, _, fact in close:
        last = found[-1] if found else Stay("", -NEVER_MS, -NEVER_MS)
        if last.site == fact.site and fact.type != "arrived":
            gone = fact.type == "departed" or last.until_ms < NEVER_MS
            found[-1] = last._replace(until_ms=at_ms if gone else NEVER_MS)
            continue
        if found and last.until_ms == NEVER_MS:
            found[-1] = last = last._replace(until_ms=at_ms)
        from_ms = at_ms if fact.type == "arrived" else last.until_ms
        found.append(Stay(fact.site, from_ms, at_ms if fact.type == "departed" else NEVER_MS))
    return found


def likely_beside(time: Interval, site: str, vehicle: Sequence[Stay]) -> Interval:
    """Return when an event beside a vehicle at a site is likely: within the nearest stay that its time allows.

    Parameters
    ----------
    time
        When it happened, by its device alone.
    site
        Where.
    vehicle
        The stays of the vehicle.
    """
    here = [
        (max(one.from_ms, time.earliest_ms), min(one.until_ms, time.latest_ms)) for one in vehicle if one.site == site
    ]
    likely = [min(max(time.likely_ms, start), end) for start, end in here if start <= end]
    return time._replace(likely_ms=min(likely, key=lambda at_ms: abs(at_ms - time.likely_ms), default=time.likely_ms))
