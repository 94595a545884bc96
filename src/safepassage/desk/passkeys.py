"""Passkeys: a phone's or laptop's own key in place of a password, which cannot be guessed, read along or given away.

The key stays in the device, which asks its owner (a finger, a face, a PIN) each time. It signs for one name of this
server only, so a page at another name gets nothing from it.

References
----------
W3C, Web Authentication, level 3: 7.1 and 7.2, which `webauthn` carries out; OWASP ASVS 5.0, 6.7.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from safepassage.desk.accounts import Accounts, Session
from safepassage.desk.questions import ANSWER_S, Questions
from safepassage.desk.tries import Tries
from safepassage.model.errors import SafepassageError, UsageError

MOST_KEYS: Final = 10
LONGEST_LABEL: Final = 40
_REQUIRED: Final = UserVerificationRequirement.REQUIRED
_HOST: Final = re.compile(r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?")

_TABLE: Final = """
create table if not exists passkeys (id blob primary key, account text not null,
    key blob not null, count integer not null, site text not null, label text not null, made integer not null,
    used integer not null) strict, without rowid;
create trigger if not exists passkeys_end after delete on accounts
    begin delete from passkeys where account = old.name; end;
"""


class PasskeyRefusedError(SafepassageError):
    """A passkey that does not open anything here; why is not said to whoever holds it."""

    code = "passkey-refused"
    exit_status = 3
    http_status = 403


class NoPasskeysError(SafepassageError):
    """An address under which browsers keep no passkeys."""

    code = "no-passkeys"
    exit_status = 3
    http_status = 403


class Site(Struct, frozen=True):
    """What a passkey is for: a name of this server, and where its pages come from."""

    name: str
    origin: str


class Passkey(Struct, frozen=True, kw_only=True):
    """A passkey as its owner sees it; times in seconds since 1970, 0 for never."""

    id: str
    label: str
    site: str
    made: int
    used: int


def site_of(scheme: str, host: str, names: Iterable[str]) -> Site | None:
    """Return what passkeys are for at an address; nothing where browsers keep none: plain HTTP, bare addresses.

    Parameters
    ----------
    scheme, host
        Of the request, the host as its header says: anything may stand there.
    names
        What this server is called; none but these are believed.
    """
    found = _HOST.fullmatch(host.lower())
    if found is None or found[1] not in names or not re.search("[a-z]", found[1]):
        return None
    if scheme != "https" and found[1] != "localhost":
        return None
    return Site(found[1], f"{scheme}://{host.lower()}")


class Passkeys:
    """The passkeys of accounts, kept in their file.

    Parameters
    ----------
    accounts
        Whose.
    title
        What people know this server as.
    now
        Seconds since 1970.
    """

    def __init__(self, accounts: Accounts, title: str, now: Callable[[], float] = time.time) -> None:
        self._accounts, self._title, self._now = accounts, title, now
        self._do = accounts.table(_TABLE)
        self._questions = Questions(now)
        self._by_source = Tries(40, 900)

    def listed(self, name: str) -> list[Passkey]:
        """Return the passkeys of an account, the oldest first."""
        rows = self._do("select id, label, site, made, used from passkeys where account = ? order by made, id", name)
        return [
            Passkey(id=bytes_to_base64url(id_), label=label, site=site, made=made, used=used)
            for id_, label, site, made, used in rows
        ]

    def of_each(self) -> dict[str, int]:
        """Return how many passkeys each account has."""
        return dict(self._do("select account, count(*) from passkeys group by account"))

    def ask_new(self, session: Session, site: Site, password: str, source: str) -> str:
        """Return what a browser needs to make a passkey (JSON), for who is logged in and shows it once more.

        Raises
        ------
        LoginRefusedError, TooManyTriesError
            When the password is wrong.
        UsageError
            When there are as many as one may have.
        """
        self._accounts.confirm(session, password, source)
        name = session.who.name
        own = [row[0] for row in self._do("select id from passkeys where account = ?", name)]
        if len(own) >= MOST_KEYS:
            raise UsageError(f"an account has at most {MOST_KEYS} passkeys; remove one that is not used")
        options = generate_registration_options(
            rp_id=site.name,
            rp_name=self._title,
            user_name=name,
            user_id=self._handle(name),
            challenge=self._questions.ask(_adding(session), source),
            timeout=1000 * ANSWER_S,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=id_) for id_ in own],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
            ),
        )
        return options_to_json(options)

    def add(self, session: Session, site: Site, answer: Mapping[str, Any], label: str) -> None:
        """Keep the passkey that a browser made.

        Raises
        ------
        PasskeyRefusedError
            When it is not an answer to this session's question, is for another site, or nobody was asked by the device.
        UsageError
            When it has no label.
        """
        if not 0 < len(label.strip()) <= LONGEST_LABEL:
            raise UsageError(f"call the passkey something, in at most {LONGEST_LABEL} characters")
        with _refusing():
            given = parse_registration_credential_json(dict(answer))
            found = verify_registration_response(
                credential=given,
                expected_challenge=self._question(given.response.client_data_json, _adding(session)),
                expected_rp_id=site.name,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        now = int(self._now())
        rows = self._do(
            "insert into passkeys select ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0 where "
            "(select count(*) from passkeys where account = ?2) < ?8 on conflict do nothing returning 1",
            found.credential_id, session.who.name, found.credential_public_key, found.sign_count, site.name,
            label.strip(), now, MOST_KEYS,
        )  # fmt: skip
        if not rows:
            raise PasskeyRefusedError("this passkey is not taken")

    def ask(self, site: Site, source: str) -> str:
        """Return what a browser needs to show a passkey (JSON). Whose it will be is not asked, and nothing is told."""
        question = self._questions.ask("log in", source)
        options = generate_authentication_options(
            rp_id=site.name, challenge=question, timeout=1000 * ANSWER_S, user_verification=_REQUIRED
        )
        return options_to_json(options)

    def log_in(self, site: Site, answer: Mapping[str, Any], source: str) -> Session:
        """Begin a session by a passkey.

        Raises
        ------
        PasskeyRefusedError
            When it opens nothing; why is not said.
        TooManyTriesError
            When too many from there did not.
        """
        self._by_source.allow(source)
        try:
            with _refusing():
                return self._accounts.begin(self._shown(site, answer), "passkey")
        except PasskeyRefusedError:
            self._by_source.failed(source)
            raise

    def _shown(self, site: Site, answer: Mapping[str, Any]) -> str:
        """Return whose passkey this is an answer of; anything is raised where it is none."""
        given = parse_authentication_credential_json(dict(answer))
        question = self._question(given.response.client_data_json, "log in")
        [(name, key, count)] = self._do("select account, key, count from passkeys where id = ?", given.raw_id)
        found = verify_authentication_response(
            credential=given,
            expected_challenge=question,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=key,
            credential_current_sign_count=count,
            require_user_verification=True,
        )
        if given.response.user_handle != self._handle(name):
            raise PasskeyRefusedError("of another account")
        # a copy of the key that answers at the same moment finds the count moved on
        rows = self._do(
            "update passkeys set count = ?, used = ? where id = ? and count = ? returning 1",
            found.new_sign_count, int(self._now()), given.raw_id, count,
        )  # fmt: skip
        if not rows:
            raise PasskeyRefusedError("used twice at once")
        return str(name)

    def remove(self, session: Session, id_: str, password: str, source: str) -> None:
        """Remove one's own passkey, and end one's other sessions.

        Raises
        ------
        LoginRefusedError, TooManyTriesError
            When the password is wrong.
        UsageError
            When there is no such passkey.
        """
        self._accounts.confirm(session, password, source)
        if id_ not in {one.id for one in self.listed(session.who.name)}:
            raise UsageError("there is no such passkey")
        given = base64url_to_bytes(id_), session.who.name
        self._do("delete from passkeys where id = ? and account = ?", *given)
        self._accounts.end_others(session)

    def _handle(self, name: str) -> bytes:
        """Return what stands for an account on devices: not its name."""
        return self._accounts.mark(f"passkeys of {name}")

    def _question(self, said: bytes, about: str) -> bytes:
        """Return the question that is answered, which is void from then on."""
        client = parse_client_data_json(said)
        if client.cross_origin or not self._questions.answered(client.challenge, about):
            raise PasskeyRefusedError("not an answer to an open question")
        return client.challenge


def _adding(session: Session) -> str:
    return f"add {session.token}"


@contextmanager
def _refusing() -> Iterator[None]:
    """Refuse, without a reason, whatever is no proper answer: the bytes are anybody's."""
    try:
        yield
    except Exception as error:
        raise PasskeyRefusedError("this passkey does not open anything here") from error
