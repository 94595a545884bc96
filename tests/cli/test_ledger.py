"""The commands of the ledger: what goes where, and the exit status."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from ledger.histories import written
from safepassage import cli
from safepassage.cli import showing
from safepassage.ledger.stores.sqlite import SqliteStore
from safepassage.reports.words import LANGUAGES

Run = Callable[..., tuple[int, str, str]]
HISTORY = written(3, 3)


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["safepassage", "ledger", *map(str, arguments)])
        status: str | int | None = 0
        try:
            cli.answer()
        except SystemExit as end:
            status = end.code
        captured = capfdbinary.readouterr()
        return int(status or 0), captured.out.decode(), captured.err.decode()

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "ledger.db")
    store.append(HISTORY.events)
    store.keep_checkpoint(HISTORY.checkpoints[-1])
    store.close()
    return tmp_path / "ledger.db"


def change(file: Path, statement: str) -> None:
    connection = apsw.Connection(str(file))
    connection.execute(statement).fetchall()
    connection.close()


def test_a_whole_ledger_is_fine(run: Run, file: Path, tmp_path: Path) -> None:
    note = tmp_path / "printed.txt"
    note.write_bytes(HISTORY.checkpoints[-1])
    status, out, err = run("verify", file, "--checkpoint", note, "--key", HISTORY.public_key)
    assert (status, err) == (0, "")
    assert f"root {HISTORY.tree.root().hex()}" in out
    assert "1 kept, 1 held by others" in out
    assert out.endswith("no change found\n")


def test_a_change_is_told_with_its_place(run: Run, file: Path) -> None:
    change(file, "update events set digest = zeroblob(32) where position = 5")
    status, out, err = run("verify", file)
    assert status == 1
    assert "fault position 5, column digest: the digest beside the bytes is not theirs" in err
    assert "CHANGED" in out


def test_what_is_open_is_told_too(run: Run, tmp_path: Path) -> None:
    history = written(1, 1)
    history.write("D1")
    history.keep(history.unreceived["D1"][0])
    store = SqliteStore(tmp_path / "open.db")
    store.append(history.events)
    store.close()
    status, out, err = run("verify", tmp_path / "open.db")
    assert (status, "[ledger-unsigned]" in err) == (1, True)
    assert "some things are still open" in out


def test_a_verdict_as_json(run: Run, file: Path) -> None:
    change(file, "delete from events where position = 5")
    status, out, _ = run("verify", file, "--json")
    told = json.loads(out)
    assert status == 1
    assert (told["format"], told["sound"]) == ("safepassage-ledger-verdict/1", False)
    assert any(one["position"] == 5 and one["code"] == "ledger-position-missing" for one in told["findings"])


def test_many_findings_are_counted(run: Run, file: Path) -> None:
    change(file, "update events set bytes = x'00'")
    change(file, "insert into events select position + 1000, randomblob(32), x'00' from events")
    status, _, err = run("verify", file)
    assert status == 1
    assert "more\n" in err


def test_an_export_is_written_and_read_again(run: Run, file: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "ledger.jsonl"
    status, out, err = run("export", file, "-o", target)
    assert (status, out, err) == (0, "", f"wrote {target}\n")
    status, out, _ = run("export", file)
    assert (status, out.encode()) == (0, target.read_bytes())
    status, out, _ = run("verify", target)
    assert (status, out.endswith("no change found\n")) == (0, True)
    status, out, _ = run("replay", target)
    assert status == 1
    assert "Not accounted for with certainty" in out, "the history tells of nobody's place"
    assert "        1  opened\n" in out
    assert "by S1\n" in out
    status, out, _ = run("replay", file, "--json")
    told = json.loads(out)
    assert (status, told["format"], told["types"]["opened"]) == (1, "safepassage-ledger-replay/1", 1)
    assert told["verdict"]["sound"]
    assert told["board"]["unaccounted"][0]["reason"] == "never-seen"


def test_answers_come_in_the_language_asked_for(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert showing.LANGUAGES == LANGUAGES
    monkeypatch.setenv("SAFEPASSAGE_LANGUAGE", "fr")
    assert "Non localisées avec certitude" in run("replay", file)[1]
    monkeypatch.setenv("SAFEPASSAGE_LANGUAGE", "xx")
    status, _, err = run("replay", file)
    assert (status, "'xx' is not one of 'en', 'fr', 'ar'" in err) == (2, True)


def test_bad_input_has_its_own_status(run: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no ledger", encoding="utf-8")
    for arguments in (
        ("verify", tmp_path / "text"),
        ("verify", tmp_path / "absent.db"),
        ("verify", file, "--checkpoint", tmp_path / "text"),
        ("export", tmp_path / "text"),
        ("replay", tmp_path / "text"),
    ):
        status, out, err = run(*arguments)
        assert (status, out) == (3, "")
        assert err.startswith("safepassage: ")
    assert run("verify", file, "--key", "abc")[0] == 2


def test_progress_is_shown_on_a_terminal(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    status, _, err = run("verify", file)
    assert status == 0
    assert "reading the ledger" in err or "events" in err
