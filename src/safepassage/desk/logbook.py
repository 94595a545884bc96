"""The log for whoever audits it: events by what they say, each with its proof; copies of the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage.desk.roles import Who, require
from safepassage.desk.running import Running
from safepassage.desk.told import Told, told
from safepassage.ledger.envelope import decode, digest
from safepassage.ledger.exporting import export
from safepassage.model.errors import UsageError

MOST_LOOKED_AT: Final = 20_000
"""Events looked through for one page; beyond, it says how far it got and goes on from there when asked."""

CHUNK: Final = 1000
PROOF: Final = "safepassage-inclusion-proof/1"
BACKUPS: Final = "backups"
_BACKUP: Final = re.compile(r"ledger-\d{8}T\d{6}Z-\d{1,15}\.sqlite")


class Wanted(Struct, frozen=True, kw_only=True):
    """Which events: of a type, about a subject, of a device, by a person; what is empty binds nothing."""

    type: str = ""
    subject: str = ""
    device: str = ""
    actor: str = ""


class Found(Struct, frozen=True, kw_only=True):
    """A page of events, the latest first, with their positions; and the position to look on from (None: all seen)."""

    rows: tuple[tuple[int, Told], ...]
    on: int | None
    size: int


def find(running: Running, wanted: Wanted, before: int | None = None, most: int = 50) -> Found:
    """Return the latest events before a position that are wanted.

    Parameters
    ----------
    running
        The ledger.
    wanted
        Which.
    before
        A position; None: the end.
    most
        Of a page.
    """
    size = running.size
    end = size if before is None else max(0, min(before, size))
    marks = [_mark(name, value) for name, value in msgspec.structs.asdict(wanted).items() if value]
    rows: list[tuple[int, Told]] = []
    least = max(0, end - MOST_LOOKED_AT)
    for position, data in _backwards(running, least, end):
        if all(mark in data for mark in marks) and (one := _told(running, data, wanted)) is not None:
            rows.append((position, one))
            if len(rows) == most:
                return Found(rows=tuple(rows), on=position or None, size=size)
    return Found(rows=tuple(rows), on=least or None, size=size)


def _mark(name: str, value: str) -> bytes:
    """Return what stands in the bytes of every event that is wanted, and perhaps in some others."""
    return f'"{name}":'.encode() + msgspec.json.encode(value)


def _backwards(running: Running, least: int, end: int) -> Iterator[tuple[int, bytes]]:
    while end > least:
        start = max(least, end - CHUNK)
        page = list(running.keeper.store.read(start, end))
        for index in range(len(page) - 1, -1, -1):
            yield start + index, page[index]
        end = start


def _told(running: Running, data: bytes, wanted: Wanted) -> Told | None:
    with running.keeper.lock:
        fact = running.keeper.board.merging.standing.find(digest(data))
        one = told(running, fact) if fact is not None else None
    asked = msgspec.structs.asdict(wanted)
    fits = one is not None and all(value in ("", getattr(one, name)) for name, value in asked.items())
    return one if fits else None


def entry(running: Running, position: int) -> tuple[Told, dict[str, Any]]:
    """Return an event of the log, and its fields as they were written.

    Raises
    ------
    UsageError
        When there is none at this position.
    """
    data = _at(running, position)
    with running.keeper.lock:
        fact = running.keeper.board.merging.standing.find(digest(data))
        if fact is None:
            raise UsageError("there is no event at this position")
        return told(running, fact), msgspec.to_builtins(decode(data))


def _at(running: Running, position: int) -> bytes:
    data = next(islice(running.keeper.store.read(position, position + 1), 1), None) if position < running.size else None
    if data is None:
        raise UsageError("there is no event at this position")
    return data


def proof(running: Running, position: int) -> dict[str, Any]:
    """Return all that shows that an event is in the log: its bytes, the hashes above it, a signed checkpoint.

    Raises
    ------
    UsageError
        When there is none at this position.

    References
    ----------
    RFC 9162, section 2.1.3.2: how to check it.
    """
    data = _at(running, position)
    with running.keeper.lock:
        tree = running.keeper.tree
        size = len(tree)
        return {
            "format": PROOF,
            "event": data.decode(),
            "digest": digest(data).hex(),
            "position": position,
            "size": size,
            "root": tree.root(size).hex(),
            "hashes": [one.hex() for one in tree.inclusion_proof(position, size)],
            "checkpoint": running.keeper.checkpoint(size).decode(),
            "public_key": running.public_key,
        }


def export_lines(running: Running, who: Who) -> Iterator[bytes]:
    """Yield the lines of the log's export.

    Raises
    ------
    NotPermittedError
        When that is not theirs to take along; before the first line.
    """
    require(who, "copy-log")
    return export(running.keeper.store)


def back_up(running: Running, who: Who) -> Path:
    """Write a copy of the ledger beside it while it goes on; return its file.

    Raises
    ------
    NotPermittedError
        When that is not theirs to do.
    UsageError
        When this server has no folder, or a copy was made in this very second.
    StoreStoppedError
        When the disk refuses.
    """
    require(who, "copy-log")
    if running.place is None:
        raise UsageError("this server has no folder to keep a copy in")
    folder = running.place / BACKUPS
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"ledger-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{running.size}.sqlite"
    try:
        running.keeper.store.back_up(target)
    except FileExistsError as error:
        raise UsageError("a copy was made in this very second; it is in the list") from error
    return target


def backups(running: Running) -> tuple[tuple[str, int], ...]:
    """Return the copies that are there and their sizes in bytes, the latest first."""
    if running.place is None:
        return ()
    files = sorted((running.place / BACKUPS).glob("ledger-*.sqlite"), reverse=True)
    return tuple((one.name, one.stat().st_size) for one in files if _BACKUP.fullmatch(one.name))


def backup(running: Running, who: Who, name: str) -> Path:
    """Return the file of a copy.

    Raises
    ------
    NotPermittedError
        When that is not theirs to take along.
    UsageError
        When there is none of that name.
    """
    require(who, "copy-log")
    if name not in dict(backups(running)) or running.place is None:
        raise UsageError("there is no such copy")
    return running.place / BACKUPS / name


def checkpoints(running: Running, most: int = 10) -> tuple[str, ...]:
    """Return the checkpoints that were kept, the latest first."""
    return tuple(one.decode() for one in reversed(running.keeper.store.checkpoints()[-most:]))
