"""The engine against Bellman and Ford's method in plain Python, with the compiled library and without."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from safepassage.roads import contracted, dijkstra, engine
from safepassage.roads.engine import INF, UNREACHABLE, Engine, Metric, contraction_order

needs_library = pytest.mark.skipif(not engine.fast(), reason="pyroutingkit has no wheel for this system")
PLAIN = [pytest.param(True, id="scipy"), pytest.param(False, id="contracted", marks=needs_library)]
NO_ARCS: NDArray[np.int64] = np.empty(0, dtype=np.int64)


def reference(tail: list[int], head: list[int], ms: list[int], nodes: int) -> list[list[int]]:
    """Shortest times between all nodes: relax every arc until nothing changes."""
    rows = []
    for source in range(nodes):
        far = [0 if node == source else INF for node in range(nodes)]
        changes = True
        while changes:
            changes = False
            for a, b, time in zip(tail, head, ms, strict=True):
                if time < INF and far[a] + time < far[b]:
                    far[b], changes = far[a] + time, True
        rows.append([time if time < INF else UNREACHABLE for time in far])
    return rows


Graph = tuple[int, list[int], list[int], list[int], list[tuple[int, int]]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw small graphs with loops, parallel arcs, free and closed arcs, ties, lonely nodes; and changes to them."""
    nodes = draw(st.integers(1, 9))
    node = st.integers(0, nodes - 1)
    time = st.one_of(st.integers(0, 4), st.integers(0, 2**30), st.sampled_from([INF - 1, INF, INF + 5]))
    arcs = draw(st.lists(st.tuples(node, node, time), max_size=24))
    arc = st.integers(0, max(0, len(arcs) - 1))
    changes = draw(st.lists(st.tuples(arc, time), max_size=6)) if arcs else []
    return nodes, [a for a, _, _ in arcs], [b for _, b, _ in arcs], [ms for _, _, ms in arcs], changes


def expect(metric: Metric, ms: list[int]) -> None:
    """Check every time and every way of a metric."""
    road = metric.engine
    tail, head = road.tail.tolist(), road.head.tolist()
    expected = reference(tail, head, ms, road.nodes)
    every = list(range(road.nodes))
    assert metric.ms.tolist() == [min(time, INF) for time in ms]
    assert metric.matrix_ms(every, every).tolist() == expected
    assert metric.matrix_ms(every[::-1] + every, every[:1]).tolist() == [row[:1] for row in expected[::-1] + expected]
    for source in every:
        for target in every:
            check_way(metric, source, target, expected[source][target])


def check_way(metric: Metric, source: int, target: int, expected: int) -> None:
    time, arcs = metric.way(source, target)
    assert time == expected
    assert metric.path(source, target).tolist() == arcs.tolist()
    at = source
    for arc in arcs.tolist():
        assert metric.engine.tail[arc] == at
        at = int(metric.engine.head[arc])
    if expected == UNREACHABLE:
        assert len(arcs) == 0
    else:
        assert at == target
        assert metric.ms[arcs].sum() == expected


@pytest.mark.no_cover
@pytest.mark.parametrize("plain", PLAIN)
@settings(max_examples=300, deadline=None)
@given(graph=graphs())
def test_times_and_ways_are_the_shortest(graph: Graph, *, plain: bool) -> None:
    nodes, tail, head, ms, changes = graph
    base = Engine(tail, head, nodes, plain=plain).metric(ms)
    expect(base, ms)
    after = list(ms)
    for arc, time in changes:
        after[arc] = time
    expect(base.changed([arc for arc, _ in changes], [time for _, time in changes]), after)
    expect(base, ms)


def random_graph(seed: int, nodes: int, arcs: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Make a random graph in parts, where many pairs have no way and many ways are equally long."""
    draw = np.random.default_rng(seed)
    tail = draw.integers(0, nodes, arcs)
    head = np.clip(tail + draw.integers(-5, 6, arcs), 0, nodes - 1)
    ms = draw.integers(0, 6, arcs) * draw.integers(1, 1000)
    ms[draw.random(arcs) < 0.1] = INF
    return tail, head, ms


@needs_library
@pytest.mark.parametrize("seed", range(40))
def test_both_engines_say_the_same(seed: int) -> None:
    draw = np.random.default_rng(seed)
    nodes = int(draw.integers(30, 200))
    tail, head, ms = random_graph(seed, nodes, 3 * nodes)
    lon, lat = np.arange(nodes) / 100, draw.random(nodes)
    order = None if seed % 2 else draw.permutation(nodes)
    compiled = Engine(tail, head, nodes, order, lon, lat)
    plain = Engine(tail, head, nodes, plain=True)
    assert compiled.fast
    assert not plain.fast
    pairs = [(compiled.metric(ms), plain.metric(ms))]
    for _ in range(12):
        a, b = pairs[int(draw.integers(len(pairs)))]
        arcs = draw.integers(0, len(tail), int(draw.integers(1, 60)))
        times = draw.choice([INF, INF, 0, 77, 4000], len(arcs))
        pairs.append((a.changed(arcs, times), b.changed(arcs, times)))
    for number in draw.permutation(len(pairs)):
        a, b = pairs[number]
        assert np.array_equal(a.ms, b.ms)
        sources, targets = draw.integers(0, nodes, 25), draw.integers(0, nodes, 40)
        assert np.array_equal(a.matrix_ms(sources, targets), b.matrix_ms(sources, targets))
        for source, target in zip(sources[:5].tolist(), targets[:5].tolist(), strict=True):
            check_way(a, source, target, b.way(source, target)[0])


@needs_library
def test_more_tables_of_times_than_are_kept() -> None:
    tail, head, ms = random_graph(5, 60, 200)
    compiled, plain = Engine(tail, head, 60), Engine(tail, head, 60, plain=True)
    every = np.arange(60)
    metrics = [compiled.metric(ms * factor // 100) for factor in range(100, 100 + 3 * contracted.METRICS)]
    for metric in [*metrics, *metrics[::-1], *metrics[::5]]:
        closed = metric.changed([3, 4, 5], INF)
        assert np.array_equal(closed.matrix_ms(every, every), plain.metric(closed.ms).matrix_ms(every, every))
        assert np.array_equal(metric.matrix_ms(every, every), plain.metric(metric.ms).matrix_ms(every, every))


@pytest.fixture(params=PLAIN)
def line(request: pytest.FixtureRequest) -> Metric:
    """Four nodes in a row, both ways, 10, 20 and 30 ms; node 4 is alone."""
    return Engine([0, 1, 2, 1, 2, 3], [1, 2, 3, 0, 1, 2], 5, plain=request.param).metric([10, 20, 30, 10, 20, 30])


def test_a_closure_is_a_metric_of_its_own(line: Metric) -> None:
    closed = line.changed([1], INF)
    again = closed.changed([1, 4], [25, INF])
    assert [metric.matrix_ms([0], [3])[0, 0] for metric in (line, closed, again)] == [60, UNREACHABLE, 65]
    assert [metric.matrix_ms([3], [0])[0, 0] for metric in (line, closed, again)] == [60, 60, UNREACHABLE]
    assert line.changed([], []).matrix_ms([0], [3])[0, 0] == 60


def test_of_an_arc_named_twice_the_last_time_holds(line: Metric) -> None:
    assert line.changed([0, 0, 0], [5, INF, 7]).matrix_ms([0], [1])[0, 0] == 7


def test_a_way_to_where_one_is_has_no_arcs(line: Metric) -> None:
    assert line.way(4, 4)[0] == 0
    assert len(line.path(4, 4)) == 0
    assert line.way(0, 4)[0] == UNREACHABLE


def test_nobody_asked_for(line: Metric) -> None:
    assert line.matrix_ms([], [1, 2]).shape == (0, 2)
    assert line.matrix_ms([1, 2], NO_ARCS).shape == (2, 0)


def test_times_are_not_to_be_written_to(line: Metric) -> None:
    for metric in (line, line.changed([1], 3)):
        with pytest.raises(ValueError, match="read-only"):
            metric.ms[0] = 1


def test_strided_and_narrow_tables_are_read_right(line: Metric) -> None:
    road = line.engine
    wide = np.array([10, 0, 20, 0, 30, 0, 10, 0, 20, 0, 30, 0], dtype=np.int32)[::2]
    metric = road.metric(wide)
    asked = np.array([[0, 9], [3, 9]], dtype=np.int16)[:, 0]
    assert metric.matrix_ms(asked, asked[::-1]).tolist() == [[60, 0], [0, 60]]


@pytest.mark.parametrize("node", [-1, 5])
def test_a_node_that_is_not_there_is_refused(line: Metric, node: int) -> None:
    for ask in (lambda: line.matrix_ms([node], [0]), lambda: line.matrix_ms([0], [0, node]), lambda: line.way(0, node)):
        with pytest.raises(ValueError, match="expected 0 to 4"):
            ask()


def test_times_that_make_no_sense_are_refused(line: Metric) -> None:
    for times, words in [([1, 2], "one for each of 6"), ([-1] * 6, "0 ms or more"), ([1.5] * 6, "whole numbers")]:
        with pytest.raises(ValueError, match=words):
            line.engine.metric(times)
    with pytest.raises(ValueError, match="0 ms or more"):
        line.changed([1], -3)
    with pytest.raises(ValueError, match="expected 0 to 5"):
        line.changed([6], 3)


def test_graphs_that_make_no_sense_are_refused() -> None:
    for tail, head in [([0, 1], [1]), ([0], [2]), ([-1], [0])]:
        with pytest.raises(ValueError, match="expected"):
            Engine(tail, head, 2)


@needs_library
def test_orders_that_make_no_sense_are_refused() -> None:
    for order in ([0, 0, 1], [0, 1], [0, 1, 3]):
        with pytest.raises(ValueError, match="order"):
            Engine([0, 1], [1, 2], 3, order)
    with pytest.raises(ValueError, match="places"):
        Engine([0, 1], [1, 2], 3, lon=[1.0], lat=[1.0])


@needs_library
def test_an_order_holds_every_node_once() -> None:
    tail, head, _ = random_graph(1, 80, 200)
    order = contraction_order(tail, head, np.arange(80) / 10, np.zeros(80))
    assert order is not None
    assert sorted(order.tolist()) == list(range(80))


def test_without_the_library_the_answers_are_scipys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracted, "available", lambda: False)
    assert not engine.fast()
    assert contraction_order([0], [1], [0.0, 1.0], [0.0, 0.0]) is None
    road = Engine([0, 1], [1, 2], 3)
    assert not road.fast
    assert road.metric([1, 2]).matrix_ms([0], [2])[0, 0] == 3


def test_many_origins_are_taken_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    tail, head, ms = random_graph(2, 50, 150)
    metric = Engine(tail, head, 50, plain=True).metric(ms)
    every = np.arange(50)
    at_once = metric.matrix_ms(every, every)
    monkeypatch.setattr(dijkstra, "CELLS_AT_ONCE", 170)
    assert np.array_equal(metric.matrix_ms(every, every), at_once)


def test_a_tree_goes_as_far_as_asked() -> None:
    tail, head = np.array([0, 1, 2]), np.array([1, 2, 3])
    arcs = dijkstra.cheapest(tail, head, 4, np.array([5, 5, 5]))
    found = dijkstra.tree(arcs, 0, 10)
    assert found.ms.tolist() == [0, 5, 10, UNREACHABLE]
    assert found.arc.tolist() == [-1, 0, 1, -1]
    assert dijkstra.way_in(found, tail, 2) == [0, 1]
