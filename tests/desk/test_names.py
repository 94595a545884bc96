"""Names are found as others spell them, and others are not."""

from __future__ import annotations

import itertools

import pytest

from desk.name_groups import GROUPS
from safepassage.desk.names import Names, alike
from safepassage.exchange.hearing import readings, words

PAIRS = [(group, one, other) for group in range(len(GROUPS)) for one, other in itertools.permutations(GROUPS[group], 2)]


@pytest.fixture(scope="module")
def everybody() -> tuple[Names, list[int]]:
    names = [spelling for group in GROUPS for spelling in group]
    return Names(names), [number for number, group in enumerate(GROUPS) for _ in group]


def test_nearly_every_spelling_finds_every_other_and_few_strangers(everybody: tuple[Names, list[int]]) -> None:
    names, group_of = everybody
    found = missed = strange = 0
    for group, spellings in enumerate(GROUPS):
        for spelling in spellings:
            hits = [group_of[position] for _, position in names.find(spelling)]
            found += hits.count(group)
            missed += len(spellings) - hits.count(group)
            strange += len(hits) - hits.count(group)
    assert found / (found + missed) > 0.97
    assert strange / (found + strange) < 0.25


def test_what_is_typed_as_it_stands_comes_first(everybody: tuple[Names, list[int]]) -> None:
    names, _ = everybody
    for position, spelling in enumerate(spelling for group in GROUPS for spelling in group):
        score, first = names.find(spelling)[0]
        assert score == pytest.approx(1.0)
        assert words([one for group in GROUPS for one in group][first]) == words(spelling), position


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("عبدالرحمن", ("عبد", "رحمن")),
        ("Abderrahmane", ("abd", "rahmane")),
        ("AL-Hassan", ("hassan",)),
        ("Noureddine", ("nour", "din")),
        ("Nasrallah", ("nasr", "lah")),
        ("al", ("al",)),
        ("", ()),
    ],
)
def test_two_words_written_as_one_are_parted_and_articles_fall_away(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected


def test_numbers_are_heard_as_they_are() -> None:
    assert readings("12") == {"12"}
    names = Names(["Person 12", "Person 13", "Person 120"])
    assert names.find("person 12")[0][1] == 0
    assert alike("Person 12", "Person 12") == pytest.approx(1.0)


def test_more_ways_to_read_a_word_than_are_kept() -> None:
    assert len(readings("ghthdhshkhchgz")) == 8


def test_of_three_words_one_may_be_missing_of_two_none() -> None:
    names = Names(["Mohamed Khaled Haddad", "Mohamed Najjar"])
    assert [position for _, position in names.find("Mohamad Khalid Sayegh")] == [0]
    assert names.find("Mohamad Sayegh") == []
    assert {position for _, position in names.find("Haddad mohamed")} == {0}


def test_a_beginning_and_a_slip_of_the_hand_are_enough() -> None:
    names = Names(["Abdulkarim", "Zeinab"])
    assert [position for _, position in names.find("Zeina")] == [1]
    assert [position for _, position in names.find("Zienab")] == [1]


def test_nothing_is_found_by_nothing_or_among_nothing() -> None:
    assert Names(["Omar"]).find("  ") == []
    assert Names([]).find("Omar") == []
    assert Names(["", "Omar"]).find("Omar") == [(1.0, 1)]
    assert alike("Omar", "Zeinab") == 0.0
