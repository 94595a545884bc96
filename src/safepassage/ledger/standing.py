"""Which events count: what was corrected, set aside, or exists in two forms does not.

A name is a digest, so an event can only aim at one that was there before it: corrections of corrections end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import Fact

Verdict = Literal["stands", "upheld", "aside", "disputed"]


class Variant(NamedTuple):
    """Events that cannot all be genuine: the same place in a chain, or the same id, with different bytes."""

    device: str
    sequence: int
    names: tuple[Digest, ...]


class Gap(NamedTuple):
    """Events of a device that others prove to exist and that are not here: from and to which sequence."""

    first: int
    last: int


class Standing:
    """The events of a set by name, and which of them count."""

    def __init__(self) -> None:
        self.facts: dict[Digest, Fact] = {}
        self._chains: dict[str, dict[int, Digest]] = {}
        self._lasts: dict[str, int] = {}
        self._ids: dict[bytes, Digest] = {}
        self._variants: dict[Digest, set[Digest]] = {}
        self._aimed: dict[Digest, list[Fact]] = {}
        self._not_understood: list[Digest] = []

    def find(self, name: Digest) -> Fact | None:
        """Return a fact by its name."""
        return self.facts.get(name)

    def add(self, fact: Fact, event_id: str) -> list[Fact]:
        """Take in a fact that is new; return those of which the standing may have changed, itself included."""
        self.facts[fact.name] = fact
        touched = {fact.name}
        if fact.payload is None:
            self._not_understood.append(fact.name)
        chain = self._chains.setdefault(fact.device, {})
        self._lasts[fact.device] = max(fact.sequence, self._lasts.get(fact.device, 0))
        for first in (
            chain.setdefault(fact.sequence, fact.name),
            self._ids.setdefault(id_key(event_id), fact.name),
        ):
            if first != fact.name:
                touched |= self._join_variants(first, fact.name)
        for target in aims(fact):
            self._aimed.setdefault(target, []).append(fact)
        return self._follow(touched)

    def keep(self) -> tuple[list[Fact], list[bytes], list[list[Digest]]]:
        """Return all facts, their ids, and the groups that exclude each other: what `restore` needs."""
        ids = {name: key for key, name in self._ids.items()}
        groups = {min(group): sorted(group) for group in self._variants.values()}
        return list(self.facts.values()), [ids.get(name, b"") for name in self.facts], list(groups.values())

    def restore(self, facts: Sequence[Fact], ids: Sequence[bytes], groups: Sequence[Sequence[Digest]]) -> None:
        """Take in what `keep` gave, into an empty set."""
        self.facts = {fact.name: fact for fact in facts}
        self._ids = {key: fact.name for key, fact in zip(ids, facts, strict=True) if key}
        for fact in facts:
            self._chains.setdefault(fact.device, {}).setdefault(fact.sequence, fact.name)
            if fact.payload is None:
                self._not_understood.append(fact.name)
            elif fact.type in AIMING:
                for target in aims(fact):
                    self._aimed.setdefault(target, []).append(fact)
        self._lasts = {device: max(chain) for device, chain in self._chains.items()}
        for group in groups:
            names = set(group)
            self._variants.update(dict.fromkeys(names, names))

    def _join_variants(self, first: Digest, then: Digest) -> set[Digest]:
        """Note that two events exclude each other; return all that exclude each other with them."""
        both = self._variants.get(first, {first}) | self._variants.get(then, {then})
        for name in both:
            self._variants[name] = both
        return both

    def _follow(self, touched: set[Digest]) -> list[Fact]:
        """Return the facts named and, where they correct or settle others, those too, and so on."""
        found: list[Fact] = []
        stack = list(touched)
        seen = set(touched)
        while stack:
            name = stack.pop()
            if name not in self.facts:
                continue
            found.append(self.facts[name])
            for target in aims(self.facts[name]):
                if target not in seen:
                    seen.add(target)
                    stack.append(target)
        return found

    def counts(self, fact: Fact) -> bool:
        """Tell whether a fact counts: understood, genuine as far as is known, and not taken back."""
        if fact.payload is None:
            return False
        if fact.name not in self._aimed:
            return fact.name not in self._variants
        verdict = self.verdict(fact)
        if verdict == "aside":
            return False
        return verdict == "upheld" or fact.name not in self._variants

    def verdict(self, fact: Fact) -> Verdict:
        """Tell what corrections and resolutions that count themselves say of a fact."""
        aimed = [one for one in self._aimed.get(fact.name, ()) if self.counts(one)]
        if any(one.type != "resolved" for one in aimed):
            return "aside"
        resolutions = self._latest([one for one in aimed if one.type == "resolved"])
        if not resolutions:
            return "stands"
        reference = fact.name.hex()
        upheld = {reference in one.payload.upholds for one in resolutions}
        if len(upheld) > 1:
            return "disputed"
        return "upheld" if upheld.pop() else "aside"

    def _latest(self, resolutions: Sequence[Fact]) -> list[Fact]:
        """Leave out resolutions that another one knew of and so replaced."""
        if len(resolutions) < 2:
            return list(resolutions)
        names = {one.name for one in resolutions}
        replaced: set[Digest] = set()
        for one in resolutions:
            replaced |= self._known(one, names) - {one.name}
        return [one for one in resolutions if one.name not in replaced]

    def _known(self, fact: Fact, wanted: set[Digest]) -> set[Digest]:
        """Return which of the wanted events a fact's device knew: by basis, or from its own chain."""
        found = {
            name for name in wanted
            if (other := self.facts[name]).device == fact.device and other.sequence < fact.sequence
        }  # fmt: skip
        stack, seen = list(fact.basis), set(fact.basis)
        while stack:
            name = stack.pop()
            if name in wanted:
                found.add(name)
            for further in self.facts[name].basis if name in self.facts else ():
                if further not in seen:
                    seen.add(further)
                    stack.append(further)
        return found

    def variants(self) -> list[Variant]:
        """Return what is in quarantine: all forms of each event that exists in several, those upheld included."""
        groups = {min(group): group for group in self._variants.values()}
        found = []
        for first in sorted(groups):
            fact = self.facts[first]
            found.append(Variant(fact.device, fact.sequence, tuple(sorted(groups[first]))))
        return sorted(found)

    def not_understood(self) -> tuple[Digest, ...]:
        """Return the events that this program does not understand; they are kept and passed on all the same."""
        return tuple(sorted(self._not_understood))

    def aside(self, fact: Fact) -> bool:
        """Tell whether a fact was taken back or set aside by somebody."""
        return fact.name in self._aimed and self.verdict(fact) == "aside"

    def devices(self) -> list[str]:
        """Return the devices that recorded anything."""
        return sorted(self._chains)

    def last(self, device: str) -> int:
        """Return the last sequence of a device that is here; 0 for none."""
        return self._lasts.get(device, 0)

    def chain_backwards(self, device: str) -> Iterator[Fact]:
        """Yield what a device recorded, the latest first; all forms of what exists in several."""
        chain = self._chains.get(device, {})
        for sequence in range(self.last(device), 0, -1) if len(chain) == self.last(device) else sorted(chain)[::-1]:
            yield from self._forms(chain[sequence])

    def _forms(self, name: Digest) -> list[Fact]:
        return [self.facts[one] for one in sorted(self._variants.get(name, {name}))]

    def at(self, device: str, sequence: int) -> Fact | None:
        """Return the first that came of what stands at a place in a device's chain."""
        name = self._chains.get(device, {}).get(sequence)
        return None if name is None else self.facts[name]

    def aimed_at(self, fact: Fact) -> bool:
        """Tell whether any event corrects or settles this one."""
        return fact.name in self._aimed

    def gaps(self, device: str) -> tuple[Gap, ...]:
        """Return what is missing of a device before its last event that is here."""
        chain = self._chains.get(device, {})
        if len(chain) == self.last(device):
            return ()
        found, expected = [], 1
        for sequence in sorted(chain):
            if sequence > expected:
                found.append(Gap(expected, sequence - 1))
            expected = sequence + 1
        return tuple(found)


AIMING = frozenset(("corrected", "resolved", "unmerged"))
"""Types that take back or settle others."""


def id_key(event_id: str) -> bytes:
    """Return an event's id in 16 bytes where it is a UUID, else as it stands."""
    try:
        return bytes.fromhex(event_id.replace("-", ""))
    except ValueError:
        return event_id.encode()


def aims(fact: Fact) -> tuple[Digest, ...]:
    """Return the events that a fact takes back or settles."""
    if fact.payload is None:
        return ()
    if fact.type == "corrected":
        named = fact.payload.corrects
    elif fact.type == "resolved":
        named = fact.payload.settles
    elif fact.type == "unmerged":
        named = (fact.payload.undoes,)
    else:
        return ()
    return tuple(Digest(bytes.fromhex(one)) for one in named)
