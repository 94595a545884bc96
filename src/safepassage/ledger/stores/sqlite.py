"""A ledger in one SQLite file: WAL, synchronous=FULL, one writer, readers that never wait for it.

References
----------
SQLite, "Write-Ahead Logging" (sqlite.org/wal.html), section 11: the fault of versions before 3.51.3, in which a reset
of the log beside a checkpoint could lose a transaction. Rebello et al. (2020), "Can Applications Recover from fsync
Failures?": after a failed fsync the pages count as clean, so that a second fsync succeeds and writes nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Final

import apsw

from safepassage.ledger.envelope import Digest, digest
from safepassage.ledger.stores import StoreRefusedError, StoreStoppedError
from safepassage.ledger.stores.files import put_in_place, unfinished
from safepassage.ledger.stores.migrations import STEPS, check_format, migrate

OLDEST: Final = (3, 51, 3)
PAGE: Final = 500
"""Events fetched at once: no reader keeps the log from being reset for longer than that takes."""

ASKED_AT_ONCE: Final = 100
"""Digests looked for in one query."""

LOG_PIECE: Final = 65_536
"""Bytes; SQLite's own files take fewer than 131,072 at once."""


def check_library(version: str) -> None:
    """Refuse a version of SQLite with a fault that loses transactions.

    Raises
    ------
    StoreRefusedError
        When it is older than 3.51.3.
    """
    if tuple(map(int, version.split("."))) < OLDEST:
        raise StoreRefusedError(
            f"SQLite {version} can lose events when its log is reset; 3.51.3 or newer is needed: update apsw"
        )


class SqliteStore:
    """Keeps events in a SQLite file.

    The writer holds SQLite's write lock for as long as it is open: a second writer, also of another process, is
    refused. Any number may read.

    What is in the log is carried over into the file by a thread beside the writer. The log begins anew only when all
    of it is carried over and nobody is just adding to it, so once it is long the writer carries over the little that
    came meanwhile.

    Parameters
    ----------
    path
        The file; made when it is not there.
    vfs
        Name of the layer between SQLite and the disk; empty for the system's.
    read_only
        Take no lock and refuse to append: to look at a ledger that a server has open.

    Raises
    ------
    StoreRefusedError
        When the file is no ledger, of a newer format, open for writing elsewhere, or SQLite has a known fault.
    StoreStoppedError
        When the disk refuses.
    """

    pragmas: ClassVar[tuple[str, ...]] = (
        "synchronous = full",
        "foreign_keys = off",
        "trusted_schema = off",
        "cell_size_check = on",
    )
    steps: ClassVar[tuple[str, ...]] = STEPS
    carried_at: ClassVar[int] = 4000
    """Pages of 4 KiB in the log since it was carried over last: carrying it over costs two more syncs each time."""
    longest_log: ClassVar[int] = 8000
    """Pages at which the writer brings it to a new beginning; at twice that it waits for it."""
    carries_beside: ClassVar[bool] = True
    """Whether a thread of the store's own carries over; else somebody calls `carry_over`."""
    patience_ms: ClassVar[int] = 2000
    """How long another's lock is waited for: opening and closing take one for a moment."""
    backup_pages: ClassVar[int] = 256
    """Pages of 4 KiB copied between two appends while a backup runs."""

    def __init__(self, path: Path | str, *, vfs: str = "", read_only: bool = False) -> None:
        check_library(apsw.sqlite_lib_version())
        self._path, self._vfs, self._read_only = Path(path), vfs, read_only
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._stopped = ""
        self._carrying, self._due, self._closing = threading.Lock(), threading.Event(), False
        self._log_pages = self._carried = 0
        self._thread = threading.Thread(target=self._carry_when_due, name="ledger-carrier", daemon=True)
        connections: list[apsw.Connection] = []
        try:
            connections.append(self._connect(self._path, make=not read_only))
            self._writer = connections[0]
            self._prepare()
            connections.append(self._connect(self._path))
            self._reader = connections[1]
            self._reader.pragma("query_only", value=True)
            connections.append(self._connect(self._path))
            self._carrier = connections[2]
            self._carrier.pragma("synchronous", "full")
            self._length = len(self)
        except (apsw.NotADBError, apsw.CantOpenError, apsw.BusyError, apsw.CorruptError) as error:
            _close(connections)
            raise StoreRefusedError(f"{self._path}: {_why(error)}") from error
        except apsw.Error as error:
            _close(connections)
            raise StoreStoppedError(f"{self._path}: {error}") from error
        except BaseException:
            _close(connections)
            raise

    def _connect(self, path: Path, *, make: bool = False) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if make else 0)
        connection = apsw.Connection(str(path), flags=flags, vfs=self._vfs or None)
        connection.set_busy_timeout(self.patience_ms)
        # Nobody carries the log over into the file in passing: only once it is known that the log is on the disk.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        return connection

    def _prepare(self) -> None:
        """Bring the file to the newest format and take the write lock, or only look when it is for reading."""
        found = check_format(self._writer, self.steps)
        if self._read_only:
            if found != len(self.steps):
                raise StoreRefusedError(f"{self._path}: format {found}; open it for writing once, that updates it")
            self._writer.pragma("query_only", value=True)
            return
        if self._writer.pragma("journal_mode", "wal") != "wal":
            raise StoreRefusedError(f"{self._path}: no write-ahead log here; use a folder on a disk of this machine")
        for pragma in self.pragmas:
            self._writer.execute(f"pragma {pragma}")
        self._writer.execute("begin immediate")
        self._write_log_again()
        self._writer.execute("rollback")
        self._writer.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        migrate(self._writer, self.steps)
        self._writer.set_wal_hook(self._note_log)
        self._writer.execute("begin immediate")

    def _write_log_again(self) -> None:
        """Put the write-ahead log on the disk once more, byte for byte.

        A log whose fsync failed reads well from the system's memory but may not be on the disk; a later fsync writes
        nothing. What is acknowledged from now on stands behind it. Called with the write lock held.
        """
        name = f"{self._path}-wal"
        if not Path(name).exists() or not Path(name).stat().st_size:
            return
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_WAL
        file = apsw.VFSFile(self._vfs, name, [flags, 0])
        try:
            for offset in range(0, size := file.xFileSize(), LOG_PIECE):
                file.xWrite(file.xRead(min(LOG_PIECE, size - offset), offset), offset)
            file.xSync(apsw.SQLITE_SYNC_NORMAL)
        finally:
            file.xClose()

    @contextmanager
    def _transaction(self) -> Iterator[apsw.Connection]:
        """Lend the writer; what was done is on the disk at the end. Whatever goes wrong stops the store."""
        with self._lock:
            if self._stopped:
                raise StoreStoppedError(f"{self._path}: stopped before ({self._stopped}); open it anew")
            if self._read_only:
                raise StoreRefusedError(f"{self._path}: open for reading only")
            try:
                yield self._writer
                self._writer.execute("commit")
                self._look_after_log()
                self._writer.execute("begin immediate")
            except BaseException as error:
                self._stop(str(error) or type(error).__name__)
                if isinstance(error, apsw.Error):
                    raise StoreStoppedError(f"{self._path}: {error}; the ledger takes nothing more") from error
                raise

    def _note_log(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        """Note, in place of SQLite's own carrying over, how long the log is after a commit."""
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _look_after_log(self) -> None:
        """Have a long log carried over, and begin it anew when little is left of that. Called between transactions."""
        if self._log_pages < self._carried:
            self._carried = 0  # it has begun anew
        left = self._log_pages - self._carried
        nearly_done = self._log_pages >= self.longest_log and left < self.carried_at // 4
        if nearly_done or self._log_pages >= 2 * self.longest_log:
            with self._carrying:
                self._carried = _carry_over(self._writer)
        elif left >= self.carried_at and self.carries_beside:
            if not self._thread.ident:
                self._thread.start()
            self._due.set()

    def _carry_when_due(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            if self._closing:
                return
            self.carry_over()

    def carry_over(self) -> None:
        """Carry the log over into the file, beside others who append. A refusing disk stops the store.

        After a failed sync nobody knows what of the log is on the disk, also of what is just being added to it.
        """
        with self._carrying:
            if self._stopped:
                return
            try:
                self._carried = _carry_over(self._carrier)
            except apsw.Error as error:
                why = str(error)
            else:
                return
        with self._lock:
            self._stop(self._stopped or why)

    def _stop(self, why: str) -> None:
        """Take nothing more, and carry nothing over from a log of which nobody knows whether it is on the disk."""
        self._stopped = why
        self._writer.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        with suppress(apsw.Error):
            self._writer.execute("rollback")

    def append(self, events: Sequence[bytes]) -> list[int]:
        """Keep events, all or none, and return the position of each."""
        named = [(digest(data), data) for data in events]
        if not named:
            return []
        with self._transaction() as connection:
            found, self._length = _insert(connection, named, self._length)
        return found

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the events from `start` to before `stop`; without it, to the end at the time of the first."""
        end = len(self) if stop is None else stop
        while start < end:
            page = self._fetch(
                "select bytes from events where position >= ? and position < ? order by position",
                (start, min(start + PAGE, end)),
            )
            yield from (data for (data,) in page)
            if not page:
                return
            start += PAGE

    def positions(self, names: Sequence[Digest]) -> list[int | None]:
        """Tell where events stand."""
        found: dict[bytes, int] = {}
        for start in range(0, len(names), ASKED_AT_ONCE):
            asked = tuple(names[start : start + ASKED_AT_ONCE])
            marks = ",".join("?" * len(asked))
            found.update(self._fetch(f"select digest, position from events where digest in ({marks})", asked))  # noqa: S608  marks alone
        return [found.get(name) for name in names]

    def __len__(self) -> int:
        return int(self._fetch("select coalesce(max(position) + 1, 0) from events")[0][0])

    def keep_checkpoint(self, note: bytes) -> None:
        """Keep a signed checkpoint, on the disk when this returns."""
        with self._transaction() as connection:
            connection.execute("insert into checkpoints (note) values (?)", (note,))

    def checkpoints(self) -> list[bytes]:
        """Return the checkpoints in the order in which they were kept."""
        return [note for (note,) in self._fetch("select note from checkpoints order by number")]

    def _fetch(self, query: str, given: tuple[apsw.SQLiteValue, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one short query beside the writer."""
        try:
            with self._reading:
                return self._reader.execute(query, given).fetchall()
        except apsw.Error as error:
            raise StoreStoppedError(f"{self._path}: {error}") from error

    def back_up(self, target: Path) -> None:
        """Write a copy to a new SQLite file in steps, between which others append; it holds what they appended too.

        Raises
        ------
        FileExistsError
            When the file is there already.
        StoreStoppedError
            When a disk refuses. The store itself goes on.
        """
        part = unfinished(target)
        try:
            with closing(self._connect(part, make=True)) as copy:
                with self._lock:
                    backup = copy.backup("main", self._writer, "main")
                try:
                    while not self._step(backup):
                        time.sleep(0)  # lets go of the interpreter: whoever waits to append comes first
                finally:
                    with self._lock:
                        backup.close(force=True)  # the last step has written and synced all
        except apsw.Error as error:
            raise StoreStoppedError(f"backup to {target}: {error}") from error
        self._put_in_place(part, target)

    def _step(self, backup: apsw.Backup) -> bool:
        """Copy some pages; return whether that was the last.

        The source is the writer itself: what another connection wrote would make the backup begin again and again.
        """
        with self._lock:
            if self._read_only or self._stopped:
                return backup.step(-1)
            self._writer.execute("commit")
            try:
                return backup.step(self.backup_pages)
            finally:
                self._writer.execute("begin immediate")

    def _put_in_place(self, part: Path, target: Path) -> None:
        put_in_place(part, target)

    def faults(self) -> list[str]:
        """Look through the whole file and say what is wrong with it; nothing in a good one.

        The pages, whether positions go on without a gap, and whether each digest is that of its bytes.
        """
        try:
            found = [str(line) for (line,) in self._fetch("pragma integrity_check") if line != "ok"]
        except StoreStoppedError as error:
            found = [str(error)]
        if found:
            return found
        last = -1
        while rows := self._fetch("select * from events where position > ? order by position limit ?", (last, PAGE)):
            for position, name, data in rows:
                last += 1
                if position != last:
                    return [*found, f"position {last} is missing"]
                if name != digest(data):
                    found.append(f"position {position}: the digest is not that of the bytes")
        return found

    def close(self) -> None:
        """Let go of the file; waits for an append under way."""
        self._closing = True
        self._due.set()
        if self._thread.ident:
            self._thread.join()
        with self._lock, self._reading:
            self._stopped = self._stopped or "closed"
            _close([self._carrier, self._reader, self._writer])


def _insert(connection: apsw.Connection, named: Sequence[tuple[Digest, bytes]], end: int) -> tuple[list[int], int]:
    """Insert what is not there; return each one's position and the new end."""
    found: list[int] = []
    for name, data in named:
        connection.execute("insert into events values (?, ?, ?) on conflict (digest) do nothing", (end, name, data))
        if connection.changes():
            found.append(end)
            end += 1
        else:
            found.append(connection.execute("select position from events where digest = ?", (name,)).get)
    return found, end


def _carry_over(connection: apsw.Connection) -> int:
    """Carry over into the file what is in the log and nobody reads there any more; return how many pages it was."""
    try:
        return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)[1]
    except apsw.BusyError:
        return 0  # another program is at it


def _close(connections: Sequence[apsw.Connection]) -> None:
    """Close connections. A refusing disk harms nothing here: all that was promised is in the file or its log."""
    for connection in connections:
        with suppress(apsw.Error):
            connection.close()


def _why(error: apsw.Error) -> str:
    if isinstance(error, apsw.BusyError):
        return "another program has this ledger open for writing; one process writes"
    if isinstance(error, apsw.CantOpenError):
        return "cannot be opened; check that the folder is there and may be written"
    return f"not a readable SQLite file ({error}); restore a backup"
