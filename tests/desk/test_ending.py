"""Closing from the console: two people, an archive that proves itself, and nothing recorded afterwards."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.devices import PATIENCE_S, enrolled, handed, phone, started
from desk.doors import at_doors
from safepassage.desk import approvals, ending, lists, manifests, people, planning
from safepassage.desk.closed import FILE, ClosedError, Closings
from safepassage.desk.paper_drafts import Drafts
from safepassage.desk.paper_rows import Head
from safepassage.desk.recording import Said, record
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.running import Running
from safepassage.ledger.vocabulary import Reasoned
from safepassage.model.errors import InputError, UsageError

CHIEF, DEPUTY = Who(name="N1", role="coordinator"), Who(name="N2", role="deputy")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    ending.offer(found)
    yield found
    found.close()


def closed(running: Running) -> None:
    ending.ask_to_close(running, CHIEF, cases_stay_open=True)
    asked = ending.asked(running)
    assert asked is not None
    approvals.decide(running, DEPUTY, asked.number, agrees=True)


def test_two_people_close_an_operation(running: Running, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cases are open"):
        ending.ask_to_close(running, CHIEF, cases_stay_open=False)
    ending.ask_to_close(running, CHIEF, cases_stay_open=True)
    with pytest.raises(UsageError, match="already"):
        ending.ask_to_close(running, CHIEF, cases_stay_open=True)
    asked = ending.asked(running)
    assert asked is not None
    with pytest.raises(NotPermittedError):
        approvals.decide(running, CHIEF, asked.number, agrees=True)
    before = running.closings.closings
    assert before == ()
    approvals.decide(running, DEPUTY, asked.number, agrees=True)
    (now,) = running.closings.closings
    assert (now.by, now.cases, now.finals) == (("N1", "N2"), 30, 0)
    archive = Path(now.archive)
    assert archive.parent == tmp_path / "op"
    assert subprocess.run([sys.executable, "check.py"], cwd=archive, capture_output=True, check=False).returncode == 0
    text = (archive / "ledger.jsonl").read_text().replace("\\", "")
    assert 0 < text.index('"closed"') < text.index('"approved"')
    with zipfile.ZipFile(ending.packed(running, CHIEF, 0)) as packed:
        assert "check.py" in packed.namelist()
    assert ending.packed(running, CHIEF, 0).exists()


def test_a_closed_operation_is_for_reading_until_it_is_opened_again(running: Running, tmp_path: Path) -> None:
    device = enrolled(running, phone())
    closed(running)
    everybody = people.People(running)
    for work in (
        lambda: record(running, CHIEF, Said(type="seen", subject="P001", site="school")),
        lambda: manifests.keep(everybody, CHIEF, "T1", "T2", ["P001"], nevertheless=True),
        lambda: manifests.undo(everybody, CHIEF, 1),
        lambda: lists.Lists(running).bring(CHIEF, "a.csv", b"x"),
        lambda: planning.Planning(running).start(CHIEF, 10, from_now=False),
        lambda: planning.Planning(running).adopt(CHIEF, ""),
        lambda: planning.Planning(running).put_back(CHIEF, 1),
        lambda: approvals.ask(running, CHIEF, Said(type="removed", subject="P001", payload={"reason": "x"})),
        lambda: ending.ask_to_close(running, CHIEF, cases_stay_open=True),
    ):
        with pytest.raises(ClosedError):
            work()
    # a phone that was away hands in what it saw
    device.record("seen", subject="P001", site="school", actor="x")
    running.hand_in(handed(device)).result(PATIENCE_S)
    assert running.now().state.people["P001"].place.site == "school"
    running.close()
    again = started(tmp_path / "op")
    assert again.closings.now is not None
    for reason in ("", " "):
        with pytest.raises(UsageError, match="why"):
            ending.reopen(again, CHIEF, reason)
    ending.reopen(again, CHIEF, "P001 was forgotten")
    again.record("declined", subject="P001", actor="N1", payload=Reasoned()).result(PATIENCE_S)
    ending.offer(again)
    closed(again)
    assert [Path(one.archive).name[-2:] for one in again.closings.closings][1] == "-2"
    again.close()


def test_what_was_agreed_to_must_still_be_so(running: Running) -> None:
    ending.ask_to_close(running, CHIEF, cases_stay_open=True)
    asked = ending.asked(running)
    assert asked is not None
    running.record("removed", subject="P001", actor="N1", payload=Reasoned()).result(PATIENCE_S)
    with pytest.raises(UsageError, match="other cases"):
        approvals.decide(running, DEPUTY, asked.number, agrees=True)
    assert running.closings.now is None
    approvals.decide(running, DEPUTY, asked.number, agrees=False)
    closed(running)


def test_sheets_that_are_begun_are_agreed_to_and_dropped(running: Running) -> None:
    drafts = Drafts(running)
    drafts.begin("N1", Head(form="manifest/B1"))
    with pytest.raises(UsageError, match="sheets from paper are begun"):
        ending.ask_to_close(running, CHIEF, cases_stay_open=True)
    ending.ask_to_close(running, CHIEF, cases_stay_open=True, drops_sheets=True)
    other = drafts.begin("N3", Head(form="manifest/B2"))
    asked = ending.asked(running)
    assert asked is not None
    with pytest.raises(UsageError, match="other sheets begun"):
        approvals.decide(running, DEPUTY, asked.number, agrees=True)
    assert len(ending.sheets_begun(running)) == 2
    drafts.drop(other.name)
    approvals.decide(running, DEPUTY, asked.number, agrees=True)
    assert running.closings.now is not None
    assert ending.sheets_begun(running) == ()


def test_others_do_not_close(running: Running) -> None:
    clerk = Who(name="N3", role="registration-clerk")
    for work in (
        lambda: ending.to_close(running, clerk), lambda: ending.ask_to_close(running, clerk, cases_stay_open=True),
        lambda: ending.reopen(running, clerk, "x"), lambda: ending.packed(running, clerk, 0),
    ):  # fmt: skip
        with pytest.raises(NotPermittedError):
            work()


def test_what_there_is_not(running: Running, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is open"):
        ending.reopen(running, CHIEF, "x")
    with pytest.raises(UsageError, match="archive"):
        ending.packed(running, CHIEF, 0)
    running.closings.reopen("N1", "nothing to open")
    assert running.closings.closings == ()
    memory = at_doors()
    with pytest.raises(UsageError, match="no operation folder"):
        ending.ask_to_close(memory, CHIEF, cases_stay_open=True)
    memory.closings.add((), tmp_path, 1, 0)
    assert memory.closings.now is not None
    memory.close()
    (tmp_path / FILE).write_text("{")
    with pytest.raises(InputError):
        Closings(tmp_path)
