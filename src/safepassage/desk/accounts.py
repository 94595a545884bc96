"""People's accounts, their sessions, and one-time codes. Kept beside the ledger, never in it.

References
----------
OWASP ASVS 5.0, chapters 6 and 7.
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
from msgspec import Struct

from safepassage.desk.passwords import Passwords, check_password, house_hasher
from safepassage.desk.roles import ROLES, NotPermittedError, Who, require
from safepassage.desk.tries import Tries
from safepassage.model.errors import SafepassageError, UsageError

IDLE_S: Final = 3600
LONGEST_S: Final = 12 * 3600
CODE_S: Final = 24 * 3600
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"

_TABLES: Final = """
create table if not exists accounts (name text primary key, role text not null, serves text not null,
    password text not null) strict, without rowid;
create table if not exists sessions (token blob primary key, account text not null, csrf text not null,
    begun integer not null, seen integer not null, how text not null default 'password') strict, without rowid;
create table if not exists codes (code blob primary key, kind text not null, role text not null, serves text not null,
    device text not null, by text not null, until integer not null, used text not null) strict, without rowid;
create table if not exists tags (key blob not null) strict;
insert into tags select randomblob(32) where not exists (select 1 from tags);
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
    """Somebody who has logged in: the token in the cookie, the token in forms, who it is, and by what."""

    token: str
    csrf: str
    who: Who
    how: str = "password"


class SessionSeen(Struct, frozen=True, kw_only=True):
    """A session as its owner sees it: since when, last used when (seconds since 1970), by what, and if it is this."""

    begun: int
    seen: int
    how: str
    own: bool


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


def new_letters() -> str:
    """Make a code or token for somebody to type, of 79 bits: nobody comes across one by trying, however often."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


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
    near
        Words that no password may be made of: how the operation is called.
    """

    def __init__(
        self, path: Path, *, now: Callable[[], float] = time.time, hasher: PasswordHasher | None = None,
        near: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        path.touch(mode=0o600)
        self._now, self._near = now, near
        self._passwords = Passwords(hasher or house_hasher())
        self._lock = threading.Lock()
        self._file = apsw.Connection(str(path))
        self._file.set_busy_timeout(2000)
        self._file.execute("pragma synchronous = full; pragma secure_delete = on; pragma trusted_schema = off")
        self._file.execute(_TABLES)
        if "how" not in {row[1] for row in self._file.execute("pragma table_info(sessions)")}:
            self._file.execute("alter table sessions add column how text not null default 'password'")
        self._tag_key: bytes = self._file.execute("select key from tags").get
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
        letters = new_letters()
        until = int(self._now()) + CODE_S
        self._do("insert into codes values (?, ?, ?, ?, ?, ?, ?, '')", typed(letters), *about, until)
        return letters

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
            When the name is taken or none, or the password cannot be one.
        """
        if not _NAME.fullmatch(name):
            raise UsageError("a name: up to 40 letters, digits, dots and dashes")
        check_password(password, (name, *self._near))
        found = self.use(code, ("first", "invite"), name, source)
        hashed = self._passwords.kept(password)
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
        self._check(name, password, source)
        return self.begin(name, "password")

    def _check(self, name: str, password: str, source: str) -> None:
        """Refuse a wrong password; as `log_in`."""
        self._by_source.allow(source)
        self._by_name.allow((name, source))
        rows = self._do("select password from accounts where name = ?", name)
        if not self._passwords.holds(rows[0][0] if rows else self._passwords.nobodys, password) or not rows:
            self._by_source.failed(source)
            self._by_name.failed((name, source))
            raise LoginRefusedError("name or password is wrong")

    def begin(self, name: str, how: str) -> Session:
        """Begin a session for somebody who has shown who it is, by a password or a passkey.

        Raises
        ------
        LoginRefusedError
            When there is no such account any more.
        """
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), int(self._now())
        with self._lock, self._file:
            rows = self._file.execute("select role, serves from accounts where name = ?", (name,)).fetchall()
            if not rows:
                raise LoginRefusedError("name or password is wrong")
            self._file.execute("delete from sessions where seen < ? or begun < ?", (now - IDLE_S, now - LONGEST_S))
            given = (_hash(token), name, csrf, now, now, how)
            self._file.execute("insert into sessions values (?, ?, ?, ?, ?, ?)", given)
        who = Who(name=name, role=str(rows[0][0]), serves=str(rows[0][1]))
        return Session(token=token, csrf=csrf, who=who, how=how)

    def confirm(self, session: Session, password: str, source: str) -> None:
        """Ask who is logged in for the password once more, before something that a borrowed session must not do.

        Raises
        ------
        LoginRefusedError, TooManyTriesError
            As `log_in`.
        """
        self._check(session.who.name, password, source)

    def change_password(self, session: Session, old: str, new: str, source: str) -> None:
        """Change one's own password, and end one's other sessions.

        Raises
        ------
        LoginRefusedError, TooManyTriesError
            When the old one is wrong.
        PasswordRefusedError
            When the new one cannot be one.
        """
        self.confirm(session, old, source)
        check_password(new, (session.who.name, *self._near))
        self._do("update accounts set password = ? where name = ?", self._passwords.kept(new), session.who.name)
        self.end_others(session)

    def sessions(self, session: Session) -> list[SessionSeen]:
        """Return one's sessions that are not over, the latest used first."""
        now, own = int(self._now()), _hash(session.token)
        rows = self._do(
            "select begun, seen, how, token = ? from sessions where account = ? and seen >= ? and begun >= ? "
            "order by seen desc, begun desc limit 50",
            own, session.who.name, now - IDLE_S, now - LONGEST_S,
        )  # fmt: skip
        return [SessionSeen(begun=begun, seen=seen, how=how, own=bool(one)) for begun, seen, how, one in rows]

    def end_others(self, session: Session) -> None:
        """End one's sessions but this one."""
        given = session.who.name, _hash(session.token)
        self._do("delete from sessions where account = ? and token <> ?", *given)

    def sessions_of_each(self, who: Who) -> dict[str, int]:
        """Return how many sessions each account has that are not over.

        Raises
        ------
        NotPermittedError
            When that is not theirs to see.
        """
        require(who, "manage-accounts")
        now = int(self._now())
        query = "select account, count(*) from sessions where seen >= ? and begun >= ? group by account"
        return dict(self._do(query, now - IDLE_S, now - LONGEST_S))

    def end_sessions(self, who: Who, name: str) -> None:
        """End all sessions of an account: who has it logs in anew.

        Raises
        ------
        NotPermittedError
            When that is not theirs to do.
        """
        require(who, "manage-accounts")
        self._do("delete from sessions where account = ?", name)

    def mark(self, text: str) -> bytes:
        """Return what stands for a name where it should not be read: the same each time, here and nowhere else."""
        return hmac.digest(self._tag_key, text.encode("utf-8", "surrogatepass"), "sha256")

    def tag(self, text: str) -> str:
        """Return what stands in the server's log for a name or an address."""
        return self.mark(text)[:4].hex()

    def session(self, token: str) -> Session:
        """Return the session of a token.

        Raises
        ------
        LoginNeededError
            When there is none, or it is over.
        """
        now = int(self._now())
        rows = self._do(
            "select a.name, a.role, a.serves, s.csrf, s.seen, s.how from sessions s "
            "join accounts a on a.name = s.account where s.token = ? and s.seen >= ? and s.begun >= ?",
            _hash(token), now - IDLE_S, now - LONGEST_S,
        )  # fmt: skip
        if not rows:
            raise LoginNeededError("nobody is logged in here")
        name, role, serves, csrf, seen, how = rows[0]
        if now - seen >= 60:
            self._do("update sessions set seen = ? where token = ?", now, _hash(token))
        return Session(token=token, csrf=csrf, who=Who(name=name, role=role, serves=serves), how=how)

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
