"""Real graphs under engine, alternatives and vulnerability: drawn roads with sites on them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from roads.nets import Net
from roads.test_vulnerability import check
from safepassage.roads import engine
from safepassage.roads.drawn import read_drawn
from safepassage.roads.engine import INF, UNREACHABLE, contraction_order, engine_of
from safepassage.roads.joining import Joined, joined
from safepassage.roads.network import BRIDGE, EVERY_PROFILE, Network
from safepassage.roads.vulnerability import ground, vulnerability

LINES = {
    "north": [[0.0, 0.01], [0.01, 0.01], [0.03, 0.01], [0.04, 0.01]],
    "south": [[0.0, 0.0], [0.02, 0.0], [0.04, 0.0]],
    "west": [[0.0, 0.0], [0.0, 0.01]],
    "east": [[0.04, 0.0], [0.04, 0.01]],
    "lane": [[0.02, 0.0], [0.02, 0.003]],
}


@pytest.fixture
def town(tmp_path: Path) -> Network:
    """Draw a ring of roads with a bridge in the north and a lane that ends in it."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": line},
            "properties": {"highway": "primary"},
        }
        for line in LINES.values()
    ]
    features[0]["properties"] = {"highway": "primary", "bridge": "yes"}
    path = tmp_path / "town.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return read_drawn(path).network


def sites(town: Network) -> Joined:
    """Join a site to the north road, two to the south, and one to the lane."""
    lon, lat = np.array([0.01, 0.01, 0.03, 0.02]), np.array([0.0101, 0.0001, -0.0001, 0.002])
    return joined(town, lon, lat, EVERY_PROFILE)


def test_both_directions_of_a_piece_are_lost_together(town: Network) -> None:
    graph = sites(town)
    lies = ground(town, graph)
    assert np.array_equal(lies.road < 0, graph.arc < 0)
    turned = {(int(b), int(a)): int(road) for a, b, road in zip(graph.tail, graph.head, lies.road, strict=True)}
    for a, b, road in zip(graph.tail.tolist(), graph.head.tolist(), lies.road.tolist(), strict=True):
        assert road < 0 or turned[a, b] == road
    assert len(np.unique(lies.road[lies.road >= 0])) * 2 == (lies.road >= 0).sum()
    assert {int(mark) for mark in lies.marks} == {0, BRIDGE}
    assert not lies.marks[lies.road < 0].any()


def test_routes_between_sites_are_told_as_if_each_road_was_closed_alone(town: Network) -> None:
    graph = sites(town)
    metric = engine_of(graph, len(town.lon)).metric(graph.light_ms)
    net = Net(metric, ground(town, graph))
    for source in graph.leaves.tolist():
        for target in graph.enters.tolist():
            way = metric.path(source, target)
            if len(way) > 2:
                check(net, way)


def test_a_lane_that_ends_is_where_nobody_turns_off(town: Network) -> None:
    graph = sites(town)
    metric = engine_of(graph, len(town.lon)).metric(graph.light_ms)
    way = metric.path(int(graph.leaves[1]), int(graph.enters[2]))
    found = vulnerability(metric, way, ground(town, graph))
    # the lane has 330 m: from one site to the other there is no way to leave, and one to turn back
    assert found.locked_m == pytest.approx(0.02 * 111_195, rel=0.01)
    (stretch,) = found.stretches
    assert stretch.extra_ms < UNREACHABLE
    assert stretch.back_m == 0.0


@pytest.mark.parametrize("junctions", [1, 10**6])
def test_a_kept_order_and_a_new_one_give_the_same_times(
    town: Network, junctions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SMALL", 0)
    order = contraction_order(town.tail, town.head, town.lon, town.lat)
    graph = sites(town)
    kept = joined(town, np.array([0.01, 0.03]), np.array([0.0101, -0.0001]), EVERY_PROFILE, order=order)
    for one in (graph, kept):
        metric = engine_of(one, junctions).metric(np.where(one.allowed > 0, one.light_ms, INF))
        plain = engine.Engine(one.tail, one.head, one.nodes, plain=True).metric(metric.ms)
        assert np.array_equal(metric.matrix_ms(one.leaves, one.enters), plain.matrix_ms(one.leaves, one.enters))
