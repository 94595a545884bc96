"""Shortest ways for many origins at once: the same as one by one, and what is unreachable says so."""

from __future__ import annotations

import numpy as np
import pytest

from roads.maps import link
from safepassage.model.ids import SiteId
from safepassage.model.travel import UNREACHABLE, drive_s
from safepassage.roads.graph import AT_ONCE, Graph


def line(count: int) -> Graph:
    sites = [SiteId(f"n{number}") for number in range(count + 1)]
    links = [link(f"l{n}", f"{sites[n]}-{sites[n + 1]}", travel_s=7) for n in range(count - 1)]
    return Graph(links, {site: number for number, site in enumerate(sites)}, 80)


def test_more_origins_than_fit_into_one_call() -> None:
    count = AT_ONCE + 9
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


@pytest.mark.parametrize("back", [False, True])
def test_one_question_is_answered_as_many_are(*, back: bool) -> None:
    state = np.random.default_rng(8)
    names = [SiteId(f"n{number}") for number in range(30)]
    links = [
        link(f"l{n}", "-".join(state.choice(names[:-1], 2, replace=False)), travel_s=int(state.integers(0, 90)),
             both_ways=bool(state.random() < 0.6))
        for n in range(60)
    ]  # fmt: skip
    links += [link(f"door{n}", f"n3-n{n}", travel_s=5, access=True) for n in (7, 9)]
    graph = Graph(links, {name: number for number, name in enumerate(names)}, 70)
    for chosen in ([names[3]], [names[5], names[12]], []):
        pairs = graph.seconds(names, chosen).T if back else graph.seconds(chosen, names)
        least = pairs.min(axis=0, initial=UNREACHABLE).tolist()
        expected = {name: at_s for name, at_s in zip(names, least, strict=True) if at_s < UNREACHABLE}
        assert graph.nearest(chosen, back=back) == expected
