"""Verify a ledger, write it out, and read it back: from a SQLite file, PostgreSQL, or an export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from safepassage.ledger.checkpoints import CheckpointError
from safepassage.ledger.checkpoints import read as read_checkpoint
from safepassage.ledger.envelope import NotAnEventError, decode
from safepassage.ledger.exporting import ExportError, read_export
from safepassage.ledger.exporting import export as lines_of
from safepassage.ledger.findings import Finding
from safepassage.ledger.signing import NotAKeyError, read_log_key
from safepassage.ledger.stores import Store
from safepassage.ledger.stores.opening import open_store
from safepassage.ledger.stores.rows import Rows, SqliteRows, StoreRows
from safepassage.ledger.verifying import Verdict, verify
from safepassage.model.errors import UsageError

Tell = Callable[[int, int], None]

SQLITE: Final = b"SQLite format 3\x00"
"""How each SQLite file begins."""

PAGE: Final = 1000
UNREAD: Final = "(no event)"


class _Opened(NamedTuple):
    """Rows to look at, how another process opens them, and what was found while reading an export."""

    rows: Rows
    reopen: Callable[[], Rows] | None
    findings: tuple[Finding, ...] = ()
    unsaid: int = 0


class Replayed(Struct, frozen=True, kw_only=True):
    """A ledger read again from its beginning: how many events of which type, of how many devices, and the verdict."""

    verdict: Verdict
    types: dict[str, int]
    devices: dict[str, int]


def verify_ledger(
    address: str, checkpoints: Sequence[Path] = (), *, trusted_key: str = "", tell: Tell | None = None
) -> Verdict:
    """Find and locate every change of a ledger or an export.

    Parameters
    ----------
    address
        A SQLite file, an export, or `postgresql://...`.
    checkpoints
        Files with checkpoints that were handed out: one each.
    trusted_key
        The log's public key, where it is known from elsewhere.
    tell
        Told how many events are read, of how many.

    Raises
    ------
    UsageError
        When the key is none.
    CheckpointError
        When a file holds no checkpoint.
    StoreRefusedError
        When there is no ledger at this address.
    ExportError
        When the file is neither a database nor an export.
    """
    if trusted_key:
        try:
            read_log_key(trusted_key)
        except NotAKeyError as error:
            raise UsageError(f"--key: {error}") from error
    known = [_checkpoint(path) for path in checkpoints]
    with _opened(address) as opened:
        return _verdict(opened, known, trusted_key, tell)


def export_ledger(address: str) -> Iterator[bytes]:
    """Yield the lines of a ledger's export.

    Raises
    ------
    StoreRefusedError
        When there is no ledger at this address.
    ExportError
        When the ledger is damaged.
    """
    store = _store(address)
    try:
        yield from lines_of(store)
    finally:
        store.close()


def replay_ledger(address: str, *, tell: Tell | None = None) -> Replayed:
    """Read a ledger or an export from its beginning, and verify it.

    Raises
    ------
    StoreRefusedError
        When there is no ledger at this address.
    ExportError
        When the file is neither a database nor an export.
    """
    types: Counter[str] = Counter()
    devices: Counter[str] = Counter()
    with _opened(address) as opened:
        verdict = _verdict(opened, (), "", tell)
        for start in range(0, opened.rows.end(), PAGE):
            for _, _, data in opened.rows.rows(start, start + PAGE):
                try:
                    event = decode(data)
                except NotAnEventError:
                    types[UNREAD] += 1
                    continue
                types[event.type] += 1
                devices[event.device] += 1
    return Replayed(verdict=verdict, types=dict(sorted(types.items())), devices=dict(sorted(devices.items())))


def as_told(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict for programs."""
    findings = [{**msgspec.to_builtins(one), "severity": one.severity, "place": one.place} for one in verdict.findings]
    told = {"format": "safepassage-ledger-verdict/1", "sound": verdict.sound, **msgspec.to_builtins(verdict)}
    return {**told, "findings": findings}


def _checkpoint(path: Path) -> bytes:
    note = path.read_bytes()
    try:
        read_checkpoint(note)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return note


def _verdict(opened: _Opened, known: Sequence[bytes], trusted_key: str, tell: Tell | None) -> Verdict:
    verdict = verify(opened.rows, known_checkpoints=known, trusted_key=trusted_key, reopen=opened.reopen, tell=tell)
    findings = (*opened.findings, *verdict.findings)
    return replace(verdict, findings=findings, unsaid=verdict.unsaid + opened.unsaid)


@contextmanager
def _opened(address: str) -> Iterator[_Opened]:
    """Open a SQLite file, an export or a database for reading."""
    if "://" in address:
        store = open_store(address, read_only=True)
        try:
            yield _Opened(StoreRows(store), None)
        finally:
            store.close()
        return
    path = Path(address)
    if not _is_database(path):
        with path.open("rb") as lines:
            exported = read_export(lines)
        yield _Opened(StoreRows(exported.store), None, exported.findings, exported.unsaid)
        return
    rows = SqliteRows(path)
    try:
        yield _Opened(rows, partial(SqliteRows, path))
    finally:
        rows.close()


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def _store(address: str) -> Store:
    """Open what is to be exported; an export is not exported again."""
    if "://" not in address and not _is_database(Path(address)):
        raise ExportError(f"{address}: no ledger; give its SQLite file, or postgresql://...")
    return open_store(address, read_only=True)
