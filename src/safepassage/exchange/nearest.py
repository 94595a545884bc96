"""What may have been meant: the known word that is most like a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(text: str, known: Iterable[str], least: float, *, by_letters: bool = False) -> str:
    """Return which of the known words is most like a text; empty when none is like it enough.

    Parameters
    ----------
    text
        What was found.
    known
        What is known.
    least
        How like it has to be, of 100.
    by_letters
        Letter by letter, the whole text; else parts of it, and its words in any order, count as well.
    """
    # most folders hold nothing that was mistyped: then it need not be loaded
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extractOne(text, list(known), scorer=fuzz.ratio if by_letters else fuzz.WRatio, score_cutoff=least)
    return found[0] if found else ""
