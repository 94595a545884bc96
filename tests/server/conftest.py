"""What tests of the server may ask for: one in this process, and its client."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from desk.devices import started
from safepassage.desk.accounts import Accounts
from safepassage.desk.planning import Planning
from safepassage.desk.recording import check_devices
from safepassage.desk.running import Running
from safepassage.server.app import application
from server.talking import Client, coordinator, talking


@pytest.fixture(autouse=True)
def no_planner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be planned for minutes: whoever is asked to waits to be stopped."""
    monkeypatch.setattr(Planning, "command", (sys.executable, "-c", "input()"))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    check_devices(found)
    yield found
    found.close()


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    found = Accounts(tmp_path / "accounts.sqlite", hasher=quick)
    yield found
    found.close()


@pytest.fixture
def client(running: Running, accounts: Accounts) -> Iterator[Client]:
    """Lend a client that is taken for a coordinator's."""
    with talking(application(running, accounts, who=coordinator)) as found:
        yield found


@pytest.fixture
def stranger(running: Running, accounts: Accounts) -> Iterator[Client]:
    """Lend a client that nobody has logged in to."""
    with talking(application(running, accounts)) as found:
        yield found
