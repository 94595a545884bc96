"""The log for auditors: found by what it says, proved, copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.devices import started
from desk.field import CHIEF, Field, field, shuttled
from safepassage.desk import logbook
from safepassage.desk.logbook import Wanted, entry, export_lines, find, proof
from safepassage.desk.roles import ROLES, NotPermittedError, Who, may
from safepassage.desk.running import Running
from safepassage.ledger import checkpoints
from safepassage.ledger.envelope import digest
from safepassage.ledger.exporting import read_export
from safepassage.ledger.merkle import verify_inclusion
from safepassage.ledger.stores.rows import SqliteRows
from safepassage.ledger.verifying import verify
from safepassage.model.errors import UsageError


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        shuttled(one)
        yield one


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    yield found
    found.close()


def test_the_latest_come_first_page_by_page(live: Field) -> None:
    seen: list[int] = []
    before: int | None = None
    while True:
        page = find(live.running, Wanted(), before, 7)
        seen += [position for position, _ in page.rows]
        before = page.on
        if before is None:
            break
    assert seen == list(range(live.running.size))[::-1]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(type="boarded"), 3),
        (Wanted(subject="P005"), 4),
        (Wanted(subject="P005", type="returned"), 1),
        (Wanted(actor="N9", type="alighted", subject="P008"), 1),
        (Wanted(device="server-1", type="opened"), 1),
        (Wanted(device="server-2"), 0),
        (Wanted(subject='"'), 0),
    ],
)
def test_events_are_found_by_what_they_say(live: Field, wanted: Wanted, count: int) -> None:
    found = find(live.running, wanted)
    assert len(found.rows) == count
    assert found.on is None
    for _, one in found.rows:
        assert all(value in ("", getattr(one, name)) for name, value in {"type": wanted.type}.items())


def test_a_word_in_a_payload_is_no_field_of_the_envelope(live: Field) -> None:
    live.contradict("P001", "M1")
    found = find(live.running, Wanted(device="phone-P001"))
    assert [one.type for _, one in found.rows] == ["boarded"], "the server's note of it names the device too"


def test_a_long_log_is_looked_through_in_parts(live: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "MOST_LOOKED_AT", 10)
    monkeypatch.setattr(logbook, "CHUNK", 4)
    size = live.running.size
    page = find(live.running, Wanted(type="opened"))
    assert (page.rows, page.on) == ((), size - 10)
    assert [one.type for _, one in find(live.running, Wanted(type="opened"), 5).rows] == ["opened"]
    assert find(live.running, Wanted(), 10**9, 3).rows[0][0] == size - 1


def test_an_event_as_it_was_written(live: Field) -> None:
    one, fields = entry(live.running, 2)
    assert (one.type, fields["subject"], one.counts) == ("registered", one.subject, True)
    for position in (live.running.size, 10**9):
        with pytest.raises(UsageError):
            entry(live.running, position)
        with pytest.raises(UsageError):
            proof(live.running, position)


def test_a_proof_holds_all_that_shows_that_an_event_is_in_the_log(live: Field) -> None:
    for position in (0, 5, live.running.size - 1):
        found = proof(live.running, position)
        leaf = digest(found["event"].encode())
        assert leaf.hex() == found["digest"]
        hashes = [bytes.fromhex(one) for one in found["hashes"]]
        root = bytes.fromhex(found["root"])
        assert verify_inclusion(leaf, found["position"], found["size"], hashes, root)
        signed = checkpoints.verify(found["checkpoint"].encode(), found["public_key"])
        assert (signed.size, signed.root) == (found["size"], root)
        assert not verify_inclusion(leaf, position, found["size"], hashes, b"0" * 32)


@pytest.mark.parametrize("role", ROLES)
def test_copies_are_for_who_may_take_them(running: Running, role: str) -> None:
    who = Who(name="N9", role=role)
    if may(who, "copy-log"):
        logbook.back_up(running, who)
        list(export_lines(running, who))
        return
    for act in (logbook.back_up, export_lines):
        with pytest.raises(NotPermittedError):
            act(running, who)
    with pytest.raises(NotPermittedError):
        logbook.backup(running, who, "x")


def test_a_copy_is_the_ledger_and_is_found_by_its_name_alone(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    path = logbook.back_up(running, CHIEF)
    ((name, size),) = logbook.backups(running)
    assert (name, size) == (path.name, path.stat().st_size)
    assert logbook.backup(running, CHIEF, name) == path
    rows = SqliteRows(path)
    assert verify(rows).sound
    rows.close()
    assert running.place is not None
    (running.place / "backups" / "ledger-of-mine.sqlite").write_bytes(b"")
    for other in ("../keys.json", "ledger-of-mine.sqlite", "", name.replace("Z", "Y")):
        with pytest.raises(UsageError):
            logbook.backup(running, CHIEF, other)

    def there(_target: Path) -> None:
        raise FileExistsError

    monkeypatch.setattr(running.keeper.store, "back_up", there)
    with pytest.raises(UsageError, match="very second"):
        logbook.back_up(running, CHIEF)


def test_without_a_folder_there_are_no_copies(live: Field) -> None:
    assert logbook.backups(live.running) == ()
    with pytest.raises(UsageError):
        logbook.back_up(live.running, CHIEF)
    with pytest.raises(UsageError):
        logbook.backup(live.running, CHIEF, "ledger-20260101T000000Z-1.sqlite")


def test_the_export_is_whole(live: Field) -> None:
    exported = read_export(export_lines(live.running, CHIEF))
    assert (len(exported.store), exported.findings) == (live.running.size, ())


def test_the_checkpoints_that_were_kept(running: Running) -> None:
    assert len(logbook.checkpoints(running)) == 1
    assert logbook.checkpoints(running)[0].startswith("safepassage/example/")
