"""What is uncertain, in variants of a folder."""

# Plain texts stand for typed ids in what is compared here.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from exchange.small import Make, only, read_only
from exchange.uncertain_entries import CUT, DRIVE, FULL, SOURCE, WATER, uncertain
from safepassage.exchange import folder
from safepassage.model.errors import Place
from safepassage.model.uncertainty import (
    RoadCut,
    Spread,
    Uncertainty,
    WalkIns,
)


def variant(base: Path, text: str) -> Path:
    path = base / "variant"
    path.mkdir()
    (path / "operation.toml").write_text(f'extends = ".."\n{text}', encoding="utf-8")
    return path


def test_a_variant_changes_what_it_names(make: Make) -> None:
    base = make(FULL)
    before = uncertain(base)
    after = uncertain(
        variant(
            base,
            """
[[uncertainties]]
of = "Driving"
day = 0.2
[[uncertainties]]
of = "milestone"
subject = "open"
plus = { mode_h = 1 }
[[uncertainties]]
of = "halt"
times = { mode = 2 }
source = "report"
[[incidents]]
id = "cut"
max_hold_min = 10
[[incidents]]
id = "search"
remove = true
[[spares]]
kind = "autobus"
site = "school"
seats = 12
count = 5
[[reserves]]
what = "water"
per = "personne"
amount = 9
[[reserves]]
what = "fuel"
whom = "bus"
per = "vehicle"
remove = true
""",
        )
    )
    drive, road, treatment, milestone, halt = after.durations
    assert drive == msgspec.structs.replace(before.durations[0], day=0.2)
    assert (road, treatment) == before.durations[1:3]
    assert milestone == msgspec.structs.replace(before.durations[3], plus=Spread(mode=3600.0))
    assert halt == Uncertainty(of="halt", times=Spread(mode=2.0), source="report")
    assert [one.id for one in after.incidents] == ["engine", "this-bus", "cut", "more"]
    assert isinstance(after.incidents[2], RoadCut)
    assert after.incidents[2].max_hold_s == 600
    assert [(one.count, one.seats) for one in after.spares] == [(2, 40), (5, 12)]
    assert [(one.what, one.amount) for one in after.reserves] == [("water", 9.0)]


def test_an_empty_text_in_a_variant_matches_what_is_not_given(make: Make) -> None:
    entry = "[[reserves]]\nwhat = 'water'\nper = ''\nwhom = ''\namount = 9\n"
    assert [one.amount for one in uncertain(variant(make(WATER), entry)).reserves] == [9.0]


def test_a_variant_replaces_an_incident_of_another_kind(make: Make) -> None:
    text = "[[incidents]]\nid = 'cut'\nkind = 'walk-ins'\nsite = 'school'\nmean = 1\nsource = 'assumption: x'\n"
    assert uncertain(variant(make(CUT), text)).incidents == (WalkIns(id="cut", site="school", mean=1.0, source=SOURCE),)


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("[[uncertainties]]\nof = 'rest'\n", "uncertainties.rest"),
        ("[[spares]]\nkind = 'bus'\nsite = 'school'\nseats = 41\n", "spares.school.bus.41"),
        ("[[reserves]]\nwhat = 'water'\nwhom = 'patients'\n", "reserves.water.patients"),
        ("[[incidents]]\nid = 'x'\n", "incidents.x"),
    ],
)
def test_a_variant_cannot_remove_what_is_not_there(make: Make, entry: str, key: str) -> None:
    fault = only(folder.read(variant(make(FULL), f"{entry}remove = true\n")))
    assert (fault.code, fault.place.cell) == ("nothing-to-remove", key)


def test_a_fault_in_the_base_names_the_base(make: Make) -> None:
    fault = read_only(variant(make(DRIVE + "times = { mode = -1 }\n"), ""))
    assert fault.place == Place(file="../operation.toml", cell="uncertainties.drive.times.mode")
