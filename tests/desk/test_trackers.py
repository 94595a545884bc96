"""Tokens of trackers: told once, void when replaced or taken back, and neither guessed nor used to flood."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from desk.devices import started
from safepassage.desk.accounts import Accounts
from safepassage.desk.roles import ROLES, NotPermittedError, Who, may
from safepassage.desk.running import Running
from safepassage.desk.trackers import Pace, TooManyPositionsError, TrackerRefusedError, Trackers
from safepassage.desk.tries import TooManyTriesError
from safepassage.model.errors import UsageError

CHIEF = Who(name="N1", role="coordinator")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    yield found
    found.close()


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    found = Accounts(tmp_path / "a.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    yield found
    found.close()


def test_a_token_holds_until_it_is_replaced_or_taken_back(running: Running, accounts: Accounts, tmp_path: Path) -> None:
    found = Trackers(accounts, running.operation)
    first = found.make(CHIEF, "B1")
    other = found.make(CHIEF, "B2")
    assert found.vehicle_of(first, "here") == found.vehicle_of(first.lower().replace("-", " "), "here") == "B1"
    assert [(one.vehicle, one.by) for one in found.listed(CHIEF)] == [("B1", "N1"), ("B2", "N1")]
    second = found.make(CHIEF, "B1")
    with pytest.raises(TrackerRefusedError):
        found.vehicle_of(first, "here")
    assert Trackers(accounts, running.operation).vehicle_of(second, "here") == "B1"
    found.revoke(CHIEF, "B1")
    with pytest.raises(TrackerRefusedError):
        found.vehicle_of(second, "here")
    assert found.vehicle_of(other, "here") == "B2"
    kept = (tmp_path / "a.sqlite").read_bytes()
    assert other.encode() not in kept
    assert other.replace("-", "").encode() not in kept
    with pytest.raises(UsageError):
        found.make(CHIEF, "B99")


@pytest.mark.parametrize("role", ROLES)
def test_who_lets_devices_in_lets_trackers_in(running: Running, accounts: Accounts, role: str) -> None:
    found, who = Trackers(accounts, running.operation), Who(name="N1", role=role)
    for act in (lambda: found.make(who, "B1"), lambda: found.revoke(who, "B1"), lambda: found.listed(who)):
        if may(who, "enrol-devices"):
            act()
        else:
            with pytest.raises(NotPermittedError):
                act()


def test_who_tries_in_vain_is_told_to_wait_and_shuts_out_nobody(running: Running, accounts: Accounts) -> None:
    found = Trackers(accounts, running.operation)
    token = found.make(CHIEF, "B1")
    for _ in range(40):
        with pytest.raises(TrackerRefusedError):
            found.vehicle_of("", "there")
    with pytest.raises(TooManyTriesError):
        found.vehicle_of("", "there")
    assert found.vehicle_of(token, "there") == found.vehicle_of(token, "here") == "B1"


def test_a_phone_that_was_away_sends_much_at_once_but_not_for_ever() -> None:
    now = [0.0]
    pace = Pace(3, 2.0, lambda: now[0])
    for _ in range(3):
        pace.take("B1")
    for _ in range(2):
        with pytest.raises(TooManyPositionsError):
            pace.take("B1")
    pace.take("B2")
    now[0] = 0.5
    pace.take("B1")
    with pytest.raises(TooManyPositionsError):
        pace.take("B1")
    now[0] = 100
    for _ in range(3):
        pace.take("B1")
    with pytest.raises(TooManyPositionsError):
        pace.take("B1")
