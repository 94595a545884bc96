"""The roads as one class of vehicles sees them: a routing graph, and what each piece of it is called and gated by.

The same over a road map and over a table of links, so that ways, alternatives and weak stretches are told alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from safepassage.model.fleet import HEAVY, Vehicle
from safepassage.model.ids import ClauseId, LinkId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Link
from safepassage.model.time import Window
from safepassage.model.travel import Pace, Travel
from safepassage.roads.engine import INF, Engine, Metric
from safepassage.roads.laying import Frame, Laid, times_ms
from safepassage.roads.network import MARKS, PROFILES, Bools, Floats
from safepassage.roads.openness import openness
from safepassage.roads.shapes import Line, shape_of
from safepassage.roads.stretches import places_of
from safepassage.roads.vulnerability import Ground

MS = 1000
NEAR_DEGREES = 1e-6
"""A piece of road that lies nearer to a link's line than this is part of it (about a tenth of a metre)."""

Gate: TypeAlias = tuple[tuple[Window, ...] | None, tuple[ClauseId, ...]]
"""When a piece is open (None: always), and the clauses that make it so."""


class Step(NamedTuple):
    """A piece of road on a way, in driving direction.

    `link` is the link that it is part of, empty where the road map has more than was laid; `passes` the site that is
    passed at its end. An `access` joins a site to the road. `time_ms` is the time of who drives it.
    """

    name: str
    link: LinkId
    length_m: float
    time_ms: int
    marks: tuple[str, ...]
    line: Line
    passes: SiteId
    access: bool
    gate: Gate


class Survey(NamedTuple):
    """A routing graph with the times of one class of vehicles.

    `metric` has INF where it may never drive; `leaves` and `enters` are the nodes at which a site is left and entered;
    `percent` is the speed to which times have still to be scaled. `steps` describes the arcs of a way. `mapped`: it is
    a road map, else a table of links.
    """

    metric: Metric
    ground: Ground
    leaves: Mapping[SiteId, int]
    enters: Mapping[SiteId, int]
    percent: int
    steps: Callable[[npt.NDArray[np.int32]], list[Step]]
    mapped: bool


def frame_of(vehicles: Sequence[Vehicle]) -> Frame:
    """Return what lets vehicles pass that drive together; of none, and of boats, a car of no size."""
    on_road = [one for one in vehicles if one.profile is not None]
    profiles = {one.profile for one in on_road if one.profile is not None} or {"car"}
    sizes = [one.size for one in on_road]
    return Frame(
        profiles=sum(1 << PROFILES.index(profile) for profile in profiles),
        heavy=bool(profiles & HEAVY),
        weight_kg=max((size.weight_kg for size in sizes), default=0),
        height_cm=max((size.height_cm for size in sizes), default=0),
        width_cm=max((size.width_cm for size in sizes), default=0),
    )


def of_map(laid: Laid, frame: Frame, percent: int) -> Survey:
    """Look at a whole road map, not only at what was laid of it.

    Parameters
    ----------
    laid
        The operation on its map.
    frame
        The class of vehicles.
    percent
        At which speed they drive.
    """
    joined = laid.joined
    ms = times_ms(joined, frame)
    never = np.array([windows == () for windows in laid.gated.windows])
    ms = np.where(never[laid.gated.of_piece], INF, ms)
    access = joined.arc < 0
    beside = access & _inside(laid)
    ms[beside & (ms < INF)] = 0
    length_m = np.where(beside, 0.0, joined.length_m)
    edge = laid.network.edge[joined.arc]
    ahead = laid.network.forward[joined.arc]
    first = np.where(ahead, joined.begin, 1 - joined.end)
    # pieces of one stretch, in both directions and in copies behind forbidden turns, are lost together
    _, road = np.unique(np.stack((edge, np.round(first * 1e9).astype(np.int64)), axis=1), axis=0, return_inverse=True)
    ground = Ground(
        road=np.where(access, -1, road.reshape(-1)),
        length_m=length_m,
        marks=np.where(access, 0, laid.network.marks[edge]).astype(np.uint8),
    )
    leaves, enters = (
        {site.id: node for site, node in zip(laid.stops, nodes.tolist(), strict=True) if node >= 0}
        for nodes in (joined.leaves, joined.enters)
    )
    links = _Links(laid.operation)

    def steps(arcs: npt.NDArray[np.int32]) -> list[Step]:
        return _map_steps(laid, arcs, (ms, length_m), links)

    return Survey(laid.engine.metric(ms), ground, leaves, enters, percent, steps, mapped=True)


def of_table(operation: Operation, travel: Travel, pace: Pace) -> Survey:
    """Look at a table of links: each is one piece of road.

    Parameters
    ----------
    operation
        Whose links.
    travel
        Its routes: the windows of links, and who may drive them.
    pace
        Of the class of vehicles.
    """
    index = {site.id: number for number, site in enumerate(operation.sites)}
    unfit = travel.passage(pace).unfit
    arcs = [(link, False) for link in operation.links]
    arcs += [(link, True) for link in operation.links if link.both_ways]
    number = {link.id: at for at, link in enumerate(operation.links)}
    ends = [(link.end, link.start) if back else (link.start, link.end) for link, back in arcs]
    engine = Engine([index[a] for a, _ in ends], [index[b] for _, b in ends], len(index), plain=True)
    shut = {link.id for link in operation.links if link.id in unfit or travel.open.get(link.id, (None,)) == ()}
    ms = [INF if link.id in shut else travel.link_s(link, pace) * MS for link, _ in arcs]
    ground = Ground(
        road=np.array([number[link.id] for link, _ in arcs], dtype=np.int64),
        length_m=np.array([float(link.length_m) for link, _ in arcs]),
        marks=np.zeros(len(arcs), dtype=np.uint8),
    )
    sites = {site.id: (site.lon, site.lat) for site in operation.sites}

    def steps(way: npt.NDArray[np.int32]) -> list[Step]:
        return [_link_step(travel, arcs[arc], ends[arc], ms[arc], sites) for arc in way.tolist()]

    return Survey(engine.metric(ms), ground, index, index, 100, steps, mapped=False)


def _link_step(
    travel: Travel,
    driven: tuple[Link, bool],
    ends: tuple[SiteId, SiteId],
    time_ms: int,
    sites: Mapping[SiteId, tuple[float, float]],
) -> Step:
    link, back = driven
    line = list(link.line) if len(link.line) > 1 else [sites[link.start], sites[link.end]]
    gate = (travel.open.get(link.id), travel.closed_by.get(link.id, ()))
    shown = line[::-1] if back else line
    return Step(link.name, link.id, float(link.length_m), time_ms, (), shown, ends[1], link.access, gate)


def _inside(laid: Laid) -> Bools:
    """Mark the arcs within a place: a site beside a road is on it, here as where it is laid."""
    places = places_of(laid.joined, len(laid.stops))
    tail, head = places[laid.joined.tail], places[laid.joined.head]
    return np.asarray((tail >= 0) & (tail == head))


def _map_steps(
    laid: Laid, arcs: npt.NDArray[np.int32], times: tuple[npt.NDArray[np.int64], Floats], links: _Links
) -> list[Step]:
    network, joined = laid.network, laid.joined
    ms, length_m = times
    lines = [shape_of(network, joined, arc) for arc in arcs.tolist()]
    gates = _gates(laid.operation, lines)
    steps = []
    for arc, line, gate in zip(arcs.tolist(), lines, gates, strict=True):
        of_arc, passed = int(joined.arc[arc]), int(joined.site_of[joined.head[arc]])
        edge = int(network.edge[of_arc]) if of_arc >= 0 else -1
        steps.append(
            Step(
                name="" if edge < 0 else network.names[int(network.name[edge])],
                link=links.at(line, access=edge < 0),
                length_m=float(length_m[arc]),
                time_ms=int(ms[arc]),
                marks=() if edge < 0 else tuple(word for bit, word in MARKS.items() if network.marks[edge] & bit),
                line=line,
                passes=laid.stops[passed].id if passed >= 0 else SiteId(""),
                access=edge < 0,
                gate=gate,
            )
        )
    return steps


def _gates(operation: Operation, lines: Sequence[Line]) -> list[Gate]:
    """Ask the usual place when lines are open, and by which clauses."""
    nowhere = SiteId("")
    stand_ins = tuple(
        Link(
            id=LinkId(f"step {number}"), start=nowhere, end=nowhere, length_m=0, travel_s=0,
            line=tuple(line if len(line) > 1 else line * 2),
        )
        for number, line in enumerate(lines)
    )  # fmt: skip
    windows, closed_by = openness(msgspec.structs.replace(operation, links=stand_ins))
    return [(windows.get(link.id), closed_by.get(link.id, ())) for link in stand_ins]


class _Links:
    """Finds the link that a piece of a road map was laid as."""

    def __init__(self, operation: Operation) -> None:
        self._links = [link for link in operation.links if len(link.line) > 1]
        self._lines = [shapely.LineString(link.line) for link in self._links]
        self._tree = shapely.STRtree(self._lines)

    def at(self, line: Line, *, access: bool) -> LinkId:
        """Name the link under the middle of a line, of two directions the one that is driven."""
        middle = shapely.LineString(line if len(line) > 1 else line * 2).interpolate(0.5, normalized=True)
        near = self._tree.query(middle, predicate="dwithin", distance=NEAR_DEGREES)
        found = [self._links[number] for number in sorted(near.tolist()) if self._links[number].access == access]
        along = [link for link in found if link.both_ways or link.access or _ahead(link, line)]
        return along[0].id if along else LinkId("")


def _ahead(link: Link, line: Line) -> bool:
    whole = shapely.LineString(link.line)
    first, last = (whole.project(shapely.Point(line[at])) for at in (0, -1))
    return bool(first < last)
