"""From an extract to a network: stretches, directions, times, barriers, turns, islands, broken files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from roads.extracts import arc, arcs, driven_by, network, place, write
from safepassage.model.errors import InputError
from safepassage.roads.components import connected
from safepassage.roads.extract import read_extract
from safepassage.roads.network import CLASSES, FERRY, FORD, shape

ROAD = {"highway": "primary"}
TURN = [("w", 1, "from"), ("n", 2, "via"), ("w", 2, "to")]
CROSS = ((1, (1, 2), ROAD), (2, (2, 12), ROAD), (3, (2, 3), ROAD))
TURNS_AT_2 = {(a, b) for a in (1, 12, 3) for b in (1, 12, 3)}


def turns(net: object, bits: int = 15) -> set[tuple[int, int]]:
    """Return forbidden turns as pairs of the points they come from and go to."""
    found = set()
    for (into, out_of), bound in zip(net.no_turns, net.turn_bits, strict=True):  # type: ignore[attr-defined]
        if bound & bits:
            tail, head = net.tail[into], net.head[out_of]  # type: ignore[attr-defined]
            found.add((int(net.node[tail]), int(net.node[head])))  # type: ignore[attr-defined]
    return found


def test_stretches_run_between_points_where_ways_meet(tmp_path: Path) -> None:
    net = network(tmp_path, (7, (1, 2, 3, 4, 5), ROAD | {"name": "A  1"}), (8, (3, 13), ROAD | {"ref": "B"}))
    assert arcs(net) == {(1, 3), (3, 1), (3, 5), (5, 3), (3, 13), (13, 3)}
    assert sorted(net.way.tolist()) == [7, 7, 8]
    assert {net.names[number] for number in net.name} == {"A 1", "B"}
    first = net.edge[arc(net, 1, 3)]
    assert shape(net, int(first)).tolist() == [list(place(number)) for number in (1, 2, 3)]
    assert net.length_m[first] == pytest.approx(2 * 1112, rel=0.001)
    assert net.light_ms[arc(net, 1, 3)] == round(net.length_m[first] / 65 * 3600)
    assert net.heavy_ms[arc(net, 1, 3)] > net.light_ms[arc(net, 1, 3)]
    assert {CLASSES[number] for number in net.road_class} == {"primary"}


def test_ways_that_meet_end_to_end_stay_two(tmp_path: Path) -> None:
    net = network(tmp_path, (7, (1, 2), ROAD), (8, (2, 3), ROAD))
    assert arcs(net) == {(1, 2), (2, 1), (2, 3), (3, 2)}


def test_a_circle_and_a_way_that_crosses_itself(tmp_path: Path) -> None:
    circle = network(tmp_path, (7, (1, 2, 12, 11, 1), ROAD | {"junction": "roundabout"}), (8, (12, 13), ROAD))
    assert arcs(circle) == {(1, 12), (12, 1), (12, 13), (13, 12)}
    assert len(circle.tail) == 4


def test_a_circle_by_itself(tmp_path: Path) -> None:
    net = network(tmp_path, (7, (1, 2, 12, 11, 1), ROAD))
    assert arcs(net) == {(1, 1)}
    assert len(net.tail) == 2


def test_repeated_and_missing_points(tmp_path: Path) -> None:
    ways = [(7, (1, 1, 2, 99, 3, 4, 98), ROAD), (8, (5, 97), ROAD), (9, (6, 6), ROAD), (10, (96,), ROAD)]
    roads = read_extract(write(tmp_path / "a.osm.pbf", ways, missing=(99, 98, 97, 96)))
    assert arcs(roads.network) == {(1, 2), (2, 1), (3, 4), (4, 3)}
    assert roads.counts["points missing"] == 4


def test_points_with_negative_numbers(tmp_path: Path) -> None:
    net = network(tmp_path, (-7, (-1, -2, -3), ROAD), (-8, (-2, -12), ROAD))
    assert arcs(net) == {(-1, -2), (-2, -1), (-2, -3), (-3, -2), (-2, -12), (-12, -2)}


def test_a_ferry_shares_its_time_out_by_length(tmp_path: Path) -> None:
    boat = {"route": "ferry", "motor_vehicle": "yes", "duration": "0:30"}
    net = network(tmp_path, (7, (1, 2, 5), boat), (8, (2, 12), ROAD))
    assert net.light_ms[arc(net, 1, 2)] == net.heavy_ms[arc(net, 1, 2)] == pytest.approx(1_800_000 / 4, rel=1e-3)
    assert net.light_ms[arc(net, 2, 5)] == pytest.approx(1_800_000 * 3 / 4, rel=1e-3)
    assert net.marks[net.edge[arc(net, 2, 5)]] == FERRY


def test_a_barrier_closes_the_segment_beside_it(tmp_path: Path) -> None:
    points = {3: {"barrier": "bollard"}, 13: {"barrier": "gate", "access": "no", "emergency": "yes"}}
    net = network(tmp_path, (7, (1, 2, 3, 5), ROAD), (8, (1, 11, 12, 13, 15), ROAD), points=points)
    assert arcs(net) - driven_by(net, 1) == {(12, 13), (13, 12)}
    assert {(1, 2), (2, 1), (3, 5), (5, 3)} <= driven_by(net, 1)
    assert (2, 3) not in arcs(net)
    assert driven_by(net, 2) > {(12, 13), (13, 12)}


def test_a_barrier_at_the_end_of_a_way(tmp_path: Path) -> None:
    points = {2: {"barrier": "bollard"}, 12: {"ford": "yes", "maxheight": "3"}}
    net = network(tmp_path, (7, (1, 2), ROAD), (8, (2, 3, 4), ROAD), (9, (4, 14, 13, 12), ROAD), points=points)
    assert arcs(net) == {(3, 4), (4, 3), (4, 13), (13, 4), (13, 12), (12, 13)}
    wet = net.edge[arc(net, 13, 12)]
    assert (net.marks[wet], net.max_height_cm[wet]) == (FORD, 300)
    dry = net.edge[arc(net, 4, 13)]
    assert (net.marks[dry], net.max_height_cm[dry]) == (0, 0)


def test_the_lower_limit_counts(tmp_path: Path) -> None:
    points = {2: {"barrier": "height_restrictor", "maxheight": "2.5"}}
    net = network(tmp_path, (7, (1, 2, 3), ROAD | {"maxheight": "4", "maxweight": "5"}), points=points)
    low = net.edge[arc(net, 1, 2)]
    assert (net.max_height_cm[low], net.max_weight_kg[low]) == (250, 5000)


@pytest.mark.parametrize(
    ("tags", "members", "forbidden"),
    [
        ({"restriction": "no_left_turn"}, TURN, {(1, 12)}),
        ({"restriction": "only_left_turn"}, TURN, {(1, 3), (1, 1)}),
        ({"restriction": "no_exit"}, [*TURN, ("w", 3, "to")], {(1, 12), (1, 3)}),
        ({"restriction": "no_entry"}, [*TURN, ("w", 3, "from")], {(1, 12), (3, 12)}),
        ({"restriction": "no_u_turn"}, [("w", 1, "from"), ("n", 2, "via"), ("w", 1, "to")], {(1, 1)}),
        ({"restriction": "no_u_turn"}, TURN, {(1, 12)}),
        ({"restriction": "no_left_turn"}, [("w", 1, "from"), ("w", 3, "via"), ("w", 2, "to")], set()),
        ({"restriction": "no_left_turn"}, [("w", 9, "from"), ("n", 2, "via"), ("w", 2, "to")], set()),
        ({"restriction": "no_left_turn"}, [("w", 1, "from"), ("n", 77, "via"), ("w", 2, "to")], set()),
        ({"restriction": "no_idea"}, TURN, set()),
        ({"restriction:conditional": "no_left_turn @ (Mo)"}, TURN, set()),
        ({"restriction": "no_left_turn", "type": "route"}, TURN, set()),
        ({"restriction": "no_left_turn", "except": "bus;hgv;motorcar;emergency"}, TURN, set()),
    ],
)
def test_turns(
    tmp_path: Path, tags: dict[str, str], members: list[tuple[str, int, str]], forbidden: set[object]
) -> None:
    net = network(tmp_path, *CROSS, relations=[(members, {"type": "restriction"} | tags)])
    assert turns(net) == forbidden
    assert forbidden <= TURNS_AT_2


def test_turns_forbidden_to_some(tmp_path: Path) -> None:
    tags = [{"restriction:hgv": "no_left_turn"}, {"restriction": "only_straight_on", "except": "psv"}]
    members = [TURN, [("w", 2, "from"), ("n", 2, "via"), ("w", 3, "to")]]
    net = network(tmp_path, *CROSS, relations=list(zip(members, tags, strict=True)))
    assert turns(net, 8) == {(1, 12), (12, 1), (12, 12)}
    assert turns(net, 1) == turns(net, 2) == {(12, 1), (12, 12)}
    assert turns(net, 4) == set()


def test_a_way_that_passes_through_names_no_one_turn(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.osm.pbf", [(1, (1, 2, 3), ROAD), (2, (2, 12), ROAD)], [(TURN, {"restriction": "no_left_turn"})]
    )
    roads = read_extract(path)
    assert turns(roads.network) == set()
    assert roads.counts["restrictions without roads"] == 1


def test_islands_and_traps_are_closed(tmp_path: Path) -> None:
    square = [(1, (1, 2, 12, 11, 1), ROAD), (2, (2, 3), ROAD | {"oneway": "yes"}), (3, (25, 26), ROAD)]
    bus = [(4, (12, 13), {"highway": "busway"}), (5, (11, 21), ROAD | {"hgv": "no"})]
    net, lost = connected(network(tmp_path, *square, *bus))
    assert driven_by(net, 8) == {(1, 2), (2, 1), (2, 12), (12, 2), (11, 12), (12, 11), (1, 11), (11, 1)} & arcs(net)
    assert driven_by(net, 1) == driven_by(net, 8) | {(11, 21), (21, 11)}
    assert driven_by(net, 4) == driven_by(net, 1) | {(12, 13), (13, 12)}
    assert (lost["car stretches"], lost["bus stretches"], lost["truck stretches"]) == (2, 2, 2)
    assert lost["car km"] == 2


def test_a_profile_without_roads(tmp_path: Path) -> None:
    net, lost = connected(network(tmp_path, (1, (1, 2), {"highway": "busway"})))
    assert driven_by(net, 4) == {(1, 2), (2, 1)}
    assert set(lost.values()) == {0}


def test_counts_are_told(tmp_path: Path) -> None:
    ways = [(1, (1, 2), ROAD), (2, (2, 3), ROAD | {"maxspeed": "fast"}), (3, (3, 4), {"highway": "track"}),
            (4, (4, 5), ROAD | {"maxspeed": "50"}), (5, (5, 6), ROAD | {"access": "no"})]  # fmt: skip
    points = {2: {"barrier": "odd"}, 4: {"barrier": "bollard"}, 40: {"barrier": "bollard"}}
    counts = read_extract(write(tmp_path / "a.osm.pbf", ways, points=points)).counts
    expected = {"ways": 3, "ways at an assumed speed": 2, "left out tracks": 1, "left out closed": 1,
                "unread maxspeed=fast": 1, "unread barrier=odd": 1, "barriers closed": 1}  # fmt: skip
    assert {key: counts[key] for key in expected} == expected


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    path = write(tmp_path / "a.osm.pbf", CROSS)
    read_extract(path, tell=lambda stage, done: told.append((stage, done)))
    assert [stage for stage, done in told if done == 1.0] == ["reading roads", "joining roads"]
    assert all(0 <= done <= 1 for _, done in told)


@pytest.mark.parametrize(
    "broken", ["empty", "text", "cut", "flipped", "no roads", "no points", "missing", "folder", "short"]
)
def test_broken_extracts_are_refused_with_words(tmp_path: Path, broken: str) -> None:
    path = write(
        tmp_path / "a.osm.pbf",
        [(number, (number, number + 1), ROAD | {"note": f"{number * 7919}"}) for number in range(900)],
    )
    data = path.read_bytes()
    if broken == "no roads":
        path = write(tmp_path / "b.osm.pbf", [(1, (1, 2), {"highway": "footway"})])
    elif broken == "no points":
        path = write(tmp_path / "b.osm.pbf", [(1, (1, 2), ROAD)], missing=(1, 2))
    elif broken == "missing":
        path = tmp_path / "none.osm.pbf"
    elif broken == "folder":
        path = tmp_path
    else:
        half = len(data) // 2
        path.write_bytes(
            {
                "empty": b"",
                "text": b"<html>not found</html>" * 50,
                "cut": data[:half],
                "flipped": data[:half] + bytes(len(data) - half),
                "short": data[:60],
            }[broken]
        )
    with pytest.raises(InputError) as refused:
        read_extract(path)
    (fault,) = refused.value.faults
    assert fault.severity == "error"
    assert fault.code == ("extract-without-roads" if broken.startswith("no ") else "extract-broken")
    assert all((fault.what, fault.expected, fault.remedy))
    assert str(tmp_path.parent) not in str(fault)


def test_arrays_have_the_types_they_say(tmp_path: Path) -> None:
    net = network(tmp_path, *CROSS, relations=[(TURN, {"restriction": "no_left_turn"})])
    kinds = {
        np.float64: ("lon", "lat", "length_m", "shape_lon", "shape_lat"),
        np.int64: ("node", "light_ms", "heavy_ms", "way", "shape_at"),
        np.int32: ("tail", "head", "edge", "name", "max_weight_kg", "max_height_cm", "max_width_cm", "no_turns"),
        np.uint8: ("allowed", "marks", "turn_bits"),
        np.int8: ("road_class",),
        np.bool_: ("forward",),
    }
    for kind, names in kinds.items():
        assert {name: getattr(net, name).dtype for name in names} == dict.fromkeys(names, np.dtype(kind))
    assert {name for names in kinds.values() for name in names} | {"names"} == set(net._fields)
