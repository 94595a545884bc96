"""A short line across a road: the place where it is closed, in coordinates that anybody may type."""

from __future__ import annotations

from itertools import pairwise
from math import cos, hypot, radians

from safepassage.roads.network import EARTH_M
from safepassage.roads.outlook import Shape

HALF_M = 3.0
"""How far the line reaches to either side: across a road, and not over the one beside it."""
_M_PER_DEGREE = EARTH_M * 3.141592653589793 / 180


def across(line: Shape) -> Shape:
    """Return a short line across a road, in the middle of its longest straight part, far from its crossings.

    Parameters
    ----------
    line
        The road, lon and lat, at least one point.
    """
    a, b = max(pairwise(line), key=_length_m, default=(line[0], line[0]))
    middle = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    east_m, north_m = _east_m(a, b), (b[1] - a[1]) * _M_PER_DEGREE
    length_m = hypot(east_m, north_m)
    aside = (-north_m / length_m, east_m / length_m) if length_m else (1.0, 0.0)
    by = aside[0] * HALF_M / (_M_PER_DEGREE * cos(radians(middle[1]))), aside[1] * HALF_M / _M_PER_DEGREE
    return tuple((round(middle[0] + side * by[0], 6), round(middle[1] + side * by[1], 6)) for side in (-1, 1))


def as_text(shape: Shape) -> str:
    """Write points as the command line reads them: "lon,lat;lon,lat".

    Examples
    --------
    >>> as_text(((24.5, 60.1), (24.6, 60.1)))
    '24.5,60.1;24.6,60.1'
    """
    return ";".join(f"{lon:.7f}".rstrip("0").rstrip(".") + f",{lat:.7f}".rstrip("0").rstrip(".") for lon, lat in shape)


def _east_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    return (b[0] - a[0]) * _M_PER_DEGREE * cos(radians((a[1] + b[1]) / 2))


def _length_m(piece: tuple[tuple[float, float], tuple[float, float]]) -> float:
    a, b = piece
    return hypot(_east_m(a, b), (b[1] - a[1]) * _M_PER_DEGREE)
