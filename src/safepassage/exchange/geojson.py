"""Read the closures or corrections of a GeoJSON file as a sheet: a row for each shape, its properties as columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from safepassage.exchange.bounds import MAX_COLUMNS, MAX_SMALL_ROWS
from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.sheets import Sheet
from safepassage.model.errors import Place

SHAPES: Final = {"Polygon": "polygon", "LineString": "line"}
"""Geometry -> the column that holds it."""

_FORM: Final = Bad(
    code="not-geojson",
    expected="a FeatureCollection of polygons and lines, with the columns of the table as properties",
    remedy="save it as GeoJSON (RFC 7946), in WGS 84",
)
_Row = dict[str, Any]


def read_geojson(file: str, data: bytes, faults: Faults) -> Sheet | None:
    """Read the features of a file.

    Of a polygon the outer ring is read: what lies in a hole counts as inside.

    Parameters
    ----------
    file
        The name, for the places of faults.
    data
        Its bytes.
    faults
        Where faults are kept.

    Returns
    -------
    Sheet | None
        Headings in the first row, shapes as WKT; None after a fault.
    """
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        faults.bad(Place(file=file), "the file is not valid JSON", _FORM, "")
        return None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or len(features) > MAX_SMALL_ROWS:
        faults.bad(Place(file=file), "the file holds no features, or too many", _FORM, "")
        return None
    rows: list[_Row] = []
    for number, feature in enumerate(features, start=1):
        found = list(_rows(feature))
        if not found:
            faults.bad(Place(file=file, cell=f"features[{number - 1}]"), f"feature {number}", _FORM, _type(feature))
        rows += found
    names = list(dict.fromkeys(name for row in rows for name in row))[:MAX_COLUMNS]
    return Sheet(file=file, name="", rows=[list(names), *([row.get(name) for name in names] for row in rows)])


def _rows(feature: object) -> Iterator[_Row]:
    """Give a row for each part of a feature; none where it is no polygon and no line."""
    if not isinstance(feature, dict):
        return
    properties = feature.get("properties")
    known = {str(name): _plain(value) for name, value in properties.items()} if isinstance(properties, dict) else {}
    for shape, coordinates in _parts(feature.get("geometry")):
        text = _wkt(shape, coordinates)
        if text:
            yield {name: value for name, value in known.items() if name not in SHAPES.values()} | {SHAPES[shape]: text}


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value)


def _parts(geometry: object) -> Iterator[tuple[str, Any]]:
    if not isinstance(geometry, dict):
        return
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind in SHAPES:
        yield kind, coordinates
    elif isinstance(kind, str) and kind.removeprefix("Multi") in SHAPES and isinstance(coordinates, list):
        yield from ((kind.removeprefix("Multi"), one) for one in coordinates)


def _wkt(shape: str, coordinates: Any) -> str:
    """Write coordinates as WKT, without heights; empty where they are no pairs of numbers."""
    points = coordinates[0] if shape == "Polygon" and isinstance(coordinates, list) and coordinates else coordinates
    try:
        text = ", ".join(f"{float(lon)!r} {float(lat)!r}" for lon, lat, *_ in points)
    except (TypeError, ValueError):
        return ""
    if not text:
        return ""
    return f"POLYGON (({text}))" if shape == "Polygon" else f"LINESTRING ({text})"


def _type(feature: object) -> object:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    return geometry.get("type") if isinstance(geometry, dict) else ""
