"""`safepassage print`: files in a folder, a list of them as JSON, and refusals in words."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from rich.console import Console

from desk.lists import write_folder
from reports.material import PLAN
from reports.papers.material import NAMED, told
from safepassage import cli
from safepassage.cli.printing import PAPERS, REDACTIONS, _counting
from safepassage.desk import printing
from safepassage.desk.approvals import unapproved
from safepassage.desk.disclosing import FINGERPRINT, SUMS
from safepassage.desk.printing import CHOICES, Order, file_name, job, print_plan, sheets
from safepassage.desk.running import open_running
from safepassage.model.errors import UsageError
from safepassage.reports.papers.blocks import Paper
from safepassage.reports.papers.redaction import REDACTIONS as KNOWN
from safepassage.reports.words import named

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the folder and the plan be those of the reports' material."""
    monkeypatch.setattr(printing, "readable", lambda _folder: (NAMED, None))
    monkeypatch.setattr(printing, "read_plan_of", lambda _operation, _file: (PLAN, ()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "op")
    return tmp_path / "op"


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*given: str, folder: Path | None = None) -> tuple[int, str, str]:
        where = [str(folder), str(folder.parent / "PLAN.json")] if folder else ["op", "plan.json"]
        monkeypatch.setattr(sys, "argv", ["safepassage", "print", *where, *given])
        status: str | int | None = 0
        try:
            cli.answer()
        except SystemExit as end:
            status = end.code
        captured = capfdbinary.readouterr()
        return int(status or 0), captured.out.decode(), captured.err.decode()

    return call


def test_the_command_offers_what_there_is() -> None:
    assert PAPERS == CHOICES
    assert REDACTIONS == KNOWN


@pytest.mark.usefixtures("read")
def test_papers_are_written_and_listed(run: Run, tmp_path: Path) -> None:
    status, out, said = run(
        "-o", str(tmp_path / "out"), "--only", "manifest", "--only", "referral", "--language", "ar", "--language",
        "en+fr", "--recipient", "Branch", "--redaction", "names", "--copy", "7", "--json",
    )  # fmt: skip
    assert status == 0
    found = json.loads(out)
    assert (found["format"], found["recipient"], found["copy"]) == ("safepassage-print/1", "Branch", 7)
    assert found["withheld"] == ["referral"]
    assert "left out: referral" in said
    assert "Nothing was recorded: write down" in said
    assert (found["people"] > 0, found["disclosure"]) == (True, None)
    names = [one["file"] for one in found["files"]]
    assert names[:2] == ["manifest-A1.ar.pdf", "manifest-B1.ar.pdf"]
    assert names[-1] == "manifest-M1.en+fr.pdf"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    assert "Name001" in told((tmp_path / "out" / "manifest-B1.ar.pdf").read_bytes())


@pytest.mark.usefixtures("read")
def test_codes_go_out_unless_more_is_asked_for(run: Run, tmp_path: Path) -> None:
    status, out, said = run("-o", str(tmp_path), "--only", "manifest", "--about", "B1")
    assert (status, out) == (0, "")
    assert "wrote 1 files" in said
    assert "Nothing was recorded" in said
    assert "Name001" not in told((tmp_path / "manifest-B1.en.pdf").read_bytes())


@pytest.mark.usefixtures("read")
@pytest.mark.parametrize(
    ("given", "match"),
    [
        (("--language", "de"), "no language of papers"),
        (("--language", "en+fr+ar"), "no language of papers"),
        (("--language", "en+en"), "no language of papers"),
        (("--redaction", "full"), "say who gets"),
        (("--about", "B9"), "no such papers"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(run: Run, tmp_path: Path, given: tuple[str, ...], match: str) -> None:
    status, _, said = run("-o", str(tmp_path), *given)
    assert status == 2
    assert not list(tmp_path.iterdir())
    assert match in said


@pytest.mark.usefixtures("read")
def test_times_of_a_rehearsal_are_printed_if_it_is_of_this_plan(run: Run, tmp_path: Path) -> None:
    convoy, file = PLAN.convoys[0], tmp_path / "rehearsal.json"
    planned_s = PLAN.objective.makespan_s if PLAN.objective else 0
    passes = {"name": f"head {convoy.timetable[1].site} {convoy.convoy}", "quantiles_s": [0, 60, 120], "never": 0.0}
    right = {"format": "safepassage-rehearsal/1", "operation": NAMED.id, "sha256": NAMED.sha256, "runs": 77,
             "planned_s": planned_s, "levels": [0.05, 0.5, 0.95], "instants": [passes]}  # fmt: skip
    asked = ("-o", str(tmp_path / "out"), "--only", "movement-timetable", "--rehearsal", str(file))
    for wrong, match in (
        ({"operation": "another"}, "the rehearsal is of another"), ({"sha256": "0"}, "rehearse this plan anew"),
        ({"planned_s": planned_s + 1}, "rehearse this plan anew"), ({"format": "x"}, "expected a file of format"),
    ):  # fmt: skip
        file.write_text(json.dumps(right | wrong))
        status, _, said = run(*asked)
        assert (status, match in said) == (2, True), wrong
        assert not (tmp_path / "out").exists()
    file.write_text(json.dumps(right))
    assert run(*asked)[0] == 0
    (paper,) = (tmp_path / "out").iterdir()
    assert "In 77 rehearsed runs of this plan" in told(paper.read_bytes())


def test_who_watches_sees_how_far_it_is() -> None:
    screen = io.StringIO()
    with _counting(Console(file=screen, force_terminal=True, width=80)) as tell:
        tell(7, "manifest-B1.ar.pdf")
    assert "7 files; manifest-B1.ar.pdf" in screen.getvalue()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="no such paper: x"):
        job(NAMED, PLAN, Order(kinds=("x",)), made=NAMED.start)


def test_files_have_names_that_every_system_takes() -> None:
    taken: set[str] = set()

    def name(about: str, part: int = 0, *, blank: bool = False) -> str:
        paper = Paper(kind="manifest", about=about, title=named("x"), blocks=(), part=part, blank=blank)
        return file_name(paper, "en", taken)

    assert name("B/1:*") == "manifest-B_1_.en.pdf"
    assert name("b?1_") == "manifest-b_1_~2.en.pdf"
    assert name("حافلة", 2) == "manifest-حافلة-2.en.pdf"
    assert name("", blank=True) == "blank-manifest.en.pdf"
    assert len(name("x" * 300)) < 100


def test_a_print_can_be_stopped() -> None:
    asked = job(NAMED, PLAN, Order(kinds=("manifest",)), made=NAMED.start)
    assert list(sheets(asked, stop=lambda: True)) == []


def test_what_is_printed_of_people_is_recorded_with_its_sums(folder: Path, run: Run, tmp_path: Path) -> None:
    given = ("--only", "manifest", "--recipient", "Branch", "--redaction", "names", "--by", "N1", "--json")
    open_running(folder)[0].close()
    many, one = tmp_path / "many", tmp_path / "one"
    status, out, said = run("-o", str(many), *given, folder=folder)
    assert status == 0
    first = json.loads(out)["disclosure"]
    assert f"Recorded as {first}" in said
    assert run("-o", str(one), *given, "--about", "B1", folder=folder)[0] == 0
    assert run("-o", str(tmp_path / "none"), "--only", "handover", "--json", folder=folder)[0] == 0
    files = {path.name: sha256(path.read_bytes()).hexdigest() for path in many.glob("*.pdf")}
    sums = (many / f"{first}{SUMS}").read_bytes()
    assert sorted(sums.decode().split()) == sorted([*files, *files.values()])
    (alone,) = one.iterdir()
    running, _ = open_running(folder)
    with closing(running):
        waits = {one.subject: one.actor for one in unapproved(running)}
        found = {name[-FINGERPRINT:]: state for name, state in running.now().state.disclosures.items()}
        listed = {one.id for one in running.operation.people}
    assert set(waits.values()) == {"N1"}
    assert first in waits
    prints = [sha256(content).hexdigest()[:FINGERPRINT] for content in (sums, alone.read_bytes())]
    assert set(found) == set(prints)
    assert [found[one].what.split()[0] for one in prints] == [
        "papers/manifest/names/en/",
        "papers/manifest/names/en/B1",
    ]
    assert {one.recipient for one in found.values()} == {"Branch"}
    assert set(found[prints[1]].persons) < set(found[prints[0]].persons) <= listed


def test_what_no_ledger_takes_is_not_printed_unless_that_is_said(folder: Path, run: Run, tmp_path: Path) -> None:
    given = ("-o", str(tmp_path / "out"), "--only", "manifest")
    assert run(*given, "--ledger", "own", folder=folder)[0] == 2
    other = tmp_path / "other.sqlite"
    assert run(*given, "--ledger", str(other), folder=folder)[0] == 2
    assert not other.exists()
    open_running(folder, address=str(other))[0].close()
    assert "Recorded as" in run(*given, "--ledger", str(other), folder=folder)[2]
    shutil.rmtree(tmp_path / "out")
    running, _ = open_running(folder)
    with closing(running):
        status, _, said = run(*given, folder=folder)
        assert status != 0
        assert "say --ledger none" in said
        assert not (tmp_path / "out").exists()
        status, _, said = run(*given, "--ledger", "none", folder=folder)
        assert (status, "Nothing was recorded" in said) == (0, True)
        assert running.now().state.disclosures == {}


def test_what_was_printed_is_told_in_what_a_record_holds() -> None:
    asked = job(NAMED, PLAN, Order(languages=("en+ar", "fr"), about=frozenset(("B" * 40, "C" * 40))), made=NAMED.start)
    assert printing._what(asked, 700) == "papers/all/code-only/en+ar,fr/2 of them 700"
    some = job(NAMED, PLAN, Order(kinds=CHOICES[:5], about=frozenset(("B" * 40,))), made=NAMED.start)
    assert printing._what(some, 7) == "papers/5 of them/code-only/en/1 of them 7"


@pytest.mark.usefixtures("read")
def test_who_waits_is_told_of_each_file(tmp_path: Path) -> None:
    said: list[tuple[int, str]] = []

    def tell(n: int, name: str) -> None:
        said.append((n, name))

    print_plan(Path("op"), Path("plan"), Order(kinds=("handover",)), tmp_path, tell=tell)
    assert said == [(1, "handover-A1.en.pdf"), (2, "handover-B1.en.pdf")]
