"""Contradictions: the readings there are with the events behind each, which one holds, and taking that back."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from msgspec import Struct

from safepassage.desk.calls import Kept
from safepassage.desk.recording import Said, record
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.desk.told import Told, named, tell, told
from safepassage.ledger.board import BoardState
from safepassage.ledger.envelope import Digest
from safepassage.ledger.journeys import Where
from safepassage.ledger.people import Contradiction
from safepassage.model.errors import UsageError

MOST_RESOLVED: Final = 20


class Choice(Struct, frozen=True, kw_only=True):
    """One way to settle a conflict: the events that hold, those that do not, and where the subject would then be."""

    upholds: tuple[str, ...]
    wrong: tuple[str, ...]
    place: Where | None = None


class Conflict(Struct, frozen=True, kw_only=True):
    """Events that cannot all be true, and the choices; `before` are resolutions that were made of it already.

    Nothing to choose where events alone settle nothing: a token that two people carry.
    """

    subject: str
    settles: tuple[str, ...]
    events: tuple[Told, ...]
    choices: tuple[Choice, ...]
    before: tuple[Told, ...]


def conflict(running: Running, found: Contradiction) -> Conflict:
    """Return a contradiction with its choices and the events behind them.

    Parameters
    ----------
    running
        The ledger.
    found
        A contradiction on its board.
    """
    settles = tuple(name.hex() for name in found.events)
    return Conflict(
        subject=found.subjects[0],
        settles=settles,
        events=tell(running, found.events),
        choices=tuple(_choices(found)),
        before=_before(running, found),
    )


def _choices(found: Contradiction) -> list[Choice]:
    """Return what may hold: a reading each, or an event each; everything, for a move that nobody recorded; nothing."""
    every = tuple(name.hex() for name in found.events)
    if not every:
        return []
    chosen: list[Choice] = []
    if found.alternatives:
        for one in found.alternatives:
            wrong = {name.hex() for name in one.wrong}
            chosen.append(_holding(every, [name for name in every if name not in wrong], one.place))
    else:
        chosen += [_holding(every, [name]) for name in every]
    if found.kind == "journey":
        chosen.append(_holding(every, every))
    chosen.append(_holding(every, ()))
    return chosen


def _holding(every: Sequence[str], upholds: Sequence[str], place: Where | None = None) -> Choice:
    return Choice(upholds=tuple(upholds), wrong=tuple(name for name in every if name not in set(upholds)), place=place)


def _before(running: Running, found: Contradiction) -> tuple[Told, ...]:
    """Return the resolutions that count and settle any of a contradiction's events."""
    events = {name.hex() for name in found.events}
    with running.keeper.lock:
        merging = running.keeper.board.merging
        records = [record for subject in found.subjects for record in merging.records(subject)]
        facts = [fact for subject in records for fact in merging.about_events(subject)
                 if fact.type == "resolved" and fact.payload and events & set(fact.payload.settles)]  # fmt: skip
        return tuple(told(running, fact) for fact in facts if merging.standing.counts(fact))


def resolved(running: Running, most: int = MOST_RESOLVED) -> tuple[Told, ...]:
    """Return the latest resolutions that count, the last first."""
    with running.keeper.lock:
        merging = running.keeper.board.merging
        facts = [one for one in merging.all_about_events() if one.type == "resolved" and merging.standing.counts(one)]
        latest = sorted(facts, key=lambda one: (merging.interval(one).likely_ms, one.name))[-most:]
        return tuple(told(running, fact) for fact in reversed(latest))


def resolve(
    running: Running, who: Who, settles: Sequence[str], upholds: Sequence[str], reason: str
) -> Future[Kept]:  # fmt: skip
    """Record which events of a contradiction hold.

    Parameters
    ----------
    running
        The ledger.
    who
        Who looked into it.
    settles
        All events of the contradiction, as they were shown.
    upholds
        Those that hold.
    reason
        Why, in a few words.

    Raises
    ------
    UsageError
        When there is no such contradiction any more, or no reason.
    NotPermittedError
        When that is not theirs to settle.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    if not reason.strip():
        raise UsageError("say in a few words why this holds")
    names = {named(one) for one in settles}
    found = _shown(running.now().state, names)
    if found is None or not names >= {named(one) for one in upholds}:
        raise UsageError("this has changed meanwhile; look at it anew")
    payload = {"settles": list(settles), "upholds": list(upholds), "reason": reason.strip()[:64]}
    return record(running, who, Said(type="resolved", subject=found.subjects[0], payload=payload))


def _shown(state: BoardState, names: set[Digest]) -> Contradiction | None:
    return next((one for one in state.contradictions if names and set(one.events) == names), None)


def take_back(running: Running, who: Who, names: Sequence[str], reason: str = "") -> list[Future[Kept]]:
    """Record that events were wrong: the answer to a slip, or to a resolution that does not hold.

    Parameters
    ----------
    running
        The ledger.
    who
        Who says so: their own events anybody, others' who may settle.
    names
        Of the events.
    reason
        Why.

    Raises
    ------
    UsageError
        When there is no such event, or it does not count any more.
    NotPermittedError
        When it is not theirs to take back; then none of them is.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    found = tell(running, map(named, names))
    if len(found) < len(set(names)) or not all(one.counts for one in found):
        raise UsageError("this has changed meanwhile; look at it anew")
    said = [
        Said(type="corrected", subject=one.subject, vehicle=one.vehicle, site=one.site,
             payload={"corrects": [one.name], "reason": reason[:64]})
        for one in found
    ]  # fmt: skip
    return [record(running, who, one) for one in said]
