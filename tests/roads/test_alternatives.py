"""Alternatives keep what they promise, and what can be kept is found."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from roads.nets import net
from safepassage.roads import alternatives as module
from safepassage.roads.alternatives import Alternative, Bounds, alternatives
from safepassage.roads.engine import Engine, Metric


def check(metric: Metric, found: tuple[Alternative, ...], source: int, target: int, bounds: Bounds) -> None:
    """Check each promise of each way by itself."""
    road = metric.engine
    used: set[int] = set()
    shortest_ms = metric.way(source, target)[0]
    assert found[0].ms == found[0].sound_ms == shortest_ms
    for way in found:
        arcs = way.arcs.tolist()
        nodes = [int(road.tail[arc]) for arc in arcs] + [int(road.head[arcs[-1]])]
        assert [int(road.head[arc]) for arc in arcs] == nodes[1:]
        assert (nodes[0], nodes[-1]) == (source, target)
        assert len(set(nodes)) == len(nodes)
        assert metric.ms[arcs].sum() == way.ms <= bounds.stretch * shortest_ms
        shared_ms = sum(int(metric.ms[arc]) for arc in arcs if arc in used)
        assert way.share == pytest.approx(shared_ms / shortest_ms)
        assert way.share <= bounds.overlap
        assert way.sound_ms >= bounds.sound * shortest_ms
        check_sound(metric, way, nodes)
        used |= set(arcs)


def check_sound(metric: Metric, way: Alternative, nodes: list[int]) -> None:
    """Every piece that takes less than `sound_ms` takes no longer than the shortest way between its ends."""
    at = np.concatenate([[0], np.cumsum(metric.ms[way.arcs])])
    pieces = at[None, :] - at[:, None]
    short = (pieces >= 0) & (pieces < way.sound_ms)
    assert np.array_equal(pieces[short], metric.matrix_ms(nodes, nodes)[short])


BOUNDS = (Bounds(), Bounds(1.2, 0.5, 0.3), Bounds(2.0, 0.9, 0.05))


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(30))
def test_alternatives_keep_what_they_promise(seed: int) -> None:
    town = net(seed, nodes=60, roads=170, reach=9)
    draw = np.random.default_rng(seed)
    number = 0
    for source, target in draw.integers(0, 60, (15, 2)).tolist():
        for bounds in BOUNDS:
            found = alternatives(town.metric, source, target, 4, bounds)
            assert bool(found) == bool(len(town.metric.path(source, target)))
            if found:
                check(town.metric, found, source, target, bounds)
                number += len(found) - 1
    assert number > 10


def parallel(*times: int) -> Metric:
    """Roads from 0 to 1, each over two places of its own, in both directions."""
    tail, head, ms = [], [], []
    for number, time in enumerate(times):
        places = [0, 2 + 2 * number, 3 + 2 * number, 1]
        for a, b in pairwise(places):
            tail += [a, b]
            head += [b, a]
            ms += [time, time]
    return Engine(tail, head, 2 + 2 * len(times)).metric(ms)


def test_roads_beside_the_shortest_are_found_as_far_as_they_are_not_too_long() -> None:
    ways = alternatives(parallel(100, 120, 141, 110), 0, 1)
    assert [(way.ms, way.share) for way in ways] == [(300, 0.0), (330, 0.0), (360, 0.0)]


def test_no_more_than_asked_for() -> None:
    assert [way.ms for way in alternatives(parallel(100, 120, 130, 110), 0, 1, most=1)] == [300, 330]
    assert [way.ms for way in alternatives(parallel(100, 120, 130, 110), 0, 1, most=0)] == [300]


def test_the_way_back_is_as_good() -> None:
    assert [way.ms for way in alternatives(parallel(100, 120), 1, 0)] == [300, 360]


def test_two_short_detours_are_two_alternatives() -> None:
    # 0 to 1 to 2, each in two ways of 100 and 110, so that both detours share half with the shortest
    road = Engine([0, 3, 0, 1, 4, 1, 3, 5, 4, 6], [3, 1, 5, 4, 2, 6, 0, 1, 1, 2], 7)
    metric = road.metric([50, 50, 55, 50, 50, 55, 50, 55, 50, 55])
    ways = alternatives(metric, 0, 2)
    assert [(way.ms, way.share) for way in ways] == [(200, 0.0), (210, 0.5), (210, 0.5)]
    assert [way.ms for way in alternatives(metric, 0, 2, bounds=Bounds(overlap=0.4))] == [200]


def test_a_second_road_between_the_same_places_is_an_alternative() -> None:
    metric = Engine([0, 0, 0], [1, 1, 1], 2).metric([100, 150, 120])
    assert [(way.arcs.tolist(), way.ms, way.sound_ms) for way in alternatives(metric, 0, 1)] == [
        ([0], 100, 100),
        ([2], 120, 120),
    ]


def test_a_closed_way_is_no_alternative() -> None:
    metric = parallel(100, 120)
    assert len(alternatives(metric.changed([6], 2**31 - 1), 0, 1)) == 1


@pytest.mark.parametrize(("source", "target"), [(0, 0), (0, 2)])
def test_nothing_to_choose_from(source: int, target: int) -> None:
    assert alternatives(Engine([0], [1], 3).metric([5]), source, target) == ()


def test_only_the_promising_ones_are_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 2)
    # the shortest way is a plateau itself
    assert [way.ms for way in alternatives(parallel(100, 120, 130, 110), 0, 1)] == [300, 330]
