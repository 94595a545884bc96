"""What only the PostgreSQL store does: look at the server, and stop when it goes away."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ledger.postgres_server import Server
from safepassage.ledger.stores import StoreRefusedError, StoreStoppedError, postgres
from safepassage.ledger.stores.postgres import PostgresStore, check_server

GOOD = {"fsync": "on", "data_sync_retry": "off"}


def test_a_server_that_keeps_what_it_says_is_taken() -> None:
    check_server(120_000, GOOD.__getitem__)


@pytest.mark.parametrize(
    ("version", "settings", "words"),
    [
        (110_022, GOOD, "version 12"),
        (180_000, GOOD | {"fsync": "off"}, "fsync=on"),
        (180_000, GOOD | {"data_sync_retry": "on"}, "data_sync_retry"),
    ],
)
def test_a_server_that_may_lose_events_is_refused(version: int, settings: dict[str, str], words: str) -> None:
    with pytest.raises(StoreRefusedError, match=words):
        check_server(version, settings.__getitem__)


def test_the_server_is_looked_at(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safepassage.ledger.stores.postgres.OLDEST", 999_999)
    with pytest.raises(StoreRefusedError):
        PostgresStore(postgres.new_ledger())


def test_a_missing_package_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreRefusedError, match=r"pip install 'safepassage\[postgresql\]'"):
        PostgresStore("postgresql://nowhere/")


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreStoppedError, match="PostgreSQL"):
        PostgresStore(f"postgresql://postgres@/postgres?host={tmp_path}")


def test_commits_are_synced_whatever_the_server_says(postgres: Server) -> None:
    with closing(PostgresStore(postgres.new_ledger() + "%20-csynchronous_commit%3Doff")) as store:
        assert store._setting("synchronous_commit") == "on"


def test_a_newer_format_is_refused(postgres: Server) -> None:
    address = postgres.new_ledger()
    PostgresStore(address).close()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("update ledger_format set version = 99")
    with pytest.raises(StoreRefusedError, match="format 99"):
        PostgresStore(address)


def end(address: str, store: PostgresStore, connection: psycopg.Connection) -> None:
    """Let the server end a connection of the store."""
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 60000)", (connection.info.backend_pid,))


@pytest.mark.parametrize("count", [1, 3 * postgres.COPY_FROM])
def test_a_lost_connection_stops_the_store(postgres: Server, count: int) -> None:
    address = postgres.new_ledger()
    with closing(PostgresStore(address)) as store:
        store.append([b"a"])
        end(address, store, store._writer)
        with pytest.raises(StoreStoppedError, match="takes nothing more"):
            store.append([b"%d" % number for number in range(count)])
        with pytest.raises(StoreStoppedError, match="open it anew"):
            store.append([b"b"])
        assert list(store.read()) == [b"a"]
    with closing(PostgresStore(address)) as store:
        assert store.append([b"b", b"a"]) == [1, 0]


def test_a_lost_connection_for_reading_is_told(postgres: Server) -> None:
    address = postgres.new_ledger()
    with closing(PostgresStore(address)) as store:
        end(address, store, store._reader)
        with pytest.raises(StoreStoppedError):
            len(store)
        assert store.append([b"a"]) == [0]


def test_what_is_no_bytes_is_refused_before_anything_is_sent(postgres: Server) -> None:
    with closing(PostgresStore(postgres.new_ledger())) as store:
        with pytest.raises(TypeError):
            store.append(["text"])  # type: ignore[list-item]
        assert store.append([b"a"]) == [0]


def test_an_interrupted_append_stops_the_store(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    address = postgres.new_ledger()
    with closing(PostgresStore(address)) as store:
        monkeypatch.setattr(PostgresStore, "_copy", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.append([b"%d" % number for number in range(100)])
        with pytest.raises(StoreStoppedError, match="KeyboardInterrupt"):
            store.append([b"a"])
