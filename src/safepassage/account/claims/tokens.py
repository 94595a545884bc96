"""A report's text as sentences and tokens, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

MOST_SENTENCE: Final = 2000
"""Characters of a sentence; what is longer is no sentence but a table or a list, and is parted."""

LONGEST_SHORT: Final = 8

_TOKEN: Final = re.compile(
    r"(?P<word>\d{4}-\d\d-\d\d|\d+:\d\d(?::\d\d)?|\d+(?:-[^\W\d_]+)+|\d+(?:st|nd|rd|th|e|er|ère)\b"
    r"|(?:[dlnsjcmt]|qu|D|L|N|S|J|C|M|T|Qu)['’](?=[^\W\d_])|[^\W\d_]+(?:['’-][^\W\d_]+)*(?:['’](?=\s))?)"
    r"|(?P<number>\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?![\d,])|\d+(?:[.,]\d+)?)"
    r"|(?P<mark>[^\w\s])"
)
_BLOCK: Final = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")
_ENDS: Final = re.compile(r"[.!?…]+[\"”»’')\]]*(?=\s|$)|[.!?][\"”»](?=\s|$)|\n(?=\s*[-•*–])")
_SHORT: Final = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|Mr|Mrs|Ms|Dr|St|Gen|Col|Lt|Sgt|Gov|No|no|vs|approx|"
    r"e\.g|i\.e|a\.m|p\.m|U\.N|U\.S|M|Mme|env|etc)$"
)


class Token(Struct, frozen=True):
    """A word, a number or a mark: as written, in small letters, and its first and last place in the text."""

    text: str
    lower: str
    start: int
    end: int
    kind: Literal["word", "number", "mark"]


class Sentence(Struct, frozen=True):
    """A sentence: its place in the text, and its tokens."""

    text: str
    start: int
    end: int
    tokens: tuple[Token, ...]


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text in their order.

    Parameters
    ----------
    text
        A report. An empty line ends a sentence; a line that ends in the middle of one does not.
    """
    for block in _BLOCK.finditer(text):
        start = block.start()
        for end in (*_breaks(block.group()), len(block.group())):
            yield from _pieces(text, start, block.start() + end)
            start = block.start() + end


def _breaks(block: str) -> list[int]:
    """Return where sentences of a block end: not after what is shortened, unless the line ends there."""
    return [
        match.end()
        for match in _ENDS.finditer(block)
        if match.group().startswith("\n")
        or not (match.group() == "." and _SHORT.search(block, max(0, match.start() - LONGEST_SHORT), match.start()))
    ]


def _pieces(text: str, start: int, end: int) -> Iterator[Sentence]:
    for first in range(start, end, MOST_SENTENCE):
        last = min(first + MOST_SENTENCE, end)
        piece = text[first:last]
        if piece.strip():
            begin = first + len(piece) - len(piece.lstrip())
            stop = first + len(piece.rstrip())
            yield Sentence(text[begin:stop], begin, stop, tuple(_tokens(text, begin, stop)))


def _tokens(text: str, start: int, end: int) -> Iterator[Token]:
    for match in _TOKEN.finditer(text, start, end):
        kind: Literal["word", "number", "mark"] = (
            "word" if match.lastgroup == "word" else "number" if match.lastgroup == "number" else "mark"
        )
        lower = match.group().lower().replace("’", "'")
        yield Token(match.group(), lower, match.start(), match.end(), kind)
