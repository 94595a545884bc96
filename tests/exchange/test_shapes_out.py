"""Shapes are read back by other programs: GeoJSON by shapely, GPX by gpxpy, GTFS-Realtime by its own bindings."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import gpxpy
import pytest
import shapely
from google.transit import gtfs_realtime_pb2

from safepassage.exchange import shapes_out
from safepassage.exchange.faults import Faults
from safepassage.exchange.geojson import read_geojson
from safepassage.exchange.gpx import read_gpx
from safepassage.exchange.gtfs_realtime import VehiclePosition, feed_pieces
from safepassage.exchange.shapes_out import Course, Feature, Moment, geojson_pieces, gpx_pieces

AT = datetime(2017, 8, 28, 16, 30, tzinfo=UTC)
CLOCKWISE = ((36.0, 34.0), (36.0, 35.0), (37.0, 35.0), (37.0, 34.0))
FEATURES = (
    Feature(shape="Point", points=[(36.7, 34.5)], said={"what": "site", "name": "Qāra قارة", "pcode": ""}),
    Feature(shape="LineString", points=[(36.7, 34.5), (36.123456789, 34.6)], said={"what": "road"}),
    Feature(shape="Polygon", points=CLOCKWISE, said={"what": "closure", "from": "2017-08-28T06:00:00Z",
                                                     "until": "2017-08-28T07:00:00Z", "reason": None}),
)  # fmt: skip


def test_features_are_read_by_another_program() -> None:
    told = json.loads(b"".join(geojson_pieces(FEATURES, title="T", note="")))
    shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in told["features"]]
    assert (told["title"], "note" in told) == ("T", False)
    assert [shape.geom_type for shape in shapes] == ["Point", "LineString", "Polygon"]
    assert shapes[1].coords[1] == (36.1234568, 34.6)
    assert isinstance(shapes[2], shapely.Polygon)
    assert shapes[2].exterior.is_ccw
    assert shapes[2].equals(shapely.Polygon(CLOCKWISE))
    assert told["features"][0]["properties"] == {"what": "site", "name": "Qāra قارة"}


def test_what_is_drawn_can_be_handed_in_again() -> None:
    faults = Faults()
    sheet = read_geojson("closures.geojson", b"".join(geojson_pieces(FEATURES[2:])), faults)
    assert sheet is not None
    assert sheet.rows[0] == ["what", "from", "until", "polygon"]
    assert sheet.rows[1][1:3] == ["2017-08-28T06:00:00Z", "2017-08-28T07:00:00Z"]


@pytest.mark.parametrize("most", [1, 2, 500])
def test_pieces_make_one_whole(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(shapes_out, "_AT_ONCE", most)
    assert len(json.loads(b"".join(geojson_pieces(FEATURES)))["features"]) == 3
    assert json.loads(b"".join(geojson_pieces(())))["features"] == []


def gpx() -> bytes:
    moments = [Moment(lon=36.7, lat=34.5, at=AT, name='<"A"&>', kind="pickup"), Moment(lon=36.8, lat=-34.6)]
    return b"".join(
        gpx_pieces(
            "Qara & \x00", AT, places=moments, routes=[Course(name="B1-1", moments=moments, remark="planned")],
            tracks=[Course(name="B1", moments=moments)],
        )
    )  # fmt: skip


def test_routes_tracks_and_waypoints_are_read_by_another_program() -> None:
    found = gpxpy.parse(gpx().decode())
    assert found.name == "Qara & \ufffd"
    assert found.time == AT
    assert [(one.name, one.type, one.latitude, one.time) for one in found.waypoints] == [
        ('<"A"&>', "pickup", 34.5, AT), (None, None, -34.6, None),
    ]  # fmt: skip
    assert (found.routes[0].name, found.routes[0].description, len(found.routes[0].points)) == ("B1-1", "planned", 2)
    assert [point.longitude for point in found.tracks[0].segments[0].points] == [36.7, 36.8]


def test_our_own_reader_takes_the_tracks() -> None:
    assert {point.at_ms for point in read_gpx(gpx())} == {int(AT.timestamp() * 1000)}


def test_vehicle_positions_are_read_by_the_published_bindings() -> None:
    positions = [
        VehiclePosition(vehicle="B1", lon=36.7251, lat=34.5, at_s=1503937800, label="حافلة 1", trip="B1-1"),
        VehiclePosition(vehicle="A" * 200, lon=-179.5, lat=-89.5, at_s=1),
    ]
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.ParseFromString(b"".join(feed_pieces(positions, 1503937860)))
    assert feed.IsInitialized()
    assert (feed.header.gtfs_realtime_version, feed.header.timestamp) == ("2.0", 1503937860)
    assert feed.header.incrementality == gtfs_realtime_pb2.FeedHeader.FULL_DATASET
    first, second = (entity.vehicle for entity in feed.entity)
    assert (first.vehicle.id, first.vehicle.label, first.trip.trip_id) == ("B1", "حافلة 1", "B1-1")
    assert (first.position.latitude, first.timestamp) == (34.5, 1503937800)
    assert first.position.longitude == pytest.approx(36.7251, abs=1e-5)
    assert (second.position.longitude, second.position.latitude) == (-179.5, -89.5)
    assert not second.HasField("trip")
