"""Corrections: stretches added, removed, re-timed and limited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roads.extracts import STEP, arc, arcs, network, place
from safepassage.model.places import Correction
from safepassage.roads.components import connected
from safepassage.roads.corrections import corrected
from safepassage.roads.joining import joined
from safepassage.roads.network import Network, Roads
from safepassage.roads.reading import is_sound

ROAD = {"highway": "primary"}


@pytest.fixture
def net(tmp_path: Path) -> Network:
    """Make a main road 1 to 5 with side roads at 2 and 3, and an island."""
    turn = ([("w", 1, "from"), ("n", 3, "via"), ("w", 4, "to")], {"restriction": "no_left_turn"})
    return network(
        tmp_path,
        (1, (1, 2, 3), ROAD | {"name": "Main"}),
        (2, (3, 4, 5), ROAD | {"name": "Main"}),
        (3, (2, 12), ROAD),
        (4, (3, 13), ROAD | {"oneway": "yes"}),
        (5, (33, 34), ROAD),
        relations=[turn],
    )


def fix(action: Any, **fields: Any) -> Correction:
    return Correction(id="C1", action=action, author="P001", reason="seen", **fields)


def apply(net: Network, *corrections: Correction) -> Network:
    found, faults = corrected(net, corrections)
    assert faults == ()
    assert is_sound(Roads(found, {}, np.zeros(0, dtype=np.int32)))
    return found


def refused(net: Network, correction: Correction) -> str:
    found, (fault,) = corrected(net, [correction])
    assert found is net
    assert (fault.severity, fault.subjects) == ("error", ("corrections/C1/action",))
    assert all((fault.what, fault.expected, fault.found, fault.remedy))
    return fault.code


def test_a_way_is_removed(net: Network) -> None:
    assert arcs(net) - arcs(apply(net, fix("remove", way=2))) == {(3, 5), (5, 3)}
    assert arcs(net) - arcs(apply(net, fix("remove", way=2, both_ways=False))) == {(3, 5)}


def test_a_line_across_removes_what_it_crosses(net: Network) -> None:
    x, y = place(4)
    line = ((x - 0.001, y + 0.002), (x + 0.001, y + 0.0021))
    assert arcs(net) - arcs(apply(net, fix("remove", line=line))) == {(3, 5), (5, 3)}
    assert arcs(net) - arcs(apply(net, fix("remove", line=line, both_ways=False))) == {(3, 5), (5, 3)}
    assert refused(net, fix("remove", line=line, way=1)) == "correction-hits-nothing"


def test_a_line_along_removes_what_it_follows_and_no_side_road(net: Network) -> None:
    line = tuple((x + 0.0001, y) for x, y in (place(1), place(2), place(3)))
    assert arcs(net) - arcs(apply(net, fix("remove", line=line))) == {(1, 2), (2, 1), (2, 3), (3, 2)}
    back = fix("remove", line=line[::-1], both_ways=False)
    assert arcs(net) - arcs(apply(net, back)) == {(2, 1), (3, 2)}


def test_a_line_along_and_then_across(net: Network) -> None:
    line = (
        place(1),
        place(2),
        (place(2)[0] + 0.004, place(2)[1] + STEP / 2),
        (place(3)[0] + STEP / 2, place(3)[1] + 0.001),
    )
    gone = arcs(net) - arcs(apply(net, fix("remove", line=(*line, (place(3)[0] + STEP / 2, place(3)[1] - 0.001)))))
    assert gone == {(1, 2), (2, 1), (3, 13)}


def test_retimed_by_time_and_by_speed(net: Network) -> None:
    slow = apply(net, fix("retime", way=1, travel_s=600))
    there = slow.light_ms[arc(slow, 1, 2)] + slow.light_ms[arc(slow, 2, 3)]
    assert there == slow.heavy_ms[arc(slow, 3, 2)] + slow.heavy_ms[arc(slow, 2, 1)] == 600_000
    assert slow.light_ms[arc(slow, 3, 5)] == net.light_ms[arc(net, 3, 5)]
    fast = apply(net, fix("retime", way=1, speed_kmh=36, both_ways=False))
    assert fast.light_ms[arc(fast, 1, 2)] == pytest.approx(fast.length_m[fast.edge[arc(fast, 1, 2)]] * 100, abs=1)
    assert fast.heavy_ms[arc(fast, 1, 2)] > fast.light_ms[arc(fast, 1, 2)]
    assert fast.light_ms[arc(fast, 2, 1)] == net.light_ms[arc(net, 2, 1)]


def test_limited(net: Network) -> None:
    found = apply(
        net, fix("limit", way=3, max_weight_kg=12000, max_height_cm=350), fix("limit", way=3, max_width_cm=250)
    )
    edge = found.edge[arc(found, 2, 12)]
    assert (found.max_weight_kg[edge], found.max_height_cm[edge], found.max_width_cm[edge]) == (12000, 350, 250)
    assert found.max_weight_kg.sum() == 12000
    assert net.max_weight_kg.sum() == 0


def test_added_between_two_junctions(net: Network) -> None:
    line = (place(12), (place(12)[0], place(12)[1] + STEP / 2), place(13))
    found = apply(net, fix("add", line=line, travel_s=300, name="New", max_weight_kg=5000))
    assert arcs(found) - arcs(net) == {(12, 13), (13, 12)}
    new = arc(found, 13, 12)
    assert (found.light_ms[new], found.heavy_ms[new], found.max_weight_kg[-1], found.way[-1]) == (
        300_000,
        300_000,
        5000,
        -1,
    )
    assert found.names[found.name[-1]] == "New"
    assert found.length_m[-1] == pytest.approx(1112, rel=1e-3)
    one = apply(net, fix("add", line=line, speed_kmh=40, both_ways=False))
    assert arcs(one) - arcs(net) == {(12, 13)}
    assert one.heavy_ms[-1] > one.light_ms[-1] == pytest.approx(one.length_m[-1] * 90, abs=1)


def test_added_from_the_middle_of_a_road_and_a_bridge_to_an_island(net: Network) -> None:
    x, y = place(4)
    line = ((x + 50 / 96_000, y + 0.004), place(33))
    found = apply(net, fix("add", line=line, speed_kmh=40))
    fork = int(found.node.min())
    assert arcs(found) - arcs(net) == {(3, fork), (fork, 3), (fork, 5), (5, fork), (fork, 33), (33, fork)}
    assert arcs(net) - arcs(found) == {(3, 5), (5, 3)}
    halves = found.light_ms[arc(found, 3, fork)] + found.light_ms[arc(found, fork, 5)]
    assert abs(halves - net.light_ms[arc(net, 3, 5)]) <= 1
    assert found.length_m[found.edge[arc(found, 3, fork)]] == pytest.approx(0.7 * 2 * 1112, rel=0.01)
    assert found.way[found.edge[arc(found, fork, 5)]] == 2
    assert {(33, 34), (34, 33)} <= arcs(connected(found)[0])
    assert (33, 34) not in arcs(connected(net)[0])


def test_a_split_road_keeps_its_forbidden_turns(net: Network) -> None:
    (turn,) = net.no_turns.tolist()
    assert [int(net.node[net.tail[turn[0]]]), int(net.node[net.head[turn[1]]])] == [2, 13]
    into, out_of = (place(2)[0], place(2)[1] + STEP / 2), (place(3)[0] + STEP / 2, place(3)[1])
    found = apply(
        net, fix("add", line=(into, place(12)), speed_kmh=30), fix("add", line=(out_of, place(12)), speed_kmh=30)
    )
    (turn,) = found.no_turns.tolist()
    assert (found.allowed[turn] > 0).all()
    assert found.head[turn[0]] == found.tail[turn[1]]
    assert int(found.node[found.head[turn[0]]]) == 3
    assert int(found.node[found.tail[turn[0]]]) < 0 > int(found.node[found.head[turn[1]]])
    back = net._replace(no_turns=np.array([[arc(net, 5, 3), arc(net, 3, 2)]], dtype=np.int32))
    (turn,) = apply(back, fix("add", line=(into, place(12)), speed_kmh=30)).no_turns.tolist()
    assert turn[0] == arc(net, 5, 3)
    assert turn[1] > len(net.tail)


def test_a_corrected_network_is_joined(net: Network) -> None:
    found = apply(net, fix("add", line=(place(12), place(13)), travel_s=300))
    graph = joined(found, np.array([place(12)[0]]), np.array([place(12)[1] + STEP / 2]), 15)
    assert graph.site_of.max() == 0
    assert np.count_nonzero(np.abs(graph.begin - 0.5) < 0.001) == 2


@pytest.mark.parametrize(
    ("correction", "code"),
    [
        (fix("add", line=((10.0, 30.0),), speed_kmh=30), "correction-incomplete"),
        (fix("add", line=(place(12), place(13))), "correction-incomplete"),
        (fix("add", line=(place(12), place(13)), speed_kmh=30, travel_s=30), "correction-incomplete"),
        (fix("add", line=(place(12), place(19)), speed_kmh=30), "correction-hits-nothing"),
        (fix("add", line=(place(59), place(12)), speed_kmh=30), "correction-hits-nothing"),
        (fix("remove"), "correction-incomplete"),
        (fix("remove", way=99), "correction-hits-nothing"),
        (fix("remove", line=((50.0, 30.0), (50.1, 30.0))), "correction-hits-nothing"),
        (fix("retime", way=1), "correction-incomplete"),
        (fix("limit", way=1), "correction-incomplete"),
    ],
)
def test_what_cannot_be_applied_is_a_fault(net: Network, correction: Correction, code: str) -> None:
    assert refused(net, correction) == code
