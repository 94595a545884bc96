"""Tours in time: bays, windows, closures, rests and fuel, by hand on a line of sites."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from planner.shuttle_small import PLACES, load, problem, route, routes_on, shuttle
from safepassage.model.ids import SiteId
from safepassage.model.time import Window
from safepassage.planner.shuttle_clock import time_tours
from safepassage.planner.shuttles import Halt, Run, ShuttleProblem, Timing, make_run


def tour(given: ShuttleProblem, *runs: tuple[int, ...], end: str = "end") -> list[Run]:
    return [make_run(given, loads, SiteId(end)) for loads in runs]


def timed(given: ShuttleProblem, *tours: list[Run]) -> Timing:
    found = time_tours(given, list(tours))
    assert found is not None
    return found


def times(halts: list[Halt]) -> list[tuple[str, int, int]]:
    return [(halt.site, halt.start_s, halt.end_s) for halt in halts]


def test_a_run_drives_boards_and_alights() -> None:
    given = problem([load("near", sizes=(2, 0, 0)), load("far", sizes=(3, 0, 0))], [shuttle(available_s=7)])
    found = timed(given, tour(given, (0, 1)))
    assert times(found.halts[0][0]) == [("near", 107, 119), ("far", 319, 332), ("end", 432, 447)]
    assert [halt.board for halt in found.halts[0][0]] == [[0], [1], []]
    assert found.halts[0][0][2].alight == [0, 1]
    assert (found.makespan_s, found.exposure_person_s, found.distance_m) == (447, 5 * 447, 400)
    assert (found.ended_s, found.late_s) == ([447], 0)


def test_a_vehicle_that_stands_there_takes_no_way() -> None:
    given = problem([load("far")], [shuttle("far")])
    assert timed(given, tour(given, (0,))).halts[0][0][0].route == ()
    assert timed(given, tour(given, (0,))).makespan_s == 11 + 100 + 11


def test_an_idle_vehicle_has_no_halts() -> None:
    given = problem([load("far")], [shuttle(), shuttle(available_s=30)])
    found = timed(given, tour(given, (0,)), [])
    assert found.halts[1] == []
    assert found.ended_s[1] == 30


def test_who_comes_first_has_the_bay_first() -> None:
    given = problem([load("far"), load("far")], [shuttle(), shuttle("near")], bays={SiteId("far"): 1})
    found = timed(given, tour(given, (0,)), tour(given, (1,)))
    assert times(found.halts[1][0])[0] == ("far", 200, 211)
    assert times(found.halts[0][0])[0] == ("far", 300, 311)
    close = problem([load("far"), load("far")], [shuttle(), shuttle(available_s=1)], bays={SiteId("far"): 1})
    found = timed(close, tour(close, (0,)), tour(close, (1,)))
    assert times(found.halts[1][0])[0] == ("far", 311, 322)
    assert found.halts[1][0][0].bay == 1


def test_bays_are_numbered_from_one_and_unlimited_is_none() -> None:
    given = problem([load("far"), load("far")], [shuttle(), shuttle()], bays={SiteId("far"): 2, SiteId("end"): 0})
    found = timed(given, tour(given, (0,)), tour(given, (1,)))
    assert {found.halts[0][0][0].bay, found.halts[1][0][0].bay} == {1, 2}
    assert found.halts[0][0][1].bay == 0


def test_who_is_not_ready_does_not_hold_the_bay() -> None:
    given = problem([load("far", ready_s=1000), load("far")], [shuttle(), shuttle()], bays={SiteId("far"): 1})
    found = timed(given, tour(given, (0,)), tour(given, (1,)))
    assert times(found.halts[1][0])[0] == ("far", 300, 311)
    assert times(found.halts[0][0])[0] == ("far", 1000, 1011)


def test_a_service_fits_into_a_window() -> None:
    opens = {SiteId("end"): (Window(from_s=0, until_s=415), Window(from_s=500, until_s=600))}
    given = problem([load("far")], [shuttle()], opens=opens)
    assert times(timed(given, tour(given, (0,))).halts[0][0])[1] == ("end", 500, 511)
    shut = problem([load("far")], [shuttle()], opens={SiteId("end"): (Window(from_s=0, until_s=415),)})
    assert time_tours(shut, [tour(shut, (0,))]) is None


def gated(*departures: tuple[int, int]) -> dict[Any, Any]:
    routes = routes_on(PLACES)
    quick = route("far", "end", 100, 100, *departures)
    routes[100, SiteId("far"), SiteId("end")] = (quick, route("far", "end", 700, 700))
    return {"routes": routes}


def test_a_way_that_is_shut_is_waited_for_or_gone_round() -> None:
    later = problem([load("far")], [shuttle()], **gated((0, 10), (400, 500)))
    found = timed(later, tour(later, (0,)))
    assert times(found.halts[0][0])[1] == ("end", 500, 511)
    assert found.distance_m == 400
    much_later = problem([load("far")], [shuttle()], **gated((0, 10), (1500, 1600)))
    found = timed(much_later, tour(much_later, (0,)))
    assert times(found.halts[0][0])[1] == ("end", 1011, 1022)
    assert found.halts[0][0][1].route == ("far-end-700",)
    assert found.distance_m == 1000
    just = problem([load("far")], [shuttle()], **gated((0, 311)))
    assert timed(just, tour(just, (0,))).makespan_s == 311 + 100 + 11


def test_a_way_that_never_opens_again_is_no_way() -> None:
    given = problem([load("far")], [shuttle()], **gated((0, 10)))
    way = (100, SiteId("far"), SiteId("end"))
    once = replace(given, routes={**given.routes, way: given.routes[way][:1]})
    assert time_tours(once, [tour(once, (0,))]) is None
    never = replace(given, routes={key: routes for key, routes in given.routes.items() if key != way})
    assert time_tours(never, [tour(never, (0,))]) is None


def test_lateness_counts_departures_and_the_last_arrival() -> None:
    given = problem([load("far")], [shuttle()], due_s={SiteId("far"): 300}, all_due_s=400)
    assert timed(given, tour(given, (0,))).late_s == (311 - 300) + (422 - 400)
    waits = problem([load("far")], [shuttle()], due_s={SiteId("far"): 390}, **gated((400, 500)))
    assert timed(waits, tour(waits, (0,))).late_s == 10


def test_a_crew_rests_at_the_nearest_site_that_allows_it_before_a_run_that_is_too_long() -> None:
    loads = [load("far")] * 3
    given = problem(loads, [shuttle(unrested_s=700)], rest=(SiteId("other"), SiteId("far")))
    found = timed(given, tour(given, (0,), (1,), (2,)))
    assert [[halt.work for halt in halts] for halts in found.halts[0]] == [[(), ()], [(), ()], [("rest",), (), ()]]
    rest = found.halts[0][2][0]
    assert (rest.site, rest.end_s - rest.start_s, rest.bay) == ("far", 50, 0)
    nowhere = problem(loads, [shuttle(unrested_s=700)])
    assert time_tours(nowhere, [tour(nowhere, (0,), (1,), (2,))]) is None
    too_far = problem(loads, [shuttle(unrested_s=700)], rest=(SiteId("other"),))
    assert time_tours(too_far, [tour(too_far, (0,), (1,), (2,))]) is None


def test_a_vehicle_refuels_at_the_nearest_station_in_a_bay() -> None:
    stations = (SiteId("far"), SiteId("other"))
    given = problem([load("far"), load("far")], [shuttle(range_m=550)], fuel=stations, bays={SiteId("far"): 1})
    found = timed(given, tour(given, (0,), (1,)))
    assert [(halt.site, halt.work, halt.bay) for halt in found.halts[0][1]] == [
        ("far", ("refuel",), 1),
        ("far", (), 1),
        ("end", (), 0),
    ]
    assert found.halts[0][1][0].start_s == 422 + 100
    assert found.halts[0][1][0].end_s - found.halts[0][1][0].start_s == 20
    near = problem([load("far"), load("far")], [shuttle(range_m=450)], fuel=stations)
    assert time_tours(near, [tour(near, (0,), (1,))]) is None


def test_hours_in_all_are_not_made_longer_by_a_rest() -> None:
    given = problem([load("far"), load("far")], [shuttle(drive_limit_s=599)], rest=(SiteId("end"),))
    assert time_tours(given, [tour(given, (0,), (1,))]) is None
    enough = problem([load("far"), load("far")], [shuttle(drive_limit_s=600)])
    assert timed(enough, tour(enough, (0,), (1,))).makespan_s > 0


def test_a_vehicle_may_need_fuel_and_its_crew_a_rest() -> None:
    vehicle = shuttle(unrested_s=450, range_m=450)
    given = problem([load("far"), load("far")], [vehicle], rest=(SiteId("end"),), fuel=(SiteId("end"),))
    halts = timed(given, tour(given, (0,), (1,))).halts[0][1]
    assert [halt.work for halt in halts[:2]] == [("refuel",), ("rest",)]
    assert halts[2].start_s == 422 + 20 + 50 + 100


def test_a_station_that_cannot_be_reached_is_no_station() -> None:
    given = problem([load("far"), load("far")], [shuttle(range_m=450)], fuel=(SiteId("nowhere"), SiteId("end")))
    assert timed(given, tour(given, (0,), (1,))).halts[0][1][0].site == "end"
