"""Planned or done, denied or not: by the clause, and by the words next to a number."""

from __future__ import annotations

from datetime import date

import pytest

from account.claims.measuring import GAZETTEER
from safepassage.account.claims.reading import read_report
from safepassage.model.claims import Claim


def read(text: str, language: str = "en") -> list[Claim]:
    found = read_report(text, GAZETTEER, written=date(2026, 3, 11), language=language)  # type: ignore[arg-type]
    return list(found.claims)


@pytest.mark.parametrize(
    ("text", "planned"),
    [
        ("They consider whether to evacuate 40 people.", True),
        ("They intend to clear a hospital and to take 40 people inland.", True),
        ("They managed to evacuate 40 people.", False),
        ("Crews trying to evacuate the town met gunmen who hurt 40 people.", False),
        ("The council wants 40 people freed.", True),
        ("The council wants 40 people.", False),
        ("The embassy asked 40 people to leave.", True),
        ("The fire forced 40 people to leave.", False),
        ("40 people had to be left behind.", False),
        ("40 people are believed to be there.", False),
        ("He was the last of 40 people to be winched off.", False),
        ("40 people were told that they would leave.", True),
        ("40 people were told that nobody would leave.", False),
        ("40 people who were told that they would leave have died.", False),
        ("The boat that sank, killing 40 people, is to be raised.", False),
        ("40 people can leave.", True),
        ("The 40 people who were hurt will leave.", True),
        ("40 people who will leave, but rain fell.", False),
    ],
)
def test_planned(text: str, planned: bool) -> None:  # noqa: FBT001
    assert read(text)[0].planned == planned


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("Reports that 40 people died were wrong.", [True]),
        ("It was wrong that 40 people died, reports said.", [False]),
        ("He rejected claims that 40 people died.", [True]),
        ("40 people have yet to leave.", [True]),
        ("Not until noon did 40 people leave.", [False]),
        ("Not all of the 40 people left.", [False]),
        ("They let 40 people go but not the 12 fighters.", [False, True]),
        ("They let 40 people go but not all of the 12 fighters have come.", [False, False]),
        ("There were 40 people, not 57.", [False]),
        ("Some of the 40 people have not left.", [False]),
        ("Two women and one child had not left.", [True, True]),
        ("He said two women and one child had not left.", [True, True]),
        ("40 people left and 12 buses did not come.", [False, True]),
        ("40 people, and their families, did not leave.", [True]),
        ("16 people who had not left were hurt.", [False]),
    ],
)
def test_denied(text: str, negated: list[bool]) -> None:
    assert [one.negated for one in read(text)] == negated


def test_french() -> None:
    assert [one.negated for one in read("Ils n'ont relâché que quatre otages.", "fr")] == [False]
    assert [one.negated for one in read("Ils n'ont jamais relâché que quatre otages.", "fr")] == [True]
    assert [one.negated for one in read("Aucun bus n'est parti avec 40 malades.", "fr")] == [True, False]
    assert read("Le préfet a annoncé que 36 bus partiraient.", "fr")[0].planned
    assert not read("36 bus seraient partis.", "fr")[0].planned
    assert read("36 bus partiront.", "fr")[0].planned


def test_kinds_have_their_own_time() -> None:
    assert [one.planned for one in read("Under the accord reached in May, 40 people were to leave.")] == [True, False]
    assert [one.planned for one in read("Photographers were asked to leave.")] == [False]
    assert [one.planned for one in read("Photographers will be asked to leave.")] == [True]
    parted = read("Gendarmes will accompany the coaches; no escort was seen.")
    assert [(one.planned, one.negated) for one in parted] == [(True, False), (False, True)]


def test_a_delay_in_days_or_minutes_is_told_in_hours() -> None:
    (days,) = read("The convoy left two days late.")
    (minutes,) = read("The convoy left 90 minutes late.")
    (long,) = read("After a three-day delay the convoy left.")
    (none,) = read("The convoy was delayed by heavy rain for hours.")
    assert [(one.least, one.most) for one in (days, minutes, long, none)] == [(48, 48), (1, 2), (72, 72), (None, None)]
