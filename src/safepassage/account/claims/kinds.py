"""Claims without a number of people: a delay, ambulances ahead, cameras kept away, an agreement, and the like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final, cast

from msgspec import Struct

from safepassage.account.claims.quantities import Quantity, quantity_at
from safepassage.account.claims.tables import Table, spelled
from safepassage.account.claims.tokens import Sentence, Token
from safepassage.model.claims import ClaimKind

REVERSED: Final = "-there"
"""Ends the name of a pattern that says the contrary: cameras that were there."""

OWN_NEGATION: Final = frozenset(("cameras", "not-consenting"))
"""Kinds that are themselves about what is not: "not" is a part of them."""

_NEAR: Final = 4
_UNITS: Final = (("minutes", Fraction(1, 60)), ("hours", Fraction(1)), ("days", Fraction(24)), ("weeks", Fraction(168)))
_NO: Final = frozenset(
    "not no never without neither nor nothing nobody sans pas aucun aucune jamais rien".split()  # noqa: SIM905
)


class Told(Struct, frozen=True):
    """A claim of a kind: its tokens, whether it is denied, and of a delay the hours."""

    kind: ClaimKind
    first: int
    end: int
    negated: bool = False
    least: int | None = None
    most: int | None = None


def told_in(sentence: Sentence, table: Table) -> tuple[Told, ...]:
    """Find the claims without a number of people in a sentence.

    Parameters
    ----------
    sentence
        Of a report.
    table
        The language's.
    """
    text = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in sentence.text).replace("’", "'")
    best: dict[tuple[str, int], tuple[int, int, bool]] = {}
    for name, pattern in table.reports:
        reverse = name.endswith(REVERSED)
        for match in pattern.finditer(text):
            part = name.removesuffix(REVERSED), text.count(";", 0, match.start())
            first, end, known = best.get(part, (match.start(), match.end(), reverse))
            if known == reverse:
                best[part] = min(first, match.start()), max(end, match.end()), reverse
    for (kind, clause), refused in list(best.items()):
        agreed = best.get(("agreement", clause))
        if kind == "not-consenting" and agreed and agreed[0] < refused[1] and refused[0] < agreed[1]:
            del best["agreement", clause]
    found = [_told(kind, *span, sentence, table) for (kind, _), span in best.items()]
    return tuple(sorted(found, key=lambda one: (one.first, one.kind)))


def _told(kind: str, start: int, end: int, reverse: bool, sentence: Sentence, table: Table) -> Told:  # noqa: FBT001
    tokens = sentence.tokens
    inside = [index for index, one in enumerate(tokens)
              if one.start < sentence.start + end and one.end > sentence.start + start]  # fmt: skip
    first, last = inside[0], inside[-1] + 1
    near = {one.lower for one in tokens[max(0, first - _NEAR) : first]}
    near |= {one.lower for one in tokens[first:last]}
    negated = reverse or (kind not in OWN_NEGATION and bool(near & (_NO | table.lists["cues.negated"])))
    least, most = _hours(tokens[first:last], table) if kind == "delay" else (None, None)
    return Told(cast("ClaimKind", kind), first, last, negated, least, most)


def _hours(tokens: Sequence[Token], table: Table) -> tuple[int | None, int | None]:
    """Return how long a delay is said to be, in hours."""
    for index, token in enumerate(tokens):
        head, _, unit = token.lower.rpartition("-")
        factor = next((factor for name, factor in _UNITS if unit in table.dates[name]), None)
        if factor is None:
            continue
        if head:
            parted = [Token(word, word, 0, 0, "number" if word.isdigit() else "word") for word in spelled(head)]
            return _times(quantity_at(parted, 0, table) if parted else None, factor)
        for begin in range(max(0, index - 4), index):
            found = quantity_at(tokens, begin, table)
            if found is not None and found.end == index:
                return _times(found, factor)
    return None, None


def _times(found: Quantity | None, factor: Fraction) -> tuple[int | None, int | None]:
    """Return an interval in hours; minutes are rounded to whole hours around them."""
    if found is None:
        return None, None
    least = None if found.least is None else math.floor(found.least * factor)
    return least, None if found.most is None else math.ceil(found.most * factor)
