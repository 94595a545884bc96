"""Whether what was seen of one subject can all be true: one place at a time, least travel time between places.

A *sighting* says where its subject was when the event happened, before it and after it. Sightings are ordered as far as
that is known: an event whose device knew another comes after it, and one that surely ended before another began comes
before it. A *journey* is an order of all sightings that respects this, with a time for each within its interval and
between two of them at least the time that the way takes. If there is none, the sightings contradict each other, and
the smallest sets of them without which there is one are the *readings* that a person has to choose from.

The search is exact. It goes through orders depth first, the likely ones first, and never twice through the same set of
sightings with the same last one at a later time. Orders are few: devices are offline for hours, but what one device
recorded is in order, and clocks are placed to within seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple, TypeAlias

from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest

LARGEST_SET_ASIDE = 3
"""How many sightings may be wrong at once for the readings to be listed; beyond, all are named."""

MOST_READINGS = 8
MOST_STEPS = 500_000
"""Steps tried in all searches about one subject. Beyond, the question is left open, and told as a contradiction."""

MOST_SUSPECTS = 14
"""Sightings of which any may be wrong. Of more, those up to where the likely order first breaks are suspected."""


class Where(NamedTuple):
    """A place, by its kind; `site` is the site that it is at or was last left from.

    `site`: at a site. `foot`: at a site and in no vehicle. `vehicle`: aboard one. `road`: a vehicle between sites.
    `dead`: died there. An empty kind is unknown.
    """

    kind: str = ""
    id: str = ""
    site: str = ""


NOWHERE = Where()

LeastMs: TypeAlias = Callable[[str, str], int]
"""From site to site, the least milliseconds on the way; 0 where nothing is known."""


class Sighting(NamedTuple):
    """One event about the subject: what it says of its place before and after.

    `known` are the positions (in the list of sightings) of those that its device knew, as bits of a number.
    `upheld` means that a person has looked into it and says it is true.
    """

    name: Digest
    interval: Interval
    known: int
    before: Where
    after: Where
    upheld: bool = False


class Journey(NamedTuple):
    """A possible order of the sightings, and how many moves in it nobody recorded."""

    order: tuple[int, ...]
    unrecorded: int


class Finding(NamedTuple):
    """What the sightings of a subject amount to.

    Without a contradiction: the likely `journey`, and the other places where the subject may be now (`possible`). With
    one: for each reading the sightings set aside and the place it ends at; `journey` is then that of the first reading,
    or empty.
    An `open` finding was too large to decide.
    """

    journey: tuple[int, ...]
    unrecorded: int
    possible: tuple[Where, ...] = ()
    readings: tuple[tuple[tuple[int, ...], Where], ...] = ()
    open: bool = False

    @property
    def contradicted(self) -> bool:
        """Whether there is no possible journey."""
        return self.open or bool(self.readings)


class _TooLargeError(Exception):
    """A search went beyond its states."""


def step_ms(first: Sighting, then: Sighting, least_ms: LeastMs, *, knew: bool) -> tuple[int, int] | None:
    """Return the least time from one sighting to the next and how many unrecorded moves it takes; None: impossible.

    Whoever is in a vehicle leaves it before boarding another or being seen elsewhere. That this was not recorded is
    believed where the later device knew of the vehicle, or where the later event is no boarding; a second boarding of
    another vehicle by a device that knew nothing of the first is not. Nobody comes back from death. Two devices may
    record one move, and somebody may get into the same vehicle again. Between two sites there was a move too.
    """
    here, there = first.after, then.before
    if _same_move(first, then):
        return 0, 0
    if here.kind == "dead":
        # Two may tell of one death.
        return (0, 0) if then.after[:2] == here[:2] else None
    if not here.kind or not there.kind:
        return 0, 0
    if here.kind == "vehicle":
        return _from_vehicle(here, then, knew=knew or (first.upheld and then.upheld), least_ms=least_ms)
    elsewhere = here.kind == "site" and there.kind in ("site", "foot") and here.id != there.id
    return least_ms(here.site, there.site), 1 if there.kind == "vehicle" or elsewhere else 0


def first_unrecorded(first: Sighting) -> int:
    """Return how many unrecorded moves come before the first sighting: whoever is in a vehicle then has boarded it."""
    return 1 if first.before.kind == "vehicle" else 0


def _same_move(first: Sighting, then: Sighting) -> bool:
    """Tell whether two sightings are one move, seen by two: from the same to the same, at the same site."""
    if first.before[:2] == first.after[:2]:
        return False
    return (first.before[:2], first.after) == (then.before[:2], then.after)


def _from_vehicle(here: Where, then: Sighting, *, knew: bool, least_ms: LeastMs) -> tuple[int, int] | None:
    """Stay in a vehicle, get into it again, or leave it unrecorded; for another one only as far as who saw it knew."""
    there = then.before
    least = least_ms(here.site, there.site)
    if here[:2] == there[:2]:
        return least, 0
    if here[:2] == then.after[:2]:
        return least, 1
    if there.kind == "vehicle":
        return (least, 2) if knew else None
    return (least, 1) if knew or there.kind != "foot" else None


class _Search:
    """Sightings with their forced order, and the search for journeys through them."""

    def __init__(self, sightings: Sequence[Sighting], least_ms: LeastMs) -> None:
        self.sightings = sightings
        self.spans = _possible_spans(sightings)
        self.before = [_forced_before(index, sightings, self.spans) for index in range(len(sightings))]
        self._likely = sorted(range(len(sightings)), key=self._likely_time)
        self._steps_left = MOST_STEPS
        self._steps: dict[tuple[int, int], tuple[int, int] | None] = {}
        self._least_ms = least_ms

    def _likely_time(self, index: int) -> tuple[int, Digest]:
        return self.sightings[index].interval.likely_ms, self.sightings[index].name

    def _step(self, last: int, then: int) -> tuple[int, int] | None:
        if last < 0:
            return 0, first_unrecorded(self.sightings[then])
        pair = last, then
        if pair not in self._steps:
            knew = bool(self.sightings[then].known >> last & 1)
            self._steps[pair] = step_ms(self.sightings[last], self.sightings[then], self._least_ms, knew=knew)
        return self._steps[pair]

    def likely(self, chosen: Sequence[int]) -> Journey | None:
        """Try the order of the likely times alone; None unless every step of it is possible and recorded."""
        done, last, time = 0, -1, None
        for index in chosen:
            if self.before[index] & ~done & self.mask(chosen):
                return None
            step = self._step(last, index)
            earliest, latest = self.spans[index]
            time = earliest if time is None or step is None else max(earliest, time + step[0])
            if step is None or step[1] or time > latest:
                return None
            done, last = done | 1 << index, index
        return Journey(tuple(chosen), 0)

    @staticmethod
    def mask(chosen: Sequence[int]) -> int:
        """Return the set as bits of a number."""
        bits = 0
        for index in chosen:
            bits |= 1 << index
        return bits

    def by_likely_time(self, left_out: Sequence[int] = ()) -> list[int]:
        """Return the sightings in the order of their likely times, without some."""
        return [index for index in self._likely if index not in left_out]

    def journey(self, chosen: Sequence[int], last: int | None = None) -> Journey | None:
        """Find the journey with the fewest unrecorded moves, likely first; with `last` at its end if given."""
        allowed = 0
        while True:
            order, starved = self._descend(chosen, allowed, last)
            if order is not None:
                return Journey(order, allowed)
            if not starved:
                return None
            allowed += 1

    def _descend(self, chosen: Sequence[int], allowed: int, final: int | None) -> tuple[tuple[int, ...] | None, bool]:
        """Search depth first with at most `allowed` unrecorded moves; also tell whether more would have helped."""
        everything = self.mask(chosen)
        seen: dict[tuple[int, int, int], int] = {}
        starved = False
        stack: list[tuple[int, int, int, int | None, tuple[int, ...]]] = [(0, -1, allowed, None, ())]
        while stack:
            done, last, left, time, order = stack.pop()
            if done == everything:
                return order, starved
            self._steps_left -= len(chosen)
            if self._steps_left < 0:
                raise _TooLargeError
            for index in reversed(chosen):
                if done >> index & 1 or self.before[index] & everything & ~done:
                    continue
                if index == final and done | 1 << index != everything:
                    continue
                step = self._step(last, index)
                if step is None:
                    continue
                earliest, latest = self.spans[index]
                then = earliest if time is None else max(earliest, time + step[0])
                if then > latest:
                    continue
                if step[1] > left:
                    starved = True
                    continue
                state = (done | 1 << index, index, left - step[1])
                if seen.get(state, then + 1) <= then:
                    continue
                seen[state] = then
                stack.append((*state, then, (*order, index)))
        return None, starved


def _possible_spans(sightings: Sequence[Sighting]) -> list[tuple[int, int]]:
    """Return earliest and latest of each; a device that knew another event cannot have been earlier than that.

    Knowledge is proved by a digest, a clock is not: where they disagree, the clock gives way.
    """
    spans = []
    for sighting in sightings:
        latest = sighting.interval.latest_ms
        for index, other in enumerate(sightings):
            if sighting.known >> index & 1:
                latest = max(latest, other.interval.earliest_ms)
        spans.append((sighting.interval.earliest_ms, latest))
    return spans


def _forced_before(index: int, sightings: Sequence[Sighting], spans: Sequence[tuple[int, int]]) -> int:
    """Return which sightings come before one for certain, as bits."""
    before = sightings[index].known
    for other in range(len(sightings)):
        if other != index and spans[other][1] < spans[index][0] and not sightings[other].known >> index & 1:
            before |= 1 << other
    return before


def examine(sightings: Sequence[Sighting], least_ms: LeastMs) -> Finding:
    """Find the journey of a subject, where it may be besides, or the readings that its sightings leave.

    Parameters
    ----------
    sightings
        In any order; what comes out does not depend on it beyond the positions it names.
    least_ms
        The least time between sites.
    """
    if not sightings:
        return Finding((), 0)
    plain = _plain(sightings, least_ms)
    if plain is not None:
        return plain
    search = _Search(sightings, least_ms)
    chosen = search.by_likely_time()
    try:
        journey = search.likely(chosen) or search.journey(chosen)
        if journey is None:
            return _readings(search)
        return Finding(journey.order, journey.unrecorded, _elsewhere(search, journey))
    except _TooLargeError:
        return Finding((), 0, tuple(sorted({one.after for one in sightings})), open=True)


def _plain(sightings: Sequence[Sighting], least_ms: LeastMs) -> Finding | None:
    """Find the journey of a subject whose likely order is possible, recorded throughout, and ends in one place only.

    Most are such, and this takes one look at each sighting where the search compares all with all.
    """
    order = sorted(
        range(len(sightings)), key=lambda index: (sightings[index].interval.likely_ms, sightings[index].name)
    )
    if first_unrecorded(sightings[order[0]]):
        return None
    done, last, time = 0, -1, sightings[order[0]].interval.earliest_ms
    for index in order:
        one = sightings[index]
        if one.known & ~done:
            return None
        if done:
            step = step_ms(sightings[last], one, least_ms, knew=bool(one.known >> last & 1))
            if step is None or step[1]:
                return None
            time = max(one.interval.earliest_ms, time + step[0])
        if time > one.interval.latest_ms:
            return None
        done, last = done | 1 << index, index
    end = sightings[last]
    for index in order[:-1]:
        sure = end.known >> index & 1 or sightings[index].interval.latest_ms < end.interval.earliest_ms
        if not sure and sightings[index].after.kind and sightings[index].after[:2] != end.after[:2]:
            return None
    return Finding(tuple(order), 0)


def _elsewhere(search: _Search, journey: Journey) -> tuple[Where, ...]:
    """Return where else the subject may be now: the ends of other journeys as well recorded as the likely one."""
    chosen = list(journey.order)
    end = search.sightings[chosen[-1]].after
    followed = 0
    for index in chosen:
        followed |= search.before[index]
    places = set()
    for index in chosen[:-1]:
        place = search.sightings[index].after
        if followed >> index & 1 or place[:2] == end[:2] or not place.kind:
            continue
        other = search.journey(search.by_likely_time(), last=index)
        if other is not None and other.unrecorded <= journey.unrecorded:
            places.add(place)
    return tuple(sorted(places))


def _readings(search: _Search) -> Finding:
    """List the smallest sets of sightings without which there is a journey."""
    count = len(search.sightings)
    suspects = _suspects(search)
    for size in range(1, min(LARGEST_SET_ASIDE, count - 1) + 1):
        found = []
        for left_out in combinations(suspects, size):
            if any(search.sightings[index].upheld for index in left_out):
                continue
            journey = search.journey(search.by_likely_time(left_out))
            if journey is not None:
                found.append((left_out, journey))
        if found:
            return _finding(search, found)
    everything = tuple(search.by_likely_time())
    ends = tuple((tuple(other for other in everything if other != index), search.sightings[index].after)
                 for index in everything[-MOST_READINGS:])  # fmt: skip
    return Finding((), 0, (), ends)


def _suspects(search: _Search) -> list[int]:
    """Return the sightings that may be wrong: all, or of many those up to where the likely order first breaks."""
    chosen = search.by_likely_time()
    if len(chosen) <= MOST_SUSPECTS:
        return chosen
    end = len(chosen)
    for count in range(2, len(chosen)):
        if search.journey(chosen[:count]) is None:
            end = count
            break
    return chosen[max(end - MOST_SUSPECTS, 0) : end]


def _finding(search: _Search, found: list[tuple[tuple[int, ...], Journey]]) -> Finding:
    """Return the readings, those with the fewest unrecorded moves first."""
    found.sort(key=lambda one: (one[1].unrecorded, [search.sightings[index].name for index in one[0]]))
    readings = tuple(
        (left_out, search.sightings[journey.order[-1]].after) for left_out, journey in found[:MOST_READINGS]
    )
    return Finding(found[0][1].order, found[0][1].unrecorded, (), readings)
