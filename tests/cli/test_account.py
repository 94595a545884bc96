"""The commands that give an account."""

from __future__ import annotations

import gzip
import json
import shutil
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from account import hard_day
from account.hard_day import CASE
from reports.papers.material import told
from safepassage.cli.commands import cli
from safepassage.desk.accounting import given_out
from safepassage.desk.approvals import unapproved
from safepassage.desk.disclosing import FINGERPRINT
from safepassage.desk.recording import record_second
from safepassage.desk.roles import Who
from safepassage.desk.running import open_running
from safepassage.ledger.stores.opening import open_store
from safepassage.model.errors import InputError


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Write the hard day's ledger and plan."""
    place = tmp_path_factory.mktemp("day")
    store = open_store(place / "ledger.sqlite")
    hard_day.write_ledger(store)
    store.close()
    (place / "plan.json").write_bytes(gzip.decompress(hard_day.PLAN.read_bytes()))
    return str(place / "ledger.sqlite"), str(place / "plan.json")


def test_statement_prints_and_writes_a_page(files: tuple[str, str], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    asked = ["account", "statement", str(CASE), files[0], "--plan", files[1], "--party", "sarc", "--html", str(page)]
    result = CliRunner().invoke(cli, asked)
    assert result.exit_code == 1
    assert "1 of 2 promises are kept" in result.output
    assert b"statement-signatures" in page.read_bytes()


def test_sitrep_is_for_a_recipient(files: tuple[str, str], tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.write_text("id,of,least,most,source,family\nC1,bus,16,16,Wire,F1\nC2,bus,16,16,Post,F1\n", encoding="utf-8")
    asked = ["account", "sitrep", str(CASE), files[0], "--plan", files[1], "--for", "full", "--claims", str(claims)]
    result = CliRunner().invoke(cli, [*asked, "--json"])
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["format"] == "safepassage-situation/1"
    assert [(one["claim"]["least"], one["families"]) for one in told["situation"]["claims"]] == [(16, 1)]
    missing = CliRunner().invoke(cli, [*asked[:-1], str(tmp_path / "none.csv")])
    assert isinstance(missing.exception, InputError)
    other = CliRunner().invoke(cli, ["account", "sitrep", str(CASE), files[0], "--for", "nobody"])
    assert other.exit_code == 2


def test_compare_answers_without_a_rehearsal(files: tuple[str, str]) -> None:
    result = CliRunner().invoke(cli, ["account", "compare", str(CASE), files[0], files[1]])
    assert result.exit_code == 0
    assert "instants have come about" in result.output


def test_the_ending_says_what_is_written(files: tuple[str, str], tmp_path: Path) -> None:
    asked = ["account", "statement", str(CASE), files[0], "--party", "sarc", "-o"]
    page, paper, none = (str(tmp_path / name) for name in ("a.html", "a.PDF", "a.txt"))
    assert CliRunner().invoke(cli, [*asked, page, "--html", page]).output.count("wrote") == 1
    assert Path(page).read_bytes().startswith(b"<!doctype html>")
    assert CliRunner().invoke(cli, [*asked, paper, "--beside", "ar"]).exit_code == 1
    assert Path(paper).read_bytes().startswith(b"%PDF-")
    refused = CliRunner().invoke(cli, [*asked, none])
    assert refused.exit_code == 2
    assert ".html, .pdf" in refused.output
    assert not Path(none).exists()


def test_sitrep_on_paper_says_who_gets_it(files: tuple[str, str], tmp_path: Path) -> None:
    paper = tmp_path / "a.pdf"
    asked = ["account", "sitrep", str(CASE), files[0], "--for", "public", "--recipient", "Press", "-o", str(paper)]
    assert CliRunner().invoke(cli, asked).exit_code == 1
    assert "Press" in told(paper.read_bytes())


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder with its own ledger."""
    shutil.copytree(CASE, tmp_path / "op", ignore=shutil.ignore_patterns(".safepassage"))
    open_running(tmp_path / "op")[0].close()
    return tmp_path / "op"


def test_what_goes_outside_is_recorded_in_the_folders_ledger(files: tuple[str, str], own: Path, tmp_path: Path) -> None:
    sitrep = ["account", "sitrep", str(own), files[0], "--for"]
    one, two, three = (str(tmp_path / name) for name in ("one.html", "two.pdf", "three.html"))
    asked = [
        (["account", "statement", str(own), files[0], "--party", "sarc", "--html", one, "-o", two, "--by", "N1"], 2),
        ([*sitrep, "partner", "--html", three], 1),
        ([*sitrep, "code-only", "--recipient", "Branch", "-o", three], 1),
        # what stays with those who run the movement, and what is on no file
        ([*sitrep, "full", "--html", three], 0),
        ([*sitrep, "partner"], 0),
    ]
    for given, recorded in asked:
        said = CliRunner().invoke(cli, given).output
        assert (said.count("Recorded as"), said.count("Nothing was recorded")) == (recorded, 0), given
    said = CliRunner().invoke(cli, [*sitrep, "public", "--html", three, "--ledger", "none"]).output
    assert (said.count("Recorded as"), said.count("Nothing was recorded")) == (0, 1)
    running, _ = open_running(own)
    with closing(running):
        found = running.now().state.disclosures
        waits = unapproved(running)
        assert given_out(running) == ()
        record_second(running, Who(name="N2", role="deputy"), waits[2].subject, waits[2].name).result()
        assert given_out(running) == ((waits[2].subject, "partner", "partner"),)
    told = [(one.recipient, one.what) for one in found.values()]
    assert sorted(told) == [
        ("Branch", "situation-code-only"), ("partner", "situation-partner"), ("sarc", "statement-sarc"),
        ("sarc", "statement-sarc"),
    ]  # fmt: skip
    prints = {sha256(Path(path).read_bytes()).hexdigest()[:FINGERPRINT] for path in (one, two)}
    assert prints <= {name[-FINGERPRINT:] for name in found}
    assert all(bool(one.persons) == (one.what == "situation-code-only") for one in found.values())
    assert [one.actor for one in waits] == ["N1", "N1", "command-line", "command-line"]
