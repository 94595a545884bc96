"""The agreement as the record has it: a line per clause and milestone, with what each party says, and the balance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from safepassage.account.clauses import Standing, State, milestone_standing, standing
from safepassage.desk.calls import Kept
from safepassage.desk.milestones import record_now
from safepassage.desk.recording import Said, record
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.desk.told import Told, told
from safepassage.ledger.agreement import Word
from safepassage.model.clauses import TimeWindow
from safepassage.model.errors import UsageError
from safepassage.reports.standing_words import balance_words
from safepassage.reports.words import Phrase, called, clock
from safepassage.reports.words.setting import NOBODY

MOST_TOLD: Final = 12


class Due(Struct, frozen=True, kw_only=True):
    """How a clause stands: in a word, when it falls due (seconds since the start), and the balance in words."""

    state: State
    due_s: int | None = None
    balance: Phrase | None = None


class Party(Struct, frozen=True, kw_only=True):
    """A party that owes something: its id, and what it is called."""

    id: str
    name: Phrase


class Line(Struct, frozen=True, kw_only=True):
    """A clause or milestone: who owes it, how it stands by the record, what each party says, and all that was said."""

    id: str
    kind: str
    title: Phrase
    parties: tuple[Party, ...]
    standing: Due
    words: tuple[Word, ...]
    history: tuple[Told, ...]


def lines(running: Running) -> tuple[Line, ...]:
    """Return all clauses, then the milestones that parties bring about, as the operation lists them."""
    operation, setting, state = running.operation, running.setting, running.now().state
    record = record_now(running)
    found = []
    for clause in operation.clauses:
        said = state.clauses.get(clause.id)
        found.append(
            Line(
                id=clause.id,
                kind=str(clause.__struct_config__.tag),
                title=called(setting, clause.id, "clause"),
                parties=_parties(running, clause.parties),
                standing=due(running, standing(record, clause)),
                words=said.words if said else (),
                history=_history(running, "clause", clause.id),
            )
        )
    for milestone in operation.milestones:
        said = state.milestones.get(milestone.id)
        found.append(
            Line(
                id=milestone.id,
                kind="milestone",
                title=called(setting, milestone.id, "milestone"),
                parties=_parties(running, [milestone.party] if milestone.party else ()),
                standing=due(running, milestone_standing(record, milestone)),
                words=said.words if said else (),
                history=_history(running, "milestone", milestone.id),
            )
        )
    return tuple(found)


def _parties(running: Running, ids: Iterable[str]) -> tuple[Party, ...]:
    return tuple(Party(id=one, name=called(running.setting, one, "party")) for one in ids)


def _history(running: Running, kind: str, subject: str) -> tuple[Told, ...]:
    with running.keeper.lock:
        merging = running.keeper.board.merging
        facts = merging.history(kind, subject).facts[-MOST_TOLD:] if merging.facts(kind, subject) else ()
        return tuple(told(running, fact) for fact in reversed(facts))


def windows(running: Running) -> tuple[tuple[str, bool, str, Phrase, tuple[Told, ...]], ...]:
    """Return the windows that parties spoke of: id, open or not, by whom, until when, and all that was said."""
    setting = running.setting
    found = []
    for one in running.now().state.windows.values():
        start = int(running.operation.start.timestamp())
        until = clock(setting, one.until_ms // 1000 - start) if one.until_ms else NOBODY
        found.append((one.id, one.open, one.party, until, _history(running, "window", one.id)))
    return tuple(found)


def due(running: Running, found: Standing) -> Due:
    """Put how a clause or milestone stands into words."""
    return Due(
        state=found.standing, due_s=found.due_s, balance=balance_words(running.operation, running.setting, found)
    )


FORMS: Final = ("clause-fulfilled", "clause-contested", "clause-broken", "milestone-reached")
WINDOW_FORMS: Final = ("window-opened", "window-closed", "window-extended")


def claim(running: Running, who: Who, type_: str, subject: str, given: Mapping[str, str]) -> Future[Kept]:
    """Record what a party says of a clause or milestone, or does to a window.

    Parameters
    ----------
    running
        The ledger.
    who
        Who heard it.
    type_, subject
        What it is: of a clause, a milestone or a window, and which.
    given
        Whose word it is (`party`); the `reason`; of a window `until`, a local time of the operation.

    Raises
    ------
    UsageError
        When there is no such clause, milestone or party, or the time is none.
    NotPermittedError
        When that is not theirs to record.
    BusyError, StoreStoppedError
        When nothing is taken.
    """
    operation, party = running.operation, given.get("party", "")
    if party not in {one.id for one in operation.parties}:
        raise UsageError("say whose word it is: a party of this operation")
    payload: dict[str, Any] = {"claimant": party, "reason": given.get("reason", "")[:64]}
    if type_ in WINDOW_FORMS:
        payload = {"party": party, "until_ms": _until_ms(running, given.get("until", ""))}
        known = {*running.now().state.windows, *_window_ids(running)}
    elif type_ == "milestone-reached":
        known = set(map(str, operation.known_milestones()))
    else:
        known = {clause.id for clause in operation.clauses}
    if subject not in known:
        raise UsageError("there is no such clause, milestone or window")
    return record(running, who, Said(type=type_, subject=subject, payload=payload))


def _window_ids(running: Running) -> Iterator[str]:
    """Yield what a window may be of: a clause about windows, a site, a road."""
    operation = running.operation
    yield from (clause.id for clause in operation.clauses if isinstance(clause, TimeWindow))
    yield from (site.id for site in operation.sites if site.kind != "junction")
    yield from (link.id for link in operation.links if link.controlled_by)


def window_choices(running: Running) -> tuple[tuple[str, Phrase], ...]:
    """Return what a window may be of, with what it is called."""
    names = dict.fromkeys((*_window_ids(running), *running.now().state.windows))
    return tuple((name, called(running.setting, name)) for name in names)


def _until_ms(running: Running, text: str) -> int:
    if not text:
        return 0
    try:
        local = datetime.fromisoformat(text)
        aware = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(running.operation.time_zone))
        return round(aware.timestamp() * 1000)
    except (OverflowError, ValueError) as error:
        raise UsageError("until when: a date and a time, as 2026-03-01T18:00") from error
