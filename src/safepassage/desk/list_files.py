"""Where the list of people lies in an operation folder, and how another one takes its place.

Each list that was brought is kept as an operation folder of its own, which extends the operation and names nothing but
its people: whatever reads operations reads it.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from msgspec import Struct

from safepassage.desk.files import keep_whole
from safepassage.exchange.discovery import TEXTS, WORKBOOKS
from safepassage.exchange.draft import NAME
from safepassage.exchange.folder import Mapping
from safepassage.model.errors import SafepassageError

ENDINGS: Final = (*TEXTS, *WORKBOOKS)
STEM: Final = "people"
_SECTION: Final = re.compile(r"^\s*\[")
_TABLES: Final = re.compile(r"^\s*\[\s*tables\s*\]")
_NAMED: Final = re.compile(r"""^(\s*people\s*=\s*)("[^"]*"|'[^']*')(.*)$""", re.DOTALL)


class ListFileError(SafepassageError):
    """A file that is no list of people, by its name or because nothing is in it."""

    code = "list-file"
    exit_status = 3
    http_status = 400


class Place(Struct, frozen=True, kw_only=True):
    """The file of a list, as seen from its folder, and the sheet where it is a workbook."""

    file: str
    sheet: str = ""


def ending_of(name: str) -> str:
    """Return the ending of a file of people, as browsers name it.

    Raises
    ------
    ListFileError
        When it is none that is read.
    """
    ending = Path(name.replace("\\", "/")).suffix.lower()
    if ending not in ENDINGS:
        raise ListFileError(f"expected a file that ends in {' '.join(ENDINGS)}; found {name[-40:]!r}")
    return ending


def place_of(mappings: tuple[Mapping, ...]) -> Place | None:
    """Return where a list was found; None: nowhere."""
    found = next((one for one in mappings if one.table == STEM), None)
    return None if found is None else Place(file=found.file, sheet=found.sheet)


def lay_aside(folder: Path, kept: Path, name: str, content: bytes, *, sheet: str = "") -> None:
    """Keep a list as a folder that extends an operation.

    Parameters
    ----------
    folder
        The operation's.
    kept
        Inside it: made.
    name
        Of the file, for its ending.
    content
        What is in it.
    sheet
        Which sheet of a workbook; empty: the one that looks like it.

    Raises
    ------
    ListFileError
        When it is no file of people by its ending.
    OSError
        When the disk refuses.
    """
    file = f"{STEM}{ending_of(name)}"
    up = "/".join([".."] * len(kept.relative_to(folder).parts))
    named = f"{file}#{sheet}" if sheet else file
    kept.mkdir(parents=True, mode=0o700)
    keep_whole(kept / file, content)
    keep_whole(kept / NAME, f'extends = "{up}"\n[tables]\npeople = {_quoted(named)}\n'.encode())


def drop(kept: Path) -> None:
    """Take a kept list away, with the names that are in it."""
    shutil.rmtree(kept, ignore_errors=True)


def content_of(kept: Path) -> tuple[Path, str]:
    """Return the file of a kept list, and how operation.toml names it there."""
    found = next(one for one in sorted(kept.iterdir()) if one.stem == STEM)
    for line in (kept / NAME).read_text(encoding="utf-8").splitlines():
        if (named := _NAMED.match(line)) is not None:
            return found, named[2]
    return found, _quoted(found.name)


def put(folder: Path, kept: Path) -> None:
    """Put a kept list in the place of the one in force.

    What operation.toml says of the list is changed where it names it; other files of people in the folder go, since no
    two may hold the same table. They were kept before.

    Parameters
    ----------
    folder
        The operation's.
    kept
        From `lay_aside`.

    Raises
    ------
    OSError
        When the disk refuses.
    """
    file, named = content_of(kept)
    written = folder / NAME
    text = written.read_bytes().decode()
    changed = renamed(text, named)
    keep_whole(folder / file.name, file.read_bytes())
    for ending in ENDINGS:
        other = folder / f"{STEM}{ending}"
        if other.name != file.name and other.is_file():
            other.unlink()
    if changed != text:
        keep_whole(written, changed.encode())


def renamed(text: str, named: str) -> str:
    """Return operation.toml with another file of people, where it names one; all else as it was.

    Parameters
    ----------
    text
        As it is.
    named
        The file, as TOML.
    """
    inside, lines = False, text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if _SECTION.match(line):
            inside = _TABLES.match(line) is not None
        found = _NAMED.match(line) if inside else None
        if found is not None:
            lines[number] = f"{found[1]}{named}{found[3]}"
    return "".join(lines)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
