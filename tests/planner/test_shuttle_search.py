"""The search for tours: what it finds keeps the rules, is good where the best is known, the same for the same seed."""

from __future__ import annotations

from itertools import pairwise

import pytest

from planner.shuttle_brute import best_makespan_s
from planner.shuttle_small import PLACES, load, problem, random_problem, route, routes_on, shuttle
from safepassage.model.ids import SiteId
from safepassage.model.time import Window
from safepassage.planner.shuttle_search import search
from safepassage.planner.shuttles import ShuttleProblem, Timing, Tours

Found = tuple[Tours, Timing, list[int]]


def find(given: ShuttleProblem, iterations: int = 60, seed: int = 0, floor_s: int = 0) -> Found:
    found = search(given, iterations=iterations, seed=seed, stop=lambda _timing: False, floor_s=floor_s)
    assert found is not None
    return found


def keeps_the_rules(given: ShuttleProblem, found: Found) -> None:
    """Everybody is driven once or left; places, ends, rooms, kept apart, bays and times are kept."""
    tours, timing, left = found
    driven = [n for tour in tours for run in tour for n in run.loads]
    assert sorted([*driven, *left]) == list(range(len(given.loads)))
    room = dict(given.room)
    for vehicle, tour, runs in zip(given.shuttles, tours, timing.halts, strict=True):
        for run, halts in zip(tour, runs, strict=True):
            loads = [given.loads[n] for n in run.loads]
            assert all(sum(one.sizes[k] for one in loads) <= vehicle.places[k] for k in range(3))
            assert all(run.end in one.ends for one in loads)
            assert all(given.loads[n].apart.isdisjoint(run.loads) for n in run.loads)
            most = max(given.limits.pickups_per_trip, *(len(one.parts) for one in loads))
            assert len(run.sites) == len({part.site for one in loads for part in one.parts}) <= most
            room[run.end] = room.get(run.end, 10**6) - sum(one.people for one in loads)
            for n in run.loads:
                boarded = [halt.site for halt in halts if n in halt.board]
                assert sorted(boarded) == sorted(part.site for part in given.loads[n].parts)
                assert n in halts[-1].alight
        chain = [halt for halts in runs for halt in halts]
        assert all(before.end_s <= after.start_s for before, after in pairwise(chain))
    assert all(free >= 0 for free in room.values())
    used = [
        (halt.site, halt.bay, halt.start_s, halt.end_s) for runs in timing.halts for halts in runs for halt in halts
    ]
    for one, other in pairwise(sorted(use for use in used if use[1])):
        assert one[:2] != other[:2] or one[3] <= other[2]
        assert one[1] <= given.bays[one[0]]


@pytest.mark.no_cover
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_found_tours_keep_the_rules(first: int) -> None:
    for seed in range(first, first + 20):
        given = random_problem(seed, bays=True)
        keeps_the_rules(given, find(given, seed=seed))


@pytest.mark.no_cover
def test_found_tours_are_never_better_than_the_best_and_mostly_as_good() -> None:
    reached = total = 0
    for seed in range(40):
        given = random_problem(seed, bays=False)
        _, timing, left = find(given)
        best_s = best_makespan_s(given)
        if best_s is not None and not left:
            assert timing.makespan_s >= best_s
            total += 1
            reached += timing.makespan_s == best_s
    assert reached > total / 2 > 10


def town() -> ShuttleProblem:
    """Bundles of all mobilities at two sites, some at both, two apart; three vehicles, two ends with little room."""
    ends = ("end", "other")
    loads = [load("far", sizes=(n % 4 + 1, 0, 0), ends=ends) for n in range(12)]
    loads += [load("near", apart=(13,)), load("near", sizes=(1, 1, 0), apart=(12,))]
    loads += [load("near", "far", sizes=(4, 0, 0), ends=ends), load("near", sizes=(0, 0, 1))]
    people = sum(one.people for one in loads)
    return problem(
        loads,
        [shuttle(places=(10, 1, 1)), shuttle("near", (6, 1, 0)), shuttle("end", (4, 0, 1), pace=80)],
        routes=routes_on(PLACES, (80, 100)),
        bays={SiteId("far"): 1, SiteId("end"): 1},
        room={SiteId("end"): people - 12, SiteId("other"): 14},
    )


def test_a_town_is_served_whole() -> None:
    given = town()
    found = find(given, 300)
    keeps_the_rules(given, found)
    assert found[2] == []


def test_the_same_seed_finds_the_same_tours() -> None:
    given = town()
    assert find(given, seed=3) == find(given, seed=3)
    assert find(given, seed=3)[1] != find(given, seed=4)[1]


def test_more_iterations_find_better_tours() -> None:
    given = town()
    assert find(given, 300)[1].makespan_s < find(given, 0)[1].makespan_s


def test_stop_ends_the_search() -> None:
    asked: list[int] = []

    def stop(timing: Timing) -> bool:
        asked.append(timing.makespan_s)
        return len(asked) == 2

    assert search(town(), iterations=10**6, seed=0, stop=stop) is not None
    assert len(asked) == 2


def test_a_floor_that_is_reached_shortens_the_search() -> None:
    given = problem([load("far")], [shuttle()])
    asked: list[int] = []

    def stop(timing: Timing) -> bool:
        asked.append(timing.makespan_s)
        return False

    assert search(given, iterations=1000, seed=0, stop=stop, floor_s=422) is not None
    assert asked[-1] == 422
    shortened = len(asked)
    assert search(given, iterations=1000, seed=0, stop=stop) is not None
    assert shortened < len(asked) / 3


def test_without_vehicles_there_is_no_tour() -> None:
    assert search(problem([load("far")], []), iterations=9, seed=0, stop=lambda _timing: False) is None


def test_as_few_people_as_can_be_stay_behind() -> None:
    loads = [load("far", sizes=(n, 0, 0)) for n in (6, 5, 3, 2)]
    given = problem(loads, [shuttle()], room={SiteId("end"): 8})
    assert sum(loads[n].people for n in find(given)[2]) == 8
    too_big = problem([load("far", sizes=(11, 0, 0)), load("far", sizes=(1, 0, 0))], [shuttle()])
    assert find(too_big)[2] == [0]


def test_who_cannot_be_reached_stays_behind() -> None:
    routes = routes_on(PLACES)
    for site in PLACES:
        routes.pop((100, SiteId(site), SiteId("far")), None)
    given = problem([load("far"), load("near")], [shuttle()], routes=routes)
    assert find(given)[2] == [0]


def test_who_would_exhaust_the_crew_stays_behind() -> None:
    given = problem([load("far", sizes=(10, 0, 0))] * 3, [shuttle(drive_limit_s=650)])
    found = find(given)
    assert len(found[2]) == 1
    keeps_the_rules(given, found)


def test_a_vehicle_rests_and_refuels_on_its_tour() -> None:
    station = (SiteId("far"),)
    given = problem(
        [load("far", sizes=(10, 0, 0))] * 4, [shuttle(range_m=700, unrested_s=700)], fuel=station, rest=station
    )
    found = find(given)
    keeps_the_rules(given, found)
    assert found[2] == []
    assert {"rest", "refuel"} <= {work for halts in found[1].halts[0] for halt in halts for work in halt.work}


def test_sites_are_left_by_when_they_must_be() -> None:
    loads = [load("near", sizes=(10, 0, 0)), load("far", sizes=(10, 0, 0))]
    due = problem(loads, [shuttle()], due_s={SiteId("far"): 350})
    assert find(due)[1].late_s == 0
    assert find(due)[0][0][0].sites == ("far",)
    other = problem(loads, [shuttle()], due_s={SiteId("near"): 350})
    assert find(other)[0][0][0].sites == ("near",)


def test_a_bridge_that_closes_is_crossed_in_time() -> None:
    routes = routes_on(PLACES)
    for site in PLACES:
        if site != "far":
            there, back = (100, SiteId(site), SiteId("far")), (100, SiteId("far"), SiteId(site))
            for key in (there, back):
                routes[key] = (route(key[1], key[2], routes[key][0].travel_s, 1, (0, 500)),)
    given = problem([load("near", sizes=(10, 0, 0)), load("far", sizes=(10, 0, 0))], [shuttle()], routes=routes)
    found = find(given)
    assert found[2] == []
    assert found[0][0][0].sites == ("far",)


def test_a_window_is_kept_even_if_somebody_stays_behind() -> None:
    opens = {SiteId("end"): (Window(from_s=0, until_s=600),)}
    given = problem([load("far", sizes=(10, 0, 0)), load("far", sizes=(9, 0, 0))], [shuttle()], opens=opens)
    found = find(given)
    assert len(found[2]) == 1
    assert found[1].makespan_s <= 600
