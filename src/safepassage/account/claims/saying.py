"""Who says so: whom a report names for what it tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from safepassage.account.claims.quantities import number_at
from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token

REACH: Final = 9
"""Words that name who says so, at most."""

_MARKS: Final = ',;:."“”«»()—–!?…'


class Said(Struct, frozen=True):
    """Whom a sentence names, in which tokens, and the tokens of the verb or preposition too (`first`, `end`)."""

    by: str
    first: int
    end: int


def said_in(text: str, tokens: Sequence[Token], table: Table) -> tuple[Said, ...]:
    """Find who is named for a sentence.

    Parameters
    ----------
    text
        The report.
    tokens
        Of the sentence.
    table
        The language's.
    """
    found = []
    for index, length, _ in table.phrases["says.according"].within(tokens):
        end = _name_end(tokens, index + length, table)
        if end > index + length:
            found.append(Said(_name(text, tokens, index + length, end, table), index, end))
    for index, token in enumerate(tokens):
        if token.lower in table.lists["says.verbs"] and not any(one.first <= index < one.end for one in found):
            one = _said_by(text, tokens, index, table)
            if one is not None:
                found.append(one)
    return tuple(sorted((one for one in found if one.by), key=lambda one: one.first))


def _said_by(text: str, tokens: Sequence[Token], index: int, table: Table) -> Said | None:
    """Read who said it before the verb, else after it: "a nurse said", "said a nurse"."""
    begin = _name_start(tokens, index, table)
    verb = tokens[index].lower
    follows = _follows(tokens, index, table)
    if begin < index:
        closing = index + 1 == len(tokens) or tokens[index + 1].kind == "mark"
        if verb in table.lists["says.only_with_that"] and not (follows or closing or _of_number(tokens, index, table)):
            return None
        return Said(_name(text, tokens, begin, index, table), begin, index + 1 + follows)
    at_start = index == 0 or tokens[index - 1].kind == "mark" or tokens[index - 1].lower in table.lists["says.fillers"]
    if verb in table.lists["says.after"] and at_start:
        end = _name_end(tokens, index + 1, table)
        if end > index + 1:
            return Said(_name(text, tokens, index + 1, end, table), index, end)
    return None


def _of_number(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a verb of counting has a number, or "the number", behind it: "monitors counted 37"."""
    if tokens[index].lower not in table.lists["says.with_number"]:
        return False
    if table.phrases["says.of_number"].at(tokens, index + 1)[0]:
        return True
    return any(number_at(tokens, at, table)[0] is not None for at in range(index + 1, index + 4))


def _follows(tokens: Sequence[Token], index: int, table: Table) -> int:
    """Return how many tokens after a verb belong to it: "that", or "of" after "spoke"; 0 where neither is near."""
    for ahead in range(1, 5):
        if index + ahead < len(tokens):
            word = tokens[index + ahead].lower
            if word in table.lists["says.that"]:
                return ahead
            if ahead == 1 and word in table.lists["says.spoke"]:
                return 1
            if tokens[index + ahead].kind == "mark":
                break
    return 0


def _name_start(tokens: Sequence[Token], index: int, table: Table) -> int:
    """Walk back from a verb to where the name begins; at the verb where no name stands before it."""
    begin = index
    while begin and index - begin < REACH:
        token = tokens[begin - 1]
        stops = table.lists["says.never_as_source"] | table.lists["breaks.words"]
        if (token.kind == "mark" and token.text not in "-'’.") or token.kind == "number" or token.lower in stops:
            break
        begin -= 1
    if begin == index or tokens[index - 1].lower in table.lists["says.never_as_source"]:
        return index
    return begin


def _name_end(tokens: Sequence[Token], start: int, table: Table) -> int:
    end = start
    while end < len(tokens) and end - start < REACH:
        token = tokens[end]
        if (token.kind == "mark" and token.text in _MARKS) or token.kind == "number":
            break
        if end > start and token.lower in table.lists["breaks.words"] | table.lists["verbs.words"]:
            break
        end += 1
    return end


def _name(text: str, tokens: Sequence[Token], first: int, end: int, table: Table) -> str:
    """Return a name without its article."""
    while first < end and tokens[first].lower in table.lists["articles"]:
        first += 1
    return " ".join(text[tokens[first].start : tokens[end - 1].end].split()) if first < end else ""
