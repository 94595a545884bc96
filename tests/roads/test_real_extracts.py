"""Real extracts: they are read, hold together and make sense. Skipped where they are not at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from safepassage.roads.components import connected
from safepassage.roads.drawn import read_drawn
from safepassage.roads.joining import joined
from safepassage.roads.network import PROFILES, Roads, metres
from safepassage.roads.reading import is_sound, read_roads

pytestmark = pytest.mark.no_cover

DATA = Path(__file__).parents[3] / "shared" / "data"
EXTRACTS = ("baltimore", "helsinki", "liechtenstein")


def at_hand(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip("the shared data is not beside the repository")
    return path


@pytest.fixture(params=EXTRACTS)
def roads(request: pytest.FixtureRequest) -> Roads:
    """Read a real extract."""
    return read_roads(at_hand("osm", f"{request.param}.osm.pbf"), keep=False)


def test_it_makes_sense(roads: Roads) -> None:
    net = roads.network
    assert is_sound(roads)
    assert (net.light_ms > 0).all()
    assert (net.light_ms <= net.heavy_ms).all()
    kmh = net.length_m[net.edge] * 3600 / net.light_ms
    assert kmh.max() < 131
    assert kmh[net.length_m[net.edge] > 50].min() > 3.9
    begins, ends = net.shape_at[:-1], net.shape_at[1:] - 1
    for arcs, at in ((net.forward, begins), (~net.forward, ends)):
        assert np.array_equal(net.lon[net.tail[arcs]], net.shape_lon[at[net.edge[arcs]]])
    straight = metres(net.shape_lon[begins], net.shape_lat[begins], net.shape_lon[ends], net.shape_lat[ends])
    assert (net.length_m >= straight - 0.01).all()
    assert np.array_equal(net.head[net.no_turns[:, 0]], net.tail[net.no_turns[:, 1]])


def test_every_profile_gets_from_everywhere_to_everywhere(roads: Roads) -> None:
    net, lost = connected(roads.network)
    for number, profile in enumerate(PROFILES):
        mine = (net.allowed >> number & 1) > 0
        before = roads.network.edge[(roads.network.allowed >> number & 1) > 0]
        assert len(np.unique(net.edge[mine])) + lost[f"{profile} stretches"] == len(np.unique(before))
        assert mine.sum() > 0.85 * (roads.network.allowed >> number & 1).sum()
        nodes, ends = np.unique(np.concatenate((net.tail[mine], net.head[mine])), return_inverse=True)
        ends = ends.reshape(2, -1)
        graph = csr_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(len(nodes), len(nodes)))
        assert connected_components(graph, connection="strong")[0] == 1


def test_sites_all_over_it_are_joined(roads: Roads) -> None:
    net, _ = connected(roads.network)
    chosen = np.random.default_rng(3).integers(len(net.shape_lon), size=60)
    graph = joined(net, net.shape_lon[chosen], net.shape_lat[chosen], 1)
    assert (graph.leaves >= 0).all()
    near = [found[0].distance_m for found in graph.candidates]
    assert np.median(near) < 1
    assert (graph.light_ms[graph.arc >= 0] >= 0).all()


def test_the_corridor_is_drawn() -> None:
    roads = read_drawn(at_hand("qalamoun", "roads.geojson"))
    assert roads.counts["left out shapes"] == 20
    _, lost = connected(roads.network)
    assert lost["bus km"] < 0.1 * roads.network.length_m.sum() / 1000
