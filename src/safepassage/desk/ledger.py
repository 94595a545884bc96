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

from safepassage.desk.check import readable
from safepassage.desk.plan_files import read_plan_of
from safepassage.ledger.board import Board, BoardState
from safepassage.ledger.checkpoints import CheckpointError
from safepassage.ledger.checkpoints import read as read_checkpoint
from safepassage.ledger.envelope import NotAnEventError, decode
from safepassage.ledger.exporting import ExportError, read_export
from safepassage.ledger.exporting import export as lines_of
from safepassage.ledger.findings import Finding, Verdict
from safepassage.ledger.roll import Roll, roll_of
from safepassage.ledger.signing import NotAKeyError, read_log_key
from safepassage.ledger.stores import Store
from safepassage.ledger.stores.opening import open_store
from safepassage.ledger.stores.rows import Rows, SqliteRows, StoreRows
from safepassage.model.errors import UsageError
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.reports.board_brief import BoardBrief, board_brief, board_setting

Tell = Callable[[int, int], None]

SQLITE: Final = b"SQLite format 3\x00"
"""How each SQLite file begins."""

PAGE: Final = 1000
UNREAD: Final = "(no event)"


class _Opened(NamedTuple):
    """Rows to look at, how another thread opens them, and what was found while reading an export."""

    rows: Rows
    reopen: Callable[[], Rows] | None
    findings: tuple[Finding, ...] = ()
    unsaid: int = 0


class Replayed(Struct, frozen=True, kw_only=True):
    """A ledger read again from its beginning: events by type and device, the verdict, and the board that follows.

    With an `operation`, the board compares with its roll and the `plan`.
    """

    verdict: Verdict
    types: dict[str, int]
    devices: dict[str, int]
    board: BoardState
    operation: Operation | None = None
    plan: Plan | None = None

    def brief(self) -> BoardBrief:
        """Return the board in words, in every language."""
        return board_brief(self.board, board_setting(self.operation, self.plan))


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


def replay_ledger(
    address: str, *, folder: Path | None = None, plan_file: Path | None = None, tell: Tell | None = None
) -> Replayed:
    """Read a ledger or an export from its beginning, verify it, and work out the board.

    Parameters
    ----------
    address
        A SQLite file, an export, or `postgresql://...`.
    folder, plan_file
        The operation, and its plan: whom the board expects.
    tell
        Told how many events are read, of how many.

    Raises
    ------
    StoreRefusedError
        When there is no ledger at this address.
    ExportError
        When the file is neither a database nor an export.
    InputError
        When the operation or the plan cannot be read.
    """
    operation, plan, roll = _expected(folder, plan_file)
    types: Counter[str] = Counter()
    devices: Counter[str] = Counter()
    board = Board(roll)
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
                board.apply(data, event)
    return Replayed(
        verdict=verdict,
        types=dict(sorted(types.items())),
        devices=dict(sorted(devices.items())),
        board=board.state(),
        operation=operation,
        plan=plan,
    )


def read_board(address: str, roll: Roll) -> Board:
    """Read a ledger or an export, and return its board; what is no event is passed over.

    Parameters
    ----------
    address
        A SQLite file, an export, or `postgresql://...`.
    roll
        Whom the board expects.

    Raises
    ------
    StoreRefusedError
        When there is no ledger at this address.
    ExportError
        When the file is neither a database nor an export.
    """
    board = Board(roll)
    with _opened(address) as opened:
        for start in range(0, opened.rows.end(), PAGE):
            for _, _, data in opened.rows.rows(start, start + PAGE):
                try:
                    event = decode(data)
                except NotAnEventError:
                    continue
                board.apply(data, event)
    return board


def _expected(folder: Path | None, plan_file: Path | None) -> tuple[Operation | None, Plan | None, Roll | None]:
    """Read whom an operation and its plan expect."""
    if folder is None:
        if plan_file is not None:
            raise UsageError("a plan is of an operation; give its folder too")
        return None, None, None
    operation, travel = readable(folder)
    plan = None if plan_file is None else read_plan_of(operation, plan_file)[0]
    return operation, plan, roll_of(operation, travel, plan)


def board_as_told(board: BoardState) -> dict[str, Any]:
    """Return a board for programs; events are named by their digests in hexadecimal digits, as in events."""
    told: dict[str, Any] = _written(msgspec.to_builtins(board, builtin_types=(bytes,)))
    return told


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _written(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_written(one) for one in value]
    return value


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
    # only an audit needs the compiler, which takes a while to load
    from safepassage.desk.preparing import missing, prepare  # noqa: PLC0415

    if missing("ledger"):
        prepare("ledger")
    from safepassage.ledger.verifying import verify  # noqa: PLC0415

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


@contextmanager
def opened_rows(address: str) -> Iterator[Rows]:
    """Open a SQLite file, an export or a database for reading, and lend its rows.

    Raises
    ------
    StoreRefusedError
        When there is no ledger at this address.
    ExportError
        When the file is neither a database nor an export.
    """
    with _opened(address) as opened:
        yield opened.rows


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def _store(address: str) -> Store:
    """Open what is to be exported; an export is not exported again."""
    if "://" not in address and not _is_database(Path(address)):
        raise ExportError(f"{address}: no ledger; give its SQLite file, or postgresql://...")
    return open_store(address, read_only=True)
