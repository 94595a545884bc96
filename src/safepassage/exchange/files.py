"""Read the bytes of files that an operation folder names, and nothing outside it."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath, PureWindowsPath

from safepassage.exchange.faults import Bad


def inside(folder: Path, name: str) -> Path | Bad:
    """Give the path of the file `name` of `folder`, or say why it is not one of the folder's own files."""
    wrong = Bad(
        code="outside-folder",
        expected="the name of a file inside the operation folder",
        remedy="copy the file into the folder and write its name only",
    )
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    if not name or "\x00" in name or posix.is_absolute() or windows.drive or windows.root:
        return wrong
    if ".." in posix.parts or ".." in windows.parts:
        return wrong
    root = folder.resolve()
    path = root / posix
    try:
        resolved = path.resolve()
    except (OSError, RuntimeError):
        return wrong
    # A link may lead out of the folder later even when it does not now: none is followed.
    return path if resolved == path else wrong


def regular(path: Path) -> Bad | None:
    """Say why `path` is not a plain file, or None."""
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return Bad(code="no-such-file", expected=f"a file {path.name}", remedy="check the name, or remove the entry")
    if stat.S_ISREG(mode):
        return None
    kind = "a folder" if stat.S_ISDIR(mode) else "a link" if stat.S_ISLNK(mode) else "a device or pipe"
    return Bad(code="not-a-file", expected="a plain file", remedy=f"it is {kind}: put the file itself there")


def read_bytes(folder: Path, name: str, most: int) -> bytes | Bad:
    """Read the file `name` of `folder`, at most `most` bytes.

    Returns
    -------
    bytes | Bad
        The content, or why it cannot be read.
    """
    path = inside(folder, name)
    if isinstance(path, Bad):
        return path
    wrong = regular(path)
    if wrong is not None:
        return wrong
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        return Bad(code="unreadable-file", expected="a file that may be read", remedy=f"{error.strerror}")
    if len(data) > most:
        return Bad(
            code="too-large",
            expected=f"at most {most // 2**20} MiB",
            remedy="remove what does not belong to the operation, or split the operation",
        )
    return data
