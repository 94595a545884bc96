"""Routes: against a search over all ways of small maps, and on maps drawn to show one thing."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from msgspec.structs import replace

from roads.maps import closure, consent, link, maps, open_at, operation, site, ways, window
from safepassage.model.fleet import Convoy
from safepassage.model.ids import ConvoyId, LinkId, PartyId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.places import Link
from safepassage.model.travel import Route, drive_s
from safepassage.roads.paces import paces
from safepassage.roads.table import MAX_ALTERNATIVES, travel

TIMES_S = range(-140, 110)
ARMY = PartyId("army")


def seconds(path: tuple[Link, ...], speed: int) -> int:
    return sum(drive_s(one.travel_s, speed) for one in path)


def leaves(route: Route, at_s: int) -> bool:
    return not route.departures or any(one.holds(at_s, at_s) for one in route.departures)


def routes(asked: Operation, origin: str = "a", end: str = "b", speed: int = 100) -> tuple[Route, ...]:
    return travel(asked).routes.get((speed, SiteId(origin), SiteId(end)), ())


def fastest_avoiding(asked: Operation, speed: int, origin: str, end: str) -> list[tuple[Link, ...]]:
    """For every set of links that are not always open, the fastest way that avoids it."""
    gated = sorted(travel(asked).open)
    every = list(ways(asked, origin, end))
    found = []
    for avoided in chain.from_iterable(combinations(gated, count) for count in range(len(gated) + 1)):
        left = [path for path in every if not any(one.id in avoided for one in path)]
        if left:
            found.append(min(left, key=lambda path: seconds(path, speed)))
    return found


@given(maps())
def test_a_route_is_a_way_with_its_times_and_the_times_at_which_it_is_open(asked: Operation) -> None:
    for (speed, origin, end), found in travel(asked).routes.items():
        every = {tuple(one.id for one in path): path for path in ways(asked, origin, end)}
        assert len({route.links for route in found}) == len(found) <= MAX_ALTERNATIVES
        assert [route.travel_s for route in found] == sorted(route.travel_s for route in found)
        for route in found:
            path = every[route.links]
            assert route.travel_s == route.offsets_s[-1] == seconds(path, speed)
            assert route.offsets_s == tuple(seconds(path[:number], speed) for number in range(len(path) + 1))
            assert route.length_m == sum(one.length_m for one in path)
            assert (route.sites[0], route.sites[-1], len(route.sites)) == (origin, end, len(path) + 1)
            for one, ends in zip(path, zip(route.sites, route.sites[1:], strict=False), strict=True):
                assert set(ends) == {one.start, one.end}
            for at_s in TIMES_S:
                assert leaves(route, at_s) == open_at(asked, path, speed, at_s)


@pytest.mark.no_cover
@given(maps())
def test_at_any_time_the_best_alternative_is_the_fastest_way_that_is_open(asked: Operation) -> None:
    found = travel(asked)
    speed = asked.vehicles[0].speed_percent
    stops = [one.id for one in asked.sites if one.kind != "junction"]
    for origin in stops:
        for end in stops:
            if origin == end:
                assert (speed, origin, end) not in found.routes
                continue
            wanted = fastest_avoiding(asked, speed, origin, end)
            alternatives = found.routes.get((speed, origin, end), ())
            for at_s in TIMES_S if len(alternatives) < MAX_ALTERNATIVES else ():
                best = min((seconds(path, speed) for path in wanted if open_at(asked, path, speed, at_s)), default=None)
                assert best == min((one.travel_s for one in alternatives if leaves(one, at_s)), default=None)


@given(maps())
def test_every_alternative_is_of_use_at_some_time(asked: Operation) -> None:
    for found in travel(asked).routes.values():
        for number, route in enumerate(found):
            faster = found[:number]
            assert all(other.departures for other in faster)
            spells = route.departures or (window(min(TIMES_S), max(TIMES_S)),)
            edges = {
                at_s
                for one in (*spells, *(w for f in faster for w in f.departures))
                for at_s in (one.from_s, one.until_s)
            }
            near = {at_s + step_s for at_s in edges for step_s in (-1, 0, 1)}
            times = [at_s for at_s in near if leaves(route, at_s)]
            assert (
                not number or any(not any(leaves(other, at_s) for other in faster) for at_s in times) or _touches(found)
            )


def _touches(found: tuple[Route, ...]) -> bool:
    """Whole seconds between windows one second apart are no instants at which anybody leaves."""
    spells = sorted(one for route in found for one in route.departures)
    return any(one.until_s + 1 == other.from_s for one in spells for other in spells)


def test_everything_but_junctions_is_a_stop() -> None:
    asked = operation([link("l", "a-j"), link("m", "j-b")], sites=[site("j", kind="junction")])
    found = travel(asked)
    assert set(found.routes) == {(100, SiteId("a"), SiteId("b")), (100, SiteId("b"), SiteId("a"))}
    assert found.routes[100, SiteId("b"), SiteId("a")][0].sites == ("b", "j", "a")
    assert set(found.links) == {"l", "m"}


def test_a_one_way_link_is_driven_one_way() -> None:
    asked = operation([link("l", "a-b", 5, both_ways=False), link("m", "a-b", 9)])
    assert [route.links for route in routes(asked)] == [("l",)]
    assert [route.links for route in routes(asked, "b", "a")] == [("m",)]


def test_of_links_beside_each_other_the_quickest_is_driven_and_the_others_when_it_is_closed() -> None:
    asked = operation([link("l", "a-b", 9), link("m", "a-b", 5), link("n", "b-a", 7)], closures=[closure("m", 10, 20)])
    found = routes(asked)
    assert [route.links for route in found] == [("m",), ("n",)]
    assert [leaves(found[0], at_s) for at_s in (5, 6, 19, 20)] == [True, False, False, True]
    assert found[1].departures == ()


def test_what_is_never_open_is_no_road() -> None:
    asked = operation([link("l", "a-b", 5, controlled_by=ARMY)])
    assert routes(asked) == ()
    assert travel(asked).open == {LinkId("l"): ()}


def test_a_way_whose_windows_do_not_meet_is_none() -> None:
    roads = [link("l", "a-j", 5, controlled_by=ARMY), link("m", "j-b", 5), link("n", "a-b", 99)]
    asked = operation(roads, clauses=[consent("c", windows=(window(0, 9),))], closures=[closure("m", -500, 900)])
    assert [route.links for route in routes(asked)] == [("n",)]


def test_a_drive_that_takes_no_time_is_still_a_drive() -> None:
    asked = operation([link("l", "a-b", 0), link("m", "b-c", 4)])
    found = routes(asked, "a", "c")[0]
    assert (found.links, found.travel_s, found.offsets_s) == (("l", "m"), 4, (0, 0, 4))


def test_slower_routes_that_add_nothing_are_dropped() -> None:
    roads = [link(name, "a-b", 5 + number) for number, name in enumerate("lmno")]
    gaps = [closure("l", 0, 50), closure("m", 100, 150), closure("n", 10, 20)]
    # when l is closed m is open, and the other way round: n and o, which is always open, are of no use
    assert [route.links for route in routes(operation(roads, closures=gaps))] == [("l",), ("m",)]


def test_each_link_that_is_closed_is_gone_around_by_itself() -> None:
    roads = [link("l", "a-j", 5), link("l2", "a-j", 9), link("m", "j-b", 5), link("m2", "j-b", 8)]
    found = routes(operation(roads, closures=[closure("l", 0, 50), closure("m", 100, 150)]))
    assert [route.links for route in found] == [("l", "m"), ("l", "m2"), ("l2", "m")]
    assert [next(route.travel_s for route in found if leaves(route, at_s)) for at_s in (60, 120, 20)] == [10, 13, 14]


def test_no_more_alternatives_than_the_limit() -> None:
    roads = [link(f"l{number}", "a-b", 5 + number, controlled_by=PartyId(f"p{number}")) for number in range(6)]
    grants = [
        consent(f"c{number}", windows=(window(100 * number, 100 * number + 50),), party=f"p{number}")
        for number in range(6)
    ]
    found = routes(operation(roads, clauses=grants))
    assert [route.links for route in found] == [("l0",), ("l1",), ("l2",), ("l3",)]
    # what is lost: the fifth road is open at 410, and no alternative is
    assert not any(leaves(route, 410) for route in found)


def test_a_detour_that_only_wastes_time_until_a_link_opens_is_not_found() -> None:
    roads = [link("l", "a-j", 5), link("slow", "a-j", 50), link("m", "j-b", 5, controlled_by=ARMY)]
    asked = operation(roads, clauses=[consent("c", windows=(window(100, 200),))])
    found = routes(asked)
    assert [route.links for route in found] == [("l", "m")]
    # waiting does as well: whoever leaves at 95 arrives at 105, the detour at 50 not before
    assert [(one.from_s, one.until_s) for one in found[0].departures] == [(95, 190)]


def test_the_speeds_driven_are_those_of_vehicles_and_convoys() -> None:
    asked = operation([link("l", "a-b", 10)], speeds=(80, 100, 80, 93))
    convoy = Convoy(id=ConvoyId("c"), assembly=SiteId("a"), destination=SiteId("b"))
    members = tuple(replace(one, convoy=convoy.id) if one.speed_percent != 80 else one for one in asked.vehicles)
    asked = replace(asked, convoys=(convoy,), vehicles=members)
    assert paces(asked).convoys == {convoy.id: 93}
    assert paces(asked).all == (80, 93, 100)
    assert {key[0] for key in travel(asked).routes} == {80, 93, 100}
    assert [routes(asked, speed=speed)[0].travel_s for speed in (80, 93, 100)] == [13, 11, 10]
    empty = Convoy(id=ConvoyId("d"), assembly=SiteId("a"), destination=SiteId("b"))
    assert paces(replace(asked, convoys=(empty,))).convoys == {empty.id: 100}
    slow = tuple(one for one in asked.vehicles if one.speed_percent == 80)
    assert paces(replace(asked, convoys=(empty,), vehicles=slow)).all == (80, 100)


@pytest.mark.parametrize("origin", ["a", "b"])
def test_a_site_that_no_road_reaches_has_no_routes(origin: str) -> None:
    asked = operation([link("l", "a-c")], sites=[site("b")])
    assert all(SiteId("b") not in key[1:] for key in travel(asked).routes)
    assert routes(asked, origin, "b" if origin == "a" else "a") == ()


@given(maps())
def test_a_route_is_found_again_by_its_links(asked: Operation) -> None:
    looked_for, told = travel(asked), travel(asked)
    for way, found in looked_for.routes.items():
        for route in found:
            assert told.along(way, route.links, slow=route.slow) == route


def test_a_route_may_be_driven_that_no_other_needs() -> None:
    asked = operation([link("l", "a-b", 5), link("m", "a-j", 9), link("n", "j-b", 4)])
    assert [route.links for route in routes(asked)] == [("l",)]
    found = along(asked, "a", "b", "m", "n")
    assert found is not None
    assert (found.sites, found.travel_s, found.departures) == (("a", "j", "b"), 13, ())


def along(asked: Operation, origin: str, end: str, *links: str, slow: bool = False) -> Route | None:
    return travel(asked).along((100, SiteId(origin), SiteId(end)), [LinkId(name) for name in links], slow=slow)


@pytest.mark.parametrize(
    ("origin", "end", "links"),
    [
        ("a", "b", ("one-way", "l")), ("b", "a", ("one-way",)), ("a", "b", ("l",)), ("a", "b", ("nowhere",)),
        ("a", "b", ()), ("a", "a", ()), ("a", "x", ("l",)), ("a", "c", ("one-way", "shut")),
        ("a", "b", ("door", "door", "one-way")), ("c", "a", ("door",)),
    ],
)  # fmt: skip
def test_links_that_lead_elsewhere_or_are_never_open_are_no_route(
    origin: str, end: str, links: tuple[str, ...]
) -> None:
    roads = [link("one-way", "a-b", both_ways=False), link("l", "b-c"), link("shut", "b-c", controlled_by=ARMY)]
    asked = operation([*roads, link("door", "d-a", access=True)])
    assert along(asked, "d", "b", "door", "one-way") is not None
    assert along(asked, origin, end, *links) is None


def test_without_a_night_nobody_drives_slowly() -> None:
    asked = operation([link("l", "a-b")])
    assert along(asked, "a", "b", "l") is not None
    assert along(asked, "a", "b", "l", slow=True) is None
