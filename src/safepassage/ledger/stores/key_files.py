"""Keys in a file of their own: wrapped under a passphrase, and gone from the file when they are destroyed.

SQLite forgets slowly: deleted rows stay in free pages, and the journal holds pages as they were before. So what SQLite
frees is overwritten (`secure_delete`), and after each destruction and at each opening the file is written anew and the
journal overwritten with zeros, in place. There is no write-ahead log, for it would hold old pages for as long as nobody
checkpoints. What a file system or a drive keeps of blocks that it replaced is out of reach here: those are still
wrapped, so they open nothing without the passphrase.

References
----------
RFC 9106 (Argon2id; section 4, second recommended option). NIST SP 800-38D.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

import apsw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msgspec import Struct

from safepassage.ledger.keys import KEY_BYTES, Compartment, KeysRefusedError, NoKeyError, refuse_destroyed

APPLICATION_ID: Final = 0x5350_4B31
"""SPK1: a file of keys, not a ledger."""

FORMAT: Final = 1
NONCE_BYTES: Final = 12
SALT_BYTES: Final = 16

_TABLES: Final = """
CREATE TABLE master(salt BLOB NOT NULL, memory_kib INTEGER NOT NULL, passes INTEGER NOT NULL, lanes INTEGER NOT NULL,
                    wrapped BLOB NOT NULL) STRICT;
CREATE TABLE keys(person TEXT NOT NULL, compartment TEXT NOT NULL, wrapped BLOB NOT NULL,
                  PRIMARY KEY (person, compartment)) STRICT;
CREATE TABLE destroyed(person TEXT PRIMARY KEY) STRICT;
"""


_MASTER: Final = "SELECT salt, memory_kib, passes, lanes, wrapped FROM master"


class Cost(Struct, frozen=True, kw_only=True):
    """What a guess at the passphrase costs: memory in KiB, passes over it, and lanes."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 4


class KeyFile:
    """A file of keys, held by one process at a time. A `KeyStore`.

    Parameters
    ----------
    path
        Made when it is not there.
    passphrase
        Opens the file. Without it nothing in the file can be read, and nobody can set another.
    cost
        For a new file; an old one keeps its own.

    Raises
    ------
    KeysRefusedError
        When the passphrase is wrong, another process holds the file, or it is no file of keys.
    """

    def __init__(self, path: Path, passphrase: str, *, cost: Cost | None = None) -> None:
        self._path = path
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._connection = apsw.Connection(str(path))
        with self._or_stop():
            self._prepare()
            self._wrapper = self._open(passphrase) if self._tables() else self._make(passphrase, cost or Cost())
            self._destroyed = {str(row[0]) for row in self._connection.execute("SELECT person FROM destroyed")}
            self._scrub()

    @contextlib.contextmanager
    def _or_stop(self) -> Iterator[None]:
        """Let go of the file when it cannot be used or written: nobody knows what is on the disk then."""
        try:
            yield
        except apsw.Error as error:
            self.close()
            raise KeysRefusedError(f"{self._path.name}: {error}; open it anew") from error
        except KeysRefusedError:
            self.close()
            raise

    def _prepare(self) -> None:
        """Set how SQLite writes; the first of these to touch the disk rolls back what a power cut left half done."""
        for pragma in (
            "locking_mode=EXCLUSIVE",
            "journal_mode=PERSIST",
            "synchronous=EXTRA",
            "secure_delete=ON",
            "temp_store=MEMORY",
        ):
            self._connection.execute(f"PRAGMA {pragma}").fetchall()
        # Takes the lock that the mode then keeps.
        self._connection.execute("BEGIN EXCLUSIVE; COMMIT")

    def _tables(self) -> bool:
        found = self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        if found == [(0,)]:
            return False
        marks = [self._connection.pragma(name) for name in ("application_id", "user_version")]
        if marks != [APPLICATION_ID, FORMAT]:
            self._refuse("no file of keys, or of a newer program")
        return True

    def _make(self, passphrase: str, cost: Cost) -> AESGCM:
        """Write a new file: a random master key, wrapped under what the passphrase becomes."""
        if not passphrase:
            self._refuse("an empty passphrase protects nothing")
        salt, master = os.urandom(SALT_BYTES), os.urandom(KEY_BYTES)
        row = (
            salt,
            cost.memory_kib,
            cost.passes,
            cost.lanes,
            _wrap(_derived(passphrase, salt, cost), master, b"master"),
        )
        with self._connection:
            self._connection.execute(_TABLES)
            self._connection.execute("INSERT INTO master VALUES (?, ?, ?, ?, ?)", row)
            self._connection.execute(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={FORMAT}")
        return AESGCM(master)

    def _open(self, passphrase: str) -> AESGCM:
        row: tuple[Any, ...] = self._connection.execute(_MASTER).fetchall()[0]
        salt, memory_kib, passes, lanes, wrapped = row
        cost = Cost(memory_kib=memory_kib, passes=passes, lanes=lanes)
        try:
            return AESGCM(_unwrap(_derived(passphrase, salt, cost), wrapped, b"master"))
        except InvalidTag:
            self._refuse("the passphrase does not open it")

    def _refuse(self, why: str) -> NoReturn:
        raise KeysRefusedError(f"{self._path.name}: {why}")

    def key(self, person: str, compartment: Compartment) -> bytes:
        """Return the key, made and on the disk when it is first asked for."""
        try:
            return self.known_key(person, compartment)
        except NoKeyError:
            key = os.urandom(KEY_BYTES)
            wrapped = _wrap(self._wrapper, key, _bound(person, compartment))
            with self._or_stop():
                self._connection.execute("INSERT INTO keys VALUES (?, ?, ?)", (person, compartment, wrapped))
            return key

    def known_key(self, person: str, compartment: Compartment) -> bytes:
        """Return the key; none is made."""
        refuse_destroyed(person, self._destroyed)
        query = "SELECT wrapped FROM keys WHERE person = ? AND compartment = ?"
        with self._or_stop():
            rows: list[Any] = self._connection.execute(query, (person, compartment)).fetchall()
        if not rows:
            raise NoKeyError(f"no {compartment} key of {person} here")
        try:
            return _unwrap(self._wrapper, rows[0][0], _bound(person, compartment))
        except InvalidTag as error:
            raise KeysRefusedError(f"the {compartment} key of {person} is damaged") from error

    def destroy(self, person: str) -> None:
        """Destroy all keys of a person, in the file and beside it; when this returns, they are gone."""
        with self._or_stop():
            with self._connection:
                self._connection.execute("DELETE FROM keys WHERE person = ?", (person,))
                self._connection.execute("INSERT OR IGNORE INTO destroyed VALUES (?)", (person,))
            self._destroyed.add(person)
            self._scrub()

    def destroyed(self) -> frozenset[str]:
        """Return the persons whose keys were destroyed."""
        return frozenset(self._destroyed)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _scrub(self) -> None:
        """Write the file anew and overwrite the old pages in the journal.

        Rows that SQLite once moved to another page may have left a copy where they were. No transaction is open after
        that, so SQLite reads nothing in the journal again.
        """
        self._connection.execute("VACUUM")
        with self._path.with_name(self._path.name + "-journal").open("r+b") as journal:
            journal.write(bytes(os.fstat(journal.fileno()).st_size))
            journal.flush()
            os.fsync(journal.fileno())


def destroyed_in(path: Path) -> frozenset[str]:
    """Return whose keys were destroyed, by a file that another process may hold: it is read without a lock.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    KeysRefusedError
        When it cannot be read.
    """
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        with contextlib.closing(connection):
            if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'destroyed'").fetchall():
                return frozenset()
            return frozenset(str(row[0]) for row in connection.execute("SELECT person FROM destroyed"))
    except apsw.Error as error:
        raise KeysRefusedError(f"{path.name}: {error}; try again") from error


def _derived(passphrase: str, salt: bytes, cost: Cost) -> AESGCM:
    derive = Argon2id(
        salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return AESGCM(derive.derive(passphrase.encode()))


def _wrap(wrapper: AESGCM, key: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + wrapper.encrypt(nonce, key, bound)


def _unwrap(wrapper: AESGCM, wrapped: bytes, bound: bytes) -> bytes:
    return wrapper.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)


def _bound(person: str, compartment: Compartment) -> bytes:
    """Bind a wrapped key to its row, so that rows cannot be exchanged."""
    return f"{compartment} {person}".encode()
