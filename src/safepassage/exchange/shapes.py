"""Read the shape of a road or an area: WKT text or a list of lon, lat pairs."""

from __future__ import annotations

import math
import re
from typing import Final, TypeGuard

from safepassage.exchange.bounds import MAX_LINE_TEXT
from safepassage.exchange.faults import Bad

Points = tuple[tuple[float, float], ...]

_WKT: Final = re.compile(r"\s*(LINESTRING|POLYGON)\s*(\(+)([^()]*)(\)+)\s*", re.IGNORECASE)


def line(value: object, *, closed: bool) -> Points | Bad:
    """Read the points of a line, or of a polygon (`closed`): at least 2 or 3, each within the world, finite.

    A polygon is given with or without its first corner repeated at the end; it is kept without.
    """
    name = "POLYGON ((lon lat, lon lat, lon lat))" if closed else "LINESTRING (lon lat, lon lat)"
    wrong = Bad(code="not-a-shape", expected=f"{name}, or a list of [lon, lat]", remedy="longitude comes first")
    if isinstance(value, str):
        pairs = _wkt(value, closed=closed)
    elif isinstance(value, list):
        pairs = [tuple(item) if isinstance(item, list) else () for item in value]
    else:
        return wrong
    points: list[tuple[float, float]] = []
    for pair in pairs or []:
        one = _lon_lat(pair)
        if one is None:
            return wrong
        if isinstance(one, Bad):
            return one
        points.append(one)
    if closed and len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return tuple(points) if len(set(points)) >= (3 if closed else 2) else wrong


def point(value: object) -> tuple[float, float] | Bad:
    """Read one point: a list of its longitude and latitude."""
    one = _lon_lat(tuple(value)) if isinstance(value, list) else None
    return one or Bad(code="not-a-shape", expected="[lon, lat]", remedy="longitude comes first")


def _lon_lat(pair: tuple[object, ...]) -> tuple[float, float] | Bad | None:
    """Read two numbers within the world; None when they are none."""
    if len(pair) != 2:
        return None
    lon, lat = pair
    if not (_is_number(lon) and _is_number(lat)):
        return None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return Bad(
            code="out-of-range", expected="lon from -180 to 180 and lat from -90 to 90", remedy="longitude comes first"
        )
    return float(lon), float(lat)


def _is_number(part: object) -> TypeGuard[float]:
    return isinstance(part, int | float) and not isinstance(part, bool) and abs(part) < math.inf


def _wkt(text: str, *, closed: bool) -> list[tuple[float, ...]] | None:
    if len(text) > MAX_LINE_TEXT:
        return None
    found = _WKT.fullmatch(text)
    if found is None or (found[1].upper() == "POLYGON") != closed or len(found[2]) != (2 if closed else 1):
        return None
    try:
        return [tuple(float(number) for number in point.split()) for point in found[3].split(",")]
    except ValueError:
        return None
