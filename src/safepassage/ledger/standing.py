"""Which events count: what was corrected, set aside, or exists in two forms does not.

A name is a digest, so an event can only aim at one that was there before it: corrections of corrections end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import Fact
from safepassage.ledger.gaps import Gap, gaps
from safepassage.ledger.knowledge import known_before

Verdict = Literal["stands", "upheld", "aside", "disputed"]


class Variant(NamedTuple):
    """Events that cannot all be genuine: the same place in a chain, or the same id, with different bytes."""

    device: str
    sequence: int
    names: tuple[Digest, ...]


class Standing:
    """The events of a set by name, and which of them count."""

    def __init__(self) -> None:
        self.facts: dict[Digest, Fact] = {}
        self._chains: dict[str, dict[int, Digest]] = {}
        self._lasts: dict[str, int] = {}
        self._ids: dict[bytes, Digest] = {}
        self._about: dict[str, list[Fact]] = {}
        self._variants: dict[Digest, set[Digest]] = {}
        self._aimed: dict[Digest, list[Fact]] = {}
        self._verdicts: dict[Digest, Verdict] = {}
        self._contested: dict[str, set[Digest]] = {}
        self._not_understood: list[Digest] = []

    def find(self, name: Digest) -> Fact | None:
        """Return a fact by its name."""
        return self.facts.get(name)

    def add(self, fact: Fact, event_id: str) -> list[Fact]:
        """Take in a fact that is new; return those of which the standing may have changed, itself included."""
        name, device = fact.name, fact.device
        self.facts[name] = fact
        if fact.payload is None:
            self._not_understood.append(name)
        self._about.setdefault(fact.subject, []).append(fact)
        chain = self._chains.get(device)
        if chain is None:
            chain = self._chains[device] = {}
        if fact.sequence > self._lasts.get(device, 0):
            self._lasts[device] = fact.sequence
        first, same = chain.setdefault(fact.sequence, name), self._ids.setdefault(id_key(event_id), name)
        for target in aims(fact):
            self._aimed.setdefault(target, []).append(fact)
        late = self._contested.get(fact.subject)
        if first is name and same is name and not late and name not in self._aimed and fact.type not in AIMING:
            return [fact]
        touched = {name}
        if first is not name or same is not name:
            touched |= self._join_variants({first, same, name})
        # What a device knew may show by an event about the same subject that comes late.
        return self._follow(touched | (late or set()))

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
            self._about.setdefault(fact.subject, []).append(fact)
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
        for name, aimed in self._aimed.items():
            if len(aimed) > 1 and name in self.facts:
                self.verdict(self.facts[name])  # notes what is contested

    def _join_variants(self, names: set[Digest]) -> set[Digest]:
        """Note that events exclude each other; return all that exclude each other with them."""
        every = names.union(*(self._variants.get(name, ()) for name in names))
        for name in every:
            self._variants[name] = every
        return every

    def _follow(self, touched: set[Digest]) -> list[Fact]:
        """Return the facts named and, where they correct or settle others, those too, and so on."""
        found: list[Fact] = []
        stack = list(touched)
        seen = set(touched)
        while stack:
            name = stack.pop()
            self._verdicts.pop(name, None)
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
        if fact.name not in self._aimed:
            return "stands"
        stack = [fact.name]
        while stack:
            name = stack[-1]
            # Without recursion: corrections of corrections may be thousands deep.
            waits = [
                one.name for one in self._aimed[name] if one.name in self._aimed and one.name not in self._verdicts
            ]
            if waits and name not in self._verdicts:
                stack.extend(waits)
                continue
            if name not in self._verdicts:
                self._verdicts[name] = self._judged(name)
            stack.pop()
        return self._verdicts[fact.name]

    def _judged(self, name: Digest) -> Verdict:
        """Work a verdict out, where all that it rests on are known."""
        aimed = [one for one in self._aimed[name] if self.counts(one)]
        if any(one.type != "resolved" for one in aimed):
            return "aside"
        resolutions = self._latest(name, aimed)
        if not resolutions:
            return "stands"
        reference = name.hex()
        upheld = {reference in one.payload.upholds for one in resolutions}
        if len(upheld) > 1:
            return "disputed"
        return "upheld" if upheld.pop() else "aside"

    def _latest(self, name: Digest, resolutions: list[Fact]) -> list[Fact]:
        """Leave out resolutions that another one knew of and so replaced."""
        if len(resolutions) < 2:
            return resolutions
        subjects = {one.subject for one in resolutions}
        for subject in subjects:
            self._contested.setdefault(subject, set()).add(name)
        replaced = 0
        for bits in known_before(resolutions, [one for subject in subjects for one in self._about[subject]]):
            replaced |= bits
        return [one for index, one in enumerate(resolutions) if not replaced >> index & 1]

    def is_variant(self, fact: Fact) -> bool:
        """Tell whether a fact exists in several forms."""
        return fact.name in self._variants

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

    def devices(self) -> list[str]:
        """Return the devices that recorded anything."""
        return sorted(self._chains)

    def last(self, device: str) -> int:
        """Return the last sequence of a device that is here; 0 for none."""
        return self._lasts.get(device, 0)

    def chain_backwards(self, device: str, first: int = 1, last: int | None = None) -> Iterator[Fact]:
        """Yield what a device recorded from one sequence to another, the latest first; of variants all forms."""
        chain = self._chains.get(device, {})
        last = self.last(device) if last is None else last
        if len(chain) == self.last(device):
            sequences: Iterable[int] = range(last, first - 1, -1)
        else:
            sequences = [one for one in sorted(chain, reverse=True) if first <= one <= last]
        for sequence in sequences:
            yield from self._forms(chain[sequence])

    def _forms(self, name: Digest) -> list[Fact]:
        if name not in self._variants:
            return [self.facts[name]]
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
        last = self.last(device)
        return () if len(chain) == last else gaps(chain, 1, last)


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
    if fact.type not in AIMING or fact.payload is None:
        return ()
    if fact.type == "corrected":
        named = fact.payload.corrects
    elif fact.type == "resolved":
        named = fact.payload.settles
    else:
        named = (fact.payload.undoes,)
    return tuple(Digest(bytes.fromhex(one)) for one in named)
