"""`./dev bench roads`: our engine beside the bare library and SciPy's Dijkstra, on real extracts and a big made-up net.

- Each extract found in `../shared/data/osm`: 1,000 places beside random roads are joined; the matrix between all of
  them by ours, by the bare library on the same graph, by the bare library between the nearest junctions (no place
  snapped), and by SciPy. All four with one thread; medians.
- Every pair of ours and SciPy's has to be equal: on the net, on the net with its islands (where pairs have no way), and
  after closures of 20 and of 1,000 arcs.
- Closures of 20 arcs: the changed metric and one way on it, wall time and processor time; all else is processor time.
- What alternatives and vulnerability of a route take, and how many alternatives there are.
- A net of 500,000 nodes, made up: order, contraction, metric, matrix, closure, memory.
- Liechtenstein's routes beside Valhalla's, where the environment of the peers has it (head of `bench_peers.py`; its
  wheels with a builder of tiles want Python 3.12).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pyroutingkit
from numpy.typing import NDArray

from record import record
from road_peers import beside_valhalla
from safepassage.roads.alternatives import alternatives
from safepassage.roads.components import connected
from safepassage.roads.engine import INF, UNREACHABLE, Engine, Metric, contraction_order, engine_of
from safepassage.roads.extract import read_extract
from safepassage.roads.joining import Joined, joined
from safepassage.roads.network import CAR, EVERY_PROFILE, Network, shape
from safepassage.roads.vulnerability import ground, vulnerability

ROOT = Path(__file__).parents[1]
EXTRACTS = ROOT.parent / "shared" / "data" / "osm"
PLACES = 1_000
BIG = 500_000
REPEATS = 7
Ints = NDArray[np.int64]
Numbers = NDArray[np.uint32]


class Net(NamedTuple):
    """A graph, its times, and the places asked for."""

    tail: Ints
    head: Ints
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    ms: Ints
    sources: Ints
    targets: Ints


@contextmanager
def timed(figures: dict[str, Any], name: str) -> Iterator[None]:
    """Note how long something takes, processor time: the machine may be shared."""
    began = time.process_time()
    yield
    figures[name] = round(time.process_time() - began, 3)


def in_turn(*calls: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Call each in turn, several times; return the medians of processor time, seconds."""
    spent: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for own, call in zip(spent, calls, strict=True):
            began = time.process_time()
            call()
            own.append(time.process_time() - began)
    return [median(own) for own in spent]


def places(network: Network, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Choose places some 30 m beside points of random roads."""
    draw = np.random.default_rng(seed)
    edges = draw.choice(len(network.length_m), PLACES, p=network.length_m / network.length_m.sum())
    lines = [shape(network, int(edge)) for edge in edges]
    points = np.array([line[draw.integers(len(line))] for line in lines])
    points += draw.normal(0, 0.0003, points.shape)
    return points[:, 0], points[:, 1]


def car_net(graph: Joined) -> Net:
    """Take the times of a car; what it may not drive is closed."""
    ms = np.where(graph.allowed & CAR, graph.light_ms, INF)
    there = np.flatnonzero(graph.leaves >= 0)
    ends = graph.leaves[there].astype(np.int64), graph.enters[there].astype(np.int64)
    return Net(graph.tail.astype(np.int64), graph.head.astype(np.int64), graph.lon, graph.lat, ms, *ends)


def bare(net: Net) -> tuple[Any, Any]:
    """Use the library as it comes; the topology has to live as long as the metric."""
    topology = pyroutingkit.CCHTopology()
    ends = net.tail.astype(np.uint32), net.head.astype(np.uint32)
    topology.build(*ends, net.lat.astype(np.float32), net.lon.astype(np.float32), len(net.lon))
    metric = pyroutingkit.CCHMetric(topology)
    metric.customize(net.ms.astype(np.uint32))
    return topology, metric


def unsnapped(network: Network, net: Net) -> Callable[[], object]:
    """Ask the bare library between the junctions nearest to the places."""
    ms = np.where(network.allowed & CAR, network.light_ms, INF)
    ends = network.tail.astype(np.int64), network.head.astype(np.int64)
    used = np.unique(ends[0])

    def nearest(nodes: Ints) -> Numbers:
        away = (network.lon[used] - net.lon[nodes][:, None]) ** 2 + (network.lat[used] - net.lat[nodes][:, None]) ** 2
        found: Numbers = used[np.argmin(away, axis=1)].astype(np.uint32)
        return found

    topology, metric = bare(Net(*ends, network.lon, network.lat, ms, net.sources, net.targets))
    sources, targets = nearest(net.sources), nearest(net.targets)
    return lambda: (topology, metric.distances_many_to_many(sources, targets))


def same(net: Net, ours: Metric, scipy: Metric) -> dict[str, int]:
    """Compare all pairs; say how many have no way."""
    found = ours.matrix_ms(net.sources, net.targets)
    expected = scipy.matrix_ms(net.sources, net.targets)
    return {
        "pairs": found.size,
        "without_a_way": int((found == UNREACHABLE).sum()),
        "unequal": int((found != expected).sum()),
    }


def compared(net: Net, ours: Metric, seed: int) -> dict[str, dict[str, int]]:
    """Compare ours with SciPy's, as it is and after closures; closures of closures as well."""
    draw = np.random.default_rng(seed)
    scipy = Engine(net.tail, net.head, len(net.lon), plain=True)
    found = {"open": same(net, ours, scipy.metric(net.ms))}
    for name, number in (("closed_20", 20), ("closed_1000", 1000)):
        now = ours.changed(draw.integers(0, len(net.tail), number), INF)
        found[name] = same(net, now, scipy.metric(now.ms))
    return found


def closures(net: Net, ours: Metric, seed: int, number: int = 200) -> dict[str, float]:
    """Time closures of 20 arcs: the changed metric, and a way on it."""
    draw = np.random.default_rng(seed)
    spent, busy = [], []
    for _ in range(number):
        arcs = draw.integers(0, len(net.tail), 20)
        source, target = int(draw.choice(net.sources)), int(draw.choice(net.targets))
        began = time.perf_counter(), time.process_time()
        ours.changed(arcs, INF).way(source, target)
        spent.append((time.perf_counter() - began[0]) * 1000)
        busy.append((time.process_time() - began[1]) * 1000)
    return {
        "median_ms": round(median(spent), 3),
        "median_processor_ms": round(median(busy), 3),
        "worst_ms": round(max(spent), 3),
        "worst_processor_ms": round(max(busy), 3),
    }


def ways(network: Network, graph: Joined, net: Net, ours: Metric) -> dict[str, Any]:
    """Time alternatives and vulnerability of some routes."""
    draw = np.random.default_rng(0)
    lies = ground(network, graph)
    numbers, arcs, alternatives_ms, vulnerability_ms = [], [], [], []
    for source, target in zip(
        draw.choice(net.sources, 60).tolist(), draw.choice(net.targets, 60).tolist(), strict=True
    ):
        began = time.process_time()
        found = alternatives(ours, source, target)
        alternatives_ms.append((time.process_time() - began) * 1000)
        if not found:
            continue
        began = time.process_time()
        vulnerability(ours, found[0].arcs, lies)
        vulnerability_ms.append((time.process_time() - began) * 1000)
        arcs.append(len(found[0].arcs))
        numbers.append(len(found) - 1)
    return {
        "routes": len(arcs),
        "arcs_median": median(arcs),
        "alternatives_by_number": np.bincount(numbers, minlength=4).tolist(),
        "alternatives_median_ms": round(median(alternatives_ms), 1),
        "vulnerability_median_ms": round(median(vulnerability_ms), 1),
        "vulnerability_worst_ms": round(max(vulnerability_ms), 1),
    }


def extract(path: Path) -> dict[str, Any]:
    """Measure on one extract."""
    figures: dict[str, Any] = {"case": path.name.removesuffix(".osm.pbf")}
    with timed(figures, "read_s"):
        whole = read_extract(path).network
    network = connected(whole)[0]
    places_lon, places_lat = places(network, 0)
    with timed(figures, "order_s"):
        order = contraction_order(network.tail, network.head, network.lon, network.lat)
    with timed(figures, "join_s"):
        graph = joined(network, places_lon, places_lat, EVERY_PROFILE, order=order)
    figures |= {"nodes": len(network.lon), "routing_nodes": graph.nodes, "routing_arcs": len(graph.tail)}
    net = car_net(graph)
    with timed(figures, "engine_s"):
        engine = engine_of(graph, len(network.lon))
    ours = engine.metric(net.ms)
    figures |= matrices(net, ours, unsnapped(network, net))
    figures["equal"] = compared(net, ours, 1)
    islands = car_net(joined(whole, *places(whole, 2), EVERY_PROFILE))
    road = Engine(islands.tail, islands.head, len(islands.lon), None, islands.lon, islands.lat)
    figures["equal_with_islands"] = compared(islands, road.metric(islands.ms), 3)
    figures["closure_of_20_arcs"] = closures(net, ours, 4)
    figures |= ways(network, graph, net, ours)
    return figures


def matrices(net: Net, ours: Metric, junctions: Callable[[], object]) -> dict[str, float]:
    """Time the matrix of all places by each engine."""
    topology, library = bare(net)
    sources, targets = net.sources.astype(np.uint32), net.targets.astype(np.uint32)
    scipy = Engine(net.tail, net.head, len(net.lon), plain=True).metric(net.ms)
    own_s, bare_s, junctions_s = in_turn(
        lambda: ours.matrix_ms(net.sources, net.targets),
        lambda: (topology, library.distances_many_to_many(sources, targets)),
        junctions,
    )
    (scipy_s,) = in_turn(lambda: scipy.matrix_ms(net.sources, net.targets), repeats=3)
    return {
        "matrix_s": round(own_s, 4),
        "bare_s": round(bare_s, 4),
        "bare_between_junctions_s": round(junctions_s, 4),
        "scipy_s": round(scipy_s, 3),
        "times_bare": round(own_s / bare_s, 2),
        "times_bare_between_junctions": round(own_s / junctions_s, 2),
        "scipy_times_ours": round(scipy_s / own_s, 1),
    }


def made_up(nodes: int, seed: int) -> Net:
    """Make a net: a shaken grid that lacks a fifth of its roads, a tenth of them one-way, a hundredth fast."""
    draw = np.random.default_rng(seed)
    side = int(nodes**0.5)
    number = np.arange(side * side)
    x, y = number % side, number // side
    a = np.concatenate([number[x < side - 1], number[y < side - 1]])
    b = np.concatenate([number[x < side - 1] + 1, number[y < side - 1] + side])
    keep = draw.random(len(a)) < 0.8
    a, b = a[keep], b[keep]
    fast = (b - a == 1) & (y[a] % 100 == 0) | (b - a == side) & (x[a] % 100 == 0)
    ms = draw.integers(5_000, 30_000, len(a)) // np.where(fast, 3, 1)
    both = draw.random(len(a)) < 0.9
    lon, lat = (part / 1000 + draw.random(len(number)) / 2000 for part in (x, y))
    tail, head = np.concatenate([a, b[both]]), np.concatenate([b, a[both]])
    ends = draw.integers(0, len(number), (2, PLACES))
    return Net(tail, head, lon, lat, np.concatenate([ms, ms[both]]), ends[0], ends[1])


def synthetic(nodes: int) -> dict[str, Any]:
    """Measure on a made-up net; SciPy answers for a twentieth of the sources."""
    net = made_up(nodes, 0)
    figures: dict[str, Any] = {"case": "made up", "nodes": len(net.lon), "arcs": len(net.tail)}
    with timed(figures, "order_s"):
        order = contraction_order(net.tail, net.head, net.lon, net.lat)
    with timed(figures, "engine_s"):
        engine = Engine(net.tail, net.head, len(net.lon), order)
    ours = engine.metric(net.ms)
    with timed(figures, "metric_s"):
        ours.way(0, 1)
    with timed(figures, "matrix_s"):
        found = ours.matrix_ms(net.sources, net.targets)
    scipy = Engine(net.tail, net.head, len(net.lon), plain=True).metric(net.ms)
    with timed(figures, "scipy_twentieth_s"):
        expected = scipy.matrix_ms(net.sources[::20], net.targets)
    figures["unequal_in_twentieth"] = int((found[::20] != expected).sum())
    figures["closure_of_20_arcs"] = closures(net, ours, 4)
    figures["most_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return figures


def has_valhalla(python: Path) -> bool:
    """Tell whether the environment of the peers is there and holds Valhalla."""
    if not python.is_file():
        return False
    return subprocess.run([python, "-c", "import valhalla"], check=False, capture_output=True).returncode == 0


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-record", action="store_true")
    parser.add_argument("--nodes", type=int, default=BIG, help="of the made-up net")
    parser.add_argument("--peers-python", type=Path, default=ROOT / "bench" / ".peers" / "bin" / "python")
    chosen = parser.parse_args()
    figures: dict[str, Any] = {"extracts": []}
    for path in sorted(EXTRACTS.glob("*.osm.pbf")):
        figures["extracts"].append(extract(path))
        print(figures["extracts"][-1])
    if not figures["extracts"]:
        print(f"no extracts beside the repository ({EXTRACTS.relative_to(ROOT.parent)}): left out")
    peer = EXTRACTS / "liechtenstein.osm.pbf"
    if peer.is_file() and has_valhalla(chosen.peers_python):
        figures["valhalla"] = beside_valhalla(peer, chosen.peers_python)
        print(figures["valhalla"])
    else:
        print("no Valhalla in the peers' environment, or no extract for it: left out")
    figures["made_up"] = synthetic(chosen.nodes)
    print(figures["made_up"])
    if not chosen.no_record:
        print(record("roads", figures).relative_to(ROOT))


if __name__ == "__main__":
    main()
