"""The map of a look at the roads: sites, ways, what is closed, weak stretches, the other roads faint behind them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from safepassage.model.clauses import Area, Consent
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Site
from safepassage.reports.labels import Label, Rectangle, place
from safepassage.reports.roads_background import Background, background
from safepassage.reports.roads_files import line_of
from safepassage.reports.sketch import CHARACTER, EARTH_M_PER_DEGREE, WIDTH
from safepassage.reports.words import Language, Phrase, Setting, called, distance, plain
from safepassage.roads.network import Network
from safepassage.roads.outlook import Outlook, Shape, Way

TALLEST = 900.0
FLATTEST = 260.0
MARGIN = 60.0
SMALLEST_DEGREES = 1e-3
CROSS = 7.0
CELL = 9.0
MOST_CLEAR = 60
"""With more sites than this, labels keep clear of each other only: placing them would take longer than all the rest."""
Point: TypeAlias = tuple[float, float]


class Spot(Struct, frozen=True, kw_only=True):
    """A site on the map, with a label per language; `cut`: it is cut off or not joined."""

    site: Site
    name: Phrase
    x: float
    y: float
    labels: dict[Language, Label]
    cut: bool


class Stroke(Struct, frozen=True, kw_only=True):
    """A line on the map and what it is: leg, way, other or detour."""

    kind: str
    path: str


class Patch(Struct, frozen=True, kw_only=True):
    """What is hatched: an area, a consent, a closure of the operation, or what is asked about; a line, or a ring."""

    kind: str
    path: str
    ring: bool


class Mark(Struct, frozen=True, kw_only=True):
    """A number on the map."""

    number: int
    x: float
    y: float


class RoadsSketch(Struct, frozen=True, kw_only=True):
    """One picture, WIDTH wide."""

    height: float
    network: Background
    strokes: tuple[Stroke, ...]
    patches: tuple[Patch, ...]
    crosses: tuple[str, ...]
    weak: tuple[str, ...]
    marks: tuple[Mark, ...]
    spots: tuple[Spot, ...]
    scale_x: float
    scale_label: Phrase


class Projection(Struct, frozen=True):
    """Degrees to units of the picture: equirectangular about the middle latitude."""

    west: float
    north: float
    scale: float
    narrowing: float
    left: float
    top: float
    height: float

    def at(self, lon: float, lat: float) -> Point:
        """Return where a place is in the picture."""
        x = self.left + (lon - self.west) * self.narrowing * self.scale
        return round(x, 1), round(self.top + (self.north - lat) * self.scale, 1)


def roads_sketch(
    operation: Operation, outlook: Outlook, network: Network | None, setting: Setting
) -> RoadsSketch | None:
    """Draw what was found; None where there is no site.

    Parameters
    ----------
    operation
        Whose roads.
    outlook
        What was found.
    network
        The whole road map, for the background; None: the links of the table stand there.
    setting
        Names.
    """
    stops = [site for site in operation.sites if site.kind != "junction"]
    if not stops:
        return None
    legs = _legs(operation, outlook)
    ways = _ways(outlook)
    drawn = [*legs, *(way.line for _, way in ways)]
    frame = _project([(site.lon, site.lat) for site in stops] + [point for line in drawn for point in line])
    weak = [stretch for _, way in ways for stretch in way.weak]
    metres = EARTH_M_PER_DEGREE / frame.scale
    bar_m = _round_length(metres * WIDTH / 5)
    strokes = [Stroke(kind="leg", path=_path(frame, line)) for line in legs]
    strokes += [Stroke(kind=kind, path=_path(frame, way.line)) for kind, way in reversed(ways)]
    return RoadsSketch(
        height=round(frame.height, 1),
        network=_behind(operation, network, frame),
        strokes=tuple(strokes),
        patches=tuple(_patches(operation, outlook, frame)),
        crosses=tuple(_cross(frame, shape) for shape in _asked(operation, outlook)),
        weak=tuple(_path(frame, stretch.line) for stretch in weak),
        marks=_marks(frame, [stretch.line for stretch in weak]),
        spots=_spots(stops, {*outlook.cut_off, *outlook.unjoined}, setting, frame, drawn),
        scale_x=round(bar_m / metres, 1),
        scale_label=distance(bar_m),
    )


def _behind(operation: Operation, network: Network | None, frame: Projection) -> Background:
    if network is not None:
        return background(network, frame.at, (WIDTH, frame.height))
    lines = [line_of(operation, link.start, (link.id,)) for link in operation.links]
    return Background(minor="", major="".join(_path(frame, line) for line in lines))


def _legs(operation: Operation, outlook: Outlook) -> list[Shape]:
    """Return the lines of the links that legs drive, each once; none where ways are asked for."""
    if outlook.between is not None:
        return []
    used = dict.fromkeys(link for leg in outlook.legs for drive in leg.ways[:1] for link in drive.links)
    starts = {link.id: link.start for link in operation.links}
    return [line_of(operation, starts[link], (link,)) for link in used]


def _ways(outlook: Outlook) -> list[tuple[str, Way]]:
    if outlook.between is None:
        return []
    now = [("other" if at else "way", way) for at, way in enumerate(outlook.between.ways)]
    return now + [("detour", way) for way in outlook.between.closed or ()]


def _project(points: Sequence[Point]) -> Projection:
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    narrowing = max(math.cos(math.radians((south + north) / 2)), 0.01)
    across, down = max((east - west) * narrowing, SMALLEST_DEGREES), max(north - south, SMALLEST_DEGREES)
    scale = min((WIDTH - 2 * MARGIN) / across, (TALLEST - 2 * MARGIN) / down)
    height = max(FLATTEST, down * scale + 2 * MARGIN)
    left = (WIDTH - (east - west) * narrowing * scale) / 2
    return Projection(west, north, scale, narrowing, left, (height - (north - south) * scale) / 2, height)


def _path(frame: Projection, line: Iterable[Point], *, ring: bool = False) -> str:
    points: list[Point] = []
    for point in (frame.at(*corner) for corner in line):
        if not points or math.dist(points[-1], point) >= 0.4:
            points.append(point)
    points = points if len(points) > 1 else points * 2
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + ("Z" if ring else "")


def _patches(operation: Operation, outlook: Outlook, frame: Projection) -> Iterable[Patch]:
    for clause in operation.clauses:
        if isinstance(clause, Area | Consent) and clause.polygon:
            kind = "area" if isinstance(clause, Area) else "consent"
            yield Patch(kind=kind, path=_path(frame, clause.polygon, ring=True), ring=True)
    for closure in operation.closures:
        yield from _closure(closure, "area", frame)
    for one in outlook.closures:
        yield from _closure(one.closure, "asked", frame)


def _closure(closure: Closure, kind: str, frame: Projection) -> Iterable[Patch]:
    if closure.polygon:
        yield Patch(kind=kind, path=_path(frame, closure.polygon, ring=True), ring=True)
    if closure.line:
        yield Patch(kind=kind, path=_path(frame, closure.line), ring=False)


def _asked(operation: Operation, outlook: Outlook) -> list[Shape]:
    """Return a line for each place that is asked to be closed: across it, or along the link of a table."""
    starts = {link.id: link.start for link in operation.links}
    found = []
    for one in outlook.closures:
        if one.shape:
            found.append(one.shape)
        else:
            found += [line_of(operation, starts[link], (link,)) for link in one.links]
    return found


def _cross(frame: Projection, line: Shape) -> str:
    x, y = _middle(frame, line)
    left, top, across = x - CROSS, y - CROSS, 2 * CROSS
    return f"M{left:g} {top:g}l{across:g} {across:g}M{left:g} {top + across:g}l{across:g} {-across:g}"


def _middle(frame: Projection, line: Shape) -> Point:
    """Return the point half-way along a line, or the middle of a ring."""
    points = [frame.at(*point) for point in line]
    if len(points) > 3 and points[0] == points[-1]:
        x, y = np.mean(points[:-1], axis=0).tolist()
        return round(x, 1), round(y, 1)
    steps = [math.dist(a, b) for a, b in pairwise(points)]
    left = sum(steps) / 2
    for (a, b), step in zip(pairwise(points), steps, strict=True):
        if step >= left and step > 0:
            share = left / step
            return round(a[0] + (b[0] - a[0]) * share, 1), round(a[1] + (b[1] - a[1]) * share, 1)
        left -= step
    return points[0]


def _marks(frame: Projection, lines: Sequence[Shape]) -> tuple[Mark, ...]:
    """Give the weak stretches numbers, each beside those numbered before it."""
    taken: list[Point] = []
    for line in lines:
        x, y = _middle(frame, line)
        while any(math.dist((x, y), other) < 19 for other in taken):
            x = round(x + 19, 1)
        taken.append((x, y))
    return tuple(Mark(number=at + 1, x=x, y=y) for at, (x, y) in enumerate(taken))


def _spots(
    stops: Sequence[Site], cut: set[SiteId], setting: Setting, frame: Projection, drawn: Sequence[Shape]
) -> tuple[Spot, ...]:
    points = [frame.at(site.lon, site.lat) for site in stops]
    names = [called(setting, site.id, "site") for site in stops]
    box = Rectangle(4, 4, WIDTH - 4, frame.height - 34)
    lines = _dots(frame, drawn) if len(stops) <= MOST_CLEAR else []
    placed: dict[Language, list[Label]] = {}
    for language, character in CHARACTER.items():
        widths = [character * len(plain(name.of(language))) for name in names]
        placed[language] = place(points, widths, box, lines)
    return tuple(
        Spot(
            site=site, name=name, x=x, y=y, labels={language: found[at] for language, found in placed.items()},
            cut=site.id in cut,
        )
        for at, (site, name, (x, y)) in enumerate(zip(stops, names, points, strict=True))
    )  # fmt: skip


def _dots(frame: Projection, drawn: Sequence[Shape]) -> list[list[Point]]:
    """Return the cells of a grid that lines pass, each as a short line: what labels had better not cover."""
    cells: dict[tuple[int, int], None] = {}
    for line in drawn:
        for a, b in pairwise(frame.at(*point) for point in line):
            pieces = int(math.dist(a, b) / CELL) + 1
            for piece in range(pieces):
                share = piece / pieces
                x, y = a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
                cells[round(x / CELL), round(y / CELL)] = None
    return [[(x * CELL, y * CELL), (x * CELL + 1, y * CELL)] for x, y in cells]


def _round_length(length_m: float) -> int:
    power = int(10 ** max(math.floor(math.log10(max(length_m, 1))), 0))
    return next(step * power for step in (5, 2, 1) if step * power <= max(length_m, 1))
