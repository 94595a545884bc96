"""Sheets being typed: kept encrypted, compared with another's, and entered only as they were looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from desk.devices import PATIENCE_S
from desk.field import CHIEF, SECOND, Field, field
from desk.paper import HEAD, entered
from safepassage.desk import paper_desk, paper_drafts
from safepassage.desk.paper_drafts import FOLDER, Drafts
from safepassage.desk.paper_file import enter_file
from safepassage.desk.paper_rows import Cells, Head
from safepassage.desk.people import People
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.exchange.paper_table import MOST_BYTES, read_paper
from safepassage.model.errors import InputError, UsageError
from safepassage.reports.words import say_code
from safepassage.reports.words.phrases import plain

CLERK = Who(name="N4", role="registration-clerk", serves="camp")
TYPED = (Cells(who="P001", time="14:05"), Cells(who="Somebody of the valley", choice="walked-in"))


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Field]:
    with field(place=tmp_path) as one:
        one.happen("registered", "P001", "", "camp")
        one.at(32_400)
        yield one


def test_what_is_typed_survives_and_is_read_by_nobody_who_has_the_file_alone(live: Field, tmp_path: Path) -> None:
    draft = paper_desk.begin(Drafts(live.running), CHIEF, Head(**HEAD), TYPED)
    found = Drafts(live.running)
    assert found.find(draft.name).rows == TYPED
    assert [one.name for one in found.all()] == [draft.name]
    (path,) = (tmp_path / FOLDER).iterdir()
    content = path.read_bytes()
    assert b"valley" not in content
    assert path.stat().st_mode & 0o077 == 0
    paper_desk.drop(found, CHIEF, draft.name)
    path.write_bytes(content)
    assert found.all() == (), "a copy from a backup opens no more"
    with pytest.raises(UsageError):
        found.find(draft.name)


def test_what_was_sent_before_and_comes_late_changes_nothing(live: Field) -> None:
    drafts = Drafts(live.running)
    draft = drafts.begin("N1", Head(**HEAD))
    drafts.keep(replace(draft, rows=TYPED, turn=3))
    drafts.keep(replace(draft, turn=2), late=True)
    assert drafts.find(draft.name).rows == TYPED
    drafts.keep(replace(draft, turn=3, rows=TYPED[:1]), late=True)
    assert drafts.find(draft.name).rows == TYPED[:1]
    drafts.drop(draft.name)
    drafts.drop(draft.name)
    drafts.keep(replace(draft, turn=9), late=True)
    assert drafts.all() == ()


def test_there_is_an_end_to_sheets_that_are_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_drafts, "MOST_DRAFTS", 1)
    with field() as live:
        drafts = Drafts(live.running)
        name = drafts.begin("N1", Head(**HEAD), TYPED).name
        with pytest.raises(UsageError, match="enter or drop"):
            drafts.begin("N1", Head(**HEAD))
        assert drafts.find(name).rows == TYPED
        drafts.drop(name)
        assert drafts.all() == ()


def test_another_persons_sheet_is_looked_at_by_who_settles_alone(live: Field) -> None:
    drafts = Drafts(live.running)
    draft = paper_desk.begin(drafts, CHIEF, Head(**HEAD))
    assert paper_desk.drafts_of(drafts, CLERK) == ()
    assert paper_desk.draft_of(drafts, SECOND, draft.name) == drafts.find(draft.name)
    for refused in (
        lambda: paper_desk.draft_of(drafts, CLERK, draft.name),
        lambda: paper_desk.drop(drafts, CLERK, draft.name),
    ):
        with pytest.raises(NotPermittedError):
            refused()
    paper_desk.drop(drafts, CHIEF, "0" * 16)
    with pytest.raises(UsageError):
        paper_desk.draft_of(drafts, CHIEF, "../../keys.json")


def test_who_may_enter_no_paper_does_nothing_of_it(live: Field) -> None:
    drafts, people, observer = Drafts(live.running), People(live.running), Who(name="N5", role="observer")
    for refused in (
        lambda: paper_desk.begin(drafts, observer, Head()), lambda: paper_desk.drafts_of(drafts, observer),
        lambda: paper_desk.look(people, observer, Head(), ()), lambda: paper_desk.suggested(people, observer, "P001"),
    ):  # fmt: skip
        with pytest.raises(NotPermittedError):
            refused()


def test_two_who_type_one_sheet_are_compared(live: Field) -> None:
    drafts, people = Drafts(live.running), People(live.running)
    first = paper_desk.begin(drafts, CHIEF, Head(**HEAD), TYPED)
    for rows, differ in ((TYPED, ()), ((TYPED[0], Cells(who="?"), Cells(who="?")), (2, 3)), (TYPED[1:], None)):
        draft = paper_desk.begin(drafts, SECOND, Head(**HEAD), rows)
        found = paper_desk.look(people, SECOND, draft.head, draft.rows, paper_desk.others(drafts, draft))
        drafts.drop(draft.name)
        if differ is None:
            assert found.twice == (), "what cannot be read is compared with nothing"
        else:
            assert [(one.by, one.rows) for one in found.twice] == [("N1", differ)]
            assert found.doubtful is bool(differ)
    other = Head(**(HEAD | {"number": "2"}))
    found = paper_desk.look(people, SECOND, other, TYPED, paper_desk.others(drafts, replace(first, by="N2")))
    assert found.twice == (), "another sheet is compared with nothing"


def test_nothing_is_entered_that_was_not_looked_at(live: Field) -> None:
    drafts, people = Drafts(live.running), People(live.running)
    draft = paper_desk.begin(drafts, CHIEF, Head(**HEAD), TYPED)
    seen = paper_desk.look(people, CHIEF, draft.head, draft.rows).seen
    assert paper_desk.finish(people, drafts, CHIEF, draft.name, "")[1] is None
    drafts.keep(replace(draft, rows=TYPED[:1]))
    assert paper_desk.finish(people, drafts, CHIEF, draft.name, seen)[1] is None
    drafts.keep(draft)
    live.happen("boarded", "P001", "M1", "camp")
    found, answer = paper_desk.finish(people, drafts, CHIEF, draft.name, seen)
    assert answer is None, "the record says something else by now"
    _, answer = paper_desk.finish(people, drafts, CHIEF, draft.name, found.seen)
    assert answer is not None
    answer.result(PATIENCE_S)
    again = paper_desk.look(people, CHIEF, draft.head, draft.rows)
    assert (again.reading.sheet, again.reading.faults[-1].cell) == (None, "number")
    assert not again.doubtful


def test_who_may_be_meant_is_told_by_code_and_by_name(live: Field) -> None:
    people = People(live.running)
    assert paper_desk.suggested(people, CHIEF, "p001") == (("P001", ""),)
    assert [code for code, _ in paper_desk.suggested(people, CHIEF, "P00")][:2] == ["P001", "P002"]
    assert paper_desk.suggested(people, CHIEF, "left") == (("P005", live.running.operation.people[4].name),)
    assert paper_desk.suggested(people, CHIEF, " ") == ()


TABLE = """Qui,Quoi,Heure,Lieu,Motif,Nouveau
P001,,14:05,,,
,,,,,
'=Somebody,%s,,,,sur aucune liste: une personne nouvelle
"""


def test_a_table_is_entered_as_the_page_enters(live: Field, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(TABLE % plain(say_code("event", "boarded").fr), encoding="utf-8")
    head = Head(**HEAD)
    looked = enter_file(live.running, "N1", head, path, dry_run=True)
    assert (looked.entered, looked.first_row, looked.look.reading.faults) == (False, 2, ())
    size = live.running.size
    assert enter_file(live.running, "N1", head, path).entered
    assert live.running.size == size + 5
    again = enter_file(live.running, "N1", head, path)
    assert (again.entered, again.look.reading.faults[-1].cell) == (False, "number")
    entered(live, {"who": "P001", "time": "15:00"}, number="2")


@pytest.mark.parametrize("content", [b"", b"who\nP001\n", b"a,b,c\n1,2,3\n", b"x" * (MOST_BYTES + 1)])
def test_what_is_no_table_of_lines_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        read_paper("sheet.csv", content)
