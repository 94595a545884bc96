"""What was written on a sheet, line by line: what it says, and what is told where it says nothing."""

# Ids stand as plain strings here, so that lines read as they are typed.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.field import CHIEF, Field, field
from desk.paper import HEAD, read, typed
from safepassage.desk.paper_forms import ACTS, FORMS, LONGEST_ID, Form, device_of, read_form
from safepassage.desk.paper_rows import EXAMPLES, MOST_ROWS, read_act
from safepassage.desk.paper_times import Day, as_written, read_span
from safepassage.desk.roles import Who
from safepassage.ledger.vocabulary import TYPES
from safepassage.reports.papers.blocks import Paper
from safepassage.reports.papers.kinds import KINDS
from safepassage.reports.papers.press import name_of
from safepassage.reports.words import LANGUAGES, say, say_code
from safepassage.reports.words.phrases import plain

DAY = Day(date(2017, 8, 28), ZoneInfo("Asia/Damascus"), 10)
MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def live() -> Iterator[Field]:
    with field() as one:
        for person in ("P001", "P002", "P003"):
            one.happen("registered", person, "", "camp")
        one.happen("token-given", "P003", "", "camp", token="T77")  # noqa: S106 - a wristband
        one.at(36_000)
        yield one


def ms(text: str) -> int:
    return int(datetime.fromisoformat(f"2017-08-{text}+03:00").timestamp()) * 1000


@pytest.mark.parametrize(
    "text", ["14:05", "14h05", "14.05", "1405", " 14:05:59 ", "٢٠١٧-٠٨-٢٨ ١٤:٠٥", "14 05", "14H05"]
)
def test_a_time_is_read_as_people_write_it_and_is_as_exact_as_the_watch(text: str) -> None:
    found = read_span(text, DAY)
    assert found == (ms("28T14:05") - 10 * MINUTE_MS, ms("28T14:05") + 10 * MINUTE_MS)
    assert found.likely_ms == ms("28T14:05")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("14:05-14:20", "28T14:05", "28T14:20"),
        ("14h05 à 14h20", "28T14:05", "28T14:20"),
        ("23:50 – 00:20", "28T23:50", "29T00:20"),
        ("00:10+1 .. 00:20", "29T00:10", "29T00:20"),
        ("2017-08-29 08:00/09:00", "29T08:00", "29T09:00"),
    ],
)
def test_what_cannot_be_read_was_between_two_times(text: str, first: str, last: str) -> None:
    assert read_span(text, DAY) == (ms(first), ms(last) + MINUTE_MS - 1)


@pytest.mark.parametrize(
    "text", ["", "x", "24:00", "14:60", "14", "14:05-", "2017-02-30 10:00", "9999-12-31 23:00+1", "15:00+1-14:00+1",
             "2017-03-31 00:30"],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_span(text, DAY) is None


@given(minute=st.integers(0, 2 * 1440 - 1))
def test_a_time_is_written_as_it_is_read(minute: int) -> None:
    at_ms = ms("28T00:00") + minute * MINUTE_MS
    found = read_span(as_written(at_ms, DAY), DAY)
    assert found is not None
    assert found.likely_ms == at_ms


def test_a_time_of_another_day_is_written_with_its_date() -> None:
    assert as_written(ms("31T10:30"), DAY) == "2017-08-31 10:30"


def test_each_form_that_is_printed_and_has_lines_comes_back_by_its_printed_name() -> None:
    assert set(FORMS) == set(KINDS) - {"boarding-cards"}
    for kind in FORMS:
        blank = Paper(kind=kind, about="", title=say("paper.title.manifest"), blocks=(), blank=True)
        full = Paper(kind=kind, about="B1", title=say("paper.title.manifest"), blocks=(), part=2)
        assert read_form(name_of(blank)) == Form(kind=kind)
        assert read_form(f"safepassage:{name_of(full)}") == Form(kind=kind, about="B1", part="2")
        assert Form(kind=kind).name == name_of(blank)
        assert Form(kind=kind, about="B1", part="2").name == name_of(full)
    for wrong in ("", "blank", "ticket/B1", "manifest/B1/2/3"):
        assert read_form(wrong) is None


def test_a_sheet_has_one_name_wherever_it_is_entered() -> None:
    form = Form(kind="manifest", about="B1")
    assert device_of(form, "B9", "2017-08-28", "3b") == "paper-manifest/B1/2017-08-28/3B"
    assert device_of(Form(kind="handover"), "B 9", "2017-08-28", "3") == "paper-handover/B_9/2017-08-28/3"
    long = [device_of(Form(kind="manifest", about=about), "", "2017-08-28", "3") for about in ("x" * 60, "x" * 61)]
    assert all(len(one) <= LONGEST_ID for one in long)
    assert long[0] != long[1]


def test_an_act_is_said_in_any_language() -> None:
    for act, asks in ACTS.items():
        kind = TYPES[act]
        assert asks.of == kind.subject
        assert not asks.note or asks.note in kind.payload.__struct_fields__
        for language in LANGUAGES:
            assert read_act(plain(say_code("event", act).of(language))) == act
    assert read_act("removed") is None


def test_lines_say_what_happened(live: Field) -> None:
    sheet = read(
        live,
        {"who": "P001", "time": "14:05"},
        {"who": "p002"},
        {},
        {"who": "T77", "where": "M1", "time": '"'},
        {"who": "P001", "act": "missing", "time": "15:10", "note": "not at the door"},
        {"who": '"', "act": "found", "time": "15:30", "where": "village"},
        {"who": "P002", "act": "referred", "where": "Clinic"},
        {"act": "departed", "who": "White bus", "time": "16:00", "note": "late"},
        {"act": "head-counted", "who": "٣", "time": "15:55"},
        {"act": "head-counted-at-site", "who": "40", "where": "المخيم"},
        {"act": "handed-over", "who": "12", "where": "army"},
        {"act": "incident", "who": "P003", "note": "a shot was heard"},
        {"act": "acknowledged", "who": "faction", "note": "the route"},
    )
    assert sheet.device == "paper-manifest/B1/2017-08-28/1"
    said = [(one.row, one.type, one.subject, one.vehicle, one.site, dict(one.payload)) for one in sheet.lines]
    incident = sheet.lines[-2].subject
    assert said == [
        (1, "boarded", "P001", "B1", "camp", {}),
        (2, "boarded", "P002", "B1", "camp", {}),
        (4, "boarded", "P003", "M1", "camp", {}),
        (5, "missing", "P001", "B1", "camp", {"reason": "not at the door"}),
        (6, "found", "P001", "", "village", {}),
        (7, "referred", "P002", "B1", "camp", {"hospital": "clinic"}),
        (8, "departed", "B1", "B1", "camp", {"reason": "late"}),
        (9, "head-counted", "B1", "B1", "camp", {"count": 3}),
        (10, "head-counted-at-site", "camp", "B1", "camp", {"count": 40}),
        (11, "handed-over", "B1", "B1", "camp", {"to_party": "army", "count": 12}),
        (12, "incident", incident, "B1", "camp", {"kind": "a shot was heard", "persons": ["P003"]}),
        (13, "acknowledged", "faction", "B1", "camp", {"what": "the route"}),
    ]
    assert incident.startswith("paper-")
    assert sheet.lines[1].span == sheet.lines[0].span
    assert read(live, {"act": "incident", "note": "x", "time": "15:00"}, number="2").lines[0].subject != incident


@pytest.mark.parametrize(
    ("row", "cell", "key"),
    [
        ({"time": "9"}, "time", "time"),
        ({"time": ""}, "time", "no-time"),
        ({"time": "23:00"}, "time", "future"),
        ({"act": "removed"}, "act", "act"),
        ({"who": ""}, "who", "nobody"),
        ({"who": "P0"}, "who", "which"),
        ({"who": "Qqqq Zzzz"}, "who", "unknown"),
        ({"who": "x" * 130, "choice": "walked-in"}, "who", "long-name"),
        ({"where": "nowhere"}, "where", "where"),
        ({"note": "why"}, "note", "no-note"),
        ({"act": "missing", "note": "x" * 70}, "note", "long-note"),
        ({"act": "incident"}, "note", "note"),
        ({"act": "referred", "where": "x"}, "where", "no-hospital"),
        ({"act": "handed-over", "who": "3", "where": "x"}, "where", "no-party"),
        ({"act": "acknowledged", "who": "x", "note": "x"}, "who", "no-party"),
        ({"act": "head-counted", "who": "many"}, "who", "number-of"),
        ({"act": "departed", "who": "X9"}, "who", "vehicle"),
    ],
)
def test_each_thing_that_is_wrong_is_told_at_its_cell(live: Field, row: dict[str, str], cell: str, key: str) -> None:
    found = typed(live, {"who": "P001", "time": "14:05"} | row, total="x")
    assert found.sheet is None
    assert [(one.row, one.cell) for one in found.faults] == [(1, cell), (0, "total")]
    assert (
        found.faults[0].says.en
        == say(f"take.fault.{key}", **EXAMPLES, most={"long-name": 120, "long-note": 64}.get(key, 0)).en
    )


@pytest.mark.parametrize(
    ("wrong", "cell"),
    [
        ({"form": "ticket/B1"}, "form"), ({"vehicle": "X"}, "vehicle"), ({"site": "X"}, "site"),
        ({"number": ""}, "number"), ({"number": "1/2"}, "number"), ({"day": "tomorrow"}, "day"),
        ({"wrote": " "}, "wrote"), ({"within": "0"}, "within"), ({"within": "x"}, "within"),
        ({"total": "many"}, "total"),
    ],
)  # fmt: skip
def test_what_is_wrong_at_the_top_is_told_there(live: Field, wrong: dict[str, str], cell: str) -> None:
    found = typed(live, {"who": "P001", "time": "14:05"}, **wrong)
    assert found.sheet is None
    assert cell in [one.cell for one in found.faults if not one.row]


@pytest.mark.parametrize(
    ("head", "rows", "key"),
    [
        ({"form": "blank/manifest", "vehicle": ""}, [{"who": "P001", "time": "14:05"}], "no-vehicle"),
        ({"site": ""}, [{"who": "P001", "time": "14:05"}], "no-site"),
        ({"form": "blank/manifest", "site": ""}, [{"who": "P001", "time": "14:05", "act": "seen"}], "no-place"),
        ({}, [], "empty"),
        ({}, [{"who": "P001", "time": "14:05"}] * (MOST_ROWS + 1), "rows"),
    ],
)
def test_what_is_missing_is_asked_for(
    live: Field, head: dict[str, str], rows: list[dict[str, str]], key: str
) -> None:  # fmt: skip
    found = typed(live, *rows, **head)
    assert [one.says.en for one in found.faults] == [say(f"take.fault.{key}", **EXAMPLES, most=MOST_ROWS).en]


def test_a_sheet_of_a_place_is_about_the_place(live: Field) -> None:
    (line,) = read(live, {"act": "seen", "who": "P001", "time": "14:05"}, form="incident-log/camp", site="").lines
    assert (line.vehicle, line.site) == ("", "camp")


def test_who_is_meant_is_chosen_where_a_name_does_not_say_it(live: Field) -> None:
    found = typed(live, {"who": "P00", "time": "14:05"})
    assert [code for code, _ in found.candidates[1]][:2] == ["P001", "P002"]
    assert read(live, {"who": "P00", "choice": "P002", "time": "14:05"}).lines[0].subject == "P002"
    assert typed(live, {"who": "P00", "choice": "P999", "time": "14:05"}).sheet is None


def test_who_is_on_no_list_is_made_known_once(live: Field) -> None:
    sheet = read(
        live,
        {"who": "Somebody", "choice": "walked-in", "time": "14:05"},
        {"who": "somebody", "choice": "walked-in", "act": "alighted", "time": "15:00"},
        {"who": "?", "time": "14:05"},
        {"who": "?"},
        {"who": "?2", "act": "boarded"},
        {"who": "?2", "act": "alighted"},
        {"who": "W123", "choice": "walked-in"},
    )
    said = [(one.subject, one.new, one.name) for one in sheet.lines]
    assert said == [
        ("W001", "walked-in", "Somebody"), ("W001", "", ""), ("W002", "registered-unknown", ""),
        ("W003", "registered-unknown", ""), ("W004", "registered-unknown", ""), ("W004", "", ""),
        ("W123", "walked-in", ""),
    ]  # fmt: skip


def test_what_is_doubtful_is_told_and_hinders_nothing(live: Field) -> None:
    rows = ({"who": "P001", "time": "18:00"}, {"who": "P002", "time": "08:00"})
    found = typed(live, *rows, total="3")
    assert found.sheet is not None
    assert [(one.row, one.cell) for one in found.doubts] == [(2, "time"), (0, "total")]
    assert typed(live, *rows, total="2", day="2017-08-01").doubts[-1].cell == "day"
    assert typed(live, {"who": "12", "act": "handed-over", "where": "army", "time": "15:00"}, total="12",
                 form="handover/B1").doubts == ()  # fmt: skip


def test_nobody_enters_what_they_may_not_record(live: Field) -> None:
    clerk = Who(name="N4", role="registration-clerk", serves="camp")
    row = {"who": "P001", "time": "14:05"}
    assert typed(live, row, who=clerk).sheet is not None
    for other in ({"where": "village"}, {"act": "departed", "who": ""}, {"act": "treated"}):
        found = typed(live, row | other, who=clerk)
        assert [one.says.en for one in found.faults] == [say("take.fault.not-yours").en]
    observer = Who(name="N5", role="observer")
    assert typed(live, row, who=observer).sheet is None
    assert HEAD["site"] == "camp"
    assert typed(live, row, who=CHIEF).sheet is not None
