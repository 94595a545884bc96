"""Which numbers count somebody, and whom: numbers with a noun, without one, and those that count nobody."""

from __future__ import annotations

from datetime import date

import pytest

from account.claims.measuring import GAZETTEER
from safepassage.account.claims.reading import read_report
from safepassage.account.claims.tables import table
from safepassage.account.claims.tokens import sentences
from safepassage.model.claims import Claim

Told = list[tuple[str, int | None, int | None]]


def read(text: str, language: str = "en") -> list[Claim]:
    found = read_report(text, GAZETTEER, written=date(2026, 3, 11), language=language)  # type: ignore[arg-type]
    return list(found.claims)


def told(text: str, language: str = "en") -> Told:
    return [("+".join(one.of) or one.kind, one.least, one.most) for one in read(text, language)]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("40 sailmakers left.", [("person", 40, 40)]),
        ("40 aid-workers left.", [("person", 40, 40)]),
        ("40 Nepalis left.", [("person", 40, 40)]),
        ("40 containers left.", []),
        ("The 40 tents evacuees slept in burned.", []),
        ("40 emergency services workers left.", [("person", 40, 40)]),
        ("400 Somali families left.", [("family", 400, 400)]),
        ("58 women and children left.", [("woman+child", 58, 58)]),
        ("40 fighters and their families left.", [("fighter+relative", 40, 40)]),
        ("Three people dead and one person missing.", [("person", 3, 3), ("missing", 1, 1)]),
        ("At least one child left.", [("child", 1, None)]),
        ("One bus hit a mine.", [("bus", 1, 1)]),
        ("She was born on one of the buses.", []),
    ],
)
def test_nouns(text: str, claims: Told) -> None:
    assert told(text) == claims


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("All but nine of the 240 patients left.", [("patient", 231, 231)]),
        ("All but one have left.", []),
        ("The 30-bus convoy left.", [("bus", 30, 30)]),
        ("The twelve-bus convoy left.", [("bus", 12, 12)]),
        ("A ten-bus convoy of 3-ambulance teams.", [("bus", 10, 10), ("ambulance", 3, 3)]),
        ("39 out of the agreed 150 prisoners left.", [("prisoner", 39, 39)]),
        ("8,200 of the town's 9,000 residents left.", [("person", 8200, 8200)]),
        ("Almost all of the 4,000 residents left.", [("person", 4000, 4000)]),
        ("More than a dozen residents left.", [("person", 13, None)]),
        ("A dozen or so residents left.", [("person", 10, 14)]),
        ("The rebels handed over 22 soldiers.", [("soldier", 22, 22)]),
        ("A crew of six left.", [("staff", 6, 6)]),
        ("Two to three thousand people left.", [("person", 2000, 3000)]),
        ("200 to 300 thousand people left.", [("person", 200_000, 300_000)]),
        ("500 to two thousand people left.", [("person", 500, 2000)]),
        ("130 families homeless.", [("family", 130, 130)]),
        ("Perhaps as many as 15 people left.", [("person", None, 15)]),
    ],
)
def test_how_many(text: str, claims: Told) -> None:
    assert told(text) == claims


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("They freed 14 people and led a further 62 down the stairs.", [("person", 14, 14), ("person", 62, 62)]),
        ("More buses, perhaps as many as 15, may come.", [("bus", None, 15)]),
        ("12 buses left and six stayed.", [("bus", 12, 12), ("bus", 6, 6)]),
        ("12 buses came and five people died, and three were hurt.", [
            ("bus", 12, 12), ("person", 5, 5), ("person", 3, 3)]),
        ("Nine are missing and five died.", [("missing", 9, 9), ("person", 5, 5)]),
        ("Of nineteen villages, eleven can be reached.", []),
        ("Of nineteen villages, eleven are evacuated.", [("person", 11, 11)]),
        ("A ferry with 70 on board sank.", [("person", 70, 70)]),
        ("77 of the 112 aboard were saved.", [("person", 77, 77)]),
        ("There are 62 of them.", [("person", 62, 62)]),
        ("40 people left, among them 12 children; another 30 followed.", [
            ("person", 40, 40), ("child", 12, 12), ("person", 30, 30)]),
        ("The mayor spoke of 400 dead, the ministry of no more than 250.", [("dead", 400, 400), ("dead", None, 250)]),
        ("Families registered: 486. Shelters: 12.", [("family", 486, 486)]),
        ("The wounded, 19 in all, left.", [("wounded", 19, 19)]),
        ("19 in all left.", [("person", 19, 19)]),
        ("Since Monday 40 people left and not one has returned.", [("person", 40, 40), ("person", 0, 0)]),
        ("40 people came by train. The rest, around 30, stayed.", [("person", 40, 40), ("person", 25, 35)]),
        ("Some 300 of us left.", [("person", 250, 350)]),
        ("One of the four buses left, the other three half empty.", [("bus", 1, 1), ("bus", 3, 3)]),
    ],
)  # fmt: skip
def test_numbers_without_a_noun(text: str, claims: Told) -> None:
    assert told(text) == claims


@pytest.mark.parametrize(
    "text",
    [
        "A C-130 landed.",
        "The two brothers' house was 9 and 11 metres wide.",
        "Bus 47 was the last.",
        "Tents for 700 were put up.",
        "It can feed 400 children a day.",
        "1,000 people are let out each day.",
        "Nine people in ten left.",
        "Only one phase was agreed.",
        "They are aged four and six.",
        "Hamid, 61, walked.",
        "Seven in ten stayed.",
        "Not more than 300 people can cross in an hour.",
    ],
)
def test_numbers_that_count_nobody(text: str) -> None:
    assert told(text) == []


def test_ages_and_shares_beside_people() -> None:
    assert told("The two brothers, 9 and 11, were found.") == [("person", 2, 2)]
    assert told("Of the 210 residents none is over 80.") == [("person", 210, 210), ("person", 0, 0)]
    assert told("18 trucks out of 40 left.") == [("truck", 18, 18)]
    assert told("40 people left, three of the villages with them.") == [("person", 40, 40)]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Neuf personnes sur dix sont parties.", []),
        ("Sept marins disparus.", [("staff+missing", 7, 7)]),
        ("80 journalistes étrangers sont partis.", [("staff", 80, 80)]),
        ("Sept autocars sur neuf sont partis.", [("bus", 7, 7)]),
        ("Plus d'une centaine de patients sont partis.", [("patient", 101, None)]),
        ("Plus de 16.000 civils sont partis.", [("person", 16001, None)]),
        ("Personne n'a été tué.", [("person", 0, 0)]),
        ("Nous étions 70 dans la cave.", [("person", 70, 70)]),
        ("12 ont été blessés, dont trois grièvement.", [("wounded", 12, 12), ("wounded", 3, 3)]),
    ],
)
def test_french(text: str, claims: Told) -> None:
    assert told(text, "fr") == claims


def test_a_word_by_its_ending_is_no_phrase_beyond_the_text() -> None:
    tokens = next(sentences("The sailmakers left")).tokens
    nouns = table("en").nouns
    assert nouns.at(tokens, 1)[0] == 1
    assert nouns.at(tokens, 9) == (0, None)
    assert nouns.singular("bus") == "bus"
    assert nouns.singular("people") is None
