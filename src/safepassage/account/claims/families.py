"""Which reports are one source: those that share sentences, and those that name another for what they tell.

Two reports of one event use the same words, so whole documents that have nothing to do with each other look alike, and
a report that took six sentences of another among thirty of its own does not. Sentences are aligned instead: one by one,
by runs of five words that both have, then by how much of the shorter stands in the longer in the same order.

References
----------
Broder (1997), On the resemblance and containment of documents, for shingles. Longest common subsequence by RapidFuzz.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from rapidfuzz.distance import LCSseq

from safepassage.account.claims.reading import Report
from safepassage.account.claims.saying import said_in
from safepassage.account.claims.tables import table
from safepassage.account.claims.tokens import Sentence, sentences

SHINGLE: Final = 5
"""Words of a run."""

FEWEST_WORDS: Final = 8
"""Of a sentence that tells anything: two people may write a shorter one alike."""

SHARED: Final = 0.7
"""Of the shorter sentence's words, how many stand in the longer in the same order."""

ENOUGH_WORDS: Final = 25
"""Words in shared sentences that make two reports one source. Assumption: about two sentences of news, or one long."""

_MADE_BY: Final = re.compile(r"\(([A-Z][\w .&-]{1,30})\)\s*[-–—]{1,2}|(?im:^\s*source\s*:\s*([^|\n]{2,40}))")
_NAME: Final = re.compile(r"\b[A-Z][\w-]{2,}")


class Shared(Struct, frozen=True):
    """A sentence that two reports share: its places in both, and how much of the shorter is in the longer."""

    first: tuple[int, int]
    second: tuple[int, int]
    words: int
    share: float


class Link(Struct, frozen=True):
    """Why two reports are one source: the sentences that they share, or that one names the other's maker."""

    reports: tuple[str, str]
    shared: tuple[Shared, ...]
    named: str = ""


class Families(Struct, frozen=True, kw_only=True):
    """The families of reports by their first report's name, and what holds each together."""

    members: dict[str, tuple[str, ...]]
    links: tuple[Link, ...]

    def of(self, report: str) -> str:
        """Return the family of a report; of one that is not known, the report itself."""
        return next((name for name, reports in self.members.items() if report in reports), report)


def families(reports: Sequence[Report]) -> Families:
    """Group reports into families: each counts as one source.

    Parameters
    ----------
    reports
        As they were read; their names differ.
    """
    links = tuple(link for index, one in enumerate(reports) for other in reports[index + 1 :]
                  if (link := link_of(one, other)) is not None)  # fmt: skip
    first = {one.name: one.name for one in reports}
    for link in links:
        keep, gone = (first[name] for name in link.reports)
        first = {name: keep if root == gone else root for name, root in first.items()}
    members: defaultdict[str, list[str]] = defaultdict(list)
    for name, root in first.items():
        members[root].append(name)
    return Families(members={root: tuple(names) for root, names in members.items()}, links=links)


def link_of(one: Report, other: Report) -> Link | None:
    """Return what makes two reports one source; None where nothing does."""
    shared = aligned(one.text, other.text)
    named = _names(one, other) or _names(other, one)
    if sum(found.words for found in shared) < ENOUGH_WORDS and not named:
        return None
    return Link((one.name, other.name), shared, named)


def aligned(first: str, second: str) -> tuple[Shared, ...]:
    """Find the sentences that two texts share, whole or as a part of a longer one; each is taken once.

    Parameters
    ----------
    first, second
        Texts.
    """
    theirs = [(sentence, _words(sentence)) for sentence in _telling(second)]
    runs: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
    for index, (_, words) in enumerate(theirs):
        for run in _shingles(words):
            runs[run].add(index)
    found, taken = [], set[int]()
    for sentence in _telling(first):
        words = _words(sentence)
        near = {index for run in _shingles(words) for index in runs.get(run, ())} - taken
        scored = [(_share(words, theirs[index][1]), -index) for index in near]
        share, minus = max(scored, default=(0.0, 0))
        if share >= SHARED:
            match, others = theirs[-minus]
            taken.add(-minus)
            shorter = min(len(words), len(others))
            found.append(Shared((sentence.start, sentence.end), (match.start, match.end), shorter, round(share, 3)))
    return tuple(found)


def likeness(first: str, second: str) -> float:
    """Return how alike two whole texts are: of all their runs of five words, the part that both have.

    What others measure; here it only shows that it does not find a family.
    """
    one, other = (
        {run for sentence in sentences(text) for run in _shingles(_words(sentence))} for text in (first, second)
    )
    return len(one & other) / max(1, len(one | other))


def _telling(text: str) -> Iterator[Sentence]:
    """Yield the sentences long enough to tell anything, quotations aside: two reporters hear the same words."""
    for sentence in sentences(text):
        quoted = sum(len(part) for part in re.findall(r"[\"“«].*?[\"”»]", sentence.text))
        if len(_words(sentence)) >= FEWEST_WORDS and quoted < len(sentence.text) / 2:
            yield sentence


def _words(sentence: Sentence) -> tuple[str, ...]:
    return tuple(one.lower.removesuffix("'s") for one in sentence.tokens if one.kind != "mark")


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(words) - SHINGLE + 1):
        yield tuple(words[start : start + SHINGLE])


def _share(one: Sequence[str], other: Sequence[str]) -> float:
    return LCSseq.similarity(one, other) / min(len(one), len(other))


def made_by(text: str) -> str:
    """Return who made a report, as its head says: "(Xinhua) --", "Source: Xinhua"."""
    match = _MADE_BY.search(text[:2000])
    return (match[1] or match[2]).strip() if match else ""


def _names(one: Report, other: Report) -> str:
    """Return the maker of another report that this one names for what it tells."""
    maker = made_by(other.text)
    if not maker or maker == made_by(one.text):
        return ""
    known = table(one.language)
    for sentence in sentences(one.text):
        for said in said_in(one.text, sentence.tokens, known):
            if maker.split()[0] in _NAME.findall(said.by):
                return maker
    return ""


def with_families(reports: Sequence[Report], found: Families) -> tuple[Report, ...]:
    """Return reports whose claims, those that are not sure among them, carry their family.

    Parameters
    ----------
    reports
        As they were read.
    found
        Their families.
    """
    return tuple(
        replace(
            one,
            claims=tuple(replace(claim, family=found.of(one.name)) for claim in one.claims),
            unclear=tuple(
                replace(other, claim=replace(other.claim, family=found.of(one.name))) for other in one.unclear
            ),
        )
        for one in reports
    )


def lent_dates(reports: Sequence[Report], found: Families) -> Mapping[str, str]:
    """Return for reports without a date the one that another of their family has: report -> ISO date.

    Parameters
    ----------
    reports
        As they were read.
    found
        Their families.
    """
    dates = {one.name: one.written for one in reports}
    lent = {}
    for names in found.members.values():
        known = sorted(dates[name] for name in names if dates[name])
        lent.update({name: known[0] for name in names if known and not dates[name]})
    return lent
