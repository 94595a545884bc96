"""The page of a rehearsal as a document: nothing loaded, nobody named, every language, every picture with its table."""

# Ids stand as plain strings here, so that the material reads as an operation folder does.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import re

import msgspec
import pytest

from reports.material import END_S, HOSTILE, OPERATION, PLAN
from reports.rehearsed import BINS, OUTCOME, RUNS, chance, spread
from reports.test_page import Reader
from reports.told import told_in, told_times
from safepassage.rehearsal.outcome import LEVELS, Critical, Outcome
from safepassage.rehearsal.script import GROUPS, TALLIES
from safepassage.reports.rehearsal_page import rehearsal_page
from safepassage.reports.words import LANGUAGES, Language
from safepassage.reports.words.phrases import catalogue

SECTIONS = [
    "answer", "fan", "instants", "drivers", "critical", "critical-list", "clause-chances", "crowds",
    "reserves", "tallies", "changes", "assumptions",
]  # fmt: skip


def page(outcome: Outcome = OUTCOME, *, language: Language = "en") -> str:
    return rehearsal_page(OPERATION, PLAN, outcome, language=language).decode("utf-8")


def english(document: str) -> str:
    """Reduce a page to its English text, one table row or block to a line."""
    text = re.sub(r"<(style|script)>.*?</\1>|<svg.*?</svg>", "", document, flags=re.DOTALL)
    return re.sub(r"</?[a-z][^>]*>", " ", told_in("en", text)).replace("\u00a0", " ")


def table(document: str, caption: str) -> list[list[str]]:
    found = re.search(rf'<caption id="{caption}">.*?</table>', document, flags=re.DOTALL)
    assert found is not None
    rows = re.findall(r"<tr>(.*?)</tr>", found[0].split("<tbody>")[1], flags=re.DOTALL)
    return [
        [" ".join(english(cell).split()) for cell in re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row, flags=re.DOTALL)]
        for row in rows
    ]


def without(**parts: object) -> Outcome:
    return msgspec.structs.replace(OUTCOME, **parts)


BARE = without(
    instants=(), clauses=(), critical=(), waiting=(), under_way=(), tallies={}, fan=((0,) * BINS,) * len(LEVELS),
    drivers=(), gates=(), endurance=(), assumptions=(), changes=(), people=0, in_time=chance(0, 0.0, 0.0004),
)  # fmt: skip


@pytest.mark.parametrize("outcome", [OUTCOME, BARE], ids=["full", "bare"])
def test_nothing_is_loaded_from_anywhere(outcome: Outcome) -> None:
    document = page(outcome)

    for tag, attributes in Reader(document).elements:
        assert not {"src", "srcset", "poster", "action", "xlink:href", "style"} & attributes.keys(), tag
        assert not any(name.startswith("on") for name in attributes), tag
        assert str(attributes.get("href", "#")).startswith("#")
    assert "@import" not in document
    assert "://" not in document
    assert not re.search(r"url\((?!#)", document)


def test_nobody_is_named_not_even_by_their_number() -> None:
    outcome = without(
        critical=(
            *OUTCOME.critical,
            Critical(activity="treat", subject="P005", site="clinic", trip="", stop=-1, share=0.9),
            Critical(activity="referral", subject="P005", site="", trip="", stop=-1, share=0.8),
        )
    )
    document = page(outcome)

    assert not [person.id for person in OPERATION.people if person.id in document]
    assert not [person.household for person in OPERATION.people if f">{person.household}<" in document]
    assert "treatment, Clinic" in [row[0] for row in table(document, "c-critical")]


def test_names_and_sources_cannot_become_markup_or_reorder_text() -> None:
    document = page()

    assert HOSTILE not in document
    assert document.count("&lt;script&gt;window.broken") >= 4
    assert "\u202e" not in document
    assert "1.3 times left⟨U+202E⟩right" in document
    assert document.count("<script>") == 1


def test_the_sections_stand_in_the_order_they_are_asked_for() -> None:
    document = page()

    assert [attributes["id"] for attributes in Reader(document).all("section")] == SECTIONS
    assert re.findall(r'<li><a href="#([\w-]+)">', document) == [name for name in SECTIONS if name != "critical-list"]


def test_what_was_not_found_is_left_out_or_said_so() -> None:
    document = page(BARE)

    assert [attributes["id"] for attributes in Reader(document).all("section")] == [
        "answer", "drivers", "critical", "critical-list", "changes", "assumptions",
    ]  # fmt: skip
    for told in ("none.drivers", "none.critical", "none.changes", "none.assumptions", "none.gates"):
        assert str(catalogue("en")[told]) in document


@pytest.mark.parametrize("outcome", [OUTCOME, BARE], ids=["full", "bare"])
def test_every_text_is_there_in_every_language_and_is_whole(outcome: Outcome) -> None:
    document = page(outcome)
    told = re.sub(r"<(style|script)>.*?</\1>", "", document, flags=re.DOTALL)

    counts = told_times(document)
    assert counts.keys() == set(LANGUAGES)
    assert set(counts.values()) == {counts["en"]}
    assert counts["en"] > 50
    assert not re.search(r"\{[a-z_]+\}", told)
    assert "None" not in told
    assert "nan" not in re.findall(r'd="[^"]*"', document)


def test_tables_have_captions_and_scoped_heads_and_pictures_have_titles() -> None:
    document = page()

    for found in re.findall(r"<table.*?</table>", document, flags=re.DOTALL):
        assert "<caption id=" in found
        assert 'scope="col"' in found
        assert not re.search(r"<th(?! scope)[ >]", found)
    pictures = re.findall(r"<svg.*?</svg>", document, flags=re.DOTALL)
    for svg in pictures:
        assert 'aria-hidden="true"' in svg or ('role="img"' in svg and "<title" in svg and "aria-describedby" in svg)
    assert sum('role="img"' in svg for svg in pictures) == 5  # fan, drivers, chart, crowds, reserves


@pytest.mark.parametrize("outcome", [OUTCOME, BARE], ids=["full", "bare"])
def test_ids_are_unique_and_every_reference_meets_one(outcome: Outcome) -> None:
    read = Reader(page(outcome))
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]

    assert len(ids) == len(set(ids))
    for _, attributes in read.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(str(attributes.get(name) or "").split()) <= set(ids)
        if "href" in attributes:
            assert str(attributes["href"])[1:] in ids


def test_what_the_intervals_cover_stands_beside_the_answer_and_at_the_assumptions() -> None:
    document = english(page())
    sentence = f"All intervals here cover sampling error only: how well {RUNS:,} runs know"

    told = [found.start() for found in re.finditer(sentence.replace(" ", r"\s+"), document)]

    assert len(told) == 2
    assert document.index("rehearsals.") < told[0] < document.index("Chance that everyone is out in time")
    assert document.rindex("The assumptions that matter most") < told[1]


def test_instants_tell_the_plan_their_quantiles_and_how_often_never() -> None:
    document = page()

    milestones, points = table(document, "c-milestones"), table(document, "c-points")

    assert milestones[0] == ["The fate is disclosed", "Mon 14:00", "Mon 13:50", "Mon 14:13", "Mon 15:20", "7 %", ""]
    assert milestones[-1][1:] == ["–", "–", "–", "–", "100 %", "–"]
    assert [row[0] for row in points] == [
        "Head of “ Night convoy ” reaches Oasis",
        "Tail of “ Night convoy ” reaches Oasis",
        "Head of “ Night convoy ” reaches Town",
    ]
    assert [row[1] for row in points] == ["Mon 20:20", "Mon 20:22", "Tue 01:15"]


def test_of_many_instants_the_latest_are_shown_and_what_comes_before_is_folded_away() -> None:
    pickups = tuple(spread(f"head stop{n} main", 1000 * n, 10) for n in range(1, 41))
    document = page(without(instants=(*OUTCOME.instants, *pickups)))
    shown, before = table(document, "c-points"), table(document, "c-points-earlier")
    assert (len(shown), len(before)) == (12, 31)
    assert "What comes before (31)" in english(document)
    folded = re.findall(r"<details>.*?</details>", document, flags=re.DOTALL)
    assert ['id="c-points-earlier"' in one for one in folded].count(True) == 1
    assert "c-milestones-earlier" not in document
    assert "What comes before" not in english(page())


def test_clauses_tell_their_chance_and_the_watched_ones_that_they_are_watched() -> None:
    rows = table(page(), "c-clause-chances")

    assert [row[2:4] for row in rows] == [
        ["100 %", "over 99.9 % to 100 %"],
        ["83.1 %", "82.4 % to 83.9 %"],
        ["under 0.1 %", "under 0.1 % to under 0.1 %"],
        ["watched by people, not computed"],
    ]
    assert [row[1] for row in rows] == ["kept", "broken", "kept", "watched"]


def test_what_no_run_can_break_is_not_said_to_be_watched() -> None:
    consent = msgspec.structs.replace(OUTCOME.clauses[-1], kind="consent")
    rows = table(page(without(clauses=(*OUTCOME.clauses[:-1], consent))), "c-clause-chances")
    assert rows[-1][2:] == ["kept in every run: without consent nobody drives there"]


def test_changes_come_with_intervals_and_say_when_nothing_can_be_told() -> None:
    rows = table(page(), "c-changes")

    assert [row[0] for row in rows] == [
        "1 ambulance more",
        "1 bus more not told from no change",
        "All windows and deadlines 40 min longer",
    ]
    assert rows[0][1:3] == ["+4.1 points", "+3.7 points to +4.5 points"]
    assert rows[0][4:7] == ["25 min earlier", "25 min earlier to 26 min earlier", "Tue 01:01"]
    assert rows[1][4:6] == ["changed by less than 1 min", "changed by less than 1 min"]
    assert rows[2][6] == "–"


def test_a_change_that_only_lowers_the_chance_is_told_from_none() -> None:
    worse = msgspec.structs.replace(OUTCOME.changes[0], out_in_time=-0.003, out_low=-0.005, out_high=-0.001)

    (row,) = table(page(without(changes=(worse,))), "c-changes")

    assert row[0] == "1 bus more"


def test_assumptions_stand_in_the_order_of_their_weight_each_with_its_source() -> None:
    rows = table(page(), "c-assumptions")

    assert [row[1] for row in rows] == [
        "How long drives take", "How long drives take: Camp – Oasis", "How long rests take",
        "time to open a service at a stop", "Reserves: Water, patients",
    ]  # fmt: skip
    assert [row[3] for row in rows] == ["52 %", "18 %", "–", "–", "–"]
    assert rows[0][4] == "assumption: default"
    assert rows[3][4] == "–"


def test_reserves_tell_how_long_they_last_and_where_turning_back_ends() -> None:
    rows = table(page(), "c-reserves")

    assert [row[:5] for row in rows] == [
        ["Water", "everyone", "48 h", "24 h", "–"],
        ["Medicine", "patients", "20 d", "always enough", "–"],
        [
            "Fuel",
            "buses",
            "not used up",
            "5 h 33 min",
            "Oasis if held up just before it; as planned there is always enough",
        ],
    ]
    assert rows[0][5] == "1.2 %"


def test_crowds_stand_with_the_most_person_hours_first() -> None:
    rows = table(page(), "c-crowds")

    assert [row[0] for row in rows] == ["Camp", "Oasis"]
    assert [row[2] for row in rows] == ["11", "5.3"]


def test_causes_and_counts_are_named_and_unknown_ones_stand_as_they_are() -> None:
    document = page()

    assert table(document, "c-drivers") == [
        ["What the whole day has in common (weather, light, mood)", "52 %", "48 % to 56 %", "44 %", "40 % to 48 %"],
        ["Each drive by itself", "18 %", "15 % to 21 %", "0 %", "0 % to 0 %"],
        ["Breakdowns", "under 0.1 %", "0 % to 2 %", "0 %", "0 % to 0 %"],
        ["new-group", "0 %", "0 % to 1 %", "0 %", "0 % to 0 %"],
    ]
    assert ["new-tally", "1.00"] in table(document, "c-tallies")


def test_every_cause_and_every_count_of_a_rehearsal_has_its_words() -> None:
    assert not [group for group in GROUPS if f"driver.{group}" not in catalogue("en")]
    assert not [name for name in TALLIES if f"tally.{name}" not in catalogue("en")]


def test_the_language_asked_for_comes_first_and_the_other_is_there() -> None:
    assert '<html lang="en" dir="ltr"' in page()
    arabic = page(language="ar")
    assert '<html lang="ar" dir="rtl"' in arabic
    assert "What drives the risk" in arabic
    assert "ما الذي يصنع الخطر" in arabic


def test_same_input_same_bytes() -> None:
    assert rehearsal_page(OPERATION, PLAN, OUTCOME) == rehearsal_page(OPERATION, PLAN, OUTCOME)


def test_the_hash_shown_is_the_outcomes_else_the_plans() -> None:
    assert "cd" * 32 in page(without(sha256="cd" * 32))
    assert "ab" * 32 in page(without(sha256=""))


def test_times_name_their_day_when_anything_told_lies_on_another() -> None:
    plan = msgspec.structs.replace(PLAN, objective=None, milestones=(), clauses=())
    short = without(instants=(spread("all-arrived", 3600, 60),), due_s=7200, planned_s=3600)

    same = rehearsal_page(OPERATION, plan, short).decode("utf-8")
    other = rehearsal_page(OPERATION, plan, msgspec.structs.replace(short, due_s=90000)).decode("utf-8")

    assert table(same, "c-milestones")[0][3] == "13:00"
    assert table(other, "c-milestones")[0][3] == "Mon 13:00"


def test_a_clause_that_is_not_in_the_folder_is_not_told() -> None:
    operation = msgspec.structs.replace(OPERATION, clauses=OPERATION.clauses[:1])

    document = rehearsal_page(operation, PLAN, OUTCOME).decode("utf-8")

    assert len(table(document, "c-clause-chances")) == 1


def test_a_long_list_of_activities_tells_how_many_are_left_off() -> None:
    many = tuple(
        Critical(activity="board", subject=f"X{number}", site="camp", trip="", stop=-1, share=0.01 + number / 1000)
        for number in range(25)
    )

    document = page(without(critical=many, planned_s=END_S))

    assert len(table(document, "c-critical")) == 20
    assert "and 5 more activities, each less often" in english(document)
