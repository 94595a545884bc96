"""Random small networks on a square of points, and a search over them that knows nothing of ours."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from hypothesis import strategies as st

from roads.extracts import STEP
from safepassage.roads.building import Ways, build
from safepassage.roads.joining import Joined
from safepassage.roads.network import EVERY_PROFILE, Network
from safepassage.roads.profiles import Drive
from safepassage.roads.snapping import Candidate

SIDE = 3
STREETS = [
    (a, b) for a in range(SIDE * SIDE) for b in (a + 1, a + SIDE) if b < SIDE * SIDE and (b != a + 1 or b % SIDE)
]

State: TypeAlias = tuple[int, int]
"""An arc and the piece of it."""


def square(drives: Sequence[tuple[int, int]], kmh: Sequence[int]) -> Network:
    """Make streets between neighbours on a square, driven by some profiles forwards and backwards."""
    kinds = [
        Drive(forward, backward, (speed, speed), (speed, speed), 0, 4, 0, 0, 0, 0, posted=False)
        for (forward, backward), speed in zip(drives, kmh, strict=True)
    ]
    points = np.arange(SIDE * SIDE, dtype=np.int64)
    count = len(STREETS)
    ways = Ways(
        point=points,
        lon=(10 + points % SIDE * STEP).astype(np.float64),
        lat=(30 + points // SIDE * STEP).astype(np.float64),
        refs=np.array(STREETS, dtype=np.int64).reshape(-1),
        at=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        drive=np.arange(count, dtype=np.int32),
        way=np.arange(count, dtype=np.int64) + 100,
        name=np.zeros(count, dtype=np.int32),
        stretched=np.ones(count),
    )
    return build(ways, kinds, ("",), {})


@st.composite
def squares(draw: st.DrawFn, bits: Sequence[int] = (0, EVERY_PROFILE, EVERY_PROFILE, 4, 11)) -> Network:
    """Draw a network with forbidden turns."""
    some = st.sampled_from(bits)
    drives = draw(st.lists(st.tuples(some, some), min_size=len(STREETS), max_size=len(STREETS)))
    kmh = draw(st.lists(st.sampled_from((20, 50, 90)), min_size=len(STREETS), max_size=len(STREETS)))
    net = square(drives, kmh)
    turns = [(a, b) for a in range(len(net.tail)) for b in range(len(net.tail)) if net.head[a] == net.tail[b]]
    chosen = draw(st.lists(st.sampled_from(turns), unique=True, max_size=12)) if turns else []
    bound = draw(st.lists(st.sampled_from((15, 15, 4, 11)), min_size=len(chosen), max_size=len(chosen)))
    return net._replace(
        no_turns=np.array(chosen, dtype=np.int32).reshape(-1, 2), turn_bits=np.array(bound, dtype=np.uint8)
    )


@st.composite
def places(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Draw places beside the middles of streets: a joint of streets is another matter."""
    lon, lat = [], []
    for _ in range(draw(st.integers(1, 5))):
        a, b = draw(st.sampled_from(STREETS))
        share, aside = draw(st.integers(1, 9)) / 10, draw(st.integers(0, 9)) / 100 * STEP
        x, y = (1 - share) * (a % SIDE) + share * (b % SIDE), (1 - share) * (a // SIDE) + share * (b // SIDE)
        east = b == a + 1
        lon.append(10 + x * STEP + (0 if east else aside))
        lat.append(30 + y * STEP + (aside if east else 0))
    return lon, lat


def times_ms(net: Network, candidates: Sequence[Sequence[Candidate]], bit: int) -> list[list[float]]:
    """Find the times between sites by searching over pieces of arcs: turns are looked up, nothing is copied."""
    # what lies within a metre is one point to the joining
    candidates = [[one._replace(fraction=round(one.fraction, 4)) for one in found] for found in candidates]
    stops = _stops(net, candidates)
    forbidden = {
        tuple(turn) for turn, bits in zip(net.no_turns.tolist(), net.turn_bits.tolist(), strict=True) if bits & bit
    }
    return [_from(net, stops, forbidden, bit, site, candidates) for site in candidates]


def _stops(net: Network, candidates: Sequence[Sequence[Candidate]]) -> list[list[float]]:
    """Return for each arc the shares at which it is cut, in driving direction."""
    stops = []
    for edge, forward in zip(net.edge.tolist(), net.forward.tolist(), strict=True):
        cuts = {one.fraction for found in candidates for one in found if one.edge == edge}
        stops.append(sorted({0.0, 1.0} | {cut if forward else _turned(cut) for cut in cuts}))
    return stops


def _turned(fraction: float) -> float:
    """Return a place along a street as seen from its other end."""
    return round(1 - fraction, 4)


def _piece_ms(net: Network, stops: Sequence[Sequence[float]], state: State) -> int:
    begin, end = stops[state[0]][state[1] : state[1] + 2]
    return max(1, int(np.floor(net.light_ms[state[0]] * (end - begin) + 0.5))) if end > begin else 0


def _from(
    net: Network,
    stops: Sequence[Sequence[float]],
    forbidden: set[tuple[int, ...]],
    bit: int,
    site: Sequence[Candidate],
    ends: Sequence[Sequence[Candidate]],
) -> list[float]:
    live = [arc for arc in range(len(net.tail)) if net.allowed[arc] & bit]
    best: dict[State, float] = {}
    queue: list[tuple[float, State]] = []
    for one in site:
        for arc in live:
            if net.edge[arc] == one.edge and one.bits & bit:
                piece = stops[arc].index(one.fraction if net.forward[arc] else _turned(one.fraction))
                if piece < len(stops[arc]) - 1:
                    heapq.heappush(queue, (_access_ms(one), (arc, piece)))
    found = [
        0.0 if any(a.bits & b.bits & bit and a == b for a in site for b in end) and False else np.inf for end in ends
    ]
    for number, end in enumerate(ends):
        same = [_access_ms(a) + _access_ms(b) for a in site for b in end if a.bits & b.bits & bit and a[:2] == b[:2]]
        found[number] = min([found[number], *same])
    while queue:
        before, state = heapq.heappop(queue)
        if before >= best.get(state, np.inf):
            continue
        best[state] = before
        after = before + _piece_ms(net, stops, state)
        for number, end in enumerate(ends):
            for one in end:
                if one.bits & bit and _is_at(net, stops, state, one):
                    found[number] = min(found[number], after + _access_ms(one))
        for following in _following(net, stops, forbidden, live, state):
            heapq.heappush(queue, (after, following))
    return found


def _access_ms(one: Candidate) -> int:
    return max(int(np.floor(one.distance_m * 360 + 0.5)), int(one.distance_m > 0))


def _is_at(net: Network, stops: Sequence[Sequence[float]], state: State, one: Candidate) -> bool:
    arc, piece = state
    fraction = one.fraction if net.forward[arc] else _turned(one.fraction)
    return bool(net.edge[arc] == one.edge and stops[arc][piece + 1] == fraction)


def _following(
    net: Network, stops: Sequence[Sequence[float]], forbidden: set[tuple[int, ...]], live: Sequence[int], state: State
) -> Iterator[State]:
    """Give what may be driven next; where a street is cut one may also turn round."""
    arc, piece = state
    if piece + 2 < len(stops[arc]):
        yield arc, piece + 1
        for other in live:
            if net.edge[other] == net.edge[arc] and other != arc:
                yield other, len(stops[other]) - 2 - piece
        return
    for other in live:
        if net.tail[other] == net.head[arc] and (arc, other) not in forbidden:
            yield other, 0


def lengths(graph: Joined, site: int, bit: int) -> list[float]:
    """Find the times from one site to all in the routing graph, by the plainest search."""
    best = np.full(graph.nodes, np.inf)
    if graph.leaves[site] < 0:
        return [np.inf] * len(graph.enters)
    best[graph.leaves[site]] = 0
    live = (graph.allowed & bit) > 0
    tail, head, ms = graph.tail[live], graph.head[live], graph.light_ms[live]
    for _ in range(graph.nodes):
        before = best.copy()
        np.minimum.at(best, head, best[tail] + ms)
        if np.array_equal(before, best):
            break
    return [float(best[node]) if node >= 0 else np.inf for node in graph.enters]
