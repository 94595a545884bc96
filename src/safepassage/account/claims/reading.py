"""Read a report: the claims that it makes, each with its words, proposed for a person to confirm, edit or drop.

Every claim is found by rules and tables that anybody can read; nothing is learnt, nothing is guessed by a model. A
role in a conflict is what a source claims of somebody, and is carried as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from safepassage.account.claims.clauses import Clause, clauses
from safepassage.account.claims.dates import Days, ahead, dateline, days_in
from safepassage.account.claims.gazetteer import Gazetteer, Place, by_role, other_places
from safepassage.account.claims.heads import Head, head_at, is_ratio, predicate, stands_alone
from safepassage.account.claims.kinds import told_in
from safepassage.account.claims.quantities import Quantity, number_at, quantity_at
from safepassage.account.claims.saying import Said, said_in
from safepassage.account.claims.tables import READ, ReadLanguage, Table, table
from safepassage.account.claims.tokens import Sentence, sentences
from safepassage.model.claims import VEHICLES_COUNTED, Claim, ClaimKind, Counted

MOST_REPORT: Final = 400_000
"""Characters of a report that are read."""


class Report(Struct, frozen=True, kw_only=True):
    """A report as it was read: its name, its text, the day it was written on, its language, and what it claims."""

    name: str
    text: str
    written: str
    language: ReadLanguage
    claims: tuple[Claim, ...]


class _Seen(Struct, frozen=True, kw_only=True):
    """A sentence with all that was found in it but claims."""

    name: str
    text: str
    sentence: Sentence
    table: Table
    written: date | None
    clauses: tuple[Clause, ...]
    said: tuple[Said, ...]
    days: tuple[Days, ...]
    places: tuple[Place, ...]


class _Counted(Struct, frozen=True, kw_only=True):
    """A number in a sentence, of whom, and the token after its words."""

    quantity: Quantity
    of: tuple[Counted, ...]
    first: int
    end: int


def language_of(text: str) -> ReadLanguage:
    """Tell the language of a report by its commonest words.

    Parameters
    ----------
    text
        The report.
    """
    seen = [token.lower for sentence in sentences(text[:20_000]) for token in sentence.tokens]
    counts = {one: sum(word in table(one).lists["stops.words"] | table(one).lists["articles"] for word in seen)
              for one in READ}  # fmt: skip
    return max(READ, key=lambda one: counts[one])


def read_report(
    text: str,
    gazetteer: Gazetteer,
    *,
    name: str = "",
    written: date | None = None,
    language: ReadLanguage | None = None,
) -> Report:
    """Find what a report claims.

    Parameters
    ----------
    text
        The report; what is beyond `MOST_REPORT` characters is not read.
    gazetteer
        Of the operation.
    name
        What the report is called.
    written
        The day it was written on; by default its own dateline's.
    language
        By default what its words are.
    """
    text = text[:MOST_REPORT]
    tongue = language or language_of(text)
    day = written or dateline(text)
    claims: list[Claim] = []
    for sentence in sentences(text):
        seen = _see(name, text, sentence, table(tongue), day, gazetteer)
        claims += _count_claims(seen, claims)
        claims += _told_claims(seen)
    numbered = [replace(one, id=f"{name}#{number}" if name else str(number)) for number, one in enumerate(claims, 1)]
    return Report(name=name, text=text, written=day.isoformat() if day else "", language=tongue, claims=tuple(numbered))


def _see(  # noqa: PLR0913, PLR0917 - what a sentence is seen in
    name: str, text: str, sentence: Sentence, known: Table, written: date | None, gazetteer: Gazetteer
) -> _Seen:
    said = said_in(text, sentence.tokens, known)
    places = gazetteer.find(sentence.tokens)
    return _Seen(
        name=name, text=text, sentence=sentence, table=known, written=written, said=said,
        clauses=clauses(sentence.tokens, known, [(one.first, one.end) for one in said]),
        days=days_in(sentence.tokens, known, written),
        places=(*places, *other_places(sentence.tokens, places, known)),
    )  # fmt: skip


def _count_claims(seen: _Seen, before: Sequence[Claim]) -> list[Claim]:
    """Find the numbers of people and vehicles in a sentence."""
    found: list[Claim] = []
    for one in _counted(seen):
        claim = _claim(
            seen, one.first, one.end, kind="count", of=one.of, least=one.quantity.least, most=one.quantity.most,
            hedge=one.quantity.hedge,
        )  # fmt: skip
        if one.quantity.hedge == "none":
            claim = replace(claim, negated=True)
        found.append(claim)
    return found + _rest(seen, [*before, *found])


def _counted(seen: _Seen) -> list[_Counted]:
    """Go through a sentence from number to number."""
    tokens, known = seen.sentence.tokens, seen.table
    dated = {index for days in seen.days for index in range(days.start, days.end)}
    found: list[_Counted] = []
    index = 0
    while index < len(tokens):
        quantity = quantity_at(tokens, index, known) if index not in dated else None
        if quantity is None or not _may_count(seen, quantity, index):
            index += 1
            continue
        head = _head(seen, quantity, found)
        if head is not None and not _is_rate(seen, quantity, head):
            first = quantity.first
            while first < index and found and first < found[-1].end:
                first += 1
            found.append(_widened(seen, quantity, head, first))
            index = max(head.end, quantity.end)
        else:
            index = quantity.end
    return found


def _may_count(seen: _Seen, quantity: Quantity, index: int) -> bool:
    """Tell whether a number can be one of people or vehicles, by the words next to it."""
    tokens, known = seen.sentence.tokens, seen.table
    after = tokens[quantity.end].lower if quantity.end < len(tokens) else ""
    if after in known.lists["units.words"] and not known.nouns.at(tokens, quantity.end)[0]:
        return False
    ratio, _ = known.phrases["ratio"].before(tokens, index)
    if ratio and is_ratio(tokens, index, known) and number_at(tokens, index - ratio - 1, known)[0] is not None:
        return False
    return not known.phrases["units.before"].before(tokens, index)[0]


def _head(seen: _Seen, quantity: Quantity, found: Sequence[_Counted]) -> Head | None:
    tokens, known = seen.sentence.tokens, seen.table
    if quantity.alone:
        return Head(("person",), quantity.end)
    head = _number_of(seen, quantity) or head_at(tokens, quantity.end, known, quantity)
    if head is not None or (quantity.bare and not tokens[quantity.first : quantity.end - 1]):
        return head
    if quantity.hedge == "none" and not quantity.none_of:
        return None
    head = predicate(tokens, quantity, known)
    if head is None and stands_alone(tokens, quantity, known):
        people = [one for one in found if one.quantity.hedge != "none"]
        return Head(
            _inherited(seen, quantity) or (people[-1].of if people else ("person",)), _alone_end(seen, quantity)
        )
    return head


def _inherited(seen: _Seen, quantity: Quantity) -> tuple[Counted, ...]:
    """Return whom a number stands beside without counting them in words: "the wounded, 19 in all"."""
    tokens, known = seen.sentence.tokens, seen.table
    if known.phrases["all_in"].at(tokens, quantity.end)[0]:
        nouns = known.nouns.within(tokens[: quantity.first])
        return (nouns[-1][2].of,) if nouns else ()
    return ()


def _alone_end(seen: _Seen, quantity: Quantity) -> int:
    return quantity.end + seen.table.phrases["all_in"].at(seen.sentence.tokens, quantity.end)[0]


def _number_of(seen: _Seen, quantity: Quantity) -> Head | None:
    """Read "the number of evacuees at 3,400": the noun is before the number."""
    tokens, known = seen.sentence.tokens, seen.table
    begin = max(0, quantity.first - 9)
    for index, length, _ in reversed(known.phrases["number_of"].within(tokens[begin : quantity.first])):
        nouns = known.nouns.within(tokens[begin + index + length : quantity.first])
        if nouns and tokens[quantity.first - 1].lower in known.lists["at_words"]:
            return Head((nouns[0][2].of,), quantity.end)
    for index, _, _ in known.phrases["tolls"].within(tokens[begin : quantity.first]):
        if tokens[quantity.first - 1].lower in known.lists["at_words"] and index >= 0:
            return Head(("dead",), quantity.end)
    return None


def _is_rate(seen: _Seen, quantity: Quantity, head: Head) -> bool:
    """Tell whether a number is one for each, or what there is room for: neither counts anybody."""
    tokens, known = seen.sentence.tokens, seen.table
    if known.phrases["rates"].at(tokens, head.end)[0]:
        return True
    before = known.phrases["capacities"].within(tokens[: quantity.first])
    if any(quantity.first - (index + length) <= 1 for index, length, _ in before):
        return True
    clause = next(one for one in seen.clauses if one.first <= quantity.first < one.end)
    return (
        bool(known.phrases["capacities"].within(tokens[clause.first : clause.end]))
        and any(known.phrases["rates"].at(tokens, index)[0] for index in range(head.end, clause.end))
        or _may_hold(seen, quantity, clause, head)
    )


def _may_hold(seen: _Seen, quantity: Quantity, clause: Clause, head: Head) -> bool:
    tokens, known = seen.sentence.tokens, seen.table
    held = known.phrases["capacities"].within(tokens[head.end : clause.end])
    return bool(held) and any(known.phrases["rates"].at(tokens, at)[0] for at in range(head.end, clause.end))


def _widened(seen: _Seen, quantity: Quantity, head: Head, first: int) -> _Counted:
    """Take words before the number along that change whom it counts: "the bodies of eight soldiers"."""
    tokens, known = seen.sentence.tokens, seen.table
    length, _ = known.phrases["bodies_of"].before(tokens, first)
    if length:
        return _Counted(quantity=quantity, of=("dead",), first=first - length, end=head.end)
    return _Counted(quantity=quantity, of=head.of, first=first, end=max(head.end, quantity.end))


def _rest(seen: _Seen, before: Sequence[Claim]) -> list[Claim]:
    """Read "the rest are relatives": what is left of the total told before, when the part told last is taken away."""
    tokens, known = seen.sentence.tokens, seen.table
    for index, length, _ in known.phrases["rest"].within(tokens):
        end = index + length
        fake = Quantity(least=2, most=2, first=index, end=end - 1)
        if end < len(tokens) and tokens[end].lower in known.lists["aux.be"]:
            start = end + 1
            while start < len(tokens) and tokens[start].lower in known.lists["articles"]:
                start += 1
            head = head_at(tokens, start, known, fake)
            if head is not None:
                least, most, derived = _left_over(before)
                return [_claim(seen, index, head.end, kind="count", of=head.of, least=least, most=most, hedge="rest",
                               derived=derived)]  # fmt: skip
    return []


def _left_over(before: Sequence[Claim]) -> tuple[int | None, int | None, str]:
    people = [
        one for one in before if one.kind == "count" and one.least and one.of and one.of[0] not in VEHICLES_COUNTED
    ]
    if not people:
        return None, None, ""
    part = people[-1]
    total = next((one for one in reversed(people[:-1]) if one.least and part.most and one.least > part.most), None)
    if total is None or total.most is None or part.most is None or total.least is None or part.least is None:
        return None, None, ""
    written = f"{total.least}–{total.most} − {part.least}–{part.most}"
    return total.least - part.most, total.most - part.least, written


def _told_claims(seen: _Seen) -> list[Claim]:
    """Find the claims without a number of people."""
    found = []
    for one in told_in(seen.sentence, seen.table):
        claim = _claim(seen, one.first, one.end, kind=one.kind, least=one.least, most=one.most)
        clause = _clause_at(seen, one.first)
        parties = [place.id or place.name for place in seen.places
                   if place.party and clause.first <= place.start < max(clause.end, one.end)]  # fmt: skip
        found.append(replace(claim, negated=one.negated, parties=tuple(dict.fromkeys(parties)), deed=""))
    return found


def _clause_at(seen: _Seen, index: int) -> Clause:
    return next((one for one in seen.clauses if one.first <= index < one.end), seen.clauses[-1])


def _claim(seen: _Seen, first: int, end: int, *, kind: ClaimKind, **more: Any) -> Claim:
    """Make a claim of what its clause and its sentence say."""
    tokens = seen.sentence.tokens
    clause = _clause_at(seen, max(first, end - 1) if kind != "count" else first)
    days = _days(seen, clause, kind)
    start, stop = tokens[first].start, tokens[end - 1].end
    places = [one for one in seen.places if clause.first <= one.start < clause.end]
    further = _relative(seen, clause, end)
    if further is not None:
        places += [one for one in seen.places if further.first <= one.start < further.end]
        clause = replace(clause, deed=further.deed or clause.deed)
    return Claim(
        id="", kind=kind, planned=clause.planned, negated=clause.negated, deed=clause.deed, by=_by(seen, first),
        from_day=days[0], until_day=days[1], report=seen.name, words=seen.text[start:stop], start=start, end=stop,
        **by_role(places, tokens, seen.table), **more,
    )  # fmt: skip


def _relative(seen: _Seen, clause: Clause, end: int) -> Clause | None:
    """Return the clause that tells more of what was named just before it: "relatives who were brought from there"."""
    following = next((one for one in seen.clauses if one.first == clause.end), None)
    near = following is not None and following.first - end <= 3
    opens = following is not None and seen.sentence.tokens[following.first].lower in seen.table.lists["relatives"]
    return following if near and opens else None


def _by(seen: _Seen, index: int) -> str:
    """Return whom the sentence names for what stands at a token: the nearest before it, else the first after."""
    before = [one.by for one in seen.said if one.first <= index]
    return before[-1] if before else seen.said[0].by if seen.said else ""


def _days(seen: _Seen, clause: Clause, kind: ClaimKind) -> tuple[str, str]:
    tokens = seen.sentence.tokens
    years = (one for one in seen.days if kind == "count" or one.last - one.first < timedelta(days=364))
    own = [one for one in years if clause.first <= one.start < clause.end]
    chosen = (
        own[0] if own else seen.days[0] if kind == "count" and len(seen.days) == 1 and len(seen.clauses) > 1 else None
    )
    if chosen is None or chosen.first == date.min:
        return "", ""
    turned = ahead(chosen, tokens, seen.table, seen.written) if clause.planned else chosen
    return turned.first.isoformat(), turned.last.isoformat()
