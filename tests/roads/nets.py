"""Random road nets for tests: pieces of road in one or both directions, access paths, closed arcs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safepassage.roads.engine import INF, Engine, Metric
from safepassage.roads.vulnerability import Ground


class Net(NamedTuple):
    """A metric and what lies under its arcs."""

    metric: Metric
    ground: Ground


def net(seed: int, *, nodes: int, roads: int, reach: int = 4) -> Net:
    """Lay roads between nodes with near numbers: long and thin, with dead ends and bridges."""
    draw = np.random.default_rng(seed)
    a = draw.integers(0, nodes, roads)
    b = np.clip(a + draw.integers(-reach, reach + 1, roads), 0, nodes - 1)
    ms = draw.integers(1, 9, roads) * 100
    both = draw.random(roads) < 0.8
    number = np.where(draw.random(roads) < 0.9, np.arange(roads), -1)
    tail, head = np.concatenate([a, b[both]]), np.concatenate([b, a[both]])
    times = np.concatenate([ms, ms[both]])
    times[draw.random(len(times)) < 0.05] = INF
    ground = Ground(
        road=np.concatenate([number, number[both]]),
        length_m=np.concatenate([ms, ms[both]]) * 10.0,
        marks=draw.integers(0, 4, len(tail)).astype(np.uint8),
    )
    return Net(Engine(tail, head, nodes).metric(times), ground)


def without(metric: Metric, lost: NDArray[np.bool_]) -> Metric:
    """Close arcs in a metric of an engine that knows nothing of the first: SciPy's."""
    road = metric.engine
    return Engine(road.tail, road.head, road.nodes, plain=True).metric(np.where(lost, INF, metric.ms))
