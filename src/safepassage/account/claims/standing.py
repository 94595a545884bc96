"""Numbers without a noun of their own: "60 were missing", "a further 62", "the wounded, 19 in all"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from safepassage.account.claims.heads import Head, of_them, past_total
from safepassage.account.claims.quantities import Quantity, number_at
from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token
from safepassage.model.claims import VEHICLES_COUNTED, Counted

PLURAL: Final = 5
"""Words between a number and its noun, at most."""

_HARMED: Final = ("dead", "missing", "wounded")
_ENDS: Final = ",;.!?)—–”»\"'"


class Antecedents:
    """Whom or what the numbers so far counted: what a number without a noun stands for.

    Parameters
    ----------
    earlier
        Whom the sentences before counted last.
    """

    def __init__(self, earlier: tuple[Counted, ...]) -> None:
        self.earlier = earlier
        self.here: tuple[Counted, ...] = ()
        self.unhurt = earlier if _are_people(earlier) else ()
        self.thing = False

    @property
    def people(self) -> tuple[Counted, ...]:
        """Return whom something happens to: the last that were not told as dead, missing or wounded."""
        return self.unhurt or ("person",)

    @property
    def latest(self) -> tuple[Counted, ...]:
        """Whom the last number counted, here or before; people where there is none."""
        return self.here or self.earlier or ("person",)

    def note(self, tokens: Sequence[Token], quantity: Quantity, table: Table, head: Head | None) -> None:
        """Keep whom a number counted; "nineteen villages" are a thing, "640 were children" says of whom, not what."""
        part = head is not None and bool(self.here) and _is_part(tokens, quantity.first, table)
        if head is not None and not (head.told_of or part):
            self.here, self.thing = head.of, False
            self.unhurt = head.of if _are_people(head.of) else self.unhurt
        elif head is None and quantity.hedge != "none" and follower(tokens, quantity.end, table) == "word":
            self.thing = True


def _is_part(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a number is behind "including" and no comma: a part of what was counted before."""
    begin = next((one for one in range(index - 1, -1, -1) if tokens[one].kind == "mark"), 0)
    return bool(table.phrases["parts"].within(tokens[begin:index]))


def _are_people(of: tuple[Counted, ...]) -> bool:
    return bool(of) and not VEHICLES_COUNTED.union(_HARMED).intersection(of)


def follower(tokens: Sequence[Token], index: int, table: Table) -> Literal["end", "verb", "gap", "word"]:
    """Tell what follows a number: the end of its part, a verb, another word that no noun is, or maybe a noun.

    Parameters
    ----------
    tokens
        Of a sentence.
    index
        The token after the number.
    table
        The language's.
    """
    while index < len(tokens) and tokens[index].lower in table.lists["adverbs"]:
        index += 1
    if index >= len(tokens):
        return "end"
    token = tokens[index]
    if token.kind == "mark":
        return "end" if token.text in _ENDS else "word"
    if token.lower in table.lists["aux.words"]:
        return "verb"
    if token.lower.endswith(table.participles) and follower(tokens, index + 1, table) != "word":
        return "verb"
    return "gap" if token.lower in table.lists["stops.words"] or not _plural_ahead(tokens, index, table) else "word"


def _is_closed(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether no noun in the singular can follow: "only one phase"."""
    closed = table.lists["stops.words"] | table.lists["aux.words"] | table.lists["adverbs"]
    return index >= len(tokens) or tokens[index].kind == "mark" or tokens[index].lower in closed


def _plural_ahead(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a plural, or a name, may stand between a number and where its noun group ends."""
    for token in tokens[index : index + PLURAL]:
        word = token.lower
        if token.kind != "word" or word in table.lists["stops.words"]:
            return token.kind == "number"
        if word.endswith(("s", "x")) or word in table.lists["many_without_s"] or not token.text.islower():
            return True
    return index + PLURAL < len(tokens)


def stands_alone(tokens: Sequence[Token], quantity: Quantity, table: Table, counted: Antecedents) -> Head | None:
    """Find whom a number without a noun counts; None where it counts nobody.

    Parameters
    ----------
    tokens
        Of a sentence.
    quantity
        The number.
    table
        The language's.
    counted
        What the numbers before it counted.
    """
    said = _beside(tokens, quantity, table, counted)
    if said or (counted.thing and not _happens_to_people(tokens, quantity.end, table)):
        return said
    return _of_others(tokens, quantity, table, counted) or _in_its_place(tokens, quantity, table, counted)


def _beside(tokens: Sequence[Token], quantity: Quantity, table: Table, counted: Antecedents) -> Head | None:
    """Read "the wounded, 19 in all" and "more buses, perhaps as many as 15,": the noun stands before the comma."""
    length = table.phrases["all_in"].at(tokens, quantity.end)[0]
    if length:
        nouns = [one for one in table.nouns.within(tokens[: quantity.first]) if one[2].many]
        return Head((nouns[-1][2].of,) if nouns else counted.latest, quantity.end + length)
    begin = quantity.first - 2
    between = begin >= 0 and tokens[begin + 1].text in ",(" and follower(tokens, quantity.end, table) == "end"
    noun = table.nouns.at(tokens, begin)[1] if between else None
    return Head((noun.of,), quantity.end) if noun is not None and noun.many else None


def _of_others(tokens: Sequence[Token], quantity: Quantity, table: Table, counted: Antecedents) -> Head | None:
    """Read "70 on board", "12 of them" and "77 of the 112 aboard"."""
    length = table.phrases["aboard"].at(tokens, quantity.end)[0]
    if length:
        return Head(counted.people, quantity.end + length)
    end = quantity.end + of_them(tokens, quantity.end, table)
    if end > quantity.end:
        return Head(counted.latest, end)
    end = past_total(tokens, quantity.end, table)
    part = quantity.end < end < len(tokens) and follower(tokens, end, table) in ("verb", "end")
    return Head(counted.latest, end) if part else None


def _in_its_place(tokens: Sequence[Token], quantity: Quantity, table: Table, counted: Antecedents) -> Head | None:
    """Read a number that is a subject or an object: "60 were missing", "led a further 62 down the stairs"."""
    after = follower(tokens, quantity.end, table)
    one = (quantity.bare or quantity.least == quantity.most == 1) and not _is_closed(tokens, quantity.end, table)
    if after == "word" or one:
        return None
    latest = Head(counted.latest, quantity.end)
    told = table.phrases["inherits"].before(tokens, quantity.first)[0]
    if told or table.phrases["harms"].before(tokens, quantity.first)[0]:
        return latest
    if _is_elsewhere(tokens, quantity, table, after):
        return None
    if after == "verb":
        people = _happens_to_people(tokens, quantity.end, table)
        return Head(counted.people, quantity.end) if people else latest
    return latest if _refers(tokens, quantity, table, counted, after) else None


def _refers(tokens: Sequence[Token], quantity: Quantity, table: Table, counted: Antecedents, after: str) -> bool:
    """Tell whether a number without a verb stands for what was counted before it."""
    if after == "gap" and _takes_more(tokens, quantity.end, table):
        return False
    if quantity.first and tokens[quantity.first - 1].lower in table.lists["partitives"]:
        return True
    if table.phrases["refers"].at(tokens, quantity.first)[0]:
        return bool(counted.here or counted.earlier)
    known = counted.here or (counted.earlier if quantity.hedge else ())
    return bool(known) and _is_told(tokens, quantity, table, after)


def _happens_to_people(tokens: Sequence[Token], index: int, table: Table) -> bool:
    return any(one.lower in table.lists["of_people"] for one in tokens[index : index + 4])


def _is_elsewhere(tokens: Sequence[Token], quantity: Quantity, table: Table, after: str) -> bool:
    """Tell whether a number is behind a preposition ("tents for 700"), a name ("bus 47") or an age ("are over 80")."""
    before = tokens[quantity.first - 1].lower if quantity.first else ""
    if table.nouns.singular(before) in VEHICLES_COUNTED:
        return True  # "Bus 47"
    beside = table.nouns.at(tokens, quantity.first - 1)[1] if quantity.hedge in ("more", "less") else None
    if beside is not None and beside.many:
        return True  # "men over 60"
    if before in table.lists["aux.be"]:
        return after == "end" and quantity.hedge in ("more", "less")
    told = (
        table.phrases["inherits"].within(tokens[: quantity.first - 1])
        or table.phrases["refers"].at(tokens, quantity.first)[0]
    )
    again = before in table.lists["partitives"] and told
    return before in table.lists["prepositions"] and not again  # "the mayor spoke of 400, the ministry of 250"


def _is_told(tokens: Sequence[Token], quantity: Quantity, table: Table, after: str) -> bool:
    """Tell whether a bare number stands where a subject or an object can: not behind a noun or a preposition."""
    before = tokens[quantity.first - 1] if quantity.first else None
    if before is not None and before.lower in table.lists["joined_words"]:
        return quantity.first == 1 or tokens[quantity.first - 2].kind != "number"  # "two brothers, 9 and 11, were"
    if before is None or before.lower in table.lists["verbs.words"]:
        return True
    if before.kind == "mark":
        aged = after == "end" and quantity.end < len(tokens) and tokens[quantity.end].text == ","
        return before.text in ",;:(—–" and (not aged or bool(quantity.hedge))
    return before.lower.endswith(table.governs) or before.lower in table.lists["breaks.words"]


def _takes_more(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a number goes on: "three of the villages", "seven in ten", "five to six"."""
    again = number_at(tokens, index + 1, table)[0] is not None
    joins = tokens[index].lower in table.lists["partitives"] or (
        again and tokens[index].lower in table.lists["ranges.joins"]
    )
    ratio = table.phrases["ratio"].at(tokens, index)[0]
    return joins or bool(ratio and number_at(tokens, index + ratio, table)[0] is not None)
