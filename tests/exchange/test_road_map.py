"""The road map of a folder: found or named, hashed, told; and what it changes for entries that name roads."""

# Plain texts stand for typed ids in what is compared here.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from exchange.mapped import CORRECTIONS, DRAWN, EXTRACT, put
from exchange.small import SETTINGS, TABLES, Make, found, only, read_only, write_csv
from exchange.uncertain_entries import CUT, DRIVE
from safepassage.exchange import folder, road_maps
from safepassage.exchange.folder import Mapping, Reading
from safepassage.exchange.template import write_template
from safepassage.model.errors import Place
from safepassage.model.operation import Operation
from safepassage.model.places import RoadMap
from safepassage.model.uncertainty import RoadCut

NAMED = '[roads]\nfile = "area.osm.pbf"\n'
AT_CUT = CUT.replace("link = 'R1'", "at = [36.75, 34.5]")


def sound(reading: Reading) -> Operation:
    assert reading.faults == (), [str(fault) for fault in reading.faults]
    assert reading.operation is not None
    return reading.operation


def codes(reading: Reading) -> list[str]:
    return [fault.code for fault in reading.faults]


def test_the_only_extract_is_the_road_map(make: Make) -> None:
    path = put(make(roads=None))
    reading = folder.read(path)
    operation = sound(reading)
    assert operation.links == ()
    assert operation.road_map == RoadMap(file="area.osm.pbf", sha256=hashlib.sha256(EXTRACT).hexdigest())
    assert operation.road_map.reach_m == 2000
    assert reading.road_map_path == path / "area.osm.pbf"
    told = Mapping(table="roads", file="area.osm.pbf", sheet="", header_row=0, columns={}, ignored=())
    assert reading.mappings[-1] == told
    assert "roads" not in reading.tables


@pytest.mark.parametrize("name", ["roads.geojson", "Routes.GeoJSON", "طرق.geojson"])
def test_lines_named_as_the_roads_are_the_road_map(make: Make, name: str) -> None:
    path = put(put(make(roads=None), name, DRAWN), "camps.geojson", DRAWN)
    operation = sound(folder.read(path))
    assert operation.road_map is not None
    assert operation.road_map.file == name


def test_an_extract_goes_before_lines_and_the_english_name_before_others(make: Make) -> None:
    path = put(put(make(roads=None), "roads.geojson", DRAWN), "routes.geojson", DRAWN)
    assert road_maps.lying_maps(path) == ["roads.geojson"]
    put(path, ".hidden.osm.pbf")
    assert road_maps.lying_maps(path) == ["roads.geojson"]
    put(path, "B.OSM.PBF")
    assert road_maps.lying_maps(path) == ["B.OSM.PBF"]


def test_a_table_of_roads_wins_over_a_map_that_is_not_named(make: Make) -> None:
    operation = sound(folder.read(put(make())))
    assert [link.id for link in operation.links] == ["R1"]
    assert operation.road_map is None
    assert folder.read(put(make('[tables]\nroads = "roads.csv"\n'))).road_map_path is None


def test_a_named_table_that_is_not_there_is_not_replaced_by_a_map(make: Make) -> None:
    reading = folder.read(put(make('[tables]\nroads = "links.csv"\n', roads=None)))
    assert found(reading) == [("no-such-file", "links.csv")]


def test_everything_that_roads_may_say(make: Make) -> None:
    text = '[roads]\nfile = "sub/area.osm.pbf"\ntracks = true\nreach_km = 0.5\nsource = "assumption: x"\n'
    path = make(text, roads=None)
    (path / "sub").mkdir()
    put(path / "sub")
    operation = sound(folder.read(path))
    digest = hashlib.sha256(EXTRACT).hexdigest()
    assert operation.road_map == RoadMap(
        file="sub/area.osm.pbf", sha256=digest, tracks=True, reach_m=500, source="assumption: x"
    )


def test_options_of_a_map_that_is_found(make: Make) -> None:
    operation = sound(folder.read(put(make("[roads]\ntracks = true\n", roads=None))))
    assert operation.road_map is not None
    assert operation.road_map.tracks


def test_a_named_map_leaves_a_table_beside_it_unread_and_says_so(make: Make) -> None:
    reading = folder.read(put(make(NAMED, roads=[["nonsense"]])))
    fault = only(reading)
    assert (fault.code, fault.severity, fault.place) == ("table-and-map", "warning", Place(file="roads.csv"))
    assert reading.operation is not None
    assert reading.operation.road_map is not None


def test_a_named_map_leaves_a_sheet_of_roads_unread_and_says_so(tmp_path: Path) -> None:
    write_template(tmp_path, workbook=True)
    settings = (tmp_path / "operation.toml").read_text("utf-8")
    (tmp_path / "operation.toml").write_text(f"{settings}\n{NAMED}", "utf-8")
    reading = folder.read(put(tmp_path))
    assert ("table-and-map", 'tables.xlsx > sheet "roads"') in found(reading)
    assert reading.road_map_path == tmp_path / "area.osm.pbf"


def test_a_table_and_a_map_cannot_both_be_named(make: Make) -> None:
    fault = read_only(put(make('[tables]\nroads = "roads.csv"\n' + NAMED)))
    assert (fault.code, fault.severity, fault.place.cell) == ("table-and-map", "error", "roads.file")


def test_several_maps_are_named_in_the_fault(make: Make) -> None:
    fault = read_only(put(put(make(roads=None)), "other.osm.pbf"))
    assert (fault.code, fault.place) == ("several-road-maps", Place(file="other.osm.pbf"))
    assert "area.osm.pbf" in fault.what
    path = make(NAMED, roads=None)
    assert sound(folder.read(path)).road_map is not None


def test_neither_a_table_nor_a_map(make: Make) -> None:
    fault = read_only(make(roads=None))
    assert fault.code == "missing-table"
    assert "road map" in fault.expected


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ('"area.osm.bz2"', "unknown-file-type", "operation.toml > roads.file"),
        ('"none.osm.pbf"', "no-such-file", "none.osm.pbf"),
        ('"../area.osm.pbf"', "outside-folder", "../area.osm.pbf"),
        ('"C:\\\\area.osm.pbf"', "outside-folder", "C:\\area.osm.pbf"),
        ("[1]", "not-text", "operation.toml > roads.file"),
        ("true", "not-text", "operation.toml > roads.file"),
        ('"\\u202Earea.osm.pbf"', "hidden-character", "operation.toml > roads.file"),
    ],
)
def test_bad_names(make: Make, value: str, code: str, place: str) -> None:
    reading = folder.read(make(f"[roads]\nfile = {value}\n", roads=None))
    assert (code, place) in found(reading)
    assert reading.operation is None
    assert reading.road_map_path is None


def test_no_name_is_a_map_that_is_found(make: Make) -> None:
    assert sound(folder.read(put(make('[roads]\nfile = ""\n', roads=None)))).road_map is not None


def test_a_road_map_named_as_a_table_is_told_where_it_belongs(make: Make) -> None:
    fault = read_only(put(make('[tables]\nroads = "area.osm.pbf"\n', roads=None)))
    assert (fault.code, fault.remedy) == ("unknown-file-type", "this is a road map: name it in [roads] file")


@pytest.mark.parametrize(
    ("text", "code", "cell"),
    [
        ("[roads]\ncolour = 1\n", "unknown-key", "roads.colour"),
        ("[roads]\nreach_m = 0\n", "out-of-range", "roads.reach_m"),
        ("[roads]\nreach_km = 51\n", "out-of-range", "roads.reach_km"),
        ("[roads]\nreach = 2\n", "unknown-key", "roads.reach"),
        ('[roads]\ntracks = "maybe"\n', "unknown-word", "roads.tracks"),
        ('[roads]\nsource = "hearsay"\n', "unknown-source", "roads.source"),
        ('roads = "area.osm.pbf"\n', "not-a-list", "roads"),
    ],
)
def test_faults_of_roads_stand_at_their_key(make: Make, text: str, code: str, cell: str) -> None:
    fault = read_only(put(make(settings=text + SETTINGS if text.startswith("roads") else SETTINGS + text, roads=None)))
    assert (fault.code, fault.place) == (code, Place(file="operation.toml", cell=cell))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.osm.pbf", b"", "not-a-road-map"),
        ("a.osm.pbf", b"<!DOCTYPE html><title>404</title>", "not-a-road-map"),
        ("roads.geojson", b"", "not-a-road-map"),
        ("roads.geojson", b'{"type": "FeatureCollection", "features": []}', "not-a-road-map"),
        ("roads.geojson", b'[["LineString"]]', "not-a-road-map"),
    ],
)
def test_what_is_no_road_map(make: Make, name: str, content: bytes, code: str) -> None:
    fault = read_only(put(make(roads=None), name, content))
    assert (fault.code, fault.place) == (code, Place(file=name))


@pytest.mark.parametrize("at", [0, 4, 9, 10, 11, 500])
def test_a_line_is_seen_wherever_the_pieces_end(make: Make, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(road_maps, "_CHUNK", 16)
    drawn = b'\xef\xbb\xbf {"' + b"x" * at + b'": "MultiLineString"}'
    assert sound(folder.read(put(make(roads=None), "roads.geojson", drawn))).road_map is not None


@pytest.mark.parametrize(
    ("name", "bound", "content"),
    [("a.osm.pbf", "MAX_EXTRACT_BYTES", EXTRACT), ("roads.geojson", "MAX_GEOJSON_BYTES", DRAWN)],
)
def test_size_is_bounded(make: Make, monkeypatch: pytest.MonkeyPatch, name: str, bound: str, content: bytes) -> None:
    path = put(make(roads=None), name, content)
    monkeypatch.setattr(road_maps, bound, len(content))
    assert folder.read(path).faults == ()
    monkeypatch.setattr(road_maps, bound, len(content) - 1)
    assert read_only(path).code == "too-large"


@pytest.mark.parametrize("name", ["baltimore", "helsinki", "liechtenstein"])
def test_real_extracts_look_like_road_maps(make: Make, name: str) -> None:
    extract = Path(__file__).parents[3] / "shared" / "data" / "osm" / f"{name}.osm.pbf"
    if not extract.exists():
        pytest.skip("the real extracts are not beside this repository")
    content = extract.read_bytes()
    operation = sound(folder.read(put(make(roads=None), extract.name, content)))
    assert operation.road_map == RoadMap(file=extract.name, sha256=hashlib.sha256(content).hexdigest())


def test_links_and_folders_are_no_road_map(make: Make, tmp_path: Path) -> None:
    path = make(roads=None)
    (path / "area.osm.pbf").symlink_to(tmp_path / "elsewhere.osm.pbf")
    assert read_only(path).code == "outside-folder"
    (path / "area.osm.pbf").unlink()
    (path / "area.osm.pbf").mkdir()
    assert read_only(path).code == "not-a-file"


def test_a_file_that_may_not_be_read(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(make(roads=None))
    opened = Path.open

    def refuse(self: Path, *args: object, **more: object) -> object:
        if self.name == "area.osm.pbf":
            raise PermissionError(13, os.strerror(13))
        return opened(self, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    assert read_only(path).code == "unreadable-file"


def test_the_hash_covers_the_map_and_only_where_it_is_used(make: Make) -> None:
    path = put(make(roads=None))
    first = sound(folder.read(path)).sha256
    put(path, content=EXTRACT + b"x")
    second = sound(folder.read(path)).sha256
    (path / "area.osm.pbf").rename(path / "town.osm.pbf")
    third = sound(folder.read(path)).sha256
    assert len({first, second, third}) == 3
    with_table = sound(folder.read(make())).sha256
    put(path, "town.osm.pbf", EXTRACT)
    assert sound(folder.read(path)).sha256 == with_table


def variant(base: Path, text: str) -> Path:
    path = base / "variant"
    path.mkdir()
    (path / "operation.toml").write_text(f'extends = ".."\n{text}', encoding="utf-8")
    return path


@pytest.mark.parametrize("text", ["", NAMED])
def test_the_map_of_the_base(make: Make, text: str) -> None:
    base = put(make(text, roads=None))
    reading = folder.read(variant(base, "[roads]\nreach_m = 300\n[limits]\nrest_min = 1\n"))
    operation = sound(reading)
    assert operation.road_map is not None
    assert (operation.road_map.file, operation.road_map.reach_m) == ("../area.osm.pbf", 300)
    assert reading.road_map_path == base / "area.osm.pbf"
    assert reading.place("road_map", "", "reach_m") == Place(file="operation.toml", cell="roads.reach_m")
    name_in = "../operation.toml" if text else "operation.toml"
    assert reading.place("road_map", "", "file") == Place(file=name_in, cell="roads.file")


def test_a_variant_brings_its_own_map_or_table(make: Make) -> None:
    base = put(make('[tables]\nroads = "roads.csv"\n'))
    path = put(variant(base, NAMED))
    operation = sound(folder.read(path))
    assert operation.road_map is not None
    assert operation.road_map.file == "area.osm.pbf"
    (base / "operation.toml").write_text(SETTINGS + NAMED, "utf-8")
    (base / "roads.csv").unlink()
    (path / "operation.toml").write_text('extends = ".."\n[tables]\nroads = "links.csv"\n', "utf-8")
    write_csv(path / "links.csv", TABLES["roads"])
    assert [link.id for link in sound(folder.read(path)).links] == ["R1"]


def test_a_map_lying_in_a_variant_takes_the_place_of_the_table_of_its_base(make: Make) -> None:
    operation = sound(folder.read(put(variant(make(), ""))))
    assert operation.links == ()
    assert operation.road_map is not None


def test_a_map_lying_in_a_variant_gives_way_to_the_table_that_its_base_names(make: Make) -> None:
    operation = sound(folder.read(put(variant(make('[tables]\nroads = "roads.csv"\n'), ""))))
    assert [link.id for link in operation.links] == ["R1"]


def test_a_fault_of_the_source_stands_in_the_file_that_gives_it(make: Make) -> None:
    base = put(make('[roads]\ntracks = true\nsource = "hearsay"\n', roads=None))
    fault = read_only(variant(base, "[roads]\ntracks = false\nreach_m = 5\n"))
    assert fault.place == Place(file="../operation.toml", cell="roads.source")


def test_what_is_for_a_map_is_told_where_a_table_is_read(make: Make) -> None:
    reading = folder.read(make("[roads]\ntracks = true\n", corrections=CORRECTIONS))
    assert found(reading) == [("no-road-map", "operation.toml > roads"), ("no-road-map", "corrections.csv > A2")]
    assert {fault.severity for fault in reading.faults} == {"warning"}
    assert reading.operation is not None


AREA = "[[parties]]\nid = 'holder'\n[[clauses]]\nid = 'zone'\nkind = 'area'\nparty = 'holder'\n"
CONSENT = AREA.replace("'area'", "'consent'")


@pytest.mark.parametrize(
    ("entry", "code", "cell", "instead"),
    [
        (AREA + "links = ['R1', 'R2']\n", "link-of-road-map", "clauses.zone.links", "polygon"),
        (CONSENT + "links = ['R1']\n", "link-of-road-map", "clauses.zone.links", "polygon"),
        (CONSENT, "empty-clause", "clauses.zone.polygon", "polygon"),
        (DRIVE + "subject = 'R1'\n", "link-of-road-map", "uncertainties.drive.R1.subject", "all roads"),
        (CUT, "link-of-road-map", "incidents.cut.link", "point"),
        (CUT.replace("link = 'R1'\n", ""), "missing-value", "incidents.cut.at", "[lon, lat]"),
        (AT_CUT.replace("[36.75, 34.5]", "[200, 34.5]"), "out-of-range", "incidents.cut.at", "lon from"),
        (AT_CUT.replace("[36.75, 34.5]", "36.75"), "not-a-shape", "incidents.cut.at", "[lon, lat]"),
        (AT_CUT.replace("[36.75, 34.5]", "[36.75]"), "not-a-shape", "incidents.cut.at", "[lon, lat]"),
        (AT_CUT.replace("[36.75, 34.5]", "[36.75, nan]"), "not-a-shape", "incidents.cut.at", "[lon, lat]"),
        (AT_CUT.replace("[36.75, 34.5]", "[36.75, '34.5']"), "not-a-shape", "incidents.cut.at", "[lon, lat]"),
    ],
)
def test_roads_of_a_map_cannot_be_named(make: Make, entry: str, code: str, cell: str, instead: str) -> None:
    fault = read_only(put(make(entry, roads=None)))
    assert (fault.code, fault.place) == (code, Place(file="operation.toml", cell=cell))
    assert instead in fault.expected


def test_a_closure_of_a_road_of_a_map_is_told_at_its_cell(make: Make) -> None:
    rows = [["from", "until", "link"], ["07:00", "08:00", "R1"], ["07:00", "08:00", "R2"]]
    reading = folder.read(put(make(roads=None, closures=rows)))
    assert found(reading) == [("link-of-road-map", "closures.csv > C2"), ("link-of-road-map", "closures.csv > C3")]
    assert "polygon" in reading.faults[0].expected


def test_what_is_drawn_is_read_on_a_map(make: Make) -> None:
    rows = [["from", "until", "polygon", "line"], ["07:00", "08:00", "POLYGON ((1 1, 2 1, 2 2))", ""]]
    rows.append(["07:00", "08:00", "", "LINESTRING (1 1, 2 1)"])
    corners = "polygon = [[1, 1], [2, 1], [2, 2]]\n"
    other = AREA[AREA.index("[[clauses]]") :].replace("zone", "other")
    operation = sound(folder.read(put(make(CONSENT + corners + other + corners, roads=None, closures=rows))))
    assert [bool(one.polygon) for one in operation.closures] == [True, False]
    assert [len(clause.polygon) for clause in operation.clauses] == [3, 3]  # type: ignore[union-attr]


def test_a_polygon_that_cannot_be_read_is_told_once(make: Make) -> None:
    fault = read_only(put(make(CONSENT + "polygon = 'round here'\n", roads=None)))
    assert fault.code == "not-a-shape"


def test_a_cut_on_a_map_and_all_roads_are_read(make: Make) -> None:
    operation = sound(folder.read(put(make(AT_CUT + DRIVE + "times = { mode = 2 }\n", roads=None))))
    (cut,) = operation.uncertain.incidents
    assert isinstance(cut, RoadCut)
    assert (cut.link, cut.at) == ("", (36.75, 34.5))
    assert [one.subject for one in operation.uncertain.durations] == [""]


@pytest.mark.parametrize(
    ("entry", "code", "cell"),
    [
        (AT_CUT, "no-road-map", "incidents.cut.at"),
        (AT_CUT + "link = 'R1'\n", "no-road-map", "incidents.cut.at"),
        (CUT.replace("'R1'", "''"), "missing-value", "incidents.cut.link"),
        (CUT.replace("'R1'", "[]"), "not-text", "incidents.cut.link"),
    ],
)
def test_a_cut_of_a_table_names_its_road(make: Make, entry: str, code: str, cell: str) -> None:
    fault = read_only(make(entry))
    assert (fault.code, fault.place.cell, fault.severity) == (code, cell, "error")
