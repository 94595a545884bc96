"""Paper from a table, on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from desk.lists import write_folder

Run = Callable[..., tuple[int, str, str]]
HEAD = (
    "--form",
    "blank/manifest",
    "--vehicle",
    "B1",
    "--site",
    "school",
    "--number",
    "1",
    "--wrote",
    "R",
    "--by",
    "N1",
)


@pytest.fixture
def op(tmp_path: Path) -> Path:
    write_folder(tmp_path / "op")
    return tmp_path / "op"


def test_a_sheet_is_looked_at_entered_and_entered_once(run: Run, op: Path, tmp_path: Path) -> None:
    table = tmp_path / "sheet.csv"
    table.write_text("who,act,time,where,note\nP001,,09:05,,\nP999,,,,\n", encoding="utf-8")
    paper = ("ledger", "paper", op, table, *HEAD, "--day", "2026-03-01")
    status, out, err = run(*paper)
    assert (status, "sheet.csv row 3, who" in err, "Nothing is entered" in err) == (1, True, True)
    assert "days ago" in out
    table.write_text("who,act,time,where,note\nP001,,09:05,,\nP002,,,,\n", encoding="utf-8")
    status, out, _ = run(*paper, "--dry-run")
    assert (status, "in the record" in out, "row 2, who: P001" in out) == (0, False, True)
    told = json.loads(run(*paper, "--dry-run", "--json")[1])
    assert [one["row"] for one in told["remarks"]] == [0, 2, 3]
    status, out, _ = run("--language", "fr", *paper)
    assert (status, "inscrite au registre" in out) == (0, True)
    status, out, _ = run(*paper, "--json")
    told = json.loads(out)
    assert (status, told["format"], told["entered"], told["faults"]) == (1, "safepassage-paper/1", False, 1)
    assert told["remarks"][0]["row"] == 0
    assert run("ledger", "verify", op / ".safepassage" / "server" / "ledger.sqlite")[0] == 0
    status, out, _ = run(*paper[:-1], "2026-03-02", "--json")
    told = json.loads(out)
    assert (status, told["entered"], told["sheet"]) == (0, True, "paper-manifest/B1/2026-03-02/1")
    assert {one["cell"] for one in told["remarks"]} == {"day"}
