"""What on a board needs a person, one thing each: what kind, what is so, whom it is about, since when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from msgspec import Struct

from safepassage.ledger.board import BoardState
from safepassage.ledger.clocks import Interval
from safepassage.ledger.gathering import Apart, Unaccounted
from safepassage.ledger.journeys import Where
from safepassage.ledger.people import Contradiction
from safepassage.reports.words import Phrase, Setting, called, clock, counted, listed, say, say_code
from safepassage.reports.words.phrases import literal
from safepassage.reports.words.setting import NOBODY

MOST_NAMED = 8
UNCERTAIN_MS = 120_000
"""An instant known to within two minutes is told as one; what is known less well as from when to when."""


class Exceptional(Struct, frozen=True, kw_only=True):
    """One thing that needs a person: `kind` sorts it, `tells` says it, `subjects` are people or what else it is about.

    `about` are other ids in it (a vehicle, a device); `since` is when it began, where that is known; `found` is the
    contradiction that it tells of.
    """

    kind: str
    tells: Callable[[], Phrase]
    subjects: tuple[str, ...] = ()
    about: str = ""
    since: Interval | None = None
    found: Contradiction | None = None

    @property
    def says(self) -> Phrase:
        """What is so, in words; put into words when somebody looks, for there may be thousands."""
        return self.tells()


def when(setting: Setting, time: Interval | None) -> Phrase:
    """Say the likely instant; a dash where nothing is known."""
    if time is None or abs(time.likely_ms) >= 2**59:
        return NOBODY
    return clock(setting, time.likely_ms // 1000 - int(setting.start.timestamp()))


def between(setting: Setting, time: Interval | None) -> Phrase:
    """Say an instant as surely as it is known: one time of day, or from when to when."""
    if time is None or max(abs(time.earliest_ms), abs(time.latest_ms)) >= 2**59:
        found = when(setting, time)
        return found if found == NOBODY else say("event.about", at=found)
    if time.latest_ms - time.earliest_ms <= UNCERTAIN_MS:
        return when(setting, time)
    start = int(setting.start.timestamp())
    ends = [clock(setting, at_ms // 1000 - start) for at_ms in (time.earliest_ms, time.latest_ms)]
    return say("event.between", first=ends[0], last=ends[1])


def named(names: tuple[str, ...]) -> Phrase:
    """List ids, a few of them."""
    first = [literal(name) for name in names[:MOST_NAMED]]
    return listed(first, at_most=MOST_NAMED, of=len(names)) if names else NOBODY


def exceptional(state: BoardState, setting: Setting) -> Iterator[Exceptional]:
    """Yield what needs a person, the gravest first: who is lost, what contradicts, what is open, what is not here."""
    yield from _unaccounted(state, setting)
    for found in state.contradictions:
        yield Exceptional(
            kind="conflict", tells=partial(contradiction_words, found, setting), subjects=found.subjects, found=found
        )
    yield from _unsure(state, setting)
    yield from _counts(state, setting)
    if state.open_referrals:
        said = partial(_people, "board.referrals", state.open_referrals)
        yield Exceptional(kind="referral", tells=said, subjects=state.open_referrals)
    for apart in state.apart:
        members = tuple(one for _, group in apart.places for one in group)
        yield Exceptional(kind="apart", tells=partial(_apart, apart, setting), subjects=members, about=apart.household)
    yield from _devices(state)


def _unsure(state: BoardState, setting: Setting) -> Iterator[Exceptional]:
    """Yield who may be in one of several places though nothing contradicts: what came last is not known."""
    for person, one in state.people.items():
        if one.possible and not one.contradictions:
            said = partial(_one_of, person, (one.place, *one.possible), setting)
            yield Exceptional(kind="conflict", tells=said, subjects=(person,), since=one.since)


def _people(key: str, people: tuple[str, ...]) -> Phrase:
    return say(key, people=counted("person", len(people)), who=named(people))


def _one_of(person: str, places: tuple[Where, ...], setting: Setting) -> Phrase:
    told = [say_code("board.place", one.kind or "unknown", what=called(setting, one.id)) for one in places]
    return say("board.unsure", who=person, where=listed(told, at_most=MOST_NAMED))


def _counts(state: BoardState, setting: Setting) -> Iterator[Exceptional]:
    for vehicle, row in state.aboard.items():
        if row.head_count is not None and row.head_count.count != len(row.sure):
            said = partial(say, "board.count-differs", what=called(setting, vehicle, "vehicle"), n=row.head_count.count,
                       sure=len(row.sure), at=when(setting, row.head_count.time))  # fmt: skip
            yield Exceptional(kind="count", tells=said, about=vehicle, since=row.head_count.time)


def _devices(state: BoardState) -> Iterator[Exceptional]:
    for device, one in state.devices.items():
        for gap in one.gaps:
            said = partial(say, "board.gap", device=device, first=gap.first, last=gap.last)
            yield Exceptional(kind="device", tells=said, about=device)
    for variant in state.quarantined:
        said = partial(say, "board.quarantined", device=variant.device, sequence=variant.sequence, n=len(variant.names))
        yield Exceptional(kind="device", tells=said, about=variant.device)
    if state.not_understood:
        yield Exceptional(kind="device", tells=partial(say, "board.not-understood", n=len(state.not_understood)))


def _unaccounted(state: BoardState, setting: Setting) -> Iterator[Exceptional]:
    """Name each who was met and is lost; those whom nobody has met yet are a crowd at first, and told together."""
    for lost in state.unaccounted:
        if lost.reason != "never-seen":
            said = partial(_lost, lost, setting)
            yield Exceptional(kind="unaccounted", tells=said, subjects=(lost.person,), since=lost.since)
    unseen = tuple(lost.person for lost in state.unaccounted if lost.reason == "never-seen")
    if unseen:
        told = partial(_people, "board.unaccounted.never-seen", unseen)
        yield Exceptional(kind="unaccounted", tells=told, subjects=unseen)


def _lost(lost: Unaccounted, setting: Setting) -> Phrase:
    return say_code("board.unaccounted", lost.reason, who=lost.person, since=when(setting, lost.since))


def contradiction_words(found: Contradiction, setting: Setting) -> Phrase:
    """Say what contradicts, and where it leaves whom."""
    who = named(found.subjects)
    places = sorted({one.place for one in found.alternatives})
    if not places:
        return say_code("board.contradiction", found.kind, who=who)
    where = [say_code("board.place", place.kind or "unknown", what=called(setting, place.id)) for place in places]
    return say("board.contradiction.places", who=who, where=listed(where, at_most=MOST_NAMED))


def _apart(apart: Apart, setting: Setting) -> Phrase:
    parts = [
        say("board.who-where", who=named(members),
            where=say_code("board.place", kind or "unknown", what=called(setting, place)))
        for (kind, place), members in apart.places
    ]  # fmt: skip
    return say("board.apart", household=apart.household, where=listed(parts, at_most=MOST_NAMED))
