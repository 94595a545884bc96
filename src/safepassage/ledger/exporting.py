"""A ledger as a file of JSON lines that proves itself: anybody with SHA-256 can check it, with no program of ours.

The first line says which log it is, its size, root, key and checkpoints. Each further line is an event: its position,
its digest, and its exact bytes as a JSON string. Any changed byte of the file is found, and the line is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from safepassage.ledger.checkpoints import CheckpointError, read
from safepassage.ledger.envelope import NotAnEventError, decode, digest
from safepassage.ledger.findings import Finding
from safepassage.ledger.holding import Identity, identity
from safepassage.ledger.merkle import MerkleTree
from safepassage.ledger.stores import Store
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.model.errors import SafepassageError

FORMAT: Final = "safepassage-ledger-export/1"
MOST_FINDINGS: Final = 1000


class ExportError(SafepassageError):
    """A file that is no export of a ledger, or a ledger that cannot be exported."""

    code = "ledger-export-refused"
    exit_status = 3
    http_status = 422


class Header(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line: which log, how long, with which root; its key and its checkpoints as notes."""

    checkpoints: tuple[str, ...]
    format: str
    ledger: str
    public_key: str
    root: str
    size: Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event: `event` is its bytes as text, `digest` is SHA-256 over a zero byte and these."""

    digest: str
    event: str
    position: int


class Exported(Struct, frozen=True, kw_only=True):
    """What an export holds: a store of all events that could be read, and what is wrong with the file.

    Findings name the line, counted from 1, and in `column` which part of it.
    """

    store: MemoryStore
    header: Header
    findings: tuple[Finding, ...]
    unsaid: int = 0


_encoder = msgspec.json.Encoder(order="sorted")
_headers = msgspec.json.Decoder(Header)
_lines = msgspec.json.Decoder(Line)


def export(store: Store) -> Iterator[bytes]:
    """Yield the lines of the export of a ledger, each ended by a line feed.

    The events are read twice: the root stands in the first line.

    Raises
    ------
    ExportError
        When what is stored is no text: a damaged ledger is not exported as if it were whole.
    """
    size, tree = len(store), MerkleTree()
    for data in store.read(0, size):
        tree.append(digest(data))
    told = _identity(store)
    notes = [note.decode() for note in store.checkpoints() if _covers(note, size)]
    header = Header(
        checkpoints=tuple(notes),
        format=FORMAT,
        ledger=told.origin,
        public_key=told.public_key,
        root=tree.root().hex(),
        size=size,
    )
    yield _encoder.encode(header) + b"\n"
    for position, data in enumerate(store.read(0, size)):
        yield _line(position, data)


def _identity(store: Store) -> Identity:
    """Read which log this is, from its first event and the one that opened the operation."""
    opened = []
    for data in store.read():
        if b'"type":"opened"' in data:
            with suppress(NotAnEventError):
                opened.append(decode(data))
    return identity(next(store.read(0, 1), None), opened)


def _covers(note: bytes, size: int) -> bool:
    """Tell whether a checkpoint is of events that are exported: a server may be writing more."""
    try:
        return read(note).checkpoint.size <= size
    except CheckpointError as error:
        raise ExportError(f"a checkpoint that was kept cannot be read ({error}); verify the ledger") from error


def _line(position: int, data: bytes) -> bytes:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ExportError(f"the bytes at position {position} are no text ({error}); verify the ledger") from error
    return _encoder.encode(Line(digest=digest(data).hex(), event=text, position=position)) + b"\n"


def read_export(lines: Iterable[bytes]) -> Exported:
    """Read an export, as a file opened for binary reading yields it, and check each line and the root.

    What stands in the events themselves is not judged here: `verifying.verify` does that with the store.

    Raises
    ------
    ExportError
        When the first line is no header of an export.
    """
    coming = iter(lines)
    first = next(coming, b"")
    header = _header(first)
    found = [] if _encoder.encode(header) + b"\n" == first else [_broken(1, "header", "not written as it should be")]
    store, tree = MemoryStore(), MerkleTree()
    for number, line in enumerate(coming, 2):
        found += _take(line, number, store, tree)
    if (len(tree), tree.root().hex()) != (header.size, header.root):
        what = f"the file holds {len(tree)} events with root {tree.root().hex()}, other than it says"
        found.append(_broken(1, "size and root", what))
    found += _of_identity(header, store)
    for note in header.checkpoints:
        store.keep_checkpoint(note.encode())
    return Exported(
        store=store, header=header, findings=tuple(found[:MOST_FINDINGS]), unsaid=max(0, len(found) - MOST_FINDINGS)
    )


def _header(line: bytes) -> Header:
    try:
        header = _headers.decode(line)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ExportError(f"line 1: no export of a ledger ({error})") from error
    if header.format != FORMAT:
        raise ExportError(f"line 1: format {header.format!r}; expected {FORMAT!r}")
    return header


def _take(line: bytes, number: int, store: MemoryStore, tree: MerkleTree) -> list[Finding]:
    """Keep the event of a line and tell what is wrong with the line."""
    try:
        told = _lines.decode(line)
        data = told.event.encode()
    except (msgspec.MsgspecError, UnicodeError) as error:
        return [_broken(number, "line", f"no event of an export: {error}")]
    position, name = number - 2, digest(data)
    tree.append(name)
    known = store.append([data])[0]
    if told.position != position:
        return [_broken(number, "position", f"position {told.position}; expected {position}")]
    if told.digest != name.hex():
        return [_broken(number, "digest", f"the digest at position {position} is not that of the event")]
    if _line(position, data) != line:
        return [_broken(number, "line", "not written as it should be: sorted names, no spaces, a line feed")]
    if known != len(store) - 1:
        return [_broken(number, "event", f"the same event stands at position {known}")]
    return []


def _of_identity(header: Header, store: MemoryStore) -> list[Finding]:
    """Tell whether the first line names the log and the key that the first event names."""
    told = _identity(store)
    return [
        _broken(1, name, f"{said!r}; the first event says {known!r}")
        for name, said, known in (
            ("ledger", header.ledger, told.origin),
            ("public_key", header.public_key, told.public_key),
        )
        if said != known
    ]


def _broken(number: int, column: str, what: str) -> Finding:
    return Finding(code="ledger-export-changed", column=column, what=f"line {number}: {what}")
