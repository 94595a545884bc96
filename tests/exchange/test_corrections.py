"""The table of corrections: what it holds, in three languages and any format, and every fault at its cell."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from exchange.mapped import CORRECTIONS, HEADINGS, LINE, put
from exchange.small import Make, found, only
from safepassage.exchange import folder
from safepassage.exchange.words import CORRECTION
from safepassage.model.places import Correction

POINTS = ((36.7, 34.5), (36.8, 34.5))
READ = (
    Correction(
        id="new", action="add", line=POINTS, both_ways=False, travel_s=720, max_weight_kg=3500, name="ford",
        author="engineer", reason="made in March", source="assumption: x",
    ),
    Correction(id="gone", action="remove", way=4711, author="driver", reason="the bridge is down"),
    Correction(id="slow", action="retime", line=POINTS, speed_kmh=20, author="driver", reason="craters"),
    Correction(
        id="low", action="limit", way=4712, max_height_cm=320, max_width_cm=250, author="driver", reason="measured"
    ),
)  # fmt: skip
BASE: dict[str, dict[str, Any]] = {
    row[1]: {heading: cell for heading, cell in zip(HEADINGS, row, strict=True) if cell != ""}
    for row in CORRECTIONS[1:]
}


def rows_of(**change: Any) -> list[list[Any]]:
    """Give the table of one correction of the action named, some of its cells changed."""
    row = BASE[change["action"]] | change
    return [HEADINGS, [row.get(heading, "") for heading in HEADINGS]]


def read(path: Path) -> tuple[Correction, ...]:
    reading = folder.read(path)
    assert reading.faults == (), [str(fault) for fault in reading.faults]
    assert reading.operation is not None
    return reading.operation.corrections


def test_every_correction_is_read(make: Make) -> None:
    path = put(make(roads=None, corrections=CORRECTIONS))
    assert read(path) == READ
    reading = folder.read(path)
    assert str(reading.place("corrections", "low", "max_height_cm")) == "corrections.csv > I5"


def test_a_folder_without_corrections_has_none(make: Make) -> None:
    assert read(put(make(roads=None))) == ()


def test_lines_as_geojson(make: Make) -> None:
    path = put(make(roads=None))
    given = [dict(zip(HEADINGS, row, strict=True)) for row in CORRECTIONS[1:] if row[3]]
    features = [
        {
            "type": "Feature",
            "properties": {key: value for key, value in one.items() if key != "line"},
            "geometry": {"type": "LineString", "coordinates": POINTS},
        }
        for one in given
    ]
    (path / "corrections.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    assert read(path) == (READ[0], READ[2])


def test_a_sheet_of_numbers(make: Make) -> None:
    path = put(make(roads=None))
    book = xlsxwriter.Workbook(path / "corrections.xlsx")
    sheet = book.add_worksheet("x")
    for number, row in enumerate(CORRECTIONS):
        cells = [float(cell) if cell.replace(".", "").isdigit() else cell for cell in row]
        sheet.write_row(number, 0, [None if cell == "" else cell for cell in cells])
    book.close()
    assert read(path) == READ


@pytest.mark.parametrize(
    "headings",
    [
        ["Identifiant", "Opération", "Numéro OSM", "Tracé", "Vitesse (km/h)", "Poids maximal (t)", "Auteur", "Motif"],
        ["المعرف", "الإجراء", "رقم الطريق", "المسار", "السرعة كم/س", "الوزن الأقصى طن", "المبلغ", "السبب"],
        ["Correction", "Change", "OSM way", "WKT", "average speed km/h", "weight limit (tonnes)", "by", "why"],
    ],
)
def test_headings_in_three_languages(make: Make, headings: list[str]) -> None:
    rows = [
        headings,
        ["c", "إضافة", "", LINE, "30", "7,5", "driver", "new"],
        ["d", "Suppression", "12", *[""] * 3, "x", "y"],
    ]
    added, removed = read(put(make(roads=None, corrections=rows)))
    assert (added.action, added.speed_kmh, added.max_weight_kg, added.line) == ("add", 30, 7500, POINTS)
    assert (removed.action, removed.way) == ("remove", 12)


def test_units_of_limits(make: Make) -> None:
    headings = ["id", "action", "way", "max_weight_kg", "max_height_cm", "max width (cm)", "author", "reason"]
    rows = [headings, ["c", "limit", "1", "3500", "320", "250", "driver", "sign"]]
    (limited,) = read(put(make(roads=None, corrections=rows)))
    assert (limited.max_weight_kg, limited.max_height_cm, limited.max_width_cm) == (3500, 320, 250)


def test_the_corrections_of_the_documentation(make: Make) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "use-a-road-map.md").read_text("utf-8")
    path = put(make(roads=None))
    (path / "corrections.csv").write_text(page.split("```text\n")[1].split("```")[0], "utf-8")
    assert [one.action for one in read(path)] == ["add", "remove", "retime", "limit"]


def test_words_of_actions_mean_one_action_each() -> None:
    words = [word for languages in CORRECTION.values() for words in languages for word in words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("change", "code", "cell"),
    [
        ({"action": "add", "line": ""}, "no-such-road-meant", "D2"),
        ({"action": "add", "way": "5"}, "not-of-this-kind", "C2"),
        ({"action": "add", "line": "LINESTRING (36 34)"}, "not-a-shape", "D2"),
        ({"action": "add", "line": "LINESTRING (200 34, 36 34)"}, "out-of-range", "D2"),
        ({"action": "add", "travel_min": ""}, "corrects-nothing", "F2"),
        ({"action": "add", "travel_min": "soon"}, "not-a-number", "F2"),
        ({"action": "add", "travel_min": "0"}, "out-of-range", "F2"),
        ({"action": "add", "speed_kmh": "40"}, "given-twice", "G2"),
        ({"action": "add", "max_weight_t": "201"}, "out-of-range", "H2"),
        ({"action": "remove", "way": ""}, "no-such-road-meant", "D2"),
        ({"action": "remove", "way": "0"}, "no-such-road-meant", "D2"),
        ({"action": "remove", "way": "-4"}, "out-of-range", "C2"),
        ({"action": "remove", "way": "w4"}, "not-a-number", "C2"),
        ({"action": "remove", "line": LINE}, "given-twice", "D2"),
        ({"action": "remove", "speed_kmh": "4"}, "not-of-this-kind", "G2"),
        ({"action": "remove", "max_width_m": "2"}, "not-of-this-kind", "J2"),
        ({"action": "retime", "speed_kmh": ""}, "corrects-nothing", "F2"),
        ({"action": "retime", "speed_kmh": "20.5"}, "not-whole", "G2"),
        ({"action": "retime", "speed_kmh": "fast"}, "not-a-number", "G2"),
        ({"action": "retime", "speed_kmh": "151"}, "out-of-range", "G2"),
        ({"action": "retime", "line": ""}, "no-such-road-meant", "D2"),
        ({"action": "retime", "max_height_m": "4"}, "not-of-this-kind", "I2"),
        ({"action": "limit", "max_height_m": "", "max_width_m": ""}, "corrects-nothing", "H2"),
        ({"action": "limit", "max_height_m": "0"}, "out-of-range", "I2"),
        ({"action": "limit", "travel_min": "4"}, "not-of-this-kind", "F2"),
        ({"action": "limit", "author": ""}, "missing-value", "L2"),
        ({"action": "limit", "reason": "-"}, "missing-value", "M2"),
        ({"action": "limit", "id": ""}, "missing-value", "A2"),
        ({"action": "limit", "source": "hearsay"}, "unknown-source", "N2"),
        ({"action": "limit", "both_ways": "perhaps"}, "unknown-word", "E2"),
    ],
)
def test_faults_stand_at_their_cell(make: Make, change: dict[str, str], code: str, cell: str) -> None:
    fault = only(folder.read(put(make(roads=None, corrections=rows_of(**change)))))
    assert (fault.code, fault.place.file, fault.place.cell) == (code, "corrections.csv", cell)
    assert fault.remedy or fault.expected


def test_an_unknown_action_is_told_once(make: Make) -> None:
    rows = [HEADINGS, ["c", "widen", *[""] * 9, "driver", "why", ""]]
    fault = only(folder.read(put(make(roads=None, corrections=rows))))
    assert (fault.code, fault.place.cell) == ("unknown-word", "B2")
    assert fault.expected == "add, remove, retime or limit"


@pytest.mark.parametrize(("action", "code"), [("remove", "no-such-road-meant"), ("limit", "corrects-nothing")])
def test_faults_of_columns_that_are_not_there(make: Make, action: str, code: str) -> None:
    rows = [["id", "action", "way", "author", "reason"], ["c", action, "" if action == "remove" else "3", "a", "b"]]
    reading = folder.read(put(make(roads=None, corrections=rows)))
    cell = "C2" if action == "remove" else "B2"
    assert found(reading) == [(code, f"corrections.csv > {cell}")]


@pytest.mark.parametrize("heading", ["author", "reason", "id", "action"])
def test_needed_columns(make: Make, heading: str) -> None:
    column = HEADINGS.index(heading)
    rows = [[cell for number, cell in enumerate(row) if number != column] for row in CORRECTIONS]
    reading = folder.read(put(make(roads=None, corrections=rows)))
    assert found(reading) == [("missing-column", "corrections.csv > A1")]


def test_an_id_twice(make: Make) -> None:
    rows = [*CORRECTIONS, CORRECTIONS[1]]
    assert found(folder.read(put(make(roads=None, corrections=rows)))) == [("duplicate-id", "corrections.csv > A6")]


ODD = (
    "", "-", " ", "0", "1", "-1", "3.5", "1e9", "nan", "inf", "x" * 3000, "=1", "\u202e", "٣", "add", "remove", "limit",
    "حذف", LINE, "LINESTRING EMPTY", "LINESTRING (1 2, 3)", "POLYGON ((1 2, 3 4, 5 6))", "yes", "true", "\u00c3\u00a9",
    str(10**400), "LINESTRING (0 0, 0 0)", "LINESTRING (1e400 0, 0 0)",
)  # fmt: skip


def check_what_was_read(corrections: tuple[Correction, ...]) -> None:
    assert len({one.id for one in corrections}) == len(corrections)
    for one in corrections:
        timed, limited = (one.travel_s, one.speed_kmh), (one.max_weight_kg, one.max_height_cm, one.max_width_cm)
        assert one.author
        assert one.reason
        assert not (one.way and one.line)
        assert one.line if one.action == "add" else one.way or one.line
        assert sum(map(bool, timed)) == (one.action in ("add", "retime"))
        assert any(limited) or one.action != "limit"
        assert not any(limited) or one.action in ("add", "limit")
        assert all(isinstance(figure, int) and figure >= 0 for figure in (one.way, *timed, *limited))


@pytest.mark.parametrize("seed", range(4))
def test_bent_corrections_are_told_and_never_break_the_reading(make: Make, seed: int) -> None:
    rng = random.Random(seed)
    taken = 0
    for _ in range(60):
        rows = [list(row) for row in CORRECTIONS]
        for _ in range(rng.randint(1, 3)):
            rows[rng.choice((1, 2, 3, 4))][rng.randrange(len(HEADINGS))] = rng.choice(ODD)
        reading = folder.read(put(make(roads=None, corrections=rows)))
        errors = [fault for fault in reading.faults if fault.severity == "error"]
        assert (reading.operation is None) == bool(errors)
        assert all(fault.place.file == "corrections.csv" and fault.place.cell for fault in reading.faults)
        assert all(str(fault) for fault in reading.faults)
        if reading.operation is not None:
            taken += 1
            check_what_was_read(reading.operation.corrections)
    assert 0 < taken < 60
