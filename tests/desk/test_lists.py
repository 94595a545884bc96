"""Lists of people brought to a running server: compared, put in force, former ones put back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.devices import PATIENCE_S
from desk.doors import at_doors
from safepassage.desk import approvals
from safepassage.desk.check import readable
from safepassage.desk.list_files import ListFileError, content_of, renamed
from safepassage.desk.list_problems import problems_table
from safepassage.desk.lists import Lists
from safepassage.desk.people import People
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.running import Running, open_running
from safepassage.exchange.template import write_template
from safepassage.model.errors import InputError, InternalError, UsageError
from server.browser.plans import write_a_plan

CHIEF, DEPUTY = Who(name="N1", role="coordinator"), Who(name="N2", role="deputy")


class Field:
    """An operation folder, its server, and its lists."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open()

    def open(self, plan: Path | None = None) -> None:
        self.running: Running = open_running(self.folder, plan)[0]
        self.people, self.lists = People(self.running), Lists(self.running)

    def again(self, plan: Path | None = None) -> None:
        self.running.close()
        self.open(plan)

    def put(self, content: str) -> int:
        number = self.lists.bring(CHIEF, "list.csv", content.encode())
        assert self.lists.put_in_force(CHIEF, number)
        return number

    def ids(self) -> list[str]:
        self.people.refresh()
        return self.people.ids()


@pytest.fixture
def template(tmp_path: Path) -> list[str]:
    folder = tmp_path / "template"
    write_template(folder, workbook=False)
    return (folder / "people.csv").read_text(encoding="utf-8-sig").splitlines()


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    folder = tmp_path / "op"
    write_template(folder, workbook=False)
    one = Field(folder)
    yield one
    one.running.close()


def text(lines: list[str]) -> str:
    return "\n".join(lines)


@pytest.mark.parametrize("leave", ["", "heading", "named"])
def test_a_server_starts_without_people_and_takes_their_list(tmp_path: Path, template: list[str], leave: str) -> None:
    folder = tmp_path / "op"
    write_template(folder, workbook=False)
    (folder / "people.csv").unlink()
    if leave == "heading":
        (folder / "people.csv").write_text(template[0], encoding="utf-8")
    if leave == "named":
        written = folder / "operation.toml"
        written.write_text(written.read_text().replace("# [tables]", '[tables]\npeople = "list.xlsx#S" # all'))
    with pytest.raises(InputError):
        readable(folder)
    field = Field(folder)
    assert field.ids() == []
    number = field.put(text(template))
    assert len(field.ids()) == len(field.running.operation.people) == 30
    assert (found := field.lists.in_force()) is not None
    assert (found.number, found.by_whom) == (number, ("N1",))
    assert len(readable(folder)[0].people) == 30
    if leave == "named":
        assert 'people = "people.csv" # all' in (folder / "operation.toml").read_text()
    field.again()
    assert len(field.ids()) == 30
    field.running.close()


def test_what_a_list_changes_is_told_before_it_does(field: Field, template: list[str]) -> None:
    lines = [template[0], *template[2:], template[1].replace("P001,", "P901,Rami"[:5])]
    lines[5] = lines[5].replace(",adult,", ",older,").replace(",child,", ",adult,").replace(",infant,", ",child,")
    number = field.lists.bring(CHIEF, "C:\\lists\\people.csv", text(lines).encode())
    found = field.lists.compared(CHIEF, number)
    assert (found.readable, found.listed, found.differs) == (True, 30, True)
    assert [one.id for one in found.new] == ["P901"]
    assert [(str(one.person.id), one.recorded) for one in found.gone] == [("P001", False)]
    assert [(one.person, [each.field for each in one.differences]) for one in found.changed] == [("P006", ["age_band"])]
    assert field.lists.find(number).name == "people.csv"
    assert "P901" not in field.ids()


def test_who_is_recorded_leaves_the_list_only_when_a_second_person_agrees(field: Field, template: list[str]) -> None:
    field.running.record("seen", subject="P030", site="school", actor="N1").result(PATIENCE_S)
    number = field.lists.bring(CHIEF, "list.csv", text(template[:-1]).encode())
    assert field.lists.compared(CHIEF, number).removed == ("P030",)
    assert not field.lists.put_in_force(CHIEF, number)
    asked = field.lists.asked(number)
    assert asked is not None
    with pytest.raises(UsageError, match="already"):
        field.lists.put_in_force(CHIEF, number)
    with pytest.raises(UsageError, match="stays"):
        field.lists.set_aside(CHIEF, number)
    with pytest.raises(NotPermittedError, match="second person"):
        approvals.decide(field.running, CHIEF, asked.number, agrees=True)
    assert len(field.running.operation.people) == 30
    field.again()
    approvals.decide(field.running, DEPUTY, asked.number, agrees=True)
    assert len(field.running.operation.people) == 29
    assert len(field.ids()) == 30
    assert field.people.row("P030").state.removed
    assert approvals.unapproved(field.running) == ()
    assert (found := field.lists.in_force()) is not None
    assert found.by_whom == ("N1", "N2")


def test_what_was_agreed_to_must_still_be_so(field: Field, template: list[str]) -> None:
    for person in ("P029", "P030"):
        before = field.lists.asked(1)
        field.running.record("seen", subject=person, site="school", actor="N1").result(PATIENCE_S)
        if before is None:
            number = field.lists.bring(CHIEF, "list.csv", text(template[:-2]).encode())
            assert not field.lists.put_in_force(CHIEF, number)
    asked = field.lists.asked(number)
    assert asked is not None
    with pytest.raises(UsageError, match="others"):
        approvals.decide(field.running, DEPUTY, asked.number, agrees=True)
    assert field.lists.asked(number) is not None
    assert len(field.running.operation.people) == 30


def test_the_former_list_is_put_back(field: Field, template: list[str]) -> None:
    number = field.put(text(template[:-3]))
    former = next(one for one in field.lists.lists if one.number != number)
    assert (former.people, former.by) == (30, "")
    assert field.lists.put_in_force(CHIEF, former.number)
    assert len(field.ids()) == 30
    assert (field.folder / "people.csv").read_text(encoding="utf-8-sig").splitlines() == template
    assert field.lists.in_force() == field.lists.find(former.number)
    assert field.lists.put_in_force(CHIEF, number)
    assert [one.number for one in field.lists.lists] == [number, former.number]


def test_a_list_with_errors_changes_nothing(field: Field, template: list[str]) -> None:
    wrong = [*template, template[1], template[2].replace("P002", "P099").replace("walking", "=1+1")]
    number = field.lists.bring(CHIEF, "list.csv", text(wrong).encode())
    found = field.lists.compared(CHIEF, number)
    assert not found.readable
    assert found.listed == 32
    assert {"duplicate-id", "formula-text"} & {one.code for one in found.problems}
    table = problems_table(found, "ar").decode()
    assert "people.csv" in table
    assert "\n=" not in table
    with pytest.raises(UsageError, match="errors"):
        field.lists.put_in_force(CHIEF, number)
    field.lists.set_aside(CHIEF, number)
    assert field.lists.lists == ()
    assert not list((field.folder / ".safepassage" / "server" / "lists").glob("*/people*"))


@pytest.mark.parametrize(("name", "content"), [("people.pdf", b"%PDF"), ("people", b"x"), ("people.csv", b"")])
def test_what_is_no_list_by_its_name_is_refused(field: Field, name: str, content: bytes) -> None:
    with pytest.raises(ListFileError):
        field.lists.bring(CHIEF, name, content)
    assert field.lists.lists == ()


@pytest.mark.parametrize(
    ("name", "content"), [("p.xlsx", b"PK\x03\x04 no"), ("p.csv", b"\x00\xff" * 40), ("p.ods", b"x")]
)
def test_what_cannot_be_read_is_told_with_what_to_do(field: Field, name: str, content: bytes) -> None:
    number = field.lists.bring(CHIEF, name, content)
    found = field.lists.compared(CHIEF, number)
    assert not found.readable
    assert found.problems


def test_another_list_takes_the_place_of_one_that_was_only_looked_at(field: Field, template: list[str]) -> None:
    first = field.lists.bring(CHIEF, "a.csv", text(template).encode())
    second = field.lists.bring(CHIEF, "b.csv", text(template).encode())
    assert [one.number for one in field.lists.lists] == [second]
    with pytest.raises(UsageError, match="no such list"):
        field.lists.compared(CHIEF, first)


def test_only_who_changes_manifests_brings_lists(field: Field, template: list[str]) -> None:
    for role in ("observer", "registration-clerk", "data-protection", ""):
        with pytest.raises(NotPermittedError):
            field.lists.bring(Who(name="N3", role=role), "a.csv", text(template).encode())


def test_a_disk_that_refuses_leaves_the_former_list(
    field: Field, template: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = field.lists.bring(CHIEF, "a.csv", text(template[:-3]).encode())

    def refuse(*_given: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(field.running, "take_operation", refuse)
    with pytest.raises(OSError, match="no space"):
        field.lists.put_in_force(CHIEF, number)
    assert len(readable(field.folder)[0].people) == 30
    assert len(field.ids()) == 30


def test_a_damaged_book_of_lists_is_told(field: Field, template: list[str]) -> None:
    field.put(text(template))
    (field.folder / ".safepassage" / "server" / "lists" / "lists.json").write_text("{")
    with pytest.raises(InputError, match="fault"):
        Lists(field.running)


def test_who_left_the_list_is_expected_on_no_trip(tmp_path: Path, template: list[str]) -> None:
    folder = tmp_path / "op"
    write_template(folder, workbook=False)
    plan = write_a_plan(folder)
    field = Field(folder)
    field.again(plan)
    field.put(text([template[0], *template[2:]]))
    for _ in range(2):
        assert field.running.plan is not None
        assert sum(len(one.rides) for one in field.running.plan.manifests) == 29
        assert field.running.plan.trips[0].stops[0].load.people == 14
        field.again(plan)
    field.running.close()


def test_only_the_table_of_people_is_renamed() -> None:
    text_ = 'people = "x"\n[tables]\npeople = \'a.xlsx#S\' # why\r\nvehicles = "v"\n[limits]\npeople = "y"\n'
    wanted = 'people = "x"\n[tables]\npeople = "people.csv" # why\r\nvehicles = "v"\n[limits]\npeople = "y"\n'
    assert renamed(text_, '"people.csv"') == wanted


def test_no_list_gets_the_number_of_another(field: Field, template: list[str]) -> None:
    first = field.lists.bring(CHIEF, "a.csv", text(template[:-1]).encode())
    field.lists.set_aside(CHIEF, first)
    field.again()
    second = field.lists.bring(CHIEF, "b.csv", text(template[:-2]).encode())
    assert second == first + 1
    assert field.lists.compared(CHIEF, second).listed == 28


def test_a_list_from_a_sheet_of_a_workbook_is_put_back(tmp_path: Path, template: list[str]) -> None:
    folder = tmp_path / "op"
    write_template(folder, workbook=True)
    field = Field(folder)
    # another ending than the list had, then back to the sheet
    field.put(text(template[:-1]))
    former = next(one for one in field.lists.lists if not one.by)
    assert len(readable(folder)[0].people) == 29
    assert field.lists.put_in_force(CHIEF, former.number)
    assert (len(field.ids()), (folder / "people.csv").exists()) == (30, False)
    assert len(readable(folder)[0].people) == 30
    field.running.close()


def test_a_list_that_reads_otherwise_in_its_place_is_taken_away_again(
    tmp_path: Path, template: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "op"
    write_template(folder, workbook=False)
    (folder / "people.csv").unlink()
    field = Field(folder)
    number = field.lists.bring(CHIEF, "a.csv", text(template).encode())
    monkeypatch.setattr("safepassage.desk.lists.readable", lambda _home: (field.running.operation, None))
    with pytest.raises(InternalError, match="otherwise"):
        field.lists.put_in_force(CHIEF, number)
    assert not (folder / "people.csv").exists()
    assert field.running.operation.people == ()
    field.running.close()


def test_a_list_that_got_errors_since_is_not_put(field: Field, template: list[str]) -> None:
    field.running.record("seen", subject="P030", site="school", actor="N1").result(PATIENCE_S)
    number = field.lists.bring(CHIEF, "list.csv", text(template[:-1]).encode())
    assert not field.lists.put_in_force(CHIEF, number)
    asked = field.lists.asked(number)
    assert asked is not None
    kept = field.folder / ".safepassage" / "server" / "lists" / str(number)
    (kept / "people.csv").write_text("no list", encoding="utf-8")
    (kept / "operation.toml").write_text('extends = "../../../.."', encoding="utf-8")
    field.again()
    with pytest.raises(UsageError, match="others"):
        approvals.decide(field.running, DEPUTY, asked.number, agrees=True)
    with pytest.raises(UsageError, match="errors"):
        field.lists._put(number, ("N1",))
    assert content_of(kept)[1] == '"people.csv"'


def test_a_server_without_a_folder_keeps_no_lists() -> None:
    running = at_doors()
    with pytest.raises(UsageError, match="no operation folder"):
        Lists(running).bring(CHIEF, "a.csv", b"x")
    running.close()
