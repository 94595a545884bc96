"""Sites on the roads: what they are snapped to, and the graph that is searched."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from roads.extracts import STEP
from roads.squares import STREETS, lengths, places, square, squares, times_ms
from safepassage.roads.joining import ACCESS_KMH, Joined, joined
from safepassage.roads.network import Network, shape
from safepassage.roads.snapping import BESIDE_M, REACH_M, Candidate, away_m, snapped

TWO_WAYS = square([(15, 15)] * len(STREETS), [50] * len(STREETS))
M = 111_194.93
"""Metres in a degree of latitude."""


def join(net: Network, *at: tuple[float, float], profiles: int = 15) -> Joined:
    return joined(net, np.array([x for x, _ in at]), np.array([y for _, y in at]), profiles)


def snap(net: Network, lon: float, lat: float, profiles: int = 15) -> tuple[Candidate, ...]:
    return snapped(net, np.array([lon]), np.array([lat]), profiles)[0]


def streets(**driven: tuple[int, int]) -> Network:
    """Make a square of which only some streets are driven: s01=(15, 0) is the one from point 0 to 1."""
    bits = [driven.get(f"s{a}{b}", (0, 0)) for a, b in STREETS]
    return square(bits, [50] * len(STREETS))


@pytest.mark.no_cover
@given(squares(), places(), st.sampled_from((1, 2, 4, 8)))
def test_times_are_those_of_a_search_over_pieces(net: Network, at: tuple[list[float], list[float]], bit: int) -> None:
    graph = joined(net, np.array(at[0]), np.array(at[1]), 15)
    # a site at a corner is another matter: see below
    assume(all(0.01 < one.fraction < 0.99 for found in graph.candidates for one in found))
    expected = times_ms(net, graph.candidates, bit)
    # shares are rounded to a few centimetres there
    assert np.allclose([lengths(graph, site, bit) for site in range(len(at[0]))], expected, rtol=0, atol=100)


@given(squares(bits=(0, 15)), places())
def test_where_all_streets_are_driven_both_ways_times_are_too(
    net: Network, at: tuple[list[float], list[float]]
) -> None:
    both = np.zeros(len(net.length_m), dtype=bool)
    forwards, backwards = set(net.edge[net.forward].tolist()), set(net.edge[~net.forward].tolist())
    both[list(forwards & backwards)] = True
    net = net._replace(allowed=np.where(both[net.edge], net.allowed, 0).astype(np.uint8))
    net = net._replace(no_turns=net.no_turns[:0], turn_bits=net.turn_bits[:0])
    graph = joined(net, np.array(at[0]), np.array(at[1]), 15)
    times = np.array([lengths(graph, site, 1) for site in range(len(at[0]))])
    assert np.array_equal(times, times.T)


@given(squares(), places())
def test_pieces_make_up_their_arcs(net: Network, at: tuple[list[float], list[float]]) -> None:
    graph = joined(net, np.array(at[0]), np.array(at[1]), 15)
    corners = set(zip(net.lon.tolist(), net.lat.tolist(), strict=True))
    where = list(zip(graph.lon.tolist(), graph.lat.tolist(), strict=True))
    copies = [node for node in range(len(net.node), graph.nodes) if where[node] in corners]
    for arc in np.flatnonzero(net.allowed):
        mine = (graph.arc == arc) & ~np.isin(graph.tail, copies)
        begins, ends = sorted(graph.begin[mine].tolist()), sorted(graph.end[mine].tolist())
        assert begins[0] == 0
        assert ends[-1] == 1
        assert begins[1:] == ends[:-1]
        assert graph.length_m[mine].sum() == pytest.approx(net.length_m[net.edge[arc]])
        assert abs(int(graph.light_ms[mine].sum()) - int(net.light_ms[arc])) <= len(begins)
    assert set(graph.arc.tolist()) - {-1} == set(np.flatnonzero(net.allowed).tolist())


@given(squares(bits=(0, 15, 15)), st.floats(9.99, 10.03), st.floats(29.99, 30.03))
def test_the_nearest_stretch_is_found(net: Network, lon: float, lat: float) -> None:
    scale = np.array([np.cos(np.radians(lat)), 1.0]) * M
    here = shapely.Point(np.array([lon, lat]) * scale)
    roads = [shapely.LineString(shape(net, edge) * scale) for edge in np.unique(net.edge).tolist()]
    away = min((here.distance(road) for road in roads), default=np.inf)
    found = snap(net, lon, lat)
    assert bool(found) == (away <= REACH_M)
    if found:
        assert found[0].distance_m == pytest.approx(away, rel=0.005, abs=0.01)
        assert all(one.distance_m <= away + BESIDE_M + 0.01 for one in found)


def test_a_site_beside_a_street() -> None:
    (one,) = snap(TWO_WAYS, 10 + 0.3 * STEP, 30 + 100 / M)
    assert (TWO_WAYS.way[one.edge] - 100, one.bits) == (STREETS.index((0, 1)), 15)
    assert one.fraction == pytest.approx(0.3, abs=1e-6)
    assert one.distance_m == pytest.approx(100, rel=1e-4)
    assert (one.lon, one.lat) == pytest.approx((10 + 0.3 * STEP, 30))


def test_access_is_driven_slowly_on_the_straight_line() -> None:
    graph = join(TWO_WAYS, (10 + 0.3 * STEP, 30 + 100 / M))
    access = graph.arc == -1
    assert graph.light_ms[access].tolist() == graph.heavy_ms[access].tolist() == [100 * 3600 / ACCESS_KMH] * 2
    assert graph.length_m[access] == pytest.approx(100, rel=1e-4)
    assert graph.site_of.max() == -1
    assert (graph.leaves[0], graph.enters[0]) == (graph.nodes - 2, graph.nodes - 1)


def test_a_site_near_the_road_is_passed() -> None:
    at = (10 + 0.3 * STEP, 30 + 20 / M)
    graph = join(TWO_WAYS, at, (10 + 0.6 * STEP, 30 + 200 / M), at)
    (node,) = np.flatnonzero(graph.site_of >= 0)
    assert graph.site_of[node] == 0
    assert (graph.lon[node], graph.lat[node]) == pytest.approx((at[0], 30))
    assert {node} == {int(graph.head[(graph.tail == graph.leaves[site])][0]) for site in (0, 2)}


def test_a_site_at_a_corner_is_that_corner() -> None:
    graph = join(TWO_WAYS, (10 + STEP, 30 + STEP), (10 + STEP + 0.2 / M, 30 + STEP))
    assert graph.nodes == len(TWO_WAYS.node) + 4
    assert graph.site_of.tolist().index(0) == 4
    assert lengths(graph, 0, 1)[1] < 1000


def test_a_site_at_a_corner_with_forbidden_turns_is_entered_behind_them() -> None:
    net = streets(s01=(15, 15), s14=(15, 15))
    into = next(a for a in range(len(net.tail)) if (net.tail[a], net.head[a]) == (0, 1))
    turns = [(into, b) for b in range(len(net.tail)) if net.tail[b] == 1]
    net = net._replace(no_turns=np.array(turns, dtype=np.int32), turn_bits=np.full(len(turns), 15, dtype=np.uint8))
    corner, before, behind = (10 + STEP, 30.0), (10 + 0.5 * STEP, 30.0), (10 + STEP, 30 + 0.5 * STEP)
    graph = join(net, corner, before, behind)
    assert np.isfinite(lengths(graph, 1, 1)).tolist() == [True, True, False]
    assert np.isfinite(lengths(graph, 0, 1)).all()
    assert (graph.site_of == 0).sum() == 2


def test_both_carriageways_are_candidates() -> None:
    net = streets(s01=(15, 0), s34=(0, 15))
    aside = net._replace(shape_lat=np.where(net.shape_lat > 30, 30 + 20 / M, net.shape_lat))
    found = snap(aside, 10 + 0.5 * STEP, 30 - 5 / M)
    assert [round(one.distance_m) for one in found] == [5, 25]
    both = _both_ways(aside)
    assert [round(one.distance_m) for one in snap(both, 10 + 0.5 * STEP, 30 - 5 / M)] == [5]


def _both_ways(net: Network) -> Network:
    """Add the other direction to every arc."""
    return net._replace(
        tail=np.append(net.tail, net.head),
        head=np.append(net.head, net.tail),
        edge=np.append(net.edge, net.edge),
        forward=np.append(net.forward, ~net.forward),
        light_ms=np.append(net.light_ms, net.light_ms),
        heavy_ms=np.append(net.heavy_ms, net.heavy_ms),
        allowed=np.append(net.allowed, net.allowed),
    )


def test_streets_that_cross_are_candidates_and_their_continuations_are_not() -> None:
    found = snap(TWO_WAYS, 10 + STEP - 10 / M, 30 + STEP + 5 / M)
    assert {STREETS[int(TWO_WAYS.way[one.edge]) - 100] for one in found} in ({(3, 4), (4, 7)}, {(3, 4), (4, 7), (1, 4)})
    assert found[0].distance_m == pytest.approx(5, rel=1e-3)


def test_each_profile_is_joined_to_a_road_it_may_drive() -> None:
    net = streets(s01=(2, 2), s34=(15, 15))
    at = (10 + 0.5 * STEP, 30 + 0.2 * STEP)
    near, far = snap(net, *at)
    assert (near.bits, far.bits) == (2, 13)
    assert (away_m((near, far), 2), away_m((near, far), 1)) == (near.distance_m, far.distance_m)
    assert [one.bits for one in snap(net, *at, profiles=2)] == [2]
    graph = join(net, at, (10 + 0.1 * STEP, 30 + STEP))
    assert np.isfinite(lengths(graph, 0, 1)[1])
    assert not np.isfinite(lengths(graph, 0, 2)[1])


def test_a_site_in_the_sea_is_not_joined() -> None:
    graph = join(TWO_WAYS, (10.5, 30.5), (10.0, 30.0), (float("nan"), 30.0))
    assert graph.leaves.tolist()[::2] == graph.enters.tolist()[::2] == [-1, -1]
    assert [len(found) > 0 for found in graph.candidates] == [False, True, False]
    assert away_m(graph.candidates[0], 1) is None


def test_how_far_roads_are_looked_for_may_be_said() -> None:
    at = np.array([10 + 0.3 * STEP]), np.array([30 - 3000 / M])
    assert [len(joined(TWO_WAYS, *at, 15, reach_m=reach_m).candidates[0]) for reach_m in (100, 2990, 3010)] == [0, 0, 1]
    assert len(joined(TWO_WAYS, *at, 15).candidates[0]) == 0


def test_no_sites_and_no_roads() -> None:
    graph = join(TWO_WAYS)
    assert (graph.nodes, len(graph.leaves)) == (len(TWO_WAYS.node), 0)
    assert len(graph.arc) == len(TWO_WAYS.tail)
    closed = TWO_WAYS._replace(allowed=np.zeros_like(TWO_WAYS.allowed))
    assert len(join(closed, (10.0, 30.0)).tail) == 0
    assert join(streets(s01=(4, 4)), (10.0, 30.0), profiles=1).leaves.tolist() == [-1]


def test_new_nodes_come_first_in_the_order() -> None:
    order = np.random.default_rng(1).permutation(len(TWO_WAYS.node)).astype(np.int32)
    at = np.array([10 + 0.3 * STEP]), np.array([30.0])
    graph = joined(TWO_WAYS, *at, 15, order=order)
    assert sorted(graph.order.tolist()) == list(range(graph.nodes))
    assert graph.order[-len(order) :].tolist() == order.tolist()
    assert graph.order[:2].tolist() == [graph.enters[0], graph.leaves[0]]
    assert len(joined(TWO_WAYS, *at, 15).order) == 0
    assert sorted(joined(TWO_WAYS, *at, 15, order=order[order < 5]).order.tolist()) == list(range(graph.nodes))


def test_limits_go_with_the_arcs() -> None:
    net = TWO_WAYS._replace(max_weight_kg=np.arange(len(TWO_WAYS.length_m), dtype=np.int32))
    graph = join(net, (10 + 0.3 * STEP, 30.001))
    on_road = graph.arc >= 0
    assert graph.max_weight_kg[on_road].tolist() == net.max_weight_kg[net.edge[graph.arc[on_road]]].tolist()
    assert not graph.max_weight_kg[~on_road].any()
