"""Which papers there are, and how each is made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from safepassage.reports.papers import (
    cards,
    consent,
    convoy,
    driver,
    handover,
    incidents,
    manifest,
    medical,
    notification,
)
from safepassage.reports.papers.blocks import Fields, Paper
from safepassage.reports.papers.redaction import Stamp, shows_medical
from safepassage.reports.papers.source import Source
from safepassage.reports.words import say


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of paper: how those of a plan are made and how a blank one is.

    `people` tells that single people stand on it, `medical` that it is for the medical role alone.
    """

    papers: Callable[[Source], Iterator[Paper]]
    blank: Callable[[Source], Paper]
    people: bool = False
    medical: bool = False


KINDS: Final[Mapping[str, Kind]] = MappingProxyType({
    manifest.KIND: Kind(papers=manifest.papers, blank=manifest.blank, people=True),
    cards.KIND: Kind(papers=cards.papers, blank=cards.blank, people=True),
    convoy.ORDER: Kind(papers=convoy.orders, blank=convoy.blank_order),
    convoy.TIMETABLE: Kind(papers=convoy.timetables, blank=convoy.blank_timetable),
    driver.KIND: Kind(papers=driver.papers, blank=driver.blank),
    consent.KIND: Kind(papers=consent.papers, blank=consent.blank, people=True),
    medical.KIND: Kind(papers=medical.papers, blank=medical.blank, people=True, medical=True),
    notification.KIND: Kind(papers=notification.papers, blank=notification.blank),
    handover.KIND: Kind(papers=handover.papers, blank=handover.blank),
    incidents.KIND: Kind(papers=incidents.papers, blank=incidents.blank),
})  # fmt: skip
"""In the order in which they are printed."""

BLANK: Final = "blank"
"""All forms with nothing filled in."""


def withheld(stamp: Stamp, only: Collection[str]) -> tuple[str, ...]:
    """Return the kinds among those asked for that the recipient does not get: what is for the medical role alone."""
    return tuple(name for name in only if name in KINDS and KINDS[name].medical and not shows_medical(stamp))


def papers_of(source: Source, only: Collection[str]) -> Iterator[Paper]:
    """Make the papers of some kinds, in the order of `KINDS`, the blank forms last.

    Parameters
    ----------
    source
        What they are made from.
    only
        Which kinds, `BLANK` among them where blank forms are wanted.
    """
    kept = set(only) - set(withheld(source.stamp, only))
    for name, kind in KINDS.items():
        if name in kept:
            yield from kind.papers(source)
    if BLANK in kept:
        for kind in KINDS.values():
            yield numbered(kind.blank(source))


def numbered(blank: Paper) -> Paper:
    """Ask on a blank form for its number and who writes: a sheet comes back into the record once, in somebody's name.

    Parameters
    ----------
    blank
        The form.
    """
    if blank.kind in (incidents.KIND, cards.KIND):
        return blank  # a log asks for both already, cards are handed out
    asked = tuple((say(f"paper.field.{name}"), "") for name in ("sheet", "wrote"))
    return replace(blank, blocks=(Fields(rows=asked), *blank.blocks))
