"""Remember which heading means which field, in a small file of the folder that people may edit."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from safepassage.exchange.bounds import MAX_TOML_BYTES
from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.files import read_bytes
from safepassage.model.errors import Fault, Place

FORMAT: Final = "safepassage-headings/1"
FOLDER: Final = ".safepassage"
FILE: Final = "headings.json"
NAME: Final = f"{FOLDER}/{FILE}"


class Remembered(Struct, frozen=True, kw_only=True):
    """How the headings of one table were read. A heading mapped to "" is left out on purpose."""

    file: str
    sheet: str = ""
    header_row: int = 0
    columns: dict[str, str] = {}


class _File(Struct, frozen=True, kw_only=True):
    format: str
    tables: dict[str, Remembered] = {}


def recall(folder: Path, shown_name: str, faults: Faults) -> dict[str, Remembered]:
    """Read what is remembered of the tables of a folder; a file that cannot be read is a warning."""
    if not (folder / FOLDER / FILE).exists():
        return {}
    data = read_bytes(folder, NAME, MAX_TOML_BYTES)
    if not isinstance(data, Bad):
        try:
            content = msgspec.json.decode(data, type=_File)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            data = Bad(code="headings-not-read", expected=f"JSON of the format {FORMAT}", remedy=f"{error}"[:200])
        else:
            if content.format == FORMAT:
                return content.tables
            data = Bad(code="headings-not-read", expected=FORMAT)
    faults.add(
        Fault(
            code="headings-not-read",
            severity="warning",
            place=Place(file=shown_name),
            what="the remembered headings are not used",
            expected=data.expected,
            remedy=data.remedy or "remove the file: it is written anew",
        )
    )
    return {}


def remember(folder: Path, shown_name: str, tables: dict[str, Remembered], faults: Faults) -> None:
    """Write what was learnt, when it is new; a folder that cannot be written is a warning."""
    content = _File(format=FORMAT, tables=dict(sorted(tables.items())))
    data = msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
    target = folder / FOLDER / FILE
    try:
        if target.parent.is_symlink() or target.is_symlink():
            raise PermissionError(0, "it is a link")
        target.parent.mkdir(exist_ok=True)
        _replace(target, data)
    except OSError as error:
        faults.add(
            Fault(
                code="headings-not-written",
                severity="warning",
                place=Place(file=shown_name),
                what="the headings could not be remembered",
                expected="a folder that may be written",
                found=str(error.strerror),
                remedy="nothing is lost: they are found again each time",
            )
        )


def _replace(target: Path, data: bytes) -> None:
    """Write in one step, so that a reader beside us never sees half a file."""
    draft = target.with_name(f".{FILE}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.replace(target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
