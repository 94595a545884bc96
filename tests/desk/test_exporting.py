"""Every export of a live movement is read back by another program, and holds of people what its recipient may see."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import gpxpy
import openpyxl
import pytest
import xmlschema
from fhir.resources.R4B.bundle import Bundle
from google.transit import gtfs_realtime_pb2
from msgspec.structs import replace

from desk.devices import PATIENCE_S
from desk.field import CHIEF, Field, field
from reports.material import HOSTILE, OPERATION, PLAN
from safepassage.desk.alerts import alert, closures_of, subjects
from safepassage.desk.exported_people import people_dataset
from safepassage.desk.exported_records import Consented, read_consents
from safepassage.desk.exporting import FORMATS, Asked, check, concerned, pieces, write
from safepassage.desk.material import Material, late_and_coarse, of_running
from safepassage.desk.positions import CELL_M, DELAY_MS, Fix, Positions
from safepassage.desk.roles import Who
from safepassage.exchange.cap import Area, Info, alert_file, read_alert
from safepassage.exchange.pfif import read_pfif
from safepassage.ledger.journeys import Where
from safepassage.ledger.vocabulary import KeyDestroyed
from safepassage.model.errors import UsageError
from safepassage.model.places import Closure
from safepassage.reports.redaction import REDACTIONS, shows

OBSERVER = Who(name="O1", role="observer")
HARMFUL = '=HYPERLINK("http://x")'
SCHEMA = xmlschema.XMLSchema(Path(__file__).parents[1] / "exchange" / "cap_schema.xsd")
AREA = ((36.6, 34.0), (36.7, 34.0), (36.7, 34.1), (36.6, 34.0))
CLOSED = (
    Closure(link="washed", from_s=0, until_s=3600, reason="water"),  # type: ignore[arg-type]
    Closure(from_s=0, until_s=7200, polygon=AREA),
    Closure(from_s=0, until_s=7200, line=((36.6, 34.0), (36.7, 34.1))),
)


@pytest.fixture(scope="module")
def live() -> Iterator[Field]:
    """Lend a movement under way: boarded, referred, missing, walked in, held, an incident, a track."""
    sites = tuple(replace(site, pcode="SY0101") if site.id == "camp" else site for site in OPERATION.sites)
    with field(operation=replace(OPERATION, closures=CLOSED, sites=sites)) as one:
        one.at(3600)
        one.say("walked-in", "W001", site="camp", payload={"mobility": "stretcher", "age_band": "adult"}, name=HARMFUL)
        one.say("walked-in", "W002", site="camp", payload={"household": "H9"}, name="N 002")
        one.say("boarded", "P001", vehicle="B1", site="camp")
        one.say("referred", "P005", site="camp", payload={"hospital": "clinic"})
        one.say("missing", "P004", payload={"reason": "not seen"})
        one.say("found-unfit", "P001", payload={"reason": "fever"})
        one.say("token-given", "P001", payload={"token": "T-77"})
        one.say("incident", "I1", site="camp", payload={"kind": "shelling", "persons": ["P001"]})
        one.say("convoy-held", "main", payload={"reason": "no word yet"})
        positions = Positions(one.running)
        now_ms = one.running.clocks().wall_ms
        fixes = [Fix(lon_e7=366_000_000 + 100_000 * n, lat_e7=341_600_000, at_ms=now_ms - (60 - n) * 60_000)
                 for n in range(60)]  # fmt: skip
        for kept in positions.take("B1", "tracker", fixes).kept:
            kept.result(PATIENCE_S)
        yield one


@pytest.fixture(scope="module")
def material(live: Field) -> Material:
    return of_running(live.running, Positions(live.running), CHIEF)


def data(material: Material, format_: str, **said: Any) -> bytes:
    return b"".join(pieces(material, Asked(format=format_, recipient="clinic", **said)))


def people(material: Material, redaction: Any) -> dict[str, dict[str, Any]]:
    dataset = people_dataset(material, redaction)
    names = [column.name for column in dataset.columns]
    return {row[0]: dict(zip(names, row, strict=True)) for row in dataset.rows}


def test_people_are_told_by_list_plan_and_record(material: Material) -> None:
    full = people(material, "full")
    assert full["P001"] | {"since": None} == full["P001"] | {
        "since": None, "token": ("T-77",), "vehicle": "B1", "place": "B1", "status": "aboard", "household": "H1",
        "departs": material.at(PLAN.trips[-1].stops[0].depart_s) if PLAN.trips[-1].vehicle == "B1"
        else full["P001"]["departs"],
    }  # fmt: skip
    assert (full["P004"]["status"], full["P004"]["missing"]) == ("missing", True)
    assert (full["W001"]["name"], full["W001"]["needs"]) == (HARMFUL, ("stretcher",))
    assert full["P003"]["needs"] == ("wheelchair", "escort-needed")
    assert full["P009"]["status"] == "not-seen"
    medical = people(material, "medical")
    assert (medical["P005"]["referral"], medical["P005"]["hospital"], medical["P005"]["treatment_min"]) == (
        "out", "clinic", 60,
    )  # fmt: skip
    assert medical["P001"]["fit_to_travel"] is False
    assert medical["P001"]["age_band"]
    assert medical["P005"]["age_band"]
    assert {(medical[one]["name"], medical[one]["age_band"]) for one in ("P002", "P003", "W001")} == {(None, None)}
    assert full["P005"]["status"] == "away"


def test_who_is_at_a_hospital_is_placed_for_who_treats_alone(material: Material) -> None:
    assert material.state is not None
    kept = replace(material.state.people["P005"], place=Where("site", "clinic"), referral="retained")
    there = copy(material)
    there.state = replace(material.state, people={**material.state.people, "P005": kept})
    told = people(there, "full")["P005"]
    assert (told["place"], told["since"], told["status"]) == (None, None, "away")
    assert people(there, "medical")["P005"]["place"] == "clinic"
    assert people(there, "full")["P001"]["place"] == "B1"


def test_who_becomes_a_patient_is_named_to_who_treats(material: Material) -> None:
    assert material.state is not None
    sent = copy(material)
    sent.state = replace(material.state, people={
        **material.state.people, "W002": replace(material.state.people["W002"], referral="out"),
    })  # fmt: skip
    assert people(material, "medical")["W002"]["name"] is None
    assert people(sent, "medical")["W002"]["name"] == "N 002"


@pytest.mark.parametrize("redaction", REDACTIONS)
def test_nobody_is_shown_more_than_the_table_grants(material: Material, redaction: Any) -> None:
    columns = {column.name for column in people_dataset(material, redaction).columns}
    called = {"id": "code", "treatment_min": "treatment"}
    assert all(shows(redaction, called.get(name, name), patient=True) for name in columns)
    text = data(material, "xlsx", redaction=redaction)
    cells = {str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(text))["people"].iter_rows() for cell in row}
    # who treats is told the names of patients, and this is none
    assert ("N 002" in cells) == (redaction == "full")
    assert ("H9" in cells) == (redaction == "full")
    assert ("clinic" in cells and "out" in cells) == (redaction == "medical") or redaction == "full"
    assert not cells & {"claimed-a", "fever", "not seen"}


def test_a_workbook_holds_every_table_and_no_formula(material: Material) -> None:
    book = openpyxl.load_workbook(io.BytesIO(data(material, "xlsx", redaction="full")))
    assert book.sheetnames == ["people", "sites", "vehicles", "roads", "closures", "trips", "positions"]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert f"'{HARMFUL}" in {cell.value for row in book["people"].iter_rows() for cell in row}
    assert book["people"]["A1"].value == "for: clinic (full)"
    assert "SY0101" in {cell.value for row in book["sites"].iter_rows() for cell in row}
    assert HOSTILE in {cell.value for row in book["sites"].iter_rows() for cell in row}


def test_a_package_describes_the_files_beside_it(material: Material, tmp_path: Path) -> None:
    paths = write(material, Asked(format="datapackage", redaction="full", recipient="clinic"), tmp_path / "out")
    told = json.loads(paths[-1].read_bytes())
    assert {path.name for path in paths[:-1]} == {one["path"] for one in told["resources"]}
    for resource in told["resources"]:
        with (tmp_path / "out" / resource["path"]).open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file, strict=True)
        fields = resource["schema"]["fields"]
        assert head == [one["name"] for one in fields]
        for row in rows:
            for field_, cell in zip(fields, row, strict=True):
                assert cell or not field_.get("constraints", {}).get("required"), (resource["name"], field_, row)
                if cell and field_["type"] == "datetime":
                    assert datetime.fromisoformat(cell).tzinfo is not None
                if cell and "enum" in field_.get("constraints", {}):
                    assert cell in field_["constraints"]["enum"]
    assert told["recipient"] == "clinic"
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)


def test_tables_have_hashtags_and_are_a_folder(material: Material, tmp_path: Path) -> None:
    asked = Asked(format="csv", recipient="clinic")
    paths = write(material, asked, tmp_path)
    assert paths[0].read_text("utf-8-sig").splitlines()[1].startswith("#affected+code")
    with pytest.raises(UsageError, match="folder of files"):
        list(pieces(material, asked))
    with pytest.raises(UsageError, match="a file lies there"):
        write(material, asked, paths[0])


@pytest.mark.parametrize("name", [name for name, one in FORMATS.items() if one.ending and name != "pfif"])
def test_files_are_written_whole(material: Material, tmp_path: Path, name: str) -> None:
    redaction: Any = "medical" if name == "fhir" else "code-only"
    asked = Asked(format=name, redaction=redaction, recipient="clinic", about="closure:1")
    (path,) = write(material, asked, tmp_path / "deep" / "file")
    assert path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in path.parent.iterdir()] == ["file"]
    assert concerned(material, asked) == (12 if FORMATS[name].of_people else 0)


def test_a_workbook_that_cannot_be_made_leaves_nothing(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safepassage.exchange.tabular.MOST_ROWS", 1)
    with pytest.raises(UsageError):
        write(material, Asked(format="xlsx", recipient="clinic"), tmp_path / "file.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_shapes_hold_places_roads_routes_closures_and_tracks(material: Material) -> None:
    told = json.loads(data(material, "geojson"))
    kinds = [one["properties"]["what"] for one in told["features"]]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "site": len(OPERATION.sites), "road": len(OPERATION.links), "closure": 3, "route": len(PLAN.trips),
        "track": 1, "vehicle": 1,
    }  # fmt: skip
    last = told["features"][-1]
    assert last["properties"]["exactness"] == "exact"
    assert last["geometry"]["coordinates"] == [37.19, 34.16]
    assert "P001" not in json.dumps(told)


def test_tracks_and_routes_for_receivers(material: Material) -> None:
    found = gpxpy.parse(data(material, "gpx").decode())
    assert len(found.waypoints) == len(OPERATION.sites)
    assert {route.name for route in found.routes} == {trip.id for trip in PLAN.trips}
    assert [len(track.segments[0].points) for track in found.tracks] == [60]


def test_who_sees_no_live_positions_exports_late_and_coarse_ones(live: Field) -> None:
    seen = of_running(live.running, Positions(live.running), OBSERVER)
    now_ms = live.running.clocks().wall_ms
    assert not seen.exact
    assert all(fix.at_ms <= now_ms - DELAY_MS and fix.accuracy_m == CELL_M for fix in seen.tracks["B1"])
    assert 0 < len(seen.tracks["B1"]) < 12
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.ParseFromString(data(seen, "gtfs-realtime"))
    assert feed.entity[0].vehicle.position.longitude != pytest.approx(37.19, abs=1e-3)
    assert late_and_coarse((), now_ms) == ()


def test_vehicles_for_control_rooms(material: Material) -> None:
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.ParseFromString(data(material, "gtfs-realtime"))
    (entity,) = feed.entity
    assert (entity.id, entity.vehicle.vehicle.label) == ("B1", "White bus")
    assert entity.vehicle.position.longitude == pytest.approx(37.19, abs=1e-4)
    assert feed.header.timestamp == int(material.made.timestamp())


def test_alerts_are_made_of_what_is_closed_held_and_happened(material: Material) -> None:
    made = subjects(material)
    assert made == ["closure:1", "closure:2", "closure:3", "incident:I1", "hold:main"]
    for about in made:
        text = data(material, "cap", about=about, domain="relief.example.org", exercise=about == "closure:2")
        SCHEMA.validate(text.decode())
        told = read_alert(text)
        assert [info.language for info in told.infos] == ["en", "fr", "ar"]
        assert len({info.headline for info in told.infos}) == 3
        assert (told.scope, told.addresses) == ("Private", ("clinic",))
        assert told.status == ("Exercise" if about == "closure:2" else "Actual")
        assert b"P001" not in text
        assert bool(told.infos[0].areas) == (about != "hold:main")
    assert b"SY0101" in data(material, "cap", about="incident:I1")


@pytest.mark.parametrize(
    ("about", "recipient", "why"),
    [("closure:9", "clinic", "closure:1"), ("", "clinic", "no alert"), ("closure:1", "", "name the recipient")],
)
def test_alerts_that_cannot_be_made_say_why(material: Material, about: str, recipient: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        alert(material, about, recipient, sender="")


def test_an_alert_of_another_proposes_closures(material: Material) -> None:
    one = read_alert(data(material, "cap", about="closure:2"))
    proposal = closures_of(one, material)
    (shape,) = proposal.shapes
    assert len(shape.points) == 4
    assert shape.said["until"] == material.at(7200).isoformat()
    assert str(shape.said["source"]).startswith("assumption: ")
    assert proposal.remarks == ()
    open_ended = replace(
        one, type="Update", status="Test", references="x",
        infos=(Info(event="Flood", areas=(Area(description="", polygons=(AREA,)),)),),
    )  # fmt: skip
    again = closures_of(read_alert(alert_file(open_ended)), material)
    assert again.shapes[0].said["until"] == material.at(OPERATION.limits.horizon_s).isoformat()
    assert len(again.remarks) == 3
    over = replace(one.infos[0], expires=material.at(0))
    far = replace(one.infos[0], expires=datetime.fromisoformat("9999-12-31T23:59:59-23:59"))
    (shape,) = closures_of(replace(one, infos=(far,)), material).shapes
    assert shape.said["until"] == material.at(OPERATION.limits.horizon_s).isoformat()
    with pytest.raises(UsageError, match="over before"):
        closures_of(replace(one, infos=(over,)), material)
    with pytest.raises(UsageError, match="no area"):
        closures_of(replace(one, infos=()), material)
    with pytest.raises(UsageError, match="Cancel"):
        closures_of(replace(one, type="Cancel"), material)


def consents(material: Material, **until: str) -> dict[str, Consented]:
    rows = "".join(f"{code},{text},\r\n" for code, text in until.items())
    return read_consents(f"id,until,by\r\n{rows}".encode(), material)


def records(material: Material, given: dict[str, Consented]) -> bytes:
    return data(material, "pfif", redaction="full", consents=given, domain="relief.example.org")


def test_records_are_of_those_alone_who_said_so(material: Material) -> None:
    day = f"{material.made + timedelta(days=20):%Y-%m-%d}"
    text = records(material, consents(material, W002=day, P004=f"{day}T12:00:00"))
    found = read_pfif(text, material.made)
    assert [(one.record, one.notes[0].status) for one in found] == [
        ("relief.example.org/P004", "believed_missing"), ("relief.example.org/W002", "believed_alive"),
    ]  # fmt: skip
    assert b"W001" not in text
    assert b"camp" not in text
    later = read_pfif(text, material.made + timedelta(days=40))
    assert all(one.is_tombstone for one in later)
    assert concerned(material, Asked(format="pfif", consents=consents(material, W002=day))) == 1


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (b"", "columns id and until"), (b"\xff", "UTF-8"), (b"id\r\nP001", "columns"),
        (b"id,until\r\nP001,soon", "expected a date"), (b"id,until\r\nP001,2999-01-01", "365 days"),
    ],
)  # fmt: skip
def test_lists_of_consents_that_are_none_are_refused(material: Material, rows: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_consents(rows, material)


def test_records_are_refused_where_a_consent_is_not_enough(material: Material) -> None:
    day = f"{material.made + timedelta(days=20):%Y-%m-%d}"
    for code, why in (("P001", "without a name"), ("X9", "nobody of this code")):
        with pytest.raises(UsageError, match=why):
            records(material, consents(material, **{code: day}))
    person = replace(OPERATION.people[1], name="N 002")
    child = Material(replace(OPERATION, people=(person,)), None, material.made)
    with pytest.raises(UsageError, match="which adult"):
        records(child, consents(material, P002=day))
    spoken = {"P002": Consented(until=material.made + timedelta(days=1), by="P001")}
    assert [one.notes for one in read_pfif(records(child, spoken), material.made)] == [()]


def test_referrals_are_valid_and_hold_codes_alone(material: Material) -> None:
    text = data(material, "fhir", redaction="medical")
    bundle = Bundle.model_validate_json(text)
    assert bundle is not None
    told = json.loads(text)["entry"]
    kinds = [one["resource"]["resourceType"] for one in told]
    assert kinds == ["Location", "Patient", "ServiceRequest", "Encounter"]
    assert told[3]["resource"]["status"] == "in-progress"
    assert b"N 002" not in text
    planned = Material(OPERATION, PLAN, material.made)
    again = json.loads(data(planned, "fhir", redaction="medical"))["entry"]
    assert again[-1]["resource"]["status"] == "planned"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked(format="ods"), "no format"), (Asked(format="xlsx"), "name the recipient"),
        (Asked(format="fhir", recipient="x"), "medical"), (Asked(format="pfif", recipient="x"), "consents"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(asked: Asked, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        check(asked)


def test_after_erasure_an_export_holds_the_code_alone() -> None:
    with field() as one:
        one.at(3600)
        one.say("walked-in", "W002", site="camp", payload={"household": "H9"}, name="N 002")
        before = of_running(one.running, Positions(one.running), CHIEF)
        assert people(before, "full")["W002"]["name"] == "N 002"
        for code in ("W002", "P004"):
            erased = KeyDestroyed(reason="asked")
            one.running.record("key-destroyed", subject=code, payload=erased).result(PATIENCE_S)
            one.running.person_keys.destroy(code)
        after = of_running(one.running, Positions(one.running), CHIEF)
        for redaction, code in itertools.product(REDACTIONS, ("W002", "P004")):
            said = {name: value for name, value in people(after, redaction)[code].items() if value is not None}
            assert said == {"id": code, "key_destroyed": True}
        text = b"".join(data(after, name, redaction=how) for name, how in (("xlsx", "full"), ("fhir", "medical")))
        assert b"N 002" not in text
        day = f"{after.made + timedelta(days=20):%Y-%m-%d}"
        (record,) = read_pfif(records(after, consents(after, W002=day)), after.made)
        assert record.is_tombstone


def test_what_the_folder_does_not_hold_is_left_out(material: Material) -> None:
    closures = (Closure(link="gone", from_s=0, until_s=60), CLOSED[2])  # type: ignore[arg-type]
    trips = tuple(
        replace(trip, stops=tuple(replace(stop, route=("gone", *stop.route)) for stop in trip.stops))
        for trip in PLAN.trips
    )
    odd = Material(
        replace(OPERATION, closures=closures), replace(PLAN, trips=trips), material.made,
        tracks=({"B1": (), "B2": material.tracks["B1"][:1]}, True),
    )  # fmt: skip
    told = json.loads(data(odd, "geojson"))["features"]
    kinds = [one["properties"]["what"] for one in told]
    assert (kinds.count("closure"), kinds.count("track"), kinds.count("vehicle")) == (1, 0, 1)
    assert kinds.count("route") == len(PLAN.trips)
    assert read_alert(data(odd, "cap", about="closure:1")).infos[0].areas[0].polygons == ()
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.ParseFromString(data(odd, "gtfs-realtime"))
    assert [entity.id for entity in feed.entity] == ["B2"]


def test_a_consent_until_an_instant_ends_then(material: Material) -> None:
    until = material.made + timedelta(days=2)
    assert consents(material, P001=until.isoformat())["P001"].until == until
