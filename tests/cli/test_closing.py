"""The commands that end an operation."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from desk.lists import write_folder
from safepassage.desk.files import PLACE
from safepassage.desk.paper_drafts import Drafts
from safepassage.desk.paper_rows import Head
from safepassage.desk.running import open_running

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def op(tmp_path: Path) -> Path:
    write_folder(tmp_path / "op")
    return tmp_path / "op"


def test_an_operation_is_closed_from_the_command_line(run: Run, op: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    status, out, err = run("close", op, "-o", archive)
    assert (status, archive.exists()) == (1, False)
    assert "never met" in out
    assert "--open-cases" in err
    status, out, err = run("close", op, "--plan", tmp_path / "PLAN.json", "-o", archive, "--open-cases", "--json")
    told = json.loads(out)
    assert (status, told["format"], told["archive"]) == (0, "safepassage-closing/1", str(archive))
    assert (archive / "plan.json").exists()
    assert len(told["cases"]) == told["counts"]["never-seen"]
    status, _, err = run("close", op, "-o", archive, "--open-cases")
    assert (status, "there already" in err) == (2, True)
    status, out, err = run("--language", "ar", "close", op, "-o", tmp_path / "second", "--open-cases")
    assert (status, "check.py" in err) == (0, True)
    assert not any(word in out for word in ("never", "open", "final"))


def test_sheets_that_are_begun_are_entered_or_dropped_first(run: Run, op: Path, tmp_path: Path) -> None:
    running, _ = open_running(op)
    with closing(running):
        Drafts(running).begin("N1", Head(form="manifest/B1"))
    asked = ("close", op, "-o", tmp_path / "archive", "--open-cases")
    status, _, err = run(*asked)
    assert (status, "--drop-sheets" in err, "--open-cases" in err) == (1, True, False)
    assert not (tmp_path / "archive").exists()
    status, out, _ = run(*asked, "--drop-sheets", "--json")
    assert (status, json.loads(out)["sheets"]) == (0, 1)
    assert list((op / PLACE / "paper-drafts").iterdir()) == []


def test_people_are_forgotten_from_the_command_line(run: Run, op: Path) -> None:
    status, _, err = run("forget", op, "P001", "--reason", "asked for it", "--yes")
    assert status == 1
    assert "people.csv still holds the name of P001" in err
    status, _, err = run("forget", op, "P001", "--reason", "asked again", "--yes")
    assert status == 1, "it still stands there, though nothing else knows it any more"
    assert "people.csv still holds the name of P001" in err
    path = op / "people.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Mohamed Haddad", ""), encoding="utf-8")
    status, out, err = run("forget", op, "P001", "--reason", "asked again", "--yes", "--json")
    assert (status, json.loads(out)["traces"]) == (0, [])
    assert "P001: no name is known here any more" in err
    assert run("forget", op, "--due")[0] == 0
    assert run("forget", op)[0] == run("forget", op, "P001", "--due")[0] == 2
    assert run("forget", op, "P002", "--reason", "asked for it")[0] != 0, "nobody said yes"
    status, _, err = run("forget", op, "P999", "--reason", "asked for it", "--yes")
    assert (status, "P999" in err) == (2, True)
