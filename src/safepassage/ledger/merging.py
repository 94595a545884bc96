"""The set of events, and what follows from it for each subject.

What is worked out here depends on which events are in the set and on nothing else: not on the order in which they
came, not on how often, not on who handed them in. A subject is worked out anew, from all of its events, when it is
asked for after one of them has come, or after the clock of a device that recorded one was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias, get_args

from msgspec import Struct

from safepassage.ledger.clocks import NEVER_MS, Boot, Interval
from safepassage.ledger.envelope import Digest, Event, decode, digest
from safepassage.ledger.facts import Fact, read_fact, understood
from safepassage.ledger.journeys import NOWHERE, Finding, LeastMs, Where, examine
from safepassage.ledger.knowledge import heads, in_order, known_before
from safepassage.ledger.sightings import sightings
from safepassage.ledger.standing import Standing
from safepassage.ledger.stays import is_close, likely_beside, stays
from safepassage.ledger.timing import Changed, Timing
from safepassage.ledger.vocabulary import SubjectKind

Key: TypeAlias = tuple[str, str]
"""Kind of subject, and its id."""

THROUGH = frozenset(("any", ""))
"""Kinds of events that stand in no history, but may tell what a device knew."""

KINDS = frozenset(get_args(SubjectKind)) - {"any"}
"""Kinds of subjects that have a history."""


class History(NamedTuple):
    """All that counts about one subject, in its likely order.

    `known` are, for each fact, the positions of those its device knew, as bits; `after` is where each says the subject
    was afterwards. `finding` speaks of positions in `facts`. `aside` are events that somebody corrected or set aside,
    `disputed` those on which two resolutions differ.
    """

    facts: tuple[Fact, ...]
    times: tuple[Interval, ...]
    known: tuple[int, ...]
    after: tuple[Where, ...]
    finding: Finding
    heads: tuple[Digest, ...]
    aside: tuple[Digest, ...]
    disputed: tuple[Digest, ...]


class Kept(Struct, frozen=True, array_like=True):
    """A whole set of events as the merge holds it, in plain data."""

    facts: list[Fact]
    ids: list[bytes]
    groups: list[list[bytes]]
    boots: dict[str, dict[str, Boot]]
    irregular: list[str]
    beside: dict[str, list[str]]


def _no_distance(origin: str, end: str) -> int:  # noqa: ARG001  the form of every LeastMs
    return 0


class Merging:
    """A set of events that grows, and what it says about each subject.

    Parameters
    ----------
    least_ms
        The least milliseconds between two sites; without it no way takes time.
    """

    def __init__(self, least_ms: LeastMs = _no_distance) -> None:
        self._least_ms = least_ms
        self.standing = Standing()
        self.timing = Timing(self.standing.counts)
        self._bags: dict[Key, list[Fact]] = {}
        self._subjects: dict[str, list[str]] = {}
        self._through: dict[str, list[Fact]] = {}
        self._merges: list[Fact] = []
        self._groups: dict[str, tuple[str, ...]] | None = {}
        self._histories: dict[Key, History] = {}
        self._irregular: set[str] = set()
        self._beside: dict[str, set[str]] = {}
        """By vehicle, the people of whom an event beside it has its likely time from it."""
        self._asked = False

    def __len__(self) -> int:
        return len(self.standing.facts)

    def add(self, data: bytes, event: Event | None = None, name: Digest | None = None) -> set[Key]:
        """Add an event by its bytes; return the subjects that are to be worked out anew, none when it was there.

        Parameters
        ----------
        data
            The event.
        event, name
            What `decode` and `digest` made of it, where that was done already.

        Raises
        ------
        NotAnEventError
            When the bytes are no event.
        """
        name = digest(data) if name is None else name
        if name in self.standing.facts:
            return set()
        event = decode(data) if event is None else event
        return self.add_fact(read_fact(event, name), event.id)

    def add_fact(self, fact: Fact, event_id: str) -> set[Key]:
        """Add an event that was read already and is not there yet."""
        touched = self.standing.add(fact, event_id)
        self._mark_irregular(fact)
        keys = self._file(fact)
        if len(touched) == 1 and not self._merges and keys and fact.type != "merged":
            return self._drop(set(keys), self.timing.add(fact))
        return self._add_with_consequences(fact, touched)

    def _add_with_consequences(self, fact: Fact, touched: list[Fact]) -> set[Key]:
        """Go on with an event that may change more than the subjects in whose histories it stands."""
        dirty = {key for other in touched for key in self._keys(other)}
        if any(other.type == "merged" for other in touched):
            # Those that belonged together before, and those that do now.
            self._groups = None
            dirty |= {key for other in touched for key in self._keys(other)}
        changed = self.timing.add(fact)
        if len(touched) > 1 and any(other.type in ("received", "opened") for other in touched):
            self.timing.forget()
            changed = None
        return self._drop(dirty, changed)

    def _file(self, fact: Fact) -> list[Key]:
        """Put a fact where it will be looked for: with its subjects, and where knowledge goes through it."""
        keys = keys_of(fact)
        for key in keys:
            bag = self._bags.get(key)
            if bag is None:
                self._bags[key] = [fact]
                self._subjects.setdefault(key[0], []).append(key[1])
            else:
                bag.append(fact)
        if fact.kind in THROUGH:
            self._through.setdefault(fact.subject, []).append(fact)
        if fact.type == "merged" and fact.payload is not None:
            self._merges.append(fact)
        return keys

    def heads(self, kind: str, subject: str) -> tuple[Digest, ...]:
        """Return the latest events about a subject, whether they count or not: what an event made here must name.

        Parameters
        ----------
        kind
            Of the subject; `any` for an event about events of any kind.
        subject
            Its id.
        """
        kinds = KINDS if kind == "any" else (kind,)
        facts = [fact for one in sorted(kinds) for fact in self.facts(one, subject)]
        facts += self._through.get(subject, [])
        known = known_before(facts)
        return tuple(sorted(facts[index].name for index in heads(known)))

    def remarks(self, subject: str) -> list[Fact]:
        """Return what was recorded about events of a subject: corrections, resolutions, approvals; in no order."""
        return list(self._through.get(subject, ()))

    def keep(self) -> Kept:
        """Return the whole set as plain data."""
        facts, ids, groups = self.standing.keep()
        beside = {vehicle: sorted(people) for vehicle, people in sorted(self._beside.items())}
        boots, irregular = self.timing.keep(), sorted(self._irregular)
        return Kept(facts, ids, [list(group) for group in groups], boots, irregular, beside)

    def restore(self, kept: Kept) -> None:
        """Take in what `keep` gave, into an empty set. Whoever asks for it remembers what followed from it."""
        facts = [understood(fact) for fact in kept.facts]
        self.standing.restore(facts, kept.ids, [[Digest(name) for name in group] for group in kept.groups])
        self.timing.restore(kept.boots, facts)
        self._irregular = set(kept.irregular)
        self._beside = {vehicle: set(people) for vehicle, people in kept.beside.items()}
        for fact in facts:
            self._file(fact)
        self._groups = None if self._merges else {}
        self._asked = True

    def _drop(self, dirty: set[Key], changed: list[Changed] | None) -> set[Key]:
        """Forget the histories that no longer hold; return their subjects."""
        if changed is None:
            dirty |= set(self._bags)
        elif self._asked:
            for one in changed:
                dirty |= self._touched_by(one)
        if self._beside:
            dirty |= self._told_by(dirty)
        for key in dirty:
            self._histories.pop(key, None)
        return dirty

    def _told_by(self, dirty: set[Key]) -> set[Key]:
        """Return the people of whom an event may have moved in time because a vehicle's record did."""
        people = {one for kind, vehicle in dirty if kind == "vehicle" for one in self._beside.pop(vehicle, ())}
        return {("person", record) for person in people for record in (person, *self.records(person))}

    def _touched_by(self, changed: Changed) -> set[Key]:
        """Return the subjects of which an event of a device may have moved in time."""
        dirty: set[Key] = set()
        for fact in self.standing.chain_backwards(changed.device):
            if fact.sequence <= changed.sequence:
                break
            dirty.update(self._keys(fact))
        span = self.timing.span(changed.device, changed.boot)
        if span is None:
            return dirty
        for fact in self.standing.chain_backwards(changed.device, span[0], min(span[1], changed.sequence)):
            if fact.boot == changed.boot and fact.monotonic_ms >= changed.monotonic_ms:
                dirty.update(self._keys(fact))
            elif changed.device not in self._irregular:
                break
        return dirty

    def _mark_irregular(self, fact: Fact) -> None:
        """Note devices whose events did not come, within each boot, in the order of its monotonic clock."""
        before = self.standing.at(fact.device, fact.sequence - 1)
        if before is not None and before.boot == fact.boot:
            regular = before.monotonic_ms <= fact.monotonic_ms
        else:
            regular = self.timing.span(fact.device, fact.boot) is None and (before is not None or fact.sequence == 1)
        if not regular or self.standing.is_variant(fact):
            self._irregular.add(fact.device)

    def _keys(self, fact: Fact) -> Iterator[Key]:
        """Yield the subjects whose histories a fact can change, as the records that they were merged into.

        One that corrects others, or is not understood, stands in no history, but may tell what a device knew.
        """
        through = [(kind, fact.subject) for kind in KINDS] if fact.kind in THROUGH else []
        for kind, subject in (*keys_of(fact), *through):
            yield kind, subject
            if kind == "person" and self._merges:
                for record in self.records(subject):
                    yield kind, record

    def subjects(self, kind: str) -> list[str]:
        """Return the ids of all subjects of a kind, sorted; of merged records the first one only."""
        found = sorted(self._subjects.get(kind, ()))
        if kind == "person" and self._merges:
            found = [subject for subject in found if self.records(subject)[0] == subject]
        return found

    def records(self, person: str) -> tuple[str, ...]:
        """Return all records of one person, sorted: its own, and those that were merged with it."""
        if self._groups is None:
            self._groups = _groups(fact for fact in self._merges if self.standing.counts(fact))
        return self._groups.get(person, (person,))

    def facts(self, kind: str, subject: str) -> list[Fact]:
        """Return what was recorded about a subject, whether it counts or not, in no order."""
        records = self.records(subject) if kind == "person" else (subject,)
        if len(records) == 1:
            return self._bags.get((kind, subject), [])
        found = {fact.name: fact for record in records for fact in self._bags.get((kind, record), ())}
        return list(found.values())

    def about_events(self, subject: str) -> list[Fact]:
        """Return the events about events of a subject, whether they count or not: corrections, resolutions, approvals.

        Those among them that this program does not understand may be about anything.
        """
        return self._through.get(subject, [])

    def all_about_events(self) -> Iterator[Fact]:
        """Yield the events about events of every subject; as `about_events`."""
        for facts in self._through.values():
            yield from facts

    def interval(self, fact: Fact) -> Interval:
        """Place an event in time: by its device's clocks, and where they say little of somebody at a vehicle, by that.

        The vehicle only tells when in what is sure the event is likely (`stays`).
        """
        time = self.timing.interval(fact)
        if is_close(time) or fact.kind != "person" or not fact.vehicle or not fact.site:
            return time
        self._beside.setdefault(fact.vehicle, set()).add(fact.subject)
        vehicle = self.history("vehicle", fact.vehicle)
        return likely_beside(time, fact.site, stays(zip(vehicle.facts, vehicle.times, strict=True)))

    def history(self, kind: str, subject: str) -> History:
        """Work out what counts about a subject, in its likely order, and whether it can all be true."""
        self._asked = True
        key = (kind, self.records(subject)[0] if kind == "person" else subject)
        found = self._histories.get(key)
        if found is None:
            found = self._histories[key] = self._work_out(*key)
        return found

    def supposing(self, kind: str, subject: str, also: Iterable[tuple[Interval, Fact]]) -> History:
        """Work out what would count about a subject if these facts were in the set too, each at its time.

        Nothing is added: whoever is about to record something sees what would follow from it.
        """
        return self._work_out(kind, self.records(subject)[0] if kind == "person" else subject, tuple(also))

    def _work_out(self, kind: str, subject: str, also: tuple[tuple[Interval, Fact], ...] = ()) -> History:
        every = self.facts(kind, subject)
        placed = [(self.interval(fact), fact) for fact in every if self.standing.counts(fact)]
        if also:
            placed += also
            every = [*every, *(fact for _, fact in also)]
        placed.sort(key=_likely_first)
        facts, times = [fact for _, fact in placed], [time for time, _ in placed]
        records = self.records(subject) if kind == "person" else (subject,)
        through = [fact for one in records for fact in self._through.get(one, ())]
        known = known_before(facts, [*every, *through])
        verdicts = {fact.name: self.standing.verdict(fact) for fact in every if self.standing.aimed_at(fact)}
        upheld = frozenset(name for name, verdict in verdicts.items() if verdict == "upheld")
        chosen, seen = sightings(facts, known, times, kind, upheld)
        finding = examine(seen, self._least_ms)
        journey = [chosen[position] for position in finding.journey]
        order = in_order([fact.name for fact in facts], known, times, journey)
        place = {old: new for new, old in enumerate(order)}
        after = dict(zip(chosen, (one.after for one in seen), strict=True))
        return History(
            facts=tuple(facts[index] for index in order),
            times=tuple(times[index] for index in order),
            finding=_renumbered(finding, [place[index] for index in chosen]),
            after=tuple(after.get(index, NOWHERE) for index in order),
            known=tuple(_moved(known[index], order) for index in order),
            heads=tuple(sorted(facts[index].name for index in heads(known))),
            aside=tuple(sorted(name for name, verdict in verdicts.items() if verdict == "aside")),
            disputed=tuple(sorted(fact.name for fact in facts if verdicts.get(fact.name) == "disputed")),
        )

    def track(self, vehicle: str) -> list[tuple[Fact, Interval]]:
        """Return where a vehicle was told to be, each with when it was there, in the order of that; late ones too.

        A fix with the satellites' time counts as of then, but never later than it was told of. Of those without one,
        each device's stand in the order of its chain.
        """
        chains: dict[str, list[Fact]] = {}
        found: list[tuple[int, Fact, Interval]] = []
        for fact in self._bags.get(("position", vehicle), ()):
            if not self.standing.counts(fact):
                continue
            if fact.payload.fixed_ms:
                time = _at_the_fix(fact.payload.fixed_ms, self.timing.interval(fact))
                found.append((time.likely_ms, fact, time))
            else:
                chains.setdefault(fact.device, []).append(fact)
        for chain in chains.values():
            order_ms = -NEVER_MS
            for fact in sorted(chain, key=_by_chain):
                time = self.timing.interval(fact)
                order_ms = max(order_ms, time.likely_ms)
                found.append((order_ms, fact, time))
        found.sort(key=lambda one: (one[0], one[1].device, *_by_chain(one[1])))
        return [(fact, time) for _, fact, time in found]


def _at_the_fix(fixed_ms: int, told: Interval) -> Interval:
    """Place a fix whose time the satellites gave: a receiver in the future is wrong, and counts as of when it told."""
    return Interval(min(fixed_ms, told.earliest_ms), told.latest_ms, min(fixed_ms, told.latest_ms))


def _by_chain(fact: Fact) -> tuple[int, Digest]:
    return fact.sequence, fact.name


def keys_of(fact: Fact) -> list[Key]:
    """Return the subjects in whose histories an event stands, each once: its own, and the people it lists."""
    kind = fact.kind
    if kind not in KINDS or fact.type == "received":
        return []
    if fact.type == "positioned":
        return [("position", fact.subject)]
    if fact.type == "handed-over":
        return [(kind, fact.subject), *(("person", person) for person in dict.fromkeys(fact.payload.persons))]
    if fact.type == "merged" and fact.payload.other != fact.subject:
        return [(kind, fact.subject), (kind, fact.payload.other)]
    return [(kind, fact.subject)]


def _likely_first(one: tuple[Interval, Fact]) -> tuple[int, Digest]:
    return one[0].likely_ms, one[1].name


def _groups(merges: Iterable[Fact]) -> dict[str, tuple[str, ...]]:
    """Return for each merged person all its records."""
    group: dict[str, set[str]] = {}
    for fact in merges:
        one, other = (group.get(person, {person}) for person in (fact.subject, fact.payload.other))
        both = one | other
        for person in both:
            group[person] = both
    return {person: tuple(sorted(both)) for person, both in group.items()}


def _moved(bits: int, order: list[int]) -> int:
    """Write a set of old positions in new ones, where `order` lists the old ones."""
    if order == sorted(order):
        return bits
    moved = 0
    for new, old in enumerate(order):
        if bits >> old & 1:
            moved |= 1 << new
    return moved


def _renumbered(finding: Finding, place: list[int]) -> Finding:
    """Write a finding about sightings in positions of the history."""
    return finding._replace(
        journey=tuple(place[position] for position in finding.journey),
        readings=tuple((tuple(sorted(place[one] for one in left_out)), where) for left_out, where in finding.readings),
    )
