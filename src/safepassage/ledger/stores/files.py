"""A new file that is either whole or not there: written under another name, synced, then renamed."""

from __future__ import annotations

import os
from pathlib import Path

from safepassage.ledger.stores import StoreStoppedError


def unfinished(target: Path) -> Path:
    """Return the name under which `target` is written until it is whole, and clear away what a cut left of it.

    Raises
    ------
    FileExistsError
        When `target` is there: a backup is never written over another.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already; a backup needs a new name")
    part = target.with_name(target.name + ".part")
    for ending in ("", "-journal", "-wal", "-shm"):
        part.with_name(part.name + ending).unlink(missing_ok=True)
    return part


def put_in_place(part: Path, target: Path) -> None:
    """Give a synced file its name, durably.

    Raises
    ------
    StoreStoppedError
        When the disk refuses.
    """
    try:
        part.rename(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreStoppedError(f"{target}: {error}") from error
