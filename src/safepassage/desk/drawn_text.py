"""Names in the text of PDFs: drawn line by line, right to left as it meets the eye, broken where a column ends.

A name is found by its words, close to one another in whatever order: spaces, signs, marks on letters and the forms that
letters take beside others do not count. The reader takes words with marks, as Arabic ones with vowel signs, apart: of
these the letters count and not their order.
"""

from __future__ import annotations

import io
import logging
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

BEGINS: Final = b"%PDF-"
"""Somewhere in the first bytes of each file."""

FIRST: Final = 1024
STRETCHED: Final = "\u0640"
"""What Arabic words are made longer with on a line."""

SHORTEST: Final = 3
"""Letters of a name that are searched for; shorter ones are found in everything."""


def is_pdf(start: bytes) -> bool:
    """Tell by its first bytes whether a file is a PDF."""
    return BEGINS in start[:FIRST]


def drawn(content: bytes) -> tuple[str, bool]:
    """Return the letters of a PDF, and whether all of it could be searched.

    Parameters
    ----------
    content
        The file's: its pages, its fields and what it says of itself are read. One that is locked or damaged, or has a
        page without a letter, which may be a picture, is not searched as a whole.
    """
    # heavy, and for who was forgotten alone
    from pypdf import PdfReader  # noqa: PLC0415

    # what it mends in a file is for nobody to read
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    found, whole = [], True
    try:
        read = PdfReader(io.BytesIO(content))
        about = [*(read.metadata or {}).values(), *(read.get_form_text_fields() or {}).values()]
        found += [str(one) for one in about]
        for page in read.pages:
            found.append(page.extract_text())
            whole = whole and bool(found[-1].strip())
    except Exception:  # noqa: BLE001 - a damaged file may break the reader in any way: that it was not searched is told
        whole = False
    return letters(" ".join(found)), whole


def letters(text: str) -> str:
    """Return a text's letters and digits without case, marks and forms: nothing that depends on how they are set."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parted if one.isalnum() and one != STRETCHED)


class Sought(Struct, frozen=True):
    """A name as it is looked for: its words that stand in a text as they are, those that may not, and its width."""

    plain: tuple[str, ...]
    marked: tuple[str, ...]
    width: int


def sought(name: str) -> Sought | None:
    """Return how a name is looked for; None: it is too short.

    Parameters
    ----------
    name
        As somebody wrote it.
    """
    words = unicodedata.normalize("NFC", name).split()
    plain = [letters(one) for one in words if not _marks(one)]
    marked = [letters(one) for one in words if _marks(one)]
    every = [one for one in (*plain, *marked) if one]
    if sum(map(len, every)) < SHORTEST:
        return None
    # a letter with a mark may be drawn twice, and its word in pieces
    width = sum(map(len, every)) + 2 * sum(map(_marks, words))
    return Sought(tuple(sorted(filter(None, plain), key=len, reverse=True)), tuple(filter(None, marked)), width)


def _marks(word: str) -> int:
    return sum(unicodedata.combining(one) > 0 for one in word)


def holds(text: str, name: Sought) -> bool:
    """Tell whether the words of a name stand together in a text.

    Parameters
    ----------
    text
        From `drawn`.
    name
        From `sought`.
    """
    return any(
        all(one in near for one in name.plain) and not Counter("".join(name.marked)) - Counter(near)
        for near in _near(text, name)
    )


def _near(text: str, name: Sought) -> Iterator[str]:
    """Yield the parts of a text in which a name may stand: around its longest plain word; without one, all."""
    if not name.plain:
        yield from (text[at : at + name.width] for at in range(max(1, len(text) - name.width + 1)))
        return
    first = name.plain[0]
    at = text.find(first)
    while at >= 0:
        yield text[max(0, at + len(first) - name.width) : at + name.width]
        at = text.find(first, at + 1)
