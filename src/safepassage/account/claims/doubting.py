"""What the rules are not sure of: it is shown to be looked at, and not proposed.

A claim that is planned or denied by words far from it, or that an event is only named of ("the exchange of 64
prisoners"), was wrong far more often than others in texts that the rules had not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.account.claims.clauses import Clause
from safepassage.account.claims.cues import is_future, is_verb
from safepassage.account.claims.planned import event_before
from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token
from safepassage.model.claims import Claim

Doubt: TypeAlias = Literal["planned-or-done", "denied-or-not", "event-or-claim", "of-whom"]
"""What about a claim is not sure."""

FAR: Final = 2
"""Verbs between a claim and the word that plans or denies it, from which on it may be meant for another."""


class Unclear(Struct, frozen=True, kw_only=True):
    """A claim that is not proposed, as it would be, and what about it is not sure."""

    claim: Claim
    doubt: Doubt


def doubt_of(
    tokens: Sequence[Token], clause: Clause, claim: Claim, span: tuple[int, int], table: Table
) -> Doubt | None:
    """Tell what about a number of people or vehicles is not sure; None where nothing is.

    Parameters
    ----------
    tokens
        Of its sentence.
    clause
        That it stands in.
    claim
        As it would be proposed.
    span
        Its first token and the one after.
    table
        The language's.
    """
    shown = tokens[clause.first : clause.end]
    if tokens[-1].text == "?" or table.phrases["doubts.unreal"].within(shown):
        return "event-or-claim"
    if _is_called(tokens, span, table):
        return "of-whom"
    if claim.planned and claim.negated and not table.phrases["cues.but_not"].within(tokens):
        return "denied-or-not"
    if claim.negated and claim.least and _is_far(tokens, clause, span, "cues.negated", table):
        return "denied-or-not"
    if claim.planned and _is_far(tokens, clause, span, "cues.planned", table):
        return "planned-or-done"
    if not claim.planned and event_before(tokens, clause.first, span[0], table) is not None:
        done = table.phrases["events.done"].within(shown)
        return None if done else "planned-or-done"
    return None


def _is_far(tokens: Sequence[Token], clause: Clause, span: tuple[int, int], cues: str, table: Table) -> bool:
    """Tell whether each word of the clause that plans or denies has other verbs between itself and the claim."""
    shown = tokens[clause.first : clause.end]
    told = [(clause.first + at, clause.first + at + length) for at, length, _ in table.phrases[cues].within(shown)]
    if cues == "cues.planned":
        told += [(at, at + 1) for at in range(clause.first, clause.end) if is_future(tokens[at], table)]
    return bool(told) and all(_verbs_between(tokens, one, span, table) >= FAR for one in told)


def _verbs_between(tokens: Sequence[Token], cue: tuple[int, int], span: tuple[int, int], table: Table) -> int:
    first, end = (cue[1], span[0]) if cue[0] < span[0] else (span[1], cue[0])
    chain = table.lists["aux.chain"]
    return sum(is_verb(tokens, at, table) and tokens[at].lower not in chain for at in range(first, end))


def _is_called(tokens: Sequence[Token], span: tuple[int, int], table: Table) -> bool:
    """Tell whether a number without a noun stands behind a name, and may be a part of it: "QX 417 landed"."""
    if span[0] < 2 or span[1] - span[0] > 1 or tokens[span[0]].kind != "number":
        return False
    before = tokens[span[0] - 1]
    dated = before.lower in table.dates["weekdays"] or before.lower in table.dates["months"]
    return before.kind == "word" and before.text[:1].isupper() and not dated
