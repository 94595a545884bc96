"""Files of results that the program wrote, read back for others to use: rehearsals, comparisons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from safepassage.account.comparison import Rehearsal
from safepassage.model.errors import UsageError
from safepassage.rehearsal.outcome import REHEARSAL_FORMAT


def read_told(path: Path, type_: Any, form: str) -> Any:
    """Read a file of a format; unknown fields are left aside.

    Parameters
    ----------
    path
        The file.
    type_
        What is needed of it, with its `format`.
    form
        The format's name.

    Raises
    ------
    UsageError
        When it is none of this format.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=type_)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{path.name}: expected a file of format {form}; {error}") from error
    if found.format != form:
        raise UsageError(f"{path.name}: expected a file of format {form}; found {found.format!r}")
    return found


def read_rehearsal(path: Path) -> Rehearsal:
    """Read what `safepassage rehearse -o` wrote.

    Raises
    ------
    UsageError
        When the file is none.
    """
    found: Rehearsal = read_told(path, Rehearsal, REHEARSAL_FORMAT)
    return found
