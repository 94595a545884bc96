"""A disk that refuses: from some write on, as a full or a failing one does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch, number: int, *, after: int) -> Iterator[list[int]]:
    """Refuse to put anything on the disk once that often it was; what is lent lists the refusals.

    Parameters
    ----------
    monkeypatch
        Of the test.
    number
        What the system says: `errno.ENOSPC`, `errno.EIO`.
    after
        How often it still works.
    """
    refused: list[int] = []
    asked, sync = 0, os.fsync

    def synced(handle: int) -> None:
        nonlocal asked
        asked += 1
        if asked > after:
            refused.append(asked)
            raise OSError(number, os.strerror(number))
        sync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", synced)
        yield refused


def held(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, but for databases: they have their own journal."""
    paths = (path for path in folder.rglob("*") if path.is_file() and ".sqlite" not in path.name)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}
