"""Texts of people in tables that spreadsheets open: written so that no program takes them for a formula.

A spreadsheet may run a cell that begins with `=`, `+`, `-` or `@`, also where spaces, signs that nobody sees or the
wide forms of these stand before. Such a text gets an apostrophe in front, by which Excel and LibreOffice mean text,
and loses it when it is read again. So does what follows a line end, a tab or a semicolon inside a text: a program
that splits there makes a cell of it. One mechanism for every table that is written, whatever the file.
"""

from __future__ import annotations

import re
from typing import Final

MARK: Final = "'"

_SIGNS: Final = "=+\\-@＝＋－＠﹦﹢﹣﹫⁺⁻⁼₊₋₌−"
_UNSEEN: Final = (
    "\\s\x00-\x1f\x7f-\x9f\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
_LURKING: Final = f"[{_UNSEEN}'\"]*[{_SIGNS}]"
"""What a program may take for a formula, marks and quotation marks in front of it included."""

_BEGINS: Final = "(?:^|(?<=[;\t\r\n\x0b\x0c\x85\u2028\u2029]))"
# as texts: compiled for those few files that need them
_GUARD: Final = f"{_BEGINS}(?={_LURKING})"
_UNGUARD: Final = f"{_BEGINS}{MARK}(?={_LURKING})"
_DANGER: Final = re.compile(f"[{_SIGNS}]")


def guarded(text: str) -> str:
    """Return a text as it is written into a table.

    Examples
    --------
    >>> guarded("=1+1")
    "'=1+1"
    >>> guarded("P001")
    'P001'
    """
    if text.isalnum() and text.isascii():
        return text  # most cells of a list of 100,000
    return re.sub(_GUARD, MARK, text) if _DANGER.search(text) else text


def unguarded(text: str) -> str:
    """Return a text as it was before `guarded`; any other text as it is.

    Examples
    --------
    >>> unguarded("'=1+1")
    '=1+1'
    >>> unguarded("'Amer")
    "'Amer"
    """
    return re.sub(_UNGUARD, "", text) if MARK in text and _DANGER.search(text) else text
