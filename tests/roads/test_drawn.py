"""Roads drawn as lines in GeoJSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from safepassage.model.errors import InputError
from safepassage.roads.drawn import TYPES, USUAL_CLASS, read_drawn
from safepassage.roads.network import CLASSES, Network, Roads

Line = list[tuple[float, float]]


def draw(folder: Path, *lines: tuple[Any, dict[str, Any]], kind: str = "LineString", tracks: bool = False) -> Roads:
    features = [
        {"type": "Feature", "geometry": {"type": kind, "coordinates": line}, "properties": about}
        for line, about in lines
    ]
    path = folder / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return read_drawn(path, tracks=tracks)


def ends(net: Network) -> set[tuple[tuple[float, float], tuple[float, float]]]:
    def at(node: int) -> tuple[float, float]:
        return round(float(net.lon[node]), 6), round(float(net.lat[node]), 6)

    return {(at(tail), at(head)) for tail, head in zip(net.tail.tolist(), net.head.tolist(), strict=True)}


def both(*pairs: tuple[tuple[float, float], tuple[float, float]]) -> set[object]:
    return {pair for a, b in pairs for pair in ((a, b), (b, a))}


def test_lines_meet_where_they_cross_share_a_point_or_touch(tmp_path: Path) -> None:
    roads = draw(
        tmp_path,
        ([(10, 30), (10.02, 30)], {}),
        ([(10.01, 29.99), (10.01, 30.01)], {}),
        ([(10.02, 30), (10.02, 30.01), (10.03, 30.01)], {}),
        ([(10.015, 30.000004), (10.015, 30.005)], {}),
    )
    m, t = (10.01, 30.0), (10.015, 30.000004)
    assert ends(roads.network) == both(
        ((10.0, 30.0), m), (m, t), (t, (10.02, 30.0)), ((10.01, 29.99), m), (m, (10.01, 30.01)),
        ((10.02, 30.0), (10.03, 30.01)), (t, (10.015, 30.005)),
    )  # fmt: skip
    assert roads.counts == {"ways": 4, "ways at an assumed speed": 4}


def test_a_line_that_crosses_itself_or_runs_over_another(tmp_path: Path) -> None:
    loop = draw(tmp_path, ([(10, 30), (10.02, 30), (10.02, 30.01), (10.01, 30.01), (10.01, 29.99)], {})).network
    assert ends(loop) == both(((10.0, 30.0), (10.01, 30.0)), ((10.01, 30.0), (10.01, 29.99))) | {((10.01, 30.0),) * 2}
    over = draw(tmp_path, ([(10, 30), (10.03, 30)], {}), ([(10.01, 30), (10.02, 30)], {})).network
    assert ((10.01, 30.0), (10.02, 30.0)) in ends(over)
    assert ((10.0, 30.0), (10.01, 30.0)) in ends(over)


@pytest.mark.parametrize("over", [{"bridge": True}, {"tunnel": "yes"}, {"layer": 2}])
def test_a_bridge_does_not_meet_what_it_crosses(tmp_path: Path, over: dict[str, Any]) -> None:
    net = draw(tmp_path, ([(10, 30), (10.02, 30)], {"layer": "road"}), ([(10.01, 29.99), (10.01, 30.01)], over)).network
    assert len(net.node) == 4


def test_properties_are_tags(tmp_path: Path) -> None:
    about = {"highway": "primary", "maxspeed": 50, "oneway": True, "name": "A", "maxweight": 7.5, "surface": None}
    net = draw(tmp_path, ([(10, 30, 812), (10.02, 30, 812)], about)).network
    assert ends(net) == {((10.0, 30.0), (10.02, 30.0))}
    assert (CLASSES[net.road_class[0]], net.max_weight_kg[0], net.names[net.name[0]]) == ("primary", 7500, "A")
    assert net.light_ms[0] == pytest.approx(net.length_m[0] / 40 * 3600, abs=1)


def test_a_length_that_is_given_counts(tmp_path: Path) -> None:
    lines = [(10, 30), (10.01, 30), (10.03, 30)], [(10.01, 30), (10.01, 30.01)]
    net = draw(tmp_path, (lines[0], {"length": 6000}), (lines[1], {"length": "long"})).network
    assert sorted(net.length_m.round().tolist()) == [1112, 2000, 4000]


def test_classes(tmp_path: Path) -> None:
    def found(about: dict[str, Any]) -> str:
        return CLASSES[draw(tmp_path, ([(10, 30), (10.02, 30)], about)).network.road_class[0]]

    assert found({}) == USUAL_CLASS
    assert found({"type": "Major Highway"}) == TYPES["major highway"] == "trunk"
    assert found({"highway": "boulevard"}) == USUAL_CLASS
    assert found({"route": "ferry", "vehicle": "yes"}) == "ferry"


def test_other_shapes_of_file(tmp_path: Path) -> None:
    many = draw(
        tmp_path, ([[(10, 30), (10.01, 30)], [(10.02, 30), (10.03, 30)]], {"length": 4000}), kind="MultiLineString"
    )
    assert many.network.length_m.tolist() == pytest.approx([2000, 2000])
    path = tmp_path / "one.geojson"
    geometry = {"type": "LineString", "coordinates": [[10, 30], [10.01, 30]]}
    for content in (geometry, {"type": "Feature", "geometry": geometry, "properties": None}):
        path.write_text(json.dumps(content), encoding="utf-8")
        assert len(read_drawn(path).network.length_m) == 1


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    road = [(10, 30), (10.02, 30)]
    lines = [
        (road, {"highway": "track"}),
        (road, {"highway": "path"}),
        (road, {"highway": "primary", "maxspeed": "odd"}),
    ]
    counts = draw(tmp_path, *lines).counts
    assert counts == {"ways": 1, "ways at an assumed speed": 1, "left out tracks": 1, "unread maxspeed=odd": 1}
    assert draw(tmp_path, *lines, tracks=True).counts["ways"] == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "drawn-broken"),
        ("[1, 2]", "drawn-broken"),
        ("[" * 100_000, "drawn-broken"),
        ('{"type": "FeatureCollection", "features": 3}', "drawn-broken"),
        ('{"type": "FeatureCollection", "features": []}', "drawn-without-roads"),
        ('{"type": "Point", "coordinates": [10, 30]}', "drawn-without-roads"),
        ('{"type": "LineString", "coordinates": [[10, 30]]}', "drawn-without-roads"),
        ('{"type": "LineString", "coordinates": [[10, 30], [10, 30]]}', "drawn-without-roads"),
        ('{"type": "LineString", "coordinates": [[10, 30], [10, 99]]}', "drawn-broken"),
        ('{"type": "LineString", "coordinates": [[500000, 3000000], [10, 9]]}', "drawn-broken"),
        ('{"type": "LineString", "coordinates": [["x", 3], [10, 9]]}', "drawn-broken"),
        ('{"type": "LineString", "coordinates": [[1], [10, 9]]}', "drawn-broken"),
        ('{"type": "LineString", "coordinates": 7}', "drawn-broken"),
        ('{"type": "MultiLineString", "coordinates": 7}', "drawn-broken"),
        ('{"type": "LineString"}', "drawn-broken"),
    ],
)
def test_broken_files_are_refused_with_words(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "roads.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_drawn(path)
    (fault,) = refused.value.faults
    assert (fault.code, fault.place.file) == (code, "roads.geojson")
    assert all((fault.what, fault.expected, fault.remedy))


def test_a_missing_and_an_enormous_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError):
        read_drawn(tmp_path / "none.geojson")
    monkeypatch.setattr("safepassage.roads.drawn.MOST_BYTES", 10)
    with pytest.raises(InputError, match="fault"):
        draw(tmp_path, ([(10, 30), (10.02, 30)], {}))
