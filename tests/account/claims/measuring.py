"""How well the reader does on sentences whose claims are known: precision, recall, and what it missed."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct

from safepassage.account.claims.gazetteer import Gazetteer
from safepassage.account.claims.reading import read_report
from safepassage.model.claims import Claim

HERE = Path(__file__).parent
GAZETTEER = Gazetteer(
    [
        ("marj", "Al Marj", "site"),
        ("harbour", "Port Alder", "site"),
        ("army", "Northern army", "party"),
        ("council", "Valley council", "party"),
    ]
)

LATER = (
    "more", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
    "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
    "twenty_first", "twenty_second", "twenty_third", "twenty_fourth", "twenty_fifth", "twenty_sixth",
)  # fmt: skip
"""The sets that were written after the rules, in their order."""


class Gold(Struct, frozen=True):
    """A claim that a sentence makes: its words, what it is, its interval, and what else is said."""

    words: str
    of: str
    least: int | None
    most: int | None
    planned: bool
    negated: bool
    by: str | None
    when: str | None


class Example(Struct, frozen=True):
    """A sentence and its claims."""

    number: int
    text: str
    lang: str
    claims: tuple[Gold, ...]


class Measured(Struct, frozen=True):
    """How many claims were found rightly, and what was missed or made up."""

    right: int
    found: int
    known: int
    missed: tuple[str, ...]
    made_up: tuple[str, ...]
    when_right: int
    when_known: int
    by_right: int
    by_known: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.known if self.known else 1.0


def examples(file: str) -> tuple[date, list[Example]]:
    """Read a file of sentences; the number of the first is 1."""
    raw = tomllib.loads((HERE / file).read_text("utf-8"))
    found = [
        Example(number, one["text"], one.get("lang", "en"), tuple(map(_gold, one["claims"])))
        for number, one in enumerate(raw["sentence"], 1)
    ]
    return date.fromisoformat(raw["dateline"]), found


def _gold(line: str) -> Gold:
    words, _, rest = line.rpartition(" => ")
    of, *more = rest.split(" ")
    # a value may have spaces: "by=Red Crescent"
    joined: list[str] = []
    for part in more:
        if joined and joined[-1].startswith("by=") and "=" not in part:
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    span = next((part for part in joined if ".." in part), None)
    least, _, most = span.partition("..") if span else ("", "", "")
    told: dict[str, Any] = dict(part.split("=", 1) for part in joined if "=" in part)
    return Gold(
        words, of, int(least) if least else None, int(most) if most else None, "planned" in joined,
        "negated" in joined, told.get("by"), told.get("when"),
    )  # fmt: skip


def fits(gold: Gold, claim: Claim, text: str) -> bool:
    """Tell whether a claim is the one that is known: its words overlap, and all else is the same."""
    start = text.index(gold.words)
    overlaps = claim.start < start + len(gold.words) and start < claim.end
    of = set(claim.of) if claim.kind == "count" else {claim.kind}
    same = (claim.least, claim.most, claim.planned, claim.negated) == (
        gold.least,
        gold.most,
        gold.planned,
        gold.negated,
    )
    return overlaps and of == set(gold.of.split("+")) and same


def measure(day: date, sentences: list[Example]) -> Measured:
    """Read each sentence on its own and compare."""
    right = found = known = when_right = when_known = by_right = by_known = 0
    missed, made_up = [], []
    for one in sentences:
        claims = list(read_report(one.text, GAZETTEER, written=day, language=one.lang).claims)  # type: ignore[arg-type]
        found += len(claims)
        known += len(one.claims)
        for gold in one.claims:
            claim = next((claim for claim in claims if fits(gold, claim, one.text)), None)
            if claim is None:
                missed.append(f"{one.number}: {gold.words} ({gold.of})")
                continue
            claims.remove(claim)
            right += 1
            if gold.when:
                when_known += 1
                first, _, last = gold.when.partition("/")
                when_right += (claim.from_day, claim.until_day) == (first, last or first)
            if gold.by:
                by_known += 1
                by_right += gold.by in claim.by
        made_up += [f"{one.number}: {_told(claim)}" for claim in claims]
    return Measured(right, found, known, tuple(missed), tuple(made_up), when_right, when_known, by_right, by_known)


def _told(claim: Claim) -> str:
    of = "+".join(claim.of) or claim.kind
    flags = " planned" * claim.planned + " negated" * claim.negated
    return f"{claim.words!r} ({of} {claim.least}..{claim.most}{flags})"
