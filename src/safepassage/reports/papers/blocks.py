"""What a paper is made of: blocks in order, and what stands around them. Plain data; the template sets it."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.reports.words import Language, Phrase, say

Told: TypeAlias = Phrase | str
"""A text in every language, or one that is the same in each; empty where somebody is to write."""

Form: TypeAlias = Literal["text", "strong", "tick"]


class Heading(Struct, frozen=True, kw_only=True, tag="heading"):
    """The heading of what follows."""

    text: Phrase


class Text(Struct, frozen=True, kw_only=True, tag="text"):
    """A paragraph."""

    text: Phrase
    strong: bool = False


class Steps(Struct, frozen=True, kw_only=True, tag="steps"):
    """What is done one after the other."""

    items: tuple[Phrase, ...]


class Points(Struct, frozen=True, kw_only=True, tag="points"):
    """What holds, in no order."""

    items: tuple[Phrase, ...]


class Ticks(Struct, frozen=True, kw_only=True, tag="ticks"):
    """Answers, each with a box before it."""

    items: tuple[Phrase, ...]


class Fields(Struct, frozen=True, kw_only=True, tag="fields"):
    """Labels with their values, so many pairs beside each other; an empty value is a line to write on."""

    rows: tuple[tuple[Phrase, Told], ...]
    columns: int = 2


class Column(Struct, frozen=True, kw_only=True):
    """A column: `share` of the width that is left over; 0: as wide as it needs."""

    label: Phrase
    share: float = 0
    kind: Form = "text"


class Table(Struct, frozen=True, kw_only=True, tag="table"):
    """Rows under a head that every page repeats.

    `starts` are the rows (from 0) that begin a group; `blank` is how many empty rows follow, `tall` ones to write in.
    `widths` of the columns (mm) and which rows are `even`, of one line, are filled in by `fitting`.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Told, ...], ...] = ()
    starts: tuple[int, ...] = ()
    blank: int = 0
    tall: bool = False
    widths: tuple[float, ...] = ()
    even: tuple[bool, ...] = ()


class Signatures(Struct, frozen=True, kw_only=True, tag="signatures"):
    """A box for each who signs, with what they write."""

    who: tuple[Phrase, ...]
    asked: tuple[Phrase, ...]


class Lines(Struct, frozen=True, kw_only=True, tag="lines"):
    """Empty lines to write on."""

    n: int


class Card(Struct, frozen=True, kw_only=True):
    """A card to cut out: a code, large and as QR, a name, and a few labels with values."""

    code: Told = ""
    name: Told = ""
    rows: tuple[tuple[Phrase, Told], ...] = ()
    qr: str = ""


class Cards(Struct, frozen=True, kw_only=True, tag="cards"):
    """Cards, several on a sheet, with marks where to cut."""

    cards: tuple[Card, ...]


class Sealed(Struct, frozen=True, kw_only=True, tag="sealed"):
    """The signed state of the record as QR (`name` says it aloud), what it is for, and its parts in letters."""

    qr: str
    name: Phrase
    text: Phrase
    rows: tuple[tuple[Phrase, Told], ...]


class Break(Struct, frozen=True, kw_only=True, tag="break"):
    """What follows begins a page."""


Block: TypeAlias = (
    Heading | Text | Steps | Points | Ticks | Fields | Table | Signatures | Lines | Cards | Sealed | Break
)


class Paper(Struct, frozen=True, kw_only=True):
    """One file: of which kind, about whom or what (an id), its title, its blocks, and all `people` who stand on it."""

    kind: str
    about: str
    title: Phrase
    blocks: tuple[Block, ...]
    subtitle: Told = ""
    part: int = 0
    blank: bool = False
    people: frozenset[str] = frozenset()


class Setup(Struct, frozen=True, kw_only=True):
    """What stands around the blocks of every paper: operation, languages, and the mark of whom this copy is for."""

    operation: Phrase
    languages: tuple[Language, ...]
    mark: Phrase
    made: tuple[int, int, int, int, int, int]


SIGNED: Final = ("name", "function", "when", "signature")


def signatures(*who: str) -> Signatures:
    """Ask for the signatures of those whom the words `paper.signs.*` name."""
    return Signatures(
        who=tuple(say(f"paper.signs.{one}") for one in who), asked=tuple(say(f"paper.asked.{one}") for one in SIGNED)
    )
