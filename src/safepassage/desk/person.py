"""One person: where they are and how sure that is, who belongs to them, what was recorded, what is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.desk.people import People, Row, as_seen
from safepassage.desk.roles import ACTION_OF, CORRECTING, Who, may, may_record, require
from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest, reference
from safepassage.ledger.facts import Fact
from safepassage.ledger.journeys import Where
from safepassage.ledger.merging import Merging
from safepassage.ledger.people import Contradiction
from safepassage.reports.person_lines import event_told, event_where, time_told
from safepassage.reports.words import Phrase, Setting

Standing: TypeAlias = Literal["counts", "corrected", "set-aside", "disputed", "twofold", "not-understood"]
"""How it stands with an event: it counts; it was taken back; a resolution set it aside; two resolutions differ; it
exists in several forms; this version does not understand it."""

MOST_EVENTS: Final = 50
MOST_MEMBERS: Final = 40
UNCORRECTABLE: Final = frozenset((CORRECTING, "resolved", "approved", "merged", "key-destroyed", "removed"))
"""What is not taken back on a person's page: a merge by unmerging, the others where they were decided."""


class Line(Struct, frozen=True, kw_only=True):
    """An event in somebody's history, in words, and how it stands with it.

    `correctable` and `splits` tell what the one who looks may do: take it back, undo the merge.
    """

    name: str
    type: str
    subject: str
    when: Phrase
    what: Phrase
    where: Phrase
    actor: str
    device: str
    standing: Standing
    correctable: bool = False
    splits: bool = False


class Reading(Struct, frozen=True, kw_only=True):
    """One way to read a contradiction: where they would then be, and the events that would be wrong."""

    place: Where
    wrong: tuple[Line, ...]


class Open(Struct, frozen=True, kw_only=True):
    """A contradiction with its readings and the events that it is about; of a shared token, who has it."""

    kind: str
    readings: tuple[Reading, ...] = ()
    events: tuple[Line, ...] = ()
    others: tuple[str, ...] = ()


class Told(Struct, frozen=True, kw_only=True):
    """All that is told of somebody. `lines` are the newest first, from a position on; `after` is the next one, or 0."""

    row: Row
    members: tuple[Row, ...]
    left_out: int
    lines: tuple[Line, ...]
    after: int
    open: tuple[Open, ...]


def tell(people: People, who: Who, code: str, *, since: int = 0) -> Told:
    """Tell all of one person, as somebody may see it.

    Parameters
    ----------
    people
        Everybody.
    who
        Who asks.
    code
        Of the person; of merged records any.
    since
        Of the history, from which line on.

    Raises
    ------
    NoSuchPersonError
        When nobody has the code.
    NotPermittedError
        When the board is not theirs to see.
    """
    require(who, "see-board")
    people.refresh()
    with people.lock, people.running.keeper.lock:
        row = people.row(code)
        others = sorted(one for one in people.of(("household", row.household)) if one != row.id)
        lines = _Lines(people, who, row)
        history = lines.history()
        return Told(
            row=as_seen(who, row),
            members=tuple(as_seen(who, people.row(one)) for one in others[:MOST_MEMBERS]),
            left_out=max(0, len(others) - MOST_MEMBERS),
            lines=tuple(lines.line(*one) for one in history[since : since + MOST_EVENTS]),
            after=since + MOST_EVENTS if len(history) > since + MOST_EVENTS else 0,
            open=tuple(lines.open()),
        )


class _Lines:
    """The events about one person, as they are told to somebody."""

    def __init__(self, people: People, who: Who, row: Row) -> None:
        self._people, self._who, self._row = people, who, row
        self._merging: Merging = people.running.keeper.board.merging
        self._setting: Setting = people.running.setting
        self._history = self._merging.history("person", row.id)
        self._times = dict(zip((fact.name for fact in self._history.facts), self._history.times, strict=True))

    def history(self) -> list[tuple[Fact, Interval]]:
        """Return all events about the person and remarks on them, the latest first."""
        found: list[tuple[int, int, Fact, Interval]] = []
        latest = 0
        for index, (fact, time) in enumerate(zip(self._history.facts, self._history.times, strict=True)):
            # In their likely order, which the likely times alone do not give.
            latest = max(latest, time.likely_ms)
            found.append((latest, index, fact, time))
        others = self._merging.facts("person", self._row.id)
        others = others + [fact for one in self._row.state.records for fact in self._merging.remarks(one)]
        for fact in others:
            if fact.name not in self._times:
                time = self._merging.interval(fact)
                found.append((time.likely_ms, len(found), fact, time))
        found.sort(key=lambda one: one[:2], reverse=True)
        return [(fact, time) for _, _, fact, time in found]

    def line(self, fact: Fact, time: Interval) -> Line:
        """Tell one event."""
        medical = ACTION_OF.get(fact.type) == "treat"
        standing = self._standing(fact)
        taken_back = standing in ("corrected", "set-aside")
        return Line(
            name=reference(fact.name),
            type=fact.type,
            subject=fact.subject,
            when=time_told(self._setting, time),
            what=event_told(self._setting, fact, reasons=not medical or may(self._who, "treat")),
            where=event_where(self._setting, fact),
            actor=fact.actor,
            device=fact.device,
            standing=standing,
            correctable=not taken_back and fact.type not in UNCORRECTABLE and self._may_correct(fact),
            splits=not taken_back and fact.type == "merged" and may_record(self._who, "unmerged", *_places(fact)),
        )

    def _may_correct(self, fact: Fact) -> bool:
        own = fact.actor == self._who.name
        return may(self._who, "settle") or (own and may_record(self._who, CORRECTING, *_places(fact)))

    def _standing(self, fact: Fact) -> Standing:
        standing = self._merging.standing
        if fact.payload is None:
            return "not-understood"
        verdict = standing.verdict(fact)
        if verdict == "aside":
            by_resolution = fact.name in self._history.aside and not self._is_corrected(fact.name)
            return "set-aside" if by_resolution else "corrected"
        if verdict == "disputed":
            return "disputed"
        return "counts" if standing.counts(fact) else "twofold"

    def _is_corrected(self, name: Digest) -> bool:
        """Tell whether a correction or unmerging that counts takes an event back."""
        standing = self._merging.standing
        remarks = [fact for one in self._row.state.records for fact in self._merging.remarks(one)]
        remarks += self._merging.facts("person", self._row.id)
        for fact in remarks:
            if fact.payload is None or not standing.counts(fact):
                continue
            named = {"corrected": "corrects", "unmerged": "undoes"}.get(fact.type, "")
            if named and reference(name) in getattr(fact.payload, named):
                return True
        return False

    def open(self) -> Iterator[Open]:
        """Yield what does not fit together about the person, with its readings."""
        for found in self._row.state.contradictions:
            yield self._opened(found)
        for token in self._people.shared(self._row):
            others = sorted(one for one in self._people.of(("token", token)) if one != self._row.id)
            yield Open(kind="token", others=tuple(others))

    def _opened(self, found: Contradiction) -> Open:
        readings = tuple(Reading(place=one.place, wrong=tuple(self._named(one.wrong))) for one in found.alternatives)
        return Open(kind=found.kind, readings=readings, events=tuple(self._named(found.events)))

    def _named(self, names: tuple[Digest, ...]) -> Iterator[Line]:
        for name in names:
            fact = self._merging.standing.find(name)
            if fact is not None:
                yield self.line(fact, self._times.get(name) or self._merging.interval(fact))


def _places(fact: Fact) -> tuple[str, ...]:
    return fact.site, fact.vehicle, fact.subject
