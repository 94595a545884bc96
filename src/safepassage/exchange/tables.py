"""A table or a list of entries as columns of the model's values, each of which can say where it stands."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from safepassage.exchange.fields import Field
from safepassage.exchange.sheets import cell_name
from safepassage.model.errors import Place


class Table(Struct, kw_only=True):
    """The rows of a table, or the entries of a list in operation.toml, by column.

    `columns` holds the model's values by the model's field name; None where nothing is given or it could not be read.
    A table has `rows` (sheet rows from 0) and `cells` (column numbers); a list has `keys` (dotted), `files` and
    `spelled` (model field -> the key that an entry gives it under).
    """

    name: str
    fields: tuple[Field, ...]
    columns: dict[str, list[Any]] = {}
    file: str = ""
    sheet: str = ""
    rows: list[int] = []
    cells: dict[str, int] = {}
    keys: list[str] = []
    files: list[str] = []
    spelled: list[dict[str, str]] = []

    @property
    def size(self) -> int:
        """How many rows or entries."""
        return len(self.keys) or len(self.rows)

    def column(self, field: str) -> list[Any]:
        """Give the values of a model field; all None when the table has no such column."""
        return self.columns.get(field) or [None] * self.size

    def place(self, index: int, field: str) -> Place:
        """Locate a value; without such a column, the first cell of its row."""
        if self.keys:
            written = self._spelled(index, field)
            return Place(file=self.files[index], cell=f"{self.keys[index]}.{written}" if written else self.keys[index])
        model = next((f.model for f in self.fields if field in (f.name, f.written)), field)
        column = self.cells.get(model, min(self.cells.values(), default=0))
        return Place(file=self.file, sheet=self.sheet, cell=cell_name(self.rows[index], column))

    def _spelled(self, index: int, field: str) -> str:
        """Give the key under which an entry spells a field of the model."""
        known = next((one for one in self.fields if field in (one.model, one.name, one.written)), None)
        if known is None:
            return field
        spelled = self.spelled[index] if self.spelled else {}
        return spelled.get(known.model, known.written)

    def row_id(self, index: int) -> str:
        """Name a row in messages."""
        if self.keys and "id" not in self.columns:
            return self.keys[index].partition(".")[2]
        for field in ("id", "link", "what"):
            if field in self.columns and self.columns[field][index] is not None:
                return str(self.columns[field][index])
        return ""
