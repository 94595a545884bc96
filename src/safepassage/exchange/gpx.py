"""Tracks from GPX files: where a receiver was, and when.

References
----------
GPX 1.1 schema (Topografix, 2004): `trkpt`, `rtept` and `wpt` with `lat`, `lon` in degrees (WGS 84) and `time` in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat

from msgspec import Struct

from safepassage.model.errors import Fault, InputError, Place

MOST_POINTS: Final = 200_000
_POINTS: Final = frozenset(("trkpt", "rtept", "wpt"))
_LONGEST_TIME: Final = 64


class TrackPoint(Struct, frozen=True, kw_only=True):
    """One point: degrees, and milliseconds since 1970 (UTC)."""

    lon: float
    lat: float
    at_ms: int


class _Refused(Exception):  # noqa: N818 - passed through expat, caught in this module
    """What a track has no need of, and bombs are made of."""


class _Reader:
    """Takes the points out of the elements as they come; nothing else is kept."""

    def __init__(self) -> None:
        self.points: list[TrackPoint] = []
        self.untimed = 0
        self.root = ""
        self._at: tuple[float, float] | None = None
        self._time: list[str] | None = None
        self._when = ""

    def start(self, name: str, given: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        self.root = self.root or name
        if name in _POINTS:
            self._at, self._when = _degrees(given), ""
        elif name == "time" and self._at is not None:
            self._time = []

    def text(self, text: str) -> None:
        if self._time is not None and len(self._time) < _LONGEST_TIME:
            self._time.append(text)

    def end(self, name: str) -> None:
        name = name.rpartition(" ")[2]
        if name == "time" and self._time is not None:
            self._when, self._time = "".join(self._time).strip(), None
        elif name in _POINTS and self._at is not None:
            self._close(self._at)
            self._at = None

    def _close(self, at: tuple[float, float]) -> None:
        at_ms = _instant_ms(self._when)
        if at_ms is None:
            self.untimed += 1
            return
        if len(self.points) == MOST_POINTS:
            raise _Refused(f"more than {MOST_POINTS:,} points; cut the track")
        self.points.append(TrackPoint(lon=at[0], lat=at[1], at_ms=at_ms))


def read_gpx(data: bytes, name: str = "GPX") -> tuple[TrackPoint, ...]:
    """Read the points of a GPX file that say when they were.

    Parameters
    ----------
    data
        The file.
    name
        What faults call it.

    Raises
    ------
    InputError
        When it is no GPX, declares a document type or entities, or has no point with a place and a time.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    # a track needs none; without one, nothing can be expanded
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except _Refused as error:
        raise _unreadable(name, str(error)) from error
    except (expat.ExpatError, ValueError) as error:
        raise _unreadable(name, f"it is no XML: {error}") from error
    if reader.root != "gpx":
        raise _unreadable(name, "its first element is not gpx")
    if not reader.points:
        raise _unreadable(name, "no point in it has a time")
    return tuple(reader.points)


def _refuse(*_declared: Any) -> None:
    raise _Refused("it declares a document type or entities")


def _unreadable(name: str, found: str) -> InputError:
    fault = Fault(
        code="gpx-unreadable",
        severity="error",
        place=Place(file=name),
        what="a track that cannot be read",
        expected="a GPX file with points that have a place and a time",
        found=found,
        remedy="export the track again as GPX, with times",
    )
    return InputError((fault,))


def _degrees(given: dict[str, str]) -> tuple[float, float]:
    lon, lat = float(given.get("lon", "nan")), float(given.get("lat", "nan"))
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise _Refused(f"a point at lat {given.get('lat', '')!r}, lon {given.get('lon', '')!r}"[:120])
    return lon, lat


def _instant_ms(text: str) -> int | None:
    """Read an instant; one without offset is UTC, as GPX has it. None where there is none."""
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return int(found.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
