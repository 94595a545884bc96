"""Write shapes for maps: GeoJSON feature by feature, and GPX with routes, tracks and waypoints.

References
----------
RFC 7946, GeoJSON (coordinates in lon, lat; outer rings counter-clockwise). GPX 1.1 schema (Topografix, 2004).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from safepassage.exchange.xml_files import HEAD, element, escaped

Point: TypeAlias = tuple[float, float]
"""Lon, lat, in degrees."""

Shape: TypeAlias = Literal["Point", "LineString", "Polygon"]
_DIGITS: Final = 7
"""Of a degree: a centimetre."""

_AT_ONCE: Final = 500


class Feature(Struct, frozen=True, kw_only=True):
    """A shape and what is said of it. A point has one point, a polygon its outer ring, closed or not."""

    shape: Shape
    points: Sequence[Point]
    said: dict[str, Any]


class Moment(Struct, frozen=True, kw_only=True):
    """A place, when somebody was there (None: not said), what it is called, and of which kind."""

    lon: float
    lat: float
    at: datetime | None = None
    name: str = ""
    kind: str = ""


class Course(Struct, frozen=True, kw_only=True):
    """A way in its order: planned (`rte`) or driven (`trk`)."""

    name: str
    moments: Sequence[Moment]
    remark: str = ""


def geojson_pieces(features: Iterable[Feature], **said: Any) -> Iterator[bytes]:
    """Yield a feature collection, in pieces.

    Parameters
    ----------
    features
        In the order in which they are to be drawn.
    said
        Of the whole: members of the collection that are not GeoJSON's own.
    """
    about = "".join(f',\n"{name}":{msgspec.json.encode(value).decode()}' for name, value in said.items() if value)
    yield f'{{"type":"FeatureCollection"{about},\n"features":['.encode()
    waiting: list[bytes] = []
    before = b"\n"
    for feature in features:
        waiting.append(before + msgspec.json.encode(_feature(feature)))
        before = b",\n"
        if len(waiting) == _AT_ONCE:
            yield b"".join(waiting)
            waiting.clear()
    yield b"".join(waiting) + b"\n]}\n"


def _feature(feature: Feature) -> dict[str, Any]:
    points = [[round(lon, _DIGITS), round(lat, _DIGITS)] for lon, lat in feature.points]
    coordinates: Any = points
    if feature.shape == "Point":
        coordinates = points[0]
    elif feature.shape == "Polygon":
        coordinates = [_ring(points)]
    said = {name: value for name, value in feature.said.items() if value not in ("", None, ())}
    return {"type": "Feature", "geometry": {"type": feature.shape, "coordinates": coordinates}, "properties": said}


def _ring(points: list[list[float]]) -> list[list[float]]:
    """Close a ring, and turn it counter-clockwise."""
    ring = points if points[0] == points[-1] else [*points, points[0]]
    area = sum(one[0] * other[1] - other[0] * one[1] for one, other in pairwise(ring))
    return ring if area >= 0 else ring[::-1]


def gpx_pieces(
    title: str,
    made: datetime,
    *,
    places: Iterable[Moment] = (),
    routes: Iterable[Course] = (),
    tracks: Iterable[Course] = (),
) -> Iterator[bytes]:
    """Yield a GPX file, in pieces.

    Parameters
    ----------
    title
        What it is of.
    made
        When.
    places, routes, tracks
        Waypoints; ways as planned; ways as driven.
    """
    yield (
        f'{HEAD}<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="safepassage">\n'
        f"<metadata>\n{element('name', title)}<time>{_utc(made)}</time>\n</metadata>\n"
    ).encode()
    yield "".join(_moment("wpt", one) for one in places).encode()
    for route in routes:
        yield _course("rte", route, "".join(_moment("rtept", one) for one in route.moments)).encode()
    for track in tracks:
        points = "".join(_moment("trkpt", one) for one in track.moments)
        yield _course("trk", track, f"<trkseg>\n{points}</trkseg>\n").encode()
    yield b"</gpx>\n"


def _course(name: str, course: Course, inner: str) -> str:
    return f"<{name}>\n{element('name', course.name)}{element('desc', course.remark)}{inner}</{name}>\n"


def _moment(name: str, one: Moment) -> str:
    inner = f"<time>{_utc(one.at)}</time>" if one.at else ""
    inner += f"<name>{escaped(one.name)}</name>" if one.name else ""
    inner += f"<type>{escaped(one.kind)}</type>" if one.kind else ""
    return f'<{name} lat="{one.lat:.7f}" lon="{one.lon:.7f}">{inner}</{name}>\n'


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
