"""Every code has its words, and every code that is used has a place in the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import safepassage
from safepassage.desk.codes import CODES as DESK
from safepassage.desk.explain import codes, explain, told
from safepassage.exchange.codes import CODES as EXCHANGE
from safepassage.ledger.codes import CODES as LEDGER
from safepassage.model.errors import UsageError
from safepassage.planner.codes import CODES as PLANNER
from safepassage.planner.explain import RULE_OF_CODE
from safepassage.reports.words import LANGUAGES, Language
from safepassage.reports.words.codes import translated
from safepassage.roads.codes import CODES as ROADS
from safepassage.rules.codes import CODES as RULES

ARABIC = re.compile("[\u0621-\u064a]{3}")
WRONG_IN_FRENCH = re.compile(r"['\"]|(?<!\u202f)[;!?]|(?<!\u00a0)[:%»]|\.\.\.")
SOURCE = Path(safepassage.__file__).parent


def test_a_code_is_explained_however_it_is_typed() -> None:
    assert explain(" [Household-Split] ") == RULES["household-split"]


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="household-split"):
        explain("houshold-spilt")


def test_all_rooms_are_in_the_table() -> None:
    rooms = (EXCHANGE, RULES, PLANNER, ROADS, LEDGER, DESK)
    assert set(codes()) == set().union(*rooms)
    assert len(codes()) == len(set(codes()))


OF_LISTS = (
    "broken-csv", "broken-workbook", "zip-bomb", "too-large", "wrong-encoding", "empty-table", "no-headings",
    "missing-column", "unknown-column", "heading-twice", "missing-value", "formula", "formula-text", "error-value",
    "hidden-character", "garbled-text", "mixed-script", "duplicate-id", "look-alike-id", "near-duplicate-person",
    "unknown-reference", "unknown-word", "unknown-source", "rounded-id", "not-text", "not-a-number", "names-itself",
    "not-a-hospital", "child-without-adult", "household-too-large", "carer-missing", "no-vehicle-fits",
    "no-ambulance", "no-hospital", "more-faults",
)  # fmt: skip


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_says_what_it_means_and_what_to_do(code: str) -> None:
    found = codes()[code]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert all(len(words) > 4 for words in (found.title, found.meaning, found.remedy))
    assert found.meaning.endswith(".")
    assert found.remedy.endswith(".")


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("code", OF_LISTS)
def test_what_is_wrong_with_a_list_of_people_is_told_in_every_language(code: str, language: Language) -> None:
    own, english = told(code, language), codes()[code]
    assert not {own.title, own.meaning, own.remedy} & {english.title, english.meaning, english.remedy}
    assert all(words.endswith(".") for words in (own.meaning, own.remedy))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_whatever_a_console_or_a_phone_may_be_told_is_told_in_every_language(language: Language) -> None:
    raised = {one for one in (*DESK, *LEDGER) if not one.startswith("ledger-")}
    assert raised <= set(translated(language)) <= set(codes())
    for code in raised:
        own, english = told(code, language), codes()[code]
        assert not {own.title, own.meaning, own.remedy} & {english.title, english.meaning, english.remedy}
        assert all(words.endswith(".") for words in (own.meaning, own.remedy))
        assert re.findall(r"`[^`]+`", own.remedy) == re.findall(r"`[^`]+`", english.remedy)
        assert (
            ARABIC.search(own.title + own.meaning)
            if language == "ar"
            else not WRONG_IN_FRENCH.search(own.meaning + own.remedy)
        )


def test_what_is_not_translated_is_told_in_english() -> None:
    assert told("household-split", "ar") == told("household-split") == RULES["household-split"]


def test_rules_that_a_plan_may_name_are_explained() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (SOURCE / "planner").glob("*.py"))
    named = set(re.findall(r'rule="([a-z-]+)"', text)) | set(RULE_OF_CODE.values())
    assert named <= set(codes())
