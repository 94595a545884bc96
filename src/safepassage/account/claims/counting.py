"""Which numbers of a sentence count people or vehicles, and whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from safepassage.account.claims.clauses import Clause
from safepassage.account.claims.cues import is_verb
from safepassage.account.claims.heads import Head, group_head, head_at, head_follows, is_share, predicate
from safepassage.account.claims.quantities import Quantity, number_at, quantity_at
from safepassage.account.claims.standing import Antecedents, follower, stands_alone
from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token
from safepassage.model.claims import Counted

LABEL: Final = 6
"""Words before a colon, at most: "Families registered: 486"."""

EACH: Final = 5
"""Words between "each" and a number that is told of each, at most."""

_TOLD_BEFORE: Final = 9
_ROUND: Final = (10, 100, 1000)
_STARTS: Final = ";:.—–“«"
_JOINS: Final = "-/#&.+:"


class Counting(Struct, frozen=True, kw_only=True):
    """A number in a sentence, of whom, its first token and the one after its words.

    `of` is empty where nobody knows. `whole`: the sentence tells of a part of so many, "half of the 640 have not come".
    """

    quantity: Quantity
    of: tuple[Counted, ...]
    first: int
    end: int
    whole: bool = False


def counted_in(
    tokens: Sequence[Token], table: Table, clauses: Sequence[Clause], dated: set[int], earlier: Sequence[Counted]
) -> list[Counting]:
    """Go through a sentence from number to number.

    Parameters
    ----------
    tokens
        Of the sentence.
    table
        The language's.
    clauses
        Of the sentence.
    dated
        Tokens of dates: their numbers count nobody.
    earlier
        Whom the sentences before counted last.
    """
    found: list[Counting] = []
    counted = Antecedents(tuple(earlier))
    index = aside = 0
    while index < len(tokens):
        quantity = quantity_at(tokens, index, table) if index not in dated else None
        # "aged 4 and 6"
        joined = bool(aside) and index == aside + 1 and tokens[aside].lower in table.lists["joined_words"]
        if quantity is None or joined or not _may_count(tokens, quantity, index, table):
            aside = quantity.end if quantity is not None and not head_follows(tokens, index, table) else aside
            index += 1
            continue
        clause = next((one for one in clauses if one.first <= quantity.first < one.end), clauses[-1])
        head = _head(tokens, quantity, table, clause, counted)
        counted.note(tokens, quantity, table, head)
        if head is None and not (quantity.bare or quantity.hedge == "none"):
            found.append(
                Counting(quantity=quantity, of=(), first=max(quantity.first, min(index, _end(found))), end=quantity.end)
            )
        if head is not None and not _is_rate(tokens, quantity, head, table, clause):
            first = max(quantity.first, min(index, _end(found)))
            found.append(_widened(tokens, quantity, head, first, table))
            index = max(head.end, quantity.end)
        else:
            index = quantity.end
    return found


def _end(found: Sequence[Counting]) -> int:
    return found[-1].end if found else 0


def _may_count(tokens: Sequence[Token], quantity: Quantity, index: int, table: Table) -> bool:
    """Tell whether a number can be one of people or vehicles, by the words next to it."""
    if index and tokens[index - 1].end == tokens[index].start and tokens[index - 1].text in _JOINS:
        return False  # "C-130", "12/4"
    if table.phrases["units.words"].at(tokens, quantity.end)[0] and not table.nouns.at(tokens, quantity.end)[0]:
        return False
    if table.phrases["all_but"].before(tokens, index)[0]:
        return False
    return not is_share(tokens, index, table) and not table.phrases["units.before"].before(tokens, index)[0]


def _head(
    tokens: Sequence[Token], quantity: Quantity, table: Table, clause: Clause, counted: Antecedents
) -> Head | None:
    """Find whom a number counts: by its noun, by what stands before it, by its verb, or as what was counted before."""
    if quantity.alone:
        verbs = (tokens[one].lower for one in range(quantity.end, clause.end) if is_verb(tokens, one, table))
        speaks = next(verbs, "") in table.lists["says.verbs"]  # "nobody said a word"
        return None if speaks else Head(("person",), quantity.end)
    if quantity.of:
        return Head(quantity.of, quantity.end)
    head = _told_before(tokens, quantity, table) or head_at(tokens, quantity.end, table, quantity)
    if quantity.bare and quantity.first == quantity.end - 1:
        behind = quantity.first and tokens[quantity.first - 1].lower in table.lists["prepositions"]
        part = tokens[quantity.end].lower in table.lists["partitives"] if quantity.end < len(tokens) else False
        return None if behind and part else head  # "on one of the buses"
    if head is not None:
        return head
    if quantity.hedge == "none" and not quantity.none_of:
        pronoun = table.phrases["zero_pronouns"].at(tokens, quantity.first)[0] == quantity.end - quantity.first
        verb = pronoun and follower(tokens, quantity.end, table) == "verb"
        return Head(counted.latest, quantity.end) if verb else None
    return (
        predicate(tokens, quantity, table)
        or group_head(tokens, quantity, table)
        or stands_alone(tokens, quantity, table, counted)
    )


def _told_before(tokens: Sequence[Token], quantity: Quantity, table: Table) -> Head | None:
    """Read "the number of evacuees at 3,400", "the toll rose to 41", "Families registered: 486": the noun is before."""
    begin = max(0, quantity.first - _TOLD_BEFORE)
    last = tokens[quantity.first - 1] if quantity.first else None
    if last is None:
        return None
    if last.lower in table.lists["at_words"]:
        for index, length, _ in reversed(table.phrases["number_of"].within(tokens[begin : quantity.first])):
            nouns = table.nouns.within(tokens[begin + index + length : quantity.first])
            if nouns or table.phrases["who_clauses"].at(tokens, begin + index + length)[0]:
                return Head((nouns[0][2].of,) if nouns else ("person",), quantity.end)
        if table.phrases["tolls"].within(tokens[begin : quantity.first]):
            return Head(("dead",), quantity.end)
    if last.text == ":" and follower(tokens, quantity.end, table) == "end":
        label = max(0, quantity.first - 1 - LABEL)
        words = [one for one in range(label, quantity.first - 1) if tokens[one].kind == "mark"]
        label = words[-1] + 1 if words else label
        named = [one for one in table.nouns.within(tokens[label : quantity.first - 1]) if one[2].many]
        return Head((named[0][2].of,), quantity.end) if named else None
    return None


def _is_rate(tokens: Sequence[Token], quantity: Quantity, head: Head, table: Table, clause: Clause) -> bool:
    """Tell whether a number is one for each, or what there is room for: neither counts anybody."""
    ratio = table.phrases["ratio"].at(tokens, head.end)[0]  # "nine people in ten"
    share, last = number_at(tokens, head.end + ratio, table) if ratio else (None, 0)
    if (
        share in _ROUND
        and follower(tokens, last, table) != "word"
        and not head_follows(tokens, head.end + ratio, table)
    ):
        return True
    if table.phrases["rates"].at(tokens, head.end)[0] or _is_for_each(tokens, quantity.first, table):
        return True
    before = table.phrases["capacities"].within(tokens[: quantity.first])
    if any(quantity.first - (index + length) <= 1 for index, length, _ in before):
        return True
    if any(table.phrases["paces"].at(tokens, at)[0] for at in range(head.end, clause.end)):
        return True
    rated = any(table.phrases["rates"].at(tokens, at)[0] for at in range(head.end, clause.end))
    part = tokens[clause.first : clause.end]
    return rated and bool(table.phrases["capacities"].within(part) or table.phrases["cues.able"].within(part))


def _is_for_each(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a number is told of each: "two helicopters, each carrying up to 12"; not "each of the 12"."""
    for at in range(index - 1, max(-1, index - 1 - EACH), -1):
        if tokens[at].lower in table.lists["each"]:
            return True
        if tokens[at].kind == "mark" or tokens[at].lower in table.lists["partitives"] | table.lists["joined_words"]:
            return False
    return False


def _widened(tokens: Sequence[Token], quantity: Quantity, head: Head, first: int, table: Table) -> Counting:
    """Take words before the number along that change whom it counts: "the bodies of eight soldiers"."""
    length, _ = table.phrases["bodies_of"].before(tokens, first)
    if length:
        return Counting(quantity=quantity, of=("dead",), first=first - length, end=head.end)
    denied = first > 0 and tokens[first - 1].lower in table.lists["cues.negated"]
    not_all = denied and tokens[first].lower in table.lists["all_of"]
    fraction = table.phrases["fractions"].before(tokens, first)[0] > 0
    whole = not_all or fraction or _opens_with_whole(tokens, first, table)
    return Counting(quantity=quantity, of=head.of, first=first, end=max(head.end, quantity.end), whole=whole)


def _opens_with_whole(tokens: Sequence[Token], first: int, table: Table) -> bool:
    """Tell whether a number is the whole that a sentence or its part begins with: "of the 212 patients, 140 left"."""
    at = first - 1
    while at > 0 and tokens[at].lower in table.lists["articles"]:
        at -= 1
    opens = at == 0 or (at > 0 and tokens[at - 1].text in _STARTS)
    return opens and tokens[at].lower in table.lists["of_whole"]
