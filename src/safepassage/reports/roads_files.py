"""What a look at the roads found as files: JSON for programs, CSV for tables, GeoJSON for maps."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from safepassage.exchange.plain_text import guarded
from safepassage.model.ids import LinkId
from safepassage.model.operation import Operation
from safepassage.model.time import instant_at
from safepassage.roads.openness import FOREVER
from safepassage.roads.outlook import Between, Drive, Leg, Outlook, Shape, Way

ROADS_FORMAT: Final = "safepassage-roads/1"
KM: Final = 1000


def as_json(operation: Operation, outlook: Outlook) -> bytes:
    """Write everything that was found; seconds count from `start`, shapes are lon, lat.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    start = instant_at(operation.start, 0, operation.time_zone).isoformat()
    told = msgspec.to_builtins(outlook)
    for entry, closed in zip(told["closures"], outlook.closures, strict=True):
        entry["closure"] |= {key: _whole(entry["closure"][key]) for key in ("from_s", "until_s")}
        entry["links"] = list(closed.links)
    answer = {
        "format": ROADS_FORMAT,
        "start": start,
        **told,
        "links": [_link(operation, link) for link in sorted(_used(outlook))],
    }
    return msgspec.json.format(msgspec.json.encode(_windows(answer)), indent=2) + b"\n"


def _windows(value: Any) -> Any:
    """Write windows that last for ever as open: no second is their end."""
    if isinstance(value, dict):
        if value.keys() == {"from_s", "until_s"}:
            return {key: _whole(entry) for key, entry in value.items()}
        return {key: _windows(entry) for key, entry in value.items()}
    return [_windows(entry) for entry in value] if isinstance(value, list | tuple) else value


def _whole(at_s: int | None) -> int | None:
    return None if at_s is None or abs(at_s) > FOREVER // 2 else at_s


def _used(outlook: Outlook) -> set[LinkId]:
    drives = [drive for leg in outlook.legs for drive in (*leg.ways, *(leg.closed or ()))]
    return {link for drive in drives for link in drive.links}


def _link(operation: Operation, link: LinkId) -> dict[str, Any]:
    known = next((one for one in operation.links if one.id == link), None)
    if known is None:
        return {"id": link}
    return {"id": link, "name": known.name, "length_m": known.length_m, "start": known.start, "end": known.end}


def as_matrix(operation: Operation, outlook: Outlook) -> bytes:
    """Write the legs as CSV: from, to, seconds and metres of the fastest way, when it is open, what closing does.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    found = io.StringIO()
    writer = csv.writer(found, lineterminator="\n")
    closed = bool(outlook.closures)
    writer.writerow(
        [
            "from",
            "to",
            "who",
            "travel_s",
            "length_m",
            "open",
            *(["closed_travel_s", "closed_length_m"] if closed else []),
        ]
    )
    for leg in outlook.legs:
        row = [leg.start, leg.end, leg.driver.convoy or leg.driver.vehicle, *_cells(leg.ways)]
        row += [_open(operation, leg.ways[0]) if leg.ways else "never"]
        row += _cells(leg.closed or ()) if closed else []
        writer.writerow([guarded(cell) for cell in row])
    return found.getvalue().encode()


def _cells(ways: tuple[Drive, ...]) -> list[str]:
    return [str(ways[0].travel_s), str(ways[0].length_m)] if ways else ["", ""]


def _open(operation: Operation, drive: Drive) -> str:
    if drive.open is None:
        return "always"
    return " ".join(f"{_instant(operation, one.from_s)}/{_instant(operation, one.until_s)}" for one in drive.open)


def _instant(operation: Operation, at_s: int) -> str:
    if _whole(at_s) is None:
        return ".."
    return instant_at(operation.start, at_s, operation.time_zone).isoformat()


def as_geojson(operation: Operation, outlook: Outlook) -> bytes:
    """Write legs, ways, weak stretches and closures as GeoJSON (RFC 7946), each with what it is in its properties.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    features = [_leg(operation, leg) for leg in outlook.legs if leg.ways]
    between = outlook.between
    if between is not None:
        features += _ways(between, "now", between.ways)
        features += _ways(between, "closed", between.closed or ())
    for one in outlook.closures:
        about = {"kind": "closure", "what": one.text, "links": list(one.links)}
        ring = bool(one.closure.polygon)
        features.append(_feature(one.shape or _of_links(operation, one.links), about, ring=ring))
    features += [
        _point(
            site.lon,
            site.lat,
            {"kind": "site", "id": site.id, "name": site.name, "cut_off": site.id in outlook.cut_off},
        )
        for site in operation.sites
        if site.kind != "junction"
    ]
    told = {"type": "FeatureCollection", "features": features}
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def _ways(between: Between, state: str, ways: Sequence[Way]) -> Iterator[dict[str, Any]]:
    for number, way in enumerate(ways, start=1):
        told = {"travel_s": way.travel_s, "length_m": way.length_m, "from": between.start, "to": between.end}
        yield _feature(way.line, {"kind": "way", "state": state, "number": number} | told)
        for weak in way.weak:
            about = {"kind": "weak", "state": state, "number": number, "names": list(weak.names)}
            costs = {"extra_s": weak.extra_s, "length_m": round(weak.length_m), "close": weak.what}
            yield _feature(weak.line, about | costs)


def _leg(operation: Operation, leg: Leg) -> dict[str, Any]:
    fastest = leg.ways[0]
    about = {
        "kind": "leg",
        "from": leg.start,
        "to": leg.end,
        "travel_s": fastest.travel_s,
        "length_m": fastest.length_m,
        "open": _open(operation, fastest),
    }
    if leg.closed is not None:
        about["closed_travel_s"] = leg.closed[0].travel_s if leg.closed else None
    return _feature(line_of(operation, leg.start, fastest.links), about)


def line_of(operation: Operation, start: str, links: tuple[LinkId, ...]) -> Shape:
    """Put the lines of links together, in driving direction."""
    known = {link.id: link for link in operation.links}
    sites = {site.id: (site.lon, site.lat) for site in operation.sites}
    points: list[tuple[float, float]] = []
    at = start
    for name in links:
        link = known[name]
        line = link.line if len(link.line) > 1 else (sites[link.start], sites[link.end])
        back = link.start != at
        at = link.start if back else link.end
        points += line[::-1] if back else line
    return tuple(points)


def _of_links(operation: Operation, links: tuple[LinkId, ...]) -> Shape:
    known = {link.id: link for link in operation.links}
    return tuple(point for name in links for point in line_of(operation, known[name].start, (name,)))


def _feature(line: Shape, about: dict[str, Any], *, ring: bool = False) -> dict[str, Any]:
    points = [list(point) for point in line]
    if ring:
        geometry: dict[str, Any] = {"type": "Polygon", "coordinates": [points]}
    elif len(points) == 1:
        geometry = {"type": "Point", "coordinates": points[0]}
    else:
        geometry = {"type": "LineString", "coordinates": points}
    return {"type": "Feature", "geometry": geometry, "properties": about}


def _point(lon: float, lat: float, about: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": about}
