"""People's accounts, their sessions, and one-time codes. Kept beside the ledger, never in it.

References
----------
RFC 9106, Argon2id, its second recommended choice (64 MiB, three passes) in one lane. OWASP ASVS 5.0, chapters 6 and 7.
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import apsw
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from msgspec import Struct

from safepassage.desk.roles import ROLES, NotPermittedError, Who, require
from safepassage.desk.tries import Tries
from safepassage.model.errors import SafepassageError, UsageError

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200
IDLE_S: Final = 3600
LONGEST_S: Final = 12 * 3600
CODE_S: Final = 24 * 3600
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_AT_ONCE: Final = threading.Semaphore(2)
"""Passwords looked at together: each takes 64 MiB."""

_TABLES: Final = """
create table if not exists accounts (name text primary key, role text not null, serves text not null,
    password text not null) strict, without rowid;
create table if not exists sessions (token blob primary key, account text not null, csrf text not null,
    begun integer not null, seen integer not null) strict, without rowid;
create table if not exists codes (code blob primary key, kind text not null, role text not null, serves text not null,
    device text not null, by text not null, until integer not null, used text not null) strict, without rowid;
"""


class LoginNeededError(SafepassageError):
    """Nobody says who asks, or the session is over."""

    code = "login-needed"
    exit_status = 3
    http_status = 401


class LoginRefusedError(SafepassageError):
    """Name or password is wrong; which of them is not said."""

    code = "login-refused"
    exit_status = 3
    http_status = 403


class CodeRefusedError(SafepassageError):
    """A one-time code that is unknown, used, or too old; which of them is not said."""

    code = "code-refused"
    exit_status = 3
    http_status = 403


class Session(Struct, frozen=True, kw_only=True):
    """Somebody who has logged in: the token in the cookie, the token in forms, and who it is."""

    token: str
    csrf: str
    who: Who


class Code(Struct, frozen=True):
    """What a one-time code is for."""

    kind: str
    role: str
    serves: str
    device: str
    by: str


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def typed(code: str) -> bytes:
    """Return the digest of a code or token as somebody types it: small letters, blanks and dashes do not matter."""
    return _hash("".join(sign for sign in code.upper() if sign.isalnum()))


class Accounts:
    """Accounts in a file of their own.

    Parameters
    ----------
    path
        The file; made when it is not there.
    now
        Seconds since 1970.
    hasher
        Of passwords.
    """

    def __init__(
        self, path: Path, *, now: Callable[[], float] = time.time, hasher: PasswordHasher | None = None
    ) -> None:
        path.touch(mode=0o600)
        self._now = now
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
        self._nobodys = self._hasher.hash(secrets.token_hex())
        self._lock = threading.Lock()
        self._file = apsw.Connection(str(path))
        self._file.set_busy_timeout(2000)
        self._file.execute("pragma synchronous = full; pragma secure_delete = on; pragma trusted_schema = off")
        self._file.execute(_TABLES)
        self._by_name = Tries(10, 900)
        self._by_source = Tries(40, 900)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()

    def _do(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._file.execute(query, given).fetchall()

    def table(self, definition: str) -> Callable[..., list[tuple[Any, ...]]]:
        """Keep a further table in the same file; return what asks it, by a query and what stands for its marks."""
        with self._lock:
            self._file.execute(definition)
        return self._do

    def any(self) -> bool:
        """Tell whether there is an account."""
        return bool(self._do("select 1 from accounts limit 1"))

    def first_code(self) -> str:
        """Make the code with which the first account is made; empty when there is an account. An older one is void."""
        if self.any():
            return ""
        self._do("delete from codes where kind = 'first'")
        return self._code("first", "coordinator", "", "", "")

    def invite(self, who: Who, role: str, serves: str = "") -> str:
        """Make a code with which somebody makes an account of a role.

        Raises
        ------
        NotPermittedError
            When that is not theirs to do.
        UsageError
            When there is no such role.
        """
        require(who, "manage-accounts")
        return self._code("invite", _known(role), serves, "", who.name)

    def offer_enrolment(self, who: Who, device: str, role: str, serves: str = "") -> str:
        """Make a code with which a device enrols itself.

        Raises
        ------
        NotPermittedError
            When that is not theirs to do.
        UsageError
            When there is no such role, or the id cannot be one.
        """
        require(who, "enrol-devices")
        if not _NAME.fullmatch(device):
            raise UsageError("a device's id: up to 40 letters, digits, dots and dashes")
        return self._code("device", _known(role), serves, device, who.name)

    def _code(self, *about: str) -> str:
        letters = "".join(secrets.choice(LETTERS) for _ in range(16))
        until = int(self._now()) + CODE_S
        self._do("insert into codes values (?, ?, ?, ?, ?, ?, ?, '')", typed(letters), *about, until)
        return "-".join(letters[start : start + 4] for start in range(0, 16, 4))

    def use(self, code: str, kinds: tuple[str, ...], user: str, source: str) -> Code:
        """Use a one-time code; the same user may use it again, for an answer may get lost.

        Parameters
        ----------
        code
            As it was typed.
        kinds
            What it may be for.
        user
            Who uses it: a name, a public key.
        source
            Where the try comes from.

        Raises
        ------
        CodeRefusedError
            When it is unknown, used by another, too old or for something else.
        TooManyTriesError
            When too many codes from there were wrong.
        """
        self._by_source.allow(source)
        with self._lock, self._file:
            rows = self._file.execute(
                "select kind, role, serves, device, by from codes where code = ? and until > ? and used in ('', ?)",
                (typed(code), int(self._now()), user),
            ).fetchall()
            if rows and rows[0][0] in kinds:
                self._file.execute("update codes set used = ? where code = ?", (user, typed(code)))
                return Code(*map(str, rows[0]))
        self._by_source.failed(source)
        raise CodeRefusedError("this code does not hold")

    def join(self, code: str, name: str, password: str, source: str) -> None:
        """Make an account with a code.

        Raises
        ------
        CodeRefusedError, TooManyTriesError
            As `use`.
        UsageError
            When the name is taken or none, or the password too short.
        """
        if not _NAME.fullmatch(name):
            raise UsageError("a name: up to 40 letters, digits, dots and dashes")
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise UsageError(f"a password has at least {SHORTEST_PASSWORD} characters; a sentence is good")
        found = self.use(code, ("first", "invite"), name, source)
        with _AT_ONCE:
            hashed = self._hasher.hash(password)
        with self._lock, self._file:
            taken = self._file.execute("select count(*), sum(name = ?) from accounts", (name,)).get
            if taken[1] or (found.kind == "first" and taken[0]):
                raise UsageError("this name is taken; choose another, with a new code")
            self._file.execute("insert into accounts values (?, ?, ?, ?)", (name, found.role, found.serves, hashed))

    def log_in(self, name: str, password: str, source: str) -> Session:
        """Begin a session.

        Raises
        ------
        LoginRefusedError
            When name or password is wrong; it takes as long either way.
        TooManyTriesError
            When there were too many wrong ones, for this name or from there.
        """
        self._by_source.allow(source)
        self._by_name.allow((name, source))
        rows = self._do("select role, serves, password from accounts where name = ?", name)
        role, serves, hashed = rows[0] if rows else ("", "", self._nobodys)
        if not self._holds(hashed, password[:LONGEST_PASSWORD]) or not rows:
            self._by_source.failed(source)
            self._by_name.failed((name, source))
            raise LoginRefusedError("name or password is wrong")
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), int(self._now())
        self._do("delete from sessions where seen < ? or begun < ?", now - IDLE_S, now - LONGEST_S)
        self._do("insert into sessions values (?, ?, ?, ?, ?)", _hash(token), name, csrf, now, now)
        return Session(token=token, csrf=csrf, who=Who(name=name, role=role, serves=serves))

    def _holds(self, hashed: str, password: str) -> bool:
        try:
            with _AT_ONCE:
                return self._hasher.verify(hashed, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    def session(self, token: str) -> Session:
        """Return the session of a token.

        Raises
        ------
        LoginNeededError
            When there is none, or it is over.
        """
        now = int(self._now())
        rows = self._do(
            "select a.name, a.role, a.serves, s.csrf, s.seen from sessions s join accounts a on a.name = s.account "
            "where s.token = ? and s.seen >= ? and s.begun >= ?",
            _hash(token), now - IDLE_S, now - LONGEST_S,
        )  # fmt: skip
        if not rows:
            raise LoginNeededError("nobody is logged in here")
        name, role, serves, csrf, seen = rows[0]
        if now - seen >= 60:
            self._do("update sessions set seen = ? where token = ?", now, _hash(token))
        return Session(token=token, csrf=csrf, who=Who(name=name, role=role, serves=serves))

    def log_out(self, token: str) -> None:
        """End a session."""
        self._do("delete from sessions where token = ?", _hash(token))

    def close_account(self, who: Who, name: str) -> None:
        """End an account and its sessions.

        Raises
        ------
        NotPermittedError
            When that is not theirs to do; nobody ends their own.
        """
        require(who, "manage-accounts")
        if who.name == name:
            raise NotPermittedError("nobody ends their own account")
        with self._lock, self._file:
            self._file.execute("delete from sessions where account = ?", (name,))
            self._file.execute("delete from accounts where name = ?", (name,))

    def listed(self, who: Who) -> list[Who]:
        """Return all accounts.

        Raises
        ------
        NotPermittedError
            When that is not theirs to see.
        """
        require(who, "manage-accounts")
        return [Who(name=name, role=role, serves=serves) for name, role, serves in
                self._do("select name, role, serves from accounts order by name")]  # fmt: skip


def same(one: str, other: str) -> bool:
    """Compare two secrets, taking as long whatever they are."""
    return hmac.compare_digest(one.encode(), other.encode())


def _known(role: str) -> str:
    if role not in ROLES:
        raise UsageError("there is no such role")
    return role
