"""What sources say, for a report: confirmed claims, each thing said once, with how many source families say it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.claims import ROLES_CLAIMED, VEHICLES_COUNTED, Claim

FEW = 5
"""A smaller count of people is not told to the public. Assumption: as statistics offices do with small cells."""


class Confirmed(Struct, frozen=True, kw_only=True):
    """The claims that a person confirmed or entered, each with the family of its report, and how many proposals wait.

    `waiting` are things that sources say and nobody has confirmed or dropped yet. `unread` tells that the book in which
    they stand cannot be read.
    """

    claims: tuple[Claim, ...] = ()
    waiting: int = 0
    unread: bool = False


class Saying(Struct, frozen=True, kw_only=True):
    """A thing that is said: a claim that says it, and how many source families do; articles are never counted."""

    claim: Claim
    families: int


def sayings(claims: Iterable[Claim], *, house: bool, places: bool) -> tuple[Saying, ...]:
    """Return what confirmed claims say, each thing once, in the order in which it was first said.

    Parameters
    ----------
    claims
        Confirmed ones, each with the family of its report.
    house
        It is for those who run the movement: others are told neither a source's words nor whom it names, and no role
        that it gives people in a conflict.
    places
        The reader may know places and days; who may not is told no number of people under `FEW` either.
    """
    said: dict[tuple[Any, ...], tuple[Claim, set[str]]] = {}
    for one in claims:
        if not house and ROLES_CLAIMED.intersection(one.of):
            continue
        told = _for(one, house=house, places=places)
        family = one.family or one.source or one.report
        said.setdefault(_substance(told), (told, set()))[1].add(family)
    return tuple(Saying(claim=one, families=len(found)) for one, found in said.values())


def _substance(one: Claim) -> tuple[Any, ...]:
    """Return what makes two claims say the same: everything but in which words, and who."""
    return (
        one.kind, one.of, one.least, one.most, one.deed, one.origin, one.towards, one.at, one.from_day, one.until_day,
        one.planned, one.negated, one.by, one.parties,
    )  # fmt: skip


def _for(one: Claim, *, house: bool, places: bool) -> Claim:
    """Keep of a claim what a reader may see."""
    if house:
        return one
    one = replace(one, by="", parties=(), source="", report="", family="", words="", derived="", start=0, end=0)
    if places:
        return one
    one = replace(one, origin="", towards="", at="", from_day="", until_day="")
    people = one.kind == "count" and not VEHICLES_COUNTED.issuperset(one.of)
    small = any(0 < n < FEW for n in (one.least, one.most) if n is not None)
    return replace(one, least=None, most=None) if people and small else one
