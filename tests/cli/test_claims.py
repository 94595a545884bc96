"""The commands of claims: what goes where, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from account.claims import texts
from account.hard_day import CASE
from ledger.histories import written
from safepassage.desk.start import new
from safepassage.exchange.claims_table import read_claims, write_claims
from safepassage.ledger.stores.sqlite import SqliteStore
from safepassage.model.claims import Claim
from safepassage.reports.words import LANGUAGES

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("op") / "op"
    new(path, workbook=False)
    (path.parent / "one.txt").write_text(texts.FIRST)
    (path.parent / "two.txt").write_text(texts.SECOND)
    (path.parent / "none.txt").write_text("It rained.")
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_are_read_in_every_language(run: Run, folder: Path, language: str) -> None:
    files = [folder.parent / name for name in ("one.txt", "two.txt", "none.txt")]
    status, out, err = run("--language", language, "claims", "read", folder, *files)
    assert (status, err) == (0, "")
    assert "“A total of 112 relatives”" in out
    assert "650–750 − 250–350" in out
    assert "Levant Wire" in out


def test_as_json_with_a_date(run: Run, folder: Path) -> None:
    status, out, _ = run(
        "claims", "read", folder, folder.parent / "one.txt", "--date", "2017-08-29", "--in", "en", "--json"
    )
    told = json.loads(out)
    assert (status, told["format"]) == (0, "safepassage-claims-read/1")
    assert told["reports"][0]["claims"][0]["from_day"] == "2017-08-28"


def test_a_table_is_written_and_reconciled_with_a_ledger(run: Run, folder: Path, tmp_path: Path) -> None:
    table = folder / "claims.csv"
    status, out, err = run("claims", "read", folder, folder.parent / "one.txt", "-o", table)
    assert (status, out) == (0, "")
    assert "wrote" in err
    assert len(read_claims("claims.csv", table.read_bytes())) > 4
    status, out, _ = run("claims", "reconcile", folder)
    assert status == 0
    assert "762–862 ÷ 16 = 48–54" in out
    store = SqliteStore(tmp_path / "ledger.db")
    store.append(written(3, 3).events)
    store.close()
    status, out, _ = run("claims", "reconcile", folder, tmp_path / "ledger.db", "--json")
    told = json.loads(out)
    assert told["format"] == "safepassage-claims-reconciled/1"
    assert {one["second"] for one in told["with_record"]} >= {"ledger:moved"}
    assert status == 1
    table.unlink()


def test_what_is_not_sure_is_shown_and_not_written(run: Run, folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "unsure.txt"
    report.write_text("The evacuation of 75 orphans was on the agenda. It has 300 goats. 40 people left.")
    _, out, _ = run("claims", "read", folder, report)
    assert "planned or done?" in out
    assert "Numbers that were not understood: 300" in out
    table = tmp_path / "claims.csv"
    _, _, err = run("claims", "read", folder, report, "-o", table)
    assert "to be looked at: 1" in err
    assert [one.words for one in read_claims("claims.csv", table.read_bytes())] == ["40 people"]
    _, out, _ = run("claims", "read", folder, report, "--json")
    told = json.loads(out)["reports"][0]
    assert (told["unclear"][0]["doubt"], told["figures"][0]["words"]) == ("planned-or-done", "300")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contradiction_is_a_finding(run: Run, folder: Path, language: str) -> None:
    rows = (Claim(id="a", of=("bus",), least=16, most=16, source="A"), Claim(id="b", of=("bus",), least=17, source="B"),
            Claim(id="c", of=("bus",), most=40, source="C", from_day="2017-08-28", until_day="2017-08-29"))  # fmt: skip
    (folder / "claims.csv").write_bytes(write_claims(rows))
    status, out, _ = run("--language", language, "claims", "reconcile", folder)
    assert status == 1
    assert "16 ∩ ≥ 17 = ∅ (17 − 16 = 1)" in out
    (folder / "claims.csv").write_bytes(write_claims(rows[:1]))
    assert run("claims", "reconcile", folder)[0] == 0
    (folder / "claims.csv").unlink()


def test_without_claims_it_says_what_to_do(run: Run, folder: Path) -> None:
    status, out, err = run("claims", "reconcile", folder)
    assert (status, out) == (2, "")
    assert "claims read" in err
    assert run("claims", "read", folder, folder.parent / "absent.txt")[0] == 3


def test_places_are_called_by_their_names(run: Run, folder: Path) -> None:
    (folder.parent / "qara.txt").write_text("Around 40 people left for Al Bukamal on Monday.", encoding="utf-8")
    _, out, _ = run("--language", "ar", "claims", "read", CASE, folder.parent / "qara.txt")
    assert "البوكمال" in out
    assert "al-bukamal" not in out
