"""Each kind of value, as people and spreadsheets write it, and what is said when it cannot be read."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.exchange.clock import Clock
from safepassage.exchange.faults import Bad
from safepassage.exchange.fields import Field, Kind
from safepassage.exchange.values import read_value
from safepassage.exchange.words import CHOICES
from safepassage.model.time import Window


def wall(*parts: int) -> datetime:
    """Make a time as a spreadsheet or TOML gives it, without a zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - that is what it is about


START = datetime(2017, 8, 28, 3, tzinfo=UTC)
CLOCK = Clock(start=START, zone=ZoneInfo("Asia/Damascus"), horizon_s=2 * 86400)
PARIS = Clock(start=datetime(2026, 3, 28, 5, tzinfo=UTC), zone=ZoneInfo("Europe/Paris"))
AUTUMN = Clock(start=datetime(2026, 10, 24, 5, tzinfo=UTC), zone=ZoneInfo("Europe/Paris"))


def value(kind: Kind, given: Any, *, clock: Clock = CLOCK, **more: Any) -> Any:
    return read_value(Field(name=more.pop("name", "x"), kind=kind, **more), given, clock)


def code(*args: Any, **more: Any) -> str:
    found = value(*args, **more)
    assert isinstance(found, Bad), found
    return found.code


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("0012", "0012"), (12.0, "12"), (12, "12"), (1.5, "1.5"), (" P1 ", "P1"), ("e\u0301", "\u00e9"),
        ("عائلة", "عائلة"), ("P 1", "P 1"), ("-", "-"), ("=1", Bad), ("@x", Bad), ("+x", Bad), ("-12", "-12"),
    ],
)  # fmt: skip
def test_ids(given: Any, read: Any) -> None:
    found = value("id", given)
    assert isinstance(found, Bad) if read is Bad else found == read


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("P\u202e1", "hidden-character"), ("P\u200b1", "hidden-character"), ("P\u200d1", "hidden-character"),
        ("P\n1", "hidden-character"), ("P;1", "hidden-character"), ("P\x001", "hidden-character"),
        ("P\ufeff1", "hidden-character"), ("P\U000e00411", "hidden-character"), ("x" * 65, "too-long"),
        (True, "not-text"), (START, "not-text"), (math.nan, "not-finite"), (math.inf, "not-finite"),
        (1e16, "rounded-id"), (10**15, "rounded-id"), ("Ù…Ø", "garbled-text"), ("\ufffd", "garbled-text"),
    ],
)  # fmt: skip
def test_ids_that_are_refused(given: Any, expected: str) -> None:
    assert code("id", given) == expected


def test_the_hidden_character_is_named() -> None:
    found = value("id", "P\u202e1")
    assert "U+202E RIGHT-TO-LEFT OVERRIDE" in found.expected


def test_lists_of_ids() -> None:
    assert value("ids", "P1; P2,P3 ،P4") == ("P1", "P2", "P3", "P4")
    assert value("ids", ["P1", "P2"]) == ("P1", "P2")
    assert value("ids", 7.0) == ("7",)
    assert value("ids", " ; ") == ()
    assert code("ids", True) == "not-text"
    assert code("ids", "P1;" * 1000) == "too-long"
    assert code("ids", ["P1", "=x"]) == "formula-text"


def test_texts() -> None:
    assert value("text", "Rue de l'Église") == "Rue de l'Église"
    assert value("text", "a\u200cb") == "a\u200cb"
    assert value("text", 3.0) == "3"
    assert value("text", "+961 1 234-567") == "+961 1 234-567"
    assert code("text", "x" * 2001) == "too-long"
    assert code("text", START) == "not-text"
    assert code("text", "=HYPERLINK(1)") == "formula-text"
    assert value("texts", ["a", "b"]) == ("a", "b")
    assert code("texts", "a") == "not-a-list"
    assert code("texts", ["a", "\u202ab"]) == "hidden-character"


@pytest.mark.parametrize(
    ("given", "read"),
    [("45", 45), (45.0, 45), ("٤٥", 45), ("۴۵", 45), ("4,5e1", 45), (" 45 ", 45), ("45.", 45), (0, 0)],
)
def test_counts(given: Any, read: int) -> None:
    assert value("count", given) == read


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("many", "not-a-number"), (1.5, "not-whole"), (-1, "out-of-range"), (2_000_000, "out-of-range"),
        ("NaN", "not-finite"), ("-inf", "not-finite"), (math.nan, "not-finite"), ("1e400", "not-finite"),
        (True, "not-a-number"), (START, "not-a-number"), ("9" * 50, "not-a-number"), ("1 000", "not-a-number"),
        ("0x10", "not-a-number"), ("", "not-a-number"), ([], "not-a-number"),
    ],
)  # fmt: skip
def test_counts_that_are_refused(given: Any, expected: str) -> None:
    assert code("count", given) == expected


def test_measures_in_their_units() -> None:
    assert value("duration", "1,5", unit="min") == 90
    assert value("duration", 2.5, unit="h") == 9000
    assert value("duration", 7, unit="s") == 7
    assert value("length", "٣٫٢", unit="km") == 3200
    assert value("length", 250, unit="m") == 250
    assert code("duration", -1, unit="min") == "out-of-range"
    assert code("duration", 24 * 367, unit="h") == "out-of-range"
    assert code("length", 40_001, unit="km") == "out-of-range"
    assert code("duration", "1:30", unit="h") == "not-a-number"


def test_speeds_and_coordinates() -> None:
    assert value("speed", "42,5", low=1, high=150) == 42.5
    assert code("speed", 0, low=1, high=150) == "out-of-range"
    assert code("speed", "fast", low=1, high=150) == "not-a-number"
    assert value("lon_lat", "36.75", low=-180, high=180) == 36.75
    assert code("lon_lat", 190, low=-180, high=180) == "out-of-range"
    assert code("lon_lat", "36°45'", low=-180, high=180) == "not-a-number"


@pytest.mark.parametrize(
    ("choices", "given", "read"),
    [
        ("mobility", "Fauteuil roulant", "wheelchair"), ("mobility", "كرسي متحرك", "wheelchair"),
        ("mobility", "كُرْسِيٌّ مُتَحَرِّك", "wheelchair"), ("mobility", "WHEEL-CHAIR", "wheelchair"),
        ("mobility", "civiere", "stretcher"), ("mobility", "نقّالة", "stretcher"), ("mobility", "à pied", "walking"),
        ("age_band", "bébé", "infant"), ("age_band", "طفلة", "child"), ("age_band", "Personne_âgée", "older"),
        ("age_band", 1, "infant"), ("age_band", 17.0, "child"), ("age_band", "٥٩", "adult"),
        ("age_band", "60", "older"),
        ("choice", "refusé", "declined"), ("choice", "موافق", "consented"), ("site_kind", "Hôpital", "hospital"),
        ("vehicle_kind", "سيارة إسعاف", "ambulance"), ("position", "tête", "head"),
        ("party_role", "غير موافق", "not-consenting"),
    ],
)  # fmt: skip
def test_choices_in_three_languages(choices: str, given: Any, read: str) -> None:
    assert value("choice", given, choices=choices) == read


def test_every_word_of_every_choice_reads_as_its_value() -> None:
    for name, words in CHOICES.items():
        for model, languages in words.items():
            for word in (model, *(word for language in languages for word in language)):
                read = value("choice", word, choices=name)
                assert read == model, (name, word, read)


def test_choices_that_are_refused() -> None:
    assert value("choice", "whelchair", choices="mobility").remedy == "did you mean wheelchair?"
    assert value("choice", "qqqqq", choices="mobility").remedy == ""
    assert code("choice", "x" * 10**6, choices="mobility") == "unknown-word"
    assert code("choice", START, choices="mobility") == "not-text"
    assert code("choice", 200, choices="age_band") == "unknown-word"


@pytest.mark.parametrize(
    ("given", "read"),
    [("نعم", True), ("Oui", True), ("x", True), (True, True), (1.0, True), ("لا", False), (False, False), ("n", False)],
)
def test_yes_and_no(given: Any, *, read: bool) -> None:
    assert value("yes_no", given) is read


def test_neither_yes_nor_no() -> None:
    assert code("yes_no", "maybe") == "unknown-word"


HOUR = 3600


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2017-08-28 19:30", 13.5 * HOUR), ("2017-08-28T19:30:00", 13.5 * HOUR), ("2017-08-28T16:30Z", 13.5 * HOUR),
        ("2017-08-28 19:30+02:00", 14.5 * HOUR), (wall(2017, 8, 28, 19, 30), 13.5 * HOUR),
        (datetime(2017, 8, 28, 16, 30, tzinfo=UTC), 13.5 * HOUR), ("19:30", 13.5 * HOUR), ("19h30", 13.5 * HOUR),
        ("١٩:٣٠", 13.5 * HOUR), (time(19, 30), 13.5 * HOUR), ("06:00", 0), ("05:59", 23 * HOUR + 59 * 60),
        ("24:00", 18 * HOUR), ("2017-08-27 06:00", -24 * HOUR),
    ],
)  # fmt: skip
def test_instants(given: Any, read: float) -> None:
    assert value("instant", given) == read


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("28/08/2017 19:30", "not-an-instant"), ("2017-08-28", "not-an-instant"), ("noon", "not-an-instant"),
        ("25:00", "not-an-instant"), ("19:60", "not-an-instant"), (42975.8125, "not-an-instant"),
        (date(2017, 8, 28), "not-an-instant"), (timedelta(hours=30), "not-an-instant"), (time(), "empty-date"),
        (wall(1900, 1, 1), "impossible-date"), (wall(1904, 1, 1), "impossible-date"),
        (wall(1, 1, 1), "not-an-instant"), (wall(9999, 12, 31, 23), "impossible-date"),
        ("0001-01-01T00:00+14:00", "not-an-instant"), ("2018-08-30 19:30", "impossible-date"),
        (True, "not-an-instant"),
    ],
)  # fmt: skip
def test_instants_that_are_refused(given: Any, expected: str) -> None:
    assert code("instant", given) == expected


def test_clocks_that_are_moved() -> None:
    assert code("instant", "2026-03-29 02:30", clock=PARIS) == "no-such-time"
    assert code("instant", "2026-10-25 02:30", clock=AUTUMN) == "ambiguous-time"
    assert value("instant", "2026-10-25 02:30+01:00", clock=AUTUMN) == 20.5 * HOUR
    assert code("instant", "02:30", clock=PARIS) == "no-such-time"


def test_a_time_of_day_that_did_not_exist_yesterday() -> None:
    sunday = Clock(start=datetime(2026, 3, 29, 21, tzinfo=UTC), zone=ZoneInfo("Europe/Paris"))
    assert value("instant", "02:30", clock=sunday) == 3.5 * HOUR


def test_until_the_start_is_known_instants_are_not_judged() -> None:
    unknown = Clock(start=START, zone=ZoneInfo("UTC"), known=False)
    assert value("instant", "1900-01-01 00:00", clock=unknown) == 1


def windows(*pairs: tuple[float, float]) -> tuple[Window, ...]:
    return tuple(Window(from_s=int(start * HOUR), until_s=int(end * HOUR)) for start, end in pairs)


def test_windows_of_toml() -> None:
    assert value("windows", [{"from": "22:00", "until": "04:00"}]) == windows((16, 22))
    assert value("windows", [{"from": "2017-08-28 05:00", "until": "07:00"}]) == windows((0, 1))
    assert value("windows", {"daily": {"from": "05:00", "until": "18:00"}}) == windows((0, 12), (23, 36), (47, 60))
    assert value("windows", {"daily": {"from": "08:00", "until": "18:00", "days": 1}}) == windows((2, 12))
    assert value("windows", {"daily": {"from": "22:00", "until": "07:00"}}) == windows((0, 1), (16, 25), (40, 49))
    assert value("windows", {"daily": {"from": time(8), "until": time(9), "days": 1}}) == windows((2, 3))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([{"from": "2017-08-28 09:00", "until": "2017-08-28 08:00"}], "window-ends-early"),
        ([{"from": "2017-08-27 09:00", "until": "2017-08-27 10:00"}], "before-start"),
        ([{"from": "x", "until": "08:00"}], "not-an-instant"), ([{"from": "08:00", "until": "x"}], "not-an-instant"),
        ([{"from": "08:00"}], "not-windows"), (["08:00"], "not-windows"), ("06:00-18:00", "not-windows"),
        ({"weekly": {}}, "not-windows"), ({"daily": []}, "not-windows"),
        ({"daily": {"from": "06:00"}}, "not-windows"),
        ({"daily": {"from": "x", "until": "18:00"}}, "not-windows"),
        ({"daily": {"from": "06:00", "until": "18:00", "days": -1}}, "not-windows"),
        ({"daily": {"from": "06:00", "until": "18:00", "days": True}}, "not-windows"),
    ],
)  # fmt: skip
def test_windows_that_are_refused(given: Any, expected: str) -> None:
    assert code("windows", given) == expected


def test_opening_windows_of_a_cell() -> None:
    assert value("openings", "05:00-18:00") == windows((0, 12), (23, 36), (47, 60))
    assert value("openings", "٠٨:٠٠–١٠:٠٠ ; 12:00-13:00") == windows((2, 4), (6, 7), (26, 28), (30, 31))
    assert value("openings", "2017-08-28T08:00/2017-08-28T10:00; 2017-08-29 08:00 / 10:00") == windows((2, 4), (26, 28))


def test_very_many_opening_windows() -> None:
    year = Clock(start=START, zone=ZoneInfo("UTC"), horizon_s=360 * 86400)
    assert len(value("openings", "06:00-07:00; 08:00-09:00", clock=year)) > 700
    assert code("openings", "06:00-07:00; 08:00-09:00; 10:00-11:00", clock=year) == "not-windows"


def test_daily_windows_over_a_change_of_clocks() -> None:
    found = value("openings", "06:00-07:00", clock=PARIS)
    assert found[:2] == (Window(from_s=0, until_s=3600), Window(from_s=23 * 3600, until_s=24 * 3600))
    assert code("openings", "02:30-07:00", clock=PARIS) == "no-such-time"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (6.0, "not-windows"), ("always", "not-windows"), ("06:00-18:00; 2017-08-28T08:00/10:00", "not-windows"),
        ("08:00/07:00x", "not-an-instant"), ("; ".join(["06:00-07:00"] * 300), "not-windows"),
    ],
)  # fmt: skip
def test_opening_windows_that_are_refused(given: Any, expected: str) -> None:
    assert code("openings", given) == expected


def test_shapes() -> None:
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    assert value("line", "LINESTRING (36.7 34.5, 36.8 34.6)") == ((36.7, 34.5), (36.8, 34.6))
    assert value("line", [[0, 0], [1, 0], [1, 1], [0, 0]], name="polygon") == square
    assert value("line", "polygon((0 0,1 0,1 1,0 0))", name="polygon") == square


@pytest.mark.parametrize(
    ("given", "name", "expected"),
    [
        ("LINESTRING (1 2)", "line", "not-a-shape"), ("POLYGON ((0 0, 1 1, 0 1))", "line", "not-a-shape"),
        ("LINESTRING (0 0, 1 1)", "polygon", "not-a-shape"), ("LINESTRING (a b, 1 1)", "line", "not-a-shape"),
        ("LINESTRING (0 0 0, 1 1 1)", "line", "not-a-shape"), ("LINESTRING (200 0, 1 1)", "line", "out-of-range"),
        ("LINESTRING (nan 0, 1 1)", "line", "not-a-shape"), ([[0, 0], 7], "line", "not-a-shape"),
        ([[0, True], [1, 1]], "line", "not-a-shape"), (7, "line", "not-a-shape"),
        ("(" * 300_000, "line", "not-a-shape"),
        ([[0, 0], [1, 1], [0, 0]], "polygon", "not-a-shape"),
    ],
)  # fmt: skip
def test_shapes_that_are_refused(given: Any, name: str, expected: str) -> None:
    assert code("line", given, name=name) == expected


ANYTHING = st.one_of(
    st.text(), st.integers(), st.floats(), st.booleans(), st.datetimes(), st.times(), st.dates(), st.timedeltas(),
    st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
)  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "id", "ids", "text", "texts", "count", "duration", "length", "speed", "lon_lat", "choice", "yes_no", "instant",
    "windows", "openings", "line",
)  # fmt: skip


@pytest.mark.no_cover
@given(given=ANYTHING, kind=st.sampled_from(KINDS))
def test_nothing_makes_a_reader_fail(given: Any, kind: Kind) -> None:
    unit = {"duration": "min", "length": "km", "speed": "kmh"}.get(kind, "")
    found = value(kind, given, unit=unit, choices="mobility")
    assert found is not None
    if isinstance(found, int | float) and not isinstance(found, bool):
        assert math.isfinite(found)
