"""A party's statement in words, in every language: what page, terminal and paper all say."""

from __future__ import annotations

from msgspec import Struct

from safepassage.account.clauses import Standing
from safepassage.account.evidence import Seal, Shown
from safepassage.account.statement import Statement
from safepassage.account.words import Said
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.reports.exceptions import between
from safepassage.reports.standing_words import balance_words, ground_words, joined_words, reached_words, worst_words
from safepassage.reports.words import (
    Phrase,
    Setting,
    called,
    clock,
    counted,
    full_instant,
    listed,
    say,
    say_code,
    setting_of,
)
from safepassage.reports.words.setting import NOBODY


class StandingRow(Struct, frozen=True, kw_only=True):
    """A clause or milestone as a line: what, how it stands, when due and come about, why, what parties say, events."""

    id: str
    kind: Phrase
    title: Phrase
    owed_by: Phrase
    standing: str
    state: Phrase
    due: Phrase
    reached: Phrase
    ground: Phrase
    balance: Phrase | None
    words: tuple[Phrase, ...]
    events: tuple[str, ...]


class EventRow(Struct, frozen=True, kw_only=True):
    """An event behind a line: the first digits of its name, what it says, when, and the device that recorded it."""

    short: str
    says: Phrase
    at: Phrase
    device: str


class CustodyRow(Struct, frozen=True, kw_only=True):
    """A handover as a line."""

    vehicle: Phrase
    site: Phrase
    to_party: Phrase
    people: Phrase
    signed_by: Phrase
    event: str


class StatementBrief(Struct, frozen=True, kw_only=True):
    """The whole statement. `open` are sentences; `told` are all events that it rests on; `answers` what it was told."""

    party: Phrase
    as_of: Phrase
    answer: Phrase
    good: bool
    owes: tuple[StandingRow, ...]
    others: tuple[StandingRow, ...]
    open: tuple[Phrase, ...]
    told: tuple[EventRow, ...]
    custody: tuple[CustodyRow, ...]
    answers: tuple[tuple[str, tuple[str, ...]], ...]
    seal: Seal | None


def statement_brief(operation: Operation, plan: Plan | None, found: Statement) -> StatementBrief:
    """Put a party's statement into words.

    Parameters
    ----------
    operation, plan
        Of which it is.
    found
        The statement.
    """
    setting = setting_of(operation, plan)
    owes = tuple(standing_row(operation, setting, one) for one in found.owes)
    others = tuple(standing_row(operation, setting, one) for one in found.others)
    by_id = {one.id: one for one in (*owes, *others)}
    kept = sum(one.standing == "kept" for one in found.owes)
    answers = (("notified", found.notified), ("acknowledged", found.acknowledged), ("objected", found.objected))
    return StatementBrief(
        party=called(setting, found.party, "party"),
        as_of=full_instant(setting, found.at_s),
        answer=say("statement.answer", kept=kept, n=len(owes), open=len(found.open)),
        good=kept == len(owes) and not found.open,
        owes=owes,
        others=others,
        open=tuple(say("statement.open-line", what=by_id[one].title, state=by_id[one].state) for one in found.open),
        told=tuple(event_row(setting, one) for one in sorted(found.told.values(), key=_in_time)),
        custody=tuple(
            CustodyRow(
                vehicle=called(setting, one.vehicle, "vehicle"), site=called(setting, one.site, "site"),
                to_party=called(setting, one.to_party, "party"), people=counted("person", one.count),
                signed_by=listed([called(setting, party, "party") for party in one.signed_by])
                if one.signed_by else NOBODY, event=one.event[:12],
            )
            for one in found.custody
        ),
        answers=tuple((kind, said) for kind, said in answers if said),
        seal=found.seal,
    )  # fmt: skip


def _in_time(one: Shown) -> tuple[int, str]:
    return one.time.likely_ms, one.event


def standing_row(operation: Operation, setting: Setting, found: Standing) -> StandingRow:
    """Put how a clause or milestone stands into words.

    Parameters
    ----------
    operation, setting
        Of which it is.
    found
        How it stands.
    """
    parties = [called(setting, one, "party") for one in found.owed_by]
    kind = "milestone" if found.kind == "milestone" else "clause"
    balance = joined_words(
        balance_words(operation, setting, found), worst_words(operation, setting, found), between_them=" · "
    )
    return StandingRow(
        id=found.id, kind=say_code("clause.kind", found.kind), title=called(setting, found.id, kind),
        owed_by=listed(parties) if parties else NOBODY, standing=found.standing,
        state=say_code("clause.state", found.standing),
        due=clock(setting, found.due_s) if found.due_s is not None else NOBODY,
        reached=reached_words(setting, found), ground=ground_words(setting, found),
        balance=None if balance is NOBODY else balance,
        words=tuple(word_line(setting, one) for one in found.words),
        events=tuple(name[:12] for name in dict.fromkeys((*found.events, *(one.event for one in found.words)))),
    )  # fmt: skip


def word_line(setting: Setting, one: Said) -> Phrase:
    """Say what a party says, when, and why."""
    said, at = say_code("board.says", one.says), between(setting, one.time)
    who = called(setting, one.claimant, "party")
    if one.reason:
        return say("account.word-because", who=who, says=said, at=at, reason=one.reason)
    return say("account.word", who=who, says=said, at=at)


def event_row(setting: Setting, one: Shown) -> EventRow:
    """Put an event into words."""
    where = called(setting, one.site, "site") if one.site else None
    says = say_code("event", one.type)
    about = called(setting, one.subject) if one.subject else say("account.somebody")
    key = "account.event-at" if where else "account.event"
    parts = {"what": says, "about": about} | ({"site": where} if where else {})
    return EventRow(short=one.short, says=say(key, **parts), at=between(setting, one.time), device=one.device)
