"""Nothing acknowledged is lost, nothing is there twice: under power cuts, full and failing disks, and kills.

Beside each campaign stands a store that has to fail it: a campaign that finds nothing might look at nothing.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from ledger.faults.disk import ForgetfulStore, TrustingStore
from ledger.faults.failing_disk import fail_at_each_call
from ledger.faults.kills import kill_writers
from ledger.faults.power_cuts import LIVES, cut_power
from ledger.postgres_server import Server

pytestmark = pytest.mark.no_cover


def test_power_cuts_lose_nothing() -> None:
    found = cut_power(range(200))
    assert found.cuts == 200 * LIVES
    assert found.acknowledged > 5000
    assert (found.lost, found.broken) == (0, ())


def test_without_a_sync_at_every_commit_power_cuts_lose_events() -> None:
    found = cut_power(range(20), ForgetfulStore)
    assert found.cuts_with_loss > 10


@pytest.mark.parametrize("fault", ["full", "failing"])
def test_a_full_or_failing_disk_stops_the_store_and_loses_nothing(fault: str) -> None:
    found = fail_at_each_call("full" if fault == "full" else "failing", range(1, 3))
    assert found.failures > 250
    assert found.stopped > 200
    assert (found.lost, found.broken) == (0, ())


def test_a_store_that_trusts_a_log_whose_sync_failed_loses_events() -> None:
    found = fail_at_each_call("failing", range(1, 4), TrustingStore)
    assert found.lost > 0
    assert found.broken


def test_killed_processes_lose_nothing(tmp_path: Path) -> None:
    numbers = itertools.count()
    found = kill_writers(9, lambda: str(tmp_path / f"{next(numbers)}.ledger"))
    assert found.acknowledged > 100
    assert found._replace(acknowledged=0) == (9, 0, 0, 0, ())


def test_killed_clients_of_postgresql_lose_nothing(postgres: Server) -> None:
    found = kill_writers(6, postgres.new_ledger)
    assert found.acknowledged > 100
    assert found._replace(acknowledged=0) == (6, 0, 0, 0, ())


def test_postgresql_stopped_at_once_loses_nothing(postgres: Server) -> None:
    def restart() -> None:
        postgres.kill()
        postgres.start()

    found = kill_writers(3, postgres.new_ledger, below=restart)
    assert found.acknowledged > 50
    assert found._replace(acknowledged=0) == (3, 0, 0, 0, ())
