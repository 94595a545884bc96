"""What only the SQLite store does: refuse files and versions, bring up old formats, back up while others append."""

from __future__ import annotations

import random
import threading
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import apsw
import pytest

from ledger.faults.disk import Disk, DiskStore
from safepassage.ledger.envelope import digest
from safepassage.ledger.stores import StoreRefusedError, StoreStoppedError, sqlite
from safepassage.ledger.stores.migrations import STEPS
from safepassage.ledger.stores.moving import restore
from safepassage.ledger.stores.sqlite import SqliteStore, check_library

# Never to be changed: as format 1 was released.
FORMAT_1 = """
    create table events (
        position integer primary key, digest blob not null unique, bytes blob not null
    ) strict;
    create table checkpoints (number integer primary key, note blob not null) strict;
    pragma application_id = 1397771335;
    pragma user_version = 1;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.ledger"


def events(count: int) -> list[bytes]:
    return [b"event %d " % number * 40 for number in range(count)]


def change(path: Path, statement: str) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("version", ["3.51.2", "3.50.9", "3.7.0"])
def test_a_version_with_the_fault_of_the_log_is_refused(version: str) -> None:
    with pytest.raises(StoreRefusedError, match=r"3\.51\.3 or newer"):
        check_library(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.52.0", "4.0.0", apsw.sqlite_lib_version()])
def test_a_version_without_it_is_taken(version: str) -> None:
    check_library(version)


def test_the_store_looks_at_the_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with pytest.raises(StoreRefusedError):
        SqliteStore(path)
    assert not path.exists()


def test_every_commit_is_synced(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        assert store._writer.pragma("synchronous") == 2
        assert store._writer.pragma("journal_mode") == "wal"


def test_another_programs_file_is_refused_and_left_alone(path: Path) -> None:
    change(path, "create table other (number integer)")
    before = path.read_bytes()
    with pytest.raises(StoreRefusedError, match="no ledger"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_what_is_no_sqlite_file_is_refused(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreRefusedError, match="not a readable SQLite file"):
        SqliteStore(path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreRefusedError, match="cannot be opened"):
        SqliteStore(tmp_path / "none" / "one.ledger")


def test_a_place_without_a_write_ahead_log_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreRefusedError, match="a disk of this machine"):
        SqliteStore(":memory:")


def test_a_newer_format_is_refused_and_left_alone(path: Path) -> None:
    SqliteStore(path).close()
    change(path, "pragma user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StoreRefusedError, match="format 99"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_file_of_format_1_is_read(path: Path) -> None:
    change(path, FORMAT_1)
    with closing(apsw.Connection(str(path))) as connection:
        for position, data in enumerate(events(3)):
            connection.execute("insert into events values (?, ?, ?)", (position, digest(data), data))
        connection.execute("insert into checkpoints values (1, ?)", (b"note",))
    with closing(SqliteStore(path)) as store:
        assert list(store.read()) == events(3)
        assert store.append(events(4)) == [0, 1, 2, 3]
        assert store.checkpoints() == [b"note"]
        assert store.faults() == []


class LaterStore(SqliteStore):
    """As a later release might be."""

    steps: ClassVar[tuple[str, ...]] = (*STEPS, "create table more (number integer)", "insert into more values (7)")


def test_an_old_file_is_brought_up_step_by_step_and_only_once(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.append(events(3))
    for _ in range(2):
        with closing(LaterStore(path)) as later:
            assert list(later.read()) == events(3)
            assert later._fetch("select number from more") == [(7,)]
            assert later._writer.pragma("user_version") == 3
    with pytest.raises(StoreRefusedError, match="format 3"):
        SqliteStore(path)


def test_a_step_that_fails_leaves_the_file_at_the_step_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteStore(path).close()
    monkeypatch.setattr(LaterStore, "steps", (*STEPS, "create table more (number)", "create table more (number)"))
    with pytest.raises(StoreStoppedError, match="more already exists"):
        LaterStore(path)
    with closing(apsw.Connection(str(path))) as connection:
        assert connection.pragma("user_version") == 2


def test_reading_does_not_bring_a_file_up(path: Path) -> None:
    SqliteStore(path).close()
    with pytest.raises(StoreRefusedError, match="open it for writing once"):
        LaterStore(path, read_only=True)


def test_what_goes_wrong_in_an_append_stops_the_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with closing(SqliteStore(path)) as store:
        store.append(events(2))
        with monkeypatch.context() as patch:
            patch.setattr(sqlite, "_insert", interrupted)
            with pytest.raises(KeyboardInterrupt):
                store.append(events(3))
        with pytest.raises(StoreStoppedError, match="KeyboardInterrupt"):
            store.append(events(3))
        with pytest.raises(StoreStoppedError, match="open it anew"):
            store.keep_checkpoint(b"note")
        assert list(store.read()) == events(2)
    with closing(SqliteStore(path)) as store:
        assert store.append(events(3)) == [0, 1, 2]


def test_what_is_no_bytes_is_refused_before_anything_is_written(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        with pytest.raises(TypeError):
            store.append(["text"])  # type: ignore[list-item]
        assert store.append(events(1)) == [0]


def test_a_backup_goes_on_while_others_append_and_does_not_begin_again(path: Path, tmp_path: Path) -> None:
    steps = 0

    class Busy(SqliteStore):
        backup_pages: ClassVar[int] = 5

        def _step(self, backup: apsw.Backup) -> bool:
            nonlocal steps
            steps += 1
            if steps < 200:
                self.append([b"during %d" % steps])
            return super()._step(backup)

    with closing(Busy(path)) as store:
        store.append(events(1000))
        store.back_up(tmp_path / "backup")
        assert 20 < steps < 150
        expected = list(store.read())
    with closing(SqliteStore(tmp_path / "backup")) as backup:
        assert list(backup.read()) == expected
        assert backup.faults() == []


def test_threads_append_while_a_backup_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqliteStore, "backup_pages", 2)
    with closing(SqliteStore(path)) as store:
        store.append(events(500))
        threads = [
            threading.Thread(target=lambda k=k: [store.append([b"thread %d %d" % (k, n)]) for n in range(30)])
            for k in range(3)
        ]
        for thread in threads:
            thread.start()
        store.back_up(tmp_path / "backup")
        for thread in threads:
            thread.join()
        assert len(store) == 590
        with closing(SqliteStore(tmp_path / "backup")) as backup:
            assert list(backup.read()) == list(store.read(0, len(backup)))
            assert len(backup) >= 500


def test_what_a_cut_left_of_a_backup_is_cleared_away(path: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.part").write_bytes(b"half a file")
    (tmp_path / "backup.part-journal").write_bytes(b"its journal")
    with closing(SqliteStore(path)) as store:
        store.append(events(3))
        store.back_up(tmp_path / "backup")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["backup", "one.ledger"]


def test_a_backup_that_fails_is_told_and_the_store_goes_on(path: Path, tmp_path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        with pytest.raises(StoreStoppedError, match="backup to"):
            store.back_up(tmp_path / "none" / "backup")
        assert store.append(events(2)) == [0, 1]


def test_a_name_that_cannot_be_given_is_told(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("input/output error")

    with closing(SqliteStore(path)) as store:
        monkeypatch.setattr(Path, "rename", refuse)
        with pytest.raises(StoreStoppedError, match="input/output error"):
            store.back_up(tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_a_backup_becomes_a_ledger_again(path: Path, tmp_path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.append(events(700))
        store.back_up(tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    with closing(SqliteStore(tmp_path / "again")) as store:
        assert list(store.read()) == events(700)
    with pytest.raises(FileExistsError):
        restore(tmp_path / "backup", tmp_path / "again")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update events set digest = zeroblob(32) where position = 600", "position 600: the digest"),
        ("delete from events where position = 601", "position 601 is missing"),
        ("update events set bytes = x'00' where position = 2", "position 2: the digest"),
    ],
)
def test_a_changed_backup_is_not_restored(path: Path, tmp_path: Path, statement: str, words: str) -> None:
    with closing(SqliteStore(path)) as store:
        store.append(events(700))
        store.back_up(tmp_path / "backup")
    change(tmp_path / "backup", statement)
    with pytest.raises(StoreRefusedError, match=words):
        restore(tmp_path / "backup", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_damaged_page_is_found(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.append(events(700))
    content = bytearray(path.read_bytes())
    content[20 * 4096 : 20 * 4096 + 64] = bytes(64)
    path.write_bytes(content)
    with closing(SqliteStore(path, read_only=True)) as store:
        assert store.faults()


def test_a_full_disk_stops_the_store_until_it_is_opened_anew(tmp_path: Path) -> None:
    disk = Disk(tmp_path, random.Random(1))
    with closing(DiskStore(disk)) as store:
        store.append(events(2))
        disk.plan("full", 1)
        with pytest.raises(StoreStoppedError, match="takes nothing more"):
            store.append(events(3))
        disk.plan("full", 0)
        with pytest.raises(StoreStoppedError, match="open it anew"):
            store.append(events(3))
        assert list(store.read()) == events(2)
    with closing(DiskStore(disk)) as store:
        assert store.append(events(3)) == [0, 1, 2]
    disk.unregister()


def test_a_log_left_by_a_kill_is_carried_over(path: Path, tmp_path: Path) -> None:
    store = SqliteStore(path)
    store.append(events(900))
    for ending in ("", "-wal"):
        (tmp_path / f"left{ending}").write_bytes(path.with_name(path.name + ending).read_bytes())
    store.close()
    assert (tmp_path / "left-wal").stat().st_size > 4 * sqlite.LOG_PIECE
    with closing(SqliteStore(tmp_path / "left")) as again:
        assert list(again.read()) == events(900)
    assert not (tmp_path / "left-wal").exists()


class Carried(SqliteStore):
    """Carries over early, and says when it did."""

    carried_at: ClassVar[int] = 20
    longest_log: ClassVar[int] = 40

    def __init__(self, path: Path) -> None:
        self.did = threading.Event()
        super().__init__(path)

    def carry_over(self) -> None:
        super().carry_over()
        self.did.set()


def log_pages(path: Path) -> float:
    return path.with_name(path.name + "-wal").stat().st_size / 4096


def test_a_long_log_is_carried_over_by_a_thread_beside_the_writer(path: Path) -> None:
    with closing(Carried(path)) as store:
        before = path.stat().st_size
        for data in events(12):
            store.append([data])
        assert store.did.wait(60)
        assert path.stat().st_size > before
        assert list(store.read()) == events(12)


@pytest.mark.parametrize("who", ["thread", "writer"])
def test_a_log_stays_bounded_while_it_is_added_to(path: Path, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    monkeypatch.setattr(Carried, "carries_beside", who == "thread")
    with closing(Carried(path)) as store:
        for number in range(300):
            store.append([b"event %d " % number * 500])
        # twice the longest, and the last transaction on top
        assert log_pages(path) < 2 * Carried.longest_log + 10
    assert not path.with_name(path.name + "-wal").exists()


def test_a_log_that_cannot_be_carried_over_stops_the_store_and_loses_nothing(tmp_path: Path) -> None:
    disk = Disk(tmp_path, random.Random(1))
    with closing(DiskStore(disk)) as store:
        store.append(events(2))
        disk.plan("failing", 1)
        store.carry_over()
        with pytest.raises(StoreStoppedError, match="open it anew"):
            store.append(events(3))
        calls = disk.calls
        store.carry_over()
        assert disk.calls == calls
    with closing(DiskStore(disk)) as store:
        assert list(store.read()) == events(2)
    disk.unregister()


def test_while_another_program_carries_over_the_log_grows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Carried(path)) as store:
        monkeypatch.setattr(apsw, "SQLITE_CHECKPOINT_PASSIVE", apsw.SQLITE_CHECKPOINT_FULL)
        # a full one waits for writers, and this store is always one
        store._carrier.set_busy_timeout(0)
        store.append(events(1))
        store.carry_over()
        assert store.append(events(2)) == [0, 1]
