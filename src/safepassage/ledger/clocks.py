"""When an event happened, as an interval of the reference server's time.

A device's own clock may be hours wrong, so it is never asked for the time. Its monotonic clock counts truly within a
boot, and whenever the device reaches a server the two are read side by side (`Reading`): this places every event of
that boot to within the round trip and the drift since. An event of a boot in which no server was reached lies between
the readings before and after it in the device's chain, and between the events of the boots beside it; its monotonic
clock says how far it is from the first and the last event of its own boot at least. The device's clock then only says
where in there it is likely.

All times are milliseconds. The reference is the server whose `opened` event began the ledger: its time is its clock at
the start of each boot, carried on by its monotonic clock, and never turns back. Another server is a device like all
others: its readings count once its own clock is placed.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import NamedTuple

DRIFT_PER_MILLION = 200
"""How much a monotonic clock may go wrong. Assumption: quartz clocks of phones stay below 100 in all but extreme heat
and cold; twice that is allowed."""

NEVER_MS = 2**60
"""Beyond every time there is."""


class Interval(NamedTuple):
    """Surely not before `earliest_ms` and not after `latest_ms`; most likely at `likely_ms`."""

    earliest_ms: int
    latest_ms: int
    likely_ms: int


UNKNOWN = Interval(-NEVER_MS, NEVER_MS, 0)


class Anchor(NamedTuple):
    """Within a boot, the monotonic clock was between `asked_ms` and `answered_ms` at a known time."""

    answered_ms: int
    asked_ms: int
    time: Interval
    wall_ms: int


class Handed(NamedTuple):
    """What a device had recorded up to `sequence` was with a server not after `latest_ms`.

    With a reading, what follows it is later than `earliest_ms`: a device reads the clock before it closes a batch.
    """

    sequence: int
    earliest_ms: int
    latest_ms: int
    wall_error_ms: int


class Boot(NamedTuple):
    """The first and last event of a boot: sequence, monotonic clock, and of the first the clock."""

    first: tuple[int, int, int]
    last: tuple[int, int]


class Timeline:
    """The clocks of one device, from the readings that servers took of them.

    Parameters
    ----------
    spans
        The device's boots as far as their events are here; looked into whenever an instant is placed.
    opened_ms
        When the ledger was opened: devices are enrolled after that.
    """

    def __init__(self, spans: Mapping[str, Boot] | None = None, opened_ms: int = -NEVER_MS) -> None:
        self._spans = {} if spans is None else spans
        self._opened_ms = opened_ms
        self._boots: dict[str, list[Anchor]] = {}
        self._handed: list[Handed] = []
        self._read: list[Handed] = []

    def take(self, handed: Handed, boot: str = "", anchor: Anchor | None = None) -> None:
        """Take in what the device handed in, and the reading taken then, if any."""
        insort(self._handed, handed)
        if anchor is not None:
            insort(self._boots.setdefault(boot, []), anchor)
            insort(self._read, handed)

    def at(self, boot: str, monotonic_ms: int, wall_ms: int, sequence: int) -> Interval:
        """Place an instant of the device: in a boot with a reading by that, in another by the chain and the clock."""
        anchors = self._boots.get(boot)
        if anchors:
            return _by_readings(anchors, monotonic_ms)
        return self._by_chain(wall_ms, sequence, self._between_boots(boot, monotonic_ms))

    def read_before(self, sequence: int) -> int:
        """Return the last event that was handed in with a reading before one; 0 for none."""
        index = bisect_left(self._read, (sequence,))
        return self._read[index - 1].sequence if index else 0

    def handed_before(self, sequence: int) -> int:
        """Return the last event that was handed in before one, with a reading or without; 0 for none."""
        index = bisect_left(self._handed, (sequence,))
        return self._handed[index - 1].sequence if index else 0

    def answered_before(self, boot: str, answered_ms: int) -> int:
        """Return the monotonic clock at the last reading in a boot before one; -1 for none."""
        anchors = self._boots.get(boot, [])
        index = bisect_left(anchors, (answered_ms,))
        return anchors[index - 1].answered_ms if index else -1

    def wall_error_ms(self) -> int | None:
        """Return how far the device's clock was ahead at the last reading; None without one."""
        return self._read[-1].wall_error_ms if self._read else None

    def _between_boots(self, boot: str, monotonic_ms: int) -> tuple[int, int]:
        """Return between which times an instant lies, since its boot's events lie between those of other boots.

        The chain says so, not the boots: a boot whose numbers overlap with those of this one says nothing.
        """
        earliest, latest = -NEVER_MS, NEVER_MS
        own = self._spans.get(boot)
        for name, other in self._spans.items() if own is not None else ():
            anchors = self._boots.get(name)
            if not anchors or own is None:
                continue
            if other.first[0] > own.last[0]:
                bound = _by_readings(anchors, other.first[1]).latest_ms
                latest = min(latest, bound - _at_least(own.last[1] - monotonic_ms))
            elif other.last[0] < own.first[0]:
                bound = _by_readings(anchors, other.last[1]).earliest_ms
                earliest = max(earliest, bound + _at_least(monotonic_ms - own.first[1]))
        return earliest, latest

    def _by_chain(self, wall_ms: int, sequence: int, between: tuple[int, int]) -> Interval:
        """Place an event between what was handed in before it and with it; within, by the device's clock."""
        after = bisect_left(self._handed, (sequence,))
        latest = self._handed[after].latest_ms if after < len(self._handed) else NEVER_MS
        index = bisect_left(self._read, (sequence,))
        earliest = self._read[index - 1].earliest_ms if index else -NEVER_MS
        if latest < earliest:
            earliest, latest = latest, earliest
        if max(earliest, between[0]) <= min(latest, between[1]):
            earliest, latest = max(earliest, between[0]), min(latest, between[1])
        near = self._read[index : index + 1] or self._read[index - 1 : index]
        likely = wall_ms - (near[0].wall_error_ms if near else 0)
        if likely < self._opened_ms <= latest < NEVER_MS:
            # set since, or before: what was read of the clock says nothing of it then
            since = max(earliest, self._opened_ms)
            likely = wall_ms if since <= wall_ms <= latest else (since + latest) // 2
        return Interval(earliest, latest, min(max(likely, earliest), latest))


def _by_readings(anchors: list[Anchor], monotonic_ms: int) -> Interval:
    """Place an instant by the nearest readings before and after it: both must hold."""
    index = bisect_left(anchors, (monotonic_ms + 1,))
    near = anchors[max(index - 1, 0) : index + 1]
    spans = [_span(anchor, monotonic_ms) for anchor in near]
    earliest = max(span[0] for span in spans)
    latest = min(span[1] for span in spans)
    if latest < earliest:
        # The clock ran slower or faster than any honest one: what both readings span is all that is sure.
        earliest, latest = min(span[0] for span in spans), max(span[1] for span in spans)
    likely = min((_likely(anchor, monotonic_ms) for anchor in near), key=itemgetter(0))[1]
    return Interval(earliest, latest, min(max(likely, earliest), latest))


def _at_least(elapsed_ms: int) -> int:
    """Return how much time surely passed while a monotonic clock counted so far."""
    return max(0, elapsed_ms - elapsed_ms * DRIFT_PER_MILLION // 1_000_000 - 1)


def _likely(anchor: Anchor, monotonic_ms: int) -> tuple[int, int]:
    """Return how far an instant is from a reading, and its likely time by that.

    Not the middle between earliest and latest: the time of a server that was hardly read itself is more likely by its
    clock than in the middle of all that is possible.
    """
    since = monotonic_ms - (anchor.asked_ms + anchor.answered_ms) // 2
    return abs(since), anchor.time.likely_ms + since


def _span(anchor: Anchor, monotonic_ms: int) -> tuple[int, int]:
    """Return the earliest and latest time of an instant by one reading."""
    away = max(abs(monotonic_ms - anchor.asked_ms), abs(monotonic_ms - anchor.answered_ms))
    drift = away * DRIFT_PER_MILLION // 1_000_000 + 1
    return (
        anchor.time.earliest_ms + monotonic_ms - anchor.answered_ms - drift,
        anchor.time.latest_ms + monotonic_ms - anchor.asked_ms + drift,
    )


class Reference:
    """The clocks of the reference server.

    Parameters
    ----------
    firsts
        The first event of each boot, in the order of the chain: (boot, monotonic clock, clock) of it, and the
        monotonic clock of the boot's last event.
    """

    def __init__(self, firsts: Iterable[tuple[str, int, int, int]]) -> None:
        self.origins: dict[str, int] = {}
        """The time at which the monotonic clock of each boot stood at 0."""
        end = -NEVER_MS
        for boot, first_ms, wall_ms, last_ms in firsts:
            # A clock that was set back while the server was down must not put the new boot before the old one.
            base = max(wall_ms, end) - first_ms
            self.origins[boot] = base
            end = base + last_ms

    def at(self, boot: str, monotonic_ms: int, wall_ms: int, sequence: int) -> Interval:  # noqa: ARG002  like Timeline
        """Return the time itself; a boot of which no event is known counts by its clock."""
        origin = self.origins.get(boot)
        time = wall_ms if origin is None else origin + monotonic_ms
        return Interval(time, time, time)

    def wall_error_ms(self) -> int:
        """Return 0: the reference is right by definition."""
        return 0
