"""When links are open."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from roads.maps import area, closure, consent, link, maps, may_drive, operation, site, window
from safepassage.model.clauses import Clause
from safepassage.model.ids import LinkId, PartyId
from safepassage.model.operation import Operation
from safepassage.model.places import Closure, Link
from safepassage.model.time import Window, intersection
from safepassage.roads.openness import FOREVER, departures, merged, openness

HELD = link("l", "a-b", controlled_by=PartyId("army"))
FREE = link("l", "a-b")
LINK = LinkId("l")
NEVER: tuple[Window, ...] = ()


def opened(one: Link, *clauses: Clause, closures: tuple[Closure, ...] = ()) -> tuple[Window, ...] | None:
    """When the one link of a map is open; None for always."""
    return openness(operation([one], clauses=clauses, closures=closures))[0].get(LINK)


@pytest.mark.parametrize(
    ("one", "clauses", "found"),
    [
        (FREE, (), None),
        (HELD, (), NEVER),
        (HELD, (consent("c"),), None),
        (HELD, (consent("c", "l"),), None),
        (HELD, (consent("c", "m"),), NEVER),
        (HELD, (consent("c", "l", party="side"),), NEVER),
        (HELD, (consent("c", granted=False),), NEVER),
        # what does not name the link refuses nothing that another grants
        (HELD, (consent("c", granted=False), consent("d", "l")), None),
        (HELD, (consent("c", "l", granted=False), consent("d", "l")), NEVER),
        (HELD, (consent("c", "l", granted=False, party="side"), consent("d", "l")), NEVER),
        (FREE, (consent("c", "l", granted=False),), NEVER),
        (FREE, (consent("c", "l", windows=(window(0, 9),)),), None),
        (HELD, (consent("c", windows=(window(0, 9), window(20, 30))),), (window(0, 9), window(20, 30))),
        (HELD, (consent("c", windows=(window(0, 9),)), consent("d", "l", windows=(window(9, 30),))), (window(0, 30),)),
        (HELD, (consent("c", windows=(window(0, 9),)), consent("d", "l", windows=(window(10, 30),))),
         (window(0, 9), window(10, 30))),
        (HELD, (consent("c", windows=(window(0, 9),)), consent("d")), None),
        (FREE, (area("x", "l"),), NEVER),
        (FREE, (area("x", "m"),), None),
        (HELD, (consent("c"), area("x", "l")), NEVER),
    ],
)  # fmt: skip
def test_clauses_open_a_link(one: Link, clauses: tuple[Clause, ...], found: tuple[Window, ...] | None) -> None:
    assert opened(one, *clauses) == found


@pytest.mark.parametrize(
    ("gaps", "found"),
    [
        ([(5, 9)], (window(-FOREVER, 5), window(9, FOREVER))),
        ([(5, 9), (7, 12)], (window(-FOREVER, 5), window(12, FOREVER))),
        ([(20, 30), (5, 9)], (window(-FOREVER, 5), window(9, 20), window(30, FOREVER))),
        ([(7, 7)], (window(-FOREVER, 7), window(7, FOREVER))),
    ],
)
def test_closures_are_taken_out(gaps: list[tuple[int, int]], found: tuple[Window, ...]) -> None:
    assert opened(FREE, closures=tuple(closure("l", *gap) for gap in gaps)) == found


@pytest.mark.parametrize(
    ("gap", "found"),
    [
        ((0, 100), NEVER),
        ((0, 40), (window(40, 100),)),
        ((60, 200), (window(0, 60),)),
        ((-5, 0), (window(0, 100),)),
        ((100, 150), (window(0, 100),)),
    ],
)
def test_a_closure_of_a_consented_link_leaves_what_can_be_driven(
    gap: tuple[int, int], found: tuple[Window, ...]
) -> None:
    assert opened(HELD, consent("c", windows=(window(0, 100),)), closures=(closure("l", *gap),)) == found


@pytest.mark.parametrize(
    ("one", "clauses", "closed_by"),
    [
        (HELD, (), []),
        (HELD, (consent("c", granted=False),), ["c"]),
        (HELD, (consent("c", windows=(window(0, 9),)), consent("d", "l", granted=False)), ["d"]),
        (HELD, (consent("c", windows=(window(0, 9),)),), ["c"]),
        (HELD, (consent("c", windows=(window(0, 9),)), area("x", "l")), ["x", "c"]),
        (FREE, (area("x", "l"), area("y", "l")), ["x", "y"]),
    ],
)
def test_clauses_that_close_a_link_are_named(one: Link, clauses: tuple[Clause, ...], closed_by: list[str]) -> None:
    assert list(openness(operation([one], clauses=clauses))[1][LINK]) == closed_by


# A square from (1, 1) to (3, 3), and links from west to east.
SQUARE = ((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0))


@pytest.mark.parametrize(
    ("ends", "line", "polygon", "crossed"),
    [
        (((0, 2), (4, 2)), (), SQUARE, True),
        (((0, 4), (4, 4)), (), SQUARE, False),
        (((0, 1), (1, 1)), (), SQUARE, True),
        (((1.5, 2), (2.5, 2)), (), SQUARE, True),
        # the road as it is drawn counts, not the straight line between its sites
        (((0, 2), (4, 2)), ((0, 2), (0, 5), (4, 5), (4, 2)), SQUARE, False),
        (((0, 4), (4, 4)), ((0, 4), (2, 2), (4, 4)), SQUARE, True),
        (((0, 4), (4, 4)), ((2, 2),), SQUARE, False),
        # two corners are a line, one is a point
        (((0, 2), (4, 2)), (), ((2, 1), (2, 3)), True),
        (((0, 2), (4, 2)), (), ((2, 2),), True),
        (((0, 2), (4, 2)), (), ((2, 3),), False),
        # a ring that crosses itself has two insides
        (((0, 1.5), (4, 1.5)), (), ((1, 1), (3, 1), (1, 3), (3, 3)), True),
        (((0, 2.9), (4, 2.9)), (), ((1, 1), (3, 1), (1, 3), (3, 3)), True),
        # and what it goes around twice lies outside
        (((2.5, 2.5), (3, 5)), (), ((4, 1), (1, 3), (2, 1), (3, 4)), False),
        (((0, 2), (4, 2)), (), (), False),
    ],
)
def test_a_road_through_an_area_is_seen(
    ends: tuple[tuple[float, float], ...],
    line: tuple[tuple[float, float], ...],
    polygon: tuple[tuple[float, float], ...],
    *,
    crossed: bool,
) -> None:
    sites = [site(name, lon, lat) for name, (lon, lat) in zip("ab", ends, strict=True)]
    one = replace(FREE, line=line)
    asked = operation([one], sites=sites, clauses=[area("x", polygon=polygon)])
    assert (openness(asked)[0] == {LINK: ()}) is crossed


def test_a_named_link_needs_no_map() -> None:
    assert opened(FREE, area("x", "l")) == NEVER


@given(maps())
def test_windows_are_the_times_at_which_a_link_may_be_driven(asked: Operation) -> None:
    windows, closed_by = openness(asked)
    assert set(closed_by) == set(windows)
    for one in asked.links:
        for entry_s in range(-3, 104):
            for lasts_s in (1, 2, 9, 40):
                inside = (
                    any(w.holds(entry_s, entry_s + lasts_s) for w in windows.get(one.id, ())) or one.id not in windows
                )
                assert inside == may_drive(asked, one, entry_s, entry_s + lasts_s)


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(-2, 9)), max_size=4).map(
    lambda pairs: tuple(window(a, a + lasts_s) for a, lasts_s in pairs)
)


def instants(windows: tuple[Window, ...]) -> set[int]:
    return {at_s for at_s in range(-5, 45) if any(one.holds(at_s, at_s) for one in windows)}


@given(SPANS)
def test_merged_windows_are_apart_and_hold_the_same(windows: tuple[Window, ...]) -> None:
    found = merged(windows)
    assert instants(found) == instants(windows)
    assert all(one.until_s < other.from_s for one, other in pairwise(found))


@given(SPANS, SPANS)
def test_an_intersection_holds_what_both_hold(one: tuple[Window, ...], other: tuple[Window, ...]) -> None:
    found = intersection(one, other)
    assert instants(found) == instants(one) & instants(other)
    assert list(found) == sorted(found)


def test_departures_are_shifted_by_what_comes_before() -> None:
    assert departures([]) is None
    assert departures([(None, 0, 5)]) is None
    # the second link is entered 5 s and left 8 s after departure
    assert departures([(None, 0, 5), ((window(10, 20), window(30, 32)), 5, 8)]) == (window(5, 12),)
    assert departures([((window(0, 9),), 0, 5), ((window(8, 20),), 5, 8)]) == (window(3, 4),)
    assert departures([((window(0, 4),), 0, 5)]) == ()
    assert departures([((window(0, 5),), 0, 5)]) == (window(0, 0),)
