"""The figures of broken rules, told in every language."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import msgspec
import pytest

import safepassage.rules
from safepassage.model.plan import Violation
from safepassage.reports.words import LANGUAGES, plain, violation_detail
from safepassage.reports.words.details import forms
from safepassage.rules.details import DETAILS, NONE
from safepassage.rules.violations import broken


def figures_of(form: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(form) if name)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_form_is_there_with_the_same_figures(language: str) -> None:
    told = forms(language)
    assert list(told) == sorted(DETAILS)
    assert {code for code in DETAILS if figures_of(told[code]) != figures_of(DETAILS[code])} == set()


def test_forms_are_of_their_language() -> None:
    french, arabic = forms("fr"), forms("ar")
    assert {code for code, text in arabic.items() if not re.search("[\u0600-\u06ff]", text)} == set()
    letters = {code: re.sub(r"{\w+}", "", text) for code, text in arabic.items()}
    assert {code for code, text in letters.items() if re.search("[A-Za-z]", text)} == set()
    assert {code for code, text in french.items() if text == DETAILS[code]} == set()
    spaced = re.compile(r"(?<!\u202f)[;!?]|(?<!\u00a0)[:%]|'")
    assert {code for code, text in french.items() if spaced.search(text)} == set()


def test_every_form_is_used() -> None:
    rooms = Path(safepassage.rules.__file__).parent
    text = "".join(path.read_text("utf-8") for path in rooms.glob("*.py") if path.name != "details.py")
    made = {
        f"unknown-{what}" for what in ("clause", "convoy", "link", "milestone", "person", "site", "trip", "vehicle")
    }
    made |= {code for code in DETAILS if code.startswith(("objective-", "reading-"))}
    made |= {"declined", "withdrawn", "declined-listed", "withdrawn-listed"}
    assert {code for code in DETAILS.keys() - made if f'"{code}"' not in text} == set()


def test_figures_are_told_in_every_language() -> None:
    found = broken("seats", "places", "vehicles/B1", need=52, vehicle="B1", have=45)

    told = violation_detail(found)

    assert found.detail == plain(told.en) == "52 aboard, B1 has 45"
    assert plain(told.fr) == "52 à bord, B1 en a 45"
    assert plain(told.ar) == "على المتن 52، وفي B1 من الأماكن 45"
    assert "\u2068B1\u2069" in told.ar


def test_a_kind_has_its_word_a_list_its_commas_and_what_is_not_there_a_dash() -> None:
    kind = violation_detail(broken("referral-vehicle", "not-ambulance", vehicle="B1", kind="supply"))
    halts = violation_detail(broken("convoy-halt", "halts", made=("S1", "S2"), asked=()))
    late = violation_detail(broken("clause-deadline", "clause-due", clause="C1", due_s=None, at_s=7))

    assert "supply" not in kind.fr
    assert plain(halts.ar) == "يتوقف في S1، S2، والمطلوب –"
    assert plain(late.en) == f"C1: due {NONE} s, comes at 7 s"


@pytest.mark.parametrize(
    "found",
    [
        Violation(rule="seats", subjects=(), detail="as it was told"),
        Violation(rule="seats", subjects=(), detail="as it was told", said="nobody-knows", figures={"need": 1}),
        Violation(rule="seats", subjects=(), detail="as it was told", said="places", figures={"need": 1}),
    ],
    ids=["before figures", "another form", "a figure missing"],
)
def test_a_file_without_figures_that_fit_is_told_as_it_stands(found: Violation) -> None:
    assert plain(violation_detail(found).ar) == "as it was told"


def test_nothing_is_said_where_nothing_stands() -> None:
    assert not violation_detail(Violation(rule="seats", subjects=(), detail=""))


def test_figures_stay_what_they_are_in_json() -> None:
    found = broken("convoy-halt", "halts", "trips/T1", made=("S1",), asked=())
    assert msgspec.json.decode(msgspec.json.encode(found), type=Violation) == found
    assert msgspec.to_builtins(found)["figures"] == {"made": ("S1",), "asked": ()}
