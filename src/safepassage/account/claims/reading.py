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
from safepassage.account.claims.counting import counted_in
from safepassage.account.claims.dates import Days, ahead, dateline, days_in
from safepassage.account.claims.doubting import Doubt, Unclear, doubt_of
from safepassage.account.claims.gazetteer import Gazetteer, Place, by_role, other_places
from safepassage.account.claims.heads import head_at
from safepassage.account.claims.kinds import OWN_NEGATION, told_in
from safepassage.account.claims.planned import intended, planned_near
from safepassage.account.claims.quantities import Quantity
from safepassage.account.claims.saying import Said, said_in
from safepassage.account.claims.tables import READ, ReadLanguage, Table, table
from safepassage.account.claims.tokens import Sentence, sentences
from safepassage.model.claims import VEHICLES_COUNTED, Claim, ClaimKind, Counted

MOST_REPORT: Final = 400_000
"""Characters of a report that are read."""

MOST_APART: Final = 240
"""Characters between "the rest", or a number without a noun, and the one that it refers to."""


class Figure(Struct, frozen=True):
    """A number that is no date, no measure and no share, and of which the rules do not know what it counts."""

    words: str
    start: int
    end: int


class Report(Struct, frozen=True, kw_only=True):
    """A report as it was read: its name, its text, the day it was written on, its language, and what it claims.

    What is `unclear` is not proposed; `figures` are the numbers that were not understood.
    """

    name: str
    text: str
    written: str
    language: ReadLanguage
    claims: tuple[Claim, ...]
    unclear: tuple[Unclear, ...] = ()
    figures: tuple[Figure, ...] = ()

    @property
    def looked_at(self) -> tuple[Claim, ...]:
        """All claims that a person may decide on: those that are proposed, then those that are not sure."""
        return self.claims + tuple(one.claim for one in self.unclear)


class _Found:
    """What the sentences so far gave: claims in their order, the doubts about some, numbers without a claim."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.doubts: dict[int, Doubt] = {}
        self.figures: list[Figure] = []


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
    near: date | None = None,
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
    near
        As `dateline`.
    language
        By default what its words are.
    """
    text = text[:MOST_REPORT]
    tongue = language or language_of(text)
    day = written or dateline(text, near)
    found = _Found()
    for sentence in sentences(text):
        seen = _see(name, text, sentence, table(tongue), day, gazetteer)
        _count_claims(seen, found)
        found.claims += _told_claims(seen)
    numbered = [replace(one, id=f"{name}#{at}" if name else str(at)) for at, one in enumerate(found.claims, 1)]
    return Report(
        name=name, text=text, written=day.isoformat() if day else "", language=tongue,
        claims=tuple(one for at, one in enumerate(numbered) if at not in found.doubts),
        unclear=tuple(Unclear(claim=numbered[at], doubt=doubt) for at, doubt in found.doubts.items()),
        figures=tuple(found.figures),
    )  # fmt: skip


def _see(name: str, text: str, sentence: Sentence, known: Table, written: date | None, gazetteer: Gazetteer) -> _Seen:
    said = said_in(text, sentence.tokens, known)
    places = gazetteer.find(sentence.tokens)
    return _Seen(
        name=name, text=text, sentence=sentence, table=known, written=written, said=said,
        clauses=clauses(sentence.tokens, known, [(one.first, one.end) for one in said]),
        days=days_in(sentence.tokens, known, written),
        places=(*places, *other_places(sentence.tokens, places, known)),
    )  # fmt: skip


def _count_claims(seen: _Seen, found: _Found) -> None:
    """Add the numbers of people and vehicles in a sentence to what was found."""
    tokens = seen.sentence.tokens
    dated = {index for days in seen.days for index in range(days.start, days.end)}
    for one in counted_in(tokens, seen.table, seen.clauses, dated, _earlier(seen, found.claims)):
        if not one.of:
            start, end = tokens[one.first].start, tokens[one.end - 1].end
            found.figures.append(Figure(seen.text[start:end], start, end))
            continue
        claim = _claim(
            seen, one.first, one.end, kind="count", of=one.of, least=one.quantity.least, most=one.quantity.most,
            hedge=one.quantity.hedge,
        )  # fmt: skip
        if one.whole or one.quantity.hedge == "none":
            claim = replace(claim, planned=claim.planned and not one.whole, negated=not one.whole)
        span = (one.first, one.end)
        doubt = None if one.whole else doubt_of(tokens, _clause_at(seen, one.first), claim, span, seen.table)
        if doubt is not None:
            found.doubts[len(found.claims)] = doubt
        found.claims.append(claim)
    found.claims += _rest(seen, found.claims)


def _earlier(seen: _Seen, before: Sequence[Claim]) -> tuple[Counted, ...]:
    """Return whom the sentences just before counted last; nobody where they are far."""
    near = [one for one in before if one.kind == "count" and one.least and one.end > seen.sentence.start - MOST_APART]
    return near[-1].of if near else ()


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
        if claim.planned:
            near = planned_near(
                seen.sentence.tokens, clause, (one.first, one.end), seen.table,
                aside=one.kind == "agreement", commanded=one.kind in OWN_NEGATION,
            )  # fmt: skip
            claim = replace(claim, planned=near)
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
    roles = by_role(places, tokens, seen.table)
    planned = clause.planned or (kind == "count" and intended(tokens, clause, first, seen.table))
    return Claim(
        id="", kind=kind, planned=planned, negated=clause.negated, deed=clause.deed, by=_by(seen, first),
        from_day=days[0], until_day=days[1], report=seen.name, words=seen.text[start:stop], start=start, end=stop,
        origin=roles.get("origin", ""), towards=roles.get("towards", ""), at=roles.get("at", ""), **more,
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
