"""Read roads drawn as lines in a GeoJSON file into a network."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import shapely
from msgspec import Struct

from safepassage.model.errors import Fault, InputError, Place
from safepassage.roads.building import Ways, build
from safepassage.roads.extract import name_of
from safepassage.roads.network import CLASSES, Floats, Int64s, Roads, Tell, metres
from safepassage.roads.profiles import Drive, read, relevant, words

USUAL_CLASS: Final = "tertiary"
"""Class of a line that does not say what it is."""
TYPES: Final = {
    "major highway": "trunk", "beltway": "trunk", "bypass": "trunk", "secondary highway": "secondary",
    "road": "tertiary", "track": "track",
}  # fmt: skip
"""Classes for the `type` of roads in Natural Earth."""
GRID_DEGREES: Final = 1e-7
"""Points nearer than this are one: a centimetre, as fine as OpenStreetMap."""
TOUCH_M: Final = 1.0
"""An end of a line that lies this near another line meets it."""
MOST_BYTES: Final = 500_000_000


class _Geometry(Struct):
    type: str = ""
    coordinates: Any = None


class _Feature(Struct):
    type: str = ""
    geometry: _Geometry | None = None
    properties: dict[str, Any] | None = None


class _Collection(Struct):
    type: str
    features: list[_Feature] = []


class _Line(NamedTuple):
    """A line as drawn, lon and lat, and its tags; `level` tells bridges and tunnels from what they cross."""

    points: list[tuple[float, float]]
    tags: dict[str, str]
    level: str
    length_m: float


def read_drawn(path: Path, *, tracks: bool = False, tell: Tell = lambda _stage, _done: None) -> Roads:
    """Read a GeoJSON file of lines; they meet where they share a point, cross, or end on each other.

    Properties are read like tags of OpenStreetMap: `highway`, `maxspeed`, `oneway`, `surface`, `name`, limits. `length`
    is the true length in metres. A line without a class counts as USUAL_CLASS. Lines of different `layer` (bridges
    count as 1 and tunnels as -1 where it is not given) cross without meeting.

    Parameters
    ----------
    path
        A FeatureCollection, Feature or geometry of LineStrings or MultiLineStrings in lon, lat.
    tracks
        Whether lines with `highway=track` are read.
    tell
        Is told how far the reading is.

    Raises
    ------
    InputError
        When the file cannot be read, or holds no line that can be driven.
    """
    faults: list[Fault] = []
    counts: Counter[str] = Counter()
    tell("reading lines", 0.0)
    lines = [line for line in _lines(_features(path), path, faults, counts) if line.points]
    drives, numbers = _drives(lines, counts, tracks=tracks)
    driven = [(line, number) for line, number in zip(lines, numbers, strict=True) if number >= 0]
    if not faults and not driven:
        faults.append(_fault(path, "drawn-without-roads", "the file holds no line that can be driven", found=""))
    if faults:
        raise InputError(tuple(faults))
    tell("joining roads", 0.0)
    names = {"": 0}
    ways = _ways(driven, names)
    network = build(ways, drives, tuple(names), {})
    tell("joining roads", 1.0)
    if not len(network.edge):
        raise InputError((_fault(path, "drawn-without-roads", "no line has a length", found=""),))
    return Roads(network, dict(sorted(counts.items())), np.zeros(0, dtype=np.int32))


def _features(path: Path) -> list[_Feature]:
    """Decode the file, whatever GeoJSON object it holds."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError((_fault(path, "drawn-broken", "the file is too large", found="more than 500 MB"),))
        data = path.read_bytes()
        kind = msgspec.json.decode(data, type=_Feature).type
        if kind == "FeatureCollection":
            return msgspec.json.decode(data, type=_Collection).features
        if kind == "Feature":
            return [msgspec.json.decode(data, type=_Feature)]
        return [_Feature(type="Feature", geometry=msgspec.json.decode(data, type=_Geometry))]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
        fault = _fault(path, "drawn-broken", "the roads cannot be read", found=str(error)[:200])
        raise InputError((fault,)) from error


def _fault(path: Path, code: str, what: str, *, found: str, cell: str = "") -> Fault:
    return Fault(
        code=code,
        severity="error",
        place=Place(file=path.name, cell=cell),
        what=what,
        expected="GeoJSON with LineStrings in longitude, latitude (WGS 84)",
        found=found,
        remedy="export the layer of lines again, for example from QGIS, as GeoJSON in EPSG:4326",
    )


def _lines(features: Sequence[_Feature], path: Path, faults: list[Fault], counts: Counter[str]) -> Iterator[_Line]:
    for number, feature in enumerate(features, start=1):
        geometry = feature.geometry
        tags = _tags(feature.properties or {})
        if geometry is None or geometry.type not in ("LineString", "MultiLineString"):
            counts["left out shapes"] += 1
            continue
        parts = [geometry.coordinates] if geometry.type == "LineString" else geometry.coordinates
        try:
            shapes = [[_point(place) for place in part] for part in parts]
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            cell = f"feature {number}"
            faults.append(_fault(path, "drawn-broken", "a line cannot be read", found=str(error)[:100], cell=cell))
            continue
        length_m = _number(tags.get("length", ""), counts) / max(len(shapes), 1)
        for points in shapes:
            yield _Line(points, tags, _level(tags), length_m)


def _tags(properties: dict[str, Any]) -> dict[str, str]:
    """Return properties as tags: numbers as they are written, truth as yes and no."""
    found = {}
    for key, value in properties.items():
        if value is not None and value != "":
            found[str(key)] = ("yes" if value else "no") if isinstance(value, bool) else f"{value}"
    if "highway" not in found and found.get("route") != "ferry":
        found["highway"] = TYPES.get(found.get("type", "").lower(), USUAL_CLASS)
    return found


def _point(place: Sequence[float]) -> tuple[float, float]:
    lon, lat = float(place[0]), float(place[1])
    if not (math.isfinite(lon) and -180 <= lon <= 180 and math.isfinite(lat) and -90 <= lat <= 90):
        raise ValueError(f"{place[:2]} is no longitude, latitude")
    return lon, lat


def _number(text: str, counts: Counter[str]) -> float:
    try:
        found = float(text or 0)
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or found < 0:
        counts[f"unread length={text}"] += 1
        return 0.0
    return found


def _level(tags: dict[str, str]) -> str:
    if tags.get("layer", "").lstrip("-").isdecimal():
        return tags["layer"]
    if tags.get("bridge", "no") != "no":
        return "1"
    return "-1" if tags.get("tunnel", "no") != "no" else "0"


def _drives(lines: Sequence[_Line], counts: Counter[str], *, tracks: bool) -> tuple[list[Drive], list[int]]:
    """Read the tags of lines; -1 where nobody drives one."""
    drives: list[Drive] = []
    numbers = []
    for line in lines:
        tags = relevant(line.tags)
        if tags.get("highway", "") not in CLASSES and tags.get("route") != "ferry":
            counts[f"unread highway={tags['highway']}"] += 1
            tags["highway"] = USUAL_CLASS
        reading = read(tags, tracks=tracks)
        counts.update(words(reading))
        numbers.append(len(drives) if reading.drive is not None else -1)
        drives += [reading.drive] if reading.drive is not None else []
    return drives, numbers


def _ways(driven: Sequence[tuple[_Line, int]], names: dict[str, int]) -> Ways:
    """Put lines together: points that fall together are one, and lines get a point where they meet."""
    lines = [line for line, _ in driven]
    shapes = _met(lines)
    places = np.concatenate(shapes)
    grid, refs = np.unique(np.round(places / GRID_DEGREES).astype(np.int64), axis=0, return_inverse=True)
    at = np.append(0, np.cumsum([len(shape) for shape in shapes]))
    return Ways(
        point=-1 - np.arange(len(grid), dtype=np.int64),
        lon=(grid[:, 0] * GRID_DEGREES).astype(np.float64),
        lat=(grid[:, 1] * GRID_DEGREES).astype(np.float64),
        refs=refs.reshape(-1).astype(np.int64),
        at=at.astype(np.int64),
        drive=np.array([number for _, number in driven], dtype=np.int32),
        way=-1 - np.arange(len(lines), dtype=np.int64),
        name=np.array([names.setdefault(name_of(line.tags), len(names)) for line in lines], dtype=np.int32),
        stretched=np.array([_stretched(line, shape) for line, shape in zip(lines, shapes, strict=True)]),
    )


def _stretched(line: _Line, shape: Floats) -> float:
    """Return the true length of a line over that of its shape."""
    drawn_m = float(metres(shape[:-1, 0], shape[:-1, 1], shape[1:, 0], shape[1:, 1]).sum())
    return line.length_m / drawn_m if line.length_m and drawn_m else 1.0


def _met(lines: Sequence[_Line]) -> list[Floats]:
    """Return the points of lines, with those added where they cross, or where one ends on another."""
    count = [len(line.points) - 1 for line in lines]
    owner = np.repeat(np.arange(len(lines)), count)
    ends = [(a, b) for line in lines for a, b in zip(line.points[:-1], line.points[1:], strict=True)]
    segments = shapely.linestrings(np.array(ends, dtype=np.float64).reshape(-1, 2, 2))
    added: dict[int, list[tuple[float, float]]] = {}
    for one, two, place in _crossings(segments, owner, lines):
        added.setdefault(one, []).append(place)
        added.setdefault(two, []).append(place)
    for segment, place in _touches(segments, lines):
        added.setdefault(segment, []).append(place)
    shapes, segment = [], 0
    for line in lines:
        points: list[tuple[float, float]] = []
        for a in line.points[:-1]:
            more = added.get(segment, [])
            points += [a, *sorted(more, key=_from(a))]
            segment += 1
        shapes.append(np.array([*points, line.points[-1]], dtype=np.float64))
    return shapes


def _from(start: tuple[float, float]) -> Callable[[tuple[float, float]], float]:
    """Order points of one segment from its start on."""
    return lambda place: math.hypot(place[0] - start[0], place[1] - start[1])


def _crossings(segments: Any, owner: Int64s, lines: Sequence[_Line]) -> Iterator[tuple[int, int, tuple[float, float]]]:
    """Give the pairs of segments that cross, and where; those that overlap meet at the ends of what they share."""
    one, two = shapely.STRtree(segments).query(segments, predicate="intersects")
    level = np.array([line.level for line in lines])[owner]
    wanted = (one < two) & (level[one] == level[two])
    one, two = one[wanted], two[wanted]
    meeting = shapely.intersection(segments[one], segments[two])
    places, at = shapely.get_coordinates(meeting, return_index=True)
    for (lon, lat), number in zip(places.tolist(), at.tolist(), strict=True):
        yield int(one[number]), int(two[number]), (lon, lat)


def _touches(segments: Any, lines: Sequence[_Line]) -> Iterator[tuple[int, tuple[float, float]]]:
    """Give the segments of other lines that an end of a line nearly touches, and the end."""
    ends = [(number, place) for number, line in enumerate(lines) for place in (line.points[0], line.points[-1])]
    owner = np.repeat(np.arange(len(lines)), [len(line.points) - 1 for line in lines])
    tree = shapely.STRtree(segments)
    wide = [TOUCH_M / (111_000 * max(math.cos(math.radians(place[1])), 0.01)) for _, place in ends]
    end, segment = tree.query(shapely.points([place for _, place in ends]), predicate="dwithin", distance=wide)
    for number, at in zip(end.tolist(), segment.tolist(), strict=True):
        line, place = ends[number]
        if owner[at] != line and _near(segments[at], place):
            yield at, place


def _near(segment: Any, place: tuple[float, float]) -> bool:
    """Tell whether a point lies within TOUCH_M of a segment."""
    foot = segment.interpolate(segment.project(shapely.Point(place)))
    ends = (np.array([value]) for value in (place[0], place[1], foot.x, foot.y))
    return bool(metres(*ends)[0] <= TOUCH_M)
