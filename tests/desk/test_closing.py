"""Closing an operation: nobody without an end or a case, and an archive that shows every change."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desk.devices import PATIENCE_S
from desk.field import TRAVELLERS, Field, field, ready
from reports.material import OPERATION
from safepassage.account.lessons import lessons
from safepassage.desk import archive_check
from safepassage.desk import closing as closing_room
from safepassage.desk.closing import close, ending
from safepassage.desk.ledger import verify_ledger
from safepassage.model.errors import InternalError, UsageError


@pytest.fixture
def day() -> Iterator[Field]:
    """Everybody aboard, the convoy about to leave."""
    with field() as one:
        ready(one)
        yield one


def arrive(day: Field) -> None:
    """Bring everybody to the end; who is on no bus stays, or is handed over."""
    for vehicle, people in (("B1", TRAVELLERS), ("A1", ("P005",))):
        day.happen("departed", vehicle, vehicle, "camp")
        day.at(day.clock.at_s + 7200)
        day.happen("arrived", vehicle, vehicle, "town")
        for person in people:
            day.happen("alighted", person, vehicle, "town")
    for one in ending(day.running).cases:
        day.happen("declined", one.person, "", "camp")


def archived(day: Field, place: Path) -> Path:
    arrive(day)
    archive = place / "archive"
    assert close(day.running, archive).archive == archive
    return archive


def test_open_cases_keep_an_operation_open_unless_somebody_follows_them(day: Field, tmp_path: Path) -> None:
    size = day.running.size
    found = close(day.running, tmp_path / "archive")
    assert (found.archive, day.running.size, list(tmp_path.iterdir())) == (None, size, [])
    assert {one.person for one in found.closing.cases} >= set(TRAVELLERS)
    found = close(day.running, tmp_path / "archive", cases_stay_open=True)
    told = json.loads((tmp_path / "archive" / "closing.json").read_bytes())
    assert [one["person"] for one in told["cases"]] == [one.person for one in found.closing.cases]
    assert {one["since"]["likely"][:10] for one in told["cases"] if one["since"]} == {
        OPERATION.start.date().isoformat()
    }


def test_closing_is_in_the_ledger_and_everybody_is_in_the_statement_once(day: Field, tmp_path: Path) -> None:
    archive = archived(day, tmp_path)
    text = (archive / "closing.json").read_bytes()
    told = json.loads(text)
    people = [one["person"] for one in (*told["finals"], *told["cases"])]
    assert sorted(people) == sorted({str(one.id) for one in OPERATION.people})
    assert told["counts"]["arrived"] == len(TRAVELLERS) + 1
    last = json.loads(list(day.running.keeper.store.read())[-1])
    assert (last["type"], last["subject"]) == ("closed", OPERATION.id)
    assert last["payload"] == {
        "cases": 0, "finals": len(people), "statement": sha256(text).hexdigest()}  # fmt: skip
    with pytest.raises(UsageError, match="there already"):
        close(day.running, archive)


def test_an_archive_is_checked_with_python_alone_and_by_verify(day: Field, tmp_path: Path) -> None:
    archive = archived(day, tmp_path)
    answer = subprocess.run([sys.executable, "-I", "-S", archive / "check.py"], capture_output=True, text=True,
                            check=True, cwd=tmp_path)  # fmt: skip
    assert answer.stdout.startswith(f"All as it was written: {day.running.size} events")
    manifest = json.loads((archive / "archive.json").read_bytes())
    verdict = verify_ledger(
        str(archive / "ledger.jsonl"), [archive / "checkpoint.txt"], trusted_key=manifest["log_key"]
    )
    assert (verdict.findings, verdict.known, verdict.size) == ((), 1, day.running.size)
    named = [one.name for one in OPERATION.people if one.name]
    content = b"".join(path.read_bytes() for path in archive.iterdir())
    assert named
    assert not [name for name in named if name.encode() in content]


def _line(path: Path, number: int, change: Callable[[dict[str, Any]], object]) -> None:
    lines = path.read_bytes().splitlines()
    one = json.loads(lines[number])
    change(one)
    lines[number] = json.dumps(one, separators=(",", ":")).encode()
    path.write_bytes(b"\n".join(lines) + b"\n")


def _swap(path: Path) -> None:
    lines = path.read_bytes().splitlines()
    lines[5], lines[6] = lines[6], lines[5]
    path.write_bytes(b"\n".join(lines) + b"\n")


def _event(one: dict[str, Any]) -> None:
    """Change an event and its digest, as somebody does who knows how."""
    one["event"] = one["event"].replace('"site":"camp"', '"site":"town"')
    one["digest"] = sha256(b"\x00" + one["event"].encode()).hexdigest()


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda path: _line(path, 9, lambda one: one.update(event=one["event"].replace("camp", "town"))), "line 10"),
        (lambda path: _line(path, 9, _event), "does not follow"),
        (lambda path: _line(path, 9, _event), "other events than"),
        (_swap, "line 6"),
        (lambda path: path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]) + b"\n"), "other events than"),
        (lambda path: _line(path, 0, lambda one: one.update(root="0" * 64)), "other events than"),
    ],
)
def test_a_changed_ledger_is_found_even_when_its_sum_is_mended(
    day: Field, tmp_path: Path, change: Callable[[Path], object], finding: str
) -> None:
    archive = archived(day, tmp_path)
    ledger = archive / archive_check.LEDGER
    change(ledger)
    assert archive_check.check(archive) == ["ledger.jsonl: was changed"]
    manifest = archive / archive_check.MANIFEST
    told = json.loads(manifest.read_bytes())
    told["files"][ledger.name] = sha256(ledger.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(told))
    assert any(finding in one for one in archive_check.check(archive))


def test_each_file_of_an_archive_is_missed_and_a_stranger_is_seen(
    day: Field, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archived(day, tmp_path)
    for path in sorted(archive.iterdir()):
        content = path.read_bytes()
        path.unlink()
        assert any(one.startswith(path.name) for one in archive_check.check(archive))
        path.write_bytes(content)
    note = (archive / "checkpoint.txt").read_text()
    (archive / "stranger").touch()
    assert archive_check.check(archive) == ["stranger: is not of this archive"]
    monkeypatch.setattr(sys, "argv", ["check.py", str(archive)])
    with pytest.raises(SystemExit, match="1"):
        archive_check.main()
    assert "stranger" in capsys.readouterr().out
    (archive / "stranger").unlink()
    with pytest.raises(SystemExit, match="0"):
        archive_check.main()
    assert note.split("\n")[2] in capsys.readouterr().out
    monkeypatch.setattr(archive_check, "__file__", str(archive / "check.py"))
    monkeypatch.setattr(sys, "argv", ["check.py"])
    with pytest.raises(SystemExit, match="0"):
        archive_check.main()


def test_a_disk_that_fails_leaves_no_half_archive(day: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(day)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(closing_room, "write_lines", full)
        with pytest.raises(OSError, match="No space"):
            close(day.running, tmp_path / "archive")
    assert list(tmp_path.iterdir()) == []
    with monkeypatch.context() as patched:
        patched.setattr(archive_check, "check", lambda _: ["torn"])
        with pytest.raises(InternalError, match="torn"):
            close(day.running, tmp_path / "archive")
    assert list(tmp_path.iterdir()) == []
    assert close(day.running, tmp_path / "archive").archive is not None


def test_a_journey_is_told_by_its_phases(day: Field) -> None:
    arrive(day)
    told = lessons(day.running.keeper.board, OPERATION, ending(day.running))
    patient = next(one for one in told if one.in_hospital is not None)
    assert patient.in_hospital is not None
    assert 8000 < patient.in_hospital / 1000 < 9000, "out after 1,950 s, back after 10,500 s"
    riders = [one for one in told if one.rode is not None]
    assert len(riders) == len(TRAVELLERS) + 1
    assert all(one.rode is not None and one.rode >= 7_200_000 for one in riders)
    assert {one.ending for one in told} == {"arrived", "stayed"}


def test_an_instant_that_no_calendar_holds_is_not_known(day: Field, tmp_path: Path) -> None:
    day.running.record("missing", subject="P900", site="camp").result(PATIENCE_S)
    close(day.running, tmp_path / "archive", cases_stay_open=True)
    case = msgspec.json.decode((tmp_path / "archive" / "closing.json").read_bytes())["cases"][0]
    assert case["reason"] == "missing"
    assert closing_room._instant(2**60) == "not known"
