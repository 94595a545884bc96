"""Shortest ways by customizable contraction hierarchies: one topology, one customised metric a table of times."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safepassage.roads.weights import Weights

METRICS = 8
"""Metrics kept customised at once: those of one operation's speeds and windows, not those of all what-ifs."""
FEW = 16
"""Up to one arc in so many is mended; more are customised anew."""


def available() -> bool:
    """Tell whether the compiled library is installed: it has wheels for some systems only."""
    return importlib.util.find_spec("pyroutingkit") is not None


class _Held(NamedTuple):
    metric: Any
    weights: Weights


class Contracted:
    """A topology, ordered and contracted once, and the metrics used last.

    References
    ----------
    Dibbelt, Strasser and Wagner, Customizable Contraction Hierarchies (2016), in RoutingKit through pyroutingkit.
    """

    def __init__(self, tail: NDArray[np.int32], head: NDArray[np.int32], order: NDArray[np.int32]) -> None:
        self.topology = _loaded(tail, head, order)
        self._arcs = len(tail)
        self._held: list[_Held] = []

    def matrix(self, weights: Weights, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Return shortest times, shape (sources, targets), INF where there is no way."""
        found: NDArray[np.uint32] = self._metric(weights).distances_many_to_many(
            sources.astype(np.uint32), targets.astype(np.uint32)
        )
        return found

    def way(self, weights: Weights, source: int, target: int) -> tuple[int, list[int]]:
        """Return the time of the shortest way and its arcs; INF and none where there is no way."""
        ms, _nodes, arcs = self._metric(weights).query(source, target)
        return ms, arcs

    def _metric(self, weights: Weights) -> Any:
        """Give the library's metric for these times: kept, mended from a near one, or customised."""
        held = self._nearest(weights)
        if held is None and len(self._held) < METRICS:
            metric = _library().CCHMetric(self.topology)
            metric.customize(weights.ms.astype(np.uint32))
        else:
            held = held or self._held[0]
            # out while it is mended: an interrupt leaves it half done
            self._held.remove(held)
            metric = held.metric
            self._mend(held, weights)
        self._held.append(_Held(metric, weights))
        return metric

    def _nearest(self, weights: Weights) -> _Held | None:
        return next((held for held in reversed(self._held) if held.weights.root is weights.root), None)

    def _mend(self, held: _Held, weights: Weights) -> None:
        if held.weights is weights:
            return
        arcs = weights.differing(held.weights)
        if arcs is None or len(arcs) * FEW > self._arcs:
            held.metric.customize(weights.ms.astype(np.uint32))
        elif len(arcs):
            held.metric.update_weights(arcs.astype(np.uint32), weights.of(arcs).astype(np.uint32))


def order_by_flow(
    tail: NDArray[np.int32], head: NDArray[np.int32], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Find a contraction order by nested dissection: the nodes, first to be contracted first.

    References
    ----------
    Schild and Sommer, On Balanced Separators in Road Networks (2015): inertial flow.
    """
    topology = _library().CCHTopology()
    topology.build(
        tail.astype(np.uint32), head.astype(np.uint32), lat.astype(np.float32), lon.astype(np.float32), len(lon)
    )
    with tempfile.TemporaryDirectory() as folder:
        topology.save(folder)
        return np.fromfile(Path(folder) / "order", dtype=np.uint32).astype(np.int32)


def _loaded(tail: NDArray[np.int32], head: NDArray[np.int32], order: NDArray[np.int32]) -> Any:
    # the library takes an order of ours only from a folder
    topology = _library().CCHTopology()
    parts = {"tail": tail, "head": head, "order": order, "node_count": np.array([len(order)])}
    with tempfile.TemporaryDirectory() as folder:
        for name, part in parts.items():
            part.astype(np.uint32).tofile(Path(folder) / name)
        topology.load(folder)
    return topology


def _library() -> Any:
    import pyroutingkit  # noqa: PLC0415  (not installed everywhere)

    return pyroutingkit
