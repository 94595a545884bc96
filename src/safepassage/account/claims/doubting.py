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

Doubt: TypeAlias = Literal["planned-or-done", "denied-or-not", "said-or-supposed", "of-whom"]
"""What about a claim is not sure."""

FAR: Final = 2
"""Verbs between a claim and the word that plans or denies it, from which on it may be meant for another."""

FAR_WORDS: Final = 8
"""Words between them, from which on the same holds: not every verb is known."""

REACH: Final = 8
"""Words between a claim and an infinitive that may rule it, at most."""


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
    if tokens[-1].text == "?" or _is_unreal(shown, table):
        return "said-or-supposed"
    if _is_called(tokens, span, table):
        return "of-whom"
    if claim.negated and _denial_is_unsure(tokens, clause, claim, span, table):
        return "denied-or-not"
    unsure = _plan_is_unsure if claim.planned else _deed_is_unsure
    return "planned-or-done" if unsure(tokens, clause, claim, span, table) else None


def _denial_is_unsure(
    tokens: Sequence[Token], clause: Clause, claim: Claim, span: tuple[int, int], table: Table
) -> bool:
    """Tell whether a claim is planned and denied at once, or denied from afar."""
    if claim.planned and not table.phrases["cues.but_not"].within(tokens):
        return True
    far = _is_far(tokens, clause, span, "cues.negated", table)
    return bool(claim.least) and (far or _is_within(tokens, clause, span, "cues.negated", table))


def _plan_is_unsure(tokens: Sequence[Token], clause: Clause, claim: Claim, span: tuple[int, int], table: Table) -> bool:
    """Tell whether a claim is planned from afar, or of dead, or only by "could"."""
    far = _is_far(tokens, clause, span, "cues.planned", table)
    able = "dead" in claim.of or _was_able(tokens, clause, table)
    return far or able or _is_within(tokens, clause, span, "cues.planned", table)


def _deed_is_unsure(tokens: Sequence[Token], clause: Clause, claim: Claim, span: tuple[int, int], table: Table) -> bool:
    """Tell whether what is not planned may well be: it is of tomorrow, or hangs on an infinitive or an event."""
    shown = tokens[clause.first : clause.end]
    ahead = table.phrases["doubts.ahead"].within(shown)
    if not claim.negated and (ahead or _hangs(tokens, clause, span, table)):
        return True
    named = event_before(tokens, clause.first, span[0], table) is not None
    return named and not table.phrases["events.done"].within(shown)


def _is_unreal(shown: Sequence[Token], table: Table) -> bool:
    """Tell whether words say that something might be, or is only rehearsed; "might have to leave" is no such thing."""
    ends = [at + length for at, length, _ in table.phrases["doubts.unreal"].within(shown)]
    return any(end >= len(shown) or shown[end].lower not in table.lists["intended.marks"] for end in ends)


def _is_within(tokens: Sequence[Token], clause: Clause, span: tuple[int, int], cues: str, table: Table) -> bool:
    """Tell whether a number is told of another noun, and all that plans or denies stands behind: it is of that noun.

    "Schools for 6,700 pupils will stay closed", "23 boats carrying 180 crew have not been heard from".
    """
    inner = span[0] > clause.first and tokens[span[0] - 1].lower in table.lists["doubts.within"]
    if not inner:
        return False
    before = tokens[clause.first : span[0]]
    future = cues == "cues.planned" and any(is_future(one, table) for one in before)
    return not (future or table.phrases[cues].within(before) or table.phrases["cues.denies"].within(tokens))


def _is_far(tokens: Sequence[Token], clause: Clause, span: tuple[int, int], cues: str, table: Table) -> bool:
    """Tell whether each word of the clause that plans or denies has other verbs between itself and the claim."""
    shown = tokens[clause.first : clause.end]
    told = [(clause.first + at, clause.first + at + length) for at, length, _ in table.phrases[cues].within(shown)]
    if cues == "cues.planned":
        told += [(at, at + 1) for at in range(clause.first, clause.end) if is_future(tokens[at], table)]
    return bool(told) and all(
        _verbs_between(tokens, one, span, table) >= FAR or max(span[0] - one[1], one[0] - span[1]) >= FAR_WORDS
        for one in told
    )


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


def _was_able(tokens: Sequence[Token], clause: Clause, table: Table) -> bool:
    """Tell whether all that plans is "could", and no condition is told: "140 could be discharged"."""
    shown = tokens[clause.first : clause.end]
    able = any(token.lower in table.lists["doubts.able"] for token in shown)
    open_end = any(token.lower in table.lists["doubts.conditions"] for token in tokens)
    return able and not open_end and not table.phrases["cues.planned"].within(shown)


def _hangs(tokens: Sequence[Token], clause: Clause, span: tuple[int, int], table: Table) -> bool:
    """Tell whether an infinitive rules the claim, or is told of it, under a verb that is known neither way.

    "The 40 have sworn to leave": only where it is known that one who swears has not done so yet is it planned.
    """
    for at in range(clause.first + 1, clause.end - 1):
        if at in range(*span) or not _is_infinitive(tokens, at, table):
            continue
        near = span[0] - at if at < span[0] else at - span[1]
        ruling = at - 1
        while ruling > clause.first and tokens[ruling].lower in table.lists["adverbs"]:
            ruling -= 1
        if near > REACH or _verbs_between(tokens, (min(at, ruling), at + 2), span, table):
            continue
        settled = table.lists["intended.done"] | table.lists["aux.chain"] | table.lists["pronouns.only_one"]
        settled |= table.lists["doubts.settled"]
        if tokens[ruling].lower in settled or table.phrases["cues.not_planned"].before(tokens, ruling + 1)[0]:
            continue
        if _is_verb_form(tokens, ruling, table):
            return True
    return False


def _is_infinitive(tokens: Sequence[Token], at: int, table: Table) -> bool:
    """Tell whether an infinitive begins at a token: "to leave", "de partir"."""
    if tokens[at].lower not in table.lists["intended.marks"]:
        return False
    verb = tokens[at + 1]
    if not verb.text.islower() or verb.lower in table.lists["doubts.states"] or table.nouns.at(tokens, at + 1)[0]:
        return False
    if table.infinitives:
        return verb.lower.endswith(table.infinitives) and verb.lower not in table.lists["doubts.no_infinitives"]
    known = table.lists["intended.verbs"] | table.lists["intended.leaving"] | table.lists["verbs.words"]
    return verb.lower in known and not verb.lower.endswith(table.tenses)


def _is_verb_form(tokens: Sequence[Token], at: int, table: Table) -> bool:
    """Tell whether a word is a verb or a participle behind its auxiliary."""
    if is_verb(tokens, at, table):
        return True
    helped = any(one.lower in table.lists["doubts.auxiliaries"] for one in tokens[max(0, at - 2) : at])
    return helped and tokens[at].kind == "word" and not table.nouns.at(tokens, at)[0]
