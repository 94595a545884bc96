"""One suite for every store: memory, SQLite, PostgreSQL, and group commit in front of SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.postgres_server import Server
from safepassage.ledger.envelope import digest
from safepassage.ledger.stores import Store, StoreRefusedError, StoreStoppedError
from safepassage.ledger.stores.committing import CommittingStore
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.stores.moving import copy
from safepassage.ledger.stores.opening import open_store
from safepassage.ledger.stores.postgres import PostgresStore
from safepassage.ledger.stores.sqlite import SqliteStore

KINDS = ("memory", "sqlite", "postgres", "committing")
LASTING = ("sqlite", "postgres", "committing")


@pytest.fixture
def new_address(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Make addresses of empty stores."""
    made: list[str] = []

    def new(kind: str) -> str:
        if kind == "postgres":
            server: Server = request.getfixturevalue("postgres")
            return server.new_ledger()
        made.append(str(tmp_path / f"{len(made)}.ledger"))
        return made[-1]

    return new


def opened(kind: str, address: str) -> Store:
    if kind == "memory":
        return MemoryStore()
    store = open_store(address)
    return CommittingStore(store) if kind == "committing" else store


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, new_address: Callable[[str], str]) -> Iterator[Store]:
    """Lend an empty store of each kind."""
    with closing(opened(request.param, new_address(request.param))) as made:
        yield made


def test_an_empty_store_holds_nothing(store: Store) -> None:
    assert len(store) == 0
    assert list(store.read()) == []
    assert store.append([]) == []
    assert store.positions([digest(b"a")]) == [None]
    assert store.checkpoints() == []


def test_positions_follow_the_order_of_arrival(store: Store) -> None:
    assert store.append([b"c", b"a"]) == [0, 1]
    assert store.append([b"b"]) == [2]
    assert list(store.read()) == [b"c", b"a", b"b"]
    assert store.positions([digest(b"b"), digest(b"x"), digest(b"c")]) == [2, None, 0]
    assert store.positions([]) == []


def test_positions_of_very_many_are_told_in_the_order_asked(store: Store) -> None:
    events = [b"%d" % number for number in range(250)]
    store.append(events)
    asked = [digest(events[number]) for number in (249, 3, 3, *range(240), 0)] + [digest(b"x")]
    assert store.positions(asked) == [249, 3, 3, *range(240), 0, None]


def test_what_is_there_keeps_its_position(store: Store) -> None:
    store.append([b"a", b"b"])
    assert store.append([b"b", b"c", b"c", b"a"]) == [1, 2, 2, 0]
    assert store.append([b"a"]) == [0]
    assert list(store.read()) == [b"a", b"b", b"c"]
    assert len(store) == 3


def test_a_large_batch_is_kept_whole_and_once(store: Store) -> None:
    events = [b"event %d" % number for number in range(1201)]
    assert store.append(events[:70]) == list(range(70))
    assert store.append([*events, *events[:5]]) == [*range(1201), *range(5)]
    assert list(store.read()) == events
    assert store.append(events[600:700]) == list(range(600, 700))


@pytest.mark.parametrize(
    ("start", "stop"), [(0, None), (3, None), (2, 5), (0, 0), (999, 1101), (1500, None), (5, 2), (0, 5000)]
)
def test_a_part_is_read(store: Store, start: int, stop: int | None) -> None:
    events = [b"event %d" % number for number in range(1100)]
    store.append(events)
    assert list(store.read(start, stop)) == events[start:stop]


def test_reading_does_not_wait_for_what_comes_after_it_began(store: Store) -> None:
    store.append([b"a", b"b"])
    reading = store.read()
    assert next(reading) == b"a"
    store.append([b"c"])
    assert list(reading) == [b"b"]


def test_any_bytes_are_kept_as_they_are(store: Store) -> None:
    odd = [b"", b"\x00", b"\xff" * 16_384, "قائمة".encode(), b"\\x41"]
    store.append(odd)
    assert list(store.read()) == odd


def test_checkpoints_are_kept_in_order(store: Store) -> None:
    for note in (b"one", b"two", b"two"):
        store.keep_checkpoint(note)
    assert store.checkpoints() == [b"one", b"two", b"two"]


def test_a_backup_is_the_same_ledger(store: Store, tmp_path: Path) -> None:
    store.append([b"event %d" % number for number in range(1500)])
    store.keep_checkpoint(b"note")
    store.back_up(tmp_path / "backup")
    store.append([b"later"])
    with closing(SqliteStore(tmp_path / "backup")) as backup:
        assert list(backup.read()) == list(store.read(0, 1500))
        assert backup.checkpoints() == [b"note"]
        assert backup.faults() == []


def test_a_backup_is_not_written_over_a_file(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    target.write_bytes(b"something")
    with pytest.raises(FileExistsError, match="needs a new name"):
        store.back_up(target)
    assert target.read_bytes() == b"something"


@pytest.mark.parametrize("kind", LASTING)
def test_what_was_kept_is_there_after_opening_anew(kind: str, new_address: Callable[[str], str]) -> None:
    address = new_address(kind)
    with closing(opened(kind, address)) as store:
        store.append([b"a", b"b"])
        store.keep_checkpoint(b"note")
    with closing(opened(kind, address)) as store:
        assert store.append([b"c", b"b"]) == [2, 1]
        assert list(store.read()) == [b"a", b"b", b"c"]
        assert store.checkpoints() == [b"note"]


@pytest.mark.parametrize("kind", LASTING)
def test_a_closed_store_takes_nothing(kind: str, new_address: Callable[[str], str]) -> None:
    store = opened(kind, new_address(kind))
    store.close()
    with pytest.raises(StoreStoppedError):
        store.append([b"a"])
    with pytest.raises(StoreStoppedError):
        store.keep_checkpoint(b"a")
    with pytest.raises(StoreStoppedError):
        list(store.read())
    store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_second_writer_is_refused_and_a_reader_is_not(
    kind: str, new_address: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqliteStore, "patience_ms", 0)
    monkeypatch.setattr(PostgresStore, "patience_ms", 1)
    address = new_address(kind)
    with closing(open_store(address)) as store:
        store.append([b"a"])
        with pytest.raises(StoreRefusedError, match="one process writes"):
            open_store(address)
        with closing(open_store(address, read_only=True)) as reader:
            store.append([b"b"])
            assert list(reader.read()) == [b"a", b"b"]
            with pytest.raises(StoreRefusedError, match="reading only"):
                reader.append([b"c"])
    with closing(open_store(address)) as store:
        assert store.append([b"c"]) == [2]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_looking_at_what_is_not_there_makes_nothing(kind: str, new_address: Callable[[str], str]) -> None:
    address = new_address(kind)
    with pytest.raises(StoreRefusedError):
        open_store(address, read_only=True)
    with closing(open_store(address)) as store:
        assert len(store) == 0


def test_a_ledger_moves_to_postgresql_and_back(new_address: Callable[[str], str]) -> None:
    events = [b"event %d" % (number * 7919 % 2500) for number in range(2500)]
    stores = [open_store(new_address(kind)) for kind in ("sqlite", "postgres", "sqlite")]
    stores[0].append(events)
    for note in (b"one", b"two"):
        stores[0].keep_checkpoint(note)
    assert copy(stores[0], stores[1]) == 2500
    assert copy(stores[1], stores[2]) == 2500
    for store in stores:
        assert list(store.read()) == events
        assert store.checkpoints() == [b"one", b"two"]
        store.close()


BATCHES = st.lists(st.lists(st.binary(max_size=2), max_size=40), max_size=8)


@pytest.mark.parametrize("kind", LASTING)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
def test_every_store_does_as_the_one_in_memory(
    kind: str, new_address: Callable[[str], str], batches: list[list[bytes]]
) -> None:
    plain = MemoryStore()
    with closing(opened(kind, new_address(kind))) as store:
        for batch in batches:
            assert store.append(batch) == plain.append(batch)
        assert list(store.read()) == list(plain.read())
        assert len(store) == len(plain)
        names = [digest(data) for batch in batches for data in batch] + [digest(b"other")]
        assert store.positions(names) == plain.positions(names)
