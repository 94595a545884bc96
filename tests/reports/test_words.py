"""The catalogue is whole in every language, and every code becomes a sentence."""

# Ids stand as plain strings here, so that the material reads as an operation folder does.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import re
import string
from collections.abc import Callable
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.material import CLAUSES, OPERATION, PLAN
from safepassage.model.clauses import Cap, Clause, Exclusion
from safepassage.model.errors import InternalError
from safepassage.model.plan import ChainLink, Clash, ClauseReading, Lever, Remedy, Unserved, Violation
from safepassage.planner import codes as planner_codes
from safepassage.reports import words
from safepassage.reports.words.languages import LANGUAGES, TONGUES, Language, is_leftward, language_named, plural_form
from safepassage.reports.words.phrases import catalogue
from safepassage.reports.words.setting import setting_of
from safepassage.rules.codes import CODES

SETTING = setting_of(OPERATION, PLAN)
OTHERS = LANGUAGES[1:]
SAME_IN_FRENCH = {
    "ambulance", "ambulances", "android", "bus", "cause", "clause", "clauses", "code", "contradiction",
    "contradictions", "copies", "correction", "date", "destination", "distance", "exclusion", "gain", "h", "incident",
    "incidents", "instant", "km", "latitude, longitude", "mac", "min", "minibus", "note", "pages", "parties",
    "patients", "place", "plus", "points", "position", "positions", "s", "service", "signature", "signatures", "site",
    "sites", "situation", "source", "sources", "trains", "tunnel", "windows",
}  # fmt: skip
"""Words that French and English have in common, names, and signs of units."""
LATIN_IN_ARABIC = {
    "safepassage", "SHA-256", "laptop.local", "tls", "UTF-8", "CSV", "python3", "open-cases", "drop-sheets",
    "Excel", "OpenDocument",
}  # fmt: skip
"""Names, and what is typed, that stand in Latin letters everywhere."""

CLASHES = (
    "seats", "wheelchair-bays", "stretcher-places", "household-together", "child-unaccompanied",
    "no-consented-road", "unreachable-site", "precedence-cycle", "clause-window", "clause-deadline",
    "clause-precedence", "clause-both-or-neither", "referrals", "site-capacity", "daily-drive", "range", "hospital",
    "ambulance", "kept-apart", "horizon", "clause-ratio", "clause-crowd", "clause-dwell",
)  # fmt: skip
REMEDIES = (
    "add-vehicle", "add-seats", "extend-window", "grant-consent", "name-carer", "drop-precedence",
    "split-household-not", "add-ambulance", "more-crews", "larger-site", "reopen-link", "extend-deadline",
)  # fmt: skip
LEVERS = ("add-ambulance", "add-bay", "extend-window", "add-bus", "add-crew")
ACTIVITIES = (
    "start", "drive", "board", "alight", "treat", "rest", "refuel", "halt", "stand", "wait-window", "milestone",
    "referral", "convoy-departure", "spacing", "clause",
)  # fmt: skip


def placeholders(entry: str | dict[str, str]) -> set[str]:
    texts = [entry] if isinstance(entry, str) else list(entry.values())
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def english(phrase: words.Phrase) -> str:
    return words.plain(phrase.en)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys_in_order(language: Language) -> None:
    """`missing` names what still has no words."""
    missing = [key for key in catalogue("en") if key not in catalogue(language)]

    assert missing == []
    assert list(catalogue(language)) == sorted(catalogue("en"))


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_has_the_same_parts_in_every_language(language: Language) -> None:
    here, there = catalogue("en"), catalogue(language)

    assert [key for key in here if type(here[key]) is not type(there[key])] == []
    assert [key for key in here if placeholders(here[key]) != placeholders(there[key])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_has_the_forms_its_language_needs(language: Language) -> None:
    forms = set(TONGUES[language].forms)

    assert [
        key for key, entry in catalogue(language).items() if isinstance(entry, dict) and entry.keys() != forms
    ] == []


def test_a_phrase_holds_every_language_and_a_language_is_known_by_its_code() -> None:
    assert LANGUAGES == tuple(TONGUES) == get_args(Language)
    phrase = words.say("list.more", items="A", n=2)
    assert [getattr(phrase, language) for language in LANGUAGES] == [phrase.of(language) for language in LANGUAGES]
    assert len({phrase.of(language) for language in LANGUAGES}) == len(LANGUAGES)
    assert [language_named(name) for name in ("fr", "fr-CH", "AR", "de", "")] == ["fr", "fr", "ar", "en", "en"]
    assert [language for language in LANGUAGES if is_leftward(language)] == ["ar"]


def test_arabic_sentences_are_arabic() -> None:
    foreign = {word for _, texts in _texts("ar") for text in texts for word in re.findall(r"[A-Za-z][\w.-]*", text)}

    assert foreign == LATIN_IN_ARABIC


def test_french_sentences_are_french() -> None:
    english = re.compile(r"\b(the|of|and|is|are|to|with|without|no|not|who|by|for|from|all|one|be)\b", re.IGNORECASE)
    same = {
        text.strip(" \u00a0:.,;()").lower()
        for (_, here), (_, there) in zip(_texts("en"), _texts("fr"), strict=True)
        for text in set(here) & set(there)
        if any(character.isalpha() for character in text)
    }

    assert [key for key, texts in _texts("fr") if any(map(english.search, texts))] == []
    assert same == SAME_IN_FRENCH


def test_french_is_set_as_french_is() -> None:
    """A narrow space stands before `;`, `!` and `?`, a wide one before `:`, `%` and inside quotes; none ever breaks."""
    wrong = re.compile(r"['\"]|(?<!\u202f)[;!?]|(?<!\u00a0)[:%»]|«(?!\u00a0)|\.\.\.")
    found = [key for key, entry in _whole("fr") if wrong.search(re.sub(r"\{\w+\}", "x", entry))]

    assert found == ["roads.close-with"]  # what is typed into a terminal


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_brings_characters_that_reorder_of_its_own(language: Language) -> None:
    """Only a mark that keeps what is typed left to right may stand in one."""
    whole = [(key, text.replace("\N{LEFT-TO-RIGHT MARK}", "")) for key, text in _whole(language)]

    assert [key for key, text in whole if words.visible(text) != text] == []


@pytest.mark.parametrize(
    ("language", "form", "counts"),
    [
        ("en", "one", (1,)),
        ("en", "other", (0, *range(2, 17), 100, 1000, 10**6)),
        ("fr", "one", (0, 1)),
        ("fr", "many", (10**6, 2 * 10**6, 6 * 10**6)),
        ("fr", "other", (*range(2, 18), 100, 1000, 10**5, 10**6 + 1)),
        ("ar", "zero", (0,)),
        ("ar", "one", (1,)),
        ("ar", "two", (2,)),
        ("ar", "few", (*range(3, 11), *range(103, 111), 1003)),
        ("ar", "many", (*range(11, 27), 99, 111, 1011)),
        ("ar", "other", (*range(100, 103), *range(200, 203), 300, 1000, 10**4, 10**6)),
    ],
)
def test_counts_take_the_form_that_unicode_says(language: Language, form: str, counts: tuple[int, ...]) -> None:
    """The samples are those of CLDR's chart of plural rules."""
    assert {n: plural_form(language, n) for n in counts} == dict.fromkeys(counts, form)


def test_figures_are_set_as_the_language_has_them() -> None:
    told = words.distance(1234567)
    assert (told.en, told.fr, told.ar) == ("1,235\u00a0km", "1\u202f235\u00a0km", told.ar)
    assert words.distance(1500).fr == "1,5\u00a0km"
    assert words.plain(words.percent(0.1234).fr) == "12,34\u00a0%"
    assert words.counted("person", 0).fr == "0 personne"
    assert words.counted("person", 1200).fr == "1\u202f200 personnes"
    assert words.counted("vehicle", 2_000_000).fr == "2\u202f000\u202f000 de véhicules"


def _whole(language: Language) -> list[tuple[str, str]]:
    return [
        (key, text)
        for key, entry in catalogue(language).items()
        for text in ([entry] if isinstance(entry, str) else entry.values())
    ]


def _texts(language: Language) -> list[tuple[str, list[str]]]:
    """Pair keys with their texts without the parts that are put in; of plural forms one stands for all."""
    told = [(key, entry if isinstance(entry, str) else entry["other"]) for key, entry in catalogue(language).items()]
    return [(key, [literal for literal, *_ in string.Formatter().parse(text)]) for key, text in told]


def test_counts_in_words() -> None:
    assert english(words.counted("bus", 1)) == "1 bus"
    assert english(words.counted("bus", 1200)) == "1,200 buses"
    assert words.counted("bus", 2).ar == "حافلتان"
    assert words.counted("person", 11).ar == "11 شخصًا"
    assert english(words.counted("goats", 3)) == "3 goats"
    assert english(words.counted("m", 3)) == "3 m"
    assert english(words.counted("", 3)) == "3"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 min"), (45, "45 s"), (199, "3 min 19 s"), (9330, "2 h 35 min"), (7200, "2 h"), (-60, "minus 1 min"),
     (71 * 3600, "71 h"), (73 * 3600, "3 d 1 h")],
)  # fmt: skip
def test_durations_in_words(seconds: int, text: str) -> None:
    assert english(words.duration(seconds)).replace("\u00a0", " ") == text


def test_distances_and_shares() -> None:
    assert [english(words.distance(length_m)).replace("\u00a0", " ") for length_m in (950, 1500, 15000, 1234567)] == [
        "950 m", "1.5 km", "15 km", "1,235 km",
    ]  # fmt: skip
    assert english(words.percent(0.00001)) == "0.01\u00a0%"  # never told as closed while it is open


@given(text=st.text())
def test_nothing_from_outside_can_reorder_or_mark_up_a_sentence(text: str) -> None:
    phrase = words.say("doubt", what=text, reason=text)

    markup = re.sub(r'</?bdi>|<span class="[a-z ]+">', "", phrase.__html__())
    assert "<" not in markup.replace("</span>", "")
    assert not any(character in markup for character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_a_missing_sentence_is_our_fault() -> None:
    with pytest.raises(InternalError, match="no-such-sentence"):
        words.say("no-such-sentence")


def test_a_long_list_tells_how_much_it_leaves_off() -> None:
    listed = words.listed([words.literal(str(number)) for number in range(12)], at_most=2)

    assert english(listed) == "0, 1 and 10 more"


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_every_activity_of_a_chain_has_a_sentence(activity: str) -> None:
    link = ChainLink(activity=activity, subject="B1", site="camp", start_s=0, end_s=60)

    text = english(words.chain_link(SETTING, link))

    assert text.endswith("Camp")
    assert f"activity.{activity}" in catalogue("en")


def test_a_chain_link_tells_its_wait_and_what_for() -> None:
    link = ChainLink(
        activity="convoy-departure", subject="main", site="camp", start_s=0, end_s=0, waits_s=600, gate="night first"
    )

    assert english(words.chain_link(SETTING, link)).replace("\u00a0", " ") == (
        "“Night convoy” departs at Camp (after a wait of 10 min for “Leave in the dark”, “Disclosure before departure”)"
    )


@pytest.mark.parametrize(
    ("waits_s", "gate", "end"),
    [(60, "", "(after a wait of 1 min)"), (0, "first", "(because of “Disclosure before departure”)"), (0, "", "rests")],
)
def test_a_chain_link_tells_what_it_knows(waits_s: int, gate: str, end: str) -> None:
    link = ChainLink(activity="rest", subject="B1", site="", start_s=0, end_s=0, waits_s=waits_s, gate=gate)

    assert english(words.chain_link(SETTING, link)).replace("\u00a0", " ").endswith(end)


@pytest.mark.parametrize("code", CLASHES)
def test_every_clash_has_a_sentence_of_its_own(code: str) -> None:
    assert f"clash.{code}" in catalogue("en")
    assert "B1" in words.clash(SETTING, Clash(rule=code, subjects=("B1",))).ar


def test_a_clash_tells_its_figures() -> None:
    def told(**figures: object) -> str:
        return english(words.clash(SETTING, Clash(rule="seats", subjects=(), **figures)))

    assert told(need=52, have=45, unit="seats").endswith("Needed: 52 seats; there is: 45 seats.")
    assert told(need=1, unit="people").endswith("Needed: 1 person.")
    assert "the operation as a whole" in told(detail="and so on")
    assert told(detail="and so on").endswith("and so on")


@pytest.mark.parametrize("code", REMEDIES)
def test_every_remedy_has_a_sentence_of_its_own(code: str) -> None:
    found = Remedy(change=code, subject="night", amount=60, unit="s")

    assert f"remedy.{code}" in catalogue("en")
    assert "Leave in the dark" in words.remedy(SETTING, found).ar


def test_a_remedy_by_kind_counts_vehicles_and_tells_whether_it_was_tried() -> None:
    found = Remedy(change="add-vehicle", subject="ambulance", amount=2, unit="", checked=True)
    longer = Remedy(change="extend-window", subject="night", amount=2400, unit="")

    assert english(words.remedy(SETTING, found)) == "Add 2 ambulances. Tried: a plan then exists."
    assert "40\u00a0min" in english(words.remedy(SETTING, longer))


@pytest.mark.parametrize("code", LEVERS)
def test_every_lever_has_a_sentence_of_its_own(code: str) -> None:
    found = Lever(change=code, subject="camp", amount=1, departs_earlier_s=3000, makespan_earlier_s=-60)

    text = english(words.lever(SETTING, found)).replace("\u00a0", " ")

    assert f"lever.{code}" in catalogue("en")
    assert text.endswith("departure 50 min earlier, last arrival 1 min later")


def test_a_lever_that_moves_nothing_says_so() -> None:
    found = Lever(change="add-bus", subject="B1", amount=1, departs_earlier_s=0, makespan_earlier_s=0)
    half = Lever(change="add-bus", subject="B1", amount=1, departs_earlier_s=0, makespan_earlier_s=60)

    assert english(words.lever(SETTING, found)) == "1 bus more: would bring nothing forward"
    sooner = Lever(change="add-bus", subject="B1", amount=1, departs_earlier_s=60, makespan_earlier_s=0)
    assert english(words.lever(SETTING, half)).replace("\u00a0", " ") == "1 bus more: last arrival 1 min earlier"
    assert "last arrival unchanged" in english(words.lever(SETTING, sooner))


@pytest.mark.parametrize(
    "tell",
    [
        lambda: words.clash(SETTING, Clash(rule="odd-code", subjects=())),
        lambda: words.remedy(SETTING, Remedy(change="odd-code", subject="", amount=1, unit="")),
        lambda: words.lever(
            SETTING, Lever(change="odd-code", subject="", amount=1, departs_earlier_s=1, makespan_earlier_s=1)
        ),
        lambda: words.unserved(SETTING, Unserved(person="P001", rule="odd-code")),
        lambda: words.violation(SETTING, Violation(rule="odd-code", subjects=(), detail="")),
        lambda: words.chain_link(SETTING, ChainLink(activity="odd-code", subject="", site="", start_s=0, end_s=0)),
    ],
)
def test_a_code_nobody_knows_is_still_told(tell: Callable[[], words.Phrase]) -> None:
    phrase = tell()

    assert "odd-code" in phrase.en
    assert "odd-code" in phrase.ar


def test_the_planners_codes_have_sentences_of_their_own() -> None:
    missing = {code for code in planner_codes.CODES if f"clash.{code}" not in catalogue("en")}

    assert missing == set()


def test_the_referees_codes_have_names_in_every_language() -> None:
    missing = {code for code in CODES if f"rule.{code}" not in catalogue("en")}

    assert missing == set()


def test_subjects_are_told_by_name_also_with_their_table() -> None:
    found = Violation(rule="seats", subjects=("vehicles/B1", "sites/camp", "odd/one", "main"), detail="x")

    assert english(words.violation(SETTING, found)).startswith(
        "More people than seats: B1, Camp, odd/one, “Night convoy”."
    )


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        (ClauseReading(clause="noon", kind="deadline", status="kept", slack_s=60, at_s=0, due_s=60),
         "“There by noon”: kept with 1 min to spare. It comes at Mon 12:00; due Mon 12:01."),
        (ClauseReading(clause="noon", kind="deadline", status="kept", slack_s=0),
         "“There by noon”: kept with nothing to spare."),
        (ClauseReading(clause="noon", kind="deadline", status="broken", slack_s=-60),
         "“There by noon”: broken by 1 min."),
        (ClauseReading(clause="noon", kind="deadline", status="kept"), "“There by noon”: kept."),
        (ClauseReading(clause="noon", kind="deadline", status="monitored"),
         "“There by noon”: watched by people, not computed."),
    ],
)  # fmt: skip
def test_how_a_clause_stands(reading: ClauseReading, text: str) -> None:
    assert english(words.clause_reading(SETTING, reading)).replace("\u00a0", " ") == text


def test_every_kind_of_clause_tells_its_terms() -> None:
    terms = {clause.id: english(words.clause_terms(SETTING, clause)).replace("\u00a0", " ") for clause in CLAUSES}

    assert terms == {
        "first": "First: “The fate is disclosed”. Then, at least 10 min later: “Night convoy” departed.",
        "referred": "First: all referrals closed. Then: “Night convoy” departed.",
        "noon": "By Tue 13:00: everyone has arrived.",
        "night": "Within Mon 15:53 – 23:06: “Night convoy” departed. The parties may extend it by 1 h.",
        "both": "All within 12 h of each other, or none: “Night convoy” departed, “The fate is disclosed”.",
        "ratio": "At every departure: x at most 1/1 of y, plus 2.",
        "cap": "At Oasis at most 100 people at once. At Oasis nobody is held longer than 2 h.",
        "cameras": "Not there: cameras. Where: Camp. Watched by The army.",
        "army-yes": "The army has consented to the use of Camp – Oasis. When: Mon 14:00 – Tue 21:20.",
        "faction-no": "faction has not consented to the use of all roads it controls.",
        "closed": "faction has not consented: its area is never crossed.",
    }


def test_the_clock_names_the_day_only_where_it_is_needed() -> None:
    same_day = setting_of(OPERATION, msgspec.structs.replace(PLAN, objective=None))

    assert english(words.clock(same_day, 60)) == "12:01"
    assert english(words.clock(same_day, 86400)) == "Tue 12:00"
    assert english(words.clock(SETTING, 60, seconds=True)) == "Mon 12:01:00"
    assert english(words.clock(SETTING, 8 * 86400)) == "5 Sep 12:00"
    assert words.full_instant(SETTING, 0).ar == "الاثنين 28 آب/أغسطس 2017، 12:00"


def test_what_has_a_title_in_a_language_is_called_by_it_there() -> None:
    named = msgspec.structs.replace(OPERATION.clauses[0], title_fr="Le sort est connu", title_ar="المصير معروف")
    setting = setting_of(msgspec.structs.replace(OPERATION, clauses=(named,)), PLAN)
    told = words.called(setting, named.id, "clause")

    assert [words.plain(told.of(one)) for one in LANGUAGES] == [named.title, "Le sort est connu", "المصير معروف"]


def test_ids_and_names_stand_isolated_in_arabic() -> None:
    text = words.unserved(SETTING, PLAN.unserved[0]).ar

    assert text.startswith("\u2068P006\u2069: ")
    assert words.called(SETTING, "camp").ar == "\u2068المخيم\u2069"
    assert words.called(SETTING, "").ar == "–"


@pytest.mark.parametrize(
    ("name", "text"),
    [("left:village", "first departure from"), ("cleared:camp", "last departure from Camp"),
     ("joined:camp", "people from Camp have joined"), ("arrived:main", "“Night convoy” arrived"),
     ("start", "start of the operation"), ("departed:", "departed:")],
)  # fmt: skip
def test_computed_milestones_have_names(name: str, text: str) -> None:
    assert english(words.called(SETTING, name)).startswith(text)


def test_terms_that_are_only_half_given() -> None:
    def told(clause: Clause) -> str:
        return english(words.clause_terms(SETTING, clause))

    assert told(Cap(id="cap", site="oasis", max_people=2)) == "At Oasis at most 2 people at once."
    assert told(Cap(id="cap", site="oasis", max_dwell_s=60)).startswith("At Oasis nobody")
    assert told(Exclusion(id="e", what="cameras")) == "Not there: cameras."
