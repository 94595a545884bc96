"""What is uncertain, in operation.toml: every entry, every fault at its key, variants, and what no slip may do."""

# Plain texts stand for typed ids in what is compared here.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import msgspec
import pytest

from exchange.small import Make, found, read_only
from exchange.uncertain_entries import CUT, DRIVE, ENGINE, FULL, OPEN, SEARCH, SOURCE, SPARE, WATER, uncertain
from safepassage.exchange import folder
from safepassage.exchange.entries import KINDS, LISTS
from safepassage.exchange.entries_of_uncertainty import FACTOR_SPREAD, INCIDENTS, TIME_SPREAD
from safepassage.exchange.schema import KIND_MODELS, operation_schema
from safepassage.model.errors import Place
from safepassage.model.time import Window
from safepassage.model.uncertainty import (
    Breakdown,
    Reserve,
    RoadCut,
    Screening,
    Spare,
    Spread,
    Uncertain,
    Uncertainty,
    WalkIns,
)


def test_every_kind_of_entry(make: Make) -> None:
    fixed = Spread(mode=2700.0)
    assert uncertain(make(FULL)) == Uncertain(
        durations=(
            Uncertainty(
                of="drive",
                times=Spread(shape="pert", low=0.9, mode=1.0, high=1.5),
                plus=Spread(shape="uniform", low=30.0, high=1800.0),
                day=0.4,
                place=0.6,
                source="report",
            ),
            Uncertainty(of="drive", subject="R1", times=Spread(shape="lognormal", mode=1.1, high=2.5), source=SOURCE),
            Uncertainty(of="treatment", subject="clinic", plus=Spread(mode=300.0), source=SOURCE),
            Uncertainty(
                of="milestone",
                subject="open",
                plus=Spread(shape="triangular", mode=1800.0, high=7200.0),
                never=0.05,
                source=SOURCE,
            ),
        ),
        incidents=(
            Breakdown(
                id="engine", vehicle="bus", per_1000_km=0.25, lasts=fixed, options=("repair", "return"), source=SOURCE
            ),
            Breakdown(id="this-bus", vehicle="B1", per_1000_km=1.0, lasts=fixed, source=SOURCE),
            RoadCut(
                id="cut",
                link="R1",
                probability=0.1,
                between=Window(from_s=3600, until_s=21600),
                lasts=Spread(mode=10800.0),
                options=("hold", "detour", "split"),
                max_hold_s=7200,
                source=SOURCE,
            ),
            Screening(
                id="search",
                site="clinic",
                per_person=Spread(shape="pert", low=10.0, mode=20.0, high=60.0),
                detains=0.01,
                release=Spread(mode=7200.0),
                waits_s=1800,
                source=SOURCE,
            ),
            WalkIns(id="more", site="school", mean=2.5, source=SOURCE),
        ),
        spares=(
            Spare(
                kind="bus",
                count=2,
                site="school",
                ready_s=1200,
                seats=40,
                wheelchair_bays=1,
                stretchers=1,
                source=SOURCE,
            ),
            Spare(kind="bus", count=1, site="school", seats=12, source=SOURCE),
        ),
        reserves=(
            Reserve(what="water", unit="litres", amount=6.0, per_day=3.5, source=SOURCE),
            Reserve(
                what="fuel",
                unit="litres",
                amount=300.0,
                per_day=10.0,
                per_100_km=30.0,
                per="vehicle",
                whom="bus",
                source=SOURCE,
            ),
        ),
    )


def test_without_such_entries_nothing_is_uncertain(make: Make) -> None:
    assert uncertain(make()) == Uncertain()


def test_the_hash_of_the_content_covers_them(make: Make) -> None:
    first = folder.read(make(FULL)).operation
    second = folder.read(make(FULL.replace("never = 0.05", "never = 0.06"))).operation
    assert first is not None
    assert second is not None
    assert first.sha256 != second.sha256


def test_fields_of_files_are_those_of_the_model() -> None:
    assert {name: set(kinds) for name, kinds in KINDS.items()} == {name: set(one) for name, one in KIND_MODELS.items()}
    for kind, fields in INCIDENTS.items():
        model = msgspec.structs.fields(KIND_MODELS["incidents"][kind])
        assert {field.model for field in fields if field.name != "kind"} == {field.name for field in model}
        assert {field.name for field in model if field.required} <= {field.model for field in fields if field.required}
    for fields in (FACTOR_SPREAD, TIME_SPREAD):
        assert {field.model for field in fields} == {field.name for field in msgspec.structs.fields(Spread)}
    for fields in (*INCIDENTS.values(), *(LISTS[name] for name in ("uncertainties", "spares", "reserves"))):
        assert next(field for field in fields if field.name == "source").required


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("uncertainties = 3\n", "not-a-list", "uncertainties"),
        ("incidents = [3]\n", "not-a-list", "incidents"),
        ("[[uncertainties]]\nsource = 'assumption: x'\n", "missing-value", "uncertainties[0].of"),
        ("[[uncertainties]]\nof = 'drive'\n", "missing-value", "uncertainties.drive.source"),
        ("[[uncertainties]]\nof = 'flight'\nsource = 'assumption: x'\n", "unknown-word", "uncertainties.flight.of"),
        ("[[uncertainties]]\nof = 3\nsource = 'assumption: x'\n", "unknown-word", "uncertainties[0].of"),
        (DRIVE + "subject = 3\n", "unknown-reference", "uncertainties[0].subject"),
        (DRIVE + "subject = 'R2'\n", "unknown-reference", "uncertainties.drive.R2.subject"),
        (DRIVE + "subject = 'school'\n", "unknown-reference", "uncertainties.drive.school.subject"),
        (DRIVE.replace("drive", "rest") + "subject = 'R1'\n", "unknown-reference", "uncertainties.rest.R1.subject"),
        (OPEN + "subject = 'start'\n", "unknown-reference", "uncertainties.milestone.start.subject"),
        (DRIVE + "colour = 'red'\n", "unknown-key", "uncertainties.drive.colour"),
        (DRIVE + DRIVE, "duplicate-entry", "uncertainties.drive.of"),
        (DRIVE + DRIVE.replace("drive", "conduite"), "duplicate-entry", "uncertainties.conduite.of"),
        (DRIVE + "day = 1.5\n", "out-of-range", "uncertainties.drive.day"),
        (DRIVE + "day = -0.1\n", "out-of-range", "uncertainties.drive.day"),
        (DRIVE + "place = true\n", "not-a-number", "uncertainties.drive.place"),
        (DRIVE + "place = nan\n", "not-finite", "uncertainties.drive.place"),
        (DRIVE + "day = 0.6\nplace = 0.5\n", "shares-above-one", "uncertainties.drive.place"),
        (DRIVE + "never = 0.1\n", "not-of-this-kind", "uncertainties.drive.never"),
        (OPEN + "never = 2\n", "out-of-range", "uncertainties.milestone.never"),
        ("[[incidents]]\nid = 'a'\nkind = 'road-cot'\n", "unknown-word", "incidents.a.kind"),
        ("[[incidents]]\nid = 'a'\n", "unknown-word", "incidents.a.kind"),
        (CUT + CUT, "duplicate-id", "incidents.cut.id"),
        (CUT.replace("'R1'", "'R2'"), "unknown-reference", "incidents.cut.link"),
        (CUT.replace("0.1", "10"), "out-of-range", "incidents.cut.probability"),
        (CUT.replace("until", "to"), "not-windows", "incidents.cut.between"),
        (CUT.replace('until = "12:00"', "until = 3"), "not-an-instant", "incidents.cut.between"),
        (CUT.replace('"07:00"', "2026-03-01T13:00:00").replace('"12:00"', "2026-03-01T12:00:00"),
         "window-ends-early", "incidents.cut.between"),
        (CUT.replace('"07:00"', "2026-02-01T07:00:00").replace('"12:00"', "2026-02-01T12:00:00"),
         "before-start", "incidents.cut.between"),
        (CUT + "options = []\n", "missing-value", "incidents.cut.options"),
        (CUT + "options = 'hold'\n", "not-a-list", "incidents.cut.options"),
        (CUT + "options = [3]\n", "unknown-word", "incidents.cut.options"),
        (CUT + "options = ['hold', 'spare']\n", "unknown-word", "incidents.cut.options"),
        (CUT + "options = ['hold', 'wait']\n", "given-twice", "incidents.cut.options"),
        (CUT + "max_hold = 3\n", "unknown-key", "incidents.cut.max_hold"),
        (CUT + "max_hold_h = 9999\n", "out-of-range", "incidents.cut.max_hold_h"),
        (CUT + "per_1000_km = 3\n", "unknown-key", "incidents.cut.per_1000_km"),
        (ENGINE + "options = ['detour']\n", "unknown-word", "incidents.engine.options"),
        (ENGINE + "vehicle = 'B2'\n", "unknown-reference", "incidents.engine.vehicle"),
        (ENGINE.replace("0.25", "-1"), "out-of-range", "incidents.engine.per_1000_km"),
        (ENGINE.replace("0.25", "inf"), "not-finite", "incidents.engine.per_1000_km"),
        (ENGINE.replace("0.25", "1" + "0" * 400), "out-of-range", "incidents.engine.per_1000_km"),
        (ENGINE.replace("lasts = { mode_min = 45 }\n", ""), "missing-value", "incidents.engine.lasts"),
        (SEARCH.replace("clinic", "clinik"), "unknown-reference", "incidents.search.site"),
        (SEARCH + "detains = 0.1\n", "missing-value", "incidents.search.release"),
        (SEARCH + "detains = 0.1\nrelease = { mode_h = -1 }\n", "out-of-range", "incidents.search.release.mode_h"),
        (SPARE, "missing-value", "spares.school.bus.seats"),
        (SPARE + "seats = 'many'\n", "not-a-number", "spares.school.bus.many.seats"),
        (SPARE.replace("1", "0") + "seats = 4\n", "out-of-range", "spares.school.bus.4.count"),
        (SPARE.replace("school", "scool") + "seats = 4\n", "unknown-reference", "spares.scool.bus.4.site"),
        (f"{SPARE}seats = 4\n{SPARE}seats = 4\n", "duplicate-entry", "spares.school.bus.4.site"),
        (WATER + WATER + "per = 'personne'\n", "duplicate-entry", "reserves.water.personne.what"),
        (WATER + "per_100_km = 3\n", "not-of-this-kind", "reserves.water.per_100_km"),
        (WATER.replace("'water'", "'fuel'") + "per_100_km = 3\n", "not-of-this-kind", "reserves.fuel.per_100_km"),
        (f"{WATER}{WATER}whom = 'doctors'\n", "unknown-word", "reserves.water.doctors.whom"),
        (WATER + "whom = 'doctors'\n", "unknown-word", "reserves.water.doctors.whom"),
        (WATER.replace("per_day = 3", "per_day = 1e9"), "out-of-range", "reserves.water.per_day"),
        (WATER.replace("unit = 'l'", "unit = ''"), "missing-value", "reserves.water.unit"),
        (WATER.replace("'water'", "'beer'"), "unknown-word", "reserves.beer.what"),
    ],
)  # fmt: skip
def test_faults_of_entries(make: Make, text: str, code: str, key: str) -> None:
    fault = read_only(make(text))
    assert (fault.code, fault.place.cell, fault.severity) == (code, key, "error")


@pytest.mark.parametrize("extra", ["never = 0\n", "subject = ''\n", "day = 0.7\nplace = 0.3\n"])
def test_what_is_no_fault(make: Make, extra: str) -> None:
    assert uncertain(make(DRIVE + extra)).durations[0].of == "drive"


@pytest.mark.parametrize("kind", ["escort", "supply"])
def test_a_spare_that_carries_nobody_anyway_needs_no_seats(make: Make, kind: str) -> None:
    assert uncertain(make(SPARE.replace("bus", kind))).spares[0].kind == kind


def test_a_source_that_is_not_listed_is_a_warning(make: Make) -> None:
    fault = read_only(make(WATER.replace("assumption: x", "report")))
    assert (fault.code, fault.place.cell, fault.severity) == ("unknown-source", "reserves.water.source", "warning")


def test_percent_for_a_share_is_told_as_such(make: Make) -> None:
    assert read_only(make(DRIVE + "day = 30\n")).remedy == "write 0.3 for 30 percent"


def test_a_key_that_is_misspelt_is_guessed(make: Make) -> None:
    assert read_only(make(DRIVE + "times = { mod = 2, mode = 1 }\n")).remedy == "did you mean mode?"


@pytest.mark.parametrize(
    ("key", "given", "faults"),
    [
        ("times", "3", {"": "not-a-spread"}),
        ("times", "''", {"": "not-a-spread"}),
        ("times", "{}", {".mode": "missing-value"}),
        ("times", "{ mode = '' }", {".mode": "missing-value"}),
        ("times", "{ mode = 0 }", {".mode": "out-of-range"}),
        ("times", "{ mode = 1001 }", {".mode": "out-of-range"}),
        ("times", "{ mode_min = 5 }", {".mode_min": "unknown-key", ".mode": "missing-value"}),
        ("times", "{ low = 1, mode = 2 }", {".shape": "missing-value"}),
        ("times", "{ shape = 'normal', low = 2, mode = 1 }", {".shape": "unknown-word"}),
        ("times", "{ shape = '', mode = 1, high = 2 }", {".shape": "missing-value"}),
        ("times", "{ shape = 'pert', low = 1, high = 2 }", {".mode": "missing-value"}),
        ("times", "{ shape = 'pert', low = 1, mode = 'x', high = 0.5 }",
         {".mode": "not-a-number", ".high": "spread-out-of-order"}),
        ("times", "{ shape = 'pert', low = 3, mode = 2, high = 1 }",
         {".mode": "spread-out-of-order", ".high": "spread-out-of-order"}),
        ("times", "{ shape = 'triangular', low = -1, mode = nan, high = 'x', colour = 2 }",
         {".low": "out-of-range", ".mode": "not-finite", ".high": "not-a-number", ".colour": "unknown-key"}),
        ("times", "{ shape = 'uniform', low = 1, high = 1 }", {".high": "spread-out-of-order"}),
        ("times", "{ shape = 'lognormal', mode = 2, high = 2 }", {".high": "spread-out-of-order"}),
        ("plus", "{ shape = 'lognormal', mode_s = 0, high_s = 2 }", {".mode_s": "spread-out-of-order"}),
        ("plus", "{ mode = 2 }", {".mode": "unknown-key", ".mode_min": "missing-value"}),
        ("plus", "{ mode_s = 2, mode_min = 3 }", {".mode_min": "given-twice"}),
        ("plus", "{ mode_h = 10000 }", {".mode_h": "out-of-range"}),
        ("plus", "{ shape = 'pert', low_h = 1, mode_min = 30, high_h = 3 }", {".mode_min": "spread-out-of-order"}),
        ("plus", "{ shape = 'uniform', low_min = 9 }", {".high_min": "missing-value"}),
    ],
)  # fmt: skip
def test_faults_of_spreads(make: Make, key: str, given: str, faults: dict[str, str]) -> None:
    reading = folder.read(make(f"{DRIVE}{key} = {given}\n"))
    assert {fault.place.cell: fault.code for fault in reading.faults} == {
        f"uncertainties.drive.{key}{at}": code for at, code in faults.items()
    }
    assert reading.operation is None
    assert all(fault.severity == "error" and fault.what and fault.expected for fault in reading.faults)


@pytest.mark.parametrize(
    ("given", "unused", "spread"),
    [
        ("{ shape = 'lognormal', low = 0.5, mode = 1, high = 2 }", ["low"],
         Spread(shape="lognormal", mode=1.0, high=2.0)),
        ("{ shape = 'uniform', low = 0.5, mode = 1, high = 2 }", ["mode"], Spread(shape="uniform", low=0.5, high=2.0)),
        ("{ shape = 'fixed', low = 0.5, mode = 1, high = 2 }", ["low", "high"], Spread(mode=1.0)),
    ],
)  # fmt: skip
def test_values_that_a_shape_does_not_read_are_a_warning(
    make: Make, given: str, unused: list[str], spread: Spread
) -> None:
    reading = folder.read(make(f"{DRIVE}times = {given}\n"))
    assert [(fault.code, fault.severity, fault.place.cell) for fault in reading.faults] == [
        ("unused-value", "warning", f"uncertainties.drive.times.{name}") for name in unused
    ]
    assert reading.operation is not None
    assert reading.operation.uncertain.durations[0].times == spread


def test_a_warning_beside_an_error_does_not_hide_it(make: Make) -> None:
    reading = folder.read(make(f"{DRIVE}times = {{ shape = 'lognormal', low = 1, mode = 2, high = 1 }}\n"))
    assert [fault.code for fault in reading.faults] == ["unused-value", "spread-out-of-order"]
    assert reading.operation is None


def test_degenerate_spreads_are_taken(make: Make) -> None:
    path = make(f"{DRIVE}times = {{ shape = 'pert', low = 1, mode = 1, high = 1 }}\n")
    assert uncertain(path).durations[0].times == Spread(shape="pert", low=1.0, mode=1.0, high=1.0)


def test_faults_come_together_with_those_of_the_tables(make: Make) -> None:
    text = f"{DRIVE}day = 2\n{CUT}options = ['fly']\n{SPARE}{WATER}per = 'x'\n"
    reading = folder.read(make(text, vehicles=[["id", "kind", "site", "seats"], ["B1", "bus", "school", "many"]]))
    assert sorted(found(reading)) == [
        ("missing-value", "operation.toml > spares.school.bus.seats"),
        ("not-a-number", "vehicles.csv > D2"),
        ("out-of-range", "operation.toml > uncertainties.drive.day"),
        ("unknown-word", "operation.toml > incidents.cut.options"),
        ("unknown-word", "operation.toml > reserves.water.x.per"),
    ]


def test_without_vehicles_nobody_says_what_breaks_down(make: Make) -> None:
    reading = folder.read(make(ENGINE + "vehicle = 'B7'\n", vehicles=None))
    assert found(reading) == [("missing-table", "operation.toml > tables.vehicles")]


def test_a_vehicle_with_the_name_of_a_kind_is_that_vehicle(make: Make) -> None:
    rows = [["id", "kind", "site", "seats"], ["Car", "bus", "school", "40"]]
    incident = uncertain(make(ENGINE + "vehicle = 'Car'\n", vehicles=rows)).incidents[0]
    assert isinstance(incident, Breakdown)
    assert incident.vehicle == "Car"


def test_places_are_found_again(make: Make) -> None:
    reading = folder.read(make(FULL))
    for table, row, field, cell in (
        ("uncertainties", "drive.R1", "times", "uncertainties.drive.R1.times"),
        ("uncertainties", "drive", "", "uncertainties.drive"),
        ("incidents", "cut", "max_hold_s", "incidents.cut.max_hold_h"),
        ("spares", "school.bus.12", "count", "spares.school.bus.12.count"),
        ("reserves", "fuel.bus.vehicle", "amount", "reserves.fuel.bus.vehicle.amount"),
    ):
        assert reading.place(table, row, field) == Place(file="operation.toml", cell=cell)


def test_the_schema_knows_the_shapes_and_the_options_of_each_kind() -> None:
    properties = operation_schema()["properties"]
    times = properties["uncertainties"]["items"]["properties"]["times"]
    assert times["properties"]["shape"]["enum"] == ["fixed", "uniform", "triangular", "pert", "lognormal"]
    assert set(properties["uncertainties"]["items"]["properties"]["plus"]["properties"]) >= {"low_min", "high_h"}
    kinds = {one["properties"]["kind"]["const"]: one for one in properties["incidents"]["items"]["anyOf"]}
    assert set(kinds) == set(INCIDENTS)
    assert "detour" not in kinds["breakdown"]["properties"]["options"]["items"]["enum"]
    assert kinds["road-cut"]["properties"]["options"]["default"] == ("detour", "hold", "return")
    assert properties["reserves"]["items"]["properties"]["whom"]["enum"][-1] == "patients"
    assert "default" not in properties["reserves"]["items"]["properties"]["whom"]
