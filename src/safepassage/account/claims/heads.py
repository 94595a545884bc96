"""Of whom, or of what, a number is: the noun that it counts, or what stands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from safepassage.account.claims.cues import is_verb
from safepassage.account.claims.quantities import Quantity, number_at, quantity_at
from safepassage.account.claims.tables import Noun, Table
from safepassage.account.claims.tokens import Token
from safepassage.model.claims import VEHICLES_COUNTED, Counted

REACH: Final = 8
"""Words between a number and the noun that it counts, at most."""


TOTAL: Final = 4
"""Words between "of the" and the number that a part is of, at most."""


class Head(Struct, frozen=True):
    """Who is counted, and the token after the words that say so.

    `told_of`: it is told of others, "640 were children": a number after it counts those others.
    """

    of: tuple[Counted, ...]
    end: int
    told_of: bool = False


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
    begin = past_total(tokens, start, table)
    last = _group_end(tokens, begin, table)
    found = _nouns(tokens, begin, last, table)
    plain = [one for one in found if _agrees(one[2], quantity, partitive=begin > start)]
    if not plain or _is_of_things(tokens, begin, plain[0][0], table):
        return None
    index, length, noun = next((one for one in plain if _ends_group(tokens, one, found, table)), plain[-1])
    if not noun.many and noun.one and quantity.least != 1 and begin == start and quantity.most != 0:
        return None
    if _goes_on(tokens, index + length, last, noun, table):
        return None
    of, end = _joined([one for one in found if one[0] <= index], noun), index + length
    described = next((one for one in found if one[0] == end and not table.plural_heads), None)
    if described is not None:  # "marins disparus"
        both = tuple(dict.fromkeys((*of, described[2].of)))
        of, end = tuple(one for one in both if one != "person") or of, end + described[1]
    return _with_others(tokens, of, end, table)


def _ends_group(
    tokens: Sequence[Token], one: tuple[int, int, Noun], found: Sequence[tuple[int, int, Noun]], table: Table
) -> bool:
    """Tell whether nothing behind a noun can be what is counted: it is a plural alone, with no other noun beside it.

    A word that is one and many is none here: "130 families homeless" are families. Of two plurals the second is a verb:
    "30 soldiers guards"; but "20 women fighters" are fighters too.
    """
    index, length, noun = one
    beside = next((other for at, _, other in found if at == index + length), None)
    alone = beside is None or beside.many or not table.plural_heads
    irregular = table.plural_heads and tokens[index].lower in table.lists["many_without_s"]  # "women fighters"
    return noun.many and not noun.one and alone and not (irregular and beside is not None and not beside.one)


def _is_of_things(tokens: Sequence[Token], begin: int, index: int, table: Table) -> bool:
    """Tell whether a group begins with an unknown plural where the first noun is the head: "quinze équipes étrangères".

    Not where "of" stands between, "des milliers de personnes", nor where it is an adjective.
    """
    if table.plural_heads or begin >= index:
        return False
    between = tokens[begin:index]
    joined = any(one.lower in table.lists["partitives"] or one.kind != "word" for one in between)
    word = between[0].lower
    plural = word.endswith(("s", "x")) and len(word) > 3 and between[0].text.islower()
    known = word in table.lists["before_noun"] or number_at(tokens, begin, table)[0] is not None
    return plural and not joined and not known


def past_total(tokens: Sequence[Token], start: int, table: Table) -> int:
    """Skip "of", "of the", "of the 25", "of the town's 9,000" behind a number.

    Parameters
    ----------
    tokens
        Of a sentence.
    start
        The token after the number.
    table
        The language's.
    """
    ratio = table.phrases["ratio"].at(tokens, start)[0]
    if ratio and is_ratio(tokens, start + ratio, table):
        return len(tokens)
    index = start + (ratio if ratio > 1 else 0)
    if index < len(tokens) and tokens[index].lower in table.lists["partitives"]:
        index += 1
    while index < len(tokens) and tokens[index].lower in table.lists["articles"]:
        index += 1
    if index > start:
        for one in range(index, min(index + TOTAL, len(tokens))):  # "the town's 9,000", "the agreed 150"
            inner = quantity_at(tokens, one, table)
            if inner is not None and inner.least:
                return inner.end
            if tokens[one].kind == "mark" or tokens[one].lower in table.lists["stops.words"]:
                break
            if table.nouns.at(tokens, one)[0] and not tokens[one].lower.endswith(("'s", "s'")):
                break
    return index


def is_share(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a number only says of how many another is: "seven out of ten", "18 trucks out of 40".

    Parameters
    ----------
    tokens
        Of a sentence.
    index
        Where the number begins.
    table
        The language's.
    """
    ratio, _ = table.phrases["ratio"].before(tokens, index)
    if not ratio:
        return False
    if table.phrases["shares"].before(tokens, index)[0] and not head_follows(tokens, index, table):
        return True
    return is_ratio(tokens, index, table) and number_at(tokens, index - ratio - 1, table)[0] is not None


def head_follows(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a number has a noun of the table right behind it.

    Parameters
    ----------
    tokens
        Of a sentence.
    index
        Where the number begins.
    table
        The language's.
    """
    _, end = number_at(tokens, index, table)
    return _noun_within(tokens, end, 2, table)


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
        counts_again = number_at(tokens, index + 1, table)[0] is not None
        joined = token.lower in table.lists["joined_words"] and not counts_again
        joined = joined and _noun_within(tokens, index + 1, 2, table)
        if joined and index > begin and table.nouns.at(tokens, index - 1)[0] and _can_qualify(tokens, index - 1, table):
            index += 1
            continue
        stops = token.lower in table.lists["stops.words"] or (token.kind == "mark" and token.text not in "-“\"'")
        if stops or token.kind == "number":
            break
        index += 1
        if _is_thing(token, table) and not table.nouns.at(tokens, index - 1)[0]:
            break
    return index


def _is_thing(token: Token, table: Table) -> bool:
    """Tell whether a word is a plural that nobody knows: what comes behind it is not what the number counts."""
    word = token.lower
    plural = word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")) and len(word) > 3
    return plural and table.plural_heads and token.text[:1].islower() and word not in table.lists["plural_modifiers"]


def _is_thing_at(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether an unknown plural stands at a token: "three more villages"."""
    return index < len(tokens) and _is_thing(tokens[index], table) and not is_verb(tokens, index, table)


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
    if quantity.least == 1 and quantity.most in (1, None) and not partitive:  # "a", "at least one"
        return noun.one
    return noun.many or (quantity.most == 0 and noun.one)


def _goes_on(tokens: Sequence[Token], end: int, last: int, noun: Noun, table: Table) -> bool:
    """Tell whether a noun that is also a singular only qualifies what comes after: "one bus station"."""
    follows = tokens[end] if end < last else None
    return (
        noun.one
        and not noun.many
        and follows is not None
        and follows.kind == "word"
        and not is_verb(tokens, end, table)
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
        said = [one for one in said if one not in ("person", "family")] or [noun.of]
    return tuple(said)


def _with_others(tokens: Sequence[Token], of: tuple[Counted, ...], end: int, table: Table) -> Head:
    """Take "and their families", "and children" along: people who are counted together with the others."""
    joined = table.phrases["joined_words"].at(tokens, end)[0]
    owned = end + joined
    while owned < len(tokens) and tokens[owned].lower in table.lists["owned"]:
        owned += 1
    own = owned > end + joined
    if not joined or of[0] in VEHICLES_COUNTED:
        return Head(of, end)
    last = _group_end(tokens, owned, table) if own else owned + 1
    others = [one for one in _nouns(tokens, owned, last, table) if one[2].many and one[2].of not in VEHICLES_COUNTED]
    if not others:
        return Head(of, end)
    index, length, noun = others[-1]
    said: Counted = "relative" if own and noun.of == "family" else noun.of
    return Head(tuple(dict.fromkeys((*of, said))), index + length)


def of_them(tokens: Sequence[Token], index: int, table: Table) -> int:
    """Return how many tokens "of them", "of those who" or "others" has; 0 where there is none.

    Parameters
    ----------
    tokens
        Of a sentence.
    index
        The token after a number.
    table
        The language's.
    """
    if index < len(tokens) and tokens[index].lower in table.lists["others"]:
        return 0 if _is_thing_at(tokens, index + 1, table) else 1
    length = table.phrases["partitives"].at(tokens, index)[0]
    if length and index + length < len(tokens) and tokens[index + length].lower in table.lists["others"]:
        return length + 1
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
    length = of_them(tokens, start, table)
    end = start + length
    for index in range(end, min(end + 7, len(tokens))):
        token = tokens[index]
        is_verb = token.lower in table.lists["aux.be"]
        if token.kind == "mark" or (token.kind == "number" and index > end):
            break
        if not (length or token.lower in table.lists["aux.words"] or token.lower in table.lists["aux.chain"]):
            break
        if is_verb or (length and index == end):
            begin = index + 1 if is_verb else index
            while begin < len(tokens) and tokens[begin].lower in table.lists["articles"]:
                begin += 1
            last = _group_end(tokens, begin, table)
            found = [one for one in _nouns(tokens, begin, last, table) if one[2].many]
            if found and found[0][0] <= begin + 2:
                of = _joined(found, found[-1][2])
                return Head(of, end or found[-1][0], told_of="wounded" not in of)
    return None


def group_head(tokens: Sequence[Token], quantity: Quantity, table: Table) -> Head | None:
    """Find whom a number counts that tells how large a group is: "a crew of six", "a group of 45".

    Parameters
    ----------
    tokens
        Of a sentence.
    quantity
        The number, without a noun of its own.
    table
        The language's.
    """
    length, of = table.groups.before(tokens, quantity.first)
    return Head((of,), quantity.end) if length else None
