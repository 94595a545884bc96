"""When each link may be driven: consent of who controls it, areas of actors who did not consent, closures."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple, TypeAlias

import shapely

from safepassage.model.clauses import Area, Consent
from safepassage.model.ids import ClauseId, LinkId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Link
from safepassage.model.time import Night, Window, intersection

FOREVER = 2**40
Corners: TypeAlias = tuple[tuple[float, float], ...]
ALWAYS = (Window(from_s=-FOREVER, until_s=FOREVER),)


def openness(
    operation: Operation,
) -> tuple[dict[LinkId, tuple[Window, ...]], dict[LinkId, tuple[ClauseId, ...]]]:
    """Find the windows of every link that is not always open, and the clauses that close it.

    Returns
    -------
    open
        Link to its windows in seconds since the start; an empty tuple means never. Links that are
        always open are absent.
    closed_by
        Link to the clauses that keep it closed, wholly or in part. A controlled link that no consent
        clause mentions is closed by none: what is missing cannot be named.
    """
    ground = Ground(operation)
    closures: dict[LinkId, list[Window]] = {}
    for closure, names in closed_links(operation):
        window = Window(from_s=closure.from_s, until_s=closure.until_s)
        for name in names:
            closures.setdefault(name, []).append(window)
    consents = [
        _Word(clause, ground.touching(clause.polygon)) for clause in operation.clauses if isinstance(clause, Consent)
    ]
    crossing: dict[LinkId, tuple[ClauseId, ...]] = {}
    for area in operation.clauses:
        if isinstance(area, Area):
            for name in {*area.links, *ground.touching(area.polygon)}:
                crossing[name] = (*crossing.get(name, ()), area.id)
    windows: dict[LinkId, tuple[Window, ...]] = {}
    closed_by: dict[LinkId, tuple[ClauseId, ...]] = {}
    for link in operation.links:
        areas = crossing.get(link.id, ())
        granted, refusing = _consented(link, consents)
        opened = () if areas else _without(granted, closures.get(link.id, ()))
        if opened != ALWAYS:
            windows[link.id] = opened
            closed_by[link.id] = areas + refusing
    return windows, closed_by


def closed_links(operation: Operation) -> list[tuple[Closure, tuple[LinkId, ...]]]:
    """Give each closure with the links that it closes: the one it names, and those that touch its shapes, in order."""
    ground = Ground(operation)
    found = []
    for closure in operation.closures:
        touched = ground.touching(closure.polygon) | ground.along(closure.line)
        inside = [link.id for link in operation.links if link.id in touched] if touched else []
        found.append((closure, tuple(dict.fromkeys([closure.link, *inside] if closure.link else inside))))
    return found


def days(night: Night) -> tuple[Window, ...]:
    """Return the windows between the nights."""
    whole = (Window(from_s=-FOREVER, until_s=FOREVER),)
    return _without(whole, night.windows)


class Ground:
    """Lines of the links, for which of them touch something."""

    def __init__(self, operation: Operation) -> None:
        self.links = operation.links
        self.sites = {site.id: (site.lon, site.lat) for site in operation.sites}

    @cached_property
    def _tree(self) -> shapely.STRtree:
        lines = [
            shapely.LineString(link.line if len(link.line) > 1 else (self.sites[link.start], self.sites[link.end]))
            for link in self.links
        ]
        return shapely.STRtree(lines)

    def touching(self, corners: Corners) -> frozenset[LinkId]:
        """Name the links that touch a polygon."""
        return self._touched(ground(corners)) if corners else frozenset()

    def along(self, line: Corners) -> frozenset[LinkId]:
        """Name the links that touch a line."""
        return self._touched(shapely.LineString(line) if len(line) > 1 else ground(line)) if line else frozenset()

    def _touched(self, place: shapely.Geometry) -> frozenset[LinkId]:
        return frozenset(self.links[int(number)].id for number in self._tree.query(place, predicate="intersects"))


def ground(corners: Corners) -> shapely.Geometry:
    """Return what a ring of corners encloses: of two a line, of one a point, made valid where it crosses itself."""
    if len(corners) < 3:
        return shapely.MultiPoint(corners).convex_hull
    return shapely.make_valid(shapely.Polygon(corners))


class _Word(NamedTuple):
    """A consent clause, and the links that touch its polygon."""

    clause: Consent
    inside: frozenset[LinkId]

    def counts_for(self, link: Link) -> bool:
        everything = not self.clause.links and not self.clause.polygon
        return everything or link.id in self.clause.links or link.id in self.inside


def _consented(link: Link, consents: list[_Word]) -> tuple[tuple[Window, ...], tuple[ClauseId, ...]]:
    """Return when consent opens a link, and the clauses that keep it from being open always."""
    named = [word for word in consents if link.id in word.clause.links or link.id in word.inside]
    refusing = tuple(word.clause.id for word in named if not word.clause.granted)
    if refusing:
        return (), refusing
    holders = dict.fromkeys([link.controlled_by] if link.controlled_by else [])
    holders |= dict.fromkeys(word.clause.party for word in named if link.id in word.inside)
    windows: tuple[Window, ...] = ALWAYS
    limiting: dict[ClauseId, None] = {}
    for holder in holders:
        owners = [word for word in consents if word.clause.party == holder and word.counts_for(link)]
        granted = [word.clause for word in owners if word.clause.granted]
        if any(not clause.windows for clause in granted):
            continue
        windows = intersection(windows, merged(window for clause in granted for window in clause.windows))
        limiting |= dict.fromkeys(word.clause.id for word in owners)
    return windows, tuple(limiting)


def merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Join windows that overlap or touch; those that end before they begin hold nothing."""
    joined: list[Window] = []
    for window in sorted(window for window in windows if window.from_s <= window.until_s):
        if joined and window.from_s <= joined[-1].until_s:
            until_s = max(joined[-1].until_s, window.until_s)
            joined[-1] = Window(from_s=joined[-1].from_s, until_s=until_s)
        else:
            joined.append(window)
    return tuple(joined)


def _without(windows: tuple[Window, ...], closures: Iterable[Window]) -> tuple[Window, ...]:
    """Take closures out of windows. What lasts an instant only is dropped: nothing can be driven in it."""
    left = list(windows)
    for closure in closures:
        pieces: list[Window] = []
        for window in left:
            if closure.until_s <= window.from_s or window.until_s <= closure.from_s:
                pieces.append(window)
                continue
            if window.from_s < closure.from_s:
                pieces.append(Window(from_s=window.from_s, until_s=closure.from_s))
            if closure.until_s < window.until_s:
                pieces.append(Window(from_s=closure.until_s, until_s=window.until_s))
        left = pieces
    return tuple(sorted(left))


def departures(
    legs: Iterable[tuple[tuple[Window, ...] | None, int, int]],
) -> tuple[Window, ...] | None:
    """Intersect the windows of links, each shifted to the departure of the drive.

    Parameters
    ----------
    legs
        Per link its windows (None: always open), and the seconds after departure at which the drive
        enters and leaves it.

    Returns
    -------
    tuple of Window or None
        When a departure finds every link open from entry to exit; None: at any time.
    """
    allowed: tuple[Window, ...] | None = None
    for windows, enter_s, leave_s in legs:
        if windows is None:
            continue
        shifted = tuple(
            Window(from_s=window.from_s - enter_s, until_s=window.until_s - leave_s)
            for window in windows
            if window.until_s - leave_s >= window.from_s - enter_s
        )
        allowed = shifted if allowed is None else intersection(allowed, shifted)
    return allowed
