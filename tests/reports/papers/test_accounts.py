"""A party's statement and the situation as papers: what stands on them, for whom, and the checkpoint to keep."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from account.hard_day import MISSING, HardDay, hard_day
from reports.papers.material import everything, reader, told
from safepassage.account.evidence import seal_of
from safepassage.account.record import Record, record_of
from safepassage.account.sayings import Confirmed
from safepassage.account.situation import Recipient, Situation, situation
from safepassage.account.statement import Statement, statement
from safepassage.model.claims import Claim
from safepassage.reports.papers import accounts
from safepassage.reports.papers.accounts import situation_pdf, statement_pdf
from safepassage.reports.papers.blocks import Paper, Sealed, Setup
from safepassage.reports.papers.press import drawn
from safepassage.reports.words import Language


@pytest.fixture(scope="module")
def day() -> HardDay:
    return hard_day()


@pytest.fixture(scope="module")
def record(day: HardDay) -> Record:
    return record_of(day.operation, day.plan, day.board, day.end_ms)


@pytest.fixture(scope="module")
def said(day: HardDay, record: Record) -> Statement:
    return statement(record, day.board, "islamic-state", seal=seal_of(day.note))


def situation_told(day: HardDay, record: Record, recipient: Recipient) -> Situation:
    claims = (Claim(id="C1", of=("relative",), least=112, most=112, deed="joined", family="R1"),)
    return situation(record, day.board, recipient, said=Confirmed(claims=claims, waiting=1), seal=seal_of(day.note))


def words(pdf: bytes) -> str:
    return " ".join(told(pdf).split())


def test_a_statement_is_a_paper_to_check_and_sign(day: HardDay, said: Statement) -> None:
    pdf = statement_pdf(day.operation, day.plan, said)
    text = words(pdf)
    for word in ("Statement", "3 of 7 promises are kept", "What it owed", "What the others owed", "Still open",
                 "People handed over", "safepassage ledger verify --checkpoint", "We have read this and dispute:",
                 "For the operator", "Witness", "statement/islamic-state", "and 51 more"):  # fmt: skip
        assert word in text
    for one in said.told.values():
        assert one.short in text
    assert said.seal is not None
    assert said.seal.root in "".join(text.split())
    assert pdf == statement_pdf(day.operation, day.plan, said)
    made = reader(pdf).metadata
    assert made is not None
    assert str(made.creation_date).startswith("2017-08-29 13:00")


def test_the_code_on_a_paper_is_the_checkpoint(
    day: HardDay, said: Statement, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers: list[Paper] = []

    def taken(paper: Paper, _setup: Setup) -> bytes:
        papers.append(paper)
        return b""

    monkeypatch.setattr(accounts, "one", taken)
    accounts.statement_pdf(day.operation, day.plan, said)
    accounts.situation_pdf(day.operation, day.plan, situation_told(day, record, "partner"))
    for paper in papers:
        (sealed,) = (block for block in paper.blocks if isinstance(block, Sealed))
        assert sealed.qr == drawn(day.note.decode())
    assert len(papers) == 2


def test_a_statement_with_nothing_in_it_is_still_signed(day: HardDay, said: Statement) -> None:
    bare = replace(said, seal=None, custody=(), owes=(), others=(), open=(), told={}, notified=("notice-1",))
    text = words(statement_pdf(day.operation, None, bare, ("en", "ar")))
    for word in ("Nothing is open.", "notice-1", "For the operator", "الصفة"):
        assert word in text
    for word in ("The record", "People handed over", "What it owed", "Each can be found"):
        assert word not in text


def test_a_situation_says_on_every_page_who_gets_it(day: HardDay, record: Record) -> None:
    found = situation_told(day, record, "full")
    pdf = situation_pdf(day.operation, day.plan, found, names={MISSING[0]: "Name of one"}, recipient="Branch office")
    text = words(pdf)
    for word in ("situation/full", f"{MISSING[0]} Name of one", "Released by", "road-cut", "confirmed by nobody: 1"):
        assert word in text
    assert text.index("What is not known") < text.index("Convoys")
    # the mark stands at the foot of each page and across it
    assert text.count("Branch office") == 2 * len(reader(pdf).pages)


def test_a_situation_leaves_out_what_there_is_nothing_of(day: HardDay, record: Record) -> None:
    found = situation_told(day, record, "code-only")
    quiet = tuple(replace(one, words=(), balance=None, events=()) for one in found.clauses[:2])
    calm = replace(found, unknown=(), coming=(), places=(), clauses=quiet, incidents=(), claims=(), seal=None)
    text = words(situation_pdf(day.operation, None, calm))
    for heading in ("What is not known", "Where people are", "What sources say", "The record", "Incidents"):
        assert heading not in text
    assert "What was agreed" in text
    assert "What was agreed" not in words(situation_pdf(day.operation, None, replace(calm, clauses=())))


def test_the_public_paper_names_no_place_and_nobody(day: HardDay, record: Record) -> None:
    found = situation_told(day, record, "public")
    text = everything(situation_pdf(day.operation, day.plan, found, names={MISSING[0]: "Name of one"}))
    for hidden in (*MISSING, "Name of one", "phone-", "Hold point on", "incident-1", "308 left", "B07"):
        assert hidden not in text
    assert "fewer than 5 people missing" in " ".join(text.split())
    assert "no recipient named" in text


@pytest.mark.parametrize(
    ("language", "own"),
    [("fr", ("Relevé", "Témoin", "Rapport de situation")), ("ar", ("بيان", "الشاهد", "الصفة"))],
)
def test_papers_speak_other_languages(
    day: HardDay, record: Record, said: Statement, language: Language, own: tuple[str, ...]
) -> None:
    brief = replace(said, told={}, custody=(), open=(), others=said.others[:3])
    known = situation_told(day, record, "code-only")
    short = replace(known, clauses=known.clauses[:3], coming=known.coming[:2])
    text = words(statement_pdf(day.operation, day.plan, brief, (language,)))
    text += words(situation_pdf(day.operation, day.plan, short, (language,)))
    for word in own:
        assert word in text
    for english in ("Statement", "Witness", "Released by", "by the word of", "Rests on", "Prepared"):
        assert english not in text
