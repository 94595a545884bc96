"""Forgetting people: nobody reads their names any more, and what is left of them in files is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from msgspec.structs import replace

from desk.lists import CHIEF, NAMES, PATIENCE_S, opened, say, write_folder
from safepassage.account.closing import Case, Closing, Final
from safepassage.desk import forgetting
from safepassage.desk.checking_in import Post, check_in_list
from safepassage.desk.forgetting import KEPT_DAYS, Trace, due, due_now, forget, traces
from safepassage.desk.ledger import verify_ledger
from safepassage.desk.logbook import back_up
from safepassage.desk.people import People
from safepassage.desk.personal import Opener
from safepassage.desk.roles import ROLES, NotPermittedError, Who
from safepassage.desk.searching import Asked, list_people
from safepassage.ledger.exporting import export
from safepassage.ledger.vocabulary import Closed, KeyDestroyed
from safepassage.model.errors import UsageError

GUARD = Who(name="N4", role="data-protection")
WALKED_IN = "Selma Unlisted"


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    write_folder(tmp_path / "op")
    found = opened(tmp_path / "op")
    say(found.running, "walked-in", "W001", site="school", name=WALKED_IN)
    yield found
    found.running.close()


def names(people: People, text: str) -> list[str]:
    return [row.name for row in list_people(people, CHIEF, Asked(text=text)).rows]


def test_a_forgotten_name_is_read_and_found_by_nobody_and_opens_no_more(people: People) -> None:
    running = people.running
    assert names(people, "Mohamed Haddad")[0] == "Mohamed Haddad"
    assert Opener(running)("W001") == WALKED_IN
    told = forget(running, GUARD, ["P001", "W001"], "asked for it")
    assert told == {"P001": ("Mohamed Haddad",), "W001": (WALKED_IN,)}
    assert names(people, "P001") == names(people, "W001") == [""]
    assert "Mohamed Haddad" not in names(people, "Mohamed Haddad")
    assert WALKED_IN not in names(people, WALKED_IN)
    assert Opener(running)("W001") == people.row("W001").name == ""
    assert [row.name for row in check_in_list(running, CHIEF, Post("site", "school")).people if row.id == "P001"] == [
        ""
    ]
    assert names(people, NAMES["P003"])[0] == NAMES["P003"], "others are found as before"
    assert people.row("P001").state.key_destroyed


def test_it_stays_so_after_a_restart_and_after_a_restored_file_of_keys(people: People, tmp_path: Path) -> None:
    server = tmp_path / "op" / ".safepassage" / "server"
    people.running.close()
    before = {path.name: path.read_bytes() for path in server.glob("persons.*")}
    again = opened(tmp_path / "op")
    forget(again.running, GUARD, ["P001", "W001"], "asked for it")
    again.running.close()
    for name, content in before.items():
        (server / name).write_bytes(content)
    restored = opened(tmp_path / "op")
    try:
        assert restored.running.person_keys.destroyed() == {"P001", "W001"}
        assert names(restored, "P001") == names(restored, "W001") == [""]
        assert "Mohamed Haddad" not in [one.name for one in restored.running.operation.people]
    finally:
        restored.running.close()


def test_nothing_that_the_program_keeps_holds_the_name_and_the_ledger_verifies(people: People, tmp_path: Path) -> None:
    running = people.running
    back_up(running, replace(GUARD))
    told = forget(running, GUARD, ["W001"], "asked for it")
    back = back_up(running, replace(GUARD))
    lines = tmp_path / "export.jsonl"
    lines.write_bytes(b"".join(export(running.keeper.store)))
    assert traces(tmp_path, told) == ()
    assert not verify_ledger(str(back)).findings
    assert not verify_ledger(str(lines)).findings
    running.close()
    assert traces(tmp_path, told) == ()
    assert not verify_ledger(str(tmp_path / "op" / ".safepassage" / "server" / "ledger.sqlite")).findings


def test_files_that_still_hold_a_name_are_told_in_whatever_form_it_stands(tmp_path: Path) -> None:
    name, arabic = "Omar <b>Sayegh", "فاطمة حداد"
    with xlsxwriter.Workbook(tmp_path / "list.xlsx") as book:
        book.add_worksheet().write_row(0, 0, ["P002", arabic])
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "people.csv").write_text(f"P001,{name}\n", encoding="utf-8")
    (tmp_path / "windows.csv").write_bytes(f"P002;{arabic}\n".encode("cp1256"))
    (tmp_path / "wide.txt").write_bytes(arabic.encode("utf-16"))
    (tmp_path / "said.json").write_text(json.dumps({"name": arabic}))
    (tmp_path / "page.html").write_text("<p>Omar &lt;b&gt;Sayegh</p>")
    (tmp_path / "other.csv").write_text("P003,Nobody")
    found = traces(tmp_path, {"P001": (name,), "P002": (arabic,), "P009": ("ab",)})
    assert found == (
        Trace(file="deep/people.csv", person="P001"),
        Trace(file="list.xlsx: xl/sharedStrings.xml", person="P002"),
        Trace(file="page.html", person="P001"),
        Trace(file="said.json", person="P002"),
        Trace(file="wide.txt", person="P002"),
        Trace(file="windows.csv", person="P002"),
    )


def test_a_file_too_large_to_be_searched_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "LARGEST", 10)
    (tmp_path / "large.bin").write_bytes(b"x" * 11)
    with pytest.raises(UsageError, match=r"large\.bin"):
        traces(tmp_path, {"P001": ("Mohamed Haddad",)})


@pytest.mark.parametrize("role", ROLES)
def test_who_may_order_it(people: People, role: str) -> None:
    who = Who(name="N5", role=role)
    if role == "data-protection":
        assert forget(people.running, who, ["P001"], "asked for it")
        return
    with pytest.raises(NotPermittedError):
        forget(people.running, who, ["P001"], "asked for it")
    assert people.running.person_keys.destroyed() == frozenset()


@pytest.mark.parametrize(("persons", "reason"), [(["P001"], " "), (["P001", "P999"], "asked for it")])
def test_nothing_is_destroyed_when_something_is_wrong(people: People, persons: list[str], reason: str) -> None:
    size = people.running.size
    with pytest.raises(UsageError):
        forget(people.running, GUARD, persons, reason)
    assert (people.running.size, people.running.person_keys.destroyed()) == (size, frozenset())


def test_a_power_cut_before_the_keys_went_is_made_good(people: People) -> None:
    running = people.running
    running.record("key-destroyed", subject="W001", payload=KeyDestroyed(reason="cut")).result(PATIENCE_S)
    assert Opener(running)("W001") == WALKED_IN
    running.enforce()
    assert Opener(running)("W001") == ""
    running.enforce()


def test_names_are_due_by_how_a_journey_ended_and_an_open_case_never() -> None:
    closed_at = datetime(2026, 1, 1, tzinfo=UTC)
    finals = tuple(Final(person=ending, ending=ending) for ending in KEPT_DAYS)  # type: ignore[arg-type]
    case = Case(person="P9", reason="missing", kind="", place="", since=None, events=())
    found = Closing(finals=finals, cases=(case,))
    assert due(found, closed_at, closed_at + timedelta(days=29)) == ()
    later = due(found, closed_at, closed_at + timedelta(days=90), gone={"stayed"})
    assert [one.person for one in later] == ["removed", "arrived", "handed-over"]
    everybody = due(found, closed_at, closed_at + timedelta(days=9999))
    assert {one.person for one in everybody} == set(KEPT_DAYS)


def test_nobody_is_due_before_an_operation_is_closed(people: People) -> None:
    running = people.running
    later = datetime.now(UTC) + timedelta(days=400)
    assert due_now(running, later) == ()
    say(running, "seen", "P001", site="school")
    say(running, "declined", "P001", site="school")
    said = Closed(finals=0, cases=0, statement="0" * 64)
    running.record("closed", subject=running.operation.id, payload=said).result(PATIENCE_S)
    assert due_now(running, datetime.now(UTC)) == ()
    assert [(one.person, one.ending) for one in due_now(running, later)] == [("P001", "stayed")]
