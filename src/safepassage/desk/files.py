"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

PLACE: Final = Path(".safepassage") / "server"
"""In the operation folder: what a server keeps."""

PERSON_KEYS: Final = "persons.keys"
"""There: the keys of people's sealed fields, and the codes of those whose keys were destroyed."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a full disk leaves the old one. Devices and pipes are written as they are.

    Parameters
    ----------
    path
        Where to; folders that are missing are made.
    content
        What.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    write_lines(path, (content,))


def keep_whole(path: Path, content: bytes) -> None:
    """Write a file as `write_whole`, so that a power cut afterwards does not take it back: what a server keeps.

    Raises
    ------
    OSError
        When it cannot be written, or the disk does not say that it is there; then the old one is put back as far as
        that goes, so that a start finds what was told.
    """
    before = path.read_bytes() if path.is_file() else None
    write_whole(path, content)
    try:
        sync_folder(path.parent)
    except OSError:
        with suppress(OSError):
            _put_back(path, before)
        raise


def _put_back(path: Path, before: bytes | None) -> None:
    """Put an old file back without asking the disk, which has just refused, whether it is there."""
    if before is None:
        path.unlink()
        return
    half = path.with_name(f".{path.name}.before")
    try:
        half.write_bytes(before)
        half.chmod(0o600)
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, where systems have that.

    Raises
    ------
    OSError
        When the disk refuses.
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_lines(path: Path, lines: Iterable[bytes]) -> None:
    """Write a file whole or not at all, as `write_whole`, from parts that are made one after the other.

    Raises
    ------
    OSError
        When it cannot be written. Whatever making a part raises leaves the old file, too.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            device.writelines(lines)
        return
    # a link stays one: what it leads to is replaced
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    # most commands write no file
    from tempfile import mkstemp  # noqa: PLC0415

    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o600)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
