"""Positions as the OsmAnd protocol has them: what the Traccar Client and many trackers send over HTTP.

References
----------
Traccar, *OsmAnd protocol*: `id`, `timestamp`, `lat`, `lon`, `accuracy` as a query or a form; the Traccar Client from
version 9 on sends JSON with `device_id` and `location` (`timestamp`, `coords`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct
from starlette.requests import Request

from safepassage.desk.positions import Fix
from safepassage.server.answers import MalformedError, body_of

MOST_FIELDS: Final = 40
_E7: Final = 10_000_000
_FARTHEST_MS: Final = 2**50
_MILLISECONDS_FROM: Final = 10**11
"""A timestamp this large is in milliseconds: in seconds it would be the year 5138."""


class _Coords(Struct):
    latitude: float
    longitude: float
    accuracy: float | None = None


class _Location(Struct):
    coords: _Coords
    timestamp: str | int | float = ""


class _Report(Struct):
    device_id: str
    location: _Location


async def reported(request: Request) -> tuple[str, Fix]:
    """Read a position: the token of who sends it, and the fix.

    Parameters
    ----------
    request
        A query, a form, or JSON.

    Raises
    ------
    MalformedError
        When it is none of these, or no place on Earth.
    TooLargeError
        When it is larger than any position.
    """
    body = await body_of(request) if request.method == "POST" else b""
    try:
        if body.lstrip().startswith(b"{"):
            return _from_json(body)
        given = dict(request.query_params)
        given |= parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        return _from_fields(given)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise MalformedError(f"a position: {error}") from error


def _from_json(body: bytes) -> tuple[str, Fix]:
    said = msgspec.json.decode(body, type=_Report)
    coords = said.location.coords
    fix = _fix(coords.latitude, coords.longitude, coords.accuracy or 0.0, str(said.location.timestamp))
    return said.device_id, fix


def _from_fields(given: Mapping[str, str]) -> tuple[str, Fix]:
    token = given.get("id") or given.get("deviceid", "")
    lat, lon = given.get("lat", ""), given.get("lon", "")
    if "location" in given:
        lat, _, lon = given["location"].partition(",")
    return token, _fix(float(lat), float(lon), float(given.get("accuracy") or 0), given.get("timestamp", ""))


def _fix(lat: float, lon: float, accuracy: float, timestamp: str) -> Fix:
    # what is no number compares as false
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError("expected lat between -90 and 90, lon between -180 and 180")
    exact = math.ceil(accuracy) if 0 <= accuracy < 1_000_000 else 1_000_000
    return Fix(lon_e7=round(lon * _E7), lat_e7=round(lat * _E7), accuracy_m=exact, at_ms=_instant_ms(timestamp))


def _instant_ms(text: str) -> int:
    """Read an instant: seconds or milliseconds since 1970, or ISO 8601 (UTC where it does not say); 0 for none."""
    if not text:
        return 0
    for read in _READERS:
        try:
            return min(max(read(text), 1), _FARTHEST_MS)
        except (ValueError, OverflowError):
            continue
    raise ValueError("timestamp: expected seconds since 1970, or ISO 8601")


def _number_ms(text: str) -> int:
    number = float(text)
    return int(number if abs(number) >= _MILLISECONDS_FROM else number * 1000)


def _iso_ms(text: str) -> int:
    found: Any = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


_READERS: Final[tuple[Callable[[str], int], ...]] = (_number_ms, _iso_ms)
