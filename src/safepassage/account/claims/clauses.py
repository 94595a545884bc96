"""The parts of a sentence that are clauses of their own: each planned or done, denied or not, in its own words."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token
from safepassage.model.claims import Deed


class Clause(Struct, frozen=True):
    """A clause: its tokens from `first` to before `end`, and what its words say of all that it holds."""

    first: int
    end: int
    planned: bool
    negated: bool
    deed: Deed


def clauses(tokens: Sequence[Token], table: Table, said: Sequence[tuple[int, int]]) -> tuple[Clause, ...]:
    """Part a sentence into clauses.

    Parameters
    ----------
    tokens
        Of a sentence.
    table
        The language's.
    said
        From which token to before which it is told who says so: those words are no part of a clause.
    """
    hidden = {index for first, end in said for index in range(first, end)}
    parts = _merged(_cut(tokens, table, hidden), tokens, table, hidden)
    found: list[Clause] = []
    for first, end in parts:
        found.append(_clause(tokens, first, end, table, hidden))
    return _denied(tokens, table, tuple(found))


def _cut(tokens: Sequence[Token], table: Table, hidden: set[int]) -> list[tuple[int, int]]:
    """Cut wherever a clause might end."""
    cuts = [0]
    for index, token in enumerate(tokens):
        if index in hidden:
            continue
        breaks = token.lower in table.lists["breaks.words"] and token.kind == "word"
        mark = token.kind == "mark" and token.text in ',;:—–()"“”«»'
        if mark:
            cuts.append(index + 1)
        elif breaks:
            cuts.append(index)
    ends = [*cuts[1:], len(tokens)]
    return [(first, end) for first, end in zip(cuts, ends, strict=True) if end > first]


def _has_verb(tokens: Sequence[Token], part: tuple[int, int], table: Table, hidden: set[int]) -> bool:
    return any(tokens[index].lower in table.lists["verbs.words"] for index in range(*part) if index not in hidden)


def _merged(
    parts: Sequence[tuple[int, int]], tokens: Sequence[Token], table: Table, hidden: set[int]
) -> list[tuple[int, int]]:
    """Join parts without a verb to the one before, the first of them to the one after."""
    found: list[tuple[int, int]] = []
    verbs: list[bool] = []
    latest = 0
    for part in parts:
        verb = _has_verb(tokens, part, table, hidden)
        strong = tokens[part[0]].lower in table.lists["breaks.words"] or tokens[part[0] - 1].text in ";:"
        # what tells more of a name between two commas ends with the second
        aside = tokens[latest].lower in table.lists["relatives"] and tokens[part[0] - 1].text == ","
        own = strong or aside or _begins(tokens, part, table)
        if found and not (verb and verbs[-1] and own):
            found[-1] = (found[-1][0], part[1])
            verbs[-1] = verbs[-1] or verb
        else:
            found.append(part)
            verbs.append(verb)
        latest = part[0]
    return found


def _begins(tokens: Sequence[Token], part: tuple[int, int], table: Table) -> bool:
    """Tell whether what follows a comma has a subject of its own: it does not begin with its verb."""
    return tokens[part[0]].lower not in table.lists["verbs.words"]


def _clause(tokens: Sequence[Token], first: int, end: int, table: Table, hidden: set[int]) -> Clause:
    shown = [tokens[index] for index in range(first, end) if index not in hidden]
    planned = _has(shown, "cues.planned", "cues.not_planned", table)
    negated = _has(shown, "cues.negated", "cues.not_negated", table)
    return Clause(first, end, planned, negated, _deed(shown, table))


def _deed(shown: Sequence[Token], table: Table) -> Deed:
    for _, _, meaning in table.deeds.within(shown):
        found: Deed = meaning
        return found
    return ""


def planned_beside(tokens: Sequence[Token], clause: Clause, aside: range, table: Table) -> bool:
    """Tell whether a clause is planned by words other than some of its own: "agreed to a truce" is done.

    Parameters
    ----------
    tokens
        Of the sentence.
    clause
        One of it.
    aside
        The tokens that do not count.
    table
        The language's.
    """
    shown = [tokens[index] for index in range(clause.first, clause.end) if index not in aside]
    return clause.planned and _has(shown, "cues.planned", "cues.not_planned", table)


def _has(shown: Sequence[Token], cues: str, unless: str, table: Table) -> bool:
    """Tell whether tokens hold one of the cues that is not part of a phrase that means something else."""
    aside = {at for first, length, _ in table.phrases[unless].within(shown) for at in range(first, first + length)}
    return any(first not in aside for first, _, _ in table.phrases[cues].within(shown))


def _denied(tokens: Sequence[Token], table: Table, found: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Let "denied that" reach what follows it, to the end of the sentence."""
    denials = table.phrases["cues.denies"].within(tokens)
    if not denials:
        return found
    after = denials[0][0]
    return tuple(Clause(one.first, one.end, one.planned, one.negated or one.end > after, one.deed) for one in found)
