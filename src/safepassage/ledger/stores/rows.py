"""What a store really holds, row by row: for an audit, which trusts no column and no index.

A `Store` hides its columns, and one that is damaged may not open at all. Whoever audits reads the table itself.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, Protocol, cast, runtime_checkable

import apsw

from safepassage.ledger.stores import Store, StoreRefusedError, StoreStoppedError

Row = tuple[int, bytes | None, bytes]
"""Position, the digest that stands beside the bytes (None: nothing does), bytes."""


class Laid(NamedTuple):
    """Rows without a gap, laid end to end: the events with a zero byte before each and after the last, the digests."""

    events: bytes
    digests: bytes


@runtime_checkable
class Rows(Protocol):
    """The rows of a store, whatever is in them."""

    def laid(self, start: int, stop: int) -> Laid | None:
        """Return the rows at positions from `start` to before `stop` at once.

        None where this cannot be done so that it tells as much as `rows`: always, or as a position is missing.
        """

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the rows at positions from `start` to before `stop`, in order; positions may be missing."""

    def end(self) -> int:
        """Return one more than the highest position."""

    def checkpoints(self) -> list[bytes]:
        """Return the checkpoints kept, in order."""

    def by_digest(self) -> list[int] | None:
        """Return all positions in the order of digests as the index has them, None where there is no index.

        Raises
        ------
        StoreStoppedError
            When the index cannot be read.
        """


class StoreRows:
    """The events of any store as rows without columns."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def laid(self, start: int, stop: int) -> None:
        """Return nothing: events come one by one."""

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the events from `start` to before `stop`."""
        return [(position, None, data) for position, data in enumerate(self._store.read(start, stop), start)]

    def end(self) -> int:
        """Return how many events there are."""
        return len(self._store)

    def checkpoints(self) -> list[bytes]:
        """Return the checkpoints kept."""
        return self._store.checkpoints()

    def by_digest(self) -> list[int] | None:
        """Return nothing: no index is known here."""
        return None


_ROWS: Final = "select position, digest, bytes from events where position >= ? and position < ?"


_LAID: Final = (
    "select group_concat(position - ?1, ' '), cast(group_concat(bytes, x'00') as blob),"
    " cast(group_concat(digest, '') as blob) from events"
    " where position >= ?1 and position < ?2 and bytes >= x'' and +digest >= x''"
    " and length(digest) = 32"
)
"""A blob is above every text and number. Laid together they are text to SQLite, which is the same bytes in UTF-8."""


@cache
def _numbers(count: int) -> str:
    return " ".join(map(str, range(count)))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


class SqliteRows:
    """The table of a SQLite file, opened for reading only; also while a server writes to it.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    StoreRefusedError
        When it is no SQLite file, or has no table of events.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            self._connection.execute("pragma trusted_schema = off")
            self._connection.execute("select position, digest, bytes from events limit 0")
            self._connection.execute("select note from checkpoints limit 0")
            self._is_utf8 = self._connection.pragma("encoding") == "UTF-8"
        except apsw.Error as error:
            raise StoreRefusedError(f"{path}: no ledger in a SQLite file ({error})") from error

    def laid(self, start: int, stop: int) -> Laid | None:
        """Have the database lay the rows end to end; None where one is missing, is no bytes or cannot be read."""
        if not self._is_utf8:
            return None
        try:
            found = self._connection.execute(_LAID, (start, stop)).fetchall()
        except apsw.Error:
            return None
        numbers, data, digests = found[0]
        if numbers != _numbers(stop - start):
            return None
        return Laid(b"".join((b"\x00", cast("bytes", data), b"\x00")), cast("bytes", digests))

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return the rows as they are; one that cannot be read, or holds no bytes, reads as empty."""
        try:
            found = self._connection.execute(f"{_ROWS} order by position", (start, stop)).fetchall()
        except apsw.Error:
            found = [row for position in range(start, stop) for row in self._one(position)]
        if all(type(digest) is bytes is type(data) for _, digest, data in found):
            return cast("list[Row]", found)
        return [(cast("int", position), _bytes(digest), _bytes(data)) for position, digest, data in found]

    def _one(self, position: int) -> list[tuple[apsw.SQLiteValue, ...]]:
        """Read a row by itself, where the page of some other one near it is broken."""
        try:
            return self._connection.execute(_ROWS, (position, position + 1)).fetchall()
        except apsw.Error:
            return [(position, b"", b"")]

    def end(self) -> int:
        """Return one more than the highest position.

        Raises
        ------
        StoreRefusedError
            When the table is damaged at its root: nothing of it can be found.
        """
        try:
            highest = self._connection.execute("select max(position) from events").get
        except apsw.Error as error:
            raise StoreRefusedError(f"{self._path}: the table of events cannot be read ({error})") from error
        return highest + 1 if isinstance(highest, int) else 0

    def checkpoints(self) -> list[bytes]:
        """Return the checkpoints kept; what cannot be read reads as empty."""
        try:
            found = self._connection.execute("select note from checkpoints order by rowid").fetchall()
        except apsw.Error:
            return [b""]
        return [_bytes(note) for (note,) in found]

    def by_digest(self) -> list[int] | None:
        """Read the index of digests, and no row."""
        try:
            return [position for (position,) in self._connection.execute("select position from events order by digest")]
        except apsw.Error as error:
            raise StoreStoppedError(f"{self._path}: the index of digests cannot be read ({error})") from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def rows_of(store: Store | Rows) -> Rows:
    """Return the rows of a store."""
    return store if isinstance(store, Rows) else StoreRows(store)
