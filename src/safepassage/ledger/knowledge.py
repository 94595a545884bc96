"""What each event's device knew of the others, and the order that follows."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import Fact

Lookup = Callable[[Digest], Fact | None]


def known_before(facts: Sequence[Fact], lookup: Lookup) -> list[int]:
    """Return for each fact, as bits over positions in `facts`, those that its device knew when it recorded it.

    A device knows what it names in `basis`, what those knew, and what it recorded itself before. Events named that are
    not among `facts` (corrections, say) are followed through; such as are not there at all end the way.

    Parameters
    ----------
    facts
        Facts about one subject.
    lookup
        Finds a fact by its name; what it does not find ends the way.
    """
    place = {fact.name: index for index, fact in enumerate(facts)}
    earlier = _own_earlier(facts)
    reached: dict[Digest, int] = {}
    for fact in facts:
        _reach(fact, place, earlier, lookup, reached)
    return [reached[fact.name] & ~(1 << index) for index, fact in enumerate(facts)]


def _own_earlier(facts: Sequence[Fact]) -> dict[Digest, Digest]:
    """Map each fact to the one that the same device recorded before it about the same subject."""
    chains: dict[str, list[Fact]] = {}
    for fact in facts:
        chains.setdefault(fact.device, []).append(fact)
    before = {}
    for chain in chains.values():
        if len(chain) > 1:
            chain.sort(key=_in_chain)
            for first, then in pairwise(chain):
                if first.sequence < then.sequence:
                    before[then.name] = first.name
    return before


def _in_chain(fact: Fact) -> tuple[int, Digest]:
    return fact.sequence, fact.name


def _reach(
    start: Fact, place: Mapping[Digest, int], earlier: Mapping[Digest, Digest], lookup: Lookup,
    reached: dict[Digest, int],
) -> None:  # fmt: skip
    """Work out what a fact and all it rests on reach, without recursion: a basis may be thousands deep.

    `reached` counts each fact among those it reaches.
    """
    stack = [start]
    while stack:
        fact = stack[-1]
        if fact.name in reached:
            stack.pop()
            continue
        missing = []
        bits = 1 << place[fact.name] if fact.name in place else 0
        for name in _rests_on(fact, earlier):
            if name in reached:
                bits |= reached[name]
                continue
            other = lookup(name)
            if other is not None:
                missing.append(other)
        if missing:
            stack.extend(missing)
        else:
            reached[fact.name] = bits
            stack.pop()


def _rests_on(fact: Fact, earlier: Mapping[Digest, Digest]) -> Iterator[Digest]:
    yield from fact.basis
    own = earlier.get(fact.name)
    if own is not None:
        yield own


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
