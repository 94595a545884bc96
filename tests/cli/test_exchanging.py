"""The commands that hand data out and look at what others hand in: what goes where, and the exit status."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from safepassage.desk.approvals import unapproved
from safepassage.desk.running import open_running
from safepassage.desk.start import new
from safepassage.exchange.cap import Alert, Area, Info, alert_file
from safepassage.exchange.folder import read
from safepassage.exchange.pfif import Record, pfif_pieces

Run = Callable[..., tuple[int, str, str]]
MARCH = datetime(2026, 3, 1, 6, tzinfo=UTC)
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new(tmp_path / "op", workbook=False)
    return tmp_path / "op"


def test_a_list_is_code_only_unless_asked_and_says_that_it_is_not_recorded(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    status, out, err = run("export", folder, "--format", "csv", "-o", tmp_path / "out", "--recipient", "clinic")
    assert (status, out) == (0, "")
    assert "code-only" in err
    assert "NOT recorded" in err
    head = (tmp_path / "out" / "people.csv").read_text("utf-8-sig").splitlines()[0]
    assert "household" not in head


def test_what_is_handed_out_can_be_read_as_an_operation(run: Run, folder: Path, tmp_path: Path) -> None:
    before = read(folder).operation
    run("export", folder, "--format", "csv", "-o", folder, "--recipient", "clinic", "--redaction", "full")
    reading = read(folder)
    assert before is not None
    assert reading.operation is not None, reading.faults
    assert [one.id for one in reading.operation.people] == [one.id for one in before.people]
    assert [one.mobility for one in reading.operation.people] == [one.mobility for one in before.people]
    assert reading.operation.sites[0] == before.sites[0]


def test_a_party_is_given_what_its_role_allows(run: Run, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "people.xlsx"
    status, out, _ = run(
        "export", folder, "--format", "xlsx", "-o", target, "--recipient", "bridge-authority", "--json"
    )
    told = json.loads(out)
    assert status == 0
    assert (told["redaction"], told["disclosure_recorded"]) == ("full", False)
    assert told["format"] == "safepassage-export/1"


def test_from_the_own_ledger_a_disclosure_is_recorded_and_waits_for_a_second_person(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    ask = ("export", folder, "--format", "xlsx", "-o", tmp_path / "x.xlsx", "--recipient", "clinic", "--ledger")
    status, _, err = run(*ask, "own")
    assert status == 2
    assert "no ledger yet" in err
    open_running(folder)[0].close()
    status, _, err = run(*ask, "own", "--by", "N1")
    assert status == 0
    assert "second person" in err
    status, _, err = run("export", folder, "--format", "geojson", "-o", tmp_path / "m", "--ledger", "own")
    assert (status, "people in it" in err) == (0, False)
    running, _ = open_running(folder)
    try:
        (one,) = unapproved(running)
        (disclosed,) = running.now().state.disclosures.values()
        assert (one.type, one.actor) == ("disclosed", "N1")
        assert (disclosed.recipient, disclosed.what.split()[:2]) == ("clinic", ["xlsx", "code-only"])
        assert len(disclosed.persons) == len(running.operation.people)
    finally:
        running.close()


def test_a_ledger_of_elsewhere_is_read_and_nothing_recorded(run: Run, folder: Path, tmp_path: Path) -> None:
    open_running(folder)[0].close()
    own = folder / ".safepassage" / "server" / "ledger.sqlite"
    run("ledger", "export", own, "-o", tmp_path / "ledger.jsonl")
    target = tmp_path / "v.pb"
    for more in ((), ("--exact-positions",)):
        status, _, _ = run("export", folder, "--format", "gtfs-realtime", "-o", target, "--ledger",
                           tmp_path / "ledger.jsonl", *more)  # fmt: skip
        assert status == 0
    assert target.exists()


def test_an_alert_leaves_and_another_comes_in(run: Run, folder: Path, tmp_path: Path) -> None:
    status, out, _ = run("export", folder, "--format", "cap", "-o", tmp_path / "a.xml", "--about", "closure:1",
                         "--recipient", "observers", "--json")  # fmt: skip
    assert (status, json.loads(out)["people"]) == (0, 0)
    status, _, err = run("export", folder, "--format", "geojson", "-o", tmp_path / "m.json")
    assert (status, err.count("wrote")) == (0, 1)
    ring = ((36.75, 34.49), (36.8, 34.49), (36.8, 34.51), (36.75, 34.49))
    info = Info(event="Flood", areas=(Area(description="Wadi", polygons=(ring,)),))
    (tmp_path / "in.xml").write_bytes(alert_file(Alert(identifier="F1", sender="met", sent=MARCH, infos=(info,))))
    target = folder / "closures.geojson"
    status, _, err = run("import", "cap", tmp_path / "in.xml", folder, "-o", target)
    assert (status, "names no end" in err) == (0, True)
    (folder / "closures.csv").unlink()
    operation = read(folder).operation
    assert operation is not None
    assert [len(one.polygon) for one in operation.closures] == [3]
    status, out, _ = run("import", "cap", tmp_path / "in.xml", folder, "-o", target, "--json")
    assert json.loads(out)["closures"] == 1
    (tmp_path / "in.xml").write_bytes(b"no alert")
    assert run("import", "cap", tmp_path / "in.xml", folder, "-o", target)[0] == 3


def test_records_of_others_become_a_table(run: Run, tmp_path: Path) -> None:
    open_ended = Record(record="a.example/1", source_date=NOW, entry_date=NOW, expires=NOW + timedelta(days=9),
                        full_name="=N 1")  # fmt: skip
    past = Record(record="a.example/2", source_date=NOW, entry_date=NOW, expires=NOW - timedelta(days=9))
    (tmp_path / "in.xml").write_bytes(b"".join(pfif_pieces((open_ended, past), NOW)))
    status, _, err = run("import", "pfif", tmp_path / "in.xml", "-o", tmp_path / "out.csv")
    assert (status, "1 expired" in err) == (0, True)
    rows = list(csv.reader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()))
    assert [(row[0], row[1], row[3]) for row in rows[1:]] == [
        ("a.example/1", "'=N 1", ""), ("a.example/2", "", "expired: delete copies"),
    ]  # fmt: skip
    status, out, _ = run("import", "pfif", tmp_path / "in.xml", "-o", tmp_path / "out.csv", "--json")
    assert json.loads(out) == {"format": "safepassage-import-pfif/1", "records": 2, "expired": 1}


def test_consents_are_read_from_a_list(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"id,until,by\nP001,{NOW + timedelta(days=9):%Y-%m-%d},\n")
    status, _, err = run("export", folder, "--format", "pfif", "-o", tmp_path / "r.xml", "--recipient", "tracing",
                         "--redaction", "full", "--consents", tmp_path / "c.csv", "--domain", "a.example")  # fmt: skip
    assert (status, "without a name" in err) == (2, True)
    assert not (tmp_path / "r.xml").exists()
