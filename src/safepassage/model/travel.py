"""Travel times and routes, as the roads room hands them to planner, timetable and referee."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from safepassage.model.ids import ClauseId, LinkId, SiteId
from safepassage.model.places import Link
from safepassage.model.time import Window


def drive_s(travel_s: int, speed_percent: int) -> int:
    """Seconds to drive a link of `travel_s` (at 100 %) at `speed_percent`, rounded up.

    Examples
    --------
    >>> drive_s(600, 80)
    750
    """
    return -(-travel_s * 100 // speed_percent)


class Route(Struct, frozen=True, kw_only=True):
    """One way from a site to another at one speed.

    `sites` are the sites on the way, both ends included; `offsets_s` the seconds after departure at which each is
    passed. `departures` are the windows in which a departure finds every link open from entry to exit (empty: at any
    time).
    """

    links: tuple[LinkId, ...]
    sites: tuple[SiteId, ...]
    offsets_s: tuple[int, ...]
    travel_s: int
    length_m: int
    departures: tuple[Window, ...] = ()


Way: TypeAlias = tuple[int, SiteId, SiteId]
"""Speed in percent, from, to."""

UNREACHABLE = 2**40
"""Seconds between sites that no way connects."""


class RouteTable(Mapping[Way, tuple[Route, ...]]):
    """Routes that can also tell the shortest times of many pairs at once."""

    @abstractmethod
    def least_s(self, speed_percent: int, origins: Sequence[SiteId], ends: Sequence[SiteId]) -> NDArray[np.int64]:
        """Return shortest times over all links that are ever open, however long one waits for them.

        Shape (origins, ends), seconds; 0 from a site to itself, UNREACHABLE where there is no way.
        """


class Travel(Struct, frozen=True, kw_only=True):
    """Routes between sites for every speed of the fleet, and when links are open.

    `routes` maps (speed_percent, from, to) to the alternatives, fastest first; a missing key means unreachable. They
    are the ways there are: no other is faster.
    `open` lists the windows of links that are not always open (an empty tuple: never), with the clauses that make it
    so in `closed_by`.
    """

    links: Mapping[LinkId, Link]
    routes: Mapping[Way, tuple[Route, ...]]
    open: dict[LinkId, tuple[Window, ...]]
    closed_by: dict[LinkId, tuple[ClauseId, ...]]

    def fastest(self, speed_percent: int, origin: SiteId, end: SiteId) -> Route | None:
        """Return the fastest route, or None where there is none."""
        found = self.routes.get((speed_percent, origin, end))
        return found[0] if found else None
