"""When each link may be driven: consent of who controls it, areas of actors who did not consent, closures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from safepassage.model.clauses import Area, Consent
from safepassage.model.ids import ClauseId, LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Link, Site
from safepassage.model.time import Window, intersection

if TYPE_CHECKING:
    import shapely

FOREVER = 2**40
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
    areas = [clause for clause in operation.clauses if isinstance(clause, Area)]
    consents = [clause for clause in operation.clauses if isinstance(clause, Consent)]
    sites = {site.id: site for site in operation.sites}
    closures: dict[LinkId, list[Window]] = {}
    for closure in operation.closures:
        window = Window(from_s=closure.from_s, until_s=closure.until_s)
        closures.setdefault(closure.link, []).append(window)
    windows: dict[LinkId, tuple[Window, ...]] = {}
    closed_by: dict[LinkId, tuple[ClauseId, ...]] = {}
    for link in operation.links:
        crossing = tuple(area.id for area in areas if crosses(link, area, sites))
        granted, refusing = _consented(link, consents)
        opened = () if crossing else _without(granted, closures.get(link.id, ()))
        if opened != ALWAYS:
            windows[link.id] = opened
            closed_by[link.id] = crossing + refusing
    return windows, closed_by


def crosses(link: Link, area: Area, sites: dict[SiteId, Site]) -> bool:
    """Tell whether the link is named by the area, or its line touches the polygon."""
    if link.id in area.links:
        return True
    if not area.polygon:
        return False
    import shapely  # noqa: PLC0415 - few operations draw areas

    ends = [(sites[site].lon, sites[site].lat) for site in (link.start, link.end)]
    line = shapely.LineString(link.line if len(link.line) > 1 else ends)
    return bool(shapely.intersects(line, _ground(area.polygon)))


def _ground(corners: Sequence[tuple[float, float]]) -> shapely.Geometry:
    import shapely  # noqa: PLC0415 - as above

    # two corners mark a line and one a point: not crossed either; a ring that crosses itself is made a valid area
    if len(corners) < 3:
        return shapely.MultiPoint(corners).convex_hull
    return shapely.make_valid(shapely.Polygon(corners))


def _consented(link: Link, consents: list[Consent]) -> tuple[tuple[Window, ...], tuple[ClauseId, ...]]:
    """Return when consent opens a link, and the clauses that keep it from being open always."""
    refusing = tuple(clause.id for clause in consents if link.id in clause.links and not clause.granted)
    if refusing:
        return (), refusing
    if not link.controlled_by:
        return ALWAYS, ()
    owners = [
        clause
        for clause in consents
        if clause.party == link.controlled_by and (link.id in clause.links or not clause.links)
    ]
    granted = [clause for clause in owners if clause.granted]
    if any(not clause.windows for clause in granted):
        return ALWAYS, ()
    windows = merged(window for clause in granted for window in clause.windows)
    return windows, tuple(clause.id for clause in owners)


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
