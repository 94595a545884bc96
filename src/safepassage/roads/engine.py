"""Travel times and ways over one road graph, for many tables of times: windows, speeds, closures."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safepassage.model.travel import UNREACHABLE
from safepassage.roads import contracted
from safepassage.roads.dijkstra import Cheapest, Plain, cheapest
from safepassage.roads.joining import Joined
from safepassage.roads.weights import INF, Weights, checked_times, whole_numbers, whole_weights

__all__ = ["INF", "UNREACHABLE", "Engine", "Metric", "contraction_order", "engine_of", "fast"]


SMALL = 10_000
"""So many nodes are put in order in a fifth of a second."""
MANY = 0.25
"""New nodes of sites, as a share of the network's, from which a new order pays."""


def fast() -> bool:
    """Tell whether the compiled engine is used here; without it SciPy gives the same answers, more slowly."""
    return contracted.available()


def contraction_order(tail: Any, head: Any, lon: Any, lat: Any) -> NDArray[np.int32] | None:
    """Work out in which order to contract the nodes, to be kept with the graph; None where nothing contracts.

    Parameters
    ----------
    tail, head
        Ends of the arcs, shape (arcs,).
    lon, lat
        Places of the nodes, shape (nodes,), degrees: the graph is cut along straight lines.

    Raises
    ------
    ValueError
        When an arc ends at no node.
    """
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    ends = [whole_numbers(part, "arcs", len(lon)).astype(np.int32) for part in (tail, head)]
    if not fast() or not len(lon):
        return None
    return contracted.order_by_flow(ends[0], ends[1], lon, lat)


class Engine:
    """One graph that answers for many tables of times.

    With the compiled library by customizable contraction hierarchies, else by Dijkstra in SciPy: times are equal, ways
    cost the same. Not for several threads at once.

    Parameters
    ----------
    tail, head
        Ends of the arcs, shape (arcs,); parallel arcs, loops and nodes without arcs may be there.
    nodes
        Number of nodes.
    order
        Nodes, first to be contracted first, shape (nodes,); worked out where it is None or empty.
    lon, lat
        Places of the nodes, shape (nodes,), degrees: for working out the order; the nodes' numbers serve without.
    plain
        Use SciPy even where the library is installed.

    Raises
    ------
    ValueError
        When an arc ends at no node, or the order does not hold every node once.
    """

    def __init__(  # noqa: PLR0913  (a graph, and what is known about it)
        self,
        tail: Any,
        head: Any,
        nodes: int,
        order: Any = None,
        lon: Any = None,
        lat: Any = None,
        *,
        plain: bool = False,
    ) -> None:
        self.tail = whole_numbers(tail, "tails", nodes).astype(np.int32)
        self.head = whole_numbers(head, "heads", nodes).astype(np.int32)
        self.nodes = nodes
        if len(self.tail) != len(self.head):
            raise ValueError(f"arcs: expected as many heads as tails; found {len(self.head)} and {len(self.tail)}")
        self.fast = fast() and not plain and bool(len(self.tail))
        self.ways: Plain | contracted.Contracted
        if self.fast:
            self.ways = contracted.Contracted(self.tail, self.head, self._order(order, lon, lat))
        else:
            self.ways = Plain(self.tail, self.head, nodes)

    def metric(self, ms: Any) -> Metric:
        """Take a table of times: shape (arcs,), whole milliseconds, INF or more where an arc may not be driven.

        Raises
        ------
        ValueError
            When a time is missing, negative or no whole number.
        """
        return Metric(self, whole_weights(ms, len(self.tail)))

    def _order(self, order: Any, lon: Any, lat: Any) -> NDArray[np.int32]:
        if order is None or not len(order):
            # without places a line of nodes by number: any order is right, this one may be slow
            lon = np.arange(self.nodes, dtype=np.float64) if lon is None else np.asarray(lon, dtype=np.float64)
            lat = np.zeros(self.nodes) if lat is None else np.asarray(lat, dtype=np.float64)
            if lon.shape != (self.nodes,) or lat.shape != (self.nodes,):
                raise ValueError(f"places: expected {self.nodes} each; found {lon.shape} and {lat.shape}")
            return contracted.order_by_flow(self.tail, self.head, lon, lat)
        found = whole_numbers(order, "order", self.nodes).astype(np.int32)
        if len(found) != self.nodes or len(np.unique(found)) != self.nodes:
            raise ValueError(f"order: expected each of {self.nodes} nodes once")
        return found


def engine_of(graph: Joined, junctions: int) -> Engine:
    """Make the engine of a network joined to sites.

    The order kept with a network suits it while sites are few. A site is joined to several roads, and contracting it
    ties them all together: where sites are many, or the network is small, a new order pays.

    Parameters
    ----------
    graph
        The routing graph, with the order of its network where that is known.
    junctions
        Number of nodes of the network itself.
    """
    small = graph.nodes <= SMALL or graph.nodes - junctions > junctions * MANY
    order = graph.order if len(graph.order) and not small else None
    return Engine(graph.tail, graph.head, graph.nodes, order, graph.lon, graph.lat)


class Metric:
    """Answers for one table of times."""

    def __init__(self, engine: Engine, weights: Weights) -> None:
        self.engine = engine
        self._weights = weights

    @property
    def ms(self) -> NDArray[np.int64]:
        """Times of all arcs, shape (arcs,), milliseconds, INF where closed; not to be written to."""
        return self._weights.ms

    @cached_property
    def graphs(self) -> tuple[Cheapest, Cheapest]:
        """The arcs that are driven, from tail to head and from head to tail: for whole trees of ways."""
        road = self.engine
        ahead = cheapest(road.tail, road.head, road.nodes, self.ms)
        return ahead, cheapest(road.head, road.tail, road.nodes, self.ms)

    def matrix_ms(self, sources: Any, targets: Any) -> NDArray[np.int64]:
        """Return shortest times, shape (sources, targets), ms; 0 from a node to itself, UNREACHABLE without a way.

        Ways of 24.8 days (INF) and more count as none.

        Raises
        ------
        ValueError
            When a source or target is no node.
        """
        nodes = self.engine.nodes
        sources, targets = whole_numbers(sources, "sources", nodes), whole_numbers(targets, "targets", nodes)
        if not len(sources) or not len(targets):
            return np.empty((len(sources), len(targets)), dtype=np.int64)
        found = self.engine.ways.matrix(self._weights, sources, targets).astype(np.int64)
        if found.max() >= INF:
            found[found >= INF] = UNREACHABLE
        return found

    def way(self, source: int, target: int) -> tuple[int, NDArray[np.int32]]:
        """Return the shortest time and the arcs of a way that takes it; UNREACHABLE and none where there is no way.

        Of parallel arcs the cheapest is given; of ways that take equally long, one.

        Raises
        ------
        ValueError
            When source or target is no node.
        """
        whole_numbers([source, target], "source and target", self.engine.nodes)
        ms, arcs = self.engine.ways.way(self._weights, int(source), int(target))
        return (ms if ms < INF else UNREACHABLE), np.array(arcs, dtype=np.int32)

    def path(self, source: int, target: int) -> NDArray[np.int32]:
        """Return the arcs of a shortest way; none from a node to itself, and where there is no way.

        Raises
        ------
        ValueError
            When source or target is no node.
        """
        return self.way(source, target)[1]

    def changed(self, arcs: Any, ms: Any) -> Metric:
        """Return the metric with some arcs changed: a closure is INF. One time may stand for all of them.

        Costs as much as the arcs that are changed, not as the graph; of an arc that is named twice the last holds.

        Raises
        ------
        ValueError
            When an arc is not there, or a time is negative or no whole number.
        """
        arcs = whole_numbers(arcs, "arcs", len(self.engine.tail))
        times = checked_times(whole_numbers(ms, "times"))
        return Metric(self.engine, self._weights.changed(arcs, np.broadcast_to(times, arcs.shape)))
