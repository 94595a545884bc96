"""How wide the columns of a table are and which of its rows take one line, known before the table is set.

The typesetter finds both out by itself, by setting every cell three or four times. A list of passengers is set in half
the time where it need not. What is said here is never too narrow: a letter counts as wide as its widest shape in any of
the fonts, and a text with a letter that is not common is left to the typesetter.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from msgspec.structs import replace

from safepassage.reports.papers.blocks import Column, Table, Told
from safepassage.reports.words import Language

PAGE_MM: Final = 182.0
INSET_MM: Final = 3.6
EM_MM: Final = 10 * 25.4 / 72
HEAD: Final = 0.85
TICK_MM: Final = 3.4
BETWEEN: Final = 1.35
"""Of a letter's size: what stands between two languages beside each other."""

LONGEST_PAIR: Final = 16
"""Letters up to which a cell has two languages beside each other; the four lengths are those of the template."""

LEAST_SHARE_MM: Final = 24.0
"""What a column that takes a share of the page needs at least; where it would get less, the typesetter decides."""


def fitted(table: Table, languages: tuple[Language, ...]) -> Table:
    """Say of a table how wide its columns are and which rows take one line, where that is sure.

    Parameters
    ----------
    table
        As a paper holds it.
    languages
        Those of the paper.
    """
    if not table.rows or table.tall:
        return table
    cells = [[_cell(text, languages) for text in row] for row in table.rows]
    widths = _columns(table.columns, cells, languages)
    if not widths:
        return table
    rooms = [width - INSET_MM for width in widths]
    return replace(
        table,
        widths=tuple(round(width, 2) for width in widths),
        even=tuple(all(lines == 1 and wide <= room for (wide, lines), room in zip(row, rooms, strict=True))
                   for row in cells),
    )  # fmt: skip


def _columns(
    columns: tuple[Column, ...], cells: list[list[tuple[float, int]]], languages: tuple[Language, ...]
) -> list[float]:
    """Return the width of each column, mm; nothing where they are not sure to stand on the page."""
    needed = []
    for at, column in enumerate(columns):
        heads = [wide(text) * HEAD * EM_MM for text in _texts(column.label, languages)]
        filled = [TICK_MM] if column.kind == "tick" else [row[at][0] for row in cells]
        needed.append(max(heads + filled) + INSET_MM)
    shares = sum(column.share for column in columns)
    rest = PAGE_MM - sum(width for column, width in zip(columns, needed, strict=True) if not column.share)
    if rest < 0 or any(column.share and rest * column.share / shares < LEAST_SHARE_MM for column in columns):
        return []
    return [rest * column.share / shares if column.share else width
            for column, width in zip(columns, needed, strict=True)]  # fmt: skip


def _texts(told: Told, languages: tuple[Language, ...]) -> list[str]:
    """Return the texts that the template sets: each once."""
    if isinstance(told, str):
        return [told]
    return list(dict.fromkeys(filter(None, map(told.of, languages)))) or [""]


def _cell(told: Told, languages: tuple[Language, ...]) -> tuple[float, int]:
    """Return how wide a cell's text is at most, mm, and in how many lines it stands."""
    if isinstance(told, str):
        return wide(told) * EM_MM, 1
    texts = _texts(told, languages)
    widths = [wide(text) for text in texts]
    if len(texts) > 1 and sum(map(len, texts)) <= LONGEST_PAIR:
        return (sum(widths) + BETWEEN) * EM_MM, 1
    return max(widths) * EM_MM, len(texts)


@lru_cache(maxsize=4096)
def wide(text: str) -> float:
    """Return how wide a text is at most, in parts of the size of its letters; infinite where that is not known."""
    alone, joined, ends = _letters()
    text = unicodedata.normalize("NFC", text)
    unknown = float("inf")
    return sum(
        joined[one] if one in joined and then in ends else alone.get(one, unknown)
        for one, then in zip(text, text[1:] + " ", strict=False)
    )


@cache
def _letters() -> tuple[dict[str, float], dict[str, float], frozenset[str]]:
    """Return the widths of letters that stand alone or last, of those that the next one joins, and who joins."""
    listed = json.loads((files(__package__) / "fonts" / "widths.json").read_text(encoding="utf-8"))
    alone, joined = (
        {letter: int(hundredths) / 100 for hundredths, letters in listed[part].items() for letter in letters}
        for part in ("alone", "joined")
    )
    return alone, joined, frozenset(listed["ends"])
