"""What tags mean: who drives, in which direction, how fast, how heavy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.roads.network import BRIDGE, CLASSES, FERRY, FORD, TRACK, TUNNEL
from safepassage.roads.profiles import CHAINS, ROOTS, Drive, Pass, read, read_node, relevant, words
from safepassage.roads.speeds import CLASS_KMH, HEAVY_SHARE, SHARE_OF_LIMIT

A, C, B, T = 2, 1, 4, 8
ALL = 15


def drive(*, tracks: bool = False, **tags: str) -> Drive:
    found = read({key.replace("__", ":"): value for key, value in tags.items()}, tracks=tracks).drive
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({}, ALL, ALL),
        ({"oneway": "yes"}, ALL, 0),
        ({"oneway": "-1"}, 0, ALL),
        ({"oneway": "no", "junction": "roundabout"}, ALL, ALL),
        ({"junction": "roundabout"}, ALL, 0),
        ({"junction": "circular"}, ALL, 0),
        ({"highway": "motorway"}, ALL, 0),
        ({"highway": "motorway_link"}, ALL, ALL),
        ({"oneway": "alternating"}, ALL, ALL),
        ({"oneway": "yes", "oneway:bus": "no"}, ALL, B),
        ({"oneway": "yes", "oneway:psv": "no"}, ALL, B),
        ({"oneway": "yes", "oneway:emergency": "no"}, ALL, A),
        ({"oneway": "yes", "busway": "opposite_lane"}, ALL, B),
        ({"oneway": "sometimes"}, ALL, ALL),
        ({"access": "no"}, 0, 0),
        ({"access": "private"}, 0, 0),
        ({"access": "private", "emergency": "yes"}, A, A),
        ({"access": "destination"}, ALL, ALL),
        ({"access": "delivery"}, ALL, ALL),
        ({"access": "no", "motor_vehicle": "yes"}, ALL, ALL),
        ({"access": "no", "vehicle": "yes", "motor_vehicle": "no"}, 0, 0),
        ({"motor_vehicle": "no", "motorcar": "yes"}, C | A, C | A),
        ({"motor_vehicle": "no", "bus": "yes"}, B, B),
        ({"motor_vehicle": "no", "psv": "yes"}, B, B),
        ({"access": "bus"}, B, B),
        ({"access": "emergency"}, A, A),
        ({"hgv": "no"}, ALL & ~T, ALL & ~T),
        ({"hgv": "destination"}, ALL, ALL),
        ({"access": "agricultural;forestry"}, 0, 0),
        ({"access": "no;destination"}, ALL, ALL),
        ({"access": "unknown"}, ALL, ALL),
        ({"access": "whatever"}, ALL, ALL),
        ({"vehicle:backward": "no"}, ALL, 0),
        ({"access:forward": "no"}, 0, ALL),
        ({"motor_vehicle:forward": "no", "motor_vehicle": "yes"}, 0, ALL),
        ({"highway": "busway"}, B, B),
        ({"highway": "busway", "emergency": "yes"}, A | B, A | B),
        ({"highway": "service", "service": "emergency_access"}, A, A),
        ({"highway": "service", "service": "driveway"}, ALL, ALL),
        ({"highway": "footway"}, 0, 0),
        ({"highway": "footway", "access": "yes"}, 0, 0),
        ({"highway": "footway", "vehicle": "yes"}, 0, 0),
        ({"highway": "pedestrian", "motor_vehicle": "delivery"}, ALL, ALL),
        ({"highway": "pedestrian", "emergency": "yes"}, A, A),
        ({"highway": "path", "bus": "designated"}, B, B),
        ({"highway": "construction"}, 0, 0),
        ({"highway": "bus_guideway"}, 0, 0),
        ({"highway": "steps"}, 0, 0),
        ({"area": "yes"}, 0, 0),
        ({"smoothness": "impassable"}, 0, 0),
        ({"ford": "stepping_stones"}, 0, 0),
    ],
)
def test_who_drives_in_which_direction(tags: dict[str, str], forward: int, backward: int) -> None:
    found = read({"highway": "residential"} | tags, tracks=False).drive
    assert ((found.forward, found.backward) if found else (0, 0)) == (forward, backward)


def test_a_reversible_road_is_left_out_and_told() -> None:
    found = read({"highway": "primary", "oneway": "reversible"}, tracks=False)
    assert found.drive is None
    assert words(found) == ("left out reversible",)


@pytest.mark.parametrize(
    ("tags", "bits"),
    [
        ({}, 0),
        ({"motor_vehicle": "yes"}, ALL),
        ({"vehicle": "yes"}, ALL),
        ({"access": "yes"}, 0),
        ({"motorcar": "yes"}, C | A),
        ({"motor_vehicle": "no"}, 0),
    ],
)
def test_a_ferry_takes_whom_it_says(tags: dict[str, str], bits: int) -> None:
    found = read({"route": "ferry", "duration": "0:30"} | tags, tracks=False)
    assert (found.drive.forward if found.drive else 0) == bits
    if found.drive:
        assert (found.drive.marks, found.drive.duration_s) == (FERRY, 1800)
    else:
        assert found.left_out == "ferries"


def test_a_ferry_without_a_time_that_is_understood() -> None:
    assert drive(route="ferry", vehicle="yes").duration_s == 0
    assert read({"route": "ferry", "vehicle": "yes", "duration": "soon"}, tracks=False).unread == ("duration=soon",)


def test_tracks_only_on_request() -> None:
    tags = {"highway": "track", "access": "forestry", "tracktype": "grade2"}
    assert read(tags, tracks=False) == (None, "tracks", (), ())
    found = read(tags, tracks=True).drive
    assert found is not None
    assert (found.forward, found.marks, found.light_kmh) == (ALL, TRACK, (30, 30))
    assert read(tags | {"access": "private"}, tracks=True).drive is None


def test_speeds_come_from_limits_then_classes() -> None:
    assert drive(highway="primary").light_kmh == (CLASS_KMH["primary"],) * 2
    assert drive(highway="primary", maxspeed="50").light_kmh == (50 * SHARE_OF_LIMIT,) * 2
    assert drive(highway="primary", maxspeed="none").light_kmh == (CLASS_KMH["primary"],) * 2
    both = drive(highway="primary", maxspeed="50", maxspeed__forward="30 mph", maxspeed__backward="DE:rural")
    assert both.light_kmh == pytest.approx((48.28032 * SHARE_OF_LIMIT, 80 * SHARE_OF_LIMIT))


def test_heavy_vehicles_are_slower() -> None:
    assert drive(highway="primary").heavy_kmh[0] == CLASS_KMH["primary"] * HEAVY_SHARE
    assert drive(highway="motorway", maxspeed="130").heavy_kmh[0] == 80
    assert drive(highway="motorway_link", maxspeed="130").heavy_kmh[0] == 80
    assert drive(highway="primary", maxspeed="120").heavy_kmh[0] == 65
    assert drive(highway="primary", maxspeed="90", maxspeed__hgv="60").heavy_kmh[0] == 60 * SHARE_OF_LIMIT
    assert drive(highway="primary", maxspeed="90", maxspeed__bus="50").heavy_kmh[0] == 50 * SHARE_OF_LIMIT


def test_the_ground_slows() -> None:
    assert drive(highway="primary", surface="sand").light_kmh[0] == 20
    assert drive(highway="primary", surface="asphalt;gravel").light_kmh[0] == 40
    assert drive(highway="primary", maxspeed="100", smoothness="very_bad").light_kmh[0] == 20
    assert drive(highway="primary", ford="yes").light_kmh[0] == 10
    assert drive(highway="living_street", surface="asphalt").light_kmh[0] == CLASS_KMH["living_street"]


def test_marks_and_limits() -> None:
    found = drive(highway="primary", bridge="viaduct", tunnel="no", maxweight="7.5", maxwidth="2.5", maxheight="4",
                  maxheight__physical="3.9")  # fmt: skip
    assert found.marks == BRIDGE
    assert (found.max_weight_kg, found.max_height_cm, found.max_width_cm) == (7500, 390, 250)
    assert drive(highway="primary", tunnel="yes", ford="yes").marks == TUNNEL | FORD
    assert drive(highway="primary", maxheight="default").max_height_cm == 0


def test_what_is_not_understood_is_told_and_counts_as_not_said() -> None:
    tags = {"highway": "primary", "maxspeed": "fast", "surface": "cheese", "maxweight": "heavy", "access": "who",
            "tracktype": "gradeA", "smoothness": "so so", "oneway": "maybe"}  # fmt: skip
    found = read(tags, tracks=False)
    assert found.drive == read({"highway": "primary"}, tracks=False).drive
    assert {word.partition("=")[0] for word in found.unread} == tags.keys() - {"highway"}


def test_what_is_understood_and_not_used_is_told() -> None:
    tags = {"highway": "primary", "maxaxleload": "9", "maxspeed:conditional": "30 @ (wet)", "maxlength": "12"}
    assert read(tags, tracks=False).ignored == ("conditional", "maxaxleload", "maxlength")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"barrier": "gate"}, None),
        ({"barrier": "cattle_grid"}, None),
        ({"barrier": "toll_booth"}, None),
        ({"barrier": "invented"}, None),
        ({"barrier": "gate", "access": "private"}, Pass(0)),
        ({"barrier": "gate", "access": "private", "emergency": "yes"}, Pass(A)),
        ({"barrier": "lift_gate", "motor_vehicle": "no", "bus": "yes"}, Pass(B)),
        ({"barrier": "bollard"}, Pass(0)),
        ({"barrier": "bollard", "access": "yes"}, None),
        ({"barrier": "bollard", "emergency": "yes"}, Pass(A)),
        ({"barrier": "height_restrictor", "maxheight": "2.1"}, Pass(ALL, 0, 0, 210)),
        ({"access": "private"}, None),
        ({"ford": "yes"}, Pass(ALL, FORD)),
        ({"ford": "boat"}, Pass(0, FORD)),
        ({"ford": "no"}, None),
    ],
)
def test_what_stands_on_the_road(tags: dict[str, str], expected: Pass | None) -> None:
    unread: set[str] = set()
    assert read_node(tags, unread) == expected
    assert unread == ({"barrier=invented"} if tags.get("barrier") == "invented" else set())


def test_every_class_has_a_speed() -> None:
    assert set(CLASS_KMH) == set(CLASSES)


def test_only_tags_that_matter_are_kept() -> None:
    assert relevant({"name": "x", "maxspeed:hgv": "60", "highway": "primary"}) == {
        "maxspeed:hgv": "60",
        "highway": "primary",
    }


KEYS = sorted(ROOTS) + [f"{key}:forward" for chain in CHAINS.values() for key in chain] + ["oneway:bus", "maxspeed:hgv"]
VALUES = st.sampled_from(("yes", "no", "private", "-1", "50", "ferry", "primary", "track", "sand", "1:00", "grade1"))


@given(st.dictionaries(st.sampled_from(KEYS), VALUES | st.text(max_size=6)), st.booleans())
def test_no_tags_raise_and_speeds_are_speeds(tags: dict[str, str], tracks: bool) -> None:  # noqa: FBT001
    found = read(tags, tracks=tracks).drive
    if found is not None:
        assert found.forward | found.backward
        assert all(0 < kmh <= 200 for kmh in found.light_kmh)
        assert all(0 < heavy <= light for heavy, light in zip(found.heavy_kmh, found.light_kmh, strict=True))
