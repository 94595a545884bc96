"""How claims fit each other and the record: agree, compatible, contradict, or not comparable, with the arithmetic.

Nothing is decided here. Two numbers are compared only where they are of the same people or things, of the same deed, in
the same time, both done or both planned; else it is said why not. Where a part may be inside a total or on top of it,
both readings are worked out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.model.claims import ROLES_CLAIMED, VEHICLES_COUNTED, Claim

Verdict: TypeAlias = Literal["agree", "compatible", "contradict", "not-comparable"]
Reason: TypeAlias = Literal[
    "same", "inside", "overlap", "apart", "denied", "both-said", "other-counted", "other-deed", "other-day",
    "other-place", "planned-and-done", "role-claimed", "no-number",
]  # fmt: skip

GOING: Final = frozenset(("", "left", "moved", "joined", "arrived"))
"""Deeds that are one movement: who left was moved, and arrives."""

RECORD: Final = "ledger"
"""The source's name where a claim is compared with the record."""


class Figure(Struct, frozen=True, kw_only=True):
    """What the record counts: who or what, what they did, how many (`least` to `most` where some are not certain)."""

    name: str
    of: str
    deed: str
    least: int
    most: int


class Match(Struct, frozen=True, kw_only=True):
    """Two claims, or a claim and a figure of the record: how they fit, why, and the arithmetic."""

    first: str
    second: str
    verdict: Verdict
    reason: Reason
    arithmetic: str


class Reading(Struct, frozen=True, kw_only=True):
    """One way to read a part beside a total: inside it or on top; people in all, and for each vehicle."""

    total: str
    part: str
    vehicles: str
    reading: Literal["inside", "on-top"]
    people: tuple[int | None, int | None]
    others: tuple[int | None, int | None]
    each: tuple[int | None, int | None]
    arithmetic: str


class Reconciled(Struct, frozen=True, kw_only=True):
    """All that claims and record say of each other; families of sources counted, never reports."""

    families: int
    between: tuple[Match, ...]
    with_record: tuple[Match, ...]
    readings: tuple[Reading, ...]

    @property
    def contradicts(self) -> bool:
        """Whether anything contradicts."""
        return any(one.verdict == "contradict" for one in (*self.between, *self.with_record))


def reconcile(claims: Sequence[Claim], figures: Sequence[Figure] = ()) -> Reconciled:
    """Compare claims of different families, and each with the record.

    Parameters
    ----------
    claims
        Confirmed ones; those without a family count as one each report, or each source.
    figures
        Of the record.
    """
    once = distinct(claims)
    between = [match_of(one, other) for one, other in combinations(once, 2)
               if family_of(one) != family_of(other) and one.kind == other.kind and _alike(one, other)]  # fmt: skip
    recorded = [found for one in once if one.kind == "count" for found in _against(one, figures)]
    return Reconciled(
        families=len({family_of(one) for one in once}),
        between=tuple(between),
        with_record=tuple(recorded),
        readings=tuple(readings(once)),
    )


def family_of(claim: Claim) -> str:
    """Return which source a claim counts for."""
    return claim.family or claim.report or claim.source or claim.by or claim.id


def distinct(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return claims without those that one family says again."""
    seen: dict[tuple[object, ...], Claim] = {}
    for one in claims:
        key = (family_of(one), one.kind, frozenset(one.of), one.least, one.most, one.planned, one.negated)
        seen.setdefault(key, one)
    return tuple(seen.values())


def _alike(one: Claim, other: Claim) -> bool:
    """Tell whether two claims are near enough to be set side by side: some of those counted may be the same."""
    if one.kind != "count":
        return True
    mine, theirs = {*one.of}, {*other.of}
    if VEHICLES_COUNTED & (mine | theirs):
        return mine == theirs
    return bool(mine & theirs) or "person" in mine | theirs


def match_of(one: Claim, other: Claim) -> Match:
    """Compare two claims.

    Parameters
    ----------
    one, other
        Of one kind.
    """
    reason = _why_not(one, other)
    if reason is not None:
        return Match(first=one.id, second=other.id, verdict="not-comparable", reason=reason,
                     arithmetic=f"{told(one)} | {told(other)}")  # fmt: skip
    if one.negated != other.negated and not _says_none(one) and not _says_none(other):
        return Match(first=one.id, second=other.id, verdict="contradict", reason="denied",
                     arithmetic=f"{told(one)} ≠ {told(other)}")  # fmt: skip
    if (one.kind != "count" and (one.least, one.most) == (None, None)) or (other.least, other.most) == (None, None):
        return Match(first=one.id, second=other.id, verdict="agree", reason="both-said",
                     arithmetic=f"{told(one)} | {told(other)}")  # fmt: skip
    verdict, reason, arithmetic = intervals((one.least, one.most), (other.least, other.most))
    return Match(first=one.id, second=other.id, verdict=verdict, reason=reason, arithmetic=arithmetic)


def _says_none(claim: Claim) -> bool:
    return claim.most == 0


def _why_not(one: Claim, other: Claim) -> Reason | None:
    """Return why two claims cannot be compared; None where they can."""
    if one.planned != other.planned:
        return "planned-and-done"
    if one.from_day and other.from_day and (one.until_day < other.from_day or other.until_day < one.from_day):
        return "other-day"
    if one.kind == "count":
        if {*one.of} != {*other.of}:
            return "other-counted"
        if one.deed != other.deed and not {one.deed, other.deed} <= GOING:
            return "other-deed"
    if any(mine and theirs and mine != theirs for mine, theirs in ((one.origin, other.origin),
                                                                   (one.towards, other.towards))):  # fmt: skip
        return "other-place"
    return None


def intervals(one: tuple[int | None, int | None], other: tuple[int | None, int | None]) -> tuple[Verdict, Reason, str]:
    """Compare two intervals; an end that is None is open.

    Parameters
    ----------
    one, other
        Least and most.
    """
    written = f"{between(one)} ∩ {between(other)}"
    if one == other:
        return "agree", "same", f"{written} = {between(one)}"
    least = max((end for end in (one[0], other[0]) if end is not None), default=None)
    most = min((end for end in (one[1], other[1]) if end is not None), default=None)
    if least is not None and most is not None and least > most:
        return "contradict", "apart", f"{written} = ∅ ({least} − {most} = {least - most})"
    common = (least, most)
    exact = any(end[0] is not None and end[0] == end[1] for end in (one, other))
    bounded = all(None not in end for end in (one, other))
    if common in (one, other) and exact and bounded:
        return "agree", "inside", f"{written} = {between(common)}"
    return "compatible", "overlap", f"{written} = {between(common)}"


def _against(claim: Claim, figures: Sequence[Figure]) -> Iterator[Match]:
    """Compare a claim with what the record counts of the same deed; of a claimed role the record knows nothing.

    "No children were on the first bus" tells of no deed: it is of one bus, and nothing that is counted here.
    """
    if _says_none(claim) and not claim.deed:
        return
    for figure in figures:
        if figure.of not in _recorded_as(claim) or not _same_deed(claim, figure):
            continue
        reason: Reason | None = (
            "role-claimed" if ROLES_CLAIMED & {*claim.of} and len(claim.of) == 1
            else "other-counted" if {*claim.of} - {figure.of} and not _everybody(claim)
            else None
        )  # fmt: skip
        if reason is not None:
            yield Match(first=claim.id, second=f"{RECORD}:{figure.name}", verdict="not-comparable", reason=reason,
                        arithmetic=f"{told(claim)} | {between((figure.least, figure.most))}")  # fmt: skip
            continue
        verdict, why, arithmetic = intervals((claim.least, claim.most), (figure.least, figure.most))
        if claim.negated and not _says_none(claim):
            verdict, why = ("contradict", "denied") if verdict != "contradict" else ("compatible", "denied")
        yield Match(
            first=claim.id, second=f"{RECORD}:{figure.name}", verdict=verdict, reason=why, arithmetic=arithmetic
        )


def _recorded_as(claim: Claim) -> frozenset[str]:
    if VEHICLES_COUNTED & {*claim.of}:
        return frozenset(claim.of)
    if {"wounded", "patient"} & {*claim.of}:
        return frozenset(("wounded",))
    return frozenset(("child",)) if claim.of == ("child",) else frozenset(("person",))


def _everybody(claim: Claim) -> bool:
    """Tell whether a claim counts people of several kinds together, and so perhaps everybody."""
    return len(claim.of) > 1 or claim.of == ("patient",)


def _same_deed(claim: Claim, figure: Figure) -> bool:
    """Tell whether a figure is of what a claim tells: the lists for what is planned, deeds for what is done."""
    if figure.deed == "" or claim.planned:
        return figure.deed == "" and (claim.planned or claim.deed == "") and claim.deed in GOING
    if figure.deed in ("arrived", "returned"):
        return claim.deed == figure.deed
    return claim.deed in ("treated", "moved", "left", "") if figure.deed == "treated" else claim.deed in GOING


def readings(claims: Sequence[Claim]) -> Iterator[Reading]:
    """Yield both readings of each part that came along with a total of the same family.

    Parameters
    ----------
    claims
        Each said once.
    """
    counts = [one for one in claims if one.kind == "count" and not one.planned and not one.negated]
    for part in counts:
        if not (part.origin or part.deed in ("joined", "moved")) or part.derived or not part.least:
            continue
        totals = [one for one in counts if _holds(one, part)]
        for total in totals[:1]:
            buses = [one for one in counts if one.of == ("bus",) and family_of(one) == family_of(total) and one.least]
            for reading in ("inside", "on-top"):
                yield _reading(total, part, buses[0] if buses else None, on_top=reading == "on-top")


def _holds(total: Claim, part: Claim) -> bool:
    """Tell whether a total may hold a part: people of the same family of sources, and more of them."""
    people = not VEHICLES_COUNTED & {*total.of, *part.of}
    larger = total.least is not None and part.most is not None and total.least > part.most
    same = family_of(total) == family_of(part) and total.id != part.id
    return people and larger and same and ({*part.of} < {*total.of} or total.of == ("person",))


def _reading(total: Claim, part: Claim, vehicles: Claim | None, *, on_top: bool) -> Reading:
    whole, piece = (total.least, total.most), (part.least, part.most)
    people = _plus(whole, piece) if on_top else whole
    others = whole if on_top else _minus(whole, piece)
    written = f"{between(whole)} + {between(piece)} = {between(people)}" if on_top else (
        f"{between(whole)} − {between(piece)} = {between(others)}"
    )  # fmt: skip
    each: tuple[int | None, int | None] = (None, None)
    if vehicles is not None:
        number = (vehicles.least, vehicles.most)
        each = (_share(people[0], number[1]), _share(people[1], number[0]))
        written += f"; {between(people)} ÷ {between(number)} = {between(each)}"
    return Reading(
        total=total.id, part=part.id, vehicles=vehicles.id if vehicles else "",
        reading="on-top" if on_top else "inside", people=people, others=others, each=each, arithmetic=written,
    )  # fmt: skip


def _plus(one: tuple[int | None, int | None], other: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    return tuple(None if a is None or b is None else a + b for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def _minus(one: tuple[int | None, int | None], other: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    (least, most), (fewest, largest) = one, other
    return (
        None if least is None or largest is None else max(0, least - largest),
        None if most is None or fewest is None else max(0, most - fewest),
    )


def _share(people: int | None, vehicles: int | None) -> int | None:
    """Return people for each vehicle, to the nearest whole one."""
    return None if people is None or not vehicles else (2 * people + vehicles) // (2 * vehicles)


def between(interval: tuple[int | None, int | None]) -> str:
    """Write an interval: 650–750, 16, ≥ 40, ≤ 60.

    Parameters
    ----------
    interval
        Least and most; None is open.
    """
    least, most = interval
    if least is None or most is None:
        return f"≥ {least}" if least is not None else f"≤ {most}" if most is not None else "?"
    return f"{least}" if least == most else f"{least}–{most}"


def told(claim: Claim) -> str:
    """Write a claim's number, as `between`, with what negates it; of a claim without one its kind."""
    number = between((claim.least, claim.most)) if (claim.least, claim.most) != (None, None) else claim.kind
    return f"¬ {number}" if claim.negated and claim.most != 0 else number
