"""What is read of a sentence, rule by rule, and of all our sentences together."""

from __future__ import annotations

import re
from datetime import date

import pytest

from account.claims.measuring import GAZETTEER, LATER, examples, measure
from safepassage.account.claims.dates import dateline
from safepassage.account.claims.quantities import around, hedged
from safepassage.account.claims.reading import MOST_REPORT, language_of, read_report
from safepassage.account.claims.tables import READ, ReadLanguage, table
from safepassage.account.claims.tokens import MOST_SENTENCE, sentences
from safepassage.model.claims import Claim

DAY = date(2026, 3, 11)


def read(text: str, language: str = "en", written: date | None = DAY) -> list[Claim]:
    return list(read_report(text, GAZETTEER, written=written, language=language).claims)  # type: ignore[arg-type]


def told(text: str, language: str = "en") -> list[tuple[str, int | None, int | None]]:
    return [("+".join(one.of) or one.kind, one.least, one.most) for one in read(text, language)]


@pytest.mark.parametrize("half", [0, 1])
def test_the_first_sentences_open_and_held_out(half: int) -> None:
    day, every = examples("sentences.toml")
    found = measure(day, [one for one in every if one.number % 2 == half])
    assert len(every) >= 60
    assert found.precision >= 0.95, found.made_up
    assert found.recall >= 0.95, found.missed


@pytest.mark.parametrize("file", LATER)
def test_the_sets_that_were_written_after_the_rules(file: str) -> None:
    found = measure(*examples(f"{file}_sentences.toml"))
    assert found.precision >= 0.95, found.made_up
    assert found.recall >= 0.93, found.missed


def test_every_span_is_the_words_of_the_text() -> None:
    for file in ("sentences.toml", "fourth_sentences.toml"):
        _, every = examples(file)
        for one in every:
            for claim in read(one.text, one.lang):
                assert one.text[claim.start : claim.end] == claim.words


@pytest.mark.parametrize(
    ("number", "interval"),
    [(700, (650, 750)), (300, (250, 350)), (25, (23, 27)), (150, (125, 175)), (1000, (750, 1250)), (7, (6, 8)),
     (100, (75, 125)), (35_000, (32_500, 37_500)), (1, (1, 1)), (0, (0, 0))],
)  # fmt: skip
def test_around_a_number(number: int, interval: tuple[int, int]) -> None:
    assert around(number) == interval


def test_hedges() -> None:
    assert hedged(40, "more") == (41, None)
    assert hedged(40, "least") == (40, None)
    assert hedged(40, "most") == (None, 40)
    assert hedged(40, "less") == (None, 39)
    assert hedged(40, "nearly") == (35, 39)
    assert hedged(40, "exact") == (40, 40)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("The village has 25 km of road and 300 goats.", []),
        ("They are between 20 and 30 years old.", []),
        ("It holds 60-seat buses.", []),
        ("There is room for 200 people.", []),
        ("Ten people per bus were let in.", []),
        ("The 16 bus stations were shut.", []),
        ("The 16 buses' headlights shone.", []),
        ("Seven out of ten families stayed.", []),
        ("12 out of 40 passengers were wounded.", [("person", 12, 12)]),
        ("No fewer than 40 people left.", [("person", 40, None)]),
        ("Between 10 and 20 sick and wounded civilians left.", [("patient+wounded", 10, 20)]),
        ("The death toll rose to 41.", [("dead", 41, 41)]),
        ("150 or more people left.", [("person", 150, None)]),
        ("Several buses left.", [("bus", 3, 9)]),
        ("More than dozens of families left.", [("family", 24, None)]),
        ("More than two dozen families left.", [("family", 25, None)]),
        ("None of the children cried.", [("child", 0, 0)]),
        ("1.5 million people fled.", [("person", 1_500_000, 1_500_000)]),
        ("99999999999 people fled.", []),
        ("One of the drivers said nothing.", [("staff", 1, 1)]),
        ("One bus station closed.", []),
        ("12.5 people on average were aboard.", []),
    ],
)
def test_numbers_that_count_people_and_numbers_that_do_not(
    text: str, claims: list[tuple[str, int | None, int | None]]
) -> None:
    assert told(text) == claims


@pytest.mark.parametrize(
    ("text", "planned", "negated"),
    [
        ("40 people will leave.", True, False),
        ("40 people are to be moved.", True, False),
        ("40 people left later than planned.", False, False),
        ("40 people did not leave.", False, True),
        ("The army denied that 40 people left.", False, True),
        ("Not only did 40 people leave.", False, False),
        ("40 people left and 20 buses will follow.", False, False),
        ("The mayor would not say whether 40 people left.", False, False),
    ],
)
def test_planned_or_done_denied_or_not(text: str, planned: bool, negated: bool) -> None:  # noqa: FBT001
    first = read(text)[0]
    assert (first.planned, first.negated) == (planned, negated)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("on Monday", "2026-03-09", "2026-03-09"),
        ("last Wednesday", "2026-03-04", "2026-03-04"),
        ("10 days ago", "2026-03-01", "2026-03-01"),
        ("two weeks ago", "2026-02-25", "2026-02-25"),
        ("since Aug. 18", "2025-08-18", "2026-03-11"),
        ("on 5 March 2024", "2024-03-05", "2024-03-05"),
        ("on March 5, 2024", "2024-03-05", "2024-03-05"),
        ("on 2026-02-30", "", ""),
        ("on February 30", "", ""),
        ("in 2014", "2014-01-01", "2014-12-31"),
        ("the day before yesterday", "2026-03-09", "2026-03-09"),
        ("over the past three days", "2026-03-08", "2026-03-11"),
        ("this week", "2026-03-09", "2026-03-15"),
        ("on Sept. 3", "2025-09-03", "2025-09-03"),
    ],
)
def test_when(words: str, first: str, last: str) -> None:
    claim = read(f"40 people left {words}.")[0]
    assert (claim.from_day, claim.until_day) == (first, last)


def test_a_planned_weekday_lies_ahead() -> None:
    assert read("40 people will leave on Monday.")[0].from_day == "2026-03-16"
    assert read("40 people will leave next Monday.")[0].from_day == "2026-03-16"
    assert read("40 people will leave in two days.")[0].from_day == "2026-03-13"


def test_without_a_date_weekdays_mean_nothing() -> None:
    assert read("40 people left on Monday.", written=None)[0].from_day == ""
    assert read("40 people left on 5 March.", written=None)[0].from_day == ""
    assert read("40 people left on 5 March 2024.", written=None)[0].from_day == "2024-03-05"


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ("QARA, Aug. 29 (Levant Wire) -- Rain.\n2017-08-30", date(2017, 8, 29)),
        ("PORT, 29 August 2017 (Wire) - Rain.", date(2017, 8, 29)),
        ("Published 3 March 2024 by the desk", date(2024, 3, 3)),
        ("March 3, 2024", date(2024, 3, 3)),
        (
            "Rain fell on 3 March 2024 in the valley, and nobody at all was there to see it fall or to write it down.",
            None,
        ),
        ("QARA, Aug. 29 (Wire) -- Rain.", None),
        ("2024-13-45", None),
        ("", None),
    ],
)
def test_dateline(head: str, day: date | None) -> None:
    assert dateline(head) == day


def test_a_dateline_without_a_year_is_of_the_operations() -> None:
    assert dateline("QARA, Aug. 29 (Wire) -- Rain.", date(2017, 8, 28)) == date(2017, 8, 29)
    assert dateline("QARA, Dec. 31 (Wire) -- Rain.", date(2017, 1, 2)) == date(2016, 12, 31)
    assert dateline("QARA, Feb. 31 (Wire) -- Rain.", date(2017, 1, 2)) is None


def test_nobody_who_speaks_is_no_claim() -> None:
    assert read("Nobody spoke, and nobody on the square said a word.") == []
    assert [one.most for one in read("Nobody was left behind.")] == [0]


def test_who_says_so() -> None:
    assert read("40 people left, a driver said.")[0].by == "driver"
    assert read("According to the Valley council, 40 people left.")[0].by == "Valley council"
    assert read('"40 people left," said Commander X.')[0].by == "Commander X"
    assert read("The drivers were told that 40 people left.")[0].by == ""
    assert read("He said 40 people left.")[0].by == ""


def test_places_by_their_spellings_and_in_which_role() -> None:
    claim = read("40 people who were brought from Al-Marj left for Port Alder.")[0]
    assert (claim.origin, claim.towards) == ("marj", "harbour")
    assert read("40 people left Elsewhere on Monday and stayed in Port Alder.")[0].origin == "Elsewhere"


def test_a_family_of_numbers_in_french_and_the_language_by_itself() -> None:
    assert told("Une vingtaine de malades et 300 proches attendaient.", "fr") == [
        ("patient", 15, 25),
        ("relative", 300, 300),
    ]
    assert language_of("Les bus ont quitté la ville dans la nuit.") == "fr"
    assert language_of("The buses left the town in the night.") == "en"
    assert read("40 personnes sont parties il y a dix jours.", "fr")[0].from_day == "2026-03-01"


def test_kinds_without_a_number_and_their_contraries() -> None:
    assert told("They left after a five-hour delay.") == [("delay", 5, 5)]
    assert told("They left several hours late.") == [("delay", 3, 9)]
    shown = read("They left in full view of journalists.")[0]
    assert (shown.kind, shown.negated) == ("cameras", True)
    parties = read("The Northern army and the Valley council signed an agreement.")[0].parties
    assert parties == ("army", "council")
    refused = read("The Northern army has never accepted the deal.")
    assert [(one.kind, one.parties) for one in refused] == [("not-consenting", ("army",))]


def test_the_rest_is_worked_out_where_the_total_is_known() -> None:
    found = read("About 700 people left. About 300 of them were fighters and the rest were relatives.")
    assert (found[-1].of, found[-1].least, found[-1].most) == (("relative",), 300, 500)
    assert found[-1].derived == "650–750 − 250–350"
    assert read("About 300 of them were fighters and the rest were relatives.")[-1].least is None


def test_hostile_texts_end_soon_and_break_nothing() -> None:
    for text in ("", "\x00", "'" * 3000, "1,000" * 900, "one two three " * 200, ". . " * 900, "a\n- b\n- c", "İ" * 500):
        assert read(text) == []
    assert max(len(one.text) for one in sentences("word " * 2000)) <= MOST_SENTENCE
    assert len(read_report("x" * (MOST_REPORT + 5), GAZETTEER).text) == MOST_REPORT


def test_both_tables_are_whole() -> None:
    for language in READ:
        known = table(language)
        assert {"bus", "child", "wounded"} <= {
            meaning.of for found in known.nouns._heads.values() for _, meaning in found
        }
    assert table("en").lists.keys() == table("fr").lists.keys()
    assert table("en").dates.keys() - {"ago_before"} == table("fr").dates.keys() - {"ago_before"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_word_before_hours_is_looked_through_without_an_end(language: ReadLanguage) -> None:
    """From each hyphen of a very long word a search would go on to its end: a page of them took five seconds."""
    patterns = [pattern.pattern for _, pattern in table(language).reports]
    numbered = [
        found for one in patterns for found in re.findall(r"\[\\w-\](\S+?)\??(?: |\[- \])\(\?:h(?:ou|eu)r", one)
    ]
    assert set(numbered) == {"{1,40}"}
