"""Shortest times between sites for lower bounds: however long a vehicle waits for a way to open, it drives these."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from safepassage.model.ids import SiteId
from safepassage.model.travel import Travel, drive_s
from safepassage.planner.shuttles import NEVER, ShuttleProblem

Ways = dict[tuple[int, SiteId, SiteId], int]


def closed(problem: ShuttleProblem) -> Ways:
    """Shortest times put together from the routes, also over sites in between (waiting there for a way to open).

    References
    ----------
    Floyd (1962), algorithm 97: shortest path.
    """
    ways: Ways = {key: min(route.travel_s for route in routes) for key, routes in problem.routes.items() if routes}
    sites = sorted({site for _, origin, end in ways for site in (origin, end)})
    for speed in sorted({shuttle.speed_percent for shuttle in problem.shuttles}):
        for via in sites:
            for origin in sites:
                first_s = ways.get((speed, origin, via))
                if first_s is None:
                    continue
                for end in sites:
                    second_s = ways.get((speed, via, end))
                    if second_s is not None and first_s + second_s < ways.get((speed, origin, end), NEVER):
                        ways[speed, origin, end] = first_s + second_s
    return ways


def least_ways(travel: Travel, speeds: Iterable[int]) -> Ways:
    """Shortest times between all sites over all links that are ever open, however long one would have to wait for them.

    References
    ----------
    Dijkstra (1959).
    """
    ways: Ways = {}
    for speed in sorted(set(speeds)):
        beside: dict[SiteId, list[tuple[SiteId, int]]] = {}
        for link in travel.links.values():
            if travel.open.get(link.id) == ():
                continue
            seconds = drive_s(link.travel_s, speed)
            beside.setdefault(link.start, []).append((link.end, seconds))
            if link.both_ways:
                beside.setdefault(link.end, []).append((link.start, seconds))
        for origin in beside:
            ways |= {
                (speed, origin, end): seconds for end, seconds in _nearest(beside, origin).items() if end != origin
            }
    return ways


def _nearest(beside: dict[SiteId, list[tuple[SiteId, int]]], origin: SiteId) -> dict[SiteId, int]:
    settled: dict[SiteId, int] = {}
    queue = [(0, origin)]
    while queue:
        at_s, site = heappop(queue)
        if site in settled:
            continue
        settled[site] = at_s
        for end, seconds in beside.get(site, ()):
            if end not in settled:
                heappush(queue, (at_s + seconds, end))
    return settled
