"""Shortest ways for many origins at once: the same as one by one, and what is unreachable says so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roads.maps import link
from safepassage.model.ids import SiteId
from safepassage.model.travel import UNREACHABLE, drive_s
from safepassage.roads.graph import AT_ONCE, SMALL, Graph


def line(count: int) -> Graph:
    sites = [SiteId(f"n{number}") for number in range(count + 1)]
    links = [link(f"l{n}", f"{sites[n]}-{sites[n + 1]}", travel_s=7) for n in range(count - 1)]
    return Graph(links, {site: number for number, site in enumerate(sites)}, 80)


def test_more_origins_than_fit_into_one_call() -> None:
    count = SMALL + AT_ONCE + 9
    graph = line(count)
    sites = [SiteId(f"n{number}") for number in range(count)]
    found = graph.seconds(sites, sites)
    step_s = drive_s(7, 80)
    assert all(found[a, b] == step_s * abs(a - b) for a in range(count) for b in range(count))


def test_a_site_without_a_road_is_unreachable() -> None:
    graph = line(3)
    assert graph.seconds([SiteId("n0")], [SiteId("n3"), SiteId("n0")]).tolist() == [[UNREACHABLE, 0]]
    assert graph.path(SiteId("n0"), SiteId("n3")) == []


def test_ways_are_made_of_the_quickest_links() -> None:
    slow, quick = link("slow", "a-b", travel_s=9), link("quick", "a-b", travel_s=4, both_ways=False)
    index = {SiteId("a"): 0, SiteId("b"): 1}
    graph = Graph([slow, quick], index, 100)
    assert graph.path(SiteId("a"), SiteId("b")) == [quick]
    assert graph.path(SiteId("b"), SiteId("a")) == [slow]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 5), st.booleans()), max_size=30))
def test_small_and_large_graphs_find_ways_of_the_same_length(drawn: list[tuple[int, int, int, bool]]) -> None:
    links = [
        link(f"l{n}", f"n{a}-n{b}", travel_s=travel_s, both_ways=both)
        for n, (a, b, travel_s, both) in enumerate(drawn)
        if a != b
    ]
    sites = [SiteId(f"n{number}") for number in range(SMALL + 1)]
    few = Graph(links, {site: number for number, site in enumerate(sites[:10])}, 100)
    many = Graph(links, {site: number for number, site in enumerate(sites)}, 100)
    found = few.seconds(sites[:10], sites[:10])
    assert found.tolist() == many.seconds(sites[:10], sites[:10]).tolist()
    for origin in sites[:10]:
        for end in sites[:10]:
            own, other = few.path(origin, end), many.path(origin, end)
            assert sum(one.travel_s for one in own) == sum(one.travel_s for one in other)
            assert bool(own) == (0 < found[few.index[origin], few.index[end]] < UNREACHABLE)
