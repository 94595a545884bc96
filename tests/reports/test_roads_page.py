"""The page and the terminal of a look at the roads: what they say, in every language, on a map and on a table."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from desk.town import MILL_LANE, NEW_BRIDGE, OLD_BRIDGE, town
from safepassage.desk.roads import Asked, Looked, look
from safepassage.model.ids import VehicleId
from safepassage.model.places import Closure
from safepassage.model.plan import Violation
from safepassage.model.time import Window
from safepassage.reports import roads_background
from safepassage.reports.roads_background import background
from safepassage.reports.roads_brief import RoadsBrief, roads_brief
from safepassage.reports.roads_page import roads_page
from safepassage.reports.roads_sketch import roads_sketch
from safepassage.reports.roads_terminal import MOST_LEGS, roads_terminal
from safepassage.reports.words import Phrase, plain
from safepassage.roads.openness import FOREVER
from safepassage.roads.outlook import Broken, Drive

CASE = Path(__file__).parents[2] / "examples" / "qalamoun-2017"
RING = "24.0095,60.015;24.0105,60.015;24.0105,60.016;24.0095,60.016;24.0095,60.015"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return town(tmp_path_factory.mktemp("roads") / "op", consent=True)


def shown(looked: Looked, width: int = 160) -> str:
    stream = io.StringIO()
    found = roads_brief(looked.operation, looked.outlook, legs_at_most=MOST_LEGS)
    roads_terminal(found, len(looked.outlook.legs), Console(file=stream, width=width, highlight=False))
    return stream.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def brief(looked: Looked) -> RoadsBrief:
    return roads_brief(looked.operation, looked.outlook)


def english(phrase: Phrase) -> str:
    return plain(phrase.en).replace("\N{NO-BREAK SPACE}", " ")


def test_the_terminal_tells_legs_hours_and_sites(folder: Path) -> None:
    text = shown(look(folder, Asked()))
    assert text.startswith("Exercise at a river\nEvery site is joined to the roads.\n")
    assert "roads.geojson: 5.6 km in 9 stretches" in text
    assert re.search(r"Market +Hall +1 min 21 s +1\.1 km +only Sat 08:00 – 10:5\d; else 2 min 3\d s", text)
    assert re.search(r"Hall +6 m +East road", text)


def test_the_terminal_tells_directions_and_how_to_close_what_is_weak(folder: Path) -> None:
    looked = look(folder, Asked(ends=("market", "mill"), alternatives=1, closures=(NEW_BRIDGE,)))
    text = shown(looked)
    assert re.search(r"200 m +Left into New bridge +556 m .*bridge; open Sat 08:00 – 11:00; by “The city", text)
    assert "While it is closed: 4.5 km" in text
    weak = looked.outlook.between.ways[0].weak[0] if looked.outlook.between else None
    assert weak is not None
    assert f'number 1 is closed: --close "{weak.what}"' in text
    assert "Longest stretch without a turn-off: 2.4 km, from 756 m on." in text
    assert "Legs" in text


def test_closures_show_what_changes_only(folder: Path) -> None:
    text = shown(look(folder, Asked(closures=(f"{NEW_BRIDGE}@09:00..18:00",))))
    assert "No site is cut off. Legs that take longer: " in text
    assert "Sat 09:00 – 18:00" in text
    assert "roads in use: 1" in text
    told = re.search(r"Legs that do not change: (\d+)\.", text)
    assert told is not None
    assert len(re.findall(r"s more *$", text, re.MULTILINE)) + int(told[1]) == 20


def test_answers(folder: Path, tmp_path: Path) -> None:
    assert english(brief(look(folder, Asked(closures=(OLD_BRIDGE, NEW_BRIDGE)))).answer) == "This cuts off Hall, Mill."
    nothing = look(folder, Asked(closures=("24.2,60.2;24.3,60.3@09:00..",)))
    found = brief(nothing)
    assert english(found.answer) == "No site is cut off, and no leg takes longer."
    assert [english(cell) for cell in found.closures[0][1:]] == ["from Sat 09:00", "no road in use"]
    assert found.good
    ferry = look(town(tmp_path / "op", ferry=True), Asked())
    assert english(brief(ferry).answer) == "No road leads to Ferry house."
    assert not brief(ferry).good
    assert "not joined" in shown(ferry)
    both = look(tmp_path / "op", Asked(closures=(MILL_LANE,)))
    assert english(brief(both).answer) == "This cuts off Mill. No road leads to Ferry house."


def test_a_way_that_is_not_there_is_said(tmp_path: Path) -> None:
    looked = look(town(tmp_path / "op", ferry=True), Asked(ends=("school", "ferry-house")))
    calm = replace(looked.outlook, joints=looked.outlook.joints[:-1])
    found = roads_brief(looked.operation, calm)
    assert english(found.answer) == "There is no way from School to Ferry house."
    assert [english(way.title) for way in found.ways] == ["School to Ferry house: no way"]


def test_a_pair_that_loses_its_way_without_a_site_cut_off_is_told(folder: Path) -> None:
    looked = look(folder, Asked(closures=(MILL_LANE,)))
    assert english(roads_brief(looked.operation, replace(looked.outlook, cut_off=())).answer) == (
        "Legs without a way while it lasts: 8 of 20."
    )
    before = [replace(leg, ways=(), closed=()) for leg in looked.outlook.legs]
    outlook = replace(looked.outlook, legs=tuple(before), cut_off=())
    assert english(roads_brief(looked.operation, outlook).legs[0].more) == "no way before either"
    now = replace(outlook, closures=(), legs=tuple(replace(leg, closed=None) for leg in before))
    assert english(roads_brief(looked.operation, now).answer) == (
        "Every site is joined to the roads. Legs without a way: 20 of 20."
    )


def test_open_times_in_every_form(folder: Path) -> None:
    looked = look(folder, Asked())
    always = Drive(travel_s=600, length_m=9000, open=None, links=())
    never_ends = Window(from_s=3600, until_s=FOREVER)
    ends = Window(from_s=-FOREVER, until_s=7200)
    every = Window(from_s=-FOREVER, until_s=FOREVER)
    forms = {
        "always": (always,),
        "at night's pace": (replace(always, slow=True),),
        "only from Sat 09:00; else no way": (replace(always, open=(never_ends,)),),
        "only until Sat 10:00; else 10 min": (replace(always, open=(ends,)), always),
        "only always; else no way; at night's pace": (replace(always, open=(every,), slow=True),),
    }
    legs = tuple(replace(looked.outlook.legs[0], ways=ways) for ways in forms.values())
    found = roads_brief(looked.operation, replace(looked.outlook, legs=legs))
    assert [english(leg.open) for leg in found.legs] == list(forms)
    closed = replace(legs[0], closed=(replace(always, open=(never_ends,)),))
    row = roads_brief(looked.operation, replace(looked.outlook, legs=(closed,))).legs[0]
    assert english(row.closed) == "10 min; only from Sat 09:00"
    assert english(row.more) == "no more"


def test_a_boat_and_a_convoy_are_who_is_asked_about(folder: Path) -> None:
    looked = look(folder, Asked())
    boat = replace(looked.outlook.driver, kind="boat", size=type(looked.outlook.driver.size)(0, 0, 0))
    told = dict(roads_brief(looked.operation, replace(looked.outlook, driver=boat)).figures)
    assert english(told["roads.figure-for"]) == "bus1 (boat, at 100 %)"
    convoy = replace(boat, convoy="main", vehicle="")
    told = dict(roads_brief(looked.operation, replace(looked.outlook, driver=convoy)).figures)
    assert english(told["roads.figure-for"]) == "main as one column"
    legs = (replace(looked.outlook.legs[0], driver=convoy, times=3), looked.outlook.legs[1])
    found = roads_brief(looked.operation, replace(looked.outlook, legs=legs, planned=True))
    assert found.by_many
    assert english(found.legs[0].who) == "main; 3 times"
    assert english(dict(found.figures)["roads.figure-for"]) == "who drives them"


def test_the_page_is_one_file_that_says_it_in_every_language(folder: Path) -> None:
    looked = look(folder, Asked(closures=(MILL_LANE, RING), ends=("school", "hall"), alternatives=1))
    page = looked.page("ar").decode()
    assert page.startswith("<!doctype html>") or "<!doctype html>" in page[:40]
    assert '<html lang="ar" dir="rtl"' in page
    for text in ("This cuts off", "هذا يقطع", "Old bridge", "تمرين عند نهر"):
        assert text in page
    assert page.count('class="stroke way"') >= 1
    assert 'class="patch asked"' in page
    assert 'class="patch consent"' in page
    assert 'class="cut"' in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)


def test_a_table_has_its_links_behind_and_the_name_of_no_map() -> None:
    looked = look(CASE, Asked(closures=("junction-bukamal@22:00..",)))
    page = looked.page().decode()
    assert "OpenStreetMap" not in page
    assert 'class="patch area"' in page
    assert 'class="cross"' in page
    assert "roads in use: 1" in page


def test_closures_of_the_operation_are_hatched(folder: Path) -> None:
    looked = look(folder, Asked())
    line = Closure(from_s=0, until_s=9, line=((24.0, 60.0), (24.01, 60.0)))
    ring = Closure(from_s=0, until_s=9, polygon=((24.0, 60.0), (24.01, 60.0), (24.01, 60.01)))
    operation = replace(looked.operation, closures=(line, ring))
    page = roads_page(operation, looked.outlook, None).decode()
    assert page.count('class="patch-line area"') == 1
    assert page.count('class="patch area"') == 2  # on the map, and in the legend


def test_without_sites_there_is_no_map(folder: Path) -> None:
    looked = look(folder, Asked())
    bare = replace(looked.operation, sites=(), links=())
    outlook = replace(looked.outlook, legs=(), joints=())
    assert b"<svg viewBox" not in roads_page(bare, outlook, None).split(b"<main", 1)[1]


def test_the_background_gives_way_when_it_is_too_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = look(folder, Asked())
    assert looked.laid is not None
    network = looked.laid.network

    def at(lon: float, lat: float) -> tuple[float, float]:
        return (lon - 24) * 10_000, (60.04 - lat) * 10_000

    whole = background(network, at, (200, 500))
    assert whole.major.startswith("M")
    assert whole.minor == ""
    corner = background(network, at, (200, 120))
    assert 0 < len(corner.major) < len(whole.major)
    small = network._replace(road_class=network.road_class * 0 + 11)
    assert background(small, at, (200, 500)).minor == whole.major
    monkeypatch.setattr(roads_background, "MOST_BYTES", 10)
    assert background(small, at, (200, 500)).minor == ""
    assert background(network, at, (200, 500)).major == ""
    monkeypatch.setattr(roads_background, "MOST_EDGES", 2)
    assert background(network, at, (200, 500)).major == ""
    assert background(network, at, (200, 500)).minor == ""


def test_the_background_is_where_the_roads_are(folder: Path) -> None:
    looked = look(folder, Asked(ends=("school", "hall")))
    assert looked.laid is not None
    from safepassage.reports.roads_brief import roads_setting  # noqa: PLC0415

    setting = roads_setting(looked.operation)
    sketch = roads_sketch(looked.operation, looked.outlook, looked.laid.network, setting)
    assert sketch is not None
    points = {
        (round(int(x) / 10), round(int(y) / 10)) for x, y in re.findall(r"M(-?\d+) (-?\d+)l", sketch.network.major)
    }
    (way,) = [stroke for stroke in sketch.strokes if stroke.kind == "way"]
    corners = [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", way.path)]
    # the way turns where roads meet
    assert any(abs(x - a) <= 1 and abs(y - b) <= 1 for x, y in corners[1:-1] for a, b in points)


def test_the_terminal_shows_forty_legs_ways_that_are_not_there_and_trips_that_break() -> None:
    looked = look(CASE, Asked(closures=("hold-junction",), ends=("assembly", "al-bukamal")))
    assert "While it is closed: no way from Assembly point" in shown(looked)
    everything = look(CASE, Asked())
    assert "and 92 more: --json" in shown(everything)
    broken = Broken(
        trip="T1", vehicle=VehicleId("B01"), violations=(Violation(rule="link-closed", subjects=(), detail=""),)
    )  # fmt: skip
    outlook = replace(everything.outlook, broken=(broken,))
    told = replace(everything, outlook=outlook)
    text = shown(told)
    assert "Trips of the plan that no longer hold: 1." in text
    assert re.search(r"T1 +B01 +Closed road", text)
    assert "id='roads-broken'" in told.page().decode().replace('"', "'")
