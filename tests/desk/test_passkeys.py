"""Passkeys: made by who is logged in and shows it once more, shown by whom the device asked, else refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from desk.authenticators import PRESENT, VERIFIED, Authenticator
from safepassage.desk.accounts import Accounts, LoginNeededError, LoginRefusedError, Session
from safepassage.desk.passkeys import MOST_KEYS, PasskeyRefusedError, Passkeys, Site, site_of
from safepassage.desk.questions import ANSWER_S, MOST_OPEN, Questions
from safepassage.desk.tries import TooManyTriesError
from safepassage.model.errors import UsageError

PASSWORD = "a sentence of some length"  # noqa: S105 - of test accounts
HERE = "192.0.2.1"
SITE = Site("laptop.local", "https://laptop.local:8000")


class Time:
    """Seconds, moved on by hand."""

    now = 1_500_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def accounts(tmp_path: Path, clock: Time) -> Iterator[Accounts]:
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    found = Accounts(tmp_path / "accounts.sqlite", now=clock, hasher=quick)
    yield found
    found.close()


@pytest.fixture
def passkeys(accounts: Accounts, clock: Time) -> Passkeys:
    return Passkeys(accounts, "The operation", clock)


@pytest.fixture
def session(accounts: Accounts) -> Session:
    accounts.join(accounts.first_code(), "N1", PASSWORD, HERE)
    return accounts.log_in("N1", PASSWORD, HERE)


def device(**bent: Any) -> Authenticator:
    found = Authenticator(SITE.origin, SITE.name)
    for name, value in bent.items():
        setattr(found, name, value)
    return found


def added(
    passkeys: Passkeys, session: Session, one: Authenticator | None = None, label: str = "phone"
) -> Authenticator:
    one = one or device()
    passkeys.add(session, SITE, one.make(passkeys.ask_new(session, SITE, PASSWORD, HERE)), label)
    return one


def shown(passkeys: Passkeys, one: Authenticator) -> Session:
    return passkeys.log_in(SITE, one.show(passkeys.ask(SITE, HERE)), HERE)


def test_a_passkey_is_made_and_logs_in(passkeys: Passkeys, accounts: Accounts, session: Session, clock: Time) -> None:
    one = added(passkeys, session, label=" my phone ")
    [key] = passkeys.listed("N1")
    assert (key.label, key.site, key.made, key.used) == ("my phone", "laptop.local", clock.now, 0)
    clock.now += 60
    begun = shown(passkeys, one)
    assert (begun.who, begun.how) == (session.who, "passkey")
    assert accounts.session(begun.token).how == "passkey"
    assert passkeys.listed("N1")[0].used == clock.now
    assert passkeys.of_each() == {"N1": 1}


def test_what_browsers_are_asked_for(passkeys: Passkeys, session: Session) -> None:
    one = added(passkeys, session)
    new = json.loads(passkeys.ask_new(session, SITE, PASSWORD, HERE))
    assert new["rp"] == {"id": "laptop.local", "name": "The operation"}
    assert new["authenticatorSelection"]["userVerification"] == "required"
    assert new["authenticatorSelection"]["residentKey"] == "required"
    assert new["attestation"] == "none"
    assert new["user"]["name"] == "N1"
    assert [key["id"] for key in new["excludeCredentials"]] == [passkeys.listed("N1")[0].id]
    assert one.handle == new["user"]["id"]
    login = json.loads(passkeys.ask(SITE, HERE))
    assert (login["rpId"], login["userVerification"], login["allowCredentials"]) == ("laptop.local", "required", [])
    assert len(login["challenge"]) >= 43


BENT = [
    {"origin": "https://laptop.local"},
    {"origin": "http://laptop.local:8000"},
    {"origin": "https://evil.local:8000"},
    {"site": "evil.local"},
    {"flags": PRESENT},
    {"flags": VERIFIED},
    {"flags": 0},
    {"kind": "webauthn.other"},
    {"challenge": "AAAA"},
    {"cross": True},
]


@pytest.mark.parametrize("bent", BENT, ids=str)
def test_a_bent_answer_makes_no_passkey(passkeys: Passkeys, session: Session, bent: dict[str, Any]) -> None:
    with pytest.raises(PasskeyRefusedError, match="does not open anything"):
        added(passkeys, session, device(**bent))
    assert not passkeys.listed("N1")


@pytest.mark.parametrize("bent", [*BENT, {"handle": "AAAA"}, {"handle": ""}, {"id": b"another"}], ids=str)
def test_a_bent_answer_logs_nobody_in(passkeys: Passkeys, session: Session, bent: dict[str, Any]) -> None:
    one = added(passkeys, session)
    for name, value in bent.items():
        setattr(one, name, value)
    with pytest.raises(PasskeyRefusedError, match="does not open anything"):
        shown(passkeys, one)
    assert passkeys.listed("N1")[0].used == 0


def test_another_key_signs_for_nobody(passkeys: Passkeys, session: Session) -> None:
    one, other = added(passkeys, session), device()
    other.id, other.handle = one.id, one.handle
    with pytest.raises(PasskeyRefusedError):
        shown(passkeys, other)


@pytest.mark.parametrize(
    "answer", [{}, {"id": 1}, {"id": "x", "rawId": "x", "type": "public-key", "response": {"clientDataJSON": "x"}}]
)
def test_what_is_no_answer_at_all_is_refused(passkeys: Passkeys, session: Session, answer: dict[str, Any]) -> None:
    with pytest.raises(PasskeyRefusedError):
        passkeys.log_in(SITE, answer, HERE)
    with pytest.raises(PasskeyRefusedError):
        passkeys.add(session, SITE, answer, "phone")


def test_a_question_is_answered_once_and_soon(passkeys: Passkeys, session: Session, clock: Time) -> None:
    one = added(passkeys, session)
    asked = passkeys.ask(SITE, HERE)
    passkeys.log_in(SITE, one.show(asked), HERE)
    late = passkeys.ask(SITE, HERE)
    clock.now += ANSWER_S
    for question in (asked, late):
        with pytest.raises(PasskeyRefusedError):
            passkeys.log_in(SITE, one.show(question), HERE)
    new = passkeys.ask_new(session, SITE, PASSWORD, HERE)
    passkeys.add(session, SITE, device().make(new), "laptop")
    with pytest.raises(PasskeyRefusedError):
        passkeys.add(session, SITE, device().make(new), "laptop")


def test_a_question_is_for_one_purpose_and_one_session(
    passkeys: Passkeys, accounts: Accounts, session: Session
) -> None:
    one = added(passkeys, session)
    new = passkeys.ask_new(session, SITE, PASSWORD, HERE)
    with pytest.raises(PasskeyRefusedError):
        passkeys.log_in(SITE, one.show(new), HERE)
    new = passkeys.ask_new(session, SITE, PASSWORD, HERE)
    with pytest.raises(PasskeyRefusedError):
        passkeys.add(accounts.log_in("N1", PASSWORD, HERE), SITE, device().make(new), "phone")


def test_a_flood_of_questions_voids_those_of_its_own_source(clock: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = Questions(clock)
    mine, first = questions.ask("a", HERE), questions.ask("a", "192.0.2.2")
    for _ in range(MOST_OPEN):
        questions.ask("a", "192.0.2.2")
    assert questions.answered(mine, "a")
    assert not questions.answered(first, "a")
    monkeypatch.setattr("safepassage.desk.questions.MOST_SOURCES", 1)
    last = questions.ask("a", HERE)
    for number in range(MOST_OPEN):
        questions.ask("a", f"192.0.2.{number + 3}")
    assert not questions.answered(last, "a")


def test_a_count_that_does_not_move_on_is_a_copy(passkeys: Passkeys, session: Session) -> None:
    one = added(passkeys, session, device(count=4))
    one.count = 5
    shown(passkeys, one)
    for count in (5, 4, 0):
        one.count = count
        with pytest.raises(PasskeyRefusedError):
            shown(passkeys, one)
    one.count = 6
    shown(passkeys, one)


def test_a_copy_that_answers_at_the_same_moment_is_refused(
    passkeys: Passkeys, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = added(passkeys, session, device(count=1))
    one.count = 2
    do = passkeys._do

    def late(query: str, *given: Any) -> list[tuple[Any, ...]]:
        if query.startswith("update"):
            do("update passkeys set count = 2")
        return do(query, *given)

    monkeypatch.setattr(passkeys, "_do", late)
    with pytest.raises(PasskeyRefusedError):
        shown(passkeys, one)


def test_a_passkey_is_added_and_removed_by_the_password_only(
    passkeys: Passkeys, accounts: Accounts, session: Session
) -> None:
    one = added(passkeys, session)
    other = shown(passkeys, one)
    id_ = passkeys.listed("N1")[0].id
    with pytest.raises(LoginRefusedError):
        passkeys.ask_new(other, SITE, "wrong", HERE)
    with pytest.raises(LoginRefusedError):
        passkeys.remove(other, id_, "wrong", HERE)
    passkeys.remove(session, id_, PASSWORD, HERE)
    assert not passkeys.listed("N1")
    accounts.session(session.token)
    with pytest.raises(LoginNeededError):
        accounts.session(other.token)
    with pytest.raises(PasskeyRefusedError):
        shown(passkeys, one)
    with pytest.raises(UsageError, match="no such passkey"):
        passkeys.remove(session, id_, PASSWORD, HERE)


def test_nobody_removes_or_takes_over_anothers(passkeys: Passkeys, accounts: Accounts, session: Session) -> None:
    one = added(passkeys, session)
    accounts.join(accounts.invite(session.who, "observer"), "N2", PASSWORD, HERE)
    second = accounts.log_in("N2", PASSWORD, HERE)
    with pytest.raises(UsageError):
        passkeys.remove(second, passkeys.listed("N1")[0].id, PASSWORD, HERE)
    with pytest.raises(PasskeyRefusedError, match="not taken"):
        added(passkeys, second, one)
    assert not passkeys.listed("N2")


def test_an_account_has_so_many_passkeys_and_each_is_called_something(passkeys: Passkeys, session: Session) -> None:
    for label in ("", "  ", "x" * 41):
        with pytest.raises(UsageError, match="call"):
            added(passkeys, session, label=label)
    open_ = [passkeys.ask_new(session, SITE, PASSWORD, HERE) for _ in range(2)]
    for _ in range(MOST_KEYS - 1):
        added(passkeys, session)
    passkeys.add(session, SITE, device().make(open_[0]), "phone")
    with pytest.raises(PasskeyRefusedError, match="not taken"):
        passkeys.add(session, SITE, device().make(open_[1]), "phone")
    with pytest.raises(UsageError, match="at most"):
        added(passkeys, session)


def test_passkeys_end_with_their_account(passkeys: Passkeys, accounts: Accounts, session: Session) -> None:
    accounts.join(accounts.invite(session.who, "observer"), "N2", PASSWORD, HERE)
    one = added(passkeys, accounts.log_in("N2", PASSWORD, HERE))
    accounts.close_account(session.who, "N2")
    assert not passkeys.listed("N2")
    with pytest.raises(PasskeyRefusedError):
        shown(passkeys, one)


def test_passkeys_are_not_tried_without_end(passkeys: Passkeys, session: Session) -> None:
    for _ in range(40):
        with pytest.raises(PasskeyRefusedError):
            passkeys.log_in(SITE, {}, HERE)
    with pytest.raises(TooManyTriesError):
        passkeys.log_in(SITE, {}, HERE)


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("https", "laptop.local:8000", "https://laptop.local:8000"),
        ("https", "Laptop.Local", "https://laptop.local"),
        ("http", "localhost:8000", "http://localhost:8000"),
        ("http", "laptop.local:8000", None),
        ("https", "evil.local:8000", None),
        ("https", "192.168.1.5:8000", None),
        ("https", "[::1]:8000", None),
        ("https", "[", None),
        ("https", "", None),
        ("https", "laptop.local:8000@evil", None),
    ],
)
def test_passkeys_are_for_names_that_this_server_goes_by(scheme: str, host: str, origin: str | None) -> None:
    found = site_of(scheme, host, {"localhost", "laptop.local", "192.168.1.5", "::1"})
    assert (found.origin if found else None) == origin
