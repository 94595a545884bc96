"""How many: numbers in digits and words, hedges, ranges and vague words, as intervals.

Around a number stands half a unit of its last figure that is not zero (700: 650 to 750), half of five such where that
figure is a five that follows others (25: 23 to 27), never more than a quarter of the number, and at least one.
Assumption: who says "around 700" has rounded to hundreds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct
from text_to_num import text2num

from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token
from safepassage.model.claims import VEHICLES_COUNTED, Counted

MOST_WORDS: Final = 9
"""Of a number in words."""

OWNED: Final = 3
"""Words between "all but nine of" and the total, at most: "the island's 240"."""

MOST_NUMBER: Final = 10**10


class Quantity(Struct, frozen=True, kw_only=True):
    """An interval and the tokens that tell it: from `first` to before `end`.

    `none_of`: none of so many; `alone`: it needs no noun; `bare`: the word "one"; `of`: whom it counts, where the same
    word says so.
    """

    least: int | None
    most: int | None
    first: int
    end: int
    hedge: str = ""
    none_of: bool = False
    alone: bool = False
    bare: bool = False
    of: tuple[Counted, ...] = ()


def around(number: int) -> tuple[int, int]:
    """Return the interval of a number that is said to be about so.

    Parameters
    ----------
    number
        What is said.
    """
    unit = 1
    while number and number % (unit * 10) == 0:
        unit *= 10
    if number // unit % 10 == 5 and number // unit > 5:
        unit *= 5
    half = max(min(unit, number / 2) / 2, 1 if number > 2 else 0)
    return math.ceil(number - half), math.floor(number + half)


def hedged(number: int, hedge: str) -> tuple[int | None, int | None]:
    """Return the interval of a number under a hedge.

    Parameters
    ----------
    number
        What is said.
    hedge
        about, nearly, more, least, most, less, exact or none.
    """
    low, high = around(number)
    return {
        "about": (low, high),
        "nearly": (low, number - 1),
        "more": (number + 1, None),
        "least": (number, None),
        "most": (None, number),
        "less": (None, number - 1),
    }.get(hedge, (number, number))


def quantity_at(tokens: Sequence[Token], index: int, table: Table) -> Quantity | None:
    """Read the quantity whose number begins at a token; None where none does.

    Parameters
    ----------
    tokens
        Of a sentence.
    index
        Where the number, or the word for it, begins; hedges before it are taken along.
    table
        The language's.
    """
    found = _without_number(tokens, index, table) or _hyphened(tokens, index, table) or _all_but(tokens, index, table)
    if found is not None:
        return found
    number, end = number_at(tokens, index, table)
    if number is None:
        return None
    second, last = _range_end(tokens, end, table)
    if second is not None and tokens[last - 1].lower in table.lists["scales"]:
        number = _same_scale(number, second)  # "two to three thousand"
    if second is not None and second > number:
        first, hedge = _range_start(tokens, index, table)
        if hedge or tokens[end].lower not in table.lists["joined_words"]:
            return Quantity(least=number, most=second, first=first, end=last, hedge="range")
    first, hedge = _hedges(tokens, index, table)
    length, after = _hedge_behind(tokens, end, table)
    hedge, end = hedge or after, end + length
    least, most = hedged(number, hedge)
    bare = number == 1 and tokens[index].kind == "word"
    return Quantity(least=least, most=most, first=first, end=end, hedge=hedge, bare=bare)


def _without_number(tokens: Sequence[Token], index: int, table: Table) -> Quantity | None:
    """Read "none of the 25", "no", "nobody", "dozens", "two dozen"."""
    length, zero = table.zero.at(tokens, index)
    if zero == "of_all":
        begin = index + length
        begin += begin < len(tokens) and tokens[begin].lower in table.lists["articles"]
        number, end = number_at(tokens, begin, table)
        if number is None:
            return Quantity(least=0, most=0, first=index, end=begin, hedge="none", none_of=True)
        return Quantity(least=number, most=number, first=index, end=end, hedge="none", none_of=True)
    if zero:
        return Quantity(least=0, most=0, first=index, end=index + length, hedge="none", alone=zero == "alone")
    length, span = table.vague.at(tokens, index)
    if length:
        first, hedge = _hedges(tokens, index, table)
        more, after = _hedge_behind(tokens, index + length, table)
        least, most = _vague(span, hedge or (after if after != "about" else ""))
        return Quantity(least=least, most=most, first=first, end=index + length + more, hedge=hedge or after or "vague")
    number, end = number_at(tokens, index, table)
    length, _ = table.phrases["dozen.words"].at(tokens, end)
    if number is None or not length:
        return None
    first, hedge = _hedges(tokens, index, table)
    low, high = table.dozen
    middle = (low + high) // 2 * number
    least, most = hedged(middle, hedge) if hedge not in ("", "exact", "about") else (middle - 2, middle + 2)
    return Quantity(least=least, most=most, first=first, end=end + length, hedge=hedge or "about")


def _hedge_behind(tokens: Sequence[Token], end: int, table: Table) -> tuple[int, str]:
    """Read "or so", "or more" behind a number: how many tokens, and which hedge."""
    length, _ = table.phrases["or_more"].at(tokens, end)
    return (length, table.hedges.at(tokens, end)[1] or "least") if length else (0, "")


def _vague(span: tuple[int, int], hedge: str) -> tuple[int | None, int | None]:
    """Return the interval of a vague word under a hedge; one about a number stands for it: "plus d'une centaine"."""
    low, high = span
    middle = (low + high) // 2
    if hedge in ("more", "least", "most", "less", "nearly") and high < 2 * low:
        return hedged(middle, hedge)
    return None if hedge in ("most", "less") else low, None if hedge in ("more", "least") else high


def _hyphened(tokens: Sequence[Token], index: int, table: Table) -> Quantity | None:
    """Read the number of "a 30-bus convoy" and "twenty-odd people": its noun or its hedge is in the same word."""
    if not 0 <= index < len(tokens) or "-" not in tokens[index].text:
        return None
    head, _, tail = tokens[index].lower.rpartition("-")
    of = table.nouns.singular(tail)
    number = int(head) if head.isdigit() else _in_words(head, table.language)
    if number is not None and tail in table.suffixes:
        least, most = hedged(number, table.suffixes[tail])
        return Quantity(least=least, most=most, first=index, end=index + 1, hedge=table.suffixes[tail])
    if of not in VEHICLES_COUNTED or number is None or number < 2 or number > MOST_NUMBER:
        return None
    return Quantity(least=number, most=number, first=index, end=index + 1, of=(of,))


def _all_but(tokens: Sequence[Token], index: int, table: Table) -> Quantity | None:
    """Read "all but nine of the 240": how many are left."""
    length, _ = table.phrases["all_but"].at(tokens, index)
    left_out, end = number_at(tokens, index + length, table) if length else (None, index)
    if left_out is None or end >= len(tokens) or tokens[end].lower not in table.lists["partitives"]:
        return None
    behind = range(end + 1, min(end + 1 + OWNED, len(tokens)))
    total, last = next((one for one in (number_at(tokens, at, table) for at in behind) if one[0]), (None, end))
    if total is None or total <= left_out:
        return None
    return Quantity(least=total - left_out, most=total - left_out, first=index, end=last)


def number_at(tokens: Sequence[Token], index: int, table: Table) -> tuple[int | None, int]:
    """Read a number in digits or words; the number (None: there is none) and the token after it."""
    if not 0 <= index < len(tokens):
        return None, index
    token = tokens[index]
    if token.kind == "number":
        return _digits(tokens, index, table)
    if token.kind != "word":
        return None, index
    start = index + 1 if token.lower in table.lists["articles"] else index
    for end in range(min(start + MOST_WORDS, len(tokens)), start, -1):
        if tokens[end - 1].kind == "word" and all(one.kind == "word" for one in tokens[start:end]):
            number = _in_words(" ".join(one.lower for one in tokens[start:end]), table.language)
            if number is not None and (start == index or number >= 100):
                return (number, end) if number <= MOST_NUMBER else (None, index)
    return None, index


def _digits(tokens: Sequence[Token], index: int, table: Table) -> tuple[int | None, int]:
    text = tokens[index].text
    following = tokens[index + 1].lower if index + 1 < len(tokens) else ""
    scale = table.scale.get(following, 0)
    whole = text.replace(",", "").replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    if "," in text and len(text.rpartition(",")[2]) != 3:
        whole = text.replace(",", ".")
    if table.language == "fr" and "." in text and len(text.rpartition(".")[2]) == 3:
        whole = text.replace(".", "")  # "16.000 civils"
    try:
        value = float(whole) * (scale or 1)
    except ValueError:
        return None, index
    if value != int(value) or value > MOST_NUMBER:
        return None, index
    return int(value), index + (2 if scale else 1)


@lru_cache(maxsize=8192)
def _in_words(text: str, language: str) -> int | None:
    """Return what a number in words is; None where it is none."""
    try:
        return int(text2num(text, language))
    except ValueError:
        return None


def _hedges(tokens: Sequence[Token], index: int, table: Table) -> tuple[int, str]:
    """Return where the words that hedge a number begin, and which hedge they make; a bound rather than "perhaps"."""
    first, hedge = index, ""
    for _ in range(3):
        length, meaning = table.hedges.before(tokens, first)
        if not length or table.phrases["particles"].before(tokens, first)[0]:
            break
        first -= length
        if tokens[first].lower in table.lists["all_of"]:
            break  # "almost all of the 4,000" leaves the number as it is
        hedge = hedge if meaning == "exact" or (hedge and meaning == "about") else meaning
    return first, hedge


def _same_scale(number: int, second: int) -> int:
    """Return the first number of a range with the hundreds, thousands or millions of the second, where it has none."""
    scale = next((one for one in (10**6, 10**3, 10**2) if second % one == 0), 1)
    return number * scale if number < second // scale else number


def _range_start(tokens: Sequence[Token], index: int, table: Table) -> tuple[int, str]:
    length, _ = table.phrases["ranges.between"].before(tokens, index)
    return (index - length, "between") if length else (_hedges(tokens, index, table)[0], "")


def _range_end(tokens: Sequence[Token], end: int, table: Table) -> tuple[int | None, int]:
    if end < len(tokens) and tokens[end].lower in table.lists["ranges.joins"]:
        number, last = number_at(tokens, end + 1, table)
        return number, last
    return None, end
