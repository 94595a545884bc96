"""Statement, situation and comparison as people read them, in every language."""

from __future__ import annotations

import io
import re

import pytest
from msgspec.structs import replace
from rich.console import Console

from account.hard_day import MISSING, HardDay, hard_day
from safepassage.account.clauses import Standing
from safepassage.account.comparison import Comparison, Rehearsal, Told, comparison
from safepassage.account.evidence import seal_of
from safepassage.account.milestones import Reached
from safepassage.account.record import Record, record_of
from safepassage.account.sayings import Confirmed
from safepassage.account.situation import Figure, Happening, Recipient, Situation, situation
from safepassage.account.statement import Statement, statement
from safepassage.account.unknown import Unknown
from safepassage.ledger.clocks import Interval
from safepassage.model.claims import Claim
from safepassage.reports.account_pages import comparison_page, situation_page, statement_page
from safepassage.reports.account_terminal import comparison_terminal, situation_terminal, statement_terminal
from safepassage.reports.comparison_brief import comparison_brief
from safepassage.reports.situation_brief import situation_brief
from safepassage.reports.standing_words import ground_words, reached_words
from safepassage.reports.statement_brief import statement_brief
from safepassage.reports.words import LANGUAGES, Language, plain, setting_of

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
NOON = Interval(1_503_990_000_000, 1_503_990_000_000, 1_503_990_000_000)


@pytest.fixture(scope="module")
def day() -> HardDay:
    return hard_day()


@pytest.fixture(scope="module")
def record(day: HardDay) -> Record:
    return record_of(day.operation, day.plan, day.board, day.end_ms)


@pytest.fixture(scope="module")
def said(day: HardDay, record: Record) -> Statement:
    return statement(record, day.board, "islamic-state", seal=seal_of(day.note))


def told(day: HardDay, record: Record, recipient: Recipient) -> Situation:
    claims = (Claim(id="C1", of=("relative",), least=112, most=112, deed="joined", at="assembly", family="R1"),)
    return situation(record, day.board, recipient, said=Confirmed(claims=claims, waiting=2), seal=seal_of(day.note))


@pytest.fixture(scope="module")
def compared(record: Record) -> Comparison:
    assert record.plan is not None
    return comparison(record, Rehearsal(
        format="safepassage-rehearsal/1", operation=record.operation.id, sha256="else", runs=9, levels=LEVELS,
        instants=tuple(Told(name=one.milestone, quantiles_s=tuple(one.at_s + 900 * step for step in range(7)))
                       for one in record.plan.milestones),
    ))  # fmt: skip


def terminal() -> Console:
    return Console(file=io.StringIO(), width=200, force_terminal=False)


def out(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_statement_is_one_page_to_read_check_and_sign(day: HardDay, said: Statement) -> None:
    page = statement_page(day.operation, day.plan, said, language="ar").decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert said.seal is not None
    assert said.seal.root in page
    assert "<svg" in page.split('id="statement-record"')[1]
    assert page.count('class="box"') == 2
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", page)
    for one in said.told.values():
        assert one.short in page
    # it goes to a party: that somebody came back from hospital is told, who it was is not
    assert "عاد من المستشفى" in page
    assert re.findall(r"\bP\d{4}\b", page) == []
    bare = statement_page(day.operation, None, replace(said, seal=None, custody=())).decode()
    assert 'id="statement-record"' not in bare
    assert 'id="statement-custody"' not in bare


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_terminal_speaks_every_language(
    day: HardDay, record: Record, said: Statement, compared: Comparison, language: Language
) -> None:
    console = terminal()
    statement_terminal(statement_brief(day.operation, day.plan, said), console, language=language)
    situation_terminal(situation_brief(day.operation, day.plan, told(day, record, "full")), console, language=language)
    comparison_terminal(comparison_brief(day.operation, day.plan, compared), console, language=language)
    text = out(console)
    opening = {"en": "promises are kept", "fr": "engagements sur", "ar": "الالتزامات المتحققة"}
    assert opening[language] in text
    assert MISSING[0] in text
    arrived = {"en": "arrived: 697", "fr": "arrivées\u00a0: 697", "ar": "وصلوا: 697"}
    assert arrived[language] in text
    worst = {"en": "At most 697 people", "fr": "697 personnes", "ar": "697"}
    assert worst[language] in text
    if language != "en":
        for english in ("What is not known", "late", "kept", "by the word of"):
            assert english not in text


def test_without_a_rehearsal_a_comparison_has_no_empty_columns(day: HardDay, record: Record) -> None:
    console = terminal()
    comparison_terminal(comparison_brief(day.operation, day.plan, comparison(record)), console)
    assert "Rehearsed" not in out(console)
    assert "Against the plan" in out(console)


def test_a_situation_says_what_is_not_known_first(day: HardDay, record: Record) -> None:
    page = situation_page(day.operation, day.plan, told(day, record, "full")).decode()
    assert page.index('id="situation-unknown"') < page.index('id="situation-convoys"')
    brief = situation_brief(day.operation, day.plan, told(day, record, "full"))
    assert not brief.good
    sentences = [plain(one.en) for one in brief.unknown]
    assert sentences[0] == f"2 people missing, since Mon 21:48. Who: {MISSING[0]}, {MISSING[1]}."
    assert "phone-B03: its events 3 to 5 exist and have not come." in sentences
    assert sentences[-1] == "Said by sources, and confirmed by nobody: 2."
    assert [plain(one.en) for one in brief.claims] == [
        "relatives: 112, joined, at Assembly point, barrens of Qara (source families: 1)"]  # fmt: skip


def test_the_public_page_names_no_place_and_nobody(day: HardDay, record: Record) -> None:
    page = situation_page(day.operation, day.plan, told(day, record, "public")).decode()
    body = page.split("<main")[1]
    for hidden in (*MISSING, "phone-", "desert-hold", "Hold point on", "Mon 21:06", "incident-1", "308 left", "B07"):
        assert hidden not in body
    assert "fewer than 5 people missing" in plain(
        situation_brief(day.operation, day.plan, told(day, record, "public")).unknown[0].en
    )


def test_where_all_is_known_the_answer_says_so(day: HardDay, record: Record) -> None:
    found = told(day, record, "full")
    calm = replace(found, unknown=(), figures=(Figure(kind="arrived", n=700),))
    brief = situation_brief(day.operation, day.plan, calm)
    assert brief.good
    assert "nothing is unknown" in plain(brief.answer.en)
    held = Happening(id="i", kind="fire", site="", time=NOON, n=2, persons=("P001",))
    unknown = (Unknown(kind="count"), Unknown(kind="quarantined", about="D1", n=2, numbers=(7,)),
               Unknown(kind="not-understood", n=3), Unknown(kind="never-seen", n=4),
               Unknown(kind="unsure", persons=("P001",)), Unknown(kind="not-alighted", n=1, since=NOON))  # fmt: skip
    brief = situation_brief(day.operation, day.plan, replace(found, incidents=(held,), unknown=unknown))
    assert "Concerned: 2 people" in plain(brief.incidents[0].en)
    assert [plain(one.en)[:20] for one in brief.unknown] == [
        "A head count and the", "D1: its event 7 exis", "3 events are of a ne", "4 people on the list",
        "1 person who may be ", "1 person not recorde"]  # fmt: skip


def test_a_comparison_has_its_histogram_and_says_what_was_off(day: HardDay, compared: Comparison) -> None:
    page = comparison_page(day.operation, day.plan, compared, language="fr").decode()
    assert page.count('<rect class="bar"') == 8
    brief = comparison_brief(day.operation, day.plan, compared)
    assert brief.warning is not None
    assert brief.calibration is not None
    assert sum(one.n for one in brief.calibration.bars) == compared.calibration.n  # type: ignore[union-attr]
    assert "the rehearsals were off" in plain(brief.calibration.says[2].en)
    assert any(row.outside for row in brief.rows)


def test_words_of_a_standing(day: HardDay) -> None:
    setting = setting_of(day.operation, day.plan)
    plainly = Standing(id="x", kind="deadline", standing="kept", record="kept", owed_by=())
    assert plain(ground_words(setting, plainly).en) == "nothing recorded decides it"
    known = Standing(id="x", kind="deadline", standing="kept", record="kept", owed_by=(),
                     reached=Reached(at_s=None, by="movement"))  # fmt: skip
    assert plain(reached_words(setting, known).en) == "come about, nobody recorded when"
    at = Standing(id="x", kind="deadline", standing="late", record="late", owed_by=(), late_s=3600,
                  reached=Reached(at_s=3600, by="movement"))  # fmt: skip
    assert plain(reached_words(setting, at).en) == "Mon 07:00, 1\xa0h late"
