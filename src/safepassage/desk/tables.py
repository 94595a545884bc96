"""Tables of figures as files, by the ending of the name: CSV, or Parquet with the optional extra `parquet`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safepassage.exchange.plain_text import guarded
from safepassage.model.errors import UsageError

Kind = Literal["flag", "whole", "real", "text"]
CSV, PARQUET = ".csv", ".parquet"
_TYPES: Final[dict[Kind, str]] = {"flag": "bool_", "whole": "int64", "real": "float64", "text": "string"}


class Column(NamedTuple):
    """A column of a table.

    `values` has an entry a row, None where there is none; or it is an array, and `missing` marks those.
    """

    name: str
    kind: Kind
    values: Sequence[object] | NDArray[Any]
    missing: NDArray[np.bool_] | None = None

    def cells(self) -> Iterable[object]:
        """Give the values, None where there is none, flags as 0 and 1."""
        values = self.values.tolist() if isinstance(self.values, np.ndarray) else self.values
        if self.kind == "flag":
            values = [None if value is None else 1 if value else 0 for value in values]
        if self.missing is None:
            return values
        return [None if gone else value for value, gone in zip(values, self.missing.tolist(), strict=True)]


def ending(path: Path, *known: str) -> str:
    """Return the ending of a file's name, in small letters, before anything is worked out for it.

    Parameters
    ----------
    path
        The file.
    known
        The endings that can be written.

    Raises
    ------
    UsageError
        When it is none of them, or what writes Parquet is not installed.
    """
    found = path.suffix.lower()
    if found not in known:
        raise UsageError(f'a table ends in {" or ".join(known)}; found "{path.name}"')
    if found == PARQUET:
        _arrow("pyarrow")
    return found


def as_csv(columns: Sequence[Column]) -> bytes:
    """Write a table as CSV: a row of names, empty cells where there is no value, flags as 0 and 1."""
    found = io.StringIO()
    writer = csv.writer(found, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for row in zip(*(column.cells() for column in columns), strict=True):
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    return found.getvalue().encode()


def as_parquet(columns: Sequence[Column]) -> bytes:
    """Write a table as Parquet: the same columns as the CSV, with their types, null where there is no value.

    Raises
    ------
    UsageError
        When pyarrow is not installed.
    """
    arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
    made = [
        arrow.array(column.values, type=getattr(arrow, _TYPES[column.kind])(), mask=column.missing)
        for column in columns
    ]
    found = io.BytesIO()
    parquet.write_table(arrow.table(made, names=[column.name for column in columns]), found, compression="zstd")
    return found.getvalue()


def from_parquet(content: bytes) -> list[dict[str, Any]]:
    """Read the rows of a table back.

    Raises
    ------
    ValueError
        When it is no Parquet.
    UsageError
        When pyarrow is not installed.
    """
    rows: list[dict[str, Any]] = _arrow("pyarrow.parquet").read_table(io.BytesIO(content)).to_pylist()
    return rows


def _arrow(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError("Parquet needs pyarrow; install it with: pip install 'safepassage[parquet]'") from error
