"""The live ledger: acknowledged is durable, one bad parcel hurts no other, and trouble reaches everyone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desk.devices import PATIENCE_S, enrolled, handed, phone, started
from safepassage.desk import calls, writing
from safepassage.desk import running as running_room
from safepassage.desk.calls import FEWEST, Kept
from safepassage.desk.files import PLACE
from safepassage.desk.running import Running, open_running
from safepassage.desk.server_keys import ServerKeysError, server_keys
from safepassage.desk.writing import BusyError
from safepassage.ledger import checkpoints, snapshots
from safepassage.ledger.board import board_of
from safepassage.ledger.envelope import decode
from safepassage.ledger.keeper import HandedIn, NotTakenError
from safepassage.ledger.merging import Key
from safepassage.ledger.recording import NotRecordedError, Parcel
from safepassage.ledger.stores import StoreRefusedError, StoreStoppedError
from safepassage.ledger.vocabulary import Reading


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    yield found
    found.close()


class Gate:
    """Holds the writer in its next append, so that what comes meanwhile waits together."""

    def __init__(self, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.held, self.open = threading.Event(), threading.Event()
        append = running.keeper.store.append

        def slow(events: list[bytes]) -> list[int]:
            self.held.set()
            assert self.open.wait(PATIENCE_S)
            self.sizes.append(len(events))
            return append(events)

        monkeypatch.setattr(running.keeper.store, "append", slow)


def types(running: Running) -> list[str]:
    return [decode(data.encode()).type for data in running.events(0).events]


def test_a_new_ledger_begins_with_its_operation_and_its_server(running: Running) -> None:
    assert types(running) == ["opened", "device-enrolled"]
    now = running.now()
    assert now.size == 2
    assert set(now.state.people) == {person.id for person in running.operation.people}
    assert not now.brief.good
    assert running.now() is now


def test_what_is_handed_in_is_there_and_signed_for(running: Running) -> None:
    device = enrolled(running, phone())
    device.record("seen", subject="P001", site="S1")
    kept = running.hand_in(handed(device)).result(PATIENCE_S)
    assert types(running)[-2:] == ["seen", "received"]
    assert kept.size == running.size == 5
    signed = checkpoints.verify(kept.checkpoint, running.public_key)
    assert (signed.size, signed.root) == (5, running.keeper.tree.root())
    assert running.checkpoint() == kept.checkpoint
    assert running.now().state.people["P001"].place.id == "S1"


def test_a_parcel_that_is_there_changes_nothing(running: Running) -> None:
    device = enrolled(running, phone())
    device.record("seen", subject="P001")
    once = running.hand_in(handed(device)).result(PATIENCE_S)
    again = running.hand_in(handed(device)).result(PATIENCE_S)
    assert again == once


def test_calls_that_wait_are_one_append_and_a_bad_one_hurts_no_other(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, other, stranger = enrolled(running, phone()), enrolled(running, phone("phone-2")), phone("phone-3")
    for device in (good, other, stranger):
        device.record("seen", subject="P001")
    before = types(running)
    gate = Gate(running, monkeypatch)
    first = running.record("seen", subject="P002", actor="N1")
    assert gate.held.wait(PATIENCE_S)
    taken = [running.hand_in(handed(device)) for device in (good, other)]
    refused = running.hand_in(handed(stranger))
    unknown = running.record("beamed-up", subject="P003")
    own = running.record("seen", subject="P003", actor="N1")
    gate.open.set()
    assert first.result(PATIENCE_S).size == 5
    assert {one.result(PATIENCE_S).size for one in taken} == {9}
    with pytest.raises(NotTakenError):
        refused.result(PATIENCE_S)
    with pytest.raises(NotRecordedError):
        unknown.result(PATIENCE_S)
    assert own.result(PATIENCE_S).name
    assert gate.sizes == [1, 4]
    assert types(running) == [*before, "seen", "seen", "seen", "seen", "received"]
    assert running.counts["refused"] == 2
    assert running.keeper.board.state() == board_of(running.keeper.store.read(), running.keeper.board.roll)


def test_a_resent_parcel_in_a_group_is_not_noted_again(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = enrolled(running, phone()), enrolled(running, phone("phone-2"))
    for device in (one, other):
        device.record("seen", subject="P001")
    running.hand_in(handed(one)).result(PATIENCE_S)
    gate = Gate(running, monkeypatch)
    running.record("seen", subject="P002", actor="N1")
    assert gate.held.wait(PATIENCE_S)
    answers = [running.hand_in(handed(device)) for device in (one, other)]
    gate.open.set()
    assert all(answer.result(PATIENCE_S) for answer in answers)
    last = decode(running.events(running.size - 1).events[0].encode())
    assert [batch["device"] for batch in last.payload["batches"]] == ["phone-2"]


def test_a_group_has_a_most(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST_GROUPED", 2)
    gate = Gate(running, monkeypatch)
    answers = [running.record("seen", subject="P001", actor="N1") for _ in range(6)]
    gate.open.set()
    assert max(answer.result(PATIENCE_S).size for answer in answers) == 8
    assert sum(gate.sizes) == 6
    assert max(gate.sizes) <= 2


def test_more_than_waits_is_told_to_come_again(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_WAITING", 1)
    gate = Gate(running, monkeypatch)
    first = running.record("seen", subject="P001", actor="N1")
    assert gate.held.wait(PATIENCE_S)
    second = running.record("seen", subject="P001", actor="N1")
    with pytest.raises(BusyError):
        running.record("seen", subject="P001", actor="N1")
    gate.open.set()
    assert first.result(PATIENCE_S).size < second.result(PATIENCE_S).size


@pytest.mark.parametrize("error", [StoreStoppedError("no room"), ValueError("ours")])
def test_trouble_reaches_everyone_who_waits_and_who_comes(
    running: Running, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    held, wait = threading.Event(), threading.Event()

    def refuse(_: Any) -> list[int]:
        held.set()
        assert wait.wait(PATIENCE_S)
        raise error

    monkeypatch.setattr(running.keeper.store, "append", refuse)
    answers = [running.record("seen", subject="P001", actor="N1")]
    assert held.wait(PATIENCE_S)
    answers.append(running.record("seen", subject="P001", actor="N1"))
    wait.set()
    for answer in answers:
        with pytest.raises(StoreStoppedError, match=str(error)):
            answer.result(PATIENCE_S)
    assert str(error) in running.trouble
    with pytest.raises(StoreStoppedError, match=str(error)):
        running.record("seen", subject="P001", actor="N1")
    assert running.size == 2


def test_trouble_of_a_listener_does_not_leave_anybody_waiting(running: Running) -> None:
    def broken(_size: int, _touched: Any) -> None:
        raise RuntimeError("listener")

    end = running.subscribe(broken)
    assert running.record("seen", subject="P001", actor="N1").result(PATIENCE_S).size == 3
    assert running.record("seen", subject="P001", actor="N1").result(PATIENCE_S).size == 4
    assert "listener" in running.listener_trouble
    assert not running.trouble
    end()


def test_a_fault_of_ours_beside_the_disk_leaves_nobody_waiting(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(running._writer, "_rest", broken)
    assert running.record("seen", subject="P001", actor="N1").result(PATIENCE_S).size == 3
    with pytest.raises(StoreStoppedError, match="ours"):
        running.record("seen", subject="P001", actor="N1").result(PATIENCE_S)


def test_listeners_are_told_until_they_end_it(running: Running) -> None:
    told: list[tuple[int, frozenset[tuple[str, str]]]] = []
    heard = threading.Semaphore(0)

    def listener(size: int, touched: Any) -> None:
        told.append((size, touched))
        heard.release()

    end = running.subscribe(listener)
    running.record("seen", subject="P001", actor="N1").result(PATIENCE_S)
    assert heard.acquire(timeout=PATIENCE_S)
    end()
    running.record("seen", subject="P002", actor="N1").result(PATIENCE_S)
    running.close()
    assert [size for size, _ in told] == [3]
    assert ("person", "P001") in told[0][1]


def test_it_stands_again_with_what_was_acknowledged(tmp_path: Path) -> None:
    first = started(tmp_path / "op")
    device = enrolled(first, phone())
    device.record("seen", subject="P001")
    first.hand_in(handed(device)).result(PATIENCE_S)
    board, size = first.now().state, first.size
    first.close()
    assert (tmp_path / "op" / PLACE / "board.snapshot").exists()
    again = started(tmp_path / "op")
    assert again.size == size
    assert again.now().state == board
    assert again.record("seen", subject="P002", actor="N1").result(PATIENCE_S).size == size + 1
    again.close()


def test_closing_answers_what_waits_and_takes_nothing_more(tmp_path: Path) -> None:
    running = started(tmp_path / "op")
    answers = [running.record("seen", subject="P001", actor="N1") for _ in range(20)]
    running.close()
    running.close()
    assert max(answer.result(0).size for answer in answers) == 22
    with pytest.raises(StoreStoppedError, match="stopping"):
        running.record("seen", subject="P001", actor="N1")


def test_snapshots_are_kept_now_and_then(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_room, "SNAPSHOT_EVENTS", 2)
    monkeypatch.setattr(running_room, "SNAPSHOT_SHARE", 0)
    written: list[int] = []
    monkeypatch.setattr(running.keeper, "keep_snapshot", lambda _rest: written.append(running.size))
    for _ in range(5):
        running.record("seen", subject="P001", actor="N1").result(PATIENCE_S)
    running.close()
    assert written[-1] == 7
    assert len(written) >= 2


def test_a_snapshot_is_the_board_at_one_position_while_others_hand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "SLICE", 1)
    running = started(tmp_path / "op")
    for number in range(3):
        running.record("seen", subject=f"P00{number + 1}", actor="N1").result(PATIENCE_S)
    before = running.size
    rests = iter(range(1000))

    def rest() -> None:
        running.record("seen", subject=f"P00{next(rests) % 4 + 1}", site="S1", actor="N1").result(PATIENCE_S)

    running.keeper.keep_snapshot(rest)
    path = tmp_path / "op" / PLACE / "board.snapshot"
    key = server_keys(path.parent, make=False).log_key
    found = snapshots.read(path, key, running.keeper.board.roll)
    assert found is not None
    assert before < found.size < running.size
    assert found.root == running.keeper.tree.root(found.size)
    kept = snapshots.board_of_snapshot(found, running.keeper.board.roll)
    assert kept.state() == board_of(running.keeper.store.read(0, found.size), running.keeper.board.roll)
    for data in running.keeper.store.read(found.size):
        kept.apply(data)
    assert kept.state() == running.keeper.board.state()
    running.close()


def test_a_snapshot_that_does_not_fit_leaves_no_piece_behind(running: Running, tmp_path: Path) -> None:
    path = tmp_path / "op" / PLACE / "board.snapshot"
    path.unlink(missing_ok=True)
    path.mkdir()
    before = set(path.parent.iterdir())
    with pytest.raises(IsADirectoryError):
        running.keeper.keep_snapshot()
    assert set(path.parent.iterdir()) == before
    path.rmdir()


def test_a_snapshot_that_cannot_be_written_costs_only_time(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_rest: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(running.keeper, "keep_snapshot", refuse)
    running.record("seen", subject="P001", actor="N1").result(PATIENCE_S)
    running.close()
    assert running.snapshot_trouble == "no room"
    assert not running.trouble


def test_a_second_server_is_refused_and_leaves_the_first_alone(running: Running, tmp_path: Path) -> None:
    with pytest.raises(StoreRefusedError, match="open for writing"):
        open_running(tmp_path / "op")
    assert running.record("seen", subject="P001", actor="N1").result(PATIENCE_S).size == 3


def test_the_keys_are_the_owners_alone_and_are_not_made_twice(tmp_path: Path) -> None:
    running = started(tmp_path / "op")
    running.close()
    keys = tmp_path / "op" / PLACE / "keys.json"
    assert keys.stat().st_mode & 0o777 == 0o600
    keys.chmod(0o644)
    with pytest.raises(ServerKeysError, match="chmod 600"):
        started(tmp_path / "op")
    keys.chmod(0o600)
    written = msgspec.json.decode(keys.read_bytes())
    keys.write_bytes(msgspec.json.encode(written | {"log_key": written["device_key"]}))
    with pytest.raises(ServerKeysError, match="another kind"):
        started(tmp_path / "op")
    keys.write_bytes(b"{}")
    with pytest.raises(ServerKeysError, match="device"):
        started(tmp_path / "op")
    keys.unlink()
    with pytest.raises(ServerKeysError, match="not the keys"):
        started(tmp_path / "op")


def test_many_threads_hand_in_at_once(running: Running) -> None:
    devices = [enrolled(running, phone(f"phone-{number}")) for number in range(4)]

    def work(number: int) -> list[int]:
        device = devices[number]
        sizes = []
        for _ in range(10):
            device.record("seen", subject=f"P00{number}")
            sizes.append(running.hand_in(handed(device)).result(PATIENCE_S).size)
            device.acknowledged(device.sequence)
            running.now()
        return sizes

    with ThreadPoolExecutor(4) as pool:
        sizes = list(pool.map(work, range(4)))
    assert all(one == sorted(one) for one in sizes)
    assert types(running).count("seen") == 40
    assert running.now().state == board_of(running.keeper.store.read(), running.keeper.board.roll)


def test_pages_of_the_log_end_where_it_ends(running: Running) -> None:
    assert running.events(1).events[0].startswith("{")
    assert len(running.events(0, 1).events) == 1
    assert running.events(2).events == running.events(99).events == ()


def test_a_reading_of_another_run_or_of_the_future_is_dropped(running: Running) -> None:
    now = running.clocks()
    reading = Reading(boot="b", asked_ms=1, answered_ms=2, server_ms=now.server_ms, wall_ms=5)
    assert running.reading(now.boot, reading) == reading
    assert running.reading("another", reading) is None
    later = msgspec.structs.replace(reading, server_ms=now.server_ms + 10**9)
    assert running.reading(now.boot, later) is None
    assert running.reading(now.boot, None) is None


def test_a_parcel_on_paper_is_taken_on_somebodys_word(running: Running) -> None:
    device = phone()
    device.record("seen", subject="P001")
    parcel = handed(device).parcel
    bare = HandedIn(parcel=Parcel(msgspec.structs.replace(parcel.batch, signature=""), parcel.events))
    with pytest.raises(NotTakenError):
        running.hand_in(bare).result(PATIENCE_S)
    assert running.hand_in(bare, unsigned=True).result(PATIENCE_S).size == 4


def test_who_looks_is_told_before_who_recorded_is_answered(running: Running) -> None:
    answers: list[bool] = []
    asked: list[Future[Kept]] = []
    ready = threading.Event()

    def heard(_size: int, _touched: frozenset[Key]) -> None:
        assert ready.wait(PATIENCE_S)
        answers.append(asked[0].done())

    end = running.subscribe(heard)
    asked.append(running.record("seen", subject="P001", actor="N1"))
    ready.set()
    assert asked[0].result(PATIENCE_S).size == running.size
    end()
    assert answers == [False]


class Notary:
    """Says of every signature what it is told to say, however good it is."""

    def __init__(self, said: list[bool]) -> None:
        self.said = said
        self.asked: list[Any] = []
        self.spoken = threading.Event()

    def check(self, asked: list[Any]) -> list[bool]:
        self.asked += asked
        self.spoken.set()
        return self.said

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("said", "refused"), [([True] * FEWEST, 0), ([], 0), ([True, False] * (FEWEST // 2), FEWEST // 2)]
)
def test_where_many_wait_the_notary_has_checked_before(
    running: Running, monkeypatch: pytest.MonkeyPatch, said: list[bool], refused: int
) -> None:
    """What it says counts; of what it does not speak, the writer sees for itself."""
    devices = [enrolled(running, phone(f"phone-{number}")) for number in range(FEWEST)]
    for device in devices:
        device.record("seen", subject="P001")
    notary = Notary(said)
    monkeypatch.setattr(running._writer, "_notary", notary)
    gate = Gate(running, monkeypatch)
    running.record("seen", subject="P002", actor="N1")
    assert gate.held.wait(PATIENCE_S)
    answers = [running.hand_in(handed(device)) for device in devices]
    assert notary.spoken.wait(PATIENCE_S)
    gate.open.set()
    assert sum(isinstance(answer.exception(PATIENCE_S), NotTakenError) for answer in answers) == refused
    assert [key for key, _ in notary.asked] == [device.public_key for device in devices]
