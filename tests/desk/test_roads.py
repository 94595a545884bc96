"""A look at the roads of an operation: legs, ways, closures, plans; on a drawn map and on a table of links."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from desk.town import MILL_LANE, NEW_BRIDGE, OLD_BRIDGE, town
from safepassage.desk.roads import Asked, look
from safepassage.exchange.plan_file import write_plan
from safepassage.model.errors import InputError, UsageError
from safepassage.model.ids import LinkId, SiteId, TripId, VehicleId
from safepassage.model.plan import Load, Plan, Solver, Stop, Trip
from safepassage.roads.outlook import Leg, Outlook

CASE = Path(__file__).parents[2] / "examples" / "qalamoun-2017"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "osm" / "helsinki.osm.pbf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return town(tmp_path / "op")


def seen(folder: Path, *closures: str, **more: Any) -> Outlook:
    return look(folder, Asked(closures=closures, **more)).outlook


def leg(outlook: Outlook, start: str, end: str) -> Leg:
    return next(one for one in outlook.legs if (one.start, one.end) == (start, end))


def test_every_pair_of_sites_is_a_leg_and_every_site_is_joined(folder: Path) -> None:
    found = seen(folder)
    assert len(found.legs) == 5 * 4
    assert [(one.start, one.end) for one in found.legs] == sorted((one.start, one.end) for one in found.legs)
    assert (found.unjoined, found.cut_off, len(found.closures), len(found.broken)) == ((), (), 0, 0)
    assert (found.driver.vehicle, found.driver.kind) == ("bus1", "bus")
    assert {str(one.site): one.road for one in found.joints}["hall"] == "East road"
    assert all(one.distance_m is not None and 4 < one.distance_m < 8 for one in found.joints)
    assert (found.roads.file, found.roads.source) == ("roads.geojson", "")
    assert found.roads.length_km == pytest.approx(5.6, abs=0.1)


def test_a_leg_takes_the_same_as_the_way_in_directions(folder: Path) -> None:
    for start, end in (("market", "hall"), ("school", "mill"), ("mill", "yard")):
        found = seen(folder, ends=(start, end))
        assert found.between is not None
        (way,) = found.between.ways
        (drive,) = leg(found, start, end).ways
        assert way.travel_s == pytest.approx(drive.travel_s, abs=len(drive.links))
        assert way.length_m == pytest.approx(drive.length_m, abs=len(drive.links))
        assert sum(stage.length_m for stage in way.stages) == pytest.approx(way.length_m, abs=1)


def test_another_vehicle_takes_its_own_time(folder: Path) -> None:
    assert seen(folder, vehicle="car1").driver.kind == "car"
    with pytest.raises(UsageError, match=r'no vehicle "tram"; there are bus1, car1$'):
        seen(folder, vehicle="tram")


def test_directions_name_roads_turns_bridges_and_what_is_passed(folder: Path) -> None:
    found = seen(folder, ends=("school", "hall"))
    assert found.between is not None
    stages = found.between.ways[0].stages
    assert [(one.turn, one.name) for one in stages] == [
        ("start", "Quay"), ("right", "Old bridge"), ("left", "East road"),
    ]  # fmt: skip
    assert stages[0].heading == "n"
    assert [one.marks for one in stages] == [(), ("bridge",), ()]
    assert stages[1].from_m == pytest.approx(200, abs=5)
    past = seen(folder, NEW_BRIDGE, ends=("market", "mill")).between
    assert past is not None
    assert past.closed is not None
    assert [site for one in past.closed[0].stages for site in one.passes] == ["yard", "hall"]


def test_alternatives_go_another_way(folder: Path) -> None:
    between = seen(folder, ends=("yard", "hall"), alternatives=2).between
    assert between is not None
    bridges = [[one.name for one in way.stages if one.marks] for way in between.ways]
    assert sorted(bridges) == [["New bridge"], ["Old bridge"]]
    assert between.ways[0].travel_s <= between.ways[1].travel_s
    assert between.ways[1].share < 0.7


def test_the_weak_stretches_are_those_without_another_way(folder: Path) -> None:
    between = seen(folder, ends=("market", "mill")).between
    assert between is not None
    (way,) = between.ways
    assert way.weak[0].extra_s is None
    assert way.weak[0].names == ("East road", "Mill lane")
    assert way.locked_m == pytest.approx(2440, abs=30)
    bridge = next(one for one in way.weak if "bridge" in one.marks)
    assert bridge.names == ("New bridge",)
    # what it costs is what closing it does
    closed = seen(folder, bridge.what, ends=("market", "mill")).between
    assert closed is not None
    assert closed.closed is not None
    assert closed.closed[0].travel_s - way.travel_s == pytest.approx(bridge.extra_s, abs=1)
    assert seen(folder, way.weak[0].what).cut_off == ("mill",)


def test_a_closed_bridge_makes_legs_longer_and_cuts_nobody_off(folder: Path) -> None:
    found = seen(folder, NEW_BRIDGE)
    assert found.cut_off == ()
    lost = [one.later_s or 0 for one in found.legs]
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > 100
    same = leg(found, "school", "hall")
    assert same.later_s == 0
    assert same.closed == same.ways
    assert [one.name for one in look(folder, Asked()).operation.links if one.id in found.closures[0].links] == [
        "New bridge"
    ]


def test_both_bridges_closed_part_the_town_and_the_smaller_part_is_named(folder: Path) -> None:
    found = seen(folder, OLD_BRIDGE, NEW_BRIDGE)
    assert found.cut_off == ("hall", "mill")
    assert leg(found, "school", "hall").later_s is None
    assert leg(found, "hall", "mill").later_s == 0
    assert found.legs[0].later_s is None


def test_a_link_may_be_closed_by_its_name_and_a_ring_closes_what_it_holds(folder: Path) -> None:
    links = {one.name: one.id for one in look(folder, Asked()).operation.links}
    by_name, by_line = seen(folder, links["New bridge"]), seen(folder, NEW_BRIDGE)
    assert [one.later_s for one in by_name.legs] == [one.later_s for one in by_line.legs]
    ring = seen(folder, "24.0095,60.015;24.0105,60.015;24.0105,60.016;24.0095,60.016;24.0095,60.015")
    assert ring.closures[0].closure.polygon
    assert ring.cut_off == ("mill",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("old-bridge", "there is no link"),
        ("200,60;200,61", "longitude, then latitude"),
        (f"{NEW_BRIDGE}@noon..13:00", '"noon" is no time; write 18:30'),
        (f"{NEW_BRIDGE}@2026-03-14T13:00..2026-03-14T12:00", "ends before it begins"),
        ("1;2", "there is no link"),
    ],
)
def test_a_closure_that_means_nothing_says_what_to_write(folder: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        seen(folder, text)


@pytest.mark.parametrize(
    ("span", "from_h", "until_h"),
    [
        ("09:00..18:00", 1, 10),
        ("18:00..09:00", 10, 25),
        ("07:00..", 23, None),
        ("..12:30", None, 4.5),
        ("2026-03-15T08:00..2026-03-15T09:00+02:00", 24, 25),
    ],
)
def test_times_are_those_of_the_operations_clock(
    folder: Path, span: str, from_h: float | None, until_h: float | None
) -> None:
    (one,) = seen(folder, f"{OLD_BRIDGE}@{span}").closures
    told = json.loads(look(folder, Asked(closures=(f"{OLD_BRIDGE}@{span}",))).file())["closures"][0]["closure"]
    hours = [None if told[key] is None else told[key] / 3600 for key in ("from_s", "until_s")]
    assert hours == [from_h, until_h]
    assert not one.lasting


def test_a_bridge_under_consent_is_told_with_its_hours_and_whose_they_are(tmp_path: Path) -> None:
    found = seen(town(tmp_path / "op", consent=True), ends=("market", "hall"))
    assert found.between is not None
    gated = [one for one in found.between.ways[0].stages if one.open is not None]
    assert [(one.name, one.clauses) for one in gated] == [("New bridge", ("bridge-hours",))]
    assert gated[0].open is not None
    assert (gated[0].open[0].from_s, gated[0].open[0].until_s) == (0, 3 * 3600)
    first, second = leg(found, "market", "hall").ways
    assert first.open is not None
    assert second.open is None
    assert first.travel_s < second.travel_s


def test_a_site_without_a_road_is_told_and_stops_nothing(tmp_path: Path) -> None:
    looked = look(town(tmp_path / "op", ferry=True), Asked())
    assert looked.outlook.unjoined == ("ferry-house",)
    assert looked.is_cut
    assert leg(looked.outlook, "school", "ferry-house").ways == ()
    (fault,) = [one for one in looked.outlook.faults if one.code == "site-off-road"]
    assert (fault.severity, fault.place.file) == ("error", "sites.csv")
    between = seen(tmp_path / "op", ends=("school", "ferry-house")).between
    assert between is not None
    assert between.ways == ()


@pytest.mark.parametrize(
    ("ends", "words"),
    [(("school", "moon"), 'no site "moon"; there are school, market'), (("mill", "mill"), "begins and ends")],
)
def test_ways_are_between_two_sites(folder: Path, ends: tuple[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        seen(folder, ends=ends)


def test_a_folder_or_a_correction_that_cannot_be_read_is_bad_input(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        seen(tmp_path / "nowhere")
    header = "id,action,way,line,author,reason,source\n"
    row = 'c1,remove,,"LINESTRING (25 61, 25.1 61)",somebody,gone,assumption: exercise\n'
    (folder / "corrections.csv").write_text(header + row, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        seen(folder)
    assert [fault.code for fault in caught.value.faults] == ["correction-hits-nothing"]


def _stop(site: str, route: tuple[LinkId, ...], at_s: int) -> Stop:
    return Stop(
        site=SiteId(site), route=route, arrive_s=at_s, start_s=at_s, end_s=at_s, depart_s=at_s, load=Load()
    )  # fmt: skip


def plan_of(folder: Path, tmp_path: Path, *ends: str) -> Path:
    """Write a plan in which the bus drives from stop to stop."""
    looked = look(folder, Asked())
    operation, at_s = looked.operation, 0
    stops = [_stop(ends[0], (), 0)]
    for before, site in pairwise(ends):
        drive = leg(looked.outlook, before, site).ways[0]
        at_s += drive.travel_s
        stops.append(_stop(site, drive.links, at_s))
    trip = Trip(
        id=TripId("T1"), vehicle=VehicleId("bus1"), kind="shuttle", speed_percent=100, stops=tuple(stops)
    )  # fmt: skip
    plan = Plan(
        operation=operation.id, sha256=operation.sha256, status="feasible", seed=0, solver=Solver(engine="by hand"),
        trips=(trip,),
    )  # fmt: skip
    file = tmp_path / "plan.json"
    file.write_bytes(write_plan(operation, plan))
    return file


def test_a_plan_tells_its_own_legs_and_which_trips_no_longer_hold(folder: Path, tmp_path: Path) -> None:
    file = plan_of(folder, tmp_path, "yard", "school", "hall", "school", "hall")
    found = seen(folder, plan=file)
    assert found.planned
    assert [(one.start, one.end, one.times) for one in found.legs] == [
        ("hall", "school", 1), ("school", "hall", 2), ("yard", "school", 1),
    ]  # fmt: skip
    assert {one.driver.vehicle for one in found.legs} == {"bus1"}
    assert {one.driver.vehicle for one in seen(folder, plan=file, vehicle="car1").legs} == {"car1"}

    closed = seen(folder, f"{OLD_BRIDGE}@08:00..09:00", plan=file)
    assert [one.trip for one in closed.broken] == ["T1"]
    assert {one.rule for one in closed.broken[0].violations} == {"link-closed"}
    assert seen(folder, f"{OLD_BRIDGE}@10:00..11:00", plan=file).broken == ()


def test_the_files_tell_the_same(folder: Path) -> None:
    looked = look(folder, Asked(closures=(MILL_LANE,), ends=("market", "mill"), alternatives=1))
    told = json.loads(looked.file())
    assert told["format"] == "safepassage-roads/1"
    assert told["cut_off"] == ["mill"]
    assert told["closures"][0]["closure"]["until_s"] is None
    assert {one["id"] for one in told["links"]} >= set(told["legs"][-1]["ways"][0]["links"])

    rows = list(csv.DictReader(io.StringIO(looked.matrix().decode())))
    assert len(rows) == 20
    row = next(one for one in rows if (one["from"], one["to"]) == ("market", "mill"))
    assert int(row["travel_s"]) == leg(looked.outlook, "market", "mill").ways[0].travel_s
    assert (row["open"], row["closed_travel_s"]) == ("always", "")

    drawn = json.loads(looked.geojson())
    kinds = [one["properties"]["kind"] for one in drawn["features"]]
    assert {kind: kinds.count(kind) for kind in ("leg", "way", "closure", "site")} == {
        "leg": 20, "way": 1, "closure": 1, "site": 5,
    }  # fmt: skip
    assert [one["properties"]["id"] for one in drawn["features"] if one["properties"].get("cut_off")] == ["mill"]
    way = next(one for one in drawn["features"] if one["properties"]["kind"] == "leg")
    assert all(len(point) == 2 for point in way["geometry"]["coordinates"])


def test_hours_and_rings_reach_the_files(tmp_path: Path) -> None:
    folder = town(tmp_path / "op", consent=True)
    ring = "24.0095,60.015;24.0105,60.015;24.0105,60.016;24.0095,60.016;24.0095,60.015"
    looked = look(folder, Asked(closures=(ring, "24.2,60.2")))
    rows = list(csv.DictReader(io.StringIO(looked.matrix().decode())))
    opened = {one["open"] for one in rows}
    assert "always" in opened
    assert any(text.startswith("2026-03-14T") and "/" in text for text in opened)
    shapes = [one["geometry"]["type"] for one in json.loads(looked.geojson())["features"]]
    assert {"Polygon", "Point", "LineString"} <= set(shapes)
    assert looked.outlook.closures[1].links == ()


# The reference case: a table of links. --------------------------------------------------------------------------------


def test_the_last_desert_stretch_of_the_reference_case_cuts_the_destination_off() -> None:
    looked = look(CASE, Asked(closures=("junction-bukamal",), ends=("assembly", "al-bukamal")))
    assert looked.laid is None
    assert looked.outlook.cut_off == ("al-bukamal",)
    between = looked.outlook.between
    assert between is not None
    assert between.closed == ()
    (way,) = between.ways
    assert [one.turn for one in way.stages[1:]] == ["straight"] * (len(way.stages) - 1)
    assert way.weak[0].extra_s is None
    assert way.stages[-1].links == ("junction-bukamal",)
    assert looked.outlook.roads.stretches == len(looked.operation.links)


def test_names_of_links_that_are_nearly_right_are_offered() -> None:
    with pytest.raises(UsageError, match="did you mean junction-bukamal"):
        seen(CASE, "junction-bukmal")


def test_a_table_may_leave_a_site_without_a_road(tmp_path: Path) -> None:
    folder = town(tmp_path / "op")
    (folder / "roads.geojson").unlink()
    (folder / "roads.csv").write_text(
        "id,start,end,length_km,travel_min,source\nq,school,market,1,2,assumption: exercise\n"
        "h,market,hall,1,2,assumption: exercise\nm,hall,mill,1,2,assumption: exercise\n",
        encoding="utf-8",
    )
    looked = look(folder, Asked(closures=("h",)))
    assert looked.outlook.unjoined == ("yard",)
    assert looked.outlook.cut_off == ("hall", "mill")
    features = json.loads(looked.geojson())["features"]
    assert [one["properties"]["links"] for one in features if one["properties"]["kind"] == "closure"] == [["h"]]


def test_a_real_extract_is_looked_at(tmp_path: Path) -> None:
    if not SHARED.exists():
        pytest.skip("the real extracts are not beside this repository")
    folder = town(tmp_path / "op")
    (folder / "roads.geojson").unlink()
    (folder / SHARED.name).write_bytes(SHARED.read_bytes())
    (folder / "sites.csv").write_text(
        "id,kind,name,lon,lat,source\n"
        "school,pickup,School,24.9515,60.1677,assumption: exercise\n"
        "hall,shelter,Hall,24.9460,60.1788,assumption: exercise\n"
        "yard,depot,Yard,24.9440,60.1690,assumption: exercise\n",
        encoding="utf-8",
    )
    found = seen(folder, "24.9499,60.1764;24.9505,60.1764", ends=("school", "hall"))
    assert found.roads.source.startswith("© OpenStreetMap")
    assert found.cut_off == ("hall",)
    assert found.between is not None
    assert "Pitkäsilta" in {name for one in found.between.ways[0].weak for name in one.names} | {
        stage.name for stage in found.between.ways[0].stages
    }
    assert found.between.closed == ()
