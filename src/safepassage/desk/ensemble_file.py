"""The rows of an ensemble in a file: read to go on from, written while there are more to come."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

import msgspec

from safepassage.desk.files import write_whole
from safepassage.desk.tables import CSV, PARQUET, Column, Kind, as_csv, as_parquet, ending, from_parquet
from safepassage.exchange.plain_text import unguarded
from safepassage.model.errors import UsageError
from safepassage.rehearsal.row import Named, Row

ENSEMBLE_FORMAT: Final = "safepassage-ensemble/1"
JSON: Final = ".json"
EVERY_S: Final = 2.0
"""The file is brought up to date so often,"""
AT_MOST: Final = 0.05
"""but writing takes no more than this share of the time."""
_KINDS: Final[dict[type, Kind]] = {str: "text", int: "whole", float: "real"}


def name_of(row: Named) -> Named:
    """Return the name of a row."""
    return Named(folder=row.folder, plan=row.plan, change=row.change, seed=row.seed)


def read_rows(path: Path) -> dict[Named, Row]:
    """Read what an ensemble has written before; nothing when there is no such file.

    Raises
    ------
    UsageError
        When its name ends in something else, when it is something else, or when Parquet cannot be read here.
    """
    form = ending(path, CSV, JSON, PARQUET)
    if not path.exists():
        return {}
    try:
        rows = _FORMS[form](path.read_bytes())
        found = [msgspec.convert(row, Row, strict=False) for row in rows]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise UsageError(f'"{path.name}" is there and is no table of an ensemble; name another file') from error
    return {name_of(row): row for row in found}


def _of_csv(content: bytes) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(content.decode()), strict=True)
    kinds = _columns()
    heads = set(rows.fieldnames or ())
    if "inputs" not in heads or not heads <= set(kinds):
        raise ValueError(heads)
    return [{name: unguarded(cell) for name, cell in row.items() if cell or kinds.get(name) == "text"} for row in rows]


def _of_json(content: bytes) -> list[dict[str, Any]]:
    answer = msgspec.json.decode(content)
    if answer["format"] != ENSEMBLE_FORMAT:
        raise ValueError(answer["format"])
    return list(answer["rows"])


def _of_parquet(content: bytes) -> list[dict[str, Any]]:
    return from_parquet(content)


_FORMS: Final[dict[str, Callable[[bytes], list[dict[str, Any]]]]] = {
    CSV: _of_csv,
    JSON: _of_json,
    PARQUET: _of_parquet,
}


def written(form: str, rows: Iterable[Row]) -> bytes:
    """Write rows as the content of a file.

    Parameters
    ----------
    form
        The ending of its name.
    rows
        In their order.
    """
    rows = tuple(rows)
    if form == JSON:
        return as_json({"rows": msgspec.to_builtins(rows)})
    columns = [Column(name, kind, [getattr(row, name) for row in rows]) for name, kind in _columns().items()]
    return as_parquet(columns) if form == PARQUET else as_csv(columns)


def as_json(answer: Mapping[str, Any]) -> bytes:
    """Write an answer as JSON, its format first."""
    return msgspec.json.format(msgspec.json.encode({"format": ENSEMBLE_FORMAT, **answer}), indent=2) + b"\n"


def _columns() -> dict[str, Kind]:
    hints = get_type_hints(Row)
    found = {}
    for name in Row.__struct_fields__:
        types = [one for one in get_args(hints[name]) or (hints[name],) if one is not NoneType]
        found[name] = _KINDS[types[0]]
    return found


class RowFile:
    """Keep a file of rows up to date, in the order of the list; rows of other ensembles stay, behind them.

    A file is written whole or not at all, so that whoever ends the work, also a power cut, leaves a table that can be
    read; at worst the rows of the last seconds are missing in it.

    Parameters
    ----------
    path
        The file; None: there is none.
    order
        All scenarios of the ensemble.
    clock
        Seconds that pass.
    """

    def __init__(self, path: Path | None, order: Iterable[Named], clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self.known = read_rows(path) if path is not None else {}
        self._rows: dict[Named, Row | None] = dict.fromkeys(order) | dict(self.known)
        self._clock = clock
        self._due_s = clock() + EVERY_S
        self._changed = False

    def add(self, row: Row) -> None:
        """Take a row, and write the file when it is time for that."""
        name = name_of(row)
        self._changed |= self._rows.get(name) != row
        self._rows[name] = row
        if self._clock() >= self._due_s:
            self.write()

    def write(self) -> None:
        """Write what is not written yet."""
        if self._path is None or not self._changed:
            return
        began_s = self._clock()
        write_whole(self._path, written(self._path.suffix.lower(), (row for row in self._rows.values() if row)))
        took_s = self._clock() - began_s
        self._due_s = self._clock() + max(EVERY_S, took_s / AT_MOST)
        self._changed = False
