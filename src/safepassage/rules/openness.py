"""When a link is open: areas that are never crossed, consent of who controls it, closures.

Recomputed from the operation: what the travel data says about it is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, reduce

import shapely
from msgspec import Struct
from shapely.geometry.base import BaseGeometry

from safepassage.model.clauses import Area, Consent
from safepassage.model.ids import ClauseId, LinkId, PartyId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Link, Site
from safepassage.model.time import Window
from safepassage.rules.case import grouped


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
    lines = _Lines(operation, wanted)
    areas = grouped(
        (link, clause.id)
        for clause in operation.clauses
        if isinstance(clause, Area)
        for link in lines.touching(_ground(clause.polygon), clause.links)
    )
    consents = tuple(clause for clause in operation.clauses if isinstance(clause, Consent))
    naming = grouped((link, consent) for consent in consents for link in consent.links)
    inside = grouped((link, consent) for consent in consents for link in lines.touching(_ground(consent.polygon)))
    general = grouped((one.party, one) for one in consents if not one.links and not one.polygon)
    closures = grouped((link, closure) for closure in operation.closures for link in lines.closed(closure))
    found = {}
    for link in wanted:
        named = tuple(dict.fromkeys((*naming.get(link.id, ()), *inside.get(link.id, ()))))
        parties = [link.controlled_by] if link.controlled_by else []
        parties += [consent.party for consent in inside.get(link.id, ())]
        held = tuple(_held(party, named, general) for party in dict.fromkeys(parties))
        found[link.id] = Openness(
            areas=areas.get(link.id, ()),
            refusals=tuple(consent.id for consent in named if not consent.granted),
            asks_consent=bool(held),
            consents=tuple(dict.fromkeys(consent.id for _, own in held for consent in own)),
            consented=reduce(_both, (windows for windows, _ in held)) if held else (),
            closures=closures.get(link.id, ()),
        )
    return found


def _held(
    party: PartyId, named: tuple[Consent, ...], general: dict[PartyId, tuple[Consent, ...]]
) -> tuple[tuple[Window, ...], tuple[Consent, ...]]:
    """Return when a party lets a link be driven, and its clauses about it."""
    own = (*(one for one in named if one.party == party), *general.get(party, ()))
    granted = (window for one in own if one.granted for window in one.windows or (ALWAYS,))
    return joined_windows(granted), own


def _both(one: tuple[Window, ...], other: tuple[Window, ...]) -> tuple[Window, ...]:
    """Return when both parties let a link be driven."""
    pairs = ((max(a.from_s, b.from_s), min(a.until_s, b.until_s)) for a in one for b in other)
    return joined_windows(Window(from_s=from_s, until_s=until_s) for from_s, until_s in pairs)


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


class _Lines:
    """The lines of links, made when first asked for."""

    def __init__(self, operation: Operation, links: tuple[Link, ...]) -> None:
        self.links = links
        self.sites = {site.id: site for site in operation.sites}

    @cached_property
    def lines(self) -> dict[LinkId, shapely.LineString]:
        return {link.id: shapely.LineString(_line(link, self.sites)) for link in self.links}

    def touching(self, place: BaseGeometry, named: tuple[LinkId, ...] = ()) -> tuple[LinkId, ...]:
        """Name the links that are named, or touch a place."""
        if place.is_empty:
            return tuple(link.id for link in self.links if link.id in named)
        shapely.prepare(place)
        return tuple(link.id for link in self.links if link.id in named or place.intersects(self.lines[link.id]))

    def closed(self, closure: Closure) -> tuple[LinkId, ...]:
        """Name the links that a closure closes."""
        crossing = self.touching(_stroke(closure.line), (closure.link,))
        return tuple(dict.fromkeys((*crossing, *self.touching(_ground(closure.polygon)))))


def _ground(polygon: tuple[tuple[float, float], ...]) -> BaseGeometry:
    # Too few corners for a ring still mark a place; a ring drawn as a figure of eight still has an inside.
    corners = 3
    if len(polygon) < corners:
        return shapely.MultiPoint(polygon).convex_hull
    return shapely.make_valid(shapely.Polygon(polygon))


def _stroke(line: tuple[tuple[float, float], ...]) -> BaseGeometry:
    return shapely.LineString(line) if len(line) > 1 else shapely.MultiPoint(line)


def _line(link: Link, sites: dict[SiteId, Site]) -> tuple[tuple[float, float], ...]:
    if len(link.line) > 1:
        return link.line
    ends = sites[link.start], sites[link.end]
    return tuple((site.lon, site.lat) for site in ends)
