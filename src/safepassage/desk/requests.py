"""Requests that wait for a second person, on the disk until somebody decides."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec
from msgspec import Struct

from safepassage.model.errors import UsageError

_TABLES: Final = """
create table if not exists requests (number integer primary key, type text not null, subject text not null,
    vehicle text not null, site text not null, payload text not null, by text not null, asked_ms integer not null,
    state text not null, decided_by text not null, decided_ms integer not null, why text not null) strict;
"""


class Request(Struct, frozen=True, kw_only=True):
    """What somebody asks to record: as in the envelope; `by` whom, and what became of it.

    `state` is open, approved, refused or withdrawn; `deciding` while it is being recorded.
    """

    number: int
    type: str
    subject: str
    vehicle: str
    site: str
    payload: Mapping[str, Any]
    by: str
    asked_ms: int
    state: str
    decided_by: str
    decided_ms: int
    why: str


class Requests:
    """Requests in a file of their own.

    Parameters
    ----------
    path
        The file, made where it is not there; `:memory:` for none.
    now
        Seconds since 1970.
    """

    def __init__(self, path: Path | str, *, now: Callable[[], float] = time.time) -> None:
        if isinstance(path, Path):
            path.touch(mode=0o600)
        self._now = now
        self._lock = threading.Lock()
        self._file = apsw.Connection(str(path))
        self._file.set_busy_timeout(2000)
        self._file.execute("pragma synchronous = full; pragma secure_delete = on; pragma trusted_schema = off")
        self._file.execute(_TABLES)
        # cut off in the middle of a decision: open again; what was recorded by then waits for its approval itself
        self._file.execute("update requests set state = 'open' where state = 'deciding'")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()

    def _do(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._file.execute(query, given).fetchall()

    def ask(self, by: str, type: str, subject: str, where: tuple[str, str], payload: Mapping[str, Any]) -> int:  # noqa: A002
        """Keep a request; return its number.

        Parameters
        ----------
        by
            Who asks.
        type, subject, payload
            As in the envelope.
        where
            Vehicle and site.
        """
        said = msgspec.json.encode(payload).decode()
        rows = self._do(
            "insert into requests (type, subject, vehicle, site, payload, by, asked_ms, state, decided_by, decided_ms, "
            "why) values (?, ?, ?, ?, ?, ?, ?, 'open', '', 0, '') returning number",
            type, subject, *where, said, by, round(self._now() * 1000),
        )  # fmt: skip
        return int(rows[0][0])

    def age_ms(self, request: Request) -> int:
        """Return how long ago a request was decided."""
        return round(self._now() * 1000) - request.decided_ms

    def find(self, number: int) -> Request:
        """Return a request.

        Raises
        ------
        UsageError
            When there is none of that number.
        """
        rows = self._do("select * from requests where number = ?", number)
        if not rows:
            raise UsageError("there is no such request")
        return _read(rows[0])

    def open(self) -> list[Request]:
        """Return the requests that wait, the oldest first."""
        return [_read(row) for row in self._do("select * from requests where state = 'open' order by number")]

    def decided(self, most: int) -> list[Request]:
        """Return the latest requests that were decided, the last first."""
        query = "select * from requests where state <> 'open' order by decided_ms desc, number desc limit ?"
        return [_read(row) for row in self._do(query, most)]

    def move(self, number: int, before: str, after: str, by: str = "", why: str = "") -> None:
        """Take a request from one state to the next.

        Raises
        ------
        UsageError
            When it is in another state: somebody else was first.
        """
        rows = self._do(
            "update requests set state = ?, decided_by = ?, decided_ms = ?, why = ? where number = ? and state = ? "
            "returning number",
            after, by, round(self._now() * 1000), why, number, before,
        )  # fmt: skip
        if not rows:
            raise UsageError("this request was decided meanwhile; look at the page anew")


def _read(row: tuple[Any, ...]) -> Request:
    return Request(
        **(dict(zip(Request.__struct_fields__, row, strict=True)) | {"payload": msgspec.json.decode(row[5])})
    )
