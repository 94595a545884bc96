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
    """A vehicle stood at a site, in milliseconds of the reference's time."""

    site: str
    from_ms: int
    until_ms: int


def is_close(time: Interval) -> bool:
    """Tell whether an event is placed closely enough to be a witness, or to need none."""
    return time.latest_ms - time.earliest_ms < CLOSE_MS


def stays(told: Iterable[tuple[Fact, Interval]]) -> list[Stay]:
    """Return when a vehicle stood where, by those of its events that are placed closely; in the order of time.

    Each from the first word of it there to the last. Where it left first it stood before, and where it was last told to
    be without having left it still stands. Between two stays it may have been anywhere.

    Parameters
    ----------
    told
        What was recorded about the vehicle, each with its time.
    """
    close = sorted((time.likely_ms, fact.name, fact) for fact, time in told if fact.site and is_close(time))
    found: list[Stay] = []
    for at_ms, _, fact in close:
        if found and found[-1].site == fact.site and fact.type != "arrived":
            found[-1] = found[-1]._replace(until_ms=at_ms)
        else:
            stood = not found and fact.type != "arrived"
            found.append(Stay(fact.site, -NEVER_MS if stood else at_ms, at_ms))
    if found and close[-1][2].type != "departed":
        found[-1] = found[-1]._replace(until_ms=NEVER_MS)
    return found


def likely_beside(time: Interval, site: str, vehicle: Sequence[Stay]) -> Interval:
    """Return when an event beside a vehicle at a site is likely: in a stay there, if the vehicle stood elsewhere.

    Of several that its time allows, the nearest. Where the vehicle may have been there unseen, the event stays.

    Parameters
    ----------
    time
        When it happened, by its device alone.
    site
        Where.
    vehicle
        The stays of the vehicle.
    """
    at = {one.site for one in vehicle if one.from_ms <= time.likely_ms <= one.until_ms}
    if not at or site in at:
        return time
    here = [
        (max(one.from_ms, time.earliest_ms), min(one.until_ms, time.latest_ms)) for one in vehicle if one.site == site
    ]
    likely = [min(max(time.likely_ms, start), end) for start, end in here if start <= end]
    return time._replace(likely_ms=min(likely, key=lambda at_ms: abs(at_ms - time.likely_ms), default=time.likely_ms))
