"""Forgetting people: nobody reads their names any more, and what is left of them in files is found."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xlsxwriter
from msgspec.structs import replace
from pypdf import PdfWriter

from desk.lists import CHIEF, NAMES, PATIENCE_S, opened, say, write_folder
from reports.material import PLAN
from reports.papers.material import NAMED, told
from safepassage.account.closing import Case, Closing, Final
from safepassage.desk import forgetting, handing_out, paper_orders
from safepassage.desk.accounting import situation_for
from safepassage.desk.approvals import decide
from safepassage.desk.checking_in import Post, check_in_list
from safepassage.desk.claim_book import BLOT
from safepassage.desk.claim_desk import ClaimsDesk
from safepassage.desk.disclosing import By
from safepassage.desk.exporting import Asked as ListAsked
from safepassage.desk.exporting import pieces
from safepassage.desk.forgetting import KEPT_DAYS, Trace, due, due_now, forget, traces
from safepassage.desk.giving import Wanted, give
from safepassage.desk.ledger import verify_ledger
from safepassage.desk.logbook import back_up
from safepassage.desk.material import of_running
from safepassage.desk.paper_drafts import Drafts
from safepassage.desk.paper_orders import order_papers
from safepassage.desk.paper_rows import Cells, Head
from safepassage.desk.people import People
from safepassage.desk.personal import Opener
from safepassage.desk.positions import Positions
from safepassage.desk.printing import Order, job, print_plan, sheets
from safepassage.desk.roles import ROLES, NotPermittedError, Who
from safepassage.desk.searching import Asked, list_people
from safepassage.ledger.exporting import export
from safepassage.ledger.vocabulary import Closed, KeyDestroyed
from safepassage.model.errors import UsageError
from safepassage.reports.account_pages import situation_page

SECOND = Who(name="N2", role="deputy")
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


@pytest.mark.parametrize("languages", ["en", "fr+ar"])
def test_names_on_papers_that_lie_there_are_found(tmp_path: Path, languages: str) -> None:
    """Right to left, broken over lines of a narrow column, with marks on letters; also in an archive of papers."""
    called = {
        "P001": "Mohamed Haddad",
        "P002": "فاطمة بنت عليّ الإدلبي",
        "P003": "Zoë O’Brien-Fitzgerald-Montgomery d’Aulnay",
    }
    others = {"P004": WALKED_IN, "P005": "محمد الحداد", "P006": "فاطمة الحداد", "P007": "حُسَيْن"}
    listed = replace(NAMED, people=tuple(replace(one, name=called.get(one.id, one.name)) for one in NAMED.people))
    asked = Order(kinds=("consent",), languages=(languages,), recipient="Partner", redaction="names")
    papers = {one.name: one.content for one in sheets(job(listed, PLAN, asked, made=datetime.now(UTC)))}
    for name, content in papers.items():
        (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "papers.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("consent.pdf", papers[f"consent-camp.{languages}.pdf"])
    found = traces(tmp_path, {person: (name,) for person, name in (called | others).items()})
    files = (f"consent-camp.{languages}.pdf", "papers.zip: consent.pdf")
    assert found == tuple(Trace(file=file, person=person) for file in files for person in called)


def test_a_pdf_that_cannot_be_read_is_said_to_be_not_searched(tmp_path: Path) -> None:
    (paper,) = sheets(job(NAMED, PLAN, Order(kinds=("handover",), about=frozenset(("B1",))), made=datetime.now(UTC)))
    (tmp_path / "whole.pdf").write_bytes(paper.content)
    (tmp_path / "damaged.pdf").write_bytes(paper.content[: len(paper.content) // 2])
    scanned, locked = PdfWriter(), PdfWriter(io.BytesIO(paper.content))
    scanned.add_blank_page(200, 200)
    scanned.add_metadata({"/Title": "List of Mohamed Haddad"})
    scanned.write(tmp_path / "scanned.pdf")
    locked.encrypt("secret")
    locked.write(tmp_path / "locked.pdf")
    assert traces(tmp_path, {"P001": ("Mohamed Haddad",)}) == (
        Trace(file="damaged.pdf"), Trace(file="locked.pdf"), Trace(file="scanned.pdf"),
        Trace(file="scanned.pdf", person="P001"),
    )  # fmt: skip


def test_what_cannot_be_searched_is_said_and_the_rest_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "LARGEST", 40)
    (tmp_path / "empty.csv").touch()
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("list.csv", bytes(41))
        packed.writestr("other.csv", b"P001,Mohamed Haddad")
    with zipfile.ZipFile(tmp_path / "hurt.zip", "w") as packed:
        packed.writestr("list.csv", b"x" * 40)
    whole = (tmp_path / "hurt.zip").read_bytes()
    (tmp_path / "hurt.zip").write_bytes(whole.replace(b"x" * 40, b"y" * 40))
    at = whole.rindex(b"PK\x01\x02")
    (tmp_path / "wild.zip").write_bytes(whole[:at] + b"????" + whole[at + 4 :])
    (tmp_path / "z.csv").write_text("P001,Mohamed Haddad")
    opened_file = Path.open

    def refused(path: Path, *given: Any) -> Any:
        if path.name == "list.csv":
            raise PermissionError(path.name)
        return opened_file(path, *given)

    (tmp_path / "list.csv").write_text("P001")
    monkeypatch.setattr(Path, "open", refused)
    assert traces(tmp_path, {"P001": ("Mohamed Haddad",)}) == (
        Trace(file="bomb.zip: list.csv"), Trace(file="bomb.zip: other.csv", person="P001"),
        Trace(file="hurt.zip: list.csv"), Trace(file="list.csv"), Trace(file="wild.zip"),
        Trace(file="z.csv", person="P001"),
    )  # fmt: skip


def test_who_is_forgotten_is_on_no_sheet_that_is_begun(people: People) -> None:
    running = people.running
    drafts = Drafts(running)
    rows = (
        Cells(who="selma unlisted", act="alighted", time="14:05", note="with Selma Unlisted’s bag"),
        Cells(who="Selma", choice="W001", act="boarded", time="14:05"),
        Cells(who="P001", act="boarded", time="14:06", note="beside Unlisted, Selma"),
        Cells(who=NAMES["P003"], act="boarded", time="14:07"),
    )
    head = Head(form="manifest/B1", vehicle="B1", wrote="told by Selma Unlisted")
    begun = drafts.begin(CHIEF.name, head, rows)
    other = drafts.begin(CHIEF.name, Head(form="manifest/B2", vehicle="B2"), rows[3:])
    place = running.place
    assert place is not None
    sealed = (place / "paper-drafts" / begun.name).read_bytes()
    forget(running, GUARD, ["W001"], "asked for it")
    found = {one.name: one for one in Drafts(running).all()}
    assert found.pop(other.name) == replace(other, at_ms=found.get(other.name, drafts.find(other.name)).at_ms)
    (left,) = found.values()
    text = msgspec.json.encode(left).decode().lower()
    assert "selma" not in text
    assert "unlisted" not in text
    assert [one.who for one in left.rows] == ["W001", "W001", "P001", NAMES["P003"]]
    assert left.rows[0].note == f"with {BLOT * 14}’s bag"
    assert left.rows[2].note == BLOT * len("beside Unlisted, Selma")
    assert left.head == replace(head, wrote=f"told by {BLOT * 14}")
    assert (left.rows[0].act, left.rows[0].time) == ("alighted", "14:05")
    # a copy of the file that was kept elsewhere opens no more, and a page that was open brings nothing back
    (place / "paper-drafts" / begun.name).write_bytes(sealed)
    assert begun.name not in {one.name for one in Drafts(running).all()}
    drafts.keep(replace(begun, turn=9), late=True)
    assert (place / "paper-drafts" / begun.name).read_bytes() == sealed


def test_claims_stay_at_their_places_when_a_name_is_blotted_out(people: People) -> None:
    running, desk = people.running, ClaimsDesk(people.running)
    forget(running, GUARD, ["P008"], "there is no book yet")
    text = "Selma Unlisted said 300 fighters left, SELMA UNLISTED waved, 17 buses arrived."
    name = desk.hand_in(CHIEF, {"source": "Radio of Selma Unlisted", "text": text})
    before = desk.open(CHIEF, name).proposals
    desk.decide(CHIEF, before[0].key, "confirmed", {})
    place = running.place
    assert place is not None
    forget(running, GUARD, ["W001"], "asked for it")
    after = ClaimsDesk(running)
    found = after.open(CHIEF, name)
    assert WALKED_IN.lower() not in (place / "claims.json").read_text(encoding="utf-8").lower()
    assert found.kept.text == f"{BLOT * 14} said 300 fighters left, {BLOT * 14} waved, 17 buses arrived."
    assert found.kept.source == f"Radio of {BLOT * 14}"
    assert [one.key for one in found.proposals] == [one.key for one in before]
    assert [one.least for _, one in after.overview(CHIEF).claims] == [300]
    written = (place / "claims.json").stat()
    forget(running, GUARD, ["P003"], "is in no report")
    assert (place / "claims.json").stat().st_ino == written.st_ino


def test_no_way_out_holds_the_name_of_who_was_forgotten(people: People, tmp_path: Path) -> None:
    """Papers, lists, the situation, claims, phones' lists and search, live and from the folder; others are named."""
    running, folder, plan_file = people.running, tmp_path / "op", tmp_path / "PLAN.json"
    gone, stays = NAMES["P001"], NAMES["P003"]
    claims = ClaimsDesk(running)
    report = claims.hand_in(CHIEF, {"source": "Radio", "text": f"{gone} and {stays} left with 300 fighters."})
    say(running, "missing", "P001")
    say(running, "missing", "P003")
    manifest = Order(kinds=("manifest",), recipient="Partner", redaction="names", about=frozenset(("B1",)))
    papers = order_papers(running, CHIEF, manifest)
    decide(running, SECOND, papers, agrees=True)
    lists = ListAsked(format="xlsx", redaction="full", recipient="Partner")
    decide(running, SECOND, handing_out.request(running, CHIEF, lists), agrees=True)
    forget(running, GUARD, ["P001"], "asked for it")

    def live() -> Iterator[str]:
        yield pdf_text(paper_orders.hand_out(running, CHIEF, papers).content)
        material = of_running(running, Positions(running), CHIEF)
        asked = handing_out.take(running, CHIEF, handing_out.ready(running, CHIEF)[0].id)
        yield unzipped(b"".join(pieces(material, asked)))
        account, found, names_ = situation_for(running, CHIEF, "full")
        yield situation_page(account.operation, account.plan, found, language="en", names=names_).decode()
        yield msgspec.json.encode(ClaimsDesk(running).open(CHIEF, report)).decode()
        yield msgspec.json.encode(check_in_list(running, CHIEF, Post("site", "school"))).decode()
        yield " ".join(names(people, "Haddad"))

    assert [gone in one for one in live()] == [False] * 6
    assert [stays in one for one in live()] == [True, True, False, True, True, True]

    every = replace(manifest, kinds=("manifest", "consent"), about=frozenset())
    print_plan(folder, plan_file, every, tmp_path / "pdf", by=By(ledger="none"))
    printed = " ".join(pdf_text(one.read_bytes()) for one in sorted((tmp_path / "pdf").iterdir()))
    give(folder, plan_file, Wanted(format="csv", redaction="full", recipient="Partner"), tmp_path / "csv")
    listed = (tmp_path / "csv" / "people.csv").read_text(encoding="utf-8-sig")
    assert stays in printed
    assert stays in listed
    assert gone not in printed + listed


def pdf_text(data: bytes) -> str:
    return " ".join(told(data).split())


def unzipped(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return "".join(packed.read(name).decode() for name in packed.namelist())


def test_the_clocks_are_told_with_what_they_are_for() -> None:
    page = (Path(__file__).parents[2] / "docs" / "background" / "erasure.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| `")]
    assert {ended.strip("`"): int(days) for ended, _, days, _ in rows} == KEPT_DAYS
    assert all(needed and basis in {"assumption", "source"} for _, needed, _, basis in rows)


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
