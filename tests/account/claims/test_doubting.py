"""What the rules are not sure of is not proposed; what is like it and sure, is."""

from __future__ import annotations

from datetime import date

import pytest

from account.claims.measuring import GAZETTEER
from safepassage.account.claims.reading import Report, read_report


def read(text: str, language: str = "en") -> Report:
    return read_report(text, GAZETTEER, written=date(2026, 3, 11), language=language)  # type: ignore[arg-type]


UNSURE = [
    (
        "The evacuation of 75 orphans was on the agenda.",
        "planned-or-done",
        "The evacuation of 75 orphans took an hour.",
    ),
    ("The 40 people have sworn to leave.", "planned-or-done", "The 40 people have managed to leave."),
    ("The 40 people could be discharged.", "planned-or-done", "The 40 people could be discharged if beds are found."),
    ("Schools for 670 pupils will stay closed.", "planned-or-done", "All 670 pupils will stay at home."),
    ("The boats carrying 18 people have not been seen.", "denied-or-not", "The 18 people have not been seen."),
    ("Not one of the 19 families wants to go back.", "denied-or-not", "Not one of the 19 families went back."),
    ("The toll, now 17, is expected to rise.", "planned-or-done", "The toll is now 17."),
    ("The 40 people are on the road tomorrow.", "planned-or-done", "The 40 people are on the road."),
    ("Were 40 people left behind?", "said-or-supposed", "Were it not so, 40 people left."),
    ("In the exercise 40 people were left behind.", "said-or-supposed", "In the town 40 people were left behind."),
    ("An hour ago flight QX 417 landed.", "of-whom", "An hour ago on Monday 417 landed."),
]


@pytest.mark.parametrize(("text", "doubt", "sure"), UNSURE)
def test_what_is_not_sure_is_kept_apart(text: str, doubt: str, sure: str) -> None:
    found = read(text)
    assert [one.doubt for one in found.unclear] == [doubt]
    assert found.claims == ()
    assert read(sure).unclear == ()
    assert read(sure).claims


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Les 40 personnes ont juré de partir.", "planned-or-done"),
        ("Le retour de 40 personnes figure au programme.", "planned-or-done"),
        ("Ils seraient 40 personnes au lieu de 60.", "said-or-supposed"),
    ],
)
def test_french_too(text: str, doubt: str) -> None:
    assert [one.doubt for one in read(text, "fr").unclear][:1] == [doubt]
    assert read("Les 40 personnes ont réussi à partir.", "fr").unclear == ()


def test_a_planned_claim_far_from_the_word_that_plans_it_is_not_sure() -> None:
    far = "They will, in the view of all the old men of the valley, bring back the 40 people."
    near = "In the view of all the old men of the valley, they will bring back the 40 people."
    assert [one.doubt for one in read(far).unclear] == ["planned-or-done"]
    assert [(one.words, one.planned) for one in read(near).claims] == [("the 40 people", True)]


def test_numbers_that_were_not_understood_are_kept() -> None:
    found = read("The village has 25 km of road, 300 goats and, on paper and by law, 40 quills.")
    assert [one.words for one in found.figures] == ["300", "40"]
    assert all(found.text[one.start : one.end] == one.words for one in found.figures)
    assert read("On 5 March 2024 it cost 300 dollars.").figures == ()


def test_what_is_not_sure_is_numbered_with_the_rest() -> None:
    found = read("The evacuation of 75 orphans was on the agenda. 40 people left.")
    assert [one.id for one in found.looked_at] == ["2", "1"]
