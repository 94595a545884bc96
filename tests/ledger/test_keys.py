"""Every store of keys keeps the same promises; a file keeps them against whoever takes it away."""

from __future__ import annotations

import random
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from safepassage.ledger.keys import (
    COMPARTMENTS,
    KeyDestroyedError,
    KeysRefusedError,
    KeyStore,
    MemoryKeys,
    NoKeyError,
)
from safepassage.ledger.stores.key_files import Cost, KeyFile

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
Opened = Callable[[], KeyFile]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "operation.keys"


@pytest.fixture
def opened(path: Path) -> Opened:
    return lambda: KeyFile(path, "a passphrase", cost=CHEAP)


@pytest.fixture(params=["memory", "file"])
def keys(request: pytest.FixtureRequest, opened: Opened) -> Iterator[KeyStore]:
    store: KeyStore = MemoryKeys() if request.param == "memory" else opened()
    yield store
    store.close()


def test_a_key_is_made_once_for_each_person_and_compartment(keys: KeyStore) -> None:
    made = [keys.key(person, compartment) for person in ("P001", "P002") for compartment in COMPARTMENTS]
    assert [len(key) for key in made] == [32] * 4
    assert len(set(made)) == 4
    assert keys.key("P001", "identity") == made[0] == keys.known_key("P001", "identity")


def test_to_open_none_is_made(keys: KeyStore) -> None:
    for _ in range(2):
        with pytest.raises(NoKeyError, match="medical key of P001"):
            keys.known_key("P001", "medical")


def test_destroyed_keys_stay_destroyed(keys: KeyStore) -> None:
    kept = keys.key("P002", "identity")
    keys.key("P001", "identity")
    for _ in range(2):
        keys.destroy("P001")
    keys.destroy("P003")
    assert keys.destroyed() == {"P001", "P003"}
    for compartment in COMPARTMENTS:
        with pytest.raises(KeyDestroyedError, match="P001"):
            keys.key("P001", compartment)
        with pytest.raises(KeyDestroyedError, match="P001"):
            keys.known_key("P001", compartment)
    assert keys.key("P002", "identity") == kept


def test_a_file_gives_the_same_keys_when_opened_again(opened: Opened) -> None:
    keys = opened()
    made = keys.key("P001", "identity")
    keys.key("P002", "identity")
    keys.destroy("P002")
    keys.close()
    keys = opened()
    assert keys.known_key("P001", "identity") == made
    assert keys.destroyed() == {"P002"}
    keys.close()


def test_a_file_is_for_its_owner_alone_and_closed_to_a_second_process(path: Path, opened: Opened) -> None:
    keys = opened()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeysRefusedError, match="locked"):
        opened()
    code = f"import apsw; apsw.Connection({str(path)!r}).pragma('user_version')"
    other = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "BusyError" in other.stderr
    assert keys.key("P001", "identity")
    keys.close()


@pytest.mark.parametrize("wrong", ["", "A passphrase", "a passphrase "])
def test_another_passphrase_opens_nothing(opened: Opened, path: Path, wrong: str) -> None:
    keys = opened()
    keys.close()
    with pytest.raises(KeysRefusedError, match="passphrase"):
        KeyFile(path, wrong)
    opened().close()


def test_an_empty_passphrase_is_refused_for_a_new_file(path: Path) -> None:
    with pytest.raises(KeysRefusedError, match="empty"):
        KeyFile(path, "")


def test_what_is_no_file_of_keys_is_refused(path: Path) -> None:
    path.write_bytes(b"no database" * 100)
    with pytest.raises(KeysRefusedError, match="not a database"):
        KeyFile(path, "a passphrase")
    path.unlink()
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE events(position)")
    other.close()
    with pytest.raises(KeysRefusedError, match="no file of keys"):
        KeyFile(path, "a passphrase")
    with pytest.raises(FileNotFoundError):
        KeyFile(path.parent / "missing" / "operation.keys", "a passphrase")


def test_a_new_file_takes_the_cost_that_the_standard_recommends(path: Path) -> None:
    KeyFile(path, "a passphrase").close()
    row = apsw.Connection(str(path)).execute("SELECT memory_kib, passes, lanes FROM master").fetchall()
    assert row == [(65_536, 3, 4)]


def change(path: Path, statement: str) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(statement)
    connection.close()


def test_keys_cannot_be_exchanged_between_rows_or_changed(opened: Opened, path: Path) -> None:
    keys = opened()
    keys.key("P001", "identity")
    keys.key("P002", "identity")
    keys.close()
    change(path, "UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE person = 'P002')")
    keys = opened()
    with pytest.raises(KeysRefusedError, match="P001 is damaged"):
        keys.known_key("P001", "identity")
    assert keys.known_key("P002", "identity")
    keys.close()


def test_after_a_failed_write_the_file_is_let_go(opened: Opened, path: Path) -> None:
    keys = opened()
    keys.close()
    change(path, "CREATE TRIGGER full BEFORE INSERT ON keys BEGIN SELECT raise(ABORT, 'disk full'); END")
    keys = opened()
    with pytest.raises(KeysRefusedError, match="disk full"):
        keys.key("P001", "identity")
    with pytest.raises(KeysRefusedError, match="closed"):
        keys.key("P001", "identity")
    with pytest.raises(KeysRefusedError):
        keys.destroy("P001")


def on_disk(folder: Path) -> bytes:
    """Everything in the folder: the file, its journal, and whatever else was left."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def wrapped(path: Path, person: str) -> list[bytes]:
    """Return the rows of a person as they stand in a file that nobody holds."""
    connection = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    rows = connection.execute("SELECT wrapped FROM keys WHERE person = ?", (person,)).fetchall()
    connection.close()
    return [row[0] for row in rows if isinstance(row[0], bytes)]


def fill(keys: KeyStore, count: int, seed: int) -> list[str]:
    """Make keys of many persons in no order, so that rows move between pages."""
    persons = [f"P{number:04}" for number in range(count)]
    random.Random(seed).shuffle(persons)
    for person in persons:
        for compartment in COMPARTMENTS:
            keys.key(person, compartment)
    return persons


@pytest.mark.parametrize("held", [True, False], ids=["while held", "after closing"])
def test_nothing_of_a_destroyed_key_is_left_in_the_folder(path: Path, opened: Opened, held: bool) -> None:  # noqa: FBT001
    keys = opened()
    persons = fill(keys, 120, seed=3)
    chosen = persons[::10]
    plain = [keys.known_key(person, compartment) for person in chosen for compartment in COMPARTMENTS]
    keys.close()
    rows = [row for person in chosen for row in wrapped(path, person)]
    assert len(rows) == len(plain)
    assert all(row in on_disk(path.parent) for row in rows)
    keys = opened()
    for person in chosen:
        keys.destroy(person)
    if not held:
        keys.close()
    left = on_disk(path.parent)
    assert not any(row in left for row in rows)
    assert not any(row[12:44] in left for row in rows)
    assert not any(key in left for key in plain)
    keys.close()


def careless(path: Path, secure_delete: str) -> list[bytes]:
    """Delete a person's rows as SQLite does by itself, and return them."""
    rows = wrapped(path, "P0007")
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA journal_mode=PERSIST; PRAGMA secure_delete={secure_delete}").fetchall()
    connection.execute("DELETE FROM keys WHERE person = 'P0007'")
    connection.close()
    return rows


@pytest.mark.parametrize("secure_delete", ["OFF", "ON"])
def test_the_scan_finds_what_a_plain_deletion_leaves_and_opening_the_file_removes_it(
    path: Path, opened: Opened, secure_delete: str
) -> None:
    keys = opened()
    fill(keys, 60, seed=5)
    keys.close()
    rows = careless(path, secure_delete)
    assert rows
    assert all(row[:16] in on_disk(path.parent) for row in rows)
    opened().close()
    assert not any(row[:16] in on_disk(path.parent) for row in rows)


def test_a_crash_in_the_middle_of_destroying_leaves_nothing_once_the_file_is_opened(path: Path, opened: Opened) -> None:
    keys = opened()
    fill(keys, 20, seed=6)
    keys.close()
    rows = wrapped(path, "P0007")
    code = f"""
import os
from pathlib import Path
from safepassage.ledger.stores import key_files
keys = key_files.KeyFile(Path({str(path)!r}), "a passphrase")
keys._scrub = lambda: os._exit(9)
keys.destroy("P0007")
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.returncode == 9
    assert not any(row in path.read_bytes() for row in rows)
    keys = opened()
    assert keys.destroyed() == {"P0007"}
    with pytest.raises(KeyDestroyedError):
        keys.known_key("P0007", "identity")
    assert not any(row in on_disk(path.parent) for row in rows)
    keys.close()
