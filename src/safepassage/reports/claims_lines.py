"""Claims and how they fit, said in words: for the terminal and the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from safepassage.account.claims.families import Families
from safepassage.account.claims.reading import Report
from safepassage.account.claims.reconciling import RECORD, Match, Reading, Reconciled
from safepassage.model.claims import Claim
from safepassage.reports.words import Language, Phrase, each, listed, literal, plain, say, say_code
from safepassage.reports.words.phrases import catalogue


def number_told(least: int | None, most: int | None) -> Phrase:
    """Say an interval: 650–750, at least 40, no number.

    Parameters
    ----------
    least, most
        Its ends; None is open.
    """
    if least is None and most is None:
        return say("claims.no-number")
    if most is None:
        return say("claims.at-least", n=literal(f"{least:,}"))
    if least is None:
        return say("claims.at-most", n=literal(f"{most:,}"))
    return literal(f"{least:,}" if least == most else f"{least:,}–{most:,}")


def who_told(claim: Claim) -> Phrase:
    """Say who or what a claim counts; of a claim of another kind, what it is."""
    if not claim.of:
        return say_code("claims.kind", claim.kind)
    names = [say_code("claims.of", one) for one in claim.of]
    return each(lambda language: str(catalogue(language)["claims.and"]).join(name.of(language) for name in names))


def claim_told(claim: Claim) -> Phrase:
    """Say a claim's substance: who, how many, and whether it is planned or denied."""
    bare = claim.kind != "count" and claim.least is None and claim.most is None
    said = [who_told(claim) if bare else say("claims.count", of=who_told(claim),
                                             number=number_told(claim.least, claim.most))]  # fmt: skip
    said += [say_code("claims.deed", claim.deed)] if claim.deed else []
    said += [say("claims.planned")] if claim.planned else []
    said += [say("claims.negated")] if claim.negated else []
    return listed(said)


def place_told(claim: Claim, named: Callable[[str], Phrase] = literal) -> Phrase:
    """Say from where, to where or where, on which days, and by whose word; `named` says what an id is called."""
    said = [say(f"claims.{key}", place=named(place)) for key, place in (
        ("from", claim.origin), ("towards", claim.towards), ("place", claim.at)) if place]  # fmt: skip
    if claim.from_day:
        alike = claim.from_day == claim.until_day
        said.append(
            literal(claim.from_day) if alike else say("claims.days", first=claim.from_day, last=claim.until_day)
        )
    said += [say("claims.by", who=claim.by)] if claim.by else []
    said += [named(party) for party in claim.parties]
    return listed(said) if said else literal("–")


def beside_told(name: str, claims: dict[str, Claim]) -> Phrase:
    """Say what stands in a comparison: a claim with its id, or a figure of the record."""
    if name.startswith(f"{RECORD}:"):
        return say_code("claims.figure", name.partition(":")[2])
    claim = claims[name]
    return listed([literal(name), claim_told(claim)])


def doubt_told(code: str) -> Phrase:
    """Say what about a claim is not sure."""
    return say_code("claims.doubt", code)


def match_told(match: Match) -> Phrase:
    """Say how two fit, and why."""
    return listed([say_code("claims.verdict", match.verdict), say_code("claims.reason", match.reason)])


def read_lines(
    reports: Sequence[Report], families: Families, language: Language, named: Callable[[str], Phrase] = literal
) -> Iterator[str]:
    """Yield lines that tell what reports claim.

    Parameters
    ----------
    reports
        As they were read.
    families
        Which of them are one source.
    language
        Of the lines.
    named
        What an id of a place or party is called.
    """
    for report in reports:
        key = "claims.written" if report.written else "claims.undated"
        yield _line(say(key, name=report.name, day=report.written, option="--date"), language)
        for claim in report.claims:
            yield from _claim_lines(claim, listed([claim_told(claim), place_told(claim, named)]), language)
        if not report.claims:
            yield f"  {_line(say('claims.none'), language)}"
        if report.unclear:
            yield f"  {_line(say('claims.unclear'), language)}"
        for unclear in report.unclear:
            told = [claim_told(unclear.claim), place_told(unclear.claim, named), doubt_told(unclear.doubt)]
            yield from _claim_lines(unclear.claim, listed(told), language)
        if report.figures:
            figures = listed([literal(figure.words) for figure in report.figures])
            yield f"  {_line(say('claims.figures', figures=figures), language)}"
    for link in families.links:
        one, other = link.reports
        key = "claims.shared-named" if link.named else "claims.shared"
        yield _line(say(key, one=one, other=other, n=len(link.shared), named=link.named), language)
    yield _line(say("claims.families", n=len(families.members), m=len(reports)), language)


def _claim_lines(claim: Claim, told: Phrase, language: Language) -> Iterator[str]:
    words = " ".join(claim.words.split())
    yield f"  {claim.start}–{claim.end}  “{words}”"
    yield f"      {_line(told, language)}"
    if claim.derived:
        yield f"      {claim.derived}"


def reconciled_lines(claims: Sequence[Claim], found: Reconciled, language: Language) -> Iterator[str]:
    """Yield lines that tell how claims fit each other and the record.

    Parameters
    ----------
    claims
        Those that were compared.
    found
        What came of it.
    language
        Of the lines.
    """
    known = {claim.id: claim for claim in claims}
    reports = len({claim.report or claim.source for claim in claims})
    yield _line(say("claims.families", n=found.families, m=reports), language)
    for title, matches in (("claims.between", found.between), ("claims.with-record", found.with_record)):
        if matches:
            yield _line(say(title), language)
        for match in matches:
            yield f"  {_line(beside_told(match.first, known), language)}"
            yield f"  {_line(beside_told(match.second, known), language)}"
            yield f"      {_line(match_told(match), language)}  {match.arithmetic}"
    if not (found.between or found.with_record):
        yield _line(say("claims.nothing-to-compare"), language)
    if found.readings:
        yield _line(say("claims.readings"), language)
    for reading in found.readings:
        yield f"  {_line(reading_told(reading, known), language)}"
        yield f"      {reading.arithmetic}"


def reading_told(reading: Reading, claims: dict[str, Claim]) -> Phrase:
    """Say one reading of a part beside a total."""
    said = [beside_told(reading.part, claims), say_code("claims.reading", reading.reading),
            number_told(*reading.people)]  # fmt: skip
    if reading.vehicles:
        said.append(say("claims.each", n=number_told(*reading.each)))
    return listed(said)


def _line(phrase: Phrase, language: Language) -> str:
    return plain(phrase.of(language))
