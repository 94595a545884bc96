"""A ledger on the desk: verified, written out, read again, whatever it is kept in."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from ledger.histories import written
from safepassage.desk import ledger as desk
from safepassage.desk.check import readable
from safepassage.desk.files import write_lines
from safepassage.desk.ledger import as_told, board_as_told, export_ledger, replay_ledger, verify_ledger
from safepassage.ledger.checkpoints import CheckpointError
from safepassage.ledger.exporting import ExportError
from safepassage.ledger.stores import Store, StoreRefusedError
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.stores.sqlite import SqliteStore
from safepassage.model.errors import UsageError

HISTORY = written(3, 3)
CASE = Path(__file__).parents[2] / "examples" / "qalamoun-2017"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "ledger.db")
    store.append(HISTORY.events)
    store.keep_checkpoint(HISTORY.checkpoints[-1])
    store.close()
    return tmp_path / "ledger.db"


@pytest.fixture
def exported(file: Path, tmp_path: Path) -> Path:
    write_lines(tmp_path / "ledger.jsonl", export_ledger(str(file)))
    return tmp_path / "ledger.jsonl"


def test_a_ledger_and_its_export_verify(file: Path, exported: Path, tmp_path: Path) -> None:
    note = tmp_path / "printed.txt"
    note.write_bytes(HISTORY.checkpoints[-1])
    of_file = verify_ledger(str(file), [note], trusted_key=HISTORY.public_key)
    assert of_file.findings == ()
    assert verify_ledger(str(exported), [note]) == of_file


def test_a_changed_export_is_told_at_its_line(exported: Path) -> None:
    lines = exported.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"position":3', b'"position":4')
    exported.write_bytes(b"".join(lines))
    verdict = verify_ledger(str(exported))
    assert [one.what for one in verdict.findings] == ["line 5: position 4; expected 3"]
    assert as_told(verdict)["findings"][0]["severity"] == "fault"


def test_what_is_in_a_ledger_is_counted(file: Path) -> None:
    replayed = replay_ledger(str(file))
    assert sum(replayed.types.values()) == sum(replayed.devices.values()) == len(HISTORY.events)
    assert (replayed.types["opened"], replayed.types["device-enrolled"]) == (1, 3)
    connection = apsw.Connection(str(file))
    connection.execute("update events set bytes = x'00' where position = 9").fetchall()
    connection.close()
    replayed = replay_ledger(str(file))
    assert replayed.types["(no event)"] == 1
    assert not replayed.verdict.sound


def test_the_board_is_compared_with_the_operation(file: Path) -> None:
    listed = len(readable(CASE)[0].people)
    replayed = replay_ledger(str(file), folder=CASE)
    assert len(replayed.board.people) >= listed
    assert len(replayed.board.unaccounted) >= listed
    assert not replayed.brief().good
    told = board_as_told(replayed.board)
    heads = next(one["heads"] for one in told["people"].values() if one["heads"])
    assert len(bytes.fromhex(heads[0])) == 32


def test_a_plan_alone_is_of_no_operation(file: Path) -> None:
    with pytest.raises(UsageError, match="give its folder too"):
        replay_ledger(str(file), plan_file=file)


def test_a_database_elsewhere_is_read_through_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    store.append(HISTORY.events)
    asked: list[tuple[str, bool]] = []

    def opened(address: str, *, read_only: bool) -> Store:
        asked.append((address, read_only))
        return store

    monkeypatch.setattr(desk, "open_store", opened)
    assert verify_ledger("postgresql://here/ledger").findings == ()
    assert len(list(export_ledger("postgresql://here/ledger"))) == len(HISTORY.events) + 1
    assert asked == [("postgresql://here/ledger", True)] * 2


def test_what_is_no_ledger_is_refused(tmp_path: Path, file: Path, exported: Path) -> None:
    (tmp_path / "text").write_text("no ledger", encoding="utf-8")
    apsw.Connection(str(tmp_path / "other.db")).execute("create table people (id)").fetchall()
    with pytest.raises(ExportError, match="line 1"):
        verify_ledger(str(tmp_path / "text"))
    with pytest.raises(ExportError, match="no ledger; give its SQLite file"):
        list(export_ledger(str(exported)))
    with pytest.raises(StoreRefusedError, match="no ledger in a SQLite file"):
        verify_ledger(str(tmp_path / "other.db"))
    with pytest.raises(FileNotFoundError):
        verify_ledger(str(tmp_path / "absent.db"))
    with pytest.raises(CheckpointError, match="text: a checkpoint is three lines"):
        verify_ledger(str(file), [tmp_path / "text"])
    with pytest.raises(UsageError, match="--key: no Ed25519 public key"):
        verify_ledger(str(file), trusted_key="abc")
