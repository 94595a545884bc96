"""The arcs that routes use become stretches: links from one place where routes meet, part or are gated to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safepassage.model.fleet import Profile
from safepassage.model.ids import LinkId, SiteId
from safepassage.model.places import Link, Site
from safepassage.roads.joining import Joined
from safepassage.roads.network import AMBULANCE, BUS, CAR, TRUCK, Network
from safepassage.roads.shapes import shape_of

MS = 1000
ROUNDING = 1e-9
"""Of shares of a road's length."""

_BITS: dict[Profile, int] = {"car": CAR, "ambulance": AMBULANCE, "bus": BUS, "truck": TRUCK}


class Segment(NamedTuple):
    """A piece of road of one kind from routing node `a` to `b`; its arcs in driving direction, and whether back too."""

    a: int
    b: int
    arcs: tuple[int, ...]
    both_ways: bool


class _Sameness(NamedTuple):
    # what must be equal for two pieces of road to be one link
    gate: int
    access: bool
    both_ways: bool
    allowed: int
    max_weight_kg: int
    max_height_cm: int
    max_width_cm: int


def stretches(
    network: Network,
    joined: Joined,
    used: npt.NDArray[np.bool_],
    gate: npt.NDArray[np.int64],
    sites: Sequence[SiteId],
    source: str,
) -> tuple[tuple[Link, ...], tuple[Site, ...]]:
    """Join used arcs to links, and name the junctions between them.

    Parameters
    ----------
    network
        The roads: shapes, names and numbers.
    joined
        The routing graph.
    used
        Which of its arcs routes drive, shape (arcs,).
    gate
        A number for each arc: arcs that are open at the same times, by the same clauses, have the same. Shape (arcs,).
    sites
        The sites that were joined, in their order there.
    source
        What the links say where they come from.

    Returns
    -------
    tuple
        Links and junctions. Times are rounded to whole seconds, at least one.
    """
    places = places_of(joined, len(sites))
    segments = _segments(network, joined, used, places, gate)
    chains = list(_chains(segments, _kept(segments, places)))
    names = _junction_names(network, joined, {node for chain in chains for node in (chain.a, chain.b)}, places, sites)
    junctions = tuple(
        Site(id=name, kind="junction", lon=_degrees(joined.lon[node]), lat=_degrees(joined.lat[node]), source=source)
        for node, name in names.items()
        if places[node] < 0
    )
    ids = _link_names(network, joined, chains)
    links = tuple(
        _link(network, joined, chain, (one, names[chain.a], names[chain.b]), source)
        for chain, one in zip(chains, ids, strict=True)
    )
    return links, junctions


class _Piece(NamedTuple):
    segment: Segment
    same: _Sameness


def places_of(joined: Joined, sites: int) -> npt.NDArray[np.int64]:
    """Tell which site each routing node is, -1 for none: where it is left and entered, and its point of the road.

    A point with copies behind forbidden turns stays a junction: as one place they could be driven through any way.

    Parameters
    ----------
    joined
        The routing graph.
    sites
        How many sites it joins.
    """
    places: npt.NDArray[np.int64] = joined.site_of.astype(np.int64)
    alone = np.bincount(places[places >= 0], minlength=sites) == 1
    places[(places >= 0) & ~alone[places]] = -1
    for nodes in (joined.leaves, joined.enters):
        known = nodes >= 0
        places[nodes[known]] = np.arange(sites)[known]
    return places


def _segments(
    network: Network,
    joined: Joined,
    used: npt.NDArray[np.bool_],
    places: npt.NDArray[np.int64],
    gate: npt.NDArray[np.int64],
) -> list[_Piece]:
    """Make one piece of each used arc, with the arc back where it is of the same kind."""
    inside = (places[joined.tail] >= 0) & (places[joined.tail] == places[joined.head])
    wanted = np.flatnonzero(used & ~inside)
    node = _representative(places)
    tail, head = node[joined.tail], node[joined.head]
    back = _arcs_back(network, joined, wanted, (tail, head))
    pieces: list[_Piece] = []
    done = np.zeros(len(used), dtype=bool)
    for arc in wanted.tolist():
        if done[arc]:
            continue
        other = back.get(arc, -1)
        access = bool(joined.arc[arc] < 0)
        # to a node behind a forbidden turn an access leads only from the road: who leaves by it turns no other way
        both_ways = access or (other >= 0 and _same(joined, gate, arc, other))
        done[arc] = True
        if both_ways and other >= 0:
            done[other] = True
        same = _Sameness(
            gate=int(gate[arc]),
            access=access,
            both_ways=both_ways,
            allowed=int(joined.allowed[arc]),
            max_weight_kg=int(joined.max_weight_kg[arc]),
            max_height_cm=int(joined.max_height_cm[arc]),
            max_width_cm=int(joined.max_width_cm[arc]),
        )
        pieces.append(_Piece(Segment(int(tail[arc]), int(head[arc]), (arc,), both_ways), same))
    return pieces


def _representative(places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give all nodes of a site the number of the first of them."""
    node = np.arange(len(places), dtype=np.int64)
    first: dict[int, int] = {}
    for one in np.flatnonzero(places >= 0).tolist():
        node[one] = first.setdefault(int(places[one]), one)
    return node


def _arcs_back(
    network: Network, joined: Joined, wanted: npt.NDArray[np.int64], ends_of: tuple[npt.NDArray[np.int64], ...]
) -> dict[int, int]:
    """Find for each wanted arc the one that drives the same piece of the same road the other way."""
    tail, head = ends_of
    ends = set(zip(head[wanted].tolist(), tail[wanted].tolist(), strict=True))
    near = np.flatnonzero(np.isin(tail, head[wanted]) & np.isin(head, tail[wanted]))
    ways: dict[tuple[int, int], list[int]] = {}
    for arc, pair in zip(near.tolist(), zip(tail[near].tolist(), head[near].tolist(), strict=True), strict=True):
        if pair in ends:
            ways.setdefault(pair, []).append(arc)
    found: dict[int, int] = {}
    for arc in wanted.tolist():
        for other in ways.get((int(head[arc]), int(tail[arc])), ()):
            if other != arc and _is_back(network, joined, arc, other):
                found[arc] = other
                break
    return found


def _is_back(network: Network, joined: Joined, arc: int, other: int) -> bool:
    """Tell whether two arcs are one piece of road in opposite directions."""
    one, two = int(joined.arc[arc]), int(joined.arc[other])
    if one < 0 or two < 0:
        return one == two and joined.light_ms[arc] > 0
    if one == two or network.edge[one] != network.edge[two]:
        return False
    begins, ends = joined.begin[other] + joined.end[arc] - 1, joined.end[other] + joined.begin[arc] - 1
    return bool(abs(begins) < ROUNDING and abs(ends) < ROUNDING)


def _same(joined: Joined, gate: npt.NDArray[np.int64], arc: int, other: int) -> bool:
    columns = (joined.allowed, joined.max_weight_kg, joined.max_height_cm, joined.max_width_cm, gate)
    times = (joined.light_ms, joined.heavy_ms)
    # a piece is rounded to whole milliseconds in each direction by itself
    return all(column[arc] == column[other] for column in columns) and all(
        abs(int(column[arc]) - int(column[other])) <= 1 for column in times
    )


def _kept(pieces: list[_Piece], places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Mark the nodes where a link has to end: sites, and nodes where not exactly two pieces of one kind join."""
    touching: dict[int, list[tuple[_Piece, bool]]] = {}
    for piece in pieces:
        touching.setdefault(piece.segment.a, []).append((piece, True))
        touching.setdefault(piece.segment.b, []).append((piece, False))
    kept = np.zeros(len(places), dtype=bool)
    for node, around in touching.items():
        kept[node] = places[node] >= 0 or not _passed(around)
    return kept


def _passed(around: list[tuple[_Piece, bool]]) -> bool:
    if len(around) != 2:
        return False
    (one, begins), (two, also) = around
    if one.segment is two.segment or one.same != two.same:
        return False
    return one.same.both_ways or begins != also


def _chains(pieces: list[_Piece], kept: npt.NDArray[np.bool_]) -> Iterator[Segment]:
    """Follow pieces from kept node to kept node; a ring without one begins and ends at its first piece."""
    around: dict[int, list[int]] = {}
    for number, piece in enumerate(pieces):
        for node in (piece.segment.a, piece.segment.b):
            around.setdefault(node, []).append(number)
    done = [False] * len(pieces)
    starts = [number for number, piece in enumerate(pieces) if kept[piece.segment.a]]
    backwards = [number for number, piece in enumerate(pieces) if piece.segment.both_ways and kept[piece.segment.b]]
    rings = range(len(pieces))
    for number, turned in [
        *((one, False) for one in starts), *((one, True) for one in backwards), *((one, False) for one in rings),
    ]:  # fmt: skip
        if not done[number]:
            yield from _broken(_chain(pieces, (number, turned), (around, kept, done)))


def _chain(
    pieces: list[_Piece],
    first: tuple[int, bool],
    known: tuple[dict[int, list[int]], npt.NDArray[np.bool_], list[bool]],
) -> list[tuple[int, int, int, bool]]:
    # (from, to, arc, driven backwards)
    around, kept, done = known
    number, turned = first
    steps: list[tuple[int, int, int, bool]] = []
    while True:
        segment = pieces[number].segment
        done[number] = True
        a, b = (segment.b, segment.a) if turned else (segment.a, segment.b)
        steps.append((a, b, segment.arcs[0], turned))
        onward = [] if kept[b] else [one for one in around[b] if not done[one]]
        if not onward:
            break
        number = onward[0]
        turned = pieces[number].segment.b == b
    both = pieces[number].segment.both_ways
    return [(a, b, arc if not back else ~arc, both) for a, b, arc, back in steps]


def _broken(steps: list[tuple[int, int, int, bool]]) -> Iterator[Segment]:
    """Give a chain as one segment; a loop as two, for a link joins two places."""
    a, b, both_ways = steps[0][0], steps[-1][1], steps[0][3]
    arcs = tuple(arc for _, _, arc, _ in steps)
    if a != b:
        yield Segment(a, b, arcs, both_ways)
    elif len(steps) > 1:
        middle = len(steps) // 2
        yield Segment(a, steps[middle][0], arcs[:middle], both_ways)
        yield Segment(steps[middle][0], b, arcs[middle:], both_ways)


def _junction_names(
    network: Network, joined: Joined, nodes: set[int], places: npt.NDArray[np.int64], sites: Sequence[SiteId]
) -> dict[int, SiteId]:
    """Name the ends of links: sites by their id, junctions by their number in the road map."""
    names: dict[int, SiteId] = {}
    taken: set[str] = set(sites)
    numbers = _numbers(network, joined)
    met = _met(joined)
    for node in sorted(nodes):
        if places[node] >= 0:
            names[node] = sites[int(places[node])]
        else:
            stem = f"{sites[met[node]]}-road" if node in met else f"j{int(numbers[node])}"
            names[node] = SiteId(_free(stem, taken))
            taken.add(names[node])
    return names


def _met(joined: Joined) -> dict[int, int]:
    """Return the first of the sites whose access meets the road at a node, of nodes that the road map does not have."""
    site_at = {int(node): site for site, node in enumerate(joined.leaves) if node >= 0}
    doors = np.flatnonzero(joined.arc < 0)
    pairs = zip(joined.tail[doors].tolist(), joined.head[doors].tolist(), strict=True)
    found: dict[int, int] = {}
    for tail, head in pairs:
        if tail in site_at:
            found.setdefault(head, site_at[tail])
    arrives = joined.head[(joined.arc >= 0) & (joined.end == 1)]
    ends = set(arrives.tolist())
    return {node: site for node, site in found.items() if node not in ends}


def _numbers(network: Network, joined: Joined) -> npt.NDArray[np.int64]:
    """Return the road map's number of each routing node; of copies behind a forbidden turn that of the junction."""
    numbers = np.zeros(joined.nodes, dtype=np.int64)
    numbers[: len(network.node)] = network.node
    arrives = (joined.arc >= 0) & (joined.end == 1) & (joined.head >= len(network.node))
    numbers[joined.head[arrives]] = network.node[network.head[joined.arc[arrives]]]
    return numbers


def _free(stem: str, taken: set[str]) -> str:
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


def _link_names(network: Network, joined: Joined, chains: list[Segment]) -> list[LinkId]:
    """Name links by the road map's number of the way that is the longest part of them."""
    taken: set[str] = set()
    ids: list[LinkId] = []
    for chain in chains:
        edge = _main_edge(network, joined, chain)
        ids.append(LinkId(_free("access" if edge < 0 else f"w{int(network.way[edge])}", taken)))
        taken.add(ids[-1])
    return ids


def _arc(step: int) -> int:
    return step if step >= 0 else ~step


def _main_edge(network: Network, joined: Joined, chain: Segment) -> int:
    longest = max(chain.arcs, key=lambda step: float(joined.length_m[_arc(step)]))
    of_arc = int(joined.arc[_arc(longest)])
    return int(network.edge[of_arc]) if of_arc >= 0 else -1


def _link(network: Network, joined: Joined, chain: Segment, names: tuple[LinkId, SiteId, SiteId], source: str) -> Link:
    arcs = [_arc(step) for step in chain.arcs]
    edge = _main_edge(network, joined, chain)
    line, ends = _line(network, joined, chain), names[1:]
    if edge < 0 and joined.tail[arcs[0]] not in joined.leaves:
        line, ends = line[::-1], ends[::-1]
    light_ms = sum(int(joined.light_ms[arc]) for arc in arcs)
    heavy_ms = sum(int(joined.heavy_ms[arc]) for arc in arcs)
    allowed = int(joined.allowed[arcs[0]])
    closed_to = tuple(one for one, bit in _BITS.items() if not allowed & bit)
    travel_s, heavy_s = (max(1, (ms + MS // 2) // MS) for ms in (light_ms, heavy_ms))
    return Link(
        id=names[0],
        start=ends[0],
        end=ends[1],
        length_m=round(sum(float(joined.length_m[arc]) for arc in arcs)),
        travel_s=travel_s,
        heavy_s=0 if heavy_s == travel_s else heavy_s,
        both_ways=chain.both_ways,
        closed_to=closed_to,
        max_weight_kg=int(joined.max_weight_kg[arcs[0]]),
        max_height_cm=int(joined.max_height_cm[arcs[0]]),
        max_width_cm=int(joined.max_width_cm[arcs[0]]),
        name="" if edge < 0 else network.names[int(network.name[edge])],
        line=line,
        source=source,
        access=edge < 0,
    )


def _line(network: Network, joined: Joined, chain: Segment) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    for step in chain.arcs:
        shape = shape_of(network, joined, _arc(step))
        for point in shape if step >= 0 else shape[::-1]:
            if not points or points[-1] != point:
                points.append(point)
    return tuple(points) if len(points) > 1 else ()


def _degrees(value: float) -> float:
    return round(float(value), 7)
