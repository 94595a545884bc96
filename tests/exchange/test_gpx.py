"""Tracks: the points that say where and when, and nothing that could be expanded."""

from __future__ import annotations

import pytest

from safepassage.exchange import gpx
from safepassage.exchange.gpx import TrackPoint, read_gpx
from safepassage.model.errors import InputError

HEAD = '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'


def track(*points: str, head: str = HEAD) -> bytes:
    return f"{head}<trk><trkseg>{''.join(points)}</trkseg></trk></gpx>".encode()


def point(time: str = "2017-08-28T07:00:00Z", *, lat: str = "34.5", lon: str = "38.2") -> str:
    return f'<trkpt lat="{lat}" lon="{lon}"><ele>700</ele><time>{time}</time></trkpt>'


def test_points_with_a_place_and_a_time_are_read() -> None:
    at_ms = 1_503_903_600_000
    assert read_gpx(track(point())) == (TrackPoint(lon=38.2, lat=34.5, at_ms=at_ms),)
    times = ("2017-08-28T07:00:00", " 2017-08-28T10:00:00+03:00 ", "2017-08-28T07:00:00.000Z")
    assert [one.at_ms for one in read_gpx(track(*map(point, times)))] == [at_ms] * 3
    bare = f'<gpx><time>2001-01-01T00:00:00Z</time><wpt lat="-1" lon="2"><time>{times[0]}</time></wpt></gpx>'
    assert read_gpx(bare.encode()) == (TrackPoint(lon=2, lat=-1, at_ms=at_ms),)


def test_points_without_a_time_are_left_out() -> None:
    untimed = '<trkpt lat="1" lon="2"></trkpt>'
    assert len(read_gpx(track(untimed, point("yesterday"), point("x" * 999), point()))) == 1


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "no XML"),
        (b"<gpx>", "no XML"),
        (b"<kml/>", "first element"),
        (track(), "no point"),
        (track(point(lat="91")), "a point at"),
        (track(point(lon="nan")), "a point at"),
        (track(point(lon="east")), "no XML"),
        (b'<gpx><trkpt lon="1"/></gpx>', "a point at"),
        (b"<!DOCTYPE gpx []>" + track(point()), "document type"),
        (b'<!DOCTYPE gpx [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>' + track(point("&c;")), "document type"),
        (b'<!DOCTYPE gpx SYSTEM "file:///etc/passwd">' + track(point()), "document type"),
    ],
)
def test_what_is_no_track_is_refused_with_the_reason(data: bytes, found: str) -> None:
    with pytest.raises(InputError) as refused:
        read_gpx(data, "bus.gpx")
    fault = refused.value.faults[0]
    assert (fault.code, fault.place.file) == ("gpx-unreadable", "bus.gpx")
    assert found in fault.found


def test_a_track_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpx, "MOST_POINTS", 2)
    assert len(read_gpx(track(point(), point()))) == 2
    with pytest.raises(InputError) as refused:
        read_gpx(track(point(), point(), point()))
    assert "cut the track" in refused.value.faults[0].found
