"""The map sketch: sites, links, routes used and areas, from coordinates alone.

Equirectangular projection about the middle latitude: true to scale there, good enough for a sketch of one operation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from shapely.geometry import LineString

from safepassage.model.clauses import Area
from safepassage.model.ids import LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Link, Site
from safepassage.model.plan import Plan
from safepassage.reports.labels import Label, Rectangle, place
from safepassage.reports.words import Language, Phrase, Setting, called, distance, literal, plain
from safepassage.roads.openness import openness

WIDTH = 1000.0
TALLEST = 620.0
TALLEST_OF_MANY = 1100.0
MANY_SITES = 24
"""With more sites than this the sketch is taller, and pickup points are labelled by their ids."""
DETAIL_TALLEST = 440.0
FLATTEST = 260.0
MARGIN = 70.0
CHARACTER: dict[Language, float] = {"en": 6.9, "fr": 6.9, "ar": 6.3}
EARTH_M_PER_DEGREE = 111_195.0  # mean radius 6371 km
_NEAR_SHARE = 0.045
_STRAIGHT = 0.7  # bends smaller than this, in units of the sketch, are not seen
_SHORTEST = 2.0
_IMPORTANCE = (
    "assembly", "destination", "shelter", "handover", "hospital", "pickup", "fallback", "checkpoint", "rest",
    "depot", "junction",
)  # fmt: skip

LinkState: TypeAlias = Literal["open", "sometimes", "closed"]


class Spot(Struct, frozen=True, kw_only=True):
    """A site on the sketch, with a label per language; `used` when a vehicle stops there."""

    site: Site
    name: Phrase
    x: float
    y: float
    labels: dict[Language, Label]
    labelled: bool
    used: bool


class Way(Struct, frozen=True, kw_only=True):
    """A link on the sketch."""

    link: Link
    path: str
    state: LinkState
    used: bool


class Street(Struct, frozen=True, kw_only=True):
    """A street of a road map as far as it is in one state: its name ("" for all that have none) and length."""

    name: str
    state: LinkState
    used: bool
    length_m: int


class Projection(Struct, frozen=True):
    """Degrees to units of the sketch."""

    west: float
    north: float
    scale: float
    narrowing: float
    left: float
    top: float
    height: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where a place is drawn."""
        x = self.left + (lon - self.west) * self.narrowing * self.scale
        return round(x, 1), round(self.top + (self.north - lat) * self.scale, 1)


class Sketch(Struct, frozen=True, kw_only=True):
    """One picture: the whole, or a detail of it; `details` are the frames of the details, numbered from 1."""

    height: float
    spots: tuple[Spot, ...]
    ways: tuple[Way, ...]
    areas: tuple[str, ...]
    scale_x: float
    scale_label: Phrase
    projection: Projection
    details: tuple[Rectangle, ...] = ()


def link_states(operation: Operation) -> dict[LinkId, LinkState]:
    """Tell for every link whether it is open, open at times (windows, closures), or never (no consent, an area)."""
    windows, _ = openness(operation)
    return {
        link.id: "open" if link.id not in windows else "sometimes" if windows[link.id] else "closed"
        for link in operation.links
    }


def drawn_sites(operation: Operation) -> tuple[Site, ...]:
    """Return the sites that are shown: of a road map not its junctions, which nobody has named."""
    if operation.road_map is None:
        return operation.sites
    return tuple(site for site in operation.sites if site.kind != "junction")


def _line(link: Link, sites: dict[SiteId, Site]) -> tuple[tuple[float, float], ...]:
    if len(link.line) > 1:
        return link.line
    return tuple((sites[end].lon, sites[end].lat) for end in (link.start, link.end))


def sketches(operation: Operation, plan: Plan, setting: Setting) -> tuple[Sketch, ...]:
    """Draw the whole, then a detail of each group of sites that lie too close together in it."""
    sites = drawn_sites(operation)
    if not sites:
        return ()
    whole = _project(sites, TALLEST if len(sites) <= MANY_SITES else TALLEST_OF_MANY)
    groups = _close_groups(sites, whole)
    hidden = {site.id for group in groups for site in group[1:]}
    frames = tuple(_frame([whole.at(site.lon, site.lat) for site in group]) for group in groups)
    first = _sketch(operation, plan, setting, whole, hidden)
    details = [_sketch(operation, plan, setting, _project(group, DETAIL_TALLEST), set()) for group in groups]
    return (msgspec.structs.replace(first, details=frames), *details)


def credit(operation: Operation) -> str:
    """Name whose road map is drawn, as its licence wants it; empty where there is none."""
    if operation.road_map is None:
        return ""
    titles = {source.id: source.title for source in operation.sources}
    return titles.get(operation.road_map.source) or operation.road_map.source or operation.road_map.file


def _important(site: Site) -> tuple[int, str]:
    return _IMPORTANCE.index(site.kind), site.id


def _project(sites: Sequence[Site], tallest: float = TALLEST) -> Projection:
    west, east = min(site.lon for site in sites), max(site.lon for site in sites)
    south, north = min(site.lat for site in sites), max(site.lat for site in sites)
    narrowing = max(math.cos(math.radians((south + north) / 2)), 0.01)
    across, down = max((east - west) * narrowing, 1e-4), max(north - south, 1e-4)
    scale = min((WIDTH - 2 * MARGIN) / across, (tallest - 2 * MARGIN) / down)
    height = max(FLATTEST, down * scale + 2 * MARGIN)
    left = (WIDTH - (east - west) * narrowing * scale) / 2
    return Projection(west, north, scale, narrowing, left, (height - (north - south) * scale) / 2, height)


def _close_groups(sites: Sequence[Site], projection: Projection) -> list[list[Site]]:
    """Group sites by single linkage; only groups of three and more that are not everything get a detail."""
    near = WIDTH * _NEAR_SHARE
    left = sorted(sites, key=_important)
    groups: list[list[Site]] = []
    while left:
        group, left = [left[0]], left[1:]
        for member in group:
            close = [other for other in left if _apart(projection, member, other) < near]
            group += close
            left = [other for other in left if other not in close]
        groups.append(sorted(group, key=_important))
    return [group for group in groups if 3 <= len(group) < len(sites)]


def _apart(projection: Projection, one: Site, other: Site) -> float:
    return math.dist(projection.at(one.lon, one.lat), projection.at(other.lon, other.lat))


def _frame(points: list[tuple[float, float]]) -> Rectangle:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Rectangle(min(xs) - 14, min(ys) - 14, max(xs) + 14, max(ys) + 14)


def _sketch(operation: Operation, plan: Plan, setting: Setting, projection: Projection, hidden: set[SiteId]) -> Sketch:
    metres = EARTH_M_PER_DEGREE / projection.scale
    bar_m = _round_length(metres * WIDTH / 5)
    return Sketch(
        height=round(projection.height, 1),
        spots=_spots(operation, plan, setting, projection, hidden),
        ways=_ways(operation, plan, projection),
        areas=tuple(
            _path([projection.at(*corner) for corner in clause.polygon], closed=True)
            for clause in operation.clauses
            if isinstance(clause, Area) and len(clause.polygon) > 2
        ),
        scale_x=round(bar_m / metres, 1),
        scale_label=distance(bar_m),
        projection=projection,
    )


def _round_length(length_m: float) -> int:
    power = int(10 ** max(math.floor(math.log10(max(length_m, 1))), 0))
    return next(step * power for step in (5, 2, 1) if step * power <= max(length_m, 1))


def _spots(
    operation: Operation, plan: Plan, setting: Setting, projection: Projection, hidden: set[SiteId]
) -> tuple[Spot, ...]:
    stops = {stop.site for trip in plan.trips for stop in trip.stops}
    frame = Rectangle(4, 4, WIDTH - 4, projection.height - 34)
    drawn = drawn_sites(operation)
    sites = [site for site in sorted(drawn, key=_important) if _on(projection, site)]
    points = [projection.at(site.lon, site.lat) for site in sites]
    crowded = len(drawn) > MANY_SITES
    names = [
        literal(site.id) if crowded and site.kind == "pickup" else called(setting, site.id, "site") for site in sites
    ]
    lines = _driven_lines(operation, plan, projection)
    placed: dict[Language, list[Label]] = {}
    for language, character in CHARACTER.items():
        widths = [
            0.0 if site.id in hidden else character * len(plain(name.of(language)))
            for site, name in zip(sites, names, strict=True)
        ]
        placed[language] = place(points, widths, frame, lines)
    return tuple(
        Spot(
            site=site, name=name, x=x, y=y, labels={language: found[index] for language, found in placed.items()},
            labelled=site.id not in hidden, used=site.id in stops,
        )
        for index, (site, name, (x, y)) in enumerate(zip(sites, names, points, strict=True))
    )  # fmt: skip


def _on(projection: Projection, site: Site) -> bool:
    x, y = projection.at(site.lon, site.lat)
    return 0 <= x <= WIDTH and 0 <= y <= projection.height


def _driven_lines(operation: Operation, plan: Plan, projection: Projection) -> list[list[tuple[float, float]]]:
    sites = {site.id: site for site in operation.sites}
    driven = {link for trip in plan.trips for stop in trip.stops for link in stop.route}
    return [[projection.at(*point) for point in _line(link, sites)] for link in operation.links if link.id in driven]


def _ways(operation: Operation, plan: Plan, projection: Projection) -> tuple[Way, ...]:
    sites = {site.id: site for site in operation.sites}
    states = link_states(operation)
    driven = {link for trip in plan.trips for stop in trip.stops for link in stop.route}
    ways = []
    for link in operation.links:
        used = link.id in driven
        points = [projection.at(*point) for point in _line(link, sites)]
        if operation.road_map is not None:
            points = _straightened(points)
            # stubs of a map that nobody drives: many, and nobody sees them
            if not used and states[link.id] == "open" and (link.access or _length(points) < _SHORTEST):
                continue
        ways.append(Way(link=link, path=_path(points, closed=False), state=states[link.id], used=used))
    return tuple(sorted(ways, key=lambda way: way.used))


def streets(operation: Operation, plan: Plan) -> tuple[Street, ...]:
    """Sum up the links of a road map by street: those that are driven, or not always open."""
    if operation.road_map is None:
        return ()
    states = link_states(operation)
    driven = {link for trip in plan.trips for stop in trip.stops for link in stop.route}
    length_m: dict[tuple[str, LinkState, bool], int] = {}
    for link in operation.links:
        key = link.name, states[link.id], link.id in driven
        if not link.access and (key[2] or key[1] != "open"):
            length_m[key] = length_m.get(key, 0) + link.length_m
    return tuple(
        Street(name=name, state=state, used=used, length_m=length_m[name, state, used])
        for name, state, used in sorted(length_m, key=lambda key: (not key[0], key))
    )


def _straightened(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out the bends that are too small to be seen."""
    return [(x, y) for x, y in LineString(points).simplify(_STRAIGHT).coords]


def _length(points: list[tuple[float, float]]) -> float:
    return sum(math.dist(one, other) for one, other in pairwise(points))


def _path(points: list[tuple[float, float]], *, closed: bool) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + ("Z" if closed else "")
