"""What tests of the server may ask for: one in this process, and its client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.devices import started
from safepassage.desk.recording import check_devices
from safepassage.desk.running import Running
from safepassage.server.app import application
from server.talking import Client, talking


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    check_devices(found)
    yield found
    found.close()


@pytest.fixture
def client(running: Running) -> Iterator[Client]:
    with talking(application(running)) as found:
        yield found
