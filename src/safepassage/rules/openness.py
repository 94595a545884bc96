"""When a link is open: areas that are never crossed, consent of who controls it, closures.

Recomputed from the operation: what the travel data says about it is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from safepassage.model.clauses import Area, Consent
from safepassage.model.ids import ClauseId, LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Link, Site
from safepassage.model.time import Window
from safepassage.rules.case import grouped

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


class Openness(Struct, frozen=True, kw_only=True):
    """What stands against driving one link.

    `areas` it lies in; `refusals` are consents that name it and are not granted; with `asks_consent` it is open in
    `consented` only, the joined windows of the granted `consents`. `closures` come on top.
    """

    areas: tuple[ClauseId, ...] = ()
    refusals: tuple[ClauseId, ...] = ()
    asks_consent: bool = False
    consents: tuple[ClauseId, ...] = ()
    consented: tuple[Window, ...] = ()
    closures: tuple[Closure, ...] = ()


ALWAYS = Window(from_s=-(2**62), until_s=2**62)


def openness(operation: Operation, links: Iterable[Link]) -> dict[LinkId, Openness]:
    """Say for each of `links` what stands against driving it."""
    wanted = tuple(links)
    areas = grouped(_in_areas(operation, wanted))
    consents = tuple(clause for clause in operation.clauses if isinstance(clause, Consent))
    naming = grouped((link, consent) for consent in consents for link in consent.links)
    general = grouped((consent.party, consent) for consent in consents if not consent.links)
    closures = grouped((closure.link, closure) for closure in operation.closures)
    found = {}
    for link in wanted:
        named = naming.get(link.id, ())
        of_holder = *(one for one in named if one.party == link.controlled_by), *general.get(link.controlled_by, ())
        granted = tuple(consent for consent in of_holder if consent.granted)
        found[link.id] = Openness(
            areas=areas.get(link.id, ()),
            refusals=tuple(consent.id for consent in named if not consent.granted),
            asks_consent=bool(link.controlled_by),
            consents=tuple(consent.id for consent in of_holder),
            consented=joined_windows(window for consent in granted for window in consent.windows or (ALWAYS,)),
            closures=closures.get(link.id, ()),
        )
    return found


def joined_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Join windows that overlap or touch; those that end before they begin hold nothing."""
    joined: list[Window] = []
    for window in sorted(window for window in windows if window.from_s <= window.until_s):
        if joined and window.from_s <= joined[-1].until_s:
            until_s = max(joined[-1].until_s, window.until_s)
            joined[-1] = Window(from_s=joined[-1].from_s, until_s=until_s)
        else:
            joined.append(window)
    return tuple(joined)


def _in_areas(operation: Operation, links: tuple[Link, ...]) -> Iterator[tuple[LinkId, ClauseId]]:
    sites = {site.id: site for site in operation.sites}
    for clause in operation.clauses:
        if isinstance(clause, Area):
            inside = set(clause.links)
            if clause.polygon:
                import shapely  # noqa: PLC0415 - few operations draw areas

                ground = _ground(clause.polygon)
                inside |= {link.id for link in links if ground.intersects(shapely.LineString(_line(link, sites)))}
            for link in links:
                if link.id in inside:
                    yield link.id, clause.id


def _ground(polygon: tuple[tuple[float, float], ...]) -> BaseGeometry:
    import shapely  # noqa: PLC0415 - as above

    # Too few corners for a ring still mark a place; a ring drawn as a figure of eight still has an inside.
    corners = 3
    if len(polygon) < corners:
        return shapely.MultiPoint(polygon).convex_hull
    return shapely.make_valid(shapely.Polygon(polygon))


def _line(link: Link, sites: dict[SiteId, Site]) -> tuple[tuple[float, float], ...]:
    if len(link.line) > 1:
        return link.line
    ends = sites[link.start], sites[link.end]
    return tuple((site.lon, site.lat) for site in ends)
