"""What is planned by words next to it, not by its whole clause: "whether to evacuate the 14,000"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from safepassage.account.claims.clauses import Clause
from safepassage.account.claims.cues import has_cue, is_future, is_verb
from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token

COMMANDED: Final = 10
"""Words between a command, whom it is given and what is to be done, at most."""

NAMED: Final = 3
"""Words between a wish, an event and the number that it is of, at most: "the evacuation of all the 400"."""


def intended(tokens: Sequence[Token], clause: Clause, index: int, table: Table) -> bool:
    """Tell whether what stands at a token is planned by an infinitive, a wish or a command.

    "Whether to evacuate the 14,000", "wants 35 freed", "demands the release of 20", "asked 1,200 to leave", "1,200 were
    advised to leave".

    Parameters
    ----------
    tokens
        Of the sentence.
    clause
        One of it.
    index
        A token of the clause.
    table
        The language's.
    """
    before = tokens[clause.first : index]
    for at in range(len(before) - 2, -1, -1):
        mark, verb = before[at].lower in table.lists["intended.marks"], before[at + 1].lower
        if mark and verb in table.lists["intended.verbs"]:
            return not table.phrases["intended.done"].within(before[: at + 1])
        if verb in {",", ";", ":"} or (is_verb(before, at + 1, table) and not mark):
            break
    behind = [token.lower for token in tokens[index : min(index + COMMANDED, clause.end)]]
    if table.phrases["intended.wished"].within(before) and table.lists["intended.wished_done"].intersection(behind):
        return True
    if _is_meant(before, table) or _is_wanted(tokens, clause, index, table):
        return True
    if _are_told(tokens[index : clause.end], table):
        return True
    commands = table.phrases["intended.commands"].within(before)
    if not commands or commands[-1][0] + COMMANDED < len(before):
        return False
    return any(
        one in table.lists["intended.marks"] and other in table.lists["intended.leaving"]
        for one, other in pairwise(behind)
    )


def _is_meant(before: Sequence[Token], table: Table) -> bool:
    """Tell whether a verb rules an infinitive without a word between: "compte transférer 40"."""
    return any(
        one.lower in table.lists["intended.bare"] and other.lower.endswith(table.infinitives)
        for one, other in pairwise(before)
    )


def _is_wanted(tokens: Sequence[Token], clause: Clause, index: int, table: Table) -> bool:
    """Tell whether a number is of an event that is wanted: "demands the immediate release of 20"."""
    event = event_before(tokens, clause.first, index, table)
    if event is None:
        return False
    wishes = table.phrases["events.wanted"].within(tokens[clause.first : event])
    return any(event - clause.first - (at + length) < NAMED for at, length, _ in wishes)


def _chained(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a verb is one of a chain, or behind one: "will be signed"."""
    chain = table.lists["aux.chain"]
    return tokens[index].lower in chain or tokens[index - 1].lower in chain


def _are_told(shown: Sequence[Token], table: Table) -> bool:
    """Tell whether somebody is told to do what comes behind: "were advised to leave"; not "were forced to"."""
    for at, (one, mark, verb) in enumerate(zip(shown, shown[1:], shown[2:], strict=False)):
        told = one.lower.endswith(table.participles) and one.lower not in table.lists["intended.done"]
        if told and mark.lower in table.lists["intended.marks"] and verb.lower in table.lists["intended.leaving"]:
            passive = any(before.lower in table.lists["aux.passive"] for before in shown[max(0, at - 2) : at])
            if passive:
                return verb.lower not in table.lists["aux.be"]
    return False


def event_before(tokens: Sequence[Token], begin: int, index: int, table: Table) -> int | None:
    """Return where the event is that a number is of, "the immediate evacuation of 400"; None where there is none.

    Parameters
    ----------
    tokens
        Of a sentence.
    begin
        Of the clause.
    index
        The first token of the number with its hedges.
    table
        The language's.
    """
    at = index - 1
    while at > begin and index - at <= NAMED and tokens[at].lower in table.lists["articles"]:
        at -= 1
    if at <= begin or tokens[at].lower not in table.lists["partitives"]:
        return None
    near = (one for one in (at - 1, at - 2) if one >= begin)  # "l'évacuation prochaine de 400"
    return next((one for one in near if tokens[one].lower in table.lists["events.names"]), None)


def planned_near(
    tokens: Sequence[Token], clause: Clause, span: tuple[int, int], table: Table, *, aside: bool, commanded: bool
) -> bool:
    """Tell whether words are planned by what stands between the same commas.

    Parameters
    ----------
    tokens
        Of the sentence.
    clause
        One of it.
    span
        The words: their first token and the one after.
    table
        The language's.
    aside
        Whether the words themselves do not count, nor what comes behind a verb after them: "agreed to a truce" is
        done, and so is "an agreement signed on Monday says how 700 will go".
    commanded
        Whether only a future counts: "asked to leave" is done.
    """
    commas = [one for one in range(clause.first, clause.end) if tokens[one].text in ",;:"]
    begin = max((one for one in commas if one < span[0]), default=clause.first)
    last = min((one for one in commas if one >= span[1]), default=clause.end)
    verbs = (index for index in range(span[1], last) if is_verb(tokens, index, table))
    asked = (index for index in range(span[1], last) if tokens[index].lower in table.lists["pronouns.asks"])
    behind = [*(index for index in verbs if not _chained(tokens, index, table)), *asked, last]
    ends = min(behind) if aside else last
    shown = [tokens[index] for index in range(begin, ends) if not (aside and span[0] <= index < span[1])]
    cues = "cues.future" if commanded else "cues.planned"
    return has_cue(shown, cues, "cues.not_planned", table) or any(is_future(one, table) for one in shown)
