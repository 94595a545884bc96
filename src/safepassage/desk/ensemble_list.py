"""The list of an ensemble: which operations, and what is changed in each of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from safepassage.desk.what_if import WhatIf, read, varied
from safepassage.model.errors import UsageError
from safepassage.model.operation import Operation
from safepassage.rehearsal.row import Named

MAX_LIST_BYTES: Final = 20_000_000
OWN_PLAN: Final = "PLAN.json"
"""The plan of a folder where the list names none."""
ANEW: Final = "anew"
_COLUMNS: Final = ("folder", "plan", "with")


class Variant(Struct, frozen=True, kw_only=True):
    """One or more changes that are made together and planned; without a text, the operation and its own plan."""

    text: str = ""
    changes: tuple[WhatIf, ...] = ()

    def of(self, operation: Operation) -> Operation:
        """Return the operation with these changes.

        Raises
        ------
        UsageError
            When one does not fit the operation.
        """
        for change in self.changes:
            operation = varied(operation, change)
        return operation


class Listed(Struct, frozen=True, kw_only=True):
    """An operation of the list: folder and plan as they are written there and where they lie, and its variants."""

    folder: str
    plan: str
    folder_path: Path
    plan_path: Path
    variants: tuple[Variant, ...]

    def name(self, variant: Variant, seed: int) -> Named:
        """Name a scenario."""
        return Named(folder=self.folder, plan=self.plan, change=variant.text, seed=seed)


def variant(text: str) -> Variant:
    """Read changes that are made together: `bus+1`, or `bus+1,window+1h`; `anew` changes nothing and is planned anew.

    What `anew` differs by is the planner's doing, and so is that much of what the others differ by.

    Raises
    ------
    UsageError
        When one has another form.
    """
    if text.strip().lower() == ANEW:
        return Variant(text=ANEW)
    changes = tuple(read(one) for one in text.split(","))
    return Variant(text=",".join(one.text for one in changes), changes=changes)


def read_list(file: Path, common: Sequence[Variant] = ()) -> tuple[Listed, ...]:
    """Read a list of operations: CSV with the columns `folder`, and if wanted `plan` and `with`.

    Folders and plans are looked for from where the list lies; a plan that is not named is `PLAN.json` in its folder.
    `with` has the variants of that operation alone, with `;` between them. Every operation is also played as it is.

    Parameters
    ----------
    file
        The list.
    common
        Variants of every operation.

    Raises
    ------
    UsageError
        When there is no such list, or it cannot be read.
    """
    found: dict[tuple[str, str], Listed] = {}
    for number, row in enumerate(_rows(file), start=2):
        folder, plan = row["folder"], row.get("plan", "")
        try:
            own = [variant(text) for text in row.get("with", "").split(";") if text.strip()]
        except UsageError as error:
            raise UsageError(f"{file.name}, row {number}: {error}") from error
        if not folder:
            raise UsageError(f"{file.name}, row {number}: expected the path of a folder; found nothing")
        before = found[folder, plan].variants if (folder, plan) in found else (Variant(), *common)
        found[folder, plan] = Listed(
            folder=folder,
            plan=plan,
            folder_path=file.parent / folder,
            plan_path=file.parent / (plan or Path(folder) / OWN_PLAN),
            variants=tuple(dict.fromkeys((*before, *own))),
        )
    if not found:
        raise UsageError(f"{file.name} lists no operation; each has a row with its folder")
    return tuple(found.values())


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        raise UsageError(f'there is no list "{file.name}"; write one with a heading "folder" and a row for each')
    if file.stat().st_size > MAX_LIST_BYTES:
        raise UsageError(f"{file.name} is larger than {MAX_LIST_BYTES:,} bytes")
    try:
        text = file.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file.name} is no CSV in UTF-8: {error}") from error
    heads = [head.strip().lower() for head in rows[0]] if rows else []
    if "folder" not in heads or not set(heads) <= set(_COLUMNS) or len(set(heads)) < len(heads):
        raise UsageError(f'{file.name}: expected the headings {", ".join(_COLUMNS)}; found "{", ".join(heads)}"')
    for number, row in enumerate(rows[1:], start=2):
        if row and len(row) != len(heads):
            raise UsageError(f"{file.name}, row {number}: expected {len(heads)} cells; found {len(row)}")
    return [dict(zip(heads, (cell.strip() for cell in row), strict=True)) for row in rows[1:] if row]
