"""A table to be handed out: its columns with their meaning, its key, and its rows as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.exchange.hxl import TAGS

ColumnKind: TypeAlias = Literal["string", "integer", "number", "boolean", "datetime"]
Row: TypeAlias = Sequence[Any]

YES: Final = "yes"
NO: Final = "no"

_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What neither XML nor a spreadsheet holds; nobody types it."""


class Column(Struct, frozen=True, kw_only=True):
    """A column: what its cells are, whether each row has one, and the words that they are out of (empty: any)."""

    name: str
    kind: ColumnKind = "string"
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


class Reference(Struct, frozen=True, kw_only=True):
    """A column whose values are the key of another dataset; of the same one where `dataset` is empty."""

    column: str
    dataset: str
    key: str


class Dataset(Struct, frozen=True, kw_only=True):
    """A table. `rows` are gone through once for each file that is written; None is a missing value."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The HXL hashtag of each column; empty for one that has none."""
        known = TAGS.get(self.name, {})
        return tuple(known.get(column.name.rpartition("_")[0] if _is_measured(column, known) else column.name, "")
                     for column in self.columns)  # fmt: skip


def _is_measured(column: Column, known: Any) -> bool:
    """Tell whether a column's name ends in a unit, which its tag leaves out."""
    return column.name not in known and column.name.rpartition("_")[0] in known


def plain(text: str) -> str:
    """Return a text without what no file can hold: each such sign becomes the sign for one that is not known."""
    return text if text.isascii() and text.isprintable() else _NO_XML.sub("\ufffd", text)


def written(value: Any) -> Any:
    """Return a value as a cell holds it: text, a number, or None for nothing.

    Parameters
    ----------
    value
        Text, number, yes or no, an instant with its offset (`datetime`), or several texts.
    """
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, str):
        return plain(value) or None
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, tuple | list):
        return plain("; ".join(map(str, value))) or None
    return value.isoformat()
