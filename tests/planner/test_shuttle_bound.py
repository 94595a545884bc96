"""The lower bound of the shuttles: against everything that can be done, and by hand."""

from __future__ import annotations

import msgspec
import pytest

from planner.shuttle_brute import best_makespan_s
from planner.shuttle_small import PLACES, load, problem, random_problem, route, routes_on, shuttle
from safepassage.model.ids import ClauseId, LinkId, SiteId
from safepassage.model.places import Link
from safepassage.model.time import Window
from safepassage.model.travel import Travel
from safepassage.planner.engine import Clock
from safepassage.planner.shuttle_bound import bound_s, longest_single_s
from safepassage.planner.shuttle_relaxation import LARGE, MAX_TYPES, sorts
from safepassage.planner.shuttle_search import search
from safepassage.planner.shuttle_ways import closed, least_ways
from safepassage.planner.shuttles import ShuttleProblem


def bound(given: ShuttleProblem, incumbent_s: int | None = None) -> int:
    return bound_s(given, incumbent_s=incumbent_s, work=2.0, seed=0, clock=Clock(30))


@pytest.mark.no_cover
@pytest.mark.parametrize("first", range(0, 1000, 50))
def test_the_bound_is_never_above_the_best_that_can_be_done(first: int) -> None:
    for seed in range(first, first + 50):
        given = random_problem(seed, bays=False)
        best_s = best_makespan_s(given)
        if best_s is None:
            continue
        assert longest_single_s(given) <= best_s, seed
        assert bound(given) <= best_s, seed


@pytest.mark.no_cover
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_the_bound_is_never_above_a_plan_with_bays_and_windows(first: int) -> None:
    for seed in range(first, first + 20):
        given = random_problem(seed, bays=True)
        found = search(given, iterations=40, seed=0, stop=lambda _timing: False)
        if found is not None and not found[2]:
            assert bound(given) <= found[1].makespan_s, seed


def test_the_bound_is_exact_for_round_trips_of_one_vehicle() -> None:
    # 300 m out, three times 10 + 10 s to board and to alight, 100 m over and twice back
    given = problem([load("far", sizes=(10, 0, 0))] * 3, [shuttle()])
    assert bound(given) == 300 + 3 * (20 + 100 + 20) + 2 * 100 == best_makespan_s(given)


def test_pairs_of_places_are_not_shared_out_singly() -> None:
    # ten patients in five pairs: one ambulance goes three times, however the people are counted
    pairs = [load("far", sizes=(0, 0, 2))] * 5
    given = problem(pairs, [shuttle("end", (0, 0, 2))] * 2)
    assert bound(given) == 3 * (100 + 12 + 100 + 12) == best_makespan_s(given)


def test_bays_are_work_side_by_side() -> None:
    given = problem([load("far", sizes=(10, 0, 0))] * 4, [shuttle()] * 4, bays={SiteId("end"): 1})
    assert bound(given) >= 300 + 10 + 100 + 4 * 20
    assert bound(msgspec.structs.replace(given, bays={SiteId("end"): 4})) < 300 + 10 + 100 + 4 * 20


def test_an_end_that_opens_late_is_waited_for() -> None:
    given = problem([load("far")], [shuttle()], opens={SiteId("end"): (Window(from_s=5000, until_s=9000),)})
    assert bound(given) == 5000 + 11


def test_a_reached_bound_ends_the_search() -> None:
    given = problem([load("far")], [shuttle()])
    assert bound(given, longest_single_s(given)) == longest_single_s(given) == 300 + 11 + 100 + 11


def test_without_a_vehicle_for_them_there_is_no_end() -> None:
    given = problem([load("far", sizes=(0, 1, 0))], [shuttle(places=(10, 0, 0))])
    assert bound(given) == LARGE
    assert bound(given, 1000) == 1000
    assert longest_single_s(given) == LARGE


def test_without_room_there_is_no_end() -> None:
    given = problem([load("far", sizes=(4, 0, 0))], [shuttle()], room={SiteId("end"): 3})
    assert bound(given) == LARGE
    assert bound(given, 1000) == 1000


def test_nobody_to_drive_needs_no_time() -> None:
    assert bound(problem([], [shuttle()])) == 0


def test_many_sorts_of_bundles_are_counted_by_people() -> None:
    few = [load("far", sizes=(2, 1, 0)), load("far", sizes=(2, 1, 0))]
    assert list(sorts(problem(few, [shuttle()])).values()) == [2]
    many = [load("far", sizes=(n, 1, 0)) for n in range(1, MAX_TYPES + 2)]
    counted = {sort.sizes: people for sort, people in sorts(problem(many, [shuttle()])).items()}
    assert counted == {(1, 0, 0): sum(range(1, MAX_TYPES + 2)), (0, 1, 0): MAX_TYPES + 1}


def test_bundles_at_several_sites_are_counted_where_that_is_safe() -> None:
    walking = sorts(problem([load("near", "far", sizes=(4, 0, 0))], [shuttle()]))
    assert {sort.site: people for sort, people in walking.items()} == {"near": 2, "far": 2}
    assert sorts(problem([load("near", "far", sizes=(3, 1, 0))], [shuttle()])) == {}
    assert sorts(problem([load("end", ends=("end",))], [shuttle()])) == {}


def test_ways_lead_over_sites_in_between_and_over_alternatives() -> None:
    routes = routes_on(PLACES)
    routes[100, SiteId("depot"), SiteId("far")] = (route("depot", "far", 900), route("depot", "far", 500))
    del routes[100, SiteId("depot"), SiteId("end")]
    ways = closed(problem([], [shuttle()], routes=routes))
    assert ways[100, SiteId("depot"), SiteId("far")] == 300
    assert ways[100, SiteId("depot"), SiteId("end")] == 400


def test_least_ways_use_every_link_that_is_ever_open() -> None:
    links = [
        Link(id=LinkId("a"), start=SiteId("x"), end=SiteId("y"), length_m=1, travel_s=10),
        Link(id=LinkId("b"), start=SiteId("y"), end=SiteId("z"), length_m=1, travel_s=5, both_ways=False),
        Link(id=LinkId("c"), start=SiteId("x"), end=SiteId("z"), length_m=1, travel_s=3),
        Link(id=LinkId("d"), start=SiteId("x"), end=SiteId("z"), length_m=1, travel_s=20),
    ]
    open_ = {LinkId("a"): (Window(from_s=0, until_s=5),), LinkId("c"): ()}
    travel = Travel(
        links={one.id: one for one in links}, routes={}, open=open_, closed_by={LinkId("c"): (ClauseId("k"),)}
    )
    ways = least_ways(travel, (80, 80), (SiteId(site) for site in "xyz"))
    assert ways == {
        (80, "x", "y"): 13,
        (80, "x", "z"): 20,
        (80, "y", "x"): 13,
        (80, "y", "z"): 7,
        (80, "z", "x"): 25,
        (80, "z", "y"): 38,
    }
