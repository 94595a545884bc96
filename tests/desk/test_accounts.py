"""Accounts: made by code alone, logged in to without a hint, ended in time."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import apsw
import pytest
from argon2 import PasswordHasher

from desk.devices import PATIENCE_S, handed, phone, started
from safepassage.desk.accounts import (
    CODE_S,
    IDLE_S,
    LONGEST_S,
    Accounts,
    CodeRefusedError,
    LoginNeededError,
    LoginRefusedError,
    same,
)
from safepassage.desk.enrolment import enrol, revoke
from safepassage.desk.passwords import PasswordRefusedError
from safepassage.desk.recording import DeviceRevokedError, check_devices, device_role
from safepassage.desk.roles import ROLES, NotPermittedError, Who
from safepassage.desk.running import Running
from safepassage.desk.tries import TooManyTriesError, Tries
from safepassage.ledger.signing import NotAKeyError, read_device_key
from safepassage.model.errors import UsageError

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "a sentence of some length"  # noqa: S105 - of test accounts
HERE = "192.0.2.1"


class Time:
    """Seconds, moved on by hand."""

    def __init__(self) -> None:
        self.now = 1_500_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def accounts(tmp_path: Path, clock: Time) -> Iterator[Accounts]:
    found = Accounts(tmp_path / "accounts.sqlite", now=clock, hasher=QUICK)
    yield found
    found.close()


@pytest.fixture
def coordinator(accounts: Accounts) -> Who:
    accounts.join(accounts.first_code(), "N1", PASSWORD, HERE)
    return accounts.log_in("N1", PASSWORD, HERE).who


def test_the_first_account_is_made_once(accounts: Accounts, tmp_path: Path) -> None:
    void, code = accounts.first_code(), accounts.first_code()
    with pytest.raises(CodeRefusedError):
        accounts.join(void, "N1", PASSWORD, HERE)
    accounts.join(code.lower().replace("-", " "), "N1", PASSWORD, HERE)
    assert accounts.log_in("N1", PASSWORD, HERE).who == Who(name="N1", role="coordinator")
    assert not accounts.first_code()
    with pytest.raises(CodeRefusedError):
        accounts.join(code, "N2", PASSWORD, HERE)
    with pytest.raises(UsageError, match="taken"):
        accounts.join(code, "N1", PASSWORD, HERE)
    content = (tmp_path / "accounts.sqlite").read_bytes()
    assert PASSWORD.encode() not in content
    assert code.replace("-", "").encode() not in content
    assert (tmp_path / "accounts.sqlite").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("name", "password"), [("", PASSWORD), ("a b", PASSWORD), ("N1", "short"), ("N1", "x" * 201)])
def test_a_name_and_a_password_have_a_form_and_the_code_still_holds(
    accounts: Accounts, name: str, password: str
) -> None:
    code = accounts.first_code()
    with pytest.raises(UsageError):
        accounts.join(code, name, password, HERE)
    accounts.join(code, "N1", PASSWORD, HERE)


def test_people_are_invited_to_a_role(accounts: Accounts, coordinator: Who) -> None:
    accounts.join(accounts.invite(coordinator, "registration-clerk", "S1"), "N2", PASSWORD, HERE)
    clerk = accounts.log_in("N2", PASSWORD, HERE).who
    assert clerk == Who(name="N2", role="registration-clerk", serves="S1")
    assert accounts.listed(coordinator) == [coordinator, clerk]
    with pytest.raises(UsageError, match="role"):
        accounts.invite(coordinator, "king")
    for refused in (lambda: accounts.invite(clerk, "coordinator"), lambda: accounts.listed(clerk)):
        with pytest.raises(NotPermittedError):
            refused()


def test_a_code_is_over_after_a_day(accounts: Accounts, clock: Time) -> None:
    code = accounts.first_code()
    clock.now += CODE_S
    with pytest.raises(CodeRefusedError):
        accounts.join(code, "N1", PASSWORD, HERE)


def test_a_wrong_name_and_a_wrong_password_are_told_alike(accounts: Accounts, coordinator: Who) -> None:
    told = set()
    for name, password in (("N1", "wrong"), ("N9", PASSWORD), ("", "")):
        with pytest.raises(LoginRefusedError) as caught:
            accounts.log_in(name, password, HERE)
        told.add(str(caught.value))
    assert len(told) == 1


def test_passwords_are_not_guessed(accounts: Accounts, coordinator: Who) -> None:
    for _ in range(10):
        with pytest.raises(LoginRefusedError):
            accounts.log_in("N1", "wrong", HERE)
    with pytest.raises(TooManyTriesError):
        accounts.log_in("N1", PASSWORD, HERE)
    assert accounts.log_in("N1", PASSWORD, "192.0.2.2").who == coordinator


def test_codes_are_not_guessed(accounts: Accounts) -> None:
    code = accounts.first_code()
    for _ in range(40):
        with pytest.raises(CodeRefusedError):
            accounts.join("AAAA", "N1", PASSWORD, HERE)
    with pytest.raises(TooManyTriesError):
        accounts.join(code, "N1", PASSWORD, HERE)


def test_tries_are_forgotten_in_time_and_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Time()
    tries = Tries(1, 60, clock)
    tries.failed("a")
    with pytest.raises(TooManyTriesError):
        tries.allow("b", "a")
    clock.now += 60
    tries.allow("a")
    monkeypatch.setattr("safepassage.desk.tries.MOST_NAMED", 1)
    tries.failed("a", "b")
    tries.allow("a")


@pytest.mark.parametrize(("wait", "times"), [(IDLE_S + 1, 1), (IDLE_S - 1, LONGEST_S // (IDLE_S - 1) + 1)])
def test_a_session_ends_without_use_and_in_any_case(
    accounts: Accounts, coordinator: Who, clock: Time, wait: int, times: int
) -> None:
    token = accounts.log_in("N1", PASSWORD, HERE).token
    for _ in range(times - 1):
        clock.now += wait
        assert accounts.session(token).who == coordinator
    clock.now += wait
    with pytest.raises(LoginNeededError):
        accounts.session(token)


def test_a_session_is_ended_by_its_owner_and_with_its_account(accounts: Accounts, coordinator: Who) -> None:
    accounts.join(accounts.invite(coordinator, "observer"), "N2", PASSWORD, HERE)
    one, other = (accounts.log_in(name, PASSWORD, HERE).token for name in ("N1", "N2"))
    with pytest.raises(NotPermittedError):
        accounts.close_account(coordinator, "N1")
    with pytest.raises(NotPermittedError):
        accounts.close_account(accounts.session(other).who, "N1")
    accounts.close_account(coordinator, "N2")
    accounts.log_out(one)
    for token in (one, other, "", "x"):
        with pytest.raises(LoginNeededError):
            accounts.session(token)
    with pytest.raises(LoginRefusedError):
        accounts.log_in("N2", PASSWORD, HERE)


NEW = "another sentence of 7 words"


def test_a_password_is_changed_by_who_knows_it_and_other_sessions_end(accounts: Accounts, coordinator: Who) -> None:
    here, there = (accounts.log_in("N1", PASSWORD, HERE) for _ in range(2))
    for old, new, error in (
        ("wrong", NEW, LoginRefusedError),
        (PASSWORD, "short", PasswordRefusedError),
        (PASSWORD, "Movement-2026", PasswordRefusedError),
    ):
        with pytest.raises(error):
            accounts.change_password(here, old, new, HERE)
    accounts.session(there.token)
    accounts.change_password(here, PASSWORD, NEW, HERE)
    accounts.session(here.token)
    with pytest.raises(LoginNeededError):
        accounts.session(there.token)
    with pytest.raises(LoginRefusedError):
        accounts.log_in("N1", PASSWORD, HERE)
    accounts.log_in("N1", NEW, HERE)


def test_a_borrowed_session_does_not_guess_the_password(accounts: Accounts, coordinator: Who) -> None:
    session = accounts.log_in("N1", PASSWORD, HERE)
    for _ in range(10):
        with pytest.raises(LoginRefusedError):
            accounts.confirm(session, "wrong", HERE)
    with pytest.raises(TooManyTriesError):
        accounts.confirm(session, PASSWORD, HERE)


def test_ones_own_sessions_are_seen_and_ended(accounts: Accounts, coordinator: Who, clock: Time) -> None:
    first = accounts.log_in("N1", PASSWORD, HERE)
    clock.now += 100
    second = accounts.begin("N1", "passkey")
    seen = accounts.sessions(second)
    assert [(one.how, one.own) for one in seen] == [("passkey", True), ("password", False), ("password", False)]
    assert seen[1].begun == seen[1].seen == seen[0].begun - 100
    assert accounts.sessions_of_each(coordinator) == {"N1": 3}
    accounts.end_others(second)
    assert len(accounts.sessions(second)) == 1
    with pytest.raises(LoginNeededError):
        accounts.session(first.token)
    clock.now += IDLE_S + 1
    assert accounts.sessions(second) == []
    assert accounts.sessions_of_each(coordinator) == {}


def test_who_manages_accounts_ends_the_sessions_of_one(accounts: Accounts, coordinator: Who) -> None:
    accounts.join(accounts.invite(coordinator, "observer"), "N2", PASSWORD, HERE)
    own, other = (accounts.log_in(name, PASSWORD, HERE) for name in ("N1", "N2"))
    for refused in (lambda: accounts.end_sessions(other.who, "N1"), lambda: accounts.sessions_of_each(other.who)):
        with pytest.raises(NotPermittedError):
            refused()
    accounts.end_sessions(coordinator, "N2")
    with pytest.raises(LoginNeededError):
        accounts.session(other.token)
    accounts.session(own.token)


def test_nobody_begins_a_session_of_an_account_that_is_gone(accounts: Accounts, coordinator: Who) -> None:
    with pytest.raises(LoginRefusedError):
        accounts.begin("N9", "passkey")


def test_an_older_file_is_read_and_its_sessions_go_on(tmp_path: Path) -> None:
    path = tmp_path / "older.sqlite"
    older = apsw.Connection(str(path))
    older.execute(
        "create table accounts (name text primary key, role text not null, serves text not null, "
        "password text not null) strict, without rowid;"
        "create table sessions (token blob primary key, account text not null, csrf text not null, "
        "begun integer not null, seen integer not null) strict, without rowid;"
        "insert into accounts values ('N1', 'coordinator', '', 'x')"
    )
    now = int(Time().now)
    older.execute("insert into sessions values (?, 'N1', 'c', ?, ?)", (sha256(b"t").digest(), now, now))
    older.close()
    for _ in range(2):
        accounts = Accounts(path, now=Time(), hasher=QUICK)
        assert accounts.session("t").how == "password"
        accounts.close()


def test_a_tag_is_the_same_each_time_and_nowhere_else(tmp_path: Path) -> None:
    tags = []
    for name in ("a", "a", "b"):
        accounts = Accounts(tmp_path / name, hasher=QUICK)
        tags.append(accounts.tag("N1"))
        assert accounts.tag("N2") != tags[-1]
        accounts.close()
    assert tags[0] == tags[1] != tags[2]
    assert len(tags[0]) == 8


def test_a_damaged_hash_opens_nothing(accounts: Accounts, coordinator: Who) -> None:
    accounts._do("update accounts set password = 'x'")
    with pytest.raises(LoginRefusedError):
        accounts.log_in("N1", PASSWORD, HERE)


def test_secrets_are_compared_whole() -> None:
    assert same("é", "é")
    assert not same("a", "ab")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    check_devices(found)
    yield found
    found.close()


def test_a_device_enrols_by_code_and_hands_in_until_it_is_revoked(
    accounts: Accounts, coordinator: Who, running: Running
) -> None:
    device = phone("bus-1")
    code = accounts.offer_enrolment(coordinator, "bus-1", "bus-focal-point", "B1")
    who, kept = enrol(running, accounts, code, device.public_key, HERE)
    size = kept.result(PATIENCE_S).size
    assert who == device_role(running, "bus-1")[0] == Who(name="bus-1", role="bus-focal-point", serves="B1")
    again, kept = enrol(running, accounts, code, device.public_key, HERE)
    assert again == who
    assert kept.result(PATIENCE_S).size >= size
    with pytest.raises(CodeRefusedError):
        enrol(running, accounts, code, phone("bus-1").public_key, HERE)
    device.record("boarded", subject="P001", vehicle="B1")
    running.hand_in(handed(device)).result(PATIENCE_S)
    revoke(running, coordinator, "bus-1", "lost").result(PATIENCE_S)
    device.acknowledged(1)
    device.record("boarded", subject="P002", vehicle="B1")
    with pytest.raises(DeviceRevokedError):
        running.hand_in(handed(device)).result(PATIENCE_S)
    for key in (device.public_key, phone().public_key):
        code = accounts.offer_enrolment(coordinator, "bus-1", "bus-focal-point")
        with pytest.raises(CodeRefusedError, match="before"):
            enrol(running, accounts, code, key, HERE)


def test_what_is_no_key_or_no_device_is_refused(accounts: Accounts, coordinator: Who, running: Running) -> None:
    code = accounts.offer_enrolment(coordinator, "bus-1", "observer")
    for key in ("", "x", "AAAA"):
        with pytest.raises(NotAKeyError):
            read_device_key(key)
        with pytest.raises(UsageError, match="public key"):
            enrol(running, accounts, code, key, HERE)
    with pytest.raises(UsageError, match="id"):
        accounts.offer_enrolment(coordinator, "a b", "observer")
    for device in ("nobody", running.keeper.recorder.device):
        with pytest.raises(UsageError, match="no such device"):
            revoke(running, coordinator, device, "")
    for role in set(ROLES) - {"coordinator", "deputy"}:
        who = Who(name="N2", role=role)
        with pytest.raises(NotPermittedError):
            accounts.offer_enrolment(who, "bus-2", "observer")
        with pytest.raises(NotPermittedError):
            revoke(running, who, "bus-1", "")
