"""Of whom, or of what, a number is: the noun that it counts, or what stands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from safepassage.account.claims.quantities import Quantity, number_at, quantity_at
from safepassage.account.claims.tables import Noun, Table
from safepassage.account.claims.tokens import Token
from safepassage.model.claims import VEHICLES_COUNTED, Counted

REACH: Final = 8
"""Words between a number and the noun that it counts, at most."""


class Head(Struct, frozen=True):
    """Who is counted, and the token after the words that say so."""

    of: tuple[Counted, ...]
    end: int


def head_at(tokens: Sequence[Token], start: int, table: Table, quantity: Quantity) -> Head | None:
    """Find what the noun group that begins at a token counts; None where it counts nobody.

    Parameters
    ----------
    tokens
        Of a sentence.
    start
        The token after the number.
    table
        The language's.
    quantity
        The number: one counts a noun in the singular, more one in the plural.
    """
    begin = _past_partitive(tokens, start, table)
    last = _group_end(tokens, begin, table)
    found = _nouns(tokens, begin, last, table)
    plain = [one for one in found if _agrees(one[2], quantity, partitive=begin > start)]
    if not plain:
        return None
    index, length, noun = plain[-1]
    if not noun.many and noun.one and quantity.most != 1 and begin == start and quantity.most != 0:
        return None
    if _goes_on(tokens, index + length, last, noun):
        return None
    return _with_others(tokens, _joined([one for one in found if one[0] <= index], noun), index + length, table)


def _past_partitive(tokens: Sequence[Token], start: int, table: Table) -> int:
    """Skip "of", "of the", "of the 25"."""
    ratio = table.phrases["ratio"].at(tokens, start)[0]
    if ratio and is_ratio(tokens, start + ratio, table):
        return len(tokens)
    index = start + (ratio if ratio > 1 else 0)
    if index < len(tokens) and tokens[index].lower in table.lists["partitives"]:
        index += 1
    while index < len(tokens) and tokens[index].lower in table.lists["articles"]:
        index += 1
    if index > start:
        inner = quantity_at(tokens, index, table)
        if inner is not None and inner.least:
            index = inner.end
    return index


def is_ratio(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a number behind "out of" only makes a share: "seven out of ten".

    Parameters
    ----------
    tokens
        Of a sentence.
    index
        Where the number begins.
    table
        The language's.
    """
    number, _ = number_at(tokens, index, table)
    return number is not None and (number <= 10 or number in (100, 1000))


def _group_end(tokens: Sequence[Token], begin: int, table: Table) -> int:
    """Return where a noun group ends: before a mark, a number, or a word that no noun group has within."""
    index = begin
    while index < min(begin + REACH, len(tokens)):
        token = tokens[index]
        if table.nouns.at(tokens, index)[0] > 1:
            index += table.nouns.at(tokens, index)[0]
            continue
        joined = token.lower in table.lists["joined_words"] and _noun_within(tokens, index + 1, 2, table)
        if joined and index > begin and table.nouns.at(tokens, index - 1)[0] and _can_qualify(tokens, index - 1, table):
            index += 1
            continue
        stops = token.lower in table.lists["stops.words"] or (token.kind == "mark" and token.text not in "-“\"'")
        if stops or token.kind == "number":
            break
        index += 1
    return index


def _noun_within(tokens: Sequence[Token], index: int, words: int, table: Table) -> bool:
    return any(table.nouns.at(tokens, one)[0] for one in range(index, min(index + words, len(tokens))))


def _can_qualify(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a noun is one that can stand before another: "sick and wounded civilians"."""
    _, noun = table.nouns.at(tokens, index)
    return isinstance(noun, Noun) and noun.one and noun.of not in VEHICLES_COUNTED


def _nouns(tokens: Sequence[Token], begin: int, last: int, table: Table) -> list[tuple[int, int, Noun]]:
    found = table.nouns.within(tokens[begin:last])
    return [
        (begin + index, length, noun)
        for index, length, noun in found
        if not tokens[begin + index + length - 1].lower.endswith(("'", "'s"))
        and not table.phrases["not_counted"].at(tokens, begin + index)[0]
    ]


def _agrees(noun: Noun, quantity: Quantity, *, partitive: bool) -> bool:
    if quantity.most == 1 and quantity.least == 1 and not partitive:
        return noun.one
    return noun.many or (quantity.most == 0 and noun.one)


def _goes_on(tokens: Sequence[Token], end: int, last: int, noun: Noun) -> bool:
    """Tell whether a noun that is also a singular only qualifies what comes after: "one bus station"."""
    follows = tokens[end] if end < last else None
    return (
        noun.one
        and not noun.many
        and follows is not None
        and follows.kind == "word"
        and not follows.lower.endswith("ed")
    )


def _joined(found: Sequence[tuple[int, int, Noun]], noun: Noun) -> tuple[Counted, ...]:
    """Return all that a noun group says of whom it counts: wounded and fighters."""
    if noun.of in VEHICLES_COUNTED:
        return (noun.of,)
    of = [one.of for _, _, one in found if one.of not in VEHICLES_COUNTED and (one.one or one is noun)]
    said = list(dict.fromkeys(of))
    if noun.of == "relative":
        return ("relative",)
    if len(said) > 1:
        said = [one for one in said if one not in ("person", "family")] or said
    return tuple(said)


def _with_others(tokens: Sequence[Token], of: tuple[Counted, ...], end: int, table: Table) -> Head:
    """Take "and their families" along: people who are counted together with the others."""
    joined = table.phrases["joined_words"].at(tokens, end)[0]
    owned = end + 1
    while owned < len(tokens) and tokens[owned].lower in table.lists["articles"]:
        owned += 1
    if not joined or owned == end + 1 or of[0] in VEHICLES_COUNTED:
        return Head(of, end)
    last = _group_end(tokens, owned, table)
    others = [one for one in _nouns(tokens, owned, last, table) if one[2].many and one[2].of not in VEHICLES_COUNTED]
    if not others:
        return Head(of, end)
    index, length, noun = others[-1]
    said: Counted = "relative" if noun.of == "family" else noun.of
    return Head(tuple(dict.fromkeys((*of, said))), index + length)


def stands_alone(tokens: Sequence[Token], quantity: Quantity, table: Table) -> bool:
    """Tell whether a number without a noun counts people, or what was counted before: "60 were missing".

    Parameters
    ----------
    tokens
        Of a sentence.
    quantity
        The number.
    table
        The language's.
    """
    following = tokens[quantity.end] if quantity.end < len(tokens) else None
    if table.phrases["all_in"].at(tokens, quantity.end)[0]:
        return True
    if following is None or following.kind == "mark":
        return bool(table.phrases["inherits"].before(tokens, quantity.first)[0])
    return following.lower in table.lists["aux.words"] or _of_them(tokens, quantity.end, table) > 0


def _of_them(tokens: Sequence[Token], index: int, table: Table) -> int:
    """Return how many tokens "of them", "of those who" or "others" has."""
    if index < len(tokens) and tokens[index].lower in table.lists["others"]:
        return 1
    length = table.phrases["partitives"].at(tokens, index)[0]
    who = table.phrases["who_clauses"].at(tokens, index + length)[0] if length else 0
    return length + who if who else 0


def predicate(tokens: Sequence[Token], quantity: Quantity, table: Table) -> Head | None:
    """Find who is counted behind the verb: "300 of those who left were fighters", "300 of them children".

    Parameters
    ----------
    tokens
        Of a sentence.
    quantity
        The number, without a noun of its own.
    table
        The language's.
    """
    start = quantity.end
    length = _of_them(tokens, start, table)
    end = start + length
    for index in range(end, min(end + 7, len(tokens))):
        token = tokens[index]
        is_verb = token.lower in table.lists["aux.be"]
        if token.kind == "mark" or (token.kind == "number" and index > end):
            break
        if is_verb or (length and index == end):
            begin = index + 1 if is_verb else index
            while begin < len(tokens) and tokens[begin].lower in table.lists["articles"]:
                begin += 1
            last = _group_end(tokens, begin, table)
            found = [one for one in _nouns(tokens, begin, last, table) if one[2].many]
            if found and found[0][0] <= begin + 2:
                return Head(_joined(found, found[-1][2]), end or found[-1][0])
    return None
