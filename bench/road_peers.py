"""Our routes by car beside Valhalla's, over the same extract and the same pairs of places."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safepassage.model.travel import UNREACHABLE
from safepassage.roads.components import connected
from safepassage.roads.engine import INF, Metric, engine_of
from safepassage.roads.extract import read_extract
from safepassage.roads.joining import Joined, joined
from safepassage.roads.network import CAR, CLASSES, Network, shape

HERE = Path(__file__).parent
PAIRS = 200
SAME = 0.01
"""Routes whose lengths differ by less are taken to be one: what is left is speed."""
AS_SAID = {"living_street": "residential", "service": "service_other"}
"""Classes of ours as Valhalla names them; links go with what they lead to."""
Floats = NDArray[np.float64]


def beside_valhalla(path: Path, python: Path) -> dict[str, Any]:
    """Compare times and lengths of random pairs; by class of road the mean speeds of both."""
    network = connected(read_extract(path).network)[0]
    lon, lat = _points(network, 2 * PAIRS)
    graph = joined(network, lon, lat, CAR)
    metric = engine_of(graph, len(network.lon)).metric(np.where(graph.allowed & CAR, graph.light_ms, INF))
    ours = [_ours(network, graph, metric, number) for number in range(PAIRS)]
    pairs = np.column_stack([lon[:PAIRS], lat[:PAIRS], lon[PAIRS:], lat[PAIRS:]])
    theirs = _theirs(path, pairs, python)
    both = [(a, b) for a, b in zip(ours, theirs, strict=True) if a and b]
    times = np.array([a["seconds"] / b["seconds"] for a, b in both])
    lengths = np.array([a["metres"] / b["metres"] for a, b in both])
    alike = np.abs(lengths - 1) < SAME
    return {
        "case": path.name.removesuffix(".osm.pbf"),
        "pairs": PAIRS,
        "routed_by_both": len(both),
        "time_ours_to_theirs": _quartiles(times),
        "length_ours_to_theirs": _quartiles(lengths),
        "same_length": int(alike.sum()),
        "time_where_same_length": _quartiles(times[alike]),
        "their_share_of_time_in_turns": round(1 - sum(b["driving_s"] for _, b in both) / _sum(both, 1), 3),
        "kmh_by_class": _speeds(both),
    }


def _points(network: Network, number: int) -> tuple[Floats, Floats]:
    """Choose points of roads that cars drive, longer roads more often."""
    draw = np.random.default_rng(0)
    driven = np.unique(network.edge[(network.allowed & CAR) > 0])
    share = network.length_m[driven] / network.length_m[driven].sum()
    lines = [shape(network, int(edge)) for edge in draw.choice(driven, number, p=share)]
    points = np.array([line[draw.integers(len(line))] for line in lines])
    return points[:, 0], points[:, 1]


def _ours(network: Network, graph: Joined, metric: Metric, number: int) -> dict[str, Any] | None:
    """Route a pair; the way from the place to the road is not counted, as it is not in Valhalla."""
    ms, arcs = metric.way(int(graph.leaves[number]), int(graph.enters[number + PAIRS]))
    if ms == UNREACHABLE:
        return None
    arcs = arcs[graph.arc[arcs] >= 0]
    classes: dict[str, list[float]] = {}
    for arc in arcs.tolist():
        name = CLASSES[network.road_class[network.edge[graph.arc[arc]]]].removesuffix("_link")
        sums = classes.setdefault(AS_SAID.get(name, name), [0.0, 0.0])
        sums[0] += float(graph.length_m[arc])
        sums[1] += float(metric.ms[arc]) / 1000
    seconds, metres = float(metric.ms[arcs].sum()) / 1000, float(graph.length_m[arcs].sum())
    return {"seconds": seconds, "metres": metres, "classes": classes} if metres > 0 else None


def _theirs(path: Path, pairs: Floats, python: Path) -> list[dict[str, Any] | None]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.json"
        file.write_text(json.dumps(pairs.tolist()), encoding="utf-8")
        command = [python, HERE / "peers" / "valhalla_peer.py", path.absolute(), file]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    found: list[dict[str, Any] | None] = json.loads(said)
    return found


def _speeds(both: list[tuple[Any, Any]]) -> dict[str, dict[str, float]]:
    """Return km driven and mean km/h by class of road, ours and theirs."""
    found: dict[str, dict[str, float]] = {}
    for side, who in enumerate(("ours", "theirs")):
        for pair in both:
            for name, (metres, seconds) in pair[side]["classes"].items():
                sums = found.setdefault(name, dict.fromkeys(("ours_m", "ours_s", "theirs_m", "theirs_s"), 0.0))
                sums[f"{who}_m"] += metres
                sums[f"{who}_s"] += seconds
    return {
        name: {
            f"{who}_{what}": value
            for who in ("ours", "theirs")
            for what, value in (
                ("km", round(sums[f"{who}_m"] / 1000, 1)),
                ("kmh", round(sums[f"{who}_m"] / max(sums[f"{who}_s"], 1e-9) * 3.6, 1)),
            )
        }
        for name, sums in sorted(found.items(), key=lambda entry: -entry[1]["theirs_m"])
    }


def _quartiles(values: Floats) -> list[float]:
    return [round(float(value), 3) for value in np.quantile(values, [0.25, 0.5, 0.75])] if len(values) else []


def _sum(both: list[tuple[Any, Any]], side: int) -> float:
    return float(sum(pair[side]["seconds"] for pair in both))
