"""Plans on a road map: streets instead of ids, no junctions, lines as fine as they are seen, the source named."""

# Ids stand as plain strings here, so that the material reads as an operation folder does.
# mypy: disable-error-code="arg-type,index"

from __future__ import annotations

import msgspec
import pytest

from reports.material import LINKS, OPERATION, PLAN, SITES
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Link, RoadMap, Site
from safepassage.reports import doubts, gantt
from safepassage.reports.movement import movements
from safepassage.reports.page import plan_page
from safepassage.reports.sketch import MANY_SITES, TALLEST_OF_MANY, drawn_sites, sketches, streets
from safepassage.reports.words import called, plain
from safepassage.reports.words.setting import setting_of

NEAR_YARD = ((36.60, 34.13), (36.62, 34.13), (36.62, 34.15), (36.60, 34.15), (36.60, 34.13))
EVERYWHERE = ((36.0, 33.0), (42.0, 33.0), (42.0, 36.0), (36.0, 36.0), (36.0, 33.0))


def link(one: str, start: str, end: str, *line: tuple[float, float], name: str = "", access: bool = False) -> Link:
    return Link(
        id=one, start=start, end=end, length_m=1000, travel_s=60, line=line, source="osm", name=name, access=access
    )


def on_a_map(*more: Link, closures: tuple[Closure, ...] = OPERATION.closures, file: str = "town.osm.pbf") -> Operation:
    sites = (*SITES, Site(id="j77", kind="junction", lon=36.60, lat=34.10, source="osm"))
    return msgspec.structs.replace(
        OPERATION, sites=sites, links=(*LINKS, *more), closures=closures, road_map=RoadMap(file=file)
    )


MILL = link("w77-1", "yard", "j77", (36.61, 34.14), (36.6050001, 34.12), (36.60, 34.10), name="Mill street")
STATION = link("w78", "j77", "clinic", (36.60, 34.10), (36.74, 34.15), name="Station street")
DOOR = link("access-1", "clinic", "j77", (36.74, 34.15), (36.74, 34.16), access=True)
STUB = link("w79", "j77", "fork", (36.60, 34.10), (36.60, 34.1000001))
BEND = link("w80", "yard", "clinic", (36.61, 34.14), (36.675, 34.145001), (36.74, 34.15), name="Bend")
TOWN = on_a_map(MILL, STATION, DOOR, STUB, BEND)


def test_junctions_are_called_by_the_streets_that_meet() -> None:
    setting = setting_of(TOWN, PLAN)
    assert plain(called(setting, "j77", "site").ar) == "Mill street / Station street"
    assert "without a name" in called(setting_of(on_a_map(STUB), PLAN), "j77", "site").en
    assert plain(called(setting_of(OPERATION, PLAN), "fork", "site").en) == "fork"


def test_junctions_of_a_map_are_not_drawn_and_those_of_a_table_are() -> None:
    assert {site.id for site in OPERATION.sites} - {site.id for site in drawn_sites(TOWN)} == {"fork"}
    assert drawn_sites(OPERATION) == OPERATION.sites
    kinds = {spot.site.kind for sketch in sketches(TOWN, PLAN, setting_of(TOWN, PLAN)) for spot in sketch.spots}
    assert "junction" not in kinds
    assert "pickup" in kinds


def test_lines_are_as_fine_as_they_are_seen() -> None:
    ways = {way.link.id: way for way in sketches(TOWN, PLAN, setting_of(TOWN, PLAN))[0].ways}
    assert {"w77-1", "w78", "w80"} <= set(ways)
    assert not {"access-1", "w79"} & set(ways), "nobody drives them, and nobody sees them"
    assert ways["w80"].path.count("L") == 1
    driven = {name for trip in PLAN.trips for stop in trip.stops for name in stop.route}
    assert driven <= set(ways)
    assert "washed" in ways, "not always open: worth a line though nobody drives it"


def test_streets_are_summed_up_where_they_matter() -> None:
    closed = Closure(polygon=NEAR_YARD, from_s=0, until_s=9000)
    found = streets(on_a_map(MILL, STATION, BEND, closures=(closed,)), PLAN)
    assert [(street.name, street.length_m) for street in found if street.state == "sometimes" and street.name] == [
        ("Bend", 1000),
        ("Mill street", 1000),
    ]
    assert [street.name for street in found][-1] == "", "those without a name come last"
    assert streets(OPERATION, PLAN) == ()


@pytest.mark.parametrize(
    ("closure", "words"),
    [
        (Closure(polygon=NEAR_YARD, from_s=0, until_s=9000), "Mill street"),
        (Closure(polygon=EVERYWHERE, from_s=0, until_s=9000, reason="flood"), "closed: flood"),
        (Closure(polygon=EVERYWHERE, from_s=0, until_s=9000), "more"),
    ],
)
def test_a_closure_of_a_map_is_one_band(closure: Closure, words: str) -> None:
    far_away = Closure(polygon=((0, 0), (1, 0), (1, 1), (0, 0)), from_s=0, until_s=9000)
    town = on_a_map(MILL, STATION, BEND, closures=(closure, far_away))
    bands = [band for chart in gantt.charts(town, PLAN, setting_of(town, PLAN))[:1] for band in chart.bands]
    labels = [plain(band.label.en) for band in bands if band.closed]
    assert len(labels) == 1
    assert words in labels[0]


def test_control_points_are_no_junctions_of_a_map() -> None:
    assert "fork" in {point.site for point in movements(OPERATION, PLAN)[0].points}
    assert "fork" not in {point.site for point in movements(TOWN, PLAN)[0].points}


def test_many_pickup_points_have_their_ids_and_room() -> None:
    more = tuple(
        Site(id=f"S{number}", kind="pickup", name="Long street at the corner", lon=36.5 + number / 50, lat=33 + number)
        for number in range(MANY_SITES)
    )
    town = msgspec.structs.replace(TOWN, sites=(*TOWN.sites, *more))
    whole = sketches(town, PLAN, setting_of(town, PLAN))[0]
    assert whole.height == TALLEST_OF_MANY
    names = {spot.site.id: plain(spot.name.en) for spot in whole.spots}
    assert names["S1"] == "S1"
    assert "Clinic" in names["clinic"]


def test_a_road_map_is_one_thing_that_a_plan_rests_on() -> None:
    found = doubts.rows(TOWN)
    assert [(row.id, row.source) for row in found if row.table == "links"] == [("town.osm.pbf", "")]
    assert not {"j77", "fork"} & {row.id for row in found}
    guessed = msgspec.structs.replace(TOWN, road_map=RoadMap(file="town.osm.pbf", source="assumption: an old map"))
    chain = doubts.on_chain(guessed, PLAN)
    words = [plain(doubts.doubt_text(setting_of(guessed, PLAN), doubt).en) for doubt in chain]
    assert "road town.osm.pbf: an old map" in words


def test_a_closure_by_a_shape_is_called_by_its_reason() -> None:
    shapes = (
        Closure(polygon=NEAR_YARD, from_s=0, until_s=9, reason="flood"),
        Closure(polygon=NEAR_YARD, from_s=0, until_s=9),
        Closure(link="washed", from_s=0, until_s=9, reason="flood"),
    )
    names = [row.id for row in doubts.rows(on_a_map(closures=shapes)) if row.table == "closures"]
    assert names == ["flood", "#2", "washed#3"]


def test_the_page_names_the_source_of_the_map_and_no_ids_of_its_roads() -> None:
    page = plan_page(TOWN, PLAN).decode()
    assert TOWN.road_map is not None
    assert TOWN.road_map.file in page
    assert "Mill street" not in page, "nobody drives it, and it is open"
    assert "w77-1" not in page
    assert "j77" not in page
    assert TOWN.road_map.file not in plan_page(OPERATION, PLAN).decode()
