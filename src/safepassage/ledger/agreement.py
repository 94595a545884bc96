"""What the parties have said and done: windows, clauses, milestones, notices, incidents, disclosures.

A party's word on a clause is kept beside the others', never over them.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.merging import History


class WindowState(Struct, frozen=True, kw_only=True):
    """A window as last told: open or not, by which party, until when (milliseconds, UTC; 0 not said)."""

    id: str
    open: bool = False
    party: str = ""
    until_ms: int = 0
    extended: int = 0
    since: Interval | None = None
    heads: tuple[Digest, ...] = ()


class Word(Struct, frozen=True, kw_only=True):
    """What one party says of a clause or milestone, when, and for what reason."""

    claimant: str
    says: Literal["fulfilled", "contested", "broken", "reached"]
    reason: str
    share: str
    time: Interval


class ClauseState(Struct, frozen=True, kw_only=True):
    """A clause or milestone and the last word of each party on it, in the order of the parties' ids."""

    id: str
    words: tuple[Word, ...] = ()
    heads: tuple[Digest, ...] = ()


class PartyState(Struct, frozen=True, kw_only=True):
    """What a party was notified of, and how it answered; none of this is consent."""

    id: str
    notified: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()
    objected: tuple[str, ...] = ()
    heads: tuple[Digest, ...] = ()


class IncidentState(Struct, frozen=True, kw_only=True):
    """An incident: what, where, who was concerned."""

    id: str
    kind: str
    site: str
    vehicle: str
    persons: tuple[str, ...]
    time: Interval
    heads: tuple[Digest, ...] = ()


class DisclosureState(Struct, frozen=True, kw_only=True):
    """What was given to whom, about how many people."""

    id: str
    recipient: str
    what: str
    persons: tuple[str, ...]
    time: Interval
    heads: tuple[Digest, ...] = ()


def window_state(window: str, history: History) -> WindowState:
    """Work out whether a window is open, from its history."""
    state = WindowState(id=window)
    is_open, party, until_ms, extended, since = state.open, "", 0, 0, state.since
    for fact, time in zip(history.facts, history.times, strict=True):
        said = fact.payload
        if fact.type == "window-extended":
            extended += 1
        else:
            is_open, since = fact.type == "window-opened", time
        party, until_ms = said.party or party, said.until_ms or until_ms
    return WindowState(
        id=window, open=is_open, party=party, until_ms=until_ms, extended=extended, since=since, heads=history.heads
    )


def clause_state(clause: str, history: History) -> ClauseState:
    """Collect the parties' last words on a clause or milestone."""
    words: dict[str, Word] = {}
    for fact, time in zip(history.facts, history.times, strict=True):
        said = fact.payload
        words[said.claimant] = Word(
            claimant=said.claimant,
            says=fact.type.rsplit("-", 1)[1],  # type: ignore[arg-type]  # the type ends in one of the four
            reason=said.reason,
            share=said.share,
            time=time,
        )
    return ClauseState(id=clause, words=tuple(words[party] for party in sorted(words)), heads=history.heads)


def party_state(party: str, history: History) -> PartyState:
    """Collect what a party was told and how it answered."""
    found: dict[str, list[str]] = {"notified": [], "acknowledged": [], "objected": []}
    for fact in history.facts:
        found[fact.type].append(fact.payload.what)
    return PartyState(
        id=party,
        notified=tuple(found["notified"]),
        acknowledged=tuple(found["acknowledged"]),
        objected=tuple(found["objected"]),
        heads=history.heads,
    )


def incident_state(incident: str, history: History) -> IncidentState:
    """Return an incident as it was last told."""
    fact, time = history.facts[-1], history.times[0]
    return IncidentState(
        id=incident, kind=fact.payload.kind, site=fact.site, vehicle=fact.vehicle, persons=fact.payload.persons,
        time=time, heads=history.heads,
    )  # fmt: skip


def disclosure_state(disclosure: str, history: History) -> DisclosureState:
    """Return a disclosure as it was last told."""
    fact, time = history.facts[-1], history.times[0]
    return DisclosureState(
        id=disclosure, recipient=fact.payload.recipient, what=fact.payload.what, persons=fact.payload.persons,
        time=time, heads=history.heads,
    )  # fmt: skip
