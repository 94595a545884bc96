"""A ledger in PostgreSQL, for a headquarters that has a database server anyway.

References
----------
PostgreSQL manual, "Reliability and the Write-Ahead Log", and the settings `fsync`, `synchronous_commit` and
`data_sync_retry`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, LiteralString

from safepassage.ledger.envelope import Digest, digest
from safepassage.ledger.stores import StoreRefusedError, StoreStoppedError
from safepassage.ledger.stores.migrations import APPLICATION_ID
from safepassage.ledger.stores.moving import back_up_to_sqlite

if TYPE_CHECKING:
    import psycopg

OLDEST: Final = 120_000
"""Version 12, the first that stops when an fsync fails instead of trying again."""

FORMAT: Final = 1
PAGE: Final = 500
COPY_FROM: Final = 32
"""New events in a batch from which COPY is quicker than one statement with arrays."""

_TABLES: Final[LiteralString] = """
    create table if not exists ledger_format (version integer not null);
    create table if not exists events (
        position bigint primary key,
        digest bytea not null unique,
        bytes bytea not null
    );
    create table if not exists checkpoints (number bigint primary key, note bytea not null);
    insert into ledger_format select 1 where not exists (select from ledger_format);
"""

_APPEND: Final[LiteralString] = """
    with given as (
        select * from unnest(%s::bytea[], %s::bytea[]) with ordinality as rows (digest, bytes, number)
    ), fresh as (
        select digest, bytes, %s::bigint + row_number() over (order by number) - 1 as position
        from given where not exists (select from events where events.digest = given.digest)
    ), kept as (
        insert into events select position, digest, bytes from fresh returning digest, position
    )
    select digest, position from kept
    union all select events.digest, events.position from events join given using (digest)
"""
"""The last line sees the table as it was before: what was there already. One way to the server and back."""

_PLANS: Final[LiteralString] = """
    set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off
"""
"""A plan made while the table was small would read all of it for ever after; both its keys are indexed."""


class PostgresStore:
    """Keeps events in a PostgreSQL database, or in the schema that the address names (`?options=-csearch_path%3DNAME`).

    The writer holds an advisory lock as long as its connection lives: a second writer is refused.

    Parameters
    ----------
    conninfo
        `postgresql://user@host/database`, or what else libpq understands.
    read_only
        Take no lock and refuse to append.

    Raises
    ------
    StoreRefusedError
        When psycopg is missing, another process writes, or the server would not keep what it acknowledges.
    StoreStoppedError
        When the server does not answer.
    """

    patience_ms: ClassVar[int] = 2000

    def __init__(self, conninfo: str, *, read_only: bool = False) -> None:
        self._psycopg = _import_psycopg()
        self._read_only, self._stopped = read_only, ""
        self._lock, self._reading = threading.Lock(), threading.Lock()
        connections: list[psycopg.Connection[Any]] = []
        try:
            connections.extend(self._psycopg.connect(conninfo, autocommit=True) for _ in range(2))
            self._writer, self._reader = connections
            self._prepare()
            self._length = len(self)
        except BaseException as error:
            for connection in connections:
                connection.close()
            if isinstance(error, self._psycopg.Error):
                raise StoreStoppedError(f"PostgreSQL: {error}") from error
            raise

    def _prepare(self) -> None:
        """Look at the server's promises, take the writer's lock, make the tables."""
        check_server(self._writer.info.server_version, self._setting)
        if not self._read_only:
            if self._setting("synchronous_commit") == "off":
                self._writer.execute("set synchronous_commit = on")
            self._take_lock()
            with self._writer.transaction():
                self._writer.execute("set local client_min_messages = warning")
                self._writer.execute(_TABLES)
            self._writer.execute(_PLANS)
        elif not self._fetch("select 1 where to_regclass('ledger_format') is not null"):
            raise StoreRefusedError("there is no ledger in this database")
        found = self._fetch("select version from ledger_format")[0][0]
        if found > FORMAT:
            raise StoreRefusedError(f"the ledger has format {found}, this program knows up to {FORMAT}; update it")

    def _take_lock(self) -> None:
        """Become the one writer; a connection that just died is let go of by the server in a moment."""
        self._writer.execute("select set_config('lock_timeout', %s, false)", (f"{self.patience_ms}ms",))
        lock = "select pg_advisory_lock(%s, hashtext(coalesce(current_schema(), '')))"
        try:
            self._writer.execute(lock, (APPLICATION_ID,))
        except self._psycopg.errors.LockNotAvailable as error:
            raise StoreRefusedError("another program has this ledger open for writing; one process writes") from error
        self._writer.execute("reset lock_timeout")

    def _setting(self, name: str) -> str:
        return str(_rows(self._writer.execute("select current_setting(%s, true)", (name,)))[0][0])

    @contextmanager
    def _writing(self) -> Iterator[psycopg.Connection[Any]]:
        """Lend the writer. Whatever goes wrong stops the store."""
        with self._lock:
            if self._stopped:
                raise StoreStoppedError(f"PostgreSQL: stopped before ({self._stopped}); open it anew")
            if self._read_only:
                raise StoreRefusedError("PostgreSQL: open for reading only")
            try:
                yield self._writer
            except BaseException as error:
                self._stopped = str(error).strip() or type(error).__name__
                with suppress(self._psycopg.Error):
                    self._writer.close()
                if isinstance(error, self._psycopg.Error):
                    raise StoreStoppedError(f"PostgreSQL: {self._stopped}; the ledger takes nothing more") from error
                raise

    def append(self, events: Sequence[bytes]) -> list[int]:
        """Keep events, all or none, and return the position of each."""
        names = [digest(data) for data in events]
        given = dict(zip(names, events, strict=True))
        if not given:
            return []
        with self._writing() as connection:
            if len(given) < COPY_FROM:
                rows = _rows(connection.execute(_APPEND, (list(given), list(given.values()), self._length)))
                found = {Digest(name): int(position) for name, position in rows}
            else:
                found = self._copy(connection, given)
            self._length = max(self._length, max(found.values()) + 1)
        return [found[name] for name in names]

    def _copy(self, connection: psycopg.Connection[Any], given: dict[Digest, bytes]) -> dict[Digest, int]:
        """Ask for what is there, and send the rest by COPY, in one transaction."""
        with connection.transaction():
            there = connection.execute("select digest, position from events where digest = any(%s)", (list(given),))
            found = {Digest(name): int(position) for name, position in _rows(there)}
            fresh = [(self._length + k, name) for k, name in enumerate(name for name in given if name not in found)]
            if fresh:
                with connection.cursor().copy("copy events from stdin (format binary)") as rows:
                    rows.set_types(["int8", "bytea", "bytea"])
                    for position, name in fresh:
                        rows.write_row((position, name, given[name]))
        return found | {name: position for position, name in fresh}

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the events from `start` to before `stop`; without it, to the end at the time of the first.

        Page after page, not by a cursor: no transaction stays open on the server while the reader takes its time.
        """
        end = len(self) if stop is None else stop
        while start < end:
            page = self._fetch(
                "select bytes from events where position >= %s and position < %s order by position",
                (start, min(start + PAGE, end)),
            )
            yield from (bytes(data) for (data,) in page)
            if not page:
                return
            start += PAGE

    def positions(self, names: Sequence[Digest]) -> list[int | None]:
        """Tell where events stand."""
        rows = self._fetch("select digest, position from events where digest = any(%s)", (list(names),))
        found = {bytes(name): int(position) for name, position in rows}
        return [found.get(name) for name in names]

    def __len__(self) -> int:
        return int(self._fetch("select coalesce(max(position) + 1, 0) from events")[0][0])

    def keep_checkpoint(self, note: bytes) -> None:
        """Keep a signed checkpoint, on the disk when this returns."""
        with self._writing() as connection:
            connection.execute(
                "insert into checkpoints select coalesce(max(number) + 1, 0), %s from checkpoints", (note,)
            )

    def checkpoints(self) -> list[bytes]:
        """Return the checkpoints in the order in which they were kept."""
        return [bytes(note) for (note,) in self._fetch("select note from checkpoints order by number")]

    def _fetch(self, query: LiteralString, given: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one short query beside the writer."""
        try:
            with self._reading:
                return _rows(self._reader.execute(query, given, binary=True))
        except self._psycopg.Error as error:
            raise StoreStoppedError(f"PostgreSQL: {error}") from error

    def back_up(self, target: Path) -> None:
        """Write a copy to a new SQLite file, while others go on writing.

        Raises
        ------
        FileExistsError
            When the file is there already.
        """
        back_up_to_sqlite(self, target)

    def close(self) -> None:
        """Let go of both connections; waits for an append under way."""
        with self._lock, self._reading:
            self._stopped = self._stopped or "closed"
            self._reader.close()
            self._writer.close()


def check_server(version: int, setting: Callable[[str], str]) -> None:
    """Refuse a server that may lose what it acknowledged.

    `synchronous_commit` is no reason: the writer sets it for itself.

    Raises
    ------
    StoreRefusedError
        When it is older than version 12, or `fsync` is off, or a failed fsync is tried again.
    """
    if version < OLDEST:
        raise StoreRefusedError("PostgreSQL before version 12 goes on after a failed fsync; use version 12 or newer")
    if setting("fsync") == "off":
        raise StoreRefusedError("the server runs with fsync=off and loses events in a power cut; set fsync=on")
    if setting("data_sync_retry") == "on":
        raise StoreRefusedError("the server runs with data_sync_retry=on and hides a failed fsync; set it off")


def _rows(cursor: psycopg.Cursor[Any]) -> list[tuple[Any, ...]]:
    return cursor.fetchall()


def _import_psycopg() -> Any:
    try:
        import psycopg  # noqa: PLC0415 - an extra: whoever keeps to SQLite needs no PostgreSQL
    except ImportError as error:
        raise StoreRefusedError(
            "a ledger in PostgreSQL needs the package psycopg: pip install 'safepassage[postgresql]'"
        ) from error
    return psycopg
