"""Routes over a table of links: fastest first, with alternatives where a link is not always open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from safepassage.model.ids import LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Link
from safepassage.model.time import Window
from safepassage.model.travel import PACES, Pace, Route, RouteTable, Travel, Way
from safepassage.roads.graph import Graph
from safepassage.roads.openness import FOREVER, days, departures, merged, openness
from safepassage.roads.paces import paced

MAX_ALTERNATIVES = 4
MAX_EXPLORED = 12


def travel(operation: Operation) -> Travel:
    """Find the routes between all sites for every pace at which a vehicle or a convoy drives.

    The fastest route of a pair may use links that are open only at times; routes that avoid some of these follow as
    alternatives, at most MAX_ALTERNATIVES in all, each open at some time when no faster one is. Where there is a night,
    each of them comes by day and slowly. Junctions are passed, never visited. A pair's routes are worked out when they
    are first asked for.

    References
    ----------
    Dijkstra (1959), through scipy.sparse.csgraph.
    """
    windows, closed_by = openness(operation)
    timed = replace(paced(operation), open=windows, closed_by=closed_by)
    return replace(timed, routes=Routes(operation, timed))


class Routes(RouteTable):
    """Routes by (pace, from, to), worked out when asked for; a pair without a way is no key."""

    def __init__(self, operation: Operation, travel: Travel) -> None:
        self._finder = _Finder(operation, travel)
        self._paces = sorted({*travel.paces.values(), *travel.convoy_paces.values()})
        self._stops = {site.id: None for site in operation.sites if site.kind != "junction"}
        self._found: dict[Way, tuple[Route, ...]] = {}
        self._along: dict[tuple[Way, tuple[LinkId, ...], bool], Route | None] = {}

    def __getitem__(self, way: Way) -> tuple[Route, ...]:
        found = self._found.get(way)
        if found is None:
            found = self._found[way] = self._alternatives(way)
        if not found:
            raise KeyError(way)
        return found

    def __iter__(self) -> Iterator[Way]:
        for pace in self._paces:
            for way in ((pace, origin, end) for origin in self._stops for end in self._stops):
                if way in self:
                    yield way

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def least_s(self, pace: Pace, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
        """Return shortest times by day over all links that are ever open (see RouteTable)."""
        return self._finder.graph(pace, frozenset()).seconds(origins, ends)

    def along(self, way: Way, links: Sequence[LinkId], *, slow: bool) -> Route | None:
        """Return the route over some links, also where others are faster (see RouteTable): none is looked for."""
        asked = way, tuple(links), slow
        if asked not in self._along:
            self._along[asked] = self._finder.along(way, asked[1], slow=slow) if self._is_asked_for(way) else None
        return self._along[asked]

    def _is_asked_for(self, way: Way) -> bool:
        pace, origin, end = way
        return origin != end and pace in self._paces and {origin, end} <= self._stops.keys()

    def _alternatives(self, way: Way) -> tuple[Route, ...]:
        return self._finder.alternatives(*way) if self._is_asked_for(way) else ()


class _Finder:
    """Shortest paths that avoid given links, one graph a (pace, avoided), remembered."""

    def __init__(self, operation: Operation, travel: Travel) -> None:
        self.sites = [site.id for site in operation.sites]
        self.index = {site: number for number, site in enumerate(self.sites)}
        self.travel, self.windows = travel, travel.open
        self.links = [link for link in operation.links if self.windows.get(link.id, (None,)) != ()]
        self.days = days(operation.night) if operation.night else None
        self.most = MAX_ALTERNATIVES if self.days is None else 2 * MAX_ALTERNATIVES
        self._graphs: dict[tuple[Pace, frozenset[LinkId]], Graph] = {}

    def along(self, way: Way, names: tuple[LinkId, ...], *, slow: bool) -> Route | None:
        """Return the route over links if they lead one after the other to the end, and this pace may drive them."""
        pace, here, end = way
        unfit = self.travel.passage(pace).unfit
        links = [link for name in names if (link := self.travel.links.get(name)) and name not in unfit]
        if len(links) < len(names) or (slow and self.days is None):
            return None
        for number, link in enumerate(links):
            leaves, enters = number == 0 and link.start == here, number == len(links) - 1 and link.start == end
            if here not in (link.start, link.end if link.both_ways or link.access else link.start):
                return None
            if link.access and not (leaves or enters):
                return None
            here = link.end if here == link.start else link.start
        return self._route(pace, way[1], links, slow=slow) if here == end else None

    def alternatives(self, pace: Pace, origin: SiteId, end: SiteId) -> tuple[Route, ...]:
        """Return the fastest route and those for when it is closed, fastest first."""
        kept: list[Route] = []
        found = self._explored(pace, origin, end)
        for route in sorted(found, key=lambda route: (route.travel_s, route.slow, route.links)):
            if len(kept) < self.most and not _covered(route, kept):
                kept.append(route)
        return tuple(kept)

    def _explored(self, pace: Pace, origin: SiteId, end: SiteId) -> Iterator[Route]:
        """Give the fastest route that avoids nothing, then those that avoid links of routes given before."""
        waiting: list[frozenset[LinkId]] = [frozenset()]
        seen = set(waiting)
        for avoided in islice(waiting, MAX_EXPLORED):
            path = self.graph(pace, avoided).path(origin, end)
            yield from self._driven(pace, origin, path)
            gated = [link.id for link in path if link.id in self.windows]
            for more in [avoided.union(gated), *(avoided | gate for gate in self._gates(gated))]:
                if more not in seen:
                    seen.add(more)
                    waiting.append(more)

    def _gates(self, gated: list[LinkId]) -> list[frozenset[LinkId]]:
        """Return what to avoid one by one: links, or where they are many, all that are open at the same times."""
        if len(gated) < MAX_EXPLORED:
            return [frozenset((link,)) for link in gated]
        return [self._alike[windows] for windows in dict.fromkeys(self.windows[link] for link in gated)]

    @cached_property
    def _alike(self) -> dict[tuple[Window, ...], frozenset[LinkId]]:
        alike: dict[tuple[Window, ...], set[LinkId]] = {}
        for link, windows in self.windows.items():
            alike.setdefault(windows, set()).add(link)
        return {windows: frozenset(links) for windows, links in alike.items()}

    def graph(self, pace: Pace, avoided: frozenset[LinkId]) -> Graph:
        """Return the graph of the links that are ever open and let this pace pass, without those to be avoided."""
        if (pace, avoided) not in self._graphs:
            passage = self.travel.passage(pace)
            kept = [link for link in self.links if link.id not in avoided and link.id not in passage.unfit]
            self._graphs[pace, avoided] = Graph(kept, self.index, pace % PACES, heavy=passage.heavy)
        return self._graphs[pace, avoided]

    def _driven(self, pace: Pace, origin: SiteId, path: list[Link]) -> Iterator[Route]:
        """Give the route along a path by day and, where there is a night, slowly."""
        for slow in (False,) if self.days is None else (False, True):
            route = self._route(pace, origin, path, slow=slow) if path else None
            if route is not None:
                yield route

    def _route(self, pace: Pace, origin: SiteId, path: list[Link], *, slow: bool) -> Route | None:
        offsets, sites = [0], [origin]
        legs = []
        driven = self.travel.slow(pace) if slow else pace
        for link in path:
            enter_s = offsets[-1]
            offsets.append(enter_s + self.travel.link_s(link, driven))
            sites.append(link.end if link.start == sites[-1] else link.start)
            legs.append((self.windows.get(link.id), enter_s, offsets[-1]))
        opens = departures(legs)
        allowed = opens if slow or opens == () else departures([*legs, (self.days, 0, offsets[-1])])
        if allowed == ():
            return None
        return Route(
            links=tuple(link.id for link in path),
            sites=tuple(sites),
            offsets_s=tuple(offsets),
            travel_s=offsets[-1],
            length_m=sum(link.length_m for link in path),
            departures=allowed or (),
            opens=opens or (),
            slow=slow,
        )


def _covered(route: Route, faster: list[Route]) -> bool:
    """Tell whether one of the faster routes can be driven whenever this one can."""
    if any(not other.departures for other in faster):
        return True
    together = merged(window for other in faster for window in other.departures)
    # half of for ever: windows were shifted by what is driven before and after
    always = (Window(from_s=-FOREVER // 2, until_s=FOREVER // 2),)
    return all(
        any(wide.from_s <= window.from_s and window.until_s <= wide.until_s for wide in together)
        for window in route.departures or always
    )
