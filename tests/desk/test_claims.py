"""Claims on the desk: the book beside the ledger, the workbench, files and tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from account.claims import texts
from desk.field import CHIEF, Field, field
from safepassage.account.sayings import Confirmed
from safepassage.desk import claim_book
from safepassage.desk.check import readable
from safepassage.desk.claim_book import FILE, ClaimBook, Kept, claims_of, key_of, read_book, reports_of, standing
from safepassage.desk.claim_desk import MOST_TEXT, ClaimsDesk
from safepassage.desk.claims import (
    LARGEST,
    compared_as_told,
    confirmed_of,
    read_as_told,
    read_files,
    reconcile_folder,
    table_of,
)
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.running import server_place
from safepassage.desk.start import new
from safepassage.exchange.claims_table import read_claims
from safepassage.model.claims import Claim
from safepassage.model.errors import InputError, UsageError

READER = Who(name="N3", role="party-liaison")
OBSERVER = Who(name="N4", role="observer")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Field]:
    with field(place=tmp_path) as one:
        yield one


@pytest.fixture
def desk(live: Field) -> ClaimsDesk:
    return ClaimsDesk(live.running)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("op") / "op"
    new(path, workbook=False)
    (path.parent / "one.txt").write_text(texts.FIRST)
    (path.parent / "two.txt").write_text("2017-08-30\n\n" + texts.SECOND)
    return path


def hand_in(desk: ClaimsDesk, text: str = texts.FIRST, source: str = "Wire", **more: str) -> str:
    return desk.hand_in(CHIEF, {"text": text, "source": source, **more})


def test_what_is_not_sure_is_no_proposal_and_can_be_confirmed(desk: ClaimsDesk) -> None:
    name = hand_in(desk, "The evacuation of 75 orphans was on the agenda. It has 300 goats.", written="2026-03-11")
    found = desk.open(CHIEF, name)
    assert (found.proposals, [one.doubt for one in found.unclear], found.figures) == ((), ["planned-or-done"], 1)
    assert [(one.text, one.number, one.figure) for one in found.pieces if one.number or one.figure] == [
        ("75 orphans", 1, False),
        ("300", 0, True),
    ]
    assert [one.waiting for one in desk.overview(CHIEF).rows] == [0]
    entry = desk.decide(CHIEF, found.unclear[0].key, "confirmed", {"edited": "on", "of": "child", "planned": "on"})
    assert entry.claim is not None
    assert entry.claim.planned
    assert desk.open(CHIEF, name).unclear[0].entry == entry


def keys(desk: ClaimsDesk, name: str) -> list[str]:
    return [one.key for one in desk.open(CHIEF, name).proposals]


def test_a_proposal_is_confirmed_mended_dropped_and_taken_back(desk: ClaimsDesk) -> None:
    name = hand_in(desk, language="en")
    first, second, third, *_ = keys(desk, name)
    entry = desk.decide(CHIEF, first, "confirmed", {})
    desk.decide(CHIEF, second, "confirmed", {"edited": "on", "kind": "count", "of": "bus", "of2": "", "least": "17",
                                             "most": "17", "planned": "on", "from_day": "2017-08-28"})  # fmt: skip
    desk.decide(CHIEF, third, "dropped", {})
    opened = desk.open(CHIEF, name)
    assert [one.entry.act if one.entry else "" for one in opened.proposals[:4]] == [
        "confirmed", "confirmed", "dropped", ""
    ]  # fmt: skip
    assert "".join(piece.text for piece in opened.pieces) == opened.kept.text
    row = desk.overview(CHIEF).rows[0]
    assert (row.confirmed, row.waiting) == (2, len(opened.proposals) - 3)
    mended = desk.overview(CHIEF).claims[1][1]
    assert (mended.least, mended.planned, mended.until_day, mended.source) == (17, True, "2017-08-28", "Wire")
    with pytest.raises(UsageError, match="decided this already"):
        desk.decide(CHIEF, first, "dropped", {})
    desk.undo(CHIEF, entry.number)
    assert len(desk.overview(CHIEF).claims) == 1
    with pytest.raises(UsageError, match="taken back already"):
        desk.undo(CHIEF, entry.number)


def test_reports_of_one_family_lend_dates_and_count_once(desk: ClaimsDesk) -> None:
    one = hand_in(desk)
    two = hand_in(desk, texts.SECOND, "Other", written="2017-08-29")
    opened = desk.open(CHIEF, one)
    assert (opened.lent, opened.written, opened.family) == (True, "2017-08-29", (one, two))
    for name in (one, two):
        for key in keys(desk, name):
            desk.decide(CHIEF, key, "confirmed", {})
    found = desk.overview(CHIEF)
    assert found.reconciled.families == 1
    told = desk.confirmed()
    assert len(told.claims) == len(found.claims)
    assert {one.family for one in told.claims} == {one}
    assert told.waiting == 0
    assert desk.confirmed(0) == Confirmed()
    desk.undo(CHIEF, found.claims[0][0].number)
    assert desk.confirmed().waiting == 1
    desk.decide(CHIEF, keys(desk, one)[0], "confirmed", {})
    found = desk.overview(CHIEF)
    assert [reading.each for reading in found.reconciled.readings] == [(41, 47), (48, 54)]
    assert found.shared == ((one, two, 2, "Levant Wire"),)
    assert len(read_claims("claims.csv", desk.table(READER))) == len(found.claims)


def test_a_claim_is_entered_by_hand_in_any_language(desk: ClaimsDesk) -> None:
    desk.enter(CHIEF, {"edited": "on", "source": "إذاعة", "words": "نحو سبعمئة شخص", "of": "person", "least": "650",
                       "most": "750", "by": "ناطق"})  # fmt: skip
    ((_, claim),) = desk.overview(CHIEF).claims
    assert (claim.words, claim.source, claim.family, claim.least) == ("نحو سبعمئة شخص", "إذاعة", "إذاعة", 650)


@pytest.mark.parametrize(
    "given",
    [
        {"source": "", "of": "person"},
        {"source": "S"},
        {"source": "S", "of": "dragon"},
        {"source": "S", "of": "person", "least": "-1"},
        {"source": "S", "of": "person", "least": "9" * 11},
        {"source": "S", "of": "person", "least": "5", "most": "4"},
        {"source": "S", "of": "person", "from_day": "Monday"},
        {"source": "S" * 201, "of": "person"},
        {"source": "S", "kind": "rumour"},
    ],
)
def test_what_cannot_be_read_is_refused(desk: ClaimsDesk, given: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        desk.enter(CHIEF, given | {"edited": "on"})
    assert desk.book.entries == ()


def test_a_report_is_refused_or_taken_away(desk: ClaimsDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, source in (("", "S"), ("40 people left.", ""), ("x" * (MOST_TEXT + 1), "S")):
        with pytest.raises(UsageError):
            hand_in(desk, text, source)
    name = hand_in(desk)
    desk.undo(CHIEF, desk.open(CHIEF, name).entry.number)
    with pytest.raises(UsageError, match="no such report"):
        desk.open(CHIEF, name)
    assert hand_in(desk) == "R2"
    with pytest.raises(UsageError, match="no such proposal"):
        desk.decide(CHIEF, "R1:0-1:count", "confirmed", {})
    monkeypatch.setattr("safepassage.desk.claim_desk.MOST_REPORTS", 1)
    with pytest.raises(UsageError, match="take one away"):
        hand_in(desk)
    monkeypatch.setattr(claim_book, "MOST_ENTRIES", 1)
    with pytest.raises(UsageError, match="full"):
        desk.undo(CHIEF, 3)


def test_who_may_read_and_who_may_judge(desk: ClaimsDesk) -> None:
    name = hand_in(desk)
    desk.open(READER, name)
    for refused in (
        lambda: desk.hand_in(READER, {"text": "x", "source": "y"}),
        lambda: desk.decide(READER, keys(desk, name)[0], "confirmed", {}),
        lambda: desk.enter(READER, {}),
        lambda: desk.undo(READER, 1),
        lambda: desk.overview(OBSERVER),
        lambda: desk.open(OBSERVER, name),
        lambda: desk.table(OBSERVER),
    ):
        with pytest.raises(NotPermittedError):
            refused()


def test_the_ledger_is_never_written_and_the_book_outlasts_the_run(live: Field, desk: ClaimsDesk) -> None:
    before = live.running.size
    name = hand_in(desk)
    desk.decide(CHIEF, keys(desk, name)[0], "confirmed", {})
    assert live.running.size == before
    again = ClaimsDesk(live.running)
    assert again.book.entries == desk.book.entries
    assert again.overview(CHIEF).claims == desk.overview(CHIEF).claims


def test_a_book_in_memory_and_one_that_is_damaged(tmp_path: Path) -> None:
    ClaimBook(None, "op").add("entered", "N1", claim=Claim(id="C1"))
    path = tmp_path / FILE
    book = ClaimBook(path, "op")
    book.add("entered", "N1", claim=Claim(id="C1"))
    assert claims_of(read_book(path, "op")) == (Claim(id="C1"),)
    assert reports_of(book.entries) == {}
    assert standing(book.entries) == book.entries
    for operation, data in (("other", path.read_bytes()), ("op", b"{")):
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            ClaimBook(path, operation)
        assert caught.value.faults[0].code == "claim-book"
    assert read_book(tmp_path / "none", "op") == ()


def test_files_are_read_together(folder: Path) -> None:
    out = read_files(folder, [folder.parent / "one.txt", folder.parent / "two.txt"])
    told = read_as_told(out)
    assert told["families"] == {"one.txt": ["one.txt", "two.txt"]}
    assert {report["written"] for report in told["reports"]} == {"2017-08-29"}
    assert told["links"][0]["named"] == "Levant Wire"


def test_files_that_cannot_be_read(folder: Path, tmp_path: Path) -> None:
    for data in (b"\xff\xfe\x00", b"a\x00b", b"x" * (LARGEST + 1)):
        (tmp_path / "bad.txt").write_bytes(data)
        with pytest.raises(InputError) as caught:
            read_files(folder, [tmp_path / "bad.txt"])
        assert caught.value.faults[0].code == "report-file"
    with pytest.raises(InputError):
        read_files(folder, [tmp_path / "none.txt"])
    with pytest.raises(UsageError, match="one name"):
        read_files(folder, [folder.parent / "one.txt"] * 2)


def test_the_folders_table_comes_first_then_the_servers_book(folder: Path) -> None:
    with pytest.raises(UsageError, match="no claims"):
        reconcile_folder(folder)
    assert confirmed_of(folder) == Confirmed()
    path = server_place(folder) / FILE
    book = ClaimBook(path, str(readable(folder)[0].id))
    book.add("report", "N1", report=Kept(name="R1", source="Wire", text=texts.FIRST))
    book.add("confirmed", "N1", proposal="x", claim=Claim(id="C2", of=("bus",), least=16, most=16, report="R1"))
    book.add("entered", "N1", claim=Claim(id="C3", of=("bus",), least=17, most=17, source="Radio"))
    found = reconcile_folder(folder)
    assert found.found_in == FILE
    assert [(one.id, one.family) for one in found.claims] == [("C2", "R1"), ("C3", "Radio")]
    assert found.reconciled.contradicts
    proposed = len(read_files(folder, [folder.parent / "one.txt"]).claims)
    assert confirmed_of(folder) == Confirmed(claims=found.claims, waiting=proposed)
    path.unlink()
    operation = read_files(folder, [folder.parent / "one.txt"])
    (folder / "claims.csv").write_bytes(table_of(operation.claims))
    found = reconcile_folder(folder)
    assert found.found_in == "claims.csv"
    assert confirmed_of(folder).claims == found.claims
    told = compared_as_told(found)
    assert [one["reading"] for one in told["readings"]] == ["inside", "on-top"]
    (folder / "claims.csv").unlink()


def test_a_key_names_a_proposal_whatever_its_number() -> None:
    assert key_of(Claim(id="9", report="R1", start=3, end=9)) == "R1:3-9:count"
