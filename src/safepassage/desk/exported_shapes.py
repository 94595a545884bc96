"""What is handed out for maps: places, roads, routes, closures and tracks, as shapes; vehicles for control rooms.

Nothing here is about a person. Where vehicles are is told as the material has it: exactly, or late and to a square.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from safepassage.desk.material import Material
from safepassage.exchange.gtfs_realtime import VehiclePosition
from safepassage.exchange.shapes_out import Course, Feature, Moment
from safepassage.model.ids import LinkId
from safepassage.model.places import Link
from safepassage.model.plan import Stop, Trip

_E7: Final = 10_000_000
Line = list[tuple[float, float]]


class Ways:
    """The shapes of roads, and of the ways that trips take over them.

    Parameters
    ----------
    material
        Whose.
    """

    def __init__(self, material: Material) -> None:
        self.places = {site.id: (site.lon, site.lat) for site in material.operation.sites}
        self._links = {link.id: link for link in material.operation.links}

    def line(self, link: Link) -> Line:
        """Return the shape of a road from its start to its end; straight where none is known."""
        return list(link.line) if len(link.line) > 1 else [self.places[link.start], self.places[link.end]]

    def driven(self, route: tuple[LinkId, ...], start: str) -> Line:
        """Return the shape of a way that begins at a site; roads that are not known are straight to where it ends.

        Parameters
        ----------
        route
            Its roads, in their order.
        start
            The site.
        """
        line: Line = [self.places[start]] if start in self.places else []  # type: ignore[index]  # an id is a text
        for name in route:
            link = self._links.get(name)
            if link is None:
                continue
            part = self.line(link)
            if line and _far(line[-1], part[0]) > _far(line[-1], part[-1]):
                part.reverse()
            line += part[1:] if line and line[-1] == part[0] else part
        return line


def _far(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def features(material: Material) -> Iterator[Feature]:
    """Yield all shapes: places, roads, what is closed, the ways of trips, tracks and last positions."""
    ways = Ways(material)
    for site in material.operation.sites:
        yield Feature(shape="Point", points=[(site.lon, site.lat)], said={
            "what": "site", "id": site.id, "name": site.name, "name_ar": site.name_ar, "kind": site.kind,
            "pcode": site.pcode,
        })  # fmt: skip
    for link in material.operation.links:
        yield Feature(shape="LineString", points=ways.line(link), said={
            "what": "road", "id": link.id, "name": link.name, "length_m": link.length_m,
            "controlled_by": link.controlled_by,
        })  # fmt: skip
    yield from _closed(material, ways)
    for trip, line in _routes(material, ways):
        yield Feature(shape="LineString", points=line, said={
            "what": "route", "trip": trip.id, "vehicle": trip.vehicle, "kind": trip.kind, "convoy": trip.convoy,
            "departs": _told(material, trip.stops[0].depart_s), "arrives": _told(material, trip.stops[-1].arrive_s),
        })  # fmt: skip
    yield from _tracks(material)


def _told(material: Material, at_s: int) -> str:
    return material.at(at_s).isoformat()


def _closed(material: Material, ways: Ways) -> Iterator[Feature]:
    links = {link.id: link for link in material.operation.links}
    for one in material.operation.closures:
        said: dict[str, Any] = {
            "what": "closure", "link": one.link, "from": _told(material, one.from_s),
            "until": _told(material, one.until_s), "reason": one.reason, "source": one.source,
        }  # fmt: skip
        if one.polygon:
            yield Feature(shape="Polygon", points=one.polygon, said=said)
        elif one.line:
            yield Feature(shape="LineString", points=one.line, said=said)
        elif one.link in links:
            yield Feature(shape="LineString", points=ways.line(links[one.link]), said=said)


def _routes(material: Material, ways: Ways) -> Iterator[tuple[Trip, Line]]:
    for trip in material.plan.trips if material.plan else ():
        line: Line = []
        for before, stop in zip(trip.stops, trip.stops[1:], strict=False):
            part = ways.driven(stop.route, before.site)
            line += part[1:] if line and part and line[-1] == part[0] else part
        if len(line) > 1:
            yield trip, line


def _tracks(material: Material) -> Iterator[Feature]:
    exactness = "exact" if material.exact else "late-and-coarse"
    for vehicle, fixes in sorted(material.tracks.items()):
        if not fixes:
            continue
        line = [(fix.lon_e7 / _E7, fix.lat_e7 / _E7) for fix in fixes]
        said = {"vehicle": vehicle, "exactness": exactness, "at": material.at_ms(fixes[-1].at_ms).isoformat(),
                "accuracy_m": fixes[-1].accuracy_m or None}  # fmt: skip
        if len(line) > 1:
            yield Feature(shape="LineString", points=line, said={"what": "track", **said})
        yield Feature(shape="Point", points=line[-1:], said={"what": "vehicle", **said})


def gpx_parts(material: Material) -> dict[str, Any]:
    """Return waypoints, routes of trips (a point a stop, in the time of the plan) and tracks.

    Parameters
    ----------
    material
        What is known.
    """
    places = {site.id: site for site in material.operation.sites}

    def moment(stop: Stop) -> Moment:
        site = places[stop.site]
        return Moment(lon=site.lon, lat=site.lat, at=material.at(stop.arrive_s), name=site.name or site.id,
                      kind=site.kind)  # fmt: skip

    return {
        "places": [Moment(lon=site.lon, lat=site.lat, name=site.name or site.id, kind=site.kind)
                   for site in material.operation.sites],
        "routes": (Course(name=trip.id, moments=[moment(stop) for stop in trip.stops], remark=trip.kind)
                   for trip in (material.plan.trips if material.plan else ())),
        "tracks": (Course(name=vehicle, moments=[Moment(lon=fix.lon_e7 / _E7, lat=fix.lat_e7 / _E7,
                                                        at=material.at_ms(fix.at_ms)) for fix in fixes])
                   for vehicle, fixes in sorted(material.tracks.items()) if fixes),
    }  # fmt: skip


def vehicle_positions(material: Material) -> Iterator[VehiclePosition]:
    """Yield the last position of each vehicle, with the trip that the plan has it on then."""
    names = {one.id: one.name for one in material.operation.vehicles}
    for vehicle, fixes in sorted(material.tracks.items()):
        if fixes:
            last = fixes[-1]
            yield VehiclePosition(
                vehicle=vehicle, lon=last.lon_e7 / _E7, lat=last.lat_e7 / _E7, at_s=last.at_ms // 1000,
                label=names.get(vehicle, ""), trip=_trip_at(material, vehicle, last.at_ms),  # type: ignore[call-overload]  # an id is a text
            )  # fmt: skip


def _trip_at(material: Material, vehicle: str, at_ms: int) -> str:
    at_s = at_ms // 1000 - int(material.operation.start.timestamp())
    for trip in material.plan.trips if material.plan else ():
        if trip.vehicle == vehicle and trip.stops[0].arrive_s <= at_s <= trip.stops[-1].depart_s:
            return trip.id
    return ""
