"""What each event's device knew of the others, and the order that follows."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import Fact

_Rests = dict[Digest, list[Digest]]
"""For each event, those that it rests on at once."""


def known_before(facts: Sequence[Fact], others: Iterable[Fact] = ()) -> list[int]:
    """Return for each fact, as bits over positions in `facts`, those that its device knew when it recorded it.

    A device knows what it names in `basis`, what those knew, and what it recorded itself before.

    Parameters
    ----------
    facts
        Facts about one subject.
    others
        More events about the subject, which are not asked about (corrections, say) but through which knowledge goes.
    """
    place = {fact.name: index for index, fact in enumerate(facts)}
    every = {fact.name: fact for fact in (*facts, *others)}
    own = _own_earlier(every.values())
    rests = {name: [*(one for one in fact.basis if one in every), *own.get(name, ())] for name, fact in every.items()}
    reached = _closed(rests, place)
    if reached is None:
        for name in _tangled(rests):
            rests[name] = [one for one in every[name].basis if one in every]
        reached = _closed(rests, place)
        assert reached is not None  # noqa: S101  what is named by a digest was there before
    return [reached[fact.name] & ~(1 << index) for index, fact in enumerate(facts)]


def _own_earlier(facts: Iterable[Fact]) -> dict[Digest, list[Digest]]:
    """Map each fact to what the same device recorded last before it; several where that exists in several forms."""
    chains: dict[str, list[Fact]] = {}
    for fact in facts:
        chains.setdefault(fact.device, []).append(fact)
    before: dict[Digest, list[Digest]] = {}
    for chain in chains.values():
        if len(chain) == 1:
            continue
        by_sequence: dict[int, list[Digest]] = {}
        for fact in chain:
            by_sequence.setdefault(fact.sequence, []).append(fact.name)
        for first, then in pairwise(sorted(by_sequence)):
            for name in by_sequence[then]:
                before[name] = by_sequence[first]
    return before


def _closed(rests: _Rests, place: Mapping[Digest, int]) -> dict[Digest, int] | None:
    """Return what each event and all it rests on reach, itself included; None when some rest on each other.

    Without recursion: a basis may be thousands deep.
    """
    reached: dict[Digest, int] = {}
    begun: set[Digest] = set()
    for start in rests:
        stack = [start]
        while stack:
            name = stack[-1]
            if name in reached:
                stack.pop()
                continue
            missing = [one for one in rests[name] if one not in reached]
            if not missing:
                bits = 1 << place[name] if name in place else 0
                for one in rests[name]:
                    bits |= reached[one]
                reached[name] = bits
                stack.pop()
            elif name in begun:
                return None
            else:
                begun.add(name)
                stack.extend(missing)
    return reached


def _tangled(rests: _Rests) -> list[Digest]:
    """Return the events that rest on each other, or lie between such.

    A device lied about its numbers: its event names one that, by its number, it recorded later. Only what digests prove
    is then believed of these.
    """
    left = set(rests)
    turned: _Rests = {}
    for name, ones in rests.items():
        for one in ones:
            turned.setdefault(one, []).append(name)
    for ways in (rests, turned):
        count = {name: sum(one in left for one in ways.get(name, ())) for name in left}
        ready = [name for name in left if not count[name]]
        back = turned if ways is rests else rests
        while ready:
            name = ready.pop()
            left.discard(name)
            for one in back.get(name, ()):
                if one in left:
                    count[one] -= 1
                    if not count[one]:
                        ready.append(one)
    return list(left)


def in_order(
    names: Sequence[Digest], known: Sequence[int], times: Sequence[Interval], journey: Sequence[int]
) -> list[int]:
    """Return positions in the likely order: after all that was known, as the journey goes, else by likely time."""
    waits = list(known)
    for first, then in pairwise(journey):
        waits[then] |= 1 << first
    ready = [(times[index].likely_ms, names[index], index) for index, bits in enumerate(waits) if not bits]
    heapq.heapify(ready)
    left = {index for index, bits in enumerate(waits) if bits}
    order = []
    while ready:
        _, _, index = heapq.heappop(ready)
        order.append(index)
        for other in sorted(left):
            waits[other] &= ~(1 << index)
            if not waits[other]:
                left.discard(other)
                heapq.heappush(ready, (times[other].likely_ms, names[other], other))
    return order


def heads(known: Sequence[int]) -> list[int]:
    """Return the positions of what nobody has known yet: the latest of the subject, for the next event's basis."""
    followed = 0
    for bits in known:
        followed |= bits
    return [index for index in range(len(known)) if not followed >> index & 1]
